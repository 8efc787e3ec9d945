import { CHAIN_BYTES_LIMIT, DESC_F_INDIRECT, DESC_F_NEXT, DESC_F_WRITE, DESC_SIZE } from '../../arch/virtio.ts';
import type { VirtioReasonId } from '../../arch/virtio-reasons.ts';
import { assert } from '../../base/assert.ts';
import type { DmaMemory } from './dma.ts';

/** What is wrong with a ring: the reason, the value, and the bound that it breaks. */
export interface Finding {
  readonly reason: VirtioReasonId;
  readonly value: number;
  readonly limit: number;
}

/** Where the descriptors are. */
export interface DescriptorTable {
  readonly memory: DmaMemory;
  readonly address: number;
  /** Entries: the size of the queue. */
  readonly size: number;
  /** INDIRECT_DESC was negotiated. */
  readonly allowsIndirect: boolean;
}

/** One buffer that the driver made available: device-readable pieces, then device-writable ones. Only a view of the rings, good until time goes on: the
 *  driver may change its descriptors meanwhile, so whoever comes back later walks again. */
export class Chain {
  /** Descriptor that the available ring named. */
  head = 0;
  /** Pieces, and how many of them are device-readable. */
  count = 0;
  readableCount = 0;
  /** Bytes that the device may read, and that it may write. */
  readableBytes = 0;
  writableBytes = 0;
  readonly addresses: Float64Array;
  readonly lengths: Float64Array;
  private readonly memory: DmaMemory;
  private readonly onRefusal: (finding: Finding) => void;

  /** `capacity` is the largest size that the queue may have. `onRefusal` hears of a piece that memory let through first and refused then. */
  constructor(capacity: number, memory: DmaMemory, onRefusal: (finding: Finding) => void) {
    this.addresses = new Float64Array(capacity);
    this.lengths = new Float64Array(capacity);
    this.memory = memory;
    this.onRefusal = onRefusal;
  }

  /** Copies device-readable bytes from `offset` on, all of which must exist. False where memory refuses. */
  read(offset: number, into: Uint8Array): boolean {
    assert(offset + into.length <= this.readableBytes, 'a device reads what is device-readable');
    return this.transfer(0, offset, into, false);
  }

  /** Copies to device-writable bytes from `offset` on, all of which must exist. False where memory refuses. */
  write(offset: number, from: Uint8Array): boolean {
    assert(offset + from.length <= this.writableBytes, 'a device writes what is device-writable');
    return this.transfer(this.readableCount, offset, from, true);
  }

  /** Empties it. */
  begin(head: number): void {
    this.head = head;
    this.count = 0;
    this.readableCount = 0;
    this.readableBytes = 0;
    this.writableBytes = 0;
  }

  /** One more piece. */
  add(address: number, length: number, isWritable: boolean): void {
    this.addresses[this.count] = address;
    this.lengths[this.count] = length;
    this.count++;
    if (isWritable) this.writableBytes += length;
    else {
      this.readableBytes += length;
      this.readableCount++;
    }
  }

  private transfer(first: number, offset: number, bytes: Uint8Array, isWrite: boolean): boolean {
    let done = 0;
    let skip = offset;
    for (let i = first; done < bytes.length; i++) {
      const size = Math.min(this.lengths[i] - skip, bytes.length - done);
      if (size <= 0) {
        skip -= this.lengths[i];
        continue;
      }
      const address = this.addresses[i] + skip;
      const piece = size === bytes.length ? bytes : bytes.subarray(done, done + size);
      if (!(isWrite ? this.memory.write(address, piece) : this.memory.read(address, piece))) {
        this.onRefusal({ reason: 'bufferUnreachable', value: address, limit: size });
        return false;
      }
      done += size;
      skip = 0;
    }
    return true;
  }
}

/** Follows the chain that begins at descriptor `head` and puts its pieces into `chain`. Trusts nothing: takes at most `table.size` pieces,
 *  comes to no descriptor twice, and checks that memory has every piece. Returns what is wrong, or null. virtio 1.2, "The Virtqueue Descriptor Table". */
export function walkChain(chain: Chain, table: DescriptorTable, head: number): Finding | null {
  const { memory } = table;
  let { address, size: entries } = table;
  let at = head;
  let isIndirect = false;
  chain.begin(head);
  beginTable();
  for (;;) {
    if (at >= entries) return { reason: chain.count === 0 && !isIndirect ? 'headOutOfTable' : 'nextOutOfTable', value: at, limit: entries };
    if (isKnown(at)) return { reason: 'chainLoop', value: at, limit: entries };
    if (!memory.read(address + DESC_SIZE * at, DESC)) return { reason: 'descUnreachable', value: address, limit: DESC_SIZE * entries };
    const flags = DESC_VIEW.getUint16(12, true);
    const target = DESC_VIEW.getUint32(0, true) + DESC_VIEW.getUint32(4, true) * 0x1_0000_0000;
    const length = DESC_VIEW.getUint32(8, true);
    const next = DESC_VIEW.getUint16(14, true);
    if (flags & DESC_F_INDIRECT) {
      const wrong = checkIndirect(table, { at, flags, length, isIndirect });
      if (wrong) return wrong;
      // Its WRITE flag is ignored, as the section "Indirect Descriptors" demands.
      isIndirect = true;
      address = target;
      entries = length / DESC_SIZE;
      at = 0;
      beginTable();
      continue;
    }
    const isWritable = (flags & DESC_F_WRITE) !== 0;
    const wrong = checkPiece(chain, table, { at, target, length, isWritable });
    if (wrong) return wrong;
    chain.add(target, length, isWritable);
    if ((flags & DESC_F_NEXT) === 0) return null;
    at = next;
  }
}

const DESC = new Uint8Array(DESC_SIZE);
const DESC_VIEW = new DataView(DESC.buffer);

/** Which descriptors of the present table were visited: those that bear its mark. Heads and nexts have 16 bits. */
const MARKS = new Uint32Array(0x10000);
let mark = 0;

function beginTable(): void {
  mark = (mark + 1) >>> 0;
  if (mark !== 0) return;
  MARKS.fill(0);
  mark = 1;
}

/** Whether descriptor `at` was here before; from now on it was. "Drivers MUST NOT add a descriptor chain longer than 2^32 bytes in total; this implies that
 *  loops in the descriptor chain are forbidden!" */
function isKnown(at: number): boolean {
  if (MARKS[at] === mark) return true;
  MARKS[at] = mark;
  return false;
}

interface IndirectDescriptor {
  readonly at: number;
  readonly flags: number;
  readonly length: number;
  /** It stands in an indirect table itself. */
  readonly isIndirect: boolean;
}

/** virtio 1.2, "Indirect Descriptors". */
function checkIndirect({ allowsIndirect }: DescriptorTable, { at, flags, length, isIndirect }: IndirectDescriptor): Finding | null {
  if (!allowsIndirect) return { reason: 'indirectNotNegotiated', value: at, limit: 0 };
  if (isIndirect) return { reason: 'indirectInIndirect', value: at, limit: 0 };
  if (flags & DESC_F_NEXT) return { reason: 'indirectWithNext', value: at, limit: 0 };
  if (length === 0 || length % DESC_SIZE !== 0) return { reason: 'indirectLength', value: length, limit: DESC_SIZE };
  return null;
}

interface Piece {
  readonly at: number;
  readonly target: number;
  readonly length: number;
  readonly isWritable: boolean;
}

function checkPiece(chain: Chain, { memory, size }: DescriptorTable, { at, target, length, isWritable }: Piece): Finding | null {
  if (chain.count === size) return { reason: 'chainTooLong', value: size + 1, limit: size };
  // The text does not forbid it; QEMU does, and no driver gains by it.
  if (length === 0) return { reason: 'zeroLength', value: at, limit: 0 };
  if (!isWritable && chain.count > chain.readableCount) return { reason: 'readableAfterWritable', value: at, limit: 0 };
  if (!memory.check(target, length, isWritable)) return { reason: 'bufferUnreachable', value: target, limit: length };
  const total = chain.readableBytes + chain.writableBytes + length;
  if (total > CHAIN_BYTES_LIMIT) return { reason: 'chainTooLarge', value: total, limit: CHAIN_BYTES_LIMIT };
  return null;
}
