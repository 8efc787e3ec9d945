import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { commandFor } from '../ui/commands.ts';
import { Panel } from '../ui/panel.ts';
import { grouped } from '../ui/reading.ts';
import type { Session } from '../ui/session.ts';
import type { StepSize } from '../ui/steps.ts';
import type { State } from '../ui/store.ts';
import { SHARED } from '../ui/theme/shared.ts';
import { pageText } from '../ui/widgets/instruction.ts';
import { address } from '../ui/widgets/number.ts';
import { rove } from '../ui/widgets/roving.ts';
import { plain, typeset } from '../ui/widgets/sentence.ts';
import { whatHappened, whyOf } from '../ui/why/why.ts';
import { upTo } from '../ui/panels/walk-partial.ts';
import '../ui/panels/world-band.ts';
import { compactWalk, countOf } from './compact-walk.ts';
import { SCENE_PANELS } from './scenes.ts';
import { VIEWER_STYLES } from './viewer-styles.ts';
import { tongueOf, WORDS } from './words.ts';

/** Commands that need nothing which an embed has not. */
const KEYS: readonly string[] = [
  'step',
  'back',
  'nextReference',
  'previousReference',
  'nextExit',
  'previousExit',
  'run',
  'pause',
  'reset',
  'go',
];
/** A checkpoint needs bookmarks or a lesson. */
const SIZES = ['reference', 'walk', 'instruction', 'exit'] as const satisfies readonly StepSize[];
const SHAPES = { back: 'M11.5 3 4 8l7.5 5z', step: 'M4.5 3 12 8l-7.5 5z' } as const;
/** Type is laid out for a root of 16 px; the page around may have another. */
const ROOT_PX = 16;

/** A machine in a small frame: who runs, one scene, one sentence, the transport. */
export class GlassViewer extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, host: { attribute: false }, loaded: { state: true } };
  declare session: Session;
  /** The element on the page, whose attributes say what is shown. */
  declare host: HTMLElement;
  /** Scenes whose panels have come. */
  declare private loaded: readonly string[];

  static override styles = [SHARED, VIEWER_STYLES];

  constructor() {
    super();
    this.loaded = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('part', 'viewer');
    const root = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || ROOT_PX;
    const scale = Number(this.host.getAttribute('font-scale')) || 1;
    this.style.setProperty('zoom', String((ROOT_PX / root) * Math.min(3, Math.max(0.5, scale))));
    this.addEventListener('keydown', this.press);
    this.addEventListener('click', this.follow);
    this.session.focus = (target) => {
      if (target === 'tick') this.renderRoot.querySelector<HTMLInputElement>('.tick input')?.select();
    };
  }

  override disconnectedCallback(): void {
    this.removeEventListener('keydown', this.press);
    this.removeEventListener('click', this.follow);
    super.disconnectedCallback();
  }

  /** The keyboard begins at the step. */
  override focus(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[data-do=step]')?.focus());
  }

  protected inputs({ frame, recorded, walk, reference, view, host, trouble, begin, loaded }: State): readonly unknown[] {
    return [frame, recorded, walk, reference, view, host, trouble, begin, loaded];
  }

  override render(): TemplateResult {
    const { view, frame } = this.state;
    const has = (control: string): boolean => this.has(control);
    return html`<div class="page" lang=${view.language} role="region" aria-label=${WORDS.label[tongueOf(this.host)]}>
      ${has('band') ? html`<gv-world-band part="band" .store=${this.store} .session=${this.session} layout="embed"></gv-world-band>` : nothing}
      ${this.head()}
      <div class="stage" part="stage">${this.stage()}</div>
      ${has('why') ? this.why() : nothing}
      ${this.trouble()}
      ${has('transport') ? this.transport() : nothing}
      <div class="visually-hidden" role="status">${frame && !frame.running ? this.said() : nothing}</div>
    </div>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const scene = this.scene;
    const panel = SCENE_PANELS[scene];
    if (panel && !this.loaded.includes(scene))
      void Promise.all([panel.load(), import('./late-words.ts')]).then(() => (this.loaded = [...this.loaded, scene]));
    const input = this.renderRoot.querySelector<HTMLInputElement>('.tick input');
    input?.style.setProperty('--digits', String(Math.max(3, grouped(this.state.frame?.tick ?? 0).length)));
  }

  // Parts --------------------------------------------------------------------------------------------------------------------------------
  private get scene(): string {
    return this.host.getAttribute('scene') ?? 'walk';
  }

  private has(control: string): boolean {
    const list = this.host.getAttribute('controls');
    return list === null || list.split(/[\s,]+/).includes(control);
  }

  private head(): TemplateResult {
    const { frame, walk, reference } = this.state;
    const text = frame?.last ? pageText(frame.last) : null;
    const scenes = (this.host.getAttribute('scenes') ?? '').split(/[\s,]+/).filter((name) => name === 'walk' || name in SCENE_PANELS);
    const [made, total] = walk ? countOf(reference === null ? walk : upTo(walk, reference)) : [0, 0];
    return html`<div class="head" part="head">
      ${this.has('instruction') && text !== null ? html`<span class="instruction"><span class="needle"></span><span class="mono">${text}</span></span>` : nothing}
      ${walk && this.scene === 'walk' ? address('v', walk.linear) : nothing}
      <span class="space"></span>
      ${scenes.length > 1 ? this.tabs(scenes) : nothing}
      ${this.scene === 'walk' && total > 0 ? html`<span class="count"><b>${made}</b> ${this.t(total === 1 ? 'walk.ofOne' : 'walk.of', { total })}</span>` : nothing}
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
    const panel = SCENE_PANELS[this.scene];
    if (panel) return this.loaded.includes(this.scene) ? html`<div class="panel">${panel.render(this.session)}</div>` : nothing;
    if (!walk) return nothing;
    const shown = reference === null ? walk : upTo(walk, reference);
    return compactWalk({ walk: shown, whole: walk, t: (key, values) => this.t(key, values), chosen: null, choose: () => {} });
  }

  private why(): TemplateResult {
    const { language } = this.state.view;
    const why = whyOf(this.state);
    return html`<p class="why" part="narration">${why ? typeset(language, why.sentence) : nothing}</p>`;
  }

  private said(): string {
    const sentence = whatHappened(this.state);
    return sentence ? plain(this.state.view.language, sentence) : '';
  }

  private trouble(): TemplateResult | typeof nothing {
    const { trouble, host } = this.state;
    if (!trouble) return nothing;
    const language = tongueOf(this.host);
    return html`<div class="trouble" role="alert"><b aria-hidden="true">✕</b> <span lang="en">${trouble.message} ${trouble.hint}</span>${host ? nothing : html` <button class="link" @click=${() => this.revive()}>${WORDS.again[language]}</button>`}</div>`;
  }

  private transport(): TemplateResult {
    const { frame, view, host, begin } = this.state;
    const isRunning = frame?.running ?? false;
    const tick = frame?.tick ?? 0;
    const isFirst = tick <= begin;
    const s = this.session;
    return html`<div class="transport" part="transport" role="toolbar" aria-label=${this.t('transport.label')}>
      ${this.icon('back', isRunning || isFirst || !host, () => s.back())}
      <label class="tick"><span>${this.t('transport.tick')}</span><input inputmode="numeric" autocomplete="off" .value=${grouped(tick)} ?disabled=${isRunning || !host} @change=${(e: Event) => this.goTo(e)} /><span>/ ${grouped(frame?.endTick ?? 0)}</span></label>
      ${this.icon('step', isRunning || !host, () => s.step())}
      <button class="run" part="button" ?disabled=${!host} @click=${() => (isRunning ? s.pause() : s.run())}>${this.t(isRunning ? 'transport.pause' : 'transport.run')}</button>
      <div class="scale" role="radiogroup" aria-label=${this.t('transport.stepBy')} @keydown=${rove}>${SIZES.map(
        (size) =>
          html`<button role="radio" aria-checked=${size === view.granularity} tabindex=${size === view.granularity ? 0 : -1} @click=${() => s.store.look({ granularity: size })} aria-label=${this.t(`transport.${size}`)}>${WORDS[size][tongueOf(this.host)]}</button>`,
      )}</div>
      <span class="space"></span>
      <slot name="toolbar-end"></slot>
      ${this.open()}
    </div>`;
  }

  private icon(shape: keyof typeof SHAPES, isOff: boolean, action: () => unknown): TemplateResult {
    const name = this.t(`transport.${shape}`);
    return html`<button class="icon" part="button" data-do=${shape} ?disabled=${isOff} title=${name} aria-label=${name} @click=${action}><svg viewBox="0 0 16 16" aria-hidden="true"><path d=${SHAPES[shape]} /></svg></button>`;
  }

  /** The same guest on the whole page, where the embedding page says where that is. */
  private open(): TemplateResult | typeof nothing {
    const app = this.host.getAttribute('app');
    const { guestId, view } = this.state;
    if (app === null) return nothing;
    const url = new URL(app, document.baseURI);
    if (url.protocol !== 'http:' && url.protocol !== 'https:' && url.protocol !== 'file:') return nothing;
    if (guestId) url.searchParams.set('guest', guestId);
    url.searchParams.set('lang', view.language);
    return html`<a class="link" href=${url.href} target="_blank" rel="noopener">${WORDS.open[tongueOf(this.host)]} ↗</a>`;
  }

  // Acts ---------------------------------------------------------------------------------------------------------------------------------
  private readonly press = (event: KeyboardEvent): void => {
    const field = event.composedPath()[0];
    if (event.key === 'Escape' && field instanceof HTMLElement) field.blur();
    const found = commandFor(event);
    if (!found || !KEYS.includes(found.command.id) || this.host.getAttribute('keys') === 'off') return;
    event.preventDefault();
    found.command.run(this.session, found.key);
  };

  /** A click on a linear address puts the lens there. */
  private readonly follow = (event: MouseEvent): void => {
    const target = event.composedPath().find((t): t is HTMLElement => t instanceof HTMLElement && 'linear' in t.dataset);
    if (target) void this.session.pin({ linear: Number(target.dataset['linear']) });
  };

  private goTo(event: Event): void {
    const input = event.target as HTMLInputElement;
    const tick = Number(input.value.replace(/\s/g, ''));
    const show = (): void => {
      input.value = grouped(this.state.frame?.tick ?? 0);
    };
    if (Number.isSafeInteger(tick) && tick >= 0 && input.value.trim() !== '') void this.session.seek(tick).then(show);
    else show();
  }

  /** The worker has died: the element begins anew. */
  private revive(): void {
    const host = this.host as HTMLElement & { destroy(): void; boot(): Promise<void> };
    host.destroy();
    void host.boot().catch(() => {});
  }
}

type Title =
  | 'walk.title'
  | 'map.title'
  | 'vmcs.title'
  | 'tlb.title'
  | 'virtio.title'
  | 'iommu.title'
  | 'balloon.title'
  | 'pci.title'
  | 'vms.title'
  | 'code.title'
  | 'registers.title'
  | 'exits.title'
  | 'console.title';

function titleOf(scene: string): Title {
  return `${scene}.title` as Title;
}

// Another version may be on the page: the element that was defined first is the only one, and brings its own viewer.
if (!customElements.get('gv-viewer')) customElements.define('gv-viewer', GlassViewer);
