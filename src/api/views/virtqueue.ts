/** One split virtqueue as it lies in memory: its three areas, the chains in them, and who has which descriptor. virtio 1.2, "Split Virtqueues". */
import {
  AVAIL_ENTRY_SIZE,
  DESC_F_INDIRECT,
  DESC_F_NEXT,
  DESC_SIZE,
  IDX_OFFSET,
  RING_OFFSET,
  USED_ENTRY_SIZE,
  VIRTQUEUE_PARTS,
} from '../../arch/virtio.ts';
import type { Virtqueue } from '../../devices/virtio/queue.ts';
import type { Peek } from './peek.ts';

/** Who has a descriptor. `free`: the driver, in no ring. `posted`: in the available ring, the device has not come to it. `held`: the device is at work on it.
 *  `returned`: in the used ring; whether the driver has seen it is the driver's affair. */
export type DescriptorOwner = 'free' | 'posted' | 'held' | 'returned';

/** A descriptor of a table, indirect ones among them. */
export interface PieceView {
  readonly index: number;
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
  /** The first bytes of its buffer; null where they cannot be read, or nobody has a use for them. */
  readonly bytes: Uint8Array | null;
  /** Where in host memory the buffer begins; null likewise. */
  readonly host: number | null;
}

export interface DescriptorView extends PieceView {
  readonly owner: DescriptorOwner;
  /** First descriptor of the chain that it is in, and its place there from 0; null: in none. */
  readonly head: number | null;
  readonly position: number;
  /** The table that it refers to, if it is indirect and can be read. */
  readonly table: readonly PieceView[] | null;
}

export interface AvailableView {
  readonly flags: number;
  /** Free-running; its place in the ring is idx modulo size. */
  readonly idx: number;
  readonly ring: readonly number[];
  /** Means something with EVENT_IDX. */
  readonly usedEvent: number;
}

export interface UsedView {
  readonly flags: number;
  readonly idx: number;
  readonly ring: readonly { readonly id: number; readonly length: number }[];
  readonly availEvent: number;
}

export interface QueueView {
  readonly index: number;
  readonly name: string;
  readonly size: number;
  readonly maxSize: number;
  readonly isReady: boolean;
  readonly allowsIndirect: boolean;
  readonly usesEventIdx: boolean;
  /** Addresses of descriptor table, available ring and used ring. */
  readonly desc: number;
  readonly driver: number;
  readonly device: number;
  /** Null while the queue is not ready, and where memory refuses. */
  readonly available: AvailableView | null;
  readonly used: UsedView | null;
  /** Empty then. At most MOST of a large table. */
  readonly descriptors: readonly DescriptorView[];
  /** Free-running: the next entry of the available ring that the device takes, and of the used ring that it writes. */
  readonly nextAvail: number;
  readonly nextUsed: number;
  /** Head of the chain that the device holds, and how far it is. */
  readonly active: { readonly head: number; readonly progress: number } | null;
  /** Tick at which the device looks at the queue; null: when it is notified. */
  readonly dueAt: number | null;
  /** The device would do something with a buffer now; false for a receive queue with nothing to receive. */
  readonly isWanted: boolean;
  readonly counters: {
    readonly notifications: number;
    /** Buffers that the device found without a notification of their own. */
    readonly notificationsSaved: number;
    readonly chains: number;
    readonly bytesRead: number;
    readonly bytesWritten: number;
    readonly interrupts: number;
    readonly interruptsSuppressed: number;
  };
}

/** Descriptors that are shown of one table. */
const MOST = 256;
/** Bytes that are shown of one buffer. */
const SAMPLE = 64;

/** `peek` is memory as the device reaches it. */
export function queueView(queue: Virtqueue, name: string, peek: Peek, isWanted: boolean): QueueView {
  const s = queue.state;
  const [desc, driver, device] = (['desc', 'driver', 'device'] as const).map((part) => queue.address(part));
  const available = s.isReady ? availableAt(peek, driver, s.size) : null;
  const used = s.isReady ? usedAt(peek, device, s.size) : null;
  return {
    ...{ index: queue.index, name, size: s.size, maxSize: queue.maxSize, isReady: s.isReady !== 0 },
    ...{ allowsIndirect: s.allowsIndirect !== 0, usesEventIdx: s.usesEventIdx !== 0, desc, driver, device, available, used },
    descriptors: s.isReady ? descriptorsOf(queue, peek, available, used) : [],
    ...{ nextAvail: s.nextAvail, nextUsed: s.nextUsed, dueAt: s.dueAt === Number.POSITIVE_INFINITY ? null : s.dueAt, isWanted },
    active: s.isActive ? { head: s.activeHead, progress: s.progress } : null,
    counters: {
      ...{ notifications: s.notifications, notificationsSaved: Math.max(0, s.chains - s.notifications), chains: s.chains },
      ...{ bytesRead: s.bytesRead, bytesWritten: s.bytesWritten },
      ...{ interrupts: s.interrupts, interruptsSuppressed: s.interruptsSuppressed },
    },
  };
}

function availableAt(peek: Peek, address: number, size: number): AvailableView | null {
  const bytes = peek.read(address, VIRTQUEUE_PARTS.driver.bytes(size));
  if (bytes === null) return null;
  const data = new DataView(bytes.buffer);
  const half = (at: number): number => data.getUint16(at, true);
  return {
    flags: half(0),
    idx: half(IDX_OFFSET),
    ring: Array.from({ length: size }, (_, i) => half(RING_OFFSET + AVAIL_ENTRY_SIZE * i)),
    usedEvent: half(RING_OFFSET + AVAIL_ENTRY_SIZE * size),
  };
}

function usedAt(peek: Peek, address: number, size: number): UsedView | null {
  const bytes = peek.read(address, VIRTQUEUE_PARTS.device.bytes(size));
  if (bytes === null) return null;
  const data = new DataView(bytes.buffer);
  const entry = (i: number): number => RING_OFFSET + USED_ENTRY_SIZE * i;
  return {
    flags: data.getUint16(0, true),
    idx: data.getUint16(IDX_OFFSET, true),
    ring: Array.from({ length: size }, (_, i) => ({ id: data.getUint32(entry(i), true), length: data.getUint32(entry(i) + 4, true) })),
    availEvent: data.getUint16(entry(size), true),
  };
}

/** What a descriptor says of itself. */
type Raw = Pick<PieceView, 'index' | 'address' | 'length' | 'flags' | 'next'>;

/** A descriptor's place in a chain. */
interface Link {
  readonly owner: DescriptorOwner;
  readonly head: number;
  readonly position: number;
}

function descriptorsOf(queue: Virtqueue, peek: Peek, available: AvailableView | null, used: UsedView | null): readonly DescriptorView[] {
  const s = queue.state;
  const table = tableAt(peek, queue.address('desc'), s.size);
  if (table === null) return [];
  const links = new Map<number, Link>();
  if (s.isActive) follow(table, s.activeHead, 'held', links);
  // What the driver says it posted cannot be more than the ring has; a lying idx is the device's to find.
  const posted = available === null ? 0 : Math.min(s.size, (available.idx - s.nextAvail) & 0xffff);
  for (let i = 0; i < posted; i++) follow(table, available?.ring[(s.nextAvail + i) % s.size] ?? 0, 'posted', links);
  const returned = used === null ? 0 : Math.min(s.size, s.nextUsed);
  // The latest first: a descriptor that was used twice is where it was last.
  for (let i = 1; i <= returned; i++) follow(table, used?.ring[(s.nextUsed - i + s.size) % s.size].id ?? 0, 'returned', links);
  return table.slice(0, MOST).map((raw) => describe(raw, links.get(raw.index), peek));
}

function describe(raw: Raw, link: Link | undefined, peek: Peek): DescriptorView {
  const isIndirect = (raw.flags & DESC_F_INDIRECT) !== 0;
  const entries = isIndirect && link !== undefined ? tableAt(peek, raw.address, Math.min(MOST, Math.floor(raw.length / DESC_SIZE))) : null;
  return {
    ...raw,
    owner: link?.owner ?? 'free',
    head: link?.head ?? null,
    position: link?.position ?? 0,
    ...(link === undefined ? NOTHING : sample(peek, raw)),
    table: entries?.map((entry) => ({ ...entry, ...sample(peek, entry) })) ?? null,
  };
}

/** Marks the chain from `head` on, as far as its descriptors are nobody's yet: so it ends, whatever the driver wrote. */
function follow(table: readonly Raw[], head: number, owner: DescriptorOwner, links: Map<number, Link>): void {
  let at = head;
  for (let position = 0; at < table.length && !links.has(at); position++) {
    links.set(at, { owner, head, position });
    const { flags, next } = table[at];
    if ((flags & DESC_F_NEXT) === 0) return;
    at = next;
  }
}

function tableAt(peek: Peek, address: number, size: number): readonly Raw[] | null {
  const bytes = peek.read(address, DESC_SIZE * size);
  if (bytes === null) return null;
  const data = new DataView(bytes.buffer);
  return Array.from({ length: size }, (_, index) => {
    const at = DESC_SIZE * index;
    const high = data.getUint32(at + 4, true) * 0x1_0000_0000;
    return {
      index,
      address: data.getUint32(at, true) + high,
      length: data.getUint32(at + 8, true),
      flags: data.getUint16(at + 12, true),
      next: data.getUint16(at + 14, true),
    };
  });
}

const NOTHING = { bytes: null, host: null };

/** The beginning of a buffer, and where it is. */
function sample(peek: Peek, { address, length }: Raw): Pick<PieceView, 'bytes' | 'host'> {
  return length === 0 ? NOTHING : { bytes: peek.read(address, Math.min(length, SAMPLE)), host: peek.host(address) };
}
