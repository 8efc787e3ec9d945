/** Instructions on segment registers, descriptors and descriptor-table registers. SDM vol. 2, by their names; vol. 3, "Pointer Validation". */
import {
  BASE,
  CS,
  ES,
  ESP,
  FS,
  DS,
  GDTR_BASE,
  GDTR_LIMIT,
  GS,
  IDTR_BASE,
  IDTR_LIMIT,
  LDTR,
  LIMIT,
  NON_ROOT,
  RIGHTS,
  SELECTOR,
  SS,
  TR,
} from '../arch/cpu-state.ts';
import {
  baseOf,
  CALL_GATE16,
  CALL_GATE32,
  LDT,
  limitOf,
  RIGHTS_CODE,
  RIGHTS_P,
  RIGHTS_S,
  RIGHTS_TYPE,
  RIGHTS_WRITABLE,
  rightsOf,
  SELECTOR_RPL,
  SELECTOR_TI,
  TASK_GATE,
  TSS16_AVAILABLE,
  TSS16_BUSY,
  TSS32_AVAILABLE,
  TSS32_BUSY,
  TSS_BUSY,
} from '../arch/descriptors.ts';
import { GP, NP, UD } from '../arch/exceptions.ts';
import { setStatusFlags, statusFlags, ZF } from '../isa/flags.ts';
import type { Insn } from '../isa/insn.ts';
import { SPECIAL } from '../isa/operands.ts';
import { raise } from '../memory/fault.ts';
import { checkWrite, read, stackLoad, stackStore, write } from './access.ts';
import type { Cpu } from './cpu.ts';
import { EA, STACK_MASK } from './derived.ts';
import { readFarPointer } from './far-transfer.ts';
import {
  type Descriptor,
  descriptorAt,
  dplOf,
  findDescriptor,
  isConforming,
  isNull,
  isReadable,
  loadSegment as load,
  readDescriptor,
  setUnusable,
} from './segmentation.ts';

const MOV_SS_SHADOW = 2;
const EXIT_GDTR_IDTR = 46;
const EXIT_LDTR_TR = 47;

/** MOV Sreg, r/m16. CS cannot be loaded so, and there are six registers: #UD. */
export function loadSegment(cpu: Cpu, _insn: Insn, dst: number, src: number): void {
  const segment = segmentWord(dst);
  if (segment === CS) raise(UD);
  load(cpu, segment, cpu.execute.read(src) & 0xffff);
  if (segment === SS) cpu.shadowNext(MOV_SS_SHADOW);
}

/** MOV r/m16, Sreg: a 32-bit register is zero-extended. */
export function storeSegment(cpu: Cpu, _insn: Insn, dst: number, src: number): void {
  cpu.execute.write(dst, cpu.words[segmentWord(src) + SELECTOR]);
}

function segmentWord(operand: number): number {
  const number = operand - SPECIAL;
  if (number > 5) raise(UD);
  return ES + 4 * number;
}

export function pushSegment(cpu: Cpu, insn: Insn, src: number): void {
  const bytes = insn.size >> 3;
  stackStore(cpu, -bytes, insn.size, cpu.words[segmentWord(src) + SELECTOR]);
  cpu.execute.stackMove(-bytes);
}

export function popSegment(cpu: Cpu, insn: Insn, dst: number): void {
  const w = cpu.words;
  const segment = segmentWord(dst);
  const selector = stackLoad(cpu, 0, insn.size) & 0xffff;
  const mask = w[STACK_MASK];
  const pointer = (w[ESP] & ~mask) | ((w[ESP] + (insn.size >> 3)) & mask);
  load(cpu, segment, selector);
  w[ESP] = pointer;
  if (segment === SS) cpu.shadowNext(MOV_SS_SHADOW);
}

const FAR_POINTER_SEGMENTS: Readonly<Record<number, number>> = { 0xc4: ES, 0xc5: DS, 0x0fb2: SS, 0x0fb4: FS, 0x0fb5: GS };

/** LDS, LES, LFS, LGS, LSS. */
export function loadFarPointer(cpu: Cpu, insn: Insn, dst: number): void {
  const { selector, offset } = readFarPointer(cpu, insn);
  load(cpu, FAR_POINTER_SEGMENTS[insn.opcode], selector);
  cpu.execute.write(dst, offset);
}

function setZero(cpu: Cpu, isSet: boolean): void {
  const w = cpu.words;
  setStatusFlags(w, isSet ? statusFlags(w) | ZF : statusFlags(w) & ~ZF);
}

/** ARPL: raises the RPL of DEST to that of SRC, and writes only then: DEST may be read-only otherwise. */
export function arpl(cpu: Cpu, _insn: Insn, dst: number, src: number): void {
  const selector = cpu.execute.read(dst);
  const rpl = cpu.execute.read(src) & SELECTOR_RPL;
  const isRaised = (selector & SELECTOR_RPL) < rpl;
  if (isRaised) cpu.execute.write(dst, (selector & ~SELECTOR_RPL) | rpl);
  setZero(cpu, isRaised);
}

/** The descriptor that LAR, LSL, VERR and VERW may tell about: within its table and, unless it is conforming code, within reach of CPL and RPL. */
function visibleDescriptor(cpu: Cpu, selector: number): Descriptor | null {
  if (isNull(selector)) return null;
  const linear = findDescriptor(cpu, selector);
  if (linear === -1) return null;
  const d = descriptorAt(cpu, selector, linear);
  const dpl = dplOf(d.rights);
  return isConforming(d.rights) || (dpl >= cpu.cpl && dpl >= (selector & SELECTOR_RPL)) ? d : null;
}

const LSL_TYPES = [TSS16_AVAILABLE, LDT, TSS16_BUSY, TSS32_AVAILABLE, TSS32_BUSY];
const LAR_TYPES = [...LSL_TYPES, CALL_GATE16, TASK_GATE, CALL_GATE32];

export function lar(cpu: Cpu, insn: Insn, dst: number, src: number): void {
  const d = visibleDescriptor(cpu, cpu.execute.read(src) & 0xffff);
  const isValid = d !== null && ((d.rights & RIGHTS_S) !== 0 || LAR_TYPES.includes(d.rights & RIGHTS_TYPE));
  if (isValid) cpu.execute.write(dst, d.high & (insn.size === 32 ? 0x00ff_ff00 : 0xff00));
  setZero(cpu, isValid);
}

export function lsl(cpu: Cpu, _insn: Insn, dst: number, src: number): void {
  const d = visibleDescriptor(cpu, cpu.execute.read(src) & 0xffff);
  const isValid = d !== null && ((d.rights & RIGHTS_S) !== 0 || LSL_TYPES.includes(d.rights & RIGHTS_TYPE));
  if (isValid) cpu.execute.write(dst, limitOf(d.low, d.high));
  setZero(cpu, isValid);
}

export function verr(cpu: Cpu, _insn: Insn, src: number): void {
  const d = visibleDescriptor(cpu, cpu.execute.read(src) & 0xffff);
  setZero(cpu, d !== null && isReadable(d.rights));
}

export function verw(cpu: Cpu, _insn: Insn, src: number): void {
  const d = visibleDescriptor(cpu, cpu.execute.read(src) & 0xffff);
  setZero(cpu, d !== null && (d.rights & (RIGHTS_S | RIGHTS_CODE | RIGHTS_WRITABLE)) === (RIGHTS_S | RIGHTS_WRITABLE));
}

function tableExit(cpu: Cpu, insn: Insn, reason: number): void {
  if (cpu.words[NON_ROOT] !== 0) cpu.vmx?.descriptorTableExit(insn, reason);
}

export function lgdt(cpu: Cpu, insn: Insn): void {
  loadTable(cpu, insn, GDTR_BASE, GDTR_LIMIT);
}
export function lidt(cpu: Cpu, insn: Insn): void {
  loadTable(cpu, insn, IDTR_BASE, IDTR_LIMIT);
}
export function sgdt(cpu: Cpu, insn: Insn): void {
  storeTable(cpu, insn, cpu.words[GDTR_BASE], cpu.words[GDTR_LIMIT]);
}
export function sidt(cpu: Cpu, insn: Insn): void {
  storeTable(cpu, insn, cpu.words[IDTR_BASE], cpu.words[IDTR_LIMIT]);
}

/** A 16-bit operand size loads 24 bits of base. */
function loadTable(cpu: Cpu, insn: Insn, baseWord: number, limitWord: number): void {
  tableExit(cpu, insn, EXIT_GDTR_IDTR);
  const ea = cpu.words[EA];
  const limit = read(cpu, insn.segment, ea, 16) & 0xffff;
  const base = read(cpu, insn.segment, cpu.offsetBy(insn, ea, 2), 32);
  cpu.words[limitWord] = limit;
  cpu.words[baseWord] = insn.size === 16 ? base & 0xff_ffff : base;
}

/** Both operand sizes store the whole base. */
function storeTable(cpu: Cpu, insn: Insn, base: number, limit: number): void {
  tableExit(cpu, insn, EXIT_GDTR_IDTR);
  const ea = cpu.words[EA];
  checkWrite(cpu, insn.segment, cpu.offsetBy(insn, ea, 2), 32);
  write(cpu, insn.segment, ea, 16, limit);
  write(cpu, insn.segment, cpu.offsetBy(insn, ea, 2), 32, base);
}

export function lldt(cpu: Cpu, insn: Insn, src: number): void {
  tableExit(cpu, insn, EXIT_LDTR_TR);
  const selector = cpu.execute.read(src) & 0xffff;
  if (isNull(selector)) {
    setUnusable(cpu.words, LDTR, selector);
    return;
  }
  if (selector & SELECTOR_TI) raise(GP, selector & 0xfffc);
  const d = readDescriptor(cpu, selector);
  if (d.rights & RIGHTS_S || (d.rights & RIGHTS_TYPE) !== LDT) raise(GP, selector & 0xfffc);
  if ((d.rights & RIGHTS_P) === 0) raise(NP, selector & 0xfffc);
  loadSystemSegment(cpu, LDTR, d);
}

export function ltr(cpu: Cpu, insn: Insn, src: number): void {
  tableExit(cpu, insn, EXIT_LDTR_TR);
  const selector = cpu.execute.read(src) & 0xffff;
  if (isNull(selector)) raise(GP);
  if (selector & SELECTOR_TI) raise(GP, selector & 0xfffc);
  const d = readDescriptor(cpu, selector);
  const type = d.rights & RIGHTS_TYPE;
  if (d.rights & RIGHTS_S || (type !== TSS16_AVAILABLE && type !== TSS32_AVAILABLE)) raise(GP, selector & 0xfffc);
  if ((d.rights & RIGHTS_P) === 0) raise(NP, selector & 0xfffc);
  const high = d.high | (TSS_BUSY << 8);
  cpu.mmu.writeSystem32((d.linear + 4) | 0, high);
  loadSystemSegment(cpu, TR, { ...d, high, rights: rightsOf(high) });
}

function loadSystemSegment(cpu: Cpu, segment: number, d: Descriptor): void {
  const w = cpu.words;
  w[segment + SELECTOR] = d.selector;
  w[segment + BASE] = baseOf(d.low, d.high);
  w[segment + LIMIT] = limitOf(d.low, d.high);
  w[segment + RIGHTS] = d.rights;
}

/** SLDT and STR. */
export function sldt(cpu: Cpu, insn: Insn, dst: number): void {
  tableExit(cpu, insn, EXIT_LDTR_TR);
  cpu.execute.write(dst, cpu.words[LDTR + SELECTOR]);
}
export function str(cpu: Cpu, insn: Insn, dst: number): void {
  tableExit(cpu, insn, EXIT_LDTR_TR);
  cpu.execute.write(dst, cpu.words[TR + SELECTOR]);
}
