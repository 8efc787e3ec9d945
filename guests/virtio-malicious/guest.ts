import { type Guest, lines } from '../guest.ts';
import source from './virtio-malicious.asm?raw';

const ATTACKS = [
  'a chain that comes back to where it began',
  'a chain of more descriptors than the queue has, in an indirect table',
  'a buffer where no memory is',
  'a buffer of no bytes',
  'a chain that goes on behind the table',
  'an avail.idx that jumps by a hundred',
];

export const VIRTIO_MALICIOUS: Guest = {
  id: 'virtio-malicious',
  title: { en: 'A malicious driver', fr: 'Un pilote malveillant' },
  prose: {
    en: 'Six rings that make no sense, each of which could hang or lead astray a device that believed it. This one gives up at each, says so with DEVICE_NEEDS_RESET and a configuration interrupt, and serves an honest buffer after a reset. Watch the rule that it names.',
    fr: "Six anneaux qui n'ont pas de sens, dont chacun pourrait bloquer ou égarer un périphérique crédule. Celui-ci renonce à chaque fois, le dit par DEVICE_NEEDS_RESET et une interruption de configuration, et sert un tampon honnête après une réinitialisation. Regardez la règle qu'il nomme.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  devices: [{ kind: 'entropy' }],
  expected: {
    console: lines(
      ...ATTACKS.flatMap((attack) => [attack, '    -> interrupt status 2, DEVICE_NEEDS_RESET']),
      'an honest buffer',
      '    -> interrupt status 1, served',
    ),
    stop: 'halt',
    exits: {},
  },
  look: 0x30000,
  scene: 'virtio',
};
