import { describe, expect, it } from 'vitest';
import { type TlbEntryView, tlbEntries } from '../../src/memory/tlb-view.ts';
import { PAGE_FAULT, READ } from '../../src/memory/tables.ts';
import { Fault } from '../../src/memory/fault.ts';
import { FLUSH_SCOPES, TRACE_KIND } from '../../src/trace/schema.ts';
import { Random } from './random.ts';
import {
  A,
  CR0_PROTECTED,
  CR4,
  D,
  EPT,
  EPTP,
  faultOf,
  G,
  makePaged,
  makeRig,
  P,
  PD,
  PS,
  pageFault,
  pte,
  type Rig,
  setEpt,
  setEptPte,
  setPte,
} from './rig.ts';
import { PT, U, W, WB, write64 } from './rig.ts';

const entries = (rig: Rig): readonly TlbEntryView[] => tlbEntries(rig.tlb.words, rig.tlb.sets, rig.tlb.ways);
const RWU = P | W | U;

/** A paged machine whose linear page 0x5000 was at 0x9000 when it was last used, and is at 0xA000 by the tables now. */
function makeStale(flags = RWU | D): Rig {
  const rig = makePaged();
  rig.bus.write8(0x9000, 0x99);
  rig.bus.write8(0xa000, 0xaa);
  setPte(rig, 0x5000, 0x9000 | flags);
  rig.mmu.read8(0x5000);
  setPte(rig, 0x5000, 0xa000 | flags);
  return rig;
}

describe('a stale entry', () => {
  it('is used until INVLPG', () => {
    const { mmu } = makeStale();
    expect(mmu.read8(0x5000) & 0xff).toBe(0x99);
    mmu.invlpg(0x5fff);
    expect(mmu.read8(0x5000) & 0xff).toBe(0xaa);
  });

  it('is used until MOV to CR3, whatever the new tables say', () => {
    const { mmu } = makeStale();
    mmu.setPaging(CR0_PROTECTED, 0x1f000, CR4);
    expect(mmu.read8(0x5000) & 0xff).toBe(0x99);
    mmu.flushAll(false);
    expect(faultOf(() => mmu.read8(0x5000))).toEqual(pageFault(0x5000, 0));
  });

  it('outlives MOV to CR3 if it is global, with CR4.PGE only', () => {
    for (const [cr4, expected] of [
      [CR4, 0x99],
      [CR4 & ~0x80, 0xaa],
    ] as const) {
      const rig = makePaged();
      rig.bus.write8(0x9000, 0x99);
      rig.bus.write8(0xa000, 0xaa);
      rig.mmu.setPaging(CR0_PROTECTED, PD, cr4);
      setPte(rig, 0x5000, 0x9000 | RWU | G);
      rig.mmu.read8(0x5000);
      setPte(rig, 0x5000, 0xa000 | RWU | G);
      rig.mmu.flushAll(false);
      expect(rig.mmu.read8(0x5000) & 0xff).toBe(expected);
    }
  });

  it('still allows a store that the tables forbid now', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.mmu.write8(0x5000, 1);
    setPte(rig, 0x5000, 0x9000 | P | U);
    rig.mmu.write8(0x5000, 2);
    expect(rig.bus.read8(0x9000)).toBe(2);
    expect(pte(rig, 0x5000)).toBe(0x9000 | P | U);
  });

  it('never refuses: more rights in the tables hold at once', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | P | U);
    rig.mmu.read8(0x5000);
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.mmu.write8(0x5000, 7);
    expect(rig.bus.read8(0x9000)).toBe(7);
  });

  it('gives way to the tables when a store finds its D flag clear', () => {
    const rig = makeStale(RWU);
    rig.mmu.write8(0x5000, 7);
    expect(rig.bus.read8(0x9000)).toBe(0x99);
    expect(rig.bus.read8(0xa000)).toBe(7);
    expect(rig.mmu.read8(0x5000)).toBe(7);
    expect(entries(rig)).toHaveLength(1);
  });

  it('of the data half says nothing to instruction fetches, nor the other way round', () => {
    const { mmu } = makeStale();
    expect(mmu.fetch8(0x5000)).toBe(0xaa);
    expect(mmu.read8(0x5000) & 0xff).toBe(0x99);
  });

  it('is dropped from both halves by a #PF at its address', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | P | U | D);
    rig.mmu.read8(0x5000);
    rig.mmu.fetch8(0x5000);
    expect(entries(rig)).toHaveLength(2);
    expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toEqual(pageFault(0x5000, 3));
    expect(entries(rig)).toHaveLength(0);
  });
});

describe('entries', () => {
  it('keep A and D of the tables: a page read and written is walked twice, then never', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.mmu.read8(0x5000);
    expect(pte(rig, 0x5000)).toBe(0x9000 | RWU | A);
    rig.mmu.write8(0x5000, 1);
    expect(pte(rig, 0x5000)).toBe(0x9000 | RWU | A | D);
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.mmu.write8(0x5000, 2);
    expect(pte(rig, 0x5000)).toBe(0x9000 | RWU);
  });

  it('cover 4 MiB for a large page', () => {
    const rig = makeRig(undefined, 0x800000);
    rig.bus.write32(PD + 4, 0x400000 | PS | RWU);
    rig.mmu.setPaging(CR0_PROTECTED, PD, CR4);
    rig.mmu.read8(0x412345);
    rig.mmu.read8(0x7ff000);
    expect(entries(rig)).toMatchObject([{ half: 'data', kind: 'linear', linear: 0x400000, host: 0x400000, size: 0x400000, ept: null }]);
  });

  it('cover the smaller of the guest’s and the EPT’s page', () => {
    const rig = makeRig(undefined, 0x800000);
    rig.bus.write32(PD, PS | RWU);
    setEpt(rig);
    write64(rig, EPT.PD, PS | WB | 7);
    write64(rig, EPT.PD + 8, 0x200000 | PS | WB | 7);
    rig.mmu.setNested(true, EPTP, 0, 3);
    rig.mmu.setPaging(CR0_PROTECTED, PD, CR4);
    rig.mmu.read8(0x301234);
    expect(entries(rig)).toMatchObject([{ kind: 'combined', vpid: 3, ep4ta: EPT.PML4, linear: 0x200000, host: 0x200000, size: 0x200000 }]);
    rig.mmu.flushAll(true);
    write64(rig, EPT.PDPT, PS | WB | 7);
    rig.mmu.read8(0x301234);
    expect(entries(rig)).toMatchObject([{ linear: 0, host: 0, size: 0x400000 }]);
  });

  it('of another VPID or EPTP are not used, and are there again when it returns', () => {
    const rig = makeStale();
    rig.mmu.setNested(false, 0, 0, 1);
    expect(rig.mmu.read8(0x5000) & 0xff).toBe(0xaa);
    rig.mmu.setNested(false, 0, 0, 0);
    expect(rig.mmu.read8(0x5000) & 0xff).toBe(0x99);
  });

  it('made without EPT are not used under it', () => {
    const rig = makeStale();
    setEpt(rig);
    rig.mmu.setNested(true, EPTP, 0, 0);
    expect(rig.mmu.read8(0x5000) & 0xff).toBe(0xaa);
    rig.mmu.setNested(false, 0, 0, 0);
    expect(rig.mmu.read8(0x5000) & 0xff).toBe(0x99);
  });

  it('under EPT stay when the EPT changes, until INVEPT', () => {
    const rig = makePaged();
    setEpt(rig);
    rig.bus.write8(0x9000, 0x99);
    rig.bus.write8(0xa000, 0xaa);
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.mmu.setNested(true, EPTP, 0, 1);
    rig.mmu.read8(0x5000);
    setEptPte(rig, 0x9000, 0xa000 | WB | 7);
    expect(rig.mmu.read8(0x5000) & 0xff).toBe(0x99);
    rig.mmu.invlpg(0x9000);
    expect(rig.mmu.read8(0x5000) & 0xff).toBe(0x99);
    rig.mmu.invept(1, EPTP, 0);
    expect(rig.mmu.read8(0x5000) & 0xff).toBe(0xaa);
  });

  it('are not made by accesses that fault', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | P | U);
    faultOf(() => rig.mmu.write8(0x5000, 1));
    faultOf(() => rig.mmu.read8(0x6000));
    expect(entries(rig)).toEqual([]);
  });

  it('are not made with neither paging nor EPT', () => {
    const rig = makeRig();
    rig.mmu.read8(0x5000);
    expect(entries(rig)).toEqual([]);
  });
});

describe('a full set', () => {
  const profile = { sets: 1, ways: 2 };
  const lines = (rig: Rig): readonly number[] => entries(rig).map((e) => e.linear);

  function touch(rig: Rig, ...pages: number[]): void {
    for (const page of pages) rig.mmu.read8(page);
  }

  it('replaces its ways in turn, however often they were hit', () => {
    const rig = makePaged(RWU, profile);
    for (let i = 1; i < 8; i++) setPte(rig, i << 12, (i << 12) | RWU);
    touch(rig, 0x1000, 0x2000, 0x1000, 0x1000, 0x3000);
    expect(lines(rig)).toEqual([0x3000, 0x2000]);
    touch(rig, 0x3000, 0x4000);
    expect(lines(rig)).toEqual([0x3000, 0x4000]);
    touch(rig, 0x5000);
    expect(lines(rig)).toEqual([0x5000, 0x4000]);
  });

  it('takes a free way first', () => {
    const rig = makePaged(RWU, profile);
    for (let i = 1; i < 8; i++) setPte(rig, i << 12, (i << 12) | RWU);
    touch(rig, 0x1000, 0x2000);
    rig.mmu.invlpg(0x2000);
    touch(rig, 0x3000);
    expect(lines(rig)).toEqual([0x1000, 0x3000]);
  });

  it('loses the evicted page for good: the next access walks', () => {
    const rig = makePaged(RWU, profile);
    for (let i = 1; i < 8; i++) setPte(rig, i << 12, (i << 12) | RWU);
    touch(rig, 0x1000, 0x2000, 0x3000);
    setPte(rig, 0x1000, 0);
    expect(faultOf(() => rig.mmu.read8(0x1000))).toEqual(pageFault(0x1000, 0));
  });

  it('spreads pages over sets by their number', () => {
    const rig = makePaged(RWU, { sets: 8, ways: 2 });
    for (let i = 1; i < 30; i++) setPte(rig, i << 12, (i << 12) | RWU);
    touch(rig, 0x3000, 0xb000, 0x13000, 0x4000);
    expect(entries(rig).map(({ set, way, linear }) => [set, way, linear])).toEqual([
      [3, 0, 0x13000],
      [3, 1, 0xb000],
      [4, 0, 0x4000],
    ]);
  });
});

describe('the part', () => {
  it('is its bytes: a copy of them translates alike', () => {
    const rig = makeStale();
    const { mmu, tlb } = makePaged();
    tlb.bytes.set(rig.tlb.bytes);
    tlb.rebuild();
    mmu.rebuild();
    expect(mmu.context).toEqual(rig.mmu.context);
    expect(mmu.explain(0x5000, 'read', false).tlb).toMatchObject({ use: 'hit', host: 0x9000 });
  });

  it('names all its bytes in its layout', () => {
    const { tlb } = makeRig({ sets: 8, ways: 2 });
    expect(tlb.bytes.length).toBe(tlb.layout.size);
    expect(tlb.layout.fields.map((f) => f.name)).toEqual(['instruction', 'data', 'nextInstruction', 'nextData']);
  });
});

describe('events', () => {
  const kinds = (rig: Rig): number[] => {
    const { words } = rig.trace.read(0);
    return [...words].filter((_, i) => i % 8 === 0);
  };

  it('tell of a walk, of the entry made and of what threw it out; a hit tells of nothing', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | RWU);
    for (let i = 0; i < 3; i++) rig.mmu.read8(0x5123 + i);
    rig.mmu.rebuild();
    rig.mmu.read8(0x5123);
    rig.mmu.invlpg(0x5000);
    expect(kinds(rig)).toEqual([TRACE_KIND.walk, TRACE_KIND.tlbFill, TRACE_KIND.tlbFlush]);
  });

  it('tell of a walk that was refused, which makes no entry', () => {
    const rig = makePaged();
    expect(() => rig.mmu.read8(0x5123)).toThrow();
    expect(kinds(rig)).toEqual([TRACE_KIND.walk]);
    expect([...rig.trace.read(0).words.slice(3, 8)]).toEqual([0x5123, READ, 2, PAGE_FAULT, PT + 4 * 5]);
  });

  it('name what went for want of room, whoever it belonged to, before what came', () => {
    const rig = makePaged(RWU, { sets: 8, ways: 2 });
    rig.mmu.setNested(false, 0, 0, 7);
    for (const page of [0x1000, 0x9000, 0x11000]) setPte(rig, page, (page + 0x40000) | RWU);
    rig.mmu.read8(0x1000);
    rig.mmu.read8(0x9000);
    rig.mmu.setNested(false, 0, 0, 0);
    rig.mmu.read8(0x11000);
    expect(kinds(rig).slice(-3)).toEqual([TRACE_KIND.walk, TRACE_KIND.tlbEvict, TRACE_KIND.tlbFill]);
    const [gone, came] = [-2, -1].map((n) => [...rig.trace.read(rig.trace.written + n).words.slice(3, 8)]);
    const setOfData = 8 + 1;
    expect([gone, came]).toEqual([
      [0x1000, 0x41000, 7, 0, setOfData],
      [0x11000, 0x51000, 0, 0, setOfData],
    ]);
  });

  it('tell what a fault took with it, and what an access that an entry refused made anew', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.mmu.read8(0x5000);
    rig.mmu.write8(0x5000, 1);
    setPte(rig, 0x6000, 0xa000 | P);
    rig.mmu.read8(0x6000);
    rig.mmu.setPrivilege(true);
    expect(() => rig.mmu.read8(0x6000)).toThrow();
    expect(() => rig.mmu.read8(0x6000)).toThrow();
    expect(flushes(rig)).toEqual([
      ['refilled', 0x5000, 1],
      ['page fault', 0x6000, 1],
    ]);
  });

  it('account for every entry: what came is there, or somebody has taken it', () => {
    const random = new Random(7);
    const rig = makePaged(RWU, { sets: 4, ways: 2 });
    for (let page = 0; page < 32; page++) setPte(rig, page << 12, ((page << 12) + 0x40000) | random.pick([0, P, RWU, RWU, RWU | G]));
    const acts: readonly (() => void)[] = [
      () => rig.mmu.read8(random.below(32) << 12),
      () => rig.mmu.write8(random.below(32) << 12, 1),
      () => rig.mmu.fetch8(random.below(32) << 12),
      () => rig.mmu.setPrivilege(random.oneIn(2)),
      () => rig.mmu.setNested(false, 0, 0, random.below(3)),
      () => rig.mmu.invlpg(random.below(32) << 12),
      () => (random.oneIn(8) ? rig.mmu.flushAll(random.oneIn(2)) : undefined),
      () => (random.oneIn(8) ? rig.mmu.invvpid(random.below(4), 1, random.below(32) << 12) : undefined),
    ];
    for (let i = 0; i < 340; i++) {
      try {
        random.pick(acts)();
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
      }
      rig.mmu.rebuild();
    }
    const { words } = rig.trace.read(0);
    const sum = (kind: number, of: (at: number) => number): number =>
      [...words.keys()].filter((at) => at % 8 === 0 && words[at] === kind).reduce((total, at) => total + of(at), 0);
    const came = sum(TRACE_KIND.tlbFill, () => 1);
    const gone = sum(TRACE_KIND.tlbEvict, () => 1) + sum(TRACE_KIND.tlbFlush, (at) => words[at + 7]);
    expect(came).toBeGreaterThan(60);
    expect(came - gone).toBe(tlbEntries(rig.tlb.words, rig.tlb.sets, rig.tlb.ways).length);
  });
});

/** Scope, address and count of every flush. */
function flushes(rig: Rig): readonly (readonly [string, number, number])[] {
  const { words } = rig.trace.read(0);
  const starts = [...words.keys()].filter((at) => at % 8 === 0 && words[at] === TRACE_KIND.tlbFlush);
  return starts.map((at) => [FLUSH_SCOPES[words[at + 3]], words[at + 4] >>> 0, words[at + 7]]);
}
