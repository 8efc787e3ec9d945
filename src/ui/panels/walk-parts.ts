/** Pieces of the walk's drawing that its forms on the page share: the ruler, a reference's entry, the end. */
import { html, nothing, type TemplateResult } from 'lit';
import type { AddressField, ExplainedReference } from '../../api/protocol.ts';
import { askForEdit } from '../edit/request.ts';
import { entryRequest } from '../edit/requests.ts';
import { reachedBy } from '../reading.ts';
import { address, hex, hexText, wideText } from '../widgets/number.ts';
import type { Drawing } from './walk-bits.ts';

/** The walk is drawn up to one of its references, which is now. */
export function isPartial({ walk, whole = walk }: Drawing): boolean {
  return walk !== whole;
}

/** The entry's value: the low word, the high one before it where there is one. */
export function entryValue(reference: ExplainedReference): TemplateResult {
  return html`<span class="entry edit" @dblclick=${(e: Event) => askForEdit(e, entryRequest(reference))}><span class="equals">= </span><span class="prefix zero">0x</span>${reference.high ? html`${hex(reference.high, 1)}` : nothing}${hex(reference.low)}</span>`;
}

/** The number of a reference: a button that puts its entry under the loupe, and pressed again there has it changed. */
export function dot(reference: ExplainedReference, drawing: Drawing): TemplateResult {
  const { chosen, choose } = drawing;
  const isChosen = chosen === reference.number;
  return html`<button class="dot" data-reference=${reference.number} tabindex=${isChosen ? 0 : -1} aria-label=${labelOf(reference, drawing)} aria-pressed=${isChosen}
    @mousedown=${(e: Event) => e.preventDefault()} @click=${(e: Event) => (isChosen ? askForEdit(e, entryRequest(reference)) : choose(reference.number))}>${reference.number}</button>`;
}

/** Where it stands in the grid, where it reads, what stands there. */
function labelOf({ number, dimension, row, level, entry, index, host, high, low, bits }: ExplainedReference, { t }: Drawing): string {
  const rowName = t(row === 'page' ? 'walk.page' : row === 'PD' ? 'walk.guestPd' : 'walk.guestPt');
  const column = dimension === 'ept' ? `EPT ${level}` : t('walk.guestEntry');
  const set = bits.filter((b) => b.value !== 0 && b.name !== 'type').map((b) => b.name);
  return t('walk.cell', {
    n: number,
    row: rowName,
    column,
    entry: `${entry}[${index}]`,
    host: `h:${hexText(host)}`,
    value: wideText(low, high),
    bits: set.join(' ') || '0',
  });
}

/** Badges of the pins that an entry translates. */
export function badgesOf(reference: ExplainedReference | null, { letters }: Drawing): readonly TemplateResult[] {
  return (letters?.(reference) ?? []).map((letter) => html` <span class="pin">${letter}</span>`);
}

/** The linear address, bit by bit, cut into its fields over the columns of the walk. */
export function ruler({ walk, t }: Drawing): TemplateResult {
  const names = { directory: t('walk.directory'), table: t('walk.tableField'), offset: t('walk.offset') };
  return html`<div class="ruler">
    <div class="name"><span class="note">${t('walk.address')}</span>${address('v', walk.linear)}</div>
    <div class="fields">${walk.fields.map((f) => rulerField(f, walk.linear, names[f.name]))}</div>
  </div>`;
}

function rulerField(field: AddressField, linear: number, name: string): TemplateResult {
  const digits = Array.from({ length: field.high - field.low + 1 }, (_, i) => field.high - i);
  const value = field.name === 'offset' ? hexText(field.value, Math.ceil(digits.length / 4)) : field.value;
  return html`<div class="field w${digits.length}">
    <div class="digits" aria-hidden="true">${digits.map((n) => html`<span class="${(linear >>> n) & 1 ? 'one' : ''} ${n % 4 === 3 || n === field.high ? 'nibble' : ''}">${(linear >>> n) & 1}</span>`)}</div>
    <div class="under"><span>${field.high}</span><span class="of">${name} <b class="mono">${value}</b></span><span>${field.low}</span></div>
  </div>`;
}

/** The end of the walk: where the access goes, or that it does not. */
export function endCell(drawing: Drawing): TemplateResult {
  const { walk, whole = walk, t } = drawing;
  const { outcome, tlb } = walk;
  const pins = badgesOf(null, drawing);
  const host = walk === whole ? reachedBy(walk) : null;
  const access = t(`walk.${walk.access}`);
  if (host === null)
    return html`<div class="cell end" role="gridcell"><span class="ring"></span><span class="lines"><span class="never">${access}</span><span class="note">${t('walk.notReached')}</span></span></div>`;
  const by = tlb.isStale
    ? ` · ${t('walk.byTlb')}`
    : outcome.kind === 'ok' && outcome.target !== 'ram'
      ? ` · ${t(`lens.${outcome.target}`)}`
      : '';
  return html`<div class="cell end reached" role="gridcell"><span class="ring"></span>${pins.length > 0 ? html`<span class="index">${pins}</span>` : nothing}<span class="lines">${address('h', host)}<span class="never">${access}${by}</span></span></div>`;
}
