import { GlassError } from '../base/errors.ts';
import { type Assembled, assemble } from '../isa/assemble.ts';
import { type Command, parseArguments } from './command.ts';
import { assemblySentence } from './errors.ts';
import { includer } from './includes.ts';

/** Hexadecimal bytes of one line of the listing; what a line makes beyond them goes on in the next. */
const LISTED = 9;

/** `asm FILE [-o OUT] [-I DIR] [--listing]`. */
export const ASM: Command = {
  name: 'asm',
  usage: 'FILE [-o OUT] [-I DIR] [--listing]',
  summary: 'Assembles NASM syntax to a flat binary.',
  options: [
    '-o OUT      write the bytes to OUT (default: standard output)',
    '-I DIR      look for %include files in DIR, after the folder of FILE; those of the built-in guests are always there',
    '--listing   print line, address, bytes and source of each line instead',
    'status: 0, or 2 with a line for each error',
  ],
  async run(args, io) {
    const { words, options } = parseArguments(args, { o: 'text', I: 'text', listing: 'flag' });
    if (words.length !== 1)
      throw new GlassError('bad-usage', `asm takes one file, not ${words.length}.`, 'Write glassvisor asm FILE [-o OUT].');
    const [file] = words;
    const include = includer(file, options.I === undefined ? [] : [options.I], io);
    const text = new TextDecoder().decode(io.readFile(file));
    const result = assemble(text, { file, include });
    for (const warning of result.warnings) io.err(`warning: ${assemblySentence(warning)}`);
    if (options.o !== undefined) io.writeFile(options.o, result.bytes);
    if (options.listing) io.out(listing(text, file, result));
    else if (options.o === undefined) io.out(result.bytes);
    return 0;
  },
};

/** The main text, line by line. What it includes makes its bytes without being shown. */
function listing(text: string, file: string, result: Assembled): string {
  const byLine = new Map<number, { address: number; bytes: Uint8Array }[]>();
  for (const { file: from, line, address, length } of result.lines) {
    if (from !== file || length === 0) continue;
    const at = address - result.origin;
    const pieces = byLine.get(line) ?? [];
    pieces.push({ address, bytes: result.bytes.subarray(at, at + length) });
    byLine.set(line, pieces);
  }
  const out: string[] = [];
  for (const [index, source] of text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .entries()) {
    const pieces = byLine.get(index + 1) ?? [];
    const rows = pieces.flatMap(({ address, bytes }) => rowsOf(address, bytes));
    out.push(row(index + 1, rows[0] ?? null, source));
    for (const more of rows.slice(1)) out.push(row(index + 1, more, ''));
  }
  return `${out.join('\n')}\n`;
}

interface Row {
  readonly address: number;
  readonly bytes: Uint8Array;
}

function rowsOf(address: number, bytes: Uint8Array): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < bytes.length; at += LISTED) rows.push({ address: address + at, bytes: bytes.subarray(at, at + LISTED) });
  return rows;
}

function row(line: number, made: Row | null, source: string): string {
  const address = made ? hex(made.address >>> 0, 8) : ' '.repeat(8);
  const bytes = Array.from(made?.bytes ?? [], (byte) => hex(byte, 2)).join('');
  return `${String(line).padStart(6)} ${address} ${bytes.padEnd(2 * LISTED)}  ${source}`.trimEnd();
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
