import { GUESTS } from '../../guests/index.ts';
import { type Command, parseArguments } from './command.ts';

const LEVEL_WIDTH = Math.max(...GUESTS.map((g) => g.level.length));

/** `guests [--json]`. */
export const GUESTS_COMMAND: Command = {
  name: 'guests',
  usage: '[--json]',
  summary: 'Lists the built-in guests: name, what they are about, title.',
  options: ['--json   id, titles and prose in both languages, as one JSON array'],
  async run(args, io) {
    const { options } = parseArguments(args, { json: 'flag' });
    if (options.json) {
      io.out(
        `${JSON.stringify(
          GUESTS.map(({ id, title, prose, level, ramMiB }) => ({ id, title, prose, level, ramMiB })),
          null,
          2,
        )}\n`,
      );
      return 0;
    }
    const width = Math.max(...GUESTS.map((g) => g.id.length));
    for (const { id, level, title } of GUESTS) io.out(`${id.padEnd(width)}  ${level.padEnd(LEVEL_WIDTH)}  ${title.en}\n`);
    return 0;
  },
};
