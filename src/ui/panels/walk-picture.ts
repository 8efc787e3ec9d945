/** The two-dimensional walk under EPT: a row for each guest-physical address on the way, a column for each EPT level, numbered in the order of the reads. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ExplainedReference, ExplainedRow, WalkExplanation } from '../../api/protocol.ts';
import { address } from '../widgets/number.ts';
import { bits, type Drawing, madeFrom } from './walk-bits.ts';
import { badgesOf, dot, endCell, entryValue, isPartial } from './walk-parts.ts';

const LEVELS = ['PML4', 'PDPT', 'PD', 'PT'] as const;
const LEVEL_BITS = { PML4: '47–39', PDPT: '38–30', PD: '29–21', PT: '20–12' } as const;
type Level = (typeof LEVELS)[number];

/** Draws `drawing.walk`, which is nested. */
export function nestedPicture(drawing: Drawing): TemplateResult {
  const { walk, t } = drawing;
  const levels = LEVELS.slice(0, depthOf(drawing.whole ?? walk) + 1);
  const root = walk.references.find((r) => r.level === 'PML4');
  const isPaged = walk.rows.length > 1;
  const heads = levels.map(
    (level) =>
      html`<div class="column" role="columnheader"><b>${level}</b><span class="note bits-of">${t('walk.bits', { range: LEVEL_BITS[level] })}</span></div>`,
  );
  return html`<div class="picture n${levels.length + 1} ${walk.tlb.use === 'hit' ? 'saved' : ''} ${isPartial(drawing) ? 'partial' : ''}" role="grid" aria-label=${t('walk.title')} aria-rowcount=${walk.rows.length + 1}>
    <div class="over" aria-hidden="true"><span></span><div class="ept-side"><span>${t('walk.ept')}</span>${root ? html`<span class="root">${t('walk.root')} ${address('h', root.host - 8 * root.index)}</span>` : nothing}</div><div class="guest-side">${isPaged ? t('walk.guestEntry') : nothing}</div></div>
    <div class="columns" role="row"><span role="columnheader"><span class="visually-hidden">${t('walk.row')}</span></span>${heads}<div class="column" role="columnheader">${isPaged ? html`<b>${t('walk.readColumn')}</b><span class="note bits-of">${t('walk.read4')}</span>` : html`<b>${t('walk.access')}</b>`}</div></div>
    ${walk.rows.map((row, i) => rowOf(drawing, row, walk.rows[i + 1], levels))}
  </div>`;
}

/** Index of the deepest level that any row reads, or would have read. */
function depthOf(walk: WalkExplanation): number {
  const depths = walk.rows.map((row) => {
    const last = walk.references.find((r) => r.number === row.ept.at(-1));
    return last?.isLeaf && last.frame !== null ? LEVELS.indexOf(last.level) : LEVELS.length - 1;
  });
  return Math.max(...depths);
}

function rowOf(drawing: Drawing, row: ExplainedRow, next: ExplainedRow | undefined, levels: readonly Level[]): TemplateResult {
  const { walk, t } = drawing;
  const at = (n: number | null): ExplainedReference | undefined => walk.references.find((r) => r.number === n);
  const ept = row.ept.map(at).filter((r) => r !== undefined);
  const read = at(row.read);
  const isReached = row.level === 'page' ? walk.outcome.kind === 'ok' : read !== undefined;
  const name = row.level === 'page' ? t('walk.page') : t(row.level === 'PD' ? 'walk.guestPd' : 'walk.guestPt');
  return html`<div class="row" role="row">
      <div class="name" role="rowheader"><b>${name}</b>${row.guestPhysical === null ? html`<span class="note">${t('walk.notReached')}</span>` : html`${address('g', row.guestPhysical)}<span class="how">${madeFrom(row, t)}</span>`}</div>
      ${levels.map((level, i) => eptCell(drawing, ept, { level, isLast: i === levels.length - 1, isReached }))}
      ${row.level === 'page' ? endCell(drawing) : guestCell(drawing, read)}
    </div>
    ${next ? lane(read, next, t) : nothing}`;
}

/** One reference through the EPT; past a large page's entry the line only goes on, past a failure there is an empty place. */
function eptCell(
  drawing: Drawing,
  ept: readonly ExplainedReference[],
  { level, isLast, isReached }: { level: Level; isLast: boolean; isReached: boolean },
): TemplateResult {
  const ref = ept.find((r) => r.level === level);
  const last = ept.at(-1);
  if (!ref) {
    const isPassed = last?.isLeaf && last.frame !== null && LEVELS.indexOf(level) > LEVELS.indexOf(last.level);
    if (isPassed)
      return html`<div class="cell passed ${isReached ? '' : 'ahead'}" role="gridcell"><span class="line"></span><span class="note">${isLast || LEVELS.indexOf(level) === LEVELS.indexOf(last.level) + 1 ? drawing.t(last.level === 'PD' ? 'walk.large2M' : 'walk.large1G') : nothing}</span></div>`;
    return html`<div class="cell ahead" role="gridcell"><span class="ring"></span><span class="line"></span><span class="visually-hidden">${drawing.t('walk.notReached')}</span></div>`;
  }
  const isEnd = ref === last && !isReached;
  return cell(drawing, ref, isEnd ? 'ends' : '');
}

function cell(drawing: Drawing, ref: ExplainedReference, kind: string): TemplateResult {
  const { walk, t } = drawing;
  const isFault = walk.missing?.reference === ref.number && walk.outcome.kind !== 'ok';
  const index = ref.dimension === 'guest' ? `${ref.entry}[${ref.index}]` : `[${ref.index}]`;
  return html`<div class="cell ${ref.dimension} ${kind} ${isFault ? 'fault' : ''} ${ref.sameAs === null ? '' : 'again'}" role="gridcell">
    <span class="line"></span>${dot(ref, drawing)}<span class="index">${index}${badgesOf(ref, drawing)}</span>
    <span class="lines">${address('h', ref.host)}${ref.sameAs === null || isFault ? html`${entryValue(ref)}${bits(ref, walk)}` : html`<span class="note">${t('walk.sameAs', { n: ref.sameAs })}</span>`}</span>
  </div>`;
}

function guestCell(drawing: Drawing, read: ExplainedReference | undefined): TemplateResult {
  if (read) return cell(drawing, read, 'entry-cell');
  return html`<div class="cell entry-cell ahead" role="gridcell"><span class="ring"></span><span class="visually-hidden">${drawing.t('walk.notReached')}</span></div>`;
}

/** From a guest's entry to the row that its frame begins. */
function lane(read: ExplainedReference | undefined, next: ExplainedRow, t: Drawing['t']): TemplateResult {
  const isTaken = read?.frame != null && next.guestPhysical !== null;
  return html`<div class="lane ${isTaken ? '' : 'ahead'}" role="presentation">${isTaken && read ? html`<span>${read.entry} ${entryText(read)} → ${t('walk.frame')} ${address('g', read.frame ?? 0)}</span>` : nothing}</div>`;
}

function entryText({ low }: ExplainedReference): string {
  return `0x${low.toString(16).toUpperCase().padStart(8, '0')}`;
}
