import { expect, test } from 'vitest';
import { Console } from '../../src/machine/console.ts';

const CAPACITY = 2 ** 20;
const letter = (at: number): number => 0x61 + (at % 26);

/** A console that has written `length` letters. */
function written(length: number): { console: Console; position: { consoleLength: number }; write: (to: number) => void } {
  const position = { consoleLength: 0 };
  const console = new Console(position);
  const write = (to: number): void => {
    while (position.consoleLength < to) console.put('debug', letter(position.consoleLength));
  };
  write(length);
  return { console, position, write };
}

function expectLetters({ from, bytes }: { from: number; bytes: Uint8Array }): void {
  expect(bytes.findIndex((byte, i) => byte !== letter(from + i))).toBe(-1);
}

test('the console remembers the end of a long stream', () => {
  const { console } = written(3 * CAPACITY + 7);
  const end = console.read();
  expect([end.from, end.bytes.length]).toEqual([2 * CAPACITY + 7, CAPACITY]);
  expectLetters(end);
});

test('before the bytes that are remembered it knows what a replay writes again, and the end is as it was', () => {
  const { console, position, write } = written(3 * CAPACITY + 7);
  position.consoleLength = 1000;
  write(1300);
  const replayed = console.read();
  expect([replayed.from, replayed.bytes.length]).toEqual([1000, 300]);
  expectLetters(replayed);
  // Farther back than any replay began: nothing is known, and nothing is made up.
  position.consoleLength = 900;
  expect(console.read()).toEqual({ from: 900, bytes: new Uint8Array(0) });
  position.consoleLength = 3 * CAPACITY + 7;
  expect(console.read().from).toBe(2 * CAPACITY + 7);
  expectLetters(console.read());
});

test('a history that begins far back keeps what was replayed, and goes on from there', () => {
  const { console, position, write } = written(2 * CAPACITY);
  position.consoleLength = 0;
  write(40);
  console.fork();
  write(60);
  expect(console.read()).toMatchObject({ from: 0, bytes: { length: 60 } });
  expectLetters(console.read());
});

test('a history that begins a little way back does not remember what its ring has lost', () => {
  const { console, position, write } = written(2 * CAPACITY);
  position.consoleLength = CAPACITY + 10;
  console.fork();
  expect(console.read()).toMatchObject({ from: CAPACITY, bytes: { length: 10 } });
  write(CAPACITY + 30);
  expect(console.read().from).toBe(CAPACITY);
  expectLetters(console.read());
});
