/** The valid entries as a list: grouped by their tags or in another order, a page of them at a time, with what the last instant took struck through above. */
import { html, nothing, type TemplateResult } from 'lit';
import type { CachedEntry, TlbEntryView } from '../../api/protocol.ts';
import { grouped } from '../reading.ts';
import { sizeText } from '../widgets/bands.ts';
import { address, shortAddress } from '../widgets/number.ts';
import { badges } from '../widgets/pins.ts';
import { type Dated, isSameTag, type Order, ORDERS, sorted, takerOf } from './tlb-log.ts';
import { elsewhere, filled, isLensEntry, isUnderLens, roam, sentence, type TlbDrawing } from './tlb-parts.ts';
import { choiceNote, type SetChoice } from './tlb-strip.ts';
import { entriesCount, placeOf, rightsOf, takerSentence } from './tlb-words.ts';

/** Rows of one page: thousands are never drawn at once. */
export const PAGE_ROWS = 32;

/** How the reader looks at the list. */
export interface Listing {
  readonly order: Order;
  /** The first row shown. */
  readonly from: number;
  /** One set alone; null: all. */
  readonly set: SetChoice | null;
  readonly look: (change: Partial<Pick<Listing, 'order' | 'from' | 'set'>>) => void;
}

export function entryList(drawing: TlbDrawing, listing: Listing): TemplateResult {
  const { t, tlb, dated } = drawing;
  const { set, order, look } = listing;
  const all = sorted(set ? dated.filter(({ entry }) => entry.half === set.half && entry.set === set.set) : dated, order);
  const from = Math.min(listing.from, Math.max(0, Math.floor((all.length - 1) / PAGE_ROWS) * PAGE_ROWS));
  const shown = all.slice(from, from + PAGE_ROWS);
  return html`<div class="tools"><label class="note">${t('tlb.order')} <select @change=${(e: Event) => look({ order: (e.target as HTMLSelectElement).value as Order, from: 0 })}>
      ${ORDERS.map((id) => html`<option value=${id} ?selected=${id === order}>${t(`tlb.order.${id}`)}</option>`)}</select></label>
      ${choiceNote(drawing, set, (choice) => look({ set: choice, from: 0 }))}<span class="space"></span>${pager(drawing, all.length, { ...listing, from })}</div>
    <div class="wide" tabindex="0" role="region" aria-label=${t('tlb.tab.entries')}><table class="records" aria-rowcount=${all.length + 1} @keydown=${(e: KeyboardEvent) => roam(e, 'tr[tabindex]')}>
      <thead><tr>${heads(drawing, order).map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      ${tlb.gone.length > 0 && from === 0 && !set ? gone(drawing, order) : nothing}
      <tbody>${shown.map((item, i) => html`${order === 'tag' && (i === 0 || !isSameTag(item.entry, shown[i - 1].entry)) ? group(drawing, item.entry) : nothing}${row(drawing, item, { order, number: from + i, isFirst: i === 0 })}`)}</tbody></table></div>`;
}

function pager({ t }: TlbDrawing, count: number, { from, look }: Listing): TemplateResult | typeof nothing {
  if (count <= PAGE_ROWS) return nothing;
  const to = Math.min(count, from + PAGE_ROWS);
  return html`<span class="pager"><button class="link" ?disabled=${from === 0} @click=${() => look({ from: from - PAGE_ROWS })}>${t('tlb.earlier')}</button>
    <span role="status">${t('tlb.range', { from: grouped(from + 1), to: grouped(to), n: grouped(count) })}</span>
    <button class="link" ?disabled=${to === count} @click=${() => look({ from: from + PAGE_ROWS })}>${t('tlb.later')}</button></span>`;
}

/** Names of the columns. Tags have one where rows are not grouped by them. */
function heads({ t, study }: TlbDrawing, order: Order): readonly string[] {
  const names = ['place', 'page', 'size', 'rights', 'flags', ...(order === 'tag' ? [] : ['tag' as const]), 'filled'] as const;
  return [...names.map((name) => t(`tlb.column.${name}`)), ...(study ? [t(study.isVpidOn ? 'tlb.without' : 'tlb.with')] : [])];
}

function group(drawing: TlbDrawing, entry: CachedEntry): TemplateResult {
  const { t, dated } = drawing;
  const count = dated.filter((other) => isSameTag(other.entry, entry)).length;
  return html`<tr class="group"><th scope="rowgroup" colspan="9"><b>${tag(entry)}</b> · ${t(`tlb.kind.${entry.kind}`)} · ${t(`tlb.owner.${entry.owner}`)} · ${sentence(drawing, entriesCount(count))}</th></tr>`;
}

function tag({ vpid, kind, ep4ta }: TlbEntryView): TemplateResult {
  return html`VPID ${vpid}${kind === 'combined' ? html` · EPTP ${address('h', ep4ta)}` : nothing}`;
}

interface Row {
  readonly order: Order;
  readonly number: number;
  readonly isFirst: boolean;
}

function row(drawing: TlbDrawing, item: Dated<CachedEntry>, { order, number, isFirst }: Row): TemplateResult {
  const { entry } = item;
  const { t, follow, study } = drawing;
  const isHit = isLensEntry(drawing, entry) && drawing.walk?.tlb.use === 'hit';
  const press = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
    event.preventDefault();
    event.stopPropagation();
    follow(entry.linear);
  };
  return html`<tr class="${isUnderLens(drawing, entry) ? 'here-row' : ''} ${entry.isNew ? 'new' : ''}" tabindex=${isFirst ? 0 : -1} aria-rowindex=${number + 2} title=${t('tlb.follow')} @keydown=${press}>
    <th scope="row">${sentence(drawing, placeOf(entry))}</th>
    <td>${isHit ? '⚡ ' : nothing}${address('v', entry.linear)} → ${address('h', entry.host)}${badges(drawing.pins, entry.linear, entry.size)}${marks(drawing, entry)}</td>
    <td>${sizeText(entry.size, t)}</td><td>${rightsOf(entry)}</td><td>${entry.isGlobal ? 'G' : '·'} ${entry.isDirty ? 'D' : '·'}</td>
    ${order === 'tag' ? nothing : html`<td>${tag(entry)}</td>`}
    <td>${filled(drawing, item, isFirst ? 0 : -1)}</td>${study ? html`<td>${elsewhere(drawing, entry)}</td>` : nothing}</tr>`;
}

/** What is remarkable about it. */
function marks(drawing: TlbDrawing, { isNew, isStale, tables }: CachedEntry): TemplateResult {
  const { t } = drawing;
  const host = tables?.host ?? null;
  return html`${isNew ? html` <mark>${t('tlb.new')}</mark>` : nothing}${isStale ? html` <b class="says">${t('tlb.stale')}</b> <span class="note">${t('tlb.tablesSay')} ${host === null ? t('tlb.nowhere') : shortAddress('h', host)}</span>` : nothing}`;
}

/** What the last instant took, and who. */
function gone(drawing: TlbDrawing, order: Order): TemplateResult {
  const { tlb, history, tick, t } = drawing;
  return html`<tbody class="gone"><tr class="group"><th scope="rowgroup" colspan="9">${t('tlb.went')}</th></tr>${tlb.gone
    .slice(0, PAGE_ROWS)
    .map((entry) => {
      const taker = takerSentence(takerOf(history, entry, { sets: tlb.sets, tick }));
      return html`<tr><th scope="row"><s>${sentence(drawing, placeOf(entry))}</s></th><td><s>${address('v', entry.linear)} → ${address('h', entry.host)}</s></td><td><s>${sizeText(entry.size, t)}</s></td>
      <td><s>${rightsOf(entry)}</s></td><td></td>${order === 'tag' ? nothing : html`<td><s>${tag(entry)}</s></td>`}<td colspan="2">${taker ? html`✕ ${sentence(drawing, taker)}` : nothing}</td></tr>`;
    })}</tbody>`;
}
