import { F_INDIRECT_DESC } from '../../../src/arch/virtio.ts';
import type { VirtioReasonId } from '../../../src/arch/virtio-reasons.ts';
import { type DriverQueue, writeDescriptor } from './driver.ts';
import { MEMORY, type Rig } from './rig.ts';

/** A way to break the rules of a live queue, and the name that the device must give it. */
export interface Malice {
  readonly what: string;
  readonly reason: VirtioReasonId;
  /** Negotiated beside VERSION_1. */
  readonly features?: readonly number[];
  /** Does it; the queue is notified next. */
  readonly act: (rig: Rig, queue: DriverQueue) => void;
}

const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;

/** Some memory that is there. */
const GOOD = [0x80000, 64] as const;

/** Writes these descriptors, from 0 on, and offers the first. */
function offer(queue: DriverQueue, ...descriptors: (readonly [readonly [number, number], number, number])[]): void {
  for (const [i, [place, flags, next]] of descriptors.entries()) queue.describe(i, place, [flags, next]);
  publish(queue, 0);
}

function publish(queue: DriverQueue, head: number): void {
  queue.offerHead(head);
  setIdx(queue, queue.nextAvail);
}

function setIdx(queue: DriverQueue, idx: number): void {
  queue.driver.memory.setU16(queue.place.driver + 2, idx);
}

function table(queue: DriverQueue, ...descriptors: (readonly [readonly [number, number], number, number])[]): readonly [number, number] {
  const at = 0x90000;
  for (const [i, [place, flags, next]] of descriptors.entries()) writeDescriptor(queue.driver.memory, at + 16 * i, place, [flags, next]);
  return [at, 16 * descriptors.length];
}

/** Each rule of the split ring, broken alone. */
export const MALICE: readonly Malice[] = [
  {
    what: 'an idx that runs ahead by more than the queue',
    reason: 'availIndexJump',
    act: (_rig, queue) => setIdx(queue, queue.place.size + 1),
  },
  { what: 'an idx that goes backwards', reason: 'availIndexJump', act: (_rig, queue) => setIdx(queue, 0xffff) },
  { what: 'an idx halfway round', reason: 'availIndexJump', act: (_rig, queue) => setIdx(queue, 0x8000) },
  { what: 'a head that is not in the table', reason: 'headOutOfTable', act: (_rig, queue) => publish(queue, queue.place.size) },
  { what: 'a head of 65535', reason: 'headOutOfTable', act: (_rig, queue) => publish(queue, 0xffff) },
  { what: 'a next that is not in the table', reason: 'nextOutOfTable', act: (_rig, queue) => offer(queue, [GOOD, NEXT, queue.place.size]) },
  { what: 'a descriptor that follows itself', reason: 'chainLoop', act: (_rig, queue) => offer(queue, [GOOD, NEXT, 0]) },
  {
    what: 'two descriptors that follow each other',
    reason: 'chainLoop',
    act: (_rig, queue) => offer(queue, [GOOD, NEXT | WRITE, 1], [GOOD, NEXT | WRITE, 0]),
  },
  {
    what: 'a loop in an indirect table',
    reason: 'chainLoop',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => offer(queue, [table(queue, [GOOD, NEXT, 1], [GOOD, NEXT, 0]), INDIRECT, 0]),
  },
  {
    what: 'an indirect chain that is longer than the queue',
    reason: 'chainTooLong',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => {
      const chain = Array.from({ length: queue.place.size + 1 }, (_, i) => [GOOD, i < queue.place.size ? NEXT : 0, i + 1] as const);
      offer(queue, [table(queue, ...chain), INDIRECT, 0]);
    },
  },
  { what: 'a descriptor of no bytes', reason: 'zeroLength', act: (_rig, queue) => offer(queue, [[0x80000, 0], 0, 0]) },
  {
    what: 'a descriptor of no bytes behind a good one',
    reason: 'zeroLength',
    act: (_rig, queue) => offer(queue, [GOOD, NEXT, 1], [[0x80000, 0], 0, 0]),
  },
  { what: 'a buffer behind the end of memory', reason: 'bufferUnreachable', act: (_rig, queue) => offer(queue, [[MEMORY, 1], 0, 0]) },
  {
    what: 'a buffer that crosses the end of memory',
    reason: 'bufferUnreachable',
    act: (_rig, queue) => offer(queue, [[MEMORY - 8, 16], WRITE, 0]),
  },
  {
    what: 'a buffer at the end of all addresses',
    reason: 'bufferUnreachable',
    act: (_rig, queue) => offer(queue, [[2 ** 64 - 2048, 4096], WRITE, 0]),
  },
  { what: 'a buffer of 4 GiB', reason: 'bufferUnreachable', act: (_rig, queue) => offer(queue, [[0x10000, 0xffff_ffff], WRITE, 0]) },
  {
    what: 'a buffer to read behind one to write',
    reason: 'readableAfterWritable',
    act: (_rig, queue) => offer(queue, [GOOD, NEXT | WRITE, 1], [GOOD, 0, 0]),
  },
  {
    what: 'an indirect descriptor that was not negotiated',
    reason: 'indirectNotNegotiated',
    act: (_rig, queue) => offer(queue, [table(queue, [GOOD, 0, 0]), INDIRECT, 0]),
  },
  {
    what: 'an indirect descriptor with a next',
    reason: 'indirectWithNext',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => offer(queue, [table(queue, [GOOD, 0, 0]), INDIRECT | NEXT, 1], [GOOD, 0, 0]),
  },
  {
    what: 'an indirect descriptor in an indirect table',
    reason: 'indirectInIndirect',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => offer(queue, [table(queue, [[0x90000, 16], INDIRECT, 0]), INDIRECT, 0]),
  },
  {
    what: 'an empty indirect table',
    reason: 'indirectLength',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => offer(queue, [[0x90000, 0], INDIRECT, 0]),
  },
  {
    what: 'an indirect table of a descriptor and a half',
    reason: 'indirectLength',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => offer(queue, [[0x90000, 24], INDIRECT, 0]),
  },
  {
    what: 'an indirect table where no memory is',
    reason: 'descUnreachable',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => offer(queue, [[MEMORY, 32], INDIRECT, 0]),
  },
  {
    what: 'a next that is not in the indirect table',
    reason: 'nextOutOfTable',
    features: [F_INDIRECT_DESC],
    act: (_rig, queue) => offer(queue, [table(queue, [GOOD, NEXT, 1]), INDIRECT, 0]),
  },
  {
    what: 'an available ring whose memory went away',
    reason: 'availUnreachable',
    act: (rig, queue) => {
      rig.memory.refused.add(Math.floor(queue.place.driver / 4096));
    },
  },
  {
    what: 'a descriptor table whose memory went away',
    reason: 'descUnreachable',
    act: (rig, queue) => {
      publish(queue, 0);
      rig.memory.refused.add(Math.floor(queue.place.desc / 4096));
    },
  },
];
