/** Where the line runs that an exit falls along. */

/** A path in coordinates of `page`: from what refused, along the floor of the walk, down to the refused right. Empty where one of the two is not in sight. */
export function fallingLine(from: DOMRect | null, floor: number, landing: DOMRect | null, page: DOMRect): string {
  if (!from || !landing || landing.height === 0 || from.bottom > floor || from.height === 0) return '';
  const x1 = Math.round(Math.min(from.left + 8, (from.left + from.right) / 2) - page.left) + 0.5;
  const x2 = Math.round((landing.left + landing.right) / 2 - page.left) + 0.5;
  const start = Math.min(from.bottom + GAP, floor - ABOVE);
  const turn = Math.round(floor - ABOVE - page.top) + 0.5;
  const end = Math.round(landing.top - page.top);
  return `M${x1} ${Math.round(start - page.top)}V${turn}H${x2}V${end}M${x2 - 3} ${end - 5}L${x2} ${end}L${x2 + 3} ${end - 5}`;
}

/** From the double rule to where the line begins, and from the line's turn to the floor. */
const GAP = 6;
const ABOVE = 3;
