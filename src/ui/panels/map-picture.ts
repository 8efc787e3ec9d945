/** The memory map as a picture: a bar for each space, true to its scale, ribbons from one to the next, and on them the way of the lens. */
import { nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { Holder, MapView } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { sizeText } from '../widgets/bands.ts';
import { hexText } from '../widgets/number.ts';
import { LETTERS } from '../widgets/pins.ts';
import type { Changes } from './map-changes.ts';
import { type Extent, type Place, type Strip } from './map-layout.ts';
import { ribbonsOf, wordsOf } from './map-ribbons.ts';
import { type Cell, outside, type Span } from './map-scale.ts';
import { barName, holderWord, spanLine } from './map-words.ts';

/** What the picture is drawn from. */
export interface MapDrawing {
  readonly view: MapView;
  readonly strips: readonly Strip[];
  readonly width: number;
  readonly extent: Extent;
  readonly changes: Changes;
  /** The lens on its way down; where it is refused, why. */
  readonly lens: Place;
  readonly refusal: string;
  /** By letter; an address of the linear bar on its way down. */
  readonly pins: readonly (Place | null)[];
  /** What the reader points at: bar, and place in its spans. */
  readonly spot: { readonly bar: string; readonly index: number } | null;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
}

/** Of a letter of the machine's voice, in units of the drawing; and of the engraving's. */
const MONO = 6.65;
const SANS = 5.5;
const LINE = 12;
const MOST_MARKS = 400;
/** Patterns say what lies there, for hue says which space: by what the region is held by. */
const PATTERN: Readonly<Partial<Record<Holder, string>>> = {
  rom: 'lines',
  disk: 'lines',
  device: 'dots',
  rings: 'bars',
  pageTables: 'grid',
  ept: 'grid',
  ioTables: 'grid',
  vmcs: 'grid',
  vmxon: 'grid',
  ballooned: 'slant',
  hypervisor: 'root',
};

/** Everything beneath the cells: what ribbons lead where. For the eye alone: the cells' names say the same. */
export function groundOf(drawing: MapDrawing): SVGTemplateResult {
  return svg`<g aria-hidden="true">
    ${titles(drawing)}
    ${drawing.strips.map(({ x, width, scale }) => svg`<rect class="spine" x=${x} y=${scale.top} width=${width} height=${scale.height} />`)}
    ${ribbonsOf(drawing)}
  </g>`;
}

/** The words in the cells, the way of the lens, and badges of the pins. */
export function marksOf(drawing: MapDrawing): SVGTemplateResult {
  const texts = drawing.strips.map(
    (strip) => svg`<g class="words ${strip.bar.space}">${strip.spans.map((span) => cellText(drawing, strip, span))}</g>`,
  );
  return svg`<g aria-hidden="true">${texts}${usedMarks(drawing)}${lensWay(drawing)}${drawing.strips.flatMap((strip) => pinsOn(drawing, strip))}${wordsOf(drawing)}</g>`;
}

/** The cells of one bar: each is one thing that can be pointed at. */
export function barOf(drawing: MapDrawing, strip: Strip): TemplateResult | SVGTemplateResult {
  const { bar, spans } = strip;
  return svg`<g role="group" aria-label=${barName(bar, drawing.t)}>${spans.map((span, index) => cellOf(drawing, strip, span, index))}</g>`;
}

/** Name of the element of a span, for the list that it is in. */
export function idOf(bar: string, index: number): string {
  return `span-${bar}-${index}`;
}

function cellOf(drawing: MapDrawing, strip: Strip, span: Span, index: number): SVGTemplateResult {
  const { view, spot, t } = drawing;
  const { bar, x, width } = strip;
  const [cell] = span.cells;
  const isOne = span.cells.length === 1;
  const holder = isOne ? (cell.region?.holder ?? 'open') : 'mixed';
  const pattern = isOne ? PATTERN[holder as Holder] : 'mixed';
  const isSpot = spot?.bar === bar.id && spot.index === index;
  const box = { x, y: span.top, width, height: span.height };
  return svg`<g class="cell ${bar.space} ${holder} ${isSpot ? 'spot' : ''}" role="option" id=${idOf(bar.id, index)} data-bar=${bar.id} data-index=${index} aria-selected=${isSpot} aria-label=${textOf(spanLine(view, bar, span, t))}>
    <rect class="box" x=${box.x} y=${box.y} width=${box.width} height=${box.height} />
    ${pattern ? svg`<rect class="over" fill="url(#${pattern})" x=${box.x} y=${box.y} width=${box.width} height=${box.height} />` : nothing}
  </g>`;
}

/** What it is, in a word: ✕ where nothing is mapped. */
function cellWord({ region, link }: Cell, t: MapDrawing['t']): string {
  if (link?.target === null) return '✕';
  if (region) return holderWord(region, t);
  // What lies behind the next bar is seen there.
  return link?.to === 'h' ? t('map.short.open') : '';
}

/** Its first address, and as much of what it is as there is room for. */
function cellText(
  { t }: MapDrawing,
  { bar, x, width }: Strip,
  { cells, start, size, top, height }: Span,
): SVGTemplateResult | typeof nothing {
  if (height < LINE - 1) return nothing;
  const full = `${bar.space}:${hexText(start)}`;
  const short = start.toString(16).toUpperCase();
  const name = [full, `${bar.space}:${short}`].find((text) => text.length * MONO + 8 <= width) ?? short;
  const word = cells.length > 1 ? `×${cells.length}` : cellWord(cells[0], t);
  const isBeside = name.length * MONO + word.length * SANS + 16 <= width;
  const second = isBeside
    ? sizeText(size, t)
    : word.length * SANS + sizeText(size, t).length * SANS + 14 <= width
      ? `${word} · ${sizeText(size, t)}`
      : word;
  const y = top + Math.min(10, height - 2);
  return svg`<text class="first" x=${x + 4} y=${y}>${name}</text>
    ${isBeside ? svg`<text class="word" x=${x + width - 4} y=${y} text-anchor="end">${word}</text>` : nothing}
    ${height >= 2 * LINE && cells.length === 1 ? svg`<text class="word" x=${x + 4} y=${y + LINE}>${second}</text>` : nothing}`;
}

// Marks ------------------------------------------------------------------------------------------------------------------------------------
/** Pages whose entries say that they were used, at the edge at which the ribbon begins: full where written, hollow where only read. */
function usedMarks({ view, strips }: MapDrawing): readonly SVGTemplateResult[] {
  const marks = view.links.flatMap(({ from, marks: all }) => all.map((mark) => ({ ...mark, from }))).slice(0, MOST_MARKS);
  return marks.flatMap(({ from, start, size, isDirty }) => {
    const strip = strips.find(({ bar }) => bar.id === from);
    if (!strip) return [];
    const [top, end] = [strip.scale.y(start), strip.scale.y(start + size)];
    if (end <= top) return [];
    const x = strip.x + strip.width;
    return svg`<rect class="used ${isDirty ? 'dirty' : ''}" x=${x - 1} y=${top + 0.5} width="2.5" height=${Math.max(2, end - top - 1)} />`;
  });
}

function lensWay({ strips, lens, refusal }: MapDrawing): readonly SVGTemplateResult[] {
  const stops = strips.flatMap((strip) => {
    const at = lens[strip.bar.id];
    return at === undefined ? [] : [{ strip, at, y: strip.scale.y(at), isIn: isIn(strip, at) }];
  });
  const lines = stops.slice(1).flatMap((to, i) => {
    const from = stops[i];
    const [x, end] = [from.strip.x + from.strip.width, to.strip.x];
    const middle = (x + end) / 2;
    return from.isIn || to.isIn ? svg`<path class="way" d="M${x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${end} ${to.y}" />` : [];
  });
  const dots = stops.map(({ strip, y, at, isIn: isSeen }) =>
    isSeen ? svg`<path class="way" d="M${strip.x} ${y}h${strip.width}" />` : arrow(strip, at, '●'),
  );
  const last = stops.at(-1);
  if (refusal === '' || !last) return [...lines, ...dots];
  return [...lines, ...dots, svg`<path class="way" d="M${last.strip.x + last.strip.width} ${last.y}h12" />`];
}

function pinsOn(drawing: MapDrawing, strip: Strip): readonly SVGTemplateResult[] {
  return drawing.pins.flatMap((place, i) => {
    const at = place?.[strip.bar.id];
    if (at === undefined) return [];
    const letter = LETTERS[i] ?? '';
    if (!isIn(strip, at)) return arrow(strip, at, letter, i + 1);
    const [x, y] = [besideOf(strip, 10 + 17 * i), strip.scale.y(at)];
    return svg`<g class="badge"><path d="M${strip.x} ${y}h${strip.width}" /><circle cx=${x} cy=${y} r="7" /><text x=${x} y=${y + 3.6} text-anchor="middle">${letter}</text></g>`;
  });
}

/** Whose address is out of sight: which way it is, at the edge. */
function arrow(strip: Strip, at: number, name: string, place = 0): SVGTemplateResult {
  const { scale } = strip;
  const isAbove = at < scale.window.from;
  const y = isAbove ? scale.top + 11 : scale.top + scale.height - 4;
  return svg`<text class="arrow" x=${besideOf(strip, 14 + 24 * place)} y=${y} text-anchor="middle">${isAbove ? '↑' : '↓'}${name}</text>`;
}

/** So far beside a bar, where its ribbons begin; the cells are full of words. */
function besideOf({ x, width, isLast }: Strip, by: number): number {
  return isLast ? x - by : x + width + by;
}

function isIn({ scale: { window } }: Strip, at: number): boolean {
  return at >= window.from && at < window.to;
}

// Titles -----------------------------------------------------------------------------------------------------------------------------------
/** The name of each bar, and where it is not all in sight, how many ranges are not. */
function titles({ strips, width, extent, t }: MapDrawing): readonly SVGTemplateResult[] {
  return strips.map((strip) => {
    const { bar, x, width: wide, scale, cells } = strip;
    const anchor = x < 2 ? 'start' : x + wide > width - 4 ? 'end' : 'middle';
    const at = anchor === 'start' ? x : anchor === 'end' ? x + wide : x + wide / 2;
    const { before, behind } = extent === null ? { before: 0, behind: 0 } : outside(cells, scale);
    const more = [before > 0 ? `↑${before}` : '', behind > 0 ? `↓${behind}` : ''].filter(Boolean).join(' ');
    return svg`<text class="title" x=${at} y=${scale.top - 8} text-anchor=${anchor}>${barName(bar, t)}${more ? svg`<tspan class="more" dx="6">${more}</tspan>` : nothing}</text>
      ${extent === null ? nothing : rungs(strip)}`;
  });
}

/** Round addresses at the edge of a bar that is true to scale. */
function rungs({ x, scale: { window, y } }: Strip): readonly SVGTemplateResult[] {
  const step = (window.to - window.from) / 16;
  return Array.from({ length: 17 }, (_, i) => svg`<path class="rung" d="M${x} ${y(window.from + i * step)}h${i % 4 === 0 ? 6 : 3}" />`);
}

/** A template's words, for a name. */
export function textOf({ strings, values }: TemplateResult): string {
  const raw = strings.reduce((text, part, i) => {
    const value = values[i];
    const said = Array.isArray(value) ? value.map(saidOf).join(' ') : saidOf(value);
    return `${text}${part}${i < values.length ? said : ''}`;
  }, '');
  return raw
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function saidOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return typeof value === 'object' && value !== null && 'strings' in value ? textOf(value as TemplateResult) : '';
}
