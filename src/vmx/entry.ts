/** VM entries: VMLAUNCH and VMRESUME. SDM vol. 3, chapter "VM Entries". */
import * as w from '../arch/cpu-state.ts';
import { type CheckGroup, ENTRY_CHECKS, type EntryCheck } from '../arch/entry-checks.ts';
import { EXIT } from '../arch/exit-reasons.ts';
import { FIELD, fieldWidth, LAUNCHED, type VmcsFieldKey } from '../arch/vmcs-fields.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import { NEW_SHADOW } from '../cpu/derived.ts';
import { type EventInfo, SOFTWARE_EXCEPTION, SOFTWARE_INTERRUPT } from '../cpu/ports.ts';
import { TRACE_KIND } from '../trace/schema.ts';
import * as c from './controls.ts';
import { failEntry, VALID } from './exit.ts';
import { loadGuestState } from './guest-state.ts';
import { loadEntryMsrs } from './msr-areas.ts';
import { vmFail, vmFailInvalid } from './status.ts';
import type { Vmx } from './vmx.ts';

/** VM-instruction errors of the two groups of checks that leave the guest alone. */
const INVALID_CONTROLS = 7;
const INVALID_HOST_STATE = 8;
/** Interruptibility bits. */
const SHADOWS = 3;
const MOV_SS = 2;
const NMI_BLOCKING = 8;
/** Interruption type "other event": a pending MTF VM exit. */
const PENDING_MTF = 7;
const SHUTDOWN = 2;

/** VMLAUNCH or VMRESUME, after their #UD, VM exit and privilege check. Returns with the guest's state in the CPU, or VMfail; throws the VM exit of a failure on
 *  guest state, and what delivery of an injected event throws. */
export function vmEntry(vmx: Vmx, isLaunch: boolean): void {
  const { cpu, vmcs, checker } = vmx;
  checker.begin(isLaunch);
  // 1. Basic checks; 2. VMX controls; 3. host-state area.
  if (failsBefore(vmx, 'basic') || failsBefore(vmx, 'controls', INVALID_CONTROLS) || failsBefore(vmx, 'host', INVALID_HOST_STATE)) return;
  vmx.controls[c.FAILED_CHECK] = 0;
  takeControls(vmx);
  // 4. Guest-state area, checked whole before any of it is loaded.
  const blocking = cpu.words[w.INTERRUPTIBILITY];
  const invalid = checker.firstFailure('guest');
  if (invalid >= 0) {
    noteFailure(vmx, invalid, EXIT.entryFailureGuestState, 0);
    failEntry(vmx, EXIT.entryFailureGuestState, ENTRY_CHECKS[invalid].qualification ?? 0, (blocking & NMI_BLOCKING) !== 0);
  }
  loadGuestState(cpu, vmcs, vmx.controls);
  enterNonRoot(vmx);
  // 5. MSRs.
  const unloadable = loadEntryMsrs(cpu, vmcs, checker);
  if (unloadable >= 0) {
    noteFailure(vmx, unloadable, EXIT.entryFailureMsrLoading, 0);
    failEntry(vmx, EXIT.entryFailureMsrLoading, checker.msr.number, (blocking & NMI_BLOCKING) !== 0);
  }
  // 6. The entry is a success.
  if (isLaunch) vmcs.launchState = LAUNCHED;
  const info = vmcs.get(FIELD.entryInterruptionInfo);
  cpu.trace.emit(TRACE_KIND.vmEntry, isLaunch ? 1 : 0, cpu.words[w.EIP], info, vmx.controls[c.VPID], vmx.controls[c.EPTP]);
  begin(vmx, info);
}

/** Copies the controls that will be in force out of the VMCS. */
function takeControls(vmx: Vmx): void {
  const { controls, checker, vmcs } = vmx;
  controls[c.PIN] = checker.pin;
  controls[c.PRIMARY] = checker.primary;
  controls[c.SECONDARY] = checker.secondary;
  controls[c.EXIT_CONTROLS] = checker.exit;
  controls[c.ENTRY_CONTROLS] = checker.entry;
  for (const [word, field] of COPIED) controls[word] = vmcs.get(field);
  const has = (mask: number): boolean => (checker.secondary & mask) !== 0;
  if (!has(CONTROL.enableVpid)) controls[c.VPID] = 0;
  if (!has(CONTROL.enableEpt)) controls[c.EPTP] = controls[c.EPTP + 1] = 0;
  vmx.onControls(controls);
}

const COPIED: readonly (readonly [word: number, field: number])[] = [
  [c.EXCEPTION_BITMAP, FIELD.exceptionBitmap],
  [c.PAGE_FAULT_MASK, FIELD.pageFaultMask],
  [c.PAGE_FAULT_MATCH, FIELD.pageFaultMatch],
  [c.CR0_MASK, FIELD.cr0Mask],
  [c.CR4_MASK, FIELD.cr4Mask],
  [c.CR0_SHADOW, FIELD.cr0ReadShadow],
  [c.CR4_SHADOW, FIELD.cr4ReadShadow],
  [c.CR3_COUNT, FIELD.cr3TargetCount],
  [c.CR3_TARGET, FIELD.cr3Target0],
  [c.CR3_TARGET + 1, FIELD.cr3Target1],
  [c.CR3_TARGET + 2, FIELD.cr3Target2],
  [c.CR3_TARGET + 3, FIELD.cr3Target3],
  [c.IO_BITMAP_A, FIELD.ioBitmapA],
  [c.IO_BITMAP_A + 1, FIELD.ioBitmapA + 1],
  [c.IO_BITMAP_B, FIELD.ioBitmapB],
  [c.IO_BITMAP_B + 1, FIELD.ioBitmapB + 1],
  [c.MSR_BITMAP, FIELD.msrBitmap],
  [c.MSR_BITMAP + 1, FIELD.msrBitmap + 1],
  [c.TSC_OFFSET, FIELD.tscOffset],
  [c.TSC_OFFSET + 1, FIELD.tscOffset + 1],
  [c.EPTP, FIELD.eptPointer],
  [c.EPTP + 1, FIELD.eptPointer + 1],
  [c.VPID, FIELD.vpid],
];

/** The guest's translation context, with what entering it invalidates. SDM vol. 3, "Operations That Invalidate TLBs and Paging-Structure Caches". */
function enterNonRoot(vmx: Vmx): void {
  const { cpu, controls } = vmx;
  const isNested = (controls[c.SECONDARY] & CONTROL.enableEpt) !== 0;
  if ((controls[c.SECONDARY] & CONTROL.enableVpid) === 0) cpu.mmu.flushVpid0();
  cpu.words[w.NON_ROOT] = 1;
  cpu.mmu.setNested(isNested, controls[c.EPTP], controls[c.EPTP + 1], controls[c.VPID]);
  cpu.reloadDerived();
  cpu.setEip(cpu.words[w.EIP]);
}

/** The first steps in the guest: the timer starts, the event of the interruption information is delivered. */
function begin(vmx: Vmx, info: number): void {
  const { cpu, controls, vmcs } = vmx;
  const words = cpu.words;
  // The entry itself is one tick: the timer counts from the next.
  if (controls[c.PIN] & CONTROL.activatePreemptionTimer) vmx.startTimer(cpu.ticks + 1 + (vmcs.get(FIELD.preemptionTimer) >>> 0));
  controls[c.MONITOR_TRAP_DUE] = 0;
  if (info & VALID) inject(vmx, info);
  else if (words[w.ACTIVITY] >= SHUTDOWN) words[w.PENDING_DEBUG] = 0;
  // The interpreter finishes the instruction with what is left of the shadows.
  words[NEW_SHADOW] = words[w.INTERRUPTIBILITY] & SHADOWS;
}

/** SDM vol. 3, "Event Injection". The exception bitmap does not apply to the event itself. */
function inject(vmx: Vmx, info: number): void {
  const { cpu, vmcs } = vmx;
  const type = (info >>> 8) & 7;
  if (type === PENDING_MTF) {
    // Due even if the monitor trap flag is 0. SDM vol. 3, "Injection of Pending MTF VM Exits".
    vmx.controls[c.MONITOR_TRAP_DUE] = 1;
    return;
  }
  const isSoftware = type === SOFTWARE_INTERRUPT || type === SOFTWARE_EXCEPTION;
  // Pending debug exceptions survive only behind a software event under MOV SS. SDM vol. 3, "Delivery of Pending Debug Exceptions after VM Entry".
  if (!isSoftware || (cpu.words[w.INTERRUPTIBILITY] & MOV_SS) === 0) cpu.words[w.PENDING_DEBUG] = 0;
  // A vectoring entry leaves no blocking by STI or MOV SS, whatever the field says. SDM vol. 3, "Interruptibility State".
  cpu.words[w.INTERRUPTIBILITY] &= ~SHADOWS;
  const event: EventInfo = {
    valid: true,
    vector: info & 0xff,
    type,
    hasErrorCode: (info & (1 << 11)) !== 0,
    errorCode: vmcs.get(FIELD.entryExceptionErrorCode),
    length: vmcs.get(FIELD.entryInstructionLength),
  };
  cpu.deliver(event);
}

// Failures ---------------------------------------------------------------------------------------------------------------------------------

/** Runs a group of checks whose failure is a VMfail: `error`, or what the row says. True if it failed. */
function failsBefore(vmx: Vmx, group: CheckGroup, error?: number): boolean {
  const index = vmx.checker.firstFailure(group);
  if (index < 0) return false;
  const number = error ?? ENTRY_CHECKS[index].error;
  noteFailure(vmx, index, 0, number ?? 0);
  if (number === undefined) vmFailInvalid(vmx.cpu);
  else vmFail(vmx.cpu, vmx.vmcs, number);
  return true;
}

/** Remembers which check failed, and on what, for the page. */
function noteFailure(vmx: Vmx, index: number, reason: number, error: number): void {
  const { controls, cpu, vmcs } = vmx;
  const check = ENTRY_CHECKS[index];
  const encoding = check.field === null ? -1 : FIELD[check.field];
  controls[c.FAILED_CHECK] = index + 1;
  controls[c.FAILED_VALUE] = valueOf(check, vmx);
  controls[c.FAILED_VALUE_HIGH] = encoding >= 0 && check.group !== 'msr' && fieldWidth(encoding) === 64 ? vmcs.get(encoding + 1) : 0;
  cpu.trace.emit(TRACE_KIND.vmEntryFailed, reason, index, encoding, controls[c.FAILED_VALUE], error);
}

function valueOf(check: EntryCheck, vmx: Vmx): number {
  if (check.group === 'msr') return vmx.checker.msr.index;
  return check.field === null ? 0 : vmx.vmcs.get(FIELD[check.field]);
}

/** The VM entry check that failed last. */
export interface EntryFailure {
  /** Stable name of the rule, `id` in arch/entry-checks.ts. */
  readonly check: string;
  readonly field: VmcsFieldKey | null;
  /** The field's value, unsigned; of a 64-bit field the low word, with `valueHigh`. For MSR loading: the MSR. */
  readonly value: number;
  readonly valueHigh: number;
  readonly rule: string;
  /** Title of the SDM's section. */
  readonly title: string;
}

/** Reads the failure back from the part's words; null: the last VM entry succeeded, or there was none. */
export function entryFailure(words: Int32Array): EntryFailure | null {
  const row = ENTRY_CHECKS[words[c.FAILED_CHECK] - 1];
  if (row === undefined) return null;
  const { id: check, field, rule, title } = row;
  return { check, field, value: words[c.FAILED_VALUE] >>> 0, valueHigh: words[c.FAILED_VALUE_HIGH] >>> 0, rule, title };
}
