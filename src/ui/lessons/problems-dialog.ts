import { css, html, LitElement, type TemplateResult } from 'lit';
import { prose } from '../i18n/typography.ts';
import { translate } from '../i18n/messages.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';
import type { Problem } from './read.ts';

/** What is wrong in a lesson's file that somebody opened: line, sentence, advice. */
class ProblemsDialog extends LitElement {
  static override properties = { session: { attribute: false }, name: {}, problems: { attribute: false } };
  declare session: Session;
  declare name: string;
  declare problems: readonly Problem[];

  static override styles = [
    SHARED,
    css`
      dialog { margin: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s6) var(--s5); width: min(44rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); overflow: auto; }
      dialog::backdrop { background: var(--gv-root-soft); }
      p, dd { font: 400 var(--t-lead)/1.42 var(--gv-serif); }
      dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--s2) var(--s4); border-top: 1px solid var(--rule); margin-top: var(--s3); padding-top: var(--s3); }
      dt { font: 400 var(--t-mono)/1.75 var(--gv-mono); white-space: nowrap; }
      dd { overflow-wrap: anywhere; }
      dd span { display: block; color: var(--ink2); }
    `,
  ];

  override firstUpdated(): void {
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  override render(): TemplateResult {
    const { language } = this.session.store.state.view;
    const t = (key: Parameters<typeof translate>[1], values = {}): string => translate(language, key, values);
    return html`<dialog aria-labelledby="title" @close=${() => this.remove()}>
      <form method="dialog"><div class="head"><h2 id="title">${t('lesson.badFile', { name: this.name })}</h2><span class="space"></span><button class="link">${t('keys.close')}</button></div></form>
      <p>${t('lesson.badFileAbout', { n: this.problems.length })}</p>
      <dl>${this.problems.map(({ line, message, hint }) => html`<dt>${t('lesson.line', { line })}</dt><dd>${prose(language, message[language])}<span>${prose(language, hint[language])}</span></dd>`)}</dl>
    </dialog>`;
  }
}

/** Shows them over the page. */
export function showProblems(session: Session, name: string, problems: readonly Problem[]): void {
  const dialog = new ProblemsDialog();
  Object.assign(dialog, { session, name, problems });
  document.body.append(dialog);
}

customElements.define('gv-lesson-problems', ProblemsDialog);
