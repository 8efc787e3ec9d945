/** Arithmetic too wide for a value of `Sem`: division, AAM, CMPXCHG8B, BOUND. */
import { EAX, EBX, ECX, EDX } from '../arch/cpu-state.ts';
import { BR, DE } from '../arch/exceptions.ts';
import { setKnownFlags, setStatusFlags, statusFlags, ZF } from '../isa/flags.ts';
import type { Insn } from '../isa/insn.ts';
import { raise } from '../memory/fault.ts';
import { linearOf, read } from './access.ts';
import type { Cpu } from './cpu.ts';
import { EA } from './derived.ts';

const TWO_32 = 0x1_0000_0000;
const TWO_53 = 2 ** 53;

/** DIV. Flags stay (they are undefined). */
export function div(cpu: Cpu, insn: Insn, source: number): void {
  const w = cpu.words;
  const { size, shift } = insn;
  const divisor = (cpu.execute.read(source) << shift) >>> shift;
  if (divisor === 0) raise(DE);
  if (size === 32) {
    const [quotient, remainder] = divideUnsigned(w[EDX] >>> 0, w[EAX] >>> 0, divisor);
    if (quotient >= TWO_32) raise(DE);
    w[EAX] = quotient;
    w[EDX] = remainder;
    return;
  }
  const dividend = size === 16 ? (((w[EDX] & 0xffff) << 16) | (w[EAX] & 0xffff)) >>> 0 : w[EAX] & 0xffff;
  const quotient = Math.floor(dividend / divisor);
  if (quotient >= 2 ** size) raise(DE);
  storeNarrow(cpu, size, quotient, dividend % divisor);
}

/** IDIV. Rounds towards 0; the remainder has the dividend's sign. */
export function idiv(cpu: Cpu, insn: Insn, source: number): void {
  const w = cpu.words;
  const { size } = insn;
  const divisor = cpu.execute.read(source);
  if (divisor === 0) raise(DE);
  if (size === 32) {
    divideSigned32(w, divisor);
    return;
  }
  const dividend = size === 16 ? ((w[EDX] & 0xffff) << 16) | (w[EAX] & 0xffff) : (w[EAX] << 16) >> 16;
  const quotient = Math.trunc(dividend / divisor);
  if (quotient < -(2 ** (size - 1)) || quotient >= 2 ** (size - 1)) raise(DE);
  storeNarrow(cpu, size, quotient, dividend % divisor);
}

function storeNarrow(cpu: Cpu, size: number, quotient: number, remainder: number): void {
  if (size === 8) cpu.execute.setRegister16(EAX, (quotient & 0xff) | ((remainder & 0xff) << 8));
  else {
    cpu.execute.setRegister16(EAX, quotient);
    cpu.execute.setRegister16(EDX, remainder);
  }
}

function divideSigned32(w: Int32Array, divisor: number): void {
  const isNegative = w[EDX] < 0;
  let high = w[EDX] >>> 0;
  let low = w[EAX] >>> 0;
  if (isNegative) {
    low = -w[EAX] >>> 0;
    high = (~w[EDX] + (low === 0 ? 1 : 0)) >>> 0;
  }
  const [quotient, remainder] = divideUnsigned(high, low, Math.abs(divisor));
  const isQuotientNegative = isNegative !== divisor < 0;
  if (quotient > (isQuotientNegative ? 0x8000_0000 : 0x7fff_ffff)) raise(DE);
  w[EAX] = isQuotientNegative ? -quotient : quotient;
  w[EDX] = isNegative ? -remainder : remainder;
}

/** Unsigned 64 by 32 bits. A quotient of 2^32 or more is not exact, only that large. */
function divideUnsigned(high: number, low: number, divisor: number): [quotient: number, remainder: number] {
  if (high >= divisor) return [TWO_32, 0];
  const dividend = high * TWO_32 + low;
  if (dividend < TWO_53) {
    const remainder = dividend % divisor;
    return [(dividend - remainder) / divisor, remainder];
  }
  const wide = (BigInt(high) << 32n) | BigInt(low);
  return [Number(wide / BigInt(divisor)), Number(wide % BigInt(divisor))];
}

/** AAM: AH, AL <- AL / base, AL mod base. */
export function aam(cpu: Cpu, insn: Insn): void {
  const base = insn.immediate & 0xff;
  if (base === 0) raise(DE);
  const al = cpu.words[EAX] & 0xff;
  const digit = al % base;
  cpu.execute.setRegister16(EAX, (Math.floor(al / base) << 8) | digit);
  setKnownFlags(cpu.words, (digit << 24) >> 24, 0);
}

/** CMPXCHG8B: like every locked read-modify-write it writes in either case. */
export function cmpxchg8b(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  const linear = linearOf(cpu, insn.segment, w[EA], 8, true);
  cpu.mmu.probeWrite(linear, 8);
  const low = cpu.mmu.read32(linear);
  const high = cpu.mmu.read32((linear + 4) | 0);
  const isEqual = low === w[EAX] && high === w[EDX];
  cpu.mmu.write32(linear, isEqual ? w[EBX] : low);
  cpu.mmu.write32((linear + 4) | 0, isEqual ? w[ECX] : high);
  if (!isEqual) {
    w[EAX] = low;
    w[EDX] = high;
  }
  setStatusFlags(w, isEqual ? statusFlags(w) | ZF : statusFlags(w) & ~ZF);
}

/** BOUND: #BR unless lower <= index <= upper, signed. */
export function bound(cpu: Cpu, insn: Insn, index: number): void {
  const value = cpu.execute.read(index);
  const ea = cpu.words[EA];
  const lower = read(cpu, insn.segment, ea, insn.size);
  const upper = read(cpu, insn.segment, cpu.offsetBy(insn, ea, insn.size >> 3), insn.size);
  if (value < lower || value > upper) raise(BR);
}
