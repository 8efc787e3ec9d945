import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { Panel } from '../panel.ts';
import { grouped } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { plain, say, typeset } from '../widgets/sentence.ts';
import { whatHappened } from '../why/why.ts';
import './console-target.ts';
import { Typing } from './console-typing.ts';

/** Lines of the console that the closed panel looks at. */
const TAIL = 6;

/** What the machine has written on COM1 and port 0xE9: its last line, or all of it and a way to answer; and what has just happened, said to those who listen.
 *  Opened, it is a terminal (console-terminal.ts) where the page can bring one; before that has come, without a network, and in an embed, where a terminal would
 *  weigh more than the machine's whole page, it is the text and a line to send. */
export class ConsolePanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    bring: { attribute: false },
    isOpen: { type: Boolean, attribute: 'open', reflect: true },
    waiting: { state: true },
    vm: { state: true },
  };
  declare session: Session;
  declare isOpen: boolean;
  /** Fetches the terminal; null: there is none. */
  declare bring: (() => Promise<unknown>) | null;
  /** Characters that the guest has no room for yet. */
  declare private waiting: number;
  /** Number of the virtual machine that hears what is typed. */
  declare private vm: number;
  private typing: Typing | null = null;
  private isFocusWanted = false;

  static override styles = [
    SHARED,
    css`
      :host { background: var(--sunk); border-top: 1px solid var(--rule); padding: 0 var(--s4); min-height: 0; }
      .row { display: flex; align-items: center; gap: var(--s3); min-height: 1.75rem; }
      .open { color: var(--ink2); font-size: var(--t-small); min-height: 1.5rem; display: flex; align-items: center; gap: .35rem; white-space: nowrap; padding: 0 .3rem; margin: 0 -.3rem; outline-offset: 0; }
      .open::after { content: ''; width: .34rem; height: .34rem; border: 1.2px solid var(--ink2); border-width: 1.2px 0 0 1.2px; transform: translateY(.1rem) rotate(45deg); }
      :host([open]) .open::after { transform: translateY(-.1rem) rotate(225deg); }
      .last { flex: 1; min-width: 0; display: flex; justify-content: flex-start; overflow: hidden; white-space: pre; font: 400 var(--t-mono)/1.75rem var(--gv-mono); font-variant-ligatures: none; }
      .last > span { flex: none; max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
      .last i { color: var(--ink3); }
      .cursor { display: inline-block; flex: none; align-self: center; width: .45rem; height: .9rem; margin-left: .1rem; background: var(--gv-fg); vertical-align: -.15em; }
      .say { color: var(--ink2); font-size: var(--t-small); max-width: 60%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .say :is(.address, .mono) { font-size: inherit; }
      pre { font: 400 var(--t-mono)/1.15rem var(--gv-mono); font-variant-ligatures: none; white-space: pre-wrap; overflow-wrap: anywhere; overflow: auto; height: 4.05rem; padding-bottom: .2rem; }
      :host([tall]) pre { height: 9.2rem; }
      :host([sheet]) pre { height: auto; flex: 1; }
      :host([sheet]) { display: flex; flex-direction: column; }
      gv-terminal { height: 6rem; margin-bottom: .6rem; }
      :host([tall]) gv-terminal { height: 11rem; }
      :host([sheet]) gv-terminal { height: auto; flex: 1; }
      .ways { color: var(--ink2); font-size: var(--t-small); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
      .ways kbd { border: 1px solid var(--rule-strong); border-radius: var(--gv-radius); padding: 0 .25rem; color: var(--gv-fg); }
      :host([sheet]) .ways:not(:has(button)) { display: none; }
      form { display: flex; align-items: center; gap: var(--s2); padding-bottom: .4rem; }
      label { color: var(--ink2); font-size: var(--t-small); white-space: nowrap; }
      input { font: 400 var(--t-mono)/1.4 var(--gv-mono); color: var(--gv-fg); background: none; border: 0; border-bottom: 1px solid var(--rule-strong); flex: 1; max-width: 30rem; min-width: 0; min-height: 1.5rem; }
      input::placeholder { color: var(--ink3); opacity: 1; font-family: var(--gv-sans); font-size: var(--t-small); }
      :host([layout='phone']) { border: 0; height: 0; padding: 0; overflow: hidden; }
    `,
  ];

  constructor() {
    super();
    this.isOpen = false;
    this.bring = null;
    this.waiting = 0;
    this.vm = 0;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.typing?.close();
    this.typing = null;
  }

  protected inputs({ console, consoleLost, frame, view, walk, loaded, edits, reference }: State): readonly unknown[] {
    return [console, consoleLost, frame?.serial, frame?.running, view.lens, walk, loaded, edits, reference];
  }

  /** Opens, and puts the keyboard where one types. */
  override focus(): void {
    this.isOpen = true;
    this.isFocusWanted = true;
    this.requestUpdate();
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const text = this.renderRoot.querySelector('pre');
    if (text) text.scrollTop = text.scrollHeight;
    if (this.isOpen && this.bring && !hasTerminal())
      void this.bring().then(
        () => this.requestUpdate(),
        // Without a network what has been fetched must do.
        () => (this.bring = null),
      );
    const isComing = this.bring !== null && !hasTerminal();
    if (!this.isFocusWanted || isComing) return;
    this.isFocusWanted = false;
    this.renderRoot.querySelector<HTMLElement>('gv-terminal, input')?.focus();
    this.scrollIntoView({ block: 'nearest' });
  }

  override render(): TemplateResult {
    const text = this.state.console;
    const isTerminal = this.isOpen && this.bring !== null && hasTerminal();
    return html`<div class="row">
        <button class="open" aria-expanded=${this.isOpen} @click=${() => this.toggle()}>${this.t('console.title')}</button>
        ${this.isOpen ? this.target() : html`<span class="last">${this.lastLines(text)}</span>`}
        ${isTerminal ? this.ways() : nothing}
        ${this.isOpen ? html`<span class="space"></span>` : nothing}
        ${this.said()}
      </div>
      ${isTerminal ? this.terminal() : this.isOpen ? this.whole(text) : nothing}`;
  }

  private terminal(): TemplateResult {
    return html`<gv-terminal .store=${this.store} @typed=${(e: CustomEvent<string>) => this.type(e.detail)} @leave=${() => this.leave()}></gv-terminal>`;
  }

  /** How one types, and how one gets out again. */
  private ways(): TemplateResult {
    if (this.waiting > 0)
      return html`<span class="ways">${this.t('console.waiting', { n: this.waiting })} <button class="link" @click=${() => this.typing?.forget()}>${this.t('console.forget')}</button></span>`;
    const isHosted = this.state.loaded?.has.includes('vms');
    const [before, after] = this.t(isHosted ? 'console.leaves' : 'console.ways').split('{keys}');
    return html`<span class="ways">${before}<kbd>Esc</kbd>${after}</span>`;
  }

  /** Where there are several virtual machines, one of them hears. */
  private target(): TemplateResult | typeof nothing {
    return this.state.loaded?.has.includes('vms')
      ? html`<gv-console-target .store=${this.store} .session=${this.session} .chosen=${this.vm} @chosen=${(e: CustomEvent<number>) => (this.vm = e.detail)}></gv-console-target>`
      : nothing;
  }

  private lastLines(text: string): TemplateResult {
    if (text === '') return html`<span class="note">${this.lost() ?? this.t('console.empty')}</span>`;
    const lines = text.split('\n').slice(-TAIL);
    return html`<span dir="rtl"><bdo dir="ltr">${lines.map((line, i) => html`${line}${i < lines.length - 1 ? html`<i>↵</i> ` : nothing}`)}</bdo></span><span class="cursor"></span>`;
  }

  /** That the beginning is no longer kept; null where it is. */
  private lost(): string | null {
    const { consoleLost } = this.state;
    return consoleLost === 0 ? null : this.t('console.lost', { n: grouped(consoleLost) });
  }

  private whole(text: string): TemplateResult {
    // Far from the beginning nobody looks for it.
    const lost = this.store.log.end - this.state.consoleLost <= text.length ? this.lost() : null;
    return html`<pre tabindex="0" role="region" aria-label=${this.t('console.title')}>${lost ? html`<i class="note">${lost}</i>\n` : nothing}${text}<span class="cursor"></span></pre>
      <form @submit=${(e: SubmitEvent) => this.send(e)}><label for="send">${this.t('console.input')}</label><input id="send" name="text" autocomplete="off" spellcheck="false" placeholder=${this.t('console.placeholder')} /></form>`;
  }

  /** One sentence at each stop: what happened, then where. It is the page's live region; a run is announced where it begins and ends. */
  private said(): TemplateResult {
    const { language } = this.state.view;
    const happened = whatHappened(this.state);
    const heard = this.state.frame?.running ? say('why.running') : happened;
    const shown = happened ? typeset(language, happened) : nothing;
    return html`<span class="say" aria-hidden="true">${shown}</span><span class="visually-hidden" role="status" aria-live="polite">${heard ? plain(language, heard) : nothing}</span>`;
  }

  private toggle(): void {
    this.isOpen = !this.isOpen;
  }

  private leave(): void {
    this.renderRoot.querySelector<HTMLElement>('.open')?.focus();
  }

  private type(text: string): void {
    this.typing ??= new Typing(this.session, () => (this.waiting = this.typing?.count ?? 0));
    this.typing.type(text, this.vm);
  }

  private send(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.type(`${String(new FormData(form).get('text'))}\r`);
    form.reset();
  }
}

function hasTerminal(): boolean {
  return customElements.get('gv-terminal') !== undefined;
}

customElements.define('gv-console', ConsolePanel);
