/** Runs the rows of arch/entry-checks.ts over the current VMCS. */
import { INTERRUPTIBILITY, VMCS_POINTER } from '../arch/cpu-state.ts';
import { type CheckGroup, ENTRY_CHECKS, type EntryContext, type MsrEntry } from '../arch/entry-checks.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import type { Bus } from '../memory/bus.ts';
import type { Vmcs } from './vmcs.ts';

/** Where each group begins and ends in the list. */
const RANGES = new Map<CheckGroup, readonly [first: number, end: number]>();
for (const group of ['basic', 'controls', 'host', 'guest', 'msr'] as const) {
  const first = ENTRY_CHECKS.findIndex((c) => c.group === group);
  RANGES.set(group, [first, first + ENTRY_CHECKS.filter((c) => c.group === group).length]);
}

const NO_MSR: MsrEntry = { number: 0, index: 0, reserved: 0, isWritable: true };

/** What the checks look at. One instance, made for a CPU; `begin` takes the control words for one VM entry. */
export class EntryChecker implements EntryContext {
  pin = 0;
  primary = 0;
  secondary = 0;
  exit = 0;
  entry = 0;
  isLaunch = false;
  msr: MsrEntry = NO_MSR;
  private readonly vmcs: Vmcs;
  private readonly bus: Bus;
  private readonly words: Int32Array;

  constructor(vmcs: Vmcs, bus: Bus, words: Int32Array) {
    this.vmcs = vmcs;
    this.bus = bus;
    this.words = words;
  }

  /** Takes the control words of the current VMCS. Without one they are never looked at: the basic checks fail first. */
  begin(isLaunch: boolean): void {
    this.isLaunch = isLaunch;
    if (!this.vmcs.isCurrent) return;
    this.pin = this.get(FIELD.pinBasedControls);
    this.primary = this.get(FIELD.primaryControls);
    this.secondary = this.primary & CONTROL.activateSecondaryControls ? this.get(FIELD.secondaryControls) : 0;
    this.exit = this.get(FIELD.exitControls);
    this.entry = this.get(FIELD.entryControls);
  }

  /** Place in ENTRY_CHECKS of the first row of `group` whose rule does not hold; -1: all hold. */
  firstFailure(group: CheckGroup): number {
    const [first, end] = RANGES.get(group) ?? [0, 0];
    for (let i = first; i < end; i++) if (!ENTRY_CHECKS[i].test(this)) return i;
    return -1;
  }

  get(encoding: number): number {
    return this.vmcs.get(encoding);
  }

  get launchState(): number {
    return this.vmcs.launchState;
  }

  get currentVmcs(): number {
    return this.words[VMCS_POINTER];
  }

  get interruptibility(): number {
    return this.words[INTERRUPTIBILITY];
  }

  readPhysical(physical: number): number {
    return this.bus.read32(physical);
  }
}
