/** Random byte strings that look like code: a few prefixes, an opcode from all maps, then anything. The same seed gives the same strings. */

/** A generator of 32-bit numbers (xorshift). `seed` is not 0. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x66, 0x67, 0x67, 0xf0, 0xf2, 0xf3];
export const STRING_LENGTH = 16;

/** Fills `bytes` with the next string. One in 64 has up to 15 prefixes, so that the limit of 15 bytes is met. */
export function fillWithCode(bytes: Uint8Array, next: () => number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = next() >>> 24;
  const shape = next();
  const prefixes = (shape & 0x3f) === 0 ? (shape >>> 6) & 15 : [0, 0, 0, 1, 1, 2, 3, 4][(shape >>> 6) & 7];
  for (let i = 0; i < prefixes; i++) bytes[i] = PREFIXES[next() % PREFIXES.length];
  const map = (shape >>> 16) & 7;
  if (prefixes < 14 && map >= 4) bytes[prefixes] = 0x0f;
  if (prefixes < 14 && map === 7) bytes[prefixes + 1] = [0x01, 0x38, 0xc7, 0x00, 0x38, 0xba, 0x20, 0x22][(shape >>> 20) & 7];
}
