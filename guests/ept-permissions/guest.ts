import { type Guest, lines } from '../guest.ts';
import source from './ept-permissions.asm?raw';

export const EPT_PERMISSIONS: Guest = {
  id: 'ept-permissions',
  title: { en: 'EPT permissions, accessed and dirty bits', fr: "Droits d'EPT, bits d'accès et de modification" },
  prose: {
    en: 'Read-only, no-execute and execute-only pages, each rule broken once; then the A and D bits tell which pages were used without a single exit. Watch asked against allowed in each qualification.',
    fr: 'Des pages en lecture seule, non exécutables, exécutables seulement, chaque règle enfreinte une fois ; puis les bits A et D disent quelles pages ont servi, sans une seule sortie. Comparez le demandé et le permis dans chaque qualification.',
  },
  level: 'ept',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 16,
  expected: {
    console: lines(
      '00200000: asked -W-, allowed R--',
      '00201000: asked --X, allowed RW-',
      '00202000: asked R--, allowed --X',
      'Pages that were used:',
      '00200000 accessed',
      '00201000',
      '00202000 accessed',
      '00203000 accessed dirty',
      '00204000',
    ),
    stop: 'halt',
    exits: { 12: 1, 48: 3 },
  },
  look: 0x200000,
};
