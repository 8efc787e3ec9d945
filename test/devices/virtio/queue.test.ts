import { beforeEach, describe, expect, it } from 'vitest';
import { F_EVENT_IDX, F_INDIRECT_DESC, F_RING_RESET } from '../../../src/arch/virtio.ts';
import { needsEvent } from '../../../src/devices/virtio/queue.ts';
import { writeDescriptor } from './driver.ts';
import { Echo } from './echo.ts';
import { Rig } from './rig.ts';

const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const string = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

let rig: Rig<Echo>;

beforeEach(() => {
  rig = new Rig((id) => new Echo(id));
});

describe('a split virtqueue', () => {
  it('hands a chain over whole, wherever one descriptor ends and the next begins', () => {
    rig.driver.start([]);
    const [queue] = rig.driver.queues;
    queue.add(text('a'), text('bc'), text('defg'), 3, 1, 5);
    queue.kick();
    rig.settle();
    const [used] = queue.reap();
    expect(used.length).toBe(7);
    expect(string(used.data.subarray(0, 7))).toBe('gfedcba');
  });

  it('does nothing to a queue that was not notified, and all of it once it is', () => {
    rig.driver.start([]);
    const [queue] = rig.driver.queues;
    rig.settle();
    queue.add(text('x'), 1);
    rig.runTo(1000);
    expect(queue.reap()).toEqual([]);
    for (let i = 0; i < 5; i++) queue.add(text('y'), 1);
    queue.kick();
    rig.settle();
    expect(queue.reap().map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('works after the instruction that notified, not within it', () => {
    rig.driver.start([]);
    const [queue] = rig.driver.queues;
    rig.settle();
    queue.add(text('x'), 1);
    rig.memory.log = [];
    queue.kick();
    expect(rig.memory.log).toEqual([]);
    expect(rig.transport.nextWake()).toBe(rig.ticks + 1);
  });

  it('writes the used entry before the used idx, and nothing that belongs to the driver', () => {
    rig.driver.start([]);
    const [queue] = rig.driver.queues;
    rig.settle();
    queue.add(text('abc'), 3);
    rig.memory.log = [];
    queue.kick();
    rig.settle();
    const { device, size } = queue.place;
    const writes = rig.memory.log.filter(([kind]) => kind === 'write');
    const entry = writes.findIndex(([, at]) => at === device + 4);
    const idx = writes.findIndex(([, at]) => at === device + 2);
    expect(entry).toBeGreaterThan(0);
    expect(idx).toBeGreaterThan(entry);
    const [used] = queue.reap();
    expect(used.length).toBe(3);
    const outside = writes.filter(([, at]) => at < device || at >= device + 6 + 8 * size);
    expect(outside.map(([, , length]) => length)).toEqual([3]);
  });

  it('counts with free-running indexes that wrap at 65536', () => {
    rig.driver.start([], 4);
    const [queue] = rig.driver.queues;
    let done = 0;
    for (let i = 0; i < 70_000; i += 2) {
      for (let j = 0; j < 2; j++) queue.add(Uint8Array.of(i + j), 1);
      queue.kick();
      rig.settle();
      done += queue.reap().length;
    }
    expect(done).toBe(70_000);
    expect(rig.device.queues[0].state.nextUsed).toBe(70_000 - 65_536);
    expect(rig.device.status & 0x40).toBe(0);
  });

  it('takes a queue of one entry, and one of the largest size', () => {
    for (const size of [1, 256]) {
      rig.driver.start([], size);
      const [queue] = rig.driver.queues;
      for (let i = 0; i < 3; i++) {
        queue.add(text('q'));
        queue.kick();
        rig.settle();
        expect(queue.reap()).toHaveLength(1);
      }
    }
  });
});

describe('indirect descriptors', () => {
  it('stand for the buffers of their table', () => {
    rig.driver.start([F_INDIRECT_DESC]);
    const [queue] = rig.driver.queues;
    queue.addIndirect([text('one'), text('two'), 6]);
    queue.kick();
    rig.settle();
    expect(string(queue.reap()[0].data)).toBe('owteno');
    expect(queue.room).toBe(16);
  });

  it('may follow direct ones, and their own WRITE flag means nothing', () => {
    rig.driver.start([F_INDIRECT_DESC]);
    const [queue] = rig.driver.queues;
    const head = queue.addIndirect([text('ab'), text('cd'), 4], 1);
    const second = rig.memory.u16(queue.place.desc + 16 * head + 14);
    const flags = queue.place.desc + 16 * second + 12;
    rig.memory.setU16(flags, rig.memory.u16(flags) | 2);
    queue.kick();
    rig.settle();
    expect(string(queue.reap()[0].data)).toBe('dcba');
  });

  it('may name a table that is longer than the queue, if the chain in it is not', () => {
    rig.driver.start([F_INDIRECT_DESC], 4);
    const [queue] = rig.driver.queues;
    const table = rig.driver.allocate(16 * 40, 16);
    const place = rig.driver.place(text('z'));
    writeDescriptor(rig.memory, table, place, [1, 39]);
    writeDescriptor(rig.memory, table + 16 * 39, rig.driver.place(1), [2, 0]);
    queue.describe(0, [table, 16 * 40], [4, 0]);
    queue.offerHead(0);
    queue.kick();
    rig.settle();
    expect(rig.device.status & 0x40).toBe(0);
    expect(rig.memory.u32(queue.place.device + 8)).toBe(1);
  });
});

describe('used buffer notifications', () => {
  it('come for each batch, and not at all with VIRTQ_AVAIL_F_NO_INTERRUPT', () => {
    rig.driver.start([]);
    const [queue] = rig.driver.queues;
    for (const isWanted of [1, 0, 1]) {
      queue.wantInterrupt(isWanted);
      queue.add(text('i'));
      queue.add(text('j'));
      queue.kick();
      rig.settle();
      expect(rig.line).toBe(isWanted === 1);
      expect(rig.access.takeInterrupts()).toBe(isWanted);
    }
    const { interrupts, interruptsSuppressed } = rig.device.queues[0].state;
    expect([interrupts, interruptsSuppressed]).toEqual([2, 1]);
  });

  it('come with EVENT_IDX when idx passes used_event, and only then', () => {
    rig.driver.start([F_EVENT_IDX]);
    const [queue] = rig.driver.queues;
    queue.wantInterrupt(3);
    const told: boolean[] = [];
    for (let i = 0; i < 6; i++) {
      queue.add(text('e'));
      queue.kick();
      rig.settle();
      told.push(rig.access.takeInterrupts() === 1);
    }
    expect(told).toEqual([false, false, true, false, false, false]);
  });

  it('come with EVENT_IDX for the first buffer, as used_event begins at 0, and again 65536 buffers later', () => {
    rig.driver.start([F_EVENT_IDX], 4);
    const [queue] = rig.driver.queues;
    let told = 0;
    for (let i = 0; i < 65_536 + 4; i++) {
      queue.add(Uint8Array.of(1));
      queue.kick();
      rig.settle();
      told += rig.access.takeInterrupts();
      queue.reap();
      rig.memory.setU16(queue.place.driver + 4 + 2 * 4, 0);
    }
    expect(told).toBe(2);
    expect(rig.device.queues[0].state).toMatchObject({ interrupts: 2, interruptsSuppressed: 65_538 });
  });

  it('compare indexes that wrap', () => {
    expect(needsEvent(0xffff, 0, 0xffff)).toBe(true);
    expect(needsEvent(0xfffe, 0, 0xffff)).toBe(false);
    expect(needsEvent(2, 5, 0xfffd)).toBe(true);
    expect(needsEvent(5, 5, 0xfffd)).toBe(false);
    for (let now = 0; now < 40; now++) {
      for (let event = 0; event < 40; event++) {
        // Six entries were used, ending before `now`: the driver is told if one of them stands at `event`.
        const entries = Array.from({ length: 6 }, (_, i) => (now - 6 + i) & 0xffff);
        expect(needsEvent(event, now, (now - 6) & 0xffff)).toBe(entries.includes(event));
      }
    }
  });
});

describe('available buffer notifications', () => {
  it.each([
    ['the flag', []],
    ['avail_event', [F_EVENT_IDX]],
  ])('are not wanted while the device is at work anyway, says %s', (_how, features) => {
    rig.driver.start(features);
    const [queue] = rig.driver.queues;
    rig.settle();
    rig.model.state.busyTicks = 100;
    queue.add(text('1'));
    expect(queue.kick()).toBe(true);
    rig.runTo(rig.ticks + 10);
    queue.add(text('2'));
    expect(queue.kick()).toBe(false);
    rig.settle();
    expect(queue.reap()).toHaveLength(2);
    queue.add(text('3'));
    expect(queue.kick()).toBe(true);
    expect(rig.device.queues[0].state).toMatchObject({ notifications: 2, chains: 2 });
  });

  it('are not wanted by a device that waits for something else', () => {
    rig.driver.start([]);
    const [queue] = rig.driver.queues;
    rig.model.state.dozes = 1;
    rig.settle();
    queue.add(text('1'), 1);
    expect(queue.kick()).toBe(false);
    rig.settle();
    expect(queue.reap()).toEqual([]);
    rig.model.awake();
    rig.settle();
    expect(queue.reap()).toHaveLength(1);
  });

  it('do no harm when there is nothing new', () => {
    rig.driver.start([]);
    for (let i = 0; i < 5; i++) rig.access.notify(0);
    rig.settle();
    for (const queue of [1, 2, 77, 0xffff]) rig.access.notify(queue);
    rig.settle();
    expect(rig.device.status & 0x40).toBe(0);
    expect(rig.device.state.strayNotifications).toBe(3);
  });
});

describe('a ring reset', () => {
  it('gives one queue back, the others go on', () => {
    rig.driver.start([F_RING_RESET]);
    const [first, second] = rig.driver.queues;
    rig.settle();
    rig.model.state.busyTicks = 50;
    for (const queue of [first, second]) {
      queue.add(text('r'));
      queue.kick();
    }
    rig.runTo(rig.ticks + 5);
    rig.access.resetQueue(0);
    expect(rig.access.isReady(0)).toBe(false);
    rig.settle();
    expect(first.reap()).toEqual([]);
    expect(second.reap()).toHaveLength(1);
    const again = rig.driver.openQueue(0, 8);
    again.add(text('s'));
    again.kick();
    rig.settle();
    expect(again.reap()).toHaveLength(1);
  });

  it('needs its feature', () => {
    rig.driver.start([]);
    rig.access.resetQueue(0);
    expect(rig.access.isReady(0)).toBe(true);
  });
});

it('a queue that the driver took back is not touched, not even in the middle of a request', () => {
  rig.driver.start([]);
  const [queue] = rig.driver.queues;
  rig.settle();
  rig.model.state.busyTicks = 50;
  queue.add(text('n'));
  queue.kick();
  rig.runTo(rig.ticks + 5);
  rig.registers.set('QueueSel', 0);
  rig.registers.set('QueueReady', 0);
  rig.memory.log = [];
  rig.settle();
  expect(rig.memory.log).toEqual([]);
});
