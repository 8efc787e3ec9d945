import { beforeEach, describe, expect, it } from 'vitest';
import { explainDma } from '../../../src/devices/iommu/explain.ts';
import { CONTEXTS, DEVICE, R, REGISTER, Rig, ROOT, RW, TABLES } from './rig.ts';

let rig: Rig;
const explain = (address: number, isWrite = true, requester = DEVICE): ReturnType<typeof explainDma> =>
  explainDma(rig.iommu, { requester, address, isWrite });

beforeEach(() => {
  rig = new Rig().enable();
  rig.map(0x5000, 0x9000, R);
});

describe('an explained request', () => {
  it('goes from root to context to four levels to host memory', () => {
    const told = explain(0x5abc, false);
    expect([told.bus, told.device, told.fn, told.offset]).toEqual([0, 3, 0, 0xabc]);
    expect(told.entries.map((e) => [e.number, e.kind, e.level, e.index, e.host, e.frame, e.isLeaf])).toEqual([
      [1, 'root', 0, 0, ROOT, CONTEXTS, false],
      [2, 'context', 0, DEVICE, CONTEXTS + 16 * DEVICE, TABLES[4], false],
      [3, 'table', 4, 0, TABLES[4], TABLES[3], false],
      [4, 'table', 3, 0, TABLES[3], TABLES[2], false],
      [5, 'table', 2, 0, TABLES[2], TABLES[1], false],
      [6, 'table', 1, 5, TABLES[1] + 40, 0x9000, true],
    ]);
    expect(told.context).toMatchObject({ domain: 1, levels: 4, isPassThrough: false });
    expect([told.indices, told.outcome]).toEqual([[0, 0, 0, 5], { kind: 'ok', host: 0x9abc, target: 'ram' }]);
    expect([told.missing, told.actual]).toEqual([null, told.outcome]);
  });

  it('names the right that was missing, in the entry where it was', () => {
    expect(explain(0x5000).missing).toEqual({ entry: 6, bit: 'W', value: 0 });
    rig.write64(TABLES[3], TABLES[2] | R);
    const told = explain(0x5000);
    expect([told.missing, told.outcome]).toEqual([
      { entry: 4, bit: 'W', value: 0 },
      { kind: 'fault', reason: 5, meaning: 'no write permission', isRecorded: true },
    ]);
  });

  it.each<[string, number, () => void]>([
    ['P', 1, () => rig.write64(ROOT, 0)],
    ['P', 2, () => rig.setContext(DEVICE, { flags: 0 })],
    ['AW', 2, () => rig.setContext(DEVICE, { levels: 5 })],
    ['TT', 2, () => rig.setContext(DEVICE, { type: 3 })],
    ['reserved', 2, () => rig.setContext(DEVICE, { flags: 0x11 })],
    ['reserved', 6, () => rig.map(0x5000, 0x9000, RW | 0x800)],
  ])('names bit %s of entry %i', (bit, entry, set) => {
    set();
    expect(explain(0x5000, false).missing).toMatchObject({ entry, bit });
  });

  it('has no entry where no memory is, and no bit is to blame', () => {
    rig.setContext(DEVICE, { table: 0x4000_0000 });
    const told = explain(0x5000);
    expect([told.entries.at(-1)?.words, told.missing, told.outcome]).toMatchObject([null, null, { reason: 3 }]);
  });

  it('is off, passes through, or is a message', () => {
    expect(explain(0xfee0_0000).outcome).toEqual({ kind: 'message' });
    rig.setContext(DEVICE, { type: 2 });
    expect(explain(0x8000_0000).outcome).toEqual({ kind: 'passThrough', host: 0x8000_0000, target: 'open' });
    rig.set(REGISTER.GCMD, 0);
    expect(explain(0x1234)).toMatchObject({ outcome: { kind: 'off', host: 0x1234 }, entries: [], context: null });
  });

  it('says what the caches believe instead, and that it is stale', () => {
    expect(explain(0x5000, false).caches).toEqual({ context: null, translation: null });
    rig.read(0x5000);
    expect(explain(0x5000, false).caches).toMatchObject({
      context: { isStale: false },
      translation: { isStale: false, entry: { page: 9, shift: 12 } },
    });
    rig.map(0x5000, 0xb000);
    const told = explain(0x5004, false);
    expect([told.outcome, told.actual]).toMatchObject([{ host: 0xb004 }, { host: 0x9004 }]);
    expect(told.caches).toMatchObject({ context: { isStale: false }, translation: { isStale: true } });
    rig.setContext(DEVICE, { flags: 0 });
    expect(explain(0x5004, false)).toMatchObject({
      outcome: { reason: 2 },
      actual: { host: 0x9004 },
      caches: { context: { isStale: true } },
    });
  });

  it('says whether a fault would be recorded', () => {
    rig.setContext(DEVICE, { flags: 3 });
    expect(explain(0x5000).outcome).toMatchObject({ isRecorded: false });
  });
});
