/** ModRM and SIB bytes -> the parts of an effective address. SDM vol. 2, "Addressing-Mode Encoding of ModR/M and SIB Bytes".
 *
 *    ModRM   mod(7:6) reg(5:3) rm(2:0)        mod 3: rm is a register. mod 0, 1, 2: memory with no, an 8-bit, a full displacement.
 *    SIB     scale(7:6) index(5:3) base(2:0)  after ModRM with rm 4, 32-bit addressing alone. */
import { EBP, EBX, EDI, ESI, ESP, ZERO } from '../arch/cpu-state.ts';

/** An effective address in the making, in the terms of `Insn`. `segment` is the default one: SS (2) where ESP, EBP or BP is the base, else DS (3). */
export interface EffectiveAddress {
  base: number;
  index: number;
  scale: number;
  displacement: number;
  segment: number;
  /** Offset in the source of the first byte after ModRM, SIB and displacement. */
  end: number;
}

const SS = 2;
const DS = 3;
/** Base and index of 16-bit addressing, by rm; rm 6 under mod 0 is a bare displacement instead. */
const BASE16 = [EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX] as const;
const INDEX16 = [ESI, EDI, ESI, EDI, ZERO, ZERO, ZERO, ZERO] as const;

/** Makes `out` say "no memory operand": all parts zero, DS. */
export function clearAddress(out: EffectiveAddress, end: number): void {
  out.base = ZERO;
  out.index = ZERO;
  out.scale = 0;
  out.displacement = 0;
  out.segment = DS;
  out.end = end;
}

/** Reads what follows the ModRM byte at `at` (mod not 3) with 16-bit addressing. */
export function readAddress16(source: Uint8Array, at: number, out: EffectiveAddress): void {
  const mod = source[at] >> 6;
  const rm = source[at] & 7;
  if (mod === 0 && rm === 6) {
    clearAddress(out, at + 3);
    out.displacement = signed16(source, at + 1);
    return;
  }
  out.base = BASE16[rm];
  out.index = INDEX16[rm];
  out.scale = 0;
  out.segment = out.base === EBP ? SS : DS;
  out.displacement = mod === 0 ? 0 : mod === 1 ? signed8(source, at + 1) : signed16(source, at + 1);
  out.end = at + 1 + mod;
}

/** Reads what follows the ModRM byte at `at` (mod not 3) with 32-bit addressing. */
export function readAddress32(source: Uint8Array, at: number, out: EffectiveAddress): void {
  const mod = source[at] >> 6;
  const rm = source[at] & 7;
  clearAddress(out, at + 1);
  let base = rm;
  if (rm === 4) {
    const sib = source[at + 1];
    base = sib & 7;
    const index = (sib >> 3) & 7;
    if (index !== 4) {
      out.index = index;
      out.scale = sib >> 6;
    }
    out.end = at + 2;
  }
  // Base 5 under mod 0, in ModRM and SIB alike, stands for a bare 32-bit displacement.
  const isBare = mod === 0 && base === EBP;
  out.base = isBare ? ZERO : base;
  out.segment = !isBare && (base === ESP || base === EBP) ? SS : DS;
  if (mod === 1) {
    out.displacement = signed8(source, out.end);
    out.end += 1;
  } else if (mod === 2 || isBare) {
    out.displacement = signed32(source, out.end);
    out.end += 4;
  }
}

/** Little-endian integers at `at`, sign-extended. Bytes beyond the source read as 0. */
export function signed8(source: Uint8Array, at: number): number {
  return (source[at] << 24) >> 24;
}
export function signed16(source: Uint8Array, at: number): number {
  return ((source[at] | (source[at + 1] << 8)) << 16) >> 16;
}
export function signed32(source: Uint8Array, at: number): number {
  return source[at] | (source[at + 1] << 8) | (source[at + 2] << 16) | (source[at + 3] << 24);
}
