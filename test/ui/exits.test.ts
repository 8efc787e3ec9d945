import { expect, test } from 'vitest';
import { History } from '../../src/ui/history.ts';
import { countsOf, soFar } from '../../src/ui/panels/exits.ts';
import { trace } from './frames.ts';

const history = new History();
history.take(
  trace([
    ['vmExit', 10, 30, 0, 0, 0, 0],
    ['vmExit', 20, 48, 0, 0, 0, 0],
    ['vmExit', 30, 48, 0, 0, 0, 0],
    ['vmExit', 40, 10, 0, 0, 0, 0],
  ]),
);

test('exits are counted by reason, up to the present and in all, the most frequent first', () => {
  expect(countsOf(history.exits, 21)).toEqual([
    { reason: 48, now: 1, all: 2 },
    { reason: 10, now: 0, all: 1 },
    { reason: 30, now: 1, all: 1 },
  ]);
});

test('as many exits are in the past as show at the present', () => {
  expect([0, 10, 11, 31, 99].map((tick) => soFar(history.exits, tick))).toEqual([0, 0, 1, 3, 4]);
});
