import { RECORD_WORDS } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';
import type { FineRecords } from './protocol.ts';

/** Records that a frame carries while the machine runs faster than a reader can follow. */
const MOST = 2048;

/** What of a machine's fine ring goes into each frame. */
export class FineIncrements {
  private sent = 0;
  private from = 0;
  /** Some were passed over that the ring may still hold. */
  private isBehind = false;
  private epoch = 0;

  /** The next frame goes to someone who has seen none. */
  forget(): void {
    this.sent = 0;
    this.isBehind = false;
  }

  /** The ring may have been cut at `tick`, the present. */
  cut({ written, epoch }: Trace, tick: number): void {
    if (epoch !== this.epoch) this.forget();
    this.epoch = epoch;
    if (written >= this.sent) return;
    this.sent = written;
    this.from = Math.min(this.from, tick);
  }

  /** The next ones, at `tick`. To a reader who can follow, all that the ring has; in a run at full speed the newest alone. */
  take(fine: Trace, tick: number, isReadable: boolean): FineRecords {
    this.cut(fine, tick);
    const wanted = isReadable ? (this.isBehind ? 0 : this.sent) : Math.max(this.sent, fine.written - MOST);
    const { first, words } = fine.read(wanted);
    if (first !== this.sent) this.isBehind = !isReadable;
    if (first !== this.sent || first === 0) this.from = fine.completeFrom(first);
    this.sent = first + words.length / RECORD_WORDS;
    return { first, words, recorded: this.sent, from: this.from, until: Math.max(fine.until, tick) };
  }
}
