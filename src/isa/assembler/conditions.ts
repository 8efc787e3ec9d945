/** `%if` and its kin. NASM manual, "Conditional Assembly". */
import { SourceError } from './errors.ts';
import type { PreprocessorState } from './preprocessor-state.ts';
import { isOperator, type Token, textOf, trimmed } from './source.ts';

type Test = (state: PreprocessorState, rest: readonly Token[], at: Token) => boolean;

/** What follows `%if` or `%elif` -> whether the condition holds. An `n` before any of them turns it round. */
const TESTS: Readonly<Record<string, Test>> = {
  '': (state, rest, at) => state.host.number(state.names.expand(rest), at) !== 0n,
  def: (state, rest) => rest.some((token) => token.kind === 'name' && state.names.isDefined(token.text)),
  macro: (state, rest, at) => isMacro(state, rest, at),
  idn: (state, rest, at) => isIdentical(state, rest, at, (text) => text),
  idni: (state, rest, at) => isIdentical(state, rest, at, (text) => text.toLowerCase()),
  id: (state, rest) => trimmed(state.names.expand(rest))[0]?.kind === 'name',
  num: (state, rest) => isNumber(trimmed(state.names.expand(rest))),
  str: (state, rest) => trimmed(state.names.expand(rest))[0]?.kind === 'string',
  token: (state, rest) => trimmed(state.names.expand(rest)).length === 1,
  empty: (state, rest) => trimmed(state.names.expand(rest)).length === 0,
};

/** Splits a directive such as `%elifnidn`; null if it is no condition. */
export function parseCondition(directive: string): { isElse: boolean; test: Test; isNegated: boolean } | null {
  const found = /^%(el)?if(.*)$/.exec(directive);
  if (!found) return null;
  const isElse = found[1] !== undefined;
  const name = found[2];
  if (Object.hasOwn(TESTS, name)) return { isElse, test: TESTS[name], isNegated: false };
  const positive = name.slice(1);
  if (name.startsWith('n') && Object.hasOwn(TESTS, positive)) return { isElse, test: TESTS[positive], isNegated: true };
  return null;
}

/** Handles `%if...`, `%elif...`, `%else` and `%endif`, which count even where lines are skipped. Returns whether the directive was one of them. */
export function conditionDirective(state: PreprocessorState, at: Token, rest: readonly Token[]): boolean {
  const directive = at.text.toLowerCase();
  if (directive === '%else') otherwise(state, at);
  else if (directive === '%endif') end(state, at);
  else {
    const condition = parseCondition(directive);
    if (!condition) return false;
    const holds = () => condition.test(state, rest, at) !== condition.isNegated;
    if (condition.isElse) elseIf(state, at, holds);
    else begin(state, at, holds);
  }
  return true;
}

/** Whether lines of the present frame are read. */
export function isTaken(state: PreprocessorState): boolean {
  const { conditions } = state.frame;
  return conditions.length === 0 || conditions[conditions.length - 1].state === 'taken';
}

function begin(state: PreprocessorState, at: Token, holds: () => boolean): void {
  const isRead = isTaken(state);
  const condition = { state: 'done' as 'done' | 'taken' | 'waiting', hasElse: false, at };
  state.frame.conditions.push(condition);
  // Counted before it is tested: a faulty condition still has its %endif.
  if (isRead) condition.state = holds() ? 'taken' : 'waiting';
}

function elseIf(state: PreprocessorState, at: Token, holds: () => boolean): void {
  const condition = open(state, at);
  if (condition.hasElse) throw new SourceError(at, `\`${at.text}\` comes after the %else of its %if.`);
  if (condition.state === 'taken') condition.state = 'done';
  else if (condition.state === 'waiting' && holds()) condition.state = 'taken';
}

function otherwise(state: PreprocessorState, at: Token): void {
  const condition = open(state, at);
  if (condition.hasElse) throw new SourceError(at, 'This %if has an %else already.');
  condition.hasElse = true;
  condition.state = condition.state === 'waiting' ? 'taken' : 'done';
}

function end(state: PreprocessorState, at: Token): void {
  open(state, at);
  state.frame.conditions.pop();
}

function open(state: PreprocessorState, at: Token) {
  const condition = state.frame.conditions.at(-1);
  if (!condition) throw new SourceError(at, `\`${at.text}\` has no %if before it.`);
  return condition;
}

/** NASM looks at the first token alone here, behind its signs. */
function isNumber(tokens: readonly Token[]): boolean {
  const first = tokens.find((token) => token.kind !== 'space' && !isOperator(token, '-') && !isOperator(token, '+'));
  return first?.kind === 'number';
}

/** Compares token by token, so the amount of space does not matter; braces protect commas. */
function isIdentical(state: PreprocessorState, rest: readonly Token[], at: Token, fold: (text: string) => string): boolean {
  const tokens = state.names.expand(rest);
  let depth = 0;
  const comma = tokens.findIndex((token) => {
    if (isOperator(token, '{')) depth++;
    if (isOperator(token, '}')) depth--;
    return depth === 0 && isOperator(token, ',');
  });
  if (comma < 0) throw new SourceError(at, `\`${at.text}\` compares two texts; there is no comma between them.`);
  const key = (side: readonly Token[]) =>
    unbraced(side).map((token) => fold(token.kind === 'string' ? token.text.slice(1, -1) : token.text));
  // NASM finds nothing equal to nothing only between braces: `{%1},{}`.
  if (trimmed(tokens.slice(0, comma)).length === 0) return false;
  const left = key(tokens.slice(0, comma));
  const right = key(tokens.slice(comma + 1));
  return left.length === right.length && left.every((text, i) => text === right[i]);
}

function unbraced(side: readonly Token[]): Token[] {
  const tokens = trimmed(side);
  const inner = isOperator(tokens[0], '{') && isOperator(tokens.at(-1), '}') ? tokens.slice(1, -1) : tokens;
  return inner.filter((token) => token.kind !== 'space');
}

/** `%ifmacro name`, `%ifmacro name 2`, `name 1-3`, `name 1-*`: whether a call so made would find a macro. */
function isMacro(state: PreprocessorState, rest: readonly Token[], at: Token): boolean {
  const tokens = trimmed(rest);
  const [name] = tokens;
  if (name?.kind !== 'name') throw new SourceError(name ?? at, `\`${at.text}\` wants the name of a macro.`);
  const macros = state.macros.get(name.text.toLowerCase())?.filter((m) => m.isFolded || m.name === name.text) ?? [];
  const counts = /^(\d+)(?:-(\d+|\*))?/.exec(textOf(trimmed(tokens.slice(1))));
  if (!counts) return macros.length > 0;
  const min = Number(counts[1]);
  const max = counts[2] === '*' ? Number.POSITIVE_INFINITY : Number(counts[2] ?? counts[1]);
  return macros.some((macro) => macro.min <= max && min <= (macro.isGreedy ? Number.POSITIVE_INFINITY : macro.max));
}
