/** The catalogue's reader. Every sentence on the page comes through here; a key missing in French is a type error. */
import type { Language } from '../../api/protocol.ts';
import { EN, type MessageKey } from './en.ts';
import { FR } from './fr.ts';
import { frenchSpaces } from './typography.ts';

const SPACED = Object.fromEntries(Object.entries(FR).map(([key, text]) => [key, frenchSpaces(text)])) as typeof FR;
const CATALOGUES: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = { en: EN, fr: SPACED };

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
