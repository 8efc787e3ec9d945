/** Instructions on EFLAGS itself. */
import { def, type Row } from '../define.ts';

/** 8-bit register numbers. */
const AL = 0;
const AH = 4;

// biome-ignore format: a table
export const FLAGS: readonly Row[] = [
  def('CMC', {
    title: 'CMC—Complement Carry Flag', operation: 'CF <- NOT CF',
    forms: { 'F5': '' }, writes: 'C',
    run: (s) => s.setFlag('CF', s.xor(s.flag('CF'), s.constant(1))),
  }),
  def('CLC', {
    title: 'CLC—Clear Carry Flag', operation: 'CF <- 0',
    forms: { 'F8': '' }, writes: 'C',
    run: (s) => s.setFlag('CF', s.constant(0)),
  }),
  def('STC', {
    title: 'STC—Set Carry Flag', operation: 'CF <- 1',
    forms: { 'F9': '' }, writes: 'C',
    run: (s) => s.setFlag('CF', s.constant(1)),
  }),
  def('CLD', {
    title: 'CLD—Clear Direction Flag', operation: 'DF <- 0',
    forms: { 'FC': '' }, writes: 'D',
    run: (s) => s.setFlag('DF', s.constant(0)),
  }),
  def('STD', {
    title: 'STD—Set Direction Flag', operation: 'DF <- 1',
    forms: { 'FD': '' }, writes: 'D',
    run: (s) => s.setFlag('DF', s.constant(1)),
  }),
  def('CLI', {
    title: 'CLI—Clear Interrupt Flag', operation: 'IF <- 0',
    forms: { 'FA': '' }, ends: true, writes: 'I',
    run: (s) => s.system('cli'), // CPL against IOPL
  }),
  def('STI', {
    title: 'STI—Set Interrupt Flag', operation: 'IF <- 1, from the next instruction but one',
    forms: { 'FB': '' }, ends: true, writes: 'I',
    run: (s) => s.system('sti'),
  }),

  def('LAHF', {
    title: 'LAHF—Load Status Flags Into AH Register', operation: 'AH <- SF:ZF:0:AF:0:PF:1:CF',
    forms: { '9F': '' }, size: 8,
    run: (s) => s.setRegister8(AH, s.statusFlags()),
  }),
  def('SAHF', {
    title: 'SAHF—Store AH Into Flags', operation: 'SF:ZF:0:AF:0:PF:1:CF <- AH',
    forms: { '9E': '' }, size: 8, writes: 'SZAPC',
    run: (s) => s.setStatusFlags(s.register8(AH)),
  }),
  def('PUSHF', {
    title: 'PUSHF/PUSHFD/PUSHFQ—Push EFLAGS Register Onto the Stack', operation: 'Push(EFLAGS without VM and RF)',
    forms: { '9C': '' }, names: { 16: 'PUSHFW', 32: 'PUSHFD' },
    run: (s) => s.system('pushFlags'),
  }),
  def('POPF', {
    title: 'POPF/POPFD/POPFQ—Pop Stack Into EFLAGS Register', operation: 'EFLAGS <- Pop(), IOPL and IF as CPL allows',
    forms: { '9D': '' }, names: { 16: 'POPFW', 32: 'POPFD' }, ends: true, writes: 'OSZAPCDI',
    run: (s) => s.system('popFlags'),
  }),

  // In no manual before 2020, in every processor since the 8086.
  def('SALC', {
    title: 'SALC—Set AL From Carry', operation: 'AL <- FFH IF CF ELSE 0',
    forms: { 'D6': '' }, size: 8,
    run: (s) => s.setRegister8(AL, s.sub(s.constant(0), s.flag('CF'))),
  }),
];
