import { type Guest, lines } from '../guest.ts';
import source from './cr-shadow.asm?raw';

export const CR_SHADOW: Guest = {
  id: 'cr-shadow',
  title: { en: 'CR shadowing', fr: 'Registres de contrôle masqués' },
  prose: {
    en: 'Guest/host masks give each bit of CR0 and CR4 an owner. The guest reads back what it wrote; the real register never changed. Compare what MOV from CR4 yields with CR4 itself.',
    fr: "Les masques invité/hôte donnent un propriétaire à chaque bit de CR0 et de CR4. L'invité relit ce qu'il a écrit ; le vrai registre n'a jamais changé. Comparez ce que rend MOV depuis CR4 avec CR4 lui-même.",
  },
  level: 'vmx',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines(
      'guest: CR4.VMXE reads 0',
      'root: the guest writes CR4',
      'guest: CR4.VMXE reads 1',
      'root: the guest writes CR4',
      'guest: CR4.VMXE reads 0',
      'root: the guest writes CR0',
      'guest: caching is off, says CR0',
    ),
    stop: 'halt',
    exits: { 12: 1, 28: 3 },
  },
};
