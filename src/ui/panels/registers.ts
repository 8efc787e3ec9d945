import { css, html, nothing, type TemplateResult } from 'lit';
import * as cpu from '../../arch/cpu-state.ts';
import { eflagsText } from '../../arch/eflags.ts';
import { Panel } from '../panel.ts';
import { words, worldOf } from '../reading.ts';
import { SHARED } from '../theme/shared.ts';
import { hex, hexText } from '../widgets/number.ts';

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

/** Every register, before and now: what changed is marked and underlined, what did not is a dot. */
export class RegistersPanel extends Panel {
  static override styles = [
    SHARED,
    css`
      table { border-collapse: collapse; width: 100%; line-height: 1rem; }
      th { font-weight: 400; text-align: left; color: var(--ink2); font-family: var(--gv-mono); font-size: var(--t-mono); }
      thead th { font: 400 var(--t-micro)/1 var(--gv-sans); color: var(--ink3); padding-bottom: 3px; white-space: nowrap; }
      td { white-space: nowrap; height: 1rem; }
      .arrow { color: var(--ink3); padding: 0 .2rem; width: 1rem; }
      .same { color: var(--rule-strong); }
      .tag { font: 400 var(--t-micro)/1 var(--gv-sans); color: var(--ink2); text-align: right; white-space: normal; }
      details { margin-top: var(--s1); }
      summary { color: var(--ink2); font-size: var(--t-small); cursor: pointer; min-height: 1.5rem; align-content: center; }
      .segments td, .segments th { padding-right: .35rem; font-size: var(--t-small); }
      .segments mark { padding: 0; }
      .scroll { overflow-x: auto; }
    `,
  ];

  override render(): TemplateResult {
    const { frame } = this.state;
    if (!frame) return html`<div class="head"><h2>${this.t('registers.title')}</h2></div>`;
    const now = words(frame.cpu);
    const before = words(frame.cpuBefore);
    const [was, is] = this.headings(worldOf(before), worldOf(now));
    const value = (state: Uint32Array, word: number): number =>
      word !== cpu.EFLAGS ? state[word] : (state === now ? frame.eflags : frame.eflagsBefore) >>> 0;
    return html`
      <div class="head"><h2>${this.t('registers.title')}</h2></div>
      <table>
        <thead><tr><th></th><th>${was}</th><th></th><th>${is}</th><th></th></tr></thead>
        <tbody>${ROWS.map(([name, word]) => this.row(name, value(before, word), value(now, word)))}</tbody>
      </table>
      <details>
        <summary>${this.t('registers.segments')}</summary>
        <div class="scroll"><table class="segments">
          <thead><tr><th></th>${(['selector', 'base', 'limit', 'rights'] as const).map((k) => html`<th>${this.t(`registers.${k}`)}</th>`)}</tr></thead>
          <tbody>${SEGMENTS.map((name, i) => this.segment(name, before, now, cpu.ES + 4 * i))}${this.table('GDTR', before, now, cpu.GDTR_BASE)}${this.table('IDTR', before, now, cpu.IDTR_BASE)}</tbody>
        </table></div>
      </details>`;
  }

  private row(name: string, before: number, now: number): TemplateResult {
    const tag = name === 'EFLAGS' ? eflagsText(now) : textIn(now);
    return html`<tr>
      <th scope="row">${name}</th>
      <td>${hex(before)}</td>
      <td class="arrow">${before === now ? '' : '→'}</td>
      <td>${before === now ? html`<span class="same" title=${this.t('registers.same')}>·</span>` : html`<mark>${hex(now)}</mark>`}</td>
      <td class="tag">${tag}</td>
    </tr>`;
  }

  private segment(name: string, before: Uint32Array, now: Uint32Array, word: number): TemplateResult {
    const rights = now[word + cpu.RIGHTS];
    const cell = (part: number, digits: number): TemplateResult => mark(before[word + part], now[word + part], digits);
    return html`<tr>
      <th scope="row">${name}</th><td>${cell(cpu.SELECTOR, 4)}</td><td>${cell(cpu.BASE, 8)}</td><td>${cell(cpu.LIMIT, 8)}</td>
      <td>${rights & UNUSABLE ? html`<span class="note">${this.t('registers.unusable')}</span>` : cell(cpu.RIGHTS, 4)}</td>
    </tr>`;
  }

  private table(name: string, before: Uint32Array, now: Uint32Array, word: number): TemplateResult {
    return html`<tr><th scope="row">${name}</th><td></td><td>${mark(before[word], now[word], 8)}</td><td>${mark(before[word + 1], now[word + 1], 4)}</td><td></td></tr>`;
  }

  private headings(before: string, now: string): [string, string] {
    if (before === 'guest' && now === 'root') return [this.t('registers.beforeExit'), this.t('registers.nowRoot')];
    if (before === 'root' && now === 'guest') return [this.t('registers.beforeEntry'), this.t('registers.nowGuest')];
    return [this.t('registers.before'), this.t('registers.now')];
  }
}

function mark(before: number, now: number, digits: number): TemplateResult {
  return before === now ? html`${hex(now, digits)}` : html`<mark title=${`${hexText(before, digits)} →`}>${hex(now, digits)}</mark>`;
}

/** Four printable characters as text, as little-endian registers hold them; otherwise nothing. */
function textIn(value: number): string | typeof nothing {
  const bytes = [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
  return bytes.every((b) => b >= 0x20 && b < 0x7f) ? `“${String.fromCharCode(...bytes)}”` : nothing;
}

customElements.define('gv-registers', RegistersPanel);
