import { describe, expect, test } from 'vitest';
import { FIELD, fieldOffset, fieldType, VMCS_FIELDS, type VmcsField, type VmcsFieldKey, vmcsField } from '../../src/arch/vmcs-fields.ts';
import { CONTROL, type Control, CONTROLS } from '../../src/arch/vmx-controls.ts';
import type { ExitCause } from '../../src/api/protocol.ts';
import { absentReason } from '../../src/ui/i18n/facts.ts';
import '../../src/ui/i18n/french.ts';
import { FR_ABSENT } from '../../src/ui/i18n/fr-vmx.ts';
import { causeSentence } from '../../src/ui/panels/vmcs-exits.ts';
import {
  BITS,
  bitName,
  differing,
  DRAWERS,
  flipped,
  hasChanged,
  idleControl,
  isInUse,
  isOpenAt,
  linesOf,
  SEGMENT_PARTS,
  SEGMENTS,
  spaceOf,
} from '../../src/ui/panels/vmcs-facts.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';

/** A VMCS region with some fields set: of 64-bit ones the low word. */
function region(fields: Partial<Record<VmcsFieldKey, number>>): Uint8Array {
  const bytes = new Uint8Array(4096);
  const data = new DataView(bytes.buffer);
  for (const [key, value] of Object.entries(fields)) data.setUint32(fieldOffset(FIELD[key as VmcsFieldKey]), value, true);
  return bytes;
}
const field = (key: VmcsFieldKey): VmcsField => vmcsField(FIELD[key]) as VmcsField;
const EPT = { primaryControls: CONTROL.activateSecondaryControls >>> 0, secondaryControls: CONTROL.enableEpt };

describe('the drawers', () => {
  test('hold every field once, those of segment registers in lines of four', () => {
    const lines = DRAWERS.flatMap(([type]) => linesOf(type)).map(({ key }) => key);
    const cells = SEGMENTS.flatMap((s) => SEGMENT_PARTS.map((part) => `guest${s}${part}`));
    expect([...lines, ...cells].sort()).toEqual(VMCS_FIELDS.map(({ key }) => key).sort());
  });

  test('open by the moment: all before an exit, then what it wrote and what caused it, or what the guest entered with', () => {
    const open = (basis: 'force' | 'vmcs', cause: unknown): string[] =>
      DRAWERS.map(([, drawer]) => drawer).filter((drawer) => isOpenAt(drawer, { basis, cause } as never));
    expect(open('vmcs', {})).toEqual(['readOnly', 'control', 'guest']);
    expect(open('vmcs', null)).toEqual(DRAWERS.map(([, drawer]) => drawer));
    expect(open('force', null)).toEqual(['control', 'guest']);
  });
});

describe('a field', () => {
  test('is in use if its control is 1, or it is not 0, or it has just changed', () => {
    const [now, before] = [region({ guestRip: 5, vpid: 3 }), region({ guestRip: 5, vpid: 3, guestRsp: 8 })];
    expect(isInUse(now, null, field('guestRip'))).toBe(true);
    expect(isInUse(now, null, field('guestRsp'))).toBe(false);
    expect(hasChanged(now, before, field('guestRsp'))).toBe(true);
    expect(isInUse(now, before, field('guestRsp'))).toBe(true);
    // Not 0, but nothing looks at it.
    expect(isInUse(now, null, field('vpid'))).toBe(false);
    expect(isInUse(region(EPT), null, field('eptPointer'))).toBe(true);
    expect(idleControl(region({ secondaryControls: CONTROL.enableEpt }), field('eptPointer'))?.key).toBe('enableEpt');
  });

  test('carries its address’s space: linear where segments begin at 0, guest-physical under EPT', () => {
    expect(spaceOf('guestRip', region({}))).toBe('v');
    expect(spaceOf('guestRip', region({ guestCsBase: 0xf0000 }))).toBeNull();
    expect(spaceOf('guestCr3', region({}))).toBe('h');
    expect(spaceOf('guestCr3', region(EPT))).toBe('g');
    expect(spaceOf('guestPhysicalAddress', region({}))).toBe('g');
    expect(spaceOf('msrBitmap', region({}))).toBe('h');
    expect(spaceOf('hostRip', region({}))).toBe('v');
    expect(spaceOf('exceptionBitmap', region({}))).toBeNull();
    expect(spaceOf('hostCr0', region({}))).toBeNull();
  });

  test('opens into bits that all have a name, and are all of its controls', () => {
    for (const bits of Object.values(BITS)) expect(bits.every(({ name }) => name !== '')).toBe(true);
    expect(Object.values(BITS).flat().length).toBeGreaterThan(CONTROLS.length);
    expect(BITS.primaryControls).toHaveLength((CONTROLS as readonly Control[]).filter(({ word }) => word === 'primary').length);
    expect([bitName('primaryControls', 12), bitName('exceptionBitmap', 14), bitName('hostRip', 3)]).toEqual([
      'RDTSC exiting',
      '#PF',
      'bit 3',
    ]);
    expect(VMCS_FIELDS.filter(({ key }) => key in BITS).every(({ encoding }) => fieldType(encoding) !== 'read-only')).toBe(true);
  });

  test('is put on trial with one bit flipped', () => {
    expect(flipped(region({ primaryControls: 0x80 }), 'primaryControls', 31)).toEqual({
      field: 'primaryControls',
      value: 0x80000080,
      high: 0,
    });
    expect(differing({ value: 1, high: 0 }, { value: 0, high: 4 })).toEqual([0, 34]);
  });
});

describe('which bit caused the exit, as a sentence', () => {
  const cause = (change: Partial<ExitCause>): ExitCause => ({
    ...{ reason: 0, at: 1, rule: 'always', bits: [], memory: null, vector: null, pageFault: null, number: null, hostOwned: null },
    ...change,
  });
  const both = (change: Partial<ExitCause>): string[] => (['en', 'fr'] as const).map((l) => plain(l, causeSentence(cause(change))));

  test('names the control', () => {
    expect(both({ reason: 12, rule: 'control', bits: [{ field: 'primaryControls', bit: 7, value: 1 }] })).toEqual([
      '“HLT exiting” is 1.',
      '«\u00a0HLT exiting\u00a0» vaut 1.',
    ]);
    expect(both({ reason: 10 })[0]).toBe('None: exit 10 is unconditional. No control keeps a guest from it.');
  });

  test('names a bit in memory, of the exception bitmap, of CR0', () => {
    const bits = [{ field: 'primaryControls', bit: 25, value: 1 }] as const;
    const memory = { bitmap: 'ioA', bit: 0x3f8, host: 0x8507f, value: 1 } as const;
    expect(both({ reason: 30, rule: 'bitmap', bits, memory, number: 0x3f8 })[0]).toBe(
      'Bit 0x3F8 of I/O bitmap A is 1, at h:0x0008507F; “Use I/O bitmaps” is 1.',
    );
    const pageFault = { errorCode: 6, mask: 2, match: 2 };
    const byBit14 = (value: number) => [{ field: 'exceptionBitmap', bit: 14, value } as const];
    expect(both({ rule: 'pageFault', bits: byBit14(1), vector: 14, pageFault })[0]).toContain(
      'is 1, and the error code 0x6 under the mask 0x2 is 0x2',
    );
    expect(both({ rule: 'pageFault', bits: byBit14(0), vector: 14, pageFault })[0]).toContain('is not 0x2');
    expect(both({ rule: 'exception', vector: 6 })[1]).toContain('#UD, code d’opération invalide');
    expect(both({ reason: 28, rule: 'hostOwned', hostOwned: { register: 4, mask: 0x10, shadow: 0 } })[0]).toMatch(
      /^CR4\.PSE belongs to the host/,
    );
  });

  test('says so where nothing can be named', () => {
    for (const rule of ['controlOff', 'portWraps', 'msrOutside', 'injected', 'entry', 'unknown'] as const)
      for (const text of both({ rule, number: 0xffff })) expect(text, rule).not.toMatch(/\{\w+\}/);
  });
});

test('why a control must be 0 is said in French too', () => {
  const reasons = (CONTROLS as readonly Control[]).flatMap(({ absent }) => absent ?? []);
  expect(reasons.filter((reason) => !(reason in FR_ABSENT))).toEqual([]);
  expect(absentReason('fr', 'the CPU has no RDRAND')).toBe('le processeur n’a pas RDRAND');
});
