/** The words of PCI, VT-d and the balloon in the reader's language. English is what the tables of `arch/` say. */
import type { Language } from '../../api/protocol.ts';
import { FR_BUS_MEANINGS, FR_FUNCTION_TITLES } from './fr-bus-facts.ts';
import { frenchSpaces } from './typography.ts';

/** What a register, a field, a bit, a fault or a statistic means. */
export function busMeaning(language: Language, meaning: string): string {
  return language === 'fr' ? frenchSpaces(FR_BUS_MEANINGS[meaning] ?? meaning) : meaning;
}

/** What a function is; those of a card are numbered. */
export function functionTitle(language: Language, title: string): string {
  if (language === 'en') return title;
  const number = /\d+$/.exec(title)?.[0] ?? '';
  const french = FR_FUNCTION_TITLES[title.replace(/\d+$/, '{n}')];
  return french === undefined ? title : french.replace('{n}', number);
}
