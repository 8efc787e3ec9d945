import { beforeEach, describe, expect, it } from 'vitest';
import { IoApic } from '../../../src/devices/ioapic/ioapic.ts';
import { LocalApic } from '../../../src/devices/lapic/lapic.ts';
import { Pic } from '../../../src/devices/pic.ts';
import { MockHost } from '../mock-host.ts';

let lapic: LocalApic;
let ioapic: IoApic;

function select(register: number): void {
  ioapic.write(0, 4, register);
}

function read(register: number): number {
  select(register);
  return ioapic.read(0x10, 4);
}

function write(register: number, value: number): void {
  select(register);
  ioapic.write(0x10, 4, value);
}

const low = (pin: number): number => 0x10 + 2 * pin;
const LEVEL = 0x8000;
const REMOTE_IRR = 0x4000;
const MASK = 0x1_0000;

/** Takes the interrupt and ends it. */
function serve(): number {
  const vector = lapic.acknowledge();
  lapic.write(0xb0, 4, 0);
  return vector;
}

beforeEach(() => {
  const host = new MockHost();
  lapic = new LocalApic(host, new Pic(host));
  ioapic = new IoApic(lapic);
  lapic.onEoi = (vector) => ioapic.endOfInterrupt(vector);
  lapic.write(0xf0, 4, 0x1ff);
});

describe('the I/O APIC', () => {
  it('has 24 entries, all masked after reset, and tells its version', () => {
    expect([read(1), read(low(0)), read(low(23)), read(low(24)), read(low(23) + 1)]).toEqual([0x0017_0011, MASK, MASK, 0, 0]);
    write(0, 0xffff_ffff);
    expect([read(0), read(2)]).toEqual([0x0f00_0000, 0x0f00_0000]);
  });

  it('lets only the writable bits of an entry be written', () => {
    write(low(3), 0xffff_ffff);
    write(low(3) + 1, 0xffff_ffff);
    expect([read(low(3)), read(low(3) + 1)]).toEqual([0x1_afff, 0xff00_0000]);
  });

  it('sends an edge once, and none that came while masked', () => {
    ioapic.setPin(4, true);
    write(low(4), 0x44);
    expect(lapic.asserted).toBe(false);
    ioapic.setPin(4, false);
    ioapic.setPin(4, true);
    ioapic.setPin(4, true);
    expect([serve(), lapic.asserted]).toEqual([0x44, false]);
  });

  it('sends a level again after its end while the pin is asserted, and shows remote IRR until then', () => {
    write(low(9), 0x59 | LEVEL);
    ioapic.setPin(9, true);
    expect(read(low(9)) & REMOTE_IRR).toBe(REMOTE_IRR);
    expect(ioapic.letsThrough(9)).toBe(false);
    expect([serve(), lapic.asserted]).toEqual([0x59, true]);
    lapic.acknowledge();
    ioapic.setPin(9, false);
    lapic.write(0xb0, 4, 0);
    expect([lapic.asserted, read(low(9)) & REMOTE_IRR, ioapic.letsThrough(9)]).toEqual([false, 0, true]);
  });

  it('looks at a level when its mask goes', () => {
    write(low(9), 0x59 | LEVEL | MASK);
    ioapic.setPin(9, true);
    expect(lapic.asserted).toBe(false);
    write(low(9), 0x59 | LEVEL);
    expect(serve()).toBe(0x59);
  });

  it('forgets remote IRR when an entry is made edge-triggered', () => {
    write(low(9), 0x59 | LEVEL);
    ioapic.setPin(9, true);
    write(low(9), 0x59 | MASK);
    expect(read(low(9))).toBe(0x59 | MASK);
  });

  it('holds no level that nobody accepted', () => {
    write(low(9) + 1, 0x0700_0000);
    write(low(9), 0x59 | LEVEL);
    ioapic.setPin(9, true);
    expect([lapic.asserted, read(low(9)) & REMOTE_IRR]).toEqual([false, 0]);
  });

  it('addresses a set of logical IDs', () => {
    lapic.write(0xd0, 4, 0x0400_0000);
    write(low(2) + 1, 0x0c00_0000);
    write(low(2), 0x42 | 0x800);
    ioapic.setPin(2, true);
    expect(serve()).toBe(0x42);
  });

  it('says what a rise would do: masked, of low priority, or through', () => {
    expect(ioapic.letsThrough(5)).toBe(false);
    write(low(5), 0x45);
    expect(ioapic.letsThrough(5)).toBe(true);
    lapic.write(0x80, 4, 0x40);
    expect(ioapic.letsThrough(5)).toBe(false);
  });

  it('goes on in the same way from its bytes', () => {
    write(low(9), 0x59 | LEVEL);
    ioapic.setPin(9, true);
    const copy = new IoApic(lapic);
    copy.bytes.set(ioapic.bytes);
    copy.rebuild();
    lapic.onEoi = (vector) => copy.endOfInterrupt(vector);
    expect([serve(), serve()]).toEqual([0x59, 0x59]);
  });
});
