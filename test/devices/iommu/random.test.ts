import { describe, expect, it } from 'vitest';
import { explainDma } from '../../../src/devices/iommu/explain.ts';
import { Random } from '../../memory/random.ts';
import { referenceDma } from './reference.ts';
import { QIE, REGISTER, Rig, ROOT, SRTP, TE } from './rig.ts';

const PAGES = 64;
/** Pages that hold tables: the root, four context tables, and 16 of each level. */
const CONTEXT_PAGES = [1, 2, 3, 4];
const LEVEL_PAGES = 14;

/** Mostly well-formed tables in the first 64 pages: the root at page 0, so that every kind of entry and every way to be wrong occurs. */
function fillTables(rig: Rig, r: Random): void {
  const words = rig.physical.ram32;
  const noise = r.pick([6, 30, 200]);
  const put = (index: number, low: number, high: number): void => {
    words[index] = low;
    words[index + 1] = high;
  };
  const bad = (): number => (r.oneIn(noise) ? 1 << r.below(32) : 0);
  for (let i = 0; i < 256; i++) {
    put(4 * i, ((r.pick(CONTEXT_PAGES) << 12) | (r.oneIn(noise) ? 0 : 1)) ^ (r.oneIn(4) ? bad() : 0), r.oneIn(8) ? bad() : 0);
    put(4 * i + 2, r.oneIn(20) ? bad() : 0, 0);
  }
  for (const page of CONTEXT_PAGES) {
    for (let i = 0; i < 256; i++) {
      const at = 1024 * page + 4 * i;
      const levels = r.pick([2, 3, 4, 4]);
      const table = 5 + LEVEL_PAGES * (4 - levels) + r.below(LEVEL_PAGES);
      put(
        at,
        ((table << 12) | (r.oneIn(6) ? 8 : 0) | (r.oneIn(6) ? 2 : 0) | (r.oneIn(noise) ? 0 : 1)) ^ (r.oneIn(4) ? bad() : 0),
        r.oneIn(8) ? bad() : 0,
      );
      put(at + 2, ((levels - 2) | (r.below(6) << 8)) ^ (r.oneIn(4) ? bad() : 0), r.oneIn(20) ? bad() : 0);
    }
  }
  for (let page = 5; page < PAGES; page++) {
    const level = 4 - Math.floor((page - 5) / LEVEL_PAGES);
    for (let i = 0; i < 512; i++) {
      const next = level > 1 ? 5 + LEVEL_PAGES * (5 - level) + r.below(LEVEL_PAGES) : r.below(256);
      const rights = r.oneIn(noise) ? r.below(4) : r.oneIn(8) ? r.pick([1, 2]) : 3;
      const isLarge = level > 1 && r.oneIn(12);
      const frame = r.oneIn(2 * noise)
        ? r.next() & -0x1000
        : isLarge && !r.oneIn(4)
          ? r.next() & -(2 ** (3 + 9 * Math.min(level, 3)))
          : next << 12;
      put(
        1024 * page + 2 * i,
        (frame | rights | (isLarge ? 0x80 : 0)) ^ (r.oneIn(2) ? bad() : 0),
        r.oneIn(2 * noise) ? 1 << r.below(32) : 0,
      );
    }
  }
}

function randomAddress(r: Random): number {
  const bits = r.pick([12, 21, 30, 39, 48, 48, 50]);
  const high = Math.floor(r.next() / 2 ** 5) * 2 ** 32 + r.next();
  return r.oneIn(50) ? 0xfee0_0000 + r.below(0x10_0000) : high % 2 ** bits;
}

function makeRandom(seed: number): { rig: Rig; r: Random } {
  const r = new Random(seed);
  const rig = new Rig();
  fillTables(rig, r);
  rig.set(REGISTER.RTADDR, 0, 0);
  rig.set(REGISTER.GCMD, SRTP);
  rig.set(REGISTER.GCMD, TE);
  return { rig, r };
}

describe('on random tables', () => {
  it('every translation and every fault is that of an independent walker', () => {
    const seen = new Map<number, number>();
    for (let seed = 1; seed <= 40; seed++) {
      const { rig, r } = makeRandom(seed);
      const words = new Uint32Array(rig.physical.ram8.buffer, 0, rig.physical.size / 4);
      for (let i = 0; i < 500; i++) {
        const request = { requester: r.next() & 0xffff, address: randomAddress(r), isWrite: r.oneIn(2) };
        const expected = referenceDma(words, 0, request);
        const told: number[] = [];
        rig.iommu.onFault = ({ reason }) => told.push(reason);
        // Two devices may name one domain and mean different tables; the independent walker has no caches either.
        rig.flushIotlb();
        rig.flushContexts();
        rig.clearFaults();
        const host = rig.iommu.translate(request.requester, request.address, request.isWrite);
        const actual = host >= 0 ? { host } : { reason: told[0], isSilent: rig.lastReason === 0 };
        expect({ request, ...actual }).toEqual({ request, ...expected });
        const outcome = 'reason' in expected ? expected.reason : 0;
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }
    }
    expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14]);
    expect(seen.get(0)).toBeGreaterThan(2000);
  });

  it('an explanation foretells what the unit does, caches and all, and changes nothing', () => {
    let stale = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { rig, r } = makeRandom(seed * 7);
      for (let i = 0; i < 200; i++) {
        const requester = r.below(8) * 0x101;
        const request = { requester, address: r.below(2) * 2 ** 30 + r.below(64) * 4096 + r.below(4096), isWrite: r.oneIn(2) };
        if (r.oneIn(8)) rig.physical.ram32[5 * 1024 + r.below(40 * 1024)] ^= 1 << r.below(32);
        if (r.oneIn(30)) rig.flushIotlb(2, r.below(6));
        const before = rig.iommu.bytes.slice();
        const told = explainDma(rig.iommu, request);
        expect(before.every((byte, at) => byte === rig.iommu.bytes[at])).toBe(true);
        const words = new Uint32Array(rig.physical.ram8.buffer, 0, rig.physical.size / 4);
        const byTables = referenceDma(words, 0, request);
        expect(
          'host' in told.outcome ? { host: told.outcome.host } : { reason: (told.outcome as { reason: number }).reason },
        ).toMatchObject('host' in byTables ? byTables : { reason: byTables.reason });
        const host = rig.iommu.translate(request.requester, request.address, request.isWrite);
        expect('host' in told.actual ? told.actual.host : -1).toBe(host);
        if (JSON.stringify(told.actual) === JSON.stringify(told.outcome)) continue;
        stale++;
        expect(told.caches.context?.isStale || told.caches.translation?.isStale).toBe(true);
      }
    }
    expect(stale).toBeGreaterThan(50);
  });
});

describe('random register writes', () => {
  it('never throw and never hang, whatever lies in the queue', () => {
    const rig = new Rig();
    const r = new Random(2024);
    const words = rig.physical.ram32;
    for (let i = 0; i < words.length; i++) words[i] = r.oneIn(3) ? r.pick([1, 2, 5]) | (r.next() & 0xffff_0070) : r.oneIn(2) ? 0 : r.next();
    const offsets = Object.values(REGISTER);
    for (let i = 0; i < 4000; i++) {
      const offset = r.oneIn(3) ? r.below(0x1000) & ~3 : r.pick(offsets) + 4 * r.below(2);
      // The largest queues take the most work: 32768 descriptors at one write.
      const value =
        offset === REGISTER.IQA
          ? (ROOT & r.next()) | r.below(8)
          : r.oneIn(2)
            ? r.next()
            : (r.pick([TE, SRTP, QIE, 0]) | (r.next() & 0x7_fff0)) >>> 0;
      rig.iommu.write(offset, r.oneIn(8) ? r.pick([1, 2]) : 4, value);
      expect(rig.iommu.read(offset, 4)).toBeGreaterThanOrEqual(0);
      if (r.oneIn(4)) rig.iommu.translate(r.next() & 0xffff, randomAddress(r), r.oneIn(2));
    }
    expect(rig.get(REGISTER.GCMD)).toBe(0);
  });
});
