import type { Guest } from '../guest.ts';
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
    console:
      'root: injecting vector 0x30\nguest: interrupt 0x30\nroot: IF = 0, waiting for the window\nguest: not now\nroot: the window is open\nroot: injecting vector 0x30\nguest: interrupt 0x30\nguest: both have come\n',
    stop: 'halt',
  },
};
