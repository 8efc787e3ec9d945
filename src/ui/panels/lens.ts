import { css, html, type TemplateResult } from 'lit';
import type { AccessKind, WalkContext } from '../../api/protocol.ts';
import * as cpu from '../../arch/cpu-state.ts';
import { Panel } from '../panel.ts';
import { words } from '../reading.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';

const ACCESSES: readonly AccessKind[] = ['read', 'write', 'fetch'];
const CONTEXTS: readonly WalkContext[] = ['current', 'guest'];

/** The one linear address that the walk and the map follow, what is asked of it, and in whose eyes. */
export class LensPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, isWrong: { state: true } };
  declare session: Session;
  declare private isWrong: boolean;

  static override styles = [
    SHARED,
    css`
      form { display: flex; gap: var(--s2); align-items: center; }
      .chip { display: flex; flex: 1; align-items: center; height: 1.75rem; border-radius: 1rem; padding: 0 .7rem; background: var(--gv-gva-t); box-shadow: inset 0 0 0 1px var(--gv-gva); color: var(--gv-gva); font: 400 var(--t-mono)/1 var(--gv-mono); min-width: 0; }
      .chip b { margin-right: .1rem; }
      .chip.wrong { border-radius: 0; border: 3px double var(--gv-fg); box-shadow: none; }
      input { font: inherit; color: inherit; background: none; border: 0; flex: 1; min-width: 0; height: 1.5rem; }
      form button { min-height: 1.5rem; }
      .choices { display: flex; flex-wrap: wrap; gap: 0 var(--s3); padding-top: var(--s2); font-size: var(--t-small); color: var(--ink2); }
      .choices button { min-height: 1.5rem; min-width: 1.5rem; color: var(--ink3); }
      .choices [aria-checked='true'] { color: var(--gv-fg); font-weight: 600; box-shadow: inset 0 -1.5px var(--gv-fg); }
      .group { display: flex; gap: var(--s3); align-items: center; }
    `,
  ];

  constructor() {
    super();
    this.isWrong = false;
  }

  /** Puts the keyboard into the address. */
  override focus(): void {
    this.renderRoot.querySelector('input')?.select();
    this.renderRoot.querySelector('input')?.focus();
  }

  override render(): TemplateResult {
    const { frame, view } = this.state;
    const state = frame ? words(frame.cpu) : null;
    const hasGuest = state !== null && state[cpu.VMX_ON] === 1 && state[cpu.NON_ROOT] === 0 && frame?.vmcs != null;
    return html`
      <div class="head"><h2>${this.t('lens.title')}</h2></div>
      <form @submit=${(e: SubmitEvent) => this.submit(e)}>
        <label class="chip ${this.isWrong ? 'wrong' : ''}"><b>v:</b><input name="address" .value=${hexText(view.address)} spellcheck="false" autocomplete="off" aria-label=${this.t('walk.address')} aria-invalid=${this.isWrong} /></label>
        <button class="link">${this.t('lens.go')}</button>
      </form>
      <div class="choices">
        ${this.choice('walk.access', ACCESSES, view.access, (access) => this.session.store.look({ access }))}
        ${hasGuest || view.context === 'guest' ? this.choice('walk.context', CONTEXTS, view.context, (context) => this.session.store.look({ context })) : ''}
      </div>`;
  }

  private choice<T extends AccessKind | WalkContext>(
    label: 'walk.access' | 'walk.context',
    all: readonly T[],
    chosen: T,
    choose: (value: T) => void,
  ): TemplateResult {
    return html`<div class="group" role="radiogroup" aria-label=${this.t(label)}>${all.map(
      (value) =>
        html`<button role="radio" aria-checked=${value === chosen} @click=${() => choose(value)}>${this.t(`walk.${value as AccessKind | WalkContext}`)}</button>`,
    )}</div>`;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('address'))
      .trim()
      .replace(/^v:/, '');
    const symbols = this.state.loaded?.symbols ?? {};
    const value = Object.hasOwn(symbols, text)
      ? symbols[text]
      : /^(0x)?[0-9a-f]{1,8}$/i.test(text)
        ? Number.parseInt(text, 16)
        : Number.NaN;
    this.isWrong = Number.isNaN(value);
    if (!this.isWrong) this.session.store.look({ address: value >>> 0 });
  }
}

customElements.define('gv-lens', LensPanel);
