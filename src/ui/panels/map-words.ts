/** What the memory map says in words: of a cell, of several, of a ribbon. */
import { html, nothing, type TemplateResult } from 'lit';
import type { BrokenEntry, LinkRights, MapBar, MapLink, MapView, Region } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { sizeText } from '../widgets/bands.ts';
import { address } from '../widgets/number.ts';
import type { Cell, Span } from './map-scale.ts';

type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

/** `RW S`, `R-X`; '' where nothing is asked. */
export function rightsText(rights: LinkRights): string {
  switch (rights.kind) {
    case 'guest':
      return `${rights.isWritable ? 'RW' : 'R'} ${rights.isUser ? 'U' : 'S'}${rights.isGlobal ? ' G' : ''}`;
    case 'ept':
      return `EPT ${rights.R ? 'R' : '-'}${rights.W ? 'W' : '-'}${rights.X ? 'X' : '-'}`;
    case 'io':
      return `${rights.R ? 'R' : '-'}${rights.W ? 'W' : '-'}`;
    case 'none':
      return '';
  }
}

/** The level and the bit at which a way ends. */
export function brokenText({ table, index, rule }: BrokenEntry, t: Translate): string {
  return t('map.broken', { table, index, bit: rule ?? t('map.noRights') });
}

/** Who has it: `page tables, vm1`; registers by the device's name. */
export function holderText(region: Region, { devices }: MapView, t: Translate): string {
  const device = devices.find(({ start, size }) => region.start >= start && region.start < start + size);
  const name = region.holder === 'device' && device ? device.name : t(`map.holder.${region.holder}`, { n: region.sharers });
  return region.vm === null ? name : `${name}, vm${region.vm}`;
}

/** In a word, for where there is no room for more. */
export function holderWord({ holder, sharers }: Region, t: Translate): string {
  return t(`map.short.${holder}`, { n: sharers });
}

export function barName({ space, number }: MapBar, t: Translate): string {
  const name = t(({ v: 'map.linear', g: 'map.physical', h: 'map.host', io: 'map.bus' } as const)[space]);
  if (number === null) return name;
  return `${name} · ${space === 'g' ? `vm${number}` : t('map.domain', { n: number })}`;
}

/** What of a ribbon was used, in `size` bytes from `start` on: in bytes of pages. */
export function usedText({ marks }: MapLink, { start, size }: Pick<Cell, 'start' | 'size'>, t: Translate): string {
  const part = (from: number, end: number): number => Math.max(0, Math.min(end, start + size) - Math.max(from, start));
  const sum = (isDirty: boolean): number =>
    marks.filter((m) => m.isDirty === isDirty).reduce((bytes, m) => bytes + part(m.start, m.start + m.size), 0);
  const [dirty, accessed] = [sum(true), sum(false)];
  return [
    dirty > 0 ? t('map.dirtyPart', { size: sizeText(dirty, t) }) : '',
    accessed > 0 ? t('map.accessedPart', { size: sizeText(accessed, t) }) : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** One line on `span` of `bar`. */
export function spanLine(view: MapView, bar: MapBar, span: Span, t: Translate): TemplateResult {
  const { start, size, cells } = span;
  const last = start + size - 1;
  const range = html`${address(bar.space, start)}–${address(bar.space, last)} <span class="size">${sizeText(size, t)}</span>`;
  if (cells.length > 1) return html`<b>${t('map.small', { n: cells.length })}</b> ${range}`;
  return html`${range} ${cellLine(view, bar, cells[0], t)}`;
}

function cellLine(view: MapView, bar: MapBar, cell: Cell, t: Translate): TemplateResult {
  const { start, region, link } = cell;
  const who = region ? html`<b>${holderText(region, view, t)}</b>` : nothing;
  if (!link) {
    const incoming = view.links.filter(
      ({ to, target, size }) => to === bar.id && target !== null && start >= target && start < target + size,
    );
    if (bar.space !== 'h') return html`${who} <span class="note">${t('map.unmapped')}</span>`;
    return html`${who} ${incoming.length === 0 ? html`<span class="note">${t('map.unused')}</span>` : incoming.map((l) => html`← ${sourceOf(view, l, start)} `)}`;
  }
  return html`${who} ${linkLine(view, link, cell, t)}`;
}

function sourceOf({ bars }: MapView, link: MapLink, at: number): TemplateResult {
  const from = bars.find(({ id }) => id === link.from);
  const vm = from?.space === 'g' && from.number !== null ? html`vm${from.number} ` : nothing;
  return html`${vm}${address(from?.space ?? 'v', link.start + at - (link.target ?? 0))}`;
}

/** Where a ribbon leads from a part of it, and what may be done through it. */
export function linkLine({ bars }: MapView, link: MapLink, part: Pick<Cell, 'start' | 'size'>, t: Translate): TemplateResult {
  const { target, start, rights, pageSize, broken } = link;
  const to = bars.find(({ id }) => id === link.to);
  const used = usedText(link, part, t);
  const where =
    target === null
      ? html`<b>✕ ${broken ? brokenText(broken, t) : t('map.unmapped')}</b>`
      : address(to?.space ?? 'h', target + part.start - start);
  const what = [rightsText(rights), pageSize ? t('map.pages', { size: sizeText(pageSize, t) }) : '', used].filter(Boolean).join(' · ');
  return html`→ ${where} ${what ? html`<span class="size">${what}</span>` : nothing}`;
}
