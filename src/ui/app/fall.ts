/** Where the line runs that an exit falls along. */

/** A path in coordinates of `page`: from the refusing cell, past the walk's last row, down to the refused right. Empty where one of the two is not in sight. */
export function fallingLine(cell: DOMRect | null, walk: DOMRect, landing: DOMRect | null, page: DOMRect): string {
  if (!cell || !landing || landing.height === 0 || cell.bottom > walk.bottom || cell.top < walk.top) return '';
  const x1 = Math.round(Math.min(cell.left + 8, (cell.left + cell.right) / 2) - page.left) + 0.5;
  const x2 = Math.round((landing.left + landing.right) / 2 - page.left) + 0.5;
  const turn = Math.round(Math.max(cell.bottom + 6, walk.bottom - FOOT) - page.top) + 0.5;
  const end = Math.round(landing.top - page.top);
  return `M${x1} ${Math.round(cell.bottom + GAP - page.top)}V${turn}H${x2}V${end}M${x2 - 3} ${end - 5}L${x2} ${end}L${x2 + 3} ${end - 5}`;
}

/** From the double rule to where the line begins. */
const GAP = 6;
/** Height of the walk's last line of text, which the line must not cross in length. */
const FOOT = 33;
