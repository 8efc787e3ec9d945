import { beforeEach, describe, expect, it } from 'vitest';
import {
  BALLOON_F_FREE_PAGE_HINT,
  BALLOON_F_MUST_TELL_HOST,
  BALLOON_F_PAGE_POISON,
  BALLOON_F_PAGE_REPORTING,
  BALLOON_F_STATS_VQ,
  BALLOON_STATS,
} from '../../../src/arch/virtio-devices.ts';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { FRAMES, MODELS, Rig } from './rig.ts';

const ALL = [BALLOON_F_MUST_TELL_HOST, BALLOON_F_STATS_VQ, BALLOON_F_FREE_PAGE_HINT, BALLOON_F_PAGE_REPORTING];
const build = (): Rig<ReturnType<typeof MODELS.balloon>> => new Rig(MODELS.balloon);
let rig = build();

beforeEach(() => {
  rig = build();
  rig.driver.start(ALL);
  rig.settle();
});

const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

/** Gives a buffer to a queue; returns whether the device has used it. */
function give(index: number, bytes: Uint8Array): boolean {
  const queue = rig.driver.queues[index];
  queue.add(bytes);
  queue.kick();
  rig.settle();
  return queue.reap().length === 1;
}

/** Offers free memory, `[address, size]` each, in one chain. */
function offer(index: number, ...ranges: (readonly [number, number])[]): void {
  const queue = rig.driver.queues[index];
  const head = queue.add(...ranges.map(() => 1));
  // The free pages themselves are the buffer.
  for (const [i, [address, size]] of ranges.entries()) {
    const at = queue.place.desc + 16 * ((head + i) % queue.place.size);
    rig.memory.setU32(at, address);
    rig.memory.setU32(at + 8, size);
  }
  queue.kick();
  rig.settle();
  queue.reap();
}

describe('a balloon', () => {
  it('tells what the host wants, and hears what the driver has', () => {
    rig.model.setTarget(20);
    expect(rig.access.takeInterrupts()).toBe(2);
    expect(rig.access.config(0, 4)).toBe(20);
    rig.access.setConfig(4, 4, 12);
    expect(rig.model.state.actual).toBe(12);
    rig.model.setTarget(1e9);
    expect(rig.access.config(0, 4)).toBe(FRAMES);
  });

  it('takes pages from the guest and gives them back', () => {
    expect(give(0, words(40, 41, 44))).toBe(true);
    expect(rig.outside.pages).toEqual(['release 40 1 inflated', 'release 41 1 inflated', 'release 44 1 inflated']);
    expect([40, 41, 42, 44].map((frame) => rig.model.isInflated(frame))).toEqual([true, true, false, true]);
    expect(give(1, words(41))).toBe(true);
    expect(rig.outside.pages.at(-1)).toBe('reclaim 41');
    expect(rig.model.state).toMatchObject({ inflatedCount: 2, pagesInflated: 3, pagesDeflated: 1 });
  });

  it('passes over pages that are not the guest’s, that it has, or that it has not', () => {
    give(0, words(FRAMES, 0xffff_ffff, 40, 40));
    give(1, words(41, FRAMES));
    expect(rig.outside.pages).toEqual(['release 40 1 inflated']);
    expect(rig.model.state).toMatchObject({ inflatedCount: 1, pagesRefused: 5 });
    expect(rig.device.status & 0x40).toBe(0);
  });

  it('works through an array of any length, a part at each instant', () => {
    const [queue] = rig.driver.queues;
    queue.add(words(...Array.from({ length: 3000 }, (_, i) => i % FRAMES)));
    queue.kick();
    rig.runTo(rig.ticks + 1);
    expect(rig.device.queues[0].state).toMatchObject({ isActive: 1, progress: 4096 });
    rig.settle();
    expect(rig.model.state).toMatchObject({ pagesInflated: FRAMES, pagesRefused: 3000 - FRAMES });
    expect(queue.reap()).toHaveLength(1);
  });

  it('gives everything back when the driver resets it, and keeps the target', () => {
    give(0, words(7, 9));
    rig.model.setTarget(5);
    rig.access.status = 0;
    expect(rig.outside.pages.slice(-2)).toEqual(['reclaim 7', 'reclaim 9']);
    expect(rig.model.state).toMatchObject({ inflatedCount: 0, actual: 0, numPages: 5 });
  });

  it.each([
    ['six bytes', new Uint8Array(6)],
    ['a number and a half', new Uint8Array(10)],
  ])('asks for a reset after an array of %s', (_what, bytes) => {
    give(0, bytes);
    expect(reasonAt(rig.device.state.fault)?.id).toBe('pageArrayLength');
  });
});

describe('memory statistics', () => {
  function stats(...entries: (readonly [number, number])[]): Uint8Array {
    const bytes = new Uint8Array(10 * entries.length);
    const view = new DataView(bytes.buffer);
    for (const [i, [tag, value]] of entries.entries()) {
      view.setUint16(10 * i, tag, true);
      view.setUint32(10 * i + 2, value % 2 ** 32, true);
      view.setUint32(10 * i + 6, Math.floor(value / 2 ** 32), true);
    }
    return bytes;
  }

  it('come when the host asks: the device keeps a buffer, and gives it back for a newer one', () => {
    expect(give(2, stats([4, 5_000_000_000], [5, 8_000_000_000]))).toBe(false);
    expect(rig.model.state.stats.at(4)).toBe(5_000_000_000);
    expect(rig.line).toBe(false);
    rig.model.requestStats();
    rig.settle();
    expect(rig.driver.queues[2].reap()).toHaveLength(1);
    expect(rig.access.takeInterrupts()).toBe(1);
    expect(give(2, stats([5, 7], [4, 3]))).toBe(false);
    expect([rig.model.state.stats.at(4), rig.model.state.stats.at(5), rig.model.state.statsCount]).toEqual([3, 7, 2]);
    expect(rig.model.state.statsGiven).toBe(0b110000);
  });

  it('asked for before there is a buffer come with the next', () => {
    rig.model.requestStats();
    rig.settle();
    expect(give(2, stats([0, 1]))).toBe(true);
    expect(give(2, stats([0, 2]))).toBe(false);
  });

  it('may have unknown tags, any order, and a torn end', () => {
    give(2, Uint8Array.of(...stats([999, 1], [9, 2], [3, 3]), 1, 2, 3));
    expect(rig.model.state.statsGiven).toBe((1 << 9) | (1 << 3));
    expect(BALLOON_STATS[9].name).toBe('HTLB_PGFAIL');
  });
});

describe('free page hinting', () => {
  it('goes by command IDs: others’ pages are passed over', () => {
    expect(rig.model.startHinting()).toBe(true);
    const id = rig.access.config(8, 4);
    expect(id).toBeGreaterThanOrEqual(2);
    offer(3, [0x40000, 0x2000]);
    expect(rig.outside.pages).toEqual([]);
    give(3, words(id));
    offer(3, [0x40000, 0x2000], [0x50000, 0x1000]);
    expect(rig.outside.pages).toEqual(['hint 64 2', 'hint 80 1']);
    give(3, words(0));
    offer(3, [0x40000, 0x2000]);
    expect(rig.outside.pages).toHaveLength(2);
  });

  it('does not use an ID again before the driver has said STOP', () => {
    rig.model.startHinting();
    give(3, words(rig.access.config(8, 4)));
    expect(rig.model.startHinting()).toBe(false);
    rig.model.stopHinting(true);
    expect(rig.access.config(8, 4)).toBe(1);
    expect(rig.model.startHinting()).toBe(false);
    give(3, words(0));
    expect(rig.model.startHinting()).toBe(true);
    expect(rig.access.config(8, 4)).toBe(3);
  });

  it('has command buffers of 4 bytes', () => {
    give(3, new Uint8Array(8));
    expect(reasonAt(rig.device.state.fault)?.id).toBe('hintCommandLength');
  });
});

describe('free page reporting', () => {
  it('releases the whole pages of each buffer, one buffer at an instant', () => {
    offer(4, [0x40000, 0x3000], [0x50800, 0x2000], [0x60000, 0x800]);
    expect(rig.outside.pages).toEqual(['release 64 3 reported', 'release 81 1 reported']);
    expect(rig.model.state).toMatchObject({ pagesReported: 4, pagesRefused: 1, inflatedCount: 0 });
  });

  it('releases nothing where pages must keep a poison other than zero', () => {
    for (const [poison, pages] of [
      [0xaaaa_aaaa, 0],
      [0, 1],
    ]) {
      rig = build();
      rig.driver.negotiate([...ALL, BALLOON_F_PAGE_POISON]);
      rig.access.setConfig(12, 4, poison);
      for (let i = 0; i < 5; i++) rig.driver.openQueue(i, 8);
      rig.driver.goLive();
      rig.settle();
      offer(4, [0x40000, 0x1000]);
      expect(rig.outside.pages).toHaveLength(pages);
    }
  });
});

it('queues have the numbers of the text, whichever of them exist', () => {
  rig.driver.negotiate([BALLOON_F_PAGE_REPORTING]);
  expect([0, 1, 2, 3, 4, 5].map((queue) => rig.access.queueMax(queue) > 0)).toEqual([true, true, false, false, true, false]);
});
