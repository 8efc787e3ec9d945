/** Pieces of the trees of tables: lines beside rows, densities, an entry's bits as words and one by one. */
import { html, nothing, svg, type TemplateResult } from 'lit';
import { type BitField, extractField } from '../../arch/bit-field.ts';
import { EPT_MEMORY_TYPES, EPT_PAGE_BITS, EPT_TABLE_BITS } from '../../arch/ept.ts';
import { PDE4M_BITS, PDE_BITS, PTE_BITS } from '../../arch/paging.ts';
import type { Language, TableRow, TableView } from '../../api/protocol.ts';
import { meaningOf } from '../i18n/facts.ts';
import { colon } from '../i18n/typography.ts';
import { address, type Space } from '../widgets/number.ts';
import type { Rail } from './tables-list.ts';

/** Bits that are written only where they are set or decide. */
const QUIET = new Set(['PWT', 'PCD', 'PAT', 'IPAT']);
/** Height of a strip, and of what may only be read. */
const STRIP = 8;
const READ_ONLY = 4;

/** The fields of an entry, as the manual's figures have them. */
export function fieldsOf({ isLeaf }: Pick<TableRow, 'isLeaf'>, entry: TableView['entry'], root: 'guest' | 'ept'): readonly BitField[] {
  if (root === 'ept') return isLeaf ? EPT_PAGE_BITS : EPT_TABLE_BITS;
  return entry === 'PTE' ? PTE_BITS : isLeaf ? PDE4M_BITS : PDE_BITS;
}

/** The flags of an entry as words: set ones in ink, clear ones stepped back, the one that refuses in reverse. */
export function bitWords(row: TableRow, fields: readonly BitField[]): TemplateResult {
  const flags = fields.filter(({ bit, width = 1 }) => bit < 12 && width < 20);
  return html`<span class="bits">${flags.map((field) => {
    const value = extractField(field, row.low);
    if (field.name === row.failed) return html`<b class="failed">${short(field.name)}=${value} ✕</b>`;
    if (field.name === 'type') return html`<span class="on">${EPT_MEMORY_TYPES[value] ?? `type ${value}`}</span>`;
    if (value === 0 && QUIET.has(field.name)) return nothing;
    return html`<span class=${value ? 'on' : 'off'}>${short(field.name)}</span>`;
  })}${row.failed === 'reserved' ? html`<b class="failed">RSVD=1 ✕</b>` : nothing}</span>`;
}

/** All bits of an entry, from 31 down: what the processor ignores stands together. */
export function bitRuler(
  row: TableRow,
  fields: readonly BitField[],
  { language, space, ignored }: { readonly language: Language; readonly space: Space; readonly ignored: string },
): TemplateResult {
  return html`<ol class="ruler">${piecesOf(fields).map(({ name, bit, width = 1, meaning }) => {
    const isFrame = width >= 10 && name !== '';
    const digits = Array.from({ length: width }, (_, i) => (row.low >>> (bit + width - 1 - i)) & 1);
    const text = name === '' ? ignored : `${name}${colon(language)}${meaningOf(language, meaning)}`;
    const place = width === 1 ? `${bit}` : `${bit + width - 1}:${bit}`;
    return html`<li class="${isFrame ? 'frame' : ''} ${name !== '' && name === row.failed ? 'deciding' : ''}" title="${place} ${text}">
      <span class="digits" aria-hidden="true">${digits.map((d) => html`<span class=${d ? 'one' : ''}>${d}</span>`)}</span>
      <span class="of">${isFrame ? html`${name} ${address(space, (row.low & (-1 << bit)) >>> 0)}` : name === '' ? html`<span aria-hidden="true">–</span>` : short(name)}</span>
      <span class="visually-hidden">${place} ${text} = ${digits.join('')}</span></li>`;
  })}</ol>`;
}

/** The fields from bit 31 down, and nameless ones for what is between them. */
function piecesOf(fields: readonly BitField[]): readonly BitField[] {
  const pieces: BitField[] = [];
  let next = 31;
  for (const field of fields.toSorted((a, b) => b.bit - a.bit)) {
    const high = field.bit + (field.width ?? 1) - 1;
    if (high < next) pieces.push({ name: '', bit: high + 1, width: next - high, meaning: '' });
    pieces.push(field);
    next = field.bit - 1;
  }
  if (next >= 0) pieces.push({ name: '', bit: 0, width: next + 1, meaning: '' });
  return pieces;
}

/** A table's entries as a strip: nothing where none is present, half as high where it may only be read. */
export function strip({ count, density }: TableView): TemplateResult | typeof nothing {
  if (density === null) return nothing;
  const path = density
    .map(({ first, last, isWritable }) => {
      const height = isWritable ? STRIP : READ_ONLY;
      return `M${first} ${STRIP}v${-height}h${last - first + 1}v${height}z`;
    })
    .join('');
  return html`<svg class="strip" viewBox="0 0 ${count} ${STRIP}" preserveAspectRatio="none" aria-hidden="true">${svg`<path d=${path} />`}</svg>`;
}

/** The tree's lines beside a row, the last of which leads to it. */
export function rails(of: readonly Rail[], isOnPath: boolean): TemplateResult {
  return html`${of.map(
    (rail, i) =>
      html`<span class="rail ${rail} ${i === of.length - 1 ? `own ${isOnPath ? 'reached' : ''}` : ''}" aria-hidden="true"></span>`,
  )}`;
}

/** `PDE[4]`, `[5 … 1023]`. */
export function indexText({ first, last }: TableRow, { entry }: TableView): string {
  return first === last ? `${entry}[${first}]` : `[${first} … ${last}]`;
}

function short(name: string): string {
  return name.replace('/', '');
}
