/** The two-dimensional walk where room is short: the same references as on the page's stage, in half the height. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ExplainedReference, ExplainedRow, WalkExplanation } from '../api/protocol.ts';
import { reachedBy } from '../ui/reading.ts';
import { shortAddress } from '../ui/widgets/number.ts';
import { bits, type Drawing, madeFrom } from '../ui/panels/walk-bits.ts';

const LEVELS = ['PML4', 'PDPT', 'PD', 'PT'] as const;

/** Draws any walk. Without EPT it is one row: the two entries, and the page. */
export function compactWalk(drawing: Drawing): TemplateResult {
  const { walk, t } = drawing;
  if (walk.total === 0) return html`<p class="plain">${t('walk.pagingOff')}</p>`;
  const { isNested } = walk.context;
  const heads = isNested
    ? [...LEVELS, walk.rows.length > 1 ? t('walk.readColumn') : t('walk.access')]
    : [...walk.rows.slice(0, -1).map((row) => t(row.level === 'PD' ? 'walk.pd' : 'walk.pt')), t('walk.page')];
  const isSaved = walk.tlb.use === 'hit';
  return html`<div part="walk" class="walk ${isSaved ? 'saved' : ''} ${isNested ? '' : 'flat'}" role="table" aria-label=${t('walk.title')}>
    <div class="heads" role="row"><span role="columnheader"><span class="visually-hidden">${t('walk.row')}</span></span>${heads.map((head) => html`<b role="columnheader">${head}</b>`)}</div>
    ${isNested ? walk.rows.map((row) => nestedRow(drawing, row)) : flatRow(drawing)}
  </div>`;
}

function nestedRow(drawing: Drawing, row: ExplainedRow): TemplateResult {
  const { walk, t } = drawing;
  const at = (n: number | null): ExplainedReference | undefined => walk.references.find((r) => r.number === n);
  const ept = row.ept.map(at).filter((r) => r !== undefined);
  const read = at(row.read);
  const name = row.level === 'page' ? t('walk.page') : t(row.level === 'PD' ? 'walk.guestPd' : 'walk.guestPt');
  return html`<div class="row" role="row">
    <div class="name" role="rowheader"><b>${name}</b>${row.guestPhysical === null ? html`<span class="note">${t('walk.notReached')}</span>` : html`${shortAddress('g', row.guestPhysical)}<span class="how">${madeFrom(row, t)}</span>`}</div>
    ${LEVELS.map((level) => {
      const found = ept.find((r) => r.level === level);
      return found ? cell(drawing, found) : gap(drawing, ept.at(-1), level);
    })}
    ${row.level === 'page' ? end(drawing) : read ? cell(drawing, read) : empty(t('walk.notReached'), true)}
  </div>`;
}

function flatRow(drawing: Drawing): TemplateResult {
  const { walk, t } = drawing;
  const tables = walk.rows.filter((row) => row.level !== 'page');
  return html`<div class="row" role="row">
    <div class="name" role="rowheader"><b>CR3</b>${shortAddress('h', (walk.context.cr3 & -0x1000) >>> 0)}<span class="how">${t('walk.pdAt')}</span></div>
    ${tables.map((row) => {
      const found = walk.references.find((r) => r.number === row.read);
      return found ? cell(drawing, found) : empty(t('walk.notReached'));
    })}
    ${end(drawing)}
  </div>`;
}

/** One reference: its number, which entry, where, what was read there, and the bits that count. */
function cell({ walk, t }: Drawing, ref: ExplainedReference): TemplateResult {
  const isFault = walk.missing?.reference === ref.number && walk.outcome.kind !== 'ok';
  const isAgain = ref.sameAs !== null && !isFault;
  const isNow = !isFault && ref === walk.references.at(-1);
  const index = ref.dimension === 'guest' ? `${ref.entry}[${ref.index}]` : `[${ref.index}]`;
  const value = `${ref.high ? `${ref.high.toString(16).toUpperCase()}:` : ''}${ref.low.toString(16).toUpperCase()}`;
  return html`<div part="walk-cell" class="cell ${ref.dimension} ${isFault ? 'fault' : ''} ${isAgain ? 'again' : ''} ${isNow ? 'last' : ''}" role="cell">
    <span class="line"></span><span class="dot">${ref.number}</span><span class="index">${index}</span>
    <div class="text">${shortAddress('h', ref.host)}${isAgain ? html`<span class="note">${t('walk.sameAs', { n: ref.sameAs ?? 0 })}</span>` : html`<span class="entry">${value}</span>${bits(ref, walk)}`}</div>
  </div>`;
}

/** Past a large page's entry there is nothing to read; past a failure, nothing was. */
function gap({ t }: Drawing, last: ExplainedReference | undefined, level: (typeof LEVELS)[number]): TemplateResult {
  const isPassed = last?.isLeaf && last.frame !== null && LEVELS.indexOf(level) > LEVELS.indexOf(last.level as (typeof LEVELS)[number]);
  if (!isPassed) return empty(t('walk.notReached'), true);
  const isNext = LEVELS.indexOf(level) === LEVELS.indexOf(last.level as (typeof LEVELS)[number]) + 1;
  return html`<div class="cell passed" role="cell"><span class="line"></span>${isNext ? html`<span class="note">${t(last.level === 'PD' ? 'walk.large2M' : 'walk.large1G')}</span>` : nothing}</div>`;
}

function empty(words: string, isQuiet = false): TemplateResult {
  return html`<div class="cell ahead" role="cell"><span class="dot"></span><div class="text"><span class=${isQuiet ? 'visually-hidden' : 'note'}>${words}</span></div></div>`;
}

/** Where the access goes, or that it does not. */
function end({ walk, whole = walk, t }: Drawing): TemplateResult {
  const host = walk === whole ? reachedBy(walk) : null;
  const access = t(`walk.${walk.access}`);
  if (host === null)
    return html`<div class="cell ahead" role="cell"><span class="dot"></span><div class="text"><span class="never">${access}</span><span class="note">${t('walk.notReached')}</span></div></div>`;
  return html`<div class="cell reached" role="cell"><span class="dot"></span><div class="text">${shortAddress('h', host)}<span class="never">${access}</span></div></div>`;
}

/** `14 of 14 references`, as numbers: how many were made, and how many the whole walk takes. */
export function countOf({ tlb, references, total }: WalkExplanation): readonly [made: number, total: number] {
  return [tlb.use === 'hit' ? 0 : references.length, total];
}
