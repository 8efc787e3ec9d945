import { beforeEach, describe, expect, it } from 'vitest';
import { MMIO_LEGACY_REGISTERS, MMIO_REGISTERS } from '../../../src/arch/virtio.ts';
import { BusDma } from '../../../src/devices/virtio/dma.ts';
import { Bus } from '../../../src/memory/bus.ts';
import { Physical } from '../../../src/memory/physical.ts';
import { Echo } from './echo.ts';
import { MODELS, Rig } from './rig.ts';

let rig: Rig<Echo>;

beforeEach(() => {
  rig = new Rig((id) => new Echo(id));
});

describe('the MMIO registers', () => {
  it('say what they are', () => {
    expect([0, 4, 8].map((offset) => rig.window.read(offset, 4))).toEqual([0x74726976, 2, 63]);
    expect(rig.registers.get('VendorID')).toBe(0x52564c47);
  });

  it('are 32 bits wide, and nothing narrower', () => {
    rig.access.status = 3;
    for (const { offset } of [...MMIO_REGISTERS, ...MMIO_LEGACY_REGISTERS]) {
      for (const size of [1, 2] as const) {
        expect(rig.window.read(offset, size)).toBe(0);
        rig.window.write(offset, size, 0);
      }
    }
    expect(rig.access.status).toBe(3);
  });

  it('read unsigned, and 0 where they can only be written or do not exist', () => {
    for (let offset = 0; offset < 0x200; offset += 4) {
      const value = rig.window.read(offset, 4);
      expect(value).toBeGreaterThanOrEqual(0);
      const register = MMIO_REGISTERS.find((r) => r.offset === offset);
      if (register === undefined || register.access === 'W') expect(value).toBe(0);
    }
    expect(rig.window.read(0xb0, 4)).toBe(0xffff_ffff);
    expect(rig.window.read(0xbc, 4)).toBe(0xffff_ffff);
  });

  it('show a queue that does not exist as one of size 0', () => {
    expect(rig.access.queueMax(1)).toBe(256);
    expect(rig.access.queueMax(2)).toBe(0);
    expect(rig.access.queueMax(0xffff_ffff)).toBe(0);
    rig.registers.set('QueueReady', 1);
    expect(rig.registers.get('QueueReady')).toBe(0);
    expect(rig.access.status).toBe(0);
  });

  it('keep a queue as it is while it is ready', () => {
    rig.driver.start([], 8);
    rig.settle();
    rig.registers.set('QueueSel', 0);
    rig.registers.set('QueueNum', 4);
    rig.registers.set('QueueDescLow', 0);
    const [queue] = rig.driver.queues;
    queue.add(Uint8Array.of(5), 1);
    queue.kick();
    rig.settle();
    expect(queue.reap()[0].data).toEqual(Uint8Array.of(5));
  });
});

describe('the interrupt', () => {
  it('is a level: it stays until every cause was acknowledged', () => {
    rig.driver.start([]);
    const [queue] = rig.driver.queues;
    queue.add(Uint8Array.of(1));
    queue.kick();
    rig.settle();
    rig.device.configChanged();
    expect(rig.line).toBe(true);
    expect(rig.registers.get('InterruptStatus')).toBe(3);
    rig.registers.set('InterruptACK', 1);
    expect(rig.line).toBe(true);
    rig.registers.set('InterruptACK', 4);
    expect(rig.registers.get('InterruptStatus')).toBe(2);
    rig.registers.set('InterruptACK', 2);
    expect(rig.line).toBe(false);
    expect(rig.edges).toBe(1);
  });

  it('is not there for configuration changes before DRIVER_OK, but the generation counts', () => {
    const before = rig.access.generation;
    rig.device.configChanged();
    expect(rig.line).toBe(false);
    expect(rig.access.generation).not.toBe(before);
  });

  it('has the level of the state after a restore', () => {
    rig.driver.start([]);
    rig.driver.queues[0].add(Uint8Array.of(1));
    rig.driver.queues[0].kick();
    rig.settle();
    const copy = rig.capture();
    const other = new Rig((id) => new Echo(id));
    other.restore({ ...copy, line: false });
    other.transport.wake(other.ticks);
    expect(other.line).toBe(true);
  });
});

describe('the configuration space', () => {
  it('is read by bytes, words and dwords, and ends in zeros', () => {
    const console = new Rig((id, outside) => MODELS.console(id, outside));
    expect([console.access.config(0, 2), console.access.config(2, 2)]).toEqual([80, 25]);
    expect(console.access.config(0, 4)).toBe((25 << 16) | 80);
    expect(console.access.config(2, 1)).toBe(25);
    expect(console.access.config(12, 4)).toBe(0);
    expect(console.access.config(0xfc, 4)).toBe(0);
  });

  it('lets fields be written that are the driver’s, and no others', () => {
    const balloon = new Rig((id, outside) => MODELS.balloon(id, outside));
    balloon.access.setConfig(0, 4, 77);
    balloon.access.setConfig(4, 4, 33);
    balloon.access.setConfig(0xfc, 4, 1);
    expect([balloon.access.config(0, 4), balloon.access.config(4, 4)]).toEqual([0, 33]);
  });
});

describe('behind the bus of a machine', () => {
  const bus = new Bus(new Physical(1 << 20));

  it('the window answers where it is mapped', () => {
    bus.mapMmio(rig.mmio.base, rig.mmio.size, rig.mmio);
    expect(bus.read32(0xd000_0000)).toBe(0x74726976);
    expect(bus.read32(0xd000_0008)).toBe(63);
    expect(bus.read32(0xd000_0200)).toBe(-1);
    bus.unmapMmio(rig.mmio.base);
  });

  it('DMA reaches RAM across pages, marks what it wrote, and tells of code', () => {
    const dma = new BusDma(bus);
    const { physical } = bus;
    physical.dirty.fill(0);
    physical.code[3] = 1;
    const told: number[] = [];
    physical.onCodeWrite = (page) => told.push(page);
    const bytes = Uint8Array.from({ length: 6000 }, (_, i) => i * 7);
    expect(dma.write(0x2f00, bytes)).toBe(true);
    expect([...physical.dirty.subarray(0, 6)]).toEqual([0, 0, 1, 1, 1, 0]);
    expect(told).toEqual([3]);
    const back = new Uint8Array(6000);
    expect(dma.read(0x2f00, back)).toBe(true);
    expect(back).toEqual(bytes);
    const few = new Uint8Array(5);
    expect(dma.read(0x2ffe, few)).toBe(true);
    expect(few).toEqual(bytes.slice(0xfe, 0x103));
  });

  it('DMA reads ROM but does not write it, and does not reach devices, holes or the end', () => {
    const dma = new BusDma(bus);
    bus.mapRom(0xf_0000, new Uint8Array(4096).fill(0x5a));
    bus.mapMmio(0x8000, 16, rig.mmio);
    const four = new Uint8Array(4);
    expect([dma.read(0xf_0000, four), four[3]]).toEqual([true, 0x5a]);
    expect(dma.write(0xf_0000, four)).toBe(false);
    expect(dma.read(0x8000, four)).toBe(false);
    expect(dma.check(0x7000, 0x2000, false)).toBe(false);
    expect(dma.read(1 << 20, four)).toBe(false);
    expect(dma.write((1 << 20) - 2, four)).toBe(false);
    expect(dma.read(0xffff_fffe, four)).toBe(false);
    expect(dma.read(2 ** 63, four)).toBe(false);
    bus.unmapMmio(0x8000);
  });
});
