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
import { type Complaint, PROBLEMS } from './problems.ts';

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
  readonly complaint: Complaint;

  constructor(complaint: Complaint) {
    super(complaint.message.en);
    this.complaint = complaint;
  }
}

const TOKEN = /\s*(0x[\da-f_]+|\d+|"[^"]*"|@[\w.]+|!=|<=|>=|[=<>()[\].+\-&]|[a-z_]\w*)/iy;
const COMPARISONS: readonly string[] = ['=', '!=', '<', '<=', '>', '>=', 'contains'];
/** Words and signs of one condition. A reader that goes into what it reads goes no deeper than that. */
const MOST_TOKENS = 200;
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['[', ']'],
  ['(', ')'],
]);

/** Reads a condition or a value. Throws ConditionError. */
export function readExpression(text: string): Expression {
  const reader = new Reader(tokensOf(text));
  const expression = reader.any();
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
    if (!found) throw new ConditionError(PROBLEMS.unreadable(text.slice(from).trim()));
    if (tokens.length === MOST_TOKENS) throw new ConditionError(PROBLEMS.endless());
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

  any(): Expression {
    return this.list('or', () => this.list('and', () => this.unit(), 'all'), 'any');
  }

  end(): void {
    if (this.next !== '') throw new ConditionError(PROBLEMS.surprise(this.next));
  }

  private get next(): string {
    return this.tokens[this.at] ?? '';
  }

  private take(wanted?: string): string {
    if (wanted !== undefined && this.next !== wanted) throw new ConditionError(PROBLEMS.expected(wanted, this.next));
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

  private unit(): Expression {
    if (this.next === 'not') {
      this.take();
      return { kind: 'not', part: this.unit() };
    }
    if (this.next === '(') {
      this.take();
      const inner = this.any();
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
    throw new ConditionError(PROBLEMS.lacking(token));
  }

  private number(): number {
    const token = this.take();
    if (!/^\d+$/.test(token)) throw new ConditionError(PROBLEMS.noLine());
    return Number(token);
  }

  private fact(name: string): Expression {
    if (!Object.hasOwn(FACTS, name)) throw new ConditionError(PROBLEMS.noFact(name, Object.keys(FACTS)));
    const { argument, access } = this.argument();
    const path: string[] = [];
    while (this.next === '.') {
      this.take();
      path.push(this.take());
    }
    const expression: FactExpression = { kind: 'fact', name, path, argument, access };
    const wrong = FACTS[name].refuse(expression);
    if (wrong) throw new ConditionError(PROBLEMS.saysNothing([name, ...path].join('.'), wrong));
    return expression;
  }

  private argument(): { argument: Expression | null; access: AccessKind } {
    const close = CLOSING.get(this.next);
    if (!close) return { argument: null, access: 'read' };
    this.take();
    const isAccess = this.next === 'read' || this.next === 'write' || this.next === 'fetch';
    const access = isAccess ? (this.take() as AccessKind) : 'read';
    const argument = this.sum();
    this.take(close);
    return { argument, access };
  }
}
