/** The drawing of the timeline: all that was recorded, the scale, and a row for each track. Marks without a word are one path a track: a run draws sixty pictures a
 *  second. */
import { nothing, svg, type SVGTemplateResult } from 'lit';
import type { History, Span } from '../history.ts';
import { grouped } from '../reading.ts';
import { apart, type Range, roundTicks } from '../widgets/scale.ts';
import type { Glyph, Mark, Source, Track } from './timeline-marks.ts';

/** Height of what stands above the rows. */
export const OVERVIEW = 14;
export const SCALE = 16;

/** Units of the drawing: pixels where the root's type is of 16. */
const NEAR = 2;
const LETTER = 6;
/** From a mark's place to its word. */
const BESIDE: Readonly<Record<Glyph, number>> = { bar: 4, block: 9, refused: 9, dot: 5, cross: 6, double: 7 };

/** What all parts of the drawing share. */
export interface Drawn {
  readonly source: Source;
  readonly tick: number;
  readonly end: number;
  readonly width: number;
  /** Height of a row. */
  readonly row: number;
  readonly bookmarks: readonly number[];
  readonly picked: Range | null;
}

/** A row and what stands on it. */
export interface Row {
  readonly track: Track;
  readonly marks: readonly Mark[];
}

/** Place of a tick in the rows. */
export function placeIn({ source: { range }, width }: Drawn): (tick: number) => number {
  return (tick) => ((tick - range.from) / (range.to - range.from)) * width;
}

/** All of the recorded time: exits, bookmarks, and which part of it the rows show. */
export function overview({ source: { history, range }, tick, end, width, bookmarks, picked }: Drawn): SVGTemplateResult {
  const x = (t: number): number => (Math.min(t, end) / end) * (width - 1) + 0.5;
  // A machine without VM exits has other landmarks.
  const landmarks: readonly { readonly at: number }[] = history.exits.length > 0 ? history.exits : history.events;
  const marks = apart(landmarks, (e) => x(e.at), NEAR);
  const [past, future] = parted(marks, tick);
  const ticks = (some: readonly { at: number }[]): string => some.map((e) => `M${round(x(e.at))} 4V10`).join('');
  return svg`<line class="base" x1="0" x2="100%" y1="10.5" y2="10.5"/>
    ${picked ? svg`<rect class="picked" x=${x(picked.from)} width=${Math.max(1, x(picked.to) - x(picked.from))} y="0" height=${OVERVIEW}/>` : nothing}
    <path class="mark" d=${ticks(past)} /><path class="mark future" d=${ticks(future)} />
    ${bookmarks.map((at) => svg`<path class="bookmark" d=${flagAt(x(at))} />`)}
    <rect class="window" x=${x(range.from)} width=${Math.max(2, x(range.to) - x(range.from))} y="1.5" height="11"/>
    <line class="now" x1=${x(tick)} x2=${x(tick)} y1="0" y2=${OVERVIEW}/>`;
}

/** Round numbers, the present, and bookmarks. */
export function scale(drawn: Drawn): SVGTemplateResult {
  const { source, tick, width, bookmarks } = drawn;
  const { range } = source;
  const x = placeIn(drawn);
  const label = grouped(tick);
  const wide = label.length * LETTER + 10;
  const tag = Math.max(0, Math.min(width - wide, x(tick) - wide / 2));
  const hides = (t: number): boolean =>
    Math.abs(x(t) - x(tick)) < wide / 2 + 14 || bookmarks.some((at) => Math.abs(x(at) - x(t)) < (LETTER * grouped(t).length) / 2 + 5);
  return svg`${roundTicks(range, Math.max(2, width / 90)).map((t) =>
    hides(t)
      ? nothing
      : svg`<text x=${x(t)} y="12" text-anchor=${x(t) < 12 ? 'start' : x(t) > width - 16 ? 'end' : 'middle'}>${grouped(t)}</text>`,
  )}
    ${bookmarks.filter((at) => at >= range.from && at <= range.to && at !== tick).map((at) => svg`<path class="bookmark" d=${flagAt(x(at), 9)} />`)}
    <rect class="tag" x=${tag} width=${wide} y="1" height="14"/><text class="tag-text" x=${tag + wide / 2} y="12" text-anchor="middle">${label}</text>
    ${bookmarks.includes(tick) ? svg`<path class="bookmark" d=${flagAt(Math.min(width - 4, tag + wide + 5), 9)} />` : nothing}`;
}

/** The rows, one beneath the other. */
export function rows(drawn: Drawn, all: readonly Row[]): SVGTemplateResult {
  const { source, tick, end, row, width, picked } = drawn;
  const { range, history } = source;
  const x = placeIn(drawn);
  const bottom = all.length * row;
  return svg`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stroke" x1=".5" x2=".5" y1="0" y2="6"/></pattern></defs>
    <path class="grid" d=${roundTicks(range, Math.max(2, width / 90))
      .map((t) => `M${round(x(t))} 0V${bottom}`)
      .join('')} />
    <path class="row" d=${all.map((_, i) => `M0 ${i * row - 0.5}H${round(width)}`).join('')} />
    ${picked ? svg`<rect class="picked" x=${x(picked.from)} width=${Math.max(1, x(picked.to) - x(picked.from))} y="0" height=${bottom}/>` : nothing}
    ${all.map(
      ({ track, marks }, i) =>
        svg`<g transform=${`translate(0 ${i * row})`}>${
          track.id === 'world'
            ? history.spans(range.from, Math.min(range.to, end)).flatMap((span) => worldSpan(span, drawn))
            : markPaths(marks, drawn)
        }${track.isFine ? lost(history, drawn) : nothing}</g>`,
    )}
    ${end < range.to ? svg`<line class="end" x1=${x(end)} x2=${x(end)} y1="0" y2=${bottom}/>` : nothing}
    <line class="now" x1=${x(tick)} x2=${x(tick)} y1="0" y2=${bottom}/>`;
}

/** Where frequent things were not kept: a dashed line says so. */
function lost({ fineFrom, fineUntil }: History, drawn: Drawn): SVGTemplateResult {
  const { row, end, source } = drawn;
  const { range } = source;
  const x = placeIn(drawn);
  const dashed = (from: number, to: number): SVGTemplateResult | typeof nothing =>
    from < to ? svg`<line class="lost" x1=${x(from)} x2=${x(to)} y1=${row / 2} y2=${row / 2}/>` : nothing;
  return svg`${dashed(range.from, Math.min(fineFrom, range.to, end))}${dashed(Math.max(fineUntil, range.from), Math.min(end, range.to))}`;
}

/** A span of a world, in two pieces where the present divides it. */
function worldSpan({ from, to, world }: Span, drawn: Drawn): SVGTemplateResult[] {
  const { tick, row } = drawn;
  const x = placeIn(drawn);
  const piece = (a: number, b: number): SVGTemplateResult =>
    svg`<rect class="${world} ${a >= tick ? 'future' : ''}" x=${x(a)} width=${Math.max(0, x(b) - x(a))} y="4" height=${row - 8} fill=${world === 'root' ? 'url(#hatch)' : 'none'}/>`;
  return from < tick && to > tick ? [piece(from, tick), piece(tick, to)] : [piece(from, to)];
}

/** Marks of a track: a path for each kind, of the past and of the recorded future, and words where there is room. */
function markPaths(marks: readonly Mark[], drawn: Drawn): SVGTemplateResult {
  const { tick, row } = drawn;
  const x = placeIn(drawn);
  const paths = new Map<string, string>();
  for (const mark of marks) {
    const kind = `${mark.glyph}${mark.at > tick ? ' future' : ''}`;
    paths.set(kind, `${paths.get(kind) ?? ''}${GLYPHS[mark.glyph](round(x(mark.at)), row, mark.share)}`);
  }
  return svg`${[...paths].map(([kind, d]) => svg`<path class=${kind} d=${d} />`)}
    ${marks.map((mark, i) => word(mark, marks[i + 1], drawn, x))}`;
}

function word(
  { at, glyph, label }: Mark,
  next: Mark | undefined,
  { tick, row, width }: Drawn,
  x: (tick: number) => number,
): SVGTemplateResult | typeof nothing {
  const place = x(at) + BESIDE[glyph];
  const room = (next ? x(next.at) : width + LETTER) - place;
  if (label === '' || room < LETTER * label.length + 2) return nothing;
  const when = at > tick ? 'later' : at === tick ? 'hot' : '';
  return svg`<text class="word ${when}" x=${place} y=${row - 5}>${label}</text>`;
}

const GLYPHS: Readonly<Record<Glyph, (x: number, row: number, share: number) => string>> = {
  bar: (x, row) => `M${x} 3V${row - 2}`,
  // Never so low that it could be overlooked.
  block: (x, row, share) => `M${x} ${row - 3}v${-round(3 + (row - 9) * share)}h6V${row - 3}z`,
  refused: (x, row) => `M${x} ${row - 3}V4h6V${row - 3}zL${x + 6} 4M${x} 4L${x + 6} ${row - 3}`,
  dot: (x, row) => `M${x} ${row / 2 - 1.5}a1.5 1.5 0 1 1 0 3a1.5 1.5 0 1 1 0 -3`,
  cross: (x, row) => `M${x - 2.5} ${row / 2 - 2.5}l5 5m0 -5l-5 5`,
  double: (x, row) => `M${x} 3V${row - 2}m3 0V3`,
};

function flagAt(x: number, y = 0): string {
  return `M${round(x) - 3} ${y}h6v6l-3 -2.5l-3 2.5z`;
}

/** Marks up to the present, and those of the recorded future. */
function parted<T extends { readonly at: number }>(marks: readonly T[], tick: number): readonly [T[], T[]] {
  return [marks.filter(({ at }) => at <= tick), marks.filter(({ at }) => at > tick)];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
