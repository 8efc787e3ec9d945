/** Every check of VM entry over the current VMCS as it stands: what VMLAUNCH or VMRESUME would find now. The rows are those of arch/entry-checks.ts, asked without
 *  side effects; the first that fails is the one that the processor would name. */
import { INTERRUPTIBILITY, VMCS_POINTER } from '../../arch/cpu-state.ts';
import {
  type CheckGroup,
  ENTRY_CHECKS,
  type EntryCheck,
  type EntryContext,
  MSR_AREA_LIMIT,
  type MsrEntry,
} from '../../arch/entry-checks.ts';
import { mayWriteMsr, msrRow, NO_WORD } from '../../arch/msrs.ts';
import { FIELD, fieldWidth, LAUNCH_STATE_OFFSET, type VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { CONTROL } from '../../arch/vmx-controls.ts';
import { type FieldTrial, vmcsReader, type VmxMachine } from './vmx-reading.ts';

/** `idle`: something else makes the rule void, so that its field is not looked at: a control is 0, nothing is injected, a list is empty. */
export type CheckState = 'held' | 'failed' | 'idle';

/** One check and how it came out. */
export interface CheckView {
  /** Of arch/entry-checks.ts, as are group, title, field and rule. */
  readonly id: string;
  readonly group: CheckGroup;
  readonly title: string;
  readonly field: VmcsFieldKey | null;
  readonly rule: string;
  readonly state: CheckState;
  /** Of its field, unsigned; of a 64-bit one the low word, with `high`. Of MSR loading: the MSR. */
  readonly value: number;
  readonly high: number;
}

/** What a VM entry would find. */
export interface ChecksView {
  /** VMLAUNCH, not VMRESUME. */
  readonly isLaunch: boolean;
  /** In the manual's order. The processor stops at the first that failed; the ones behind are what it would find then. */
  readonly rows: readonly CheckView[];
  /** Id of the first that failed; null: the entry would succeed. */
  readonly failed: string | null;
}

/** Asks every row. With `trial`, as if that field had been written. */
export function checksOf(machine: VmxMachine, isLaunch: boolean, trial: FieldTrial | null = null): ChecksView {
  const context = new Inspection(machine, isLaunch, trial);
  const rows = ENTRY_CHECKS.map((check) => viewOf(check, context));
  return { isLaunch, rows, failed: rows.find(({ state }) => state === 'failed')?.id ?? null };
}

/** Ids of the rows among `checks` that would fail with `trial`: for those who try out many values. */
export function failuresOf(
  machine: VmxMachine,
  isLaunch: boolean,
  trial: FieldTrial,
  checks: readonly EntryCheck[] = ENTRY_CHECKS,
): readonly string[] {
  const context = new Inspection(machine, isLaunch, trial);
  return checks.filter((check) => stateOf(check, context) === 'failed').map(({ id }) => id);
}

function viewOf(check: EntryCheck, context: Inspection): CheckView {
  const { id, group, title, field, rule } = check;
  const state = stateOf(check, context);
  const msr = context.broken.get(id);
  const isReadable = field !== null && context.currentVmcs !== -1;
  const value = msr ? msr.index : isReadable ? context.peek(FIELD[field]) : 0;
  const high = isReadable && !msr && fieldWidth(FIELD[field]) === 64 ? context.peek(FIELD[field] + 1) : 0;
  return { ...{ id, group, title, field, rule, state }, value: value >>> 0, high: high >>> 0 };
}

function stateOf(check: EntryCheck, context: Inspection): CheckState {
  if (check.group === 'msr') return context.broken.has(check.id) ? 'failed' : context.hasMsrs ? 'held' : 'idle';
  // Without a VMCS there is nothing more to look at.
  if (context.currentVmcs === -1 && check.id !== 'current-vmcs') return 'idle';
  context.forget();
  if (!check.test(context)) return 'failed';
  return context.hasLookedAt(check.field) ? 'held' : 'idle';
}

/** What a check may look at, and what it did look at. */
class Inspection implements EntryContext {
  readonly isLaunch: boolean;
  msr: MsrEntry = { number: 0, index: 0, reserved: 0, isWritable: true };
  /** Entries of the VM-entry MSR-load area that break a rule, by its id: the first of them ends the loading. */
  readonly broken: ReadonlyMap<string, MsrEntry>;
  readonly peek: (encoding: number) => number;
  private readonly machine: VmxMachine;
  private readonly seen = new Set<number>();
  private hasSeenState = false;

  constructor(machine: VmxMachine, isLaunch: boolean, trial: FieldTrial | null) {
    this.machine = machine;
    this.isLaunch = isLaunch;
    this.peek = vmcsReader(machine, trial);
    this.broken = this.currentVmcs === -1 ? new Map() : this.loadMsrs();
  }

  forget(): void {
    this.seen.clear();
    this.hasSeenState = false;
  }

  hasLookedAt(field: VmcsFieldKey | null): boolean {
    return field === null ? this.hasSeenState : this.seen.has(FIELD[field]);
  }

  get(encoding: number): number {
    this.seen.add(encoding & ~1);
    return this.peek(encoding);
  }

  get pin(): number {
    return this.get(FIELD.pinBasedControls);
  }

  get primary(): number {
    return this.get(FIELD.primaryControls);
  }

  get secondary(): number {
    return this.peek(FIELD.primaryControls) & CONTROL.activateSecondaryControls ? this.get(FIELD.secondaryControls) : 0;
  }

  get exit(): number {
    return this.get(FIELD.exitControls);
  }

  get entry(): number {
    return this.get(FIELD.entryControls);
  }

  get launchState(): number {
    this.hasSeenState = true;
    return this.readPhysical(this.machine.cpu.words[VMCS_POINTER] + LAUNCH_STATE_OFFSET);
  }

  get currentVmcs(): number {
    this.hasSeenState = true;
    return this.machine.cpu.words[VMCS_POINTER];
  }

  get interruptibility(): number {
    this.hasSeenState = true;
    return this.machine.cpu.words[INTERRUPTIBILITY];
  }

  readPhysical(physical: number): number {
    return this.machine.bus.peek32(physical >>> 0);
  }

  get hasMsrs(): boolean {
    return this.currentVmcs !== -1 && this.peek(FIELD.entryMsrLoadCount) !== 0;
  }

  /** Goes through the MSR-load area as VM entry does. What an entry loads counts for those behind it. */
  private loadMsrs(): ReadonlyMap<string, MsrEntry> {
    const count = this.peek(FIELD.entryMsrLoadCount) >>> 0;
    const base = (this.peek(FIELD.entryMsrLoadAddress) >>> 0) + (this.peek(FIELD.entryMsrLoadAddress + 1) >>> 0) * 2 ** 32;
    const loaded = new Map<number, number>();
    for (let number = 1; number <= Math.min(count, MSR_AREA_LIMIT + 1); number++) {
      const [index, reserved, low, high] = [0, 4, 8, 12].map((offset) => this.wordAt(base + 16 * (number - 1) + offset));
      this.msr = { number, index, reserved, isWritable: this.isWritable(index, low, high, loaded) };
      const broken = ENTRY_CHECKS.filter((check) => check.group === 'msr' && !check.test(this));
      if (broken.length > 0) return new Map(broken.map(({ id }) => [id, this.msr]));
      loaded.set(index, low);
    }
    return new Map();
  }

  /** Beyond 4 GiB there is open bus: all ones. */
  private wordAt(host: number): number {
    return host < 2 ** 32 ? this.machine.bus.peek32(host) : -1;
  }

  private isWritable(index: number, low: number, high: number, loaded: ReadonlyMap<number, number>): boolean {
    const row = msrRow(index);
    if (row === undefined) return false;
    return mayWriteMsr(row, low, high, loaded.get(index) ?? (row.low === NO_WORD ? 0 : this.machine.cpu.words[row.low]));
  }
}
