/** `Sem` that remembers: a row's meaning as plain data, once per operand size. Every reader but the interpreter reads recordings. */
import { formSize, type Row } from './define.ts';
import { ROWS } from './rows/index.ts';
import type { Sem, Size } from './semantics.ts';
import { type Word, WORDS } from './words.ts';

/** One use of one word. Arguments stand as the word takes them (isa/words.ts): a value or an operand is the index of the node that gave it, which is always
 *  an earlier one; the rest are plain numbers and strings. `operand` is the instruction's operand with that number. */
export interface Node {
  readonly word: Word | 'operand';
  readonly args: readonly (number | string)[];
}

/** What a row means at one operand size, in the order in which it happens. Nodes 0 to 2 are the operands, used or not. */
export interface Recording {
  readonly row: Row;
  readonly size: Size;
  readonly nodes: readonly Node[];
}

/** Nodes that stand for the instruction's operands. */
export const OPERAND_NODES = 3;

/** Records `row` at `size`. The same row and size give equal recordings. */
export function record(row: Row, size: Size): Recording {
  const nodes: Node[] = [0, 1, 2].map((n) => ({ word: 'operand', args: [n] }));
  const constants = new Map<number, number>();
  const push = (word: Word, args: (number | string)[]): number => nodes.push({ word, args }) - 1;
  const methods = Object.keys(WORDS).map((name) => {
    const word = name as Word;
    return [word, (...args: (number | string)[]) => push(word, args)];
  });
  const recorder = {
    ...(Object.fromEntries(methods) as Sem<number, number>),
    operandBytes: size / 8,
    // A number is one node however often it is named.
    constant(value: number): number {
      const node = constants.get(value) ?? push('constant', [value]);
      constants.set(value, node);
      return node;
    },
  };
  row.run<number, number>(recorder, 0, 1, 2);
  return { row, size, nodes };
}

/** Indexes of the nodes whose value or operand `node` takes. */
export function sourcesOf(node: Node): number[] {
  if (node.word === 'operand') return [];
  const letters = WORDS[node.word].takes.replaceAll('?', '');
  return node.args.flatMap((arg, i) => (letters[i] === 'k' ? [] : [Number(arg)]));
}

/** Flags that `node` may write, as letters of `OSZAPCD`. */
export function flagsOf(node: Node): string {
  if (node.word === 'setFlag') return String(node.args[0])[0];
  return node.word === 'operand' ? '' : (WORDS[node.word].flags ?? '');
}

/** Operand sizes at which the row can be encoded. */
export function sizesOf(row: Row): Size[] {
  const sizes = new Set<Size>();
  for (const codes of Object.values(row.forms)) {
    const size = formSize(row, codes);
    for (const one of size === 'v' ? ([16, 32] as const) : [size]) sizes.add(one);
  }
  return [...sizes].sort((a, b) => a - b);
}

const RECORDINGS = new Map<Row, Map<Size, Recording>>();

/** The recording of `row` at `size`, made at the first request. */
export function recordingOf(row: Row, size: Size): Recording {
  const bySize = RECORDINGS.get(row) ?? new Map<Size, Recording>();
  RECORDINGS.set(row, bySize);
  const recording = bySize.get(size) ?? record(row, size);
  bySize.set(size, recording);
  return recording;
}

/** Every row at every size it can be encoded in. */
export function recordings(): Recording[] {
  return ROWS.flatMap((row) => sizesOf(row).map((size) => recordingOf(row, size)));
}
