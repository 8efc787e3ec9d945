import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { commandFor } from '../keymap.ts';
import type { MessageKey } from '../i18n/en.ts';
import { translate } from '../i18n/messages.ts';
import { bringFrench, french } from '../i18n/second-language.ts';
import { prose } from '../i18n/typography.ts';
import { lessonOfPage } from '../lessons/export.ts';
import type { LessonPanel } from '../lessons/panel.ts';
import type { Lessons } from '../lessons/shelf.ts';
import type { LensPanel } from '../panels/lens.ts';
import type { RootLayer } from '../panels/root-layer.ts';
import type { TimelinePanel } from '../panels/timeline.ts';
import type { TransportPanel } from '../panels/transport.ts';
import type { ConsolePanel } from '../panels/console.ts';
import type { WalkPanel } from '../panels/walk.ts';
import { type FocusTarget, Session } from '../session.ts';
import { foreignKind, isMoment } from '../file-kind.ts';
import { lensTo, targetOf } from '../lens-to.ts';
import { type State, Store, type View } from '../store.ts';
import { CHOICES, SHARED } from '../theme/shared.ts';
import { APP_STYLES } from './app-styles.ts';
import '../edit/editor.ts';
import { openText } from '../edit/writing.ts';
import { nameLesson } from './address.ts';
import { fallingLine } from './fall.ts';
import { bytesOf, MAX_FILE_BYTES, pickFile } from './files.ts';
import type { GuestMenu } from './guest-menu.ts';
import './ghost.ts';
import './guest-menu.ts';
import { helpDialog } from './help.ts';
import { type Height, heightOf, isWide, type Layout, layoutOf } from './layout.ts';
import { keepView } from './preferences.ts';
import { PRESENT_STYLES, presentPage } from './present.ts';
import { Sharing } from './sharing.ts';
import { makeLocal, makeWorker } from './start.ts';
import { deskPage, phonePage, revealTab, type Sheet } from './pages.ts';

const FIRST_GUEST = 'first-exit';
const SCALES = [0.875, 1, 1.125, 1.25, 1.5, 1.75, 2];

/** The page: who runs at the top, the machine between, time at the bottom. */
export class GlassvisorApp extends LitElement {
  static override properties = {
    isDragging: { state: true },
    layout: { reflect: true },
    height: { reflect: true },
    sheet: { state: true },
    lessons: { state: true },
  };
  declare private isDragging: boolean;
  declare layout: Layout;
  declare height: Height;
  /** What the sheet over the thumb's controls shows on a phone. */
  declare sheet: Sheet | null;
  /** The lessons, once somebody has asked for them. */
  declare lessons: Lessons | null;
  readonly session = new Session(new Store());
  /** Where machines come from. */
  machines = { makeWorker, makeLocal };
  /** The guest to begin with. */
  guest = new URLSearchParams(location.search).get('guest') ?? FIRST_GUEST;
  /** The lesson to open, '' for none. */
  lesson = new URLSearchParams(location.search).get('lesson') ?? lessonOfPage();
  readonly sharing = new Sharing(this);
  private leaving = new AbortController();
  /** The lesson that has been raised and named in the address, null for none. */
  private raised: string | null = null;
  private isFitting = false;
  private isBringing = false;
  /** The line through the glass ends in panels that open and close by themselves. */
  private readonly resized = new ResizeObserver(() => this.requestUpdate());
  /** How the reader looked when that was last put into effect. */
  private reflected: View | null = null;

  static override styles = [SHARED, CHOICES, APP_STYLES, PRESENT_STYLES];

  constructor() {
    super();
    this.isDragging = false;
    this.layout = 'desk';
    this.height = 'even';
    this.sheet = null;
    this.lessons = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    signal.addEventListener(
      'abort',
      this.session.store.subscribe(() => this.reflect()),
    );
    this.session.focus = (target) => this.moveFocus(target);
    addEventListener('keydown', (event) => this.press(event), { signal });
    addEventListener('click', (event) => this.follow(event), { signal });
    addEventListener('resize', () => this.measure(), { signal });
    addEventListener('dragover', (event) => this.drag(event, true), { signal });
    addEventListener('dragleave', (event) => this.drag(event, event.relatedTarget !== null), { signal });
    addEventListener('drop', (event) => this.drop(event), { signal });
    this.measure();
    void this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.leaving.abort();
    this.session.close();
  }

  override render(): TemplateResult {
    const page = this.sharing.isPresenting ? presentPage(this) : this.layout === 'phone' ? phonePage(this) : deskPage(this);
    return html`${page}
      <svg class="fall" aria-hidden="true"><path /></svg>
      ${this.isDragging ? html`<div class="drop">${this.t('app.dropHere')}</div>` : nothing}
      <gv-ghost .store=${this.session.store} .session=${this.session}></gv-ghost>
      <gv-editor .store=${this.session.store} .session=${this.session}></gv-editor>
      ${helpDialog(this.session, (key) => this.t(key))}`;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (this.isFitting) return;
    this.isFitting = true;
    // Once a display frame, when all panels have been drawn: to measure is to lay out.
    requestAnimationFrame(() => {
      this.isFitting = false;
      const main = this.renderRoot.querySelector('main');
      if (main) this.resized.observe(main);
      revealTab(this.renderRoot);
      void this.drawFall();
    });
  }

  /** The message in the reader's language. */
  t(key: MessageKey, values?: Readonly<Record<string, string | number>>): string {
    return translate(this.session.store.state.view.language, key, values);
  }

  /** Starts a machine; again, after one was lost. */
  async begin(): Promise<void> {
    this.session.store.update({ trouble: null });
    const shelf = this.lesson === '' ? null : await this.bringLessons();
    const id = shelf?.guestOf(this.lesson) ?? this.guest;
    await this.session.start(this.machines.makeWorker, this.machines.makeLocal, { kind: 'guest', id });
    const { host, loaded, trouble } = this.session.store.state;
    const hasMoment = loaded !== null && (await this.sharing.arrive());
    if (shelf && loaded) return hasMoment ? undefined : shelf.openNamed(this.lesson);
    if (!host || loaded) return;
    // The link named a guest that is not there: say so, over one that is.
    await this.session.load({ kind: 'guest', id: FIRST_GUEST });
    this.session.store.update({ trouble });
  }

  /** The lessons come when they are first wanted; null, and a sentence, where they cannot be had. */
  async bringLessons(): Promise<Lessons | null> {
    const code = await this.session.bring(import('../lessons/shelf.ts'));
    if (code) this.lessons ??= new code.Lessons(this.session);
    return this.lessons;
  }

  /** One step of the type scale up or down. */
  zoom(direction: 1 | -1): void {
    const { view } = this.session.store.state;
    const at = SCALES.findIndex((s) => s >= view.scale);
    this.session.store.look({ scale: SCALES[Math.max(0, Math.min(SCALES.length - 1, at + direction))] });
  }

  /** Asks for a file and opens it. */
  pick(): void {
    this.closeMenu();
    pickFile((file) => void this.openFile(file));
  }

  /** Moves the keyboard to one of the page's places. */
  moveFocus(target: FocusTarget): void {
    const find = <T extends Element>(name: string): T | null => this.renderRoot.querySelector<T>(name);
    this.closeMenu();
    if (target === 'help') find<HTMLDialogElement>('dialog')?.showModal();
    else if (target === 'share') void this.sharing.open();
    else if (target === 'present') this.sharing.present();
    else if (target === 'lens') find<LensPanel>('gv-lens')?.focus();
    else if (target === 'tick') find<TransportPanel>('gv-transport')?.focus();
    else if (target === 'lesson') void this.toLesson();
    else if (target === 'console') void this.toConsole();
    else find<TimelinePanel>('gv-timeline')?.zoom(target === 'zoomIn' ? 0.5 : 2);
  }

  /** To the console; on a phone its sheet rises, and in a room it comes from behind the stage. */
  private async toConsole(): Promise<void> {
    if (this.sharing.isPresenting) this.sharing.hasConsole = true;
    else if (this.layout === 'phone') this.sheet = 'console';
    this.requestUpdate();
    await this.updateComplete;
    this.renderRoot.querySelector<ConsolePanel>('gv-console')?.focus();
  }

  /** To the lesson that is open; on a phone its sheet rises. */
  private async toLesson(): Promise<void> {
    if (!this.session.store.state.lesson) return;
    if (this.layout === 'phone') this.sheet = 'lesson';
    await this.updateComplete;
    this.renderRoot.querySelector<LessonPanel>('gv-lesson')?.focus();
  }

  /** On a phone these are in the menu. */
  private closeMenu(): void {
    this.renderRoot.querySelector<GuestMenu>('gv-guest-menu')?.close();
  }

  private reflect(): void {
    this.requestUpdate();
    const { view } = this.session.store.state;
    const title = titleOf(this.session.store.state);
    if (document.title !== title) document.title = title;
    this.bringLanguage();
    this.raiseLesson();
    if (this.reflected === view) return;
    this.reflected = view;
    const root = document.documentElement;
    if (root.lang !== view.language) root.lang = view.language;
    if (root.dataset['theme'] !== view.theme) {
      root.dataset['theme'] = view.theme;
      paintBrowser();
    }
    const zoom = String(this.sharing.scale);
    if (root.style.getPropertyValue('--gv-zoom') !== zoom) {
      root.style.setProperty('--gv-zoom', zoom);
      this.measure();
    }
    keepView(view);
  }

  /** On a phone a lesson that has just been opened rises as a sheet. */
  private raiseLesson(): void {
    const lesson = this.session.store.state.lesson?.lesson ?? null;
    const id = lesson?.id ?? null;
    if (id === this.raised) return;
    if (id !== null && this.layout === 'phone') this.sheet = 'lesson';
    this.raised = id;
    // After a reload, or when a machine was lost, it comes back.
    this.lesson = id ?? '';
    nameLesson(lesson);
  }

  /** French, where it is read: at once as the page's language, behind the first frame beside English. */
  private bringLanguage(): void {
    const { view, walk } = this.session.store.state;
    const isWanted = view.language === 'fr' || (view.isBilingual && walk !== null);
    if (!isWanted || this.isBringing || french()) return;
    this.isBringing = true;
    const end = (): void => {
      this.isBringing = false;
    };
    // Without it the page stays in English; the next change asks again.
    void bringFrench()
      .then(() => this.session.store.update({}))
      .then(end, end);
  }

  private measure(): void {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const width = document.documentElement.clientWidth;
    this.layout = this.sharing.isPresenting ? 'narrow' : layoutOf(width, innerHeight, rem);
    this.height = this.sharing.isPresenting ? 'low' : heightOf(innerHeight, rem);
    this.toggleAttribute('wide', isWide(width, rem));
    this.requestUpdate();
  }

  /** The line from the reference that refused down through the glass, to what was asked there; when the layer has come to rest. */
  private async drawFall(): Promise<void> {
    const moving = this.renderRoot.querySelector('gv-root-layer')?.getAnimations() ?? [];
    if (moving.length > 0) {
      this.renderRoot.querySelector('.fall path')?.setAttribute('d', '');
      await Promise.allSettled(moving.map((animation) => animation.finished));
    }
    const path = this.renderRoot.querySelector('.fall path');
    const walk = this.renderRoot.querySelector<WalkPanel>('gv-walk');
    const layer = this.renderRoot.querySelector<RootLayer>('gv-root-layer');
    const isPlain = this.layout === 'desk' || this.layout === 'narrow';
    const line = isPlain && walk && layer ? fallingLine(walk.refusal, walk.floor, layer.landing, this.getBoundingClientRect()) : '';
    if (path?.getAttribute('d') !== line) path?.setAttribute('d', line);
  }

  private press(event: KeyboardEvent): void {
    // Escape gives a text field back: keys are commands again.
    const field = event.composedPath()[0];
    if (event.key === 'Escape' && field instanceof HTMLInputElement) field.blur();
    const found = commandFor(event, this.session.store.state.view.keymap);
    const isElsewhere =
      this.sharing.isOpen ||
      this.renderRoot.querySelector('dialog')?.open ||
      document.querySelector('gv-lesson-problems') !== null ||
      this.renderRoot.querySelector<GuestMenu>('gv-guest-menu')?.isOpen;
    if (!found || isElsewhere) return;
    event.preventDefault();
    found.command.run(this.session, found.key);
  }

  /** A click on an address puts the lens there. */
  private follow(event: MouseEvent): void {
    const target = targetOf(event);
    if (target) void lensTo(this.session, target);
  }

  private drag(event: DragEvent, isOver: boolean): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.isDragging = isOver;
  }

  private drop(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.isDragging = false;
    const [file] = event.dataTransfer.files;
    if (file) void this.openFile(file);
  }

  private async openFile(file: File): Promise<void> {
    const { session } = this;
    const { name } = file;
    if (file.size > MAX_FILE_BYTES)
      return session.say('app.tooLarge', { name, size: Math.ceil(file.size / 2 ** 20), most: MAX_FILE_BYTES / 2 ** 20 });
    const bytes = await bytesOf(file);
    if (bytes === null) return session.say('app.unreadable', { name });
    if (/\.lesson$/i.test(name)) return (await this.bringLessons())?.openFile(name, new TextDecoder().decode(bytes));
    const kind = foreignKind(name, bytes);
    if (kind) return session.say('app.foreign', { name, kind: this.t(`app.foreign.${kind}`) });
    const before = session.store.state.loaded;
    await session.open(name, bytes);
    const { loaded } = session.store.state;
    if (loaded !== before && loaded) {
      // What was being written is kept; what has been opened is to be seen.
      session.store.look({ editing: null });
      if (loaded.format === 'flat' && !loaded.source && !isMoment(bytes)) session.note('app.flat', { name });
    }
    // A source that does not assemble is shown with what is wrong in it.
    if (session.store.state.loaded === before && /\.(asm|s|nasm)$/i.test(name)) openText(session, name, new TextDecoder().decode(bytes));
  }
}

/** What is loaded, then whose page it is. */
function titleOf({ guests, guestId, loaded, view }: State): string {
  const guest = guests.find((g) => g.id === guestId);
  const name = guest ? prose(view.language, guest.title[view.language]) : loaded?.name;
  const shown = name && loaded?.isEdited ? translate(view.language, 'app.edited', { name }) : name;
  return name ? `${shown} · Glassvisor` : 'Glassvisor';
}

/** The browser's own frame in the colour of the page. */
function paintBrowser(): void {
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--gv-bg').trim();
  for (const meta of document.head.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) meta.content = ground;
}

customElements.define('glassvisor-app', GlassvisorApp);
