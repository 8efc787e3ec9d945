/** Source text as lines of tokens. A token remembers where it was written, so that it can be blamed wherever a macro has carried it. */

/** One logical line: what a backslash at the end joins is one line, numbered by its first. */
export interface SourceLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** What it was read into, null until then. */
  tokens: readonly Token[] | null;
}

/** `name`: identifier or keyword, `$` escape included. `percent`: anything that begins with `%` and is not the operator. `bad`: a string without its end. */
export type TokenKind = 'name' | 'number' | 'string' | 'operator' | 'space' | 'percent' | 'bad';

export interface Token {
  readonly kind: TokenKind;
  /** As written; a string with its quotes. */
  readonly text: string;
  readonly line: SourceLine;
  /** From 1. */
  readonly column: number;
}

/** Splits `text` into lines and joins those that end in a backslash. */
export function linesOf(file: string, text: string): SourceLine[] {
  const lines: SourceLine[] = [];
  const raw = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (let i = 0; i < raw.length; i++) {
    const number = i + 1;
    let joined = raw[i];
    while (joined.endsWith('\\') && i + 1 < raw.length) joined = `${joined.slice(0, -1)} ${raw[++i]}`;
    lines.push({ file, number, text: joined, tokens: null });
  }
  return lines;
}

/** The tokens without the spaces at both ends. */
export function trimmed(tokens: readonly Token[]): Token[] {
  let from = 0;
  let to = tokens.length;
  while (from < to && tokens[from].kind === 'space') from++;
  while (to > from && tokens[to - 1].kind === 'space') to--;
  return tokens.slice(from, to);
}

/** Whether the token is this operator. */
export function isOperator(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind === 'operator' && token.text === text;
}

/** The text that the tokens were read from, each run of space as one blank. */
export function textOf(tokens: readonly Token[]): string {
  return tokens.map((token) => (token.kind === 'space' ? ' ' : token.text)).join('');
}
