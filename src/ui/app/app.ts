import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { MachineHost } from '../../api/protocol.ts';
import { commandFor, COMMANDS } from '../commands.ts';
import type { MessageKey } from '../i18n/en.ts';
import { translate } from '../i18n/messages.ts';
import { STAGE } from '../panels/index.ts';
import type { LensPanel } from '../panels/lens.ts';
import type { TransportPanel } from '../panels/transport.ts';
import { Session } from '../session.ts';
import { Store } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { APP_STYLES } from './app-styles.ts';
import './guest-menu.ts';
import { keepView } from './preferences.ts';

const FIRST_GUEST = 'first-exit';
const MAX_FILE_BYTES = 64 * 2 ** 20;
const SCALES = [0.875, 1, 1.125, 1.25, 1.5, 1.75, 2];

/** The page: who runs at the top, the machine between, time at the bottom. */
export class GlassvisorApp extends LitElement {
  static override properties = { isDragging: { state: true } };
  declare private isDragging: boolean;
  readonly session = new Session(new Store());

  static override styles = [SHARED, APP_STYLES];

  constructor() {
    super();
    this.isDragging = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.session.store.subscribe(() => this.reflect());
    this.session.focus = (target) => this.moveFocus(target);
    addEventListener('keydown', (event) => this.press(event));
    addEventListener('click', (event) => this.follow(event));
    addEventListener('dragover', (event) => this.drag(event, true));
    addEventListener('dragleave', (event) => this.drag(event, event.relatedTarget !== null));
    addEventListener('drop', (event) => this.drop(event));
    void this.begin();
  }

  override render(): TemplateResult {
    const { session } = this;
    const { store } = session;
    return html`
      <div class="top">${this.header()}<gv-world-band .store=${store} .session=${session}></gv-world-band>${this.trouble()}</div>
      <main>
        <section class="left">
          <gv-code .store=${store} .session=${session}></gv-code>
          <gv-registers .store=${store}></gv-registers>
        </section>
        <section class="stage" aria-label=${this.t('stage.label')}>${this.stage()}</section>
        <section class="right">
          <gv-lens .store=${store} .session=${session}></gv-lens>
          <gv-why .store=${store}></gv-why>
        </section>
      </main>
      <gv-transport .store=${store} .session=${session}></gv-transport>
      <div class="time">
        <gv-timeline .store=${store} .session=${session}></gv-timeline>
        <gv-exits .store=${store} .session=${session}></gv-exits>
      </div>
      <gv-console .store=${store} .session=${session}></gv-console>
      ${this.isDragging ? html`<div class="drop">${this.t('app.dropHere')}</div>` : nothing}
      ${this.help()}`;
  }

  private header(): TemplateResult {
    const { view, loaded } = this.session.store.state;
    const language = (code: 'en' | 'fr'): TemplateResult =>
      html`<button lang=${code} aria-pressed=${view.language === code} @click=${() => this.session.store.look({ language: code })}>${code.toUpperCase()}</button>`;
    return html`<header>
      <h1>Glassvisor</h1>
      <gv-guest-menu .store=${this.session.store} .session=${this.session}></gv-guest-menu>
      <span class="space"></span>
      <button class="quiet" @click=${() => this.pick()}>${this.t('app.open')}</button>
      <button class="quiet" ?disabled=${!loaded} @click=${() => this.save()}>${this.t('app.save')}</button>
      <span class="pair" role="group" aria-label=${this.t('app.language')}>${language('en')}${language('fr')}</span>
      <span class="pair"><button aria-label=${this.t('app.smaller')} @click=${() => this.zoom(-1)}>A−</button><button aria-label=${this.t('app.larger')} @click=${() => this.zoom(1)}>A+</button></span>
      <button class="quiet" @click=${() => this.session.store.look({ theme: view.theme === 'dark' ? 'light' : 'dark' })}>${this.t(view.theme === 'dark' ? 'app.light' : 'app.dark')}</button>
      <button class="quiet" @click=${() => this.moveFocus('help')}>${this.t('app.keys')} <kbd>?</kbd></button>
    </header>`;
  }

  private stage(): TemplateResult {
    const { view } = this.session.store.state;
    const current = STAGE.find((p) => p.id === view.scene) ?? STAGE[0];
    return html`<div class="tabs" role="tablist">${STAGE.map(
      (panel, i) =>
        html`<button role="tab" aria-selected=${panel === current} @click=${() => this.session.store.look({ scene: panel.id })}><kbd>${i + 1}</kbd> ${this.t(panel.title)}</button>`,
    )}</div>
    <div class="panel" role="tabpanel" aria-label=${this.t(current.title)}>${current.render(this.session)}</div>`;
  }

  private trouble(): TemplateResult | typeof nothing {
    const { trouble, host, place } = this.session.store.state;
    if (trouble)
      return html`<div class="trouble" role="alert"><span><b>✕</b> ${host ? trouble.message : this.t('app.lost', { why: trouble.message })} ${trouble.hint}</span>
        ${host ? html`<button class="link" @click=${() => this.session.store.update({ trouble: null })}>${this.t('keys.close')}</button>` : html`<button class="link" @click=${() => this.begin()}>${this.t('app.restart')}</button>`}</div>`;
    return place === 'page' && host ? html`<div class="trouble" role="status">${this.t('app.onPage')}</div>` : nothing;
  }

  private help(): TemplateResult {
    return html`<dialog aria-label=${this.t('keys.title')}>
      <div class="head"><h2>${this.t('keys.title')}</h2><span class="space"></span><button class="link" @click=${() => this.renderRoot.querySelector('dialog')?.close()}>${this.t('keys.close')}</button></div>
      <dl>${COMMANDS.map((c) => html`<dt>${c.keys.map((k) => html`<kbd>${keyName(k)}</kbd> `)}</dt><dd>${this.t(c.title)}</dd>`)}</dl>
    </dialog>`;
  }

  private async begin(): Promise<void> {
    const makeWorker = (): Worker => new Worker(new URL('../../../workers/machine.worker.ts', import.meta.url), { type: 'module' });
    const makeLocal = async (): Promise<MachineHost> => new (await import('../../api/host.ts')).Host();
    const asked = new URLSearchParams(location.search).get('guest') ?? FIRST_GUEST;
    this.session.store.update({ trouble: null });
    await this.session.start(makeWorker, makeLocal, { kind: 'guest', id: asked });
  }

  private reflect(): void {
    const { view } = this.session.store.state;
    const root = document.documentElement;
    root.dataset['theme'] = view.theme;
    root.lang = view.language;
    root.style.setProperty('--gv-scale', String(view.scale));
    keepView(view);
    this.requestUpdate();
  }

  private zoom(direction: 1 | -1): void {
    const { view } = this.session.store.state;
    const at = SCALES.findIndex((s) => s >= view.scale);
    this.session.store.look({ scale: SCALES[Math.max(0, Math.min(SCALES.length - 1, at + direction))] });
  }

  private press(event: KeyboardEvent): void {
    const found = commandFor(event);
    if (!found || this.renderRoot.querySelector('dialog')?.open) return;
    event.preventDefault();
    found.command.run(this.session, found.key);
  }

  /** A click on a linear address follows it. */
  private follow(event: MouseEvent): void {
    const target = event.composedPath().find((t): t is HTMLElement => t instanceof HTMLElement && 'linear' in t.dataset);
    if (target) this.session.store.look({ address: Number(target.dataset['linear']) });
  }

  private moveFocus(target: 'tick' | 'lens' | 'help'): void {
    if (target === 'help') this.renderRoot.querySelector('dialog')?.showModal();
    else if (target === 'lens') this.renderRoot.querySelector<LensPanel>('gv-lens')?.focus();
    else this.renderRoot.querySelector<TransportPanel>('gv-transport')?.focus();
  }

  private drag(event: DragEvent, isOver: boolean): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.isDragging = isOver;
  }

  private drop(event: DragEvent): void {
    event.preventDefault();
    this.isDragging = false;
    const file = event.dataTransfer?.files[0];
    if (file) void this.openFile(file);
  }

  private pick(): void {
    const input = document.createElement('input');
    input.type = 'file';
    input.addEventListener('change', () => {
      if (input.files?.[0]) void this.openFile(input.files[0]);
    });
    input.click();
  }

  private async openFile(file: File): Promise<void> {
    if (file.size > MAX_FILE_BYTES) {
      const message = `${file.name}: ${Math.round(file.size / 2 ** 20)} MiB > ${MAX_FILE_BYTES / 2 ** 20} MiB.`;
      this.session.store.update({ trouble: { message, hint: '' } });
      return;
    }
    await this.session.open(file.name, new Uint8Array(await file.arrayBuffer()));
  }

  private async save(): Promise<void> {
    const bytes = await this.session.save();
    if (!bytes) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    link.download = `${this.session.store.state.loaded?.name ?? 'moment'}.glass`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  private t(key: MessageKey, values?: Readonly<Record<string, string | number>>): string {
    return translate(this.session.store.state.view.language, key, values);
  }
}

function keyName(key: string): string {
  return key.replace('ArrowRight', '→').replace('ArrowLeft', '←').replace(/^ $/, '␣').replace('Shift+', '⇧ ').toUpperCase();
}

customElements.define('glassvisor-app', GlassvisorApp);
