/** The memory map as a table: every range of every space, what lies there, where it leads. */
import { html, nothing, type TemplateResult } from 'lit';
import type { MapBar, MapView } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { sizeText } from '../widgets/bands.ts';
import { address } from '../widgets/number.ts';
import type { Place } from './map-layout.ts';
import { type Cell, cellsOf } from './map-scale.ts';
import { barName, brokenText, holderText, rightsText, usedText } from './map-words.ts';

type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

const HEADS = ['map.first', 'map.size', 'map.holder', 'map.to', 'map.rights', 'map.page', 'map.used'] as const;
/** Rows of one bar: a page with thousands of them can hardly be used, and says so. */
const MOST = 400;

/** Rows in which the lens stands are marked. */
export function mapTable(view: MapView, lens: Place, t: Translate): TemplateResult {
  return html`<table class="records"><thead><tr>${HEADS.map((key) => html`<th scope="col">${t(key)}</th>`)}</tr></thead>
    ${view.bars.map((bar) => {
      const cells = cellsOf(bar, view.links);
      return html`<tbody><tr><th class="bar-name" scope="rowgroup" colspan=${HEADS.length}>${barName(bar, t)}</th></tr>
        ${cells.slice(0, MOST).map((cell) => rowOf(view, bar, cell, { isHere: isIn(cell, lens[bar.id]), t }))}
        ${cells.length > MOST ? html`<tr><td colspan=${HEADS.length}>${t('map.small', { n: cells.length - MOST })}</td></tr>` : nothing}</tbody>`;
    })}</table>`;
}

function isIn({ start, size }: Cell, at: number | undefined): boolean {
  return at !== undefined && at >= start && at < start + size;
}

function rowOf(
  view: MapView,
  bar: MapBar,
  { start, size, region, link }: Cell,
  { isHere, t }: { isHere: boolean; t: Translate },
): TemplateResult {
  const to = view.bars.find(({ id }) => id === link?.to);
  const target =
    link &&
    (link.target === null
      ? html`✕ ${link.broken ? brokenText(link.broken, t) : ''}`
      : address(to?.space ?? 'h', link.target + start - link.start));
  return html`<tr class=${isHere ? 'here-row' : ''}><th scope="row">${address(bar.space, start)}</th><td>${sizeText(size, t)}</td><td class="words">${region ? holderText(region, view, t) : t('map.holder.open')}</td><td>${target ?? nothing}</td><td>${link ? rightsText(link.rights) : nothing}</td><td>${link?.pageSize ? sizeText(link.pageSize, t) : nothing}</td><td class="words">${link ? usedText(link, { start, size }, t) : nothing}</td></tr>`;
}
