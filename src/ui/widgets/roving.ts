/** One tab stop for a row of tabs or radio buttons; the arrow keys go through it and choose. WAI-ARIA Authoring Practices, "Tabs", "Radio Group". */

const STEPS: Readonly<Record<string, (i: number, n: number) => number>> = {
  ArrowRight: (i, n) => (i + 1) % n,
  ArrowDown: (i, n) => (i + 1) % n,
  ArrowLeft: (i, n) => (i + n - 1) % n,
  ArrowUp: (i, n) => (i + n - 1) % n,
  Home: () => 0,
  End: (_, n) => n - 1,
};

/** Key handler for the element with role `tablist` or `radiogroup`. */
export function rove(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const group = event.currentTarget as HTMLElement;
  const items = [...group.querySelectorAll<HTMLElement>('[role=tab], [role=radio], [role=treeitem]')];
  const from = items.indexOf(event.target as HTMLElement);
  if (from < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const next = items[step(from, items.length)];
  next.click();
  next.focus();
}
