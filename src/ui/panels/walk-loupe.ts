/** One entry bit by bit, under the walk: which bits are its frame, which its flags, and which one decided. */
import { html, type TemplateResult } from 'lit';
import { type BitField, extractField } from '../../arch/bit-field.ts';
import { EPT_PAGE_BITS, EPT_TABLE_BITS } from '../../arch/ept.ts';
import { PDE4M_BITS, PDE_BITS, PTE_BITS } from '../../arch/paging.ts';
import type { ExplainedReference, Language } from '../../api/protocol.ts';
import { meaningOf } from '../i18n/facts.ts';
import { colon } from '../i18n/typography.ts';
import { askForEdit } from '../edit/request.ts';
import { entryRequest } from '../edit/requests.ts';
import { address, hexText, type Space } from '../widgets/number.ts';
import type { Drawing } from './walk-bits.ts';

/** A run of bits under the loupe; a name of '' for what the processor ignores. */
interface Group {
  readonly high: number;
  readonly low: number;
  readonly name: string;
  readonly meaning: string;
}

/** How a run of bits is written. */
interface Style {
  readonly decides: string | null;
  readonly language: Language;
  /** Of the address in the entry. */
  readonly space: Space;
  readonly words: { readonly frame: string; readonly table: string };
}

/** Draws `reference` with its bits 31 to 0. */
export function loupe({ walk, t }: Drawing, reference: ExplainedReference, language: Language): TemplateResult {
  const decides = walk.outcome.kind !== 'ok' && walk.missing?.reference === reference.number ? walk.missing.bit : null;
  const name = nameOf(reference);
  const bytes = reference.dimension === 'ept' ? 8 : 4;
  const space = walk.context.isNested && reference.dimension === 'guest' ? 'g' : 'h';
  const style: Style = { decides, language, space, words: { frame: t('walk.frame'), table: t('walk.tableWord') } };
  return html`<div class="loupe ${decides ? 'decides' : ''}" role="group" aria-label="${name}, ${hexText(reference.low)}">
    <div class="name"><span class="title"><span class="number">${reference.number}</span><b>${name}</b></span>${address('h', reference.host)}<span class="note">${t('walk.loupe', { bytes })} <button class="link" @click=${(e: Event) => askForEdit(e, entryRequest(reference))}>${t('edit.more')}</button></span></div>
    <div class="groups">${groupsOf(reference).map((group) => groupOf(group, reference, style))}</div>
  </div>`;
}

/** `EPT PT[5]`, `PDE[1]`. */
export function nameOf({ dimension, level, entry, index }: ExplainedReference): string {
  return dimension === 'ept' ? `EPT ${level}[${index}]` : `${entry}[${index}]`;
}

function groupOf(group: Group, reference: ExplainedReference, { decides, language, space, words }: Style): TemplateResult {
  const { high, low, name, meaning } = group;
  const isDeciding = decides !== null && decides === name;
  const isFrame = name === 'frame' || name === 'table';
  const digits = Array.from({ length: high - low + 1 }, (_, i) => (reference.low >>> (high - i)) & 1);
  const value = extractField({ name, bit: low, width: high - low + 1, meaning }, reference.low);
  const label = isFrame
    ? html`${name === 'frame' ? words.frame : words.table} ${address(space, (reference.low & (-1 << low)) >>> 0)}`
    : `${short(name)}${name === 'type' ? ` ${value}` : ''}${isDeciding ? ' ✕' : ''}`;
  return html`<div class="group b${digits.length} ${isDeciding ? 'deciding' : ''}" title=${name ? `${name}${colon(language)}${meaningOf(language, meaning)}` : ''}>
    <div class="digits" aria-hidden="true">${digits.map((d, i) => html`<span class="${d ? 'one' : ''} ${i === 0 ? 'nibble' : ''}">${d}</span>`)}</div>
    <div class="of">${label}</div>
  </div>`;
}

/** The entry's fields from bit 31 down; what no field names stands together without a name. */
function groupsOf(reference: ExplainedReference): Group[] {
  const fields = fieldsOf(reference).toSorted((a, b) => b.bit - a.bit);
  const groups: Group[] = [];
  let next = 31;
  for (const field of fields) {
    const high = field.bit + (field.width ?? 1) - 1;
    if (high < next) groups.push({ high: next, low: high + 1, name: '', meaning: '' });
    groups.push({ high, low: field.bit, name: field.name, meaning: field.meaning });
    next = field.bit - 1;
  }
  if (next >= 0) groups.push({ high: next, low: 0, name: '', meaning: '' });
  return groups;
}

function fieldsOf({ dimension, entry, isLeaf }: ExplainedReference): readonly BitField[] {
  if (dimension === 'ept') return isLeaf ? EPT_PAGE_BITS : EPT_TABLE_BITS;
  return entry === 'PTE' ? PTE_BITS : isLeaf ? PDE4M_BITS : PDE_BITS;
}

function short(name: string): string {
  return name.replace('/', '');
}
