/** Characters -> tokens, by NASM's rules. SDM has nothing to say here: the NASM manual, "Layout of a NASM Source Line" and "Constants". */
import type { SourceLine, Token, TokenKind } from './source.ts';

const NAME = '[A-Za-z_.?@\\u0080-\\uffff][\\w.$#@~?\\u0080-\\uffff]*';
/** In the order in which they are tried. `$` leads a hexadecimal number, escapes a name, or stands for the address here. */
const RULES: readonly (readonly [TokenKind | 'comment', string])[] = [
  ['space', '[ \\t\\f\\v]+'],
  ['comment', ';.*'],
  ['name', `\\$?${NAME}`],
  ['number', '\\d+(?:\\.\\d*)?[eE][+-]?\\d+|\\$?\\d[\\w.]*'],
  ['string', '"[^"]*"|\'[^\']*\'|`(?:\\\\.|[^`\\\\])*`'],
  ['bad', '["\'`].*'],
  ['percent', `%%${NAME}|%\\{[^}]*\\}|%[+-]?\\d+|%\\+|%\\?\\??|%[!$]+[\\w.]*|%[A-Za-z_]\\w*|%\\*?\\?`],
  ['operator', '<=>|<<<|>>>|<<|>>|<=|>=|==|!=|<>|&&|\\|\\||\\^\\^|//|%%|\\$\\$|[^]'],
];
const PATTERN = new RegExp(RULES.map(([, rule]) => `(${rule})`).join('|'), 'y');

const cache = new WeakMap<SourceLine, readonly Token[]>();

/** The tokens of a line, spaces included, comment left out. Read once per line. */
export function tokensOf(line: SourceLine): readonly Token[] {
  let tokens = cache.get(line);
  if (!tokens) {
    tokens = lex(line.text, line, 1);
    cache.set(line, tokens);
  }
  return tokens;
}

/** The tokens of `text`, which stands at `column` of `line` (or came about there). */
export function lex(text: string, line: SourceLine, column: number): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = text.startsWith('%[', at) ? indirection(text, at) : match(text, at);
    if (!token) break;
    tokens.push({ ...token, line, column: column + at });
    at += token.text.length;
  }
  return tokens;
}

/** A token made by the preprocessor, at the place of `like`. */
export function made(kind: TokenKind, text: string, like: Pick<Token, 'line' | 'column'>): Token {
  return { kind, text, line: like.line, column: like.column };
}

/** Two tokens without space between them that a macro has brought together: one name or number. */
export function pasted(left: Token, right: Token): Token {
  const text = left.text + right.text;
  return made(match(text, 0)?.kind ?? left.kind, text, left);
}

function match(text: string, at: number): { kind: TokenKind; text: string } | null {
  PATTERN.lastIndex = at;
  const found = PATTERN.exec(text);
  if (!found) return null;
  const kind = RULES[found.findIndex((group, i) => i > 0 && group !== undefined) - 1][0];
  return kind === 'comment' ? null : { kind, text: found[0] };
}

/** `%[...]`, brackets nested. */
function indirection(text: string, at: number): { kind: TokenKind; text: string } {
  let depth = 0;
  let end = at + 1;
  do {
    if (text[end] === '[') depth++;
    if (text[end] === ']') depth--;
    end++;
  } while (depth > 0 && end < text.length);
  return depth === 0 ? { kind: 'percent', text: text.slice(at, end) } : { kind: 'bad', text: text.slice(at) };
}
