import { assemble } from '../isa/assemble.ts';
import { type Command, parseArguments } from './command.ts';
import { GlassError } from '../base/errors.ts';

/** `asm FILE [-o OUT] [--listing]`. */
export const ASM: Command = {
  name: 'asm',
  usage: 'FILE [-o OUT] [--listing]',
  summary: 'Assembles NASM syntax to a flat binary.',
  options: [
    '-o OUT      write the bytes to OUT (default: standard output)',
    '--listing   print address, bytes and source, line by line, instead',
  ],
  async run(args, io) {
    const { words, options } = parseArguments(args, { o: 'text', listing: 'flag' });
    if (words.length !== 1)
      throw new GlassError('bad-usage', `asm takes one file, not ${words.length}.`, 'glassvisor asm FILE [-o OUT] [--listing]');
    const text = new TextDecoder().decode(io.readFile(words[0]));
    const result = assemble(text, { file: words[0], include: (name) => new TextDecoder().decode(io.readFile(name)) });
    if (options.o !== undefined) io.writeFile(options.o, result.bytes);
    if (options.listing) io.out(listing(text, result));
    else if (options.o === undefined) io.out(result.bytes);
    return 0;
  },
};

function listing(text: string, result: ReturnType<typeof assemble>): string {
  const byLine = new Map<number, { address: number; bytes: Uint8Array }[]>();
  for (const { line, address, length } of result.lines) {
    const at = address - result.origin;
    const rows = byLine.get(line) ?? [];
    rows.push({ address, bytes: result.bytes.subarray(at, at + length) });
    byLine.set(line, rows);
  }
  const out: string[] = [];
  text.split('\n').forEach((source, index) => {
    const rows = byLine.get(index + 1) ?? [];
    const address = rows.length ? (rows[0].address >>> 0).toString(16).toUpperCase().padStart(8, '0') : ' '.repeat(8);
    const hex = rows
      .map((row) => [...row.bytes.subarray(0, 16)].map((b) => b.toString(16).toUpperCase().padStart(2, '0')).join(''))
      .join('');
    out.push(`${String(index + 1).padStart(5)} ${address} ${hex.slice(0, 32).padEnd(32)} ${source}`.trimEnd());
  });
  return `${out.join('\n')}\n`;
}
