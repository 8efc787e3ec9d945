/** Tokens -> expression trees. NASM manual, "Expressions"; one table of operators by precedence. */
import { SourceError } from './errors.ts';
import { characterConstant, integerOf, stringBytes } from './literals.ts';
import { misplacedPercent, type Reader, unclosed } from './reader.ts';
import { PREFIXES, REGISTERS, type Register, SIZES } from './registers.ts';
import type { Token } from './source.ts';
import { scalar, type Value } from './value.ts';

export type Expression =
  | { readonly kind: 'constant'; readonly value: Value; readonly at: Token }
  | { readonly kind: 'symbol'; readonly name: string; readonly at: Token }
  | { readonly kind: 'here' | 'sectionStart'; readonly at: Token }
  | { readonly kind: 'register'; readonly register: Register; readonly at: Token }
  | { readonly kind: 'unary'; readonly operand: Expression; readonly at: Token }
  | { readonly kind: 'binary'; readonly left: Expression; readonly right: Expression; readonly at: Token }
  | { readonly kind: 'choice'; readonly condition: Expression; readonly yes: Expression; readonly no: Expression; readonly at: Token };

/** Binary operators, loosest first. All are left-associative. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['^^'],
  ['&&'],
  ['=', '==', '!=', '<>', '<', '<=', '>', '>=', '<=>'],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '<<<', '>>', '>>>'],
  ['+', '-'],
  ['*', '/', '//', '%', '%%'],
];
const PRECEDENCE = new Map(LEVELS.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)));
const UNARY = new Set(['+', '-', '~', '!']);

/** Parentheses and operators within one expression. Trees are walked recursively, so this bounds the stack. */
const MAX_DEPTH = 500;

/** Reads one expression; the reader stands behind it afterwards. */
export function parseExpression(reader: Reader): Expression {
  return choice(reader, 0);
}

/** The name a token stands for, without its `$` escape. */
export function nameOf(token: Token): string {
  return token.text.startsWith('$') ? token.text.slice(1) : token.text;
}

function choice(reader: Reader, depth: number): Expression {
  const condition = binary(reader, 0, depth);
  const at = reader.peek();
  if (at?.kind !== 'name' || at.text !== '?') return condition;
  reader.next();
  const yes = choice(reader, deeper(depth, at));
  reader.expect(':', 'the first half of `? :`');
  return { kind: 'choice', condition, yes, no: choice(reader, deeper(depth, at)), at };
}

function binary(reader: Reader, level: number, depth: number): Expression {
  let left = unary(reader, depth);
  let links = depth;
  for (;;) {
    const at = reader.peek();
    const own = at?.kind === 'operator' ? PRECEDENCE.get(at.text) : undefined;
    if (at === undefined || own === undefined || own < level) return left;
    reader.next();
    links = deeper(links, at);
    left = { kind: 'binary', left, right: binary(reader, own + 1, deeper(depth, at)), at };
  }
}

function unary(reader: Reader, depth: number): Expression {
  const at = reader.peek();
  if (at?.kind === 'operator' && UNARY.has(at.text)) {
    reader.next();
    return { kind: 'unary', operand: unary(reader, deeper(depth, at)), at };
  }
  return primary(reader, depth);
}

function primary(reader: Reader, depth: number): Expression {
  const at = reader.isAtEnd ? null : reader.next();
  if (at === null) throw new SourceError(reader.here, 'A number or a name is missing at the end of the line.');
  if (at.kind === 'number') return { kind: 'constant', value: scalar(numberOf(at)), at };
  if (at.kind === 'string') return { kind: 'constant', value: scalar(characterConstant(stringBytes(at.text))), at };
  if (at.kind === 'name') return named(at);
  if (at.kind === 'operator' && at.text === '(') {
    const inner = choice(reader, deeper(depth, at));
    reader.expect(')', 'the expression in parentheses');
    return inner;
  }
  if (at.kind === 'operator' && at.text === '$') return { kind: 'here', at };
  if (at.kind === 'operator' && at.text === '$$') return { kind: 'sectionStart', at };
  throw unexpected(at);
}

function named(at: Token): Expression {
  if (at.text.startsWith('$')) return { kind: 'symbol', name: nameOf(at), at };
  const word = at.text.toLowerCase();
  const register = REGISTERS.get(word);
  if (register) return { kind: 'register', register, at };
  if (word === 'seg' || word === 'wrt') {
    throw new SourceError(
      at,
      `\`${at.text}\` asks for segments, which a flat binary has not.`,
      'Write the selector or segment value as a number.',
    );
  }
  if (word in SIZES || word in PREFIXES || word === '?') throw unexpected(at);
  return { kind: 'symbol', name: at.text, at };
}

function numberOf(at: Token): bigint {
  const value = integerOf(at.text);
  if (value !== null) return value;
  const hint = 'Hexadecimal is 0x1F or 1Fh, binary 0b101, octal 0o17; a hexadecimal number begins with a digit.';
  throw new SourceError(at, `\`${at.text}\` is not an integer.`, hint);
}

function unexpected(at: Token): SourceError {
  if (at.kind === 'bad') return unclosed(at);
  if (at.kind === 'percent') return misplacedPercent(at);
  return new SourceError(at, `A number or a name is expected here, not \`${at.text}\`.`);
}

function deeper(depth: number, at: Token): number {
  if (depth >= MAX_DEPTH)
    throw new SourceError(at, 'This expression is nested too deeply.', `At most ${MAX_DEPTH} operators hang together.`);
  return depth + 1;
}
