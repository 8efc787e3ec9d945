/** Configuration space as bytes with the names of their fields: the header, or one of the capabilities. */
import { html, nothing, type TemplateResult } from 'lit';
import { extractField } from '../../arch/bit-field.ts';
import { CONFIG_SIZE } from '../../arch/pci.ts';
import type { PciFunctionView } from '../../api/protocol.ts';
import { busMeaning } from '../i18n/bus-facts.ts';
import { hex, hexText } from '../widgets/number.ts';
import { rove } from '../widgets/roving.ts';
import { configWord, type PciDrawing } from './pci-parts.ts';

type Register = PciFunctionView['registers'][number];

/** A run of configuration space that has a name. */
interface Area {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const HEADER_BYTES = 0x40;
const ROW = 16;
/** Of a capability's header, by width: id and next, or id, version and next. */
const CAPABILITY_HEADERS: Readonly<Record<'plain' | 'extended', readonly Register[]>> = {
  plain: [
    { name: 'id', offset: 0, size: 1, meaning: '' },
    { name: 'next', offset: 1, size: 1, meaning: '' },
  ],
  extended: [{ name: 'id, version, next', offset: 0, size: 4, meaning: '' }],
};

/** The header and the capabilities, each as far as it reaches. */
export function areasOf({ capabilities, registers, config }: PciFunctionView, header: string): readonly Area[] {
  const areas = capabilities.map(({ name, offset, isExtended }): Area => {
    const end = isExtended ? config.length : CONFIG_SIZE;
    const next = Math.min(end, ...capabilities.map((c) => c.offset).filter((at) => at > offset));
    const last = Math.max(offset + 4, ...registers.filter((r) => r.offset >= offset && r.offset < next).map((r) => r.offset + r.size));
    return { name, from: offset, to: last };
  });
  return [{ name: header, from: 0, to: HEADER_BYTES }, ...areas];
}

/** `chosen` counts areas; `choose` is told of another one. */
export function configPage(drawing: PciDrawing, chosen: number, choose: (area: number) => void): TemplateResult {
  const { fn, t, isTable } = drawing;
  const areas = areasOf(fn, t('pci.header'));
  const current = Math.min(chosen, areas.length - 1);
  const list = html`<div class="areas" role="radiogroup" aria-label=${t('pci.capabilities')} @keydown=${rove}>${areas.map(
    (area, i) =>
      html`<button role="radio" aria-checked=${i === current} tabindex=${i === current ? 0 : -1} @click=${() => choose(i)}><span class="mono">${hexText(area.from, 2).slice(2)}</span> ${area.name}</button>`,
  )}</div>`;
  return html`${list}${isTable ? nothing : dump(drawing, areas[current])}${fields(drawing, areas[current])}`;
}

function registersIn({ registers, capabilities }: PciFunctionView, { from, to }: Area): readonly Register[] {
  const capability = capabilities.find((c) => c.offset === from);
  const header = capability ? CAPABILITY_HEADERS[capability.isExtended ? 'extended' : 'plain'] : [];
  return [
    ...header.map((r) => ({ ...r, offset: r.offset + from })),
    ...registers.filter((r) => r.offset >= from && r.offset < to),
  ].toSorted((a, b) => a.offset - b.offset);
}

/** Sixteen bytes to a line; the bytes of a field stand on one rule. */
function dump({ fn, language, t }: PciDrawing, area: Area): TemplateResult {
  const registers = registersIn(fn, area);
  const first = area.from - (area.from % ROW);
  const rows = Array.from({ length: Math.ceil((area.to - first) / ROW) }, (_, i) => first + ROW * i);
  return html`<div class="dump" role="img" aria-label="${t('pci.bytes')}, ${area.name}">${rows.map(
    (row) =>
      html`<div class="bytes"><span class="note">${hexText(row, 3).slice(2)}</span>${Array.from({ length: ROW }, (_, i) => byteOf(fn, registers, { at: row + i, area, language }))}</div>`,
  )}</div>`;
}

function byteOf(
  fn: PciFunctionView,
  registers: readonly Register[],
  { at, area, language }: { at: number; area: Area; language: PciDrawing['language'] },
): TemplateResult {
  if (at < area.from || at >= area.to) return html`<span class="byte"></span>`;
  const field = registers.find((r) => at >= r.offset && at < r.offset + r.size);
  const byte = fn.config[at] ?? 0;
  const isStart = field?.offset === at;
  const title = field ? `${field.name}${field.meaning ? ` (${busMeaning(language, field.meaning)})` : ''}` : '';
  return html`<span class="byte ${field ? 'known' : ''} ${isStart ? 'first' : ''} ${byte === 0 ? 'null' : ''}" title=${title}>${byte.toString(16).toUpperCase().padStart(2, '0')}</span>`;
}

/** The fields by name. What has no effect and is 0 is left out of the picture's list. */
function fields({ fn, language, t, isTable }: PciDrawing, area: Area): TemplateResult {
  const shown = registersIn(fn, area).filter((r) => isTable || configWord(fn, r.offset, r.size) !== 0 || r.bits !== undefined);
  return html`<table class="records fields"><thead><tr>${(['offset', 'field', 'value', 'meaning'] as const).map((k) => html`<th scope="col">${t(`pci.column.${k}`)}</th>`)}</tr></thead><tbody>${shown.map(
    (r) => {
      const value = configWord(fn, r.offset, r.size);
      return html`<tr><th scope="row">${hexText(r.offset, 2).slice(2)}</th><td class="sans" lang="en">${r.name}</td><td>${hex(value, 2 * r.size)}</td><td class="wide"><span class="note">${busMeaning(language, r.meaning)}</span>${bitsOf(r, value)}</td></tr>`;
    },
  )}</tbody></table>`;
}

function bitsOf({ bits }: Register, value: number): TemplateResult | typeof nothing {
  const set = (bits ?? []).map((field) => ({ field, value: extractField(field, value) })).filter((b) => b.value !== 0);
  return set.length === 0
    ? nothing
    : html` <span class="set" lang="en">${set.map(({ field, value: v }) => html`<span>${field.name}${(field.width ?? 1) > 1 ? ` ${v}` : ''}</span>`)}</span>`;
}
