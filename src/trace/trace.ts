import { RECORD_WORDS } from './schema.ts';

/** A ring of the latest events. Derived, never part of a snapshot: seeking back keeps what was recorded and a replay does not record it twice. */
export class Trace {
  private readonly words: Int32Array;
  private readonly capacity: number;
  /** Records written since the beginning; record n is in the ring while `written - capacity <= n < written`. */
  written = 0;
  /** The machine's clock, in ticks. Set by the machine. */
  clock: () => number = () => 0;
  /** Events at ticks below this are known already and are not written again. */
  recordedUntil = 0;
  /** Bit n: events of kind n that are too frequent to be written always (`walk`, `tlbFill`, `tlbFlush`, `device`, and `dma` that was done) are wanted. Their
   *  writers test it first. */
  mask = 0;

  /** `capacity` in records. */
  constructor(capacity = 1 << 16) {
    this.capacity = capacity;
    this.words = new Int32Array(capacity * RECORD_WORDS);
  }

  /** Writes one record, unless a replay passes over it. */
  emit(kind: number, a = 0, b = 0, c = 0, d = 0, e = 0): void {
    const tick = this.clock();
    if (tick < this.recordedUntil) return;
    const at = (this.written++ % this.capacity) * RECORD_WORDS;
    const w = this.words;
    w[at] = kind;
    w[at + 1] = tick | 0;
    w[at + 2] = Math.floor(tick / 0x1_0000_0000);
    w[at + 3] = a;
    w[at + 4] = b;
    w[at + 5] = c;
    w[at + 6] = d;
    w[at + 7] = e;
  }

  /** A copy of the records from number `from` on (as far as the ring still holds them), and the number of the first one. */
  read(from: number): { first: number; words: Int32Array } {
    const first = Math.max(from, this.written - this.capacity, 0);
    const out = new Int32Array(Math.max(0, this.written - first) * RECORD_WORDS);
    for (let n = first; n < this.written; n++) {
      const at = (n % this.capacity) * RECORD_WORDS;
      out.set(this.words.subarray(at, at + RECORD_WORDS), (n - first) * RECORD_WORDS);
    }
    return { first, words: out };
  }

  /** Forgets everything at or after `tick`: the past was changed there. */
  truncate(tick: number): void {
    while (this.written > 0) {
      const at = ((this.written - 1) % this.capacity) * RECORD_WORDS;
      if ((this.words[at + 1] >>> 0) + this.words[at + 2] * 0x1_0000_0000 < tick || this.words[at] === 0) break;
      this.words[at] = 0;
      this.written--;
    }
    this.recordedUntil = Math.min(this.recordedUntil, tick);
  }
}
