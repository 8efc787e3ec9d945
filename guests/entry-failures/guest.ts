import { type Guest, lines } from '../guest.ts';
import source from './entry-failures.asm?raw';

export const ENTRY_FAILURES: Guest = {
  id: 'entry-failures',
  title: { en: 'VM entries that fail', fr: 'Des entrées en VM qui échouent' },
  prose: {
    en: 'Twelve fields are broken, one after the other; each entry fails in its own way. The processor gives a number; the page names the rule, the field and its value.',
    fr: "Douze champs sont faussés, l'un après l'autre ; chaque entrée échoue à sa manière. Le processeur donne un numéro ; la page nomme la règle, le champ et sa valeur.",
  },
  level: 'vmx',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 4,
  expected: {
    console: lines(
      'an empty VMCS: its controls are all 0 -> VMfailValid, error 7',
      'pin-based controls: a bit that must be 1 is 0 -> VMfailValid, error 7',
      'host CS: the null selector -> VMfailValid, error 8',
      'host CS: RPL 3 -> VMfailValid, error 8',
      'host CR0: NE must be 1 -> VMfailValid, error 8',
      'guest CR0: PG must be 1 -> exit 33 with bit 31: the entry failed',
      'guest RFLAGS: bit 1 must be 1 -> exit 33 with bit 31: the entry failed',
      'guest CS: a data segment -> exit 33 with bit 31: the entry failed',
      'guest TR: a TSS that is not busy -> exit 33 with bit 31: the entry failed',
      'guest activity state: 4 is none -> exit 33 with bit 31: the entry failed',
      'guest interruptibility: STI and MOV SS both -> exit 33 with bit 31: the entry failed',
      'VMCS link pointer: neither -1 nor aligned -> exit 33 with bit 31: the entry failed',
      'injection: type 1 is reserved -> VMfailValid, error 7',
      'all mended -> guest ran, exit 12',
    ),
    stop: 'halt',
    exits: { 12: 1, 33: 7 },
  },
};
