/** The way of a DMA request: root table, context table, second-level tables, memory. Each step stands under the part of requester ID or address that chose its entry. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatRoutingId } from '../../arch/pci.ts';
import type { DmaWalk, Language } from '../../api/protocol.ts';
import { busMeaning } from '../i18n/bus-facts.ts';
import type { MessageKey } from '../i18n/en.ts';
import { sizeText } from '../widgets/bands.ts';
import { address, hex, hexText } from '../widgets/number.ts';

/** What a drawing is given. */
export interface DmaDrawing {
  readonly walk: DmaWalk;
  readonly language: Language;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
}

type Entry = DmaWalk['entries'][number];
type Outcome = DmaWalk['outcome'];

/** Second-level tables by level; the names of the specification. */
const LEVELS = ['', 'SL-PT', 'SL-PD', 'SL-PDPT', 'SL-PML4'];
const TARGETS = { ram: 'RAM', rom: 'ROM', device: 'MMIO', open: 'FF' } as const;
const OFFSET_BITS = 12;
const INDEX_BITS = 9;
/** Bits of an entry that are drawn only where they are set or decide. */
const QUIET = new Set(['FPD', 'PS', 'AW', 'DID']);

/** A column: what is above it, and the entry that was read there. */
interface Step {
  readonly name: string;
  readonly note: string;
  /** The bits that choose the entry, and the number of the lowest. */
  readonly bits: { readonly value: number; readonly width: number; readonly low: number } | null;
  readonly entry: Entry | null;
  /** Past the entry of a large page: the line only goes on. */
  readonly isPassed: boolean;
}

/** Draws a request that needs tables. */
export function dmaPicture(drawing: DmaDrawing): TemplateResult {
  const steps = stepsOf(drawing);
  return html`<ol class="path n${steps.length + 1}" aria-label=${drawing.t('iommu.path')}>
    ${steps.map((step) => stepOf(drawing, step))}
    ${endOf(drawing)}
  </ol>`;
}

/** The same as a table. */
export function dmaTable({ walk, t }: DmaDrawing): TemplateResult {
  const heads = (['number', 'entry', 'at', 'value', 'bits'] as const).map((k) => html`<th scope="col">${t(`iommu.column.${k}`)}</th>`);
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t('iommu.path')}><table class="records"><thead><tr>${heads}</tr></thead><tbody>${walk.entries.map(
    (entry) =>
      html`<tr class=${walk.missing?.entry === entry.number ? 'here-row' : ''}><th scope="row">${entry.number}</th><td>${nameOf(entry, t)}[${entry.index}]</td><td>${address('h', entry.host)}</td><td>${entry.words === null ? t('iommu.noMemory') : valueOf(entry)}</td><td>${bitsOf(entry, walk, true)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** How a request ends, in words. */
export function outcomeText(outcome: Outcome, { language, t }: Pick<DmaDrawing, 'language' | 't'>): TemplateResult {
  if (outcome.kind === 'message') return html`${t('iommu.isMessage')}`;
  if (outcome.kind !== 'fault') return html`→ ${address('h', outcome.host)} <span class="note">${TARGETS[outcome.target]}</span>`;
  return html`<b>✕ ${t('iommu.blocked', { meaning: busMeaning(language, outcome.meaning) })}</b> <span class="note">${t('iommu.reason', { code: hexText(outcome.reason, 2) })}, ${t(outcome.isRecorded ? 'iommu.isRecorded' : 'iommu.isSilent')}</span>`;
}

/** What memory is meant by an address without an IOMMU. */
export function withoutText({ walk }: DmaDrawing): TemplateResult {
  return html`→ ${address('h', walk.without.host)} <span class="note">${TARGETS[walk.without.target]}</span>`;
}

function nameOf(entry: Entry, t: DmaDrawing['t']): string {
  return entry.kind === 'root' ? t('iommu.root') : entry.kind === 'context' ? t('iommu.context') : LEVELS[entry.level];
}

function stepsOf({ walk, t }: DmaDrawing): Step[] {
  const { request, entries, context, indices } = walk;
  const at = (kind: Entry['kind'], level: number): Entry | null => entries.find((e) => e.kind === kind && e.level === level) ?? null;
  const bus = request.requester >> 8;
  const devfn = request.requester & 0xff;
  const steps: Step[] = [
    {
      name: t('iommu.root'),
      note: t('iommu.bus', { n: bus }),
      bits: { value: bus, width: 8, low: 8 },
      entry: at('root', 0),
      isPassed: false,
    },
    {
      ...{ name: t('iommu.context'), note: formatRoutingId(devfn).slice(3), entry: at('context', 0), isPassed: false },
      bits: { value: devfn, width: 8, low: 0 },
    },
  ];
  if (context === null) return [...steps, { name: t('iommu.tables'), note: '', bits: null, entry: null, isPassed: false }];
  if (context.isPassThrough) return steps;
  const leaf = entries.find((e) => e.isLeaf)?.level ?? 0;
  for (const [i, value] of indices.entries()) {
    const level = context.levels - i;
    const bits = { value, width: INDEX_BITS, low: OFFSET_BITS + INDEX_BITS * (level - 1) };
    steps.push({ name: LEVELS[level], note: String(value), bits, entry: at('table', level), isPassed: level < leaf });
  }
  return steps;
}

function stepOf(drawing: DmaDrawing, step: Step): TemplateResult {
  const { entry, isPassed } = step;
  return html`<li class="step">${headOf(step)}${entry ? cellOf(drawing, entry) : isPassed ? passed(drawing) : ahead(drawing)}</li>`;
}

function headOf({ name, note, bits }: Pick<Step, 'name' | 'note' | 'bits'>): TemplateResult {
  return html`<div class="top"><div class="title-line"><b>${name}</b><span class="note">${note}</span></div>${bits === null ? html`<div class="digits none"></div>` : digitsOf(bits)}</div>`;
}

function digitsOf({ value, width, low }: NonNullable<Step['bits']>): TemplateResult {
  const bits = Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** (width - 1 - i)) % 2);
  return html`<div class="digits" aria-hidden="true">${bits.map((bit, i) => html`<span class="${bit ? 'one' : ''} ${(width - 1 - i + low) % 4 === 3 || i === 0 ? 'nibble' : ''}">${bit}</span>`)}</div><div class="under" aria-hidden="true"><span>${low + width - 1}</span><span>${low}</span></div>`;
}

function cellOf(drawing: DmaDrawing, entry: Entry): TemplateResult {
  const { walk, t } = drawing;
  const isFault = isRefusal(walk, entry);
  const isEnd = walk.outcome.kind === 'fault' && entry === walk.entries.at(-1);
  const isTable = entry.kind === 'table';
  return html`<div class="cell ${isTable ? '' : 'guest'} ${isFault ? 'fault' : ''} ${isEnd ? 'ends' : ''}">
    <span class="line"></span><span class="dot">${entry.number}</span><span class="index">[${entry.index}]</span>
    <span class="lines">${address('h', entry.host)}${entry.words === null ? html`<b class="failed">${t('iommu.noMemory')} ✕</b>` : html`<span class="entry"><span class="equals">= </span>${valueOf(entry)}</span>${bitsOf(entry, walk, false)}`}${noteOf(drawing, entry, isEnd)}</span>
  </div>`;
}

/** The entry that decided: the one with the bit that is missing, else the last that was read. */
function isRefusal(walk: DmaWalk, entry: Entry): boolean {
  if (walk.outcome.kind !== 'fault') return false;
  return walk.missing === null ? entry === walk.entries.at(-1) : walk.missing.entry === entry.number;
}

/** What the entry leads to: of a context entry its domain, of a large page's its size. */
function noteOf({ walk, t }: DmaDrawing, entry: Entry, isEnd: boolean): TemplateResult | typeof nothing {
  if (entry.kind === 'context' && walk.context !== null) {
    const { domain, levels, isPassThrough } = walk.context;
    return html`<span class="note">${t(isPassThrough ? 'iommu.through' : 'iommu.levels', { domain, levels })}</span>`;
  }
  if (isEnd || !entry.isLeaf || entry.level === 1) return nothing;
  return html`<span class="note">${t('iommu.large', { size: sizeText(2 ** (OFFSET_BITS + INDEX_BITS * (entry.level - 1)), t) })}</span>`;
}

/** The value as software writes it: 64 bits, their upper half only where there is something in it. */
function valueOf({ words }: Entry): TemplateResult {
  const [low = 0, high = 0] = words ?? [];
  return html`<span class="zero prefix">0x</span>${high ? html`${hex(high, 1)}·` : nothing}${hex(low)}`;
}

/** Rights and flags: set ones in ink, clear ones stepped back, the one that refuses in reverse. */
function bitsOf({ bits, number }: Entry, walk: DmaWalk, isAll: boolean): TemplateResult {
  const decides = (name: string): boolean => walk.outcome.kind === 'fault' && walk.missing?.entry === number && walk.missing.bit === name;
  const shown = bits.filter(
    (b) => isAll || decides(b.name) || !QUIET.has(b.name) || (b.value !== 0 && b.name !== 'DID' && b.name !== 'AW'),
  );
  return html`<span class="bits">${shown.map((b) => {
    if (decides(b.name)) return html`<b class="failed">${b.name}=${b.value} ✕</b>`;
    const isNumber = b.name === 'TT' || b.name === 'AW' || b.name === 'DID';
    return html`<span class=${b.value || isNumber ? 'on' : 'off'}>${b.name}${isNumber ? `=${b.value}` : ''}</span>`;
  })}</span>`;
}

function passed({ t }: DmaDrawing): TemplateResult {
  return html`<div class="cell passed"><span class="line"></span><span class="visually-hidden">${t('walk.notReached')}</span></div>`;
}

function ahead({ t }: DmaDrawing): TemplateResult {
  return html`<div class="cell ahead"><span class="ring"></span><span class="line"></span><span class="lines"><span class="note">${t('walk.notReached')}</span></span></div>`;
}

/** The page, and the place in it. */
function endOf({ walk, t }: DmaDrawing): TemplateResult {
  const { outcome, request } = walk;
  const leaf = walk.entries.find((e) => e.isLeaf)?.level ?? 1;
  const width = OFFSET_BITS + INDEX_BITS * (leaf - 1);
  const offset = request.address % 2 ** width;
  const isPlain = walk.context === null || walk.context.isPassThrough;
  const head = headOf({
    name: t('iommu.page'),
    note: isPlain ? '' : `+ ${hexText(offset, leaf === 1 ? 3 : 1)}`,
    bits: isPlain || width > OFFSET_BITS ? null : { value: offset, width: OFFSET_BITS, low: 0 },
  });
  const access = t(request.isWrite ? 'walk.write' : 'walk.read');
  if (outcome.kind === 'fault' || outcome.kind === 'message') {
    return html`<li class="step">${head}<div class="cell end"><span class="ring"></span><span class="lines"><span class="never">${access}</span><span class="note">${t('walk.notReached')}</span></span></div></li>`;
  }
  return html`<li class="step">${head}<div class="cell end reached"><span class="ring"></span><span class="lines">${address('h', outcome.host)}<span class="never">${access} · ${TARGETS[outcome.target]}</span></span></div></li>`;
}

/** `01:00.2`, as mono text. */
export function routing(rid: number): TemplateResult {
  return html`<span class="mono rid">${formatRoutingId(rid)}</span>`;
}
