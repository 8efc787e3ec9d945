/** Single bits: test, scan, set by condition. */
import { def, type Row } from '../define.ts';
import type { Sem } from '../semantics.ts';
import { conditional } from './conditional.ts';

// BT and its like: the register form of the offset is a signed number that reaches beyond a memory operand; the immediate form is taken modulo the operand size.
// CF alone is written: the flags that the manual leaves undefined stay.
// biome-ignore format: a table
export const BITS: readonly Row[] = [
  def('BT', {
    title: 'BT—Bit Test', operation: 'CF <- Bit(BitBase, BitOffset)',
    forms: { '0F A3': 'Ev, Gv' },
    writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => {
      const n = s.read(offset);
      s.setFlag('CF', bit(s, s.read(s.bitOperand(base, n)), index(s, n)));
    },
  }),
  def('BT', {
    title: 'BT—Bit Test', operation: 'CF <- Bit(BitBase, BitOffset)',
    forms: { '0F BA /4': 'Ev, Ib' },
    writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => s.setFlag('CF', bit(s, s.read(base), index(s, s.read(offset)))),
  }),

  def('BTS', {
    title: 'BTS—Bit Test and Set', operation: 'CF <- Bit(BitBase, BitOffset); Bit(BitBase, BitOffset) <- 1',
    forms: { '0F AB': 'Ev, Gv' },
    lockable: true, writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => {
      const n = s.read(offset);
      setBit(s, s.bitOperand(base, n), index(s, n));
    },
  }),
  def('BTS', {
    title: 'BTS—Bit Test and Set', operation: 'CF <- Bit(BitBase, BitOffset); Bit(BitBase, BitOffset) <- 1',
    forms: { '0F BA /5': 'Ev, Ib' },
    lockable: true, writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => setBit(s, base, index(s, s.read(offset))),
  }),

  def('BTR', {
    title: 'BTR—Bit Test and Reset', operation: 'CF <- Bit(BitBase, BitOffset); Bit(BitBase, BitOffset) <- 0',
    forms: { '0F B3': 'Ev, Gv' },
    lockable: true, writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => {
      const n = s.read(offset);
      resetBit(s, s.bitOperand(base, n), index(s, n));
    },
  }),
  def('BTR', {
    title: 'BTR—Bit Test and Reset', operation: 'CF <- Bit(BitBase, BitOffset); Bit(BitBase, BitOffset) <- 0',
    forms: { '0F BA /6': 'Ev, Ib' },
    lockable: true, writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => resetBit(s, base, index(s, s.read(offset))),
  }),

  def('BTC', {
    title: 'BTC—Bit Test and Complement', operation: 'CF <- Bit(BitBase, BitOffset); Bit(BitBase, BitOffset) <- NOT Bit(BitBase, BitOffset)',
    forms: { '0F BB': 'Ev, Gv' },
    lockable: true, writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => {
      const n = s.read(offset);
      complementBit(s, s.bitOperand(base, n), index(s, n));
    },
  }),
  def('BTC', {
    title: 'BTC—Bit Test and Complement', operation: 'CF <- Bit(BitBase, BitOffset); Bit(BitBase, BitOffset) <- NOT Bit(BitBase, BitOffset)',
    forms: { '0F BA /7': 'Ev, Ib' },
    lockable: true, writes: 'C', undefines: 'OSAP',
    run: (s, base, offset) => complementBit(s, base, index(s, s.read(offset))),
  }),

  // The manual leaves the destination undefined for a source of 0; processors keep it. An F3 prefix changes nothing: TZCNT and LZCNT are younger.
  def('BSF', {
    title: 'BSF—Bit Scan Forward', operation: 'ZF <- SRC = 0; IF NOT ZF THEN DEST <- index of the lowest bit set',
    forms: { '0F BC': 'Gv, Ev' },
    writes: 'Z', undefines: 'OSAPC',
    run: (s, dst, src) => {
      const a = s.read(src);
      s.write(dst, s.select(a, s.lowestBit(a), s.read(dst)));
      s.flags('logic', a, a, a);
    },
  }),

  def('BSR', {
    title: 'BSR—Bit Scan Reverse', operation: 'ZF <- SRC = 0; IF NOT ZF THEN DEST <- index of the highest bit set',
    forms: { '0F BD': 'Gv, Ev' },
    writes: 'Z', undefines: 'OSAPC',
    run: (s, dst, src) => {
      const a = s.read(src);
      s.write(dst, s.select(a, s.highestBit(a), s.read(dst)));
      s.flags('logic', a, a, a);
    },
  }),

  ...conditional('SET', (cc, names, condition) =>
    def(names[0], {
      title: 'SETcc—Set Byte on Condition', operation: `DEST <- 1 IF ${cc} ELSE 0`,
      forms: { [`0F 9${condition.toString(16).toUpperCase()}`]: 'Eb' },
      condition, aliases: names.slice(1),
      run: (s, dst) => s.write(dst, s.condition(condition)),
    }),
  ),
];

/** Bit offset modulo the operand size. */
function index<V, O>(s: Sem<V, O>, offset: V): V {
  return s.and(offset, s.constant(s.operandBytes * 8 - 1));
}

function bit<V, O>(s: Sem<V, O>, a: V, at: V): V {
  return s.and(s.shr(a, at), s.constant(1));
}

function mask<V, O>(s: Sem<V, O>, at: V): V {
  return s.shl(s.constant(1), at);
}

function setBit<V, O>(s: Sem<V, O>, o: O, at: V): void {
  const a = s.readForUpdate(o);
  s.write(o, s.or(a, mask(s, at)));
  s.setFlag('CF', bit(s, a, at));
}

function resetBit<V, O>(s: Sem<V, O>, o: O, at: V): void {
  const a = s.readForUpdate(o);
  s.write(o, s.and(a, s.not(mask(s, at))));
  s.setFlag('CF', bit(s, a, at));
}

function complementBit<V, O>(s: Sem<V, O>, o: O, at: V): void {
  const a = s.readForUpdate(o);
  s.write(o, s.xor(a, mask(s, at)));
  s.setFlag('CF', bit(s, a, at));
}
