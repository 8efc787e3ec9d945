import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GUESTS } from '../../guests/index.ts';
import '../../src/api/all-parts.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { CATALOGUE } from '../../src/cli/image-arguments.ts';
import { verifyHistory } from '../../src/cli/verify-history.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { GOLDEN } from './golden.ts';

/** Ticks walked back and forth one by one around the first exit or, without one, from the beginning. */
const AROUND = 60;

const open = (id: string): Computer => Computer.open({ image: { kind: 'guest', id } }, CATALOGUE);
const consoleOf = ({ machine }: Computer): string => String.fromCharCode(...machine.console.read().bytes);

describe.each(GUESTS.map((guest) => [guest.id, guest] as const))('the guest %s', (id, guest) => {
  it('assembles to the bytes that NASM makes', () => {
    const { bytes } = assemble(guest.source, { file: `${id}.asm`, include: (name) => CATALOGUE.includes[name] ?? null });
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(GOLDEN[id].nasm);
  });

  it('writes what it is expected to write, ends as expected, and leaves the state that every machine must reach', () => {
    const computer = open(id);
    const { reason } = arrive(computer.run({ instructions: 2_000_000 }));
    expect(consoleOf(computer)).toBe(guest.expected.console);
    expect(reason).toBe(guest.expected.stop);
    expect(computer.machine.exitCounts).toEqual(guest.expected.exits);
    expect(computer.hash()).toBe(GOLDEN[id].state);
  });

  it('has one history, whatever the budgets and however it is travelled', () => {
    const wrong: string[] = [];
    for (const seed of [1, 2]) {
      const computer = open(id);
      arrive(computer.run({ instructions: 2_000_000 }));
      let checks = 0;
      verifyHistory(computer, seed, ({ tick, how, hash, expected }) => {
        checks++;
        if (hash !== expected) wrong.push(`seed ${seed}, tick ${tick}, ${how}`);
      });
      expect(checks).toBeGreaterThan(10);
    }
    expect(wrong).toEqual([]);
  });

  it('steps back through the same states that it came through', () => {
    const computer = open(id);
    arrive(computer.stepToExit());
    const middle = computer.stop.reason === 'exit' ? computer.tick : AROUND;
    arrive(computer.seek(Math.max(0, middle - AROUND)));
    const hashes: string[] = [];
    const ticks: number[] = [];
    while (hashes.length < 2 * AROUND) {
      ticks.push(computer.tick);
      hashes.push(computer.hash());
      if (arrive(computer.step()).reason !== 'step') break;
    }
    expect(hashes.length).toBeGreaterThan(20);
    for (let i = hashes.length - 1; i >= 0; i--) {
      arrive(computer.seek(ticks[i]));
      if (computer.hash() !== hashes[i]) expect.fail(`tick ${ticks[i]} is another state on the way back`);
    }
  });
});

describe('a guest to be read', () => {
  it.each(GUESTS.map((guest) => [guest.id, guest] as const))('%s has 20 to 300 lines, none too long for a page', (_, { source }) => {
    const lines = source.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(20);
    expect(lines.length).toBeLessThanOrEqual(300);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
    expect(lines[0]).toMatch(/^; [A-Z].*\.$/);
  });

  it.each(GUESTS.map((guest) => [guest.id, guest] as const))(
    '%s has a title and two to four sentences in both languages',
    (_, { title, prose }) => {
      for (const language of ['en', 'fr'] as const) {
        expect(title[language]).toMatch(/^[A-Z\p{Lu}].*[^.]$/u);
        const sentences = prose[language].split(/(?<=[.!?]) /);
        expect(sentences.length).toBeGreaterThanOrEqual(2);
        expect(sentences.length).toBeLessThanOrEqual(4);
      }
    },
  );
});

it('every guest has a golden, and every golden a guest', () => {
  expect(Object.keys(GOLDEN).sort()).toEqual(GUESTS.map((g) => g.id).sort());
});
