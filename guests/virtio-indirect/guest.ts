import { type Guest, lines } from '../guest.ts';
import source from './virtio-indirect.asm?raw';

const SECTORS = [0, 1, 2, 3];
const HALF = 256;
const halves = (sector: number): readonly string[] => ['first', 'second'].map((half) => `sector ${sector}, ${half} half`);

export const VIRTIO_INDIRECT: Guest = {
  id: 'virtio-indirect',
  title: { en: 'Indirect descriptors', fr: 'Descripteurs indirects' },
  prose: {
    en: 'One descriptor points at a table of four: header, two halves of a sector, status. Four such requests are under way in a queue of four descriptors, sixteen parts in all. Watch the chain leave the descriptor table and go on in memory of its own.',
    fr: "Un descripteur désigne une table de quatre : en-tête, deux moitiés d'un secteur, état. Quatre requêtes de ce genre sont en cours dans une file de quatre descripteurs, seize parties en tout. Regardez la chaîne quitter la table des descripteurs et continuer dans une mémoire à elle.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  devices: [
    {
      kind: 'block',
      contents: SECTORS.flatMap(halves)
        .map((text) => `${text}\n`.padEnd(HALF))
        .join(''),
    },
  ],
  expected: {
    console: lines(
      ...SECTORS.map((sector) => `status 0: ${halves(sector).join(' + ')}`),
      'Four requests of four parts, in a queue of four.',
    ),
    stop: 'halt',
    exits: {},
  },
  look: 0x31000,
  scene: 'virtio',
};
