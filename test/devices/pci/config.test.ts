import { beforeEach, describe, expect, it } from 'vitest';
import { HEADER_0, routingId } from '../../../src/arch/pci.ts';
import { listCapabilities } from '../../../src/devices/pci/capability-list.ts';
import { ConfigTemplate } from '../../../src/devices/pci/config-space.ts';
import { ecamWindow } from '../../../src/devices/pci/host-bridge.ts';
import { at, makeBridge, makeToy, Rig, type Toy } from './rig.ts';

let rig: Rig;
let toy: Toy;
const TOY = at(0, 3, 0);

beforeEach(() => {
  rig = new Rig();
  toy = makeToy({ msix: { vectors: 2, bar: 0, table: 0x800, pending: 0xc00 }, express: 'integratedEndpoint', msi: { log2Vectors: 2 } });
  rig.fabric.root.attach(3, 0, toy.fn);
});

describe('configuration mechanism 1', () => {
  it('answers for functions that are there and reads all ones for those that are not', () => {
    expect(rig.read(0, 0)).toBe(0x0001_4756);
    expect(rig.read(TOY, 0)).toBe(0x1000_4756);
    expect(rig.read(at(0, 4, 0), 0)).toBe(0xffff_ffff);
    expect(rig.read(at(1, 0, 0), 0, 2)).toBe(0xffff);
  });

  it('keeps CONFIG_ADDRESS, less its reserved bits, and reaches nothing while bit 31 is 0', () => {
    rig.pciHost.writePort(0xcfb, 1, 1);
    rig.pciHost.writePort(0xcf8, 4, 0xffff_ffff);
    expect(rig.pciHost.readPort(0xcf8, 4)).toBe(0x80ff_fffc);
    rig.pciHost.writePort(0xcf8, 4, TOY * 256);
    expect(rig.pciHost.readPort(0xcfc, 4)).toBe(0xffff_ffff);
  });

  it('reaches single bytes and words of the dword', () => {
    expect([rig.read(TOY, 0, 1), rig.read(TOY, 1, 1), rig.read(TOY, 2, 2), rig.read(TOY, 0x0b, 1)]).toEqual([0x56, 0x47, 0x1000, 2]);
    rig.write(TOY, 0x3c, 1, 11);
    rig.write(TOY, 0x3d, 1, 99);
    expect(rig.read(TOY, 0x3c)).toBe(0x010b);
  });

  it('resets the machine when bit 2 of CF9H rises, as a byte', () => {
    rig.pciHost.writePort(0xcf9, 1, 2);
    expect(rig.host.resets).toEqual([]);
    rig.pciHost.writePort(0xcf9, 1, 6);
    rig.pciHost.writePort(0xcf9, 1, 6);
    expect(rig.host.resets).toEqual(['port CF9H']);
  });
});

describe('a header', () => {
  it('lets only writable bits be written', () => {
    rig.write(TOY, 0, 4, 0);
    rig.write(TOY, 8, 4, 0xffff_ffff);
    rig.write(TOY, 4, 2, 0xffff);
    expect([rig.read(TOY, 0), rig.read(TOY, 8), rig.read(TOY, 4, 2)]).toEqual([0x1000_4756, 0x0200_0000, 0x0547]);
  });

  it('has an I/O space bit only where there is an I/O BAR', () => {
    rig.fabric.root.attach(5, 0, makeToy({ id: 'memoryOnly', bars: [{ index: 0, kind: 'memory32', size: 4096 }] }).fn);
    rig.write(at(0, 5, 0), 4, 2, 0xffff);
    expect(rig.read(at(0, 5, 0), 4, 2)).toBe(0x0546);
  });

  it('clears a status bit where 1 is written to it', () => {
    toy.fn.noteMasterAbort();
    expect(rig.read(TOY, 6, 2)).toBe(0x2010);
    rig.write(TOY, 6, 2, 0);
    expect(rig.read(TOY, 6, 2)).toBe(0x2010);
    rig.write(TOY, 4, 4, 0x2000_0000);
    expect(rig.read(TOY, 6, 2)).toBe(0x0010);
  });

  it('is covered by its table without gaps that hold anything', () => {
    const template = new ConfigTemplate(HEADER_0);
    const covered = new Set(template.registers.flatMap((r) => Array.from({ length: r.size }, (_, i) => r.offset + i)));
    for (let offset = 0; offset < 0x40; offset++)
      if (!covered.has(offset)) expect([0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b]).toContain(offset);
  });
});

describe('capabilities', () => {
  it('are found by walking the list from the pointer', () => {
    const found = listCapabilities((offset, size) => (offset < 256 ? rig.read(TOY, offset, size) : 0));
    expect(found.map((c) => [c.name, c.offset])).toEqual([
      ['PCI Express', 0x40],
      ['MSI', 0x7c],
      ['MSI-X', 0x94],
    ]);
    expect(found).toEqual(toy.fn.capabilities);
  });

  it('in extended space are found by ECAM and not by mechanism 1', () => {
    const bridge = makeBridge();
    rig.fabric.root.attach(1, 0, bridge);
    const { handler, size } = ecamWindow(rig.fabric, 16);
    rig.bus.mapMmio(0xe000_0000, size, handler);
    const ecam = (offset: number, bytes: number): number =>
      bytes === 4
        ? rig.bus.read32(0xe000_8000 + offset) >>> 0
        : bytes === 2
          ? rig.bus.read16(0xe000_8000 + offset)
          : rig.bus.read8(0xe000_8000 + offset);
    expect(ecam(0x100, 4)).toBe(0x0001_000d);
    expect(listCapabilities(ecam).map((c) => c.name)).toEqual(['PCI Express', 'ACS']);
    expect(
      listCapabilities((offset, bytes) => (offset < 256 ? rig.read(at(0, 1, 0), offset, bytes) : 0xffff_ffff)).map((c) => c.name),
    ).toEqual(['PCI Express']);
    rig.bus.write16(0xe000_8106, 0);
    expect(bridge.acs).toBe(0);
    expect(rig.bus.read32(0xe000_0000 + (9 << 15))).toBe(-1);
  });

  it('that point at one another in a circle end the walk', () => {
    const bytes = new Uint8Array(4096);
    bytes.set([0x10, 0], 6);
    bytes[0x34] = 0x40;
    bytes.set([5, 0x50], 0x40);
    bytes.set([9, 0x40], 0x50);
    bytes.set([0x0d, 0, 1, 0x10], 0x100);
    const data = new DataView(bytes.buffer);
    const found = listCapabilities((o, size) =>
      size === 1 ? data.getUint8(o) : size === 2 ? data.getUint16(o, true) : data.getUint32(o, true),
    );
    expect(found.map((c) => c.offset)).toEqual([0x40, 0x50, 0x100]);
  });
});

describe('a function-level reset', () => {
  it('puts everything back but the interrupt line, and resets the device behind', () => {
    rig.write(TOY, 4, 2, 7);
    rig.write(TOY, 0x10, 4, 0xc010_0000);
    rig.write(TOY, 0x3c, 1, 10);
    rig.write(TOY, 0x48, 2, 0x8000);
    expect(toy.model.resets).toBe(1);
    expect([rig.read(TOY, 4, 2), rig.read(TOY, 0x10), rig.read(TOY, 0x3c, 1), rig.read(TOY, 0x48, 2)]).toEqual([0, 0, 10, 0]);
    expect(rig.windows.open).toEqual([]);
  });

  it('is told by bit 28 of the device capabilities', () => {
    expect(rig.read(TOY, 0x44) >>> 28).toBe(1);
  });
});

describe('random configuration accesses', () => {
  it('never throw, never change what is read-only, and end', () => {
    const bridge = makeBridge();
    rig.fabric.root.attach(1, 0, bridge);
    bridge.bus.attach(0, 0, makeToy({ id: 'below' }).fn);
    let x = 12345;
    const next = (): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x >>> 0;
    };
    for (let i = 0; i < 20_000; i++) {
      const rid = [TOY, at(0, 1, 0), at(next() % 4, 0, 0), next() & 0xffff][next() % 4];
      const size = [1, 2, 4][next() % 3];
      const offset = next() & 0xff & -size;
      if (next() % 2) rig.write(rid, offset, size, next() % 2 ** (8 * size));
      else expect(rig.read(rid, offset, size)).toBeLessThan(2 ** (8 * size));
    }
    expect(rig.read(TOY, 0)).toBe(0x1000_4756);
    expect(routingId(1, 2, 3)).toBe(0x113);
  });
});
