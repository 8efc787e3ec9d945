import { beforeEach, describe, expect, it } from 'vitest';
import { Chipset } from '../../../src/devices/pci/chipset.ts';
import { Pic } from '../../../src/devices/pic.ts';
import { Bus } from '../../../src/memory/bus.ts';
import { Physical } from '../../../src/memory/physical.ts';
import type { Stateful } from '../../../src/time/stateful.ts';
import { Random } from '../../memory/random.ts';
import { MockHost } from '../mock-host.ts';
import { APERTURE, makeToy, type Toy } from './rig.ts';

const [LAPIC, IOAPIC, IOMMU, ECAM] = [0xfee0_0000, 0xfec0_0000, 0xfed9_0000, 0xe000_0000];
const [SVR, EOI] = [LAPIC + 0xf0, LAPIC + 0xb0];
const TOY = ECAM + (3 << 15);
const BAR = 0xc000_0000;
const OPTIONS = { aperture: APERTURE, ecam: { base: ECAM, buses: 16 }, lines: [10, 11, 5, 9], iommu: {} } as const;

interface Board {
  readonly bus: Bus;
  readonly pic: Pic;
  readonly chipset: Chipset;
  readonly toy: Toy;
  readonly parts: readonly Stateful[];
}

function makeBoard(): Board {
  const host = new MockHost();
  const bus = new Bus(new Physical(1 << 20));
  const pic = new Pic(host);
  const chipset = new Chipset({ host, bus, pic }, OPTIONS);
  pic.onChange = () => chipset.lapic.update();
  const toy = makeToy({ msix: { vectors: 2, bar: 0, table: 0x800, pending: 0xc00 } });
  chipset.fabric.root.attach(3, 0, toy.fn);
  return { bus, pic, chipset, toy, parts: [pic, ...chipset.parts, toy.fn] };
}

let board: Board;

function write(address: number, ...values: number[]): void {
  for (const [i, value] of values.entries()) board.bus.write32(address + 4 * i, value);
}

/** Takes the interrupt that is there and ends it; -1 without one. */
function serve(): number {
  if (!board.chipset.lapic.asserted) return -1;
  const vector = board.chipset.lapic.acknowledge();
  write(EOI, 0);
  return vector;
}

/** The toy's BAR 0 and bus mastering, the APIC enabled, MSI-X vector 0 as 51H. */
beforeEach(() => {
  board = makeBoard();
  write(SVR, 0x1ff);
  write(TOY + 0x10, BAR);
  write(TOY + 4, 6);
  write(BAR + 0x800, 0xfee0_0000, 0, 0x51, 0);
  write(TOY + 0x40, 0x8000_0011);
});

/** Root and context table at 64 KiB for the toy, two levels of tables at 72 KiB, translation on. */
function enableIommu(): void {
  write(0x1_0000, 0x1_1001, 0);
  write(0x1_1000 + 16 * 0x18, 0x1_2001, 0, 0x100, 0);
  write(0x1_2000, 0x1_3003, 0);
  write(0x1_3000 + 8 * 5, 0x2_0003, 0);
  write(IOMMU + 0x20, 0x1_0000, 0);
  write(IOMMU + 0x18, 0x4000_0000);
  write(IOMMU + 0x18, 0x8000_0000);
}

describe('the chipset', () => {
  it('carries a device’s message to the processor', () => {
    board.toy.fn.signal(0);
    expect(serve()).toBe(0x51);
  });

  it('carries a device’s pin to PIC and I/O APIC, level-triggered', () => {
    write(TOY + 0x40, 0x11);
    write(IOAPIC, 0x10 + 2 * 9);
    write(IOAPIC + 0x10, 0x8061);
    board.toy.fn.setIntx(true);
    expect([serve(), serve()]).toEqual([0x61, 0x61]);
    board.toy.fn.setIntx(false);
    expect([serve(), serve()]).toEqual([0x61, -1]);
    board.pic.writePort(0x21, 1, 0);
    board.pic.writePort(0xa1, 1, 0);
    board.chipset.lapic.setVirtualWire();
    board.toy.fn.setIntx(true);
    expect(board.chipset.lapic.acknowledge()).toBe(0x61);
    expect(board.chipset.lapic.acknowledge()).toBe(0x71);
  });

  it('translates DMA, blocks what the tables do not allow, records it and interrupts', () => {
    enableIommu();
    write(IOMMU + 0x3c, 0x52, 0xfee0_0000);
    write(IOMMU + 0x38, 0);
    expect(board.toy.fn.dma.write(0x5004, Uint8Array.of(1, 2, 3, 4))).toBe(true);
    expect([board.bus.read32(0x2_0004), serve()]).toEqual([0x0403_0201, -1]);
    expect(board.toy.fn.dma.write(0x6000, Uint8Array.of(9))).toBe(false);
    expect([serve(), board.bus.read32(IOMMU + 0x220), board.bus.read32(IOMMU + 0x228)]).toEqual([0x52, 0x6000, 0x18]);
    expect(board.bus.read16(TOY + 6) & 0x2000).toBe(0x2000);
  });

  it('lets messages past the IOMMU', () => {
    enableIommu();
    board.toy.fn.signal(0);
    expect([serve(), board.chipset.iommu?.faults.records]).toEqual([0x51, []]);
  });

  it('says what a rise of a line would do, at whichever controller', () => {
    expect(board.chipset.letsThrough(4)).toBe(false);
    write(IOAPIC, 0x10 + 2 * 4);
    write(IOAPIC + 0x10, 0x44);
    expect(board.chipset.letsThrough(4)).toBe(true);
    expect(board.chipset.letsThrough(0)).toBe(false);
    board.pic.writePort(0x21, 1, 0xfe);
    board.chipset.lapic.setVirtualWire();
    expect(board.chipset.letsThrough(0)).toBe(true);
    board.chipset.setLine(0, true);
    expect(board.chipset.lapic.acknowledge()).toBe(8);
  });

  it('after reset is what it was after power-on', () => {
    enableIommu();
    board.toy.fn.setIntx(true);
    board.toy.fn.dma.write(0x6000, Uint8Array.of(9));
    board.chipset.reset();
    const fresh = makeBoard();
    expect(board.parts.slice(1).map((p) => [p.id, p.bytes])).toEqual(fresh.parts.slice(1).map((p) => [p.id, p.bytes]));
    expect(board.chipset.fabric.windows.open).toEqual([]);
  });

  it('keeps exactly the bytes that each part’s layout lays out, under ids of their own', () => {
    for (const { bytes, layout } of board.parts) expect(bytes.length).toBe(layout.size);
    expect(new Set(board.parts.map((p) => p.id)).size).toBe(board.parts.length);
  });
});

/** Everything that can be seen of a board that does `steps` random things. */
function shake(on: Board, seed: number, steps: number): unknown[] {
  const r = new Random(seed);
  const seen: unknown[] = [];
  const places = [
    TOY,
    TOY + 0x40,
    BAR + 0x800,
    BAR + 0xc00,
    LAPIC + 0x300,
    LAPIC + 0x80,
    IOAPIC,
    IOAPIC + 0x10,
    IOMMU + 0x18,
    IOMMU + 0x28,
  ];
  const extra = [IOMMU + 0x80, IOMMU + 0xf0, IOMMU + 0x220, 0x1_0000, 0x1_1180, 0x1_2000, 0x1_3028];
  for (let i = 0; i < steps; i++) {
    const address = r.pick([...places, ...extra]) + 4 * r.below(6);
    switch (r.below(7)) {
      case 0:
      case 1:
        on.bus.write32(address, r.oneIn(2) ? r.next() : r.pick([0x8000_0000, 0x4000_0000, 0x1_0000, 0x1_1001, 6, 0x51, 0xc000_0000]));
        break;
      case 2:
        seen.push(on.bus.read32(address));
        break;
      case 3:
        on.toy.fn.setIntx(r.oneIn(2));
        break;
      case 4:
        on.toy.fn.signal(r.below(3));
        break;
      case 5:
        seen.push(on.toy.fn.dma.write(r.below(16) * 0x1000 + r.below(0x1000), Uint8Array.of(i, i, i)));
        break;
      default:
        if (on.chipset.lapic.asserted) seen.push(on.chipset.lapic.acknowledge());
    }
  }
  return seen;
}

describe('bytes from a file', () => {
  it('may mean nothing: the chipset throws nothing and ends', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const strange = makeBoard();
      const r = new Random(seed);
      for (const part of strange.parts.slice(1)) {
        for (let i = 0; i < part.bytes.length; i++) part.bytes[i] = r.oneIn(3) ? r.next() : part.bytes[i];
      }
      for (let i = 0; i < 0x2000; i++) strange.bus.physical.ram32[r.below(1 << 18)] = r.pick([5, 0x25, 1, 3]) | (r.below(256) << 12);
      for (const part of strange.parts) part.rebuild();
      shake(strange, seed, 300);
      for (let i = 0; i < 50; i++) strange.chipset.lapic.wake(i);
    }
  });
});

describe('from a snapshot in the middle', () => {
  it('the chipset goes on in the same way', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const first = makeBoard();
      first.bus.write32(TOY + 4, 6);
      shake(first, seed, 400);
      const second = makeBoard();
      for (const [i, part] of first.parts.entries()) second.parts[i].bytes.set(part.bytes);
      second.bus.physical.ram8.set(first.bus.physical.ram8);
      for (const part of second.parts) part.rebuild();
      expect(shake(second, 1000 + seed, 400)).toEqual(shake(first, 1000 + seed, 400));
      for (const [i, part] of first.parts.entries()) expect(second.parts[i].bytes).toEqual(part.bytes);
    }
  });
});
