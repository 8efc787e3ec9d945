import { decode } from '../../src/isa/decode.ts';
import { INVALID, type Insn } from '../../src/isa/insn.ts';

/** Bytes of hexadecimal text with blanks. */
export const bytesOf = (hex: string) => Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));

/** The instruction that the bytes begin with. */
export function insnOf(hex: string, bits: 16 | 32 = 32): Insn {
  const insn = decode(bytesOf(hex), 0, bits);
  if (insn === null) throw new Error(`${hex} is incomplete`);
  return insn;
}

export const isInvalid = (hex: string, bits: 16 | 32 = 32) => (insnOf(hex, bits).flags & INVALID) !== 0;
