import { css, html, nothing, type TemplateResult } from 'lit';
import * as cpu from '../../arch/cpu-state.ts';
import {
  fieldType,
  fieldWidth,
  FIELD,
  VMCS_FIELDS,
  type VmcsField,
  type VmcsFieldKey,
  type VmcsFieldType,
} from '../../arch/vmcs-fields.ts';
import { type Control, CONTROL_BY_KEY, CONTROLS } from '../../arch/vmx-controls.ts';
import { isFieldByHand } from '../edit/marks.ts';
import { editable, roveEdits } from '../edit/request.ts';
import { fieldRequest } from '../edit/requests.ts';
import { Panel } from '../panel.ts';
import { fieldValue, fieldWords, words } from '../reading.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { address, hex, hexText } from '../widgets/number.ts';

const DRAWERS: readonly (readonly [VmcsFieldType, 'guest' | 'host' | 'control' | 'readOnly'])[] = [
  ['read-only', 'readOnly'],
  ['control', 'control'],
  ['guest', 'guest'],
  ['host', 'host'],
];
/** Where the keyboard comes in: the first control. */
const FIRST_EDITABLE = VMCS_FIELDS.find((f) => fieldType(f.encoding) === 'control')?.key;
const WORD_FIELDS: Readonly<Record<Control['word'], VmcsFieldKey>> = {
  pin: 'pinBasedControls',
  primary: 'primaryControls',
  secondary: 'secondaryControls',
  exit: 'exitControls',
  entry: 'entryControls',
};

/** The current VMCS in four drawers, each field read from the region's own bytes. Those that a step changed are marked, those whose control is 0 step back. */
export class VmcsPanel extends Panel {
  static override styles = [
    SHARED,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; flex: 1; }
      .drawers { flex: 1; min-height: 0; overflow: auto; columns: 20rem; column-gap: var(--s6); padding-top: var(--s1); }
      .at { display: flex; align-items: center; min-height: 1.75rem; border-top: 1px solid var(--rule); gap: var(--s2); flex: none; }
      h2 { font: 600 var(--t-body)/1.9rem var(--gv-sans); border-bottom: 1px solid var(--rule-strong); break-after: avoid; }
      dl { padding: 2px 0 var(--s3); }
      .field { display: grid; grid-template-columns: 2.2rem minmax(0, 1fr) auto; column-gap: var(--s2); line-height: var(--line); break-inside: avoid; }
      dt { color: var(--ink2); font-size: var(--t-small); line-height: var(--line); text-wrap: pretty; }
      .encoding { color: var(--ink3); font: 400 var(--t-small)/var(--line) var(--gv-mono); }
      dd { font: 400 var(--t-mono)/var(--line) var(--gv-mono); font-variant-ligatures: none; text-align: right; }
      .idle :is(dt, dd) { color: var(--ink3); }
      .controls { grid-column: 2 / -1; text-align: left; font: 400 var(--t-small)/1.3 var(--gv-sans); color: var(--gv-fg); padding-bottom: 3px; text-wrap: pretty; }
      p { padding: var(--s6) 0; font: 400 var(--t-lead)/1.42 var(--gv-serif); }
    `,
  ];
  /** The region one frame ago, to mark what changed. */
  private earlier: Uint8Array | null = null;
  private shown: Uint8Array | null = null;

  protected inputs({ frame, edits }: State): readonly unknown[] {
    return [frame?.vmcs, edits];
  }

  override willUpdate(): void {
    const region = this.state.frame?.vmcs ?? null;
    if (region === this.shown) return;
    this.earlier = this.shown;
    this.shown = region;
  }

  override render(): TemplateResult {
    const { frame } = this.state;
    const region = this.shown;
    if (!frame || !region) return html`<p>${this.t('vmcs.none')}</p>`;
    const pointer = words(frame.cpu)[cpu.VMCS_POINTER];
    const changed = VMCS_FIELDS.filter((f) => this.isChanged(f)).length;
    return html`<div class="drawers" tabindex="0" role="region" aria-label=${this.t('vmcs.title')} @keydown=${(e: KeyboardEvent) => roveEdits(e)}>${DRAWERS.map(
      ([type, key]) =>
        html`<section><h2>${this.t(`vmcs.${key}`)}</h2><dl>${VMCS_FIELDS.filter((f) => fieldType(f.encoding) === type).map((f) => this.field(f, region))}</dl></section>`,
    )}</div>
      <div class="note at"><span>${this.t('vmcs.at')} ${address('h', pointer)}</span><span class="space"></span>${changed > 0 ? html`<span>${this.t('vmcs.changed', { n: changed })}</span>` : nothing}</div>`;
  }

  private field(field: VmcsField, region: Uint8Array): TemplateResult {
    const now = fieldWords(region, field.encoding);
    // The high word of a 64-bit field is worth showing where there is something in it.
    const shown = now.length > 1 && now[0] === 0 ? now.slice(1) : now;
    const value = shown.map((word, i) => html`${i > 0 ? '·' : ''}${hex(word, fieldWidth(field.encoding) === 16 ? 4 : 8)}`);
    const current = this.current(field, now, value);
    const control = field.needs ? CONTROL_BY_KEY[field.needs] : null;
    const isIdle = control !== null && !isSet(region, control);
    return html`<div class="field ${isIdle ? 'idle' : ''}"><dt class="encoding" aria-hidden="true">${field.encoding.toString(16).toUpperCase().padStart(4, '0')}</dt>
      <dt lang="en" title=${`${field.name}, ${hexText(field.encoding, 4)}${isIdle ? `: ${control.name} = 0` : ''}`}>${field.name}</dt><dd>${this.isChanged(field) ? html`<mark>${current}</mark>` : current}</dd>
      ${controlsIn(field, now.at(-1) ?? 0)}</div>`;
  }

  /** The value; all but what an exit reports can be changed. */
  private current(field: VmcsField, now: readonly number[], content: unknown): unknown {
    if (fieldType(field.encoding) === 'read-only') return content;
    const controls = (CONTROLS as readonly Control[]).filter((c) => WORD_FIELDS[c.word] === field.key);
    return editable(content, {
      isFirst: field.key === FIRST_EDITABLE,
      isByHand: isFieldByHand(this.state.edits, field.key, this.state.frame?.tick ?? 0),
      what: field.key,
      label: this.t('edit.value', { what: field.name, value: textOf(now, fieldWidth(field.encoding)) }),
      request: () => fieldRequest(field, now, controls),
    });
  }

  private isChanged({ encoding }: VmcsField): boolean {
    if (!this.earlier || !this.shown) return false;
    const now = fieldWords(this.shown, encoding);
    return fieldWords(this.earlier, encoding).some((word, i) => word !== now[i]);
  }
}

function isSet(region: Uint8Array, { word, bit }: Control): boolean {
  return ((fieldValue(region, FIELD[WORD_FIELDS[word]]) >>> bit) & 1) === 1;
}

/** A field's words as they are drawn. */
function textOf(words: readonly number[], width: ReturnType<typeof fieldWidth>): string {
  const shown = words.length > 1 && words[0] === 0 ? words.slice(1) : words;
  return shown.map((word) => hexText(word, width === 16 ? 4 : 8).slice(2)).join('·');
}

/** The controls that are 1, by name, under a word of controls. */
function controlsIn({ key }: VmcsField, value: number): TemplateResult | typeof nothing {
  const named = (CONTROLS as readonly Control[]).filter((c) => WORD_FIELDS[c.word] === key && (value >>> c.bit) & 1);
  return named.length === 0 ? nothing : html`<dd class="controls" lang="en">${named.map((c) => c.name).join(', ')}</dd>`;
}

customElements.define('gv-vmcs', VmcsPanel);
