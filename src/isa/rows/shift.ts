/** Shifts and rotates. The count is masked to five bits; a masked count of 0 changes no flag. CF is the last bit that left; OF, defined for a count of 1
 *  alone, is computed by that rule for every count, and AF, undefined, is 0. SDM vol. 2, "SAL/SAR/SHL/SHR—Shift" and "RCL/RCR/ROL/ROR—Rotate". */
import { def, type Row } from '../define.ts';
import type { Sem } from '../semantics.ts';

const SHIFT_TITLE = 'SAL/SAR/SHL/SHR—Shift';
const ROTATE_TITLE = 'RCL/RCR/ROL/ROR—Rotate';

// biome-ignore format: a table
export const SHIFT: readonly Row[] = [
  def('SHL', {
    title: SHIFT_TITLE, operation: 'CF:DEST <- DEST << COUNT',
    // /6 is missing from the manual's table; every processor decodes it like /4.
    forms: { 'D0 /4': 'Eb, 1', 'D1 /4': 'Ev, 1', 'D2 /4': 'Eb, CL', 'D3 /4': 'Ev, CL', 'C0 /4': 'Eb, Ib', 'C1 /4': 'Ev, Ib',
             'D0 /6': 'Eb, 1', 'D1 /6': 'Ev, 1', 'D2 /6': 'Eb, CL', 'D3 /6': 'Ev, CL', 'C0 /6': 'Eb, Ib', 'C1 /6': 'Ev, Ib' },
    aliases: ['SAL'], writes: 'OSZPC', undefines: 'A',
    run: (s, dst, amount) => {
      const a = s.readForUpdate(dst);
      const count = masked(s, s.read(amount));
      const r = s.shl(a, count);
      const out = s.shl(a, before(s, count)); // its sign is the last bit that leaves
      s.write(dst, r);
      s.flagsShift(count, r, out, s.xor(r, out));
    },
  }),

  def('SHR', {
    title: SHIFT_TITLE, operation: 'DEST:CF <- DEST >> COUNT, zeros in',
    forms: { 'D0 /5': 'Eb, 1', 'D1 /5': 'Ev, 1', 'D2 /5': 'Eb, CL', 'D3 /5': 'Ev, CL', 'C0 /5': 'Eb, Ib', 'C1 /5': 'Ev, Ib' },
    writes: 'OSZPC', undefines: 'A',
    run: (s, dst, amount) => {
      const a = s.readForUpdate(dst);
      const count = masked(s, s.read(amount));
      const r = s.shr(a, count);
      s.write(dst, r);
      s.flagsShift(count, r, lowBit(s, s.shr(a, before(s, count))), a);
    },
  }),

  def('SAR', {
    title: SHIFT_TITLE, operation: 'DEST:CF <- DEST >> COUNT, signs in',
    forms: { 'D0 /7': 'Eb, 1', 'D1 /7': 'Ev, 1', 'D2 /7': 'Eb, CL', 'D3 /7': 'Ev, CL', 'C0 /7': 'Eb, Ib', 'C1 /7': 'Ev, Ib' },
    writes: 'OSZPC', undefines: 'A',
    run: (s, dst, amount) => {
      const a = s.readForUpdate(dst);
      const count = masked(s, s.read(amount));
      const r = s.sar(a, count);
      s.write(dst, r);
      s.flagsShift(count, r, lowBit(s, s.sar(a, before(s, count))), s.constant(0));
    },
  }),

  def('ROL', {
    title: ROTATE_TITLE, operation: 'DEST <- DEST rotated left by COUNT; CF <- its lowest bit',
    forms: { 'D0 /0': 'Eb, 1', 'D1 /0': 'Ev, 1', 'D2 /0': 'Eb, CL', 'D3 /0': 'Ev, CL', 'C0 /0': 'Eb, Ib', 'C1 /0': 'Ev, Ib' },
    writes: 'OC',
    run: (s, dst, amount) => {
      const a = s.readForUpdate(dst);
      const count = masked(s, s.read(amount));
      const turn = s.and(count, s.constant(bits(s) - 1));
      const r = s.or(s.shl(a, turn), s.shr(a, s.sub(s.constant(bits(s)), turn)));
      const carry = lowBit(s, r);
      s.write(dst, r);
      s.flagsRotate(count, carry, s.xor(r, carry));
    },
  }),

  def('ROR', {
    title: ROTATE_TITLE, operation: 'DEST <- DEST rotated right by COUNT; CF <- its highest bit',
    forms: { 'D0 /1': 'Eb, 1', 'D1 /1': 'Ev, 1', 'D2 /1': 'Eb, CL', 'D3 /1': 'Ev, CL', 'C0 /1': 'Eb, Ib', 'C1 /1': 'Ev, Ib' },
    writes: 'OC',
    run: (s, dst, amount) => {
      const a = s.readForUpdate(dst);
      const count = masked(s, s.read(amount));
      const turn = s.and(count, s.constant(bits(s) - 1));
      const r = s.or(s.shr(a, turn), s.shl(a, s.sub(s.constant(bits(s)), turn)));
      s.write(dst, r);
      s.flagsRotate(count, r, topBitsDiffer(s, r));
    },
  }),

  // Through carry: a rotation of size + 1 bits. A count of a whole turn (9, 18, 27 or 17) leaves value and CF alone.
  def('RCL', {
    title: ROTATE_TITLE, operation: 'CF:DEST <- CF:DEST rotated left by COUNT',
    forms: { 'D0 /2': 'Eb, 1', 'D1 /2': 'Ev, 1', 'D2 /2': 'Eb, CL', 'D3 /2': 'Ev, CL', 'C0 /2': 'Eb, Ib', 'C1 /2': 'Ev, Ib' },
    writes: 'OC',
    run: (s, dst, amount) => {
      const a = s.readForUpdate(dst);
      const turn = turnThroughCarry(s, masked(s, s.read(amount)));
      const rest = s.sub(s.constant(bits(s)), turn);
      const carryIn = s.shl(s.flag('CF'), before(s, turn));
      const wrapped = s.shr(s.shr(a, s.constant(1)), rest);
      const r = s.select(turn, s.or(s.shl(a, turn), s.or(carryIn, wrapped)), a);
      const out = s.shl(a, before(s, turn));
      s.write(dst, r);
      s.flagsRotate(turn, out, s.xor(r, out));
    },
  }),

  def('RCR', {
    title: ROTATE_TITLE, operation: 'DEST:CF <- DEST:CF rotated right by COUNT',
    forms: { 'D0 /3': 'Eb, 1', 'D1 /3': 'Ev, 1', 'D2 /3': 'Eb, CL', 'D3 /3': 'Ev, CL', 'C0 /3': 'Eb, Ib', 'C1 /3': 'Ev, Ib' },
    writes: 'OC',
    run: (s, dst, amount) => {
      const a = s.readForUpdate(dst);
      const turn = turnThroughCarry(s, masked(s, s.read(amount)));
      const rest = s.sub(s.constant(bits(s)), turn);
      const carryIn = s.shl(s.flag('CF'), rest);
      const wrapped = s.shl(s.shl(a, s.constant(1)), rest);
      const r = s.select(turn, s.or(s.shr(a, turn), s.or(carryIn, wrapped)), a);
      s.write(dst, r);
      s.flagsRotate(turn, lowBit(s, s.shr(a, before(s, turn))), topBitsDiffer(s, r));
    },
  }),

  // Of two operands. With 16 bits and a count above 16 result and flags are undefined.
  def('SHLD', {
    title: 'SHLD—Double Precision Shift Left', operation: 'CF:DEST <- DEST << COUNT, high bits of SRC in',
    forms: { '0F A4': 'Ev, Gv, Ib', '0F A5': 'Ev, Gv, CL' },
    writes: 'OSZPC', undefines: 'A',
    run: (s, dst, src, amount) => {
      const a = s.readForUpdate(dst);
      const count = masked(s, s.read(amount));
      const wrapped = s.shr(s.read(src), s.sub(s.constant(bits(s)), count));
      const r = s.select(count, s.or(s.shl(a, count), wrapped), a);
      s.write(dst, r);
      s.flagsShift(count, r, s.shl(a, before(s, count)), s.xor(a, r));
    },
  }),

  def('SHRD', {
    title: 'SHRD—Double Precision Shift Right', operation: 'DEST:CF <- DEST >> COUNT, low bits of SRC in',
    forms: { '0F AC': 'Ev, Gv, Ib', '0F AD': 'Ev, Gv, CL' },
    writes: 'OSZPC', undefines: 'A',
    run: (s, dst, src, amount) => {
      const a = s.readForUpdate(dst);
      const count = masked(s, s.read(amount));
      const wrapped = s.shl(s.read(src), s.sub(s.constant(bits(s)), count));
      const r = s.select(count, s.or(s.shr(a, count), wrapped), a);
      s.write(dst, r);
      s.flagsShift(count, r, lowBit(s, s.shr(a, before(s, count))), s.xor(a, r));
    },
  }),
];

function bits<V, O>(s: Sem<V, O>): number {
  return s.operandBytes * 8;
}

/** Every processor since the 80286 takes the count modulo 32. */
function masked<V, O>(s: Sem<V, O>, count: V): V {
  return s.and(count, s.constant(31));
}

/** count - 1: after so many steps the next bit to leave is CF. */
function before<V, O>(s: Sem<V, O>, count: V): V {
  return s.sub(count, s.constant(1));
}

/** Bit 0 where the sign is: flags are told by signs. */
function lowBit<V, O>(s: Sem<V, O>, v: V): V {
  return s.shl(v, s.constant(bits(s) - 1));
}

function topBitsDiffer<V, O>(s: Sem<V, O>, v: V): V {
  return s.xor(v, s.shl(v, s.constant(1)));
}

/** A count of 0 to 31 modulo operand size + 1. */
function turnThroughCarry<V, O>(s: Sem<V, O>, count: V): V {
  let turn = count;
  for (let whole = bits(s) + 1; whole < 32; whole += bits(s) + 1) {
    const n = s.constant(whole);
    turn = s.select(s.below(count, n), turn, s.sub(count, n));
  }
  return turn;
}
