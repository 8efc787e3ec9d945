/** How one card is made several functions: SR-IOV's arithmetic, and the partitions of a port with their shares of the wire. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatRoutingId } from '../../arch/pci.ts';
import type { PartitionView, PortView, SrIovView } from '../../api/protocol.ts';
import { grouped } from '../reading.ts';
import { sizeText } from '../widgets/bands.ts';
import { address, hexText } from '../widgets/number.ts';
import type { PciDrawing } from './pci-parts.ts';

/** What the capability says, and the routing ID and windows of each VF that follow. */
export function sriovPage(drawing: PciDrawing, sriov: SrIovView): TemplateResult {
  const { t } = drawing;
  return html`<p class="sentence">${sriov.isEnabled ? t('pci.sriov.on', { n: Math.min(sriov.numVfs, sriov.totalVfs), total: sriov.totalVfs }) : t('pci.sriov.off')}
      ${sriov.isEnabled && !sriov.isMemoryEnabled ? t('pci.sriov.noMemory') : nothing} ${sriov.isEnabled ? html`<span class="note">${t('pci.sriov.locked')}</span>` : nothing}</p>
    ${words(drawing, sriov)}
    ${drawing.isTable ? vfTable(drawing, sriov) : html`${routingIds(drawing, sriov)}${slices(drawing, sriov)}`}`;
}

function words({ t }: PciDrawing, s: SrIovView): TemplateResult {
  const rows = [
    ['InitialVFs', s.initialVfs, t('pci.sriov.initial')],
    ['TotalVFs', s.totalVfs, t('pci.sriov.total')],
    ['NumVFs', s.numVfs, t('pci.sriov.num')],
    ['first VF offset', s.firstOffset, t('pci.sriov.offset')],
    ['VF stride', s.stride, t('pci.sriov.stride')],
    ['VF device ID', hexText(s.vfDevice, 4), t('pci.sriov.device')],
    ['page size', s.pageSize === 0 ? '–' : sizeText(s.pageSize, t), t('pci.sriov.page')],
  ] as const;
  return html`<dl class="register-words">${rows.map(
    ([name, value, meaning]) =>
      html`<div><dt lang="en">${name}</dt><dd><b class="mono">${value}</b></dd><dd class="note">${meaning}</dd></div>`,
  )}</dl>`;
}

/** `01:00.2 = 01:00.0 + 1 + (2 − 1) × 1`, a line for each, as the bus is numbered. */
function routingIds({ fn, t }: PciDrawing, { vfs, firstOffset, stride }: SrIovView): TemplateResult {
  return html`<h2 class="sub">${t('pci.sriov.rids')} <span class="note">${t('pci.sriov.ridRule')}</span></h2>
    <ol class="rids"><li class="pf"><span class="dot">PF</span><b class="mono">${formatRoutingId(fn.routingId)}</b></li>${vfs.map(
      (vf) =>
        html`<li class=${vf.isThere ? '' : 'absent'}><span class="dot">${vf.number}</span><b class="mono">${formatRoutingId(vf.routingId)}</b> <span class="mono sum">= ${formatRoutingId(fn.routingId)} + ${firstOffset} + (${vf.number} − 1) × ${stride}</span>${vf.isThere ? nothing : html`<span class="note">${t('pci.sriov.absent')}</span>`}</li>`,
    )}</ol>`;
}

/** Each VF BAR as a bar, cut into the shares of the VFs. */
function slices({ t }: PciDrawing, { bars, vfs }: SrIovView): TemplateResult {
  return html`${bars.map(
    (
      { index, share },
      i,
    ) => html`<h2 class="sub">${t('pci.sriov.slices', { n: index, size: sizeText(share, t) })} <span class="note">${t('pci.sriov.sliceRule', { size: hexText(share, 1) })}</span></h2>
      <ol class="slices">${vfs.map(
        (vf) =>
          html`<li class=${vf.isThere ? '' : 'absent'}><span class="slice"><b>VF ${vf.number}</b></span>${address('h', vf.shares[i])}</li>`,
      )}</ol>`,
  )}`;
}

function vfTable({ fn, t }: PciDrawing, { vfs, bars, firstOffset, stride }: SrIovView): TemplateResult {
  return html`<table class="records"><thead><tr><th scope="col">${t('pci.column.vf')}</th><th scope="col">${t('pci.column.rid')}</th>${bars.map(({ index }) => html`<th scope="col">${t('pci.column.share', { n: index })}</th>`)}<th scope="col">${t('pci.column.state')}</th></tr></thead><tbody>${vfs.map(
    (vf) =>
      html`<tr><th scope="row">${vf.number}</th><td>${formatRoutingId(vf.routingId)} = ${formatRoutingId(fn.routingId)} + ${firstOffset} + ${vf.number - 1} × ${stride}</td>${vf.shares.map((base) => html`<td>${address('h', base)}</td>`)}<td class="sans">${t(vf.isThere ? 'pci.sriov.enable' : 'pci.sriov.absent')}</td></tr>`,
  )}</tbody></table>`;
}

// Partitions -------------------------------------------------------------------------------------------------------------------------------
/** The partitions of a port: what each moved, between what it is guaranteed and what it may have. */
export function partitionsPage(drawing: PciDrawing, port: PortView): TemplateResult {
  const { t, isTable } = drawing;
  // What the wire could have carried: of this second so far, else of the last one.
  const hasNow = port.partitions.some((p) => p.thisSecond > 0);
  const hasLast = port.partitions.some((p) => p.lastSecond > 0);
  const capacity = port.bytesPerSecond * (hasNow ? port.second : 1);
  const share = (p: PartitionView): number => (100 * (hasNow ? p.thisSecond : p.lastSecond)) / Math.max(1, capacity);
  const when = hasNow
    ? t('pci.npar.thisSecond', { ms: grouped(port.second * 1000) })
    : t(hasLast ? 'pci.npar.lastSecond' : 'pci.npar.idle');
  return html`<h2 class="sub">${t('pci.npar.port', { rate: grouped(port.bytesPerSecond) })}</h2>
    <p class="sentence">${t('pci.npar.rule')}</p><p class="note">${when}</p>
    ${isTable ? partitionTable(drawing, port) : html`<ul class="partitions">${port.partitions.map((p, n) => partition(drawing, p, { n, share: share(p) }))}</ul>`}`;
}

function partition({ fn, t }: PciDrawing, p: PartitionView, { n, share }: { n: number; share: number }): TemplateResult {
  const percent = Math.round(share * 10) / 10;
  const label = t('pci.npar.text', { n, share: percent, min: p.min, max: p.max });
  const isCurrent = p.routingId === fn.routingId;
  return html`<li><div class="line"><b class="mono">${p.routingId === null ? n : formatRoutingId(p.routingId)}</b>${isCurrent ? html`<span class="here-mark" aria-hidden="true"></span>` : nothing}<span class="note">${t('pci.npar.share', { n: percent })}</span><span class="space"></span>
      <span class="note">${t('pci.npar.bytes', { n: grouped(p.bytes) })}${p.waiting > 0 ? ` · ${t('pci.npar.waits', { n: grouped(p.waiting) })}` : ''}${p.dropped > 0 ? ` · ${t('pci.npar.dropped', { n: grouped(p.dropped) })}` : ''}</span></div>
    <svg class="share" role="img" aria-label=${label}>
      <rect class="whole" x="0" y="3" width="100%" height="12" />
      <rect class="allowed" x="${p.min}%" y="3" width="${p.max - p.min}%" height="12" />
      <rect class="moved" x="0" y="6" width="${Math.min(100, percent)}%" height="6" />
      <line class="least" x1="${p.min}%" x2="${p.min}%" y1="0" y2="18" /><line class="most" x1="${p.max}%" x2="${p.max}%" y1="0" y2="18" />
      <text x="${p.min}%" dx="-3" y="28" text-anchor="end">min ${p.min}</text><text x="${p.max}%" dx=${p.max > 85 ? -3 : 3} y="28" text-anchor=${p.max > 85 ? 'end' : 'start'}>max ${p.max}</text>
    </svg></li>`;
}

function partitionTable({ t }: PciDrawing, { partitions }: PortView): TemplateResult {
  return html`<table class="records"><thead><tr>${(['function', 'min', 'max', 'second', 'lastSecond', 'total', 'waiting'] as const).map((k) => html`<th scope="col">${t(`pci.column.${k}`)}</th>`)}</tr></thead><tbody>${partitions.map(
    (p) =>
      html`<tr><th scope="row">${p.routingId === null ? '' : formatRoutingId(p.routingId)}</th><td>${p.min} %</td><td>${p.max} %</td>${[p.thisSecond, p.lastSecond, p.bytes, p.waiting].map((n) => html`<td>${grouped(n)}</td>`)}</tr>`,
  )}</tbody></table>`;
}
