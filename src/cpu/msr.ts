/** Model-specific registers and the time-stamp counter. SDM vol. 2, "RDMSR", "WRMSR", "RDTSC"; the registers are rows of `arch/msrs.ts`. */
import { CPL, CR0, CR4, EAX, ECX, EDX, NON_ROOT, TSC_OFFSET_HI, TSC_OFFSET_LO } from '../arch/cpu-state.ts';
import { GP } from '../arch/exceptions.ts';
import { APIC_BASE_ENABLE, IA32_APIC_BASE, IA32_TIME_STAMP_COUNTER, mayWriteMsr, type Msr, msrRow, NO_WORD } from '../arch/msrs.ts';
import { CR0_PE, CR4_PCE, CR4_TSD } from '../arch/paging.ts';
import type { Insn } from '../isa/insn.ts';
import { raise } from '../memory/fault.ts';
import type { Cpu } from './cpu.ts';

const TWO_32 = 0x1_0000_0000;
const EXIT_RDPMC = 15;
const EXIT_RDTSC = 16;

/** A 64-bit value as two int32 words. */
export type Wide = readonly [low: number, high: number];

/** The time-stamp counter: ticks + the offset that WRMSR left, + what `offsetLow`, `offsetHigh` add. */
export function timeStamp(cpu: Cpu, offsetLow = 0, offsetHigh = 0): Wide {
  const w = cpu.words;
  const { ticks } = cpu;
  const low = (ticks % TWO_32) + (w[TSC_OFFSET_LO] >>> 0) + (offsetLow >>> 0);
  const high = Math.floor(ticks / TWO_32) + w[TSC_OFFSET_HI] + offsetHigh + Math.floor(low / TWO_32);
  return [low | 0, high | 0];
}

/** What the program sees: in non-root operation with the VMCS's TSC offset. */
function visibleTimeStamp(cpu: Cpu): Wide {
  return cpu.words[NON_ROOT] !== 0 && cpu.vmx !== null ? timeStamp(cpu, cpu.vmx.tscOffsetLo, cpu.vmx.tscOffsetHi) : timeStamp(cpu);
}

/** Value of an MSR, without a guest's TSC offset; null: there is none. */
export function readMsr(cpu: Cpu, index: number): Wide | null {
  const row = msrRow(index);
  if (row === undefined) return cpu.vmx?.capabilityMsr(index) ?? null;
  if (row.kind === 'tsc') return timeStamp(cpu);
  return [wordOf(cpu, row.low), wordOf(cpu, row.high)];
}

/** Writes an MSR; false, nothing written: there is none, or it may not hold this value. */
export function writeMsr(cpu: Cpu, index: number, [low, high]: Wide): boolean {
  const row = msrRow(index);
  if (row === undefined || !mayWriteMsr(row, low, high, wordOf(cpu, row.low))) return false;
  store(cpu, row, low, high);
  return true;
}

function store(cpu: Cpu, row: Msr, low: number, high: number): void {
  const w = cpu.words;
  if (row.kind === 'tsc') {
    const { ticks } = cpu;
    const difference = (low >>> 0) - (ticks % TWO_32);
    w[TSC_OFFSET_LO] = difference | 0;
    w[TSC_OFFSET_HI] = high - Math.floor(ticks / TWO_32) - (difference < 0 ? 1 : 0);
  } else if (row.kind === 'word') {
    if (row.low !== NO_WORD) w[row.low] = low;
    if (row.high !== NO_WORD) w[row.high] = high;
    if (row.index === IA32_APIC_BASE) cpu.interrupts.setEnabled?.((low & APIC_BASE_ENABLE) !== 0);
  }
}

function wordOf(cpu: Cpu, word: number): number {
  return word === NO_WORD ? 0 : cpu.words[word];
}

export function rdmsr(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  if (w[NON_ROOT] !== 0) cpu.vmx?.rdmsrExit(insn, w[ECX]);
  const value = w[ECX] === IA32_TIME_STAMP_COUNTER ? visibleTimeStamp(cpu) : readMsr(cpu, w[ECX]);
  if (value === null) raise(GP);
  [w[EAX], w[EDX]] = value;
}

export function wrmsr(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  if (w[NON_ROOT] !== 0) cpu.vmx?.wrmsrExit(insn, w[ECX]);
  if (!writeMsr(cpu, w[ECX], [w[EAX], w[EDX]])) raise(GP);
}

export function rdtsc(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  if (w[CR4] & CR4_TSD && w[CR0] & CR0_PE && w[CPL] !== 0) raise(GP);
  if (w[NON_ROOT] !== 0) cpu.vmx?.instructionExit(EXIT_RDTSC, insn);
  [w[EAX], w[EDX]] = visibleTimeStamp(cpu);
}

/** There are no performance counters: every number in ECX is one too high. */
export function rdpmc(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  if ((w[CR4] & CR4_PCE) === 0 && w[CR0] & CR0_PE && w[CPL] !== 0) raise(GP);
  if (w[NON_ROOT] !== 0) cpu.vmx?.instructionExit(EXIT_RDPMC, insn);
  raise(GP);
}
