import { type Origin, Overrun, type SourceError } from './errors.ts';
import { made } from './lexer.ts';
import type { MacroCall, MultiLineMacro } from './multi-line-macros.ts';
import { numberTokens, SingleLineMacros } from './single-line-macros.ts';
import type { SourceLine, Token } from './source.ts';

/** What the preprocessor asks of the assembler that reads its lines. */
export interface PreprocessorHost {
  /** Lines of an included file, null if there is none. */
  include(name: string): readonly SourceLine[] | null;
  /** Value of an expression that must be a plain number by now. */
  number(tokens: readonly Token[], at: Token): bigint;
  /** Whether the name is an instruction or a directive, so that a macro of that name with other parameter counts leaves the line alone. */
  isKeyword(name: string): boolean;
  /** 16 or 32. */
  bits(): number;
  error(error: SourceError, origin: Origin): void;
  warning(error: SourceError, origin: Origin): void;
}

/** `taken`: lines are read. `waiting`: a later branch may be taken. `done`: no branch is taken any more. */
export interface Condition {
  state: 'taken' | 'waiting' | 'done';
  hasElse: boolean;
  readonly at: Token;
}

/** Where lines come from: a file, a macro's body, or a block to repeat. */
export interface Frame {
  readonly kind: 'file' | 'macro' | 'repeat';
  readonly lines: readonly SourceLine[];
  /** Index of the next line. */
  next: number;
  readonly conditions: Condition[];
  /** The name in the calling line; null for files. */
  readonly caller: Token | null;
  readonly call: MacroCall | null;
  /** Turns still to come after this one. */
  turns: number;
}

/** Lines handed on or skipped, repetitions included. */
const MAX_LINES = 1_000_000;
/** Tokens made by single-line macros. */
const MAX_TOKENS = 10_000_000;
const MAX_FRAMES = 500;

/** Everything that directives may change. */
export class PreprocessorState {
  readonly host: PreprocessorHost;
  readonly frames: Frame[] = [];
  readonly macros = new Map<string, MultiLineMacro[]>();
  readonly names: SingleLineMacros;
  calls = 0;
  /** The line being read: for `__LINE__`. */
  line: SourceLine | null = null;
  #lines = 0;
  #tokens = 0;

  constructor(host: PreprocessorHost) {
    this.host = host;
    this.names = new SingleLineMacros((tokens, at) => this.#spendTokens(tokens, at));
    for (const [name, body] of Object.entries(PREDEFINED)) this.names.predefine(name, (at) => body(at, this));
  }

  get frame(): Frame {
    return this.frames[this.frames.length - 1];
  }

  /** The innermost macro whose body is being read. */
  get call(): MacroCall | null {
    return this.frames.findLast((frame) => frame.kind === 'macro')?.call ?? null;
  }

  push(frame: Partial<Frame> & Pick<Frame, 'kind' | 'lines'>, at: Token): void {
    if (this.frames.length >= MAX_FRAMES) throw new Overrun(at, `Macros and files are nested more than ${MAX_FRAMES} deep here.`);
    this.frames.push({ next: 0, conditions: [], caller: null, call: null, turns: 0, ...frame });
  }

  /** Counts a line or a repetition. Throws when there are too many. */
  spendLine(at: Token): void {
    if (++this.#lines <= MAX_LINES) return;
    const hint = 'A %rep or a macro that calls macros repeats far more often than it should.';
    throw new Overrun(at, `The text grows to more than ${MAX_LINES} lines.`, hint);
  }

  /** Where a line of the present frame comes from: the place in a file, and the macro if it stands in one's body. */
  origin(line: SourceLine): Origin {
    const from = this.frames.findLastIndex((frame) => frame.kind === 'file');
    const macro = this.frames.findLast((frame) => frame.kind === 'macro')?.call?.macro.name ?? '';
    const outermost = this.frames.slice(from + 1).find((frame) => frame.kind === 'macro');
    return { site: outermost?.caller ?? { line, column: 1, text: line.text }, macro: outermost ? macro : '' };
  }

  #spendTokens(tokens: number, at: Token): void {
    this.#tokens += tokens;
    if (this.#tokens <= MAX_TOKENS) return;
    throw new Overrun(at, `\`${at.text}\` grows without end.`, 'Definitions that mention each other twice double with every step.');
  }
}

const lineNumber = (at: Token, state: PreprocessorState) => numberTokens(BigInt((state.line ?? at.line).number), at);

const PREDEFINED: Readonly<Record<string, (at: Token, state: PreprocessorState) => Token[]>> = {
  __LINE__: lineNumber,
  '__?LINE?__': lineNumber,
  __FILE__: (at) => [made('string', `"${at.line.file}"`, at)],
  '__?FILE?__': (at) => [made('string', `"${at.line.file}"`, at)],
  __BITS__: (at, state) => numberTokens(BigInt(state.host.bits()), at),
  '__?BITS?__': (at, state) => numberTokens(BigInt(state.host.bits()), at),
  __OUTPUT_FORMAT__: (at) => [made('name', 'bin', at)],
  '__?OUTPUT_FORMAT?__': (at) => [made('name', 'bin', at)],
};
