import { type Guest, lines } from '../guest.ts';
import source from './injection.asm?raw';

export const INJECTION: Guest = {
  id: 'injection',
  title: { en: 'Injected interrupts and the interrupt window', fr: "Interruptions injectées et fenêtre d'interruption" },
  prose: {
    en: "An interrupt for a guest that has interrupts off has to wait: the hypervisor asks for an exit when the window opens, and injects then. Watch exit 7 come right behind the guest's STI.",
    fr: "Une interruption destinée à un invité qui les a coupées doit attendre : l'hyperviseur demande une sortie à l'ouverture de la fenêtre, et injecte alors. Regardez la sortie 7 suivre de près le STI de l'invité.",
  },
  level: 'vmx',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines(
      'root: injecting vector 0x30',
      'guest: interrupt 0x30',
      'root: IF = 0, waiting for the window',
      'guest: not now',
      'root: the window is open',
      'root: injecting vector 0x30',
      'guest: interrupt 0x30',
      'guest: both have come',
    ),
    stop: 'halt',
    exits: { 7: 1, 12: 1, 18: 2 },
  },
};
