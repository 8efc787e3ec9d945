/** Hardware task switches. SDM vol. 3, "Task Switching", whose steps this keeps: what concerns the old task and the descriptor of the new one is checked before
 *  anything changes; what the new TSS says of segments is checked in the new task, and its faults are the new task's. */
import { BASE, CR0, CS, DR7, EAX, EFLAGS, ES, LDTR, LIMIT, NON_ROOT, PENDING_DEBUG, RIGHTS, SELECTOR, SS, TR } from '../arch/cpu-state.ts';
import {
  baseOf,
  LDT,
  limitOf,
  RIGHTS_P,
  RIGHTS_S,
  RIGHTS_TYPE,
  rightsOf,
  SELECTOR_RPL,
  SELECTOR_TI,
  TSS16,
  TSS16_AVAILABLE,
  TSS16_LEAST_LIMIT,
  TSS32,
  TSS32_AVAILABLE,
  TSS32_LEAST_LIMIT,
  TSS_BUSY,
} from '../arch/descriptors.ts';
import { EFLAGS_FIXED, EFLAGS_NT, EFLAGS_VM } from '../arch/eflags.ts';
import { GP, NP, TS } from '../arch/exceptions.ts';
import { CR0_PG, CR0_TS } from '../arch/paging.ts';
import { DR6_BT } from '../arch/registers.ts';
import type { Insn } from '../isa/insn.ts';
import { raise } from '../memory/fault.ts';
import type { Cpu } from './cpu.ts';
import {
  checkStackSegment,
  deriveSegment,
  type Descriptor,
  dplOf,
  enterVirtual8086,
  findDescriptor,
  isCode,
  isConforming,
  isNull,
  isReadable,
  readDescriptor,
  setCodeSegment,
  setSegment,
  setUnusable,
} from './segmentation.ts';

/** Sources of a task switch, as the exit qualification has them. */
export const TASK_CALL = 0;
export const TASK_IRET = 1;
export const TASK_JUMP = 2;
export const TASK_GATE_IN_IDT = 3;

/** How a task is left, and for which. */
export interface TaskSwitch {
  /** Of the new TSS. */
  readonly selector: number;
  readonly source: number;
  /** 1 where an event from outside is delivered: part of each error code. */
  readonly ext: number;
  /** Where the old task goes on. */
  readonly eip: number;
}

/** Where things stand in a TSS: byte offsets, and bytes of each register. */
interface Shape {
  readonly width: 2 | 4;
  readonly ip: number;
  readonly flags: number;
  /** The first of eight general registers, and of so many segment selectors. */
  readonly registers: number;
  readonly segments: number;
  readonly segmentCount: number;
  readonly ldt: number;
  readonly leastLimit: number;
}
const SHAPE32: Shape = {
  ...{ width: 4, ip: TSS32.EIP, flags: TSS32.EFLAGS, registers: TSS32.EAX },
  ...{ segments: TSS32.ES, segmentCount: 6, ldt: TSS32.LDT, leastLimit: TSS32_LEAST_LIMIT },
};
const SHAPE16: Shape = {
  ...{ width: 2, ip: TSS16.IP, flags: TSS16.FLAGS, registers: TSS16.AX },
  ...{ segments: TSS16.ES, segmentCount: 4, ldt: TSS16.LDT, leastLimit: TSS16_LEAST_LIMIT },
};
/** DR7: the local breakpoints L0 to L3, and LE. */
const LOCAL_BREAKPOINTS = 0x155;
const SEGMENTS = 6;

/** Switches tasks: the processor stands in the new one when this comes back, EIP included. In non-root operation it is a VM exit, behind the checks of the new
 *  TSS (SDM vol. 3, "Treatment of Task Switches"). Returns the size of the new task's stack operations, for an error code. `insn` is null where no instruction
 *  asked for it. */
export function switchTask(cpu: Cpu, insn: Insn | null, how: TaskSwitch): 16 | 32 {
  const w = cpu.words;
  const next = nextTask(cpu, how);
  if (w[NON_ROOT] !== 0) cpu.vmx?.taskSwitchExit(insn, how.selector, how.source);
  const shape = shapeOf(next.rights);
  const base = baseOf(next.low, next.high);
  const old = shapeOf(w[TR + RIGHTS]);
  const isNested = how.source === TASK_CALL || how.source === TASK_GATE_IN_IDT;
  const left = isNested ? -1 : findDescriptor(cpu, w[TR + SELECTOR]);
  cpu.atPrivilege(0, () => {
    cpu.mmu.probeWrite(w[TR + BASE], old.segments + old.segmentCount * old.width);
    cpu.mmu.probeRead(base, shape.leastLimit + 1);
    if (isNested) cpu.mmu.probeWrite(base, 2);
    if (left !== -1) cpu.mmu.probeWrite(left, 8);
    if (how.source !== TASK_IRET) cpu.mmu.probeWrite(next.linear, 8);
  });
  saveTask(cpu, old, how);
  // The old task stays busy while another is nested in it; TR may never have been loaded from a descriptor.
  if (left !== -1) setBusy(cpu, left, false);
  if (isNested) cpu.mmu.writeSystem16(base, w[TR + SELECTOR]);
  if (how.source !== TASK_IRET) setBusy(cpu, next.linear, true);
  loadTask(cpu, { ...next, rights: next.rights | TSS_BUSY }, isNested, how.ext);
  return shape.width === 4 ? 32 : 16;
}

function shapeOf(rights: number): Shape {
  return rights & TSS32_AVAILABLE & 8 ? SHAPE32 : SHAPE16;
}

/** The TSS of the new task, checked: available, or busy for a return. */
function nextTask(cpu: Cpu, { selector, source, ext }: TaskSwitch): Descriptor {
  const vector = source === TASK_IRET ? TS : GP;
  const error = (selector & 0xfffc) | ext;
  if (selector & SELECTOR_TI || isNull(selector)) raise(vector, error);
  const d = readDescriptor(cpu, selector, vector, ext);
  const wanted = source === TASK_IRET ? TSS_BUSY : 0;
  const type = d.rights & RIGHTS_TYPE;
  const isTss = (type & ~TSS_BUSY) === TSS16_AVAILABLE || (type & ~TSS_BUSY) === TSS32_AVAILABLE;
  if (d.rights & RIGHTS_S || !isTss || (type & TSS_BUSY) !== wanted) raise(vector, error);
  if ((d.rights & RIGHTS_P) === 0) raise(NP, error);
  if (limitOf(d.low, d.high) >>> 0 < shapeOf(d.rights).leastLimit) raise(TS, error);
  return d;
}

/** What the old task keeps in its TSS: neither CR3 nor LDTR. */
function saveTask(cpu: Cpu, { width, ip, flags, registers, segments, segmentCount }: Shape, { source, eip }: TaskSwitch): void {
  const w = cpu.words;
  const at = w[TR + BASE];
  const put = (offset: number, value: number): void => {
    if (width === 4) cpu.mmu.writeSystem32((at + offset) | 0, value);
    else cpu.mmu.writeSystem16((at + offset) | 0, value);
  };
  put(ip, eip);
  put(flags, source === TASK_IRET ? cpu.eflags() & ~EFLAGS_NT : cpu.eflags());
  for (let n = 0; n < 8; n++) put(registers + width * n, w[EAX + n]);
  for (let n = 0; n < segmentCount; n++) cpu.mmu.writeSystem16((at + segments + width * n) | 0, w[ES + 4 * n + SELECTOR]);
}

/** In the second word of a TSS's descriptor. */
function setBusy(cpu: Cpu, linear: number, isBusy: boolean): void {
  const high = cpu.mmu.readSystem32((linear + 4) | 0);
  cpu.mmu.writeSystem32((linear + 4) | 0, isBusy ? high | (TSS_BUSY << 8) : high & ~(TSS_BUSY << 8));
}

function loadTask(cpu: Cpu, tss: Descriptor, isNested: boolean, ext: number): void {
  const w = cpu.words;
  const { width, ip, flags, registers, segments, segmentCount, ldt } = shapeOf(tss.rights);
  const at = baseOf(tss.low, tss.high);
  const word = (offset: number): number => cpu.mmu.readSystem16((at + offset) | 0) & 0xffff;
  const get = (offset: number): number => (width === 4 ? cpu.mmu.readSystem32((at + offset) | 0) : word(offset));
  const [eip, image, cr3] = [get(ip), get(flags), width === 4 ? get(TSS32.CR3) : 0];
  const general = Array.from({ length: 8 }, (_, n) => get(registers + width * n));
  // A 16-bit TSS has no FS and GS: they become null.
  const selectors = Array.from({ length: SEGMENTS }, (_, n) => (n < segmentCount ? word(segments + width * n) : 0));
  const ldtSelector = word(ldt);
  const isTrapped = width === 4 && (word(TSS32.T) & 1) !== 0;

  w[TR + SELECTOR] = tss.selector;
  w[TR + BASE] = at;
  w[TR + LIMIT] = limitOf(tss.low, tss.high);
  w[TR + RIGHTS] = tss.rights;
  w[CR0] |= CR0_TS;
  w[DR7] &= ~LOCAL_BREAKPOINTS;
  if (width === 4 && w[CR0] & CR0_PG) cpu.writeCr3(cr3);
  cpu.setEflags(image | EFLAGS_FIXED | (isNested ? EFLAGS_NT : 0));
  w.set(general, EAX);
  cpu.setEip(eip);
  cpu.isStepBroken = true;
  cpu.recheckEvents();
  loadSegments(cpu, selectors, ldtSelector, ext);
  if (eip >>> 0 > w[CS + LIMIT] >>> 0) raise(GP, ext);
  // Behind the switch, and what an event has still to push: before the first instruction.
  if (isTrapped) w[PENDING_DEBUG] |= DR6_BT;
}

/** The visible parts first: a fault finds the new task's selectors, and nothing behind those that were not checked yet. */
function loadSegments(cpu: Cpu, selectors: readonly number[], ldt: number, ext: number): void {
  const w = cpu.words;
  selectors.forEach((selector, n) => {
    setUnusable(w, ES + 4 * n, selector);
    deriveSegment(cpu, ES + 4 * n);
  });
  setUnusable(w, LDTR, ldt);
  const isVirtual = (w[EFLAGS] & EFLAGS_VM) !== 0;
  if (isVirtual) enterVirtual8086(cpu, selectors);
  const cs = selectors[(CS - ES) >> 2];
  const cpl = isVirtual ? 3 : cs & SELECTOR_RPL;
  cpu.setCpl(cpl);
  loadLdt(cpu, ldt, ext);
  if (isVirtual) return;
  setCodeSegment(cpu, codeOf(cpu, cs, ext), cpl);
  const ss = selectors[(SS - ES) >> 2];
  if (isNull(ss)) raise(TS, (ss & 0xfffc) | ext);
  setSegment(cpu, SS, checkStackSegment(cpu, ss, { cpl, vector: TS, ext }));
  for (let segment = ES; segment < ES + 4 * SEGMENTS; segment += 4)
    if (segment !== CS && segment !== SS) loadData(cpu, segment, selectors[(segment - ES) >> 2], ext);
}

function loadLdt(cpu: Cpu, selector: number, ext: number): void {
  if (isNull(selector)) return;
  const error = (selector & 0xfffc) | ext;
  if (selector & SELECTOR_TI) raise(TS, error);
  const d = readDescriptor(cpu, selector, TS, ext);
  if (d.rights & RIGHTS_S || (d.rights & RIGHTS_TYPE) !== LDT || (d.rights & RIGHTS_P) === 0) raise(TS, error);
  const w = cpu.words;
  w[LDTR + BASE] = baseOf(d.low, d.high);
  w[LDTR + LIMIT] = limitOf(d.low, d.high);
  w[LDTR + RIGHTS] = rightsOf(d.high);
}

function codeOf(cpu: Cpu, selector: number, ext: number): Descriptor {
  const error = (selector & 0xfffc) | ext;
  if (isNull(selector)) raise(TS, error);
  const d = readDescriptor(cpu, selector, TS, ext);
  const [dpl, rpl] = [dplOf(d.rights), selector & SELECTOR_RPL];
  if (!isCode(d.rights) || (isConforming(d.rights) ? dpl > rpl : dpl !== rpl)) raise(TS, error);
  if ((d.rights & RIGHTS_P) === 0) raise(NP, error);
  return d;
}

function loadData(cpu: Cpu, segment: number, selector: number, ext: number): void {
  if (isNull(selector)) return;
  const error = (selector & 0xfffc) | ext;
  const d = readDescriptor(cpu, selector, TS, ext);
  const dpl = dplOf(d.rights);
  const isReachable = isConforming(d.rights) || (dpl >= cpu.cpl && dpl >= (selector & SELECTOR_RPL));
  if (!isReadable(d.rights) || !isReachable) raise(TS, error);
  if ((d.rights & RIGHTS_P) === 0) raise(NP, error);
  setSegment(cpu, segment, d);
}
