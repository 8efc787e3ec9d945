import { css, html, nothing, type TemplateResult } from 'lit';
import { meaningOf } from '../i18n/facts.ts';
import { Panel } from '../panel.ts';
import { grouped } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { CONTROLS, SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';
import { readWide } from './read.ts';
import { EDIT_EVENT, type EditRequest } from './request.ts';

/** Pixels between the value and what is typed over it. */
const GAP = 4;

/** The page's one field for changing a value, beside it: its bits by name where it has some, what is wrong with it where it is refused, and what becomes of the
 *  recorded future. */
export class Editor extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    request: { state: true },
    text: { state: true },
    refusal: { state: true },
  };
  declare session: Session;
  declare private request: EditRequest | null;
  declare private text: string;
  /** The machine's sentence, or that nothing was understood. */
  declare private refusal: string | null;
  private origin: HTMLElement | null = null;
  private root: ParentNode | null = null;
  private leaving = new AbortController();

  static override styles = [
    SHARED,
    CONTROLS,
    css`
      [popover] { position: fixed; inset: auto; margin: 0; width: min(23rem, calc(100vw - 1rem)); max-height: calc(100dvh - 1rem); overflow: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s3) var(--s3); }
      h2 { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.75rem; }
      h2 .mono { font-size: inherit; }
      form { padding-top: 0; }
      .bits { flex: 1 0 100%; display: flex; flex-wrap: wrap; gap: 0 var(--s4); border: 0; min-width: 0; }
      form .bits label { display: inline-flex; }
      .bits .mono { color: var(--gv-fg); }
      .note { padding-top: var(--s1); line-height: 1.35; }
    `,
  ];

  constructor() {
    super();
    this.request = null;
    this.text = '';
    this.refusal = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.leaving = new AbortController();
    const { host } = this.getRootNode() as ShadowRoot;
    host.addEventListener(EDIT_EVENT, (event) => void this.open(event as CustomEvent<EditRequest>), { signal: this.leaving.signal });
  }

  override disconnectedCallback(): void {
    this.leaving.abort();
    super.disconnectedCallback();
  }

  protected inputs({ frame }: State): readonly unknown[] {
    return [frame?.tick, frame?.endTick];
  }

  override render(): TemplateResult {
    const { request } = this;
    return html`<div popover role="dialog" aria-label=${request ? this.t('edit.title', { what: request.what }) : nothing} @toggle=${(e: ToggleEvent) => this.toggled(e)}>${request ? this.form(request) : nothing}</div>`;
  }

  private form(request: EditRequest): TemplateResult {
    const { frame, view } = this.state;
    const isPast = frame !== null && frame.tick < frame.endTick;
    const isOurs = this.refusal === this.t(request.wrong);
    return html`<h2 lang="en">${request.what}</h2>
      <form @submit=${(e: SubmitEvent) => void this.submit(e)}>
        ${request.bits ? this.bits(request.bits) : nothing}
        <label class="wide">${this.t(request.hint)}<input name="value" .value=${this.text} spellcheck="false" autocomplete="off" autocapitalize="off" aria-invalid=${this.refusal !== null} aria-describedby="wrong" @input=${(e: Event) => this.type((e.target as HTMLInputElement).value)} /></label>
        <button class="plain-button">${this.t('edit.change')}</button>
      </form>
      <div id="wrong" role="alert">${this.refusal === null ? nothing : html`<p class="wrong">✕ ${view.language === 'en' || isOurs ? nothing : `${this.t('app.refused')} `}<span lang=${isOurs ? view.language : 'en'}>${this.refusal}</span></p>`}</div>
      <p class="note">${isPast ? this.t('edit.forks', { tick: grouped(frame.tick) }) : this.t('edit.kept')}</p>`;
  }

  private bits(bits: NonNullable<EditRequest['bits']>): TemplateResult {
    const { language } = this.state.view;
    const value = readWide(this.text);
    return html`<fieldset class="bits"><legend class="visually-hidden">${this.t('edit.bits')}</legend>${bits.map(
      ({ name, bit, meaning }) =>
        html`<label class="tick-box" title=${meaning ? meaningOf(language, meaning) : nothing}><input type="checkbox" .checked=${value !== null && ((value.low >>> bit) & 1) === 1} ?disabled=${value === null} @change=${() => this.flip(bit)} /><span class="mono" lang="en">${name.replace('/', '')}</span></label>`,
    )}</fieldset>`;
  }

  private flip(bit: number): void {
    const value = readWide(this.text);
    if (!value) return;
    const low = (value.low ^ (1 << bit)) >>> 0;
    this.type(value.high === 0 ? hexText(low) : `${hexText(value.high, 1)}${low.toString(16).toUpperCase().padStart(8, '0')}`);
  }

  private type(text: string): void {
    this.text = text;
    this.refusal = null;
  }

  private async open(event: CustomEvent<EditRequest>): Promise<void> {
    const [origin] = event.composedPath();
    this.origin = origin as HTMLElement;
    this.root = this.origin.getRootNode() as ShadowRoot;
    this.request = event.detail;
    this.type(event.detail.text);
    await this.updateComplete;
    this.sheet?.showPopover();
    this.place();
    this.renderRoot.querySelector<HTMLInputElement>('[name=value]')?.select();
  }

  /** Beneath the value, or over it where there is no room. */
  private place(): void {
    const { sheet, origin } = this;
    const at = origin?.getBoundingClientRect();
    if (!sheet || !at) return;
    const room = innerHeight - at.bottom - GAP;
    const top = sheet.offsetHeight <= room ? at.bottom + GAP : Math.max(GAP, at.top - GAP - sheet.offsetHeight);
    sheet.style.setProperty('top', `${Math.min(top, innerHeight - sheet.offsetHeight - GAP)}px`);
    sheet.style.setProperty('left', `${Math.max(GAP, Math.min(at.left, innerWidth - sheet.offsetWidth - GAP))}px`);
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const edit = this.request?.read(this.text) ?? null;
    if (this.request && edit === null) this.refusal = this.t(this.request.wrong);
    else if (edit) this.refusal = await this.session.edit(edit);
    // The panels have been drawn anew by then.
    if (this.refusal === null) setTimeout(() => this.sheet?.hidePopover());
  }

  private get sheet(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('[popover]');
  }

  /** Closed, the keyboard goes back to where it came from. */
  private toggled({ newState }: ToggleEvent): void {
    if (newState !== 'closed' || !this.origin) return;
    const { origin, root } = this;
    const again = origin.isConnected ? origin : root?.querySelector<HTMLElement>(`[data-what='${origin.dataset['what']}']`);
    again?.focus();
  }
}

customElements.define('gv-editor', Editor);
