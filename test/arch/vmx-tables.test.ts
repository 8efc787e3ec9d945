import { describe, expect, it } from 'vitest';
import { maskOf } from '../../src/arch/bit-field.ts';
import { decodeFields, INSTRUCTION_INFORMATION, QUALIFICATIONS } from '../../src/arch/exit-qualifications.ts';
import { ABSENT_EXIT_REASONS, EXIT_REASONS, exitReason } from '../../src/arch/exit-reasons.ts';
import { FIELD, fieldOffset, fieldType, fieldWidth, REGION_SIZE, VMCS_FIELDS, vmcsField } from '../../src/arch/vmcs-fields.ts';
import { CAPABILITY_MSRS, capabilityMsr } from '../../src/arch/vmx-capabilities.ts';
import { CONTROL, CONTROLS, type Control } from '../../src/arch/vmx-controls.ts';

describe('VMCS fields', () => {
  it('each stand in the region beside the others, behind the launch state and inside 4 KiB', () => {
    const owner = new Map<number, string>();
    for (const field of VMCS_FIELDS) {
      const width = fieldWidth(field.encoding);
      const bytes = width === 16 ? 2 : width === 64 ? 8 : 4;
      for (let i = 0; i < bytes; i++) {
        const at = fieldOffset(field.encoding) + i;
        expect(at).toBeGreaterThanOrEqual(12);
        expect(at).toBeLessThan(REGION_SIZE);
        expect(owner.get(at), `${field.key} at ${at}`).toBeUndefined();
        owner.set(at, field.key);
      }
    }
  });

  it('have even encodings without reserved bits, each once', () => {
    for (const { encoding } of VMCS_FIELDS) expect(encoding & 0xffff9001).toBe(0);
    expect(new Set(VMCS_FIELDS.map((f) => f.encoding)).size).toBe(VMCS_FIELDS.length);
    expect(new Set(VMCS_FIELDS.map((f) => f.key)).size).toBe(VMCS_FIELDS.length);
  });

  it('say their width and type in their encoding', () => {
    expect(fieldWidth(FIELD.guestCsSelector)).toBe(16);
    expect(fieldWidth(FIELD.eptPointer)).toBe(64);
    expect(fieldWidth(FIELD.exitReason)).toBe(32);
    expect(fieldWidth(FIELD.guestRip)).toBe('natural');
    expect(fieldType(FIELD.exitReason)).toBe('read-only');
    expect(fieldType(FIELD.hostRip)).toBe('host');
  });

  it('have an upper half only where they are 64 bits wide', () => {
    expect(vmcsField(FIELD.vmcsLinkPointer + 1)?.key).toBe('vmcsLinkPointer');
    expect(fieldOffset(FIELD.vmcsLinkPointer + 1)).toBe(fieldOffset(FIELD.vmcsLinkPointer) + 4);
    expect(vmcsField(FIELD.guestRip + 1)).toBeNull();
    expect(vmcsField(0x7777)).toBeNull();
  });

  it('need controls that work, or do not exist', () => {
    for (const field of VMCS_FIELDS) {
      if (!('needs' in field)) continue;
      expect((CONTROLS.find((c) => c.key === field.needs) as Control).absent).toBeUndefined();
    }
  });
});

describe('VMX capability MSRs', () => {
  it('keep the shape of a Haswell where its controls work here', () => {
    expect(capabilityMsr(0x480)).toEqual([0x2b, 0x00d81000]);
    expect(capabilityMsr(0x481)).toEqual([0x16, 0x7f]);
    expect(capabilityMsr(0x485)).toEqual([0x200401e0, 0]);
    expect(capabilityMsr(0x48c)).toEqual([0x06334141, 0xf01]);
    expect(capabilityMsr(0x491)).toBeNull();
  });

  it('allow every control that works, none that does not, and all that must be 1', () => {
    const word = { pin: 0x48d, primary: 0x48e, secondary: 0x48b, exit: 0x48f, entry: 0x490 } as const;
    const controls: readonly Control[] = CONTROLS;
    for (const c of controls) {
      const [, allowed] = capabilityMsr(word[c.word]) ?? [0, 0];
      expect((allowed >>> c.bit) & 1, c.name).toBe(c.absent === undefined ? 1 : 0);
    }
    for (const { msr, lo, hi } of CAPABILITY_MSRS) if ((msr >= 0x481 && msr <= 0x484) || msr >= 0x48d) expect(lo & ~hi).toBe(0);
    expect(capabilityMsr(0x482)?.[1]).toBe(0xffc1fffe | 0);
  });
});

describe('exit reasons', () => {
  it('are each named once, present or absent', () => {
    const numbers = [...EXIT_REASONS.map((r) => r.number), ...ABSENT_EXIT_REASONS.flatMap((a) => [...a.numbers])];
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(new Set(EXIT_REASONS.map((r) => r.key)).size).toBe(EXIT_REASONS.length);
  });

  it('read their qualification by a layout', () => {
    expect(exitReason(28)?.qualification).toBe('controlRegister');
    const read = decodeFields(QUALIFICATIONS.controlRegister, 0x113);
    expect(read.map((f) => f.meaning || f.value)).toEqual(['CR3', 'MOV from CR', 'register', 'ECX', 0]);
  });

  it('have layouts whose bit fields do not overlap', () => {
    for (const fields of [...Object.values(QUALIFICATIONS), ...Object.values(INSTRUCTION_INFORMATION)]) {
      let seen = 0;
      for (const field of fields) {
        const mask = maskOf([{ ...field, meaning: '' }]);
        expect(seen & mask).toBe(0);
        seen |= mask;
      }
    }
  });

  it('name controls that work', () => {
    for (const r of EXIT_REASONS) if (typeof r.cause !== 'string') for (const key of r.cause) expect(CONTROL[key]).not.toBe(0);
  });
});
