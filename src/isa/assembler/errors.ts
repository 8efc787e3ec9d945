import { GlassError } from '../../base/errors.ts';
import type { Token } from './source.ts';

/** One thing that is wrong with a source text. */
export interface AssemblyError {
  readonly file: string;
  /** Line and column from 1: where the offending text stands; for text from a macro's body, where the macro is called. */
  readonly line: number;
  readonly column: number;
  /** Characters of the offending text. */
  readonly length: number;
  /** What is wrong, as a sentence. */
  readonly message: string;
  /** What to do about it, as a sentence, or empty. */
  readonly hint: string;
}

/** All that is wrong with a source text, in the order of its lines. */
export class AssemblyErrors extends GlassError {
  readonly errors: readonly AssemblyError[];

  constructor(errors: readonly AssemblyError[]) {
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    super('bad-assembly', `${placeOf(first)}: ${first.message}${more}`, first.hint);
    this.name = 'AssemblyErrors';
    this.errors = errors;
  }
}

/** Where text stands: a token is one. */
export type Span = Pick<Token, 'line' | 'column' | 'text'>;

/** Gives up the line at hand. Caught by whoever reads lines; becomes an `AssemblyError`. */
export class SourceError extends Error {
  readonly at: Span;
  readonly hint: string;

  constructor(at: Span, message: string, hint = '') {
    super(message);
    this.at = at;
    this.hint = hint;
  }
}

/** Gives up the whole text: a bound was reached. */
export class Overrun extends SourceError {}

/** `1 byte`, `no bytes`, `5 bytes`. */
export function counted(count: bigint, noun: string): string {
  return count === 1n ? `1 ${noun}` : `${count === 0n ? 'no' : count} ${noun}s`;
}

/** Where a line handed on by the preprocessor came from. */
export interface Origin {
  /** The text in the file, not in a macro, that led here. */
  readonly site: Span;
  /** The macro whose body it is, empty outside macros. */
  readonly macro: string;
}

/** Blames the place in the file; what comes from a macro's body is told with the line of the body. */
function assemblyError(error: { at: Span; message: string; hint: string }, origin: Origin): AssemblyError {
  const { at, message, hint } = error;
  if (origin.macro === '') return place(at, message, hint);
  const isArgument = at.line === origin.site.line;
  const inBody = `in the macro \`${origin.macro}\`${isArgument ? '' : `, line ${at.line.number}`}`;
  return place(isArgument ? at : origin.site, `${message.replace(/\.$/, '')} (${inBody}).`, hint);
}

function place(at: Span, message: string, hint: string): AssemblyError {
  return { file: at.line.file, line: at.line.number, column: at.column, length: Math.max(1, at.text.length), message, hint };
}

function placeOf(error: AssemblyError): string {
  return `${error.file === '' ? 'line ' : `${error.file}:`}${error.line}:${error.column}`;
}

const MAX_ERRORS = 100;

/** Faults as they are found. */
export class Diagnostics {
  errors: AssemblyError[] = [];
  warnings: AssemblyError[] = [];

  clear(): void {
    this.errors = [];
    this.warnings = [];
  }

  error(error: SourceError, origin: Origin): void {
    record(this.errors, assemblyError(error, origin));
  }

  warning(warning: SourceError, origin: Origin): void {
    record(this.warnings, assemblyError(warning, origin));
  }
}

/** The same fault in every turn of a %rep is told once. */
function record(list: AssemblyError[], found: AssemblyError): void {
  const isKnown = list.some(
    (e) => e.line === found.line && e.column === found.column && e.message === found.message && e.file === found.file,
  );
  if (!isKnown && list.length < MAX_ERRORS) list.push(found);
}
