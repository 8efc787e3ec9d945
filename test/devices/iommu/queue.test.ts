import { beforeEach, describe, expect, it } from 'vitest';
import { QUEUE, QIE, REGISTER, Rig, TE } from './rig.ts';

let rig: Rig;
const IQE = 0x10;
/** A wait descriptor that writes `data` to `host`. */
const wait = (host: number, data: number, flags = 0x20): number[] => [5 | flags, data, host, 0];

beforeEach(() => {
  rig = new Rig().enable();
  rig.enableQueue();
});

describe('the invalidation queue', () => {
  it('works up to the tail in order and writes the status of a wait descriptor', () => {
    rig.map(0x5000, 0x9000);
    rig.read(0x5000);
    rig.submit([2 | (1 << 4)], wait(0x5_0000, 0xcafe), wait(0x5_0000, 0xbeef));
    expect([rig.bus.read32(0x5_0000), rig.iommu.iotlb.entries.length, rig.get(REGISTER.IQH)]).toEqual([0xbeef, 0, 48]);
  });

  it('wraps at its size', () => {
    for (let i = 0; i < 300; i++) rig.submit(wait(0x5_0000, i));
    expect([rig.bus.read32(0x5_0000), rig.get(REGISTER.IQH)]).toEqual([299, (300 * 16) % 4096]);
  });

  it('starts at 0 again after it was disabled', () => {
    rig.submit(wait(0x5_0000, 1));
    rig.set(REGISTER.GCMD, TE);
    expect(rig.get(REGISTER.IQH)).toBe(0);
    rig.set(REGISTER.IQT, 0);
    rig.set(REGISTER.GCMD, TE | QIE);
    rig.submit(wait(0x5_0000, 2));
    expect(rig.bus.read32(0x5_0000)).toBe(2);
  });

  it('has 2^QS pages', () => {
    rig.set(REGISTER.GCMD, TE);
    rig.set(REGISTER.IQA, QUEUE | 1, 0);
    rig.set(REGISTER.IQT, 0);
    rig.set(REGISTER.GCMD, TE | QIE);
    for (let at = 0; at < 0x1800; at += 16) for (const [i, word] of wait(0x5_0000, at).entries()) rig.bus.write32(QUEUE + at + 4 * i, word);
    rig.set(REGISTER.IQT, 0x1800);
    expect(rig.bus.read32(0x5_0000)).toBe(0x17f0);
  });

  it.each<[string, number[]]>([
    ['of an unknown type', [0x0f]],
    ['for device TLBs, which are not there', [3]],
    ['for interrupt remapping, which is not there', [4]],
    ['with reserved bits', [5 | 0x80, 0, 0x5_0000]],
    ['with a reserved granularity', [2]],
    ['with a mask that is too large', [2 | (3 << 4) | (1 << 16), 0, 19, 0]],
  ])('stops at a descriptor %s, until the error is cleared', (_why, words) => {
    rig.submit(words, wait(0x5_0000, 7));
    expect([rig.get(REGISTER.FSTS) & IQE, rig.get(REGISTER.IQH), rig.bus.read32(0x5_0000)]).toEqual([IQE, 0, 0]);
    rig.submit(wait(0x5_0000, 8));
    expect(rig.bus.read32(0x5_0000)).toBe(0);
    for (const [i, word] of wait(0x5_0004, 9).entries()) rig.bus.write32(QUEUE + 4 * i, word);
    rig.set(REGISTER.FSTS, IQE);
    expect([rig.bus.read32(0x5_0000), rig.bus.read32(0x5_0004), rig.get(REGISTER.FSTS)]).toEqual([8, 9, 0]);
  });

  it('stops where its tail is beyond its end, or its page no memory', () => {
    rig.set(REGISTER.IQT, 0x1000);
    expect(rig.get(REGISTER.FSTS)).toBe(IQE);
    const other = new Rig();
    other.set(REGISTER.IQA, 0x4000_0000, 0);
    other.set(REGISTER.GCMD, QIE);
    other.set(REGISTER.IQT, 0x10);
    expect(other.get(REGISTER.FSTS)).toBe(IQE);
  });

  it('interrupts when a wait descriptor asks for it, and not again before software has seen it', () => {
    rig.set(REGISTER.IEADDR, 0xfee0_1000);
    rig.set(REGISTER.IEDATA, 0x31);
    rig.set(REGISTER.IECTL, 0);
    rig.submit(wait(0, 0, 0x10));
    rig.submit(wait(0, 0, 0x10));
    expect([rig.messages, rig.get(REGISTER.ICS)]).toEqual([[[0xfee0_1000, 0x31]], 1]);
    rig.set(REGISTER.ICS, 1);
    rig.submit(wait(0, 0, 0x10));
    expect(rig.messages).toHaveLength(2);
  });

  it('keeps that interrupt pending while it is masked, and drops it with its cause', () => {
    rig.submit(wait(0, 0, 0x10));
    expect([rig.messages.length, rig.get(REGISTER.IECTL)]).toEqual([0, 0xc000_0000]);
    rig.set(REGISTER.IECTL, 0);
    expect([rig.messages.length, rig.get(REGISTER.IECTL)]).toEqual([1, 0]);
    rig.set(REGISTER.IECTL, 0x8000_0000);
    rig.set(REGISTER.ICS, 1);
    rig.submit(wait(0, 0, 0x10));
    rig.set(REGISTER.ICS, 1);
    rig.set(REGISTER.IECTL, 0);
    expect(rig.messages).toHaveLength(1);
  });
});
