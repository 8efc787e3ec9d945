/** VT-x as the page shows it: what would exit and why the last exit came, what a VM entry would find, and what a change of one field would make of both. */
import { NON_ROOT, VMCS_POINTER, VMX_ON } from '../../arch/cpu-state.ts';
import { CLEAR, FIELD, LAUNCH_STATE_OFFSET } from '../../arch/vmcs-fields.ts';
import { GlassError } from '../../base/errors.ts';
import { type ExitCause, exitCause } from './vmx-cause.ts';
import { type ChecksView, checksOf } from './vmx-checks.ts';
import { type ExitRow, exitRows } from './vmx-exits.ts';
import { type Mend, mendOf } from './vmx-mend.ts';
import { entryAhead, type NextInstruction, nextOf } from './vmx-next.ts';
import { controlsInForce, controlsIn, type FieldTrial, vmcsReader, type VmxMachine } from './vmx-reading.ts';

/** What a field on trial would change. */
export interface TrialView {
  readonly trial: FieldTrial;
  /** Rows that would be others, as they are in the VMCS and as they would be. */
  readonly changes: readonly { readonly before: ExitRow; readonly after: ExitRow }[];
  /** The first check that would fail; null: VM entry would succeed. */
  readonly failed: string | null;
}

/** VMX operation at one instant. */
export interface VmxView {
  /** `force`: the guest runs, under the controls that the last VM entry took. `vmcs`: root runs, and the next one would take these. */
  readonly basis: 'force' | 'vmcs';
  /** Null without a current VMCS. */
  readonly exits: readonly ExitRow[] | null;
  readonly next: NextInstruction | null;
  /** Of the exit that root is dealing with. */
  readonly cause: ExitCause | null;
  readonly checks: ChecksView;
  /** Root is about to execute VMLAUNCH or VMRESUME. */
  readonly isEntryAhead: boolean;
  /** For the first check that fails. */
  readonly mend: Mend | null;
  readonly trial: TrialView | null;
  /** The region of the current VMCS one instant before; null: there is none, or another VMCS was current. */
  readonly before: Uint8Array | null;
}

/** The instant before, as a computer remembers it. */
export interface InstantBefore {
  readonly cpu: Uint8Array;
  readonly vmcs: Uint8Array | null;
}

/** Looks at `machine`; null outside VMX operation. `wanted`: a field to try out. */
export function vmxView(machine: VmxMachine, wanted: FieldTrial | null = null, past: InstantBefore | null = null): VmxView | null {
  if (wanted) checkTrial(wanted);
  const { words } = machine.cpu;
  if (words[VMX_ON] === 0) return null;
  const isGuest = words[NON_ROOT] !== 0;
  const isCurrent = words[VMCS_POINTER] !== -1;
  const ahead = entryAhead(machine);
  const isLaunch = ahead === null ? isClear(machine) : ahead === 'launch';
  const checks = checksOf(machine, isLaunch);
  const reading = !isCurrent ? null : isGuest ? controlsInForce(machine) : controlsIn(vmcsReader(machine));
  const exits = reading && exitRows(machine, reading);
  return {
    basis: isGuest ? 'force' : 'vmcs',
    exits,
    next: isCurrent ? nextOf(machine, exits, reading) : null,
    cause: exitCause(machine),
    checks,
    isEntryAhead: ahead !== null,
    mend: mendOf(machine, checks),
    trial: wanted && isCurrent ? trialOf(machine, wanted, isLaunch) : null,
    before: past?.vmcs && pointerIn(past.cpu) === words[VMCS_POINTER] ? past.vmcs.slice() : null,
  };
}

function pointerIn(cpu: Uint8Array): number {
  return new DataView(cpu.buffer, cpu.byteOffset).getInt32(4 * VMCS_POINTER, true);
}

/** It comes from outside. */
function checkTrial({ field, value, high }: FieldTrial): void {
  if (Object.hasOwn(FIELD, field) && [value, high].every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)) return;
  throw new GlassError(
    'bad-trial',
    'No field of the VMCS can be tried out so.',
    'Name a field, and give its words as whole numbers of 32 bits.',
  );
}

/** The launch state is clear: the entry to come is a VMLAUNCH. */
function isClear({ bus, cpu }: VmxMachine): boolean {
  const pointer = cpu.words[VMCS_POINTER];
  return pointer === -1 || bus.peek32((pointer + LAUNCH_STATE_OFFSET) >>> 0) === CLEAR;
}

function trialOf(machine: VmxMachine, trial: FieldTrial, isLaunch: boolean): TrialView {
  const before = exitRows(machine, controlsIn(vmcsReader(machine)));
  const after = exitRows(machine, controlsIn(vmcsReader(machine, trial)));
  const changes = before.flatMap((row, i) => (isSame(row, after[i]) ? [] : [{ before: row, after: after[i] }]));
  return { trial, changes, failed: checksOf(machine, isLaunch, trial).failed };
}

/** What it does is the same; another bit may decide over it. */
function isSame(a: ExitRow, b: ExitRow): boolean {
  return a.verdict === b.verdict && JSON.stringify(a.detail) === JSON.stringify(b.detail);
}
