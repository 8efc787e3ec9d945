/** Directives and pseudo-instructions that are not the preprocessor's. NASM manual, "Pseudo-Instructions" and "Assembler Directives". */
import { SourceError } from './errors.ts';
import { type Expression, parseExpression } from './expression.ts';
import { floatOf, integerOf, stringBytes } from './literals.ts';
import type { Reader } from './reader.ts';
import { isOperator, type Token } from './source.ts';
import type { Action, DataItem, SectionAttribute } from './syntax.ts';
import { scalar } from './value.ts';

/** What surrounds a directive: the label before it, and how to read an action inside it (`align 16, db 0`). */
export interface Surroundings {
  readonly label: Token | null;
  readonly parseAction: (reader: Reader, label: Token | null) => Action;
}

type Parse = (reader: Reader, at: Token, around: Surroundings) => Action;

/** Name -> how to read the rest of the line. */
const DIRECTIVES: Readonly<Record<string, Parse>> = {
  ...dataAndReserve({ b: 1, w: 2, d: 4, q: 8 }),
  equ: (reader, at, { label }) => {
    if (!label) throw new SourceError(at, '`equ` gives a name to a number, and there is no name before it.', 'Write `name equ 5`.');
    return { kind: 'equ', value: parseExpression(reader), at };
  },
  align: (reader, at, around) => alignment(reader, at, around, null),
  alignb: (reader, at, around) => alignment(reader, at, around, { kind: 'reserve', width: 1, count: constant(1n, at), at }),
  bits: (reader, at) => ({ kind: 'bits', value: parseExpression(reader), at }),
  use16: (_, at) => ({ kind: 'bits', value: constant(16n, at), at }),
  use32: (_, at) => ({ kind: 'bits', value: constant(32n, at), at }),
  org: (reader, at) => ({ kind: 'org', value: parseExpression(reader), at }),
  absolute: (reader, at) => ({ kind: 'absolute', value: parseExpression(reader), at }),
  section,
  segment: section,
  struc: (reader, at) => {
    const name = structureName(reader, at);
    return { kind: 'struc', name, offset: reader.take(',') ? parseExpression(reader) : null, at };
  },
  endstruc: (_, at) => ({ kind: 'endstruc', at }),
  istruc: (reader, at) => ({ kind: 'istruc', name: structureName(reader, at), at }),
  at: (reader, at, around) => {
    const field = structureName(reader, at);
    return { kind: 'at', field, content: reader.take(',') ? around.parseAction(reader, null) : null, at };
  },
  iend: (_, at) => ({ kind: 'iend', at }),
  // These speak to a linker or choose a processor; a flat binary has nothing to tell.
  global: ignored,
  static: ignored,
  cpu: ignored,
  extern: (_, at) => absent(at, 'A flat binary is whole: there is no linker to bring names from elsewhere.', 'Use `%include`.'),
  common: (_, at) => absent(at, 'A flat binary has no common variables.', 'Use `resb` in section .bss.'),
  default: (_, at) => absent(at, '`default` is about 64-bit code.', 'Leave it out.'),
  incbin: (_, at) => absent(at, '`incbin` is not supported.', 'Write the bytes with `db`.'),
  dt: (_, at) => absent(at, '`dt` makes numbers for a coprocessor, which this processor has not.', 'Use `db` for ten bytes.'),
};

/** Whether the word, in lower case, is a directive. */
export function isDirective(word: string): boolean {
  return Object.hasOwn(DIRECTIVES, word);
}

/** Reads the directive at hand. */
export function parseDirective(reader: Reader, around: Surroundings): Action {
  const at = reader.next();
  return DIRECTIVES[at.text.toLowerCase()](reader, at, around);
}

function dataAndReserve(widths: Record<string, number>): Record<string, Parse> {
  const all: Record<string, Parse> = {};
  for (const [letter, width] of Object.entries(widths)) {
    all[`d${letter}`] = (reader, at) => ({ kind: 'data', width, items: parseItems(reader), at });
    all[`res${letter}`] = (reader, at) => ({ kind: 'reserve', width, count: parseExpression(reader), at });
  }
  return all;
}

const MAX_DUP_DEPTH = 20;

function parseItems(reader: Reader, depth = 0): DataItem[] {
  const items: DataItem[] = [];
  // NASM lets a comma end the list, and the list be empty.
  while (!reader.isAtEnd) {
    items.push(parseItem(reader, depth));
    if (!reader.take(',')) break;
  }
  return items;
}

function parseItem(reader: Reader, depth: number): DataItem {
  const at = reader.here;
  const after = reader.peek(1);
  const isAlone = after === undefined || isOperator(after, ',') || isOperator(after, ')');
  if (at.kind === 'string' && isAlone) return { kind: 'string', bytes: stringBytes(reader.next().text), at };
  if (at.kind === 'name' && at.text === '?' && isAlone) return { kind: 'open', at: reader.next() };
  const float = takeFloat(reader);
  if (float !== null) return { kind: 'float', number: float, at };
  const value = parseExpression(reader);
  if (!reader.takeWord('dup')) return { kind: 'value', value, at };
  if (depth > MAX_DUP_DEPTH) throw new SourceError(at, `\`dup\` is nested more than ${MAX_DUP_DEPTH} deep here.`);
  if (!reader.take('(')) return { kind: 'repeated', count: value, items: [parseItem(reader, depth + 1)], at };
  const items = parseItems(reader, depth + 1);
  reader.expect(')', 'what `dup` repeats');
  return { kind: 'repeated', count: value, items, at };
}

/** `1.5`, `-2.0`: a sign and a number that is no integer. */
function takeFloat(reader: Reader): number | null {
  const isSigned = reader.isAt('-') || reader.isAt('+');
  const token = reader.peek(isSigned ? 1 : 0);
  const number = token?.kind === 'number' && integerOf(token.text) === null ? floatOf(token.text) : null;
  if (number === null) return null;
  const isNegative = reader.take('-');
  reader.take('+');
  reader.next();
  return isNegative ? -number : number;
}

function alignment(reader: Reader, at: Token, around: Surroundings, standard: Action | null): Action {
  const boundary = parseExpression(reader);
  return { kind: 'align', boundary, fill: reader.take(',') ? around.parseAction(reader, around.label) : standard, at };
}

function constant(number: bigint, at: Token): Expression {
  return { kind: 'constant', value: scalar(number), at };
}

function section(reader: Reader, at: Token): Action {
  const name = reader.next();
  const attributes: SectionAttribute[] = [];
  while (!reader.isAtEnd) {
    const attribute = reader.next();
    attributes.push({ name: attribute.text.toLowerCase(), value: reader.take('=') ? parseExpression(reader) : null, at: attribute });
  }
  return { kind: 'section', name: name.text, attributes, at };
}

function structureName(reader: Reader, at: Token): Token {
  const name = reader.next();
  if (name.kind !== 'name') throw new SourceError(name, `\`${at.text}\` wants a name.`);
  return name;
}

function ignored(reader: Reader, at: Token): Action {
  while (!reader.isAtEnd) reader.next();
  return { kind: 'nothing', at };
}

function absent(at: Token, message: string, hint: string): never {
  throw new SourceError(at, message, hint);
}
