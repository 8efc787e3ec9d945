import { expect, describe, it, beforeEach } from 'vitest';
import { F_INDIRECT_DESC, STATUS_DEVICE_NEEDS_RESET } from '../../../src/arch/virtio.ts';
import { reasonAt, reasonText, VIRTIO_REASONS } from '../../../src/arch/virtio-reasons.ts';
import { VirtioBlock } from '../../../src/devices/virtio/block.ts';
import { Chain, walkChain } from '../../../src/devices/virtio/chain.ts';
import type { VirtioModel } from '../../../src/devices/virtio/model.ts';
import { DriverQueue, writeDescriptor } from './driver.ts';
import { Echo } from './echo.ts';
import { MALICE } from './malice.ts';
import { MODEL_NAMES, MODELS, Rig, TRANSPORTS } from './rig.ts';

/** Opens queues on pages of their own, so that memory can go away under one area alone. */
function open(rig: Rig, features: readonly number[]): DriverQueue {
  expect(rig.driver.negotiate(features)).toBe(true);
  const place = { size: 8, desc: 0x11000, driver: 0x12000, device: 0x13000 };
  rig.memory.bytes.fill(0, 0x11000, 0x14000);
  const queue = new DriverQueue(rig.driver, 0, place);
  rig.access.setQueue(0, place);
  rig.driver.goLive();
  rig.settle();
  return queue;
}

function reasonOf(rig: Rig): string | undefined {
  return rig.access.status & STATUS_DEVICE_NEEDS_RESET ? reasonAt(rig.device.state.fault)?.id : undefined;
}

describe('a driver that breaks the rules of a ring', () => {
  let rig: Rig<Echo>;

  beforeEach(() => {
    rig = new Rig((id) => new Echo(id));
  });

  it.each(MALICE)('with $what is told $reason', ({ reason, features = [], act }) => {
    const queue = open(rig, features);
    act(rig, queue);
    rig.access.notify(0);
    rig.settle();
    expect(reasonOf(rig)).toBe(reason);
    expect(rig.access.takeInterrupts()).toBe(2);
    const { fault, faultValue, faultLimit } = rig.device.state;
    expect(reasonText(VIRTIO_REASONS[fault - 1], faultValue, faultLimit)).not.toMatch(/[{}]|NaN/);
  });

  it.each(MALICE)('with $what finds the device deaf until it is reset, and well after', ({ features = [], act }) => {
    const queue = open(rig, features);
    act(rig, queue);
    rig.access.notify(0);
    rig.settle();
    rig.memory.refused.clear();
    rig.memory.log = [];
    for (let i = 0; i < 5; i++) rig.access.notify(i);
    rig.settle();
    expect(rig.memory.log).toEqual([]);
    expect(rig.access.status & STATUS_DEVICE_NEEDS_RESET).not.toBe(0);
    rig.driver.start([F_INDIRECT_DESC]);
    rig.driver.queues[0].add(Uint8Array.of(1, 2), 2);
    rig.driver.queues[0].kick();
    rig.settle();
    expect(rig.driver.queues[0].reap()[0].data).toEqual(Uint8Array.of(2, 1));
  });

  it('is found out in the middle of a request too', () => {
    const queue = open(rig, []);
    rig.model.state.busyTicks = 100;
    queue.add(Uint8Array.of(1), 1);
    queue.kick();
    rig.runTo(rig.ticks + 50);
    queue.describe(0, [0x80000, 4], [1, 0]);
    rig.settle();
    expect(reasonOf(rig)).toBe('chainLoop');
  });

  it('loses the used ring: the device says so, and has not moved idx', () => {
    const queue = open(rig, []);
    queue.add(Uint8Array.of(1), 1);
    queue.kick();
    rig.memory.refused.add(0x13);
    rig.settle();
    expect(reasonOf(rig)).toBe('usedUnreachable');
    expect(rig.memory.u16(0x13002)).toBe(0);
  });

  it('costs the device a bounded number of accesses', () => {
    const queue = open(rig, [F_INDIRECT_DESC]);
    for (let i = 0; i < 8; i++) {
      // Eight times the longest chain there is.
      queue.describe(i, [0x80000, 64], [i < 7 ? 1 : 0, i + 1]);
      queue.offerHead(0);
    }
    rig.memory.setU16(0x12002, 8);
    rig.access.notify(0);
    const before = rig.memory.accesses;
    rig.settle();
    expect(reasonOf(rig)).toBeUndefined();
    expect(rig.memory.accesses - before).toBeLessThan(8 * 40);
  });
});

const EVERY = TRANSPORTS.flatMap((transport) => MODEL_NAMES.map((name) => ({ name, transport })));

describe.each(EVERY)('the $name device over $transport', ({ name, transport }) => {
  it.each(MALICE)('says $reason to $what', ({ reason, features = [], act }) => {
    const rig = new Rig<VirtioModel>(MODELS[name], {}, transport);
    const queue = open(rig, features);
    // A receive queue is looked at when there is something to receive.
    if (name === 'console') feedConsole(rig);
    if (name === 'network') feedNetwork(rig);
    act(rig, queue);
    rig.access.notify(0);
    rig.settle();
    expect(reasonOf(rig)).toBe(reason);
  });
});

function feedConsole(rig: Rig): void {
  (rig.model as ReturnType<typeof MODELS.console>).input(0, Uint8Array.of(65));
}

function feedNetwork(rig: Rig): void {
  (rig.model as ReturnType<typeof MODELS.network>).receive(new Uint8Array(60));
}

describe('a queue that cannot be', () => {
  it.each([
    ['queueSize', { size: 0, desc: 0x11000, driver: 0x12000, device: 0x13000 }],
    ['queueSize', { size: 3, desc: 0x11000, driver: 0x12000, device: 0x13000 }],
    ['queueSize', { size: 256, desc: 0x11000, driver: 0x12000, device: 0x13000 }],
    ['queueSize', { size: 0x10004, desc: 0x11000, driver: 0x12000, device: 0x13000 }],
    ['descMisaligned', { size: 4, desc: 0x11008, driver: 0x12000, device: 0x13000 }],
    ['availMisaligned', { size: 4, desc: 0x11000, driver: 0x12001, device: 0x13000 }],
    ['usedMisaligned', { size: 4, desc: 0x11000, driver: 0x12000, device: 0x13002 }],
    ['descUnreachable', { size: 4, desc: 0x1000_0000, driver: 0x12000, device: 0x13000 }],
    ['availUnreachable', { size: 4, desc: 0x11000, driver: 0xffffe, device: 0x13000 }],
    ['usedUnreachable', { size: 4, desc: 0x11000, driver: 0x12000, device: 2 ** 63 }],
  ] as const)('is refused: %s', (reason, place) => {
    const rig = new Rig((id) => MODELS.block(id));
    expect(rig.model).toBeInstanceOf(VirtioBlock);
    rig.driver.negotiate([]);
    rig.access.setQueue(0, place);
    expect(reasonOf(rig)).toBe(reason);
    expect(rig.access.isReady(0)).toBe(false);
    // Before DRIVER_OK there is nobody to interrupt.
    expect(rig.line).toBe(false);
  });
});

it('a chain of more than 2^32 bytes is refused, where there is memory for it', () => {
  const rig = new Rig((id) => new Echo(id));
  const large = { check: () => true, read: rig.memory.read.bind(rig.memory), write: () => true };
  for (let i = 0; i < 3; i++) writeDescriptor(rig.memory, 16 * i, [0, i < 2 ? 0x8000_0000 : 1], [i < 2 ? 1 : 0, i + 1]);
  const chain = new Chain(4, large, () => {});
  const table = { memory: large, address: 0, size: 4, allowsIndirect: false };
  expect(walkChain(chain, table, 0)).toEqual({ reason: 'chainTooLarge', value: 2 ** 32 + 1, limit: 2 ** 32 });
  rig.memory.setU16(16 + 12, 0);
  expect(walkChain(chain, table, 0)).toBeNull();
  expect(chain.readableBytes).toBe(2 ** 32);
});

it('each reason is a sentence, and each rule of the standard names its section', () => {
  for (const reason of VIRTIO_REASONS) {
    expect(reason.sentence).toMatch(/^[A-Z].*\.$/);
    if (reason.id !== 'zeroLength') expect(reason.title).not.toBe('');
  }
  expect(new Set(VIRTIO_REASONS.map(({ id }) => id)).size).toBe(VIRTIO_REASONS.length);
});
