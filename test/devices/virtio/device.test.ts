import { beforeEach, describe, expect, it } from 'vitest';
import {
  F_ACCESS_PLATFORM,
  F_EVENT_IDX,
  F_VERSION_1,
  STATUS_ACKNOWLEDGE,
  STATUS_DEVICE_NEEDS_RESET,
  STATUS_DRIVER,
  STATUS_DRIVER_OK,
  STATUS_FAILED,
  STATUS_FEATURES_OK,
} from '../../../src/arch/virtio.ts';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { BLK_F_CONFIG_WCE, BLK_F_FLUSH } from '../../../src/arch/virtio-devices.ts';
import { TRACE_KIND, tracedDevice } from '../../../src/trace/schema.ts';
import { Echo } from './echo.ts';
import { MODELS, Rig } from './rig.ts';

const BEGUN = STATUS_ACKNOWLEDGE | STATUS_DRIVER;

let rig: Rig<Echo>;

beforeEach(() => {
  rig = new Rig((id) => new Echo(id));
});

/** Offers these feature words and asks for FEATURES_OK. */
function negotiate({ access }: Rig, low: number, high: number): boolean {
  access.status = 0;
  access.status = BEGUN;
  access.accept(0, low);
  access.accept(1, high);
  access.status = BEGUN | STATUS_FEATURES_OK;
  return (access.status & STATUS_FEATURES_OK) !== 0;
}

function refusal(of: Rig): string | undefined {
  return reasonAt(of.device.state.refusal)?.id;
}

describe('feature negotiation', () => {
  it('offers VERSION_1 and ring features, and nothing above bit 63', () => {
    expect(rig.access.features(1) & 1).toBe(1);
    expect(rig.access.features(0) >>> 28).toBe(3);
    expect(rig.access.features(2)).toBe(0);
  });

  it('agrees to any subset with VERSION_1', () => {
    expect(negotiate(rig, 0, 1)).toBe(true);
    expect(negotiate(rig, 1 << 28, 1)).toBe(true);
    expect(negotiate(rig, rig.access.features(0), rig.access.features(1))).toBe(true);
    expect(refusal(rig)).toBeUndefined();
  });

  it('refuses a legacy driver, one that accepts what was not offered, and says which it is', () => {
    expect(negotiate(rig, 0, 0)).toBe(false);
    expect(refusal(rig)).toBe('legacyDriver');
    for (const bit of [0, 5, 27]) {
      expect(negotiate(rig, 1 << bit, 1)).toBe(false);
      expect([refusal(rig), rig.device.state.refusalValue]).toEqual(['featureNotOffered', bit]);
    }
    expect(negotiate(rig, 0, 0x8000_0001)).toBe(false);
    expect(rig.device.state.refusalValue).toBe(63);
    rig.access.accept(3, 0x10);
    expect(negotiate(rig, 0, 1)).toBe(true);
    rig.access.status = 0;
    rig.access.accept(3, 0x10);
    rig.access.accept(1, 1);
    rig.access.status = BEGUN | STATUS_FEATURES_OK;
    expect(rig.access.status).toBe(BEGUN);
    expect([refusal(rig), rig.device.state.refusalValue]).toEqual(['featureNotOffered', 100]);
  });

  it('refuses a feature without the one that it requires', () => {
    const disk = new Rig((id) => MODELS.block(id));
    expect(disk.driver.negotiate([BLK_F_CONFIG_WCE])).toBe(false);
    expect([refusal(disk), disk.device.state.refusalValue, disk.device.state.refusalLimit]).toEqual([
      'featureRequires',
      BLK_F_CONFIG_WCE,
      BLK_F_FLUSH,
    ]);
    expect(disk.driver.negotiate([BLK_F_CONFIG_WCE, BLK_F_FLUSH])).toBe(true);
  });

  it('insists on ACCESS_PLATFORM behind an IOMMU, and does not offer it elsewhere', () => {
    expect((rig.access.features(1) >>> (F_ACCESS_PLATFORM - 32)) & 1).toBe(0);
    const behind = new Rig((id) => new Echo(id), { isBehindIommu: true });
    expect(behind.driver.negotiate([])).toBe(false);
    expect(refusal(behind)).toBe('platformNotAccepted');
    expect(behind.driver.negotiate([F_ACCESS_PLATFORM])).toBe(true);
  });

  it('lets a driver try again after a refusal, and ends with FEATURES_OK', () => {
    expect(negotiate(rig, 1 << 5, 1)).toBe(false);
    rig.access.accept(0, 0);
    rig.access.status = BEGUN | STATUS_FEATURES_OK;
    expect(rig.access.status & STATUS_FEATURES_OK).not.toBe(0);
    rig.access.accept(0, 1 << F_EVENT_IDX);
    expect(rig.device.has(F_EVENT_IDX)).toBe(false);
    expect(rig.device.has(F_VERSION_1)).toBe(true);
  });
});

describe('the device status', () => {
  it('is not cleared but by 0', () => {
    rig.access.status = BEGUN;
    rig.access.status = STATUS_ACKNOWLEDGE;
    expect(rig.access.status).toBe(BEGUN);
    rig.access.status = 0;
    expect(rig.access.status).toBe(0);
  });

  it('cannot be given DEVICE_NEEDS_RESET by the driver, nor bits that do not exist', () => {
    rig.access.status = 0xff & ~(STATUS_DRIVER_OK | STATUS_FEATURES_OK | STATUS_FAILED);
    expect(rig.access.status).toBe(BEGUN);
  });

  it.each([
    ['DRIVER_OK without FEATURES_OK', 'liveWithoutFeatures', () => (rig.access.status = BEGUN | STATUS_DRIVER_OK)],
    ['a queue before FEATURES_OK', 'queueBeforeFeatures', () => rig.driver.openQueue(0, 4)],
    ['a legacy register', 'legacyRegister', () => rig.window.write(0x40, 4, 0x10)],
  ])('asks for a reset after %s: %s', (_what, reason, act) => {
    act();
    expect(rig.access.status & STATUS_DEVICE_NEEDS_RESET).not.toBe(0);
    expect(reasonAt(rig.device.state.fault)?.id).toBe(reason);
  });

  it('keeps the reason of the last error through a reset', () => {
    rig.driver.openQueue(0, 4);
    rig.access.status = 0;
    expect(rig.access.status).toBe(0);
    expect(reasonAt(rig.device.state.fault)?.id).toBe('queueBeforeFeatures');
  });

  it('with FAILED stops everything', () => {
    rig.driver.start([]);
    rig.settle();
    const [queue] = rig.driver.queues;
    queue.add(Uint8Array.of(1));
    rig.access.status = rig.access.status | STATUS_FAILED;
    queue.kick();
    rig.settle();
    expect(queue.reap()).toEqual([]);
  });
});

describe('a notification before DRIVER_OK', () => {
  it('is remembered, and nothing is touched until then', () => {
    rig.driver.negotiate([]);
    const queue = rig.driver.openQueue(0, 4);
    queue.add(Uint8Array.of(9), 1);
    queue.kick();
    rig.memory.log = [];
    rig.settle();
    expect(rig.memory.log).toEqual([]);
    expect(rig.device.queues[0].state.isPending).toBe(1);
    rig.driver.goLive();
    rig.settle();
    expect(queue.reap()[0].data).toEqual(Uint8Array.of(9));
    expect(rig.device.queues[0].state).toMatchObject({ isPending: 0, notifications: 1, chains: 1 });
  });

  it('is not even needed: at DRIVER_OK the device looks at every queue', () => {
    rig.driver.negotiate([]);
    const queue = rig.driver.openQueue(1, 4);
    queue.add(Uint8Array.of(9), 1);
    rig.memory.setU16(queue.place.driver + 2, 1);
    rig.driver.goLive();
    rig.settle();
    expect(queue.reap()).toHaveLength(1);
  });
});

it('a reset in the middle of a request forgets it, and the line falls', () => {
  rig.driver.start([]);
  rig.settle();
  rig.driver.queues[1].add(Uint8Array.of(1));
  rig.driver.queues[1].kick();
  rig.settle();
  rig.model.state.busyTicks = 100;
  rig.driver.queues[0].add(Uint8Array.of(1));
  rig.driver.queues[0].kick();
  rig.runTo(rig.ticks + 20);
  expect(rig.line).toBe(true);
  rig.access.status = 0;
  expect(rig.line).toBe(false);
  expect(rig.access.takeInterrupts()).toBe(0);
  expect(rig.transport.nextWake()).toBe(Number.POSITIVE_INFINITY);
  expect(rig.access.isReady(0)).toBe(false);
  rig.memory.log = [];
  rig.runTo(rig.ticks + 1000);
  expect(rig.memory.log).toEqual([]);
});

it('one instant has a bounded amount of work, and the rest comes at the next', () => {
  rig.driver.start([], 256);
  rig.settle();
  const [queue] = rig.driver.queues;
  for (let i = 0; i < 256; i++) queue.add(Uint8Array.of(i));
  queue.kick();
  rig.runTo(rig.ticks + 1);
  const first = queue.reap().length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(256);
  rig.settle();
  expect(first + queue.reap().length).toBe(256);
});

it('the trace tells the life of a buffer', () => {
  rig.driver.start([]);
  rig.settle();
  const from = rig.trace.written;
  const [queue] = rig.driver.queues;
  queue.add(Uint8Array.of(1, 2, 3), 2);
  queue.kick();
  rig.settle();
  const { words } = rig.trace.read(from);
  const records = Array.from({ length: words.length / 8 }, (_, i) => [...words.subarray(8 * i, 8 * i + 8)]);
  const word = rig.device.traceWord;
  expect(tracedDevice(word)).toEqual({ vm: null, place: 7, type: rig.device.model.type.id });
  // kind, tick, -, device, queue, operation, index, length
  expect(records.map((r) => [r[0], r[3], r[4], r[5], r[7]])).toEqual([
    [TRACE_KIND.virtqueue, word, 0, 0, 0],
    [TRACE_KIND.virtqueue, word, 0, 1, 5],
    [TRACE_KIND.virtqueue, word, 0, 2, 2],
    [TRACE_KIND.virtqueue, word, 0, 3, 0],
  ]);
});

it('every change of the status is in the trace, with the reason of an error', () => {
  rig.driver.openQueue(0, 4);
  const { words } = rig.trace.read(0);
  expect(words.length).toBe(8);
  expect(words[0]).toBe(TRACE_KIND.virtioStatus);
  expect(reasonAt(words[5])?.id).toBe('queueBeforeFeatures');
});
