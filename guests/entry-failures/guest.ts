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
    console: '',
    stop: 'halt',
  },
};
