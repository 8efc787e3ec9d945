/** `<glass-visor-walk for="id">` and its kin: one panel of a `<glass-visor>` that stands elsewhere on the page. Importing this file defines them; each panel's code
 *  comes when it is shown. */
import { posterSheet } from './poster.ts';
import { VIEWER, type Viewer } from './seam.ts';
import { tongueOf, type Tongue } from './words.ts';

/** By the last part of their names: the scene that each shows. */
export const PART_SCENES = {
  walk: 'walk',
  registers: 'registers',
  vmcs: 'vmcs',
  timeline: 'timeline',
  virtq: 'virtio',
  map: 'map',
  tlb: 'tlb',
  code: 'code',
} as const;

const SAID: Readonly<Record<'nobody' | 'waits', (id: string) => Readonly<Record<Tongue, string>>>> = {
  nobody: (id) => ({
    en: `There is no <glass-visor id="${id}"> on this page.`,
    fr: `Il n’y a pas de <glass-visor id="${id}"> dans cette page.`,
  }),
  waits: (id) => ({ en: `The machine “${id}” has not been started.`, fr: `La machine « ${id} » n’est pas démarrée.` }),
};

/** Where there is no DOM the class can be imported, and not used. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

type Machine = Element & { readonly [VIEWER]?: Viewer | null };

/** One panel over another element's machine. */
export class GlassVisorPart extends Base {
  static readonly observedAttributes: readonly string[] = ['for'];
  /** What it shows; of each element its own. */
  static scene = 'walk';
  private stop: (() => void) | null = null;
  /** Whose panel it shows. */
  private shown: Viewer | null = null;
  private readonly look = (): void => this.show();

  connectedCallback(): void {
    // Machines come and start later than their parts.
    document.addEventListener('gv-ready', this.look);
    this.show();
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', this.look, { once: true });
  }

  disconnectedCallback(): void {
    document.removeEventListener('gv-ready', this.look);
    document.removeEventListener('DOMContentLoaded', this.look);
    this.end();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.show();
  }

  /** The id of the machine's element. */
  get for(): string {
    return this.getAttribute('for') ?? '';
  }
  set for(id: string) {
    this.setAttribute('for', id);
  }

  private show(): void {
    const around = this.getRootNode() as Document | ShadowRoot;
    const machine: Machine | null = around.getElementById?.(this.for) ?? null;
    const viewer = machine?.[VIEWER];
    // Another machine has started: this one stands as it is.
    if (viewer && viewer === this.shown) return;
    this.end();
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [posterSheet()];
    if (viewer) {
      const { scene } = this.constructor as typeof GlassVisorPart;
      this.stop = viewer.show(scene, root, () => queueMicrotask(this.look));
      this.shown = viewer;
    } else this.say(root, machine && VIEWER in machine ? 'waits' : 'nobody');
  }

  private say(root: ShadowRoot, what: keyof typeof SAID): void {
    const note = document.createElement('p');
    note.className = 'alone';
    note.lang = tongueOf(this);
    note.textContent = SAID[what](this.for)[tongueOf(this)];
    root.replaceChildren(note);
  }

  private end(): void {
    this.stop?.();
    this.stop = null;
    this.shown = null;
  }
}

/** Defines those that are not there yet; does nothing where there is no DOM. */
export function defineGlassVisorParts(): void {
  if (typeof customElements === 'undefined') return;
  for (const [name, scene] of Object.entries(PART_SCENES)) {
    const tag = `glass-visor-${name}`;
    const Part = class extends GlassVisorPart {
      static override scene = scene;
    };
    if (!customElements.get(tag)) customElements.define(tag, Part);
  }
}

defineGlassVisorParts();

declare global {
  interface HTMLElementTagNameMap {
    'glass-visor-walk': GlassVisorPart;
    'glass-visor-registers': GlassVisorPart;
    'glass-visor-vmcs': GlassVisorPart;
    'glass-visor-timeline': GlassVisorPart;
    'glass-visor-virtq': GlassVisorPart;
    'glass-visor-map': GlassVisorPart;
    'glass-visor-tlb': GlassVisorPart;
    'glass-visor-code': GlassVisorPart;
  }
}
