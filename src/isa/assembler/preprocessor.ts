/** Files -> lines of tokens without `%` directives. One run per pass; lines come out one by one, since conditions may ask for labels defined above. */
import { conditionDirective, isTaken } from './conditions.ts';
import { DEFINITIONS, stringText } from './definitions.ts';
import { type Origin, Overrun, SourceError } from './errors.ts';
import { made, tokensOf } from './lexer.ts';
import {
  bindArguments,
  expandParameters,
  type MultiLineMacro,
  mentionsLabel,
  parseSignature,
  splitArguments,
  takes,
} from './multi-line-macros.ts';
import { type PreprocessorHost, PreprocessorState } from './preprocessor-state.ts';
import { isOperator, type SourceLine, type Token, textOf, trimmed } from './source.ts';

/** A line ready to be parsed. */
export interface PlainLine {
  readonly tokens: readonly Token[];
  readonly origin: Origin;
  /** The line itself, where no macro has changed its tokens: then it means the same wherever it comes again. */
  readonly source: SourceLine | null;
}

type Directive = (preprocessor: Preprocessor, at: Token, rest: readonly Token[]) => void;

/** Blocks, files and messages; `definitions.ts` and `conditions.ts` have the others. */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  '%macro': (p, at, rest) => p.defineMacro(at, rest, false),
  '%imacro': (p, at, rest) => p.defineMacro(at, rest, true),
  '%unmacro': (p, at, rest) => p.removeMacro(at, rest),
  '%rep': (p, at, rest) => p.repeat(at, rest),
  '%exitrep': (p, at) => p.leave(at, 'repeat', '%rep'),
  '%exitmacro': (p, at) => p.leave(at, 'macro', '%macro'),
  '%rotate': (p, at, rest) => p.rotate(at, rest),
  '%include': (p, at, rest) => p.include(at, rest),
  '%error': (p, at, rest) => {
    throw new SourceError(at, message(p, rest));
  },
  '%fatal': (p, at, rest) => {
    throw new Overrun(at, message(p, rest));
  },
  '%warning': (p, at, rest) => p.state.host.warning(new SourceError(at, message(p, rest)), p.state.origin(at.line)),
  '%note': () => {},
  '%line': () => {},
  '%pragma': () => {},
  '%endmacro': (_, at) => stray(at, '%macro'),
  '%endm': (_, at) => stray(at, '%macro'),
  '%endrep': (_, at) => stray(at, '%rep'),
};
const CONTEXTS = 'Contexts (%push, %pop, %$name) are not supported; %%name gives a macro its own labels.';
/** NASM's directives that are not here -> what to do instead. */
const ABSENT: Readonly<Record<string, string>> = {
  '%push': CONTEXTS,
  '%pop': CONTEXTS,
  '%repl': CONTEXTS,
  '%ifctx': CONTEXTS,
  '%arg': 'Address arguments by hand: [ebp + 8] and up.',
  '%local': 'Address locals by hand: [ebp - 4] and down.',
  '%stacksize': 'Address the stack frame by hand.',
  '%use': "NASM's standard packages are not supported.",
  '%rmacro': 'Recursive macros are not supported; use %rep.',
  '%clear': 'Use %undef.',
};

/** Reads one source text, once. */
export class Preprocessor {
  readonly state: PreprocessorState;
  readonly #waiting: PlainLine[] = [];

  constructor(lines: readonly SourceLine[], host: PreprocessorHost) {
    this.state = new PreprocessorState(host);
    this.state.frames.push({ kind: 'file', lines, next: 0, conditions: [], caller: null, call: null, turns: 0 });
  }

  /** The next line that is not empty, null at the end. Faulty lines are reported to the host and left out. */
  next(): PlainLine | null {
    const { frames } = this.state;
    for (;;) {
      const waiting = this.#waiting.shift();
      if (waiting) return waiting;
      if (frames.length === 0) return null;
      const { frame } = this.state;
      const line = frame.lines[frame.next];
      const origin = line ? this.state.origin(line) : null;
      try {
        if (!line || !origin) this.#endFrame();
        else {
          frame.next++;
          const tokens = this.#read(line);
          if (tokens.length > 0) return { tokens, origin, source: tokens === line.tokens ? line : null };
        }
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        this.state.host.error(error, origin ?? this.state.origin(error.at.line));
        if (error instanceof Overrun) frames.length = 0;
      }
    }
  }

  defineMacro(at: Token, rest: readonly Token[], isFolded: boolean): void {
    const body = this.#block(at, ['%macro', '%imacro'], ['%endmacro', '%endm']);
    const macro: MultiLineMacro = { ...parseSignature(at, rest), isFolded, body, takesLabel: mentionsLabel(body) };
    const key = macro.name.toLowerCase();
    const others = (this.state.macros.get(key) ?? []).filter((m) => m.name !== macro.name || m.min !== macro.min || m.max !== macro.max);
    this.state.macros.set(key, [macro, ...others]);
  }

  removeMacro(at: Token, rest: readonly Token[]): void {
    const { name, min, max } = parseSignature(at, rest);
    const macros = this.state.macros.get(name.toLowerCase()) ?? [];
    const others = macros.filter((m) => m.name !== name || m.min !== min || m.max !== max);
    this.state.macros.set(name.toLowerCase(), others);
  }

  repeat(at: Token, rest: readonly Token[]): void {
    const body = this.#block(at, ['%rep'], ['%endrep']);
    const counted = trimmed(this.state.names.expand(rest)).filter((token) => token.text !== '.nolist');
    const turns = Number(this.state.host.number(counted, at));
    if (turns <= 0) return;
    this.state.push({ kind: 'repeat', lines: body, turns: turns - 1, caller: at }, at);
  }

  /** Drops the innermost block of this kind with all inside it. */
  leave(at: Token, kind: 'macro' | 'repeat', directive: string): void {
    const { frames } = this.state;
    const index = frames.findLastIndex((frame) => frame.kind === kind);
    if (index <= frames.findLastIndex((frame) => frame.kind === 'file'))
      throw new SourceError(at, `\`${at.text}\` stands outside any ${directive}.`);
    frames.length = index;
  }

  rotate(at: Token, rest: readonly Token[]): void {
    const { call, names, host } = this.state;
    if (!call) throw new SourceError(at, '`%rotate` stands outside any macro.');
    const count = BigInt(call.given.length);
    if (count === 0n) return;
    const turned = (BigInt(call.rotation) + host.number(names.expand(rest), at)) % count;
    call.rotation = Number(turned < 0n ? turned + count : turned);
  }

  include(at: Token, rest: readonly Token[]): void {
    const [name] = trimmed(this.state.names.expand(rest));
    if (name?.kind !== 'string') throw new SourceError(name ?? at, '`%include` wants the name of a file between quotes.');
    const file = stringText(name);
    const lines = this.state.host.include(file);
    if (lines === null) throw new SourceError(name, `There is no file ${name.text} to include.`);
    this.state.push({ kind: 'file', lines, caller: at }, at);
  }

  /** One line: tokens to parse, or none where it was a directive, empty, skipped or a macro call. */
  #read(line: SourceLine): readonly Token[] {
    const raw = tokensOf(line);
    if (raw.length === 0) return raw;
    this.state.spendLine(raw[0]);
    this.state.line = line;
    const { call, names } = this.state;
    if (!isTaken(this.state)) {
      const skipped = directiveIn(raw);
      if (skipped) conditionDirective(this.state, skipped.at, call ? expandParameters(skipped.rest, call) : skipped.rest);
      return [];
    }
    let tokens = raw;
    if (line.text.includes('%')) {
      tokens = names.resolveIndirect(call ? expandParameters(raw, call) : raw);
      const directive = directiveIn(tokens);
      if (directive) {
        this.#direct(directive.at, directive.rest);
        return [];
      }
    }
    const expanded = names.expand(tokens);
    return this.#call(expanded) ? [] : expanded.some((token) => token.kind !== 'space') ? expanded : [];
  }

  #direct(at: Token, rest: readonly Token[]): void {
    const name = at.text.toLowerCase();
    if (conditionDirective(this.state, at, rest)) return;
    const define = DEFINITIONS[name];
    if (define) define(this.state, at, rest);
    else if (DIRECTIVES[name]) DIRECTIVES[name](this, at, rest);
    else throw new SourceError(at, `\`${at.text}\` is not a directive known here.`, ABSENT[name] ?? '');
  }

  /** Starts the macro that the line calls, with a label before it or not. */
  #call(tokens: readonly Token[]): boolean {
    if (this.state.macros.size === 0) return false;
    const words = trimmed(tokens);
    if (this.#start(words, [])) return true;
    if (words[0]?.kind !== 'name') return false;
    const rest = trimmed(words.slice(1));
    const after = isOperator(rest[0], ':') ? trimmed(rest.slice(1)) : rest;
    return this.#start(after, [words[0]]);
  }

  #start(words: readonly Token[], label: readonly Token[]): boolean {
    const [name] = words;
    const named = name?.kind === 'name' ? this.state.macros.get(name.text.toLowerCase()) : undefined;
    // A macro is not called from its own body, so it may be named like the instruction it wraps.
    const macros = named?.filter(
      (m) => (m.isFolded || m.name === name.text) && !this.state.frames.some((frame) => frame.call?.macro === m),
    );
    if (!macros || macros.length === 0) return false;
    const rest = words.slice(1);
    if (isOperator(trimmed(rest)[0], ':')) return false;
    const count = splitArguments(rest).length;
    const macro = macros.find((m) => takes(m, count));
    if (!macro) {
      if (this.state.host.isKeyword(name.text)) return false;
      throw wrongCount(name, macros, count);
    }
    if (label.length > 0 && !macro.takesLabel) {
      this.#waiting.push({ tokens: [label[0], made('operator', ':', label[0])], origin: this.state.origin(label[0].line), source: null });
    }
    const call = { macro, given: bindArguments(macro, rest), label, id: this.state.calls++, rotation: 0 };
    this.state.push({ kind: 'macro', lines: macro.body, caller: name, call }, name);
    return true;
  }

  /** Lines up to the end of a block, which must stand in the same file or body. */
  #block(at: Token, openers: readonly string[], closers: readonly string[]): SourceLine[] {
    const { frame } = this.state;
    const lines: SourceLine[] = [];
    for (let depth = 1; frame.next < frame.lines.length; ) {
      const line = frame.lines[frame.next++];
      const directive = line.text.includes('%') ? directiveIn(tokensOf(line))?.at.text.toLowerCase() : undefined;
      if (directive !== undefined && openers.includes(directive)) depth++;
      if (directive !== undefined && closers.includes(directive) && --depth === 0) return lines;
      lines.push(line);
    }
    throw new SourceError(at, `This ${at.text} has no ${closers[0]}.`);
  }

  #endFrame(): void {
    const { frame, frames } = this.state;
    const unclosed = frame.conditions.pop();
    if (unclosed) throw new SourceError(unclosed.at, `This ${unclosed.at.text} has no %endif.`);
    if (frame.turns > 0 && frame.caller) {
      frame.turns--;
      frame.next = 0;
      this.state.spendLine(frame.caller);
    } else {
      frames.pop();
    }
  }
}

/** The directive that a line begins with, and what follows it. */
function directiveIn(tokens: readonly Token[]): { at: Token; rest: readonly Token[] } | null {
  const index = tokens[0]?.kind === 'space' ? 1 : 0;
  const at = tokens[index];
  return at?.kind === 'percent' && /^%[a-z_]/i.test(at.text) ? { at, rest: tokens.slice(index + 1) } : null;
}

function message(p: Preprocessor, rest: readonly Token[]): string {
  const tokens = trimmed(p.state.names.expand(rest));
  return tokens.length === 1 && tokens[0].kind === 'string' ? stringText(tokens[0]) : textOf(tokens);
}

function stray(at: Token, opener: string): never {
  throw new SourceError(at, `\`${at.text}\` has no ${opener} before it.`);
}

function wrongCount(at: Token, macros: readonly MultiLineMacro[], count: number): SourceError {
  const taken = macros.map((m) =>
    m.isGreedy || m.max === Number.POSITIVE_INFINITY ? `${m.min} or more` : m.min === m.max ? `${m.min}` : `${m.min} to ${m.max}`,
  );
  const wanted = taken.reverse().join(' or ');
  return new SourceError(at, `The macro \`${at.text}\` takes ${wanted} argument${wanted === '1' ? '' : 's'}, not ${count || 'none'}.`);
}
