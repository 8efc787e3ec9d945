import { type Guest, lines } from '../guest.ts';
import source from './paging.asm?raw';

export const PAGING: Guest = {
  id: 'paging',
  title: { en: 'Paging and page faults', fr: 'Pagination et défauts de page' },
  prose: {
    en: 'Four pages that nobody has mapped are touched. Each first touch raises #PF; the handler fills the page table and the same instruction runs again. Watch CR2, and the walk of 0x00400000 before and after.',
    fr: "Quatre pages que personne n'a projetées sont touchées. Chaque premier accès lève #PF ; le gestionnaire complète la table des pages et la même instruction recommence. Regardez CR2, et le parcours de 0x00400000 avant et après.",
  },
  level: 'paging',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines(
      '#PF at 00400000, error code 2, mapped by 00100003',
      '#PF at 00401000, error code 2, mapped by 00101003',
      '#PF at 00402000, error code 2, mapped by 00102003',
      '#PF at 00403000, error code 2, mapped by 00103003',
      'Faults taken: 4',
    ),
    stop: 'halt',
    exits: {},
  },
  look: 0x400000,
};
