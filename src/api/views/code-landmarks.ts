/** Where instructions are known to lie: what was assembled, and what runs next. */
import { decode, MAX_INSN_LENGTH } from '../../isa/decode.ts';
import { format } from '../../isa/format.ts';
import type { Loaded } from '../protocol.ts';
import type { Element, Landmark } from './landmarks.ts';

/** What runs next, and how it is read. */
export interface CodePointer {
  /** Linear. */
  readonly eip: number;
  readonly bits: 16 | 32;
}

/** Each line of the source that is no data, and the instruction at the pointer where none of them is. */
export function codeLandmarks(program: Pick<Loaded, 'source'> | null, { eip, bits }: CodePointer): readonly Landmark[] {
  const lines = (program?.source?.files ?? [])
    .flatMap(({ lines: all }) => all)
    .filter(({ isData, length }) => !isData && length > 0)
    .map(({ linear, length }) => landmark(linear >>> 0, length, bits));
  const isKnown = lines.some(({ address, length }) => eip >= address && eip < address + length);
  return isKnown ? lines : [...lines, landmark(eip, MAX_INSN_LENGTH, bits)];
}

/** Instructions of one line. */
interface Line {
  readonly address: number;
  readonly length: number;
  readonly bits: 16 | 32;
  /** Where the last instruction that was asked for begins: a line can have thousands of them (`times`), and they are asked for in their order. */
  known: number;
}

function landmark(address: number, length: number, bits: 16 | 32): Landmark {
  const line: Line = { address, length, bits, known: 0 };
  return {
    ...{ kind: 'code', name: '', space: 'v', address, length },
    element: (offset, word) => instructionAt(line, offset, word),
  };
}

/** The instruction around byte `offset`, read from the beginning of its line, or from the last one before it that is known. */
function instructionAt(line: Line, offset: number, word: (offset: number) => number): Element {
  const { address, length, bits, known } = line;
  for (let at = offset < known ? 0 : known; at < length; ) {
    const bytes = Uint8Array.from({ length: MAX_INSN_LENGTH }, (_, i) => (at + i < length ? word(at + i) & 0xff : 0));
    const insn = decode(bytes, 0, bits);
    if (insn === null) break;
    line.known = at;
    if (offset < at + insn.length)
      return { offset: at, length: insn.length, name: format(insn, { address: (address + at) >>> 0, bits }), says: '', to: null };
    at += insn.length;
  }
  return { offset, length: 1, name: '??', says: '', to: null };
}
