import { RECORD_WORDS } from './schema.ts';

/** A ring of the latest events. Derived, never part of a snapshot: seeking back keeps what was recorded and a replay does not record it twice. */
export class Trace {
  private readonly words: Int32Array;
  private readonly capacity: number;
  /** Records written since the beginning; record n is in the ring while `written - capacity <= n < written`. */
  written = 0;
  /** The machine's clock, in ticks. Set by the machine. */
  clock: () => number = () => 0;
  /** Told of each event, of one that is known already too; null: nobody listens. */
  onEmit: ((kind: number, a: number, b: number, c: number, d: number, e: number) => void) | null = null;
  /** Events at ticks below this are known already, and of those at it the first `known`: they are not written again. */
  private recordedUntil = 0;
  private known = 0;
  /** The tick of the latest event since the machine was put back, and how many there were at it, known ones too. */
  private latest = -1;
  private count = 0;
  /** Behind this tick all stands here from record `fresh` on, as long as the ring has that. */
  private from = 0;
  private fresh = 0;
  /** The oldest record that a cut has left. */
  private held = 0;
  /** The next replay begins anew. */
  private isAnew = false;
  /** How often everything was forgotten: a record's number then means another one. */
  epoch = 0;

  /** `capacity` in records. */
  constructor(capacity = 1 << 16) {
    this.capacity = capacity;
    this.words = new Int32Array(capacity * RECORD_WORDS);
  }

  /** Writes one record, unless a replay passes over it. */
  emit(kind: number, a = 0, b = 0, c = 0, d = 0, e = 0): void {
    if (this.onEmit !== null) this.onEmit(kind, a, b, c, d, e);
    const tick = this.clock();
    if (tick !== this.latest) {
      this.latest = tick;
      this.count = 0;
    }
    this.count++;
    if (tick < this.recordedUntil || (tick === this.recordedUntil && this.count <= this.known)) return;
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

  /** Forgets everything: what comes behind the present is the first that is known. */
  clear(): void {
    this.from = this.clock();
    this.recordedUntil = this.from;
    this.latest = -1;
    this.written = 0;
    this.fresh = 0;
    this.held = 0;
    this.known = 0;
    this.isAnew = false;
    this.epoch++;
  }

  /** Number of the oldest record that is still here; `written` if none is. */
  get oldest(): number {
    return Math.min(this.written, Math.max(this.written - this.capacity, this.held));
  }

  /** Behind this tick nothing is missing of what comes from record `first` on, which is here. */
  completeFrom(first = this.oldest): number {
    if (first === this.fresh) return this.from;
    return first < this.written ? this.tickOf(first) + 1 : this.recordedUntil;
  }

  /** The last tick up to which everything is known, as far as it has been told (`remember`). */
  get until(): number {
    return this.recordedUntil;
  }

  /** A copy of the records from number `from` on (as far as the ring still holds them), and the number of the first one. */
  read(from: number): { first: number; words: Int32Array } {
    const first = Math.max(from, this.oldest);
    const out = new Int32Array(Math.max(0, this.written - first) * RECORD_WORDS);
    // The ring from there on, and where it comes round, from its beginning.
    const at = (first % this.capacity) * RECORD_WORDS;
    const ahead = this.words.subarray(at, at + out.length);
    out.set(ahead);
    out.set(this.words.subarray(0, out.length - ahead.length), ahead.length);
    return { first, words: out };
  }

  /** What has happened up to the present `tick` is written. */
  remember(tick: number): void {
    if (tick <= this.recordedUntil) return;
    this.recordedUntil = tick;
    this.known = 0;
  }

  /** The machine is to go back to `tick`. Where what happened there is no longer here, the replay writes it again, and gives up what is here for it. */
  revisit(tick: number): void {
    this.isAnew = tick < this.completeFrom();
  }

  /** The machine was put back: what is known already comes again. A device may act at the very tick that was reached before, and does so again then. */
  replay(): void {
    if (this.isAnew) return this.clear();
    this.latest = -1;
    const end = this.recordedUntil;
    this.known = this.clock() < end ? this.written - this.firstFrom(end) : 0;
  }

  /** Forgets everything after the present `tick`, and of that tick what has not happened yet: another history begins there. */
  truncate(tick: number): void {
    const happened = tick === this.latest ? this.count : 0;
    const end = Math.min(this.written, this.firstFrom(tick) + happened);
    const isWhole = this.oldest === this.fresh;
    this.held = this.oldest;
    while (this.written > end) this.words[(--this.written % this.capacity) * RECORD_WORDS] = 0;
    this.recordedUntil = Math.min(this.recordedUntil, tick);
    this.known = 0;
    if (this.oldest < this.written) return;
    this.held = this.written;
    this.fresh = this.written;
    this.from = isWhole ? Math.min(this.from, tick) : tick;
  }

  /** Number of the first record at or after `tick`, of those that the ring still holds. */
  private firstFrom(tick: number): number {
    let n = this.written;
    for (; n > 0 && n > this.written - this.capacity; n--) {
      if (n <= this.held || this.tickOf(n - 1) < tick) break;
    }
    return n;
  }

  private tickOf(record: number): number {
    const at = (record % this.capacity) * RECORD_WORDS;
    return (this.words[at + 1] >>> 0) + this.words[at + 2] * 0x1_0000_0000;
  }
}
