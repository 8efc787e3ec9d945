import type { Guest } from '../guest.ts';
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
    console:
      'an empty VMCS: its controls are all 0 -> VMfailValid, error 7\npin-based controls: a bit that must be 1 is 0 -> VMfailValid, error 7\nhost CS: the null selector -> VMfailValid, error 8\nhost CS: RPL 3 -> VMfailValid, error 8\nhost CR0: NE must be 1 -> VMfailValid, error 8\nguest CR0: PG must be 1 -> exit 33 with bit 31: the entry failed\nguest RFLAGS: bit 1 must be 1 -> exit 33 with bit 31: the entry failed\nguest CS: a data segment -> exit 33 with bit 31: the entry failed\nguest TR: a TSS that is not busy -> exit 33 with bit 31: the entry failed\nguest activity state: 4 is none -> exit 33 with bit 31: the entry failed\nguest interruptibility: STI and MOV SS both -> exit 33 with bit 31: the entry failed\nVMCS link pointer: neither -1 nor aligned -> exit 33 with bit 31: the entry failed\ninjection: type 1 is reserved -> VMfailValid, error 7\nall mended:  -> guest ran, exit 12\n',
    stop: 'halt',
  },
};
