import { css, html, nothing, type TemplateResult } from 'lit';
import type { Language } from '../../api/protocol.ts';
import { checkRule } from '../i18n/facts.ts';
import { french } from '../i18n/second-language.ts';
import { prose } from '../i18n/typography.ts';
import { Panel } from '../panel.ts';
import { fieldName } from '../reading.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { hex } from '../widgets/number.ts';
import { typeset } from '../widgets/sentence.ts';
import { happenedIn } from '../why/happened.ts';
import { whyOf } from '../why/why.ts';

/** One sentence about what has just happened, in the reader's language, the other beneath if that is wanted; a failed entry check with its rule; and what the
 *  guest is about, open until something has run. */
export class WhyPanel extends Panel {
  static override properties = { ...Panel.properties, isAboutOpen: { state: true } };
  /** The reader's choice for this guest; null: open at the beginning. */
  declare private isAboutOpen: boolean | null;
  private seenGuest: string | null = null;

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
      details { padding-top: var(--s3); }
      summary { color: var(--ink2); font-size: var(--t-small); min-height: 1.5rem; align-content: center; cursor: pointer; display: inline-flex; align-items: center; gap: .4rem; list-style: none; }
      summary::-webkit-details-marker { display: none; }
      summary::after { content: ''; width: .34rem; height: .34rem; border: 1.2px solid var(--ink2); border-width: 0 1.2px 1.2px 0; transform: translateY(-.1rem) rotate(45deg); }
      [open] > summary::after { transform: translateY(.1rem) rotate(225deg); }
      p.about { font-size: .875rem; line-height: 1.4; }
      .rule { border: 3px double var(--gv-fg); background: var(--sheet); padding: .35rem var(--s2); margin-top: var(--s2); line-height: 1.35; }
    `,
  ];

  constructor() {
    super();
    this.isAboutOpen = null;
  }

  protected inputs({ frame, recorded, walk, guestId, view, edits }: State): readonly unknown[] {
    return [frame?.serial, frame?.running, recorded, walk, guestId, view.isBilingual, edits];
  }

  override willUpdate(): void {
    const { guestId } = this.state;
    if (guestId !== this.seenGuest) this.isAboutOpen = null;
    this.seenGuest = guestId;
  }

  override render(): TemplateResult {
    const { language, isBilingual } = this.state.view;
    const why = whyOf(this.state);
    const other: Language = language === 'en' ? 'fr' : 'en';
    const source = why?.source;
    return html`
      <div class="head"><h2>${this.t('why.title')}</h2>
        <label class="tick-box" title=${this.t('why.alsoIn')}><input type="checkbox" .checked=${isBilingual} @change=${() => this.store.look({ isBilingual: !isBilingual })} /><span aria-hidden="true">${other.toUpperCase()}</span><span class="visually-hidden">${this.t('why.alsoIn')}</span></label>
        <span class="space"></span>${source ? html`<span class="note" title=${source.title}>${'volume' in source ? this.t('why.manual', { volume: source.volume, title: source.title }) : this.t('why.book', { book: source.book, title: source.title })}</span>` : nothing}</div>
      ${why ? html`<p lang=${language}>${typeset(language, why.sentence)}</p>` : nothing}
      ${this.failure()}
      ${why && isBilingual && (other === 'en' || french()) ? html`<p class="other" lang=${other}>${typeset(other, why.sentence)}</p>` : nothing}
      ${this.about()}`;
  }

  /** What the catalogue says of the guest. */
  private about(): TemplateResult | typeof nothing {
    const { guests, guestId, loaded, frame, begin, view } = this.state;
    const guest = guests.find((g) => g.id === guestId);
    if (!guest || !frame) return nothing;
    const isOpen = this.isAboutOpen ?? (frame.tick === begin && !frame.running);
    return html`<details .open=${isOpen}><summary @click=${(e: Event) => {
      e.preventDefault();
      this.isAboutOpen = !isOpen;
    }}>${this.t('why.about')}</summary><p class="about" lang=${view.language}>${loaded?.isEdited ? `${this.t('why.edited')} ` : nothing}${prose(view.language, guest.prose[view.language])}</p></details>`;
  }

  private failure(): TemplateResult | typeof nothing {
    const { frame, history, view } = this.state;
    const happened = frame ? happenedIn(frame, history) : null;
    if (happened?.kind !== 'entryFailed') return nothing;
    const { field, value, rule } = happened.failure;
    const line =
      field === null ? nothing : html`<div class="line"><b lang="en">${fieldName(field)}</b><span class="mono">${hex(value)}</span></div>`;
    return html`<div class="rule">${line}${checkRule(view.language, rule)}</div>`;
  }
}

customElements.define('gv-why', WhyPanel);
