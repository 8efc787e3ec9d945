import { type Guest, lines } from '../guest.ts';
import source from './overcommit.asm?raw';

/** What one of the three prints after a pass. */
const pass = (vm: number, ticks: number, computed: number): string => `vm${vm}| 200 records in ${ticks} ticks, computed again: ${computed}`;

export const OVERCOMMIT: Guest = {
  id: 'overcommit',
  title: { en: 'Over-commit: three machines on memory for two', fr: 'Surengagement : trois machines sur la mémoire de deux' },
  prose: {
    en: 'Three virtual machines of 1 MiB share a host of 2 MiB. As long as they work in turns this goes well: the accessed flags of the EPT tell the hypervisor who is idle, and the balloon of that one gives. Then all work at once, and what one needs the other has just lost: taking turns at the processor would make a pass three times as long, but it takes six to eight times. The meters show where the ticks go: EPT violations, waiting for memory, records computed again.',
    fr: "Trois machines virtuelles de 1 Mio partagent un hôte de 2 Mio. Tant qu'elles travaillent à tour de rôle, tout va bien : les bits « accessed » de l'EPT disent à l'hyperviseur laquelle est oisive, et c'est son ballon qui donne. Puis toutes travaillent à la fois, et ce qu'il faut à l'une, l'autre vient de le perdre : partager le processeur rendrait un passage trois fois plus long, or il dure six à huit fois plus. Les compteurs montrent où vont les tops : violations d'EPT, attente de mémoire, enregistrements recalculés.",
  },
  level: 'hypervisor',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 2,
  hosted: {
    images: [{ name: 'overcommit', source, load: 0x10000, mode: 'protected', ramMiB: 1 }],
    places: 3,
    commands: [
      { do: 'create', image: 0, ramMiB: 1 },
      { do: 'create', image: 0, ramMiB: 1 },
      { do: 'create', image: 0, ramMiB: 1 },
    ],
  },
  expected: {
    console: lines(
      pass(0, 193_470, 200),
      pass(0, 55_012, 0),
      pass(1, 193_050, 200),
      pass(1, 54_609, 0),
      pass(2, 208_929, 200),
      pass(2, 55_012, 0),
      pass(0, 163_816, 128),
      pass(0, 55_012, 0),
      pass(1, 162_590, 128),
      pass(1, 55_012, 0),
      pass(2, 161_365, 128),
      pass(2, 55_012, 0),
      'vm0| Now all at once.',
      'vm1| Now all at once.',
      'vm2| Now all at once.',
      pass(0, 392_074, 128),
      pass(1, 420_697, 128),
      pass(2, 319_708, 64),
      pass(2, 179_406, 7),
      pass(0, 357_875, 100),
      pass(1, 345_687, 143),
    ),
    stop: 'halt',
    exits: { 7: 3, 12: 33, 30: 147, 48: 2063, 52: 67 },
  },
  look: 0x30000,
  scene: 'vms',
};
