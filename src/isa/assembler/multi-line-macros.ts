/** `%macro`: lines with parameters. NASM manual, "Multi-Line Macros". */
import { SourceError } from './errors.ts';
import { lex, made, tokensOf } from './lexer.ts';
import { glue } from './single-line-macros.ts';
import { isOperator, type SourceLine, type Token, textOf, trimmed } from './source.ts';

export interface MultiLineMacro {
  readonly name: string;
  readonly isFolded: boolean;
  /** Arguments taken. */
  readonly min: number;
  readonly max: number;
  /** The last parameter takes the rest of the line, commas included. */
  readonly isGreedy: boolean;
  /** For parameters from `min` on. */
  readonly defaults: readonly (readonly Token[])[];
  readonly body: readonly SourceLine[];
  /** Uses `%00`, the label before the call: then the call defines no label itself. */
  readonly takesLabel: boolean;
}

/** One use of a macro. */
export interface MacroCall {
  readonly macro: MultiLineMacro;
  readonly given: readonly (readonly Token[])[];
  readonly label: readonly Token[];
  /** Makes `%%name` unlike that of any other call. */
  readonly id: number;
  /** How far `%rotate` has turned the arguments. */
  rotation: number;
}

/** Condition codes and their opposites, for `%+1` and `%-1`. */
const CONDITION_PAIRS = 'a na,ae nae,b nb,be nbe,c nc,e ne,g ng,ge nge,l nl,le nle,o no,p np,pe po,s ns,z nz';
const OPPOSITES = new Map(
  CONDITION_PAIRS.split(',').flatMap((pair) => {
    const [a, b] = pair.split(' ');
    return [
      [a, b],
      [b, a],
    ] as const;
  }),
);

/** Reads what follows `%macro`: name, counts, defaults. The body is filled in by the caller. */
export function parseSignature(at: Token, rest: readonly Token[]): Omit<MultiLineMacro, 'body' | 'takesLabel' | 'isFolded'> {
  const tokens = trimmed(rest);
  const [name] = tokens;
  const hint = 'Write `%macro name 2`, `%macro name 1-3 default`, `%macro name 1+` or `%macro name 1-*`.';
  if (name?.kind !== 'name') throw new SourceError(name ?? at, 'A macro needs a name and the number of its parameters.', hint);
  const text = textOf(trimmed(tokens.slice(1)));
  const found = /^(\d+)(?:-(\d+|\*))?(\+?)(?:\.nolist)?(?= |$)/.exec(text);
  if (!found) throw new SourceError(name, `The macro \`${name.text}\` does not say how many parameters it takes.`, hint);
  const min = Number(found[1]);
  const max = found[2] === '*' ? Number.POSITIVE_INFINITY : Number(found[2] ?? found[1]);
  if (max < min) throw new SourceError(name, `The macro \`${name.text}\` takes at least ${min} and at most ${max} parameters.`, hint);
  const defaults = splitArguments(afterCounts(tokens.slice(1), found[0].length));
  return { name: name.text, min, max, isGreedy: found[3] === '+', defaults };
}

/** Splits at commas; braces around an argument protect its commas and fall away. */
export function splitArguments(rest: readonly Token[]): Token[][] {
  const tokens = trimmed(rest);
  if (tokens.length === 0) return [];
  return pieces(tokens).map(unbraced);
}

/** The arguments of a call as the macro sees them: defaults filled in, the rest of the line kept whole for a greedy last parameter. */
export function bindArguments(macro: MultiLineMacro, rest: readonly Token[]): readonly (readonly Token[])[] {
  let given: (readonly Token[])[] = splitArguments(rest);
  if (macro.isGreedy && given.length > macro.max && macro.max > 0) {
    const tail = pieces(trimmed(rest)).slice(macro.max - 1);
    const whole = tail.flatMap((piece, i) =>
      i === 0 ? unbraced(piece) : [made('operator', ',', piece[0] ?? rest[0]), ...unbraced(piece)],
    );
    given = [...given.slice(0, macro.max - 1), whole];
  }
  const missing = macro.defaults.slice(Math.max(0, given.length - macro.min));
  return given.length < macro.min ? given : [...given, ...missing];
}

/** Whether a call with `count` arguments is one of this macro. */
export function takes(macro: MultiLineMacro, count: number): boolean {
  return count >= macro.min && (count <= macro.max || macro.isGreedy);
}

/** Whether the body mentions `%00`. */
export function mentionsLabel(body: readonly SourceLine[]): boolean {
  return body.some((line) => line.text.includes('%00') && tokensOf(line).some((token) => token.text === '%00'));
}

/** Replaces `%1`, `%{1:3}`, `%0`, `%%name`, `%+1`, `%-1` in a line of the body, and glues what touches. */
export function expandParameters(tokens: readonly Token[], call: MacroCall): readonly Token[] {
  if (!tokens.some((token) => token.kind === 'percent')) return tokens;
  const out: Token[] = [];
  let isLoose = false;
  for (const token of tokens) {
    const parts = token.kind === 'percent' ? parameter(token, call) : null;
    glue(out, parts ?? [token], parts !== null || isLoose);
    isLoose = parts !== null;
  }
  return out;
}

function unbraced(piece: readonly Token[]): Token[] {
  const inner = trimmed(piece);
  return isOperator(inner[0], '{') && isOperator(inner.at(-1), '}') ? trimmed(inner.slice(1, -1)) : inner;
}

function pieces(tokens: readonly Token[]): Token[][] {
  const out: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isOperator(token, '{')) depth++;
    if (isOperator(token, '}')) depth--;
    if (depth <= 0 && isOperator(token, ',')) out.push([]);
    else out[out.length - 1].push(token);
  }
  return out;
}

function afterCounts(tokens: readonly Token[], length: number): Token[] {
  const rest = trimmed(tokens);
  let seen = 0;
  let i = 0;
  while (i < rest.length && seen < length) seen += rest[i++].text.length;
  return rest.slice(i);
}

/** What a token of the body stands for in this call; null if it is no parameter. */
function parameter(token: Token, call: MacroCall): readonly Token[] | null {
  if (token.text.startsWith('%[')) {
    const inner = expandParameters(lex(token.text.slice(2, -1), token.line, token.column + 2), call);
    return [made('percent', `%[${textOf(inner)}]`, token)];
  }
  const text = token.text.startsWith('%{') ? `%${token.text.slice(2, -1)}` : token.text;
  if (text === '%0') return [made('number', String(call.given.length), token)];
  if (text === '%00') return call.label;
  if (text.startsWith('%%')) return [made('name', `..@${call.id}.${text.slice(2)}`, token)];
  if (/^%\d+$/.test(text)) return argument(call, Number(text.slice(1)));
  const condition = /^%([+-])(\d+)$/.exec(text);
  if (condition) return conditionCode(token, condition, call);
  const range = /^%(-?\d+)(?::(-?\d+))?$/.exec(text);
  return range ? argumentRange(token, Number(range[1]), Number(range[2] ?? range[1]), call) : null;
}

function argument(call: MacroCall, number: number): readonly Token[] {
  const count = call.given.length;
  return number <= count ? call.given[(number - 1 + call.rotation) % count] : [];
}

function conditionCode(token: Token, found: RegExpExecArray, call: MacroCall): readonly Token[] {
  const given = trimmed(argument(call, Number(found[2])));
  const opposite = given.length === 1 ? OPPOSITES.get(given[0].text.toLowerCase()) : undefined;
  if (opposite === undefined) {
    throw new SourceError(given[0] ?? token, `\`${token.text}\` wants a condition code as argument ${found[2]}, such as \`z\` or \`ae\`.`);
  }
  return found[1] === '+' ? given : [made('name', opposite, given[0])];
}

/** `%{2:4}`: arguments 2 to 4 with commas between; negative numbers count from the end, and a range may run backwards. */
function argumentRange(token: Token, first: number, last: number, call: MacroCall): readonly Token[] {
  const count = call.given.length;
  const from = first < 0 ? count + first + 1 : first;
  const to = last < 0 ? count + last + 1 : last;
  if (Math.min(from, to) < 1 || Math.max(from, to) > count)
    throw new SourceError(token, `\`${token.text}\` is beyond the ${count} arguments of this call.`);
  const out: Token[] = [];
  for (let i = from; ; i += from <= to ? 1 : -1) {
    out.push(...argument(call, i));
    if (i === to) return out;
    out.push(made('operator', ',', token));
  }
}
