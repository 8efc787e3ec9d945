/** Ranges of memory as bands of a bar: in order of address, tall enough to be read, taller where they hold more. */

/** Where a range stands on its bar, in pixels. */
export interface Band {
  readonly start: number;
  readonly top: number;
  readonly height: number;
}

const GAP = 5;
const LEAST = 14;
const MOST = 96;

/** Stacks `ranges` by `of`, their first address in one space (null: they have none there). Heights grow with the logarithm of the size, so that a page and a
 *  gigabyte fit one picture. */
export function bandsOf<T extends { readonly size: number }>(
  ranges: readonly T[],
  of: (range: T) => number | null,
  room: { readonly top: number; readonly height: number },
): Map<T, Band> {
  const placed = ranges.flatMap((range) => {
    const start = of(range);
    return start === null ? [] : [{ range, start, weight: Math.max(1, Math.log2(range.size / 4096) + 1) }];
  });
  placed.sort((a, b) => a.start - b.start);
  const total = placed.reduce((sum, p) => sum + p.weight, 0);
  const scale = Math.max(0, room.height - placed.length * (LEAST + GAP)) / Math.max(1, total);
  const bands = new Map<T, Band>();
  let { top } = room;
  for (const { range, start, weight } of placed) {
    const height = LEAST + Math.min(weight * scale, MOST - LEAST);
    bands.set(range, { start, top, height });
    top += height + GAP;
  }
  return bands;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

/** `4 KiB`, `1008 MiB`; what is no whole number of a unit stays in the one below. */
export function sizeText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}\u00a0${UNITS[unit]}`;
}
