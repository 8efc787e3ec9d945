import type { Frame } from '../api/protocol.ts';

/** Bytes that are remembered, as many as the machine itself does (machine/console.ts). */
const MOST_BYTES = 2 ** 20;

/** What the machine has written, gathered from frames. Going back in time takes away what was not written yet. */
export class ConsoleLog {
  private bytes: number[] = [];
  /** Number of the first byte that is remembered, of all that were ever written. */
  private from = 0;
  /** Goes up when bytes are taken away again: whoever has drawn them begins anew. */
  cuts = 0;

  /** Takes in what a frame brings: its bytes follow number `from`, and whatever was there is gone. */
  take({ from, bytes }: Frame['console']): void {
    if (from !== this.end) this.cut(from);
    for (const byte of bytes) this.bytes.push(byte);
    // Not with each byte: that would move all the others each time.
    if (this.bytes.length <= 2 * MOST_BYTES) return;
    this.from += this.bytes.length - MOST_BYTES;
    this.bytes = this.bytes.slice(-MOST_BYTES);
  }

  /** Number of the first byte that is remembered: so many at the beginning are not. */
  get first(): number {
    return this.from;
  }

  /** Bytes written so far; the number of the next one. */
  get end(): number {
    return this.from + this.bytes.length;
  }

  /** The bytes from number `from` on, as far as they are remembered. */
  since(from: number): Uint8Array {
    return Uint8Array.from(this.bytes.slice(Math.max(0, from - this.from)));
  }

  /** The last `most` bytes as UTF-8, as the terminal reads them. */
  text(most: number): string {
    return new TextDecoder().decode(Uint8Array.from(this.bytes.slice(-most)));
  }

  private cut(from: number): void {
    const isBefore = from >= this.from && from <= this.end;
    this.bytes.length = isBefore ? from - this.from : 0;
    // A stream that begins elsewhere is another one: a saved moment, or one that has gone round its ring.
    if (!isBefore) this.from = from;
    this.cuts++;
  }
}
