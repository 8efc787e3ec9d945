import { describe, expect, it } from 'vitest';
import type { Mmu } from '../../src/memory/mmu.ts';
import { EPT_R, EPT_W, EPT_X, GLOBAL, GUEST_U, GUEST_W, SIZE_SHIFT } from '../../src/memory/tlb.ts';
import { type TlbEntryView, tlbEntries } from '../../src/memory/tlb-view.ts';
import { CR0_PROTECTED, CR4, makeRig, PD, type Rig } from './rig.ts';

const ROOT_A = 0x100000;
const ROOT_B = 0x200000;
const X = 0x40_5000;
const Y = 0x80_9000;
const ALL_RIGHTS = GUEST_W | GUEST_U | EPT_R | EPT_W | EPT_X;

interface Tag {
  readonly vpid: number;
  /** 0: a linear mapping. */
  readonly root: number;
}

const TAGS: readonly Tag[] = [0, 1, 2].flatMap((vpid) => [0, ROOT_A, ROOT_B].map((root) => ({ vpid, root })));

/** A TLB with an entry for X and one for Y, global and not, in both halves, under every tag: a 4-KiB one, and a 4-MiB one of another region. */
function full(): Rig {
  const rig = makeRig({ sets: 64, ways: 64 });
  for (const { vpid, root } of TAGS) {
    rig.tlb.setContext(root !== 0, vpid, root >>> 12);
    for (const half of [0, 1] as const) {
      for (const global of [0, GLOBAL]) {
        rig.tlb.fill(half, X, 0x11, ALL_RIGHTS | global);
        rig.tlb.fill(half, Y, 0x400, ALL_RIGHTS | global | (2 << SIZE_SHIFT));
      }
    }
  }
  return rig;
}

type Op = (mmu: Mmu) => void;
type Rule = (e: TlbEntryView) => boolean;
const covers = (e: TlbEntryView, linear: number): boolean => linear >= e.linear && linear < e.linear + e.size;

const RULES: readonly [string, Op, Rule][] = [
  [
    'MOV to CR3 drops the VPID’s linear and combined mappings, but no global ones',
    (m) => m.flushAll(false),
    (e) => e.vpid === 1 && !e.isGlobal,
  ],
  ['a change of CR0.PG or CR4.PGE drops all of the VPID', (m) => m.flushAll(true), (e) => e.vpid === 1],
  ['INVLPG drops one page of the VPID, global or not, under every EPTP', (m) => m.invlpg(X + 5), (e) => e.vpid === 1 && covers(e, X)],
  ['INVLPG anywhere in a 4-MiB page drops all of it', (m) => m.invlpg(Y + 0x1f0000), (e) => e.vpid === 1 && covers(e, Y)],
  ['INVLPG of another page drops nothing', (m) => m.invlpg(X + 0x1000), () => false],
  ['INVVPID individual-address drops one page of the VPID it names', (m) => m.invvpid(0, 2, X), (e) => e.vpid === 2 && covers(e, X)],
  ['INVVPID single-context drops all of the VPID it names', (m) => m.invvpid(1, 2, 0), (e) => e.vpid === 2],
  ['INVVPID all-context drops every VPID but 0', (m) => m.invvpid(2, 0, 0), (e) => e.vpid !== 0],
  ['INVVPID single-context-retaining-globals keeps global ones', (m) => m.invvpid(3, 2, 0), (e) => e.vpid === 2 && !e.isGlobal],
  [
    'INVEPT single-context drops the combined mappings of one EPTP, of all VPIDs',
    (m) => m.invept(1, ROOT_B | 0x1e, 0),
    (e) => e.ep4ta === ROOT_B,
  ],
  ['INVEPT does not look at the EPTP’s low bits', (m) => m.invept(1, ROOT_B | 0x5e, 0), (e) => e.ep4ta === ROOT_B],
  ['INVEPT of an EPTP that differs above 4 GiB drops nothing', (m) => m.invept(1, ROOT_B | 0x1e, 1), () => false],
  ['INVEPT all-context drops all combined mappings', (m) => m.invept(2, 0, 0), (e) => e.kind === 'combined'],
  ['a VM entry or exit with VPID off drops VPID 0, under every EPTP', (m) => m.flushVpid0(), (e) => e.vpid === 0],
];

describe('what an invalidation takes, and nothing else', () => {
  it.each(RULES)('%s', (_name, op, goes) => {
    for (const isNested of [true, false]) {
      const rig = full();
      rig.mmu.setNested(isNested, ROOT_A | 0x1e, 0, 1);
      rig.mmu.setPaging(CR0_PROTECTED, PD, CR4);
      const before = tlbEntries(rig.tlb.words, rig.tlb.sets, rig.tlb.ways);
      expect(before).toHaveLength(TAGS.length * 8);
      op(rig.mmu);
      expect(tlbEntries(rig.tlb.words, rig.tlb.sets, rig.tlb.ways)).toEqual(before.filter((e) => !goes(e)));
    }
  });

  it('a second flush finds what was filled after the first', () => {
    const rig = full();
    rig.mmu.flushAll(true);
    rig.tlb.setContext(false, 0, 0);
    rig.tlb.fill(1, X, 1, ALL_RIGHTS);
    rig.mmu.flushAll(true);
    expect(tlbEntries(rig.tlb.words, rig.tlb.sets, rig.tlb.ways).filter((e) => e.vpid === 0)).toEqual([]);
  });

  it('a flush after a restore finds what was restored', () => {
    const rig = full();
    const copy = makeRig({ sets: 64, ways: 64 });
    copy.tlb.bytes.set(rig.tlb.bytes);
    copy.tlb.rebuild();
    copy.mmu.invvpid(2, 0, 0);
    copy.mmu.flushAll(true);
    expect(tlbEntries(copy.tlb.words, copy.tlb.sets, copy.tlb.ways)).toEqual([]);
  });
});
