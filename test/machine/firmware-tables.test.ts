import { describe, expect, it } from 'vitest';
import { buffer, device, eisaId, integer, name, nameString, packageOf, stringOf } from '../../src/machine/firmware/aml.ts';
import { buildMadt, buildRsdp, buildTable } from '../../src/machine/firmware/acpi.ts';
import { pack, setChecksum } from '../../src/machine/firmware/bytes.ts';
import { buildDefinitionBlock } from '../../src/machine/firmware/dsdt.ts';
import { levelLines, PLATFORM } from '../../src/machine/firmware/platform.ts';
import { type PlacedTable, placeTables } from '../../src/machine/firmware/tables.ts';

const BASE = 0xf_5000;
const DEVICES = [0, 1, 3];
const tables = placeTables(PLATFORM, BASE, DEVICES);
const sum = (bytes: Uint8Array): number => bytes.reduce((total, b) => (total + b) & 0xff, 0);
const text = (bytes: Uint8Array, at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));

function table(called: string): PlacedTable & { readonly data: DataView } {
  const found = tables.find((t) => t.name === called);
  if (found === undefined) throw new Error(`${called} is there`);
  return { ...found, data: new DataView(found.bytes.buffer, found.bytes.byteOffset) };
}

describe('the tables of firmware', () => {
  it('lie one behind the other, the two that are searched for on 16 bytes', () => {
    let end = BASE;
    for (const { address, bytes } of tables) {
      expect(address).toBeGreaterThanOrEqual(end);
      end = address + bytes.length;
    }
    expect([table('RSDP').address % 16, table('MP').address % 16, end < 0x10_0000]).toEqual([0, 0, true]);
  });

  it('add up to 0 and tell their length', () => {
    for (const { name: called, bytes, data } of tables.map((t) => table(t.name))) {
      if (called === 'FACS') continue;
      if (called === 'RSDP') expect(sum(bytes)).toBe(0);
      else if (called === 'MP') expect([sum(bytes.subarray(0, 16)), sum(bytes.subarray(16))]).toEqual([0, 0]);
      else expect([text(bytes, 0, 4), data.getUint32(4, true), sum(bytes)]).toEqual([called, bytes.length, 0]);
    }
  });

  it('are found from the root pointer', () => {
    const rsdp = table('RSDP');
    expect([text(rsdp.bytes, 0, 8), rsdp.data.getUint32(16, true)]).toEqual(['RSD PTR ', table('RSDT').address]);
    const rsdt = table('RSDT');
    const pointers = Array.from({ length: (rsdt.bytes.length - 36) / 4 }, (_, i) => rsdt.data.getUint32(36 + 4 * i, true));
    expect(pointers).toEqual(['FACP', 'APIC', 'MCFG', 'DMAR'].map((t) => table(t).address));
    expect([table('FACP').data.getUint32(36, true), table('FACP').data.getUint32(40, true)]).toEqual([
      table('FACS').address,
      table('DSDT').address,
    ]);
  });

  it('name no DMA remapping unit where there is none', () => {
    expect(placeTables({ ...PLATFORM, iommu: null }, BASE, DEVICES).map((t) => t.name)).not.toContain('DMAR');
  });
});

describe('the MADT', () => {
  it('lists processor, I/O APIC, overridden lines, and NMI', () => {
    const { bytes, data } = table('APIC');
    expect([data.getUint32(36, true), data.getUint32(40, true)]).toEqual([0xfee0_0000, 1]);
    const entries: number[][] = [];
    for (let at = 44; at < bytes.length; at += bytes[at + 1]) entries.push([...bytes.subarray(at, at + bytes[at + 1])]);
    expect(entries).toEqual([
      [0, 8, 0, 0, 1, 0, 0, 0],
      [1, 12, 1, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0],
      [2, 10, 0, 0, 2, 0, 0, 0, 0, 0],
      ...[9, 10, 11].map((line) => [2, 10, 0, line, line, 0, 0, 0, 0x0d, 0]),
      [4, 6, 0xff, 0, 0, 1],
    ]);
  });
});

describe('the DMAR and the MCFG', () => {
  it('name the unit for all PCI devices, and configuration space in memory', () => {
    const dmar = table('DMAR');
    expect([dmar.bytes[36], dmar.bytes[37], dmar.bytes.length]).toEqual([35, 0, 64]);
    expect([dmar.data.getUint16(48, true), dmar.data.getUint16(50, true), dmar.bytes[52], dmar.data.getUint32(56, true)]).toEqual([
      0, 16, 1, 0xfed9_0000,
    ]);
    const mcfg = table('MCFG');
    expect([mcfg.data.getUint32(44, true), mcfg.bytes[54], mcfg.bytes[55]]).toEqual([0xe000_0000, 0, 15]);
  });
});

describe('the MP table', () => {
  const { bytes, data, address } = table('MP');
  const entries: number[][] = [];
  for (let at = 16 + 44; at < bytes.length; at += bytes[at] === 0 ? 20 : 8)
    entries.push([...bytes.subarray(at, at + (bytes[at] === 0 ? 20 : 8))]);

  it('is pointed to, and counts its entries', () => {
    expect([text(bytes, 0, 4), data.getUint32(4, true), text(bytes, 16, 4)]).toEqual(['_MP_', address + 16, 'PCMP']);
    expect([data.getUint16(16 + 4, true), data.getUint16(16 + 34, true)]).toEqual([bytes.length - 16, entries.length]);
  });

  it('lists processor, buses, I/O APIC, 15 ISA lines, the pins of PCI devices, and the local ones', () => {
    expect(entries.map((e) => e[0]).join('')).toBe(`0112${'3'.repeat(15 + 12)}44`);
    expect(entries[0].slice(0, 12)).toEqual([0, 0, 0x14, 3, 0x52, 6, 0, 0, ...entries[0].slice(8, 12)]);
    const isa = entries.filter((e) => e[0] === 3 && e[4] === 1);
    expect([isa[0], isa[3], isa[9]]).toEqual([
      [3, 0, 0, 0, 1, 0, 1, 2],
      [3, 0, 0, 0, 1, 4, 1, 4],
      [3, 0, 0x0d, 0, 1, 10, 1, 10],
    ]);
    const pci = entries.filter((e) => e[0] === 3 && e[4] === 0);
    expect(pci.map((e) => [e[5], e[7]])).toEqual(
      DEVICES.flatMap((d) => [0, 1, 2, 3].map((pin) => [(d << 2) | pin, PLATFORM.pci.lines[(d + pin) & 3]])),
    );
    expect(entries.slice(-2)).toEqual([
      [4, 3, 0, 0, 1, 0, 0xff, 0],
      [4, 1, 0, 0, 1, 0, 0xff, 1],
    ]);
  });
});

describe('virtio-mmio devices', () => {
  const platform = { ...PLATFORM, virtio: [{ base: 0xfeb0_1000, irq: 6 }] };

  it('are in the DSDT by the ID that drivers look for, with window and line', () => {
    const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
    const block = hex(buildDefinitionBlock(platform, []));
    expect(block).toContain(hex(name('_HID', stringOf('LNRO0005'))));
    expect(block).toContain('8609000100' + '10b0fe' + '00020000' + '8906000101' + '06000000' + '7900');
    expect(hex(buildDefinitionBlock(PLATFORM, []))).not.toContain(hex(stringOf('LNRO0005')));
  });

  it('have level-triggered lines', () => {
    expect(levelLines(platform)).toEqual([10, 10, 11, 11, 6]);
    const madt = buildMadt(platform);
    expect(Array.from(madt).join()).toContain([2, 10, 0, 6, 6, 0, 0, 0, 0x0d, 0].join());
  });
});

describe('AML', () => {
  it('encodes integers in as few bytes as they need', () => {
    expect([0, 1, 2, 0xff, 0x100, 0x1_0000].map((n) => [...integer(n)])).toEqual([
      [0],
      [1],
      [0x0a, 2],
      [0x0a, 0xff],
      [0x0b, 0, 1],
      [0x0c, 0, 0, 1, 0],
    ]);
  });

  it('encodes names, EISA IDs, packages and buffers', () => {
    expect(text(nameString('\\_S5'), 0, 5)).toBe('\\_S5_');
    expect([...eisaId('PNP0A03')]).toEqual([0x0c, 0x41, 0xd0, 0x0a, 0x03]);
    expect([...name('AB', packageOf([0, 5]))]).toEqual([0x08, 0x41, 0x42, 0x5f, 0x5f, 0x12, 5, 2, 0, 0x0a, 5]);
    expect([...buffer(Uint8Array.of(7, 8))]).toEqual([0x11, 5, 0x0a, 2, 7, 8]);
  });

  it.each([
    [0x3a, [0x3f]],
    [0x3b, [0x41, 0x04]],
    [0xff9, [0x4f, 0xff]],
    [0xffa, [0x81, 0x00, 0x01]],
  ])('counts itself into a package length over a body of %i bytes', (size, expected) => {
    const bytes = device('XYZW', [new Uint8Array(size)]);
    expect([...bytes.subarray(2, 2 + expected.length)]).toEqual(expected);
    expect(bytes.length).toBe(2 + expected.length + 4 + size);
  });
});

describe('bytes', () => {
  it('are packed little-endian, up to eight of a number', () => {
    expect([...pack([2, 0x1234], 'A', [8, 2 ** 33 + 1])]).toEqual([0x34, 0x12, 0x41, 1, 0, 0, 0, 2, 0, 0, 0]);
    expect(sum(setChecksum(Uint8Array.of(1, 2, 99), 2))).toBe(0);
    expect([sum(buildRsdp(5)), sum(buildTable('TEST', 1, Uint8Array.of(1)))]).toEqual([0, 0]);
  });
});
