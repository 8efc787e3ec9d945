/** The catalogue's reader. Every sentence on the page comes through here; a key missing in French is a type error. */
import type { Language } from '../../api/protocol.ts';
import { EN, type MessageKey } from './en.ts';
import { french } from './second-language.ts';
import { frenchSpaces, keepTogether } from './typography.ts';

type Catalogue = Readonly<Record<MessageKey, string>>;

function set(catalogue: Catalogue, spaces: (text: string) => string): Catalogue {
  return Object.fromEntries(Object.entries(catalogue).map(([key, text]) => [key, spaces(keepTogether(text))])) as Catalogue;
}

const ENGLISH = { ...set(EN, (text) => text) };
let inFrench: Catalogue | null = null;

/** Adds words to those that came first; an embed's first words are not all. */
export function addEnglish(more: Partial<Catalogue>): void {
  Object.assign(
    ENGLISH,
    set(more as Catalogue, (text) => text),
  );
}

function catalogue(language: Language): Catalogue {
  const messages = language === 'fr' ? french()?.messages : undefined;
  if (!messages) return ENGLISH;
  inFrench ??= set(messages, frenchSpaces);
  return inFrench;
}

/** The message in `language`, `{name}` replaced by `values.name`. */
export function translate(language: Language, key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return piecesOf(language, key)
    .map((piece) => ('text' in piece ? piece.text : String(values[piece.name] ?? `{${piece.name}}`)))
    .join('');
}

/** Text, or the name of what stands there. */
export type Piece = { readonly text: string } | { readonly name: string };

/** A message taken apart; nothing, where an embed's words are still to come. */
export function piecesOf(language: Language, key: MessageKey): readonly Piece[] {
  const message: string | undefined = catalogue(language)[key];
  return (message ?? '').split(/(\{\w+\})/).map((piece, i): Piece => (i % 2 === 1 ? { name: piece.slice(1, -1) } : { text: piece }));
}
