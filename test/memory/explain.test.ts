import { describe, expect, it } from 'vitest';
import type { WalkExplanation } from '../../src/memory/explain.ts';
import {
  A,
  CR0,
  CR0_PROTECTED,
  CR4,
  D,
  EPT,
  EPTP,
  EPTP_AD,
  faultOf,
  makePaged,
  makeRig,
  P,
  PD,
  PS,
  PT,
  type Rig,
  setEpt,
  setEptPte,
  setPte,
  U,
} from './rig.ts';
import { W, WB, write64 } from './rig.ts';

const RWU = P | W | U;
const LINEAR = 0x401238;

/** The guest of the walk that everybody draws: linear 401238H is guest-physical 5238H is host 9238H. */
function makeGuest(eptp = EPTP): Rig {
  const rig = makeRig();
  setEpt(rig);
  setEptPte(rig, 0x5000, 0x9000 | WB | 7);
  rig.bus.write32(PD + 4, PT | RWU);
  rig.bus.write32(PT + 4, 0x5000 | RWU);
  rig.mmu.setNested(true, eptp, 0, 1);
  rig.mmu.setPaging(CR0_PROTECTED, PD, CR4);
  return rig;
}

const failedBits = (e: WalkExplanation): string[] =>
  e.references.flatMap((r) => r.bits.filter((b) => b.isFailed).map((b) => `${r.number}:${b.name}`));

describe('a two-level walk under EPT', () => {
  it('takes 14 references, in the order of the manual', () => {
    const { mmu } = makeGuest();
    const e = mmu.explain(LINEAR, 'read', true);
    expect(
      e.references.map((r) => `${r.number} ${r.row} ${r.dimension} ${r.level}[${r.index}] ${r.host.toString(16)} ${r.low.toString(16)}`),
    ).toEqual([
      '1 PD ept PML4[0] 20000 21007',
      '2 PD ept PDPT[0] 21000 22007',
      '3 PD ept PD[0] 22000 23007',
      '4 PD ept PT[16] 23080 10037',
      '5 PD guest PD[1] 10004 11007',
      '6 PT ept PML4[0] 20000 21007',
      '7 PT ept PDPT[0] 21000 22007',
      '8 PT ept PD[0] 22000 23007',
      '9 PT ept PT[17] 23088 11037',
      '10 PT guest PT[1] 11004 5007',
      '11 page ept PML4[0] 20000 21007',
      '12 page ept PDPT[0] 21000 22007',
      '13 page ept PD[0] 22000 23007',
      '14 page ept PT[5] 23028 9037',
    ]);
    expect(e.references.map((r) => r.sameAs)).toEqual([null, null, null, null, null, 1, 2, 3, null, null, 1, 2, 3, null]);
    expect(e).toMatchObject({
      total: 14,
      outcome: { kind: 'ok', host: 0x9238, target: 'ram' },
      missing: null,
      guestPageSize: 4096,
      eptPageSize: 4096,
    });
  });

  it('has three rows, each with its guest-physical address and where that comes from', () => {
    const e = makeGuest().mmu.explain(LINEAR, 'read', true);
    expect(e.rows).toEqual([
      { level: 'PD', base: 'CR3', index: 1, guestPhysical: PD + 4, host: PD + 4, ept: [1, 2, 3, 4], read: 5 },
      { level: 'PT', base: 'PDE', index: 1, guestPhysical: PT + 4, host: PT + 4, ept: [6, 7, 8, 9], read: 10 },
      { level: 'page', base: 'PTE', index: 0x238, guestPhysical: 0x5238, host: 0x9238, ept: [11, 12, 13, 14], read: null },
    ]);
    expect(e.fields).toEqual([
      { name: 'directory', high: 31, low: 22, value: 1 },
      { name: 'table', high: 21, low: 12, value: 1 },
      { name: 'offset', high: 11, low: 0, value: 0x238 },
    ]);
    expect(e.references[4]).toMatchObject({ guestPhysical: PD + 4, frame: PT, isLeaf: false, entry: 'PDE' });
    expect(e.references[9]).toMatchObject({ guestPhysical: PT + 4, frame: 0x5000, isLeaf: true, entry: 'PTE' });
  });

  it('stops at the EPT entry that lacks a right, and names the bit', () => {
    const rig = makeGuest();
    setEptPte(rig, 0x5000, 0x9000 | WB | 1);
    const e = rig.mmu.explain(LINEAR, 'write', false);
    expect(e.outcome).toEqual({ kind: 'eptViolation', qualification: 0x18a, guestPhysical: 0x5238, cause: 'rights' });
    expect(e.missing).toEqual({ reference: 14, bit: 'W', value: 0 });
    expect(failedBits(e)).toEqual(['14:W']);
    expect(e.references[13].bits.slice(0, 3)).toEqual([
      { name: 'R', value: 1, isNeeded: false, isFailed: false },
      { name: 'W', value: 0, isNeeded: true, isFailed: true },
      { name: 'X', value: 0, isNeeded: false, isFailed: false },
    ]);
    expect(e.rows[2]).toMatchObject({ guestPhysical: 0x5238, host: null });
  });

  it('names the upper entry where that lacks the right', () => {
    const rig = makeGuest();
    write64(rig, EPT.PD, EPT.PT | 3);
    expect(rig.mmu.explain(LINEAR, 'fetch', false).missing).toEqual({ reference: 13, bit: 'X', value: 0 });
  });

  it('that ends early counts the references it would still have made', () => {
    const rig = makeGuest();
    rig.bus.write32(PD + 4, 0);
    const e = rig.mmu.explain(LINEAR, 'read', false);
    expect([e.references.length, e.total]).toEqual([5, 14]);
    expect(e.outcome).toEqual({ kind: 'pageFault', errorCode: 0, linear: LINEAR, cause: 'not present' });
    expect(e.missing).toEqual({ reference: 5, bit: 'P', value: 0 });
    expect(e.rows.map((r) => r.guestPhysical)).toEqual([PD + 4, null, null]);
    setEptPte(rig, PD, 0);
    const first = rig.mmu.explain(LINEAR, 'read', false);
    expect([first.references.length, first.total]).toEqual([4, 14]);
    expect(first.outcome).toMatchObject({ cause: 'not present', guestPhysical: PD + 4 });
    expect(first.missing).toEqual({ reference: 4, bit: 'R', value: 0 });
  });

  it('blames the way to a table whose A flag cannot be set', () => {
    const rig = makeGuest();
    setEptPte(rig, PT, PT | WB | 5);
    const e = rig.mmu.explain(LINEAR, 'read', false);
    expect(e.outcome).toEqual({ kind: 'eptViolation', qualification: 0xaa, guestPhysical: PT + 4, cause: 'update' });
    expect(e.missing).toEqual({ reference: 9, bit: 'W', value: 0 });
  });

  it('with EPT A/D flags asks for W on the way to guest tables', () => {
    const rig = makeGuest(EPTP_AD);
    setEptPte(rig, PT, PT | WB | 5);
    const e = rig.mmu.explain(LINEAR, 'read', false);
    expect(e.outcome).toEqual({ kind: 'eptViolation', qualification: 0xab, guestPhysical: PT + 4, cause: 'rights' });
    expect(e.missing).toEqual({ reference: 9, bit: 'W', value: 0 });
  });

  it('names the broken rule of a misconfigured entry', () => {
    for (const [entry, rule, bit] of [
      [0x9000 | WB | 2, 'write without read', 'R'],
      [0x9000 | (3 << 3) | 7, 'memory type', 'type'],
    ] as const) {
      const rig = makeGuest();
      setEptPte(rig, 0x5000, entry);
      const e = rig.mmu.explain(LINEAR, 'read', false);
      expect(e.outcome).toEqual({ kind: 'eptMisconfiguration', guestPhysical: 0x5238, rule });
      expect(e.missing).toMatchObject({ reference: 14, bit });
      expect(e.references[13].frame).toBeNull();
    }
    for (const [low, high] of [
      [0x9000 | WB | 7, 0x10],
      [0x9000 | WB | 7, 0x80000],
    ] as const) {
      const rig = makeGuest();
      setEptPte(rig, 0x5000, low, high);
      expect(rig.mmu.explain(LINEAR, 'read', false).missing).toEqual({ reference: 14, bit: 'reserved', value: 1 });
    }
  });

  it('shows the flags that it would set, and in later readings that they stand', () => {
    const e = makeGuest(EPTP_AD).mmu.explain(LINEAR, 'write', false);
    const sets = Object.fromEntries(e.references.filter((r) => r.sets.length > 0).map((r) => [r.number, r.sets.join('')]));
    expect(sets).toEqual({ 1: 'A', 2: 'A', 3: 'A', 4: 'AD', 5: 'A', 9: 'AD', 10: 'AD', 14: 'AD' });
    expect(e.references[5].bits.find((b) => b.name === 'A')?.value).toBe(1);
  });
});

describe('shorter walks', () => {
  it('without EPT take 2 references, for a 4-MiB page 1', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | RWU);
    const e = rig.mmu.explain(0x5123, 'read', false);
    expect([e.references.length, e.total, e.outcome]).toEqual([2, 2, { kind: 'ok', host: 0x9123, target: 'ram' }]);
    expect(e.eptPageSize).toBeNull();
    rig.bus.write32(PD + 4, PS | RWU);
    const large = rig.mmu.explain(0x412345, 'read', false);
    expect([large.references.length, large.total, large.guestPageSize]).toEqual([1, 1, 0x400000]);
    expect(large.rows.map((r) => r.level)).toEqual(['PD', 'page']);
    expect(large.rows[1]).toMatchObject({ base: 'PDE', index: 0x12345, guestPhysical: 0x12345 });
    expect(large.fields.map((f) => f.name)).toEqual(['directory', 'offset']);
  });

  it('with a 4-MiB page under EPT take 9', () => {
    const rig = makeGuest();
    rig.bus.write32(PD + 4, PS | RWU);
    expect(rig.mmu.explain(0x412345, 'read', false)).toMatchObject({ total: 9, outcome: { kind: 'ok', host: 0x12345 } });
  });

  it('with 2-MiB EPT pages take 11, with 1-GiB ones 8', () => {
    const rig = makeGuest();
    write64(rig, EPT.PD, PS | WB | 7);
    const e = rig.mmu.explain(LINEAR, 'read', false);
    expect([e.references.length, e.total, e.eptPageSize]).toEqual([11, 11, 0x200000]);
    write64(rig, EPT.PDPT, PS | WB | 7);
    const f = rig.mmu.explain(LINEAR, 'read', false);
    expect([f.references.length, f.total, f.eptPageSize]).toEqual([8, 8, 0x40000000]);
  });

  it('with paging off take 4 under EPT, and none without', () => {
    const rig = makeGuest();
    rig.mmu.setPaging(1, 0, 0);
    const e = rig.mmu.explain(0x5123, 'read', false);
    expect([e.references.length, e.total, e.guestPageSize]).toEqual([4, 4, null]);
    expect(e.rows).toEqual([
      { level: 'page', base: 'linear', index: 0x5123, guestPhysical: 0x5123, host: 0x9123, ept: [1, 2, 3, 4], read: null },
    ]);
    rig.mmu.setNested(false, 0, 0, 0);
    const none = rig.mmu.explain(0x5123, 'read', false);
    expect([none.references.length, none.total, none.outcome]).toEqual([0, 0, { kind: 'ok', host: 0x5123, target: 'ram' }]);
    expect(none.tlb).toEqual({ half: 'data', entry: null, use: 'unused', isStale: false, host: null });
  });
});

describe('a page fault explained', () => {
  it.each([
    ['U/S', 'read', true, P | W, RWU, 5, '1:U/S'],
    ['U/S', 'fetch', true, RWU, P | W, 5, '2:U/S'],
    ['R/W', 'write', false, RWU, P | U, 3, '2:R/W'],
    ['R/W', 'write', true, P | U, P | U, 7, '1:R/W,2:R/W'],
  ] as const)('names %s of a %s (user %s)', (bit, access, isUser, directory, entry, errorCode, failed) => {
    const rig = makePaged(directory);
    setPte(rig, 0x5000, 0x9000 | entry);
    const e = rig.mmu.explain(0x5000, access, isUser);
    expect(e.outcome).toEqual({ kind: 'pageFault', errorCode, linear: 0x5000, cause: 'rights' });
    expect(e.missing?.bit).toBe(bit);
    expect(failedBits(e).join()).toBe(failed);
  });

  it('does not blame R/W for a supervisor’s store without CR0.WP', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | P);
    rig.mmu.setPaging(CR0, PD, CR4);
    const e = rig.mmu.explain(0x5000, 'write', false);
    expect([e.outcome.kind, failedBits(e)]).toEqual(['ok', []]);
  });

  it('names reserved bits', () => {
    const rig = makePaged();
    rig.bus.write32(PD + 4, 0x2000 | PS | RWU);
    const e = rig.mmu.explain(0x400000, 'read', false);
    expect(e.outcome).toMatchObject({ errorCode: 9, cause: 'reserved bit' });
    expect(e.missing).toEqual({ reference: 1, bit: 'reserved', value: 1 });
    expect(e.rows[1].guestPhysical).toBeNull();
  });
});

describe('what the TLB would answer', () => {
  it('a miss, then a hit, then a stale hit', () => {
    const rig = makeGuest();
    expect(rig.mmu.explain(LINEAR, 'read', false).tlb).toMatchObject({ use: 'miss', entry: null });
    rig.mmu.read8(LINEAR);
    expect(rig.mmu.explain(LINEAR, 'read', false).tlb).toMatchObject({
      use: 'hit',
      isStale: false,
      host: 0x9238,
      entry: { half: 'data', vpid: 1, linear: 0x401000 },
    });
    expect(rig.mmu.explain(LINEAR, 'fetch', false).tlb.use).toBe('miss');
    rig.bus.write32(PT + 4, 0x6000 | RWU | A | D);
    const stale = rig.mmu.explain(LINEAR, 'read', false);
    expect([stale.tlb.use, stale.tlb.isStale, stale.tlb.host]).toEqual(['hit', true, 0x9238]);
    expect(stale.outcome).toMatchObject({ host: 0x6238 });
  });

  it('a hit that is stale because rights changed, or because nothing is mapped any more', () => {
    const rig = makeGuest();
    rig.mmu.read8(LINEAR);
    rig.bus.write32(PT + 4, 0x5000 | P | U | A);
    expect(rig.mmu.explain(LINEAR, 'read', false).tlb).toMatchObject({ use: 'hit', isStale: true });
    rig.bus.write32(PT + 4, 0);
    expect(rig.mmu.explain(LINEAR, 'read', false).tlb).toMatchObject({ use: 'hit', isStale: true });
  });

  it('refused where a right or D is lacking', () => {
    const rig = makeGuest();
    rig.mmu.read8(LINEAR);
    expect(rig.mmu.explain(LINEAR, 'write', false).tlb).toMatchObject({ use: 'refused', isStale: false, host: null });
  });

  it('for another context, by its own tag', () => {
    const rig = makeGuest();
    rig.mmu.read8(LINEAR);
    const guest = rig.mmu.context;
    rig.mmu.setNested(false, 0, 0, 0);
    rig.mmu.setPaging(1, 0, 0);
    const request = { linear: LINEAR, access: 'read', isUser: false } as const;
    expect(rig.mmu.explainFor(guest, request).tlb.use).toBe('hit');
    expect(rig.mmu.explainFor({ ...guest, vpid: 2 }, request).tlb.use).toBe('miss');
    expect(rig.mmu.read8(0x9238)).toBe(0);
    expect(faultOf(() => rig.mmu.read8(LINEAR))).toBeNull();
  });
});

it('an explanation survives JSON, and changes no byte', () => {
  const rig = makeGuest(EPTP_AD);
  const before = rig.physical.ram8.slice();
  const tlb = rig.tlb.bytes.slice();
  const e = rig.mmu.explain(LINEAR | 0, 'write', true);
  expect(JSON.parse(JSON.stringify(e))).toEqual(e);
  expect(Buffer.compare(before, rig.physical.ram8)).toBe(0);
  expect(Buffer.compare(tlb, rig.tlb.bytes)).toBe(0);
});
