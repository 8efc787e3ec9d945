/** What happened, gathered from the frames' trace records: exits, events, and which world ran when. Grows with the recording and shrinks when the past is changed. */
import type { FineRecords } from '../api/protocol.ts';
import {
  RECORD_WORDS,
  STATUS_BY_ITSELF,
  TRACE_EVENTS,
  tracedDevice,
  type TraceName,
  VIRTQUEUE_OPERATIONS,
  type VirtqueueOperation,
} from '../trace/schema.ts';
import { FineHistory, type Happening } from './fine-history.ts';

/** A VM exit, or a VM entry that failed. */
export interface ExitRecord extends Happening {
  /** Basic reason. */
  readonly reason: number;
  readonly isFailedEntry: boolean;
  readonly qualification: number;
  readonly guestEip: number;
  readonly guestPhysical: number;
  readonly guestLinear: number;
}

/** An exception or interrupt on its way through the IDT. */
export interface EventRecord extends Happening {
  readonly vector: number;
  /** As in interruption information: 0 external, 2 NMI, 3 hardware exception, 4 software interrupt, 5 and 6 software exceptions. */
  readonly type: number;
  readonly errorCode: number;
  /** Of a page fault. */
  readonly linear: number;
  readonly eip: number;
}

/** Something at a virtqueue. */
export interface QueueRecord extends Happening {
  /** A `deviceWord` of trace/schema.ts. */
  readonly device: number;
  readonly queue: number;
  readonly operation: VirtqueueOperation;
  /** Descriptor of a chain that was taken or used, else an index of the ring. */
  readonly index: number;
  /** Bytes of the chain, or bytes written into it. */
  readonly length: number;
}

/** The status of a virtio device changed. */
export interface StatusRecord extends Happening {
  readonly device: number;
  readonly status: number;
  /** Of arch/virtio-reasons.ts, 0 for none, with its numbers, and the queue that is to blame. */
  readonly reason: number;
  readonly value: number;
  readonly limit: number;
  readonly queue: number;
}

/** A request that the IOMMU refused. */
export interface RefusalRecord extends Happening {
  readonly requester: number;
  readonly reason: number;
  readonly isWrite: boolean;
  readonly address: number;
}

/** Virtual functions came or went. */
export interface VfRecord extends Happening {
  /** Routing ID of the physical function, and of the first virtual one. */
  readonly physical: number;
  readonly first: number;
  /** That there are now. */
  readonly count: number;
}

/** From `at` on this world runs. */
export interface Transition extends Happening {
  readonly world: 'root' | 'guest';
  readonly guestEip: number;
  /** VM-entry interruption information of an entry, 0 without an injected event. */
  readonly injection: number;
  /** Of the guest, 0 without VPIDs; of root, 0. */
  readonly vpid: number;
}

/** A run of ticks in one world. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly world: 'root' | 'guest';
}

/** Trace records of one frame, as the protocol has them. */
export interface TracePiece {
  readonly first: number;
  readonly words: Int32Array;
  readonly recorded: number;
}

/** Kept at most of each kind: beyond, the oldest half goes. */
const LIMIT = 1 << 17;

export class History {
  readonly exits: ExitRecord[] = [];
  readonly events: EventRecord[] = [];
  readonly transitions: Transition[] = [];
  /** Instants behind a VM entry that failed without an exit: VMfail. */
  readonly failures: Happening[] = [];
  /** What virtio devices did, and what they became. */
  readonly queues: QueueRecord[] = [];
  readonly statuses: StatusRecord[] = [];
  readonly refusals: RefusalRecord[] = [];
  readonly vfs: VfRecord[] = [];
  /** What is frequent; see fine-history.ts. */
  private readonly fine = new FineHistory();
  readonly walks = this.fine.walks;
  readonly fills = this.fine.fills;
  readonly evictions = this.fine.evictions;
  readonly flushes = this.fine.flushes;
  readonly ports = this.fine.ports;
  readonly dma = this.fine.dma;
  /** Changes whenever something else does. */
  version = 0;

  private readonly lists: readonly Happening[][] = [
    ...[this.exits, this.events, this.transitions, this.failures],
    ...[this.queues, this.statuses, this.refusals, this.vfs],
  ];

  /** Appends what is new, after dropping what a changed past no longer has. */
  take({ first, words, recorded }: TracePiece): void {
    const keep = Math.min(first, recorded);
    for (const list of this.lists) {
      const length = countWhile(list, (item) => item.record < keep);
      if (length === list.length) continue;
      list.length = length;
      this.version++;
    }
    for (let i = 0; i * RECORD_WORDS < words.length; i++) this.add(words, i * RECORD_WORDS, first + i);
    for (const list of this.lists) if (list.length > LIMIT) list.splice(0, LIMIT / 2);
  }

  /** The same, of the frequent ones. */
  takeFine(piece: FineRecords): void {
    if (this.fine.take(piece)) this.version++;
  }

  /** The tick from which on the frequent ones are all here. */
  get fineFrom(): number {
    return this.fine.from;
  }

  /** The tick up to which they are: what was recorded behind it is known again when one comes there. */
  get fineUntil(): number {
    return this.fine.until;
  }

  /** Forgets everything: another machine. */
  clear(): void {
    this.fine.clear();
    for (const list of this.lists) list.length = 0;
    this.version++;
  }

  /** The last exit whose effect is visible at `tick`. */
  exitBefore(tick: number): ExitRecord | null {
    return lastAt(this.exits, tick);
  }

  /** The last change of worlds that is visible at `tick`. */
  transitionBefore(tick: number): Transition | null {
    return lastAt(this.transitions, tick);
  }

  /** The exit that root is dealing with at `tick`: none before the first, nor while the guest runs. */
  openExit(tick: number): ExitRecord | null {
    const exit = this.exitBefore(tick);
    const transition = this.transitionBefore(tick);
    return exit && (!transition || transition.record <= exit.record) ? exit : null;
  }

  /** Spans of the worlds within `from` to `to`, in order. Before the first transition there is no VMX worth a span, unless it is an exit. */
  spans(from: number, to: number): Span[] {
    const { transitions } = this;
    const spans: Span[] = [];
    let i = Math.max(0, countWhile(transitions, (t) => t.at <= from) - 1);
    if (transitions[0]?.world === 'root' && transitions[0].at > from)
      spans.push({ from: Math.max(0, from), to: Math.min(transitions[0].at, to), world: 'guest' });
    for (; i < transitions.length && transitions[i].at < to; i++) {
      const end = Math.min(transitions[i + 1]?.at ?? to, to);
      const start = Math.max(transitions[i].at, from);
      if (end > start) spans.push({ from: start, to: end, world: transitions[i].world });
    }
    return spans;
  }

  private add(words: Int32Array, at: number, record: number): void {
    const name: TraceName | undefined = TRACE_EVENTS[words[at] - 1]?.name;
    // An event at tick t is done when t + 1 begins.
    const when = { record, at: (words[at + 1] >>> 0) + words[at + 2] * 0x1_0000_0000 + 1 };
    const [a, b, c, d, e] = Array.from(words.subarray(at + 3, at + RECORD_WORDS), (word) => word >>> 0);
    if (name === 'vmExit') {
      this.exits.push({
        ...{ ...when, reason: a & 0xffff, isFailedEntry: false, qualification: b },
        ...{ guestEip: c, guestPhysical: d, guestLinear: e },
      });
      this.transitions.push({ ...when, world: 'root', guestEip: c, injection: 0, vpid: 0 });
    } else if (name === 'vmEntry') this.transitions.push({ ...when, world: 'guest', guestEip: b, injection: c, vpid: d });
    else if (name === 'vmEntryFailed') this.addFailure(when, a);
    else if (name === 'virtqueue' || name === 'virtioStatus') this.addVirtio(name, when, [a, b, c, d, e]);
    else if (name === 'interrupt') this.events.push({ ...when, vector: a, type: b, errorCode: c, linear: d, eip: e });
    else if (name === 'virtualFunctions') this.vfs.push({ ...when, physical: a, count: b, first: c });
    // Devices act between two instructions.
    else if (name === 'iommuFault')
      this.refusals.push({ ...when, at: when.at - 1, requester: a, reason: b, isWrite: c !== 0, address: d + e * 2 ** 32 });
    else return;
    this.version++;
  }

  /** What a device does by itself happens between two instructions, and so does all that those of virtual machines do: it shows at its own tick. */
  private addVirtio(name: 'virtqueue' | 'virtioStatus', after: Happening, [device, b, c, d, e]: readonly number[]): void {
    const isOwn = tracedDevice(device).vm !== null;
    const before = { ...after, at: after.at - 1 };
    if (name === 'virtioStatus') {
      const when = isOwn || b & STATUS_BY_ITSELF ? before : after;
      this.statuses.push({ ...when, device, status: b & 0xff, queue: b >>> 16, reason: c, value: d, limit: e });
      return;
    }
    const operation = VIRTQUEUE_OPERATIONS[c] ?? 'notify';
    this.queues.push({ ...(isOwn || operation !== 'notify' ? before : after), device, queue: b, operation, index: d, length: e });
  }

  /** A failed check of controls or host state is no exit: VMLAUNCH goes on with an error number. */
  private addFailure(when: Happening, reason: number): void {
    this.failures.push(when);
    if (reason === 0) return;
    const nothing = { qualification: 0, guestEip: 0, guestPhysical: 0, guestLinear: 0 };
    this.exits.push({ ...when, reason: reason & 0xffff, isFailedEntry: true, ...nothing });
  }
}

/** Items of a list in order whose effect shows in (`from`, `to`]. */
export function within<T extends Happening>(list: readonly T[], from: number, to: number): readonly T[] {
  return list.slice(
    countWhile(list, (item) => item.at <= from),
    countWhile(list, (item) => item.at <= to),
  );
}

function lastAt<T extends Happening>(list: readonly T[], tick: number): T | null {
  return list[countWhile(list, (item) => item.at <= tick) - 1] ?? null;
}

/** How many items at the beginning of a sorted list satisfy `test`. */
function countWhile<T>(list: readonly T[], test: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
