import { describe, expect, test } from 'vitest';
import { History, within } from '../../src/ui/history.ts';
import { type Recorded, trace } from './frames.ts';

const ENTRY = (tick: number): Recorded => ['vmEntry', tick, 1, 0x10512, 0, 0, 0];
const EXIT = (tick: number, reason = 10): Recorded => ['vmExit', tick, reason, 0x182, 0x10512, 0x200000, 0x200004];

function recorded(...records: Recorded[]): History {
  const history = new History();
  history.take(trace(records));
  return history;
}

describe('the history', () => {
  test('shows an exit at the instant behind its tick', () => {
    const [exit] = recorded(ENTRY(10), EXIT(20, 48)).exits;
    expect(exit).toMatchObject({ at: 21, reason: 48, qualification: 0x182, guestPhysical: 0x200000, guestLinear: 0x200004 });
  });

  test('keeps what was recorded when time goes back, and finds the exit of that time', () => {
    const history = recorded(ENTRY(10), EXIT(20), ENTRY(30), EXIT(40));
    expect(history.exitBefore(41)?.at).toBe(41);
    expect(history.exitBefore(40)?.at).toBe(21);
    expect(history.exitBefore(20)).toBeNull();
  });

  test('drops what a changed past no longer has, and takes what came instead', () => {
    const history = recorded(ENTRY(10), EXIT(20), ENTRY(30), EXIT(40));
    history.take({ ...trace([EXIT(35, 12)], 3), recorded: 4 });
    expect(history.exits.map((e) => [e.at, e.reason])).toEqual([
      [21, 10],
      [36, 12],
    ]);
    history.take({ first: 1, words: new Int32Array(0), recorded: 1 });
    expect(history.exits).toEqual([]);
    expect(history.transitions).toHaveLength(1);
  });

  test('takes a gap in the records for what it is: nothing', () => {
    const history = recorded(ENTRY(10));
    history.take(trace([EXIT(20)], 5));
    expect(history.exits).toHaveLength(1);
  });

  test('has an open exit until the next VM entry', () => {
    const history = recorded(ENTRY(10), EXIT(20), ENTRY(30));
    expect(history.openExit(15)).toBeNull();
    expect(history.openExit(25)?.at).toBe(21);
    expect(history.openExit(31)).toBeNull();
  });

  test('takes a failed entry with an exit reason for an exit, and one without for a failure alone', () => {
    const history = recorded(['vmEntryFailed', 5, 0, 3, 0x4000, 0, 7], ['vmEntryFailed', 9, 0x80000021, 3, 0x6800, 1, 0]);
    expect(history.exits.map((e) => [e.at, e.reason, e.isFailedEntry])).toEqual([[10, 33, true]]);
    expect(history.failures.map((f) => f.at)).toEqual([6, 10]);
  });

  test('cuts spans of the worlds to the range asked for', () => {
    const history = recorded(ENTRY(10), EXIT(20), ENTRY(30));
    expect(history.spans(0, 100)).toEqual([
      { from: 11, to: 21, world: 'guest' },
      { from: 21, to: 31, world: 'root' },
      { from: 31, to: 100, world: 'guest' },
    ]);
    expect(history.spans(15, 25)).toEqual([
      { from: 15, to: 21, world: 'guest' },
      { from: 21, to: 25, world: 'root' },
    ]);
    expect(history.spans(0, 5)).toEqual([]);
  });

  test('begins with the guest where the first thing recorded is its exit', () => {
    expect(recorded(EXIT(20)).spans(0, 30)).toEqual([
      { from: 0, to: 21, world: 'guest' },
      { from: 21, to: 30, world: 'root' },
    ]);
  });

  test('gives the happenings of a range, its end included', () => {
    const { exits } = recorded(EXIT(1), EXIT(2), EXIT(3));
    expect(within(exits, 2, 3).map((e) => e.at)).toEqual([3]);
    expect(within(exits, 0, 9).map((e) => e.at)).toEqual([2, 3, 4]);
  });

  test('reads ticks beyond 2^32', () => {
    expect(recorded(EXIT(2 ** 33 + 5)).exits[0].at).toBe(2 ** 33 + 6);
  });
});
