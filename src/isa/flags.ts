/** Lazy status flags: one format on every tier. An instruction leaves a kind, its operands and its result in the words FLAG_KIND, FLAG_A, FLAG_B, FLAG_R
 *  and FLAG_C of the CPU's state; whoever needs a flag computes it here.
 *
 *  Values are sign-extended at the operand size, so SF is `r < 0` and ZF is `r === 0` in every kind but `literal`, whatever the size. PF is the parity of
 *  r's low byte. CF, OF and AF depend on the kind. `literal` holds all six as EFLAGS bits in FLAG_C (after POPF, SAHF, IRET and where a formula would not
 *  do). SDM vol. 1, "Status Flags". */
import { FLAG_A, FLAG_B, FLAG_C, FLAG_KIND, FLAG_R } from '../arch/cpu-state.ts';

export const CF = 0x001;
export const PF = 0x004;
export const AF = 0x010;
export const ZF = 0x040;
export const SF = 0x080;
export const OF = 0x800;
/** The six status flags. */
export const STATUS = CF | PF | AF | ZF | SF | OF;

/** Kinds, as FLAG_KIND holds them; `c` is the FLAG_C word. LITERAL: EFLAGS bits, and a = b = r = 0. ADD r = a + b. SUB r = a - b (CMP, NEG with a = 0).
 *  ADC r = a + b + c. SBB r = a - b - c. LOGIC: CF = OF = AF = 0. INC r = a + 1, DEC r = a - 1: c is the CF kept from before, 0 or 1. KNOWN (every producer
 *  whose CF and OF are known): c = CF | OF | AF as EFLAGS bits, SF ZF PF from r. SHIFT (shifts and rotates): CF is the sign of a, OF that of b, AF = 0. */
// Each by itself: bundlers put numbers where such names stand, and V8 compiles numbers better than fields. // speed only
export const LITERAL = 0;
export const ADD = 1;
export const SUB = 2;
export const ADC = 3;
export const SBB = 4;
export const LOGIC = 5;
export const INC = 6;
export const DEC = 7;
export const KNOWN = 8;
export const SHIFT = 9;

/** The kinds by name. */
// biome-ignore format: a table
export const FLAG_KINDS = {
  literal: LITERAL, add: ADD, sub: SUB, adc: ADC, sbb: SBB, logic: LOGIC, inc: INC, dec: DEC, known: KNOWN, shift: SHIFT,
} as const;
export type FlagKind = keyof typeof FLAG_KINDS;

/** Condition codes in encoding order (tttn); an odd one is the negation of the one before. */
export const CONDITIONS = ['O', 'NO', 'B', 'AE', 'E', 'NE', 'BE', 'A', 'S', 'NS', 'P', 'NP', 'L', 'GE', 'LE', 'G'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** CF, 0 or 1. A sum carries where it is unsigned-below a summand, or equal to it with a carry in; a difference borrows where a is below b likewise. */
export function carryFlag(words: Int32Array): number {
  const c = words[FLAG_C];
  switch (words[FLAG_KIND]) {
    case ADD:
      return words[FLAG_R] >>> 0 < words[FLAG_A] >>> 0 ? 1 : 0;
    case SUB:
      return words[FLAG_A] >>> 0 < words[FLAG_B] >>> 0 ? 1 : 0;
    case ADC:
      return words[FLAG_R] >>> 0 < words[FLAG_A] >>> 0 || (c !== 0 && words[FLAG_R] === words[FLAG_A]) ? 1 : 0;
    case SBB:
      return words[FLAG_A] >>> 0 < words[FLAG_B] >>> 0 || (c !== 0 && words[FLAG_A] === words[FLAG_B]) ? 1 : 0;
    case LOGIC:
      return 0;
    case SHIFT:
      return words[FLAG_A] >>> 31;
    default: // LITERAL, KNOWN: bit 0 is CF; INC, DEC: the word is
      return c & CF;
  }
}

/** OF, 0 or 1: the sign that cannot be. */
export function overflowFlag(words: Int32Array): number {
  const a = words[FLAG_A];
  const b = words[FLAG_B];
  const r = words[FLAG_R];
  switch (words[FLAG_KIND]) {
    case ADD:
    case ADC:
      return ((a ^ r) & (b ^ r)) >>> 31;
    case SUB:
    case SBB:
      return ((a ^ b) & (a ^ r)) >>> 31;
    case LOGIC:
      return 0;
    case SHIFT:
      return b >>> 31;
    case INC:
      return (~a & r) >>> 31;
    case DEC:
      return (a & ~r) >>> 31;
    default:
      return (words[FLAG_C] & OF) >>> 11;
  }
}

/** AF, 0 or 1: bit 4 of the result differs from what it would be without a carry from bit 3. */
export function adjustFlag(words: Int32Array): number {
  const a = words[FLAG_A];
  const r = words[FLAG_R];
  switch (words[FLAG_KIND]) {
    case ADD:
    case ADC:
    case SUB:
    case SBB:
      return ((a ^ words[FLAG_B] ^ r) & AF) >>> 4;
    case LOGIC:
    case SHIFT:
      return 0;
    case INC:
    case DEC:
      return ((a ^ r) & AF) >>> 4;
    default:
      return (words[FLAG_C] & AF) >>> 4;
  }
}

/** ZF, 0 or 1. */
export function zeroFlag(words: Int32Array): number {
  if (words[FLAG_KIND] === LITERAL) return (words[FLAG_C] & ZF) >>> 6;
  return words[FLAG_R] === 0 ? 1 : 0;
}

/** SF, 0 or 1. */
export function signFlag(words: Int32Array): number {
  if (words[FLAG_KIND] === LITERAL) return (words[FLAG_C] & SF) >>> 7;
  return words[FLAG_R] >>> 31;
}

/** PF, 0 or 1: 1 where the result's low byte has an even number of bits set. 0x9669 holds that for every half byte. */
export function parityFlag(words: Int32Array): number {
  if (words[FLAG_KIND] === LITERAL) return (words[FLAG_C] & PF) >>> 2;
  const r = words[FLAG_R];
  return (0x9669 >>> ((r ^ (r >>> 4)) & 15)) & 1;
}

/** All six status flags in their EFLAGS places. */
export function statusFlags(words: Int32Array): number {
  if (words[FLAG_KIND] === LITERAL) return words[FLAG_C] & STATUS;
  return (
    carryFlag(words) |
    (parityFlag(words) << 2) |
    (adjustFlag(words) << 4) |
    (zeroFlag(words) << 6) |
    (signFlag(words) << 7) |
    (overflowFlag(words) << 11)
  );
}

/** 1 or 0: whether the condition of encoding `tttn` holds. SDM vol. 1, "EFLAGS Condition Codes". */
export function conditionHolds(words: Int32Array, tttn: number): number {
  const negated = tttn & 1;
  switch (tttn >> 1) {
    case 0:
      return overflowFlag(words) ^ negated;
    case 1:
      return carryFlag(words) ^ negated;
    case 2:
      return zeroFlag(words) ^ negated;
    case 3:
      return belowOrEqual(words) ^ negated;
    case 4:
      return signFlag(words) ^ negated;
    case 5:
      return parityFlag(words) ^ negated;
    case 6:
      return less(words) ^ negated;
    default:
      return lessOrEqual(words) ^ negated;
  }
}

/** Leaves the six flags of `eflags`. */
export function setStatusFlags(words: Int32Array, eflags: number): void {
  words[FLAG_KIND] = LITERAL;
  words[FLAG_A] = 0;
  words[FLAG_B] = 0;
  words[FLAG_R] = 0;
  words[FLAG_C] = eflags & STATUS;
}

/** Leaves SF, ZF and PF of `r` (sign-extended at its size), and CF, OF and AF as EFLAGS bits in `others`. */
export function setKnownFlags(words: Int32Array, r: number, others: number): void {
  words[FLAG_KIND] = KNOWN;
  words[FLAG_A] = 0;
  words[FLAG_B] = 0;
  words[FLAG_R] = r;
  words[FLAG_C] = others;
}

/** Sets CF to 0 or 1; the others stay, and stay lazy. */
export function setCarryFlag(words: Int32Array, carry: number): void {
  if (words[FLAG_KIND] === LITERAL) words[FLAG_C] = (words[FLAG_C] & ~CF) | carry;
  else setCarryAndOverflow(words, carry, overflowFlag(words));
}

/** Leaves SF, ZF and PF of `r`, CF and OF as the signs of `carry` and `overflow`, AF 0 (all sign-extended at their size). */
export function setShiftFlags(words: Int32Array, r: number, carry: number, overflow: number): void {
  words[FLAG_KIND] = SHIFT;
  words[FLAG_A] = carry;
  words[FLAG_B] = overflow;
  words[FLAG_R] = r;
  words[FLAG_C] = 0;
}

/** Sets CF and OF to the signs of `carry` and `overflow`; the others stay, and stay lazy. */
export function setRotateFlags(words: Int32Array, carry: number, overflow: number): void {
  const kind = words[FLAG_KIND];
  if (kind === LOGIC || kind === SHIFT) setShiftFlags(words, words[FLAG_R], carry, overflow);
  else setCarryAndOverflow(words, carry >>> 31, overflow >>> 31);
}

/** Sets CF and OF, each to 0 or 1; the others stay, and stay lazy. */
export function setCarryAndOverflow(words: Int32Array, carry: number, overflow: number): void {
  const both = carry | (overflow << 11);
  if (words[FLAG_KIND] === LITERAL) words[FLAG_C] = (words[FLAG_C] & ~(CF | OF)) | both;
  else setKnownFlags(words, words[FLAG_R], (adjustFlag(words) << 4) | both);
}

// The three below: after a comparison, an ordered condition is a comparison of the operands. // speed only
function belowOrEqual(words: Int32Array): number {
  if (words[FLAG_KIND] === SUB) return words[FLAG_A] >>> 0 <= words[FLAG_B] >>> 0 ? 1 : 0;
  return carryFlag(words) | zeroFlag(words);
}

function less(words: Int32Array): number {
  if (words[FLAG_KIND] === SUB) return words[FLAG_A] < words[FLAG_B] ? 1 : 0;
  return signFlag(words) ^ overflowFlag(words);
}

function lessOrEqual(words: Int32Array): number {
  if (words[FLAG_KIND] === SUB) return words[FLAG_A] <= words[FLAG_B] ? 1 : 0;
  return (signFlag(words) ^ overflowFlag(words)) | zeroFlag(words);
}
