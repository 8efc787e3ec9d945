/** What devices and their drivers did at an instant that the processor's own story does not tell: a request refused, virtual functions come or gone, a balloon. */
import { formatRoutingId } from '../../arch/pci.ts';
import { BALLOON_DEFLATEQ, BALLOON_INFLATEQ, VIRTIO_BALLOON } from '../../arch/virtio-devices.ts';
import { FAULT_MEANINGS } from '../../arch/vtd.ts';
import { tracedDevice } from '../../trace/schema.ts';
import type { History, RefusalRecord, VfRecord } from '../history.ts';
import { busMeaning } from '../i18n/bus-facts.ts';
import { at, say, type Sentence } from '../widgets/sentence.ts';

export type BusHappening =
  | { readonly kind: 'refused'; readonly refusal: RefusalRecord }
  | { readonly kind: 'vfs'; readonly vfs: VfRecord }
  | { readonly kind: 'inflated' | 'deflated'; readonly pages: number };

/** Where it can be read: a book and the title of a section. */
export interface BookSource {
  readonly book: string;
  readonly title: string;
}

/** Bytes of a page number in the balloon's queues. */
const NUMBER_SIZE = 4;

/** The gravest that shows first at `tick`; null: nothing of the kind. */
export function busHappening(tick: number, { refusals, vfs, queues }: History): BusHappening | null {
  const refusal = refusals.findLast((r) => r.at <= tick);
  if (refusal?.at === tick) return { kind: 'refused', refusal };
  const change = vfs.findLast((v) => v.at <= tick);
  if (change?.at === tick) return { kind: 'vfs', vfs: change };
  const took = queues.findLast((q) => q.at <= tick && q.operation === 'take' && tracedDevice(q.device).type === VIRTIO_BALLOON.id);
  if (took?.at !== tick || (took.queue !== BALLOON_INFLATEQ && took.queue !== BALLOON_DEFLATEQ)) return null;
  return { kind: took.queue === BALLOON_INFLATEQ ? 'inflated' : 'deflated', pages: took.length / NUMBER_SIZE };
}

/** The same in words. */
export function busSentence(happening: BusHappening): Sentence {
  if (happening.kind === 'refused') {
    const { requester, address, isWrite, reason } = happening.refusal;
    return say('why.iommu.blocked', {
      function: { mono: formatRoutingId(requester) },
      access: say(isWrite ? 'why.iommu.write' : 'why.iommu.read'),
      address: at('io', address),
      meaning: (language) => busMeaning(language, FAULT_MEANINGS[reason] ?? ''),
    });
  }
  if (happening.kind !== 'vfs') return say(`why.balloon.${happening.kind}`, { n: happening.pages });
  const { physical, count, first } = happening.vfs;
  const values = { function: { mono: formatRoutingId(physical) } };
  if (count === 0) return say('why.pci.vfDisabled', values);
  return say('why.pci.vfEnabled', { ...values, n: count, first: { mono: formatRoutingId(first) } });
}

export function busSource({ kind }: BusHappening): BookSource {
  if (kind === 'refused') return { book: 'VT-d', title: 'Primary Fault Logging' };
  return kind === 'vfs' ? { book: 'SR-IOV 1.1', title: 'VF Enable' } : { book: 'virtio 1.2', title: 'Traditional Memory Balloon Device' };
}
