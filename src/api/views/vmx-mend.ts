/** What would mend a failed check: another value for its field with which the rule holds and no other one breaks, as near to the present value as can be. Found by
 *  trying. */
import { ENTRY_CHECKS, MSR_AREA_LIMIT } from '../../arch/entry-checks.ts';
import { MAXPHYADDR } from '../../arch/paging.ts';
import { FIELD, fieldWidth, type VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { capabilityMsr, CR0_FIXED0, CR4_FIXED0, CR4_FIXED1 } from '../../arch/vmx-capabilities.ts';
import { type ChecksView, failuresOf } from './vmx-checks.ts';
import { type FieldTrial, vmcsReader, type VmxMachine } from './vmx-reading.ts';

/** The value that a field has, and the one that it wants. */
export interface Mend extends FieldTrial {
  readonly from: { readonly value: number; readonly high: number };
}

/** Values with which the rule holds that are looked at closely. */
const MOST_LOOKS = 64;
/** The values after reset of IA32_PAT. */
const PAT = { low: 0x00070406, high: 0x00070406 } as const;
/** Values that are right for many a field. */
const USUAL: readonly (readonly [low: number, high: number])[] = [
  [0, 0],
  [-1, -1],
  [PAT.low, PAT.high],
  [0xffff, 0],
];
/** Words of which the manual says which bits must be 1, and which may be. */
const FIXED: Partial<Readonly<Record<VmcsFieldKey, readonly [mustBe1: number, mayBe1: number]>>> = {
  pinBasedControls: pair(0x48d),
  primaryControls: pair(0x48e),
  secondaryControls: pair(0x48b),
  exitControls: pair(0x48f),
  entryControls: pair(0x490),
  hostCr0: [CR0_FIXED0, -1],
  guestCr0: [CR0_FIXED0, -1],
  hostCr4: [CR4_FIXED0, CR4_FIXED1],
  guestCr4: [CR4_FIXED0, CR4_FIXED1],
};

function pair(msr: number): readonly [number, number] {
  return capabilityMsr(msr) ?? [0, -1];
}

/** For the first check that failed; null: none did, or no value of its field alone would do. */
export function mendOf(machine: VmxMachine, checks: ChecksView): Mend | null {
  const check = ENTRY_CHECKS.find(({ id }) => id === checks.failed);
  if (!check || check.field === null) return null;
  const get = vmcsReader(machine);
  const field = check.group === 'msr' ? 'entryMsrLoadCount' : check.field;
  const isWide = fieldWidth(FIELD[field]) === 64;
  const from = { value: get(FIELD[field]) >>> 0, high: isWide ? get(FIELD[field] + 1) >>> 0 : 0 };
  const before = new Set(checks.rows.filter(({ state }) => state === 'failed').map(({ id }) => id));
  let harmless: Mend | null = null;
  let looks = 0;
  const near = /^guest..Base$/.test(field) ? [get(FIELD[field.replace('Base', 'Selector') as VmcsFieldKey]) << 4] : [];
  for (const [low, high] of candidates(check.group === 'msr', field, from, near)) {
    const trial: FieldTrial = { field, value: low >>> 0, high: isWide ? high >>> 0 : 0 };
    // Most fail at once: only for the others is the whole list gone through.
    if (failuresOf(machine, checks.isLaunch, trial, [check]).length > 0) continue;
    const after = failuresOf(machine, checks.isLaunch, trial);
    if (after.every((id) => before.has(id))) {
      // One that leaves nothing else to be mended in the same field, if there is one.
      if (!after.some((id) => fieldOf(id) === field)) return { ...trial, from };
      harmless ??= { ...trial, from };
    }
    if (++looks === MOST_LOOKS) break;
  }
  return harmless;
}

function fieldOf(id: string): VmcsFieldKey | null {
  return ENTRY_CHECKS.find((check) => check.id === id)?.field ?? null;
}

/** Values to try, the nearest first: fixed bits set right, one bit flipped, the usual ones, two bits flipped. */
function* candidates(
  isMsr: boolean,
  field: VmcsFieldKey,
  { value, high }: { value: number; high: number },
  near: readonly number[],
): Generator<readonly [low: number, high: number]> {
  // An area is loaded up to the entry before the one that cannot be.
  if (isMsr) {
    for (let count = Math.min(value, MSR_AREA_LIMIT + 1) - 1; count >= 0; count--) yield [count, 0];
    return;
  }
  const fixed = FIXED[field];
  if (fixed) yield [(value | fixed[0]) & fixed[1], high];
  const width = bitsOf(field);
  const flip = (...bits: readonly number[]): readonly [number, number] => {
    const mask = (from: number): number => bits.reduce((m, bit) => (bit >= from && bit < from + 32 ? m | (1 << (bit - from)) : m), 0);
    return [value ^ mask(0), high ^ mask(32)];
  };
  for (let bit = 0; bit < width; bit++) yield flip(bit);
  // The base of a segment in 8086 style.
  yield* near.map((base) => [base, 0] as const);
  yield* USUAL.map(([low, upper]) => [width === 16 ? low & 0xffff : low, upper] as const);
  for (let a = 1; a < Math.min(width, 32); a++) for (let b = 0; b < a; b++) yield flip(a, b);
  // More bits than two: another low byte, an address without its low bits and those beyond the width.
  for (let byte = 0; byte < 256; byte++) yield [(value & ~0xff) | byte, high];
  for (let low = 1; low < 13; low++) yield [value & ~((1 << low) - 1), high & ((1 << (MAXPHYADDR - 32)) - 1)];
}

function bitsOf(field: VmcsFieldKey): number {
  const width = fieldWidth(FIELD[field]);
  return width === 'natural' ? 32 : width;
}
