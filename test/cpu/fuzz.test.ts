import { expect, test } from 'vitest';
import { hashOf, runWild, scramble, wildComputer } from './wild.ts';

test('whatever bytes run in whatever state: no exception leaves the core, no budget is overrun', () => {
  for (let seed = 1; seed <= 25; seed++) runWild(wildComputer(seed), seed, 500);
});

test('wild code too ends the same in budgets of another size', () => {
  let longest = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const [a, b] = [wildComputer(seed), wildComputer(seed)];
    a.cpu.run(2000);
    longest = Math.max(longest, a.cpu.ticks);
    while (b.cpu.ticks < a.cpu.ticks) if (b.cpu.run(Math.min(7, a.cpu.ticks - b.cpu.ticks)) !== 'budget') break;
    expect(hashOf(b), `seed ${seed}`).toBe(hashOf(a));
  }
  expect(longest).toBeGreaterThanOrEqual(2000);
});

test('state may be replaced by anything: it goes on without a broken invariant', () => {
  for (let seed = 1; seed <= 25; seed++) {
    const c = wildComputer(seed);
    scramble(c, seed * 77);
    runWild(c, seed, 200);
  }
});
