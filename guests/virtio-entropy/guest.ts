import { type Guest, lines } from '../guest.ts';
import source from './virtio-entropy.asm?raw';

export const VIRTIO_ENTROPY: Guest = {
  id: 'virtio-entropy',
  title: { en: 'Random bytes from a virtio device', fr: "Des octets aléatoires d'un périphérique virtio" },
  prose: {
    en: 'A buffer that the device may write comes back with sixteen bytes, and the same buffer once more with sixteen others. The device has a seed, so they are the same in every run. Watch the flag WRITE in the descriptor, and len in the used ring.',
    fr: "Un tampon que le périphérique peut écrire revient avec seize octets, puis le même tampon avec seize autres. Le périphérique a une graine : ils sont les mêmes à chaque exécution. Regardez le drapeau WRITE du descripteur, et len dans l'anneau « used ».",
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
      '16 bytes: 15 13 6C 88 5D 37 36 82 70 2E 03 8D 54 36 F5 4B',
      '16 bytes: FA C9 4D 59 3C 8A 52 B1 C4 92 19 CA 69 A9 1D D9',
    ),
    stop: 'halt',
    exits: {},
  },
  look: 0x31000,
  scene: 'virtio',
};
