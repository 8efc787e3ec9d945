import { type Guest, lines } from '../guest.ts';
import source from './virtio-console.asm?raw';

export const VIRTIO_CONSOLE: Guest = {
  id: 'virtio-console',
  title: { en: 'Hello through a virtio console', fr: 'Bonjour par une console virtio' },
  prose: {
    en: 'A descriptor says where the text is, the available ring names the descriptor, one write notifies the device. The device prints, enters the descriptor into the used ring and interrupts. Watch idx of the available ring hand the buffer over, and idx of the used ring hand it back.',
    fr: "Un descripteur dit où est le texte, l'anneau « available » nomme le descripteur, une seule écriture avertit le périphérique. Celui-ci affiche, inscrit le descripteur dans l'anneau « used » et lève une interruption. Regardez l'idx du premier anneau céder le tampon, et celui du second le rendre.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  devices: [{ kind: 'console' }],
  expected: {
    console: lines('Hello through a virtqueue.', 'Interrupt, status 1', 'used.idx 1, used.ring[0]: id 0, len 0'),
    stop: 'halt',
    exits: {},
  },
  look: 0x30000,
  scene: 'virtio',
};
