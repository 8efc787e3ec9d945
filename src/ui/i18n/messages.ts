/** The catalogue's reader. Every sentence on the page comes through here; a key missing in French is a type error. */
import type { Language } from '../../api/protocol.ts';
import { EN, type MessageKey } from './en.ts';
import { FR } from './fr.ts';
import { frenchSpaces, keepTogether } from './typography.ts';

type Catalogue = Readonly<Record<MessageKey, string>>;

function set(catalogue: Catalogue, spaces: (text: string) => string): Catalogue {
  return Object.fromEntries(Object.entries(catalogue).map(([key, text]) => [key, spaces(keepTogether(text))])) as Catalogue;
}

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en: set(EN, (text) => text), fr: set(FR, frenchSpaces) };

/** The message in `language`, `{name}` replaced by `values.name`. */
export function translate(language: Language, key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return piecesOf(language, key)
    .map((piece) => ('text' in piece ? piece.text : String(values[piece.name] ?? `{${piece.name}}`)))
    .join('');
}

/** Text, or the name of what stands there. */
export type Piece = { readonly text: string } | { readonly name: string };

/** A message taken apart. */
export function piecesOf(language: Language, key: MessageKey): readonly Piece[] {
  return CATALOGUES[language][key]
    .split(/(\{\w+\})/)
    .map((piece, i): Piece => (i % 2 === 1 ? { name: piece.slice(1, -1) } : { text: piece }));
}
