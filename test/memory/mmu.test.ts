import { describe, expect, it } from 'vitest';
import type { Mmu } from '../../src/memory/mmu.ts';
import {
  A,
  CR0,
  CR0_PROTECTED,
  CR4,
  D,
  faultOf,
  makePaged,
  makeRig,
  P,
  PD,
  PS,
  PT,
  pageFault,
  pte,
  type Rig,
  setPte,
  U,
  W,
} from './rig.ts';

const RWU = P | W | U;

describe('without paging', () => {
  it('a linear address is the host address', () => {
    const { mmu, physical } = makeRig();
    mmu.write32(0x1234, 0x89abcdef);
    expect(physical.ram32[0x1234 >> 2]).toBe(0x89abcdef | 0);
    expect(mmu.read32(0x1234)).toBe(0x89abcdef | 0);
  });

  it('bytes and words are read sign-extended, fetched bytes unsigned', () => {
    const { mmu } = makeRig();
    mmu.write32(0x1234, 0x89abcdef);
    expect(mmu.read16(0x1236)).toBe(0x89ab - 0x10000);
    expect(mmu.read8(0x1234)).toBe(0xef - 0x100);
    expect(mmu.readSystem16(0x1236)).toBe(0x89ab - 0x10000);
    expect(mmu.readSystem8(0x1234)).toBe(0xef - 0x100);
    expect(mmu.fetch8(0x1234)).toBe(0xef);
  });

  it('beyond RAM everything reads ones and stores are lost', () => {
    const { mmu } = makeRig();
    mmu.write32(0x8000_0000, 5);
    expect(mmu.read32(0x8000_0000)).toBe(-1);
    expect(mmu.read8(0x40_0000)).toBe(-1);
    expect(mmu.fetch8(0x40_0000)).toBe(0xff);
  });

  it('an access over the end of RAM is half RAM, half open bus', () => {
    const { mmu } = makeRig();
    mmu.write32(0x3ffffe, 0x11223344);
    expect(mmu.read32(0x3ffffe) >>> 0).toBe(0xffff3344);
  });

  it('an access over the end of the address space goes on at 0', () => {
    const { mmu } = makeRig();
    mmu.write32(0xfffffffe, 0x11223344);
    expect(mmu.read16(0)).toBe(0x1122);
  });

  it('every size at every offset of a page stores what it reads, first and later', () => {
    const { mmu, bus } = makeRig();
    for (let round = 0; round < 2; round++) {
      for (let offset = 0xff0; offset < 0x1008; offset++) {
        const at = 0x5000 + offset;
        mmu.write32(at, 0x81828384);
        expect(mmu.read32(at) >>> 0).toBe(0x81828384);
        expect(bus.read32(at) >>> 0).toBe(0x81828384);
        mmu.write16(at, 0x7172);
        expect(mmu.read16(at)).toBe(0x7172);
        expect(bus.read32(at) >>> 0).toBe(0x81827172);
        mmu.write8(at, 0x61);
        expect(mmu.read8(at)).toBe(0x61);
        expect(bus.read32(at) >>> 0).toBe(0x81827161);
      }
    }
  });
});

describe('a page', () => {
  it('is where the tables say, and gets A and D', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.mmu.write32(0x5010, 77);
    expect(rig.bus.read32(0x9010)).toBe(77);
    expect(pte(rig, 0x5000)).toBe(0x9000 | RWU | A | D);
    expect(rig.bus.read32(PD)).toBe(PT | RWU | A);
  });

  it('that is not present reports P=0 and the address, and sets nothing', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | W | U);
    expect(faultOf(() => rig.mmu.read8(0x5123))).toEqual(pageFault(0x5123, 0));
    expect(faultOf(() => rig.mmu.write8(0x5123, 1))).toEqual(pageFault(0x5123, 2));
    expect(faultOf(() => rig.mmu.fetch8(0x5123))).toEqual(pageFault(0x5123, 0));
    expect(rig.bus.read32(PD)).toBe(PT | RWU);
    rig.mmu.setPrivilege(true);
    expect(faultOf(() => rig.mmu.write32(0xffffff00, 1))).toEqual(pageFault(0xffffff00, 6));
  });

  it('of the supervisor is refused to user mode with P=1, even if the directory entry alone says so', () => {
    for (const [directory, entry] of [
      [P | W, RWU],
      [RWU, P | W],
    ] as const) {
      const rig = makePaged(directory);
      setPte(rig, 0x5000, 0x9000 | entry);
      rig.mmu.setPrivilege(true);
      expect(faultOf(() => rig.mmu.read8(0x5000))).toEqual(pageFault(0x5000, 5));
      expect(faultOf(() => rig.mmu.fetch8(0x5000))).toEqual(pageFault(0x5000, 5));
      expect(faultOf(() => rig.mmu.write8(0x5000, 0))).toEqual(pageFault(0x5000, 7));
      expect(rig.mmu.readSystem8(0x5000)).toBe(0);
      rig.mmu.writeSystem32(0x5000, 5);
      rig.mmu.setPrivilege(false);
      expect(rig.mmu.read32(0x5000)).toBe(5);
    }
  });

  it('that is read-only holds for user mode always, for the supervisor with CR0.WP', () => {
    for (const [directory, entry] of [
      [P | U, RWU],
      [RWU, P | U],
    ] as const) {
      const rig = makePaged(directory);
      setPte(rig, 0x5000, 0x9000 | entry);
      expect(faultOf(() => rig.mmu.write8(0x5000, 1))).toEqual(pageFault(0x5000, 3));
      rig.mmu.setPaging(CR0, PD, CR4);
      rig.mmu.write8(0x5000, 1);
      expect(rig.bus.read8(0x9000)).toBe(1);
      expect(pte(rig, 0x5000) & D).toBe(D);
      rig.mmu.setPaging(CR0_PROTECTED, PD, CR4);
      expect(faultOf(() => rig.mmu.write8(0x5000, 2))).toEqual(pageFault(0x5000, 3));
      rig.mmu.setPaging(CR0, PD, CR4);
      rig.mmu.setPrivilege(true);
      expect(faultOf(() => rig.mmu.write8(0x5000, 2))).toEqual(pageFault(0x5000, 7));
    }
  });

  it('once refused to user mode is not opened to it by a supervisor’s access', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | P | W);
    rig.mmu.write8(0x5000, 1);
    rig.mmu.setPrivilege(true);
    expect(faultOf(() => rig.mmu.read8(0x5000))).toEqual(pageFault(0x5000, 5));
  });
});

describe('a 4-MiB page', () => {
  const large = (flags: number, cr4 = CR4): Rig => {
    const rig = makeRig(undefined, 0x800000);
    rig.bus.write32(PD + 4, 0x400000 | flags);
    rig.mmu.setPaging(CR0_PROTECTED, PD, cr4);
    return rig;
  };

  it('maps 22 bits of offset, and its A and D are in the directory entry', () => {
    const rig = large(PS | RWU);
    rig.mmu.write8(0x7abcde, 5);
    expect(rig.bus.read8(0x7abcde)).toBe(5);
    expect(rig.bus.read32(PD + 4)).toBe(0x400000 | PS | RWU | A | D);
  });

  it('with any of bits 21:13 set is a reserved-bit fault, whatever else it forbids', () => {
    for (let bit = 13; bit <= 21; bit++) {
      const rig = large((1 << bit) | PS | P);
      rig.mmu.setPrivilege(true);
      expect(faultOf(() => rig.mmu.write8(0x400000, 5))).toEqual(pageFault(0x400000, 0xf));
    }
    expect(faultOf(() => large((1 << 12) | PS | RWU).mmu.read8(0x400000))).toBeNull();
  });

  it('needs P before its reserved bits count', () => {
    expect(faultOf(() => large((1 << 13) | PS).mmu.read8(0x400000))).toEqual(pageFault(0x400000, 0));
  });

  it('is a page table without CR4.PSE', () => {
    const rig = large(PS | RWU, 0);
    rig.bus.write32(0x400000, 0x9000 | RWU);
    rig.bus.write8(0x9000, 0x42);
    expect(rig.mmu.read8(0x400000)).toBe(0x42);
  });
});

describe('an access over two pages', () => {
  const two = (first: number, second: number): Rig => {
    const rig = makePaged();
    setPte(rig, 0x5000, first);
    setPte(rig, 0x6000, second);
    return rig;
  };

  it('goes to both frames', () => {
    const { mmu, bus } = two(0x9000 | RWU, 0x7000 | RWU);
    mmu.write32(0x5ffd, 0x44332211);
    expect([bus.read8(0x9ffd), bus.read8(0x9fff), bus.read8(0x7000)]).toEqual([0x11, 0x33, 0x44]);
    expect(mmu.read32(0x5ffd)).toBe(0x44332211);
    mmu.write16(0x5fff, 0x7766);
    expect(mmu.read16(0x5fff)).toBe(0x7766);
  });

  it('reports the first byte of the second page if that faults, and has stored nothing', () => {
    const rig = two(0x9000 | RWU, 0x7000 | P | U);
    rig.mmu.write32(0x5ff0, 1);
    expect(faultOf(() => rig.mmu.write32(0x5ffe, -1))).toEqual(pageFault(0x6000, 3));
    expect(rig.bus.read16(0x9ffe)).toBe(0);
  });

  it('reports the first page if both fault', () => {
    const { mmu } = two(0, 0);
    expect(faultOf(() => mmu.read32(0x5ffe))).toEqual(pageFault(0x5ffe, 0));
  });

  it('translates the second page in the same mode: a system access stays one', () => {
    const { mmu } = two(0x9000 | P | W, 0x7000 | P | W);
    mmu.setPrivilege(true);
    mmu.writeSystem32(0x5ffe, 0x12345678);
    expect(mmu.readSystem32(0x5ffe)).toBe(0x12345678);
    expect(faultOf(() => mmu.read32(0x5ffe))).toEqual(pageFault(0x5ffe, 5));
  });
});

describe('probing', () => {
  it('for a write translates every page and stores nothing', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | RWU);
    setPte(rig, 0x6000, 0x7000 | RWU);
    rig.mmu.probeWrite(0x5ff0, 32);
    expect(pte(rig, 0x6000)).toBe(0x7000 | RWU | A | D);
    expect(faultOf(() => rig.mmu.probeWrite(0x6ff0, 17))).toEqual(pageFault(0x7000, 2));
    expect(faultOf(() => rig.mmu.probeWrite(0x6ff0, 16))).toBeNull();
    expect(rig.physical.dirty[9]).toBe(0);
  });

  it('for a read asks for no right to write', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | P);
    expect(faultOf(() => rig.mmu.probeRead(0x5000, 4))).toBeNull();
    expect(faultOf(() => rig.mmu.probeWrite(0x5000, 4))).toEqual(pageFault(0x5000, 3));
  });
});

describe('marks', () => {
  const hitsWrite = (mmu: Mmu, linear: number): boolean => (linear ^ mmu.writeMirror[linear >>> 12]) >= 0;

  it('a store makes its page dirty, and so does setting A', () => {
    const rig = makePaged();
    rig.physical.dirty.fill(0);
    setPte(rig, 0x5000, 0x9000 | RWU);
    rig.physical.dirty.fill(0);
    rig.mmu.read8(0x5000);
    expect([rig.physical.dirty[PT >> 12], rig.physical.dirty[9]]).toEqual([1, 0]);
    rig.mmu.write8(0x5000, 1);
    expect(rig.physical.dirty[9]).toBe(1);
  });

  it('a snapshot makes the next store come by again', () => {
    const { mmu, physical } = makeRig();
    mmu.write8(0x5000, 1);
    expect(hitsWrite(mmu, 0x5000)).toBe(true);
    physical.dirty.fill(0);
    mmu.dropWriteMirror();
    mmu.write8(0x5001, 1);
    expect(physical.dirty[5]).toBe(1);
  });

  it('a store into decoded code tells once, and tells again when it is decoded anew', () => {
    const { mmu, physical } = makeRig();
    const told: number[] = [];
    physical.onCodeWrite = (page) => told.push(page);
    mmu.write8(0x5000, 1);
    physical.code[5] = 1;
    mmu.dropPage(5);
    mmu.write8(0x5000, 2);
    mmu.write32(0x5004, 2);
    expect(told).toEqual([5]);
    physical.code[5] = 1;
    mmu.dropPage(5);
    mmu.write16(0x4fff, 3);
    expect(told).toEqual([5, 5]);
    expect(physical.code[5]).toBe(0);
  });

  it('code that is marked again by whoever was told stays guarded', () => {
    const { mmu, physical } = makeRig();
    const told: number[] = [];
    physical.onCodeWrite = (page, at) => {
      told.push(page, at);
      physical.code[page] = 1;
    };
    physical.code[5] = 1;
    mmu.write8(0x5008, 1);
    mmu.write32(0x500c, 1);
    expect(told).toEqual([5, 8, 5, 12]);
  });

  it('a store through another linear address of the code page tells too', () => {
    const rig = makePaged();
    const told: number[] = [];
    rig.physical.onCodeWrite = (page) => told.push(page);
    setPte(rig, 0x5000, 0x9000 | RWU);
    setPte(rig, 0x6000, 0x9000 | RWU);
    rig.mmu.write8(0x5000, 1);
    rig.mmu.write8(0x6000, 1);
    rig.physical.code[9] = 1;
    rig.mmu.dropPage(9);
    rig.mmu.write8(0x6000, 2);
    expect(told).toEqual([9]);
  });
});

describe('fetches', () => {
  it('come page by page from RAM and ROM, byte by byte from elsewhere', () => {
    const { mmu, bus } = makeRig();
    const rom = new Uint8Array(0x2000).fill(0x90);
    bus.mapRom(0xffffe000, rom);
    bus.mapMmio(0x80000000, 0x1000, { read: (offset) => offset, write: () => {} });
    expect(mmu.fetchPage(0x5123)).toBe(0x5000);
    const page = mmu.fetchPage(0xfffffff0);
    expect(bus.physical.ram8[page + 0xff0]).toBe(0x90);
    expect(mmu.fetch8(0xfffffff0)).toBe(0x90);
    expect(mmu.fetchPage(0x80000010)).toBe(-1);
    expect(mmu.fetch8(0x80000010)).toBe(0x10);
  });

  it('stores never reach ROM', () => {
    const { mmu, bus } = makeRig();
    bus.mapRom(0xf0000, new Uint8Array(0x1000).fill(0x90));
    for (let i = 0; i < 2; i++) {
      mmu.read32(0xf0000);
      mmu.write32(0xf0000, 0);
      mmu.write8(0xf0002, 0);
    }
    expect(mmu.read32(0xf0000) >>> 0).toBe(0x90909090);
  });
});

describe('devices', () => {
  it('get each access, whole if aligned, else byte by byte', () => {
    const { mmu, bus } = makeRig();
    const seen: unknown[] = [];
    bus.mapMmio(0xb8000, 0x1000, {
      read: (offset, size) => (seen.push(['read', offset, size]), 0x87654321),
      write: (offset, size, value) => seen.push(['write', offset, size, value]),
    });
    expect(mmu.read32(0xb8004) >>> 0).toBe(0x87654321);
    expect(mmu.read16(0xb8002)).toBe(0x4321);
    expect(mmu.read16(0xb8001)).toBe(0x2121);
    mmu.write8(0xb8001, -1);
    mmu.write16(0xb8003, 0x1234);
    mmu.write32(0xb8008, -2);
    mmu.write32(0xb8ffe, 0x01020304);
    expect(seen).toEqual([
      ['read', 4, 4],
      ['read', 2, 2],
      ['read', 1, 1],
      ['read', 2, 1],
      ['write', 1, 1, 0xff],
      ['write', 3, 1, 0x34],
      ['write', 4, 1, 0x12],
      ['write', 8, 4, 0xfffffffe],
      ['write', 0xffe, 1, 4],
      ['write', 0xfff, 1, 3],
    ]);
    expect(bus.read16(0xb9000)).toBe(0x0102);
  });

  it('that come late are seen by pages already in use', () => {
    const { mmu, bus } = makeRig();
    mmu.write32(0x5000, 1);
    mmu.read32(0x5000);
    mmu.fetch8(0x5000);
    bus.mapMmio(0x5000, 0x1000, { read: () => 0x77, write: () => {} });
    expect([mmu.read8(0x5000), mmu.fetch8(0x5000)]).toEqual([0x77, 0x77]);
    mmu.write32(0x5000, 9);
    bus.unmapMmio(0x5000);
    expect(mmu.read32(0x5000)).toBe(1);
  });
});
