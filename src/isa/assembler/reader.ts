import { SourceError } from './errors.ts';
import { isOperator, type Token } from './source.ts';

/** Reads a line token by token; spaces are seen only by who asks. */
export class Reader {
  readonly #tokens: readonly Token[];
  readonly #whole: Token;
  #at = 0;

  /** `whole` is blamed where the line ends too early. */
  constructor(tokens: readonly Token[], whole: Token) {
    this.#tokens = tokens.some((token) => token.kind === 'space') ? tokens.filter((token) => token.kind !== 'space') : tokens;
    this.#whole = whole;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The token at hand, or `ahead` tokens later. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** The token at hand, to blame: the last one at the end of the line. */
  get here(): Token {
    return this.#tokens[this.#at] ?? this.#tokens[this.#tokens.length - 1] ?? this.#whole;
  }

  next(): Token {
    const token = this.#tokens[this.#at];
    if (!token) throw new SourceError(this.here, 'The line ends too early.');
    this.#at++;
    return token;
  }

  isAt(operator: string): boolean {
    return isOperator(this.#tokens[this.#at], operator);
  }

  /** Steps over this operator if it is at hand. */
  take(operator: string): boolean {
    const isHere = this.isAt(operator);
    if (isHere) this.#at++;
    return isHere;
  }

  expect(operator: string, after: string): void {
    if (!this.take(operator)) throw new SourceError(this.here, `A \`${operator}\` is missing after ${after}.`);
  }

  /** The keyword at hand, in lower case; empty if none is. `$name` is never one. */
  get word(): string {
    const token = this.#tokens[this.#at];
    return token?.kind === 'name' ? token.text.toLowerCase() : '';
  }

  /** Steps over this keyword if it is at hand. */
  takeWord(word: string): boolean {
    const isHere = this.word === word;
    if (isHere) this.#at++;
    return isHere;
  }

  expectEnd(after: string): void {
    if (this.isAtEnd) return;
    if (this.here.kind === 'percent') throw misplacedPercent(this.here);
    throw new SourceError(
      this.here,
      `\`${this.here.text}\` does not belong here, after ${after}.`,
      'One instruction to a line; a comment begins with `;`.',
    );
  }
}

/** What is wrong with a string without its end. */
export function unclosed(at: Token): SourceError {
  const message = at.text.startsWith('%')
    ? 'The brackets after `%` are not closed, or nested too deeply.'
    : `The string that begins here has no closing ${at.text[0]}.`;
  return new SourceError(at, message);
}

/** What is wrong with a `%` word that no macro has replaced. */
export function misplacedPercent(at: Token): SourceError {
  const isParameter = /^%([{%+-]|\d)/.test(at.text);
  const message = isParameter ? `\`${at.text}\` has a meaning only inside a macro.` : `\`${at.text}\` is no name that is known here.`;
  return new SourceError(at, message, 'The remainder operator needs a space after it: `7 % n`.');
}
