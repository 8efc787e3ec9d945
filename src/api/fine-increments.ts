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

  /** The next frame goes to someone who has seen none. */
  forget(): void {
    this.sent = 0;
    this.from = 0;
    this.isBehind = false;
  }

  /** The ring may have been cut at `tick`, the present. */
  cut({ written }: Trace, tick: number): void {
    if (written >= this.sent) return;
    this.sent = written;
    this.from = Math.min(this.from, tick);
  }

  /** The next ones. To a reader who can follow, all that the ring has; in a run at full speed the newest alone. */
  take(fine: Trace, isReadable: boolean): FineRecords {
    const wanted = isReadable ? (this.isBehind ? 0 : this.sent) : Math.max(this.sent, fine.written - MOST);
    const { first, words } = fine.read(wanted);
    if (first !== this.sent) {
      this.isBehind = !isReadable;
      // Others at the tick of the first may be missing.
      this.from = first === 0 ? 0 : (words[1] >>> 0) + words[2] * 0x1_0000_0000 + 1;
    }
    this.sent = first + words.length / RECORD_WORDS;
    return { first, words, recorded: this.sent, from: this.from };
  }
}
