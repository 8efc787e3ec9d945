/** A bar of the memory map: addresses cut into cells, each of which is one thing, and the scale that says where an address stands. Pure. */
import type { MapBar, MapLink, Region } from '../../api/protocol.ts';
import type { Range } from '../widgets/scale.ts';

/** Addresses that are one thing from end to end: what lies there, and the ribbon that begins there. */
export interface Cell {
  readonly start: number;
  readonly size: number;
  readonly region: Region | null;
  readonly link: MapLink | null;
}

/** Cells as they are drawn: one, or several that would be too small by themselves. */
export interface Span {
  readonly cells: readonly Cell[];
  readonly start: number;
  readonly size: number;
  readonly top: number;
  readonly height: number;
}

/** Where addresses stand on a bar. */
export interface Scale {
  readonly top: number;
  readonly height: number;
  /** The addresses that are shown. */
  readonly window: Range;
  /** Of an address in the window; of one outside of it, its nearer end. */
  readonly y: (address: number) => number;
}

/** What a scale is made for. */
export interface Room {
  readonly top: number;
  readonly height: number;
}

export const WHOLE: Range = { from: 0, to: 2 ** 32 };
/** Pixels below which a cell is no longer told apart, and those that a cell with a line of text needs. */
const LEAST = 2;
const LINE = 14;
/** Of the room, the share that lines of text may take before sizes count. */
const SHARE = 0.75;
/** Lines' worth that a run of nothing takes, at least and at most. */
const GAP = 0.4;
const LARGEST_GAP = 3;
const PAGE = 4096;

/** Cuts `bar` where anything in it begins or ends. Runs of nothing are no cells. */
export function cellsOf(bar: MapBar, links: readonly MapLink[]): readonly Cell[] {
  const own = links.filter((link) => link.from === bar.id);
  const cuts = new Set<number>();
  const cut = ({ start, size }: { readonly start: number; readonly size: number }): void => {
    cuts.add(start).add(start + size);
  };
  bar.regions.forEach(cut);
  own.forEach(cut);
  for (const { to, target, size } of links) if (to === bar.id && target !== null) cut({ start: target, size });
  const at = [...cuts].toSorted((a, b) => a - b);
  const regionOf = finder(bar.regions);
  const linkOf = finder(own);
  return at.slice(0, -1).flatMap((start, i) => {
    const [region, link] = [regionOf(start), linkOf(start)];
    return region || link ? [{ start, size: at[i + 1] - start, region, link }] : [];
  });
}

/** Finds what of `runs`, which are ascending, an address is in; asked with ascending addresses. */
function finder<T extends { readonly start: number; readonly size: number }>(runs: readonly T[]): (address: number) => T | null {
  let next = 0;
  return (address) => {
    while (next < runs.length && runs[next].start + runs[next].size <= address) next++;
    const run = runs[next];
    return run && run.start <= address ? run : null;
  };
}

/** Each byte as tall as every other. */
export function linearScale({ top, height }: Room, window: Range): Scale {
  const perByte = height / (window.to - window.from);
  return { top, height, window, y: (address) => top + (Math.min(window.to, Math.max(window.from, address)) - window.from) * perByte };
}

/** All cells, in order; each takes a line of text if there is room, and more the larger it is, by the logarithm. So a page and a gigabyte fit one picture. */
export function logarithmicScale({ top, height }: Room, cells: readonly Cell[]): Scale {
  const knots: { readonly address: number; readonly weight: number; readonly base: number }[] = [];
  let end = 0;
  for (const { start, size } of cells) {
    if (start > end) knots.push({ address: end, weight: 0, base: Math.min(LARGEST_GAP, GAP + pages(start - end) / 10) });
    knots.push({ address: start, weight: pages(size), base: 1 });
    end = start + size;
  }
  if (end < WHOLE.to) knots.push({ address: end, weight: 0, base: GAP });
  const lines = knots.reduce((sum, knot) => sum + knot.base, 0);
  const total = knots.reduce((sum, knot) => sum + knot.weight, 0);
  const line = lines === 0 ? 0 : Math.min(LINE, ((total === 0 ? 1 : SHARE) * height) / lines);
  const perWeight = total === 0 ? 0 : (height - line * lines) / total;
  const tops: number[] = [top];
  for (const { weight, base } of knots) tops.push((tops.at(-1) ?? top) + line * base + perWeight * weight);
  const addresses = [...knots.map((knot) => knot.address), WHOLE.to];
  return { top, height, window: WHOLE, y: (address) => between(addresses, tops, address) };
}

/** The logarithm of a size in pages, 0 for one page. */
function pages(size: number): number {
  return Math.max(0, Math.log2(size / PAGE));
}

/** The place of `address` on the straight lines between known ones. */
function between(addresses: readonly number[], tops: readonly number[], address: number): number {
  let [low, high] = [0, addresses.length - 1];
  if (address <= addresses[0]) return tops[0];
  if (address >= addresses[high]) return tops[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (addresses[middle] <= address) low = middle;
    else high = middle;
  }
  const share = (address - addresses[low]) / (addresses[high] - addresses[low]);
  return tops[low] + share * (tops[high] - tops[low]);
}

/** What of `cells` is in sight, those that cannot be told apart as one. */
export function spansOf(cells: readonly Cell[], { y, window }: Scale): readonly Span[] {
  const spans: Span[] = [];
  let small: Cell[] = [];
  const flush = (): void => {
    if (small.length > 0) spans.push(spanOf(small, y));
    small = [];
  };
  for (const cell of cells) {
    const [from, end] = [cell.start, cell.start + cell.size];
    if (end <= window.from || from >= window.to) continue;
    const isSmall = y(end) - y(from) < LEAST;
    const isNear = small.length === 0 || y(from) - y(endOf(small)) < LEAST;
    if (!isSmall || !isNear) flush();
    if (isSmall) small.push(cell);
    else spans.push(spanOf([cell], y));
  }
  flush();
  return spans;
}

function endOf(cells: readonly Cell[]): number {
  const last = cells[cells.length - 1];
  return last.start + last.size;
}

function spanOf(cells: readonly Cell[], y: Scale['y']): Span {
  const { start } = cells[0];
  const end = endOf(cells);
  return { cells, start, size: end - start, top: y(start), height: Math.max(y(end) - y(start), 1) };
}

/** How many ranges and regions of memory are out of sight before and behind the window. */
export function outside(cells: readonly Cell[], { window }: Scale): { readonly before: number; readonly behind: number } {
  const before = cells.filter(({ start, size }) => start + size <= window.from).length;
  return { before, behind: cells.filter(({ start }) => start >= window.to).length };
}
