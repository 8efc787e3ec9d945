/** Numbers as the texts show them: decimal where a reader counts, hexadecimal where a reader sees bits or places. */

/** A number of `bits` bits. Below 100 in size it is decimal and signed (20, -8), above it is hexadecimal and unsigned (0x3F8). */
export function numberText(value: number, bits: 8 | 16 | 32): string {
  const signed = (value << (32 - bits)) >> (32 - bits);
  if (signed > -100 && signed < 100) return String(signed);
  return `0x${hex(unsigned(value, bits), 0)}`;
}

/** An offset in a segment, with all its digits: 0x00401238, or 0x1238 in 16-bit addressing. */
export function offsetText(offset: number, bits: 16 | 32): string {
  return `0x${hex(unsigned(offset, bits), bits / 4)}`;
}

/** Bytes as `db` takes them. */
export function bytesText(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => `0x${hex(byte, 2)}`).join(', ');
}

function unsigned(value: number, bits: 8 | 16 | 32): number {
  return bits === 32 ? value >>> 0 : value & (2 ** bits - 1);
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
