import { arrive, Computer } from '../api/computer.ts';
import { type Command, parseArguments } from './command.ts';
import { CATALOGUE, IMAGE_HELP, IMAGE_OPTIONS, imageRequest } from './image-arguments.ts';

const DEFAULT_MOST = 2_000_000;
/** Checkpoints on the way at which hashes are compared. */
const CHECKPOINTS = 12;

/** `verify GUEST|FILE`: one history, however it is travelled. */
export const VERIFY: Command = {
  name: 'verify',
  usage: 'GUEST|FILE [--max-instructions N] [--seed S]',
  summary: 'Runs a program straight, then in random budgets with random seeks, and compares hashes.',
  options: [
    ...IMAGE_HELP,
    `--max-instructions N   how far (default ${DEFAULT_MOST})`,
    '--seed S               of the random budgets and seeks',
  ],
  async run(args, io) {
    const { words, options } = parseArguments(args, { ...IMAGE_OPTIONS, 'max-instructions': 'number', seed: 'number' });
    const request = imageRequest(words, options, io);
    const most = options['max-instructions'] ?? DEFAULT_MOST;
    const straight = Computer.open(request, CATALOGUE);
    const ends = straight.run(most);
    const end = straight.tick;
    const expected = hashesAlong(Computer.open(request, CATALOGUE), end);
    let [passed, failed] = [0, 0];
    const check = (tick: number, hash: string, how: string): void => {
      if (expected.get(tick) === hash) passed++;
      else {
        failed++;
        io.err(`${words[0]}: tick ${tick}, ${how}: ${hash}, expected ${expected.get(tick)}`);
      }
    };
    check(end, straight.hash(), `run straight to ${ends.reason}`);
    wander(Computer.open(request, CATALOGUE), [...expected.keys()], random(options.seed ?? 1), check);
    io.out(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  },
};

/** Hashes at checkpoints of a run in steps from one to the next. */
function hashesAlong(computer: Computer, end: number): ReadonlyMap<number, string> {
  const hashes = new Map<number, string>();
  for (let i = 1; i <= CHECKPOINTS; i++) {
    const tick = Math.round((end * i) / CHECKPOINTS);
    if (tick > computer.tick) computer.run(tick - computer.tick);
    hashes.set(tick, computer.hash());
  }
  return hashes;
}

/** To the end in random budgets, looking back on the way; then to every checkpoint in random order, back and forth. */
function wander(
  computer: Computer,
  ticks: readonly number[],
  next: () => number,
  check: (tick: number, hash: string, how: string) => void,
): void {
  const end = ticks[ticks.length - 1];
  while (computer.tick < end) {
    const now = computer.tick;
    computer.run(Math.min(end - now, 1 + Math.floor((next() ** 3 * end) / 4)));
    if (computer.tick === now) break;
    if (next() < 0.3) {
      const present = computer.tick;
      arrive(computer.seek(Math.floor(next() * present)));
      arrive(computer.seek(present));
    }
  }
  check(end, computer.hash(), 'random budgets and seeks');
  const order = [...ticks].sort(() => next() - 0.5);
  for (const tick of order) {
    arrive(computer.seek(tick));
    check(tick, computer.hash(), 'after a seek');
  }
}

/** xorshift32 in [0, 1). */
function random(seed: number): () => number {
  let state = (seed * 2_654_435_761) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
