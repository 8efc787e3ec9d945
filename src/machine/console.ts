import type { Channel } from '../devices/device.ts';

/** Bytes that are remembered. */
const CAPACITY = 1 << 20;

/** What the guest has written, both channels in one stream. The stream's length is state and lies in the board's bytes; the text is remembered beyond it, so
 *  that going back shortens what is shown and a replay writes the same bytes over themselves. What a replay writes that the ring has lost is remembered apart:
 *  far back in a long stream it is all that is known. */
export class Console {
  private readonly ring = new Uint8Array(CAPACITY);
  private readonly position: { consoleLength: number };
  /** Bytes that were ever shown in this history. */
  private shown = 0;
  /** Number of the first byte that is remembered, if the ring has not gone round since. */
  private first = 0;
  /** What the latest replay wrote before the ring's first byte, from number `againFrom` on; made when there is such a byte. */
  private again: Uint8Array | null = null;
  private againFrom = 0;
  private againEnd = 0;
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

  /** Number of the ring's first byte: what lies before it is known only from a replay. */
  get ringFrom(): number {
    return Math.max(this.first, Math.max(this.shown, this.length) - CAPACITY);
  }

  put(channel: Channel, byte: number): void {
    const at = this.position.consoleLength;
    if (at < this.ringFrom) this.putAgain(at, byte);
    else this.ring[at % CAPACITY] = byte;
    this.position.consoleLength = at + 1;
    if (at < this.shown) return;
    this.shown = at + 1;
    this.onByte(byte, channel);
  }

  /** The bytes from number `from` on, as far as they are remembered; `from` of the result is the number of the first. */
  read(from = 0): { from: number; bytes: Uint8Array } {
    const { length } = this;
    const isInRing = length > this.ringFrom;
    const bytesOf = isInRing ? this.ring : this.again;
    const known = isInRing
      ? this.ringFrom
      : this.again && this.againEnd >= length
        ? Math.max(this.againFrom, this.againEnd - CAPACITY)
        : length;
    const first = Math.min(length, Math.max(from, known));
    const bytes = new Uint8Array(length - first);
    for (let i = 0; bytesOf && i < bytes.length; i++) bytes[i] = bytesOf[(first + i) % CAPACITY];
    return { from: first, bytes };
  }

  /** The stream goes on from a saved one, of which these are the last bytes. */
  recall(bytes: Uint8Array): void {
    const known = bytes.subarray(Math.max(0, bytes.length - Math.min(CAPACITY, this.length)));
    this.shown = this.length;
    this.first = this.length - known.length;
    this.again = null;
    for (const [i, byte] of known.entries()) this.ring[(this.first + i) % CAPACITY] = byte;
  }

  /** Another history begins here: what comes now is new. */
  fork(): void {
    if (this.length <= this.ringFrom) return this.recall(this.read().bytes);
    this.first = this.ringFrom;
    this.shown = this.length;
  }

  /** A replay that begins elsewhere than where the one before has come to begins anew. */
  private putAgain(at: number, byte: number): void {
    this.again ??= new Uint8Array(CAPACITY);
    const isOneMore = at >= Math.max(this.againFrom, this.againEnd - CAPACITY) && at <= this.againEnd;
    if (!isOneMore) this.againFrom = at;
    this.again[at % CAPACITY] = byte;
    this.againEnd = isOneMore ? Math.max(this.againEnd, at + 1) : at + 1;
  }
}
