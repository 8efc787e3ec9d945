/** The track of devices: virtqueues and their status, ports and windows that the processor reached, DMA, and what an IOMMU refused. */
import { pcName } from '../../arch/pc-map.ts';
import { formatRoutingId } from '../../arch/pci.ts';
import type { DmaRecord, PortRecord } from '../fine-history.ts';
import { type QueueRecord, type RefusalRecord, type StatusRecord, type VfRecord, within } from '../history.ts';
import { translate } from '../i18n/messages.ts';
import { hexText } from '../widgets/number.ts';
import { say } from '../widgets/sentence.ts';
import { merged, type Source, type Told, track } from './timeline-marks.ts';

type DeviceRecord = QueueRecord | StatusRecord | RefusalRecord | VfRecord | PortRecord | DmaRecord;

/** Names beside a mark; the rest is told on hover. */
const MOST_NAMES = 3;

/** See the comment of the file. */
export const DEVICE_TRACK = track<DeviceRecord>({
  ...{ id: 'devices', title: 'time.devices', legend: 'time.devices.legend', gap: 2 },
  presence: ({ history: h, has }) => {
    const count = h.queues.length + h.statuses.length + h.ports.length + h.dma.length + h.refusals.length + h.vfs.length;
    return count > 0 || has.includes('virtio') ? 'full' : 'empty';
  },
  items: ({ history: h, range }) => {
    const lists: readonly (readonly DeviceRecord[])[] = [h.statuses, h.queues, h.refusals, h.vfs, h.ports, h.dma];
    return merged(...lists.map((list) => within(list, range.from - 1, range.to)));
  },
  mark: (items, source) => ({ glyph: 'bar', label: labelOf(items, source) }),
  tell: (item) => told(item),
});

/** Whoever acted, each once, with how often. */
function labelOf(items: readonly DeviceRecord[], source: Source): string {
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = nameOf(item, source);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (counts.size > MOST_NAMES) break;
  }
  const names = [...counts].map(([name, count]) => (count > 1 ? `${name} ${count}` : name));
  return names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(' ')} …` : names.join(' ');
}

function nameOf(item: DeviceRecord, { language }: Source): string {
  if ('queue' in item && 'operation' in item) return translate(language, `time.device.${item.operation}`);
  if ('status' in item) return translate(language, item.reason ? 'time.device.broken' : 'time.device.status');
  if ('isMemory' in item) return pcName(item.address, item.isMemory) || hexText(item.address, item.isMemory ? 8 : 3);
  if ('reason' in item) return '× DMA';
  return 'first' in item ? 'VF' : 'DMA';
}

function told(item: DeviceRecord): Pick<Told, 'what' | 'detail'> {
  if ('queue' in item && 'operation' in item) {
    const { operation, queue, index, length } = item;
    const detail = say(`virtio.log.${operation}`, { index, length });
    return { what: say('time.queue', { what: say(`time.device.${operation}`), queue }), detail };
  }
  if ('status' in item) return { what: say('time.status'), detail: say('exit.plain', { text: { mono: hexText(item.status, 2) } }) };
  if ('isMemory' in item) return { what: say('exit.plain', { text: operationOf(item) }), detail: reached(item) };
  if ('first' in item) return { what: say('time.functions'), detail: say('time.functionsNow', { n: item.count }) };
  const place = { requester: { mono: formatRoutingId(item.requester) }, address: { mono: hexText(item.address) } };
  if ('reason' in item) return { what: say('time.dmaRefused'), detail: say(item.isWrite ? 'time.dma.write' : 'time.dma.read', place) };
  return {
    what: say('exit.plain', { text: 'DMA' }),
    detail: say(item.isWrite ? 'time.dma.wrote' : 'time.dma.has', { ...place, n: item.size }),
  };
}

function operationOf({ isMemory, isWrite }: PortRecord): string {
  if (isMemory) return isWrite ? 'MMIO W' : 'MMIO R';
  return isWrite ? 'OUT' : 'IN';
}

function reached({ address, isMemory, isWrite, value, size }: PortRecord): Told['detail'] {
  const where = { mono: `${pcName(address, isMemory)} ${hexText(address, isMemory ? 8 : 3)}`.trim() };
  return say(isWrite ? 'time.portWrite' : 'time.portRead', { where, value: { mono: hexText(value, 2 * size) } });
}
