import { type Guest, lines } from '../guest.ts';
import source from './npar.asm?raw';

export const NPAR: Guest = {
  id: 'npar',
  title: { en: 'NPAR: one port, several functions', fr: 'NPAR : un port, plusieurs fonctions' },
  prose: {
    en: 'One port of a card appears as three ordinary functions, each with a guaranteed and a largest share of the wire that no software sets. All three send as fast as they can, then two, then one: idle shares go to the others, up to their maximum. Watch the bytes a second that arrive.',
    fr: "Un port d'une carte apparaît comme trois fonctions ordinaires, chacune avec une part garantie et une part maximale du fil, qu'aucun logiciel ne règle. Toutes trois émettent aussi vite qu'elles peuvent, puis deux, puis une : les parts inutilisées vont aux autres, jusqu'à leur maximum. Regardez les octets par seconde qui arrivent.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  devices: [
    {
      kind: 'npar-nic',
      shares: [
        { min: 50, max: 100 },
        { min: 30, max: 100 },
        { min: 20, max: 25 },
      ],
    },
    { kind: 'network', bus: 'pci' },
  ],
  expected: {
    console: lines(
      '00:01.0 00:01.1 00:01.2 share a port of 125000000 bytes a second:',
      'all send: 62074000 37850000 24224000',
      'the last two: 0 93868000 31794000',
      'the last alone: 0 0 31794000',
    ),
    stop: 'halt',
    exits: {},
  },
  look: 0x131000,
  scene: 'pci',
};
