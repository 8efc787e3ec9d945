/** What virtio devices did at one instant: a sentence each, in the order in which it happened. */
import { STATUS_DEVICE_NEEDS_RESET, VIRTIO_STATUS_BITS } from '../../arch/virtio.ts';
import { VIRTIO_TYPES } from '../../arch/virtio-devices.ts';
import { tracedDevice } from '../../trace/schema.ts';
import { type History, type QueueRecord, type StatusRecord, within } from '../history.ts';
import { virtioReason } from '../i18n/virtio-facts.ts';
import { grouped } from '../reading.ts';
import { say, type Sentence, type Value } from '../widgets/sentence.ts';

/** More would be a list. */
const MOST = 4;

/** Sentences on what devices did by `tick`, none if they rested. */
export function deviceActs({ queues, statuses }: History, tick: number): readonly Sentence[] {
  const acts = [...within(queues, tick - 1, tick), ...within(statuses, tick - 1, tick)].sort((a, b) => a.record - b.record);
  const told = acts.slice(0, MOST).map((act) => ('operation' in act ? queueSentence(act) : statusSentence(act)));
  return acts.length > MOST ? [...told, say('why.device.more', { n: acts.length - MOST })] : told;
}

/** `first`, then `acts`. */
export function followedBy(first: Sentence, acts: readonly Sentence[]): Sentence {
  return acts.reduce((told, act) => say('why.then', { first: told, second: act }), first);
}

function queueSentence({ device, queue, operation, index, length }: QueueRecord): Sentence {
  return say(`why.device.${operation}`, { device: deviceValue(device), queue, index, length: grouped(length) });
}

function statusSentence({ device, status, ...fault }: StatusRecord): Sentence {
  const values = { device: deviceValue(device) };
  if (status === 0) return say('why.device.reset', values);
  if (status & STATUS_DEVICE_NEEDS_RESET && fault.reason !== 0) {
    return say('why.device.needsReset', { ...values, reason: (language) => virtioReason(language, fault) });
  }
  const bits = VIRTIO_STATUS_BITS.filter(({ bit }) => (status >>> bit) & 1).map(({ name }): Value => ({ mono: name }));
  return say('why.device.status', { ...values, bits });
}

/** `The disk`, `The disk of vm0`. */
function deviceValue(word: number): Sentence {
  const { vm, type } = tracedDevice(word);
  const known = VIRTIO_TYPES.find(({ id }) => id === type);
  const device = say(`why.device.the.${known?.name ?? 'other'}`);
  return vm === null ? device : say('why.device.of', { device, vm });
}
