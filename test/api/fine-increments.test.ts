import { beforeEach, describe, expect, it } from 'vitest';
import { FineIncrements } from '../../src/api/fine-increments.ts';
import { RECORD_WORDS, TRACE_KIND } from '../../src/trace/schema.ts';
import { Trace } from '../../src/trace/trace.ts';
import { History } from '../../src/ui/history.ts';

const CAPACITY = 8192;

let ring: Trace;
let increments: FineIncrements;
let history: History;

/** Walks, one a tick, from tick `from` up to `to`. */
function walk(from: number, to: number): void {
  for (let tick = from; tick < to; tick++) {
    ring.clock = () => tick;
    ring.emit(TRACE_KIND.walk, tick);
  }
}

function send(isReadable: boolean): number {
  const piece = increments.take(ring, ring.clock(), isReadable);
  history.takeFine(piece);
  return piece.words.length / RECORD_WORDS;
}

/** Ticks that the page knows walks of: the first and the last, and how many. */
const known = (): number[] => [history.walks[0]?.linear, history.walks.at(-1)?.linear ?? -1, history.walks.length];

beforeEach(() => {
  ring = new Trace(CAPACITY);
  increments = new FineIncrements();
  history = new History();
});

describe('frequent records', () => {
  it('are sent once, as they come', () => {
    walk(0, 100);
    expect([send(true), send(true)]).toEqual([100, 0]);
    walk(100, 150);
    expect([send(false), ...known(), history.fineFrom]).toEqual([50, 0, 149, 150, 0]);
  });

  it('of a run at full speed are the newest, and whoever stands still is given all that the ring has', () => {
    walk(0, 100);
    send(true);
    walk(100, 5000);
    expect(send(false)).toBe(2048);
    expect([...known(), history.fineFrom]).toEqual([5000 - 2048, 4999, 2048, 5000 - 2048 + 1]);
    walk(5000, 5010);
    send(true);
    expect([...known(), history.fineFrom]).toEqual([0, 5009, 5010, 0]);
  });

  it('are known from a tick on, where the ring has come round', () => {
    walk(0, 10_000);
    send(true);
    expect([...known(), history.fineFrom]).toEqual([10_000 - CAPACITY, 9999, CAPACITY, 10_000 - CAPACITY + 1]);
    walk(10_000, 10_010);
    expect([send(true), history.fineFrom]).toEqual([10, 10_000 - CAPACITY + 1]);
  });

  it('are gone where another history begins, and known again from there', () => {
    walk(0, 10_000);
    send(true);
    ring.remember(10_000);
    ring.clock = () => 500;
    ring.replay();
    ring.truncate(500);
    increments.cut(ring, 500);
    walk(500, 520);
    send(true);
    expect([...known(), history.fineFrom]).toEqual([500, 519, 20, 500]);
  });

  it('that a replay writes again take the place of all that were known', () => {
    walk(0, 10_000);
    send(true);
    ring.remember(10_000);
    ring.revisit(600);
    ring.clock = () => 500;
    ring.replay();
    walk(500, 600);
    send(true);
    expect([...known(), history.fineFrom, history.fineUntil]).toEqual([500, 599, 100, 500, 599]);
    walk(600, 700);
    send(true);
    expect([...known(), history.fineFrom, history.fineUntil]).toEqual([500, 699, 200, 500, 699]);
  });

  it('stay where one goes back to what is still known, the future too', () => {
    walk(0, 3000);
    send(true);
    ring.remember(3000);
    ring.revisit(600);
    ring.clock = () => 500;
    ring.replay();
    walk(500, 600);
    send(true);
    expect([...known(), history.fineFrom, history.fineUntil]).toEqual([0, 2999, 3000, 0, 3000]);
  });

  it('are sent anew to whoever has seen none', () => {
    walk(0, 30);
    send(true);
    increments.forget();
    history = new History();
    expect([send(true), history.walks.length]).toEqual([30, 30]);
  });
});
