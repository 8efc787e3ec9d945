import { type Guest, lines } from '../guest.ts';
import source from './stale-tlb.asm?raw';

export const STALE_TLB: Guest = {
  id: 'stale-tlb',
  title: { en: 'VPID and a stale TLB entry', fr: 'VPID et une entrée de TLB périmée' },
  prose: {
    en: "With VPID the TLB survives VM exits. The hypervisor moves a page behind the guest's back, and the guest goes on reading the old frame, until INVVPID. Watch the walk say one thing and the TLB another.",
    fr: "Avec VPID, la TLB survit aux sorties de VM. L'hyperviseur déplace une page dans le dos de l'invité, qui continue de lire l'ancien cadre, jusqu'à INVVPID. Regardez le parcours dire une chose et la TLB une autre.",
  },
  level: 'vmx',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines(
      'guest: I read old ',
      'root: the page moves to another frame',
      'guest: I read old ',
      'root: INVVPID, single context',
      'guest: I read new ',
    ),
    stop: 'halt',
    exits: { 12: 1, 18: 2 },
  },
  look: 0x400000,
};
