/** Expression trees -> values, for one pass. */
import { SourceError } from './errors.ts';
import type { Expression } from './expression.ts';
import type { Token } from './source.ts';
import { isPlain, plus, relative, scalar, times, UNKNOWN, type Value } from './value.ts';

/** What names and `$` mean where the expression stands. */
export interface Scope {
  /** The value of a name; null if it has none (then the scope has said so, or will in a later pass). Throws where a name must be known by now. */
  symbol(name: string, at: Token): Value | null;
  here(): Value;
  sectionStart(): Value;
}

type Operation = (a: bigint, b: bigint) => bigint;

/** Operators on plain 64-bit numbers. `/`, `%` and `>>` are unsigned, as in NASM. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  '||': (a, b) => truth(a !== 0n || b !== 0n),
  '^^': (a, b) => truth((a !== 0n) !== (b !== 0n)),
  '&&': (a, b) => truth(a !== 0n && b !== 0n),
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '&': (a, b) => a & b,
  '<<': (a, b) => a << (b & 63n),
  '<<<': (a, b) => a << (b & 63n),
  '>>': (a, b) => unsigned(a) >> (b & 63n),
  '>>>': (a, b) => a >> (b & 63n),
  '/': (a, b) => unsigned(a) / unsigned(b),
  '//': (a, b) => a / b,
  '%': (a, b) => unsigned(a) % unsigned(b),
  '%%': (a, b) => a % b,
};
/** Comparisons look at the difference alone, so two labels of one section can be compared. */
const COMPARISONS: Readonly<Record<string, (difference: bigint) => bigint>> = {
  '=': (d) => truth(d === 0n),
  '==': (d) => truth(d === 0n),
  '!=': (d) => truth(d !== 0n),
  '<>': (d) => truth(d !== 0n),
  '<': (d) => truth(d < 0n),
  '<=': (d) => truth(d <= 0n),
  '>': (d) => truth(d > 0n),
  '>=': (d) => truth(d >= 0n),
  '<=>': (d) => (d < 0n ? -1n : truth(d > 0n)),
};
const DIVISIONS = new Set(['/', '//', '%', '%%']);

/** The value of `expression` in `scope`. Throws a SourceError where an operator cannot be applied. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'symbol':
      return scope.symbol(expression.name, expression.at) ?? UNKNOWN;
    case 'here':
      return scope.here();
    case 'sectionStart':
      return scope.sectionStart();
    case 'register':
      return relative(expression.register, 0n);
    case 'unary':
      return unary(expression.at, evaluate(expression.operand, scope));
    case 'choice':
      return evaluate(plain(expression.at, evaluate(expression.condition, scope)) === 0n ? expression.no : expression.yes, scope);
    case 'binary':
      return binary(expression.at, evaluate(expression.left, scope), evaluate(expression.right, scope));
  }
}

function unary(at: Token, a: Value): Value {
  if (at.text === '+') return a;
  if (at.text === '-') return times(a, -1n);
  const number = plain(at, a);
  return result(at.text === '~' ? ~number : truth(number === 0n), a.isUnknown);
}

function binary(at: Token, a: Value, b: Value): Value {
  const isUnknown = a.isUnknown || b.isUnknown;
  if (at.text === '+') return plus(a, b);
  if (at.text === '-') return plus(a, b, -1n);
  if (at.text === '*') return product(at, a, b);
  const compare = COMPARISONS[at.text];
  if (compare) return comparison(at, compare, a, b);
  if (DIVISIONS.has(at.text) && b.number === 0n && isPlain(b)) throw new SourceError(at, 'This divides by zero.');
  const left = plain(at, a);
  const right = plain(at, b);
  if (DIVISIONS.has(at.text) && right === 0n) return UNKNOWN;
  return result(OPERATIONS[at.text](left, right), isUnknown);
}

function product(at: Token, a: Value, b: Value): Value {
  if (isBareUnknown(a) || isBareUnknown(b)) return UNKNOWN;
  return isPlain(a) ? times(b, a.number) : times(a, plain(at, b));
}

function isBareUnknown(value: Value): boolean {
  return value.isUnknown && value.terms.length === 0 && value.number === 0n;
}

function comparison(at: Token, compare: (difference: bigint) => bigint, a: Value, b: Value): Value {
  if (isPlain(a) && isPlain(b)) return scalar(compare(a.number - b.number));
  const difference = plus(a, b, -1n);
  return result(compare(plain(at, difference)), difference.isUnknown);
}

/** The number of a value without terms. An unknown one counts as 0 for this pass. */
function plain(at: Token, value: Value): bigint {
  if (value.terms.length === 0 || value.isUnknown) return value.number;
  const what = value.terms.map((term) => term.unit.name).join(' and ');
  const hint = `A label alone is no number before the file is laid out. A difference is one: \`label - $$\`, to which the origin can be added.`;
  throw new SourceError(at, `\`${at.text}\` needs plain numbers, and this depends on where ${what} will lie.`, hint);
}

function result(number: bigint, isUnknown: boolean): Value {
  return isUnknown ? UNKNOWN : scalar(number);
}

function truth(claim: boolean): bigint {
  return claim ? 1n : 0n;
}

function unsigned(a: bigint): bigint {
  return BigInt.asUintN(64, a);
}
