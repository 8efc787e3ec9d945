import { css, html, nothing, type TemplateResult } from 'lit';
import { readPlaceOrRegister } from '../ui/edit/read.ts';
import { Panel } from '../ui/panel.ts';
import { reachedBy, words } from '../ui/reading.ts';
import type { Session } from '../ui/session.ts';
import type { State } from '../ui/store.ts';
import { SHARED } from '../ui/theme/shared.ts';
import { hexText, shortAddress } from '../ui/widgets/number.ts';

/** The lens in one line: an address, what it is called in each space, and where it ends. */
export class LensBar extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, isWrong: { state: true } };
  declare session: Session;
  declare private isWrong: boolean;

  static override styles = [
    SHARED,
    css`
      :host { flex: none; display: flex; align-items: center; gap: .3rem var(--s3); flex-wrap: wrap; padding: 0 var(--s4); min-height: 1.75rem; border-bottom: 1px solid var(--rule); }
      form { display: flex; align-items: baseline; color: var(--gv-gva); font: 400 var(--t-mono)/1.5 var(--gv-mono); }
      input[name] { width: 11ch; min-height: 1.5rem; font: inherit; color: inherit; background: none; border: 0; border-bottom: 1px solid var(--rule-strong); border-radius: 0; }
      [aria-invalid='true'] { border-bottom: 3px double var(--gv-fg); }
      .broken { font-family: var(--gv-mono); font-size: var(--t-mono); }
    `,
  ];

  constructor() {
    super();
    this.isWrong = false;
  }

  protected inputs({ view, walk }: State): readonly unknown[] {
    return [view.lens, view.isPinned, walk];
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLInputElement>('input[name]')?.select();
  }

  override render(): TemplateResult {
    const { view, walk } = this.state;
    const physical = walk?.context.isNested ? (walk.rows.at(-1)?.guestPhysical ?? null) : null;
    const host = walk && reachedBy(walk);
    return html`<form @submit=${(e: SubmitEvent) => this.submit(e)}><b aria-hidden="true">v:</b><input name="address" .value=${hexText(view.lens.linear)} spellcheck="false" autocomplete="off" autocapitalize="off" aria-label=${this.t('walk.address')} aria-invalid=${this.isWrong} @input=${() => (this.isWrong = false)} /></form>
      ${physical === null ? nothing : html`<span class="note" aria-hidden="true">→</span>${shortAddress('g', physical)}`}
      <span class="note" aria-hidden="true">→</span>${host === null ? html`<span class="broken">✕ ${walk?.missing ? `${walk.missing.bit.replace('/', '')} = ${walk.missing.value}` : this.t('walk.notReached')}</span>` : shortAddress('h', host)}
      ${this.isWrong ? html`<span class="note" role="alert">${this.t('lens.wrong')}</span>` : nothing}
      <span class="space"></span>
      <label class="tick-box" title="F"><input type="checkbox" .checked=${!view.isPinned} @change=${(e: Event) => this.session.setPinned(!(e.target as HTMLInputElement).checked)} />${this.t('lens.follow')}</label>`;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const { frame, loaded } = this.state;
    const text = String(new FormData(event.target as HTMLFormElement).get('address'));
    const place = readPlaceOrRegister(text, loaded?.symbols ?? {}, frame ? words(frame.cpu) : null);
    this.isWrong = place === null || (place.space ?? 'v') !== 'v';
    if (place && !this.isWrong) void this.session.pin({ linear: place.address });
  }
}

if (!customElements.get('gv-lens-bar')) customElements.define('gv-lens-bar', LensBar);
