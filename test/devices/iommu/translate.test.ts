import { beforeEach, describe, expect, it } from 'vitest';
import { CONTEXTS, DEVICE, PS, R, REGISTER, Rig, ROOT, RW, SRTP, TABLES, TE, W } from './rig.ts';

let rig: Rig;

beforeEach(() => {
  rig = new Rig().enable();
});

describe('the unit', () => {
  it('says what it can do: three widths, large pages, queue, coherence, caching mode', () => {
    const [low, high] = [rig.get(REGISTER.CAP), rig.get(REGISTER.CAP + 4)];
    expect([low & 7, (low >> 7) & 1, (low >> 8) & 31, ((low >> 16) & 63) + 1]).toEqual([6, 1, 0b111, 48]);
    expect([(low >>> 24) | ((high & 3) << 8), (high >> 2) & 15, (high >> 7) & 1, ((high >> 8) & 255) + 1]).toEqual([0x22, 3, 1, 8]);
    expect(rig.get(REGISTER.ECAP)).toBe(0x0f43);
    expect(new Rig({ isCaching: false }).get(REGISTER.CAP) & 0x80).toBe(0);
  });

  it('passes addresses through while translation is off', () => {
    rig.set(REGISTER.GCMD, 0);
    expect([rig.write(0x1234_5678), rig.get(REGISTER.GSTS)]).toEqual([0x1234_5678, SRTP]);
  });

  it('restates all enables with each command, and shows them in the status', () => {
    expect([rig.get(REGISTER.GSTS), rig.get(REGISTER.GCMD)]).toEqual([(TE | SRTP) >>> 0, 0]);
    rig.set(REGISTER.GCMD, SRTP);
    expect(rig.get(REGISTER.GSTS)).toBe(SRTP);
  });

  it('takes the root table’s address when told to, not when it is written', () => {
    rig.set(REGISTER.RTADDR, 0x8_0000, 0);
    rig.map(0x5000, 0x9000);
    expect(rig.read(0x5000)).toBe(0x9000);
    rig.set(REGISTER.GCMD, SRTP | TE);
    expect(rig.read(0x5000)).toBe(0x9000);
    rig.flushContexts();
    expect(rig.reasonOf(() => rig.read(0x5000))).toBe(1);
  });

  it('is software’s error without a root table: every request faults', () => {
    const fresh = new Rig();
    fresh.set(REGISTER.GCMD, TE);
    expect(fresh.reasonOf(() => fresh.read(0))).toBe(8);
  });
});

describe('translation', () => {
  it.each([2, 3, 4])('walks %i levels', (levels) => {
    const other = new Rig().enable(levels);
    other.map(0x7000, 0x4_2000);
    expect([other.read(0x7abc), other.write(0x7fff)]).toEqual([0x4_2abc, 0x4_2fff]);
    expect(other.reasonOf(() => other.read(2 ** (12 + 9 * levels)))).toBe(4);
  });

  it('maps 2 MiB in the second level from below and 1 GiB in the third', () => {
    rig.write64(TABLES[2] + 8, 0x40_0000 | PS | RW);
    rig.write64(TABLES[3] + 8, 0x8000_0000 | PS | RW, 0x7);
    expect(rig.read(0x20_0000 + 0x12_3456)).toBe(0x40_0000 + 0x12_3456);
    expect(rig.read(0x4000_0000 + 0x1234_5678)).toBe(0x7_8000_0000 + 0x1234_5678);
  });

  it('reaches host addresses of 36 bits', () => {
    rig.write64(TABLES[1], 0xffff_f000 | RW, 0xf);
    expect(rig.read(0)).toBe(0xf_ffff_f000);
  });

  it('passes through where the context entry says so', () => {
    rig.setContext(DEVICE, { type: 2, table: 0 });
    rig.flushContexts();
    expect(rig.write(0x1234_5678)).toBe(0x1234_5678);
  });

  it('goes by the requester: each function has its context', () => {
    rig.write64(0x4_0000, 0x4_1000 | RW);
    rig.write64(0x4_1000 + 8 * 9, 0x6_0000 | RW);
    rig.setContext(0x19, { levels: 2, table: 0x4_0000, domain: 2 });
    rig.map(0x9000, 0x5_0000);
    expect([rig.read(0x9000), rig.read(0x9000, 0x19)]).toEqual([0x5_0000, 0x6_0000]);
  });
});

describe('a request is refused', () => {
  const flush = (): void => {
    rig.flushContexts();
    rig.flushIotlb();
  };
  const reason = (set: () => void, isWrite = false): number => {
    rig.map(0x5000, 0x9000);
    set();
    flush();
    return rig.reasonOf(() => (isWrite ? rig.write(0x5000) : rig.read(0x5000)));
  };

  it.each<[number, string, () => void]>([
    [0x01, 'the root entry is not present', () => rig.write64(ROOT, CONTEXTS)],
    [0x02, 'the context entry is not present', () => rig.setContext(DEVICE, { flags: 0 })],
    [0x03, 'the address width is not supported', () => rig.setContext(DEVICE, { levels: 5 })],
    [0x03, 'the translation type needs device TLBs', () => rig.setContext(DEVICE, { type: 1 })],
    [0x03, 'the translation type is reserved', () => rig.setContext(DEVICE, { type: 3 })],
    [0x03, 'the top table lies where no memory is', () => rig.setContext(DEVICE, { table: 0x8000_0000 })],
    [0x06, 'an entry is not present', () => rig.map(0x5000, 0x9000, 0)],
    [0x06, 'a page may not be read', () => rig.map(0x5000, 0x9000, W)],
    [0x07, 'a table lies where no memory is', () => rig.write64(TABLES[3], 0x4000_0000 | RW)],
    [0x08, 'the root table lies where no memory is', () => [rig.set(REGISTER.RTADDR, 0x4000_0000, 0), rig.set(REGISTER.GCMD, SRTP | TE)]],
    [0x09, 'the context table lies where no memory is', () => rig.setRoot(0, 0x4000_0000)],
    [0x0a, 'the root entry has reserved bits set', () => rig.write64(ROOT, CONTEXTS | 0x801)],
    [0x0a, 'its upper half is not 0', () => rig.write64(ROOT + 8, 1)],
    [0x0b, 'the context entry has reserved bits set', () => rig.setContext(DEVICE, { flags: 0x11 })],
    [0x0b, 'its upper half has, too', () => rig.write64(CONTEXTS + 16 * DEVICE + 8, 0x182)],
    [0x0c, 'a table entry has reserved bits set', () => rig.map(0x5000, 0x9000, RW | 0x800)],
    [0x0c, 'it points beyond the host’s 36 bits', () => rig.write64(TABLES[1] + 8 * 5, 0x9000 | RW, 0x10)],
    [0x0c, 'the top level would map a page', () => rig.write64(TABLES[4], TABLES[3] | RW | PS)],
    [0x0c, 'a large page is not aligned', () => rig.write64(TABLES[2], 0x9000 | RW | PS)],
    [0x0e, 'the page is the interrupt range', () => rig.map(0x5000, 0xfee0_1000)],
  ])('with reason %i: %s', (expected, _why, set) => {
    expect(reason(set)).toBe(expected);
  });

  it('with reason 5 or 6 where a right is missing in any level', () => {
    expect(reason(() => rig.map(0x5000, 0x9000, R), true)).toBe(5);
    expect(reason(() => rig.write64(TABLES[3], TABLES[2] | R), true)).toBe(5);
    expect(reason(() => rig.write64(TABLES[3], TABLES[2] | W))).toBe(6);
    expect(rig.write(0x5000)).toBe(0x9000);
  });

  it('with reason 0EH when the interrupt range is read', () => {
    expect(rig.reasonOf(() => rig.read(0xfee0_0000))).toBe(0x0e);
  });

  it('with reason 4 beyond 48 bits and beyond any number', () => {
    expect(rig.reasonOf(() => rig.read(2 ** 48))).toBe(4);
    expect(rig.reasonOf(() => rig.read(2 ** 64))).toBe(4);
  });

  it('without a record where the context entry disables fault processing, present or not', () => {
    const told: number[] = [];
    rig.iommu.onFault = ({ reason: r }) => told.push(r);
    rig.setContext(DEVICE, { flags: 3 });
    flush();
    expect([rig.read(0x8000), rig.lastReason]).toEqual([-1, 0]);
    rig.setContext(DEVICE, { flags: 2 });
    flush();
    expect([rig.read(0x8000), rig.lastReason, rig.get(REGISTER.FSTS)]).toEqual([-1, 0, 0]);
    expect(told).toEqual([6, 2]);
  });
});
