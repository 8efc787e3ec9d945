import { F_RING_RESET, type VirtqueuePartName } from '../../arch/virtio.ts';
import {
  CAP_BAR,
  CAP_EXTRA,
  CAP_OFFSET,
  CAP_SIZE,
  COMMON_FIELDS,
  type CommonFieldName,
  ISR_CONFIG,
  ISR_QUEUE,
  NO_VECTOR,
  NOTIFY_OFF_MULTIPLIER,
  VIRTIO_PCI_BAR,
  VIRTIO_PCI_BAR_SIZE,
  VIRTIO_PCI_STRUCTURES,
  type VirtioPciCap,
} from '../../arch/virtio-pci.ts';
import { layout } from '../../base/layout.ts';
import type { Stateful } from '../../time/stateful.ts';
import type { Device } from '../device.ts';
import type { EndpointModel, PciEndpoint } from '../pci/endpoint.ts';
import { VirtioDevice, type VirtioPlace } from './device.ts';
import type { VirtioHost, VirtioModel, VirtioTransport } from './model.ts';
import type { Virtqueue } from './queue.ts';

/** Queues that any device here has. */
const MOST_QUEUES = 16;

export const VIRTIO_PCI_LAYOUT = layout({
  deviceFeatureSelect: 'u32',
  driverFeatureSelect: 'u32',
  configVector: 'u16',
  queueSelect: 'u16',
  queueVectors: ['u16', MOST_QUEUES],
  isr: 'u8',
});

/** Meanings of the fields of the common configuration. A field that lacks one reads 0, or swallows what is written. */
interface CommonMeaning {
  readonly read: (pci: VirtioPci) => number;
  readonly write?: (pci: VirtioPci, value: number) => void;
}

/** The PCI transport of one device: what lies behind the BAR of a function, which may be an ordinary one, a physical or a virtual one of SR-IOV. Make the
 *  function with `describeVirtioPci` and this as its model, then `connect` both. virtio 1.2, "Virtio Over PCI Bus". */
export class VirtioPci implements EndpointModel, VirtioTransport, Device {
  readonly id: string;
  readonly title: string;
  readonly ports = [] as const;
  readonly registers = [] as const;
  readonly device: VirtioDevice;
  /** Everything whose bytes are the state of transport and device, the function apart. */
  readonly parts: readonly Stateful[];
  readonly layout = VIRTIO_PCI_LAYOUT;
  readonly bytes = new Uint8Array(VIRTIO_PCI_LAYOUT.size);
  readonly state = VIRTIO_PCI_LAYOUT.view(this.bytes);
  private endpoint: PciEndpoint | null = null;

  /** Memory is the function's: through the IOMMU, and only while it masters the bus. */
  constructor(model: VirtioModel, host: Omit<VirtioHost, 'memory'>, place: VirtioPlace) {
    const memory: VirtioHost['memory'] = {
      check: (address, size, isWrite) => this.endpoint?.dma.check(address, size, isWrite) ?? false,
      read: (address, into) => this.endpoint?.dma.read(address, into) ?? false,
      write: (address, from) => this.endpoint?.dma.write(address, from) ?? false,
    };
    this.id = `${place.id}.pci`;
    this.title = model.type.title;
    const wired = { now: () => host.now(), rewake: () => host.rewake(), trace: host.trace, memory };
    this.device = new VirtioDevice(model, wired, place);
    this.parts = [this, ...this.device.parts];
    this.device.attach(this);
    this.powerOn();
  }

  /** The function whose model this is. */
  connect(endpoint: PciEndpoint): void {
    this.endpoint = endpoint;
  }

  rebuild(): void {}

  readPort(): number {
    return 0;
  }

  writePort(): void {}

  nextWake(): number {
    return this.device.nextWake();
  }

  wake(now: number): void {
    this.device.wake(now);
  }

  /** A function is reset with its bus; this is for a list of devices. */
  reset(): void {
    this.endpoint?.reset();
  }

  resetFunction(): void {
    this.powerOn();
    this.device.powerOn();
  }

  // BAR ---------------------------------------------------------------------------------------------------------------------------------
  readBar(bar: number, offset: number, size: 1 | 2 | 4): number {
    if (bar !== VIRTIO_PCI_BAR) return 0;
    const { COMMON_CFG, ISR_CFG, DEVICE_CFG } = VIRTIO_PCI_STRUCTURES;
    if (isIn(offset, COMMON_CFG)) return this.common(offset, size)?.read(this) ?? 0;
    if (isIn(offset, DEVICE_CFG)) return this.device.readConfig(offset - DEVICE_CFG.offset, size);
    return offset === ISR_CFG.offset ? this.takeIsr() : 0;
  }

  writeBar(bar: number, offset: number, size: 1 | 2 | 4, value: number): void {
    if (bar !== VIRTIO_PCI_BAR) return;
    const { COMMON_CFG, DEVICE_CFG, NOTIFY_CFG } = VIRTIO_PCI_STRUCTURES;
    if (isIn(offset, COMMON_CFG)) this.common(offset, size)?.write?.(this, value);
    else if (isIn(offset, DEVICE_CFG)) this.device.writeConfig(offset - DEVICE_CFG.offset, size, value);
    // The address alone says which queue: "queue_notify_off" is its index here.
    else if (isIn(offset, NOTIFY_CFG) && size > 1) this.device.notify(Math.floor((offset - NOTIFY_CFG.offset) / NOTIFY_OFF_MULTIPLIER));
  }

  /** "The driver MUST access each field using the natural access method": other widths meet nothing. */
  private common(offset: number, size: number): CommonMeaning | undefined {
    const field = COMMON_BY_OFFSET.get(offset);
    return field?.size === size ? COMMON[field.name] : undefined;
  }

  /** "Simply reading this register resets it to 0 and causes the device to de-assert the interrupt." */
  private takeIsr(): number {
    const { isr } = this.state;
    this.state.isr = 0;
    this.endpoint?.setIntx(false);
    return isr;
  }

  // Configuration access capability. virtio 1.2, "PCI configuration access capability" ----------------------------------------------------
  beforeConfigRead(offset: number, size: number): void {
    const access = this.windowAt(offset, size);
    if (access) access.config.set32(access.data, this.readBar(access.bar, access.at, access.width));
  }

  afterConfigWrite(offset: number, size: number): void {
    const access = this.windowAt(offset, size);
    if (access) this.writeBar(access.bar, access.at, access.width, access.config.get32(access.data) % 2 ** (8 * access.width));
  }

  /** What pci_cfg_data stands for now, if that is what is accessed and makes sense. */
  private windowAt(offset: number, size: number) {
    const config = this.endpoint?.config;
    const place = config?.template.capabilities.find(({ name }) => name === capabilityName('PCI_CFG'));
    if (config === undefined || place === undefined) return null;
    const data = place.offset + CAP_EXTRA;
    const at = config.get32(place.offset + CAP_OFFSET);
    const width = config.get32(place.offset + CAP_SIZE);
    const bar = config.get8(place.offset + CAP_BAR);
    const isTouched = offset < data + 4 && offset + size > data;
    if (!isTouched || (width !== 1 && width !== 2 && width !== 4)) return null;
    return at % width === 0 && at + width <= VIRTIO_PCI_BAR_SIZE ? ({ config, data, bar, at, width } as const) : null;
  }

  // Notifications -----------------------------------------------------------------------------------------------------------------------
  notifyUsed(queue: number): void {
    this.interrupt(ISR_QUEUE, this.state.queueVectors.at(queue));
  }

  notifyConfig(): void {
    this.interrupt(ISR_CONFIG, this.state.configVector);
  }

  afterReset(): void {
    this.powerOn();
    this.endpoint?.setIntx(false);
  }

  private interrupt(cause: number, vector: number): void {
    const { endpoint, state } = this;
    if (endpoint?.interruptMode === 'msix') {
      // "The device MUST set the Device Configuration Interrupt bit in ISR status before sending a device configuration change notification", in any mode.
      if (cause === ISR_CONFIG) state.isr |= cause;
      if (vector !== NO_VECTOR) endpoint.signal(vector);
    } else {
      state.isr |= cause;
      endpoint?.setIntx(true);
    }
  }

  private powerOn(): void {
    this.bytes.fill(0);
    this.state.configVector = NO_VECTOR;
    for (let queue = 0; queue < MOST_QUEUES; queue++) this.state.queueVectors.set(queue, NO_VECTOR);
  }

  // For the common configuration --------------------------------------------------------------------------------------------------------
  /** The queue that queue_select names, if there is one. */
  get selected(): Virtqueue | undefined {
    return this.device.queueAt(this.state.queueSelect);
  }

  /** "Writing a valid MSI-X Table entry number maps the interrupt; reading NO_VECTOR back means that the device could not." */
  vectorOrNone(vector: number): number {
    return vector < vectorsOf(this.device.model) ? vector : NO_VECTOR;
  }
}

/** One vector for configuration changes, and one for each queue. */
export function vectorsOf(model: VirtioModel): number {
  return 1 + model.queueSizes.length;
}

/** Name of a capability in the function's list. */
export function capabilityName(cap: VirtioPciCap): string {
  return `virtio ${cap}`;
}

function isIn(offset: number, structure: { readonly offset: number; readonly size: number }): boolean {
  return offset >= structure.offset && offset < structure.offset + structure.size;
}

const COMMON_BY_OFFSET = new Map(COMMON_FIELDS.map((field) => [field.offset as number, field]));

const COMMON: Readonly<Record<CommonFieldName, CommonMeaning>> = {
  device_feature_select: {
    read: ({ state }) => state.deviceFeatureSelect,
    write: ({ state }, value) => (state.deviceFeatureSelect = value),
  },
  device_feature: { read: ({ device, state }) => device.deviceFeatures(state.deviceFeatureSelect) },
  driver_feature_select: {
    read: ({ state }) => state.driverFeatureSelect,
    write: ({ state }, value) => (state.driverFeatureSelect = value),
  },
  driver_feature: {
    read: ({ device, state }) => device.driverFeatures(state.driverFeatureSelect),
    write: ({ device, state }, value) => device.acceptFeatures(state.driverFeatureSelect, value),
  },
  config_msix_vector: {
    read: ({ state }) => state.configVector,
    write: (pci, value) => (pci.state.configVector = pci.vectorOrNone(value)),
  },
  num_queues: { read: ({ device }) => device.queues.length },
  device_status: { read: ({ device }) => device.status, write: ({ device }, value) => device.writeStatus(value) },
  config_generation: { read: ({ device }) => device.state.generation & 0xff },
  queue_select: { read: ({ state }) => state.queueSelect, write: ({ state }, value) => (state.queueSelect = value) },
  queue_size: { read: ({ selected }) => selected?.state.size ?? 0, write: ({ selected }, value) => selected?.setSize(value) },
  queue_msix_vector: {
    read: ({ selected, state }) => (selected ? state.queueVectors.at(selected.index) : NO_VECTOR),
    write: (pci, value) => {
      if (pci.selected) pci.state.queueVectors.set(pci.selected.index, pci.vectorOrNone(value));
    },
  },
  // "The driver MUST NOT write a 0 to queue_enable": a 0 changes nothing.
  queue_enable: {
    read: ({ selected }) => selected?.state.isReady ?? 0,
    write: ({ device, selected }, value) => {
      if (selected && value === 1) device.enableQueue(selected);
    },
  },
  queue_notify_off: { read: ({ selected }) => selected?.index ?? 0 },
  ...addressFields('desc'),
  ...addressFields('driver'),
  ...addressFields('device'),
  queue_notify_data: { read: ({ selected }) => selected?.index ?? 0 },
  // A reset takes no time, so that the field always reads 0.
  queue_reset: {
    read: () => 0,
    write: ({ device, selected }, value) => {
      if (value === 1 && device.has(F_RING_RESET)) selected?.reset();
    },
  },
};

type AddressField<P extends VirtqueuePartName> = `queue_${P}_low` | `queue_${P}_high`;

/** The two halves of an area's address. */
function addressFields<P extends VirtqueuePartName>(part: P): Record<AddressField<P>, CommonMeaning> {
  const half = (index: 0 | 1): CommonMeaning => ({
    read: ({ selected }) => selected?.addressHalf(part, index) ?? 0,
    write: ({ selected }, value) => selected?.setAddress(part, index, value),
  });
  return { [`queue_${part}_low`]: half(0), [`queue_${part}_high`]: half(1) } as Record<AddressField<P>, CommonMeaning>;
}
