/** Exits by events: exceptions, interrupts, windows, the timer, EPT faults. SDM vol. 3, "Other Causes of VM Exits". */
import * as w from '../arch/cpu-state.ts';
import { DB, DF, NMI_VECTOR, PF_VECTOR } from '../arch/exceptions.ts';
import { EFLAGS_IF } from '../arch/eflags.ts';
import { EXIT } from '../arch/exit-reasons.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import { type EventInfo, EXTERNAL, type InterruptController, NMI } from '../cpu/ports.ts';
import type { Insn } from '../isa/insn.ts';
import { eptFault } from '../memory/fault.ts';
import * as c from './controls.ts';
import { interruptionInfo, isSoftware, VALID, vmExit } from './exit.ts';
import type { Vmx } from './vmx.ts';

/** Interruptibility bits. */
const SHADOWS = 3;
const NMI_BLOCKING = 8;
/** Interruption information and the qualification of EPT violations, bit 12. */
const NMI_UNBLOCKING = 1 << 12;

/** Before an exception is delivered: exits if the exception bitmap says so. Software interrupts are not exceptions. */
export function exception(vmx: Vmx, event: EventInfo, linear: number, debugBits: number): void {
  if (!isIntercepted(vmx.controls, event)) return;
  const { delivering } = vmx.cpu;
  const info = interruptionInfo(event) | (delivering.valid || event.vector === DF ? 0 : nmiUnblocking(vmx));
  const qualification = event.vector === PF_VECTOR ? linear : event.vector === DB ? debugBits : 0;
  const report = { interruption: info, ...(event.hasErrorCode && { errorCode: event.errorCode }) };
  vmExit(vmx, EXIT.exceptionOrNmi, qualification, isSoftware(event) ? { ...report, instructionLength: event.length } : report);
}

/** For #PF, bit 14 is the answer where the error code matches under the mask, and the opposite where it does not. SDM vol. 3, "Exception Bitmap". */
function isIntercepted(controls: Int32Array, event: EventInfo): boolean {
  const bit = ((controls[c.EXCEPTION_BITMAP] >>> event.vector) & 1) !== 0;
  if (event.vector !== PF_VECTOR) return bit;
  const matches = (event.errorCode & controls[c.PAGE_FAULT_MASK]) === controls[c.PAGE_FAULT_MATCH];
  return bit === matches;
}

/** The fault came from an IRET that had already ended NMI blocking. */
function nmiUnblocking(vmx: Vmx): number {
  return vmx.cpu.hasIretUnblockedNmi ? NMI_UNBLOCKING : 0;
}

export function nmi(vmx: Vmx): void {
  if ((vmx.controls[c.PIN] & CONTROL.nmiExiting) === 0) return;
  vmExit(vmx, EXIT.exceptionOrNmi, 0, { interruption: VALID | (NMI << 8) | NMI_VECTOR });
}

/** An external interrupt; acknowledged here if the VM-exit controls say so, else left to the host. */
export function externalInterrupt(vmx: Vmx, controller: InterruptController): void {
  const { controls } = vmx;
  if ((controls[c.PIN] & CONTROL.externalInterruptExiting) === 0) return;
  const isAcknowledged = (controls[c.EXIT_CONTROLS] & CONTROL.acknowledgeInterruptOnExit) !== 0;
  const interruption = isAcknowledged ? VALID | (EXTERNAL << 8) | controller.acknowledge() : 0;
  vmExit(vmx, EXIT.externalInterrupt, 0, { interruption });
}

export function interruptWindow(vmx: Vmx): void {
  const words = vmx.cpu.words;
  if ((vmx.controls[c.PRIMARY] & CONTROL.interruptWindowExiting) === 0) return;
  if ((words[w.EFLAGS] & EFLAGS_IF) !== 0 && (words[w.INTERRUPTIBILITY] & SHADOWS) === 0) vmExit(vmx, EXIT.interruptWindow, 0);
}

/** Blocking by STI holds the window shut too, as it does on the processors that this one takes after. */
export function nmiWindow(vmx: Vmx): void {
  if ((vmx.controls[c.PRIMARY] & CONTROL.nmiWindowExiting) === 0) return;
  if ((vmx.cpu.words[w.INTERRUPTIBILITY] & (SHADOWS | NMI_BLOCKING)) === 0) vmExit(vmx, EXIT.nmiWindow, 0);
}

export function preemptionTimer(vmx: Vmx): void {
  if (vmx.ticksToPreemption() === 0) vmExit(vmx, EXIT.preemptionTimer, 0);
}

/** An EPT violation or misconfiguration, as `eptFault` holds it. */
export function ept(vmx: Vmx): never {
  const { physical, linear } = eptFault;
  if (eptFault.misconfiguration) vmExit(vmx, EXIT.eptMisconfiguration, 0, { physical });
  const unblocking = vmx.cpu.delivering.valid ? 0 : nmiUnblocking(vmx);
  const qualification = eptFault.qualification | unblocking;
  const hasLinear = (qualification & (1 << 7)) !== 0;
  vmExit(vmx, EXIT.eptViolation, qualification, hasLinear ? { physical, linear } : { physical });
}

/** `source`: 0 CALL, 1 IRET, 2 JMP, 3 a task gate in the IDT (then the IDT-vectoring information tells the event). */
export function taskSwitch(vmx: Vmx, insn: Insn | null, selector: number, source: number): never {
  const qualification = (selector & 0xffff) | (source << 30);
  vmExit(vmx, EXIT.taskSwitch, qualification, insn === null ? {} : { instructionLength: insn.length });
}
