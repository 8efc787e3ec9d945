import { describe, expect, it } from 'vitest';
import { ENTRY_CHECKS, type EntryContext, type MsrEntry } from '../../src/arch/entry-checks.ts';
import { FIELD, fieldWidth } from '../../src/arch/vmcs-fields.ts';
import { REVISION_ID } from '../../src/arch/vmx-capabilities.ts';
import { BREAKERS, MSR_BREAKERS, writeFields } from '../vmx/breakers.ts';
import { type FieldValues, GOOD_VMCS, OTHER_VMCS, VMCS_REGION } from '../vmx/good-vmcs.ts';

const NO_MSR: MsrEntry = { number: 1, index: 0x174, reserved: 0, isWritable: true };

function context(values: FieldValues, more: Partial<EntryContext> = {}): EntryContext {
  const fields = new Map<number, number>();
  writeFields({ ...GOOD_VMCS, ...values }, (encoding, value) =>
    fields.set(encoding, fieldWidth(encoding) === 16 ? value & 0xffff : value | 0),
  );
  const get = (encoding: number): number => fields.get(encoding) ?? 0;
  return {
    get,
    pin: get(FIELD.pinBasedControls),
    primary: get(FIELD.primaryControls),
    secondary: get(FIELD.secondaryControls),
    exit: get(FIELD.exitControls),
    entry: get(FIELD.entryControls),
    isLaunch: true,
    launchState: 0,
    currentVmcs: VMCS_REGION,
    interruptibility: 0,
    readPhysical: (address) => (address === OTHER_VMCS || address === VMCS_REGION ? REVISION_ID : 0),
    msr: NO_MSR,
    ...more,
  };
}

const failure = (c: EntryContext): string | undefined => ENTRY_CHECKS.find((check) => !check.test(c))?.id;

const BASIC: Readonly<Record<string, Partial<EntryContext>>> = {
  'current-vmcs': { currentVmcs: -1 },
  'mov-ss-blocking': { interruptibility: 2 },
  'launch-state-clear': { launchState: 1 },
  'launch-state-launched': { isLaunch: false, launchState: 0x55 },
};
const MSR: Readonly<Record<string, Partial<MsrEntry>>> = {
  'msr-load-count': { number: 513 },
  'msr-load-reserved': { reserved: 1 },
  'msr-load-fs-gs': { index: 0xc0000101 | 0 },
  'msr-load-x2apic': { index: 0x8ff },
  'msr-load-smm': { index: 0x9b },
  'msr-load-writable': { isWritable: false },
};

describe('entry checks', () => {
  it('all hold for the good VMCS', () => {
    expect(failure(context({}))).toBeUndefined();
  });

  it('have unique ids, a rule in one sentence, and a section title', () => {
    expect(new Set(ENTRY_CHECKS.map((c) => c.id)).size).toBe(ENTRY_CHECKS.length);
    for (const check of ENTRY_CHECKS) {
      expect(check.rule, check.id).toMatch(/^[A-Z].*\.$/);
      expect(check.title).not.toBe('');
    }
  });

  it('come in the manual’s order: controls, host, guest, MSRs', () => {
    const order = ['basic', 'controls', 'host', 'guest', 'msr'];
    const groups = ENTRY_CHECKS.map((c) => order.indexOf(c.group));
    expect(groups).toEqual([...groups].sort((a, b) => a - b));
  });

  it('are each broken alone by a test', () => {
    const broken = [...Object.keys(BASIC), ...Object.keys(BREAKERS), ...Object.keys(MSR_BREAKERS)];
    expect(broken.sort()).toEqual(ENTRY_CHECKS.map((c) => c.id).sort());
    expect(Object.keys(MSR)).toEqual(Object.keys(MSR_BREAKERS));
  });

  it.each(Object.keys(BASIC))('%s fails first where it alone is broken', (id) => {
    expect(failure(context({}, BASIC[id]))).toBe(id);
  });

  it.each(Object.keys(BREAKERS))('%s fails first where it alone is broken', (id) => {
    const c = context(BREAKERS[id]);
    expect(failure(c)).toBe(id);
    // Exactly that rule: every row before it holds, and nothing but rows about the same fields fails behind it.
    const fields = Object.keys(BREAKERS[id]);
    const others = ENTRY_CHECKS.filter((check) => !check.test(c) && check.id !== id);
    for (const check of others) expect(fields.includes(check.field ?? ''), `${id} also breaks ${check.id}`).toBe(true);
  });

  it.each(Object.keys(MSR))('%s fails first where it alone is broken', (id) => {
    expect(failure(context({}, { msr: { ...NO_MSR, ...MSR[id] } }))).toBe(id);
  });
});
