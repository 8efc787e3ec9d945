/** Values of the lazy status flags. `w` is the CPU's words; formulas are those of `isa/flags.ts`: operands and result are sign-extended at their size, so
 *  bit 31 is the sign and unsigned order holds whatever the size. */
import { FLAG_A, FLAG_B, FLAG_C, FLAG_KIND, FLAG_R } from '../arch/cpu-state.ts';
import { AF, CF, FLAG_KINDS, OF, PF, SF, ZF } from '../isa/flags.ts';

const { literal: LITERAL, add: ADD, sub: SUB, adc: ADC, sbb: SBB, logic: LOGIC, inc: INC, dec: DEC, known: KNOWN } = FLAG_KINDS;

/** CF, 0 or 1. */
export function carryOf(w: Int32Array): number {
  switch (w[FLAG_KIND]) {
    case ADD:
      return w[FLAG_R] >>> 0 < w[FLAG_A] >>> 0 ? 1 : 0;
    case SUB:
      return w[FLAG_A] >>> 0 < w[FLAG_B] >>> 0 ? 1 : 0;
    case ADC:
      return w[FLAG_R] >>> 0 < w[FLAG_A] >>> 0 || (w[FLAG_C] !== 0 && w[FLAG_R] === w[FLAG_A]) ? 1 : 0;
    case SBB:
      return w[FLAG_A] >>> 0 < w[FLAG_B] >>> 0 || (w[FLAG_C] !== 0 && w[FLAG_A] === w[FLAG_B]) ? 1 : 0;
    case LOGIC:
      return 0;
    default:
      return w[FLAG_C] & CF;
  }
}

/** OF, 0 or 1. INC and DEC keep 1 in FLAG_B. */
export function overflowOf(w: Int32Array): number {
  switch (w[FLAG_KIND]) {
    case ADD:
    case ADC:
    case INC:
      return ((w[FLAG_A] ^ w[FLAG_R]) & (w[FLAG_B] ^ w[FLAG_R])) >>> 31;
    case SUB:
    case SBB:
    case DEC:
      return ((w[FLAG_A] ^ w[FLAG_B]) & (w[FLAG_A] ^ w[FLAG_R])) >>> 31;
    case LOGIC:
      return 0;
    default:
      return (w[FLAG_C] >> 11) & 1;
  }
}

/** AF, 0 or 1. */
export function adjustOf(w: Int32Array): number {
  const kind = w[FLAG_KIND];
  if (kind === LITERAL || kind === KNOWN) return (w[FLAG_C] >> 4) & 1;
  return kind === LOGIC ? 0 : ((w[FLAG_A] ^ w[FLAG_B] ^ w[FLAG_R]) >> 4) & 1;
}

/** ZF, 0 or 1. */
export function zeroOf(w: Int32Array): number {
  if (w[FLAG_KIND] === LITERAL) return (w[FLAG_C] >> 6) & 1;
  return w[FLAG_R] === 0 ? 1 : 0;
}

/** SF, 0 or 1. */
export function signOf(w: Int32Array): number {
  return w[FLAG_KIND] === LITERAL ? (w[FLAG_C] >> 7) & 1 : w[FLAG_R] >>> 31;
}

/** PF, 0 or 1. Bit n of 0x9669 tells whether the nibble n has an even number of ones. */
export function parityOf(w: Int32Array): number {
  if (w[FLAG_KIND] === LITERAL) return (w[FLAG_C] >> 2) & 1;
  const r = w[FLAG_R];
  return (0x9669 >> ((r ^ (r >> 4)) & 0xf)) & 1;
}

/** Signed less: SF <> OF, 0 or 1. */
export function lessOf(w: Int32Array): number {
  // speed only: after SUB and CMP this is what the operands say
  if (w[FLAG_KIND] === SUB) return w[FLAG_A] < w[FLAG_B] ? 1 : 0;
  return signOf(w) ^ overflowOf(w);
}

/** Whether the condition of encoding tttn holds, 1 or 0: an odd encoding is the contrary of the one below it. */
export function conditionOf(w: Int32Array, tttn: number): number {
  switch (tttn >> 1) {
    case 0:
      return overflowOf(w) ^ (tttn & 1);
    case 1:
      return carryOf(w) ^ (tttn & 1);
    case 2:
      return zeroOf(w) ^ (tttn & 1);
    case 3:
      return (carryOf(w) | zeroOf(w)) ^ (tttn & 1);
    case 4:
      return signOf(w) ^ (tttn & 1);
    case 5:
      return parityOf(w) ^ (tttn & 1);
    case 6:
      return lessOf(w) ^ (tttn & 1);
    default:
      return (lessOf(w) | zeroOf(w)) ^ (tttn & 1);
  }
}

/** All six as EFLAGS bits. */
export function statusOf(w: Int32Array): number {
  if (w[FLAG_KIND] === LITERAL) return w[FLAG_C];
  return (carryOf(w) * CF) | (parityOf(w) * PF) | (adjustOf(w) * AF) | (zeroOf(w) * ZF) | (signOf(w) * SF) | (overflowOf(w) * OF);
}

/** Leaves the six flags as literal bits; bits of `status` that are no status flags must be 0. */
export function setStatus(w: Int32Array, status: number): void {
  w[FLAG_KIND] = LITERAL;
  w[FLAG_A] = 0;
  w[FLAG_B] = 0;
  w[FLAG_R] = 0;
  w[FLAG_C] = status;
}

/** SF, ZF and PF of a result (sign-extended at its size), the other three as EFLAGS bits. */
export function setKnown(w: Int32Array, r: number, others: number): void {
  w[FLAG_KIND] = KNOWN;
  w[FLAG_A] = 0;
  w[FLAG_B] = 0;
  w[FLAG_R] = r;
  w[FLAG_C] = others;
}

/** Replaces CF and OF by EFLAGS bits; the other four stay. */
export function setCarryOverflow(w: Int32Array, bits: number): void {
  if (w[FLAG_KIND] === LITERAL) w[FLAG_C] = (w[FLAG_C] & ~(CF | OF)) | bits;
  else setKnown(w, w[FLAG_R], (adjustOf(w) * AF) | bits);
}
