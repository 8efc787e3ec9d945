import { GlassError } from '../base/errors.ts';
import { decode } from '../isa/decode.ts';
import { explain, stepText } from '../isa/explain.ts';
import { format } from '../isa/format.ts';
import { type Command, type Io, MISSING_FILE, oneOf, parseArguments } from './command.ts';

/** `disasm FILE|HEX`. */
export const DISASM: Command = {
  name: 'disasm',
  usage: 'FILE|HEX [--bits 16|32] [--org ADDR] [--explain]',
  summary: 'Disassembles a file or hexadecimal bytes, in the assembler’s own syntax.',
  options: [
    '--bits 16|32   default operand and address size (32)',
    '--org ADDR     address of the first byte (0)',
    '--explain      the micro-operations of each instruction',
  ],
  async run(args, io) {
    const { words, options } = parseArguments(args, { bits: 'text', org: 'address', explain: 'flag' });
    if (words.length === 0)
      throw new GlassError('bad-usage', 'disasm needs a file or bytes.', 'Write glassvisor disasm 89 d8, for instance.');
    const bits = oneOf(options.bits, '--bits', ['16', '32']) === '16' ? 16 : 32;
    const bytes = bytesOf(words, io);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const address = ((options.org ?? 0) + at) >>> 0;
      const insn = decode(bytes, at, bits);
      // The bytes end within an instruction.
      const length = insn?.length ?? bytes.length - at;
      const raw = bytes.subarray(at, at + length);
      const text = insn ? format(insn, { address, bits }) : `db ${[...raw].map((b) => `0x${hex(b, 2)}`).join(', ')}`;
      const shown = Array.from(raw, (b) => hex(b, 2)).join('');
      lines.push(`${hex(address, 8)}  ${shown.padEnd(22)}  ${text}\n`);
      if (insn && options.explain) for (const step of explain(insn, { address, bits })) lines.push(`${' '.repeat(34)}${stepText(step)}\n`);
      at += length;
    }
    io.out(lines.join(''));
    return 0;
  },
};

/** Hexadecimal digits, in one word or several; anything else is a file. */
function bytesOf(words: readonly string[], io: Io): Uint8Array {
  const text = words.join('').replaceAll(/0x|[\s,]/gi, '');
  if (/^([0-9a-f]{2})+$/i.test(text)) return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (words.length > 1)
    throw new GlassError('bad-usage', `"${words.join(' ')}" is neither one file nor hexadecimal bytes.`, 'Write two digits a byte.');
  try {
    return io.readFile(words[0]);
  } catch (error) {
    if (!(error instanceof GlassError) || error.code !== MISSING_FILE) throw error;
    throw new GlassError('bad-usage', `"${words[0]}" is neither a file nor hexadecimal bytes.`, 'Write two digits a byte.');
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
