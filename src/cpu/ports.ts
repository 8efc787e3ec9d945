/** What the CPU needs from the rest of the machine. Declared here, implemented by vmx, devices and machine; the CPU imports none of them. */
import type { Insn } from '../isa/insn.ts';

/** Port input and output. `size` is 1, 2 or 4 bytes; a value is unsigned and fits the size. An absent port reads all ones. */
export interface PortIo {
  read(port: number, size: number): number;
  write(port: number, size: number, value: number): void;
}

/** The INTR pin, and the INTA cycle behind it. */
export interface InterruptController {
  /** True while the pin is asserted. A device change must call `Cpu.recheckEvents` (machine wires that). */
  readonly asserted: boolean;
  /** Acknowledges and returns the vector, 0 to 255. */
  acknowledge(): number;
  /** The enable bit of IA32_APIC_BASE was written. Absent: there is no local APIC. */
  setEnabled?(isEnabled: boolean): void;
}

/** Interruption types of the VMCS. */
export const EXTERNAL = 0;
export const NMI = 2;
export const HARDWARE_EXCEPTION = 3;
export const SOFTWARE_INTERRUPT = 4;
export const PRIVILEGED_SOFTWARE_EXCEPTION = 5;
export const SOFTWARE_EXCEPTION = 6;

/** An event on its way through the IDT. `type` as above; `length` is the instruction's for the software types. */
export interface EventInfo {
  valid: boolean;
  vector: number;
  type: number;
  hasErrorCode: boolean;
  errorCode: number;
  length: number;
}

/** What IN, OUT, INS or OUTS is about to do. */
export interface PortAccess {
  readonly port: number;
  /** Bytes: 1, 2 or 4. */
  readonly size: number;
  readonly isIn: boolean;
  readonly isString: boolean;
  /** Linear address of the string of INS and OUTS, 0 otherwise. */
  readonly linear: number;
}

/** VT-x as the CPU meets it. Each `...Exit` method either returns (the guest goes on) or takes a VM exit, which loads the host state and throws `vmExitTaken`.
 *  All but `capabilityMsr` are called in non-root operation only. A CPU without VT-x has none. */
export interface VmxPort {
  /** The instruction with a basic exit `reason`: exits where it is unconditional or its control is 1. `qualification` defaults to 0. */
  instructionExit(reason: number, insn: Insn, qualification?: number): void;
  /** IN, OUT, INS, OUTS before the access, after the checks of IOPL and the TSS's bit map. */
  ioExit(insn: Insn, access: PortAccess): void;
  rdmsrExit(insn: Insn, msr: number): void;
  wrmsrExit(insn: Insn, msr: number): void;
  /** MOV to CR0, CR3 or CR4 from general register `gpr`: exits, or returns the value to go on with: host-owned bits replaced by the register's present ones. */
  movToControl(insn: Insn, cr: number, value: number, gpr: number): number;
  /** MOV from CR3 (store exiting). */
  movFromControlExit(insn: Insn, cr: number, gpr: number): void;
  /** What the guest reads: CR0 or CR4 with the host-owned bits from the read shadow. */
  readControl(cr: 0 | 4, value: number): number;
  /** CLTS and LMSW: exit, or the value of CR0 to write (for CLTS with a host-owned TS: unchanged). `linear` is LMSW's memory operand or 0. */
  clts(insn: Insn): number;
  lmsw(insn: Insn, source: number, isMemory: boolean, linear: number): number;
  movDebugExit(insn: Insn, dr: number, isRead: boolean, gpr: number): void;
  /** SGDT SIDT LGDT LIDT (reason 46) and SLDT STR LLDT LTR (47). */
  descriptorTableExit(insn: Insn, reason: number): void;
  /** Before an exception goes through the guest's IDT: the exception bitmap, #PF mask and match. `linear` for #PF, `debugBits` (DR6 style) for #DB. */
  exceptionExit(event: EventInfo, linear: number, debugBits: number): void;
  /** An EPT violation or misconfiguration was thrown (`eptFault` holds it). Never returns. */
  eptExit(): never;
  /** Triple fault (reason 2); a task switch (9) by selector and source 0 CALL 1 IRET 2 JMP 3 gate. Never return. */
  tripleFaultExit(): never;
  taskSwitchExit(insn: Insn | null, selector: number, source: number): never;
  /** At an instruction boundary, in the order of SDM vol. 3 "Event Blocking" and "VM Exits Induced by the TPR Threshold" ff.: each may exit.
   *  `monitorTrap` where `monitorTrapDue`; the others as named. */
  monitorTrapExit(): void;
  /** A monitor-trap exit is due at this boundary: an instruction or the delivery of an event has ended while the flag is 1. Setting it to true does nothing
   *  while the flag is 0. State of the part `vmx`, so that it outlives a snapshot. */
  monitorTrapDue: boolean;
  preemptionTimerExit(): void;
  nmiWindowExit(): void;
  nmiExit(): void;
  interruptWindowExit(): void;
  externalInterruptExit(controller: InterruptController): void;
  initExit(): never;
  /** True while an external interrupt exits whatever IF says; and while virtual NMIs make NMI blocking virtual. */
  readonly externalInterruptExiting: boolean;
  readonly nmiExiting: boolean;
  readonly virtualNmis: boolean;
  /** The guest may clear CR0.PE and CR0.PG. */
  readonly unrestrictedGuest: boolean;
  /** Any of window, MTF, timer wants the boundary check before every instruction. */
  readonly watchesBoundaries: boolean;
  /** Ticks until the preemption timer reaches 0, Infinity when it is not running. The run loop never runs past it. */
  ticksToPreemption(): number;
  /** 64-bit offset added by RDTSC in non-root, low and high word, 0 where the control is 0. */
  readonly tscOffsetLo: number;
  readonly tscOffsetHi: number;
  /** Value of a VMX capability MSR as [low, high], or null: no such MSR. */
  capabilityMsr(msr: number): readonly [number, number] | null;
}

/** Watches what is interesting; every method is called only on slow paths. */
export interface CpuProbe {
  /** An event goes through the IDT. */
  event(event: EventInfo, linear: number): void;
}
