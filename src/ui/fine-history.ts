/** What happens so often that not all of it is kept: walks of the tables, what the TLB gained and lost, accesses to devices, DMA. */
import type { FineRecords } from '../api/protocol.ts';
import { DEVICE_OPERATIONS, FLUSH_SCOPES, type FlushScope, RECORD_WORDS, TRACE_EVENTS, type TraceName } from '../trace/schema.ts';

/** Each carries the number of its record in its ring, and `at`: the tick of the first instant that shows its effect. */
export interface Happening {
  readonly record: number;
  readonly at: number;
}

/** A walk of the tables: the TLB did not have what an access needed. */
export interface WalkRecord extends Happening {
  readonly linear: number;
  readonly access: number;
  /** Entries read, of both dimensions. */
  readonly references: number;
  /** Of WALK_RESULTS: 0 is done. */
  readonly result: number;
  /** Guest-physical: of the access; of a refused one the address that could not be translated, or the entry that refused. */
  readonly physical: number;
}

/** An entry that the TLB gained, or lost for want of room. */
export interface FillRecord extends Happening {
  /** Of the page. */
  readonly linear: number;
  /** Host-physical, of the page. */
  readonly host: number;
  readonly vpid: number;
  readonly eptpLow: number;
  /** Sets of the instruction half come first. */
  readonly set: number;
  readonly isEviction: boolean;
}

/** Entries were invalidated. */
export interface FlushRecord extends Happening {
  readonly scope: FlushScope;
  readonly linear: number;
  readonly vpid: number;
  /** Entries that went. */
  readonly count: number;
}

/** The processor reached a device: IN, OUT, or a load or store in its window. */
export interface PortRecord extends Happening {
  /** Its place among those that have ports; -1 for an access to memory. */
  readonly device: number;
  readonly isMemory: boolean;
  readonly isWrite: boolean;
  /** Of the port, or host-physical. */
  readonly address: number;
  readonly value: number;
  readonly size: number;
}

/** An access of a bus master that was done. */
export interface DmaRecord extends Happening {
  /** Routing ID. */
  readonly requester: number;
  readonly isWrite: boolean;
  readonly address: number;
  readonly size: number;
}

/** Kept at most of each kind: beyond, the oldest half goes. */
const LIMIT = 1 << 16;

export class FineHistory {
  readonly walks: WalkRecord[] = [];
  readonly fills: FillRecord[] = [];
  readonly evictions: FillRecord[] = [];
  readonly flushes: FlushRecord[] = [];
  readonly ports: PortRecord[] = [];
  readonly dma: DmaRecord[] = [];
  private sentFrom = 0;
  /** Up to this tick nothing is missing. */
  until = 0;
  /** Up to this tick something was dropped here, for there was too much of it. */
  private lost = 0;
  private next = 0;
  private readonly lists: readonly Happening[][] = [this.walks, this.fills, this.evictions, this.flushes, this.ports, this.dma];

  /** All that shows behind this tick is here. */
  get from(): number {
    return Math.max(this.sentFrom, this.lost);
  }

  /** Drops what a changed past no longer has, and what is older than a gap; appends what is new. True if anything changed. */
  take({ first, words, recorded, from, until }: FineRecords): boolean {
    const keep = first > this.next ? 0 : Math.min(first, recorded);
    const isChanged = keep < this.next || words.length > 0;
    for (const list of this.lists) while (list.length > 0 && list[list.length - 1].record >= keep) list.pop();
    // Where all is gone, what comes now is the first that is known.
    if (words.length > 0 && this.lists.every((list) => list.length === 0)) this.lost = Math.min(this.lost, tickOf(words, 0));
    this.sentFrom = from;
    this.until = until;
    this.next = recorded;
    for (let at = 0; at < words.length; at += RECORD_WORDS) this.add(words, at, first + at / RECORD_WORDS);
    for (const list of this.lists) {
      if (list.length <= LIMIT) continue;
      this.lost = Math.max(this.lost, list[LIMIT / 2 - 1].at);
      list.splice(0, LIMIT / 2);
    }
    return isChanged;
  }

  /** Forgets everything: another machine. */
  clear(): void {
    for (const list of this.lists) list.length = 0;
    this.sentFrom = 0;
    this.lost = 0;
    this.until = 0;
    this.next = 0;
  }

  private add(words: Int32Array, i: number, record: number): void {
    const name: TraceName | undefined = TRACE_EVENTS[words[i] - 1]?.name;
    const tick = tickOf(words, i);
    // What an instruction does at tick t is done when t + 1 begins; devices act between two instructions.
    const when = { record, at: name === 'dma' ? tick : tick + 1 };
    const [a, b, c, d, e] = [words[i + 3] >>> 0, words[i + 4] >>> 0, words[i + 5] >>> 0, words[i + 6] >>> 0, words[i + 7] >>> 0];
    if (name === 'walk') this.walks.push({ ...when, linear: a, access: b, references: c, result: d, physical: e });
    else if (name === 'tlbFill' || name === 'tlbEvict') {
      const isEviction = name === 'tlbEvict';
      const list = isEviction ? this.evictions : this.fills;
      list.push({ ...when, linear: a, host: b, vpid: c, eptpLow: d, set: e, isEviction });
    } else if (name === 'tlbFlush') this.flushes.push({ ...when, scope: FLUSH_SCOPES[a] ?? 'context', linear: b, vpid: c, count: e });
    else if (name === 'device') this.ports.push({ ...when, ...deviceAccess(a, b), address: c, value: d, size: e });
    else if (name === 'dma') this.dma.push({ ...when, requester: a, isWrite: (b & 1) !== 0, address: c + d * 2 ** 32, size: e });
  }
}

function tickOf(words: Int32Array, i: number): number {
  return (words[i + 1] >>> 0) + words[i + 2] * 0x1_0000_0000;
}

function deviceAccess(device: number, operation: number): Pick<PortRecord, 'device' | 'isMemory' | 'isWrite'> {
  const name = DEVICE_OPERATIONS[operation];
  const isMemory = name === 'MMIO read' || name === 'MMIO write';
  return { device: isMemory ? -1 : device, isMemory, isWrite: name === 'OUT' || name === 'MMIO write' };
}
