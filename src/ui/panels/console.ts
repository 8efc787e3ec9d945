import { css, html, type PropertyValues, type TemplateResult } from 'lit';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';

/** What the machine has written on COM1 and port 0xE9, and a line to send to COM1. */
export class ConsolePanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;

  static override styles = [
    SHARED,
    css`
      :host { display: flex; flex-direction: column; background: var(--sunk); border-top: 1px solid var(--rule); padding: 0 var(--s4); min-height: 0; }
      .row { display: flex; align-items: start; gap: var(--s3); padding: var(--s1) 0; min-height: 0; }
      h2 { font-weight: 400; font-size: var(--t-small); color: var(--ink2); line-height: 1.5rem; }
      pre { flex: 1; font: 400 var(--t-mono)/1.15rem var(--gv-mono); font-variant-ligatures: none; white-space: pre-wrap; overflow-wrap: anywhere; overflow: auto; max-height: 4.6rem; min-height: 1.5rem; min-width: 0; padding-top: .15rem; }
      .cursor { display: inline-block; width: .45em; height: 1em; background: var(--gv-fg); vertical-align: -.15em; }
      form { display: flex; gap: var(--s2); align-items: center; }
      input { font: 400 var(--t-mono)/1.4 var(--gv-mono); color: var(--gv-fg); background: none; border: 0; border-bottom: 1px solid var(--rule-strong); width: 14rem; max-width: 40vw; min-height: 1.5rem; }
      input::placeholder { color: var(--ink3); opacity: 1; font-family: var(--gv-sans); font-size: var(--t-small); }
    `,
  ];

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const text = this.renderRoot.querySelector('pre');
    if (text) text.scrollTop = text.scrollHeight;
  }

  override render(): TemplateResult {
    const text = this.state.console;
    return html`<div class="row">
      <h2>${this.t('console.title')}</h2>
      <pre role="log" tabindex="0" aria-label=${this.t('console.title')}>${text || html`<span class="note">${this.t('console.empty')}</span>`}${text ? html`<span class="cursor"></span>` : ''}</pre>
      <form @submit=${(e: SubmitEvent) => this.send(e)}><input name="text" autocomplete="off" aria-label=${this.t('console.input')} placeholder=${this.t('console.placeholder')} /></form>
    </div>`;
  }

  private send(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void this.session.send(`${String(new FormData(form).get('text'))}\r`);
    form.reset();
  }
}

customElements.define('gv-console', ConsolePanel);
