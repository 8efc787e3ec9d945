import { css, html, nothing, type TemplateResult } from 'lit';
import * as cpu from '../../arch/cpu-state.ts';
import { LDT, RIGHTS_CODE, RIGHTS_DB, RIGHTS_S } from '../../arch/descriptors.ts';
import { EFLAGS_BITS } from '../../arch/eflags.ts';
import { CR0_BITS, CR4_BITS } from '../../arch/paging.ts';
import { maskOf } from '../../arch/bit-field.ts';
import { meaningOf, segmentTypeName } from '../i18n/facts.ts';
import { colon } from '../i18n/typography.ts';
import { isRegisterByHand } from '../edit/marks.ts';
import { editable, roveEdits } from '../edit/request.ts';
import { registerRequest } from '../edit/requests.ts';
import { Panel } from '../panel.ts';
import { hasEpt, words, worldOf } from '../reading.ts';
import type { State } from '../store.ts';
import { CHOICES, SHARED } from '../theme/shared.ts';
import { hex, hexText, type Space } from '../widgets/number.ts';
import { badges } from '../widgets/pins.ts';
import { rove } from '../widgets/roving.ts';

const ROWS: readonly (readonly [name: string, word: number])[] = [
  ...cpu.GENERAL_REGISTERS.map((name, i): [string, number] => [name, i]),
  ['EIP', cpu.EIP],
  ['EFLAGS', cpu.EFLAGS],
  ['CR0', cpu.CR0],
  ['CR2', cpu.CR2],
  ['CR3', cpu.CR3],
  ['CR4', cpu.CR4],
];
const SEGMENTS = [...cpu.SEGMENT_REGISTERS, 'LDTR', 'TR'];
const UNUSABLE = 1 << 16;
/** Registers that are a set of named bits. */
const WORDS_IN: Readonly<
  Record<string, readonly { readonly name: string; readonly bit: number; readonly width?: number; readonly meaning: string }[]>
> = {
  EFLAGS: EFLAGS_BITS,
  CR0: CR0_BITS,
  CR4: CR4_BITS,
};
const TABS = ['registers', 'segments'] as const;

/** Every register, before and now: what changed is marked and underlined, what did not is a dot. */
export class RegistersPanel extends Panel {
  static override properties = { ...Panel.properties, tab: { state: true } };
  declare private tab: (typeof TABS)[number];

  static override styles = [
    SHARED,
    CHOICES,
    css`
      .head .tabs { height: 100%; }
      table { width: 100%; line-height: 1rem; table-layout: fixed; }
      th { font-weight: 400; text-align: left; color: var(--ink2); font-family: var(--gv-mono); font-size: var(--t-mono); font-variant-ligatures: none; }
      thead th { font: 400 var(--t-micro)/1 var(--gv-sans); color: var(--ink3); padding-bottom: 3px; white-space: nowrap; }
      td { white-space: nowrap; height: 1rem; }
      .name { width: 3.15rem; }
      .segments .name { width: 2.6rem; }
      .value { width: 4.7rem; }
     .arrow { width: .95rem; color: var(--ink3); }
      .now { display: flex; gap: .4rem; }
      .same { color: var(--rule-strong); }
      .tag { flex: 1; font: 400 var(--t-micro)/1rem var(--gv-sans); color: var(--ink2); text-align: right; overflow: hidden; text-overflow: ellipsis; }
      .edit { display: inline-block; height: 1rem; vertical-align: top; }
      .space-mark { font-weight: 600; }
      .v { color: var(--gv-gva); } .g { color: var(--gv-gpa); } .h { color: var(--gv-hpa); }
      /* Two columns where there is no room for fourteen rows: the value now, marked where it is another one. */
      :host([brief]) table.plain { margin-top: 4px; }
      :host([brief]) table.plain thead { display: none; }
      :host([brief]) table.plain tbody { display: grid; grid-auto-flow: column; grid-template: repeat(7, auto) / 1fr 1fr; column-gap: var(--s3); }
      :host([brief]) table.plain tr { display: flex; }
      :host([brief]) table.plain :is(.tag, .arrow, .changed > .value, tr:not(.changed) > :last-child) { display: none; }
      :host([brief]) table.plain .value { width: auto; }
      :host([brief]) table.plain :is(.v, .g, .h) .zero { display: none; }
      .segments :is(td, th) { font-size: var(--t-small); }
      .segments .selector { width: 2.2rem; } .segments .address-word { width: 3.7rem; }
      .segments .rights { text-align: right; padding-right: 0; }
      .kind { font: 400 var(--t-micro)/1rem var(--gv-sans); color: var(--ink2); overflow: hidden; text-overflow: ellipsis; }
    `,
  ];

  constructor() {
    super();
    this.tab = 'registers';
  }

  protected inputs({ frame, edits, view }: State): readonly unknown[] {
    return [frame?.serial, edits, view.pins];
  }

  override render(): TemplateResult {
    const { frame } = this.state;
    const now = frame ? words(frame.cpu) : new Uint32Array(cpu.CPU_WORDS);
    const before = frame ? words(frame.cpuBefore) : now;
    return html`
      <div class="head"><div class="tabs" role="tablist" aria-label=${this.t('registers.title')} @keydown=${rove}>${TABS.map(
        (t) =>
          html`<button role="tab" aria-selected=${t === this.tab} tabindex=${t === this.tab ? 0 : -1} @click=${() => {
            this.tab = t;
          }}>${this.t(`registers.${t === 'registers' ? 'title' : t}`)}</button>`,
      )}</div></div>
      <div role="tabpanel" aria-label=${this.t(this.tab === 'registers' ? 'registers.title' : 'registers.segments')}>${this.tab === 'registers' ? this.registers(before, now) : this.segments(before, now)}</div>`;
  }

  private registers(before: Uint32Array, now: Uint32Array): TemplateResult {
    const { frame } = this.state;
    const worlds = [worldOf(before), worldOf(now)] as const;
    const [was, is] = this.headings(...worlds);
    const value = (state: Uint32Array, word: number): number =>
      word !== cpu.EFLAGS ? state[word] : ((state === now ? frame?.eflags : frame?.eflagsBefore) ?? 0) >>> 0;
    return html`<table class="plain" @keydown=${(e: KeyboardEvent) => roveEdits(e)}>
      <thead><tr><th class="name"><span class="visually-hidden">${this.t('registers.name')}</span></th><th class="value">${was}</th><td class="arrow"></td><th>${is}</th></tr></thead>
      <tbody>${ROWS.map(([name, word]) => {
        const [a, b] = [value(before, word), value(now, word)];
        const isChanged = a !== b || (word === cpu.CR3 && worlds[0] !== worlds[1]);
        const tag = html`<span class="tag" title=${this.bitTitles(name, b) || nothing}>${WORDS_IN[name] ? bitNames(name, b) : textIn(b)} ${badges(this.state.view.pins, b)}</span>`;
        const current = this.current(name, b, now);
        return html`<tr class=${isChanged ? 'changed' : ''} title=${isChanged ? `${hexText(a)} →` : nothing}>
          <th scope="row" class="name">${name}</th><td class="value">${isChanged ? typed(a, this.spaceOf(name, before)) : current}</td><td class="arrow">${isChanged ? '→' : ''}</td>
          <td><div class="now">${isChanged ? html`<mark>${current}</mark>` : html`<span class="same" aria-label=${this.t('registers.same')} role="img">·</span>`}${tag}</div></td></tr>`;
      })}</tbody></table>`;
  }

  /** The value now, which can be changed. */
  private current(name: string, value: number, state: Uint32Array): TemplateResult {
    return editable(typed(value, this.spaceOf(name, state)), {
      isFirst: name === ROWS[0][0],
      isByHand: isRegisterByHand(this.state.edits, name, this.state.frame?.tick ?? 0),
      what: name,
      label: this.t('edit.value', { what: name, value: textOf(value, this.spaceOf(name, state)) }),
      request: () => registerRequest(name, value),
    });
  }

  private segments(before: Uint32Array, now: Uint32Array): TemplateResult {
    return html`<table class="segments">
      <thead><tr><th class="name"><span class="visually-hidden">${this.t('registers.name')}</span></th><th class="selector">${this.t('registers.selector')}</th><th class="address-word">${this.t('registers.base')}</th><th class="address-word">${this.t('registers.limit')}</th><th>${this.t('registers.kind')}</th></tr></thead>
      <tbody>${SEGMENTS.map((name, i) => this.segment(name, before, now, cpu.ES + 4 * i))}${this.descriptorTable('GDTR', before, now, cpu.GDTR_BASE)}${this.descriptorTable('IDTR', before, now, cpu.IDTR_BASE)}</tbody></table>`;
  }

  private segment(name: string, before: Uint32Array, now: Uint32Array, word: number): TemplateResult {
    const rights = now[word + cpu.RIGHTS];
    const cell = (part: number, digits: number): TemplateResult => marked(before[word + part], now[word + part], digits);
    const { language } = this.state.view;
    const words = rights & UNUSABLE ? this.t('registers.unusable') : `${segmentTypeName(language, rights)}, DPL ${(rights >>> 5) & 3}`;
    return html`<tr><th scope="row">${name}</th><td>${cell(cpu.SELECTOR, 4)}</td><td>${cell(cpu.BASE, 8)}</td><td>${cell(cpu.LIMIT, 8)}</td><td class="kind" title="${words}, ${hexText(rights, 4)}"><span aria-hidden="true">${this.shortKind(rights)}</span><span class="visually-hidden">${words}</span></td></tr>`;
  }

  /** `code 32·0`: what, how wide, and the privilege level. */
  private shortKind(rights: number): string {
    if (rights & UNUSABLE) return '–';
    const dpl = (rights >>> 5) & 3;
    if ((rights & RIGHTS_S) === 0) return `${(rights & 15) === LDT ? 'LDT' : 'TSS'}·${dpl}`;
    return `${this.t(rights & RIGHTS_CODE ? 'registers.code' : 'registers.data')} ${rights & RIGHTS_DB ? 32 : 16}·${dpl}`;
  }

  private descriptorTable(name: string, before: Uint32Array, now: Uint32Array, word: number): TemplateResult {
    return html`<tr><th scope="row">${name}</th><td></td><td>${marked(before[word], now[word], 8)}</td><td>${marked(before[word + 1], now[word + 1], 4)}</td><td></td></tr>`;
  }

  private headings(before: string, now: string): [string, string] {
    if (before === 'guest' && now === 'root') return [this.t('registers.beforeExit'), this.t('registers.nowRoot')];
    if (before === 'root' && now === 'guest') return [this.t('registers.beforeEntry'), this.t('registers.nowGuest')];
    return [this.t('registers.before'), this.t('registers.now')];
  }

  /** CR2 is a linear address; CR3 a physical one: the guest's own under EPT. */
  private spaceOf(name: string, state: Uint32Array): Space | null {
    if (name === 'CR2') return 'v';
    if (name !== 'CR3') return null;
    return state[cpu.NON_ROOT] && hasEpt(this.state.frame?.vmcs ?? null) ? 'g' : 'h';
  }

  /** What each bit that is set means. */
  private bitTitles(name: string, value: number): string {
    const bits = WORDS_IN[name] ?? [];
    return bits
      .filter((f) => value & maskOf([f]))
      .map((f) => `${f.name}${colon(this.state.view.language)}${meaningOf(this.state.view.language, f.meaning)}`)
      .join('\n');
  }
}

function typed(value: number, space: Space | null): TemplateResult {
  return space === null || value === 0 ? hex(value) : html`<span class=${space}><b>${space}:</b>${hex(value)}</span>`;
}

/** As `typed` writes it. */
function textOf(value: number, space: Space | null): string {
  const digits = hexText(value).slice(2);
  return space === null || value === 0 ? digits : `${space}:${digits}`;
}

function marked(before: number, now: number, digits: number): TemplateResult {
  return before === now ? html`${hex(now, digits)}` : html`<mark title=${`${hexText(before, digits)} →`}>${hex(now, digits)}</mark>`;
}

/** The set bits by name, the highest first for control registers: `PG WP NE PE`. */
function bitNames(name: string, value: number): string {
  return WORDS_IN[name]
    .filter((f) => value & maskOf([f]) && f.name !== 'ET')
    .map((f) => ((f.width ?? 1) > 1 ? `${f.name}=${(value >>> f.bit) & ((1 << (f.width ?? 1)) - 1)}` : f.name))
    .join(' ');
}

/** Four printable characters as text, as little-endian registers hold them; otherwise nothing. */
function textIn(value: number): string | typeof nothing {
  const bytes = [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
  return bytes.every((b) => b >= 0x20 && b < 0x7f) ? `“${String.fromCharCode(...bytes)}”` : nothing;
}

customElements.define('gv-registers', RegistersPanel);
