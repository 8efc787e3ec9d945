/** A scale of ticks: which part of time it shows, and where its round numbers stand. */

/** Ticks from `from` up to `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const STEPS = [1, 2, 5];
/** The present may be this near to an end of the scale before the scale moves, as a share of it. */
const EDGE = 0.08;

/** The scale of `span` ticks for the present `now`: the last one as long as the present lies well inside it, else one with the present in its middle. */
export function scaleFor(last: Range, now: number, span: number): Range {
  const fits = last.to - last.from === span && now >= last.from + (last.from === 0 ? 0 : span * EDGE) && now <= last.to - span * EDGE;
  if (fits) return last;
  const from = Math.max(0, Math.round(now - span / 2));
  return { from, to: from + span };
}

/** The scale zoomed by `factor`, the tick at `share` of it staying where it is. */
export function zoomed({ from, to }: Range, factor: number, share: number): Range {
  const span = clampSpan((to - from) * factor);
  const start = Math.max(0, Math.round(from + (to - from) * share - span * share));
  return { from: start, to: start + span };
}

/** No fewer ticks than can be told apart, and no more than numbers can count. */
export function clampSpan(span: number): number {
  return Math.round(Math.min(2 ** 40, Math.max(20, span)));
}

/** Round numbers in the range, about `count` of them. */
export function roundTicks({ from, to }: Range, count: number): number[] {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = (STEPS.find((s) => s * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, i) => (first + i) * step);
}

/** Of items in order, one for each place that can be told apart: `place` in pixels, `gap` pixels at least between two. */
export function apart<T>(items: readonly T[], place: (item: T) => number, gap: number): T[] {
  const kept: T[] = [];
  let last = -Infinity;
  for (const item of items) {
    const x = place(item);
    if (x - last < gap) continue;
    kept.push(item);
    last = x;
  }
  return kept;
}
