/** Sentences of the catalogue with addresses and machine words in them: the same sentence as text for a listener and as type for a reader. */
import { html, type TemplateResult } from 'lit';
import type { Language } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { piecesOf } from '../i18n/messages.ts';
import { address, hexText, type Space } from './number.ts';

/** What may stand for `{name}`: plain words, an address, a word of the machine, or a word that differs between languages. */
export type Value =
  | string
  | number
  | { readonly space: Space; readonly address: number }
  | { readonly mono: string }
  | Sentence
  | ((language: Language) => string)
  /** Several, with commas between. */
  | readonly Value[];

export interface Sentence {
  readonly key: MessageKey;
  readonly values?: Readonly<Record<string, Value>>;
}

/** Makes a sentence. */
export function say(key: MessageKey, values: Readonly<Record<string, Value>> = {}): Sentence {
  return { key, values };
}

/** An address as a value. */
export function at(space: Space, value: number): Value {
  return { space, address: value };
}

/** As text. */
export function plain(language: Language, sentence: Sentence): string {
  return piecesOf(language, sentence.key, sentence.values)
    .map((piece) => ('text' in piece ? piece.text : plainValue(language, sentence.values?.[piece.name] ?? '')))
    .join('');
}

/** As type. */
export function typeset(language: Language, sentence: Sentence): TemplateResult {
  const pieces = piecesOf(language, sentence.key, sentence.values);
  return html`${pieces.map((piece) => ('text' in piece ? piece.text : typesetValue(language, sentence.values?.[piece.name] ?? '')))}`;
}

function plainValue(language: Language, value: Value): string {
  if (typeof value === 'function') return value(language);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.map((item) => plainValue(language, item)).join(', ');
  if ('mono' in value) return value.mono;
  return 'key' in value ? plain(language, value) : `${value.space}:${hexText(value.address)}`;
}

function typesetValue(language: Language, value: Value): unknown {
  if (typeof value !== 'object') return plainValue(language, value);
  if (isList(value)) return value.map((item, i) => html`${i > 0 ? ', ' : ''}${typesetValue(language, item)}`);
  if ('mono' in value) return html`<span class="mono">${value.mono}</span>`;
  return 'key' in value ? typeset(language, value) : address(value.space, value.address);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
