/** The bytes of the memory panel: a row of cells, each of one, two or four bytes, and beside it letters and what begins there. */
import { html, nothing, type TemplateResult } from 'lit';
import type { MemoryMark, MemoryView } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { address } from '../widgets/number.ts';

/** What a grid is drawn from. */
export interface Grid {
  readonly view: MemoryView;
  /** The same place one frame ago, as far as it was looked at. */
  readonly before: MemoryView | null;
  /** Bytes of a cell, and of a row. */
  readonly unit: 1 | 2 | 4;
  readonly columns: number;
  /** First and last byte of the selection; the cursor is in it. */
  readonly from: number;
  readonly to: number;
  readonly cursor: number;
  /** Bytes that are watched, and changed by hand. */
  readonly isWatched: (address: number, length: number) => boolean;
  readonly isByHand: (address: number, length: number) => boolean;
  /** The pins of the lens there. */
  readonly badges: (address: number, length: number) => readonly TemplateResult[];
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  /** A cell is chosen, or with `isExtended` the selection goes on to it. */
  choose(address: number, isExtended: boolean): void;
  change(event: Event): void;
}

/** Of a row: names that there is room for. */
const MOST_NAMES = 3;
const KINDS = ['read', 'written', 'executed'] as const;

/** The row that begins at offset `at` of the window. */
export function gridRow(grid: Grid, at: number): TemplateResult {
  const { view, columns, unit } = grid;
  const from = view.address + at;
  const cells = Array.from({ length: columns / unit }, (_, i) => at + i * unit).filter((offset) => offset < view.bytes.length);
  const letters = view.bytes.slice(at, at + columns);
  return html`<div class="row" role="row"><span class="where" role="rowheader">${address(view.space, from)}</span>
    <span class="cells" role="presentation">${cells.map((offset) => cell(grid, offset))}</span>
    <span class="letters" aria-hidden="true">${letters.map((byte, i) => html`<span class=${isIn(grid, from + i) ? 'chosen' : ''}>${letter(byte)}</span>`)}</span>
    <span class="names" role="gridcell">${names(grid, at)}</span></div>`;
}

function cell(grid: Grid, offset: number): TemplateResult {
  const { view, unit, cursor } = grid;
  const at = view.address + offset;
  const bytes = view.bytes.slice(offset, offset + unit);
  const isKnown = bytes.length === unit && bytes.every((byte) => byte !== null);
  const isHere = cursor >= at && cursor < at + unit;
  const look = [
    ...[isKnown ? '' : 'none', bytes.every((byte) => byte === 0) ? 'zero-cell' : '', view.starts[offset] ? 'starts' : ''],
    ...[isIn(grid, at) ? 'chosen' : '', isChanged(grid, offset) ? 'changed' : '', grid.isByHand(at, unit) ? 'by-hand' : ''],
    grid.isWatched(at, unit) ? 'watched' : '',
    ...warmth(view, offset, unit),
  ].join(' ');
  return html`<span class="cell ${look}" role="gridcell" tabindex=${isHere ? 0 : -1} aria-selected=${isIn(grid, at)} data-at=${at} @click=${(e: MouseEvent) => grid.choose(at, e.shiftKey)} @dblclick=${(e: Event) => grid.change(e)}><span class="hex">${isKnown ? hexOf(bytes) : '··'.repeat(unit)}</span>${spoken(grid, offset)}</span>`;
}

/** What is drawn, for those who do not see it. */
function spoken(grid: Grid, offset: number): TemplateResult | typeof nothing {
  const { view, unit, t } = grid;
  const said = [
    ...KINDS.filter((_, kind) => ageOf(view, offset, unit, kind) > 0).map((kind) => t(`memory.${kind}`)),
    ...(isChanged(grid, offset) ? [t('memory.changed')] : []),
    ...(grid.isWatched(view.address + offset, unit) ? [t('memory.watched')] : []),
  ];
  return said.length === 0 ? nothing : html`<span class="visually-hidden"> ${said.join(', ')}</span>`;
}

/** r, w, x with the step of age: 3 has just happened. */
function warmth(view: MemoryView, offset: number, unit: number): string[] {
  return ['r', 'w', 'x'].flatMap((letter, kind) => {
    const age = ageOf(view, offset, unit, kind);
    return age > 0 ? [`${letter}${age}`] : [];
  });
}

function ageOf({ heat }: MemoryView, offset: number, unit: number, kind: number): number {
  let latest = 0;
  for (let i = offset; heat && i < offset + unit; i++) latest = Math.max(latest, ((heat[i] ?? 0) >>> (2 * kind)) & 3);
  return latest;
}

function isIn({ from, to }: Grid, at: number): boolean {
  return at >= from && at <= to;
}

function isChanged({ view, before, unit }: Grid, offset: number): boolean {
  if (!before) return false;
  const there = view.address + offset - before.address;
  for (let i = 0; i < unit; i++) {
    const was = before.bytes[there + i];
    if (was !== undefined && was !== view.bytes[offset + i]) return true;
  }
  return false;
}

/** What begins in the row; in the first row also what has begun before. */
function names({ view, columns, t, badges }: Grid, at: number): TemplateResult {
  const from = view.address + at;
  const here = view.marks.filter((mark) => mark.name !== '' && isHere(mark, from, columns) && (!mark.isContinued || at === 0));
  const shown = here.length > MOST_NAMES ? here.slice(0, MOST_NAMES - 1) : here;
  return html`${badges(from, columns)}${shown.map((mark) => html`<span class="name ${mark.kind}" title=${titleOf(mark, t)}>${mark.isContinued ? '… ' : ''}${mark.name}</span>`)}${here.length > shown.length ? html`<span class="note">+${here.length - shown.length}</span>` : nothing}`;
}

function isHere({ address: at }: MemoryMark, from: number, length: number): boolean {
  return at >= from && at < from + length;
}

function titleOf({ kind, name }: MemoryMark, t: Grid['t']): string {
  return kind === 'register' || kind === 'symbol' ? name : `${t(`memory.kind.${kind}`)}: ${name}`;
}

/** Bytes as one number, the lowest last. */
export function hexOf(bytes: readonly (number | null)[]): string {
  return bytes
    .toReversed()
    .map((byte) => (byte ?? 0).toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}

/** The byte as a printable letter, a dot for the rest. */
function letter(byte: number | null): string {
  return byte !== null && byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}
