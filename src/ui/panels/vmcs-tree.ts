/** The fields of the VMCS as a tree of drawers, fields and bits. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Language, VmxView } from '../../api/protocol.ts';
import { ACTIVITY_STATES } from '../../arch/exit-qualifications.ts';
import { FIELD, fieldType, fieldWidth, vmcsField, type VmcsField, type VmcsFieldKey, type VmcsFieldType } from '../../arch/vmcs-fields.ts';
import { type Control, CONTROLS, DEFAULT1 } from '../../arch/vmx-controls.ts';
import { isFieldByHand, type Mark } from '../edit/marks.ts';
import { askForEdit } from '../edit/request.ts';
import { fieldRequest } from '../edit/requests.ts';
import { absentReason, vmErrorName } from '../i18n/facts.ts';
import type { MessageKey } from '../i18n/en.ts';
import { fieldWords, reasonName } from '../reading.ts';
import { address, hex, hexText } from '../widgets/number.ts';
import {
  addressIn,
  BITS,
  causingWords,
  contextOf,
  controlWordOf,
  type Drawer,
  DRAWERS,
  hasChanged,
  idleControl,
  isInUse,
  isOpenAt,
  linesOf,
  type Look,
  type NamedBit,
  SEGMENT_PARTS,
  SEGMENTS,
  spaceOf,
  textOf,
} from './vmcs-facts.ts';

/** What the tree is drawn from, and what it asks of the panel. */
export interface Drawing {
  readonly region: Uint8Array;
  /** One instant before. */
  readonly before: Uint8Array | null;
  readonly view: VmxView | null;
  /** What was said last: it decides what is open while nothing is said. */
  readonly moment: VmxView | null;
  readonly look: Look;
  readonly language: Language;
  readonly edits: readonly Mark[];
  readonly tick: number;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  /** Opens or shuts. */
  readonly toggle: (what: { drawer: Drawer } | { word: VmcsFieldKey }, isOpen: boolean) => void;
  /** Puts a bit on trial, or takes it off. */
  readonly tryOut: (field: VmcsFieldKey, bit: number) => void;
}

const UNUSABLE = 0x10000;

/** The drawer is open. */
export function isDrawerOpen({ look, moment }: Drawing, drawer: Drawer): boolean {
  return look.open[drawer] ?? isOpenAt(drawer, moment);
}

/** The word is open into its bits: by the reader, or because one of them caused the exit. */
export function isWordOpen({ look, moment }: Drawing, key: VmcsFieldKey): boolean {
  return look.words[key] ?? causingWords(moment?.cause ?? null).includes(key);
}

/** All four drawers, in two columns that each read from top to bottom. */
export function tree(drawing: Drawing): TemplateResult {
  const column = (...names: readonly Drawer[]): TemplateResult =>
    html`<div class="column" role="none">${DRAWERS.filter(([, drawer]) => names.includes(drawer)).map((d) => drawerOf(drawing, d))}</div>`;
  return html`${column('readOnly', 'guest')}${column('control', 'host')}`;
}

function drawerOf(drawing: Drawing, [type, drawer]: readonly [VmcsFieldType, Drawer]): TemplateResult {
  const { region, before, look, t } = drawing;
  const isOpen = isDrawerOpen(drawing, drawer);
  const lines = linesOf(type);
  const shown = lines.filter((f) => look.isAll || isInUse(region, before, f) || isWorthIt(drawing, f));
  const changed = countChanged(drawing, type);
  return html`<section class="drawer" role="none"><div class="title" role="treeitem" aria-level="1" aria-expanded=${isOpen} tabindex="-1" data-what=${`drawer:${drawer}`} @click=${() => drawing.toggle({ drawer }, !isOpen)}><span class="fold" aria-hidden="true">${isOpen ? '▾' : '▸'}</span>${t(`vmcs.${drawer}`)}<span class="space"></span>${changed > 0 ? html`<mark>${t('vmcs.changedHere', { n: changed })}</mark>` : nothing}<span class="note">${shown.length < lines.length ? t('vmcs.count', { n: shown.length, all: lines.length }) : lines.length}</span></div>
    ${isOpen ? html`<div role="group">${shown.map((f) => lineOf(drawing, f))}${type === 'guest' ? segments(drawing) : nothing}</div>` : nothing}</section>`;
}

/** What an exit reported counts although it is 0. */
function isWorthIt({ view }: Drawing, { key }: VmcsField): boolean {
  return view?.cause != null && (key === 'exitReason' || key === 'exitQualification');
}

function countChanged({ region, before }: Drawing, type: VmcsFieldType): number {
  return ALL.filter((f) => fieldType(f.encoding) === type && hasChanged(region, before, f)).length;
}

const ALL: readonly VmcsField[] = Object.values(FIELD).flatMap((encoding) => vmcsField(encoding) ?? []);

function lineOf(drawing: Drawing, field: VmcsField): TemplateResult {
  const { region, before, t } = drawing;
  const key = field.key as VmcsFieldKey;
  const bits = BITS[key];
  const isOpen = bits !== undefined && isWordOpen(drawing, key);
  const idle = idleControl(region, field);
  const changed = hasChanged(region, before, field);
  const title = `${field.name}, ${hexText(field.encoding, 4)}${idle ? ` (${t('vmcs.off.because', { control: idle.name })})` : ''}`;
  return html`<div class="line ${idle ? 'idle' : ''} ${changed ? 'changed' : ''}" role="treeitem" aria-level="2" aria-expanded=${bits ? isOpen : nothing} tabindex="-1" data-what=${key} title=${title}
      @click=${bits ? () => drawing.toggle({ word: key }, !isOpen) : nothing} @dblclick=${(e: Event) => edit(e, drawing, field)} @keydown=${(e: KeyboardEvent) => e.key === 'Enter' && edit(e, drawing, field)}>
      <span class="encoding" aria-hidden="true">${field.encoding.toString(16).toUpperCase().padStart(4, '0')}</span>
      <span class="name" lang="en">${bits ? html`<span class="fold" aria-hidden="true">${isOpen ? '▾' : '▸'}</span>` : nothing}${shortName(field)}</span>
      <span class="value">${changed && before ? html`<span class="old">${textOf(fieldWords(before, field.encoding), fieldWidth(field.encoding))}</span><span class="arrow">→</span><mark>${valueOf(drawing, field)}</mark>` : valueOf(drawing, field)}</span>
      ${isOpen ? nothing : meaningOf(drawing, field)}</div>
    ${bits && isOpen ? html`<div role="group" class="bits">${bits.map((bit) => bitLine(drawing, key, bit))}${reserved(drawing, key)}</div>` : nothing}`;
}

/** In the drawer of the guest's state, it need not be said that it is the guest's. */
function shortName({ name, encoding }: VmcsField): string {
  const type = fieldType(encoding);
  return type === 'guest' || type === 'host' ? name.replace(/^(Guest|Host) /, '') : name;
}

/** The value; all but what an exit reports can be changed. */
function valueOf(drawing: Drawing, field: VmcsField): TemplateResult {
  const { region, edits, tick } = drawing;
  const words = fieldWords(region, field.encoding);
  const low = words.at(-1) ?? 0;
  const space = spaceOf(field.key as VmcsFieldKey, region);
  const shown = words.length > 1 && words[0] === 0 ? words.slice(1) : words;
  const content =
    space !== null && shown.length === 1
      ? address(space, low, addressIn(field.key as VmcsFieldKey, low))
      : html`${shown.map((word, i) => html`${i > 0 ? '·' : ''}${hex(word, fieldWidth(field.encoding) === 16 ? 4 : 8)}`)}`;
  const isEditable = fieldType(field.encoding) !== 'read-only';
  return html`<span class="${isEditable ? 'edit' : ''} ${isFieldByHand(edits, field.key, tick) ? 'by-hand' : ''}" data-context=${contextOf(fieldType(field.encoding))}>${content}</span>`;
}

function edit(event: Event, { region }: Drawing, field: VmcsField): void {
  if (fieldType(field.encoding) === 'read-only') return;
  event.stopPropagation();
  const controls = (CONTROLS as readonly Control[]).filter((c) => c.word === controlWordOf(field.key as VmcsFieldKey));
  askForEdit(event, fieldRequest(field, fieldWords(region, field.encoding), controls));
}

/** What the value says, in words: an exit reason, an error, a state, the bits that are 1. */
function meaningOf({ region, language, view }: Drawing, { key, encoding }: VmcsField): TemplateResult | typeof nothing {
  const value = fieldWords(region, encoding).at(-1) ?? 0;
  const bits = BITS[key as VmcsFieldKey];
  let words = '';
  let isEnglish = true;
  if (bits)
    words = bits
      .filter(({ bit }) => (value >>> bit) & 1)
      .map(({ name }) => name)
      .join(', ');
  else if (key === 'exitReason' && view?.cause) words = `${value & 0xffff} ${reasonName(value & 0xffff)}`;
  else if (key === 'guestActivity') words = ACTIVITY_STATES[value] ?? '';
  else if (key === 'vmInstructionError' && value !== 0) {
    words = vmErrorName(language, value);
    isEnglish = false;
  }
  return words === '' ? nothing : html`<span class="meaning" lang=${isEnglish ? 'en' : nothing}>${words}</span>`;
}

function bitLine(drawing: Drawing, key: VmcsFieldKey, { bit, name, absent }: NamedBit): TemplateResult {
  const { region, view, look, language, t } = drawing;
  const value = ((fieldWords(region, FIELD[key]).at(-1) ?? 0) >>> bit) & 1;
  const isCause = view?.cause?.bits.some((b) => b.field === key && b.bit === bit) === true;
  const decider = view?.cause?.bits.at(-1);
  const isDecider = decider?.field === key && decider.bit === bit;
  const isTried = look.trial?.field === key && ((look.trial.value >>> bit) & 1) !== value;
  const why = absent ? t('vmcs.absent', { why: absentReason(language, absent) }) : '';
  return html`<div class="bit ${value ? 'one' : ''} ${absent ? 'absent' : ''} ${isCause ? 'cause' : ''} ${isTried ? 'tried' : ''}" role="treeitem" aria-level="3" aria-selected=${isTried} tabindex="-1" data-what=${`${key}:${bit}`} title=${absent ? why : t('exits.try', { name, from: value, to: 1 - value })} @click=${absent ? nothing : () => drawing.tryOut(key, bit)}>
    <span class="number">${bit}</span><span class="digit">${value}</span><span class="name"><span lang="en">${name}</span>${isDecider ? html` <b class="caused">◂ ${t('vmcs.causedIt')}</b>` : nothing}${why ? html` <span class="note">· ${why}</span>` : nothing}</span></div>`;
}

/** Bits that have no name and must be 1. */
function reserved({ t }: Drawing, key: VmcsFieldKey): TemplateResult | typeof nothing {
  const word = controlWordOf(key);
  const mask = word ? DEFAULT1[word].always : 0;
  if (mask === 0) return nothing;
  const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
  return html`<p class="note" role="none">${t('vmcs.reserved', { bits: bits.join(', ') })}</p>`;
}

/** The guest's segment registers: a line each, of four fields. */
function segments(drawing: Drawing): TemplateResult {
  const { region, before, t } = drawing;
  return html`<div class="segments" role="none"><span class="corner" role="none"></span>${(['selector', 'base', 'limit', 'rights'] as const).map((part) => html`<span class="part" aria-hidden="true">${t(`vmcs.segment.${part}`)}</span>`)}
    ${SEGMENTS.map((name) => {
      const rights = fieldWords(region, FIELD[`guest${name}Rights`])[0];
      const isUnusable = (rights & UNUSABLE) !== 0;
      return html`<span class="register ${isUnusable ? 'unusable' : ''}" lang="en" aria-hidden="true" title=${isUnusable ? t('vmcs.unusable') : nothing}>${name.toUpperCase()}</span>${SEGMENT_PARTS.map(
        (part) => {
          const key = `guest${name}${part}` as const;
          const field = vmcsField(FIELD[key]) as VmcsField;
          const changed = hasChanged(region, before, field);
          const digits = part === 'Selector' ? 4 : part === 'Rights' ? 5 : 8;
          const value = fieldWords(region, field.encoding)[0];
          const content = html`<span class="edit" data-context="guest">${part === 'Base' ? address('v', value) : hex(value, digits)}</span>`;
          return html`<span class="cell ${isUnusable ? 'unusable' : ''}" role="treeitem" aria-level="2" tabindex="-1" data-what=${key} aria-label=${`${field.name} ${part === 'Base' ? 'v:' : ''}${hexText(value, digits).slice(part === 'Base' ? 0 : 2)}`} title=${`${field.name}, ${hexText(field.encoding, 4)}${changed && before ? ` (${textOf(fieldWords(before, field.encoding), fieldWidth(field.encoding))} →)` : ''}`} @dblclick=${(e: Event) => edit(e, drawing, field)} @keydown=${(e: KeyboardEvent) => e.key === 'Enter' && edit(e, drawing, field)}>${changed ? html`<mark>${content}</mark>` : content}</span>`;
        },
      )}`;
    })}</div>`;
}

/** The tree as a table: what a reader of tables has instead. */
export function fieldTable(drawing: Drawing): TemplateResult {
  const { region, before, look, t } = drawing;
  const rows = DRAWERS.flatMap(([type, drawer]) =>
    ALL.filter((f) => fieldType(f.encoding) === type && (look.isAll || isInUse(region, before, f))).map((field) => ({ drawer, field })),
  );
  return html`<table class="records"><thead><tr>${(['drawer', 'encoding', 'field', 'before', 'now', 'bits'] as const).map((k) => html`<th scope="col">${t(`vmcs.column.${k}`)}</th>`)}</tr></thead>
    <tbody>${rows.map(({ drawer, field }) => {
      const changed = hasChanged(region, before, field);
      return html`<tr><td class="sans">${t(`vmcs.${drawer}`)}</td><td>${hexText(field.encoding, 4).slice(2)}</td><th scope="row" class="sans" lang="en">${field.name}</th><td>${changed && before ? textOf(fieldWords(before, field.encoding), fieldWidth(field.encoding)) : '·'}</td><td>${changed ? html`<mark>${valueOf(drawing, field)}</mark>` : valueOf(drawing, field)}</td><td class="sans wide">${meaningOf(drawing, field)}</td></tr>`;
    })}</tbody></table>`;
}
