import { describe, expect, it } from 'vitest';
import { Bus } from '../../src/memory/bus.ts';
import { Physical } from '../../src/memory/physical.ts';

function makeBus(): Bus {
  return new Bus(new Physical(0x100000));
}

describe('the host address space', () => {
  it('is RAM from 0 up, then open bus', () => {
    const bus = makeBus();
    bus.write32(0xffffc, 0x12345678);
    expect(bus.read32(0xffffc)).toBe(0x12345678);
    expect([bus.read8(0x100000), bus.read16(0x100000), bus.read32(0x100000)]).toEqual([0xff, 0xffff, -1]);
    expect([bus.hostPage(0xff123), bus.hostPage(0x100000), bus.hostPage(-1)]).toEqual([0xff000, -1, -1]);
    expect([bus.targetAt(0), bus.targetAt(0x100000), bus.targetAt(0x1_0000_0000)]).toEqual(['ram', 'open', 'open']);
  });

  it('takes addresses signed or unsigned', () => {
    const bus = makeBus();
    bus.mapMmio(0xfee00000, 0x1000, { read: (offset) => offset, write: () => {} });
    expect(bus.read32(0xfee00020)).toBe(0x20);
    expect(bus.read32(0xfee00020 | 0)).toBe(0x20);
  });

  it('reads and writes any alignment, over pages and into open bus', () => {
    const bus = makeBus();
    bus.write32(0x1fff, 0x44332211);
    expect([bus.read8(0x1fff), bus.read8(0x2000)]).toEqual([0x11, 0x22]);
    expect(bus.read32(0x1fff)).toBe(0x44332211);
    bus.write16(0x2fff, 0x6655);
    expect(bus.read16(0x2fff)).toBe(0x6655);
    bus.write32(0xffffe, 0x44332211);
    expect(bus.read32(0xffffe) >>> 0).toBe(0xffff2211);
  });

  it('marks every page a store touches', () => {
    const bus = makeBus();
    bus.physical.dirty.fill(0);
    bus.write32(0x1ffe, 1);
    expect([...bus.physical.dirty.subarray(0, 4)]).toEqual([0, 1, 1, 0]);
  });
});

describe('ROM', () => {
  it('is seen at all its places, hides RAM, and keeps its bytes', () => {
    const bus = makeBus();
    bus.write8(0xf0000, 7);
    const bytes = Uint8Array.from({ length: 0x2000 }, (_, i) => i >> 8);
    bus.mapRom(0xffffe000, bytes);
    bus.mapRom(0xf0000, bytes);
    bus.write32(0xf1f00, 0);
    expect([bus.read8(0xf0000), bus.read8(0xf1f00), bus.read8(0xffffff00)]).toEqual([0, 0x1f, 0x1f]);
    expect(bus.readablePage(0xf1000)).toBe(bus.readablePage(0xfffff000));
    expect([bus.hostPage(0xf0000), bus.targetAt(0xf0000)]).toEqual([-1, 'rom']);
    expect(bus.physical.ram8[0xf0000]).toBe(7);
    expect(bus.peek32(0xf0ffc)).toBe(0x0f0f0f0f);
  });

  it('of odd length ends in ones', () => {
    const bus = makeBus();
    bus.mapRom(0x200000, new Uint8Array(0x1001));
    expect([bus.read8(0x201000), bus.read8(0x201001)]).toEqual([0, 0xff]);
  });
});

describe('device windows', () => {
  it('smaller than a page leave the rest of it open', () => {
    const bus = makeBus();
    bus.mapMmio(0x200200, 0x200, { read: (offset, size) => offset + size, write: () => {} });
    bus.mapMmio(0x200400, 0x100, { read: () => 0x55, write: () => {} });
    expect([bus.read32(0x2001fc), bus.read8(0x200200), bus.read8(0x200400), bus.read8(0x200500)]).toEqual([-1, 1, 0x55, 0xff]);
    expect(bus.targetAt(0x200000)).toBe('device');
  });

  it('are not asked by page walks', () => {
    const bus = makeBus();
    bus.mapMmio(0x200000, 0x1000, { read: () => expect.fail('a walk asked a device'), write: () => {} });
    expect(bus.peek32(0x200000)).toBe(-1);
  });

  it('taken away give back what lay behind, and leave their neighbours', () => {
    const bus = makeBus();
    let remaps = 0;
    bus.onRemap = () => remaps++;
    bus.write8(0xa0000, 3);
    bus.mapMmio(0xa0000, 0x100, { read: () => 1, write: () => {} });
    bus.mapMmio(0xa0100, 0x100, { read: () => 2, write: () => {} });
    bus.unmapMmio(0xa0000);
    expect([bus.read8(0xa0000), bus.read8(0xa0100)]).toEqual([0xff, 2]);
    bus.unmapMmio(0xa0100);
    expect(bus.read8(0xa0000)).toBe(3);
    expect(remaps).toBe(4);
  });

  it('lie before ROM, and ROM before RAM, in whichever order they came', () => {
    const device = { read: () => 0xdd, write: () => {} };
    const rom = new Uint8Array(0x2000).fill(0x22);
    const seen = (bus: Bus): number[] => [bus.read8(0xf0000), bus.read8(0xf1000), bus.read8(0xf2000)];
    const [first, second] = [makeBus(), makeBus()];
    first.mapRom(0xf0000, rom);
    first.mapMmio(0xf1000, 0x1000, device);
    second.mapMmio(0xf1000, 0x1000, device);
    second.mapRom(0xf0000, rom);
    expect([seen(first), seen(second)]).toEqual([
      [0x22, 0xdd, 0],
      [0x22, 0xdd, 0],
    ]);
    for (const bus of [first, second]) bus.unmapMmio(0xf1000);
    expect([seen(first), second.targetAt(0xf1000), second.hostPage(0xf1000)]).toEqual([[0x22, 0x22, 0], 'rom', -1]);
  });

  it('do not overlap: two devices at one address are a mistake of whoever puts them there', () => {
    const bus = makeBus();
    bus.mapMmio(0x200000, 0x1000, { read: () => 1, write: () => {} });
    expect(() => bus.mapMmio(0x200fff, 2, { read: () => 2, write: () => {} })).toThrow('do not overlap');
    bus.mapMmio(0x201000, 2, { read: () => 2, write: () => {} });
    expect(bus.read8(0x201000)).toBe(2);
  });
});
