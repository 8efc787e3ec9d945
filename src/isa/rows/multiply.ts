/** Multiplication and division. The double-width result is AX for bytes (AH is its high half), else eDX:eAX. */
import { EAX, EDX } from '../../arch/cpu-state.ts';
import { def, type Row } from '../define.ts';
import type { Sem } from '../semantics.ts';

/** 8-bit register number of AH. */
const AH = 4;

// biome-ignore format: a table
export const MULTIPLY: readonly Row[] = [
  def('MUL', {
    title: 'MUL—Unsigned Multiply', operation: 'high:accumulator <- accumulator * SRC; CF, OF <- high <> 0',
    forms: { 'F6 /4': 'Eb', 'F7 /4': 'Ev' },
    writes: 'OC', undefines: 'SZAP',
    run: (s, src) => {
      const a = s.register(EAX);
      const b = s.read(src);
      const low = s.mul(a, b);
      const high = s.mulHighUnsigned(a, b);
      setProduct(s, low, high);
      s.flagsKnown(low, high, high, s.constant(0));
    },
  }),

  def('IMUL', {
    title: 'IMUL—Signed Multiply', operation: 'high:accumulator <- accumulator * SRC; CF, OF <- high is not the sign',
    forms: { 'F6 /5': 'Eb', 'F7 /5': 'Ev' },
    writes: 'OC', undefines: 'SZAP',
    run: (s, src) => {
      const a = s.register(EAX);
      const b = s.read(src);
      const low = s.mul(a, b);
      const high = s.mulHigh(a, b);
      const overflow = isNotSign(s, high, low);
      setProduct(s, low, high);
      s.flagsKnown(low, overflow, overflow, s.constant(0));
    },
  }),

  def('IMUL', {
    title: 'IMUL—Signed Multiply', operation: 'DEST <- DEST * SRC, truncated; CF, OF <- it did not fit',
    forms: { '0F AF': 'Gv, Ev' },
    writes: 'OC', undefines: 'SZAP',
    run: (s, dst, src) => {
      const a = s.read(dst);
      const b = s.read(src);
      const r = s.mul(a, b);
      const overflow = isNotSign(s, s.mulHigh(a, b), r);
      s.write(dst, r);
      s.flagsKnown(r, overflow, overflow, s.constant(0));
    },
  }),

  def('IMUL', {
    title: 'IMUL—Signed Multiply', operation: 'DEST <- SRC1 * SRC2, truncated; CF, OF <- it did not fit',
    forms: { '69': 'Gv, Ev, Iz', '6B': 'Gv, Ev, sIb' },
    writes: 'OC', undefines: 'SZAP',
    run: (s, dst, left, right) => {
      const a = s.read(left);
      const b = s.read(right);
      const r = s.mul(a, b);
      const overflow = isNotSign(s, s.mulHigh(a, b), r);
      s.write(dst, r);
      s.flagsKnown(r, overflow, overflow, s.constant(0));
    },
  }),

  def('DIV', {
    title: 'DIV—Unsigned Divide', operation: 'accumulator <- high:accumulator / SRC; high <- remainder; #DE if it does not fit',
    forms: { 'F6 /6': 'Eb', 'F7 /6': 'Ev' },
    undefines: 'OSZAPC',
    run: (s, src) => s.system('div', src),
  }),

  def('IDIV', {
    title: 'IDIV—Signed Divide', operation: 'accumulator <- high:accumulator / SRC; high <- remainder; #DE if it does not fit',
    forms: { 'F6 /7': 'Eb', 'F7 /7': 'Ev' },
    undefines: 'OSZAPC',
    run: (s, src) => s.system('idiv', src),
  }),
];

function setProduct<V, O>(s: Sem<V, O>, low: V, high: V): void {
  s.setRegister(EAX, low);
  if (s.operandBytes === 1) s.setRegister8(AH, high);
  else s.setRegister(EDX, high);
}

/** 1 where `high` is more than the sign of `low`: the product needs both halves. */
function isNotSign<V, O>(s: Sem<V, O>, high: V, low: V): V {
  return s.xor(high, s.sar(low, s.constant(31)));
}
