/** Pieces of the PCI panel: what a function is, what it may do, where it answers, how it interrupts. */
import { html, nothing, type TemplateResult } from 'lit';
import { COMMAND, COMMAND_BITS, formatRoutingId, STATUS, STATUS_BITS } from '../../arch/pci.ts';
import type { BitField } from '../../arch/bit-field.ts';
import type { Language, PciFunctionView, PciView } from '../../api/protocol.ts';
import { busMeaning, functionTitle } from '../i18n/bus-facts.ts';
import type { MessageKey } from '../i18n/en.ts';
import { colon } from '../i18n/typography.ts';
import { sizeText } from '../widgets/bands.ts';
import { address, hex, hexText } from '../widgets/number.ts';

/** What a piece is given. */
export interface PciDrawing {
  readonly view: PciView;
  readonly fn: PciFunctionView;
  readonly language: Language;
  readonly isTable: boolean;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
}

const PINS = ['', 'A', 'B', 'C', 'D'];

/** What a function is called where room is short: `VF 2` under its physical function, `partition 1`, else its title. */
export function shortName({ virtualNumber, partition, title }: PciFunctionView, language: Language, t: PciDrawing['t']): string {
  if (virtualNumber !== null) return `VF ${virtualNumber}`;
  return partition === null ? functionTitle(language, title) : t('pci.partition', { n: partition.number });
}

/** How deep in the tree a function is: bridges above it, and its physical function. */
export function depthOf(fn: PciFunctionView, all: readonly PciFunctionView[]): number {
  let depth = fn.physical === null ? 0 : 1;
  const seen = new Set<number>();
  for (let above = fn.above; above !== null && !seen.has(above); depth++) {
    seen.add(above);
    above = all.find((f) => f.routingId === above)?.above ?? null;
  }
  return depth;
}

/** A word of a function's configuration space, unsigned. */
export function configWord({ config }: PciFunctionView, offset: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (config[offset + i] ?? 0);
  return value;
}

/** Identity, command and status, windows, interrupts. */
export function functionPage(drawing: PciDrawing): TemplateResult {
  const { fn, language, t } = drawing;
  return html`<h2 class="who"><span class="mono">${formatRoutingId(fn.routingId)}</span> ${functionTitle(language, fn.title)}</h2>
    ${identity(drawing)}
    <dl class="flags">${bits(t('pci.command'), configWord(fn, COMMAND, 2), COMMAND_BITS, language)}${bits(t('pci.status'), configWord(fn, STATUS, 2), STATUS_BITS, language)}</dl>
    ${windows(drawing)}${interrupts(drawing)}`;
}

function identity({ fn, t }: PciDrawing): TemplateResult {
  const { routingId: rid } = fn;
  const rows: [string, unknown][] = [
    ['', t('pci.path', { bus: rid >> 8, device: (rid >> 3) & 31, fn: rid & 7 })],
    [
      t('pci.vendor'),
      html`${hex(fn.vendor, 4)}${fn.physical === null ? nothing : html` <span class="note">${t('pci.fromPhysical', { function: formatRoutingId(fn.physical) })}</span>`}`,
    ],
    [t('pci.device'), hex(fn.device, 4)],
    [t('pci.class'), hex(fn.classCode, 6)],
  ];
  if (fn.virtualNumber !== null && fn.physical !== null)
    rows[0][1] = html`${t('pci.sriov.vf', { n: fn.virtualNumber, function: formatRoutingId(fn.physical) })}`;
  if (fn.secondary !== null) rows.push(['', t('pci.buses', { first: fn.secondary, last: fn.subordinate ?? fn.secondary })]);
  return html`<p class="identity">${rows.map(([name, value]) => html`<span>${name ? html`<span class="note">${name}</span> <span class="mono">${value}</span>` : value}</span>`)}</p>`;
}

function bits(name: string, value: number, fields: readonly BitField[], language: Language): TemplateResult {
  return html`<div><dt>${name} <span class="mono">${hex(value, 4)}</span></dt><dd>${fields.map((field) => {
    const isSet = ((value >>> field.bit) & 1) === 1;
    return html`<span class=${isSet ? 'on' : 'off'} title=${`${field.bit}${colon(language)}${busMeaning(language, field.meaning)}`}>${field.name}<span class="visually-hidden"> ${isSet ? 1 : 0}</span></span>`;
  })}</dd></div>`;
}

function windows({ fn, t }: PciDrawing): TemplateResult {
  const title = fn.physical === null ? t('pci.bars') : t('pci.bars.share', { function: formatRoutingId(fn.physical) });
  if (fn.bars.length === 0) return html`<h2 class="sub">${title}</h2><p class="note">${t('pci.bars.none')}</p>`;
  return html`<h2 class="sub">${title}</h2><table class="records"><thead><tr>${(['bar', 'range', 'size', 'kind', 'state'] as const).map((k) => html`<th scope="col">${t(`pci.column.${k}`)}</th>`)}</tr></thead><tbody>${fn.bars.map(
    (bar) =>
      html`<tr><th scope="row">${bar.index}</th><td>${bar.kind === 'io' ? html`<span class="mono">${hexText(bar.base, 4)}–${hexText(bar.base + bar.size - 1, 4)}</span>` : html`${address('h', bar.base)}–${hex(bar.base + bar.size - 1)}`}</td><td>${sizeText(bar.size, t)}</td><td class="sans">${t(`pci.bars.kind.${bar.kind}`)}${bar.isPrefetchable ? `, ${t('pci.bars.prefetchable')}` : ''}</td><td class="sans">${bar.isOpen ? t('pci.bars.open') : html`✕ ${t('pci.bars.closed')}`}</td></tr>`,
  )}</tbody></table>`;
}

function interrupts({ fn, t }: PciDrawing): TemplateResult | typeof nothing {
  const { interruptMode: mode, msix } = fn;
  if (mode === null) return nothing;
  const how =
    mode !== 'intx'
      ? t(`pci.interrupts.${mode}`)
      : fn.pin === 0
        ? t('pci.interrupts.none')
        : `${t('pci.interrupts.intx', { pin: PINS[fn.pin], line: fn.line ?? '' })}${fn.isPinAsserted ? `, ${t('pci.interrupts.asserted')}` : ''}`;
  return html`<h2 class="sub">${t('pci.interrupts')} <span class="note">${how}</span></h2>
    ${
      msix === null
        ? nothing
        : html`<p class="note">${t('pci.interrupts.table', { count: msix.count, bar: msix.table.bar, offset: hexText(msix.table.offset, 3) })}${msix.isEnabled ? '' : ` · ${t('pci.interrupts.off')}`}${msix.isMasked ? ` · ${t('pci.interrupts.maskedAll')}` : ''}</p>
    <table class="records"><thead><tr>${(['vector', 'message', 'data', 'state'] as const).map((k) => html`<th scope="col">${t(`pci.column.${k}`)}</th>`)}</tr></thead><tbody>${msix.vectors.map(
      (v) =>
        html`<tr><th scope="row">${v.number}</th><td>${v.address === 0 && v.data === 0 ? html`<span class="note">–</span>` : address('h', v.address)}</td><td>${hex(v.data)}</td><td class="sans">${t(v.isMasked ? 'pci.interrupts.masked' : 'pci.interrupts.ready')}${v.isPending ? `, ${t('pci.interrupts.pending')}` : ''}</td></tr>`,
    )}</tbody></table>${msix.count > msix.vectors.length ? html`<p class="note">${t('pci.interrupts.more', { n: msix.count - msix.vectors.length })}</p>` : nothing}`
    }`;
}
