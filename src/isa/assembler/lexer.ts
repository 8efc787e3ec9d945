/** Characters -> tokens. NASM manual, "Layout of a NASM Source Line" and "Constants". */
import { Overrun } from './errors.ts';
import type { SourceLine, Token, TokenKind } from './source.ts';

const NAME = '[A-Za-z_.?@\\u0080-\\uffff][\\w.$#@~?\\u0080-\\uffff]*';
/** In the order in which they are tried. `$` leads a hexadecimal number, escapes a name, or stands for the address here. */
const RULES: readonly (readonly [TokenKind | 'comment', string])[] = [
  ['space', '[ \\t\\f\\v]+'],
  ['comment', ';.*'],
  ['name', `\\$?${NAME}`],
  ['number', '\\d+(?:\\.\\d*)?[eE][+-]?\\d+(?![\\w.])|\\$?\\d[\\w.]*'],
  ['string', '"[^"]*"|\'[^\']*\'|`(?:\\\\.|[^`\\\\])*`'],
  ['bad', '["\'`].*'],
  ['percent', `%%${NAME}|%\\{%{0,2}[^}%]*\\}|%[+-]?\\d+|%\\+|%\\?\\??|%[!$]+[\\w.]*|%[A-Za-z_]\\w*|%\\*?\\?`],
  ['operator', '<=>|<<<|>>>|<<|>>|<=|>=|==|!=|<>|&&|\\|\\||\\^\\^|//|%%|\\$\\$|[^]'],
];
const PATTERN = new RegExp(RULES.map(([, rule]) => `(${rule})`).join('|'), 'y');

/** The tokens of a line, spaces included, comment left out. Read once per line. */
export function tokensOf(line: SourceLine): readonly Token[] {
  line.tokens ??= lex(line.text, line, 1);
  return line.tokens;
}

/** The tokens of `text`, which stands at `column` of `line` (or came about there). */
export function lex(text: string, line: SourceLine, column: number): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const isIndirect = text.startsWith('%[', at);
    const found = isIndirect ? indirection(text, at) : match(text, at);
    if (!found) break;
    tokens.push({ kind: found.kind, text: found.text, line, column: column + at });
    at += found.text.length;
  }
  return tokens;
}

/** A token made by the preprocessor, at the place of `like`. */
export function made(kind: TokenKind, text: string, like: Pick<Token, 'line' | 'column'>): Token {
  return { kind, text, line: like.line, column: like.column };
}

const MAX_BRACKETS = 20;
/** Longer names can only come of macros that double. */
const MAX_NAME = 4096;

/** Two tokens without space between them that a macro has brought together: one name or number. */
export function pasted(left: Token, right: Token): Token {
  const text = left.text + right.text;
  if (text.length > MAX_NAME) throw new Overrun(left, `A name grows beyond ${MAX_NAME} letters here.`);
  return made(match(text, 0)?.kind ?? left.kind, text, left);
}

function match(text: string, at: number): { kind: TokenKind; text: string } | null {
  PATTERN.lastIndex = at;
  const found = PATTERN.exec(text);
  if (!found) return null;
  let group = 1;
  while (found[group] === undefined) group++;
  const kind = RULES[group - 1][0];
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
  } while (depth > 0 && depth < MAX_BRACKETS && end < text.length);
  return depth === 0 ? { kind: 'percent', text: text.slice(at, end) } : { kind: 'bad', text: text.slice(at) };
}
