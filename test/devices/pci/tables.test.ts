import { describe, expect, it } from 'vitest';
import { IOAPIC_PINS, LAPIC_REGISTERS } from '../../../src/arch/apic.ts';
import {
  ACS,
  ARI,
  EXPRESS,
  formatRoutingId,
  HEADER_0,
  HEADER_1,
  MSI,
  MSIX,
  type PciRegister,
  routingId,
  SRIOV,
} from '../../../src/arch/pci.ts';
import {
  CONTEXT_FIELDS,
  CONTEXT_RESERVED,
  DESCRIPTOR_TYPES,
  FAULT,
  FAULT_MEANINGS,
  ROOT_FIELDS,
  ROOT_RESERVED,
  VTD_FRCD,
  VTD_REGISTERS,
  type WideField,
  wideField,
} from '../../../src/arch/vtd.ts';

/** Bytes that more than one register claims. */
function overlaps(registers: readonly { readonly offset: number; readonly size: number }[]): number[] {
  const bytes = registers.flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i));
  return bytes.filter((at, i) => bytes.indexOf(at) !== i);
}

function bitsOf(fields: readonly WideField[]): bigint {
  return fields.reduce((bits, { bit, width = 1 }) => bits | (((1n << BigInt(width)) - 1n) << BigInt(bit)), 0n);
}

const wide = (words: readonly number[]): bigint => words.reduceRight((value, word) => (value << 32n) | BigInt(word >>> 0), 0n);

describe('the registers of PCI', () => {
  it.each<[string, readonly PciRegister[], number]>([
    ['header 0', HEADER_0, 0x40],
    ['header 1', HEADER_1, 0x40],
    ...[MSI, MSIX, EXPRESS, ACS, ARI, SRIOV].map((c): [string, readonly PciRegister[], number] => [c.name, c.registers, c.size]),
  ])('of %s lie beside one another, aligned and inside, and write only bits that they have', (_name, registers, size) => {
    expect(overlaps(registers)).toEqual([]);
    for (const r of registers) {
      expect([r.offset % r.size, r.offset + r.size <= size]).toEqual([0, true]);
      const all = 2 ** (8 * r.size) - 1;
      expect([(r.writable ?? 0) >>> 0 <= all, (r.clears ?? 0) >>> 0 <= all, ((r.writable ?? 0) & (r.clears ?? 0)) === 0]).toEqual([
        true,
        true,
        true,
      ]);
    }
  });

  it('are addressed by bus, device and function', () => {
    expect([routingId(1, 2, 3), formatRoutingId(0x1f13)]).toEqual([0x113, '1f:02.3']);
  });
});

describe('the registers of the IOMMU', () => {
  it('lie beside one another, aligned, below the fault records', () => {
    expect(overlaps(VTD_REGISTERS)).toEqual([]);
    for (const { offset, size } of VTD_REGISTERS) expect([offset % size, offset + size <= VTD_FRCD]).toEqual([0, true]);
  });

  it('have entries whose reserved bits are no fields', () => {
    expect(bitsOf(ROOT_FIELDS) & wide(ROOT_RESERVED)).toBe(0n);
    expect(bitsOf(CONTEXT_FIELDS) & wide(CONTEXT_RESERVED)).toBe(0n);
    for (const { fields, reserved } of Object.values(DESCRIPTOR_TYPES)) expect(bitsOf(fields) & wide(reserved)).toBe(0n);
  });

  it('have a meaning for each fault', () => {
    expect(Object.keys(FAULT_MEANINGS).map(Number)).toEqual(Object.values(FAULT));
  });

  it('have fields that go over dwords', () => {
    expect(wideField({ name: 'x', bit: 28, width: 40, meaning: '' }, [0xf000_0000, 0x1234_5678, 0xa])).toBe(0xa1_2345_678f);
    expect(wideField({ name: 'x', bit: 0, width: 32, meaning: '' }, [0xffff_ffff])).toBe(0xffff_ffff);
  });
});

describe('the registers of the APICs', () => {
  it('are 16 bytes apart, and the pins fit a mask', () => {
    for (const { offset } of LAPIC_REGISTERS) expect(offset % 16).toBe(0);
    expect(overlaps(LAPIC_REGISTERS.map((r) => ({ offset: r.offset, size: 16 * ('count' in r ? r.count : 1) })))).toEqual([]);
    expect(IOAPIC_PINS).toBeLessThan(32);
  });
});
