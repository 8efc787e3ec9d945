/** What misses have cost: a picture of the recorded range, and the account of all fills. */
import { html, nothing, svg, type TemplateResult } from 'lit';
import { grouped } from '../reading.ts';
import { balance, type Bucket, buckets, tally } from './tlb-log.ts';
import { sentence, type TlbDrawing } from './tlb-parts.ts';
import { say } from '../widgets/sentence.ts';

/** Bars of the picture, and its height with the part below the line. */
const BARS = 72;
const ABOVE = 36;
const BELOW = 12;

export function cost(drawing: TlbDrawing, isTable: boolean): TemplateResult {
  const { t, history, tick, begin, tlb } = drawing;
  const from = Math.max(history.fineFrom, begin);
  const sums = tally(history, from, tick);
  const isWhole = from === 0;
  const { first, held, evicted, flushed } = balance(sums, tlb.entries.length);
  return html`${from > begin ? html`<p class="note since">${t('tlb.since', { from: grouped(from) })}</p>` : nothing}
    ${isTable ? barTable(drawing, from) : barPicture(drawing, from)}
    <div class="columns"><dl class="sums">
      ${entry(t('tlb.cost.walks'), sums.walks)}${entry(t('tlb.cost.references'), sums.references)}${entry(t('tlb.cost.faults'), sums.faults)}
      ${entry(t('tlb.cost.fills'), sums.fills, 'rule')}${entry(t('tlb.cost.again'), sums.again)}
      ${isWhole ? html`${first > 0 ? entry(t('tlb.cost.first'), first) : nothing}${entry(t('tlb.cost.held'), held, 'rule')}${entry(t('tlb.cost.flushed'), flushed)}${entry(t('tlb.cost.evicted'), evicted)}` : nothing}</dl>
    ${whoFlushed(drawing, sums.flushes)}</div>
    <p class="note">${sums.walks === 0 ? nothing : t('tlb.cost.hits', { n: grouped((tick - from) / sums.walks) })} ${t('tlb.noCaches')}</p>`;
}

function entry(name: string, value: number, kind = ''): TemplateResult {
  return html`<div class=${kind}><dt>${name}</dt><dd>${grouped(value)}</dd></div>`;
}

function whoFlushed(drawing: TlbDrawing, flushes: ReturnType<typeof tally>['flushes']): TemplateResult {
  const { t } = drawing;
  if (flushes.length === 0) return html`<p class="note">${t('tlb.cost.noFlush')}</p>`;
  return html`<table class="records who"><thead><tr><th scope="col">${t('tlb.cost.who')}</th><th scope="col" class="number">${t('tlb.cost.times')}</th><th scope="col" class="number">${t('tlb.cost.took')}</th></tr></thead>
    <tbody>${flushes.map(({ scope, times, count }) => html`<tr><th scope="row">${sentence(drawing, say(`tlb.who.${scope}`))}</th><td class="number">${grouped(times)}</td><td class="number">${grouped(count)}</td></tr>`)}</tbody></table>`;
}

function barsOf({ history, end }: TlbDrawing, from: number): readonly Bucket[] {
  return buckets(history, { from, to: Math.max(end, from + 1) }, BARS);
}

/** References above the line, entries lost below it; what lies ahead is paler, the present has its needle. */
function barPicture(drawing: TlbDrawing, from: number): TemplateResult {
  const { tick, end, t, seek } = drawing;
  const bars = barsOf(drawing, from);
  const most = Math.max(1, ...bars.map(({ references }) => references));
  const mostLost = Math.max(1, ...bars.map(({ lost }) => lost));
  const span = Math.max(1, end - from);
  const now = ((tick - from) / span) * BARS;
  const width = BARS / bars.length;
  const press = (event: PointerEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    seek(Math.round(from + ((event.clientX - box.left) / box.width) * span));
  };
  return html`<figure class="bars"><figcaption>${t('tlb.bars', { most: grouped(Math.max(...bars.map(({ references }) => references))) })}</figcaption>
    <svg viewBox="0 0 ${BARS} ${ABOVE + BELOW}" preserveAspectRatio="none" aria-hidden="true" @pointerdown=${press}>
      ${bars.map((bar, i) => {
        const tall = (bar.references / most) * (ABOVE - 1);
        const deep = (bar.lost / mostLost) * (BELOW - 2);
        const kind = bar.from >= tick ? 'ahead' : '';
        return svg`${tall > 0 ? svg`<rect class="walked ${kind}" x=${i * width + 0.1} width=${width - 0.2} y=${ABOVE - tall} height=${tall}/>` : nothing}${deep > 0 ? svg`<rect class="lost ${kind}" x=${i * width + 0.1} width=${width - 0.2} y=${ABOVE + 1} height=${deep}/>` : nothing}`;
      })}<line class="base" x1="0" x2=${BARS} y1=${ABOVE} y2=${ABOVE}/><line class="now" x1=${now} x2=${now} y1="0" y2=${ABOVE + BELOW}/></svg>
    <div class="under"><span>${grouped(from)}</span><span>${grouped(end)}</span></div></figure>`;
}

function barTable(drawing: TlbDrawing, from: number): TemplateResult {
  const { t } = drawing;
  const heads = [t('tlb.cost.ticks'), t('tlb.cost.walks'), t('tlb.cost.references'), t('tlb.cost.lost')];
  const bars = barsOf(drawing, from).filter(({ walks, lost }) => walks + lost > 0);
  return html`<div class="wide" tabindex="0" role="region" aria-label=${t('tlb.tab.cost')}><table class="records"><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody>${bars.map(({ from: first, walks, references, lost }) => html`<tr><th scope="row">${grouped(first)}</th><td>${grouped(walks)}</td><td>${grouped(references)}</td><td>${grouped(lost)}</td></tr>`)}</tbody></table></div>`;
}
