/** Defines `<glass-visor>`, once: of two versions on a page the first one stays. */
import { GlassVisorElement } from './class.ts';

const NAME = 'glass-visor';

/** Does nothing where there is no DOM, or where the element has been defined. */
export function defineGlassVisor(): void {
  if (typeof customElements === 'undefined' || customElements.get(NAME)) return;
  customElements.define(NAME, GlassVisorElement);
}

defineGlassVisor();

declare global {
  interface HTMLElementTagNameMap {
    'glass-visor': GlassVisorElement;
  }
}
