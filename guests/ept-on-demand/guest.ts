import { type Guest, lines } from '../guest.ts';
import source from './ept-on-demand.asm?raw';

export const EPT_ON_DEMAND: Guest = {
  id: 'ept-on-demand',
  title: { en: 'EPT violation, mapped on demand', fr: "Violation d'EPT, projetée à la demande" },
  prose: {
    en: 'The guest believes it owns memory that no frame stands behind yet. Each first touch is an EPT violation; the hypervisor finds a frame, and the same instruction runs again. Watch reference 14 of the walk fail, then pass.',
    fr: "L'invité croit posséder une mémoire derrière laquelle il n'y a encore aucun cadre. Chaque premier accès est une violation d'EPT ; l'hyperviseur trouve un cadre, et la même instruction recommence. Regardez la dernière référence du parcours échouer, puis passer.",
  },
  level: 'ept',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 16,
  expected: {
    console: lines(
      'root: EPT violation at 00200000, write',
      'root: EPT violation at 00203000, read',
      'root: EPT violation at 00204FFE, write',
      'root: EPT violation at 00205000, write',
      'guest: memory is where I left it',
      'root: pages mapped on demand: 4',
    ),
    stop: 'halt',
    exits: { 12: 1, 48: 4 },
  },
  look: 0x200000,
};
