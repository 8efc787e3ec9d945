/** The language of checkpoints: claims about a machine that stands still, as data. `at = line 56 and memory32[0x400000] = 4`. It can say what is, and do nothing.
 *
 *    any      all { "or" all }
 *    all      unit { "and" unit }
 *    unit     "not" unit | "(" any ")" | sum [ ( "=" "!=" "<" "<=" ">" ">=" "contains" ) sum ]
 *    sum      term { ( "+" "-" "&" ) term }
 *    term     0x1F | 31 | "text" | @label | "line" 31 | fact
 *    fact     name [ "[" sum "]" | "(" [ "read" "write" "fetch" ] sum ")" ] { "." ( name | number ) } */
import type { AccessKind } from '../../api/protocol.ts';
import { FACTS } from './facts.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains';

/** A fact of the machine, by its name in facts.ts. */
export interface FactExpression {
  readonly kind: 'fact';
  readonly name: string;
  readonly path: readonly string[];
  readonly argument: Expression | null;
  readonly access: AccessKind;
}

export type Expression =
  | { readonly kind: 'value'; readonly value: number | string }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'line'; readonly line: number }
  | FactExpression
  | { readonly kind: 'sum'; readonly operator: '+' | '-' | '&'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression };

/** What is wrong with a text, and what to write instead. */
export class ConditionError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const TOKEN = /\s*(0x[\da-f_]+|\d+|"[^"]*"|@[\w.]+|!=|<=|>=|[=<>()[\].+\-&]|[a-z_]\w*)/iy;
const COMPARISONS: readonly string[] = ['=', '!=', '<', '<=', '>', '>=', 'contains'];
/** Parentheses within parentheses: more are a mistake. */
const DEEPEST = 20;

/** Reads a condition or a value. Throws ConditionError. */
export function readExpression(text: string): Expression {
  const reader = new Reader(tokensOf(text));
  const expression = reader.any(0);
  reader.end();
  return expression;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found)
      throw new ConditionError(`“${text.slice(from).trim()}” cannot be read.`, 'Texts stand in "double quotes", labels behind an @.');
    tokens.push(found[1]);
  }
  return tokens;
}

class Reader {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  any(depth: number): Expression {
    if (depth > DEEPEST) throw new ConditionError('There are too many parentheses within each other.', 'Make two steps of it.');
    const parts = this.list('or', () => this.list('and', () => this.unit(depth), 'all'), 'any');
    return parts;
  }

  end(): void {
    if (this.next !== '') throw new ConditionError(`“${this.next}” comes as a surprise.`, 'Join two claims by “and” or “or”.');
  }

  private get next(): string {
    return this.tokens[this.at] ?? '';
  }

  private take(wanted?: string): string {
    if (wanted !== undefined && this.next !== wanted)
      throw new ConditionError(
        `There should be “${wanted}” where ${this.next === '' ? 'the line ends' : `“${this.next}” stands`}.`,
        'Add it.',
      );
    return this.tokens[this.at++] ?? '';
  }

  private list(word: string, part: () => Expression, kind: 'all' | 'any'): Expression {
    const parts = [part()];
    while (this.next === word) {
      this.take();
      parts.push(part());
    }
    return parts.length === 1 ? parts[0] : { kind, parts };
  }

  private unit(depth: number): Expression {
    if (this.next === 'not') {
      this.take();
      return { kind: 'not', part: this.unit(depth) };
    }
    if (this.next === '(') {
      this.take();
      const inner = this.any(depth + 1);
      this.take(')');
      return inner;
    }
    const left = this.sum();
    if (!COMPARISONS.includes(this.next)) return left;
    const operator = this.take() as Comparison;
    return { kind: 'compare', operator, left, right: this.sum() };
  }

  private sum(): Expression {
    let left = this.term();
    while (this.next === '+' || this.next === '-' || this.next === '&') {
      const operator = this.take() as '+' | '-' | '&';
      left = { kind: 'sum', operator, left, right: this.term() };
    }
    return left;
  }

  private term(): Expression {
    const token = this.take();
    if (/^\d/.test(token)) return { kind: 'value', value: Number(token.replaceAll('_', '')) };
    if (token.startsWith('"')) return { kind: 'value', value: token.slice(1, -1) };
    if (token.startsWith('@')) return { kind: 'label', name: token.slice(1) };
    if (token === 'line') return { kind: 'line', line: this.number() };
    if (/^[a-z_]/i.test(token)) return this.fact(token.toLowerCase());
    throw new ConditionError(
      `Something is missing ${token === '' ? 'at the end' : `before “${token}”`}.`,
      'A number, a "text", @label, line 12 or a fact.',
    );
  }

  private number(): number {
    const token = this.take();
    if (!/^\d+$/.test(token)) throw new ConditionError('Behind “line” comes the number of a line of the source.', 'For instance: line 12.');
    return Number(token);
  }

  private fact(name: string): Expression {
    const rule = FACTS[name];
    if (!rule) throw new ConditionError(`There is no fact “${name}”.`, `There are: ${Object.keys(FACTS).join(', ')}.`);
    const { argument, access } = this.argument();
    const path: string[] = [];
    while (this.next === '.') {
      this.take();
      path.push(this.take());
    }
    const expression: FactExpression = { kind: 'fact', name, path, argument, access };
    const wrong = rule.refuse(expression);
    if (wrong) throw new ConditionError(`“${[name, ...path].join('.')}” says nothing.`, wrong);
    return expression;
  }

  private argument(): { argument: Expression | null; access: AccessKind } {
    const close = { '[': ']', '(': ')' }[this.next];
    if (!close) return { argument: null, access: 'read' };
    this.take();
    const isAccess = this.next === 'read' || this.next === 'write' || this.next === 'fetch';
    const access = isAccess ? (this.take() as AccessKind) : 'read';
    const argument = this.sum();
    this.take(close);
    return { argument, access };
  }
}
