import { css, html, nothing, type TemplateResult } from 'lit';
import type { EntryFailure, Language, Stop } from '../../api/protocol.ts';
import * as cpu from '../../arch/cpu-state.ts';
import { EXCEPTIONS } from '../../arch/exceptions.ts';
import { exitReason } from '../../arch/exit-reasons.ts';
import type { MessageKey } from '../i18n/en.ts';
import { translate } from '../i18n/messages.ts';
import { Panel } from '../panel.ts';
import { exitsOf, type ExitRecord, lastExit, words } from '../reading.ts';
import { SHARED } from '../theme/shared.ts';
import { qualificationOf } from '../widgets/exit-detail.ts';
import { address, hex, hexText } from '../widgets/number.ts';

type Values = Readonly<Record<string, string | number>>;
type Sentence = readonly [MessageKey, Values];

/** One sentence about the last thing that happened, in the reader's language, the other beneath; and every bit of the exit's qualification. */
export class WhyPanel extends Panel {
  static override styles = [
    SHARED,
    css`
      :host { overflow: auto; }
      p { font: 400 var(--t-lead)/1.42 var(--gv-serif); }
      p.other { font-size: .8125rem; font-style: italic; color: var(--ink2); padding-top: var(--s2); }
      .head { height: 1.75rem; }
      section { border-top: 1px solid var(--rule); margin-top: var(--s3); }
      .fields { font-size: var(--t-small); line-height: 1.15rem; }
      .fields li { display: grid; grid-template-columns: 4.6rem minmax(0, 1fr); gap: var(--s2); color: var(--ink3); }
      .fields .set { color: var(--gv-fg); }
      .fields span:first-child { font-family: var(--gv-mono); text-align: right; }
      .line { display: flex; justify-content: space-between; gap: var(--s2); font-size: var(--t-small); line-height: 1.25rem; }
      .rule { border: 3px double var(--gv-fg); background: var(--sheet); padding: var(--s2); margin-top: var(--s2); }
    `,
  ];

  override render(): TemplateResult {
    const { frame, view } = this.state;
    if (!frame) return html`<div class="head"><h2>${this.t('why.title')}</h2></div>`;
    const sentence = this.sentence();
    const other: Language = view.language === 'en' ? 'fr' : 'en';
    const exit = this.freshExit();
    return html`
      <div class="head"><h2>${this.t('why.title')}</h2></div>
      <p lang=${view.language}>${translate(view.language, ...sentence)}</p>
      <p class="other" lang=${other}>${translate(other, ...sentence)}</p>
      ${this.failure()}
      ${exit ? this.qualification(exit) : nothing}`;
  }

  /** The exit that has just happened: the present is its first instant in root. */
  private freshExit(): ExitRecord | null {
    const { frame, records } = this.state;
    const exit = frame ? lastExit(exitsOf(records), frame) : null;
    const isRoot = frame !== null && words(frame.cpu)[cpu.NON_ROOT] === 0;
    return exit && isRoot ? exit : null;
  }

  private sentence(): Sentence {
    const { frame, records } = this.state;
    if (!frame) return ['why.loaded', {}];
    if (frame.running) return ['why.running', {}];
    const ending = endingOf(frame.stop);
    if (ending) return ending;
    if (frame.tick === 0) return [frame.stop.reason === 'loaded' ? 'why.loaded' : 'why.start', {}];
    const last = records.findLast((r) => r.tick === frame.tick - 1 && r.name !== 'device');
    const failure = this.freshFailure();
    if (failure) return ['why.entryFailed', { rule: failure.rule, field: failure.field ?? '–', value: hexText(failure.value) }];
    if (last?.name === 'vmExit') {
      const number = last.args[0] & 0xffff;
      return ['why.exit', { number, when: exitReason(number)?.when ?? '' }];
    }
    if (last?.name === 'vmEntry') return ['why.entry', { address: `v:${hexText(last.args[1])}` }];
    if (last?.name === 'interrupt') return interruptSentence(last.args);
    return ['why.retired', { address: `v:${hexText(words(frame.cpuBefore)[cpu.EIP])}` }];
  }

  /** The entry check that failed in the last instruction. */
  private freshFailure(): EntryFailure | null {
    const { frame, records } = this.state;
    const isFresh = records.some((r) => r.name === 'vmEntryFailed' && r.tick === (frame?.tick ?? 0) - 1);
    return isFresh ? (frame?.entryFailure ?? null) : null;
  }

  private failure(): TemplateResult | typeof nothing {
    const failure = this.freshFailure();
    if (!failure) return nothing;
    return html`<div class="rule"><div class="line"><b>${failure.check}</b><span class="mono">${failure.field} = ${hex(failure.value)}</span></div>
      <div>${failure.rule}</div><div class="note">${this.t('why.manual', { title: failure.title })}</div></div>`;
  }

  private qualification(exit: ExitRecord): TemplateResult {
    const fields = qualificationOf(exit);
    const reason = exitReason(exit.reason);
    return html`<section>
      <div class="head"><h2>${this.t('qualification.title')}</h2><span class="space"></span><span class="mono">${hex(exit.qualification)}</span></div>
      ${fields.length === 0 ? html`<p class="note">${this.t('qualification.none')}</p>` : nothing}
      <ol class="fields">${fields.map((f) => html`<li class=${f.value ? 'set' : ''}><span>${f.value > 9 ? hexText(f.value, 1) : f.value}</span><span>${f.name}${f.meaning ? `: ${f.meaning}` : ''}</span></li>`)}</ol>
      ${reason?.linear ? html`<div class="line"><span>${this.t('qualification.linear')}</span>${address('v', exit.guestLinear)}</div>` : nothing}
      ${reason?.physical ? html`<div class="line"><span>${this.t('qualification.physical')}</span>${address('g', exit.guestPhysical)}</div>` : nothing}
    </section>`;
  }
}

function endingOf(stop: Stop): Sentence | null {
  if (stop.reason === 'halt') return ['why.halt', {}];
  if (stop.reason === 'shutdown') return ['why.shutdown', {}];
  if (stop.reason === 'debug-exit') return ['why.debugExit', { code: stop.exitCode ?? 0 }];
  return null;
}

function interruptSentence([vector, type, errorCode, linear, eip]: readonly number[]): Sentence {
  const exception = type === 3 ? EXCEPTIONS.find((e) => e.vector === vector) : undefined;
  if (!exception) return ['why.interrupt', { vector: hexText(vector, 2) }];
  const where = vector === 14 ? linear : eip;
  return [
    'why.exception',
    { name: `#${exception.mnemonic.replace('#', '')}`, class: exception.name, address: `v:${hexText(where)}`, code: errorCode },
  ];
}

customElements.define('gv-why', WhyPanel);
