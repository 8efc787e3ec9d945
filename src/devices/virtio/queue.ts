import {
  AVAIL_ENTRY_SIZE,
  AVAIL_F_NO_INTERRUPT,
  IDX_OFFSET,
  QUEUE_SIZE_LIMIT,
  RING_OFFSET,
  USED_ENTRY_SIZE,
  USED_F_NO_NOTIFY,
  VIRTQUEUE_PARTS,
  type VirtqueuePartName,
} from '../../arch/virtio.ts';
import { assert } from '../../base/assert.ts';
import { layout } from '../../base/layout.ts';
import type { Stateful } from '../../time/stateful.ts';
import { Chain, type Finding, walkChain } from './chain.ts';
import type { DmaMemory } from './dma.ts';

/** One queue, the same for all devices and transports: what a panel reads. */
export const VIRTQUEUE_LAYOUT = layout({
  size: 'u16',
  isReady: 'u8',
  /** The driver notified before DRIVER_OK. */
  isPending: 'u8',
  /** Of what was negotiated, as it was when the queue became ready. */
  allowsIndirect: 'u8',
  usesEventIdx: 'u8',
  /** Low and high half of each area's address. */
  descLow: 'u32',
  descHigh: 'u32',
  driverLow: 'u32',
  driverHigh: 'u32',
  deviceLow: 'u32',
  deviceHigh: 'u32',
  /** Free-running: the next entry of the available ring to take, the next of the used ring to write, and the latter when the last interrupt was decided. */
  nextAvail: 'u16',
  nextUsed: 'u16',
  decidedUsed: 'u16',
  /** The driver was told not to notify (flags, or an avail_event that lies behind). */
  isQuiet: 'u8',
  /** The device holds the chain that begins at `activeHead`, and is done with `progress` bytes (pieces, for some devices) of it. */
  isActive: 'u8',
  activeHead: 'u16',
  progress: 'f64',
  /** Tick at which the device looks at the queue again; Infinity: when it is notified. */
  dueAt: 'f64',
  // Counters since power-on, for display.
  notifications: 'f64',
  chains: 'f64',
  bytesRead: 'f64',
  bytesWritten: 'f64',
  interrupts: 'f64',
  /** Times that buffers were used and the driver did not want to know. */
  interruptsSuppressed: 'f64',
});

/** What one side tells the other, for the trace. */
export interface QueueWatcher {
  /** The rings are bad, or memory refused. The device must not touch the queue again. */
  onFinding(queue: Virtqueue, finding: Finding): void;
}

/** The device's end of a split virtqueue. virtio 1.2, "Split Virtqueues". It takes one chain at a time, in the order in which they became available, and so
 *  uses them in order. Addresses and rings belong to the driver, and nothing in them is believed. */
export class Virtqueue implements Stateful {
  readonly id: string;
  readonly index: number;
  readonly maxSize: number;
  readonly layout = VIRTQUEUE_LAYOUT;
  readonly bytes = new Uint8Array(VIRTQUEUE_LAYOUT.size);
  readonly state = VIRTQUEUE_LAYOUT.view(this.bytes);
  private readonly memory: DmaMemory;
  private readonly watcher: QueueWatcher;
  private readonly chain: Chain;
  private readonly entry = new Uint8Array(USED_ENTRY_SIZE);
  private readonly word = new Uint8Array(2);

  constructor(place: { readonly id: string; readonly index: number; readonly maxSize: number }, memory: DmaMemory, watcher: QueueWatcher) {
    const { maxSize } = place;
    assert(maxSize > 0 && maxSize <= QUEUE_SIZE_LIMIT && (maxSize & (maxSize - 1)) === 0, 'a queue has a power of 2 entries');
    this.id = place.id;
    this.index = place.index;
    this.maxSize = maxSize;
    this.memory = memory;
    this.watcher = watcher;
    this.chain = new Chain(maxSize, memory, (finding) => this.fail(finding));
    this.powerOn();
  }

  misfit(bytes: Uint8Array): string {
    const { size, progress, dueAt } = VIRTQUEUE_LAYOUT.view(bytes);
    if (!this.fits(size)) return `the queue has ${size} entries`;
    if (!Number.isSafeInteger(progress) || progress < 0) return `${progress} bytes of a buffer are done`;
    return Number.isNaN(dueAt) ? 'the time of the next look is not a number' : '';
  }

  rebuild(): void {}

  powerOn(): void {
    this.bytes.fill(0);
    this.reset();
  }

  /** To the default state; only the counters stay. virtio 1.2, "Virtqueue Reset". */
  reset(): void {
    const s = this.state;
    for (const name of ['isReady', 'isPending', 'allowsIndirect', 'usesEventIdx', 'isQuiet', 'isActive'] as const) s[name] = 0;
    for (const name of ['descLow', 'descHigh', 'driverLow', 'driverHigh', 'deviceLow', 'deviceHigh'] as const) s[name] = 0;
    for (const name of ['nextAvail', 'nextUsed', 'decidedUsed', 'activeHead', 'progress'] as const) s[name] = 0;
    s.size = this.maxSize;
    s.dueAt = Number.POSITIVE_INFINITY;
  }

  // What the driver sets through the transport ------------------------------------------------------------------------------------------
  /** Writes to a queue that is ready are lost, as "the driver MUST NOT access" it. A size that is too large for 16 bits is kept as one that is refused. */
  setSize(size: number): void {
    if (!this.state.isReady) this.state.size = size > 0xffff ? 0 : size;
  }

  /** `half` 0 is the low word of the address. */
  setAddress(part: VirtqueuePartName, half: number, value: number): void {
    if (!this.state.isReady) this.state[ADDRESS_FIELDS[part][half]] = value;
  }

  /** The low word of an area's address, or the high one; unsigned. */
  addressHalf(part: VirtqueuePartName, half: number): number {
    return this.state[ADDRESS_FIELDS[part][half]];
  }

  address(part: VirtqueuePartName): number {
    const [low, high] = ADDRESS_FIELDS[part];
    return this.state[low] + this.state[high] * 0x1_0000_0000;
  }

  /** The driver made it ready, its rings empty and their indexes 0. Checks size, alignment and memory. */
  enable(allowsIndirect: boolean, usesEventIdx: boolean): void {
    const s = this.state;
    if (s.isReady) return;
    const wrong = this.checkPlace();
    if (wrong) {
      this.fail(wrong);
      return;
    }
    for (const name of ['nextAvail', 'nextUsed', 'decidedUsed', 'isQuiet', 'isActive', 'isPending'] as const) s[name] = 0;
    s.isReady = 1;
    s.allowsIndirect = allowsIndirect ? 1 : 0;
    s.usesEventIdx = usesEventIdx ? 1 : 0;
  }

  /** The driver wants it back: "the device MUST NOT access virtual queue contents when QueueReady is zero". */
  disable(): void {
    this.state.isReady = 0;
    this.state.dueAt = Number.POSITIVE_INFINITY;
  }

  /** virtio 1.2, "Split Virtqueues": sizes and alignments. */
  private checkPlace(): Finding | null {
    const { size } = this.state;
    if (!this.fits(size)) return { reason: 'queueSize', value: size, limit: this.maxSize };
    for (const { part, misaligned, unreachable } of PLACES) {
      const { alignment, bytes } = VIRTQUEUE_PARTS[part];
      const address = this.address(part);
      // The low word tells, exactly: the number may be rounded.
      if (this.state[ADDRESS_FIELDS[part][0]] % alignment !== 0) return { reason: misaligned, value: address, limit: alignment };
      if (!this.memory.check(address, bytes(size), part === 'device')) return { reason: unreachable, value: address, limit: bytes(size) };
    }
    return null;
  }

  private fits(size: number): boolean {
    return size > 0 && size <= this.maxSize && (size & (size - 1)) === 0;
  }

  // What the device does ----------------------------------------------------------------------------------------------------------------
  /** Whether the driver made more buffers available than were taken. Reads idx, and fails the queue if it cannot be true. */
  hasAvailable(): boolean {
    const idx = this.readWord('driver', IDX_OFFSET);
    if (idx < 0) return false;
    const s = this.state;
    // "A driver MUST NOT decrement the available idx": a step backwards is a jump by almost 65536.
    const fresh = (idx - s.nextAvail) & 0xffff;
    if (fresh > s.size) {
      this.fail({ reason: 'availIndexJump', value: fresh, limit: s.size });
      return false;
    }
    return idx !== s.nextAvail;
  }

  /** The chain that the device holds, or the next one, which it holds from now on; null if there is none, or the rings are bad. */
  take(): Chain | null {
    const s = this.state;
    if (s.isActive) return this.follow(s.activeHead);
    if (!this.hasAvailable()) return null;
    const head = this.readWord('driver', RING_OFFSET + AVAIL_ENTRY_SIZE * (s.nextAvail % s.size));
    if (head < 0) return null;
    const chain = this.follow(head);
    if (chain === null) return null;
    s.nextAvail++;
    s.isActive = 1;
    s.activeHead = head;
    s.progress = 0;
    s.chains++;
    return chain;
  }

  /** Gives the chain held back to the driver, `written` bytes having been stored from its first device-writable byte on. The entry comes before idx, as
   *  the section "The Virtqueue Used Ring" demands. */
  use(written: number): void {
    const s = this.state;
    assert(s.isActive === 1, 'a chain that is used was taken');
    const view = new DataView(this.entry.buffer);
    view.setUint32(0, s.activeHead, true);
    view.setUint32(4, written, true);
    if (!this.store('device', RING_OFFSET + USED_ENTRY_SIZE * (s.nextUsed % s.size), this.entry)) return;
    s.nextUsed++;
    s.isActive = 0;
    s.bytesWritten += written;
    this.writeWord('device', IDX_OFFSET, s.nextUsed);
  }

  /** Whether the driver wants to be told of what was used since this was asked last; counts the answer. virtio 1.2, "Used Buffer Notification Suppression". */
  decideInterrupt(): boolean {
    const s = this.state;
    const before = s.decidedUsed;
    if (before === s.nextUsed) return false;
    s.decidedUsed = s.nextUsed;
    let isWanted: boolean;
    if (s.usesEventIdx) {
      const event = this.readWord('driver', RING_OFFSET + AVAIL_ENTRY_SIZE * s.size);
      if (event < 0) return false;
      isWanted = needsEvent(event, s.nextUsed, before);
    } else {
      const flags = this.readWord('driver', 0);
      if (flags < 0) return false;
      isWanted = (flags & AVAIL_F_NO_INTERRUPT) === 0;
    }
    if (isWanted) s.interrupts++;
    else s.interruptsSuppressed++;
    return isWanted;
  }

  /** Tells the driver whether to notify of new buffers. virtio 1.2, "Available Buffer Notification Suppression". */
  wantNotifications(isWanted: boolean): void {
    const s = this.state;
    if (s.usesEventIdx) {
      // Not wanted: avail_event stays where it is, and idx has passed it.
      if (isWanted) this.writeWord('device', RING_OFFSET + USED_ENTRY_SIZE * s.size, s.nextAvail);
    } else if (s.isQuiet !== (isWanted ? 0 : 1)) this.writeWord('device', 0, isWanted ? 0 : USED_F_NO_NOTIFY);
    s.isQuiet = isWanted ? 0 : 1;
  }

  private follow(head: number): Chain | null {
    const { size, allowsIndirect } = this.state;
    const table = { memory: this.memory, address: this.address('desc'), size, allowsIndirect: allowsIndirect !== 0 };
    const wrong = walkChain(this.chain, table, head);
    if (wrong) this.fail(wrong);
    return wrong ? null : this.chain;
  }

  private fail(finding: Finding): void {
    this.watcher.onFinding(this, finding);
  }

  /** 16 bits of a ring; -1 where memory refuses. */
  private readWord(part: 'driver' | 'device', offset: number): number {
    const { word } = this;
    if (this.memory.read(this.address(part) + offset, word)) return word[0] | (word[1] << 8);
    this.refused(part);
    return -1;
  }

  private writeWord(part: 'driver' | 'device', offset: number, value: number): void {
    this.word[0] = value;
    this.word[1] = value >> 8;
    this.store(part, offset, this.word);
  }

  private store(part: 'driver' | 'device', offset: number, from: Uint8Array): boolean {
    if (this.memory.write(this.address(part) + offset, from)) return true;
    this.refused(part);
    return false;
  }

  private refused(part: 'driver' | 'device'): void {
    const reason = part === 'driver' ? 'availUnreachable' : 'usedUnreachable';
    this.fail({ reason, value: this.address(part), limit: VIRTQUEUE_PARTS[part].bytes(this.state.size) });
  }
}

const ADDRESS_FIELDS = {
  desc: ['descLow', 'descHigh'],
  driver: ['driverLow', 'driverHigh'],
  device: ['deviceLow', 'deviceHigh'],
} as const satisfies Readonly<Record<VirtqueuePartName, readonly string[]>>;

const PLACES = [
  { part: 'desc', misaligned: 'descMisaligned', unreachable: 'descUnreachable' },
  { part: 'driver', misaligned: 'availMisaligned', unreachable: 'availUnreachable' },
  { part: 'device', misaligned: 'usedMisaligned', unreachable: 'usedUnreachable' },
] as const;

/** Whether an index that went from `before` to `now` passed `event`. All free-running 16 bits. */
export function needsEvent(event: number, now: number, before: number): boolean {
  return ((now - event - 1) & 0xffff) < ((now - before) & 0xffff);
}
