import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { plain, say, typeset } from '../widgets/sentence.ts';
import { whatHappened } from '../why/why.ts';

/** Lines of the console that the closed panel looks at. */
const TAIL = 6;

/** What the machine has written on COM1 and port 0xE9: its last line, or all of it with a line to send; and what has just happened, said to those who listen. */
export class ConsolePanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    isOpen: { type: Boolean, attribute: 'open', reflect: true },
  };
  declare session: Session;
  declare isOpen: boolean;

  static override styles = [
    SHARED,
    css`
      :host { background: var(--sunk); border-top: 1px solid var(--rule); padding: 0 var(--s4); min-height: 0; }
      .row { display: flex; align-items: center; gap: var(--s3); min-height: 1.75rem; }
      .open { color: var(--ink2); font-size: var(--t-small); min-height: 1.5rem; display: flex; align-items: center; gap: .35rem; white-space: nowrap; }
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
  }

  protected inputs({ console, frame, view, walk, loaded, edits, reference }: State): readonly unknown[] {
    return [console, frame?.serial, frame?.running, view.lens, walk, loaded, edits, reference];
  }

  /** Opens, and puts the keyboard into the line to send. */
  override focus(): void {
    this.isOpen = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.focus());
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const text = this.renderRoot.querySelector('pre');
    if (text) text.scrollTop = text.scrollHeight;
  }

  override render(): TemplateResult {
    const text = this.state.console;
    return html`<div class="row">
        <button class="open" aria-expanded=${this.isOpen} @click=${() => this.toggle()}>${this.t('console.title')}</button>
        <span class="last">${this.isOpen ? nothing : this.lastLines(text)}</span>
        ${this.said()}
      </div>
      ${this.isOpen ? this.whole(text) : nothing}`;
  }

  private lastLines(text: string): TemplateResult {
    if (text === '') return html`<span class="note">${this.t('console.empty')}</span>`;
    const lines = text.split('\n').slice(-TAIL);
    return html`<span dir="rtl"><bdo dir="ltr">${lines.map((line, i) => html`${line}${i < lines.length - 1 ? html`<i>↵</i> ` : nothing}`)}</bdo></span><span class="cursor"></span>`;
  }

  private whole(text: string): TemplateResult {
    return html`<pre tabindex="0" role="region" aria-label=${this.t('console.title')}>${text}<span class="cursor"></span></pre>
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

  private send(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void this.session.send(`${String(new FormData(form).get('text'))}\r`);
    form.reset();
  }
}

customElements.define('gv-console', ConsolePanel);
