/** The catalogue's reader. Every sentence on the page comes through `translate`; a key missing in French is a type error. */
import type { Language } from '../../api/protocol.ts';
import { EN, type MessageKey } from './en.ts';
import { FR } from './fr.ts';

const CATALOGUES: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = { en: EN, fr: FR };

/** The message in `language`, `{name}` replaced by `values.name`. */
export function translate(language: Language, key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return CATALOGUES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
