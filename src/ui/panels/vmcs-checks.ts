/** Every check of VM entry: what VMLAUNCH or VMRESUME would find now, the first that fails named, with what would mend it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { CheckView, EntryFailure, Language, VmxView } from '../../api/protocol.ts';
import { FIELD, fieldWidth, type VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import type { MessageKey } from '../i18n/en.ts';
import { checkRule } from '../i18n/facts.ts';
import { fieldName } from '../reading.ts';
import { hexText, wideText } from '../widgets/number.ts';
import { bitName, differing } from './vmcs-facts.ts';

/** What the list is drawn with. */
export interface CheckTelling {
  readonly language: Language;
  readonly view: VmxView;
  /** Of the last VM entry. */
  readonly failure: EntryFailure | null;
  readonly sections: Readonly<Record<string, boolean>>;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  readonly toggle: (section: string, isOpen: boolean) => void;
  readonly show: (field: VmcsFieldKey) => void;
  readonly mend: () => void;
  /** The machine's sentence, if it would not take what would mend it. */
  readonly refusal: string | null;
}

const SIGNS = { held: '✓', failed: '✕', idle: '–' } as const;
/** What mends a rule that is about no field. */
const WITHOUT_FIELD: Readonly<Record<string, MessageKey>> = {
  'current-vmcs': 'checks.mend.current',
  'mov-ss-blocking': 'checks.mend.movSs',
  'launch-state-clear': 'checks.mend.clear',
  'launch-state-launched': 'checks.mend.launched',
};

/** Verdict, then the sections of the manual in its order. */
export function checkList(telling: CheckTelling): TemplateResult {
  const { view, t } = telling;
  const { rows } = view.checks;
  const sections = [...new Set(rows.map(({ title }) => title))];
  return html`${verdict(telling)}
    <div class="sections">${sections.map((title) =>
      section(
        telling,
        title,
        rows.filter((row) => row.title === title),
      ),
    )}</div>
    <p class="note">${t('checks.legend')}</p>`;
}

function verdict(telling: CheckTelling): TemplateResult {
  const { view, failure, language, t } = telling;
  const { rows, failed, isLaunch } = view.checks;
  const instruction = isLaunch ? 'VMLAUNCH' : 'VMRESUME';
  const row = rows.find(({ id }) => id === failed);
  const isLast = failure !== null && failure.check === failed;
  const state = view.basis === 'force' ? t('checks.guestRuns') : view.isEntryAhead ? t('checks.isNext') : '';
  if (!row)
    return html`<div class="verdict"><p><b class="sign" aria-hidden="true">✓</b> ${t('checks.succeed', { instruction })} <span class="note">${counts(telling, rows)}${state ? ` · ${state}` : ''}</span></p>
      ${failure ? html`<p class="last"><span class="note">${t('checks.failedLast')}</span> ${checkRule(language, failure.rule)} <span class="mono">${failure.field ? `${fieldName(failure.field)} = ${hexText(failure.value)}` : ''}</span></p>` : nothing}</div>`;
  return html`<div class="verdict failing"><p><b class="sign" aria-hidden="true">✕</b> ${t('checks.fail', { instruction })} <span class="note">${t(`checks.outcome.${row.group}`)}${isLast || !state ? '' : ` · ${state}`}</span></p>
    <p class="rule">${checkRule(language, row.rule)}</p>
    <p class="facts">${row.field ? html`<span><span lang="en">${fieldName(row.field)}</span> = <span class="mono failed">${valueText(row)}</span></span> <button class="link" @click=${() => telling.show(row.field as VmcsFieldKey)}>${t('checks.show')}</button>` : nothing} <span class="note" lang="en">SDM vol. 3, “${row.title}”</span></p>
    ${mending(telling, row)}</div>`;
}

function mending(telling: CheckTelling, row: CheckView): TemplateResult {
  const { view, t, refusal } = telling;
  const { mend } = view;
  if (row.field === null) return html`<p>${t(WITHOUT_FIELD[row.id] ?? 'checks.mend.none')}</p>`;
  if (!mend) return html`<p class="note">${t('checks.mend.none')}</p>`;
  const bits = differing(mend, mend.from);
  const few =
    bits.length <= 4
      ? t(bits.length === 1 ? 'checks.mend.bit' : 'checks.mend.bits', { bits: bits.map((bit) => named(mend.field, bit)).join(', ') })
      : '';
  return html`<p class="facts"><span>${t('checks.mend')} <span lang="en">${fieldName(mend.field)}</span> = <span class="mono">${wide(mend.field, mend.from)} → <mark>${wide(mend.field, mend)}</mark></span>${few ? html` <span class="note">${few}</span>` : nothing}</span>${view.basis === 'vmcs' ? html` <button class="plain-button" @click=${telling.mend}>${t('checks.mend.write')}</button>` : nothing}</p>
    ${refusal === null ? nothing : html`<p class="wrong" role="alert">✕ <span lang="en">${refusal}</span></p>`}`;
}

function named(field: VmcsFieldKey, bit: number): string {
  const name = bitName(field, bit);
  return name.startsWith('bit ') ? String(bit) : `${bit} (${name})`;
}

function wide(field: VmcsFieldKey, { value, high }: { value: number; high: number }): string {
  return wideText(value, high, fieldWidth(FIELD[field]) === 16 ? 4 : 8);
}

function valueText({ field, value, high }: CheckView): string {
  return field === null ? '' : wide(field as VmcsFieldKey, { value, high });
}

function counts({ t }: CheckTelling, rows: readonly CheckView[]): string {
  const count = (state: CheckView['state']): number => rows.filter((row) => row.state === state).length;
  const values = { held: count('held'), failed: count('failed'), idle: count('idle') };
  return t(values.failed > 0 ? 'checks.countsFailed' : 'checks.counts', values);
}

/** One section of the manual: a sign for each of its checks, and when it is open their sentences. */
function section(telling: CheckTelling, title: string, rows: readonly CheckView[]): TemplateResult {
  const { t, language, view } = telling;
  const first = rows.find(({ state }) => state === 'failed') ?? null;
  const isOpen = telling.sections[title] ?? first !== null;
  return html`<details class="section ${first ? 'failing' : ''}" ?open=${isOpen} @toggle=${(e: Event) => telling.toggle(title, (e.target as HTMLDetailsElement).open)}>
    <summary><span class="group">${t(`checks.group.${rows[0].group}`)}</span><span class="title" lang="en">${title}</span><span class="signs" aria-hidden="true">${rows.map(
      (row) =>
        html`<span class="${row.state} ${isReached(view, row) ? '' : 'unreached'}" title=${checkRule(language, row.rule)}>${SIGNS[row.state]}</span>`,
    )}</span><span class="visually-hidden">${counts(telling, rows)}</span></summary>
    ${isOpen ? html`<ol>${rows.map((row) => check(telling, row))}</ol>` : nothing}</details>`;
}

/** The processor stops at the first check that fails. */
function isReached({ checks: { rows, failed } }: VmxView, row: CheckView): boolean {
  return failed === null || rows.indexOf(row) <= rows.findIndex(({ id }) => id === failed);
}

function check({ view, language, t, show }: CheckTelling, row: CheckView): TemplateResult {
  const reached = isReached(view, row);
  const said = `${t(`checks.${row.state}`)}${reached ? '' : `, ${t('checks.unreached')}`}`;
  const value = row.field === null || row.state === 'idle' ? '' : valueText(row);
  return html`<li class="check ${row.state} ${reached ? '' : 'unreached'}"><span class="sign" aria-hidden="true">${SIGNS[row.state]}</span><span class="visually-hidden">${said}: </span>
    <span class="what">${row.field ? html`<button class="field" lang="en" @click=${() => show(row.field as VmcsFieldKey)}>${fieldName(row.field)}</button>` : nothing}<span class="mono">${value}</span></span><span class="rule">${checkRule(language, row.rule)}${reached ? nothing : html` <span class="note">· ${t('checks.unreached')}</span>`}</span></li>`;
}
