import { type Guest, lines } from '../guest.ts';
import source from './protected-mode.asm?raw';

export const PROTECTED_MODE: Guest = {
  id: 'protected-mode',
  title: { en: 'From real to protected mode', fr: 'Du mode réel au mode protégé' },
  prose: {
    en: 'A descriptor table, one bit in CR0, one far jump: then a 32-bit processor. Watch the hidden part of CS change at the far jump, not before.',
    fr: 'Une table de descripteurs, un bit dans CR0, un saut lointain : voilà un processeur 32 bits. Regardez la partie cachée de CS changer au saut lointain, pas avant.',
  },
  level: 'cpu',
  source,
  format: 'boot',
  load: 0x7c00,
  mode: 'real',
  ramMiB: 4,
  expected: {
    console: lines('Protected mode: 32 bits, 4 GiB, and 2 MiB reads back 42.'),
    stop: 'halt',
    exits: {},
  },
};
