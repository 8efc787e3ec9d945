import { beforeEach, describe, expect, it } from 'vitest';
import { LAPIC_REGISTERS } from '../../../src/arch/apic.ts';
import { LocalApic } from '../../../src/devices/lapic/lapic.ts';
import { Pic } from '../../../src/devices/pic.ts';
import { MockHost } from '../mock-host.ts';

let host: MockHost;
let pic: Pic;
let lapic: LocalApic;

const [ID, TPR, PPR, EOI, LDR, DFR, SVR, ISR, TMR, IRR, ESR] = [0x20, 0x80, 0xa0, 0xb0, 0xd0, 0xe0, 0xf0, 0x100, 0x180, 0x200, 0x280];
const [ICR, ICR_HIGH, TIMER, LINT0, ERROR, INITIAL, CURRENT, DIVIDE] = [0x300, 0x310, 0x320, 0x350, 0x370, 0x380, 0x390, 0x3e0];

const read = (offset: number): number => lapic.read(offset, 4);
const write = (offset: number, value: number): void => lapic.write(offset, 4, value);
/** Which vectors of one of the three sets are in it. */
function vectors(base: number): number[] {
  return Array.from({ length: 256 }, (_, v) => v).filter((v) => (read(base + 16 * (v >> 5)) >>> (v & 31)) & 1);
}
const fixed = (vector: number): void => void lapic.receive(0, false, vector);

beforeEach(() => {
  host = new MockHost();
  pic = new Pic(host);
  lapic = new LocalApic(host, pic);
  pic.onChange = () => lapic.update();
  write(SVR, 0x1ff);
});

describe('after reset the local APIC', () => {
  it('is software-disabled, with every local vector masked and a flat model', () => {
    const fresh = new LocalApic(host, pic);
    const at = (offset: number): number => fresh.read(offset, 4);
    expect([at(SVR), at(DFR), at(LDR), at(TPR), at(ID)]).toEqual([0xff, 0xffff_ffff, 0, 0, 0]);
    expect([0x320, 0x340, 0x350, 0x360, 0x370].map(at)).toEqual(new Array(5).fill(0x1_0000));
    expect(at(0x30)).toBe(0x0004_0014);
  });

  it('takes no fixed message, and will not unmask a local vector', () => {
    write(SVR, 0xff);
    expect(lapic.receive(0, false, 0x40)).toBe(false);
    write(LINT0, 0x700);
    expect(read(LINT0)).toBe(0x1_0700);
    expect(vectors(IRR)).toEqual([]);
  });
});

describe('an interrupt', () => {
  it('is requested, taken, in service, and ended', () => {
    fixed(0x51);
    expect([vectors(IRR), lapic.asserted]).toEqual([[0x51], true]);
    expect(lapic.acknowledge()).toBe(0x51);
    expect([vectors(IRR), vectors(ISR), lapic.asserted, read(PPR)]).toEqual([[], [0x51], false, 0x50]);
    write(EOI, 0);
    expect([vectors(ISR), read(PPR)]).toEqual([[], 0]);
  });

  it('of a higher class interrupts one in service, of the same or a lower waits', () => {
    fixed(0x51);
    lapic.acknowledge();
    fixed(0x5f);
    fixed(0x41);
    expect(lapic.asserted).toBe(false);
    fixed(0x61);
    expect(lapic.acknowledge()).toBe(0x61);
    write(EOI, 0);
    expect(vectors(ISR)).toEqual([0x51]);
    write(EOI, 0);
    expect([lapic.acknowledge(), vectors(IRR)]).toEqual([0x5f, [0x41]]);
  });

  it('waits for the task priority to fall', () => {
    write(TPR, 0x5a);
    fixed(0x51);
    expect([lapic.asserted, read(PPR)]).toEqual([false, 0x5a]);
    write(TPR, 0x4f);
    expect(lapic.asserted).toBe(true);
  });

  it('in service and a task priority of the same class make the priority that of the task', () => {
    fixed(0x51);
    lapic.acknowledge();
    write(TPR, 0x5a);
    expect(read(PPR)).toBe(0x5a);
    write(TPR, 0x4f);
    expect(read(PPR)).toBe(0x50);
  });

  it('that cannot be taken any more leaves the spurious vector, and nothing in service', () => {
    fixed(0x51);
    write(TPR, 0xff);
    expect([lapic.acknowledge(), vectors(ISR), vectors(IRR)]).toEqual([0xff, [], [0x51]]);
  });

  it('requested twice before it is taken comes once', () => {
    fixed(0x51);
    fixed(0x51);
    lapic.acknowledge();
    expect(vectors(IRR)).toEqual([]);
  });

  it('that was level-triggered is told when it ends', () => {
    const ended: number[] = [];
    lapic.onEoi = (vector) => ended.push(vector);
    lapic.receive(0, false, 0x51 | 0x8000);
    lapic.acknowledge();
    fixed(0x61);
    lapic.acknowledge();
    expect(vectors(TMR)).toEqual([0x51]);
    write(EOI, 0);
    expect(ended).toEqual([]);
    write(EOI, 0);
    write(EOI, 0);
    expect(ended).toEqual([0x51]);
  });
});

describe('the 8259A', () => {
  beforeEach(() => {
    pic.writePort(0x21, 1, 0xfd);
    pic.setLine(1, true);
  });

  it('reaches the processor through LINT0 in virtual wire mode', () => {
    expect(lapic.asserted).toBe(false);
    lapic.setVirtualWire();
    expect([lapic.asserted, lapic.acknowledge(), lapic.asserted]).toEqual([true, 9, false]);
  });

  it('yields to an interrupt of the APIC’s own', () => {
    lapic.setVirtualWire();
    fixed(0x51);
    expect([lapic.acknowledge(), lapic.acknowledge()]).toEqual([0x51, 9]);
  });

  it('is cut off while LINT0 is masked, or not ExtINT', () => {
    lapic.setVirtualWire();
    write(LINT0, 0x1_0700);
    expect(lapic.asserted).toBe(false);
    write(LINT0, 0x40);
    expect([lapic.asserted, lapic.letsThrough(1)]).toEqual([false, false]);
  });

  it('has the pin for itself while the APIC is disabled, whose registers are gone then', () => {
    lapic.setEnabled(false);
    expect([lapic.asserted, read(SVR), lapic.receive(0, false, 0x51)]).toEqual([true, 0xffff_ffff, false]);
    expect(lapic.acknowledge()).toBe(9);
  });
});

describe('a destination', () => {
  it('in physical mode is an ID, or all', () => {
    write(ID, 0x0300_0000);
    expect([lapic.receive(3, false, 0x40), lapic.receive(0, false, 0x40), lapic.receive(0xff, false, 0x40)]).toEqual([true, false, true]);
  });

  it('in the flat model is a set of bits, in the cluster model a cluster and a set', () => {
    write(LDR, 0x2400_0000);
    expect([lapic.receive(0x04, true, 0x40), lapic.receive(0x20, true, 0x40), lapic.receive(0x18, true, 0x40)]).toEqual([
      true,
      true,
      false,
    ]);
    write(DFR, 0x0fff_ffff);
    expect([lapic.receive(0x26, true, 0x40), lapic.receive(0x14, true, 0x40), lapic.receive(0x22, true, 0x40)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('of a device’s message stands in its address', () => {
    write(ID, 0x0300_0000);
    expect([lapic.deliver(0xfee0_3000, 0x41), lapic.deliver(0xfee0_4000, 0x42), vectors(IRR)]).toEqual([true, false, [0x41]]);
    write(LDR, 0x0100_0000);
    expect(lapic.deliver(0xfee0_1004, 0x43)).toBe(true);
  });
});

describe('the interrupt command register', () => {
  it('sends to itself by ID or by shorthand, and to nobody else', () => {
    for (const [high, low] of [
      [0, 0x4040],
      [0x0100_0000, 0x4041],
      [0, 0x4_4042],
      [0, 0x8_4043],
      [0, 0xc_4044],
    ]) {
      write(ICR_HIGH, high);
      write(ICR, low);
    }
    expect(vectors(IRR)).toEqual([0x40, 0x42, 0x43]);
  });

  it('sends NMI and INIT, but not an INIT that is let go', () => {
    const pins: string[] = [];
    lapic.onNmi = () => pins.push('nmi');
    lapic.onInit = () => pins.push('init');
    write(ICR, 0x4_4400);
    write(ICR, 0x4500);
    write(ICR, 0x8500);
    write(ICR, 0x4600);
    expect([pins, vectors(IRR)]).toEqual([['nmi', 'init'], []]);
  });
});

describe('errors', () => {
  it('are latched by a write of the error status register, and interrupt once', () => {
    write(ERROR, 0x71);
    write(ICR, 0x4_4005);
    expect([read(ESR), vectors(IRR)]).toEqual([0, [0x71]]);
    write(ESR, 0);
    expect(read(ESR)).toBe(0x20);
    write(ESR, 0);
    expect(read(ESR)).toBe(0);
  });

  it('are messages with illegal vectors, and registers that are not there', () => {
    expect(lapic.receive(0, false, 0x0f)).toBe(false);
    read(0x2f0);
    write(0x330, 0);
    write(ESR, 0);
    expect([read(ESR), vectors(IRR)]).toEqual([0xc0, []]);
  });

  it('of the error entry’s own vector end with that', () => {
    write(ERROR, 3);
    write(ICR, 0x4_4005);
    write(ESR, 0);
    expect(read(ESR)).toBe(0x20);
  });
});

describe('the timer', () => {
  it('counts bus clocks by the divisor, interrupts at 0 and stops', () => {
    write(TIMER, 0x40);
    write(DIVIDE, 0b0011);
    write(INITIAL, 100);
    host.runTo(lapic, 159);
    expect([read(CURRENT), vectors(IRR)]).toEqual([91, []]);
    expect(lapic.nextWake()).toBe(1600);
    expect(lapic.timerWillInterrupt).toBe(true);
    host.runTo(lapic, 5000);
    expect([read(CURRENT), vectors(IRR), lapic.nextWake()]).toEqual([0, [0x40], Number.POSITIVE_INFINITY]);
  });

  it.each([
    [0, 2],
    [1, 4],
    [2, 8],
    [3, 16],
    [8, 32],
    [9, 64],
    [10, 128],
    [11, 1],
  ])('divides by %i as %i clocks', (divide, clocks) => {
    write(TIMER, 0x40);
    write(DIVIDE, divide);
    write(INITIAL, 7);
    expect(lapic.nextWake()).toBe(7 * clocks);
  });

  it('in periodic mode starts again without drifting', () => {
    write(TIMER, 0x2_0040);
    write(DIVIDE, 11);
    write(INITIAL, 1000);
    let count = 0;
    lapic.onChange = () => {
      if (!lapic.asserted) return;
      count++;
    };
    for (let i = 1; i <= 5; i++) {
      host.runTo(lapic, 1000 * i + 3);
      lapic.acknowledge();
      write(EOI, 0);
    }
    expect([count, read(CURRENT), lapic.nextWake()]).toEqual([5, 997, 6000]);
  });

  it('runs on while masked, and what it missed is not made up for', () => {
    write(TIMER, 0x3_0040);
    write(DIVIDE, 11);
    write(INITIAL, 1000);
    expect(lapic.nextWake()).toBe(Number.POSITIVE_INFINITY);
    host.runTo(lapic, 2500);
    expect(read(CURRENT)).toBe(500);
    write(TIMER, 0x2_0040);
    expect([vectors(IRR), lapic.nextWake()]).toEqual([[], 3000]);
  });

  it('is stopped by an initial count of 0, and keeps its count when the divisor changes', () => {
    write(TIMER, 0x40);
    write(DIVIDE, 11);
    write(INITIAL, 1000);
    host.runTo(lapic, 400);
    write(DIVIDE, 0);
    expect([read(CURRENT), lapic.nextWake()]).toEqual([600, 1600]);
    write(INITIAL, 0);
    expect([read(CURRENT), lapic.nextWake()]).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

describe('the registers', () => {
  it('take only their writable bits', () => {
    for (const { offset, access, ...row } of LAPIC_REGISTERS) {
      if (access !== 'read/write' || !('writable' in row) || offset === ICR || offset === ESR || offset === SVR) continue;
      write(offset, 0xffff_ffff);
      const ones = offset === DFR ? 0x0fff_ffff : 0;
      const initial = offset === INITIAL ? 0xffff_ffff : row.writable;
      expect([offset.toString(16), read(offset)]).toEqual([offset.toString(16), (initial | ones) >>> 0]);
    }
  });

  it('are dwords: narrow reads see a part, narrow writes are nothing', () => {
    lapic.write(TPR, 1, 0x20);
    expect([read(TPR), lapic.read(SVR + 1, 1), lapic.read(SVR, 2), lapic.read(SVR + 4, 4)]).toEqual([0, 1, 0x1ff, 0]);
  });

  it('survive anything, and the next wake is never in the past', () => {
    let x = 99;
    const next = (): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x >>> 0;
    };
    for (let i = 0; i < 20_000; i++) {
      const offset = (next() & 0x3f) << 4;
      const kind = next() % 6;
      if (kind < 3) write(offset, next() >>> (next() & 31));
      else if (kind === 3) expect(read(offset)).toBeGreaterThanOrEqual(0);
      else if (kind === 4) lapic.receive(next() & 0xff, next() % 2 === 0, next() & 0xffff);
      else host.runTo(lapic, Math.min(host.ticks + (next() % 100), lapic.nextWake() + 3));
      if (lapic.asserted && next() % 2) expect(lapic.acknowledge()).toBeGreaterThanOrEqual(0);
      expect(lapic.nextWake()).toBeGreaterThan(host.ticks);
    }
  });
});
