import { describe, expect, it } from 'vitest';
import { EPT_A, EPT_D } from '../../src/arch/ept.ts';
import { tlbEntries } from '../../src/memory/tlb-view.ts';
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
  makeRig,
  P,
  PD,
  PS,
  PT,
  pageFault,
  type Rig,
  setEpt,
  setEptPte,
  U,
} from './rig.ts';
import { W, WB, write64 } from './rig.ts';

const RWU = P | W | U;
const RWX = WB | 7;

/** A guest under EPT: guest-physical 0 to 2 MiB is host 0 to 2 MiB, linear 0 to 4 MiB is guest-physical 0 to 4 MiB by 4-KiB pages. */
function makeGuest(eptp = EPTP, isPaged = true): Rig {
  const rig = makeRig();
  setEpt(rig);
  rig.bus.write32(PD, PT | RWU);
  for (let i = 0; i < 1024; i++) rig.bus.write32(PT + 4 * i, (i << 12) | RWU);
  rig.mmu.setNested(true, eptp, 0, 1);
  rig.mmu.setPaging(isPaged ? CR0_PROTECTED : 1, PD, CR4);
  return rig;
}

function low(rig: Rig, table: number, index: number): number {
  return rig.bus.read32(table + 8 * index);
}

describe('an EPT violation', () => {
  it.each([
    // Rights of the page; then the qualification of a read, a write and a fetch, null where allowed.
    [0, 0x181, 0x182, 0x184],
    [1, null, 0x18a, 0x18c],
    [3, null, null, 0x19c],
    [4, 0x1a1, 0x1a2, null],
    [5, null, 0x1aa, null],
    [7, null, null, null],
  ])('with rights %i has the qualification of the access and of what was allowed', (rights, read, write, fetch) => {
    const { mmu } = ((rig) => (setEptPte(rig, 0x5000, rights === 0 ? 0 : 0x5000 | WB | rights), rig))(makeGuest());
    const expected = (qualification: number | null): object | null =>
      qualification === null ? null : { qualification, linear: 0x5123, physical: 0x5123 };
    expect(faultOf(() => mmu.read8(0x5123))).toEqual(expected(read));
    expect(faultOf(() => mmu.write8(0x5123, 1))).toEqual(expected(write));
    expect(faultOf(() => mmu.fetch8(0x5123))).toEqual(expected(fetch));
  });

  it('ANDs the rights over all levels', () => {
    const rig = makeGuest(EPTP, false);
    write64(rig, EPT.PML4, EPT.PDPT | 5);
    write64(rig, EPT.PDPT, EPT.PD | 3);
    expect(faultOf(() => rig.mmu.fetch8(0x5000))).toMatchObject({ qualification: 0x18c });
  });

  it('of a guest table has bit 8 clear, the entry’s address, and the access’s linear address', () => {
    const rig = makeGuest();
    setEptPte(rig, PT, 0);
    expect(faultOf(() => rig.mmu.write8(0x5123, 1))).toEqual({ qualification: 0x81, linear: 0x5123, physical: PT + 4 * 5 });
    setEptPte(rig, PD, PD | WB | 4);
    expect(faultOf(() => rig.mmu.fetch8(0x5123))).toEqual({ qualification: 0xa1, linear: 0x5123, physical: PD });
  });

  it('of a guest table is a write where A must be set there, and none where it stands', () => {
    const rig = makeGuest();
    setEptPte(rig, PD, PD | WB | 1);
    expect(faultOf(() => rig.mmu.read8(0x5123))).toEqual({ qualification: 0x8a, linear: 0x5123, physical: PD });
    rig.bus.write32(PD, PT | RWU | A);
    expect(faultOf(() => rig.mmu.read8(0x5123))).toBeNull();
  });

  it('of a read-only page table comes when D must be set, with D still clear', () => {
    const rig = makeGuest();
    setEptPte(rig, PT, PT | WB | 1);
    rig.bus.write32(PT + 4 * 5, 0x5000 | RWU | A);
    expect(faultOf(() => rig.mmu.read8(0x5000))).toBeNull();
    expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toEqual({ qualification: 0x8a, linear: 0x5000, physical: PT + 4 * 5 });
    expect(rig.bus.read32(PT + 4 * 5)).toBe(0x5000 | RWU | A);
  });

  it('comes after the guest’s own #PF, and after the guest’s A and D', () => {
    const rig = makeGuest();
    setEptPte(rig, 0x5000, 0);
    rig.bus.write32(PT + 4 * 5, 0x5000 | P | U);
    expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toEqual(pageFault(0x5000, 3));
    expect(rig.bus.read32(PD)).toBe(PT | RWU);
    rig.bus.write32(PT + 4 * 5, 0x5000 | RWU);
    expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toMatchObject({ qualification: 0x182 });
    expect([rig.bus.read32(PD), rig.bus.read32(PT + 4 * 5)]).toEqual([PT | RWU | A, 0x5000 | RWU | A | D]);
  });

  it('of an access over two pages names the first byte of the second', () => {
    const rig = makeGuest();
    setEptPte(rig, 0x6000, 0x6000 | WB | 1);
    expect(faultOf(() => rig.mmu.write32(0x5ffe, 1))).toEqual({ qualification: 0x18a, linear: 0x6000, physical: 0x6000 });
  });

  it('without guest paging still has a linear address', () => {
    const rig = makeGuest(EPTP, false);
    expect(faultOf(() => rig.mmu.read8(0x5123))).toBeNull();
    expect(faultOf(() => rig.mmu.read8(0x312345))).toEqual({ qualification: 0x181, linear: 0x312345, physical: 0x312345 });
  });

  it('drops the entry it came from, so that a repaired EPT needs no INVEPT', () => {
    const rig = makeGuest();
    setEptPte(rig, 0x5000, 0x5000 | WB | 1);
    rig.mmu.read8(0x5000);
    faultOf(() => rig.mmu.write8(0x5000, 1));
    setEptPte(rig, 0x5000, 0x7000 | RWX);
    rig.mmu.write8(0x5000, 9);
    expect([rig.bus.read8(0x7000), rig.mmu.read8(0x5000)]).toEqual([9, 9]);
  });
});

describe('what an EPT violation drops', () => {
  it('is the address under the present VPID and EPTP, not under another', () => {
    const rig = makeGuest();
    rig.mmu.read8(0x5000);
    rig.mmu.setNested(true, EPTP, 0, 2);
    rig.mmu.read8(0x5000);
    // Another root over the same tables.
    write64(rig, 0x30000, EPT.PDPT | 5);
    rig.mmu.setNested(true, 0x30000 | 0x1e, 0, 1);
    rig.bus.write32(PD, PT | RWU | A);
    rig.mmu.read8(0x5000);
    rig.mmu.fetch8(0x5000);
    expect(tlbEntries(rig.tlb.words, rig.tlb.sets, rig.tlb.ways)).toHaveLength(4);
    expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toMatchObject({ qualification: 0xaa });
    const left = tlbEntries(rig.tlb.words, rig.tlb.sets, rig.tlb.ways).map(({ vpid, ep4ta }) => [vpid, ep4ta]);
    expect(left).toEqual([
      [1, EPT.PML4],
      [2, EPT.PML4],
    ]);
  });
});

describe('an EPT misconfiguration', () => {
  const broken = { misconfiguration: true, physical: 0x5123 };

  it.each([
    ['write without read', 0x5000 | WB | 2, 0],
    ['write and execute without read', 0x5000 | WB | 6, 0],
    ['memory type 2', 0x5000 | (2 << 3) | 7, 0],
    ['memory type 3', 0x5000 | (3 << 3) | 7, 0],
    ['memory type 7', 0x5000 | (7 << 3) | 7, 0],
    ['an address above 36 bits', 0x5000 | RWX, 0x10],
    ['address bit 51', 0x5000 | RWX, 0x80000],
  ])('is a PTE with %s', (_name, entry, high) => {
    const rig = makeGuest();
    setEptPte(rig, 0x5000, entry, high);
    expect(faultOf(() => rig.mmu.read8(0x5123))).toEqual(broken);
  });

  it.each([
    ['PML4E', EPT.PML4, EPT.PDPT, [3, 4, 5, 6, 7]],
    ['PDPTE', EPT.PDPT, EPT.PD, [3, 4, 5, 6]],
    ['PDE', EPT.PD, EPT.PT, [3, 4, 5, 6]],
  ] as const)('is a %s with a reserved bit', (_name, table, next, bits) => {
    for (const bit of bits) {
      const rig = makeGuest(EPTP, false);
      write64(rig, table, next | 7 | (1 << bit));
      expect(
        faultOf(() => rig.mmu.read8(0x5123)),
        `bit ${bit}`,
      ).toEqual(broken);
    }
  });

  it.each([
    ['1-GiB', EPT.PDPT, 12, 29],
    ['2-MiB', EPT.PD, 12, 20],
  ])('is a %s page off its boundary', (_name, table, from, to) => {
    for (let bit = from; bit <= to; bit++) {
      const rig = makeGuest(EPTP, false);
      write64(rig, table, PS | RWX | (1 << bit));
      expect(
        faultOf(() => rig.mmu.read8(0x5123)),
        `bit ${bit}`,
      ).toEqual(broken);
    }
  });

  it('is not made of ignored bits, nor of an entry that is not present', () => {
    const rig = makeGuest(EPTP, false);
    setEptPte(rig, 0x5000, 0x5000 | RWX | 0xf80, 0xfff00000 | 0);
    expect(faultOf(() => rig.mmu.read8(0x5123))).toBeNull();
    setEptPte(rig, 0x6000, -8, -1);
    expect(faultOf(() => rig.mmu.read8(0x6000))).toMatchObject({ qualification: 0x181 });
  });

  it('of a lower level wins over rights missing above it', () => {
    const rig = makeGuest(EPTP, false);
    write64(rig, EPT.PML4, EPT.PDPT | 1);
    setEptPte(rig, 0x5000, 0x5000 | WB | 2);
    expect(faultOf(() => rig.mmu.write8(0x5123, 1))).toEqual(broken);
  });

  it('is where the tables lie beyond memory: open bus is all ones', () => {
    const rig = makeGuest(EPTP, false);
    write64(rig, EPT.PD, 7, 1);
    expect(faultOf(() => rig.mmu.read8(0x5123))).toEqual(broken);
  });
});

describe('EPT pages', () => {
  it('of 2 MiB and 1 GiB map their whole region', () => {
    const rig = makeGuest(EPTP, false);
    write64(rig, EPT.PD + 8, PS | RWX);
    rig.bus.write8(0x12345, 0x11);
    expect(rig.mmu.read8(0x212345)).toBe(0x11);
    write64(rig, EPT.PDPT + 8, PS | RWX);
    expect(rig.mmu.read8(0x40012345)).toBe(0x11);
  });

  it('above 4 GiB are open bus', () => {
    const rig = makeGuest(EPTP, false);
    setEptPte(rig, 0x5000, 0x5000 | RWX, 1);
    rig.mmu.write32(0x5000, 1);
    rig.mmu.write32(0x5ffe, 1);
    expect([rig.mmu.read32(0x5000), rig.mmu.read32(0x4ffe) >>> 16, rig.mmu.fetch8(0x5000), rig.bus.read32(0x5000)]).toEqual([
      -1, 0xffff, 0xff, 0,
    ]);
  });
});

describe('EPT accessed and dirty flags', () => {
  it('stay alone without EPTP bit 6', () => {
    const rig = makeGuest();
    rig.mmu.write8(0x5000, 1);
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | RWX);
    expect(low(rig, EPT.PML4, 0)).toBe(EPT.PDPT | 7);
  });

  it('are set on the way to a page that is read, D with the first write', () => {
    const rig = makeGuest(EPTP_AD);
    rig.mmu.read8(0x5000);
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | RWX | EPT_A);
    for (const [table, next] of [
      [EPT.PML4, EPT.PDPT],
      [EPT.PDPT, EPT.PD],
      [EPT.PD, EPT.PT],
    ] as const)
      expect(low(rig, table, 0)).toBe(next | 7 | EPT_A);
    rig.mmu.write8(0x5000, 1);
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | RWX | EPT_A | EPT_D);
  });

  it('are set by the first write even where the guest’s own D stands', () => {
    const rig = makeGuest(EPTP_AD);
    rig.bus.write32(PT + 4 * 5, 0x5000 | RWU | A | D);
    rig.mmu.read8(0x5000);
    rig.mmu.write8(0x5000, 1);
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | RWX | EPT_A | EPT_D);
  });

  it('count a walk’s reading of guest tables as writing them', () => {
    const rig = makeGuest(EPTP_AD);
    rig.bus.write32(PD, PT | RWU | A);
    rig.bus.write32(PT + 4 * 5, 0x5000 | RWU | A);
    rig.mmu.read8(0x5000);
    expect(low(rig, EPT.PT, PD >> 12)).toBe(PD | RWX | EPT_A | EPT_D);
    expect(low(rig, EPT.PT, PT >> 12)).toBe(PT | RWX | EPT_A | EPT_D);
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | RWX | EPT_A);
  });

  it('make a read-only guest table a violation that reads and writes', () => {
    const rig = makeGuest(EPTP_AD);
    setEptPte(rig, PT, PT | WB | 1);
    rig.bus.write32(PT + 4 * 5, 0x5000 | RWU | A | D);
    expect(faultOf(() => rig.mmu.read8(0x5000))).toEqual({ qualification: 0x8b, linear: 0x5000, physical: PT + 4 * 5 });
  });

  it('are not set by what is refused, but stay set on the way to guest tables read before', () => {
    const rig = makeGuest(EPTP_AD);
    setEptPte(rig, 0x5000, 0x5000 | WB | 1);
    faultOf(() => rig.mmu.write8(0x5000, 1));
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | WB | 1);
    expect(low(rig, EPT.PT, PT >> 12) & EPT_D).toBe(EPT_D);
  });

  it('are set again after they were cleared and INVEPT was executed', () => {
    const rig = makeGuest(EPTP_AD);
    rig.mmu.write8(0x5000, 1);
    setEptPte(rig, 0x5000, 0x5000 | RWX);
    rig.mmu.write8(0x5000, 2);
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | RWX);
    rig.mmu.invept(2, 0, 0);
    rig.mmu.write8(0x5000, 3);
    expect(low(rig, EPT.PT, 5)).toBe(0x5000 | RWX | EPT_A | EPT_D);
  });
});

describe('guest rights under EPT', () => {
  it('both must allow a store: CR0.WP counts for the guest’s only', () => {
    const rig = makeGuest();
    rig.mmu.setPaging(CR0, PD, CR4);
    rig.bus.write32(PT + 4 * 5, 0x5000 | P);
    expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toBeNull();
    setEptPte(rig, 0x5000, 0x5000 | WB | 5);
    rig.mmu.invept(2, 0, 0);
    expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toMatchObject({ qualification: 0x1aa });
  });
});
