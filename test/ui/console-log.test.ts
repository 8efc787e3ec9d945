import { expect, test } from 'vitest';
import { ConsoleLog } from '../../src/ui/console-log.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function logOf(...frames: readonly (readonly [from: number, text: string])[]): ConsoleLog {
  const log = new ConsoleLog();
  for (const [from, text] of frames) log.take({ from, bytes: bytes(text) });
  return log;
}

test('the log grows by what frames bring', () => {
  const log = logOf([0, 'ab'], [2, ''], [2, 'cd']);
  expect([log.text(10), log.text(2), log.end, log.cuts]).toEqual(['abcd', 'cd', 4, 0]);
  expect(log.since(3)).toEqual(bytes('d'));
});

test('going back takes away what was not written yet, and whoever has drawn it is told', () => {
  const log = logOf([0, 'abcd'], [1, ''], [1, 'xy']);
  expect([log.text(10), log.end, log.cuts]).toEqual(['axy', 3, 1]);
});

test('a stream that begins later keeps its numbers, in both directions of time', () => {
  const log = logOf([0, 'old'], [5000, 'abcd'], [5002, '']);
  expect([log.text(10), log.end, log.cuts]).toEqual(['ab', 5002, 2]);
  expect(log.since(5001)).toEqual(bytes('b'));
});

test('the log of an endless writer keeps its end', () => {
  const log = new ConsoleLog();
  for (let from = 0; from < 5 * 2 ** 20; from += 2 ** 19) log.take({ from, bytes: new Uint8Array(2 ** 19).fill(from / 2 ** 19) });
  expect([log.end, log.cuts, log.since(0).length <= 2 ** 21]).toEqual([5 * 2 ** 20, 0, true]);
  expect(log.since(log.end - 1)).toEqual(Uint8Array.of(9));
});
