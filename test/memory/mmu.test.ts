import { describe, expect, it } from 'vitest';
import { A, D, faultOf, makePaged, makeRig, P, pageFault, pte, setPte, U, W } from './rig.ts';

describe('without paging', () => {
  it('a linear address is the host address', () => {
    const { mmu, physical } = makeRig();
    mmu.write32(0x1234, 0x89abcdef);
    expect(physical.ram32[0x1234 >> 2]).toBe(0x89abcdef | 0);
    expect(mmu.read32(0x1234)).toBe(0x89abcdef | 0);
    expect(mmu.read16(0x1236)).toBe(0xffff89ab | 0);
    expect(mmu.read8(0x1234)).toBe(0xffffffef | 0);
  });

  it('beyond RAM everything reads ones and stores are lost', () => {
    const { mmu } = makeRig();
    mmu.write32(0x8000_0000, 5);
    expect(mmu.read32(0x8000_0000)).toBe(-1);
    expect(mmu.read8(0x40_0000)).toBe(-1);
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
});

describe('with paging', () => {
  it('a store goes where the tables say, and sets A and D', () => {
    const rig = makePaged();
    setPte(rig, 0x5000, 0x9000 | P | W | U);
    rig.mmu.write32(0x5010, 77);
    expect(rig.bus.read32(0x9010)).toBe(77);
    expect(pte(rig, 0x5000)).toBe(0x9000 | P | W | U | A | D);
  });

  it('a not-present PTE reports P=0 and the address', () => {
    const { mmu } = makePaged();
    expect(faultOf(() => mmu.read8(0x5123))).toEqual(pageFault(0x5123, 0));
    expect(faultOf(() => mmu.write8(0x5123, 1))).toEqual(pageFault(0x5123, 2));
  });
});
