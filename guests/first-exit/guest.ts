import { type Guest, lines } from '../guest.ts';
import source from './first-exit.asm?raw';

export const FIRST_EXIT: Guest = {
  id: 'first-exit',
  title: { en: 'The first VM exit', fr: 'La première sortie de VM' },
  prose: {
    en: 'VMXON, one VMCS, VMLAUNCH: the guest runs. Its CPUID exits, the hypervisor answers with a name of its own and resumes. Watch the world band, and host state replace guest state at the exit.',
    fr: "VMXON, une VMCS, VMLAUNCH : l'invité tourne. Son CPUID provoque une sortie, l'hyperviseur répond avec un nom de son choix et reprend. Regardez le bandeau des mondes, et l'état de l'hôte remplacer celui de l'invité à la sortie.",
  },
  level: 'vmx',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines(
      'root: VMLAUNCH',
      'guest: who is the processor? root: exit 10, CPUID',
      'Glassvisor  ',
      'root: exit reason 12, the guest has halted',
    ),
    stop: 'halt',
    exits: { 10: 1, 12: 1 },
  },
};
