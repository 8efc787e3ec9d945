/** What stands under the way of a request: faults, caches, domains, groups, registers; each a list that can be read without a drawing. */
import { html, nothing, type TemplateResult } from 'lit';
import { FAULT_MEANINGS, FAULT_RECORDS, VTD_REGISTERS, type VtdRegister, wideField } from '../../arch/vtd.ts';
import { formatRoutingId } from '../../arch/pci.ts';
import type { DomainView, GroupView, IommuView, Language } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { busMeaning, functionTitle } from '../i18n/bus-facts.ts';
import { colon } from '../i18n/typography.ts';
import { grouped } from '../reading.ts';
import { sizeText } from '../widgets/bands.ts';
import { address, hex, hexText } from '../widgets/number.ts';
import { at, say, typeset } from '../widgets/sentence.ts';
import { routing } from './iommu-walk.ts';

export const SECTIONS = ['faults', 'caches', 'domains', 'groups', 'registers'] as const;
export type Section = (typeof SECTIONS)[number];

/** What a list is given. */
export interface Listing {
  readonly view: IommuView;
  readonly language: Language;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  /** Shows the way of another request. */
  readonly look: (requester: number, address: number, isWrite: boolean) => void;
}

/** How many there are, for the tab; null where a number says nothing. */
export function countOf(section: Section, view: IommuView): number | null {
  if (section === 'faults') return view.counters.faults;
  if (section === 'caches') return view.contexts.length + view.iotlb.length;
  if (section === 'domains') return view.domains.length;
  return section === 'groups' ? view.groups.length : null;
}

/** One of the sections. */
export function sectionOf(section: Section, listing: Listing): TemplateResult {
  return { faults, caches, domains, groups, registers }[section](listing);
}

// Faults -----------------------------------------------------------------------------------------------------------------------------------
function faults({ view, language, t, look }: Listing): TemplateResult {
  const { faults: records, log, faultStatus } = view;
  const isKept = (f: (typeof log)[number]): boolean => records.some((r) => isSame(r, f));
  const unlogged = records.filter((r) => !log.some((f) => isSame(r, f))).map((r) => ({ ...r, tick: null }));
  const all = [...log.map((f) => ({ ...f, record: records.find((r) => isSame(r, f))?.record ?? null })), ...unlogged];
  return html`
    ${
      all.length === 0
        ? html`<p>${t('iommu.faults.none')}</p>`
        : html`<ol class="log">${all.map(
            (f) => html`<li><span class="tick">${f.tick === null ? '' : grouped(f.tick)}</span>
              <span class="what">${typeset(
                language,
                say(f.isWrite ? 'iommu.faults.write' : 'iommu.faults.read', {
                  ...{ function: { mono: formatRoutingId(f.requester) }, address: at('io', f.address) },
                  meaning: busMeaning(language, FAULT_MEANINGS[f.reason] ?? ''),
                }),
              )} <span class="note">${t('iommu.reason', { code: hexText(f.reason, 2) })}, ${f.record === null ? t('iommu.faults.cleared') : t('iommu.faults.kept', { n: f.record })}${f.record !== null && f.record === faultStatus.oldest && isKept({ ...f, tick: f.tick ?? 0 }) ? `, ${t('iommu.faults.oldest')}` : ''}</span></span>
              <button class="link" @click=${() => look(f.requester, f.address, f.isWrite)}>${t('iommu.faults.look')}</button></li>`,
          )}</ol>`
    }
    <h2 class="sub">${t('iommu.faults.status')}</h2>
    <p>${statusText(view, t)}</p>`;
}

/** A record has the page of the address only. */
function isSame(a: { requester: number; address: number; isWrite: boolean; reason: number }, b: typeof a): boolean {
  const page = (value: number): number => Math.floor(value / 4096);
  return a.requester === b.requester && page(a.address) === page(b.address) && a.isWrite === b.isWrite && a.reason === b.reason;
}

function statusText({ faultStatus: s, faults: records }: IommuView, t: Listing['t']): string {
  const parts = [s.hasFault ? t('iommu.faults.pending', { n: s.oldest }) : t('iommu.faults.quiet')];
  if (s.isOverflown) parts.push(t('iommu.faults.overflow'));
  if (records.length === 0) parts.push(t('iommu.faults.empty', { n: FAULT_RECORDS }));
  if (s.isMasked) parts.push(t(s.isPending ? 'iommu.faults.waits' : 'iommu.faults.masked'));
  else parts.push(t('iommu.faults.interrupts', { vector: hexText(s.messageData & 0xff, 2) }));
  return parts.map((part) => part.replace(/\.$/, '')).join(' · ');
}

// Caches -----------------------------------------------------------------------------------------------------------------------------------
function caches({ view, language, t }: Listing): TemplateResult {
  const { iotlb, contexts } = view;
  if (iotlb.length + contexts.length === 0) return html`<p>${t('iommu.caches.empty')}</p>`;
  return html`${
    iotlb.length === 0
      ? nothing
      : html`<h2 class="sub">${t('iommu.caches.iotlb')}</h2><table class="records"><thead>${headsOf(t, ['domain', 'address', 'host', 'size', 'rights', 'tables'])}</thead><tbody>${iotlb.map(
          (e) =>
            html`<tr class=${e.isStale ? 'stale-row' : ''}><td>${e.domain}</td><td>${address('io', e.address)}</td><td>${e.isReadable || e.isWritable ? address('h', e.host) : '✕'}</td><td>${sizeText(e.size, t)}</td><td>${rightsOf(e)}</td><td>${
              e.isStale
                ? html`<span class="stale-mark">${t('iommu.stale')}</span> ${e.now === null ? t('iommu.nowhere') : html`${address('h', e.now.host)} ${rightsOf(e.now)}`}`
                : html`<span class="note">${t('iommu.same')}</span>`
            }</td></tr>`,
        )}</tbody></table>`
  }
  ${
    contexts.length === 0
      ? nothing
      : html`<h2 class="sub">${t('iommu.caches.contexts')}</h2><table class="records"><thead>${headsOf(t, ['function', 'domain', 'levels', 'table', 'tables'])}</thead><tbody>${contexts.map(
          (e) =>
            html`<tr class=${e.isStale ? 'stale-row' : ''}><td>${formatRoutingId(e.requester)}</td>${
              e.isPresent
                ? html`<td>${e.domain}</td><td>${e.isPassThrough ? '' : e.levels}</td><td>${e.isPassThrough ? t('iommu.domains.through') : address('h', e.table)}</td>`
                : html`<td colspan="3">✕ ${t('iommu.absent', { meaning: busMeaning(language, FAULT_MEANINGS[e.reason] ?? '') })}</td>`
            }<td>${e.isStale ? html`<span class="stale-mark">${t('iommu.stale')}</span>` : html`<span class="note">${t('iommu.same')}</span>`}</td></tr>`,
        )}</tbody></table>`
  }`;
}

type Column = 'domain' | 'address' | 'host' | 'size' | 'rights' | 'tables' | 'function' | 'levels' | 'table' | 'members' | 'maps';

function headsOf(t: Listing['t'], columns: readonly Column[]): TemplateResult {
  return html`<tr>${columns.map((k) => html`<th scope="col">${t(`iommu.column.${k}`)}</th>`)}</tr>`;
}

function rightsOf({ isReadable, isWritable }: { readonly isReadable: boolean; readonly isWritable: boolean }): string {
  return `${isReadable ? 'R' : '-'}${isWritable ? 'W' : '-'}`;
}

// Domains and groups -----------------------------------------------------------------------------------------------------------------------
function domains({ view, t }: Listing): TemplateResult {
  const outside = view.requesters.filter((r) => r.domain === null && r.routingId !== 0);
  return html`${
    view.domains.length === 0
      ? html`<p>${t('iommu.domains.none')}</p>`
      : html`<table class="records"><thead>${headsOf(t, ['domain', 'members', 'levels', 'table', 'maps'])}</thead><tbody>${view.domains.map(
          (d) =>
            html`<tr><td>${d.domain}</td><td>${d.devices.map((rid) => html`<div>${formatRoutingId(rid)}</div>`)}</td><td>${d.context.isPassThrough ? '' : d.context.levels}</td><td>${d.context.isPassThrough ? '' : address('h', d.context.table)}</td><td>${mapsOf(d, t)}</td></tr>`,
        )}</tbody></table>`
  }${outside.length === 0 ? nothing : html`<p class="note">${t('iommu.domains.outside', { functions: outside.map((r) => formatRoutingId(r.routingId)).join(', ') })}</p>`}`;
}

const SHOWN = 8;

function mapsOf({ context, mappings, isCut }: DomainView, t: Listing['t']): TemplateResult {
  if (context.isPassThrough) return html`${t('iommu.domains.through')}`;
  if (mappings.length === 0) return html`✕ ${t('iommu.domains.nothing')}`;
  const more = isCut || mappings.length > SHOWN;
  return html`${mappings.slice(0, SHOWN).map((m) => html`<div>${address('io', m.address)} → ${address('h', m.host)} ${sizeText(m.size, t)} ${rightsOf(m)}</div>`)}${more ? html`<div class="note">${t('iommu.domains.more')}</div>` : nothing}`;
}

function groups({ view, language, t }: Listing): TemplateResult {
  const titles = new Map(view.requesters.map((r) => [r.routingId, r.title]));
  return html`<ul>${view.groups.map(
    (g) => html`<li class="group"><h2 class="sub">${t('iommu.groups.head', { n: g.number })}</h2><div>
      <div class="members">${g.members.map((rid) => html`<span>${routing(rid)} <span class="note">${functionTitle(language, titles.get(rid) ?? '')}</span></span>`)}</div>
      ${verdict(g, language, t)}</div></li>`,
  )}</ul>`;
}

function verdict(group: GroupView, language: Language, t: Listing['t']): TemplateResult {
  const { number: n, wanted, blockers, causes, members, isViable } = group;
  if (wanted === null) return html`<p class="note">${t('iommu.groups.bridges')}</p>`;
  const reasons = causes.map(({ kind, at: rid, missing }) =>
    t(`iommu.groups.${kind}`, { function: formatRoutingId(rid), missing: missing.join(', ') }),
  );
  const together = reasons.length === 0 ? nothing : html`<p class="note">${t('iommu.groups.together', { causes: reasons.join('; ') })}</p>`;
  if (isViable) return html`<p class="note">${t(members.length === 1 ? 'iommu.groups.alone' : 'iommu.groups.viable')}</p>${together}`;
  const users = blockers
    .map(({ routingId, driver }) =>
      t('iommu.groups.user', { function: formatRoutingId(routingId), driver: functionTitle(language, driver) }),
    )
    .join(', ');
  return html`<p class="refusal">✕ ${t('iommu.groups.refused', { n, users })} <span class="note">${t('iommu.groups.wanted', { function: formatRoutingId(wanted) })}</span></p>${together}`;
}

// Registers --------------------------------------------------------------------------------------------------------------------------------
function registers({ view, language, t }: Listing): TemplateResult {
  const { queue } = view;
  const rows: readonly (readonly [MessageKey, unknown])[] = [
    ['iommu.register.translation', t(view.isEnabled ? 'iommu.on' : 'iommu.isOff')],
    ['iommu.register.root', view.root === null ? t('iommu.notSet') : address('h', view.root)],
    [
      'iommu.register.queue',
      queue.isEnabled
        ? html`${t('iommu.on')} · ${address('h', queue.base)} ${t('iommu.queueAt', { size: queue.size, head: queue.head, tail: queue.tail })}${queue.isStuck ? html` <b>${t('iommu.queueStuck')}</b>` : nothing}`
        : t('iommu.isOff'),
    ],
    [
      'iommu.register.caching',
      `${t(view.isCaching ? 'iommu.yes' : 'iommu.no')}${colon(language)}${t(view.isCaching ? 'iommu.cachingOn' : 'iommu.cachingOff')}`,
    ],
    ['iommu.register.coherent', `${t('iommu.yes')}${colon(language)}${t('iommu.coherentOn')}`],
    ['iommu.register.widths', t('iommu.widthsText')],
    ['iommu.register.pages', [2 ** 12, 2 ** 21, 2 ** 30].map((size) => sizeText(size, t)).join(', ')],
    ['iommu.register.passThrough', t('iommu.yes')],
    ['iommu.register.records', String(FAULT_RECORDS)],
    ['iommu.register.remapping', t('iommu.no')],
  ];
  return html`<dl class="words">${rows.map(([key, value]) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`)}</dl>
    <h2 class="sub">${t('iommu.registersTable')}</h2>
    <table class="records"><thead><tr>${(['register', 'offset', 'value', 'meaning'] as const).map((k) => html`<th scope="col">${t(`iommu.column.${k}`)}</th>`)}</tr></thead><tbody>${view.registers.map(
      (r) => {
        const row: VtdRegister | undefined = VTD_REGISTERS.find((known) => known.offset === r.offset);
        return html`<tr><th scope="row">${r.name}</th><td>${hexText(r.offset, 3)}</td><td>${r.words.toReversed().map((word, i) => html`${i > 0 ? '·' : ''}${hex(word)}`)}</td><td class="wide"><span class="note">${busMeaning(language, row?.meaning ?? '')}${fieldsOf(row, r.words)}</span></td></tr>`;
      },
    )}</tbody></table>`;
}

/** Fields that are not 0, by name and value. */
function fieldsOf(row: VtdRegister | undefined, words: readonly number[]): string {
  const set = (row?.bits ?? []).map((field) => ({ field, value: wideField(field, words) })).filter(({ value }) => value !== 0);
  return set.length === 0
    ? ''
    : ` · ${set.map(({ field, value }) => `${field.name} ${(field.width ?? 1) > 20 ? hexText(value, 1) : value}`).join(', ')}`;
}
