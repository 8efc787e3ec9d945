/** `%define` and its kin: names that stand for tokens. NASM manual, "Single-Line Macros". */
import { SourceError } from './errors.ts';
import { lex, made, pasted } from './lexer.ts';
import { isOperator, type Token, trimmed } from './source.ts';

interface Definition {
  /** Parameter names, null for a macro without parentheses. */
  readonly parameters: readonly string[] | null;
  readonly body: readonly Token[];
  /** Being expanded: its own name inside is left alone, so expansion ends. */
  isBusy: boolean;
}

/** What stands in the work list behind the body of a macro. */
interface EndOf {
  readonly definition: Definition;
}
type Pending = Token | EndOf;

/** All single-line macros of a source text. `spend` is told of every token made, and throws when there are too many. */
export class SingleLineMacros {
  readonly #exact = new Map<string, Definition[]>();
  readonly #folded = new Map<string, Definition[]>();
  readonly #predefined = new Map<string, (at: Token) => Token[]>();
  readonly #spend: (tokens: number, at: Token) => void;

  constructor(spend: (tokens: number, at: Token) => void) {
    this.#spend = spend;
  }

  /** A name whose tokens depend on where it is used (`__LINE__`). */
  predefine(name: string, body: (at: Token) => Token[]): void {
    this.#predefined.set(name, body);
  }

  /** Defines or, with as many parameters, redefines. `isFolded`: in any case of letters. */
  define(at: Token, parameters: readonly string[] | null, body: readonly Token[], isFolded = false): void {
    const table = isFolded ? this.#folded : this.#exact;
    const key = isFolded ? at.text.toLowerCase() : at.text;
    const others = (table.get(key) ?? []).filter((d) => d.parameters?.length !== parameters?.length);
    if (others.some((d) => (d.parameters === null) !== (parameters === null))) {
      throw new SourceError(
        at,
        `\`${at.text}\` is defined both with and without parameters.`,
        `\`%undef ${at.text}\` first, or choose another name.`,
      );
    }
    table.set(key, [...others, { parameters, body, isBusy: false }]);
  }

  undefine(name: string): void {
    this.#exact.delete(name);
    this.#folded.delete(name.toLowerCase());
  }

  isDefined(name: string): boolean {
    return this.#definitions(name) !== undefined || this.#predefined.has(name);
  }

  /** Replaces every macro in `tokens`, and in what comes of it. */
  expand(tokens: readonly Token[]): readonly Token[] {
    let result = tokens;
    // Pasting may make a new name, which is looked up once more.
    for (let round = 0; round < 8; round++) {
      if (!result.some((token) => this.#mayExpand(token))) return result;
      result = this.#expandOnce(result);
      if (!result.some(isPaste)) return result;
      result = pasteMarked(result);
    }
    return result;
  }

  /** Carries out `%[...]`: its content expanded, and glued to what touches it. This comes before anything else, in directives too. */
  resolveIndirect(tokens: readonly Token[]): readonly Token[] {
    if (!tokens.some(isIndirect)) return tokens;
    const out: Token[] = [];
    let isLoose = false;
    for (const token of tokens) {
      const isInner = isIndirect(token);
      if (isInner) this.#spend(token.text.length, token);
      const inner = isInner ? this.expand(this.resolveIndirect(lex(token.text.slice(2, -1), token.line, token.column + 2))) : [token];
      glue(out, inner, isLoose || isInner);
      isLoose = isInner;
    }
    return out;
  }

  #mayExpand(token: Token): boolean {
    if (token.kind === 'name') return this.#predefined.has(token.text) || this.#definitions(token.text) !== undefined;
    return isPaste(token);
  }

  #definitions(name: string): Definition[] | undefined {
    const found = this.#exact.get(name);
    if (found || this.#folded.size === 0) return found;
    return this.#folded.get(name.toLowerCase());
  }

  #expandOnce(tokens: readonly Token[]): Token[] {
    const out: Token[] = [];
    const pending: Pending[] = [...tokens].reverse();
    for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
      if ('definition' in item) item.definition.isBusy = false;
      else if (item.kind === 'name') this.#expandName(item, pending, out);
      else out.push(item);
    }
    return out;
  }

  #expandName(token: Token, pending: Pending[], out: Token[]): void {
    const predefined = this.#predefined.get(token.text);
    if (predefined) {
      out.push(...predefined(token));
      return;
    }
    const definitions = this.#definitions(token.text)?.filter((d) => !d.isBusy);
    if (!definitions || definitions.length === 0) {
      out.push(token);
      return;
    }
    const [first] = definitions;
    if (first.parameters === null) {
      this.#insert(first, first.body, token, pending);
      return;
    }
    if (!nextIsParenthesis(pending)) {
      out.push(token);
      return;
    }
    const given = takeArguments(token, pending);
    const definition = definitions.find((d) => d.parameters?.length === given.length || (d.parameters?.length === 0 && isEmpty(given)));
    if (!definition) throw wrongCount(token, definitions, given.length);
    const { parameters } = definition;
    const body = definition.body.flatMap((t) =>
      t.kind === 'name' && parameters?.includes(t.text) ? given[parameters.indexOf(t.text)] : [t],
    );
    this.#insert(definition, body, token, pending);
  }

  #insert(definition: Definition, body: readonly Token[], at: Token, pending: Pending[]): void {
    this.#spend(body.length + 1, at);
    definition.isBusy = true;
    pending.push({ definition });
    for (let i = body.length - 1; i >= 0; i--) pending.push(body[i]);
  }
}

/** Appends tokens; where a macro has brought two names or numbers together (`isLoose`), they become one. */
export function glue(out: Token[], added: readonly Token[], isLoose: boolean): void {
  const last = out.at(-1);
  if (!isLoose || added.length === 0 || !last || !isGlue(last) || !isGlue(added[0])) {
    out.push(...added);
    return;
  }
  out[out.length - 1] = pasted(last, added[0]);
  out.push(...added.slice(1));
}

function isGlue(token: Token): boolean {
  return token.kind === 'name' || token.kind === 'number';
}

function isIndirect(token: Token): boolean {
  return token.kind === 'percent' && token.text.startsWith('%[');
}

function isPaste(token: Token): boolean {
  return token.kind === 'percent' && token.text === '%+';
}

/** Carries out `a %+ b`. */
function pasteMarked(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (!isPaste(tokens[i])) {
      out.push(tokens[i]);
      continue;
    }
    while (out.at(-1)?.kind === 'space') out.pop();
    while (tokens[i + 1]?.kind === 'space' || (tokens[i + 1] && isPaste(tokens[i + 1]))) i++;
    const left = out.pop();
    const right = tokens[i + 1];
    if (left && right) out.push(pasted(left, right));
    else if (left ?? right) out.push((left ?? right) as Token);
    i++;
  }
  return out;
}

function nextIsParenthesis(pending: readonly Pending[]): boolean {
  for (let i = pending.length - 1; i >= 0; i--) {
    const item = pending[i];
    if (!('definition' in item) && item.kind !== 'space') return isOperator(item, '(');
  }
  return false;
}

/** Takes `( ..., ... )` off the work list; parentheses and braces protect commas, and a pair of braces around a whole argument falls away. */
function takeArguments(at: Token, pending: Pending[]): Token[][] {
  const given: Token[][] = [[]];
  let depth = 0;
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if ('definition' in item) {
      item.definition.isBusy = false;
      continue;
    }
    const text = item.kind === 'operator' ? item.text : '';
    if (text === ')' && depth === 1) return given.map(unbraced);
    if (text === '(' || text === '{') depth++;
    if (text === ')' || text === '}') depth--;
    if (text === ',' && depth === 1) given.push([]);
    else if (text !== '(' || depth > 1) given[given.length - 1].push(item);
  }
  throw new SourceError(at, `The call of \`${at.text}\` has no closing parenthesis.`);
}

function unbraced(tokens: readonly Token[]): Token[] {
  const inner = trimmed(tokens);
  return isOperator(inner[0], '{') && isOperator(inner.at(-1), '}') ? inner.slice(1, -1) : inner;
}

function isEmpty(given: readonly Token[][]): boolean {
  return given.length === 1 && given[0].length === 0;
}

function wrongCount(at: Token, definitions: readonly Definition[], count: number): SourceError {
  const taken = definitions.map((d) => d.parameters?.length ?? 0).join(' or ');
  return new SourceError(at, `\`${at.text}\` takes ${taken} argument${taken === '1' ? '' : 's'}, not ${count}.`);
}

/** One number token, as `%assign` leaves it; a negative number is two tokens. */
export function numberTokens(value: bigint, at: Token): Token[] {
  const digits = made('number', String(value < 0n ? -value : value), at);
  return value < 0n ? [made('operator', '-', at), digits] : [digits];
}
