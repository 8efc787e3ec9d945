import { html, type TemplateResult } from 'lit';
import { translate } from '../i18n/messages.ts';
import { firstKey, keyName } from '../keymap.ts';
import type { Session } from '../session.ts';

/** The way between a picture and the table that says the same. */
export function twinButton(session: Session): TemplateResult {
  const { isTable, language, keymap } = session.store.state.view;
  const key = firstKey('table', keymap);
  return html`<button class="link" aria-pressed=${isTable} @click=${() => session.toggleTable()}>${translate(language, isTable ? 'walk.picture' : 'walk.table')} ${key === '' ? '' : html`<kbd>${keyName(key)}</kbd>`}</button>`;
}
