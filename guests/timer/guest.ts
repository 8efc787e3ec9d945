import { type Guest, lines } from '../guest.ts';
import source from './timer.asm?raw';

export const TIMER: Guest = {
  id: 'timer',
  title: { en: 'Timer interrupts', fr: 'Interruptions du temporisateur' },
  prose: {
    en: 'The PIT counts, the PIC passes the interrupt on, the CPU sleeps in HLT between them. Watch time jump over the sleep.',
    fr: "Le PIT compte, le PIC transmet l'interruption, le processeur dort dans HLT entre deux. Regardez le temps sauter par-dessus le sommeil.",
  },
  level: 'cpu',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines('tick 1', 'tick 2', 'tick 3', 'tick 4', 'tick 5', 'Five ticks, 50 ms.'),
    stop: 'halt',
    exits: {},
  },
};
