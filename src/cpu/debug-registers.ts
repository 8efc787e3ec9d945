/** Debug registers: storage, general detect and instruction breakpoints. Data and I/O breakpoints are not matched. SDM vol. 3, "Debug Registers". */
import { BASE, CPL, CS, DR0, DR6, DR7, EIP, NON_ROOT } from '../arch/cpu-state.ts';
import { DB, GP } from '../arch/exceptions.ts';
import { DEBUG_REGISTERS, DR6_BD, DR6_FIXED, DR6_WRITABLE, DR7_FIXED, DR7_GD, DR7_WRITABLE } from '../arch/registers.ts';
import type { Insn } from '../isa/insn.ts';
import { SPECIAL } from '../isa/operands.ts';
import { raise } from '../memory/fault.ts';
import type { Cpu } from './cpu.ts';

/** L0 to G3 of DR7. */
const ENABLES = 0xff;

/** Throws #DB; `bits` are those of DR6 that report why. */
export function raiseDebug(cpu: Cpu, bits: number): never {
  cpu.debugBits = bits;
  raise(DB);
}

/** Whether any breakpoint is enabled. */
export function hasBreakpoints(w: Int32Array): boolean {
  return (w[DR7] & ENABLES) !== 0;
}

/** B0 to B3 for the enabled instruction breakpoints (R/W = 0, and LEN = 0, which they must have) at CS:EIP. */
export function breakpointHits(w: Int32Array): number {
  const linear = (w[CS + BASE] + w[EIP]) | 0;
  let hits = 0;
  for (let n = 0; n < 4; n++) {
    const isEnabled = (w[DR7] >> (2 * n)) & 3;
    const condition = (w[DR7] >>> (16 + 4 * n)) & 0xf;
    if (isEnabled && condition === 0 && w[DR0 + n] === linear) hits |= 1 << n;
  }
  return hits;
}

/** MOV r32, DRn. */
export function movFromDebug(cpu: Cpu, insn: Insn, gpr: number, dr: number): void {
  const number = dr - SPECIAL;
  const word = checked(cpu, insn, number, { isRead: true, gpr });
  cpu.words[gpr] = cpu.words[word];
}

/** MOV DRn, r32. */
export function movToDebug(cpu: Cpu, insn: Insn, dr: number, gpr: number): void {
  const w = cpu.words;
  const word = checked(cpu, insn, dr - SPECIAL, { isRead: false, gpr });
  const value = w[gpr];
  if (word === DR6) w[DR6] = (value & DR6_WRITABLE) | DR6_FIXED;
  else if (word === DR7) w[DR7] = (value & DR7_WRITABLE) | DR7_FIXED;
  else w[word] = value;
  cpu.recheckEvents();
}

/** The checks of MOV DR in their order: VM exit (before the privilege check, unlike any other; SDM vol. 3, "Instructions That Cause VM Exits Conditionally"),
 *  privilege, general detect. DR4 and DR5 are DR6 and DR7: CR4.DE does not exist here. */
function checked(cpu: Cpu, insn: Insn, dr: number, how: { isRead: boolean; gpr: number }): number {
  const w = cpu.words;
  if (w[NON_ROOT] !== 0) cpu.vmx?.movDebugExit(insn, dr, how.isRead, how.gpr);
  if (w[CPL] !== 0) raise(GP);
  if (w[DR7] & DR7_GD) raiseDebug(cpu, DR6_BD);
  return DEBUG_REGISTERS[dr].word;
}
