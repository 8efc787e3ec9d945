import { type Guest, lines } from '../guest.ts';
import source from './trap-and-emulate.asm?raw';

export const TRAP_AND_EMULATE: Guest = {
  id: 'trap-and-emulate',
  title: { en: 'Trap and emulate', fr: 'Intercepter et émuler' },
  prose: {
    en: 'Port I/O, control registers and MSRs: the guest prints on a port that does not exist and keeps a number in an MSR that the processor lacks. Watch the qualification of each exit tell the hypervisor what to emulate.',
    fr: "Ports d'entrée-sortie, registres de contrôle et MSR : l'invité écrit sur un port qui n'existe pas et garde un nombre dans un MSR absent. Regardez la qualification de chaque sortie dire à l'hyperviseur quoi émuler.",
  },
  level: 'vmx',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines(
      'guest: hello by a port that is not there',
      "root: the guest's TS is now 1",
      "root: the guest's TS is now 0",
      'guest: the MSR holds 1234',
      'root: the guest has halted after 45 emulated instructions',
    ),
    stop: 'halt',
    exits: { 12: 1, 28: 2, 30: 41, 31: 1, 32: 1 },
  },
};
