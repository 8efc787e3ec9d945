/** A small TLB, drawn whole: every set and way of both halves is a cell, an empty one dashed. */
import { html, nothing, type TemplateResult } from 'lit';
import type { CachedEntry, TlbEntryView } from '../../api/protocol.ts';
import { colon } from '../i18n/typography.ts';
import { grouped } from '../reading.ts';
import { shortAddress } from '../widgets/number.ts';
import { badges } from '../widgets/pins.ts';
import { plain, say } from '../widgets/sentence.ts';
import { type Dated, takerOf } from './tlb-log.ts';
import { elsewhere, isLensEntry, isUnderLens, roam, sentence, slotOf, type TlbDrawing } from './tlb-parts.ts';
import { rightsOf, takerSentence } from './tlb-words.ts';

const HALVES = ['instruction', 'data'] as const;
type HalfName = (typeof HALVES)[number];

/** Both halves, side by side where there is room. */
export function grid(drawing: TlbDrawing): TemplateResult {
  const { tlb, study, t } = drawing;
  // A set with nothing in either half needs no room.
  const used = new Set([...tlb.entries, ...tlb.gone].map(({ set }) => set));
  return html`<div class="halves">${HALVES.map((half) => halfGrid(drawing, half, used))}</div>
    ${tlb.entries.length === 0 ? nothing : html`<p class="legend note"><span>↻ ${t('tlb.nextOut')}</span>${study ? html`<span>${t(study.isVpidOn ? 'tlb.without' : 'tlb.with')}${colon(drawing.language)}✓ ${t('tlb.kept')}, ✕ ${t('tlb.lost')}</span>` : nothing}</p>`}`;
}

function halfGrid(drawing: TlbDrawing, half: HalfName, used: ReadonlySet<number>): TemplateResult {
  const { tlb, t } = drawing;
  const { sets, ways } = tlb;
  const entries = new Map(drawing.dated.map((item) => [slotOf(item.entry, tlb), item]));
  const gone = new Map(tlb.gone.map((entry) => [slotOf(entry, tlb), entry]));
  const first = half === 'instruction' ? 0 : sets;
  const lowest = Math.min(...[...entries.keys()].filter((slot) => Math.floor(slot / (sets * ways)) === first / sets));
  return html`<table class="grid" aria-label=${t('tlb.picture', { half: t(`tlb.${half}`) })} @keydown=${(e: KeyboardEvent) => roam(e, '.entry')}>
    <thead><tr><th scope="col" class="set"></th>${Array.from({ length: ways }, (_, way) => html`<th scope="col">${way === 0 ? html`<b>${t(`tlb.${half}`)}</b> · ` : nothing}${t('tlb.way', { n: way })}</th>`)}</tr></thead>
    <tbody>${Array.from({ length: sets }, (_, set) => {
      const slots = Array.from({ length: ways }, (_way, way) => (first + set) * ways + way);
      const isFull = slots.every((slot) => entries.has(slot));
      return html`<tr class=${used.has(set) ? '' : 'bare'}><th scope="row" class="set">${set}</th>${slots.map((slot, way) => {
        const item = entries.get(slot);
        const lost = gone.get(slot);
        if (!item) return empty(drawing, lost);
        return full(drawing, item, { lost, isNext: isFull && tlb.next[first + set] === way, isFirst: slot === lowest });
      })}</tr>`;
    })}</tbody></table>`;
}

function empty(drawing: TlbDrawing, lost: TlbEntryView | undefined): TemplateResult {
  if (!lost) return html`<td><div class="cell free"><span class="visually-hidden">${drawing.t('tlb.free')}</span></div></td>`;
  return html`<td><div class="cell free went">${struck(lost)}${reason(drawing, lost)}</div></td>`;
}

interface Cell {
  readonly lost: TlbEntryView | undefined;
  readonly isNext: boolean;
  readonly isFirst: boolean;
}

function full(drawing: TlbDrawing, item: Dated<CachedEntry>, { lost, isNext, isFirst }: Cell): TemplateResult {
  const { entry } = item;
  const { t, follow, pins } = drawing;
  const isUsed = isLensEntry(drawing, entry) && drawing.walk?.tlb.use === 'hit';
  const kind = `${entry.isNew ? 'new' : ''} ${isUnderLens(drawing, entry) ? 'under' : ''} ${entry.isStale ? 'stale' : ''}`;
  return html`<td><button class="cell entry ${kind}" tabindex=${isFirst ? 0 : -1} title=${cellText(drawing, item)} @click=${() => follow(entry.linear)}>
    <span class="line">${isUsed ? html`<b class="hit">⚡</b>` : nothing}${shortAddress('v', entry.linear)}<span class="to">→</span>${shortAddress('h', entry.host)}${badges(pins, entry.linear, entry.size)}</span>
    <span class="line tags"><span>${rightsOf(entry)}</span><span>${flagsOf(entry)}</span><span>VPID ${entry.vpid}</span>${entry.isStale ? html`<b class="says">${t('tlb.stale')}</b>` : nothing}${elsewhere(drawing, entry, true)}${isNext ? html`<span class="next" aria-label=${t('tlb.nextOut')} role="img">↻</span>` : nothing}</span>
    ${lost ? html`<span class="line went">${struck(lost)}${reason(drawing, lost)}</span>` : nothing}</button></td>`;
}

/** G and D where they are set. */
function flagsOf({ isGlobal, isDirty }: TlbEntryView): string {
  return `${isGlobal ? 'G' : ''}${isDirty ? 'D' : ''}`;
}

function struck({ linear, host }: TlbEntryView): TemplateResult {
  return html`<s>${shortAddress('v', linear)}<span class="to">→</span>${shortAddress('h', host)}</s>`;
}

function reason(drawing: TlbDrawing, lost: TlbEntryView): TemplateResult | typeof nothing {
  const taker = takerSentence(takerOf(drawing.history, lost, { sets: drawing.tlb.sets, tick: drawing.tick }));
  return taker ? html`<span class="by">✕ ${sentence(drawing, taker)}</span>` : nothing;
}

/** All that a cell has no room for. */
function cellText({ language, t }: TlbDrawing, { entry, filledAt }: Dated<CachedEntry>): string {
  const { kind, isWritable, isUser, ep4ta } = entry;
  const rights = `${t(isWritable ? 'tlb.right.W' : 'tlb.right.R')}, ${t(isUser ? 'tlb.right.U' : 'tlb.right.S')}`;
  const tag = kind === 'combined' ? plain(language, say('tlb.eptp', { root: { space: 'h', address: ep4ta } })) : t('tlb.kind.linear');
  return [rights, tag, ...(filledAt === null ? [] : [`${t('tlb.filledAt')} ${grouped(filledAt)}`]), t('tlb.follow')].join(' · ');
}
