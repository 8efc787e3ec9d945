/** What happens next at a queue: a sentence to the reader, from what stands in rings and device. */
import type { QueueView, VirtioView } from '../../api/protocol.ts';
import { grouped } from '../reading.ts';
import { say, type Sentence } from '../widgets/sentence.ts';

/** The next event, as far as it can be known. */
export function nextEvent({ fault, isLive }: VirtioView, queue: QueueView): Sentence {
  const { available, active, dueAt, nextAvail, size } = queue;
  if (fault?.isNow) return say('virtio.then.reset');
  if (!isLive) return say('virtio.then.idle');
  if (!queue.isReady) return say('virtio.then.notReady');
  if (available === null) return say('virtio.then.unreadable');
  const tick = dueAt === null ? '' : grouped(dueAt);
  if (active) return say(dueAt === null ? 'virtio.then.hold' : 'virtio.then.work', { head: active.head, tick });
  const waiting = (available.idx - nextAvail) & 0xffff;
  if (waiting === 0) {
    if (dueAt !== null) return say('virtio.then.look', { tick });
    return say('virtio.then.level', { slot: available.idx % size, idx: (available.idx + 1) & 0xffff });
  }
  if (!queue.isWanted) return say('virtio.then.stock', { n: waiting });
  const slot = nextAvail % size;
  if (dueAt !== null) return say('virtio.then.take', { tick, head: available.ring[slot], slot });
  return say('virtio.then.kick', { n: waiting, queue: queue.index });
}
