import { beforeEach, describe, expect, it } from 'vitest';
import { at, makeBridge, makeToy, Rig, type Toy } from './rig.ts';

let rig: Rig;
let toy: Toy;
const TOY = at(0, 3, 0);
const MSI = 0x40;
const MSIX = 0x58;

beforeEach(() => {
  rig = new Rig();
  toy = makeToy({ msi: { log2Vectors: 2 }, msix: { vectors: 3, bar: 0, table: 0x800, pending: 0xc00 } });
  rig.fabric.root.attach(3, 0, toy.fn);
  rig.write(TOY, 0x10, 4, 0xc000_0000);
  rig.write(TOY, 4, 2, 6);
});

describe('INTx', () => {
  it('drives the link of device and pin while the status bit is set and not disabled', () => {
    toy.fn.setIntx(true);
    expect(rig.links).toEqual([[3, true]]);
    expect(rig.read(TOY, 6, 2) & 8).toBe(8);
    rig.write(TOY, 4, 2, 0x406);
    expect(rig.links.at(-1)).toEqual([3, false]);
    rig.write(TOY, 4, 2, 6);
    toy.fn.setIntx(false);
    expect(rig.links).toEqual([
      [3, true],
      [3, false],
      [3, true],
      [3, false],
    ]);
  });

  it('of several functions on one link stays up until the last lets go', () => {
    const other = makeToy({ id: 'other', pin: 4 });
    rig.fabric.root.attach(4, 0, other.fn);
    toy.fn.setIntx(true);
    other.fn.setIntx(true);
    toy.fn.setIntx(false);
    expect(rig.links).toEqual([[3, true]]);
    other.fn.setIntx(false);
    expect(rig.links).toHaveLength(2);
  });

  it('is turned by the device number at each bridge on the way', () => {
    const outer = makeBridge({ type: 'bridgeToPci' });
    rig.fabric.root.attach(2, 0, outer);
    const inner = makeToy({ id: 'inner', pin: 2 });
    outer.bus.attach(5, 0, inner.fn);
    inner.fn.setIntx(true);
    expect(rig.links).toEqual([[(1 + 5 + 2) & 3, true]]);
  });

  it('is silent while messages are enabled', () => {
    toy.fn.setIntx(true);
    rig.write(TOY, MSI + 2, 2, 1);
    expect(rig.links.at(-1)).toEqual([3, false]);
    expect(toy.fn.interruptMode).toBe('msi');
  });

  it('keeps its level over a restore without telling it again', () => {
    toy.fn.setIntx(true);
    const saved = toy.fn.bytes.slice();
    toy.fn.setIntx(false);
    rig.links.length = 0;
    toy.fn.bytes.set(saved);
    rig.pciHost.rebuild();
    expect(rig.links).toEqual([]);
    toy.fn.setIntx(false);
    expect(rig.links).toEqual([[3, false]]);
  });
});

describe('MSI', () => {
  beforeEach(() => {
    rig.write(TOY, MSI + 4, 4, 0xfee0_1000);
    rig.write(TOY, MSI + 12, 2, 0x4043);
    rig.write(TOY, MSI + 2, 2, 0x21);
  });

  it('writes the data, its low bits replaced by the vector, within the vectors given', () => {
    for (const vector of [0, 1, 3, 5]) toy.fn.signal(vector);
    expect(rig.messages).toEqual([0x4040, 0x4041, 0x4043, 0x4041].map((data) => [0xfee0_1000, data]));
  });

  it('with one vector given leaves the data alone', () => {
    rig.write(TOY, MSI + 2, 2, 1);
    toy.fn.signal(2);
    expect(rig.messages).toEqual([[0xfee0_1000, 0x4043]]);
  });

  it('keeps a masked vector pending until it is unmasked', () => {
    rig.write(TOY, MSI + 16, 4, 0b10);
    toy.fn.signal(1);
    toy.fn.signal(0);
    expect(rig.messages).toHaveLength(1);
    expect(rig.read(TOY, MSI + 20)).toBe(0b10);
    rig.write(TOY, MSI + 16, 4, 0);
    expect(rig.messages.at(-1)).toEqual([0xfee0_1000, 0x4041]);
    expect(rig.read(TOY, MSI + 20)).toBe(0);
  });

  it('is a memory write: without bus mastering nothing is sent, and elsewhere than at the interrupt range it goes to memory', () => {
    rig.write(TOY, 4, 2, 2);
    toy.fn.signal(0);
    expect(rig.messages).toEqual([]);
    rig.write(TOY, 4, 2, 6);
    rig.write(TOY, MSI + 4, 4, 0x2000);
    toy.fn.signal(0);
    expect([rig.messages, rig.bus.read32(0x2000)]).toEqual([[], 0x4040]);
  });
});

describe('MSI-X', () => {
  const entry = (vector: number): number => 0xc000_0800 + 16 * vector;

  beforeEach(() => {
    for (const vector of [0, 1, 2]) {
      rig.bus.write32(entry(vector), 0xfee0_0000);
      rig.bus.write32(entry(vector) + 8, 0x30 + vector);
      rig.bus.write32(entry(vector) + 12, 0);
    }
    rig.write(TOY, MSIX + 2, 2, 0x8000);
  });

  it('says where its table and pending bits are, and how many vectors there are', () => {
    expect([rig.read(TOY, MSIX + 2, 2), rig.read(TOY, MSIX + 4), rig.read(TOY, MSIX + 8)]).toEqual([0x8002, 0x800, 0xc00]);
  });

  it('sends what stands in the entry of the vector, and nothing for vectors that do not exist', () => {
    for (const vector of [2, 0, 3, 77]) toy.fn.signal(vector);
    expect(rig.messages).toEqual([
      [0xfee0_0000, 0x32],
      [0xfee0_0000, 0x30],
    ]);
  });

  it('masks every vector after reset', () => {
    const fresh = makeToy({ id: 'fresh', msix: { vectors: 1, bar: 0, table: 0, pending: 0x800 } });
    rig.fabric.root.attach(4, 0, fresh.fn);
    rig.write(at(0, 4, 0), 0x10, 4, 0xc001_0000);
    rig.write(at(0, 4, 0), 4, 2, 2);
    expect(rig.bus.read32(0xc001_000c)).toBe(1);
  });

  it('keeps a masked vector pending, by entry or for the whole function', () => {
    rig.bus.write32(entry(1) + 12, 1);
    toy.fn.signal(1);
    expect([rig.messages.length, rig.bus.read32(0xc000_0c00)]).toEqual([0, 0b10]);
    rig.write(TOY, MSIX + 2, 2, 0xc000);
    toy.fn.signal(0);
    rig.bus.write32(entry(1) + 12, 0);
    expect([rig.messages.length, rig.bus.read32(0xc000_0c00)]).toEqual([0, 0b11]);
    rig.write(TOY, MSIX + 2, 2, 0x8000);
    expect(rig.messages.map(([, data]) => data)).toEqual([0x30, 0x31]);
    expect(rig.bus.read32(0xc000_0c00)).toBe(0);
  });

  it('has one bit in each vector control', () => {
    rig.bus.write32(entry(0) + 12, -1);
    rig.bus.write32(entry(0), -1);
    expect([rig.bus.read32(entry(0) + 12), rig.bus.read32(entry(0))]).toEqual([1, -4]);
  });

  it('has pending bits that cannot be written, and an interrupt mode of its own', () => {
    rig.bus.write32(0xc000_0c00, 7);
    expect([rig.bus.read32(0xc000_0c00), toy.fn.interruptMode]).toEqual([0, 'msix']);
    expect(toy.model.log).toEqual([]);
  });
});
