import { beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, REGISTER, Rig } from './rig.ts';

let rig: Rig;
const [PFO, PPF] = [1, 2];
const F = 0x8000_0000;
const record = (n: number): number[] => [0, 4, 8, 12].map((at) => rig.get(REGISTER.FRCD + 16 * n + at));
const clear = (n: number): void => rig.set(REGISTER.FRCD + 16 * n + 12, F);

beforeEach(() => {
  rig = new Rig().enable();
});

describe('a fault', () => {
  it('is recorded with page, requester, reason and direction', () => {
    rig.write(0x7_8abc);
    rig.read(0x12_3456_7000, 0x1234);
    expect(record(0)).toEqual([0x7_8000, 0, DEVICE, (F | 5) >>> 0]);
    expect(record(1)).toEqual([0x3456_7000, 0x12, 0x1234, (F | 0x4000_0001) >>> 0]);
    expect(rig.get(REGISTER.FSTS)).toBe(PPF);
  });

  it('stays until 1 is written to its F bit, and the status follows', () => {
    rig.write(0x7000);
    rig.write(0x8000);
    rig.set(REGISTER.FRCD, 0);
    rig.set(REGISTER.FSTS, PPF);
    expect([rig.get(REGISTER.FSTS), record(0)[0]]).toEqual([PPF, 0x7000]);
    clear(0);
    expect(rig.get(REGISTER.FSTS)).toBe(PPF | (1 << 8));
    clear(1);
    expect([rig.get(REGISTER.FSTS), record(1)[3]]).toEqual([0, 5]);
  });

  it('that finds its record in use is lost, as are all later ones until the overflow is cleared', () => {
    for (let i = 0; i < 9; i++) rig.write(0x1000 * i);
    expect(rig.get(REGISTER.FSTS)).toBe(PFO | PPF);
    clear(0);
    rig.write(0x10_0000);
    expect([record(0)[3] >>> 31, rig.iommu.state.lostFaults]).toEqual([0, 2]);
    rig.set(REGISTER.FSTS, PFO);
    rig.write(0x10_0000);
    expect([record(0)[0], rig.get(REGISTER.FSTS), rig.iommu.state.faults]).toEqual([0x10_0000, PPF | (1 << 8), 11]);
    expect(rig.iommu.faults.records.map((f) => f.record)).toEqual([1, 2, 3, 4, 5, 6, 7, 0]);
  });
});

describe('the fault interrupt', () => {
  beforeEach(() => {
    rig.set(REGISTER.FEADDR, 0xfee0_2000);
    rig.set(REGISTER.FEDATA, 0x51);
  });

  it('is masked after reset, pending, and sent when unmasked', () => {
    expect(rig.get(REGISTER.FECTL)).toBe(0x8000_0000);
    rig.write(0x7000);
    expect([rig.messages, rig.get(REGISTER.FECTL)]).toEqual([[], 0xc000_0000]);
    rig.set(REGISTER.FECTL, 0);
    expect([rig.messages, rig.get(REGISTER.FECTL)]).toEqual([[[0xfee0_2000, 0x51]], 0]);
  });

  it('comes for the first fault, not for those that find it unserved', () => {
    rig.set(REGISTER.FECTL, 0);
    rig.write(0x7000);
    rig.write(0x8000);
    expect(rig.messages).toHaveLength(1);
    rig.clearFaults();
    rig.write(0x9000);
    expect(rig.messages).toHaveLength(2);
  });

  it('that is pending goes when software clears every cause', () => {
    rig.write(0x7000);
    clear(0);
    expect(rig.get(REGISTER.FECTL)).toBe(0x8000_0000);
    rig.set(REGISTER.FECTL, 0);
    expect(rig.messages).toEqual([]);
  });
});
