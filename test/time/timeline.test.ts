import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Input, Journal } from '../../src/time/journal.ts';
import { type Moment, Timeline, type TimelineOptions } from '../../src/time/timeline.ts';
import { isInteresting, ToyMachine } from './toy-machine.ts';

interface Came {
  tick: number;
  payload: Uint8Array;
}

/** Runs straight from the beginning: what every journey must agree with. */
function straight(tick: number, inputs: readonly Came[], halts = false): ToyMachine {
  const toy = new ToyMachine({ halts });
  for (const input of inputs.filter((i) => i.tick <= tick)) {
    toy.run(input.tick);
    toy.applyInput({ ...input, kind: 'key' });
  }
  toy.run(tick);
  return toy;
}

/** Ticks before `end` at which the condition held. */
function interestingTicks(end: number, inputs: readonly Came[], halts = false): number[] {
  const toy = new ToyMachine({ halts });
  const found: number[] = [];
  const run = (until: number): void => void toy.run(until, true, (tick) => tick < end && found.push(tick));
  for (const input of inputs.filter((i) => i.tick < end)) {
    run(input.tick);
    toy.applyInput({ ...input, kind: 'key' });
  }
  run(end);
  return found;
}

/** Lives through the last `ticks` once more; with an odd number of them it gives up on the way. The ticks that were lived through follow each other. */
function relive(timeline: Timeline, toy: ToyMachine, ticks: number): void {
  const { now } = timeline;
  const from = Math.max(timeline.recordedFrom, now - ticks);
  let last = from;
  const journey = timeline.relive(from, (until) => {
    expect(timeline.now).toBe(last);
    const goesOn = toy.run(Math.min(until, timeline.now + 13), true);
    last = timeline.now;
    return goesOn;
  });
  for (let next = journey.next(); next.done !== true; ) next = journey.next(ticks % 2 === 1);
  expect(timeline.now).toBe(now);
  if (ticks % 2 === 0) expect(last).toBe(now);
}

const SMALL: Partial<TimelineOptions> = { spacing: 300, fineSpacing: 16, slice: 70, count: 8 };

describe('a timeline', () => {
  test('after any journey shows what a straight run shows', () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant('run' as const), n: fc.nat(1500) }),
      fc.record({ kind: fc.constant('seek' as const), n: fc.nat(8000) }),
      fc.record({ kind: fc.constant('back' as const), n: fc.nat(40) }),
      fc.record({ kind: fc.constant('input' as const), n: fc.nat(255) }),
      fc.record({ kind: fc.constant('rewind' as const), n: fc.constant(0) }),
      fc.record({ kind: fc.constant('relive' as const), n: fc.nat(3000) }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(command, { minLength: 1, maxLength: 25 }), (halts, commands) => {
        const toy = new ToyMachine({ halts });
        const timeline = new Timeline(toy, SMALL);
        let inputs: Came[] = [];
        let end = 0;
        for (const { kind, n } of commands) {
          const from = timeline.now;
          if (kind === 'run') timeline.run(from + n);
          else if (kind === 'seek') expect(timeline.seek(n)).toBe(Math.min(n, end));
          else if (kind === 'back') expect(timeline.stepBack(n)).toBe(Math.max(0, from - n));
          else if (kind === 'relive') relive(timeline, toy, n);
          else if (kind === 'rewind') {
            const found = timeline.rewindUntil((until, report) => toy.run(until, true, report));
            expect(found).toBe(interestingTicks(from, inputs, halts).at(-1) ?? -1);
            expect(timeline.now).toBe(found < 0 ? from : found);
          } else {
            inputs = [...inputs.filter((i) => i.tick <= from), { tick: from, payload: Uint8Array.of(n) }];
            timeline.input('key', Uint8Array.of(n));
            end = from;
          }
          end = Math.max(end, timeline.now);
          expect(timeline.recordedUntil).toBe(end);
          expect(timeline.cost.snapshots).toBeLessThanOrEqual(8);
          expect(toy.hash()).toBe(straight(timeline.now, inputs, halts).hash());
        }
      }),
      { numRuns: 120 },
    );
  });

  test('replays the recorded future as it was when it runs on from the past', () => {
    const toy = new ToyMachine();
    const timeline = new Timeline(toy, SMALL);
    timeline.run(1000);
    timeline.input('key', Uint8Array.of(1));
    timeline.run(2000);
    const hash = toy.hash();
    timeline.seek(500);
    timeline.run(2000);
    expect(toy.hash()).toBe(hash);
    expect(timeline.journal).toHaveLength(1);
  });

  test('forks when an input comes in the past, and says where', () => {
    const toy = new ToyMachine();
    const timeline = new Timeline(toy, SMALL);
    const forks: number[] = [];
    timeline.onFork = (tick) => forks.push(tick);
    timeline.run(1000);
    timeline.input('key', Uint8Array.of(1));
    timeline.run(2000);
    expect(forks).toEqual([]);
    timeline.seek(700);
    timeline.input('key', Uint8Array.of(2));
    expect(forks).toEqual([700]);
    expect([timeline.recordedUntil, timeline.journal.length, timeline.journal.at(0).payload[0]]).toEqual([700, 1, 2]);
    timeline.run(2000);
    expect(toy.hash()).toBe(straight(2000, [{ tick: 700, payload: Uint8Array.of(2) }]).hash());
  });

  test('stays where the recorded history ends', () => {
    const timeline = new Timeline(new ToyMachine(), SMALL);
    timeline.run(800);
    timeline.seek(100);
    expect(timeline.seek(5000)).toBe(800);
    expect(timeline.seek(-5)).toBe(0);
    expect(timeline.stepBack()).toBe(0);
  });

  test('stops where the machine stops, takes the input that wakes it, and finds that instant again', () => {
    const toy = new ToyMachine({ halts: true });
    const timeline = new Timeline(toy, SMALL);
    expect(timeline.run(1e7)).toBe(false);
    const halted = timeline.now;
    timeline.input('key', Uint8Array.of(3));
    timeline.run(halted + 50);
    const hash = toy.hash();
    timeline.stepBack(51);
    timeline.seek(halted + 50);
    expect(toy.hash()).toBe(hash);
  });

  test('goes through ticks that pass in sleep without taking them for work', () => {
    const toy = new ToyMachine();
    const timeline = new Timeline(toy, { ...SMALL, count: 1000 });
    timeline.run(20_000);
    expect(toy.work()).toBeLessThan(timeline.now);
    expect(timeline.cost.snapshots).toBeLessThanOrEqual(1 + toy.work() / 300);
  });

  test('steps back again and again without replaying much', () => {
    const toy = new ToyMachine({ pages: 1024 });
    const timeline = new Timeline(toy, { spacing: 100_000, fineSpacing: 500, count: 60 });
    timeline.run(1_000_000);
    timeline.stepBack();
    const costs = Array.from({ length: 300 }, () => {
      const began = toy.work();
      timeline.stepBack();
      return toy.work() - began;
    });
    expect(Math.max(...costs)).toBeLessThanOrEqual(1000);
  });

  test('passes its snapshots again without taking new ones', () => {
    const toy = new ToyMachine();
    const timeline = new Timeline(toy, { ...SMALL, count: 1000 });
    timeline.run(6000);
    const { cost } = timeline;
    expect(cost.snapshots).toBeGreaterThan(5);
    for (let i = 0; i < 3; i++) {
      timeline.seek(0);
      timeline.run(6000);
    }
    expect(timeline.cost).toEqual(cost);
  });

  test('travels in slices, and may be left halfway', () => {
    const toy = new ToyMachine();
    const timeline = new Timeline(toy, { ...SMALL, count: 4 });
    timeline.run(3000);
    const left = [...timeline.travel(timeline.recordedUntil - 10)];
    expect(left.length).toBeGreaterThan(1);
    expect(left.at(-1)).toBe(0);
    const journey = timeline.travel(40);
    journey.next();
    expect(toy.hash()).toBe(straight(timeline.now, []).hash());
    timeline.run(2500);
    expect(toy.hash()).toBe(straight(timeline.now, []).hash());
  });

  test('comes back to the present when the condition never held', () => {
    const toy = new ToyMachine();
    const timeline = new Timeline(toy, SMALL);
    timeline.run(2000);
    const hash = toy.hash();
    expect(timeline.rewindUntil((until) => toy.run(until, true))).toBe(-1);
    expect(toy.hash()).toBe(hash);
  });

  test('replays each interval once while it searches', () => {
    const toy = new ToyMachine();
    const timeline = new Timeline(toy, SMALL);
    timeline.run(2000);
    const began = toy.work();
    timeline.rewindUntil((until) => toy.run(until, true));
    // All of the past once, then the way back from the last snapshot.
    expect(toy.work() - began).toBeLessThanOrEqual(2000 + 300);
  });

  test('keeps within its bytes however much is written', () => {
    const toy = new ToyMachine({ pages: 1024 });
    const timeline = new Timeline(toy, { spacing: 2000, bytes: 8 * 2 ** 20 });
    while (timeline.now < 400_000) {
      timeline.run(timeline.now + 10_000);
      expect(timeline.cost.bytes).toBeLessThanOrEqual(8 * 2 ** 20);
    }
    expect(timeline.cost.snapshots).toBeGreaterThan(3);
  });

  test('goes on from a saved moment, back and forth, as the one that saved it', () => {
    const one = new ToyMachine();
    const first = new Timeline(one, SMALL);
    first.run(900);
    first.input('key', Uint8Array.of(5));
    first.run(1500);
    first.input('key', Uint8Array.of(6));
    first.run(2000);
    first.seek(1200);
    const two = new ToyMachine();
    const second = new Timeline(two, SMALL, first.moment());
    expect([second.now, second.recordedFrom, second.recordedUntil]).toEqual([1200, 1200, 2000]);
    expect(two.hash()).toBe(one.hash());
    first.seek(2000);
    second.seek(2000);
    expect(two.hash()).toBe(one.hash());
    second.seek(0);
    expect(second.now).toBe(1200);
  });

  test('refuses a moment of another machine and leaves its own as it was', () => {
    const moment = new Timeline(new ToyMachine(), SMALL).moment();
    const other = new ToyMachine({ pages: 128 });
    other.run(100);
    const hash = other.hash();
    expect(() => new Timeline(other, SMALL, moment)).toThrow('does not fit this machine: it has 64 pages of RAM and the machine has 128');
    const same = new ToyMachine();
    same.run(100);
    const lying = { ...moment, snapshot: { ...moment.snapshot, tick: 7 } };
    const before = same.hash();
    expect(() => new Timeline(same, SMALL, lying)).toThrow('says tick 7');
    expect([same.hash(), other.hash()]).toEqual([before, hash]);
  });
});

describe('the journal', () => {
  test('refuses an input older than the last one', () => {
    const journal = new Journal([{ tick: 5, kind: 'key', payload: new Uint8Array(1) }]);
    expect(() => journal.append({ tick: 4, kind: 'key', payload: new Uint8Array(1) })).toThrow('in the order in which they came');
  });

  test('keeps its own copy of a payload', () => {
    const payload = Uint8Array.of(1);
    const journal = new Journal([{ tick: 5, kind: 'key', payload }]);
    payload[0] = 2;
    expect(journal.at(0).payload[0]).toBe(1);
    expect([journal.tickAt(0), journal.tickAt(1)]).toEqual([5, Number.POSITIVE_INFINITY]);
  });
});

test('the condition that these tests look for is met', () => {
  expect(interestingTicks(3000, []).length).toBeGreaterThan(1);
  expect(isInteresting(998)).toBe(true);
});

describe('a journal from a file', () => {
  /** Takes even numbers alone, and none of two bytes ever. */
  class Picky extends ToyMachine {
    takes({ payload }: Input): boolean {
      return payload[0] % 2 === 0;
    }
    inputMisfit({ payload }: Input): string {
      return payload.length === 1 ? '' : 'an input has two bytes';
    }
  }
  const moment = (inputs: readonly Input[]): Moment => {
    const { snapshot } = new Timeline(new ToyMachine()).moment();
    return { snapshot, journal: new Journal(inputs), applied: 0, recordedUntil: 500 };
  };
  const input = (tick: number, ...payload: number[]): Input => ({ tick, kind: 'key', payload: Uint8Array.from(payload) });

  test('is refused whole if one of its inputs can never be taken', () => {
    expect(() => new Timeline(new Picky(), {}, moment([input(100, 2), input(200, 2, 2)]))).toThrow('an input has two bytes');
  });

  test('goes on without what the machine does not take then, each time alike', () => {
    const toy = new Picky();
    const timeline = new Timeline(toy, { spacing: 50 }, moment([input(100, 2), input(200, 3), input(300, 4)]));
    timeline.seek(500);
    const hash = toy.hash();
    expect(hash).toBe(straight(500, [input(100, 2), input(300, 4)]).hash());
    timeline.seek(150);
    timeline.seek(500);
    expect(toy.hash()).toBe(hash);
  });
});
