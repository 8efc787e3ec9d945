import { css, html, nothing, type TemplateResult } from 'lit';
import * as cpu from '../../arch/cpu-state.ts';
import { fieldType, fieldWidth, VMCS_FIELDS, type VmcsField, type VmcsFieldType } from '../../arch/vmcs-fields.ts';
import { Panel } from '../panel.ts';
import { fieldWords, words } from '../reading.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { address, hex, hexText } from '../widgets/number.ts';

const DRAWERS: readonly (readonly [VmcsFieldType, 'guest' | 'host' | 'control' | 'readOnly'])[] = [
  ['read-only', 'readOnly'],
  ['control', 'control'],
  ['guest', 'guest'],
  ['host', 'host'],
];

/** The current VMCS in four drawers, each field read from the region's own bytes; those that a step changed are marked. */
export class VmcsPanel extends Panel {
  static override styles = [
    SHARED,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; flex: 1; }
      .drawers { flex: 1; min-height: 0; overflow: auto; display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 0 var(--s6); align-content: start; padding-top: var(--s3); }
      section { break-inside: avoid; margin-bottom: var(--s4); }
      h3 { font: 600 var(--t-body)/2 var(--gv-sans); border-bottom: 1px solid var(--rule-strong); }
      dl { display: grid; grid-template-columns: 2.5rem minmax(0, 1fr) auto; column-gap: var(--s2); line-height: var(--line); padding-top: 2px; }
      dt { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--ink2); font-size: var(--t-small); }
      .encoding { color: var(--ink3); font: 400 var(--t-small)/var(--line) var(--gv-mono); }
      dd { font: 400 var(--t-mono)/var(--line) var(--gv-mono); text-align: right; }
      p { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); }
    `,
  ];
  /** The region one frame ago, to mark what changed. */
  private earlier: Uint8Array | null = null;
  private shown: Uint8Array | null = null;

  protected inputs({ frame }: State): readonly unknown[] {
    return [frame?.vmcs];
  }

  override willUpdate(): void {
    const region = this.state.frame?.vmcs ?? null;
    if (region === this.shown) return;
    this.earlier = this.shown;
    this.shown = region;
  }

  override render(): TemplateResult {
    const { frame } = this.state;
    if (!frame?.vmcs) return html`<p>${this.t('vmcs.none')}</p>`;
    const pointer = words(frame.cpu)[cpu.VMCS_POINTER];
    return html`<div class="note head">${this.t('vmcs.at')} ${address('g', pointer)}</div>
      <div class="drawers">${DRAWERS.map(([type, key]) => html`<section><h3>${this.t(`vmcs.${key}`)}</h3><dl>${VMCS_FIELDS.filter((f) => fieldType(f.encoding) === type).map((f) => this.field(f))}</dl></section>`)}</div>`;
  }

  private field(field: VmcsField): TemplateResult | typeof nothing {
    if (!this.shown) return nothing;
    const now = fieldWords(this.shown, field.encoding);
    const isChanged = this.earlier !== null && fieldWords(this.earlier, field.encoding).some((word, i) => word !== now[i]);
    const value = now.map((word, i) => html`${i > 0 ? '·' : ''}${hex(word, fieldWidth(field.encoding) === 16 ? 4 : 8)}`);
    return html`<span class="encoding">${field.encoding.toString(16).toUpperCase().padStart(4, '0')}</span><dt title=${`${field.name}, ${hexText(field.encoding, 4)}`}>${field.name}</dt><dd>${isChanged ? html`<mark>${value}</mark>` : value}</dd>`;
  }
}

customElements.define('gv-vmcs', VmcsPanel);
