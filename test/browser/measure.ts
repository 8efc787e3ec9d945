/** What a reader could not read, found in the laid-out page: text that is cut off or lies on other text, and a page wider than its window. */

/** A text as it stands on the page. */
interface Words {
  readonly text: string;
  readonly box: DOMRect;
  readonly element: Element;
  /** The element and all around it, through shadows. */
  readonly around: readonly Element[];
  /** What stays where it is while the rest scrolls beneath; null for the rest. */
  readonly layer: Element | null;
}

/** Pixels, and parts of the lower one, by which boxes may touch: glyphs are smaller than their line. */
const TOUCH = 3;
const TOUCH_PART = 0.4;

/** Everything that is wrong below `root`, as `where: what`. */
export function faults(root: Element): string[] {
  const words = wordsIn(root);
  return [...overflow(), ...words.flatMap(cut), ...overlaps(words)];
}

function overflow(): string[] {
  const page = document.documentElement;
  return page.scrollWidth > page.clientWidth + 1 ? [`page: ${page.scrollWidth} wide in a window of ${page.clientWidth}`] : [];
}

/** Cut by an edge where nothing says so: no ellipsis, no way to scroll there. */
function cut({ text, box, element, around }: Words): string[] {
  for (const one of around) {
    const style = getComputedStyle(one);
    if (style.textOverflow === 'ellipsis' && style.overflowX !== 'visible') return [];
    if (style.position === 'fixed') return [];
    const edge = one.getBoundingClientRect();
    if (scrolls(style.overflowX) || scrolls(style.overflowY)) return [];
    const isHidden = (overflow: string): boolean => overflow === 'hidden' || overflow === 'clip';
    if (isHidden(style.overflowX) && (box.right > edge.right + TOUCH || box.left < edge.left - TOUCH))
      return [`${where(element)}: “${text}” is cut off`];
    if (isHidden(style.overflowY) && (box.bottom > edge.bottom + TOUCH || box.top < edge.top - TOUCH))
      return box.top >= edge.bottom || box.bottom <= edge.top ? [] : [`${where(element)}: “${text}” is cut through`];
  }
  return [];
}

function overlaps(words: readonly Words[]): string[] {
  const found: string[] = [];
  const sorted = [...words].sort((a, b) => a.box.top - b.box.top);
  for (const [i, a] of sorted.entries()) {
    for (let k = i + 1; k < sorted.length && sorted[k].box.top < a.box.bottom - TOUCH; k++) {
      const b = sorted[k];
      const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const height = Math.min(a.box.bottom, b.box.bottom) - b.box.top;
      if (
        width > TOUCH &&
        height > Math.max(TOUCH, TOUCH_PART * Math.min(a.box.height, b.box.height)) &&
        a.element !== b.element &&
        a.layer === b.layer
      )
        found.push(`${where(a.element)}: “${a.text}” lies on “${b.text}”`);
    }
  }
  return found;
}

/** Every text that can be seen, each line of it. */
function wordsIn(root: Element): Words[] {
  const found: Words[] = [];
  const visit = (element: Element, outer: readonly Element[], clip: DOMRect, shown: DOMRect): void => {
    const style = getComputedStyle(element);
    if (!(element instanceof HTMLSlotElement || style.display === 'contents' || element.checkVisibility())) return;
    if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0' || style.clipPath.startsWith('inset(50%'))
      return;
    if (element.closest('[aria-hidden=true]') && style.position === 'absolute') return;
    const around = [element, ...outer];
    const inner = style.overflowX === 'visible' && style.overflowY === 'visible' ? clip : meet(clip, element.getBoundingClientRect());
    if (inner.width <= 0 || inner.height <= 0) return;
    const left = ends(style) ? meet(shown, element.getBoundingClientRect()) : shown;
    const nodes =
      element instanceof HTMLSlotElement ? element.assignedNodes({ flatten: true }) : (element.shadowRoot ?? element).childNodes;
    for (const node of nodes) {
      if (node instanceof Element) visit(node, around, inner, left);
      else if (node instanceof Text && node.data.trim() !== '') {
        const range = document.createRange();
        range.selectNodeContents(node);
        const holder = node.parentElement ?? element;
        for (const box of range.getClientRects()) {
          const seen = meet(inner, box);
          if (seen.width > 1 && seen.height > 1)
            found.push({
              text: node.data.trim().slice(0, 40),
              box: meet(box, left),
              element: holder,
              around,
              layer: layerOf(around),
            });
        }
      }
    }
  };
  const all = new DOMRect(-1000, 0, 10_000, 100_000);
  visit(root, [], new DOMRect(0, 0, innerWidth, 100_000), all);
  return found;
}

function layerOf(around: readonly Element[]): Element | null {
  return around.find((one) => ['sticky', 'fixed'].includes(getComputedStyle(one).position)) ?? null;
}

/** What is in there ends where it ends, for all to see: with an ellipsis, or to be scrolled. */
function ends(style: CSSStyleDeclaration): boolean {
  return (style.textOverflow === 'ellipsis' && style.overflowX !== 'visible') || scrolls(style.overflowX) || scrolls(style.overflowY);
}

function meet(a: DOMRect, b: DOMRect): DOMRect {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  return new DOMRect(left, top, Math.max(0, Math.min(a.right, b.right) - left), Math.max(0, Math.min(a.bottom, b.bottom) - top));
}

function scrolls(overflow: string): boolean {
  return overflow === 'auto' || overflow === 'scroll';
}

function where(element: Element): string {
  const { host } = element.getRootNode() as ShadowRoot;
  return `${host?.localName ?? 'page'} ${element.localName}${element.className && typeof element.className === 'string' ? `.${element.className.split(' ')[0]}` : ''}`;
}
