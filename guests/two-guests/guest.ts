import { type Guest, lines } from '../guest.ts';
import source from './two-guests.asm?raw';

export const TWO_GUESTS: Guest = {
  id: 'two-guests',
  title: { en: 'Two guests take turns', fr: 'Deux invités à tour de rôle' },
  prose: {
    en: 'Two guests that never give way, one VMCS each, and the preemption timer between them. Watch the current-VMCS pointer change hands at every exit 52.',
    fr: 'Deux invités qui ne cèdent jamais, une VMCS chacun, et le temporisateur de préemption entre eux. Regardez le pointeur de VMCS courante changer de main à chaque sortie 52.',
  },
  level: 'vmx',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines('aaaaaa | bbbbbb | aaaaa | bbbbb | aaaaa | bbbbb | aaaaa | bbbbb', 'Eight turns.'),
    stop: 'halt',
    exits: { 52: 8 },
  },
};
