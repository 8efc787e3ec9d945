import type { VirtioReasonId } from '../../../src/arch/virtio-reasons.ts';
import type { Virtqueue } from '../../../src/devices/virtio/queue.ts';
import type { MockMemory } from './memory.ts';

/** What a second reader, written from the text alone, thinks of a queue as it stands. */
export interface Verdict {
  /** What is wrong with the buffers that the device holds or will take next, one entry for each, in order; null is a good one. */
  readonly chains: readonly (VirtioReasonId | null)[];
  /** Buffers that the device may write, `[first, end)`: a driver that puts its own rings there is its own oracle's enemy. */
  readonly writable: readonly (readonly [number, number])[];
}

interface Descriptor {
  readonly address: number;
  readonly length: number;
  readonly isNext: boolean;
  readonly isWrite: boolean;
  readonly isIndirect: boolean;
  readonly next: number;
}

/** Judges all that is in a queue. Shares no code with the device. */
export function judge(memory: MockMemory, queue: Virtqueue): Verdict {
  const { state } = queue;
  const { size } = state;
  const desc = queue.address('desc');
  const avail = queue.address('driver');
  const chains: (VirtioReasonId | null)[] = [];
  const writable: (readonly [number, number])[] = [];
  const look = (head: number): void => {
    const pieces: Descriptor[] = [];
    chains.push(follow(memory, { desc, size, isIndirectAllowed: state.allowsIndirect !== 0 }, head, pieces));
    for (const { address, length, isWrite } of pieces) if (isWrite) writable.push([address, address + length]);
  };
  if (state.isActive) look(state.activeHead);
  if (!memory.check(avail, 4)) return { chains: [...chains, 'availUnreachable'], writable };
  const fresh = (memory.u16(avail + 2) - state.nextAvail + 0x10000) % 0x10000;
  if (fresh > size) return { chains: [...chains, 'availIndexJump'], writable };
  for (let i = 0; i < fresh; i++) {
    const at = avail + 4 + 2 * ((state.nextAvail + i) % size);
    if (!memory.check(at, 2)) return { chains: [...chains, 'availUnreachable'], writable };
    look(memory.u16(at));
  }
  return { chains, writable };
}

interface Table {
  readonly desc: number;
  readonly size: number;
  readonly isIndirectAllowed: boolean;
}

/** The chain as a list, then the rules one by one over the list. */
function follow(memory: MockMemory, { desc, size, isIndirectAllowed }: Table, head: number, pieces: Descriptor[]): VirtioReasonId | null {
  const outer = list(memory, { desc, entries: size, first: head, most: size + 1 });
  for (const [i, d] of outer.found.entries()) {
    if (d.isIndirect) {
      if (!isIndirectAllowed) return 'indirectNotNegotiated';
      if (d.isNext) return 'indirectWithNext';
      if (d.length === 0 || d.length % 16 !== 0) return 'indirectLength';
      const inner = list(memory, { desc: d.address, entries: d.length / 16, first: 0, most: size - i + 1 });
      for (const e of inner.found) {
        if (e.isIndirect) return 'indirectInIndirect';
        const wrong = checkPiece(memory, size, e, pieces);
        if (wrong) return wrong;
      }
      return inner.end === 'headOutOfTable' ? 'nextOutOfTable' : inner.end;
    }
    const wrong = checkPiece(memory, size, d, pieces);
    if (wrong) return wrong;
  }
  return outer.end;
}

function checkPiece(memory: MockMemory, size: number, piece: Descriptor, pieces: Descriptor[]): VirtioReasonId | null {
  if (pieces.length >= size) return 'chainTooLong';
  if (piece.length === 0) return 'zeroLength';
  if (!piece.isWrite && pieces.some((p) => p.isWrite)) return 'readableAfterWritable';
  if (!memory.check(piece.address, piece.length)) return 'bufferUnreachable';
  pieces.push(piece);
  return null;
}

interface Walk {
  readonly desc: number;
  readonly entries: number;
  readonly first: number;
  /** Longer lists are cut. */
  readonly most: number;
}

/** Descriptors in order, up to an indirect one, the last one, or what makes the list end badly. */
function list(memory: MockMemory, { desc, entries, first, most }: Walk): { found: Descriptor[]; end: VirtioReasonId | null } {
  const found: Descriptor[] = [];
  const seen = new Set<number>();
  for (let at = first; found.length < most; ) {
    if (at >= entries) return { found, end: found.length === 0 ? 'headOutOfTable' : 'nextOutOfTable' };
    if (seen.has(at)) return { found, end: 'chainLoop' };
    seen.add(at);
    if (!memory.check(desc + 16 * at, 16)) return { found, end: 'descUnreachable' };
    const d = read(memory, desc + 16 * at);
    found.push(d);
    if (d.isIndirect || !d.isNext) return { found, end: null };
    at = d.next;
  }
  return { found, end: 'chainTooLong' };
}

function read(memory: MockMemory, at: number): Descriptor {
  const flags = memory.u16(at + 12);
  return {
    address: memory.u32(at) + memory.u32(at + 4) * 2 ** 32,
    length: memory.u32(at + 8),
    isNext: flags % 2 === 1,
    isWrite: (flags >> 1) % 2 === 1,
    isIndirect: (flags >> 2) % 2 === 1,
    next: memory.u16(at + 14),
  };
}
