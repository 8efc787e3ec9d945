import { beforeEach, describe, expect, it } from 'vitest';
import { at, makeBridge, makeToy, Rig, type Toy } from './rig.ts';

let rig: Rig;
let toy: Toy;
const TOY = at(0, 3, 0);

beforeEach(() => {
  rig = new Rig();
  toy = makeToy();
  rig.fabric.root.attach(3, 0, toy.fn);
});

describe('a base address register', () => {
  it('reads back its size when ones are written to it, with its type in the low bits', () => {
    const other = makeToy({
      id: 'other',
      bars: [
        { index: 0, kind: 'memory64', size: 1 << 20, isPrefetchable: true },
        { index: 2, kind: 'io', size: 256 },
      ],
    });
    rig.fabric.root.attach(4, 0, other.fn);
    for (const offset of [0x10, 0x14, 0x18, 0x1c]) rig.write(at(0, 4, 0), offset, 4, 0xffff_ffff);
    expect([0x10, 0x14, 0x18, 0x1c].map((offset) => rig.read(at(0, 4, 0), offset))).toEqual([0xfff0_000c, 0xffff_ffff, 0xffff_ff01, 0]);
    rig.write(TOY, 0x10, 4, 0xffff_ffff);
    rig.write(TOY, 0x14, 4, 0xffff_ffff);
    expect([rig.read(TOY, 0x10), rig.read(TOY, 0x14)]).toEqual([0xffff_f000, 0xffff_ffe1]);
  });

  it('opens a window in memory when memory space is enabled, and moves it', () => {
    rig.write(TOY, 0x10, 4, 0xc010_0000);
    expect(rig.bus.read32(0xc010_0004)).toBe(-1);
    rig.write(TOY, 4, 2, 2);
    expect(rig.bus.read32(0xc010_0004)).toBe(0x44);
    rig.bus.write16(0xc010_0008, 0x1234);
    rig.write(TOY, 0x10, 4, 0xc020_0000);
    expect([rig.bus.read32(0xc010_0004), rig.bus.read8(0xc020_0003)]).toEqual([-1, 0x33]);
    rig.write(TOY, 4, 2, 0);
    expect(rig.bus.read32(0xc020_0000)).toBe(-1);
    expect(toy.model.log).toEqual(['read BAR 0 +4 x4', 'write BAR 0 +8 x2 = 1234', 'read BAR 0 +3 x1']);
  });

  it('opens I/O ports of the aperture when I/O space is enabled', () => {
    rig.write(TOY, 0x14, 4, 0xc120);
    expect(rig.pciHost.readPort(0xc124, 4)).toBe(0xffff_ffff);
    rig.write(TOY, 4, 2, 1);
    expect(rig.pciHost.readPort(0xc124, 4)).toBe(0x44);
    rig.pciHost.writePort(0xc121, 2, 0xbeef);
    expect(toy.model.log).toEqual(['read BAR 1 +4 x4', 'write BAR 1 +1 x1 = ef', 'write BAR 1 +2 x1 = be']);
    expect(rig.pciHost.readPort(0xc13f, 2)).toBe(0xff00 | ((0x11 * 31) & 0xff));
  });

  it('outside the host bridge’s aperture answers nowhere, so that sizing cannot hide RAM', () => {
    rig.write(TOY, 4, 2, 3);
    expect(rig.windows.open).toEqual([]);
    rig.write(TOY, 0x10, 4, 0x0001_0000);
    rig.bus.write32(0x0001_0000, 7);
    expect(rig.bus.read32(0x0001_0000)).toBe(7);
    rig.write(TOY, 0x10, 4, 0xffff_ffff);
    expect(rig.windows.open).toEqual([]);
  });

  it('put over another loses to the one that comes first in the tree, and answers when that one goes', () => {
    const second = makeToy({ id: 'second' });
    rig.fabric.root.attach(4, 0, second.fn);
    rig.write(at(0, 4, 0), 0x10, 4, 0xc010_0000);
    rig.write(at(0, 4, 0), 4, 2, 2);
    rig.bus.read32(0xc010_0000);
    rig.write(TOY, 0x10, 4, 0xc010_0000);
    rig.write(TOY, 4, 2, 2);
    rig.bus.read32(0xc010_0000);
    rig.write(TOY, 4, 2, 0);
    rig.bus.read32(0xc010_0000);
    expect([toy.model.log.length, second.model.log.length]).toEqual([1, 2]);
  });
});

describe('a bridge', () => {
  const PORT = at(0, 1, 0);
  const BELOW = at(5, 0, 0);
  let below: Toy;

  beforeEach(() => {
    const bridge = makeBridge();
    rig.fabric.root.attach(1, 0, bridge);
    below = makeToy({ id: 'below', express: 'endpoint' });
    bridge.bus.attach(0, 0, below.fn);
  });

  it('hides what is behind it until it has bus numbers', () => {
    expect(rig.read(BELOW, 0)).toBe(0xffff_ffff);
    rig.openBridge(PORT, 5, 6);
    expect(rig.read(BELOW, 0)).toBe(0x1000_4756);
    expect(rig.read(at(5, 1, 0), 0)).toBe(0xffff_ffff);
    expect(rig.read(at(6, 0, 0), 0)).toBe(0xffff_ffff);
  });

  it('passes on memory of its window only', () => {
    rig.openBridge(PORT, 5, 5, [0xc100_0000, 0xc11f_ffff]);
    rig.write(BELOW, 0x10, 4, 0xc110_0000);
    rig.write(BELOW, 4, 2, 2);
    expect(rig.bus.read32(0xc110_0004)).toBe(0x44);
    rig.write(BELOW, 0x10, 4, 0xc120_0000);
    expect(rig.bus.read32(0xc120_0004)).toBe(-1);
    rig.write(PORT, 0x24, 4, 0xc120_c120);
    expect(rig.bus.read32(0xc120_0004)).toBe(0x44);
    rig.write(PORT, 4, 2, 0);
    expect(rig.bus.read32(0xc120_0004)).toBe(-1);
  });

  it('passes on I/O ports of its window only', () => {
    rig.openBridge(PORT, 5, 5);
    rig.write(BELOW, 0x14, 4, 0xd000);
    rig.write(BELOW, 4, 2, 1);
    expect(rig.pciHost.readPort(0xd004, 4)).toBe(0xffff_ffff);
    rig.write(PORT, 0x1c, 2, 0xd0d0);
    expect(rig.pciHost.readPort(0xd004, 4)).toBe(0x44);
  });

  it('resets everything behind it when secondary bus reset rises', () => {
    rig.openBridge(PORT, 5, 5, [0xc100_0000, 0xc11f_ffff]);
    rig.write(BELOW, 4, 2, 6);
    rig.write(PORT, 0x3e, 2, 0x40);
    rig.write(PORT, 0x3e, 2, 0x40);
    expect([below.model.resets, rig.read(BELOW, 4, 2)]).toEqual([1, 0]);
  });

  it('resolves windows alike after bytes were replaced', () => {
    rig.openBridge(PORT, 5, 5, [0xc100_0000, 0xc11f_ffff]);
    rig.write(BELOW, 0x10, 4, 0xc110_0000);
    rig.write(BELOW, 4, 2, 2);
    const saved = below.fn.bytes.slice();
    rig.write(BELOW, 0x10, 4, 0xc100_0000);
    below.fn.bytes.set(saved);
    rig.pciHost.rebuild();
    expect([rig.bus.read32(0xc110_0004), rig.bus.read32(0xc100_0004)]).toEqual([0x44, -1]);
  });
});
