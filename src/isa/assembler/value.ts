/** What an expression comes to: a 64-bit number, plus multiples of things whose own number is not known yet (where a section will lie) or never will be
 *  (registers, in an address). `label - label` is a plain number, `label * 2` is not one that a file can hold. */

/** Something a number may be counted from: a section or a register. Compared by identity. */
export interface Unit {
  readonly name: string;
}

export interface Term {
  readonly unit: Unit;
  readonly factor: bigint;
}

export interface Value {
  readonly number: bigint;
  readonly terms: readonly Term[];
  /** Depends on a name that no line has defined so far. */
  readonly isUnknown: boolean;
  /** How often such names are in it, added minus subtracted. In NASM the difference of two unknown names is known, and 0, until the next pass. */
  readonly unknowns: bigint;
}

const NO_TERMS: readonly Term[] = [];

/** A plain number. */
export function scalar(number: bigint): Value {
  return { number: BigInt.asIntN(64, number), terms: NO_TERMS, isUnknown: false, unknowns: 0n };
}

/** `number` bytes from the start of `unit`. */
export function relative(unit: Unit, number: bigint): Value {
  return { number, terms: [{ unit, factor: 1n }], isUnknown: false, unknowns: 0n };
}

/** Stands for the value of a name that is defined further down, until the next pass. */
export const UNKNOWN: Value = { number: 0n, terms: NO_TERMS, isUnknown: true, unknowns: 1n };

/** Known and without terms. */
export function isPlain(value: Value): boolean {
  return value.terms.length === 0 && !value.isUnknown;
}

/** A plain number or a place in one section: what data and immediates can hold. Of an unknown value the next pass will tell. */
export function isSimple(value: Value): boolean {
  return value.isUnknown || value.terms.length === 0 || (value.terms.length === 1 && value.terms[0].factor === 1n);
}

/** The section a value is counted from, null for a plain number. */
export function unitOf(value: Value): Unit | null {
  return value.terms.length === 1 ? value.terms[0].unit : null;
}

/** a + factor * b. */
export function plus(a: Value, b: Value, factor = 1n): Value {
  let terms = a.terms;
  if (b.terms.length > 0) {
    const sum = new Map(a.terms.map((term) => [term.unit, term.factor]));
    for (const term of b.terms) sum.set(term.unit, (sum.get(term.unit) ?? 0n) + factor * term.factor);
    terms = [...sum].filter(([, f]) => f !== 0n).map(([unit, f]) => ({ unit, factor: f }));
  }
  const unknowns = a.unknowns + factor * b.unknowns;
  const isUnknown = a.isUnknown && b.isUnknown ? unknowns !== 0n : a.isUnknown || b.isUnknown;
  return { number: BigInt.asIntN(64, a.number + factor * b.number), terms, isUnknown, unknowns };
}

/** factor * a. */
export function times(a: Value, factor: bigint): Value {
  const terms = factor === 0n ? NO_TERMS : a.terms.map((term) => ({ unit: term.unit, factor: term.factor * factor }));
  return { number: BigInt.asIntN(64, a.number * factor), terms, isUnknown: a.isUnknown, unknowns: a.unknowns * factor };
}

/** Same number, same terms, both known. */
export function isSame(a: Value, b: Value): boolean {
  return a.number === b.number && a.isUnknown === b.isUnknown && plus(a, b, -1n).terms.length === 0;
}
