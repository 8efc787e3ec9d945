/** Scrolls `box`, and nothing around it, as far as it takes to show `element` in it, below `head`, which stays at its top. The page is the reader's to scroll. */
export function showIn(box: Element, element: Element, head: Element | null = null): void {
  const [seen, wanted] = [box.getBoundingClientRect(), element.getBoundingClientRect()];
  const top = seen.top + box.clientTop + (head?.getBoundingClientRect().height ?? 0);
  const bottom = seen.top + box.clientTop + box.clientHeight;
  if (wanted.top < top) box.scrollTop -= top - wanted.top;
  else if (wanted.bottom > bottom) box.scrollTop += Math.min(wanted.bottom - bottom, wanted.top - top);
}
