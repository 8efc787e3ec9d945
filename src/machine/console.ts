import type { Channel } from '../devices/device.ts';

/** Bytes that are remembered. */
const CAPACITY = 1 << 20;

/** What the guest has written, both channels in one stream. The stream's length is state and lies in the board's bytes; the text is remembered beyond it, so
 *  that going back shortens what is shown and a replay writes the same bytes over themselves. */
export class Console {
  private readonly ring = new Uint8Array(CAPACITY);
  private readonly position: { consoleLength: number };
  /** Bytes that were ever shown in this history. */
  private shown = 0;
  /** Number of the first byte that is remembered, if the ring has not gone round since. */
  private first = 0;
  /** Called with each byte that was not shown before: not by a replay. */
  onByte: (byte: number, channel: Channel) => void = () => {};

  /** `position` holds the length of the stream. */
  constructor(position: { consoleLength: number }) {
    this.position = position;
  }

  /** Length of the stream at this instant. */
  get length(): number {
    return this.position.consoleLength;
  }

  put(channel: Channel, byte: number): void {
    const at = this.position.consoleLength++;
    this.ring[at % CAPACITY] = byte;
    if (at < this.shown) return;
    this.shown = at + 1;
    this.onByte(byte, channel);
  }

  /** The bytes from number `from` on, as far as they are remembered; `from` of the result is the number of the first. */
  read(from = 0): { from: number; bytes: Uint8Array } {
    const { length } = this;
    const first = Math.min(length, Math.max(from, Math.max(this.shown, length) - CAPACITY, this.first));
    const bytes = new Uint8Array(length - first);
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.ring[(first + i) % CAPACITY];
    return { from: first, bytes };
  }

  /** The stream goes on from a saved one, of which these are the last bytes. */
  recall(bytes: Uint8Array): void {
    const known = bytes.subarray(Math.max(0, bytes.length - Math.min(CAPACITY, this.length)));
    this.shown = this.length;
    this.first = this.length - known.length;
    for (const [i, byte] of known.entries()) this.ring[(this.first + i) % CAPACITY] = byte;
  }

  /** Another history begins here: what comes now is new. */
  fork(): void {
    this.shown = this.length;
  }
}
