/** Which arrangement a window of some size gets. Sizes are in rem of the page, so that larger type gets the arrangement of a smaller window. */

/** `desk`: three columns and nothing scrolls. `narrow`: the same with less in them. `column`: the page scrolls, time stays in sight. `phone`: one column over a
 *  sheet for the thumb. */
export type Layout = 'desk' | 'narrow' | 'column' | 'phone';

/** How much of what is secondary stands below and beside the walk, where nothing scrolls: `short` folds registers and root layer, `low` the timeline too. */
export type Height = 'tall' | 'even' | 'short' | 'low';

const PHONE = 40;
const COLUMN = 62;
const NARROW = 80;
const WIDE = 98;
/** Less height than this, and three columns would have no room beneath each other. */
const LOW = 36;
const HEIGHTS = [
  [53, 'tall'],
  [46.5, 'even'],
  [42.5, 'short'],
] as const;

/** A window measured: `width` and `height` in CSS pixels, `rem` the root's type size. */
export function layoutOf(width: number, height: number, rem: number): Layout {
  if (width / rem < PHONE) return 'phone';
  if (width / rem < COLUMN || height / rem < LOW) return 'column';
  return width / rem < NARROW ? 'narrow' : 'desk';
}

/** See `Height`. */
export function heightOf(height: number, rem: number): Height {
  return HEIGHTS.find(([least]) => height / rem >= least)?.[1] ?? 'low';
}

/** There is room to spare for the columns beside the walk. */
export function isWide(width: number, rem: number): boolean {
  return width / rem >= WIDE;
}
