/** Stops in words: what is listed, and what a button that takes one away is called. */
import { html, type TemplateResult } from 'lit';
import { vmcsField } from '../../arch/vmcs-fields.ts';
import { VIRTIO_TYPES } from '../../arch/virtio-devices.ts';
import type { DeviceEvent, VirtioView, Watchpoint } from '../../api/protocol.ts';
import { deviceNumber, tracedDevice } from '../../trace/schema.ts';
import type { MessageKey } from '../i18n/en.ts';
import { reasonName } from '../reading.ts';
import type { ReadersStop } from '../stops.ts';
import { address, hexText } from '../widgets/number.ts';

/** What words are made with. */
export interface Naming {
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  /** Name of the code at an address, or ''. */
  readonly labelAt: (linear: number) => string;
  readonly virtio: readonly Pick<VirtioView, 'traceWord' | 'vm' | 'type' | 'title'>[];
}

const USES = { write: 'stops.writes', read: 'stops.reads', any: 'stops.anyUse' } as const;

/** As type. */
export function stopType(stop: ReadersStop, naming: Naming): TemplateResult {
  const { t, labelAt } = naming;
  switch (stop.kind) {
    case 'code':
      return html`${address('v', stop.linear)}<span class="note">${labelAt(stop.linear)}</span>`;
    case 'data':
      return html`${address(stop.point.space, stop.point.address)}<span class="note">${useText(stop.point, t)}</span>`;
    case 'field':
      return html`<span class="mono">${hexText(stop.encoding, 4)}</span><span lang="en">${vmcsField(stop.encoding)?.name ?? ''}</span>`;
    case 'event':
      return html`<span>${eventText(stop.event, naming)}</span>`;
    case 'exit':
      return html`<span class="mono">${stop.reason}</span><span lang="en">${reasonName(stop.reason)}</span>`;
  }
}

/** As text. */
export function stopText(stop: ReadersStop, naming: Naming): string {
  switch (stop.kind) {
    case 'code':
      return `v:${hexText(stop.linear)} ${naming.labelAt(stop.linear)}`.trim();
    case 'data':
      return `${stop.point.space}:${hexText(stop.point.address)}, ${useText(stop.point, naming.t)}`;
    case 'field':
      return vmcsField(stop.encoding)?.name ?? hexText(stop.encoding, 4);
    case 'event':
      return eventText(stop.event, naming);
    case 'exit':
      return reasonName(stop.reason);
  }
}

function useText({ length, access }: Watchpoint, t: Naming['t']): string {
  const bytes = length === 1 ? t('stops.byte') : t('stops.bytes', { n: length });
  return `${bytes}, ${t(USES[access])}`;
}

function eventText(event: DeviceEvent, { t, virtio }: Naming): string {
  switch (event.on) {
    case 'access':
      return t('stops.said.access', { device: t(`device.${event.device}`), access: t(`stops.${event.access}`) });
    case 'interrupt':
      return t(`stops.said.${event.phase}`, { vector: hexText(event.vector, 2) });
    case 'queue': {
      const operation = t(`stops.operation.${event.operation}`);
      if (event.device === null) return t('stops.said.anyQueue', { operation });
      const device = virtio.find((view) => numberOf(view) === event.device);
      return t('stops.said.queue', { device: device ? virtioText(device, t) : `virtio ${event.device}`, operation });
    }
    case 'dma':
      return t(`stops.said.dma.${event.outcome}`);
    case 'balloon':
      return t('stops.said.balloon');
  }
}

/** `vm0 Disk (virtio-blk)`. */
export function virtioText({ vm, type, title }: Naming['virtio'][number], t: Naming['t']): string {
  const known = VIRTIO_TYPES.find(({ name }) => name === type)?.name;
  return `${vm === null ? '' : `vm${vm} `}${known ? t(`virtio.type.${known}`) : title}`;
}

/** What device events call it. */
export function numberOf({ traceWord }: Pick<VirtioView, 'traceWord'>): number {
  const { vm, place } = tracedDevice(traceWord);
  return deviceNumber(vm, place);
}
