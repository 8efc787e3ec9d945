/** Drawings of the balloon's panel: memory as bars cut into what it is used for, and a mosaic with a cell for each page. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { BalloonView, PageKind } from '../../api/protocol.ts';

/** A part of a bar. */
export interface Piece {
  readonly name: string;
  readonly amount: number;
  /** How it is filled. */
  readonly kind: PageKind | 'used' | 'free' | 'own';
}

/** A bar, its pieces in order and named beneath; `mark` counts from the right end, where the balloon is. Geometry is in attributes: a strict page forbids styles. */
export function gauge(label: string, pieces: readonly Piece[], mark: number | null): TemplateResult {
  const shown = pieces.filter((p) => p.amount > 0);
  const total = Math.max(
    1,
    shown.reduce((sum, p) => sum + p.amount, 0),
  );
  const text = shown.map((p) => `${p.name} ${p.amount}`).join(', ');
  const percent = (amount: number): string => `${Math.round((10_000 * amount) / total) / 100}%`;
  let at = 0;
  const parts = shown.map((p) => {
    const x = at;
    at += p.amount;
    return svg`<rect class="piece ${p.kind}" x=${percent(x)} y="3" width=${percent(p.amount)} height="12" />`;
  });
  const where = mark === null ? 0 : Math.max(0, total - mark);
  return html`<div class="gauge"><div class="legend" aria-hidden="true"><span class="view">${label}</span>${shown.map((p) => html`<span><svg class="sample">${HATCHING}<rect class="piece ${p.kind}" width="10" height="10" /></svg>${p.name} <b>${p.amount}</b></span>`)}</div><svg class="bar" role="img" aria-label="${label}: ${text}">${HATCHING}${parts}${mark === null ? nothing : svg`<line class="mark" x1=${percent(where)} x2=${percent(where)} y1="0" y2="18" />`}</svg></div>`;
}

/** What the host has taken: the pattern of root, denser. */
const HATCHING = svg`<defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatching" x1="2" x2="2" y1="0" y2="4" /></pattern></defs>`;

/** Columns of a mosaic with `cells` cells: a power of two, so that addresses line up; `isWide` where it has the place to itself. */
export function columnsFor(cells: number, isWide: boolean): number {
  const columns = cells <= 256 ? 32 : cells <= 1024 ? 64 : 128;
  return isWide ? 2 * columns : columns;
}

/** A rectangle of cells of one kind. */
export interface Block {
  readonly kind: PageKind;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Runs laid out in rows of `columns` cells: what begins or ends inside a row is a block of its own, whole rows are one. */
export function blocksOf(cells: BalloonView['cells'], columns: number): readonly Block[] {
  const blocks: Block[] = [];
  let at = 0;
  for (const { kind, count } of cells) {
    for (let left = count; left > 0; ) {
      const x = at % columns;
      const whole = x === 0 ? Math.floor(left / columns) : 0;
      const width = whole > 0 ? columns : Math.min(left, columns - x);
      const height = Math.max(1, whole);
      blocks.push({ kind, x, y: Math.floor(at / columns), width, height });
      at += width * height;
      left -= width * height;
    }
  }
  return blocks;
}

const CELL = 8;
const GAP = 1;

/** The mosaic, as wide as its place. Patterns repeat with the cells, so a block is one shape. */
export function mosaic({ cells, name }: BalloonView, label: string, isWide: boolean): TemplateResult {
  const total = cells.reduce((sum, run) => sum + run.count, 0);
  const columns = columnsFor(total, isWide);
  const rows = Math.ceil(total / columns);
  return html`<svg class="mosaic" viewBox="0 0 ${columns * CELL} ${rows * CELL}" role="img" aria-label=${label}>
    <defs>${(['empty', 'resident', 'shared', 'ballooned', 'touched'] as const).map((kind) => pattern(`${name}-${kind}`, kind))}</defs>
    ${blocksOf(cells, columns).map(
      (b) => svg`<rect x=${b.x * CELL} y=${b.y * CELL} width=${b.width * CELL} height=${b.height * CELL} fill="url(#${name}-${b.kind})" />`,
    )}</svg>`;
}

/** One cell of each kind: full for a frame of its own, framed for a shared one, hatched for one that the host has, a dot in it if it is used all the same. */
function pattern(id: string, kind: PageKind): SVGTemplateResult {
  const size = CELL - GAP;
  const hatch = svg`<path class="hatching" d="M0 ${size / 2}L${size / 2} 0M0 ${size}L${size} 0M${size / 2} ${size}L${size} ${size / 2}" />`;
  const inside = {
    empty: svg`<rect class="outline" x=".5" y=".5" width=${size - 1} height=${size - 1} />`,
    resident: svg`<rect class="frame" width=${size} height=${size} />`,
    shared: svg`<rect class="framed" x=".75" y=".75" width=${size - 1.5} height=${size - 1.5} />`,
    ballooned: hatch,
    touched: svg`${hatch}<rect class="frame" x="1.75" y="1.75" width=${size - 3.5} height=${size - 3.5} />`,
  }[kind];
  return svg`<pattern id=${id} width=${CELL} height=${CELL} patternUnits="userSpaceOnUse">${inside}</pattern>`;
}

/** A cell of its own for the legend. */
export function sample(kind: PageKind, name: string): TemplateResult {
  return html`<svg class="swatch" viewBox="0 0 ${CELL} ${CELL}" aria-hidden="true"><defs>${pattern(`${name}-legend-${kind}`, kind)}</defs><rect width=${CELL} height=${CELL} fill="url(#${name}-legend-${kind})" /></svg>`;
}
