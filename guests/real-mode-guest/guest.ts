import { type Guest, lines } from '../guest.ts';
import source from './real-mode-guest.asm?raw';

export const REAL_MODE_GUEST: Guest = {
  id: 'real-mode-guest',
  title: { en: 'An unrestricted real-mode guest', fr: 'Un invité en mode réel sans restriction' },
  prose: {
    en: 'CR0.PE = 0 inside a virtual machine: 16-bit segments, an interrupt table at address 0, and EPT as the only wall. Watch a far pointer of the guest become a host address.',
    fr: "CR0.PE = 0 dans une machine virtuelle : des segments de 16 bits, une table d'interruptions à l'adresse 0, et l'EPT pour seul mur. Regardez un pointeur lointain de l'invité devenir une adresse de l'hôte.",
  },
  level: 'ept',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines('guest: real mode, INT 21h through the table at 0', 'root: the guest left with exit 12'),
    stop: 'halt',
    exits: { 12: 1 },
  },
};
