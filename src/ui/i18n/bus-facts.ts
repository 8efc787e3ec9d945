/** The words of PCI, VT-d and the balloon in the reader's language. English is what the tables of `arch/` say. */
import type { Language } from '../../api/protocol.ts';
import { french } from './second-language.ts';
import { frenchSpaces } from './typography.ts';

/** What a register, a field, a bit, a fault or a statistic means. */
export function busMeaning(language: Language, meaning: string): string {
  const words = language === 'fr' ? french()?.FR_BUS_MEANINGS : undefined;
  return words ? frenchSpaces(words[meaning] ?? meaning) : meaning;
}

/** What a function is; those of a card are numbered. */
export function functionTitle(language: Language, title: string): string {
  if (language === 'en') return title;
  const number = /\d+$/.exec(title)?.[0] ?? '';
  const words = french()?.FR_FUNCTION_TITLES[title.replace(/\d+$/, '{n}')];
  return words === undefined ? title : words.replace('{n}', number);
}
