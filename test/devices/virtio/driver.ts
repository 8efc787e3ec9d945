import {
  AVAIL_F_NO_INTERRUPT,
  DESC_F_INDIRECT,
  DESC_F_NEXT,
  DESC_F_WRITE,
  F_EVENT_IDX,
  F_VERSION_1,
  STATUS_ACKNOWLEDGE,
  STATUS_DRIVER,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
  USED_F_NO_NOTIFY,
} from '../../../src/arch/virtio.ts';
import type { DriverAccess, QueuePlace } from './access.ts';
import type { MockMemory } from './memory.ts';

/** A piece of a buffer: bytes for the device to read, or the size of a piece for it to write. */
export type Piece = Uint8Array | number;

export interface Used {
  readonly head: number;
  readonly length: number;
  /** The device-writable bytes, all of them. */
  readonly data: Uint8Array;
}

interface Buffer {
  readonly descriptors: readonly number[];
  readonly writable: readonly (readonly [number, number])[];
}

/** The driver's end of a split virtqueue, by the book: virtio 1.2, "Supplying Buffers to The Device", "Receiving Used Buffers From The Device". */
export class DriverQueue {
  readonly place: QueuePlace;
  /** Free-running. */
  nextAvail = 0;
  lastUsed = 0;
  kicks = 0;
  readonly index: number;
  private published = 0;
  readonly driver: MockDriver;
  private readonly free: number[];
  private readonly buffers = new Map<number, Buffer>();

  constructor(driver: MockDriver, index: number, place: QueuePlace) {
    this.driver = driver;
    this.index = index;
    this.place = place;
    this.free = Array.from({ length: place.size }, (_, i) => i);
  }

  /** Places a buffer in the descriptor table and names it in the available ring; `publish` shows it. Returns its head. */
  add(...pieces: Piece[]): number {
    const descriptors = pieces.map(() => this.takeFree());
    const places = pieces.map((piece) => this.driver.place(piece));
    for (const [i, d] of descriptors.entries()) {
      const isWritable = typeof pieces[i] === 'number';
      const flags = (isWritable ? DESC_F_WRITE : 0) | (i + 1 < pieces.length ? DESC_F_NEXT : 0);
      this.describe(d, places[i], [flags, descriptors[i + 1] ?? 0]);
    }
    const writable = places.filter((_, i) => typeof pieces[i] === 'number');
    return this.offer({ descriptors, writable });
  }

  /** The same through a table of indirect descriptors; those before `direct` stand in the queue's own table. */
  addIndirect(pieces: readonly Piece[], direct = 0): number {
    const places = pieces.map((piece) => this.driver.place(piece));
    const inner = pieces.slice(direct);
    const table = this.driver.allocate(16 * inner.length, 16);
    for (const [i, piece] of inner.entries()) {
      const flags = (typeof piece === 'number' ? DESC_F_WRITE : 0) | (i + 1 < inner.length ? DESC_F_NEXT : 0);
      writeDescriptor(this.driver.memory, table + 16 * i, places[direct + i], [flags, i + 1]);
    }
    const descriptors = [...pieces.slice(0, direct), 0].map(() => this.takeFree());
    for (let i = 0; i < direct; i++) {
      this.describe(descriptors[i], places[i], [DESC_F_NEXT | (typeof pieces[i] === 'number' ? DESC_F_WRITE : 0), descriptors[i + 1]]);
    }
    this.describe(descriptors[direct], [table, 16 * inner.length], [DESC_F_INDIRECT, 0]);
    return this.offer({ descriptors, writable: places.filter((_, i) => typeof pieces[i] === 'number') });
  }

  /** Increases idx, and notifies the device if it wants that. Returns whether it did. */
  kick(): boolean {
    const { memory } = this.driver;
    const before = this.published;
    memory.setU16(this.place.driver + 2, this.nextAvail);
    this.published = this.nextAvail;
    let isWanted: boolean;
    if (this.driver.has(F_EVENT_IDX)) {
      const event = memory.u16(this.place.device + 4 + 8 * this.place.size);
      isWanted = ((this.published - event - 1) & 0xffff) < ((this.published - before) & 0xffff);
    } else isWanted = (memory.u16(this.place.device) & USED_F_NO_NOTIFY) === 0;
    if (isWanted) {
      this.kicks++;
      this.driver.access.notify(this.index);
    }
    return isWanted;
  }

  /** Takes what the device has used. With EVENT_IDX asks to be told of the next one. */
  reap(): Used[] {
    const { memory } = this.driver;
    const { device, driver, size } = this.place;
    const found: Used[] = [];
    for (; this.lastUsed !== memory.u16(device + 2); this.lastUsed = (this.lastUsed + 1) & 0xffff) {
      const entry = device + 4 + 8 * (this.lastUsed % size);
      const head = memory.u32(entry);
      const buffer = this.buffers.get(head);
      if (buffer === undefined) throw new Error(`the device used ${head}, which it did not have`);
      this.buffers.delete(head);
      this.free.push(...buffer.descriptors);
      const data = buffer.writable.flatMap(([address, length]) => [...memory.bytes.subarray(address, address + length)]);
      found.push({ head, length: memory.u32(entry + 4), data: Uint8Array.from(data) });
    }
    if (this.driver.has(F_EVENT_IDX)) memory.setU16(driver + 4 + 2 * size, this.lastUsed);
    return found;
  }

  /** With EVENT_IDX: to be told when the device has used `count` more. Without: whether to be told at all. */
  wantInterrupt(count: number): void {
    const { memory } = this.driver;
    const { driver, size } = this.place;
    if (this.driver.has(F_EVENT_IDX)) memory.setU16(driver + 4 + 2 * size, this.lastUsed + count - 1);
    else memory.setU16(driver, count > 0 ? 0 : AVAIL_F_NO_INTERRUPT);
  }

  /** Writes descriptor `index` of the table. `[flags, next]`. */
  describe(index: number, place: readonly [number, number], flags: readonly [number, number]): void {
    writeDescriptor(this.driver.memory, this.place.desc + 16 * index, place, flags);
  }

  /** Names any number in the available ring. */
  offerHead(head: number): void {
    this.driver.memory.setU16(this.place.driver + 4 + 2 * (this.nextAvail % this.place.size), head);
    this.nextAvail = (this.nextAvail + 1) & 0xffff;
  }

  get room(): number {
    return this.free.length;
  }

  private offer(buffer: Buffer): number {
    const head = buffer.descriptors[0];
    this.buffers.set(head, buffer);
    this.offerHead(head);
    return head;
  }

  private takeFree(): number {
    const descriptor = this.free.shift();
    if (descriptor === undefined) throw new Error('the test has no descriptor left');
    return descriptor;
  }
}

export function writeDescriptor(memory: MockMemory, at: number, place: readonly [number, number], flags: readonly [number, number]): void {
  const [address, length] = place;
  memory.setU32(at, address % 0x1_0000_0000);
  memory.setU32(at + 4, Math.floor(address / 0x1_0000_0000));
  memory.setU32(at + 8, length);
  memory.setU16(at + 12, flags[0]);
  memory.setU16(at + 14, flags[1]);
}

/** A driver by the book over any transport. Its memory begins at 64 KiB and is used up to `end`, then again from the beginning. */
export class MockDriver {
  readonly access: DriverAccess;
  readonly memory: MockMemory;
  readonly queues: DriverQueue[] = [];
  private accepted: readonly number[] = [];
  private next = 0x10000;

  constructor(access: DriverAccess, memory: MockMemory) {
    this.access = access;
    this.memory = memory;
  }

  has(feature: number): boolean {
    return this.accepted.includes(feature);
  }

  allocate(size: number, alignment = 1): number {
    let at = Math.ceil(this.next / alignment) * alignment;
    if (at + size > this.memory.bytes.length) at = 0x40000;
    this.next = at + size;
    return at;
  }

  /** Memory for a piece: `[address, length]`. */
  place(piece: Piece): readonly [number, number] {
    const length = typeof piece === 'number' ? piece : piece.length;
    const address = this.allocate(length);
    if (typeof piece === 'number') this.memory.bytes.fill(0, address, address + length);
    else this.memory.bytes.set(piece, address);
    return [address, length];
  }

  /** Steps 1 to 6 of "Device Initialization". True if the device agrees to VERSION_1 and `features`. */
  negotiate(features: readonly number[]): boolean {
    const { access } = this;
    access.status = 0;
    access.status = STATUS_ACKNOWLEDGE;
    access.status = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
    this.accepted = [F_VERSION_1, ...features];
    for (const select of [0, 1]) {
      access.accept(
        select,
        this.accepted.filter((bit) => bit >>> 5 === select).reduce((word, bit) => word | (1 << (bit & 31)), 0),
      );
    }
    access.status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    return (access.status & STATUS_FEATURES_OK) !== 0;
  }

  /** Step 7: a queue of `size` entries in zeroed memory. */
  openQueue(index: number, size: number): DriverQueue {
    const desc = this.allocate(16 * size, 16);
    const driver = this.allocate(6 + 2 * size, 2);
    const device = this.allocate(6 + 8 * size, 4);
    this.memory.bytes.fill(0, desc, device + 6 + 8 * size);
    const queue = new DriverQueue(this, index, { size, desc, driver, device });
    this.queues[index] = queue;
    this.access.setQueue(index, queue.place);
    return queue;
  }

  /** Step 8. */
  goLive(): void {
    this.access.status = this.access.status | STATUS_DRIVER_OK;
  }

  /** All steps, with a queue of at most `size` entries wherever there is one. */
  start(features: readonly number[], size = 16): void {
    this.next = 0x10000;
    if (!this.negotiate(features)) throw new Error('the device refuses the features');
    for (let i = 0; i < 10; i++) {
      const max = this.access.queueMax(i);
      if (max > 0) this.openQueue(i, Math.min(size, max));
    }
    this.goLive();
  }
}
