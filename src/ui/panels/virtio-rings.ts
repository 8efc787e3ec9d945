/** The two rings of a virtqueue as they are: size places, an index that goes round and round, and how far the other side is. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { QueueView } from '../../api/protocol.ts';

/** Who writes: the driver (D, square) or the device (V, round). */
export type Side = 'driver' | 'device';

/** One ring, ready to be drawn. */
export interface Ring {
  readonly title: string;
  /** What a listener hears instead. */
  readonly label: string;
  readonly size: number;
  /** Free-running index of whoever writes the ring; null where it cannot be read. */
  readonly idx: number | null;
  /** Free-running: as far as the device has come. */
  readonly seen: number;
  readonly writer: Side;
  /** What stands in each place. */
  readonly names: readonly string[];
  /** Places that have changed in the last instant. */
  readonly changed: ReadonlySet<number>;
  /** The place at which something happens next; null: none. */
  readonly next: number | null;
  /** The place that named the chosen chain last. */
  readonly chosen: number | null;
}

const SIZE = 156;
const MIDDLE = SIZE / 2;
const OUTER = 62;
const INNER = 40;
/** Badges: of the ring's index outside of it, of how far the device is inside. */
const OUTSIDE = 72;
const INSIDE = 31;
/** Places that have room for a number. */
const NUMBERED = 24;

/** The ring as a drawing. */
export function ringPicture(ring: Ring): TemplateResult {
  const { size, idx } = ring;
  const places = Array.from({ length: size }, (_, i) => place(ring, i));
  return html`<svg part="ring" class="ring" viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label=${ring.label}>
    ${places}
    ${idx === null ? nothing : badge(ring.writer, OUTSIDE, idx % size, size)}
    ${idx === null || ring.writer === 'device' ? nothing : badge('device', INSIDE, ring.seen % size, size)}
    ${
      idx === null
        ? nothing
        : svg`<text class="mod" x=${MIDDLE} y=${MIDDLE - 9} text-anchor="middle">idx</text>
      <text class="raw" x=${MIDDLE} y=${MIDDLE + 6} text-anchor="middle">${idx}</text>
      <text class="mod" x=${MIDDLE} y=${MIDDLE + 18} text-anchor="middle">[${idx % size}]</text>`
    }</svg>`;
}

/** Entries that were written and not yet used up, of the available ring: from where the device is up to idx. */
function isOutstanding({ writer, idx, seen, size }: Ring, i: number): boolean {
  if (idx === null || writer === 'device') return false;
  const waiting = Math.min(size, (idx - seen) & 0xffff);
  return (i - (seen % size) + size) % size < waiting;
}

function place(ring: Ring, i: number): SVGTemplateResult {
  const { size, idx, names, next, changed, chosen } = ring;
  const [from, to] = [angle(i, size), angle(i + 1, size)];
  const kind = idx === null ? 'never' : next === i ? 'next' : isOutstanding(ring, i) ? 'waiting' : '';
  const [x, y] = at((from + to) / 2, (OUTER + INNER) / 2);
  const words = `${kind} ${changed.has(i) ? 'changed' : ''} ${chosen === i ? 'chosen' : ''}`;
  return svg`<path class="place ${words}" d=${sector(from, to)} />
    ${size <= NUMBERED && idx !== null ? svg`<text class="name ${words} ${size > 16 ? 'small' : ''}" x=${x} y=${y + 3.5} text-anchor="middle">${names[i] ?? ''}</text>` : nothing}`;
}

/** Before place `i`, where the side whose index this is goes on. */
function badge(side: Side, radius: number, i: number, size: number): SVGTemplateResult {
  const where = angle(i + 0.5, size);
  const [x, y] = at(where, radius);
  const [ax, ay] = at(where, radius < INNER ? radius + 6.5 : radius - 6.5);
  const [bx, by] = at(where, radius < INNER ? INNER : OUTER);
  return svg`<line class="stem" x1=${ax} y1=${ay} x2=${bx} y2=${by} />
    ${side === 'driver' ? svg`<rect class="badge" x=${x - 6} y=${y - 6} width="12" height="12" />` : svg`<circle class="badge" cx=${x} cy=${y} r="6.5" />`}
    <text class="letter" x=${x} y=${y + 3.2} text-anchor="middle">${side === 'driver' ? 'D' : 'V'}</text>`;
}

/** Clockwise from the top. */
function angle(i: number, size: number): number {
  return (i / size) * 2 * Math.PI - Math.PI / 2;
}

function at(angleAt: number, radius: number): [x: number, y: number] {
  return [round(MIDDLE + radius * Math.cos(angleAt)), round(MIDDLE + radius * Math.sin(angleAt))];
}

function sector(from: number, to: number): string {
  // A ring of one place is a whole turn, which an arc cannot say.
  const end = Math.min(to, from + 2 * Math.PI - 1e-3);
  const isLarge = end - from > Math.PI ? 1 : 0;
  const [ax, ay] = at(from, OUTER);
  const [bx, by] = at(end, OUTER);
  const [cx, cy] = at(end, INNER);
  const [dx, dy] = at(from, INNER);
  return `M${ax} ${ay}A${OUTER} ${OUTER} 0 ${isLarge} 1 ${bx} ${by}L${cx} ${cy}A${INNER} ${INNER} 0 ${isLarge} 0 ${dx} ${dy}z`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Places of a ring whose entries are others than before. */
export function changedPlaces<T>(
  now: readonly T[] | undefined,
  before: readonly T[] | undefined,
  isSame: (a: T, b: T) => boolean,
): Set<number> {
  if (!now || !before || now.length !== before.length) return new Set();
  return new Set(now.flatMap((entry, i) => (isSame(entry, before[i]) ? [] : [i])));
}

/** The place that was written last among those that name `head`, `idx` being where the next one goes. */
export function latestPlace(ring: readonly number[] | undefined, idx: number, head: number | null): number | null {
  const size = ring?.length ?? 0;
  for (let back = 1; ring && back <= Math.min(size, idx); back++) {
    const at = (idx - back) % size;
    if (ring[at] === head) return at;
  }
  return null;
}

/** What will happen at the rings next, as far as it can be known. */
export function nextPlaces(queue: QueueView): { readonly available: number | null; readonly used: number | null } {
  const { available, nextAvail, nextUsed, size, active } = queue;
  const isWaiting = available !== null && available.idx !== nextAvail;
  return { available: isWaiting && active === null ? nextAvail % size : null, used: active === null ? null : nextUsed % size };
}
