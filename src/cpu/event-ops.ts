/** Software interrupts, and instructions that only wait or fault. */
import { ACTIVITY, APIC_BASE, CPL, CR0, EAX, EBX, ECX, EDX, NON_ROOT } from '../arch/cpu-state.ts';
import { cpuid as answer, FEATURE_APIC } from '../arch/cpuid.ts';
import { BP, DB, GP, NM, OF_VECTOR, UD } from '../arch/exceptions.ts';
import { APIC_BASE_ENABLE } from '../arch/msrs.ts';
import { CR0_EM, CR0_MP, CR0_TS } from '../arch/paging.ts';
import { type Insn, TOO_LONG } from '../isa/insn.ts';
import { raise } from '../memory/fault.ts';
import { read8 } from './access.ts';
import type { Cpu } from './cpu.ts';
import { overflowFlag } from '../isa/flags.ts';
import { PRIVILEGED_SOFTWARE_EXCEPTION, SOFTWARE_EXCEPTION, SOFTWARE_INTERRUPT } from './ports.ts';
import { checkVirtualIopl } from './stack-ops.ts';

const HLT = 1;
const EXIT_MWAIT = 36;
const EXIT_MONITOR = 39;
/** CPUID leaf 1, ECX: MONITOR and MWAIT. */
const FEATURE_MONITOR = 1 << 3;

/** INT n. In virtual-8086 mode its IOPL is asked before there is an event: one that a VM entry injects is not asked. SDM vol. 3, "Details of Vectored-Event
 *  Injection". */
export function interrupt(cpu: Cpu, insn: Insn): void {
  checkVirtualIopl(cpu);
  cpu.deliver({
    valid: true,
    vector: insn.immediate & 0xff,
    type: SOFTWARE_INTERRUPT,
    hasErrorCode: false,
    errorCode: 0,
    length: insn.length,
  });
}
export function interrupt3(cpu: Cpu, insn: Insn): void {
  softwareException(cpu, insn, BP, SOFTWARE_EXCEPTION);
}
export function interrupt1(cpu: Cpu, insn: Insn): void {
  softwareException(cpu, insn, DB, PRIVILEGED_SOFTWARE_EXCEPTION);
}
export function into(cpu: Cpu, insn: Insn): void {
  if (overflowFlag(cpu.words) !== 0) softwareException(cpu, insn, OF_VECTOR, SOFTWARE_EXCEPTION);
}

function softwareException(cpu: Cpu, insn: Insn, vector: number, type: number): void {
  const event = { valid: true, vector, type, hasErrorCode: false, errorCode: 0, length: insn.length };
  if (cpu.words[NON_ROOT] !== 0) cpu.vmx?.exceptionExit(event, 0, 0);
  cpu.deliver(event);
}

export function hlt(cpu: Cpu): void {
  cpu.words[ACTIVITY] = HLT;
  cpu.recheckEvents();
}

export function nothing(): void {}

/** An opcode that is none: #UD; #GP(0) if it is too long to be one. */
export function ud(_cpu: Cpu, insn: Insn): void {
  raise(insn.flags & TOO_LONG ? GP : UD);
}

/** WAIT. There is no x87 unit that could have an error pending. */
export function wait(cpu: Cpu): void {
  const both = CR0_MP | CR0_TS;
  if ((cpu.words[CR0] & both) === both) raise(NM);
}

/** An x87 instruction on a processor without that unit: #NM while CR0.EM or TS ask for it, as everywhere; else the opcode does not exist. The manual
 *  demands EM = 1 here (vol. 3, "Configuring the x87 FPU Environment") and does not say what happens without. */
export function fpu(cpu: Cpu): void {
  raise(cpu.words[CR0] & (CR0_EM | CR0_TS) ? NM : UD);
}

export function cpuid(cpu: Cpu): void {
  const w = cpu.words;
  const isFeatures = w[EAX] === 1;
  [w[EAX], w[EBX], w[ECX], w[EDX]] = answer(w[EAX]);
  if (isFeatures && (w[APIC_BASE] & APIC_BASE_ENABLE) === 0) w[EDX] &= ~FEATURE_APIC;
}

/** MONITOR and MWAIT exist if CPUID claims them; MWAIT may end at once ("implementation-dependent" events), so here it always does. */
export function monitor(cpu: Cpu, insn: Insn): void {
  checkMonitor(cpu);
  if (cpu.words[NON_ROOT] !== 0) cpu.vmx?.instructionExit(EXIT_MONITOR, insn);
  if (cpu.words[ECX] !== 0) raise(GP);
  read8(cpu, insn.segment, cpu.offsetBy(insn, cpu.words[EAX], 0));
}
export function mwait(cpu: Cpu, insn: Insn): void {
  checkMonitor(cpu);
  if (cpu.words[NON_ROOT] !== 0) cpu.vmx?.instructionExit(EXIT_MWAIT, insn);
  if (cpu.words[ECX] !== 0) raise(GP);
}

function checkMonitor(cpu: Cpu): void {
  if ((answer(1)[2] & FEATURE_MONITOR) === 0 || cpu.words[CPL] !== 0) raise(UD);
}
