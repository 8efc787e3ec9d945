import { html, nothing, type TemplateResult } from 'lit';
import { EXIT, exitReason, type ExitReason } from '../../arch/exit-reasons.ts';
import { FIELD } from '../../arch/vmcs-fields.ts';
import type { ExitRecord } from '../history.ts';
import { qualificationName, qualificationValue } from '../i18n/facts.ts';
import type { MessageKey } from '../i18n/en.ts';
import { colon } from '../i18n/typography.ts';
import { Panel } from '../panel.ts';
import { fieldValue, openExit, reasonName } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { accessKind, qualificationOf } from '../widgets/exit-detail.ts';
import { pageText } from '../widgets/instruction.ts';
import { address, hex, hexText } from '../widgets/number.ts';
import { ROOT_LAYER_STYLES } from './root-layer-styles.ts';

/** Lines of the hypervisor's code. */
const LINES = 5;
const RIGHTS = ['R', 'W', 'X'] as const;
const VALID = 0x80000000;

/** What lies under the glass: at a VM exit the hypervisor's next instructions, what the VMCS says of the exit, and what was asked against what was allowed.
 *  A VM entry closes it. */
export class RootLayer extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;

  static override styles = [SHARED, ROOT_LAYER_STYLES];

  protected inputs({ frame, recorded, view }: State): readonly unknown[] {
    return [frame?.serial, recorded, view.scene];
  }

  override render(): TemplateResult {
    const { frame, history } = this.state;
    const exit = frame?.code ? openExit(frame, history) : null;
    const region = frame?.vmcs ?? null;
    this.toggleAttribute('open', exit !== null);
    if (!exit || !region) return html``;
    const reason = exitReason(exit.reason);
    return html`<div class="layer hatch" role="region" aria-label=${this.t('root.title')}>
      ${this.code()}
      ${exit.reason === EXIT.eptViolation ? this.asked(exit) : nothing}
      ${this.information(exit, reason, region)}
      ${this.qualification(exit, reason)}
    </div>`;
  }

  /** Where the line from the refusing reference ends, in the page's coordinates. */
  get landing(): DOMRect | null {
    const box = (name: string): DOMRect | undefined => this.renderRoot.querySelector(name)?.getBoundingClientRect();
    const bit = box('.asked .failing');
    return (bit && bit.height > 0 ? bit : box('.asked .sign')) ?? null;
  }

  private code(): TemplateResult {
    const code = this.state.frame?.code;
    const at = code?.lines.findIndex((l) => l.linear === code.current) ?? -1;
    const lines = code?.lines.slice(Math.max(0, at), Math.max(0, at) + LINES) ?? [];
    return html`<section class="code"><h3>${this.t('root.next')}</h3><ol>${lines.map(
      (l, i) =>
        html`<li class=${i === 0 ? 'now' : ''} aria-current=${i === 0 ? 'step' : nothing}><span class="gutter">${i === 0 ? html`<span class="needle"></span>` : nothing}</span><span class="at">${l.linear.toString(16).toUpperCase().padStart(6, '0')}</span><span class="text" title=${l.text}>${pageText(l)}</span></li>`,
    )}</ol></section>`;
  }

  private information(exit: ExitRecord, reason: ExitReason | null, region: Uint8Array): TemplateResult {
    const row = (key: MessageKey, field: keyof typeof FIELD, value: unknown, isUndefined = false): TemplateResult =>
      html`<dt>${this.t(key)}</dt><dd class="encoding">${FIELD[field].toString(16).toUpperCase()}</dd><dd class=${isUndefined ? 'undefined' : ''}>${isUndefined ? this.t('root.undefined', { n: exit.reason }) : value}</dd>`;
    const of = (field: keyof typeof FIELD): number => fieldValue(region, FIELD[field]);
    const hasLength = reason?.length === true || (reason?.length === 'software' && ((of('exitInterruptionInfo') >>> 8) & 7) >= 4);
    return html`<section class="information"><h3>${this.t('root.information')} <span class="note">VMCS</span>${this.whichBit()}</h3><dl data-context="guest">
      ${row('root.reason', 'exitReason', html`${exit.isFailedEntry ? hex(of('exitReason')) : exit.reason} <span class="sans" lang="en" title=${reasonName(exit.reason)}>${reasonName(exit.reason)}</span>`)}
      ${row('root.rip', 'guestRip', html`${address('v', of('guestRip'))}`)}
      ${reason?.interruption ? row('root.interruption', 'exitInterruptionInfo', hex(of('exitInterruptionInfo')), of('exitInterruptionInfo') < VALID) : row('root.length', 'exitInstructionLength', of('exitInstructionLength'), !hasLength)}
      ${row('root.linear', 'guestLinearAddress', address('v', of('guestLinearAddress')), !this.hasLinear(exit, reason))}
      ${row('root.physical', 'guestPhysicalAddress', address('g', of('guestPhysicalAddress')), !reason?.physical)}
    </dl></section>`;
  }

  /** The way to the bit of the controls that caused the exit. */
  private whichBit(): TemplateResult | typeof nothing {
    const { store } = this;
    if (store.state.view.scene === 'vmcs') return nothing;
    return html`<button class="link" @click=${() => store.look({ scene: 'vmcs' })}>${this.t('root.whichBit')}</button>`;
  }

  private hasLinear({ reason, qualification }: ExitRecord, row: ExitReason | null): boolean {
    if (reason === EXIT.eptViolation) return (qualification & 0x80) !== 0;
    return row?.linear === true && (qualification & 0x10) !== 0;
  }

  /** Bits 2:0 of an EPT violation's qualification over bits 5:3. */
  private asked({ qualification }: ExitRecord): TemplateResult {
    const cell = (bit: number, isBad: boolean): TemplateResult => {
      const value = (qualification >>> bit) & 1;
      return html`<td class="${value ? 'one' : ''} ${isBad ? 'bad' : ''}">${value}</td>`;
    };
    const isBad = (i: number): boolean => ((qualification >>> i) & 1) === 1 && ((qualification >>> (i + 3)) & 1) === 0;
    return html`<section class="asked"><table aria-label=${this.t('root.askedAllowed')}>
      <thead><tr><td></td>${RIGHTS.map((r, i) => html`<th scope="col" class=${isBad(i) ? 'failing' : ''}>${r}</th>`)}</tr></thead>
      <tbody><tr><th scope="row">${this.t('root.asked')} <span class="note">2:0</span></th>${RIGHTS.map((_, i) => cell(i, false))}</tr>
      <tr><th scope="row">${this.t('root.allowed')} <span class="note">5:3</span></th>${RIGHTS.map((_, i) => cell(i + 3, isBad(i)))}</tr></tbody></table>
      <p><span class="sign">✕</span> ${this.t('root.verdict', { access: this.t(`walk.${accessKind(qualification)}`) })}</p></section>`;
  }

  private qualification(exit: ExitRecord, reason: ExitReason | null): TemplateResult {
    const { language } = this.state.view;
    const all = qualificationOf(exit);
    // What was asked and allowed stands in a table of its own.
    const fields = exit.reason === EXIT.eptViolation ? all.slice(6) : all;
    return html`<section class="qualification"><h3>${this.t('qualification.title')} <span class="mono">${hex(exit.qualification)}</span></h3>
      ${fields.length === 0 ? html`<p class="note">${this.t(reason ? 'qualification.none' : 'qualification.unknown')}</p>` : nothing}
      <ol>${fields.map((f) => {
        const words = `${qualificationName(language, f.name)}${f.meaning ? `${colon(language)}${qualificationValue(language, f.meaning)}` : ''}`;
        return html`<li class=${f.value ? 'set' : ''} title=${words}><span class="value">${f.value > 9 ? hexText(f.value, 1) : f.value}</span><span>${words}</span></li>`;
      })}</ol></section>`;
  }
}

customElements.define('gv-root-layer', RootLayer);
