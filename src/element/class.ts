/** `<glass-visor>`: a machine on somebody else's page. Importing this file does nothing: no DOM is touched, no element is defined. What is heavy comes when the
 *  poster is clicked or the machine is asked for. */
import { makePoster, type Poster, posterSheet } from './poster.ts';
import type {
  AccessKind,
  Address,
  Capabilities,
  GlassVisorEvents,
  LensTarget,
  MachineState,
  Position,
  Program,
  RunTo,
  StepSize,
  StopPlaces,
  Trace,
  Translation,
  TroubleDetail,
} from './types.ts';
import { VIEWER, type Viewer, type ViewerMaker } from './seam.ts';
import { tongueOf } from './words.ts';

/** Where there is no DOM (a server, a test in Node) the class can be imported, and not used. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

const ATTRIBUTES =
  'guest src label lang theme scene scenes lens tick step controls density granularity speed lesson checkpoint editable readonly font-scale app reveal';
/** Changing one of these changes the program. */
const PROGRAM = ['guest', 'src', 'lesson'];

/** The element. Its attributes, methods and events are described in docs/embedding.md. */
export class GlassVisorElement extends Base {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES.split(' ');
  /** Where the viewer comes from. A page that loads it otherwise sets this before the first machine is asked for. */
  static viewer: () => Promise<ViewerMaker> = () => import('./viewer.ts');

  private poster: Poster | null = null;
  private viewer: Viewer | null = null;
  private booting: Promise<Viewer> | null = null;
  private sight: IntersectionObserver | null = null;
  private failure: TroubleDetail | null = null;
  /** Counts lives: what was begun in an earlier one is not wanted any more. */
  private life = 0;
  /** Attributes that have changed, and that the viewer does not know of: while the machine comes there is none. */
  private missed: string[] = [];

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
    if (this.booting) this.missed.push(name);
    else this.speak('waits');
    if (this.viewer) this.obey();
  }

  // Properties ---------------------------------------------------------------------------------------------------------------------------
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
    void this.seek(tick).catch(() => {});
  }

  get running(): boolean {
    return this.position?.running ?? false;
  }

  /** The machine comes, runs, or is about to do what it was asked. */
  get busy(): boolean {
    return this.viewer ? this.viewer.busy : this.booting !== null;
  }

  /** What was refused last, until something is done; null for nothing. */
  get error(): TroubleDetail | null {
    return this.viewer ? this.viewer.error : this.failure;
  }

  /** Where the machine runs: in a worker, or where those are refused on the page; null while there is none. */
  get place(): 'worker' | 'page' | null {
    return this.viewer?.place ?? null;
  }

  /** What is loaded, null while there is no machine; setting it loads another program. */
  get program(): Program | null {
    return this.viewer?.program ?? null;
  }
  set program(program: Program | null) {
    void this.load(program ?? undefined).catch(() => {});
  }

  /** Registers, VMCS and console as they are now; null while there is no machine. */
  get state(): MachineState | null {
    return this.viewer?.state ?? null;
  }

  /** Where a run stops; what is set goes for the program that is loaded. Null while there is no machine. */
  get breakpoints(): StopPlaces | null {
    return this.viewer?.breakpoints ?? null;
  }
  set breakpoints(places: Partial<StopPlaces> | null) {
    void this.need()
      .then((viewer) => (viewer.breakpoints = { code: [], exits: [], memory: [], ...places }))
      .catch(() => {});
  }

  /** What has happened so far; null while there is no machine. */
  get trace(): Trace | null {
    return this.viewer?.trace ?? null;
  }

  /** What the machine can do and show; null while there is none. */
  get capabilities(): Capabilities | null {
    return this.viewer?.capabilities ?? null;
  }

  /** For the parts of this machine that stand elsewhere on the page. */
  get [VIEWER](): Viewer | null {
    return this.viewer;
  }

  // Methods ------------------------------------------------------------------------------------------------------------------------------
  /** Loads the viewer and starts the machine; resolves when it can be stepped. Once is enough. */
  boot(): Promise<void> {
    return this.need().then(() => {});
  }

  /** Loads a program, by default the one that the attributes name. */
  async load(program?: Program | string): Promise<void> {
    const viewer = await this.need();
    const wanted = typeof program === 'string' ? { guest: program } : (program ?? (await this.named()));
    await viewer.load(wanted ?? { guest: '' });
  }

  /** Runs until something stops the machine; resolves then. */
  async run(): Promise<void> {
    await (await this.need()).run();
  }

  /** Runs up to a tick, an instruction, a VM exit or an access; resolves where the machine has stopped, there or earlier. */
  async runTo(spec: RunTo): Promise<Position> {
    return (await this.need()).runTo(spec);
  }

  async pause(): Promise<void> {
    await this.viewer?.pause();
  }

  /** Back to the beginning; the program is loaded anew. */
  async reset(): Promise<void> {
    await (await this.need()).reset();
  }

  async step(count = 1, size: StepSize = 'instruction'): Promise<void> {
    await (await this.need()).step(count, size);
  }

  async back(count = 1, size: StepSize = 'instruction'): Promise<void> {
    await (await this.need()).back(count, size);
  }

  /** Goes to a tick, past or future. */
  async seek(tick: number): Promise<void> {
    await (await this.need()).seek(tick);
  }

  /** Where an access would go, entry by entry. Changes nothing. */
  async evaluate(address: Address, access: AccessKind = 'read'): Promise<Translation> {
    return (await this.need()).evaluate(address, access);
  }

  /** Puts the lens onto an address; null lets it follow the machine again. */
  async setLens(lens: LensTarget | null): Promise<void> {
    await (await this.need()).setLens(lens);
  }

  /** Whether a condition of the lessons' language holds now: `exits.48 = 1 and eax != 0`. */
  async check(condition: string): Promise<boolean> {
    return (await this.need()).check(condition);
  }

  /** The whole moment as a file. */
  async save(): Promise<Uint8Array> {
    return (await this.need()).save();
  }

  /** The same as save(). */
  snapshot(): Promise<Uint8Array> {
    return this.save();
  }

  /** Back to a moment that was saved. */
  restore(bytes: Uint8Array): Promise<void> {
    return this.load({ bytes, name: 'moment.glass' });
  }

  /** The trace as JSON lines, one record each. */
  async exportTrace(): Promise<string> {
    return (await this.need()).exportTrace();
  }

  /** A picture of the stage. */
  async exportImage(kind: 'svg' | 'png' = 'svg'): Promise<Blob> {
    return (await this.need()).exportImage(kind);
  }

  /** A link to the present moment on the whole page, which the attribute `app` or `page` names. */
  async toUrl(page?: string): Promise<string> {
    return (await this.need()).toUrl(page);
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
    const name = this.getAttribute('label') ?? (this.src || this.guest || this.getAttribute('lesson') || '');
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
    this.failure = null;
    this.missed = [];
    this.speak('starts');
    try {
      const [maker, program] = await Promise.all([GlassVisorElement.viewer(), this.named()]);
      if (life !== this.life) throw gone();
      const viewer = await maker.mount(this, this.shadowRoot as ShadowRoot, program);
      if (life !== this.life) {
        viewer.close();
        throw gone();
      }
      this.viewer = viewer;
      this.poster?.button.remove();
      if (wantsFocus) this.shadowRoot?.querySelector<HTMLElement>('gv-viewer')?.focus();
      this.tell('gv-ready', { name: this.src || this.guest, place: viewer.place });
      this.obey();
      if (this.hasAttribute('autoplay') && !this.hasAttribute('norun')) void viewer.run().catch(() => {});
      return viewer;
    } catch (error) {
      if (life === this.life) this.fail(error as Error);
      throw error;
    }
  }

  /** Attributes that have changed since the viewer looked are in effect. */
  private obey(): void {
    const names = this.missed.splice(0);
    if (names.some((name) => PROGRAM.includes(name) && this.hasAttribute(name))) void this.load().catch(() => {});
    else if (names.length > 0) this.viewer?.look();
  }

  private fail({ message }: Error): void {
    this.booting = null;
    this.failure = { message, hint: '' };
    this.speak('failed', message);
    this.tell('gv-error', this.failure);
  }

  private tell<K extends keyof GlassVisorEvents>(type: K, detail: GlassVisorEvents[K]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  }

  /** What the attributes and children say is to be run; null where they leave it to the lesson, or to chance. */
  private async named(): Promise<Program | null> {
    if (this.src) {
      const address = new URL(this.src, document.baseURI);
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${this.src}: ${answer.status} ${answer.statusText}`);
      return { bytes: new Uint8Array(await answer.arrayBuffer()), name: address.pathname.split('/').at(-1) ?? 'program' };
    }
    if (this.guest) return { guest: this.guest };
    const source = this.querySelector(':scope>script[type="text/x-glass-asm"],:scope>pre:not([slot])')?.textContent;
    return source ? { source } : null;
  }
}

function gone(): Error {
  return new DOMException('The element was taken off the page.', 'AbortError');
}

declare global {
  /** Events bubble: whoever listens anywhere on the page is told what they bring. */
  interface GlobalEventHandlersEventMap extends GlassVisorEvents {}
}
