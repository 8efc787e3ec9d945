/** `<glass-visor>`: a machine on somebody else's page. Importing this file does nothing: no DOM is touched, no element is defined. What is heavy comes when the
 *  poster is clicked or the machine is asked for. */
import { makePoster, type Poster, posterSheet } from './poster.ts';
import type { GlassVisorEvents, Position, Program, StepSize, Viewer, ViewerMaker } from './types.ts';
import { tongueOf } from './words.ts';

/** Where there is no DOM (a server, a test in Node) the class can be imported, and not used. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

const ATTRIBUTES = ['guest', 'src', 'lang', 'theme', 'scene', 'scenes', 'lens', 'tick', 'controls', 'font-scale', 'app', 'reveal'] as const;
/** Changing one of these changes the program. */
const PROGRAM: readonly string[] = ['guest', 'src'];
const FIRST_GUEST = 'first-exit';

/** The element. Its attributes, methods and events are described in docs/embedding.md. */
export class GlassVisorElement extends Base {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;
  /** Where the viewer comes from. A page that loads it otherwise sets this before the first machine is asked for. */
  static viewer: () => Promise<ViewerMaker> = () => import('./viewer.ts');

  private poster: Poster | null = null;
  private viewer: Viewer | null = null;
  private booting: Promise<Viewer> | null = null;
  private sight: IntersectionObserver | null = null;
  /** Counts lives: what was begun in an earlier one is not wanted any more. */
  private life = 0;

  connectedCallback(): void {
    if (!this.poster) this.build();
    this.speak('waits');
    this.watch();
  }

  /** Being moved on the page is no end. */
  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (!this.isConnected) this.destroy();
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.poster) return;
    if (name === 'reveal') this.watch();
    if (!this.viewer) return this.booting ? undefined : this.speak('waits');
    if (PROGRAM.includes(name) && now !== null) void this.load().catch(() => {});
    else this.viewer.look();
  }

  // State --------------------------------------------------------------------------------------------------------------------------------
  /** A guest of the catalogue. */
  get guest(): string {
    return this.getAttribute('guest') ?? '';
  }
  set guest(id: string) {
    this.setAttribute('guest', id);
  }

  /** Address of a program: assembly, an image, or a saved moment. */
  get src(): string {
    return this.getAttribute('src') ?? '';
  }
  set src(address: string) {
    this.setAttribute('src', address);
  }

  /** `light`, `dark`, or as the reader's browser is set. */
  get theme(): string {
    return this.getAttribute('theme') ?? 'auto';
  }
  set theme(theme: string) {
    this.setAttribute('theme', theme);
  }

  /** What the stage shows. */
  get scene(): string {
    return this.getAttribute('scene') ?? 'walk';
  }
  set scene(scene: string) {
    this.setAttribute('scene', scene);
  }

  /** The machine is there. */
  get ready(): boolean {
    return this.viewer !== null;
  }

  /** Where it stands; null while there is none. */
  get position(): Position | null {
    return this.viewer?.position ?? null;
  }

  /** Setting it goes there. */
  get tick(): number {
    return this.position?.tick ?? 0;
  }
  set tick(tick: number) {
    void this.seek(tick);
  }

  get running(): boolean {
    return this.position?.running ?? false;
  }

  /** Where the machine runs: in a worker, or where those are refused on the page; null while there is none. */
  get place(): 'worker' | 'page' | null {
    return this.viewer?.place ?? null;
  }

  // Methods ------------------------------------------------------------------------------------------------------------------------------
  /** Loads the viewer and starts the machine; resolves when it can be stepped. Once is enough. */
  boot(): Promise<void> {
    return this.need().then(() => {});
  }

  /** Loads a program, by default the one that the attributes name. */
  async load(program?: Program | string): Promise<void> {
    const viewer = await this.need();
    const wanted = typeof program === 'string' ? { guest: program } : (program ?? (await this.program()));
    await viewer.load(wanted ?? { guest: FIRST_GUEST });
  }

  /** Runs until something stops the machine; resolves then. */
  async run(): Promise<void> {
    await (await this.need()).run();
  }

  async pause(): Promise<void> {
    await this.viewer?.pause();
  }

  async reset(): Promise<void> {
    await (await this.need()).reset();
  }

  async step(count = 1, size: StepSize = 'instruction'): Promise<void> {
    await (await this.need()).step(count, size);
  }

  async back(count = 1, size: StepSize = 'instruction'): Promise<void> {
    await (await this.need()).back(count, size);
  }

  async seek(tick: number): Promise<void> {
    await (await this.need()).seek(tick);
  }

  /** The whole moment as a file. */
  async save(): Promise<Uint8Array> {
    return (await this.need()).save();
  }

  /** Back to a moment that was saved. */
  restore(bytes: Uint8Array): Promise<void> {
    return this.load({ bytes, name: 'moment.glass' });
  }

  /** Lets the machine go: its worker ends, its memory is given back, the poster stands there again. The element can be started again. */
  destroy(): void {
    this.life++;
    this.sight?.disconnect();
    this.sight = null;
    this.viewer?.close();
    this.viewer = null;
    this.booting = null;
    if (this.poster) {
      this.poster.place.replaceChildren(this.poster.button);
      this.speak('waits');
    }
    if (this.shadowRoot) this.shadowRoot.adoptedStyleSheets = [posterSheet()];
  }

  override addEventListener<K extends keyof GlassVisorEvents>(
    type: K,
    listener: (this: GlassVisorElement, event: GlassVisorEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(...args: [string, never, (boolean | AddEventListenerOptions)?]): void {
    super.addEventListener(...args);
  }

  // Coming to life -----------------------------------------------------------------------------------------------------------------------
  private build(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [posterSheet()];
    const poster = makePoster();
    poster.button.addEventListener('click', () => void this.need(true).catch(() => {}));
    root.replaceChildren(poster.frame);
    this.poster = poster;
  }

  private speak(state: 'waits' | 'starts' | 'failed', why?: string): void {
    const name = this.getAttribute('label') ?? (this.src || this.guest);
    this.poster?.say(tongueOf(this), state, name, why);
  }

  /** `reveal="auto"`: the machine starts when the reader has come to it. */
  private watch(): void {
    this.sight?.disconnect();
    this.sight = null;
    if (this.getAttribute('reveal') !== 'auto' || this.viewer || this.booting) return;
    this.sight = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.sight?.disconnect();
      void this.need().catch(() => {});
    });
    this.sight.observe(this);
  }

  private need(wantsFocus = false): Promise<Viewer> {
    this.booting ??= this.start(wantsFocus);
    return this.booting;
  }

  private async start(wantsFocus: boolean): Promise<Viewer> {
    const life = this.life;
    if (!this.poster) this.build();
    this.speak('starts');
    try {
      const [maker, program] = await Promise.all([GlassVisorElement.viewer(), this.program()]);
      if (life !== this.life) throw gone();
      const viewer = await maker.mount(this, this.shadowRoot as ShadowRoot, program);
      if (life !== this.life) {
        viewer.close();
        throw gone();
      }
      this.viewer = viewer;
      this.poster?.button.remove();
      if (wantsFocus) this.shadowRoot?.querySelector<HTMLElement>('gv-viewer')?.focus();
      const { name } = { name: this.src || this.guest };
      this.dispatchEvent(new CustomEvent('gv-ready', { bubbles: true, composed: true, detail: { name, place: viewer.place } }));
      if (this.hasAttribute('autoplay') && !this.hasAttribute('norun')) void viewer.run().catch(() => {});
      return viewer;
    } catch (error) {
      if (life === this.life) this.fail(error as Error);
      throw error;
    }
  }

  private fail({ message }: Error): void {
    this.booting = null;
    this.speak('failed', message);
    this.dispatchEvent(new CustomEvent('gv-error', { bubbles: true, composed: true, detail: { message, hint: '' } }));
  }

  /** What the attributes and children say is to be run; null for the first guest. */
  private async program(): Promise<Program | null> {
    if (this.src) {
      const address = new URL(this.src, document.baseURI);
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${this.src}: ${answer.status} ${answer.statusText}`);
      return { bytes: new Uint8Array(await answer.arrayBuffer()), name: address.pathname.split('/').at(-1) ?? 'program' };
    }
    if (this.guest) return { guest: this.guest };
    const text = this.querySelector('script[type="text/x-glass-asm"]')?.textContent;
    return text ? { source: text } : null;
  }
}

function gone(): Error {
  return new DOMException('The element was taken off the page.', 'AbortError');
}
