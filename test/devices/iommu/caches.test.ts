import { beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, PS, R, REGISTER, Rig, RW, TABLES } from './rig.ts';

let rig: Rig;

beforeEach(() => {
  rig = new Rig().enable();
  rig.map(0x5000, 0x9000);
  rig.map(0x6000, 0xa000);
});

describe('the IOTLB', () => {
  it('goes on translating by an entry that the tables no longer hold, until it is invalidated', () => {
    expect(rig.write(0x5000)).toBe(0x9000);
    rig.map(0x5000, 0xb000);
    expect(rig.write(0x5008)).toBe(0x9008);
    rig.map(0x5000, 0, 0);
    expect(rig.write(0x5008)).toBe(0x9008);
    rig.flushIotlb();
    expect(rig.reasonOf(() => rig.write(0x5000))).toBe(5);
  });

  it('in caching mode remembers that nothing was there, and that a right was missing', () => {
    expect(rig.reasonOf(() => rig.read(0x7000))).toBe(6);
    rig.map(0x7000, 0xc000);
    expect(rig.reasonOf(() => rig.read(0x7000))).toBe(6);
    rig.flushIotlb(3, 1, 0x7000);
    expect(rig.read(0x7000)).toBe(0xc000);
    rig.map(0x8000, 0xd000, R);
    expect(rig.reasonOf(() => rig.write(0x8000))).toBe(5);
    rig.map(0x8000, 0xd000);
    expect(rig.reasonOf(() => rig.write(0x8000))).toBe(5);
  });

  it('without caching mode sees at once what was mapped', () => {
    const other = new Rig({ isCaching: false }).enable();
    expect(other.reasonOf(() => other.read(0x7000))).toBe(6);
    other.map(0x7000, 0xc000);
    expect(other.read(0x7000)).toBe(0xc000);
    expect(other.reasonOf(() => other.read(0x1000, 0x20))).toBe(2);
    other.setContext(0x20);
    other.map(0x1000, 0xe000);
    expect(other.read(0x1000, 0x20)).toBe(0xe000);
  });

  it('never remembers what was malformed', () => {
    rig.map(0x7000, 0xc000, RW | 0x800);
    expect(rig.reasonOf(() => rig.read(0x7000))).toBe(0x0c);
    rig.map(0x7000, 0xc000);
    expect(rig.read(0x7000)).toBe(0xc000);
  });

  it('is shared by the devices of a domain, and their tables are believed to be the same', () => {
    rig.setContext(0x20, { table: 0x4_0000, levels: 2, domain: 1 });
    rig.read(0x5000);
    expect(rig.read(0x5000, 0x20)).toBe(0x9000);
  });

  it('holds large pages as one entry, and an invalidation of any page in it takes it away', () => {
    rig.write64(TABLES[2] + 8, 0x40_0000 | PS | RW);
    rig.read(0x20_0000);
    expect(rig.iommu.iotlb.entries.map((e) => [e.address, e.shift])).toEqual([[0x20_0000, 21]]);
    rig.write64(TABLES[2] + 8, 0x60_0000 | PS | RW);
    expect(rig.read(0x3f_f000)).toBe(0x5f_f000);
    rig.flushIotlb(3, 1, 0x20_3000);
    expect(rig.read(0x3f_f000)).toBe(0x7f_f000);
  });

  it('replaces entries of a full set in turn', () => {
    for (let i = 0; i < 6; i++) rig.map((i * 16 + 1) << 12, 0x1000 * i);
    for (let i = 0; i < 6; i++) rig.read((i * 16 + 1) << 12);
    expect(rig.iommu.iotlb.entries.map((e) => e.address >> 16).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5]);
    expect(rig.iommu.state.iotlbMisses).toBe(6);
  });

  it('is part of the state: a copy of the bytes remembers too', () => {
    rig.read(0x5000);
    rig.map(0x5000, 0xb000);
    const saved = rig.iommu.bytes.slice();
    rig.flushIotlb();
    expect(rig.read(0x5000)).toBe(0xb000);
    rig.iommu.bytes.set(saved);
    rig.iommu.rebuild();
    expect(rig.read(0x5000)).toBe(0x9000);
  });
});

describe('the context cache', () => {
  it('goes on believing a context entry that was taken away', () => {
    rig.read(0x5000);
    rig.setContext(DEVICE, { flags: 0 });
    rig.flushIotlb();
    expect(rig.read(0x6000)).toBe(0xa000);
    rig.flushContexts();
    expect(rig.reasonOf(() => rig.read(0x5000))).toBe(2);
  });

  it('in caching mode remembers absence under domain 0', () => {
    expect(rig.reasonOf(() => rig.read(0x5000, 0x20))).toBe(2);
    rig.setContext(0x20);
    expect(rig.reasonOf(() => rig.read(0x5000, 0x20))).toBe(2);
    rig.flushContexts(3, 1, 0x20);
    expect(rig.reasonOf(() => rig.read(0x5000, 0x20))).toBe(2);
    rig.flushContexts(3, 0, 0x20);
    expect(rig.read(0x5000, 0x20)).toBe(0x9000);
  });
});

describe.each(['register', 'queue'] as const)('invalidation by %s', (how) => {
  const contexts = (granularity: number, domain = 0, requester = 0, mask = 0): void => {
    if (how === 'register') rig.flushContexts(granularity, domain, requester, mask);
    else rig.submit([1 | (granularity << 4) | (domain << 16), requester | (mask << 16)]);
  };
  const iotlb = (granularity: number, domain = 0, address = 0, mask = 0): void => {
    if (how === 'register') rig.flushIotlb(granularity, domain, address, mask);
    else rig.submit([2 | (granularity << 4) | (domain << 16), 0, address | mask, 0]);
  };
  const cached = (): number[] => rig.iommu.iotlb.entries.map((e) => e.address).toSorted((a, b) => a - b);
  const known = (): number[] => rig.iommu.contexts.entries.map((e) => e.requester).toSorted((a, b) => a - b);

  beforeEach(() => {
    if (how === 'queue') rig.enableQueue();
    rig.setContext(0x20, { domain: 2 });
    rig.setContext(0x21, { domain: 2 });
    for (const address of [0x5000, 0x6000]) rig.read(address);
    rig.read(0x5000, 0x20);
    rig.read(0x6000, 0x21);
  });

  it('of the IOTLB forgets all, a domain, or pages of a domain', () => {
    expect(cached()).toEqual([0x5000, 0x5000, 0x6000, 0x6000]);
    iotlb(3, 1, 0x5000);
    expect(cached()).toEqual([0x5000, 0x6000, 0x6000]);
    iotlb(3, 2, 0x4000, 2);
    expect(cached()).toEqual([0x6000]);
    iotlb(2, 2);
    expect(cached()).toEqual([0x6000]);
    iotlb(2, 1);
    expect(cached()).toEqual([]);
    rig.read(0x5000);
    iotlb(1);
    expect(cached()).toEqual([]);
  });

  it('takes the range of a mask as aligned', () => {
    iotlb(3, 1, 0x7000, 2);
    expect(cached()).toEqual([0x5000, 0x6000]);
  });

  it('of the context cache forgets all, a domain, a device, or functions of it', () => {
    expect(known()).toEqual([DEVICE, 0x20, 0x21]);
    contexts(3, 2, 0x20);
    expect(known()).toEqual([DEVICE, 0x21]);
    contexts(2, 1);
    expect(known()).toEqual([0x21]);
    rig.read(0x5000, 0x20);
    contexts(3, 2, 0x26, 3);
    expect(known()).toEqual([]);
    rig.read(0x5000);
    contexts(1);
    expect(known()).toEqual([]);
  });
});

describe('invalidation by register', () => {
  it('clears its start bit and reports what was done; nothing for a reserved granularity', () => {
    expect([rig.flushContexts(1), rig.flushContexts(2), rig.flushContexts(3), rig.flushContexts(0)]).toEqual([1, 2, 3, 0]);
    expect([rig.flushIotlb(1), rig.flushIotlb(2), rig.flushIotlb(3), rig.flushIotlb(0), rig.flushIotlb(3, 1, 0, 19)]).toEqual([
      1, 2, 3, 0, 0,
    ]);
    expect([rig.get(REGISTER.CCMD + 4) >>> 31, rig.get(REGISTER.IOTLB + 4) >>> 31]).toEqual([0, 0]);
  });

  it('does nothing while the queue is enabled', () => {
    rig.read(0x5000);
    rig.enableQueue();
    expect([rig.flushContexts(1), rig.flushIotlb(1), rig.iommu.iotlb.entries.length]).toEqual([0, 0, 1]);
  });
});
