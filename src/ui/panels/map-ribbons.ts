/** Ribbons of the memory map, from a run in one bar to a run in the next, and the words on them. */
import { svg, type SVGTemplateResult } from 'lit';
import type { MapLink } from '../../api/protocol.ts';
import type { MapDrawing } from './map-picture.ts';
import { brokenText, rightsText } from './map-words.ts';

/** Of a letter of the machine's voice, in units of the drawing; and a line of them. */
const MONO = 6.65;
const LINE = 12;
/** Height under which a ribbon is a strand; and those that are drawn. */
const STRAND = 2;
const MOST_STRANDS = 400;
/** From a bar to the cross at which a way ends. */
const STUB = 14;

/** A ribbon as it is drawn. */
interface Ribbon {
  readonly isStrand: boolean;
  readonly isUnder: boolean;
  /** Outline; middle line; and that as a band which can be seen. */
  readonly area: string;
  readonly line: string;
  readonly thick: string;
  readonly rights: string;
  readonly x: number;
  readonly y: number;
  /** Height of the ribbon where its text stands. */
  readonly room: number;
}

/** Words in the room between two bars; where they would lie on others, those instead, or none. */
interface Words {
  readonly kind: 'rights' | 'end' | 'end refused' | 'rights new';
  readonly x: number;
  readonly y: number;
  readonly isCentred: boolean;
  readonly text: string;
  readonly instead: string;
}

/** Ribbons, and ways that break off; true to the scales at both ends. */
export function ribbonsOf(drawing: MapDrawing): SVGTemplateResult {
  const ribbons = drawing.view.links.flatMap((link) => ribbonOf(drawing, link) ?? []);
  const strands = ribbons.filter((r) => r.isStrand).slice(0, MOST_STRANDS);
  return svg`${strands.map((r) => svg`<path class="strand ${r.isUnder ? 'under' : ''}" d=${r.line} />`)}
    ${ribbons.filter((r) => !r.isStrand).map((r) => svg`<path class="ribbon ${r.isUnder ? 'under' : ''}" d=${r.area} />`)}
    ${endsOf(drawing).map(({ x, y }) => svg`<path class="broken" d="M${x - STUB - 3} ${y}h${STUB}" />`)}`;
}

/** New parts of ribbons; drawn anew for each change, so that they grow in. */
export function freshOf(drawing: MapDrawing): SVGTemplateResult {
  return svg`<g aria-hidden="true">${freshRibbons(drawing).map((r) => svg`<path class="fresh" d=${r.isStrand ? r.thick : r.area} />`)}</g>`;
}

/** All words between the bars, the most telling first: none lies on another. */
export function wordsOf(drawing: MapDrawing): readonly SVGTemplateResult[] {
  const { view, t } = drawing;
  const centred = ({ x, y }: Ribbon): Pick<Words, 'x' | 'y' | 'isCentred' | 'instead'> => ({ x, y, isCentred: true, instead: '' });
  const fresh = freshRibbons(drawing).map((r): Words => ({ ...centred(r), kind: 'rights new', text: t('map.new') }));
  const rights = view.links
    .flatMap((link) => ribbonOf(drawing, link) ?? [])
    .filter((r) => r.rights !== '' && r.room >= LINE - 2)
    .toSorted((a, b) => b.room - a.room)
    .map((r): Words => ({ ...centred(r), kind: 'rights', text: r.rights }));
  const taken: Words[] = [];
  return [...refusalOf(drawing), ...fresh, ...endsOf(drawing), ...rights].flatMap((words) => {
    const one = [words.text, words.instead].filter(Boolean).map((text) => ({ ...words, text }));
    const free = one.find((w) => fits(w, drawing) && !taken.some((other) => touches(w, other)));
    if (!free) return [];
    taken.push(free);
    return svg`<text class=${free.kind} x=${free.x} y=${free.y + 4} text-anchor=${free.isCentred ? 'middle' : 'start'}>${free.text}</text>`;
  });
}

/** Null: it goes nowhere, or is out of sight at both ends. */
function ribbonOf({ strips, lens }: MapDrawing, link: MapLink): Ribbon | null {
  const [from, to] = [strips.find(({ bar }) => bar.id === link.from), strips.find(({ bar }) => bar.id === link.to)];
  if (!from || !to || link.target === null) return null;
  const [a, b] = [from.scale.y(link.start), from.scale.y(link.start + link.size)];
  const [c, d] = [to.scale.y(link.target), to.scale.y(link.target + link.size)];
  if (b - a <= 0 && d - c <= 0) return null;
  const isLeftwards = to.x < from.x;
  const [x, end] = isLeftwards ? [from.x, to.x + to.width] : [from.x + from.width, to.x];
  const middle = (x + end) / 2;
  const curve = (y: number, z: number): string => `C${middle} ${y} ${middle} ${z} ${end} ${z}`;
  const at = lens[link.from];
  const [p, q] = [(a + b) / 2, (c + d) / 2];
  const back = (y: number, z: number): string => `C${middle} ${z} ${middle} ${y} ${x} ${y}`;
  return {
    isStrand: b - a < STRAND && d - c < STRAND,
    isUnder: at !== undefined && at >= link.start && at < link.start + link.size,
    area: `M${x} ${a}${curve(a, c)}V${d}${back(b, d)}z`,
    line: `M${x} ${p}${curve(p, q)}`,
    thick: `M${x} ${p - 1}${curve(p - 1, q - 1)}V${q + 1}${back(p + 1, q + 1)}z`,
    rights: rightsText(link.rights),
    ...{ x: middle, y: (p + q) / 2, room: (b - a + d - c) / 2 },
  };
}

function freshRibbons(drawing: MapDrawing): readonly Ribbon[] {
  return drawing.changes.fresh.flatMap(({ link, start, size }) => {
    const target = link.target === null ? null : link.target + start - link.start;
    return ribbonOf(drawing, { ...link, start, size, target }) ?? [];
  });
}

/** Where ways end nowhere: at a cross, with the entry at which they do. */
function endsOf({ view, strips, t }: MapDrawing): readonly Words[] {
  return view.links.flatMap((link) => {
    const from = strips.find(({ bar }) => bar.id === link.from);
    if (!from || link.target !== null) return [];
    const [top, end] = [from.scale.y(link.start), from.scale.y(link.start + link.size)];
    if (end - top <= 0) return [];
    const text = link.broken ? brokenText(link.broken, t) : '✕';
    return { kind: 'end', x: from.x + from.width + STUB + 3, y: (top + end) / 2, isCentred: false, text, instead: '✕' };
  });
}

/** Why the lens's access is refused, where it is. */
function refusalOf({ strips, lens, refusal }: MapDrawing): readonly Words[] {
  const last = strips.findLast(({ bar }) => lens[bar.id] !== undefined);
  if (refusal === '' || !last) return [];
  const y = last.scale.y(lens[last.bar.id]);
  return [{ kind: 'end refused', x: last.x + last.width + STUB + 3, y, isCentred: false, text: `✕ ${refusal}`, instead: '✕' }];
}

function boxOf({ x, isCentred, text }: Words): readonly [number, number] {
  const width = text.length * MONO;
  return isCentred ? [x - width / 2, x + width / 2] : [x, x + width];
}

/** Within the room between two bars. */
function fits(words: Words, { strips }: MapDrawing): boolean {
  const [left, right] = boxOf(words);
  return strips.every(({ x, width }) => right <= x - 2 || left >= x + width + 2);
}

function touches(a: Words, b: Words): boolean {
  const [[left, right], [from, to]] = [boxOf(a), boxOf(b)];
  return Math.abs(a.y - b.y) < LINE && left < to + 3 && from < right + 3;
}
