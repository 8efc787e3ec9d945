/** What the table says of an instruction, in a few lines: title, operation, flags. */
import { html, nothing, type TemplateResult } from 'lit';
import type { InstructionHelp } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';

type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

/** The lines. */
export function helpText(help: InstructionHelp, t: Translate): TemplateResult {
  const { title, operations, operands } = help;
  return html`<b class="mono" lang="en">${title}</b>
    ${operations.map((operation) => html`<span class="mono" lang="en">${operation}</span>`)}
    <span>${flagsText(help, t)}${help.isPrivileged ? html` · ${t('help.privileged')}` : nothing}</span>
    ${operands.length > 0 ? html`<span class="mono forms" lang="en">${operands.slice(0, 6).join(' · ')}${operands.length > 6 ? ' …' : ''}</span>` : nothing}`;
}

/** Which flags it writes, and leaves undefined. */
export function flagsText({ writes, undefines }: Pick<InstructionHelp, 'writes' | 'undefines'>, t: Translate): string {
  const names = (letters: string): string => [...letters].map((letter) => `${letter}F`).join(' ');
  const parts = [writes === '' ? t('help.noFlags') : t('help.writes', { flags: names(writes) })];
  if (undefines !== '') parts.push(t('help.undefines', { flags: names(undefines) }));
  return parts.join(' · ');
}
