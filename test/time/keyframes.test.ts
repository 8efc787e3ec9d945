import { describe, expect, test } from 'vitest';
import { Keyframes } from '../../src/time/keyframes.ts';
import { PAGE_SIZE, type Page, PageMap } from '../../src/time/pages.ts';

const page = (): Page => new Uint8Array(PAGE_SIZE).fill(1);
const empty = PageMap.zeros(64);

function frame(
  tick: number,
  ram = empty,
): { snapshot: { tick: number; parts: Map<string, Uint8Array>; ram: PageMap }; applied: number; work: number } {
  return { snapshot: { tick, parts: new Map(), ram }, applied: 0, work: tick };
}

function ticks(frames: Keyframes): number[] {
  return Array.from({ length: frames.length }, (_, i) => frames.at(i).snapshot.tick);
}

describe('keyframes', () => {
  test('are found by tick, the last one at or before it', () => {
    const frames = new Keyframes({ count: 10, bytes: 1e9 });
    for (const tick of [0, 10, 10, 20]) frames.add(frame(tick));
    expect([-1, 0, 9, 10, 19, 20, 99].map((tick) => frames.indexAt(tick))).toEqual([-1, 0, 0, 2, 2, 3, 3]);
  });

  test('stay bounded in number and keep the beginning, and gaps grow with distance only', () => {
    const frames = new Keyframes({ count: 64, bytes: 1e9 });
    const end = 20_000;
    for (let tick = 0; tick <= end; tick++) frames.add(frame(tick));
    const kept = ticks(frames);
    expect(kept).toHaveLength(64);
    expect(kept[0]).toBe(0);
    expect(kept.slice(-2)).toEqual([end - 1, end]);
    for (let i = 1; i < kept.length; i++) expect(kept[i] - kept[i - 1]).toBeLessThanOrEqual(1 + 0.5 * (end - kept[i - 1]));
  });

  test('thin out on both sides of a present that is in the past', () => {
    const frames = new Keyframes({ count: 40, bytes: 1e9 });
    for (let tick = 0; tick <= 10_000; tick += 300) frames.add(frame(tick));
    for (let tick = 5000; tick < 5030; tick++) frames.add(frame(tick));
    const kept = ticks(frames);
    expect(kept).toHaveLength(40);
    expect(kept.filter((tick) => tick >= 5010 && tick < 5030).length).toBeGreaterThan(10);
    expect(kept[0]).toBe(0);
    expect(Math.max(...kept)).toBeGreaterThan(6000);
  });

  test('weigh what they do not share, and stay below the limit by forgetting', () => {
    const frames = new Keyframes({ count: 1000, bytes: 20 * PAGE_SIZE });
    let ram = empty;
    for (let tick = 0; tick < 500; tick++) {
      ram = ram.with([[tick % 64, page()]]);
      frames.add(frame(tick, ram));
      expect(frames.bytes).toBe(distinctAlong(frames) * PAGE_SIZE);
      // The beginning, the present and what is before it stay, whatever they weigh: they differ in at most 64 pages each.
      expect(frames.bytes <= 20 * PAGE_SIZE || frames.length <= 3).toBe(true);
    }
  });

  test('beside the present stay, however few may', () => {
    const frames = new Keyframes({ count: 4, bytes: 1e9 });
    for (const tick of [0, 10, 20, 30, 15]) frames.add(frame(tick));
    expect(ticks(frames)).toEqual([0, 10, 15, 20]);
  });

  test('weigh the same when one comes between', () => {
    const frames = new Keyframes({ count: 10, bytes: 1e9 });
    const shared = empty.with([[1, page()]]);
    frames.add(frame(0));
    frames.add(frame(20, shared.with([[2, page()]])));
    expect(frames.bytes).toBe(2 * PAGE_SIZE);
    frames.add(frame(10, shared));
    expect(frames.bytes).toBe(2 * PAGE_SIZE);
  });

  test('weigh the same when some in the middle and the end are cut away', () => {
    const frames = new Keyframes({ count: 1000, bytes: 1e9 });
    for (let tick = 0; tick < 10; tick++) frames.add(frame(tick, empty.with([[tick, page()]])));
    frames.cut(4);
    expect(ticks(frames)).toEqual([0, 1, 2, 3, 4]);
    // Each has its own page, and a zero page where its predecessor had one.
    expect(frames.bytes).toBe(distinctAlong(frames) * PAGE_SIZE);
  });
});

/** Pages that each does not share with the one before it. */
function distinctAlong(frames: Keyframes): number {
  let count = 0;
  for (let i = 1; i < frames.length; i++) frames.at(i).snapshot.ram.differences(frames.at(i - 1).snapshot.ram, () => count++);
  return count;
}
