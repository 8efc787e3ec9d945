/** Between the viewer and the element that it stands in: slots that go through, type that is laid out for another root, and the height that would be enough. */
import { tell } from './tell.ts';

/** Slots that the page fills from outside and that stand inside the viewer. */
export const FORWARDED = ['narration', 'toolbar-end', 'lesson'] as const;
/** Type is laid out for a root of 16 px; the page around may have another. */
const ROOT_PX = 16;

/** CSS `zoom` for a viewer in `host`: the page's root made good, times the attribute and the custom property. */
export function zoomOf(host: Element): string {
  const root = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || ROOT_PX;
  const scale = Number(host.getAttribute('font-scale')) || 1;
  return `calc(var(--gv-scale, 1) * ${(ROOT_PX / root) * Math.min(3, Math.max(0.5, scale))})`;
}

/** Gives `viewer` a slot for each one that `host` has something for: an empty one would hide what stands there otherwise. Returns the way to stop. */
export function forwardSlots(host: Element, viewer: HTMLElement & { slots: readonly string[] }): () => void {
  const look = (): void => {
    const filled = FORWARDED.filter((name) => host.querySelector(`:scope > [slot=${name}]`));
    if (filled.length === viewer.slots.length && filled.every((name, i) => name === viewer.slots[i])) return;
    viewer.slots = filled;
    viewer.replaceChildren(
      ...filled.map((name) => {
        const slot = document.createElement('slot');
        slot.name = name;
        slot.slot = name;
        return slot;
      }),
    );
  };
  look();
  const observer = new MutationObserver(look);
  observer.observe(host, { childList: true, subtree: true, attributes: true, attributeFilter: ['slot'] });
  return () => observer.disconnect();
}

/** Tells when `host` has another size, or what `viewer` shows would want another height; returns the way to stop. */
export function reportSize(host: HTMLElement, viewer: HTMLElement): () => void {
  let told = '';
  const look = (): void => {
    const { width, height } = host.getBoundingClientRect();
    const detail = { width: Math.round(width), height: Math.round(height), wanted: Math.ceil(height + lacking(viewer)) };
    const text = JSON.stringify(detail);
    if (text === told || width === 0) return;
    told = text;
    tell(host, 'gv-resize', detail);
  };
  const observer = new ResizeObserver(look);
  observer.observe(host);
  viewer.addEventListener('gv-drawn', look);
  return () => {
    observer.disconnect();
    viewer.removeEventListener('gv-drawn', look);
  };
}

/** Pixels that the stage and the sentence have too little; negative: too much. */
function lacking(viewer: HTMLElement): number {
  const find = (selector: string): Element | null => viewer.shadowRoot?.querySelector(selector) ?? null;
  const [stage, walk, why] = [find('.stage'), find('.stage > .walk'), find('.why')];
  const hidden = why ? why.scrollHeight - why.clientHeight : 0;
  if (!stage) return hidden;
  const room = walk ? walk.getBoundingClientRect().height - stage.getBoundingClientRect().height : stage.scrollHeight - stage.clientHeight;
  return room + hidden;
}
