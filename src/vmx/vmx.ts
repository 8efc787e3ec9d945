import { NON_ROOT } from '../arch/cpu-state.ts';
import { EXIT, EXIT_REASONS, type ExitReason } from '../arch/exit-reasons.ts';
import { capabilityMsr } from '../arch/vmx-capabilities.ts';
import { CONTROL, CONTROL_BY_KEY, type ControlWord } from '../arch/vmx-controls.ts';
import type { Cpu } from '../cpu/cpu.ts';
import type { EventInfo, InterruptController, PortAccess, VmxPort } from '../cpu/ports.ts';
import type { Insn } from '../isa/insn.ts';
import type { Stateful } from '../time/stateful.ts';
import * as access from './access-exits.ts';
import { EntryChecker } from './checks.ts';
import * as c from './controls.ts';
import { type EntryFailure, entryFailure } from './entry.ts';
import * as events from './event-exits.ts';
import { vmExit } from './exit.ts';
import { displacementOf, INFORMATION } from './instruction-info.ts';
import { Vmcs } from './vmcs.ts';

/** Controls that want a look at the events before every instruction. The preemption timer ends the CPU's slice instead. */
const WATCHED = CONTROL.interruptWindowExiting | CONTROL.nmiWindowExiting | CONTROL.monitorTrapFlag;

const WORD: Readonly<Record<ControlWord, number>> = {
  pin: c.PIN,
  primary: c.PRIMARY,
  secondary: c.SECONDARY,
  exit: c.EXIT_CONTROLS,
  entry: c.ENTRY_CONTROLS,
};

/** Of each exit reason: its row, and the control that causes it as word and mask (mask 0: unconditional). */
const CAUSES: { readonly row: ExitReason; readonly word: number; readonly mask: number }[] = [];
for (const row of EXIT_REASONS as readonly ExitReason[]) {
  const key = typeof row.cause === 'string' ? undefined : row.cause[0];
  CAUSES[row.number] = { row, word: key === undefined ? 0 : WORD[CONTROL_BY_KEY[key].word], mask: key === undefined ? 0 : CONTROL[key] };
}

/** VT-x over a CPU: what the CPU asks in non-root operation, and the controls in force. Everything else of VMX is in the CPU's words and in the VMCS region. */
export class Vmx implements VmxPort, Stateful {
  readonly id = 'vmx';
  readonly layout = c.VMX_LAYOUT;
  readonly bytes = new Uint8Array(c.VMX_LAYOUT.size);
  /** `bytes` as words; the constants of controls.ts index them. */
  readonly controls = new Int32Array(this.bytes.buffer);
  readonly cpu: Cpu;
  readonly vmcs: Vmcs;
  readonly checker: EntryChecker;
  /** Told the basic reason of every VM exit and of every VM entry that ends like one, when the host's state is loaded. */
  onExit: (reason: number) => void = () => {};
  /** Given the words of the controls at each VM entry, when they have been copied out of the VMCS and before they act. What it changes is in force: for a machine
   *  that is to show what would be, were they others. */
  onControls: (controls: Int32Array) => void = () => {};

  constructor(cpu: Cpu) {
    this.cpu = cpu;
    this.vmcs = new Vmcs(cpu.bus, cpu.words);
    this.checker = new EntryChecker(this.vmcs, cpu.bus, cpu.words);
  }

  /** After `bytes` were replaced, with the CPU's words replaced already: the translation context follows them. */
  rebuild(): void {
    const { controls, cpu } = this;
    const isNested = cpu.words[NON_ROOT] !== 0 && (controls[c.SECONDARY] & CONTROL.enableEpt) !== 0;
    if (cpu.words[NON_ROOT] === 0) cpu.mmu.setNested(false, 0, 0, 0);
    else cpu.mmu.setNested(isNested, controls[c.EPTP], controls[c.EPTP + 1], controls[c.VPID]);
  }

  /** The check that failed the last VM entry; null after a success. */
  get entryFailure(): EntryFailure | null {
    return entryFailure(this.controls);
  }

  // What the CPU reads ------------------------------------------------------------------------------------------------------------------------
  get externalInterruptExiting(): boolean {
    return (this.controls[c.PIN] & CONTROL.externalInterruptExiting) !== 0;
  }
  get nmiExiting(): boolean {
    return (this.controls[c.PIN] & CONTROL.nmiExiting) !== 0;
  }
  get virtualNmis(): boolean {
    return (this.controls[c.PIN] & CONTROL.virtualNmis) !== 0;
  }
  get unrestrictedGuest(): boolean {
    return (this.controls[c.SECONDARY] & CONTROL.unrestrictedGuest) !== 0;
  }
  get watchesBoundaries(): boolean {
    return (this.controls[c.PRIMARY] & WATCHED) !== 0;
  }
  get tscOffsetLo(): number {
    return this.controls[c.PRIMARY] & CONTROL.useTscOffsetting ? this.controls[c.TSC_OFFSET] : 0;
  }
  get tscOffsetHi(): number {
    return this.controls[c.PRIMARY] & CONTROL.useTscOffsetting ? this.controls[c.TSC_OFFSET + 1] : 0;
  }
  capabilityMsr(msr: number): readonly [number, number] | null {
    return capabilityMsr(msr);
  }

  // The preemption timer, which counts ticks ------------------------------------------------------------------------------------------------------
  /** It will reach 0 at tick `end`. */
  startTimer(end: number): void {
    this.controls[c.TIMER_END] = end % 2 ** 32;
    this.controls[c.TIMER_END + 1] = Math.floor(end / 2 ** 32);
  }
  ticksToPreemption(): number {
    if (this.cpu.words[NON_ROOT] === 0 || (this.controls[c.PIN] & CONTROL.activatePreemptionTimer) === 0) return Infinity;
    const end = (this.controls[c.TIMER_END] >>> 0) + (this.controls[c.TIMER_END + 1] >>> 0) * 2 ** 32;
    return Math.max(0, end - this.cpu.ticks);
  }

  // Exits by instructions -------------------------------------------------------------------------------------------------------------------------
  instructionExit(reason: number, insn: Insn, qualification = 0): void {
    const cause = CAUSES[reason];
    if (cause === undefined) return;
    const { row, word, mask } = cause;
    if (mask !== 0 && (this.controls[word] & mask) === 0) return;
    const report = {
      instructionLength: insn.length,
      ...(row.information !== undefined && { instructionInfo: INFORMATION[row.information](insn) }),
    };
    vmExit(this, reason, row.qualification === 'displacement' ? displacementOf(insn) : qualification, report);
  }
  descriptorTableExit(insn: Insn, reason: number): void {
    this.instructionExit(reason, insn);
  }
  ioExit(insn: Insn, port: PortAccess): void {
    access.io(this, insn, port);
  }
  rdmsrExit(insn: Insn, msr: number): void {
    access.msr(this, insn, msr, false);
  }
  wrmsrExit(insn: Insn, msr: number): void {
    access.msr(this, insn, msr, true);
  }
  movToControl(insn: Insn, cr: number, value: number, gpr: number): number {
    return access.movToControl(this, insn, cr, { value, gpr });
  }
  movFromControlExit(insn: Insn, cr: number, gpr: number): void {
    access.movFromControl(this, insn, cr, gpr);
  }
  readControl(cr: 0 | 4, value: number): number {
    const mask = this.controls[cr === 0 ? c.CR0_MASK : c.CR4_MASK];
    return (value & ~mask) | (this.controls[cr === 0 ? c.CR0_SHADOW : c.CR4_SHADOW] & mask);
  }
  clts(insn: Insn): number {
    return access.clts(this, insn);
  }
  lmsw(insn: Insn, source: number, isMemory: boolean, linear: number): number {
    return access.lmsw(this, insn, source, { isMemory, linear });
  }
  movDebugExit(insn: Insn, dr: number, isRead: boolean, gpr: number): void {
    access.movDebug(this, insn, dr, { isRead, gpr });
  }

  // Exits by events ---------------------------------------------------------------------------------------------------------------------------------
  exceptionExit(event: EventInfo, linear: number, debugBits: number): void {
    events.exception(this, event, linear, debugBits);
  }
  eptExit(): never {
    events.ept(this);
  }
  tripleFaultExit(): never {
    vmExit(this, EXIT.tripleFault, 0);
  }
  taskSwitchExit(insn: Insn | null, selector: number, source: number): never {
    events.taskSwitch(this, insn, selector, source);
  }
  get monitorTrapDue(): boolean {
    return this.controls[c.MONITOR_TRAP_DUE] !== 0;
  }
  set monitorTrapDue(isDue: boolean) {
    const isWanted = this.cpu.words[NON_ROOT] !== 0 && (this.controls[c.PRIMARY] & CONTROL.monitorTrapFlag) !== 0;
    this.controls[c.MONITOR_TRAP_DUE] = isDue && isWanted ? 1 : 0;
  }
  monitorTrapExit(): void {
    vmExit(this, EXIT.monitorTrapFlag, 0);
  }
  preemptionTimerExit(): void {
    events.preemptionTimer(this);
  }
  nmiWindowExit(): void {
    events.nmiWindow(this);
  }
  nmiExit(): void {
    events.nmi(this);
  }
  interruptWindowExit(): void {
    events.interruptWindow(this);
  }
  externalInterruptExit(controller: InterruptController): void {
    events.externalInterrupt(this, controller);
  }
  initExit(): never {
    vmExit(this, EXIT.initSignal, 0);
  }
}
