import { type Guest, lines } from '../guest.ts';
import source from './rings.asm?raw';

export const RINGS: Guest = {
  id: 'rings',
  title: { en: 'Rings and system calls', fr: 'Anneaux et appels système' },
  prose: {
    en: 'The kernel goes down to ring 3 by IRET; the program comes back through an interrupt gate. Then it tries CLI, and the kernel hears of it. Watch CPL, and the stack change at every crossing.',
    fr: "Le noyau descend dans l'anneau 3 par IRET ; le programme revient par une porte d'interruption. Puis il tente CLI, et le noyau l'apprend. Regardez CPL, et la pile changer à chaque passage.",
  },
  level: 'cpu',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines('A system call from ring 3.', 'The program runs in ring 3.', '#GP: CLI in ring 3 is refused.', 'The program has ended.'),
    stop: 'halt',
    exits: {},
  },
};
