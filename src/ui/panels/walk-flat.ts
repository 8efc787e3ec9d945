/** The walk without EPT: one row, a column for each field of the linear address, each entry under the field that chose it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ExplainedReference } from '../../api/protocol.ts';
import { address } from '../widgets/number.ts';
import { bits, type Drawing } from './walk-bits.ts';
import { badgesOf, dot, endCell, entryValue, isPartial } from './walk-parts.ts';

/** Draws `drawing.walk`, which is not nested and has paging on. */
export function flatPicture(drawing: Drawing): TemplateResult {
  const { walk, t } = drawing;
  const tables = walk.rows.filter((row) => row.level !== 'page');
  const at = (n: number | null): ExplainedReference | undefined => walk.references.find((r) => r.number === n);
  const heads = tables.map(
    (row) => html`<div class="column" role="columnheader"><b>${t(row.level === 'PD' ? 'walk.pd' : 'walk.pt')}</b></div>`,
  );
  const isLarge = tables.length === 1;
  return html`<div class="picture flat ${isLarge ? 'large' : ''} ${walk.tlb.use === 'hit' ? 'saved' : ''} ${isPartial(drawing) ? 'partial' : ''}" role="grid" aria-label=${t('walk.title')}>
    <div class="columns" role="row"><span role="columnheader"><span class="visually-hidden">${t('walk.row')}</span></span>${heads}<div class="column" role="columnheader"><b>${t('walk.page')}</b></div></div>
    <div class="row" role="row">
      <div class="name" role="rowheader"><b>CR3</b>${address('h', (walk.context.cr3 & -0x1000) >>> 0)}<span class="how">${t('walk.pdAt')}</span></div>
      ${tables.map((row) => tableCell(drawing, at(row.read)))}
      ${endCell(drawing)}
    </div>
  </div>`;
}

function tableCell(drawing: Drawing, ref: ExplainedReference | undefined): TemplateResult {
  const { walk, t } = drawing;
  if (!ref)
    return html`<div class="cell ahead" role="gridcell"><span class="ring"></span><span class="line"></span><span class="lines"><span class="note">${t('walk.notReached')}</span></span></div>`;
  const isFault = walk.missing?.reference === ref.number && walk.outcome.kind !== 'ok';
  const isEnd = walk.outcome.kind !== 'ok' && walk.references.at(-1) === ref;
  return html`<div class="cell guest ${isFault ? 'fault' : ''} ${isEnd ? 'ends' : ''}" role="gridcell">
    <span class="line"></span>${dot(ref, drawing)}<span class="index">${ref.entry}[${ref.index}]${badgesOf(ref, drawing)}</span>
    <span class="lines">${address('h', ref.host)}${entryValue(ref)}${bits(ref, walk)}${ref.frame === null || isEnd ? nothing : html`<span class="how">→ ${t('walk.frame')} ${address('h', ref.frame)}</span>`}</span>
  </div>`;
}
