/** Descriptors and segment registers. SDM vol. 3, "Segment Descriptor Tables", "Privilege Level Checking When Accessing Data Segments"; vol. 2, "MOV-Move".
 *  Segments are meant by their first word (ES, CS, ...). */
import { BASE, CPL, CR0, CS, EFLAGS, ES, GDTR_BASE, GDTR_LIMIT, LDTR, LIMIT, RIGHTS, SELECTOR, SS } from '../arch/cpu-state.ts';
import {
  baseOf,
  limitOf,
  RIGHTS_ACCESSED,
  RIGHTS_CODE,
  RIGHTS_CONFORMING,
  RIGHTS_DB,
  RIGHTS_DPL,
  RIGHTS_DPL_SHIFT,
  RIGHTS_EXPAND_DOWN,
  RIGHTS_P,
  RIGHTS_READABLE,
  RIGHTS_S,
  RIGHTS_UNUSABLE,
  RIGHTS_WRITABLE,
  rightsOf,
  SELECTOR_INDEX,
  SELECTOR_RPL,
  SELECTOR_TI,
} from '../arch/descriptors.ts';
import { EFLAGS_VM } from '../arch/eflags.ts';
import { GP, NP, SS_VECTOR } from '../arch/exceptions.ts';
import { CR0_PE } from '../arch/paging.ts';
import { raise } from '../memory/fault.ts';
import type { Cpu } from './cpu.ts';
import { NOT_FLAT, SEGMENT_GUARD, STACK_GUARD, STACK_MASK } from './derived.ts';

/** A descriptor as it stands in its table, and where: `linear` is the address of its first word. */
export interface Descriptor {
  readonly selector: number;
  readonly linear: number;
  readonly low: number;
  readonly high: number;
  /** VMCS format. */
  readonly rights: number;
}

// `rights` are in VMCS format.
/** Descriptor privilege level, 0 to 3. */
export function dplOf(rights: number): number {
  return (rights & RIGHTS_DPL) >> RIGHTS_DPL_SHIFT;
}
/** Selectors 0 to 3. */
export function isNull(selector: number): boolean {
  return (selector & 0xfffc) === 0;
}
/** A code segment. */
export function isCode(rights: number): boolean {
  return (rights & (RIGHTS_S | RIGHTS_CODE)) === (RIGHTS_S | RIGHTS_CODE);
}
/** A conforming code segment. */
export function isConforming(rights: number): boolean {
  return isCode(rights) && (rights & RIGHTS_CONFORMING) !== 0;
}
/** A data segment that may be written: what SS must be. */
export function isWritableData(rights: number): boolean {
  return (rights & (RIGHTS_S | RIGHTS_CODE | RIGHTS_WRITABLE)) === (RIGHTS_S | RIGHTS_WRITABLE);
}
/** CR0.PE is 1. */
export function isProtected(cpu: Cpu): boolean {
  return (cpu.words[CR0] & CR0_PE) !== 0;
}
/** Virtual-8086 mode: EFLAGS.VM is 1, which it can be in protected mode alone. CPL is 3. */
export function isVirtual8086(cpu: Cpu): boolean {
  return (cpu.words[EFLAGS] & EFLAGS_VM) !== 0;
}
/** Selectors name descriptors: protected mode, but not virtual-8086 mode. */
export function usesDescriptors(cpu: Cpu): boolean {
  return isProtected(cpu) && !isVirtual8086(cpu);
}

/** Linear address of a selector's descriptor, -1 if it lies outside its table. */
export function findDescriptor(cpu: Cpu, selector: number): number {
  const w = cpu.words;
  const index = selector & SELECTOR_INDEX;
  if ((selector & SELECTOR_TI) === 0) return index + 7 > w[GDTR_LIMIT] >>> 0 ? -1 : w[GDTR_BASE] + index;
  if (w[LDTR + RIGHTS] & RIGHTS_UNUSABLE) return -1;
  return index + 7 > w[LDTR + LIMIT] >>> 0 ? -1 : w[LDTR + BASE] + index;
}

/** Reads a selector's descriptor; outside its table it is `vector` (#GP or #TS) with the selector and `ext`. */
export function readDescriptor(cpu: Cpu, selector: number, vector = GP, ext = 0): Descriptor {
  const linear = findDescriptor(cpu, selector);
  if (linear === -1) raise(vector, (selector & 0xfffc) | ext);
  return descriptorAt(cpu, selector, linear);
}

/** The descriptor or gate at `linear`. */
export function descriptorAt(cpu: Cpu, selector: number, linear: number): Descriptor {
  const low = cpu.mmu.readSystem32(linear | 0);
  const high = cpu.mmu.readSystem32((linear + 4) | 0);
  return { selector, linear: linear | 0, low, high, rights: rightsOf(high) };
}

/** Sets the accessed bit in the table, if it is not set there; the result has it. Far transfers call this before they change anything: it may fault. */
export function accessed(cpu: Cpu, d: Descriptor): Descriptor {
  if (d.rights & RIGHTS_ACCESSED) return d;
  cpu.mmu.writeSystem8((d.linear + 5) | 0, (d.high >>> 8) | RIGHTS_ACCESSED);
  return { ...d, rights: d.rights | RIGHTS_ACCESSED };
}

/** MOV, POP, LDS ... of a selector to a data segment register or SS (word `segment`). */
export function loadSegment(cpu: Cpu, segment: number, selector: number): void {
  if (!usesDescriptors(cpu)) loadRealSegment(cpu, segment, selector);
  else if (segment === SS) loadStackSegment(cpu, selector);
  else loadDataSegment(cpu, segment, selector);
}

/** What 8086 programs find behind each segment register: 64 KiB, accessed, writable data of DPL 3. SDM vol. 3, "Checks on Guest Segment Registers". */
const RIGHTS_8086 = 0xf3;

/** Real-address and virtual-8086 mode: only the base follows the selector; limit and default size stay as they were ("unreal mode"). */
export function loadRealSegment(cpu: Cpu, segment: number, selector: number): void {
  const w = cpu.words;
  const kind = isVirtual8086(cpu) ? RIGHTS_8086 : segment === CS ? 0x9b : 0x93;
  w[segment + SELECTOR] = selector & 0xffff;
  w[segment + BASE] = (selector & 0xffff) << 4;
  w[segment + RIGHTS] = (w[segment + RIGHTS] & 0xf000) | kind;
  deriveSegment(cpu, segment);
}

/** Loads ES to GS as virtual-8086 mode has them; EFLAGS.VM is set already. The caller sets CPL. */
export function enterVirtual8086(cpu: Cpu, selectors: readonly number[]): void {
  selectors.forEach((selector, n) => {
    cpu.words[ES + 4 * n + LIMIT] = 0xffff;
    cpu.words[ES + 4 * n + RIGHTS] = RIGHTS_8086;
    loadRealSegment(cpu, ES + 4 * n, selector);
  });
}

function loadStackSegment(cpu: Cpu, selector: number): void {
  if (isNull(selector)) raise(GP);
  setSegment(cpu, SS, checkStackSegment(cpu, selector, { cpl: cpu.words[CPL], vector: GP, ext: 0 }));
}

/** The checks of a stack segment for privilege level `cpl`: `vector` (#GP, or #TS for one out of a TSS) or #SS if it is not present. */
export function checkStackSegment(
  cpu: Cpu,
  selector: number,
  { cpl, vector, ext }: { cpl: number; vector: number; ext: number },
): Descriptor {
  const d = readDescriptor(cpu, selector, vector, ext);
  if ((selector & SELECTOR_RPL) !== cpl || !isWritableData(d.rights) || dplOf(d.rights) !== cpl) raise(vector, (selector & 0xfffc) | ext);
  if ((d.rights & RIGHTS_P) === 0) raise(SS_VECTOR, (selector & 0xfffc) | ext);
  return d;
}

function loadDataSegment(cpu: Cpu, segment: number, selector: number): void {
  if (isNull(selector)) {
    setNull(cpu, segment, selector);
    return;
  }
  const d = readDescriptor(cpu, selector);
  if (!isReadable(d.rights)) raise(GP, selector & 0xfffc);
  const dpl = dplOf(d.rights);
  if (!isConforming(d.rights) && ((selector & SELECTOR_RPL) > dpl || cpu.words[CPL] > dpl)) raise(GP, selector & 0xfffc);
  if ((d.rights & RIGHTS_P) === 0) raise(NP, selector & 0xfffc);
  setSegment(cpu, segment, d);
}

/** Data, or code that may be read. */
export function isReadable(rights: number): boolean {
  return (rights & RIGHTS_S) !== 0 && ((rights & RIGHTS_CODE) === 0 || (rights & RIGHTS_READABLE) !== 0);
}

/** Puts a null selector into a data segment register: any use of it is #GP(0). */
export function setNull(cpu: Cpu, segment: number, selector: number): void {
  setUnusable(cpu.words, segment, selector);
  deriveSegment(cpu, segment);
}

/** What a null selector leaves in a segment register, LDTR too. */
export function setUnusable(w: Int32Array, segment: number, selector: number): void {
  w[segment + SELECTOR] = selector & 0xffff;
  w[segment + BASE] = 0;
  w[segment + LIMIT] = 0;
  w[segment + RIGHTS] = RIGHTS_UNUSABLE;
}

/** Loads a checked descriptor, accessed bit included (which may fault, nothing having been changed). */
export function setSegment(cpu: Cpu, segment: number, d: Descriptor): void {
  const w = cpu.words;
  const { rights } = accessed(cpu, d);
  w[segment + SELECTOR] = d.selector & 0xffff;
  w[segment + BASE] = baseOf(d.low, d.high);
  w[segment + LIMIT] = limitOf(d.low, d.high);
  w[segment + RIGHTS] = rights;
  deriveSegment(cpu, segment);
}

/** Loads CS for privilege level `cpl`; the caller sets CPL. */
export function setCodeSegment(cpu: Cpu, d: Descriptor, cpl: number): void {
  setSegment(cpu, CS, { ...d, selector: (d.selector & 0xfffc) | cpl });
}

/** After a return to an outer level: data segments that this level may not use become null. SDM vol. 2, "RET-Return From Procedure". */
export function dropInnerSegments(cpu: Cpu): void {
  const w = cpu.words;
  for (let n = 0; n < 6; n++) {
    const segment = ES + 4 * n;
    if (segment === CS || segment === SS || w[segment + RIGHTS] & RIGHTS_UNUSABLE) continue;
    const rights = w[segment + RIGHTS];
    if (!isConforming(rights) && dplOf(rights) < w[CPL]) setNull(cpu, segment, 0);
  }
}

const FLAT = RIGHTS_S | RIGHTS_P | RIGHTS_WRITABLE;
const FLAT_MASK = FLAT | RIGHTS_CODE | RIGHTS_EXPAND_DOWN | RIGHTS_UNUSABLE;

/** Recomputes what is derived from one segment's words (ES to GS: nothing is derived from LDTR and TR). A flat segment is writable data from 0 to 4 GiB: its
 *  accesses need no check. */
export function deriveSegment(cpu: Cpu, segment: number): void {
  const w = cpu.words;
  const rights = w[segment + RIGHTS];
  const isFlat = w[segment + BASE] === 0 && w[segment + LIMIT] === -1 && (rights & FLAT_MASK) === FLAT;
  w[SEGMENT_GUARD + ((segment - ES) >> 2)] = isFlat ? 0 : NOT_FLAT;
  if (segment === SS) {
    w[STACK_MASK] = rights & RIGHTS_DB ? -1 : 0xffff;
    w[STACK_GUARD] = isFlat && rights & RIGHTS_DB ? 0 : NOT_FLAT;
  }
  if (segment === CS) {
    cpu.codeBits = rights & RIGHTS_DB ? 32 : 16;
    cpu.dropWindow();
  }
}
