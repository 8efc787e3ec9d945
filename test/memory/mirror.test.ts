import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CR0_PG, CR0_WP, CR4_PGE, CR4_PSE } from '../../src/arch/paging.ts';
import { Mirror } from '../../src/memory/mirror.ts';
import { TLB_PROFILES, type TlbProfile } from '../../src/memory/tlb.ts';
import { Random } from './random.ts';
import { A, D, EPT, EPTP, EPTP_AD, faultOf, G, makeRig, P, PD, PS, PT, type Rig, setEpt, setEptPte, U, W, WB } from './rig.ts';

const PAGES = 48;
const SIZE = PAGES * 4096;
/** Pages that linear addresses reach: a few data pages, so that programs meet themselves. */
const DATA_PAGES = 8;
const FIRST_DATA = 40;

/** One step of a random program; two machines with equal generators do the same. */
function step(rig: Rig, r: Random): unknown {
  const { mmu } = rig;
  const linear = randomLinear(r);
  const value = r.next();
  const which = r.below(60) - 20;
  if (which < 20) return access(rig, r.below(11), linear, value);
  switch (which) {
    case 20:
      return mmu.invlpg(linear);
    case 21:
      return r.oneIn(6) ? mmu.flushAll(r.oneIn(2)) : 0;
    case 22:
      return r.oneIn(6) ? mmu.invvpid(r.below(4), r.below(3), linear) : 0;
    case 23:
      return r.oneIn(6) ? mmu.invept(1 + r.below(2), EPT.PML4, 0) : 0;
    case 24:
      return r.oneIn(6) ? mmu.flushVpid0() : 0;
    case 25:
    case 26:
      return changeContext(rig, r);
    case 27:
    case 28:
      return mmu.setPrivilege(r.oneIn(2));
    case 29:
    case 30:
      return markCode(rig, FIRST_DATA + r.below(DATA_PAGES));
    case 31:
      rig.physical.dirty.fill(0);
      return mmu.dropWriteMirror();
    case 32:
    case 33:
      return editEpt(rig, r);
    case 34:
      return rig.bus.write32(PD + 4, r.oneIn(2) ? PT | randomFlags(r) : PS | randomFlags(r));
    default:
      return rig.bus.write32(PT + 4 * r.below(6), ((FIRST_DATA + r.below(DATA_PAGES)) << 12) | randomFlags(r));
  }
}

/** Six pages by a page table, which is also seen at 4 MiB (where the directory entry becomes a 4-MiB page now and then). */
function randomLinear(r: Random): number {
  return (r.below(2) << 22) | (r.below(6) << 12) | (r.oneIn(4) ? 0xff8 + r.below(8) : 4 * r.below(8));
}

function randomFlags(r: Random): number {
  const flags = (r.oneIn(12) ? 0 : P) | (r.oneIn(4) ? 0 : W) | (r.oneIn(4) ? 0 : U);
  return flags | (r.oneIn(2) ? A : 0) | (r.oneIn(3) ? D : 0) | (r.oneIn(2) ? G : 0);
}

function editEpt(rig: Rig, r: Random): void {
  const rights = r.oneIn(4) ? r.pick([0, 1, 3, 4, 5]) : 7;
  setEptPte(rig, (FIRST_DATA + r.below(DATA_PAGES)) << 12, ((FIRST_DATA + r.below(DATA_PAGES)) << 12) | WB | rights);
}

function access(rig: Rig, which: number, linear: number, value: number): unknown {
  const { mmu } = rig;
  const actions = [
    () => mmu.read8(linear),
    () => mmu.read16(linear),
    () => mmu.read32(linear),
    () => mmu.write8(linear, value),
    () => mmu.write16(linear, value),
    () => mmu.write32(linear, value),
    () => mmu.fetch8(linear),
    () => mmu.fetchPage(linear),
    () => [mmu.readSystem8(linear), mmu.readSystem16(linear), mmu.readSystem32(linear)],
    () => [mmu.writeSystem8(linear, value), mmu.writeSystem32(linear, value)],
    () => [mmu.probeWrite(linear, 1 + (value & 31)), mmu.probeRead(linear, 4)],
  ];
  return actions[which]();
}

function changeContext({ mmu }: Rig, r: Random): void {
  const isNested = r.oneIn(2);
  if (r.oneIn(3)) mmu.setNested(isNested, r.oneIn(2) ? EPTP_AD : EPTP, 0, r.below(3));
  else mmu.setPaging((r.oneIn(6) ? 0 : CR0_PG) | (r.oneIn(2) ? CR0_WP : 0), PD, CR4_PSE | (r.oneIn(2) ? CR4_PGE : 0));
}

function markCode(rig: Rig, page: number): void {
  rig.physical.code[page] = 1;
  rig.mmu.dropPage(page);
}

/** A machine with sane tables, and the list of what its callbacks saw. */
function machine(seed: number, profile: TlbProfile): { rig: Rig; seen: number[]; r: Random } {
  const rig = makeRig(profile, SIZE);
  const r = new Random(seed);
  const seen: number[] = [];
  rig.physical.onCodeWrite = (page, at) => {
    seen.push(page);
    if ((at & 4) !== 0) markCode(rig, page);
  };
  // A device in the middle of what the tables reach.
  rig.bus.mapMmio(FIRST_DATA << 12, 0x800, { read: (offset, size) => offset * size, write: (offset) => seen.push(-offset) });
  setEpt(rig);
  rig.bus.write32(PD, PT | P | W | U);
  rig.bus.write32(PD + 4, PT | P | W | U);
  for (let i = 0; i < 6; i++) rig.bus.write32(PT + 4 * i, ((FIRST_DATA + r.below(DATA_PAGES)) << 12) | randomFlags(r));
  rig.mmu.setPaging(CR0_PG, PD, CR4_PSE);
  return { rig, seen, r };
}

function runBoth(seed: number, profile: TlbProfile): void {
  const fast = machine(seed, profile);
  const slow = machine(seed, profile);
  slow.rig.mmu.isMirroring = false;
  for (let i = 0; i < 600; i++) {
    let results: unknown[] = [];
    const faults = [fast, slow].map(({ rig, r }) => faultOf(() => (results = [...results, step(rig, r)])));
    if (!isDeepStrictEqual(faults[0], faults[1])) expect(faults[0], `fault of step ${i}`).toEqual(faults[1]);
    if (!isDeepStrictEqual(results[0], results[1])) expect(results[0], `result of step ${i}`).toEqual(results[1]);
    if (i % 25 !== 0) continue;
    expectEqualBytes(fast.rig.tlb.bytes, slow.rig.tlb.bytes, `TLB after step ${i}`);
    expectEqualBytes(fast.rig.physical.ram8, slow.rig.physical.ram8, `memory after step ${i}`);
    expectEqualBytes(fast.rig.physical.dirty, slow.rig.physical.dirty, `dirty marks after step ${i}`);
    expectEqualBytes(fast.rig.physical.code, slow.rig.physical.code, `code marks after step ${i}`);
  }
  expect(fast.seen).toEqual(slow.seen);
}

function expectEqualBytes(a: Uint8Array, b: Uint8Array, what: string): void {
  if (Buffer.compare(a, b) !== 0) expect([...a], what).toEqual([...b]);
}

describe('the mirrors change nothing but speed', () => {
  it.each(Object.entries({ ...TLB_PROFILES, tiny: { sets: 1, ways: 2 } }))(
    'random programs end alike with and without them: %s TLB',
    (_name, profile) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 0x7fff_ffff }), (seed) => runBoth(seed, profile)),
        { numRuns: Number(process.env['PROGRAMS'] ?? 30), seed: 2 },
      );
    },
  );
});

describe('a mirror', () => {
  const isMiss = (mirror: Mirror, linear: number): boolean => (linear ^ mirror.table[linear >>> 12]) < 0;

  it('misses everywhere at first, below and above 2 GiB', () => {
    const mirror = new Mirror();
    for (const linear of [0, 0x7ffff000, 0x80000000, 0xfffff000]) expect(isMiss(mirror, linear)).toBe(true);
  });

  it('gives the offset of a page it was told, and misses again once it is dropped', () => {
    const mirror = new Mirror();
    for (const linear of [0x1234, 0xc0001234]) {
      mirror.set(linear, 0x9000);
      expect(linear ^ mirror.table[linear >>> 12]).toBe(0x9234);
      mirror.drop(linear);
      expect(isMiss(mirror, linear)).toBe(true);
    }
  });

  it('drops a range, a host page, everything', () => {
    const mirror = new Mirror();
    const fill = (): void => [0x3ff000, 0x400000, 0x7ff000, 0x800000].forEach((linear, i) => mirror.set(linear, i << 12));
    const misses = (): boolean[] => [0x3ff000, 0x400000, 0x7ff000, 0x800000].map((linear) => isMiss(mirror, linear));
    fill();
    mirror.dropRange(0x512345, 22);
    expect(misses()).toEqual([false, true, true, false]);
    fill();
    mirror.dropHost(0x2000);
    expect(misses()).toEqual([false, false, true, false]);
    mirror.clear();
    expect(misses()).toEqual([true, true, true, true]);
  });

  it('forgets all rather than lose count of what it holds', () => {
    const mirror = new Mirror();
    for (let page = 0; page < 20000; page++) mirror.set(page << 12, 0);
    mirror.clear();
    for (let page = 0; page < 20000; page++) if (!isMiss(mirror, page << 12)) expect.fail(`page ${page} is still there`);
  });
});
