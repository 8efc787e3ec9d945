/** Frames of far calls and events: several values pushed or popped at once, on the present stack or on an inner one, all or nothing.
 *  SDM vol. 3, "Stack Usage on Transfers to Interrupt and Exception Handling Routines". */
import { BASE, CPL, ESP, LIMIT, RIGHTS, SELECTOR, SS, TR } from '../arch/cpu-state.ts';
import { baseOf, limitOf, RIGHTS_DB, TSS32_AVAILABLE } from '../arch/descriptors.ts';
import { SS_VECTOR, TS } from '../arch/exceptions.ts';
import { raise } from '../memory/fault.ts';
import { isInside } from './access.ts';
import type { Cpu } from './cpu.ts';
import { checkStackSegment, type Descriptor, isNull } from './segmentation.ts';

/** A stack to push a frame on. */
export interface Stack {
  readonly base: number;
  readonly limit: number;
  readonly rights: number;
  readonly pointer: number;
  /** The privilege level at which it is used. */
  readonly cpl: number;
  /** Error code of #SS for a frame that does not fit. */
  readonly error: number;
}

/** The stack in use. `ext` is the error code of its #SS. */
export function presentStack(cpu: Cpu, ext = 0): Stack {
  const w = cpu.words;
  return { base: w[SS + BASE], limit: w[SS + LIMIT], rights: w[SS + RIGHTS], pointer: w[ESP], cpl: w[CPL], error: ext };
}

/** The stack that a descriptor (out of the TSS) describes. */
export function innerStack(d: Descriptor, pointer: number, cpl: number, ext = 0): Stack {
  const { low, high, rights, selector } = d;
  return { base: baseOf(low, high), limit: limitOf(low, high), rights, pointer, cpl, error: (selector & 0xfffc) | ext };
}

/** Pushes `values`, the first one first, as words or dwords; returns the new stack pointer (whole; the upper half of a 16-bit one stays). Throws #SS if the
 *  frame does not fit, or #PF; then nothing was written. */
export function pushFrame(cpu: Cpu, stack: Stack, size: 16 | 32, values: readonly number[]): number {
  const bytes = size >> 3;
  const mask = stack.rights & RIGHTS_DB ? -1 : 0xffff;
  const places = values.map((_, i) => (stack.pointer - bytes * (i + 1)) & mask);
  for (const at of places) if (!isInside(stack.rights, stack.limit, at, bytes)) raise(SS_VECTOR, stack.error);
  cpu.atPrivilege(stack.cpl, () => {
    for (const at of places) cpu.mmu.probeWrite((stack.base + at) | 0, bytes);
    places.forEach((at, i) => {
      const linear = (stack.base + at) | 0;
      if (size === 32) cpu.mmu.write32(linear, values[i]);
      else cpu.mmu.write16(linear, values[i]);
    });
  });
  return (stack.pointer & ~mask) | ((stack.pointer - bytes * values.length) & mask);
}

/** Stack of privilege level `cpl` from the TSS: SS:ESP, checked. `ext` is 1 where an event from outside is delivered. SDM vol. 3, "Stack Switching". */
export function stackFromTss(cpu: Cpu, cpl: number, ext: number): { selector: number; pointer: number; descriptor: Descriptor } {
  const w = cpu.words;
  const is32 = (w[TR + RIGHTS] & TSS32_AVAILABLE & 8) !== 0;
  const offset = is32 ? 4 + 8 * cpl : 2 + 4 * cpl;
  if (offset + (is32 ? 5 : 3) > w[TR + LIMIT] >>> 0) raise(TS, (w[TR + SELECTOR] & 0xfffc) | ext);
  const at = (w[TR + BASE] + offset) | 0;
  const pointer = is32 ? cpu.mmu.readSystem32(at) : cpu.mmu.readSystem16(at) & 0xffff;
  const selector = cpu.mmu.readSystem16((at + (is32 ? 4 : 2)) | 0) & 0xffff;
  if (isNull(selector)) raise(TS, ext);
  return { selector, pointer, descriptor: checkStackSegment(cpu, selector, { cpl, vector: TS, ext }) };
}
