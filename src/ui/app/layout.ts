/** Which arrangement a window of some size gets. Sizes are in rem of the page, so that larger type gets the arrangement of a smaller window. */

/** `desk`: three columns and nothing scrolls. `narrow`: the same with less in them. `column`: the page scrolls, time stays in sight. `phone`: one column over a
 *  sheet for the thumb. */
export type Layout = 'desk' | 'narrow' | 'column' | 'phone';

const PHONE = 40;
const COLUMN = 62;
const NARROW = 80;
/** Less height than this, and three columns would have no room beneath each other. */
const LOW = 38;

/** `width` and `height` in CSS pixels, `rem` the root's type size. */
export function layoutOf(width: number, height: number, rem: number): Layout {
  if (width / rem < PHONE) return 'phone';
  if (width / rem < COLUMN || height / rem < LOW) return 'column';
  return width / rem < NARROW ? 'narrow' : 'desk';
}
