import { arrive, Computer } from '../api/computer.ts';
import { type Command, parseArguments } from './command.ts';
import { CATALOGUE, IMAGE_HELP, IMAGE_OPTIONS, imageRequest } from './image-arguments.ts';
import { type Check, verifyHistory } from './verify-history.ts';

const DEFAULT_MOST = 2_000_000;

/** `verify GUEST|FILE`: one history, however it is travelled. */
export const VERIFY: Command = {
  name: 'verify',
  usage: 'GUEST|FILE [--max-instructions N] [--seed S]',
  summary: 'Runs a program straight, then in random budgets with random seeks, and compares hashes.',
  options: [
    ...IMAGE_HELP,
    `--max-instructions N   how far (default ${DEFAULT_MOST})`,
    '--seed S               of the random budgets and seeks (default 1)',
    'status: 1 if any hash differs',
  ],
  async run(args, io) {
    const { words, options } = parseArguments(args, { ...IMAGE_OPTIONS, 'max-instructions': 'number', seed: 'number' });
    const request = imageRequest(words, options, io);
    let [passed, failed] = [0, 0];
    const check: Check = ({ tick, how, hash, expected }) => {
      if (hash === expected) passed++;
      else {
        failed++;
        io.err(`${words[0]}: tick ${tick}, ${how}: ${hash}, expected ${expected}`);
      }
    };
    const straight = Computer.open(request, CATALOGUE);
    arrive(straight.run({ instructions: options['max-instructions'] ?? DEFAULT_MOST }));
    verifyHistory(straight, options.seed ?? 1, check);
    io.out(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  },
};
