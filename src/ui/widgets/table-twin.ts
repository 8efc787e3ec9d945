import { html, type TemplateResult } from 'lit';
import { translate } from '../i18n/messages.ts';
import type { Session } from '../session.ts';

/** The way between a picture and the table that says the same. */
export function twinButton(session: Session): TemplateResult {
  const { isTable, language } = session.store.state.view;
  return html`<button class="link" aria-pressed=${isTable} @click=${() => session.toggleTable()}>${translate(language, isTable ? 'walk.picture' : 'walk.table')} <kbd>T</kbd></button>`;
}
