/** Binary arithmetic and logic. Every instruction here writes its destination first, which is the last thing that can fault, and then EFLAGS. */
import { def, type Row } from '../define.ts';

// biome-ignore format: a table
export const ALU: readonly Row[] = [
  def('ADD', {
    title: 'ADD—Add', operation: 'DEST <- DEST + SRC',
    forms: { '00': 'Eb, Gb', '01': 'Ev, Gv', '02': 'Gb, Eb', '03': 'Gv, Ev', '04': 'AL, Ib', '05': 'eAX, Iz',
             '80 /0': 'Eb, Ib', '81 /0': 'Ev, Iz', '82 /0': 'Eb, Ib', '83 /0': 'Ev, sIb' },
    lockable: true, writes: 'OSZAPC',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const r = s.add(a, b);
      s.write(dst, r);
      s.flags('add', a, b, r);
    },
  }),

  def('OR', {
    title: 'OR—Logical Inclusive OR', operation: 'DEST <- DEST OR SRC',
    forms: { '08': 'Eb, Gb', '09': 'Ev, Gv', '0A': 'Gb, Eb', '0B': 'Gv, Ev', '0C': 'AL, Ib', '0D': 'eAX, Iz',
             '80 /1': 'Eb, Ib', '81 /1': 'Ev, Iz', '82 /1': 'Eb, Ib', '83 /1': 'Ev, sIb' },
    lockable: true, writes: 'OSZPC', undefines: 'A',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const r = s.or(a, b);
      s.write(dst, r);
      s.flags('logic', a, b, r);
    },
  }),

  def('ADC', {
    title: 'ADC—Add With Carry', operation: 'DEST <- DEST + SRC + CF',
    forms: { '10': 'Eb, Gb', '11': 'Ev, Gv', '12': 'Gb, Eb', '13': 'Gv, Ev', '14': 'AL, Ib', '15': 'eAX, Iz',
             '80 /2': 'Eb, Ib', '81 /2': 'Ev, Iz', '82 /2': 'Eb, Ib', '83 /2': 'Ev, sIb' },
    lockable: true, writes: 'OSZAPC',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const carry = s.flag('CF');
      const r = s.add(s.add(a, b), carry);
      s.write(dst, r);
      s.flagsAdc(a, b, r, carry);
    },
  }),

  def('SBB', {
    title: 'SBB—Integer Subtraction With Borrow', operation: 'DEST <- DEST - (SRC + CF)',
    forms: { '18': 'Eb, Gb', '19': 'Ev, Gv', '1A': 'Gb, Eb', '1B': 'Gv, Ev', '1C': 'AL, Ib', '1D': 'eAX, Iz',
             '80 /3': 'Eb, Ib', '81 /3': 'Ev, Iz', '82 /3': 'Eb, Ib', '83 /3': 'Ev, sIb' },
    lockable: true, writes: 'OSZAPC',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const carry = s.flag('CF');
      const r = s.sub(s.sub(a, b), carry);
      s.write(dst, r);
      s.flagsSbb(a, b, r, carry);
    },
  }),

  def('AND', {
    title: 'AND—Logical AND', operation: 'DEST <- DEST AND SRC',
    forms: { '20': 'Eb, Gb', '21': 'Ev, Gv', '22': 'Gb, Eb', '23': 'Gv, Ev', '24': 'AL, Ib', '25': 'eAX, Iz',
             '80 /4': 'Eb, Ib', '81 /4': 'Ev, Iz', '82 /4': 'Eb, Ib', '83 /4': 'Ev, sIb' },
    lockable: true, writes: 'OSZPC', undefines: 'A',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const r = s.and(a, b);
      s.write(dst, r);
      s.flags('logic', a, b, r);
    },
  }),

  def('SUB', {
    title: 'SUB—Subtract', operation: 'DEST <- DEST - SRC',
    forms: { '28': 'Eb, Gb', '29': 'Ev, Gv', '2A': 'Gb, Eb', '2B': 'Gv, Ev', '2C': 'AL, Ib', '2D': 'eAX, Iz',
             '80 /5': 'Eb, Ib', '81 /5': 'Ev, Iz', '82 /5': 'Eb, Ib', '83 /5': 'Ev, sIb' },
    lockable: true, writes: 'OSZAPC',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const r = s.sub(a, b);
      s.write(dst, r);
      s.flags('sub', a, b, r);
    },
  }),

  def('XOR', {
    title: 'XOR—Logical Exclusive OR', operation: 'DEST <- DEST XOR SRC',
    forms: { '30': 'Eb, Gb', '31': 'Ev, Gv', '32': 'Gb, Eb', '33': 'Gv, Ev', '34': 'AL, Ib', '35': 'eAX, Iz',
             '80 /6': 'Eb, Ib', '81 /6': 'Ev, Iz', '82 /6': 'Eb, Ib', '83 /6': 'Ev, sIb' },
    lockable: true, writes: 'OSZPC', undefines: 'A',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const r = s.xor(a, b);
      s.write(dst, r);
      s.flags('logic', a, b, r);
    },
  }),

  def('CMP', {
    title: 'CMP—Compare Two Operands', operation: 'EFLAGS <- flags of SRC1 - SRC2',
    forms: { '38': 'Eb, Gb', '39': 'Ev, Gv', '3A': 'Gb, Eb', '3B': 'Gv, Ev', '3C': 'AL, Ib', '3D': 'eAX, Iz',
             '80 /7': 'Eb, Ib', '81 /7': 'Ev, Iz', '82 /7': 'Eb, Ib', '83 /7': 'Ev, sIb' },
    writes: 'OSZAPC',
    run: (s, left, right) => {
      const a = s.read(left);
      const b = s.read(right);
      s.flags('sub', a, b, s.sub(a, b));
    },
  }),

  def('TEST', {
    title: 'TEST—Logical Compare', operation: 'EFLAGS <- flags of SRC1 AND SRC2',
    // F6 /1 and F7 /1 are missing from the manual's table; every processor decodes them like /0.
    forms: { '84': 'Eb, Gb', '85': 'Ev, Gv', 'A8': 'AL, Ib', 'A9': 'eAX, Iz',
             'F6 /0': 'Eb, Ib', 'F7 /0': 'Ev, Iz', 'F6 /1': 'Eb, Ib', 'F7 /1': 'Ev, Iz' },
    writes: 'OSZPC', undefines: 'A',
    run: (s, left, right) => {
      const a = s.read(left);
      const b = s.read(right);
      s.flags('logic', a, b, s.and(a, b));
    },
  }),

  def('INC', {
    title: 'INC—Increment by 1', operation: 'DEST <- DEST + 1, CF kept',
    forms: { '40+': 'Zv', 'FE /0': 'Eb', 'FF /0': 'Ev' },
    lockable: true, writes: 'OSZAP',
    run: (s, dst) => {
      const a = s.readForUpdate(dst);
      const r = s.add(a, s.constant(1));
      s.write(dst, r);
      s.flagsKeepCarry('inc', a, r);
    },
  }),

  def('DEC', {
    title: 'DEC—Decrement by 1', operation: 'DEST <- DEST - 1, CF kept',
    forms: { '48+': 'Zv', 'FE /1': 'Eb', 'FF /1': 'Ev' },
    lockable: true, writes: 'OSZAP',
    run: (s, dst) => {
      const a = s.readForUpdate(dst);
      const r = s.sub(a, s.constant(1));
      s.write(dst, r);
      s.flagsKeepCarry('dec', a, r);
    },
  }),

  def('NEG', {
    title: "NEG—Two's Complement Negation", operation: 'DEST <- 0 - DEST',
    forms: { 'F6 /3': 'Eb', 'F7 /3': 'Ev' },
    lockable: true, writes: 'OSZAPC',
    run: (s, dst) => {
      const zero = s.constant(0);
      const b = s.readForUpdate(dst);
      const r = s.sub(zero, b);
      s.write(dst, r);
      s.flags('sub', zero, b, r);
    },
  }),

  def('NOT', {
    title: "NOT—One's Complement Negation", operation: 'DEST <- NOT DEST',
    forms: { 'F6 /2': 'Eb', 'F7 /2': 'Ev' },
    lockable: true,
    run: (s, dst) => s.write(dst, s.not(s.readForUpdate(dst))),
  }),
];
