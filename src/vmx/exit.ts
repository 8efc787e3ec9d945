/** VM exits. SDM vol. 3, chapter "VM Exits": record why, save the guest, store its MSRs, load the host, load its MSRs. */
import * as w from '../arch/cpu-state.ts';
import { DB, NMI_VECTOR } from '../arch/exceptions.ts';
import { EXIT, ENTRY_FAILURE } from '../arch/exit-reasons.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { VMX_ABORTS } from '../arch/vm-errors.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import { type EventInfo, NMI, SOFTWARE_EXCEPTION, SOFTWARE_INTERRUPT } from '../cpu/ports.ts';
import { vmExitTaken } from '../memory/fault.ts';
import { TRACE_KIND } from '../trace/schema.ts';
import { EXIT_CONTROLS, MONITOR_TRAP_DUE, PIN, SECONDARY } from './controls.ts';
import { loadHostState } from './host-state.ts';
import { saveGuestState } from './guest-state.ts';
import { loadExitMsrs, storeExitMsrs } from './msr-areas.ts';
import type { Vmx } from './vmx.ts';

/** What an exit reports beside reason and qualification. A field that is left out keeps what the VMCS holds: the manual leaves it undefined. */
export interface ExitReport {
  /** Of the event that caused the exit. */
  readonly interruption?: number;
  readonly errorCode?: number;
  readonly instructionLength?: number;
  readonly instructionInfo?: number;
  readonly linear?: number;
  readonly physical?: number;
}

/** Bit 31 of interruption information. */
export const VALID = 0x80000000 | 0;
const HAS_ERROR_CODE = 1 << 11;
/** Interruptibility bits. */
const SHADOWS = 3;
const MOV_SS = 2;
const BLOCKED_NMI = 8;

/** Leaves non-root operation for basic exit reason `reason`. Never returns: nothing of what the guest was doing may run on. */
export function vmExit(vmx: Vmx, reason: number, qualification: number, report: ExitReport = {}): never {
  const { cpu, vmcs, controls } = vmx;
  const words = cpu.words;
  cpu.trace.emit(TRACE_KIND.vmExit, reason, qualification, words[w.EIP], report.physical, report.linear);
  recordExit(vmx, reason, qualification, report);
  if (cpu.delivering.valid) beginDelivery(words, cpu.delivering);
  const keepsPending = reason === EXIT.initSignal || reason === EXIT.monitorTrapFlag || isHeldPending(words, report);
  const pendingDebug = keepsPending ? words[w.PENDING_DEBUG] : 0;
  saveGuestState(cpu, vmcs, controls, { rflags: cpu.eflags(), pendingDebug });
  if (controls[EXIT_CONTROLS] & CONTROL.savePreemptionTimer) vmcs.set(FIELD.preemptionTimer, vmx.ticksToPreemption());
  if (!storeExitMsrs(cpu, vmcs)) abort(vmx, 'saveGuestMsrs');
  loadHost(vmx, blocksNmi(vmx, reason, report));
  vmx.onExit(reason);
  throw vmExitTaken;
}

/** A VM entry that failed on guest state or MSR loading: only reason and qualification are recorded, and the guest-state area stays as it is.
 *  `wasBlocked`: NMIs were blocked before the entry, and are again. SDM vol. 3, "VM-Entry Failures During or After Loading Guest State". */
export function failEntry(vmx: Vmx, reason: number, qualification: number, wasBlocked: boolean): never {
  const { vmcs } = vmx;
  vmcs.set(FIELD.exitReason, reason | ENTRY_FAILURE);
  vmcs.set(FIELD.exitQualification, qualification);
  loadHost(vmx, wasBlocked);
  vmx.onExit(reason);
  throw vmExitTaken;
}

// Recording VM-Exit Information and Updating VM-Entry Control Fields
function recordExit(vmx: Vmx, reason: number, qualification: number, report: ExitReport): void {
  const { vmcs, cpu } = vmx;
  const set = (field: number, value: number | undefined): void => {
    if (value !== undefined) vmcs.set(field, value);
  };
  vmcs.set(FIELD.exitReason, reason);
  vmcs.set(FIELD.exitQualification, qualification);
  vmcs.set(FIELD.exitInterruptionInfo, report.interruption ?? 0);
  set(FIELD.exitInterruptionErrorCode, report.errorCode);
  set(FIELD.exitInstructionLength, report.instructionLength);
  set(FIELD.exitInstructionInfo, report.instructionInfo);
  set(FIELD.guestLinearAddress, report.linear);
  if (report.physical !== undefined) {
    vmcs.set(FIELD.guestPhysicalAddress, report.physical);
    vmcs.set(FIELD.guestPhysicalAddress + 1, 0);
  }
  recordVectoring(vmx, reason, cpu.delivering);
  vmcs.set(FIELD.entryInterruptionInfo, vmcs.get(FIELD.entryInterruptionInfo) & ~VALID);
}

/** IDT-vectoring information: the event during whose delivery the exit came. A triple fault does not count. SDM vol. 3, "Information for VM Exits That Occur
 *  During Event Delivery". */
function recordVectoring(vmx: Vmx, reason: number, delivering: EventInfo): void {
  const { vmcs } = vmx;
  if (!delivering.valid || reason === EXIT.tripleFault) {
    vmcs.set(FIELD.idtVectoringInfo, 0);
    return;
  }
  vmcs.set(FIELD.idtVectoringInfo, interruptionInfo(delivering));
  if (delivering.hasErrorCode) vmcs.set(FIELD.idtVectoringErrorCode, delivering.errorCode);
  if (isSoftware(delivering)) vmcs.set(FIELD.exitInstructionLength, delivering.length);
}

/** Interruption information in the format of the VMCS. */
export function interruptionInfo(event: EventInfo): number {
  return VALID | event.vector | (event.type << 8) | (event.hasErrorCode ? HAS_ERROR_CODE : 0);
}

/** Software interrupts and exceptions (types 4 to 6) come from an instruction, whose length is reported. */
export function isSoftware(event: EventInfo): boolean {
  return event.type >= SOFTWARE_INTERRUPT && event.type <= SOFTWARE_EXCEPTION;
}

/** What the delivery of an event has done before it caused the exit: the processor is active, STI and MOV SS no longer block, and after an NMI NMIs do.
 *  SDM vol. 3, "Architectural State Before a VM Exit". */
function beginDelivery(words: Int32Array, event: EventInfo): void {
  words[w.ACTIVITY] = 0;
  words[w.INTERRUPTIBILITY] &= ~SHADOWS;
  if (event.type === NMI) words[w.INTERRUPTIBILITY] |= BLOCKED_NMI;
}

/** Pending debug exceptions are saved as 0 but for INIT and MTF exits, and exits other than by #DB while MOV SS blocks. SDM vol. 3, "Saving Non-Register
 *  State". */
function isHeldPending(words: Int32Array, report: ExitReport): boolean {
  const isDebug = report.interruption !== undefined && (report.interruption & 0xff) === DB;
  return (words[w.INTERRUPTIBILITY] & MOV_SS) !== 0 && !isDebug;
}

/** NMIs are blocked after an exit that an NMI caused directly; else as before. With virtual NMIs the guest's bit was about those: real ones were not blocked.
 *  SDM vol. 3, "Updating Non-Register State". */
function blocksNmi(vmx: Vmx, reason: number, report: ExitReport): boolean {
  if (reason === EXIT.exceptionOrNmi && ((report.interruption ?? 0) & 0x7ff) === ((NMI << 8) | NMI_VECTOR)) return true;
  return (vmx.cpu.words[w.INTERRUPTIBILITY] & BLOCKED_NMI) !== 0 && (vmx.controls[PIN] & CONTROL.virtualNmis) === 0;
}

function loadHost(vmx: Vmx, blocks: boolean): void {
  const { cpu, vmcs, controls, checker } = vmx;
  const words = cpu.words;
  // The guest may have stored into the region: what would not have passed a VM entry is not loaded.
  checker.exit = controls[EXIT_CONTROLS];
  if (checker.firstFailure('host') >= 0) abort(vmx, 'corruptVmcs');
  loadHostState(cpu, vmcs, controls, blocks);
  words[w.NON_ROOT] = 0;
  controls[MONITOR_TRAP_DUE] = 0;
  // Without VPIDs a VM exit invalidates what is tagged VPID 0. SDM vol. 3, "Operations That Invalidate TLBs and Paging-Structure Caches".
  if ((controls[SECONDARY] & CONTROL.enableVpid) === 0) cpu.mmu.flushVpid0();
  cpu.mmu.setNested(false, 0, 0, 0);
  if (!loadExitMsrs(cpu, vmcs)) abort(vmx, 'loadHostMsrs');
  cpu.reloadDerived();
}

/** VMX abort: the reason goes into the VMCS region, the processor shuts down. SDM vol. 3, "VMX Aborts". */
function abort(vmx: Vmx, key: (typeof VMX_ABORTS)[number]['key']): never {
  const { cpu, vmcs } = vmx;
  vmcs.abortIndicator = VMX_ABORTS.find((a) => a.key === key)?.number ?? 0;
  cpu.words[w.NON_ROOT] = 0;
  cpu.mmu.setNested(false, 0, 0, 0);
  cpu.words[w.ACTIVITY] = 2;
  cpu.reloadDerived();
  cpu.trace.emit(TRACE_KIND.shutdown, cpu.words[w.EIP]);
  throw vmExitTaken;
}
