/** The keyboard in a tree. WAI-ARIA Authoring Practices, "Tree View". */

const levelOf = (item: HTMLElement): number => Number(item.getAttribute('aria-level'));

/** Key handler of an element with role `tree`: arrows go from item to item, right opens and left shuts, Enter and Space press what they do not change. */
export function climb(event: KeyboardEvent): void {
  const item = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || item.getAttribute('role') !== 'treeitem') return;
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=treeitem]')];
  const handler = KEYS[event.key];
  if (!handler || event.defaultPrevented) return;
  event.preventDefault();
  handler(item, items);
}

type Handler = (item: HTMLElement, items: readonly HTMLElement[]) => void;

const focus = (item: HTMLElement | undefined): void => item?.focus();
const step =
  (by: number): Handler =>
  (item, items) =>
    focus(items[items.indexOf(item) + by]);
const press: Handler = (item) => item.click();

const KEYS: Readonly<Record<string, Handler>> = {
  ArrowDown: step(1),
  ArrowUp: step(-1),
  Home: (_, items) => focus(items[0]),
  End: (_, items) => focus(items.at(-1)),
  Enter: press,
  ' ': press,
  ArrowRight: (item, items) => {
    if (item.getAttribute('aria-expanded') === 'false') item.click();
    else step(1)(item, items);
  },
  ArrowLeft: (item, items) => {
    if (item.getAttribute('aria-expanded') === 'true') return item.click();
    const before = items.slice(0, items.indexOf(item));
    focus(before.findLast((other) => levelOf(other) < levelOf(item)));
  },
};
