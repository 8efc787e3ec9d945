/** How the work of a machine is spread over wall time: slices, frames, and the speed that somebody asked for. */

/** Milliseconds since some moment. */
export type Clock = () => number;

/** Milliseconds of one slice of work, after which others have the thread; and between two frames. */
const SLICE_MS = 8;
const FRAME_MS = 16;
/** Milliseconds over which the speed is measured. */
const MEASURE_MS = 250;
/** Instructions per second that a reader can follow. */
const READABLE_SPEED = 30;
/** What a run that fell behind may catch up, in seconds. */
const MOST_DEBT = 0.1;

export class Pace {
  /** Instructions per second; 0 is as fast as it goes. */
  speed = 0;
  /** Instructions per second of late. */
  measured = 0;
  private readonly now: Clock;
  private sliceEnd = 0;
  private frameAt = 0;
  private countedAt = 0;
  private counted = 0;
  private paidAt = 0;
  private credit = 0;

  constructor(now: Clock) {
    this.now = now;
  }

  /** A run begins; `work` is the machine's count of instructions. */
  start(work: number): void {
    const now = this.now();
    this.frameAt = now;
    this.countedAt = now;
    this.paidAt = now;
    this.counted = work;
    this.measured = 0;
    // The first instruction comes at once.
    this.credit = 1;
  }

  startSlice(): void {
    this.sliceEnd = this.now() + SLICE_MS;
  }

  get isSliceOver(): boolean {
    return this.now() >= this.sliceEnd;
  }

  /** True once in each frame's time. */
  takeFrame(): boolean {
    const now = this.now();
    if (now - this.frameAt < FRAME_MS) return false;
    this.frameAt = now;
    return true;
  }

  measure(work: number): void {
    const elapsed = this.now() - this.countedAt;
    if (elapsed < MEASURE_MS) return;
    this.measured = ((work - this.counted) * 1000) / elapsed;
    this.countedAt += elapsed;
    this.counted = work;
  }

  /** Instructions that may run now. */
  takeQuota(): number {
    if (this.speed === 0) return Number.POSITIVE_INFINITY;
    const now = this.now();
    this.credit = Math.min(this.credit + ((now - this.paidAt) * this.speed) / 1000, 1 + this.speed * MOST_DEBT);
    this.paidAt = now;
    const quota = Math.floor(this.credit);
    this.credit -= quota;
    return quota;
  }

  /** Frames of the run can be read, and are as full as those of a step. */
  get isReadable(): boolean {
    return this.speed > 0 && this.speed <= READABLE_SPEED;
  }

  /** Milliseconds to rest before there may be more: never so long that a pause would wait for it. */
  get restMs(): number {
    return this.speed === 0 ? 0 : FRAME_MS;
  }
}

/** Lets others have the thread: at once, or after `ms`. */
export function breathe(ms: number): Promise<void> {
  if (ms > 0) return new Promise((resolve) => setTimeout(resolve, ms));
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(() => resolve()));
  // A message comes back sooner than a timer, which browsers hold for 4 ms.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
