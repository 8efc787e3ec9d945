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

/** The message in `language`, `{name}` replaced by `values.name`, and of `{name|one|several}` the form for that number. */
export function translate(language: Language, key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return piecesOf(language, key, values)
    .map((piece) => ('text' in piece ? piece.text : String(values[piece.name] ?? `{${piece.name}}`)))
    .join('');
}

/** Text, or the name of what stands there. */
export type Piece = { readonly text: string } | { readonly name: string };

/** A message taken apart, its words in the forms for the numbers in `values`; nothing, where an embed's words are still to come. */
export function piecesOf(language: Language, key: MessageKey, values: Readonly<Record<string, unknown>> = {}): readonly Piece[] {
  const message: string | undefined = catalogue(language)[key];
  return (message ?? '').split(/(\{\w+(?:\|[^{}]*)?\})/).map((part, i): Piece => {
    if (i % 2 === 0) return { text: part };
    const [name, one, several] = part.slice(1, -1).split('|');
    return one === undefined ? { name } : { text: isSingular(language, values[name]) ? one : several };
  });
}

/** English has the singular of 1 alone, French that of 0 too. */
function isSingular(language: Language, value: unknown): boolean {
  const count = Number(value);
  return count === 1 || (count === 0 && value !== '' && language === 'fr' && french() !== null);
}
