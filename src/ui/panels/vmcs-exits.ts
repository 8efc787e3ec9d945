/** What exits: why the last exit came, what would exit under the present controls, and what one bit on trial would change of it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { CodeLine, ExitCause, ExitDetail, ExitRow, FieldBit, Language, TrialView, VmxView } from '../../api/protocol.ts';
import { EXCEPTIONS, vectorName } from '../../arch/exceptions.ts';
import { EXIT, exitReason, type ExitReasonKey } from '../../arch/exit-reasons.ts';
import { CR0_BITS, CR4_BITS } from '../../arch/paging.ts';
import type { VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { checkRule, exceptionName, whenOf } from '../i18n/facts.ts';
import type { MessageKey } from '../i18n/en.ts';
import { frenchSpaces } from '../i18n/typography.ts';
import { fieldName, reasonName } from '../reading.ts';
import { hexText } from '../widgets/number.ts';
import { at, say, type Sentence, typeset, type Value } from '../widgets/sentence.ts';
import { bitName, controlWordOf, differing } from './vmcs-facts.ts';

/** What the lists are drawn with. */
export interface Telling {
  readonly language: Language;
  readonly view: VmxView;
  readonly trial: TrialView | null;
  /** The guest's next instruction as the page has its text. */
  readonly line: CodeLine | null;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  /** A bit of the VMCS as it is, and whether it is the one on trial. */
  readonly bit: (of: FieldBit) => { readonly value: number; readonly isTried: boolean };
  readonly tryOut: (field: VmcsFieldKey, bit: number) => void;
}

const GROUPS = ['operands', 'instructions', 'exceptions', 'events', 'always'] as const;
const EXITS: readonly ExitRow['verdict'][] = ['always', 'exits', 'some'];
/** Rows that are part of a reason, and have a name in both languages. */
const OWN_NAMES: readonly string[] = ['movToCr0', 'movToCr3', 'movToCr4', 'movFromCr3'];
const MOST_RUNS = 4;

// Which bit caused this exit -----------------------------------------------------------------------------------------------------------------

/** The sentence that names it. */
export function causeSentence(cause: ExitCause): Sentence {
  const decider = cause.bits.at(-1);
  const bit: Value = decider ? (language) => bitText(language, decider) : '';
  const { pageFault, memory, hostOwned } = cause;
  const number: Value = { mono: hexText(cause.number ?? 0, 1) };
  if (cause.rule === 'pageFault' && pageFault) {
    const [code, mask, match] = [pageFault.errorCode, pageFault.mask, pageFault.match].map((n) => ({ mono: hexText(n, 1) }));
    return say(cause.bits[0].value ? 'cause.pageFault.1' : 'cause.pageFault.0', { code, mask, match });
  }
  if (cause.rule === 'bitmap' && memory)
    return say('cause.bitmap', {
      ...{ bit, number: { mono: hexText(memory.bit, 1) }, address: at('h', memory.host) },
      bitmap: say(`cause.bitmap.${memory.bitmap}`),
    });
  if (cause.reason === EXIT.eptViolation) return say('cause.eptViolation', { bit });
  if (cause.reason === EXIT.eptMisconfiguration) return say('cause.eptMisconfiguration', { bit });
  if (cause.rule === 'exception')
    return say('cause.exception', { vector: cause.vector ?? 0, exception: (language) => exceptionText(language, cause.vector ?? 0) });
  if (cause.rule === 'hostOwned' && hostOwned)
    return say('cause.hostOwned', { register: `CR${hostOwned.register}`, bits: { mono: crBits(hostOwned.register, hostOwned.mask) } });
  const key: MessageKey = `cause.${cause.rule as 'always' | 'control' | 'controlOff' | 'portWraps' | 'msrOutside' | 'injected' | 'entry' | 'unknown'}`;
  return say(key, { bit, number, n: cause.reason });
}

function exceptionText(language: Language, vector: number): string {
  return `${vectorName(vector)}, ${exceptionName(language, vector)}`;
}

/** “RDTSC exiting”, between the quotation marks of the language. */
function bitText(language: Language, { field, bit }: FieldBit): string {
  const name = bitName(field, bit);
  return language === 'fr' ? frenchSpaces(`« ${name} »`) : `“${name}”`;
}

function crBits(register: 0 | 4, mask: number): string {
  const names: readonly { readonly bit: number; readonly name: string }[] = register === 0 ? CR0_BITS : CR4_BITS;
  const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
  return bits.map((bit) => names.find((n) => n.bit === bit)?.name ?? bit).join(' ');
}

// What would exit ----------------------------------------------------------------------------------------------------------------------------

/** All causes in groups, those on trial marked. */
export function exitList(telling: Telling): TemplateResult {
  const { view, t } = telling;
  const rows = view.exits ?? [];
  return html`${nextSentence(telling)}<div class="groups">${GROUPS.map((group) => {
    const own = rows.filter((row) => row.group === group);
    const n = own.filter(({ verdict }) => EXITS.includes(verdict)).length;
    return html`<section class="group ${group}"><h2>${t(`exits.group.${group}`)} <span class="note">${t('exits.count', { n, all: own.length })}</span></h2>
      <ul>${own.map((row) => (group === 'exceptions' ? exceptionItem(telling, row) : rowItem(telling, row)))}</ul></section>`;
  })}</div><p class="note">${t(view.basis === 'force' ? 'exits.basis.force' : 'exits.basis.vmcs')} ${t('exits.faults')}</p>`;
}

function nextSentence({ view: { next, exits }, line, language, t }: Telling): TemplateResult | typeof nothing {
  if (!next || line?.linear !== next.linear) return nothing;
  const isUnderEpt = exits?.some(({ reason, verdict }) => reason === EXIT.eptViolation && verdict === 'exits') === true;
  return html`<p class="next"><span class="needle" aria-hidden="true"></span><span>${typeset(language, say(`exits.next.${next.verdict}`, { text: { mono: line.text } }))}${next.verdict === 'never' && isUnderEpt ? ` ${t('exits.next.ept')}` : ''}</span></p>`;
}

function rowItem(telling: Telling, row: ExitRow): TemplateResult {
  const { t, view, trial, language } = telling;
  const isNext = view.next?.row === row.id;
  const change = trial?.changes.find(({ after }) => after.id === row.id);
  return html`<li class="row ${row.verdict} ${isNext ? 'coming' : ''}" aria-current=${isNext ? 'step' : nothing}>${mark(telling, row)}<span class="what" title=${whenText(row, language)}>${nameOf(telling, row)}${row.detail ? html` <span class="note">${detailText(telling, row.detail)}</span>` : nothing}${change ? html` <mark>→ ${t(`exits.verdict.${change.after.verdict}`)}</mark>` : nothing}</span>${row.control ? controlButton(telling, row.control) : nothing}</li>`;
}

/** `▸12`, or a dot. */
function mark({ t }: Telling, { verdict, reason }: ExitRow): TemplateResult {
  return html`<span class="mark" aria-hidden="true">${EXITS.includes(verdict) ? `▸${reason}` : '·'}</span><span class="visually-hidden">${t(`exits.verdict.${verdict}`)}: </span>`;
}

function exceptionItem(telling: Telling, row: ExitRow): TemplateResult {
  const { t, trial, language } = telling;
  const vector = row.control?.bit ?? 0;
  const change = trial?.changes.find(({ after }) => after.id === row.id);
  const label = `${exceptionText(language, vector)}: ${t(`exits.verdict.${row.verdict}`)}${row.detail ? `, ${detailText(telling, row.detail)}` : ''}`;
  return html`<li class="exception ${row.verdict}"><button class=${change ? 'tried' : ''} title=${label} aria-label=${label} @click=${() => telling.tryOut('exceptionBitmap', vector)}><span class="mark" aria-hidden="true">${row.verdict === 'never' ? '·' : '▸'}</span>${EXCEPTIONS.find((e) => e.vector === vector)?.mnemonic}${row.verdict === 'some' ? html`<span class="note">*</span>` : nothing}${change ? html`<mark>→ ${change.after.verdict === 'never' ? '·' : '▸'}</mark>` : nothing}</button></li>`;
}

/** The control and its value: pressing it puts it on trial. */
function controlButton(telling: Telling, of: FieldBit): TemplateResult {
  const { field, bit } = of;
  const { value, isTried } = telling.bit(of);
  const name = controlWordOf(field) ? bitName(field, bit) : `${fieldName(field)} ${bitName(field, bit)}`;
  return html`<button class="control ${isTried ? 'tried' : ''}" aria-pressed=${isTried} title=${telling.t('exits.try', { name, from: value, to: 1 - value })} @click=${() => telling.tryOut(field, bit)}><span lang="en">${name}</span> <b>${value}</b></button>`;
}

/** What it is called: instructions by mnemonic, events as the manual names them. */
export function nameOf({ t, language }: Pick<Telling, 't' | 'language'>, row: ExitRow): string {
  if (OWN_NAMES.includes(row.id)) return t(`exits.row.${row.id as 'movToCr0'}`);
  if (row.id === 'clts' || row.id === 'lmsw') return row.id.toUpperCase();
  if (row.id === 'nmi') return 'NMI';
  if (row.group === 'exceptions') return vectorName(row.control?.bit ?? 0);
  if (row.group === 'events') return reasonName(row.reason);
  if (row.id === 'movDr') return 'MOV DR';
  return whenOf(language, row.id as ExitReasonKey).split(/\s?:/)[0];
}

/** When it occurs, as a clause. */
function whenText({ id, group, reason }: ExitRow, language: Language): string {
  const key = (exitReason(reason) as { readonly key?: ExitReasonKey } | null)?.key;
  return key && (group === 'events' || reason === EXIT.controlRegisterAccesses || id === key) ? whenOf(language, key) : '';
}

function detailText({ t }: Telling, detail: ExitDetail): string {
  if (detail.kind === 'hostOwned') return t('exits.detail.hostOwned', { bits: crBits(detail.register, detail.mask) });
  if (detail.kind === 'targets') return t('exits.detail.targets', { values: detail.values.map((v) => hexText(v, 1)).join(', ') });
  if (detail.kind === 'errorCodes') {
    const values = { mask: hexText(detail.mask, 1), match: hexText(detail.match, 1) };
    return t(detail.isMatch ? 'exits.detail.errorCodes.1' : 'exits.detail.errorCodes.0', values);
  }
  const told = detail.runs
    .slice(0, MOST_RUNS)
    .map(([first, last]) => (first === last ? hexText(first, 1) : `${hexText(first, 1)}–${hexText(last, 1)}`));
  const runs = [...told, ...(detail.runs.length > MOST_RUNS ? ['…'] : [])].join(', ');
  return detail.count === 0 ? t('exits.detail.msrsOutside') : t(`exits.detail.${detail.kind}`, { n: detail.count, runs });
}

// One bit on trial ---------------------------------------------------------------------------------------------------------------------------

/** What the reader is told before a bit is written; `refusal` is the machine's sentence, if it would not. */
export function trialStrip(
  telling: Telling,
  {
    before,
    flip,
    leave,
    refusal,
  }: { before: { value: number; high: number }; flip: () => void; leave: () => void; refusal: string | null },
): TemplateResult {
  const { trial, view, t, language } = telling;
  if (!trial) return html``;
  const { field } = trial.trial;
  const bits = differing(before, trial.trial);
  const failed = trial.failed === null ? null : view.checks.rows.find(({ id }) => id === trial.failed);
  return html`<section class="trial" aria-label=${t('trial.title')}><div class="head"><h2>${t('trial.title')}</h2><span class="flip" lang="en">${bits.map((bit) => html`<span><span class="note">${fieldName(field)}</span> ${bitName(field, bit)} <span class="mono">${1 - bitIn(trial.trial, bit)}&nbsp;→&nbsp;<mark>${bitIn(trial.trial, bit)}</mark></span></span>`)}</span><span class="space"></span><button class="plain-button" @click=${flip}>${t('trial.flip')}</button><button class="link" @click=${leave}>${t('trial.leave')}</button></div>
    <p>${trial.changes.length === 0 ? t('trial.nothing') : changes(telling, trial)} ${failed ? html`<b>✕ ${t('trial.entryFails')}</b> ${checkRule(language, failed.rule)}` : t('trial.entry')}${view.basis === 'force' ? ` ${t('trial.later')}` : ''}</p>
    ${refusal === null ? nothing : html`<p class="wrong" role="alert">✕ <span lang="en">${refusal}</span></p>`}</section>`;
}

function bitIn({ value, high }: { value: number; high: number }, bit: number): number {
  return (bit < 32 ? value >>> bit : high >>> (bit - 32)) & 1;
}

/** One sentence for what would exit, one for what would not, and one for each that is told in more words. */
function changes(telling: Telling, { changes: all }: TrialView): TemplateResult {
  const { t } = telling;
  const names = (verdict: ExitRow['verdict'], from: ExitRow['verdict']): string =>
    all
      .filter(({ before, after }) => after.verdict === verdict && before.verdict === from)
      .map(({ after }) => nameOf(telling, after))
      .join(', ');
  const [more, less] = [names('exits', 'never'), names('never', 'exits')];
  const other = all.filter(({ before, after }) => before.verdict === 'some' || after.verdict === 'some');
  const told = (row: ExitRow): string => `${t(`exits.verdict.${row.verdict}`)}${row.detail ? ` (${detailText(telling, row.detail)})` : ''}`;
  return html`${more ? html`<b>${t('trial.exits', { what: more })}</b> ` : nothing}${less ? html`<b>${t('trial.never', { what: less })}</b> ` : nothing}${other.map(
    ({ before, after }) => html`<b>${t('trial.other', { what: nameOf(telling, after), before: told(before), after: told(after) })}</b> `,
  )}`;
}
