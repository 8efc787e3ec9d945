/** Where everything of the memory map stands: columns, the bars in them, each with its scale and what of it is in sight. Pure. */
import type { MapBar, MapView } from '../../api/protocol.ts';
import { type Range, scaleFor } from '../widgets/scale.ts';
import { type Cell, cellsOf, linearScale, logarithmicScale, type Scale, type Span, spansOf, WHOLE } from './map-scale.ts';

/** Bytes in sight; null: everything, by the logarithm. */
export type Extent = number | null;
/** In the order of the ruler. */
export const EXTENTS: readonly Extent[] = [null, 2 ** 32, 2 ** 28, 2 ** 24, 2 ** 20, 2 ** 16];

/** A bar as it is drawn. */
export interface Strip {
  readonly bar: MapBar;
  readonly x: number;
  readonly width: number;
  /** Of the last column: there is no room to its right. */
  readonly isLast: boolean;
  readonly scale: Scale;
  readonly cells: readonly Cell[];
  readonly spans: readonly Span[];
}

/** An address in some bars, by bar: the same byte on its way down. */
export type Place = Readonly<Record<string, number>>;

export interface Stage {
  readonly width: number;
  readonly height: number;
  readonly extent: Extent;
  /** Around which a window is laid. */
  readonly focus: Place;
  /** The windows that were in sight last, by bar: they stay as long as the focus is well inside. */
  readonly windows: Map<string, Range>;
}

/** Room for the titles, and below. */
export const TITLE = 24;
const FOOT = 6;
/** Between two bars of a column, where the second one's name stands. */
const GAP = 18;
const COLUMNS = ['v', 'g', 'h', 'io'] as const;

/** Lays the bars out in columns: linear, guest-physical, host, bus; those that there are. */
export function stripsOf(view: MapView, stage: Stage): readonly Strip[] {
  const columns = COLUMNS.map((space) => view.bars.filter((bar) => bar.space === space)).filter((bars) => bars.length > 0);
  const width = widthOf(stage.width, columns.length);
  const step = columns.length > 1 ? (stage.width - width - 2) / (columns.length - 1) : 0;
  return columns.flatMap((bars, i) => {
    const height = (stage.height - TITLE - FOOT - GAP * (bars.length - 1)) / bars.length;
    return bars.map((bar, k) =>
      stripOf(view, bar, stage, {
        x: 1 + i * step,
        width,
        isLast: i > 0 && i === columns.length - 1,
        top: TITLE + k * (height + GAP),
        height: Math.max(height, 12),
      }),
    );
  });
}

/** Wide enough for an address, and where there is more room for what lies there. */
function widthOf(room: number, columns: number): number {
  const least = columns > 3 ? 58 : 76;
  return Math.round(Math.min(190, Math.max(least, (room * 0.56) / columns)));
}

interface Box {
  readonly x: number;
  readonly width: number;
  readonly isLast: boolean;
  readonly top: number;
  readonly height: number;
}

function stripOf(view: MapView, bar: MapBar, stage: Stage, { x, width, isLast, ...room }: Box): Strip {
  const cells = cellsOf(bar, view.links);
  const scale = stage.extent === null ? logarithmicScale(room, cells) : linearScale(room, windowOf(bar, stage, stage.extent));
  return { bar, x, width, isLast, scale, cells, spans: spansOf(cells, scale) };
}

function windowOf(bar: MapBar, { focus, windows }: Stage, extent: number): Range {
  if (extent >= WHOLE.to) return WHOLE;
  const now = focus[bar.id] ?? bar.regions[0]?.start ?? 0;
  const { from } = scaleFor(windows.get(bar.id) ?? WHOLE, now, extent);
  // Round addresses at the ends, and none behind the last.
  const start = Math.min(WHOLE.to - extent, from - (from % (extent / 16)));
  const window = { from: start, to: start + extent };
  windows.set(bar.id, window);
  return window;
}

/** Follows `address` of bar `id` down as far as it goes. */
export function placeOf({ links }: MapView, id: string, address: number): Place {
  const place: Record<string, number> = {};
  for (let [bar, at] = [id, address]; ; ) {
    if (bar in place) return place;
    place[bar] = at;
    const link = links.find((l) => l.from === bar && l.target !== null && at >= l.start && at < l.start + l.size);
    if (!link || link.target === null) return place;
    [bar, at] = [link.to, link.target + at - link.start];
  }
}
