import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { commandFor } from '../ui/keymap.ts';
import type { Lesson } from '../ui/lessons/lesson.ts';
import { upTo } from '../ui/panels/walk-partial.ts';
import '../ui/panels/world-band.ts';
import { Panel } from '../ui/panel.ts';
import { grouped } from '../ui/reading.ts';
import type { Keeper } from '../ui/share/keeper.ts';
import type { State } from '../ui/store.ts';
import { SHARED } from '../ui/theme/shared.ts';
import { nextLine } from '../ui/widgets/next-line.ts';
import { address } from '../ui/widgets/number.ts';
import { rove } from '../ui/widgets/roving.ts';
import { plain, typeset } from '../ui/widgets/sentence.ts';
import { whatHappened, whyOf } from '../ui/why/why.ts';
import { compactWalk, countOf } from './compact-walk.ts';
import { controlsOf, listOf } from './controls.ts';
import { type EmbeddedSession, isOn } from './embedded-session.ts';
import type { EmbeddedLessons } from './lesson.ts';
import { AROUND_PANELS, PARTS, SCENE_PANELS, type SceneName } from './scenes.ts';
import { forwardSlots, zoomOf } from './surroundings.ts';
import { transport } from './transport.ts';
import { VIEWER_STYLES } from './viewer-styles.ts';
import { tongueOf, WORDS } from './viewer-words.ts';

/** Commands that need nothing which an embed has not. */
const KEYS: readonly string[] = [
  ...['step', 'back', 'nextReference', 'previousReference', 'nextExit', 'previousExit'],
  ...['run', 'runBack', 'pause', 'reset', 'go', 'breakpoint', 'operand', 'follow', 'bookmark', 'table', 'lens', 'lesson'],
];

const PANELS = { ...AROUND_PANELS, ...SCENE_PANELS };

/** A machine in a small frame: who runs, one scene, one sentence, the transport. */
export class GlassViewer extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    host: { attribute: false },
    only: { attribute: false },
    loaded: { state: true },
    slots: { state: true },
    keeper: { state: true },
  };
  declare session: EmbeddedSession;
  /** The element on the page, whose attributes say what is shown. */
  declare host: HTMLElement;
  /** The one scene that is shown, without anything around it; '' for the whole. */
  declare only: string;
  /** Panels whose code has come. */
  declare private loaded: readonly string[];
  /** Slots of the element that the page around has filled. */
  declare slots: readonly string[];
  /** What was left at the last visit, where the element asked for that to be kept. */
  declare private keeper: Keeper | null;
  private lessons: EmbeddedLessons | null = null;
  /** The scene whose code was asked for last: once is enough. */
  private bringing: string | null = null;
  private stopForwarding: (() => void) | null = null;

  static override styles = [SHARED, VIEWER_STYLES];

  constructor() {
    super();
    this.only = '';
    this.loaded = [];
    this.slots = [];
    this.keeper = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('part', 'viewer');
    this.setAttribute('exportparts', PARTS.join(', '));
    this.style.setProperty('zoom', zoomOf(this.host));
    this.addEventListener('keydown', this.press);
    this.addEventListener('click', this.follow);
    if (this.only !== '') return;
    this.stopForwarding = forwardSlots(this.host, this);
    this.session.focus = (target) => this.moveFocus(target);
  }

  override disconnectedCallback(): void {
    this.removeEventListener('keydown', this.press);
    this.removeEventListener('click', this.follow);
    this.stopForwarding?.();
    this.keeper?.stop();
    super.disconnectedCallback();
  }

  /** The keyboard begins at the step. */
  override focus(): void {
    void this.updateComplete.then(() => this.find('[data-do=step]')?.focus());
  }

  protected inputs({ frame, recorded, walk, reference, view, host, trouble, begin, loaded, lesson, isFixed }: State): readonly unknown[] {
    return [frame, recorded, walk, reference, view, host, trouble, begin, loaded, lesson, isFixed];
  }

  // What has to come ---------------------------------------------------------------------------------------------------------------------
  /** The lesson that the element names, with all that lessons need; null where it names none. Throws where there is none of that name. */
  async bringLessons(): Promise<Lesson | null> {
    const id = this.host.getAttribute('lesson');
    if (!id) return null;
    const { EmbeddedLessons } = await import('./lesson.ts');
    this.lessons ??= new EmbeddedLessons(this.host, this.session);
    return this.lessons.named(id);
  }

  /** Opens the lesson that the element names, at the step that it names. */
  async openLesson(): Promise<void> {
    const lesson = await this.bringLessons();
    if (lesson) await this.lessons?.begin(lesson.id, Number(this.host.getAttribute('checkpoint') ?? 1) || 1);
    else if (this.state.lesson) await this.lessons?.guide.close();
  }

  /** Resolves when the code of everything that the attributes want is there. */
  async prepare(): Promise<void> {
    const wanted = [this.scene, ...this.controls, ...(this.session.isEditable ? ['source'] : [])].filter((name) => name in PANELS);
    const missing = wanted.filter((name) => !this.loaded.includes(name));
    if (wanted.length > 0 || this.host.hasAttribute('scenes'))
      await Promise.all([import('./late-words.ts'), ...missing.map((name) => PANELS[name].load())]);
    if (missing.length > 0) this.loaded = [...this.loaded, ...missing];
    if (this.only === '' && isOn(this.host, 'persist')) await this.keep();
    this.requestUpdate();
  }

  private async keep(): Promise<void> {
    if (this.keeper) return;
    const { keepMoments } = await import('./keep.ts');
    this.keeper = await keepMoments(this.session, `element ${this.host.getAttribute('persist') || this.host.id || location.pathname}`);
  }

  override willUpdate(): void {
    const { scene } = this;
    if (!(scene in PANELS) || this.loaded.includes(scene) || this.bringing === scene) return;
    this.bringing = scene;
    // The network may be gone by now.
    void this.prepare().catch(({ message }: Error) => this.store.update({ trouble: { message, hint: '' } }));
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const input = this.find<HTMLInputElement>('.tick input');
    input?.style.setProperty('--digits', String(Math.max(3, grouped(this.state.frame?.tick ?? 0).length)));
    this.dispatchEvent(new Event('gv-drawn'));
  }

  // Parts --------------------------------------------------------------------------------------------------------------------------------
  override render(): TemplateResult {
    if (this.only !== '') return this.alone();
    const { view, frame } = this.state;
    return html`<div class="page" lang=${view.language} role="region" aria-label=${WORDS.label[tongueOf(this.host)]}>
      ${this.has('band') ? html`<gv-world-band part="band" .store=${this.store} .session=${this.session} layout="embed"></gv-world-band>` : nothing}
      ${this.head()}
      ${this.has('lens') ? this.panel('lens') : nothing}
      ${view.editing === null ? this.middle() : this.panel('source')}
      ${this.has('why') ? this.why() : nothing}
      ${this.trouble()}
      ${this.has('timeline') && this.scene !== 'timeline' ? this.panel('timeline') : nothing}
      ${this.has('transport') ? transport(this) : nothing}
      ${this.session.isEditable && this.loaded.includes('source') ? html`<gv-editor .store=${this.store} .session=${this.session}></gv-editor>` : nothing}
      <div class="visually-hidden" role="status">${frame && !frame.running ? this.said() : nothing}</div>
    </div>`;
  }

  /** One scene, for a place of its own on the page. */
  private alone(): TemplateResult {
    const title = this.t(titleOf(this.scene));
    return html`<div class="page only" lang=${this.state.view.language} role="region" aria-label=${title}>${this.scene === 'walk' ? this.head() : nothing}<div class="stage" part="stage">${this.stage()}</div></div>`;
  }

  private middle(): TemplateResult {
    const beside = ['code', 'registers'].filter((name) => this.has(name) && name !== this.scene);
    const hasLesson = this.state.lesson !== null || this.slots.includes('lesson');
    return html`<div class="middle ${hasLesson ? 'taught' : ''} ${beside.length > 0 ? 'full' : ''}">
      ${hasLesson ? this.lesson() : nothing}
      <div class="stage" part="stage">${this.stage()}</div>
      ${beside.length > 0 ? html`<div class="aside">${beside.map((name) => this.panel(name))}</div>` : nothing}
    </div>`;
  }

  /** The page's own text, then the lesson's. */
  private lesson(): TemplateResult {
    const { lessons } = this;
    return html`<div class="lesson sheet" part="lesson" tabindex="-1">
      ${this.slots.includes('lesson') ? html`<slot name="lesson"></slot>` : nothing}
      ${lessons ? html`<gv-lesson .store=${this.store} .guide=${lessons.guide} .shelf=${lessons}></gv-lesson>` : nothing}</div>`;
  }

  /** What the stage shows. */
  get scene(): string {
    return this.only || (this.host.getAttribute('scene') ?? 'walk');
  }

  private get controls(): readonly string[] {
    return this.only === '' ? controlsOf(this.host) : [];
  }

  /** The message in the reader's language. */
  readonly say = (...message: Parameters<GlassViewer['t']>): string => this.t(...message);

  /** The control stands there. */
  has(control: string): boolean {
    return this.controls.includes(control);
  }

  /** A panel around the scene. */
  private panel(name: string): TemplateResult | typeof nothing {
    return this.loaded.includes(name) ? AROUND_PANELS[name].render(this.session) : nothing;
  }

  private head(): TemplateResult | typeof nothing {
    const { frame, walk, reference } = this.state;
    const next = nextLine(frame, WORDS.next[tongueOf(this.host)]);
    const scenes = listOf(this.host, 'scenes').filter((name) => name === 'walk' || name in SCENE_PANELS);
    const isWalk = this.scene === 'walk';
    const [made, total] = walk ? countOf(reference === null ? walk : upTo(walk, reference)) : [0, 0];
    return html`<div class="head" part="head">
      ${this.has('instruction') && next !== nothing ? html`<span class="instruction">${next}</span>` : nothing}
      ${walk && isWalk ? address('v', walk.linear) : nothing}
      <span class="space"></span>
      ${scenes.length > 1 && this.only === '' ? this.tabs(scenes) : nothing}
      ${isWalk && total > 0 ? html`<span class="count"><b>${made}</b> ${this.t(total === 1 ? 'walk.ofOne' : 'walk.of', { total })}</span>` : nothing}
    </div>`;
  }

  private tabs(scenes: readonly string[]): TemplateResult {
    return html`<div class="tabs" role="tablist" aria-label=${this.t('stage.label')} @keydown=${rove}>${scenes.map(
      (name) =>
        html`<button role="tab" aria-selected=${name === this.scene} tabindex=${name === this.scene ? 0 : -1} @click=${() => this.host.setAttribute('scene', name)}>${this.t(titleOf(name))}</button>`,
    )}</div>`;
  }

  private stage(): TemplateResult | typeof nothing {
    const { walk, reference } = this.state;
    if (this.scene in SCENE_PANELS)
      return this.loaded.includes(this.scene) ? html`<div class="panel">${SCENE_PANELS[this.scene].render(this.session)}</div>` : nothing;
    if (!walk) return nothing;
    const shown = reference === null ? walk : upTo(walk, reference);
    return compactWalk({ walk: shown, whole: walk, t: (key, values) => this.t(key, values), chosen: null, choose: () => {} });
  }

  /** What is seen of the stage, for pictures. */
  get stageElement(): Element {
    return this.renderRoot.querySelector('.stage') ?? this;
  }

  private why(): TemplateResult {
    const { language } = this.state.view;
    const why = whyOf(this.state);
    return html`<div class="why" part="narration"><slot name="narration">${why ? html`<p>${typeset(language, why.sentence)}</p>` : nothing}</slot></div>`;
  }

  private said(): string {
    const sentence = whatHappened(this.state);
    return sentence ? plain(this.state.view.language, sentence) : '';
  }

  private trouble(): TemplateResult | typeof nothing {
    const { trouble, host, view } = this.state;
    const words = (key: keyof typeof WORDS): string => WORDS[key][tongueOf(this.host)];
    if (!trouble) return this.offer();
    return html`<div class="trouble" role="alert"><b aria-hidden="true">✕</b> <span lang=${trouble.isOurs ? view.language : 'en'}>${trouble.message} ${trouble.hint}</span>${host ? nothing : html` <button class="link" @click=${() => this.revive()}>${words('again')}</button>`}</div>`;
  }

  /** What was kept at the last visit is offered, and never taken up by itself. */
  private offer(): TemplateResult | typeof nothing {
    const { keeper } = this;
    if (!keeper?.offer) return nothing;
    const language = tongueOf(this.host);
    return html`<div class="trouble offer" role="status"><span>${WORDS.kept[language]} ${grouped(keeper.offer.tick)}.</span> <button class="link" @click=${() => keeper.take().then(() => this.requestUpdate())}>${WORDS.takeUp[language]}</button> <button class="link" @click=${() => keeper.forget()}>${WORDS.forget[language]}</button></div>`;
  }

  // Acts ---------------------------------------------------------------------------------------------------------------------------------
  private find<T extends HTMLElement = HTMLElement>(selector: string): T | null {
    return this.renderRoot.querySelector<T>(selector);
  }

  private moveFocus(target: string): void {
    if (target === 'tick') this.find<HTMLInputElement>('.tick input')?.select();
    else if (target === 'lens') this.find('gv-lens-bar')?.focus();
    else if (target === 'lesson') this.find('gv-lesson')?.focus();
  }

  private readonly press = (event: KeyboardEvent): void => {
    const field = event.composedPath()[0];
    if (event.key === 'Escape' && field instanceof HTMLElement) field.blur();
    const found = commandFor(event);
    if (!found || this.host.getAttribute('keys') === 'off') return;
    const isOurs = KEYS.includes(found.command.id) || (found.command.id === 'source' && this.session.isEditable);
    if (!isOurs) return;
    event.preventDefault();
    found.command.run(this.session, found.key);
  };

  /** A click on a linear address puts the lens there. */
  private readonly follow = (event: MouseEvent): void => {
    const target = event.composedPath().find((t): t is HTMLElement => t instanceof HTMLElement && 'linear' in t.dataset);
    if (target) void this.session.pin({ linear: Number(target.dataset['linear']) });
  };

  /** The worker has died: the element begins anew. */
  private revive(): void {
    const host = this.host as HTMLElement & { destroy(): void; boot(): Promise<void> };
    host.destroy();
    void host.boot().catch(() => {});
  }
}

/** What each scene is called. */
type Title = `${Exclude<SceneName, 'timeline'>}.title`;

function titleOf(scene: string): Title | 'time.title' {
  return scene === 'timeline' ? 'time.title' : (`${scene}.title` as Title);
}

// Another version may be on the page: the element that was defined first is the only one, and brings its own viewer.
if (!customElements.get('gv-viewer')) customElements.define('gv-viewer', GlassViewer);
