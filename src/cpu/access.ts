/** Memory through a segment, in full: what the mirrors of `Execute` do not answer. Checks the segment, then alignment, then asks the MMU.
 *  SDM vol. 3, "Limit Checking", "Type Checking". Values are sign-extended at their size; `size` is in bits; `segment` is a number, ES to GS. */
import { BASE, CR0, ES, ESP, LIMIT, RIGHTS } from '../arch/cpu-state.ts';
import { RIGHTS_CODE, RIGHTS_DB, RIGHTS_EXPAND_DOWN, RIGHTS_UNUSABLE, RIGHTS_WRITABLE } from '../arch/descriptors.ts';
import { AC, GP, SS_VECTOR } from '../arch/exceptions.ts';
import { raise } from '../memory/fault.ts';
import type { Cpu } from './cpu.ts';
import { STACK_MASK } from './derived.ts';

const SS = 2;

/** Linear address of `bytes` bytes at `offset`, all checks of the segment made. Throws #GP(0), #SS(0) for the stack segment, or #AC(0). */
export function linearOf(cpu: Cpu, segment: number, offset: number, bytes: number, isWrite: boolean): number {
  const w = cpu.words;
  const s = ES + 4 * segment;
  const rights = w[s + RIGHTS];
  const vector = segment === SS ? SS_VECTOR : GP;
  if (rights & RIGHTS_UNUSABLE) raise(vector);
  // In real-address mode a segment is readable and writable whatever its rights say: MOV to CS-relative memory works there.
  if (w[CR0] & 1 && !mayAccess(rights, isWrite)) raise(vector);
  if (!isInside(rights, w[s + LIMIT], offset, bytes)) raise(vector);
  const linear = (offset + w[s + BASE]) | 0;
  if (cpu.checksAlignment && linear & (bytes - 1)) raise(AC);
  return linear;
}

function mayAccess(rights: number, isWrite: boolean): boolean {
  if (rights & RIGHTS_CODE) return !isWrite && (rights & RIGHTS_WRITABLE) !== 0; // bit 1 of a code segment: readable
  return !isWrite || (rights & RIGHTS_WRITABLE) !== 0;
}

/** Whether offsets `offset` to `offset + bytes - 1` are in a segment with this limit. A segment of 4 GiB wraps around at its end. */
export function isInside(rights: number, limit: number, offset: number, bytes: number): boolean {
  const first = offset >>> 0;
  const last = first + bytes - 1;
  if ((rights & (RIGHTS_CODE | RIGHTS_EXPAND_DOWN)) === RIGHTS_EXPAND_DOWN) {
    return first > limit >>> 0 && last <= (rights & RIGHTS_DB ? 0xffff_ffff : 0xffff);
  }
  return limit === -1 || last <= limit >>> 0;
}

/** A unit of memory at `segment`:`offset`; throws as `linearOf` and the MMU do. */
export function read8(cpu: Cpu, segment: number, offset: number): number {
  return cpu.mmu.read8(linearOf(cpu, segment, offset, 1, false));
}
export function read16(cpu: Cpu, segment: number, offset: number): number {
  return cpu.mmu.read16(linearOf(cpu, segment, offset, 2, false));
}
export function read32(cpu: Cpu, segment: number, offset: number): number {
  return cpu.mmu.read32(linearOf(cpu, segment, offset, 4, false));
}
/** Stores the low bits of `v`; throws as a read does, and then nothing is written. */
export function write8(cpu: Cpu, segment: number, offset: number, v: number): void {
  cpu.mmu.write8(linearOf(cpu, segment, offset, 1, true), v);
}
export function write16(cpu: Cpu, segment: number, offset: number, v: number): void {
  cpu.mmu.write16(linearOf(cpu, segment, offset, 2, true), v);
}
export function write32(cpu: Cpu, segment: number, offset: number, v: number): void {
  cpu.mmu.write32(linearOf(cpu, segment, offset, 4, true), v);
}

/** As read8 to read32, by `size`. */
export function read(cpu: Cpu, segment: number, offset: number, size: number): number {
  if (size === 32) return read32(cpu, segment, offset);
  return size === 16 ? read16(cpu, segment, offset) : read8(cpu, segment, offset);
}

/** As write8 to write32, by `size`. */
export function write(cpu: Cpu, segment: number, offset: number, size: number, v: number): void {
  if (size === 32) write32(cpu, segment, offset, v);
  else if (size === 16) write16(cpu, segment, offset, v);
  else write8(cpu, segment, offset, v);
}

/** Reads with write intent: the later write of the same operand cannot fault. */
export function readForUpdate(cpu: Cpu, segment: number, offset: number, size: number): number {
  const linear = linearOf(cpu, segment, offset, size >> 3, true);
  cpu.mmu.probeWrite(linear, size >> 3);
  if (size === 32) return cpu.mmu.read32(linear);
  return size === 16 ? cpu.mmu.read16(linear) : cpu.mmu.read8(linear);
}

/** Checks a later write of `size` bits at `offset`: throws what it would throw. */
export function checkWrite(cpu: Cpu, segment: number, offset: number, size: number): void {
  cpu.mmu.probeWrite(linearOf(cpu, segment, offset, size >> 3, true), size >> 3);
}

/** One unit at SS:(stack pointer + byteOffset). */
export function stackLoad(cpu: Cpu, byteOffset: number, size: number): number {
  return read(cpu, SS, (cpu.words[ESP] + byteOffset) & cpu.words[STACK_MASK], size);
}

/** Stores one unit there. */
export function stackStore(cpu: Cpu, byteOffset: number, size: number, v: number): void {
  write(cpu, SS, (cpu.words[ESP] + byteOffset) & cpu.words[STACK_MASK], size, v);
}
