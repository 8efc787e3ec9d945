/** Bytes -> source text that assembles to the same bytes, always: the plain text of the instruction where the assembler makes these very bytes of it, else
 *  `db` with the plain text as a comment. So redundant prefixes and encodings that nobody would choose survive a round trip. */
import { GlassError } from '../base/errors.ts';
import { assemble } from './assemble.ts';
import { decode } from './decode.ts';
import { format } from './format.ts';
import { bytesText } from './format-number.ts';
import type { FormatOptions } from './format-operand.ts';
import { type Insn, INVALID, TOO_LONG } from './insn.ts';

export interface Disassembled {
  /** Null where the bytes end within the instruction. */
  readonly insn: Insn | null;
  readonly bytes: Uint8Array;
  /** One source line, without a label. */
  readonly text: string;
}

/** The line for the instruction at `at`, whose address is `options.address`. `at` is in the source. */
export function disassemble(source: Uint8Array, at: number, options: FormatOptions): Disassembled {
  const insn = decode(source, at, options.bits);
  if (insn === null) return { insn, bytes: source.slice(at), text: asData(source.subarray(at), '(incomplete)') };
  const bytes = source.slice(at, at + insn.length);
  const text = format(insn, options);
  const isExact = !WITHOUT_TEXT.some(({ is }) => is(insn)) && makes(format(insn, { ...options, symbol: undefined }), options, bytes);
  return { insn, bytes, text: isExact ? text : asData(bytes, text) };
}

/** What NASM has no text for, though our assembler may take one. */
export const WITHOUT_TEXT: readonly { readonly is: (insn: Insn) => boolean; readonly because: string }[] = [
  { is: (insn) => (insn.flags & (INVALID | TOO_LONG)) !== 0, because: 'it is no instruction' },
  { is: ({ row }) => row.mnemonic === 'ESC', because: 'one row stands for the whole coprocessor' },
  { is: ({ row }) => row.mnemonic === 'RESERVEDNOP', because: 'the hint has no name' },
  { is: ({ row, size }) => row.mnemonic === 'BSWAP' && size === 16, because: 'the result is undefined' },
  { is: ({ row, form, size }) => size === 16 && /^MOV[SZ]X$/.test(row.mnemonic) && row.forms[form] === 'Gv, Ew', because: 'it is a MOV' },
  { is: ({ row, length }) => row.mnemonic === 'WAIT' && length > 1, because: 'NASM takes WAIT for a prefix and puts it before all others' },
];

/** `text` assembles to `bytes`, and to no more. */
function makes(text: string, { address, bits }: FormatOptions, bytes: Uint8Array): boolean {
  try {
    const made = assemble(text, { bits, org: address }).bytes;
    return made.length === bytes.length && made.every((byte, i) => byte === bytes[i]);
  } catch (error) {
    if (error instanceof GlassError) return false;
    throw error;
  }
}

function asData(bytes: Uint8Array, meaning: string): string {
  return `db ${bytesText(bytes)} ; ${meaning}`;
}
