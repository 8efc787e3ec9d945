import { css, html, nothing, type TemplateResult } from 'lit';
import type { Language } from '../../api/protocol.ts';
import { VMCS_FIELDS } from '../../arch/vmcs-fields.ts';
import { checkRule } from '../i18n/facts.ts';
import { Panel } from '../panel.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { hex } from '../widgets/number.ts';
import { typeset } from '../widgets/sentence.ts';
import { happenedIn } from '../why/happened.ts';
import { whyOf } from '../why/why.ts';

/** One sentence about what has just happened, in the reader's language, the other beneath; a failed entry check with its rule. */
export class WhyPanel extends Panel {
  static override styles = [
    SHARED,
    css`
      :host { overflow: auto; scrollbar-width: thin; }
      :host([layout='desk']), :host([layout='narrow']) { container-type: size; }
      @container (max-height: 12rem) { p.other { display: none; } }
      p { font: 400 var(--t-lead)/1.42 var(--gv-serif); text-wrap: pretty; }
      p :is(.mono, .address) { font-size: .82em; white-space: nowrap; }
      p.other { font-size: .8125rem; line-height: 1.4; font-style: italic; color: var(--ink2); padding-top: var(--s2); }
      .head .note { overflow: hidden; text-overflow: ellipsis; }
      .line { display: flex; justify-content: space-between; gap: var(--s2); font-size: var(--t-small); }
      .rule { border: 3px double var(--gv-fg); background: var(--sheet); padding: .35rem var(--s2); margin-top: var(--s2); line-height: 1.35; }
    `,
  ];

  protected inputs({ frame, recorded, walk }: State): readonly unknown[] {
    return [frame?.serial, frame?.running, recorded, walk];
  }

  override render(): TemplateResult {
    const { language } = this.state.view;
    const why = whyOf(this.state);
    const other: Language = language === 'en' ? 'fr' : 'en';
    const source = why?.source;
    return html`
      <div class="head"><h2>${this.t('why.title')}</h2><span class="space"></span>${source ? html`<span class="note" title=${source.title}>${this.t('why.manual', { volume: source.volume, title: source.title })}</span>` : nothing}</div>
      ${why ? html`<p lang=${language}>${typeset(language, why.sentence)}</p>` : nothing}
      ${this.failure()}
      ${why ? html`<p class="other" lang=${other}>${typeset(other, why.sentence)}</p>` : nothing}`;
  }

  private failure(): TemplateResult | typeof nothing {
    const { frame, history, view } = this.state;
    const happened = frame ? happenedIn(frame, history) : null;
    if (happened?.kind !== 'entryFailed') return nothing;
    const { check, field, value, rule } = happened.failure;
    const encoding = field === null ? null : fieldName(field);
    return html`<div class="rule"><div class="line"><b lang="en">${encoding ?? check}</b><span class="mono">${hex(value)}</span></div>${checkRule(view.language, rule)}</div>`;
  }
}

/** The manual's name of a field's key. */
function fieldName(key: string): string {
  return VMCS_FIELDS.find((f) => f.key === key)?.name ?? key;
}

customElements.define('gv-why', WhyPanel);
