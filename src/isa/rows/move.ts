/** Data transfer: moves, exchanges, conversions. */
import { EAX, EBX, EDX } from '../../arch/cpu-state.ts';
import { def, type Row } from '../define.ts';
import { conditional } from './conditional.ts';

/** 8-bit register number of AL. */
const AL = 0;

// biome-ignore format: a table
export const MOVE: readonly Row[] = [
  def('MOV', {
    title: 'MOV—Move', operation: 'DEST <- SRC',
    forms: { '88': 'Eb, Gb', '89': 'Ev, Gv', '8A': 'Gb, Eb', '8B': 'Gv, Ev', 'A0': 'AL, Ob', 'A1': 'eAX, Ov', 'A2': 'Ob, AL', 'A3': 'Ov, eAX',
             'B0+': 'Zb, Ib', 'B8+': 'Zv, Iz', 'C6 /0': 'Eb, Ib', 'C7 /0': 'Ev, Iz' },
    run: (s, dst, src) => s.write(dst, s.read(src)),
  }),

  def('MOVZX', {
    title: 'MOVZX—Move With Zero-Extend', operation: 'DEST <- ZeroExtend(SRC)',
    forms: { '0F B6': 'Gv, Eb', '0F B7': 'Gv, Ew' },
    run: (s, dst, src) => s.write(dst, s.readUnsigned(src)),
  }),

  def('MOVSX', {
    title: 'MOVSX/MOVSXD—Move With Sign-Extension', operation: 'DEST <- SignExtend(SRC)',
    forms: { '0F BE': 'Gv, Eb', '0F BF': 'Gv, Ew' },
    run: (s, dst, src) => s.write(dst, s.read(src)),
  }),

  ...conditional('CMOV', (cc, names, condition) =>
    def(names[0], {
      title: 'CMOVcc—Conditional Move', operation: `IF ${cc} THEN DEST <- SRC`,
      forms: { [`0F 4${hex(condition)}`]: 'Gv, Ev' },
      condition, aliases: names.slice(1),
      // The source is read whether the condition holds or not: it may fault either way.
      run: (s, dst, src) => s.write(dst, s.select(s.condition(condition), s.read(src), s.read(dst))),
    }),
  ),

  def('LEA', {
    title: 'LEA—Load Effective Address', operation: 'DEST <- EffectiveAddress(SRC)',
    forms: { '8D': 'Gv, M' },
    run: (s, dst, src) => s.write(dst, s.address(src)),
  }),

  def('XLATB', {
    title: 'XLAT/XLATB—Table Look-up Translation', operation: 'AL <- [eBX + ZeroExtend(AL)]',
    forms: { 'D7': '' },
    size: 8, aliases: ['XLAT'],
    run: (s) => s.setRegister8(AL, s.load('operand', s.addA(s.registerA(EBX), s.zeroExtend(s.register8(AL), 8)))),
  }),

  def('XCHG', {
    title: 'XCHG—Exchange Register/Memory With Register', operation: 'DEST <-> SRC',
    forms: { '86': 'Eb, Gb', '87': 'Ev, Gv', '90+': 'Zv, eAX' },
    lockable: true,
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      s.write(dst, b);
      s.write(src, a);
    },
  }),

  def('XADD', {
    title: 'XADD—Exchange and Add', operation: 'SRC <- DEST; DEST <- DEST + SRC',
    forms: { '0F C0': 'Eb, Gb', '0F C1': 'Ev, Gv' },
    lockable: true, writes: 'OSZAPC',
    run: (s, dst, src) => {
      const a = s.readForUpdate(dst);
      const b = s.read(src);
      const r = s.add(a, b);
      s.write(src, a);
      s.write(dst, r); // after the source: with one register as both, the sum stays
      s.flags('add', a, b, r);
    },
  }),

  def('CMPXCHG', {
    title: 'CMPXCHG—Compare and Exchange', operation: 'IF accumulator = DEST THEN DEST <- SRC ELSE accumulator <- DEST',
    forms: { '0F B0': 'Eb, Gb', '0F B1': 'Ev, Gv' },
    lockable: true, writes: 'OSZAPC',
    run: (s, dst, src) => {
      const old = s.readForUpdate(dst);
      const accumulator = s.register(EAX);
      const isEqual = s.equal(accumulator, old);
      const replacement = s.select(isEqual, s.read(src), old);
      s.setRegister(EAX, old); // when equal, it holds that already
      s.write(dst, replacement); // always a write cycle
      s.flags('sub', accumulator, old, s.sub(accumulator, old));
    },
  }),

  def('CMPXCHG8B', {
    title: 'CMPXCHG8B/CMPXCHG16B—Compare and Exchange Bytes', operation: 'IF EDX:EAX = DEST THEN DEST <- ECX:EBX ELSE EDX:EAX <- DEST',
    forms: { '0F C7 /1': 'Mq' },
    lockable: true, size: 32, writes: 'Z',
    run: (s, dst) => s.system('cmpxchg8b', dst),
  }),

  def('BSWAP', {
    title: 'BSWAP—Byte Swap', operation: 'DEST[31:24, 23:16, 15:8, 7:0] <- DEST[7:0, 15:8, 23:16, 31:24]',
    forms: { '0F C8+': 'Zv' },
    run: (s, dst) => {
      // The manual leaves a 16-bit BSWAP undefined; processors write 0.
      if (s.operandBytes === 2) return s.write(dst, s.constant(0));
      const a = s.read(dst);
      const byte = (shifted: typeof a, mask: number) => s.and(shifted, s.constant(mask));
      const eight = s.constant(8);
      const outer = s.or(s.shl(a, s.constant(24)), s.shr(a, s.constant(24)));
      s.write(dst, s.or(outer, s.or(byte(s.shl(a, eight), 0xff0000), byte(s.shr(a, eight), 0xff00))));
    },
  }),

  def('CBW', {
    title: 'CBW/CWDE/CDQE—Convert Byte to Word/Convert Word to Doubleword/Convert Doubleword to Quadword', operation: 'eAX <- SignExtend(its lower half)',
    forms: { '98': '' },
    names: { 16: 'CBW', 32: 'CWDE' },
    run: (s) => s.setRegister(EAX, s.operandBytes === 2 ? s.register8(AL) : s.register16(EAX)),
  }),

  def('CWD', {
    title: 'CWD/CDQ/CQO—Convert Word to Doubleword/Convert Doubleword to Quadword', operation: 'eDX <- sign of eAX',
    forms: { '99': '' },
    names: { 16: 'CWD', 32: 'CDQ' },
    run: (s) => s.setRegister(EDX, s.sar(s.register(EAX), s.constant(31))),
  }),
];

function hex(digit: number): string {
  return digit.toString(16).toUpperCase();
}
