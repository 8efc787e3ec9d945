import { type Guest, lines } from '../guest.ts';
import source from './virtio-block.asm?raw';

export const VIRTIO_BLOCK: Guest = {
  id: 'virtio-block',
  title: { en: 'A virtio disk', fr: 'Un disque virtio' },
  prose: {
    en: 'A sector is written, flushed and read back; then one is asked for that does not exist. Each request is one chain: header, data, status byte. Watch the chain links, and the data arrive in memory without an instruction that copies.',
    fr: "Un secteur est écrit, vidé sur le disque et relu ; puis un autre est demandé qui n'existe pas. Chaque requête est une chaîne : en-tête, données, octet d'état. Regardez les maillons de la chaîne, et les données arriver en mémoire sans qu'aucune instruction ne copie.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  devices: [{ kind: 'block' }],
  expected: {
    console: lines(
      'write sector 3: status 0',
      'flush: status 0',
      'read sector 3: status 0',
      'what was written is back',
      'the disk has 64 sectors; read the one behind the last: status 1',
      'a type of request that does not exist: status 2',
    ),
    stop: 'halt',
    exits: {},
  },
  look: 0x33000,
  scene: 'virtio',
};
