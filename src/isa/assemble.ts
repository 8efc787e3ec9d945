/** Text -> bytes: an assembler that takes NASM's language and chooses NASM's encodings (`nasm -f bin`).
 *
 *  Lines are read once and carried out in passes. A pass hopes for the short form of every branch and immediate whose target is not known yet; the next one
 *  knows where everything lay in the last, and when nothing moves any more, its bytes are the result. NASM manual, "Critical Expressions". */
import { Assembly } from './assembler/assembly.ts';
import { type AssemblyError, AssemblyErrors, Diagnostics, Overrun, SourceError } from './assembler/errors.ts';
import { executeStatement } from './assembler/execute.ts';
import { parseExpression } from './assembler/expression.ts';
import { lex, made } from './assembler/lexer.ts';
import { type PlainLine, Preprocessor } from './assembler/preprocessor.ts';
import type { PreprocessorHost } from './assembler/preprocessor-state.ts';
import { Reader } from './assembler/reader.ts';
import { linesOf, type SourceLine, type Token } from './assembler/source.ts';
import { isKeyword, parseStatement } from './assembler/statement.ts';
import type { Statement } from './assembler/syntax.ts';

export interface AssembleOptions {
  /** Size of the code before any `bits`: 16 unless told otherwise, as in NASM. */
  readonly bits?: 16 | 32;
  /** Origin before any `org`, default 0. */
  readonly org?: number;
  /** Name of the source, for messages and the listing. */
  readonly file?: string;
  /** Text of a file that the source includes, null if there is none. */
  readonly include?: (name: string) => string | null;
  /** Names defined as if by `%define`. */
  readonly defines?: Readonly<Record<string, string | number>>;
}

/** Bytes that a source line has made: instructions, or data. Lines of a macro's body count for the line that calls it. */
export interface AssembledLine {
  readonly file: string;
  readonly line: number;
  readonly address: number;
  readonly length: number;
  readonly isData: boolean;
}

export interface Assembled {
  readonly bytes: Uint8Array;
  /** Address of the first byte. */
  readonly origin: number;
  /** Every label and `equ` name (locals as `label.local`), at its absolute address or number. */
  readonly symbols: Map<string, number>;
  readonly lines: AssembledLine[];
  /** What NASM would warn of too. */
  readonly warnings: readonly AssemblyError[];
  /** Address of the label `_start` or `start`, if there is one. */
  readonly entry?: number;
}

const MAX_PASSES = 1000;
/** Lines carried out, all passes together: bounds the time that a text can take. */
const MAX_WORK = 4_000_000;

/** Assembles `source`. Throws AssemblyErrors with everything that is wrong in it. */
export function assemble(source: string, options: AssembleOptions = {}): Assembled {
  const run = new Run(source, options);
  return run.result();
}

class Run {
  readonly #assembly: Assembly;
  readonly #lines: readonly SourceLine[];
  readonly #options: AssembleOptions;
  readonly #whole: Token;
  /** What is wrong with the text, whatever the values: kept while the text is not read again. */
  readonly #syntax = new Diagnostics();
  readonly #included = new Map<string, readonly SourceLine[]>();
  readonly #parsed = new Map<SourceLine, Statement>();
  #statements: Statement[] = [];
  /** The preprocessor has asked for a label or an address, so its lines may change from pass to pass. */
  #isDynamic = false;
  #work = 0;

  constructor(source: string, options: AssembleOptions) {
    this.#options = options;
    this.#lines = linesOf(options.file ?? '', source);
    this.#whole = made('space', '', { line: this.#lines[0], column: 1 });
    this.#assembly = new Assembly(options.bits ?? 16, options.org ?? 0);
  }

  result(): Assembled {
    const { diagnostics } = this.#assembly;
    let bytes: Uint8Array = new Uint8Array();
    try {
      for (let pass = 1; !this.#pass(pass); ) pass++;
      bytes = this.#assembly.sections.image(this.#whole);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      diagnostics.error(error, this.#assembly.origin ?? { site: error.at, macro: '' });
    }
    const errors = [...this.#syntax.errors, ...diagnostics.errors];
    if (errors.length > 0) throw new AssemblyErrors(inOrder(errors));
    return this.#assembled(bytes);
  }

  /** One pass. Returns whether its bytes are final. */
  #pass(pass: number): boolean {
    const assembly = this.#assembly;
    assembly.beginPass(pass);
    if (pass === 1 || this.#isDynamic) this.#readAndExecute();
    else for (const statement of this.#statements) this.#execute(statement);
    assembly.origin = null;
    const open = assembly.structures.at(-1);
    if (open) throw new SourceError(open.at, `This \`${open.at.text}\` has no \`${open.kind === 'struc' ? 'endstruc' : 'iend'}\`.`);
    const isMoved = assembly.sections.layOut();
    if (pass >= MAX_PASSES) throw this.#restless();
    return !isMoved && (pass === 1 ? !assembly.hasUnknowns : assembly.symbols.changes === 0);
  }

  #readAndExecute(): void {
    this.#syntax.clear();
    this.#statements = [];
    const preprocessor = new Preprocessor(this.#lines, this.#host());
    this.#predefine(preprocessor);
    for (let line = preprocessor.next(); line !== null; line = preprocessor.next()) {
      const statement = this.#parse(line);
      if (!statement) continue;
      this.#statements.push(statement);
      this.#execute(statement);
    }
  }

  /** Lines that no macro has touched are the same tokens in every turn and pass; they are parsed once. */
  #parse(line: PlainLine): Statement | null {
    const known = line.source ? this.#parsed.get(line.source) : undefined;
    if (known && known.origin.site.line === line.origin.site.line && known.origin.site.column === line.origin.site.column) return known;
    const faults = this.#syntax.errors.length + this.#syntax.warnings.length;
    const statement = parseStatement(line.tokens, line.origin, this.#syntax);
    if (statement && line.source && this.#syntax.errors.length + this.#syntax.warnings.length === faults)
      this.#parsed.set(line.source, statement);
    return statement;
  }

  #execute(statement: Statement): void {
    if (++this.#work > MAX_WORK) {
      this.#assembly.origin = statement.origin;
      throw new Overrun(statement.at, 'This text takes too much work to assemble.', 'Long repetitions of lines can be a `times`.');
    }
    executeStatement(this.#assembly, statement);
  }

  #restless(): Overrun {
    const at = this.#assembly.symbols.lastChange ?? this.#whole;
    const hint = 'Its value depends on itself, by an `equ` or through what an `align`, a `times` or a condition makes of it.';
    return new Overrun(at, `\`${at.text}\` has not come to rest after ${MAX_PASSES} passes.`, hint);
  }

  #host(): PreprocessorHost {
    const syntax = this.#syntax;
    return {
      include: (name) => this.#include(name),
      number: (tokens, at) => this.#number(tokens, at),
      isKeyword,
      bits: () => this.#assembly.bits,
      error: (error, origin) => syntax.error(error, origin),
      warning: (warning, origin) => syntax.warning(warning, origin),
    };
  }

  #include(name: string): readonly SourceLine[] | null {
    const known = this.#included.get(name);
    if (known) return known;
    const text = this.#options.include?.(name) ?? null;
    if (text === null) return null;
    const lines = linesOf(name, text);
    this.#included.set(name, lines);
    return lines;
  }

  /** The value that a directive such as %if asks for. */
  #number(tokens: readonly Token[], at: Token): bigint {
    const assembly = this.#assembly;
    const reader = new Reader(tokens, at);
    const expression = parseExpression(reader);
    reader.expectEnd('the expression');
    const before = assembly.consultations;
    try {
      return assembly.number(expression, `What \`${at.text}\` asks for`);
    } finally {
      if (assembly.consultations !== before) this.#isDynamic = true;
    }
  }

  #predefine(preprocessor: Preprocessor): void {
    for (const [name, value] of Object.entries(this.#options.defines ?? {})) {
      const at = { ...this.#whole, text: name };
      preprocessor.state.names.define(at, null, lex(String(value), at.line, 1));
    }
  }

  #assembled(bytes: Uint8Array): Assembled {
    const { symbols, sections, lines, diagnostics } = this.#assembly;
    const numbers = new Map<string, number>();
    for (const [name, value] of symbols.values()) if (!name.startsWith('..@')) numbers.set(name, Number(this.#assembly.resolve(value)));
    const entry = numbers.get('_start') ?? numbers.get('start');
    return {
      bytes,
      origin: sections.origin,
      symbols: numbers,
      lines: lines.map(({ section, offset, ...line }) => ({ ...line, address: section.address + offset })),
      warnings: inOrder([...this.#syntax.warnings, ...diagnostics.warnings]),
      ...(entry === undefined ? {} : { entry }),
    };
  }
}

/** By line and column, files in the order of their first fault. */
function inOrder(errors: readonly AssemblyError[]): AssemblyError[] {
  const files = [...new Set(errors.map((error) => error.file))];
  return [...errors].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);
}
