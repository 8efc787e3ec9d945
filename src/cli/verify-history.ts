/** One history, however it is travelled: the same state at the same tick, by its hash. */
import { arrive, type Computer } from '../api/computer.ts';

/** Told of each comparison. */
export type Check = (compared: { tick: number; how: string; hash: string; expected: string }) => void;

/** Checkpoints on the way at which hashes are compared, and ticks behind which the machine is stepped back one by one. */
const CHECKPOINTS = 12;
const STEPS_BACK = 40;

/** Travels the history that `straight` has behind it on other machines, as `seed` says. */
export function verifyHistory(straight: Computer, seed: number, check: Check): void {
  const next = random(seed);
  const end = straight.tick;
  const expected = hashesAlong(straight.again(), end);
  const compare = (computer: Computer, how: string): void =>
    check({ tick: computer.tick, how, hash: computer.hash(), expected: expected.get(computer.tick) ?? 'another tick' });
  compare(straight, `run straight to ${straight.stop.reason}`);
  const wanderer = straight.again();
  wander(wanderer, end, next);
  compare(wanderer, 'random budgets and seeks');
  for (const tick of [...expected.keys()].sort(() => next() - 0.5)) {
    arrive(wanderer.seek(tick));
    compare(wanderer, 'after a seek');
  }
  stepBack(wanderer, end, check);
}

/** Hashes at checkpoints of a run from one to the next. */
function hashesAlong(computer: Computer, end: number): ReadonlyMap<number, string> {
  const hashes = new Map<number, string>([[0, computer.hash()]]);
  for (let i = 1; i <= CHECKPOINTS; i++) {
    const tick = Math.round((end * i) / CHECKPOINTS);
    arrive(computer.run({ until: tick }));
    hashes.set(tick, computer.hash());
  }
  return hashes;
}

/** To the end in random budgets, looking back on the way. */
function wander(computer: Computer, end: number, next: () => number): void {
  while (computer.tick < end) {
    const now = computer.tick;
    arrive(computer.run({ until: Math.min(end, now + 1 + Math.floor((next() ** 3 * end) / 4)) }));
    if (computer.tick === now) return;
    if (next() >= 0.3) continue;
    const present = computer.tick;
    arrive(computer.seek(Math.floor(next() * present)));
    arrive(computer.seek(present));
  }
}

/** From the end a few ticks back, one by one, and the same way forwards. */
function stepBack(computer: Computer, end: number, check: Check): void {
  arrive(computer.seek(end));
  const hashes = new Map<number, string>();
  for (let i = 0; i < STEPS_BACK && computer.tick > 0; i++) {
    arrive(computer.seek(computer.tick - 1));
    hashes.set(computer.tick, computer.hash());
  }
  for (;;) {
    const { tick } = computer;
    const expected = hashes.get(tick);
    if (expected === undefined) return;
    check({ tick, how: 'forwards over steps back', hash: computer.hash(), expected });
    arrive(computer.run({ until: tick + 1 }));
    if (computer.tick === tick) return;
  }
}

/** xorshift32 in [0, 1). */
function random(seed: number): () => number {
  let state = Math.imul(seed | 0, 0x9e3779b1) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
