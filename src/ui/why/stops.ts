/** What has stopped a run, where it was no instruction's own story: a VMCS field that changed, a device. */
import { formatRoutingId } from '../../arch/pci.ts';
import { VIRTIO_TYPES } from '../../arch/virtio-devices.ts';
import { vmcsField } from '../../arch/vmcs-fields.ts';
import type { EventMet, FieldChange, Frame, Language } from '../../api/protocol.ts';
import { tracedDevice } from '../../trace/schema.ts';
import type { MessageKey } from '../i18n/en.ts';
import { translate } from '../i18n/messages.ts';
import { grouped, reasonName } from '../reading.ts';
import { hexText } from '../widgets/number.ts';
import { at, say, type Sentence, type Value } from '../widgets/sentence.ts';

/** What stopped the run first, then the rest. */
export function atStop({ stop, running }: Frame, sentence: Sentence): Sentence {
  if (running) return sentence;
  if (stop.change) return changeSentence(stop.change, sentence);
  return stop.event ? say('why.atEvent', { what: eventText(stop.event), sentence }) : sentence;
}

function changeSentence({ encoding, before, after, by, linear, exitReason }: FieldChange, sentence: Sentence): Sentence {
  return say(`why.field.${by}`, {
    ...{ field: vmcsField(encoding)?.name ?? hexText(encoding, 4), before: wordsText(before), after: wordsText(after), sentence },
    address: linear === null ? '' : at('v', linear),
    reason: exitReason === null ? '' : `${exitReason} ${reasonName(exitReason)}`,
  });
}

/** `0x0000000000005000`. */
function wordsText(words: readonly number[]): Value {
  return {
    mono:
      hexText(words[0]) +
      words
        .slice(1)
        .map((word) => word.toString(16).toUpperCase().padStart(8, '0'))
        .join(''),
  };
}

function eventText(met: EventMet): Sentence {
  switch (met.on) {
    case 'access': {
      const place: Value = met.isPort ? { mono: hexText(met.address, 4) } : at('h', met.address);
      const kind = `why.event.${met.isPort ? 'port' : 'memory'}${met.isWrite ? 'Write' : 'Read'}` as const;
      return say(kind, { device: word(`device.${met.device}`), value: { mono: hexText(met.value, 2 * met.size) }, place });
    }
    case 'interrupt':
      return say(`stops.said.${met.phase}`, { vector: { mono: hexText(met.vector, 2) } });
    case 'queue':
      return say('why.event.queue', {
        device: virtioName(met.device),
        queue: met.queue,
        operation: word(`stops.operation.${met.operation}`),
      });
    case 'balloon':
      return say(met.isInflating ? 'why.event.inflate' : 'why.event.deflate', { device: virtioName(met.device), n: grouped(met.pages) });
    case 'dma': {
      const kind = `why.event.${met.outcome === 'done' ? 'dma' : 'refused'}${met.isWrite ? 'Write' : 'Read'}` as const;
      return say(kind, { function: { mono: formatRoutingId(met.requester) }, size: met.size ?? '', place: at('io', met.address) });
    }
  }
}

/** `Disk (virtio-blk)`, `vm0 Disk (virtio-blk)`. */
function virtioName(device: number): Value {
  const { vm, type } = tracedDevice(device);
  const known = VIRTIO_TYPES.find(({ id }) => id === type)?.name;
  return (language) => `${vm === null ? '' : `vm${vm} `}${known ? translate(language, `virtio.type.${known}`) : 'virtio'}`;
}

function word(key: MessageKey): (language: Language) => string {
  return (language) => translate(language, key);
}
