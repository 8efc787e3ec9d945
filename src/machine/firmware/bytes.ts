/** Little-endian bytes, and the checksums of firmware tables. */
import { assert } from '../../base/assert.ts';

/** A number and how many bytes it takes: 1, 2, 4 or 8. */
export type Item = readonly [size: 1 | 2 | 4 | 8, value: number] | string | Uint8Array;

/** Puts items one after another; a string is its ASCII bytes. */
export function pack(...items: readonly Item[]): Uint8Array {
  return joinBytes(items.map(bytesOf));
}

function bytesOf(item: Item): Uint8Array {
  if (item instanceof Uint8Array) return item;
  if (typeof item === 'string') return Uint8Array.from(item, (c) => c.charCodeAt(0));
  const [size, value] = item;
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
}

/** One array of all. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Sets the byte at `at` so that the first `length` bytes add up to 0. */
export function setChecksum(bytes: Uint8Array, at: number, length = bytes.length): Uint8Array {
  assert(at < length && length <= bytes.length, 'a checksum is one of the bytes that it covers');
  bytes[at] = 0;
  bytes[at] = -bytes.subarray(0, length).reduce((sum, b) => sum + b, 0) & 0xff;
  return bytes;
}
