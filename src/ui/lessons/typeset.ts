/** A lesson's text as type: `machine words` in backticks, [keys] in brackets, addresses by their prefix v:, g:, h:, io:. */
import { html, type TemplateResult } from 'lit';
import type { Language, Localised } from '../../api/protocol.ts';
import { keepTogether, prose } from '../i18n/typography.ts';
import { address, type Space } from '../widgets/number.ts';

const PIECE = /(`[^`]+`|\[[^\]]+\]|\b(?:v|g|h|io):0x[\da-fA-F]+)/;

/** `text` in `language`. */
export function typesetText(language: Language, text: Localised): TemplateResult {
  return html`${text[language].split(PIECE).map((piece) => typesetPiece(language, piece))}`;
}

/** The same for a listener. */
export function plainText(language: Language, text: Localised): string {
  return prose(language, keepUnits(text[language].replace(/[`[\]]/g, '')));
}

function typesetPiece(language: Language, piece: string): TemplateResult | string {
  if (/^`.+`$/.test(piece)) return html`<span class="mono">${piece.slice(1, -1)}</span>`;
  if (/^\[.+\]$/.test(piece)) return html`<kbd>${piece.slice(1, -1)}</kbd>`;
  const found = /^(v|g|h|io):(0x[\da-fA-F]+)$/.exec(piece);
  return found ? address(found[1] as Space, Number(found[2])) : prose(language, keepUnits(piece));
}

/** A number and its unit, and the sides of a small equation, stay on one line. */
function keepUnits(text: string): string {
  return keepTogether(text).replace(/(?<=\d) (?=(?:[KMG]i[Bo]|bits?|bytes?|octets?|ticks?|tics?)\b)/g, '\u00a0');
}
