/** How far one is in a lesson, on the ruler of the page: a tick for each step, those behind in ink, the present one the needle. */
import { svg, html, type TemplateResult } from 'lit';
import type { OpenLesson } from './progress.ts';

const APART = 6;

/** Drawn small enough for the page's head. Says nothing: what stands beside it does. */
export function lessonRuler({ steps, shown }: OpenLesson): TemplateResult {
  const width = (steps.length - 1) * APART + 4;
  return html`<svg class="ruler" width=${width} height="14" viewBox="0 0 ${width} 14" aria-hidden="true">${steps.map((_, i) => {
    const x = 2 + i * APART;
    if (i === shown) return svg`<path d="M${x} 1V13" stroke="var(--gv-now)" stroke-width="3" />`;
    return svg`<path d="M${x} ${i < shown ? 2 : 8}V13" stroke=${i < shown ? 'var(--gv-fg)' : 'var(--rule-strong)'} />`;
  })}</svg>`;
}
