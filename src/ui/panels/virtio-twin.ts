/** A virtqueue as tables: what the drawing shows, for those who read or listen. */
import { html, nothing, type TemplateResult } from 'lit';
import type { QueueView, VirtioView } from '../../api/protocol.ts';
import { grouped } from '../reading.ts';
import { address } from '../widgets/number.ts';
import { areaText, configText, type Telling } from './virtio-facts.ts';
import { flagText, linesOf, textOf } from './virtio-table.ts';

/** Descriptors, both rings, counters, status. */
export function queueTables(view: VirtioView, queue: QueueView, telling: Telling): TemplateResult {
  return html`<div class="twin" tabindex="0" role="region" aria-label=${telling.t('virtio.desc')}>
    ${descriptors(view, queue, telling)}${rings(view, queue, telling)}${counters(queue, telling)}${facts(view, telling)}</div>`;
}

function descriptors({ space }: VirtioView, queue: QueueView, { t }: Telling): TemplateResult {
  const heads = (['no', 'owner', 'chain', 'address', 'length', 'flags', 'next', 'text'] as const).map(
    (k) => html`<th scope="col">${t(`virtio.${k}`)}</th>`,
  );
  const rows = linesOf(queue).map((line) => {
    if (line.kind === 'rest')
      return html`<tr><th scope="row">${line.from}–${line.to}</th><td>${t('virtio.legend.free')}</td><td colspan="6"></td></tr>`;
    const { piece, outer } = line;
    return html`<tr class=${outer.owner === 'held' ? 'here-row' : ''}><th scope="row">${line.key}</th><td>${t(`virtio.legend.${outer.owner}`)}</td><td>${outer.head === null ? '' : `${outer.head}·${outer.position}`}</td>
      <td>${address(space, piece.address)}</td><td>${piece.length}</td><td>${flagText(piece)}</td><td>${piece.next}</td><td class="text">${piece.bytes ? textOf(piece.bytes) : nothing}</td></tr>`;
  });
  return html`<table class="records"><caption>${t('virtio.desc')} ${areaText(space, queue.desc)}</caption><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

function rings({ space }: VirtioView, queue: QueueView, { t }: Telling): TemplateResult {
  const { available, used, size } = queue;
  const table = (title: string, at: number, columns: readonly string[], rows: readonly (readonly (string | number)[])[]): TemplateResult =>
    html`<table class="records"><caption>${title} ${areaText(space, at)}</caption><thead><tr>${columns.map((c) => html`<th scope="col">${c}</th>`)}</tr></thead>
      <tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`;
  const word = (name: string, value: number | undefined): (string | number)[] => [
    name,
    value ?? '–',
    value === undefined ? '' : value % size,
  ];
  return html`<div class="pair">${table(
    t('virtio.available'),
    queue.driver,
    [t('virtio.slot'), t('virtio.id'), 'mod'],
    [
      ['flags', available?.flags ?? '–', ''],
      word('idx', available?.idx),
      word(t('virtio.taken'), queue.nextAvail),
      ...(queue.usesEventIdx ? [word('used_event', available?.usedEvent)] : []),
      ...(available?.ring ?? []).map((head, i) => [`ring[${i}]`, head, '']),
    ],
  )}${table(
    t('virtio.used'),
    queue.device,
    [t('virtio.slot'), t('virtio.id'), 'len, mod'],
    [
      ['flags', used?.flags ?? '–', ''],
      word('idx', used?.idx),
      ...(queue.usesEventIdx ? [word('avail_event', used?.availEvent)] : []),
      ...(used?.ring ?? []).map(({ id, length }, i) => [`ring[${i}]`, id, length]),
    ],
  )}</div>`;
}

/** Counters of a queue by their message. */
export const COUNTERS = [
  ['virtio.chains', 'chains'],
  ['virtio.kicks', 'notifications'],
  ['virtio.kicksSaved', 'notificationsSaved'],
  ['virtio.interrupts', 'interrupts'],
  ['virtio.interruptsSaved', 'interruptsSuppressed'],
  ['virtio.bytesRead', 'bytesRead'],
  ['virtio.bytesWritten', 'bytesWritten'],
] as const;

function counters({ counters: c }: QueueView, { t }: Telling): TemplateResult {
  return html`<table class="records"><tbody>${COUNTERS.map(([key, name]) => html`<tr><th scope="row">${t(key)}</th><td>${grouped(c[name])}</td></tr>`)}</tbody></table>`;
}

function facts(view: VirtioView, { t }: Telling): TemplateResult {
  return html`<table class="records"><caption>${t('virtio.config')}</caption><tbody>${view.config.map((c) => html`<tr><th scope="row" lang="en">${c.name}</th><td>${configText(c)}</td></tr>`)}</tbody></table>`;
}
