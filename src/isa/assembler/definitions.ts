/** Directives that define single-line macros. NASM manual, "Single-Line Macros" and "String Manipulation in Macros". */
import { SourceError } from './errors.ts';
import { lex, made } from './lexer.ts';
import { quoted, stringBytes, utf8 } from './literals.ts';
import { splitArguments } from './multi-line-macros.ts';
import type { PreprocessorState } from './preprocessor-state.ts';
import { numberTokens } from './single-line-macros.ts';
import { isOperator, type Token, textOf, trimmed } from './source.ts';

type Directive = (state: PreprocessorState, at: Token, rest: readonly Token[]) => void;

const MAX_STRING = 65_536;

/** Directive in lower case -> what it does. */
export const DEFINITIONS: Readonly<Record<string, Directive>> = {
  '%define': (state, at, rest) => define(state, at, rest, { isFolded: false, isEager: false }),
  '%idefine': (state, at, rest) => define(state, at, rest, { isFolded: true, isEager: false }),
  '%xdefine': (state, at, rest) => define(state, at, rest, { isFolded: false, isEager: true }),
  '%ixdefine': (state, at, rest) => define(state, at, rest, { isFolded: true, isEager: true }),
  '%undef': (state, at, rest) => {
    for (const name of namesIn(at, rest)) state.names.undefine(name.text);
  },
  '%assign': (state, at, rest) => assign(state, at, rest, false),
  '%iassign': (state, at, rest) => assign(state, at, rest, true),
  '%defstr': (state, at, rest) => {
    const { name, body } = nameAndBody(at, rest);
    state.names.define(name, null, [made('string', quoted(utf8(textOf(trimmed(state.names.expand(body))))), name)]);
  },
  '%deftok': (state, at, rest) => {
    const { name, body } = nameAndBody(at, rest);
    const [text] = strings(state, at, body);
    state.names.define(name, null, lex(String.fromCharCode(...text), name.line, name.column));
  },
  '%strlen': (state, at, rest) => {
    const { name, body } = nameAndBody(at, rest);
    const [text] = strings(state, at, body);
    state.names.define(name, null, numberTokens(BigInt(text.length), name));
  },
  '%strcat': (state, at, rest) => {
    const { name, body } = nameAndBody(at, rest);
    const bytes = strings(state, at, body).flat();
    if (bytes.length > MAX_STRING) throw new SourceError(at, `This string grows beyond ${MAX_STRING} bytes.`);
    state.names.define(name, null, [made('string', quoted(bytes), name)]);
  },
  '%substr': substring,
};

/** The string that a single string token holds, as text. */
export function stringText(token: Token): string {
  return String.fromCharCode(...stringBytes(token.text));
}

function define(state: PreprocessorState, at: Token, rest: readonly Token[], how: { isFolded: boolean; isEager: boolean }): void {
  const { name, body } = nameAndBody(at, rest);
  const { parameters, from } = parametersOf(name, body);
  const tokens = trimmed(body.slice(from));
  state.names.define(name, parameters, how.isEager ? state.names.expand(tokens) : tokens, how.isFolded);
}

function assign(state: PreprocessorState, at: Token, rest: readonly Token[], isFolded: boolean): void {
  const { name, body } = nameAndBody(at, rest);
  state.names.define(name, null, numberTokens(state.host.number(state.names.expand(body), name), name), isFolded);
}

/** `%substr name string start[, count]`, start from 1; a count of -1 is up to the end, -2 up to the last but one. */
function substring(state: PreprocessorState, at: Token, rest: readonly Token[]): void {
  const { name, body } = nameAndBody(at, rest);
  const tokens = trimmed(state.names.expand(body));
  const [text] = tokens;
  if (text?.kind !== 'string') throw new SourceError(text ?? at, `\`${at.text}\` wants a string after the name.`);
  const numbers = tokens.slice(isOperator(trimmed(tokens.slice(1))[0], ',') ? 2 : 1);
  const [start, count] = splitArguments(numbers).map((part) => Number(state.host.number(part, at)));
  if (start === undefined) throw new SourceError(at, `\`${at.text}\` wants a start after the string.`, 'Write `%substr name "text" 2, 3`.');
  const bytes = stringBytes(text.text);
  const length = count === undefined ? 1 : count;
  const end = length < 0 ? bytes.length + length + 1 : start - 1 + length;
  const cut = start < 1 ? [] : bytes.slice(start - 1, Math.max(start - 1, end));
  state.names.define(name, null, [made('string', quoted(cut), name)]);
}

function nameAndBody(at: Token, rest: readonly Token[]): { name: Token; body: readonly Token[] } {
  const tokens = trimmed(rest);
  const [name] = tokens;
  if (name?.kind !== 'name') throw new SourceError(name ?? at, `\`${at.text}\` wants a name first.`);
  return { name, body: tokens.slice(1) };
}

function namesIn(at: Token, rest: readonly Token[]): Token[] {
  const names = rest.filter((token) => token.kind === 'name');
  if (names.length === 0) throw new SourceError(at, `\`${at.text}\` wants a name.`);
  return names;
}

/** `(a, b)` directly behind the name. */
function parametersOf(name: Token, body: readonly Token[]): { parameters: string[] | null; from: number } {
  if (!isOperator(body[0], '(')) return { parameters: null, from: 0 };
  const parameters: string[] = [];
  for (let i = 1; i < body.length; i++) {
    const token = body[i];
    if (token.kind === 'name') parameters.push(token.text);
    else if (isOperator(token, ')')) return { parameters, from: i + 1 };
    else if (token.kind !== 'space' && !isOperator(token, ',')) {
      throw new SourceError(
        token,
        `\`${token.text}\` cannot stand among the parameters of \`${name.text}\`.`,
        'Parameters are names with commas between.',
      );
    }
  }
  throw new SourceError(name, `The parameters of \`${name.text}\` have no closing parenthesis.`);
}

function strings(state: PreprocessorState, at: Token, body: readonly Token[]): number[][] {
  const tokens = state.names.expand(body).filter((token) => token.kind !== 'space' && !isOperator(token, ','));
  if (tokens.length === 0) throw new SourceError(at, `\`${at.text}\` wants a string after the name.`);
  return tokens.map((token) => {
    if (token.kind === 'string') return stringBytes(token.text);
    throw new SourceError(token, `\`${at.text}\` wants strings, and \`${token.text}\` is none.`);
  });
}
