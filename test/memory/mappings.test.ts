import { describe, expect, it } from 'vitest';
import { linearMappings, type MappingRange, physicalMappings } from '../../src/memory/mappings.ts';
import {
  CR0_PROTECTED,
  CR4,
  EPT,
  EPTP,
  EPTP_AD,
  G,
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
  W,
  WB,
} from './rig.ts';
import { write64 } from './rig.ts';

const RWU = P | W | U;
const hex = (n: number | null): string => (n === null ? '-' : n.toString(16));

/** `linear+size > physical > host target rights`, one line a range. */
function lines(ranges: readonly MappingRange[]): string[] {
  return ranges.map((r) => {
    const guest = r.guest === null ? '' : ` ${r.guest.isWritable ? 'W' : '-'}${r.guest.isUser ? 'U' : '-'}${r.guest.isGlobal ? 'G' : '-'}`;
    const ept =
      r.ept === null ? '' : ` ${r.ept.R ? 'R' : '-'}${r.ept.W ? 'W' : '-'}${r.ept.X ? 'X' : '-'}${r.ept.isMisconfigured ? '!' : ''}`;
    const target = r.target ?? 'nothing';
    return `${hex(r.linear)}+${hex(r.size)} > ${hex(r.physical)} > ${hex(r.host)} ${target}${guest}${ept}${r.isCut ? ' ...' : ''}`;
  });
}

const list = (rig: Rig): string[] => lines(rig.mmu.mappings());

describe('a map of linear memory', () => {
  it('without paging is what answers where', () => {
    const rig = makeRig();
    rig.bus.mapMmio(0xa0000, 0x20000, { read: () => 0, write: () => {} });
    rig.bus.mapRom(0xffff0000, new Uint8Array(0x10000));
    expect(list(rig)).toEqual([
      '0+a0000 > 0 > 0 ram',
      'a0000+20000 > a0000 > a0000 device',
      'c0000+340000 > c0000 > c0000 ram',
      'ffff0000+10000 > ffff0000 > ffff0000 rom',
    ]);
  });

  it('joins pages that go on alike and splits where anything changes', () => {
    const rig = makePaged();
    setPte(rig, 0x1000, 0x8000 | RWU);
    setPte(rig, 0x2000, 0x9000 | RWU);
    setPte(rig, 0x3000, 0xa000 | P | W);
    setPte(rig, 0x4000, 0xb000 | P | W | G);
    setPte(rig, 0x5000, 0xd000 | P | W | G);
    setPte(rig, 0x7000, 0xe000 | P | W | G);
    setPte(rig, 0x8000, 0x80000000 | P);
    rig.bus.write32(PD + 8, PS | P);
    expect(list(rig)).toEqual([
      '1000+2000 > 8000 > 8000 ram WU-',
      '3000+1000 > a000 > a000 ram W--',
      '4000+1000 > b000 > b000 ram W-G',
      '5000+1000 > d000 > d000 ram W-G',
      '7000+1000 > e000 > e000 ram W-G',
      '8000+1000 > 80000000 > 80000000 open ---',
      '800000+400000 > 0 > 0 ram ---',
    ]);
  });

  it('tells pages of different sizes apart, and a large page’s targets', () => {
    const rig = makeRig(undefined, 0x600000);
    for (let i = 0; i < 1024; i++) rig.bus.write32(PT + 4 * i, (i << 12) | RWU);
    rig.bus.write32(PD, PT | RWU);
    rig.bus.write32(PD + 4, 0x400000 | PS | RWU);
    rig.mmu.setPaging(CR0_PROTECTED, PD, CR4);
    expect(list(rig)).toEqual([
      '0+400000 > 0 > 0 ram WU-',
      '400000+200000 > 400000 > 400000 ram WU-',
      '600000+200000 > 600000 > 600000 open WU-',
    ]);
    expect(rig.mmu.mappings().map((r) => r.pageSize)).toEqual([0x1000, 0x400000, 0x400000]);
  });

  it('under EPT shows all three spaces, and what the guest maps to nothing', () => {
    const rig = makePaged();
    setEpt(rig);
    setEptPte(rig, 0x9000, 0x7000 | WB | 5);
    setEptPte(rig, 0xa000, 0);
    setEptPte(rig, 0xb000, 0x7000 | WB | 2);
    for (let i = 0; i < 5; i++) setPte(rig, i << 12, (0x8000 + (i << 12)) | RWU);
    const marks = rig.physical.ram8.slice();
    rig.mmu.setNested(true, EPTP_AD, 0, 1);
    expect(list(rig)).toEqual([
      '0+1000 > 8000 > 8000 ram WU- RWX',
      '1000+1000 > 9000 > 7000 ram WU- R-X',
      '2000+1000 > a000 > - nothing WU- ---',
      '3000+1000 > b000 > - nothing WU- ---!',
      '4000+1000 > c000 > c000 ram WU- RWX',
    ]);
    expect(Buffer.compare(marks, rig.physical.ram8)).toBe(0);
  });

  it('is empty where the directory cannot be reached', () => {
    const rig = makePaged();
    rig.mmu.setNested(true, 0x3ff000 | 0x1e, 0, 1);
    expect(list(rig)).toEqual([]);
  });

  it('stops at its bounds and says so', () => {
    const rig = makePaged();
    for (let i = 0; i < 1024; i += 2) setPte(rig, i << 12, 0x8000 | RWU);
    const few = linearMappings(rig.bus, rig.mmu.context, { ranges: 3, walks: 10000 });
    expect(lines(few)).toEqual(['0+1000 > 8000 > 8000 ram WU-', '2000+1000 > 8000 > 8000 ram WU-', '4000+1000 > 8000 > 8000 ram WU- ...']);
    const short = linearMappings(rig.bus, rig.mmu.context, { ranges: 100, walks: 3 });
    expect(lines(short)).toEqual(['0+1000 > 8000 > 8000 ram WU-', '2000+1000 > 8000 > 8000 ram WU- ...']);
    const all = linearMappings(rig.bus, rig.mmu.context, { ranges: 512, walks: 10000 });
    expect([all.length, all.some((r) => r.isCut)]).toEqual([512, false]);
  });
});

describe('a map of guest-physical memory', () => {
  it('lists what the EPT maps, with its rights and page sizes', () => {
    const rig = makeRig();
    for (const [at, low] of [
      [EPT.PML4, EPT.PDPT | 7],
      [EPT.PDPT, EPT.PD | 7],
      [EPT.PD, EPT.PT | 7],
    ] as const)
      write64(rig, at, low);
    setEptPte(rig, 0x1000, 0x5000 | WB | 7);
    setEptPte(rig, 0x2000, 0x6000 | WB | 7);
    setEptPte(rig, 0x3000, 0x7000 | WB | 1);
    setEptPte(rig, 0x4000, 0x8000 | WB | 2);
    write64(rig, EPT.PD + 8, 0x200000 | PS | WB | 4);
    write64(rig, EPT.PDPT + 24, PS | WB | 7, 2);
    const ranges = physicalMappings(rig.bus, { low: EPTP, high: 0 });
    expect(lines(ranges)).toEqual([
      '-+2000 > 1000 > 5000 ram RWX',
      '-+1000 > 3000 > 7000 ram R--',
      '-+1000 > 4000 > - nothing ---!',
      '-+200000 > 200000 > 200000 ram --X',
      '-+40000000 > c0000000 > 200000000 open RWX',
    ]);
    expect(ranges.map((r) => r.pageSize)).toEqual([0x1000, 0x1000, null, 0x200000, 0x40000000]);
    expect(rig.mmu.eptMappings(EPTP, 0)).toEqual(ranges);
  });
});

describe('peeking', () => {
  it('reads through the tables, gives null where nothing is, and asks no device', () => {
    const rig = makePaged();
    rig.bus.mapMmio(0x80000000, 0x1000, { read: () => expect.fail('a device was asked'), write: () => {} });
    setPte(rig, 0x5000, 0x9000 | P);
    setPte(rig, 0x7000, 0x80000000 | P);
    rig.bus.write32(0x9ffc, 0x44332211);
    expect(rig.mmu.peek(0x5ffe, 3)).toEqual([0x33, 0x44, null]);
    expect(rig.mmu.peek(0x6fff, 3)).toEqual([null, null, null]);
    expect(rig.mmu.peek(0xfffffffe, 2)).toEqual([null, null]);
    setEpt(rig);
    setEptPte(rig, 0x5000, 0x9000 | WB | 7, 1);
    expect(rig.mmu.peek(0x5ffc, 1, { ...rig.mmu.context, cr0: 0, isNested: true, eptpLow: EPTP })).toEqual([null]);
    expect(rig.bus.read32(PT + 4 * 5)).toBe(0x9000 | P);
  });
});
