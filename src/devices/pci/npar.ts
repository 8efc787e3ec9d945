/** NIC partitioning: one port of a network card shown as several physical functions, each with a guaranteed and a largest share of the wire. It is a vendor's
 *  feature, not PCI's: the shares are set in the card, and neither IOMMU nor hypervisor need know. */
import { assert } from '../../base/assert.ts';
import { type ArrayField, layout } from '../../base/layout.ts';
import type { Device } from '../device.ts';
import type { Link, Station } from '../virtio/link.ts';

export const MOST_PARTITIONS = 8;
/** Bytes of frames, each with its length before it, that wait in a partition. */
const QUEUE_SIZE = 0x4000;
const LENGTH_SIZE = 2;
const MOST_FRAME = 1514;
const NOBODY = 0xff;
/** Bytes by which a partition may make up for having been allowed to send while the wire was busy: a frame of every other one. */
const SLACK = MOST_PARTITIONS * MOST_FRAME;

const EACH = ['f64', MOST_PARTITIONS] as const;
const NPAR_LAYOUT = layout({
  /** Frames that wait, a ring for each partition. */
  queues: ['u8', MOST_PARTITIONS * QUEUE_SIZE],
  heads: ['u32', MOST_PARTITIONS],
  used: ['u32', MOST_PARTITIONS],
  /** Who is sending, and the instant (a fraction of a tick) at which the wire is free again. */
  sender: 'u8',
  freeAt: 'f64',
  /** Virtual time of fair queueing, and each partition's tag of its next frame and of the end of its last. */
  virtual: 'f64',
  starts: EACH,
  finishes: EACH,
  /** Instant before which the largest share forbids the next frame. */
  allowedAt: EACH,
  // Counters since power-on, for display.
  framesSent: EACH,
  bytesSent: EACH,
  framesDropped: EACH,
  /** Bytes in the present virtual second, and in the one before. */
  second: 'f64',
  bytesThisSecond: EACH,
  bytesLastSecond: EACH,
});

/** Percent of the port's speed. */
export interface PartitionShare {
  /** Guaranteed while there is something to send; those of all partitions make 100. */
  readonly min: number;
  /** Never exceeded for longer than a few frames take; at least `min`. */
  readonly max: number;
}

/** What the port needs of the machine. */
export interface NparHost {
  now(): number;
  readonly ticksPerSecond: number;
  rewake(): void;
}

export interface NparOptions {
  readonly bytesPerSecond: number;
  readonly shares: readonly PartitionShare[];
}

/** The port: partitions join it as stations join a link, in the order of their shares. Start-time fair queueing by the guaranteed shares, among those whose
 *  largest share allows it; so the guarantees hold, and what some leave idle goes to the others by the same weights. All instants are computed from frame
 *  lengths, none from when somebody looked. P. Goyal, H. Vin, H. Cheng, "Start-time Fair Queuing" (1996). */
export class PartitionedPort implements Link, Device {
  readonly id: string;
  readonly title = 'Partitioned network port';
  readonly ports = [] as const;
  readonly registers = [] as const;
  readonly layout = NPAR_LAYOUT;
  readonly bytes = new Uint8Array(NPAR_LAYOUT.size);
  readonly state = NPAR_LAYOUT.view(this.bytes);
  readonly shares: readonly PartitionShare[];
  private readonly host: NparHost;
  private readonly uplink: Link;
  readonly ticksPerByte: number;
  private readonly partitions: Station[] = [];
  /** The partitions as the link outside knows them. */
  private readonly outside: Station[] = [];

  constructor(id: string, host: NparHost, uplink: Link, { bytesPerSecond, shares }: NparOptions) {
    const sum = shares.reduce((total, { min }) => total + min, 0);
    assert(shares.length > 0 && shares.length <= MOST_PARTITIONS, 'a port has 1 to 8 partitions');
    assert(sum === 100 && shares.every(({ min, max }) => min >= 1 && max >= min && max <= 100), 'guaranteed shares make 100 percent');
    this.id = id;
    this.host = host;
    this.uplink = uplink;
    this.shares = shares;
    this.ticksPerByte = host.ticksPerSecond / bytesPerSecond;
    this.reset();
  }

  reset(): void {
    this.bytes.fill(0);
    this.state.sender = NOBODY;
  }

  misfit(bytes: Uint8Array): string {
    const { sender, used } = NPAR_LAYOUT.view(bytes);
    if (sender !== NOBODY && sender >= this.shares.length) return `partition ${sender} is sending, of ${this.shares.length}`;
    const isInside = Array.from({ length: used.length }, (_, i) => used.at(i) <= QUEUE_SIZE).every(Boolean);
    return isInside ? '' : 'there are more bytes than a queue can hold';
  }

  rebuild(): void {}

  readPort(): number {
    return 0xff;
  }

  writePort(): void {}

  /** The next partition's function takes its place. */
  join(station: Station): void {
    const partition = this.partitions.length;
    assert(partition < this.shares.length, 'there is a partition for each station');
    this.partitions.push(station);
    const outside: Station = { receive: (frame) => station.receive(frame) };
    this.outside.push(outside);
    this.uplink.join(outside);
  }

  /** A partition sends: its frame waits for its turn, or is dropped where its queue is full. */
  send(from: Station, frame: Uint8Array): void {
    const s = this.state;
    const partition = this.partitions.indexOf(from);
    const size = LENGTH_SIZE + frame.length;
    this.settle(this.host.now());
    if (frame.length > MOST_FRAME || s.used.at(partition) + size > QUEUE_SIZE) {
      add(s.framesDropped, partition, 1);
      return;
    }
    if (s.used.at(partition) === 0) s.starts.set(partition, Math.max(s.virtual, s.finishes.at(partition)));
    this.append(partition, Uint8Array.of(frame.length & 0xff, frame.length >> 8));
    this.append(partition, frame);
    if (s.sender === NOBODY) this.next(this.host.now());
    this.host.rewake();
  }

  /** Tick at which the wire is free, or a partition may send that had to wait for its largest share. */
  nextWake(): number {
    if (this.state.sender !== NOBODY) return Math.ceil(this.state.freeAt);
    return Math.ceil(this.earliest());
  }

  wake(now: number): void {
    this.settle(now);
  }

  /** Bytes that partition `partition` moved in the last whole virtual second. */
  bytesPerSecond(partition: number): number {
    const s = this.state;
    const second = Math.floor(this.host.now() / this.host.ticksPerSecond);
    if (second === s.second) return s.bytesLastSecond.at(partition);
    return second === s.second + 1 ? s.bytesThisSecond.at(partition) : 0;
  }

  /** Everything that is over by `now`, in order. */
  private settle(now: number): void {
    const s = this.state;
    while (s.sender !== NOBODY || this.earliest() <= now) {
      if (s.sender === NOBODY) this.next(this.earliest());
      else if (s.freeAt > now) return;
      else {
        const at = s.freeAt;
        this.deliver(at);
        this.next(at);
      }
    }
  }

  /** The frame that was on the wire has arrived. */
  private deliver(at: number): void {
    const s = this.state;
    const partition = s.sender;
    const frame = this.take(partition);
    s.sender = NOBODY;
    if (s.used.at(partition) > 0) s.starts.set(partition, s.finishes.at(partition));
    this.count(partition, frame.length, at);
    this.uplink.send(this.outside[partition], frame);
  }

  private count(partition: number, size: number, at: number): void {
    const s = this.state;
    const second = Math.floor(at / this.host.ticksPerSecond);
    if (second !== s.second) {
      for (let i = 0; i < MOST_PARTITIONS; i++) {
        s.bytesLastSecond.set(i, second === s.second + 1 ? s.bytesThisSecond.at(i) : 0);
        s.bytesThisSecond.set(i, 0);
      }
      s.second = second;
    }
    add(s.framesSent, partition, 1);
    add(s.bytesSent, partition, size);
    add(s.bytesThisSecond, partition, size);
  }

  /** Puts the next frame on the wire at instant `at`: of those that may, the one with the smallest tag. */
  private next(at: number): void {
    const s = this.state;
    let chosen = NOBODY;
    for (let i = 0; i < this.shares.length; i++) {
      const isReady = s.used.at(i) > 0 && s.allowedAt.at(i) <= at;
      if (isReady && (chosen === NOBODY || s.starts.at(i) < s.starts.at(chosen))) chosen = i;
    }
    if (chosen === NOBODY) return;
    const { min, max } = this.shares[chosen];
    const ticks = this.lengthAt(chosen) * this.ticksPerByte;
    // A partition that its largest share held back has earned no credit meanwhile.
    const start = Math.max(s.starts.at(chosen), s.virtual);
    s.virtual = start;
    s.finishes.set(chosen, start + (ticks * 100) / min);
    s.allowedAt.set(chosen, Math.max(s.allowedAt.at(chosen), at - SLACK * this.ticksPerByte) + (ticks * 100) / max);
    s.sender = chosen;
    s.freeAt = at + ticks;
  }

  /** Instant at which some waiting frame may go out, were the wire free; Infinity if none waits. */
  private earliest(): number {
    const s = this.state;
    let at = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.shares.length; i++) if (s.used.at(i) > 0) at = Math.min(at, s.allowedAt.at(i));
    return at;
  }

  private append(partition: number, bytes: Uint8Array): void {
    const { heads, used } = this.state;
    const at = (heads.at(partition) + used.at(partition)) % QUEUE_SIZE;
    const first = bytes.subarray(0, QUEUE_SIZE - at);
    // The rings are the first field of the state.
    this.bytes.set(first, partition * QUEUE_SIZE + at);
    this.bytes.set(bytes.subarray(first.length), partition * QUEUE_SIZE);
    add(used, partition, bytes.length);
  }

  /** Length of the frame at the head of a queue that is not empty. What the bytes say is bounded, as they may come from a file. */
  private lengthAt(partition: number): number {
    const length = this.byteAt(partition, 0) | (this.byteAt(partition, 1) << 8);
    return Math.min(length, Math.max(0, this.state.used.at(partition) - LENGTH_SIZE));
  }

  private byteAt(partition: number, offset: number): number {
    return this.bytes[partition * QUEUE_SIZE + ((this.state.heads.at(partition) + offset) % QUEUE_SIZE)];
  }

  private take(partition: number): Uint8Array {
    const { heads, used } = this.state;
    const length = this.lengthAt(partition);
    const frame = Uint8Array.from({ length }, (_, i) => this.byteAt(partition, LENGTH_SIZE + i));
    heads.set(partition, (heads.at(partition) + LENGTH_SIZE + length) % QUEUE_SIZE);
    used.set(partition, Math.max(0, used.at(partition) - LENGTH_SIZE - length));
    return frame;
  }
}

function add(field: ArrayField, index: number, amount: number): void {
  field.set(index, field.at(index) + amount);
}
