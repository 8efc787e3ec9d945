/** 64-bit state hash in two 32-bit lanes (FNV-1a over little-endian words, the second lane over rotated words). Not cryptographic. */
export class StateHash {
  private lo = 0x811c9dc5 | 0;
  private hi = 0x01000193 | 0;

  /** Adds `bytes`; a length that is not a multiple of 4 is padded with zeros. */
  add(bytes: Uint8Array): this {
    let lo = this.lo;
    let hi = this.hi;
    const whole = bytes.byteLength >> 2;
    if ((bytes.byteOffset & 3) === 0) {
      const words = new Int32Array(bytes.buffer, bytes.byteOffset, whole);
      for (let i = 0; i < whole; i++) {
        const w = words[i];
        lo = Math.imul(lo ^ w, 0x01000193);
        hi = Math.imul(hi ^ ((w << 13) | (w >>> 19)), 0x85ebca6b);
      }
    } else {
      for (let i = 0; i < whole; i++) {
        const w = bytes[4 * i] | (bytes[4 * i + 1] << 8) | (bytes[4 * i + 2] << 16) | (bytes[4 * i + 3] << 24);
        lo = Math.imul(lo ^ w, 0x01000193);
        hi = Math.imul(hi ^ ((w << 13) | (w >>> 19)), 0x85ebca6b);
      }
    }
    let tail = 0;
    for (let i = 4 * whole; i < bytes.byteLength; i++) tail |= bytes[i] << (8 * (i & 3));
    if (bytes.byteLength & 3) {
      lo = Math.imul(lo ^ tail, 0x01000193);
      hi = Math.imul(hi ^ tail, 0x85ebca6b);
    }
    this.lo = mix(lo ^ bytes.byteLength);
    this.hi = mix(hi + bytes.byteLength);
    return this;
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    return hex8(mix(this.hi ^ this.lo)) + hex8(this.lo);
  }
}

function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return x ^ (x >>> 16);
}

function hex8(x: number): string {
  return (x >>> 0).toString(16).padStart(8, '0');
}
