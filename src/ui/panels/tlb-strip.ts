/** A large TLB, drawn as how full its sets are: one bar for each set, one row for each half. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { CachedEntry, TlbEntryView } from '../../api/protocol.ts';
import { plain } from '../widgets/sentence.ts';
import { isUnderLens, type TlbDrawing } from './tlb-parts.ts';
import { entriesCount } from './tlb-words.ts';

/** A set of one half. */
export interface SetChoice {
  readonly half: TlbEntryView['half'];
  readonly set: number;
}

/** Height of a set's bar, in units of the drawing, with all its ways in use. */
const TALL = 24;
/** Sets apart at which a pointer still means one. */
const NEAR = 6;

/** Both halves; a press on a bar chooses its set, on an empty place none. */
export function strips(drawing: TlbDrawing, chosen: SetChoice | null, choose: (set: SetChoice | null) => void): TemplateResult {
  return html`<div class="strips">${(['instruction', 'data'] as const).map((half) => {
    const entries = drawing.tlb.entries.filter((entry) => entry.half === half);
    const used = new Set(entries.map(({ set }) => set));
    const press = (event: PointerEvent): void => {
      const { sets } = drawing.tlb;
      const box = (event.currentTarget as Element).getBoundingClientRect();
      const at = ((event.clientX - box.left) / box.width) * sets;
      const set = [...used].sort((a, b) => Math.abs(a + 0.5 - at) - Math.abs(b + 0.5 - at))[0];
      choose(set !== undefined && Math.abs(set - at) <= NEAR ? { half, set } : null);
    };
    return html`<div class="strip"><span class="name"><b>${drawing.t(`tlb.${half}`)}</b><span class="note">${drawing.t('tlb.used', { n: used.size, all: drawing.tlb.sets, entries: plain(drawing.language, entriesCount(entries.length)) })}</span></span>
      <svg viewBox="0 0 ${drawing.tlb.sets} ${TALL + 6}" preserveAspectRatio="none" aria-hidden="true" @pointerdown=${press}>${bars(drawing, entries, chosen?.half === half ? chosen.set : null)}</svg></div>`;
  })}</div>`;
}

function bars(drawing: TlbDrawing, entries: readonly CachedEntry[], chosen: number | null): SVGTemplateResult {
  const { sets, ways, gone } = drawing.tlb;
  const bySet = new Map<number, CachedEntry[]>();
  for (const entry of entries) bySet.set(entry.set, [...(bySet.get(entry.set) ?? []), entry]);
  const step = TALL / ways;
  const half = entries[0]?.half;
  const marks = Array.from({ length: 9 }, (_, i) => (i * sets) / 8);
  return svg`<rect class="ground" x="0" y="0" width=${sets} height=${TALL}/>
    ${Array.from({ length: ways - 1 }, (_, i) => svg`<line class="way" x1="0" x2=${sets} y1=${(i + 1) * step} y2=${(i + 1) * step}/>`)}
    ${gone.filter((entry) => entry.half === half).map(({ set }) => svg`<rect class="gone" x=${set} y="0" width="2" height=${TALL}/>`)}
    ${[...bySet].map(([set, held]) => {
      const kind = `${held.some(({ isNew }) => isNew) ? 'new' : ''} ${held.some((entry) => isUnderLens(drawing, entry)) ? 'under' : ''} ${set === chosen ? 'chosen' : ''}`;
      // A set is hardly a pixel wide: a bar is drawn wider, so that it is seen.
      return svg`<rect class="bar ${kind}" x=${set} y=${TALL - held.length * step} width="2" height=${held.length * step}/>`;
    })}
    ${marks.map((set) => svg`<line class="scale" x1=${set} x2=${set} y1=${TALL} y2=${TALL + 4}/>`)}`;
}

/** What the list is limited to, with the way back. */
export function choiceNote(
  { t }: TlbDrawing,
  chosen: SetChoice | null,
  choose: (set: SetChoice | null) => void,
): TemplateResult | typeof nothing {
  if (!chosen) return nothing;
  return html`<span class="choice">${t('tlb.onlySet', { set: chosen.set, half: t(`tlb.${chosen.half}`) })} <button class="link" @click=${() => choose(null)}>${t('tlb.allSets')}</button></span>`;
}
