import { html, type TemplateResult } from 'lit';
import { COMMANDS } from '../commands.ts';
import type { MessageKey } from '../i18n/en.ts';

/** The list of keys, made from the commands themselves. */
export function helpDialog(t: (key: MessageKey) => string): TemplateResult {
  return html`<dialog aria-label=${t('keys.title')}>
    <form method="dialog"><div class="head"><h2>${t('keys.title')}</h2><span class="space"></span><button class="link">${t('keys.close')}</button></div></form>
    <dl>${COMMANDS.map((c) => html`<dt>${c.keys.map((k) => html`<kbd>${keyName(k)}</kbd> `)}</dt><dd>${t(c.title)}</dd>`)}</dl>
  </dialog>`;
}

const NAMES: Readonly<Record<string, string>> = { ArrowRight: '→', ArrowLeft: '←', ' ': '␣', '-': '−' };

function keyName(key: string): string {
  const [, held, plain] = /^(Shift\+|Ctrl\+)?(.+)$/s.exec(key) ?? [];
  const prefix = held === 'Shift+' ? '⇧ ' : held === 'Ctrl+' ? 'Ctrl ' : '';
  return `${prefix}${NAMES[plain] ?? plain.toUpperCase()}`;
}
