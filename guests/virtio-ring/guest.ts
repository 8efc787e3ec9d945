import { type Guest, lines } from '../guest.ts';
import source from './virtio-ring.asm?raw';

const LETTERS = 'VIRTQUEUE';
const DESCRIPTORS = 4;

const SENT = [...LETTERS].map((letter, idx) => {
  const place = idx % DESCRIPTORS;
  return `  avail.idx ${idx}: ring[${place}] = descriptor ${place}, ${letter}`;
});

export const VIRTIO_RING: Guest = {
  id: 'virtio-ring',
  title: { en: 'The ring by hand', fr: "L'anneau à la main" },
  prose: {
    en: 'Nine frames go through four descriptors, every field written by an instruction of its own: idx grows past 4, and wraps only as a place in the ring. Then once more with EVENT_IDX, where each side names the index at which it wants to hear of the other. Watch used_event and avail_event, and which interrupts do not come.',
    fr: "Neuf trames passent par quatre descripteurs, chaque champ écrit par sa propre instruction : idx dépasse 4, et ne revient à 0 que comme place dans l'anneau. Puis encore une fois avec EVENT_IDX, où chaque côté nomme l'indice auquel il veut être averti. Regardez used_event et avail_event, et les interruptions qui ne viennent pas.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  devices: [{ kind: 'network' }],
  expected: {
    console: lines(
      'Without EVENT_IDX:',
      ...SENT,
      '  notifications: 1, saved: 8',
      '  interrupts: 9, saved: 0',
      'With EVENT_IDX:',
      ...SENT,
      '  notifications: 1, saved: 8',
      '  interrupts: 4, saved: 5',
    ),
    stop: 'halt',
    exits: {},
  },
  look: 0x30000,
  scene: 'virtio',
};
