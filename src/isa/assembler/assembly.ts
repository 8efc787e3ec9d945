/** The state of one pass: where the next byte goes, what names mean, what was wrong. */
import { Diagnostics, type Origin, SourceError } from './errors.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { type Expression, nameOf } from './expression.ts';
import { ByteSink, type Section, Sections } from './output.ts';
import type { Token } from './source.ts';
import type { Statement } from './syntax.ts';
import { Symbols } from './symbols.ts';
import { isPlain, relative, scalar, type Value } from './value.ts';

/** Places a run of bytes in the listing. */
export interface ListedLine {
  readonly file: string;
  /** Line in the file; for macros the line of the call. */
  readonly line: number;
  readonly section: Section;
  readonly offset: number;
  readonly length: number;
  readonly isData: boolean;
}

/** STRUC or ISTRUC that is open. */
export interface OpenStructure {
  readonly kind: 'struc' | 'istruc';
  readonly name: string;
  readonly start: Value;
  readonly at: Token;
  /** Where assembly goes on afterwards. */
  readonly before: Location;
}

/** Where the next byte goes: into a section, or, after ABSOLUTE, nowhere, but counted. */
export type Location = { readonly section: Section } | { readonly section: null; readonly base: bigint; offset: bigint };

/** Everything that statements read and change. */
export class Assembly implements Scope {
  readonly symbols = new Symbols();
  readonly sections = new Sections();
  readonly scratch = new ByteSink();
  readonly structures: OpenStructure[] = [];
  location: Location;
  bits: number;
  isOriginSet = false;
  /** Lines that put bytes somewhere in this pass. */
  lines: ListedLine[] = [];
  readonly diagnostics = new Diagnostics();
  /** A name was met that no line so far had defined. */
  hasUnknowns = false;
  /** How often names and places were asked for. */
  consultations = 0;
  /** The line at hand. */
  origin: Origin | null = null;
  #lastLabel = '';
  #mustBeKnown = false;
  readonly #initialBits: number;
  readonly #initialOrigin: number;

  constructor(bits: number, origin: number) {
    this.#initialBits = bits;
    this.#initialOrigin = origin;
    this.bits = bits;
    this.sections.origin = origin;
    this.sections.text.address = origin;
    this.location = { section: this.sections.text };
  }

  beginPass(pass: number): void {
    this.symbols.beginPass(pass);
    for (const section of this.sections.all) section.clear();
    this.location = { section: this.sections.text };
    this.bits = this.#initialBits;
    this.sections.origin = this.#initialOrigin;
    this.isOriginSet = false;
    this.structures.length = 0;
    this.lines = [];
    this.diagnostics.clear();
    this.hasUnknowns = false;
    this.#lastLabel = '';
  }

  /** Value of an expression; names further down count with their place in the last pass. */
  value(expression: Expression): Value {
    return evaluate(expression, this);
  }

  /** Value of an expression that decides how much is assembled: all its names must be defined above, and it must be a plain number. */
  number(expression: Expression, what: string): bigint {
    this.#mustBeKnown = true;
    try {
      const value = evaluate(expression, this);
      if (isPlain(value)) return value.number;
    } finally {
      this.#mustBeKnown = false;
    }
    throw new SourceError(
      expression.at,
      `${what} must be a plain number, and this depends on where a section will lie.`,
      'Subtract a label: `$ - $$`.',
    );
  }

  symbol(name: string, at: Token): Value | null {
    this.consultations++;
    const full = this.fullName(name);
    if (this.#mustBeKnown && !this.symbols.isDefinedAbove(full)) {
      const isKnown = this.symbols.valueOf(full) !== null;
      this.hasUnknowns = true;
      throw isKnown ? new SourceError(at, `\`${name}\` is used here before the line that defines it.`) : this.#undefined(full, at);
    }
    const value = this.symbols.valueOf(full);
    if (value) return value;
    this.hasUnknowns = true;
    if (this.symbols.pass > 1) throw this.#undefined(full, at);
    return null;
  }

  here(): Value {
    this.consultations++;
    const { location } = this;
    return location.section ? relative(location.section, BigInt(location.section.size)) : scalar(location.base + location.offset);
  }

  sectionStart(): Value {
    this.consultations++;
    const { location } = this;
    // In absolute space NASM counts `$$` from 0.
    return location.section ? relative(location.section, 0n) : scalar(0n);
  }

  /** The whole name of a local label (`.x` belongs to the last label without a dot). */
  fullName(name: string): string {
    return name.startsWith('.') && !name.startsWith('..@') ? this.#lastLabel + name : name;
  }

  /** Gives a name a value. `isPlace`: local labels after it belong to it. */
  define(label: Token, value: Value, isPlace: boolean): void {
    const name = nameOf(label);
    const isSpecial = name.startsWith('..@');
    if (name.startsWith('..') && !isSpecial) throw new SourceError(label, `\`${name}\` is not a label: two dots are for special names.`);
    this.symbols.define(this.fullName(name), value, label);
    if (isPlace && !isSpecial && !name.startsWith('.')) this.#lastLabel = name;
  }

  /** Puts `count` copies of `bytes` where the next byte goes; `isData` is for the listing. */
  emit(bytes: Uint8Array, count: number, at: Token, isData = false): void {
    const { location } = this;
    if (!location.section)
      throw new SourceError(at, 'There is nowhere to put bytes after `absolute` or in a `struc`: only `resb` and its kin fit here.');
    const { section } = location;
    if (section.isReserved)
      throw new SourceError(
        at,
        `Section ${section.name} holds no bytes, only reserved space.`,
        'Use `resb` and its kin, or another section.',
      );
    this.#list(section, bytes.length * count, isData);
    this.sections.grow(section, bytes, count, at);
  }

  /** Leaves `size` bytes free; zeros where the section has bytes. */
  reserve(size: number, at: Token): void {
    const { location } = this;
    if (!location.section) {
      location.offset += BigInt(size);
      return;
    }
    this.#list(location.section, size, true);
    this.sections.grow(location.section, ZERO, size, at);
  }

  /** The number of a value once sections are placed. */
  resolve(value: Value): bigint {
    let { number } = value;
    for (const { unit, factor } of value.terms) number += factor * BigInt((unit as Section).address ?? 0);
    return number;
  }

  /** Warns about the statement at hand. */
  warn(at: Token, message: string): void {
    if (this.origin) this.diagnostics.warning(new SourceError(at, message), this.origin);
  }

  /** Runs `work` for a statement and keeps what it throws as an error of its line. */
  attempt(statement: Statement, work: () => void): void {
    this.origin = statement.origin;
    try {
      work();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.diagnostics.error(error, statement.origin);
    }
  }

  #undefined(full: string, at: Token): SourceError {
    const nearest = this.symbols.nearest(full);
    const shown = full.replace(/^\.\.@\d+\./, '%%');
    return new SourceError(at, `\`${shown}\` is not defined anywhere.`, nearest ? `Did you mean \`${nearest}\`?` : '');
  }

  #list(section: Section, length: number, isData: boolean): void {
    if (length === 0 || !this.origin) return;
    const { site } = this.origin;
    const last = this.lines[this.lines.length - 1];
    const isNext =
      last &&
      last.line === site.line.number &&
      last.file === site.line.file &&
      last.section === section &&
      last.isData === isData &&
      last.offset + last.length === section.size;
    if (isNext) this.lines[this.lines.length - 1] = { ...last, length: last.length + length };
    else this.lines.push({ file: site.line.file, line: site.line.number, section, offset: section.size, length, isData });
  }
}

const ZERO = new Uint8Array(1);
