/** Adjustments for decimal arithmetic on AL and AX. Flags that the manual leaves undefined come out as for a logical result of AL. */
import { EAX } from '../../arch/cpu-state.ts';
import { def, type Row } from '../define.ts';
import type { Sem } from '../semantics.ts';

/** 8-bit register numbers. */
const AL = 0;
const AH = 4;

// biome-ignore format: a table
export const DECIMAL: readonly Row[] = [
  def('DAA', {
    title: 'DAA—Decimal Adjust AL After Addition', operation: 'IF low digit > 9 OR AF THEN AL <- AL + 6; IF old AL > 99H OR CF THEN AL <- AL + 60H',
    forms: { '27': '' },
    size: 8, writes: 'SZAPC', undefines: 'O',
    run: (s) => {
      const al = s.register8(AL);
      const low = adjustsLow(s, al);
      const high = s.or(s.below(s.constant(0x99), s.zeroExtend(al, 8)), s.flag('CF'));
      const r = s.add(al, adjustment(s, low, high));
      s.setRegister8(AL, r);
      s.flagsKnown(r, high, s.constant(0), low);
    },
  }),

  def('DAS', {
    title: 'DAS—Decimal Adjust AL After Subtraction', operation: 'IF low digit > 9 OR AF THEN AL <- AL - 6; IF old AL > 99H OR CF THEN AL <- AL - 60H',
    forms: { '2F': '' },
    size: 8, writes: 'SZAPC', undefines: 'O',
    run: (s) => {
      const al = s.register8(AL);
      const low = adjustsLow(s, al);
      const unsigned = s.zeroExtend(al, 8);
      const high = s.or(s.below(s.constant(0x99), unsigned), s.flag('CF'));
      const borrow = s.and(low, s.below(unsigned, s.constant(6)));
      const r = s.sub(al, adjustment(s, low, high));
      s.setRegister8(AL, r);
      s.flagsKnown(r, s.or(high, borrow), s.constant(0), low);
    },
  }),

  def('AAA', {
    title: 'AAA—ASCII Adjust After Addition', operation: 'IF low digit > 9 OR AF THEN AX <- AX + 106H; AL <- AL AND 0FH',
    forms: { '37': '' },
    size: 8, writes: 'AC', undefines: 'OSZP',
    run: (s) => {
      const adjusts = adjustsLow(s, s.register8(AL));
      const r = s.and(s.add32(s.register16(EAX), s.select(adjusts, s.constant(0x106), s.constant(0))), s.constant(0xff0f));
      s.setRegister16(EAX, r);
      s.flagsKnown(s.zeroExtend(r, 8), adjusts, s.constant(0), adjusts);
    },
  }),

  def('AAS', {
    title: 'AAS—ASCII Adjust AL After Subtraction', operation: 'IF low digit > 9 OR AF THEN AX <- AX - 106H; AL <- AL AND 0FH',
    forms: { '3F': '' },
    size: 8, writes: 'AC', undefines: 'OSZP',
    run: (s) => {
      const adjusts = adjustsLow(s, s.register8(AL));
      const r = s.and(s.add32(s.register16(EAX), s.select(adjusts, s.constant(-0x106), s.constant(0))), s.constant(0xff0f));
      s.setRegister16(EAX, r);
      s.flagsKnown(s.zeroExtend(r, 8), adjusts, s.constant(0), adjusts);
    },
  }),

  def('AAD', {
    title: 'AAD—ASCII Adjust AX Before Division', operation: 'AL <- AL + AH * SRC; AH <- 0',
    forms: { 'D5': 'Ib' },
    size: 8, writes: 'SZP', undefines: 'OAC',
    run: (s, base) => {
      const r = s.add(s.register8(AL), s.mul(s.register8(AH), s.read(base)));
      s.setRegister16(EAX, s.zeroExtend(r, 8));
      s.flags('logic', r, r, r);
    },
  }),

  def('AAM', {
    title: 'AAM—ASCII Adjust AX After Multiply', operation: 'AH <- AL / SRC; AL <- remainder; #DE if SRC = 0',
    forms: { 'D4': 'Ib' },
    size: 8, writes: 'SZP', undefines: 'OAC',
    run: (s, base) => s.system('aam', base),
  }),
];

/** Whether the low digit of AL is no decimal digit, or carried. */
function adjustsLow<V, O>(s: Sem<V, O>, al: V): V {
  return s.or(s.below(s.constant(9), s.and(al, s.constant(15))), s.flag('AF'));
}

/** 6 and 60H, each where it is called for; sign-extended at 8 bits. */
function adjustment<V, O>(s: Sem<V, O>, low: V, high: V): V {
  const zero = s.constant(0);
  return s.or(s.select(low, s.constant(0x06), zero), s.select(high, s.constant(0x60), zero));
}
