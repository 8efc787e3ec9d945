import { PAGE_SIZE } from './pages.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot, and where it stands in the history. */
export interface Keyframe {
  readonly snapshot: Snapshot;
  /** Inputs of the journal that it contains. */
  readonly applied: number;
  /** Instructions executed from the beginning of the history to here: what it costs to come here by replay. */
  readonly work: number;
}

/** How much the past may cost. */
export interface KeyframeLimits {
  /** Snapshots, at least 4. */
  readonly count: number;
  /** Bytes of pages and parts that they hold beyond the first one's. The neighbours of the present stay whatever they weigh. */
  readonly bytes: number;
}

interface Entry extends Keyframe {
  /** Bytes that it does not share with the entry before it. */
  ownBytes: number;
}

/** The snapshots of one history in order, dense near the present and thinner the further away: the gap between two grows with their distance, so that
 *  their number grows with the logarithm of the history. */
export class Keyframes {
  private readonly limits: KeyframeLimits;
  private readonly entries: Entry[] = [];
  private total = 0;

  constructor(limits: KeyframeLimits) {
    this.limits = limits;
  }

  get length(): number {
    return this.entries.length;
  }

  /** Bytes held beyond the first one's, which are the machine's own and cannot be had for less. What neighbours share is counted once. */
  get bytes(): number {
    return this.total;
  }

  /** Number `index` in order of time, 0 <= index < length. */
  at(index: number): Keyframe {
    return this.entries[index];
  }

  /** Number of the last one at or before `tick`, -1 if there is none. */
  indexAt(tick: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle].snapshot.tick <= tick) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Adds one at the present, then thins the rest out down to the limits. */
  add(frame: Keyframe): void {
    const index = this.indexAt(frame.snapshot.tick) + 1;
    this.entries.splice(index, 0, { ...frame, ownBytes: 0 });
    this.weigh(index);
    this.weigh(index + 1);
    while (this.isOverLimits()) {
      const victim = this.leastMissed(frame.work);
      if (victim === -1) return;
      this.remove(victim);
    }
  }

  /** Forgets all after number `index`. */
  cut(index: number): void {
    while (this.entries.length > index + 1) this.remove(this.entries.length - 1);
  }

  private isOverLimits(): boolean {
    return this.entries.length > this.limits.count || this.total > this.limits.bytes;
  }

  /** The one whose absence leaves the smallest gap for its distance from the present; -1 if all must stay. The first is the beginning of all replays;
   *  one beside the present has distance 0 on one side. */
  private leastMissed(present: number): number {
    let victim = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 1; i < this.entries.length; i++) {
      const before = this.entries[i - 1].work;
      const after = this.entries[i + 1]?.work ?? Math.max(present, this.entries[i].work);
      if (before <= present && present <= after) continue;
      const missed = (after - before) / Math.min(Math.abs(present - before), Math.abs(present - after));
      if (missed < least) {
        least = missed;
        victim = i;
      }
    }
    return victim;
  }

  /** Never the first. */
  private remove(index: number): void {
    this.total -= this.entries[index].ownBytes;
    this.entries.splice(index, 1);
    this.weigh(index);
  }

  /** Counts again what entry `index` does not share with the one before it. */
  private weigh(index: number): void {
    if (index === 0 || index >= this.entries.length) return;
    const entry = this.entries[index];
    const { parts, ram } = entry.snapshot;
    let bytes = 0;
    ram.differences(this.entries[index - 1].snapshot.ram, () => {
      bytes += PAGE_SIZE;
    });
    for (const part of parts.values()) bytes += part.length;
    this.total += bytes - entry.ownBytes;
    entry.ownBytes = bytes;
  }
}
