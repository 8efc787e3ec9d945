/** Labels and `equ` names over all passes. */
import { SourceError } from './errors.ts';
import type { Token } from './source.ts';
import { isSame, type Value } from './value.ts';

interface Entry {
  value: Value;
  /** The pass that defined it last. */
  pass: number;
  /** Where it was defined. */
  at: Token;
}

/** All names, with the values of this pass or, further down, of the last one. */
export class Symbols {
  pass = 0;
  /** Names that came out otherwise in this pass than in the last one. */
  changes = 0;
  /** Where the last of those is defined. */
  lastChange: Token | null = null;
  readonly #entries = new Map<string, Entry>();

  beginPass(pass: number): void {
    this.pass = pass;
    this.changes = 0;
  }

  define(name: string, value: Value, at: Token): void {
    const entry = this.#entries.get(name);
    if (!entry) {
      this.#entries.set(name, { value, pass: this.pass, at });
      this.changes++;
      return;
    }
    const isChanged = !isSame(entry.value, value);
    if (entry.pass === this.pass) {
      if (isChanged)
        throw new SourceError(
          at,
          `\`${name}\` is defined twice; the first time in line ${entry.at.line.number}.`,
          'Give one of them another name.',
        );
      return;
    }
    if (isChanged) {
      this.changes++;
      this.lastChange = at;
    }
    entry.value = value;
    entry.pass = this.pass;
    entry.at = at;
  }

  /** The value, null if no line has defined the name so far. */
  valueOf(name: string): Value | null {
    return this.#entries.get(name)?.value ?? null;
  }

  /** Whether a line above has defined the name, in this pass. */
  isDefinedAbove(name: string): boolean {
    return this.#entries.get(name)?.pass === this.pass;
  }

  *values(): Generator<[name: string, value: Value, at: Token]> {
    for (const [name, entry] of this.#entries) yield [name, entry.value, entry.at];
  }

  /** A name that differs from `name` by case alone or by one letter more, less or other; null if none does. */
  nearest(name: string): string | null {
    const folded = name.toLowerCase();
    for (const other of this.#entries.keys()) if (other.toLowerCase() === folded) return other;
    for (const other of this.#entries.keys()) if (isClose(other, name)) return other;
    return null;
  }
}

function isClose(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  const [x, y] = [a.slice(from), b.slice(from)];
  return x.slice(1) === y || x === y.slice(1) || x.slice(1) === y.slice(1);
}
