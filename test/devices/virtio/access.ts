import { MMIO_REGISTERS, type MmioRegisterName } from '../../../src/arch/virtio.ts';
import { COMMON_FIELDS, type CommonFieldName, VIRTIO_PCI_CAPS } from '../../../src/arch/virtio-pci.ts';
import type { PciEndpoint } from '../../../src/devices/pci/endpoint.ts';
import type { DecodeTarget } from '../../../src/devices/pci/function.ts';
import type { MmioHandler } from '../../../src/memory/bus.ts';

/** Where a queue lies in guest memory. */
export interface QueuePlace {
  readonly size: number;
  readonly desc: number;
  readonly driver: number;
  readonly device: number;
}

/** What a driver does to a device, whatever the transport. */
export interface DriverAccess {
  readonly deviceId: number;
  status: number;
  features(select: number): number;
  accept(select: number, value: number): void;
  /** 0 where there is no such queue. */
  queueMax(queue: number): number;
  setQueue(queue: number, place: QueuePlace): void;
  isReady(queue: number): boolean;
  resetQueue(queue: number): void;
  notify(queue: number): void;
  /** Causes of the interrupt; they are acknowledged. */
  takeInterrupts(): number;
  config(offset: number, size: 1 | 2 | 4): number;
  setConfig(offset: number, size: 1 | 2 | 4, value: number): void;
  readonly generation: number;
}

const OFFSET = Object.fromEntries(MMIO_REGISTERS.map(({ name, offset }) => [name, offset])) as Record<MmioRegisterName, number>;

/** A driver's hands on MMIO registers. */
export class MmioAccess implements DriverAccess {
  private readonly window: MmioHandler;

  constructor(window: MmioHandler) {
    this.window = window;
  }

  get(name: MmioRegisterName): number {
    return this.window.read(OFFSET[name], 4);
  }

  set(name: MmioRegisterName, value: number): void {
    this.window.write(OFFSET[name], 4, value >>> 0);
  }

  get deviceId(): number {
    return this.get('DeviceID');
  }

  get status(): number {
    return this.get('Status');
  }

  set status(value: number) {
    this.set('Status', value);
  }

  features(select: number): number {
    this.set('DeviceFeaturesSel', select);
    return this.get('DeviceFeatures');
  }

  accept(select: number, value: number): void {
    this.set('DriverFeaturesSel', select);
    this.set('DriverFeatures', value);
  }

  queueMax(queue: number): number {
    this.set('QueueSel', queue);
    return this.get('QueueNumMax');
  }

  setQueue(queue: number, { size, desc, driver, device }: QueuePlace): void {
    this.set('QueueSel', queue);
    this.set('QueueNum', size);
    this.set('QueueDescLow', desc);
    this.set('QueueDescHigh', Math.floor(desc / 0x1_0000_0000));
    this.set('QueueDriverLow', driver);
    this.set('QueueDriverHigh', Math.floor(driver / 0x1_0000_0000));
    this.set('QueueDeviceLow', device);
    this.set('QueueDeviceHigh', Math.floor(device / 0x1_0000_0000));
    this.set('QueueReady', 1);
  }

  isReady(queue: number): boolean {
    this.set('QueueSel', queue);
    return this.get('QueueReady') === 1;
  }

  resetQueue(queue: number): void {
    this.set('QueueSel', queue);
    this.set('QueueReset', 1);
  }

  notify(queue: number): void {
    this.set('QueueNotify', queue);
  }

  takeInterrupts(): number {
    const causes = this.get('InterruptStatus');
    this.set('InterruptACK', causes);
    return causes;
  }

  config(offset: number, size: 1 | 2 | 4): number {
    return this.window.read(0x100 + offset, size);
  }

  setConfig(offset: number, size: 1 | 2 | 4, value: number): void {
    this.window.write(0x100 + offset, size, value);
  }

  get generation(): number {
    return this.get('ConfigGeneration');
  }
}

/** A driver's hands on a PCI function: finds the structures by their capabilities, as the standard asks, and interrupts by INTx. */
export class PciAccess implements DriverAccess {
  readonly endpoint: PciEndpoint;
  private readonly bars: ReadonlyMap<number, DecodeTarget>;
  /** By cfg_type: BAR, offset, and what follows the capability. */
  private readonly structures = new Map<number, { readonly bar: number; readonly offset: number; readonly extra: number }>();

  /** Memory decoding is on. */
  constructor(endpoint: PciEndpoint) {
    this.endpoint = endpoint;
    this.bars = new Map(endpoint.decodes().map(({ bar, target }) => [bar, target]));
    for (let at = endpoint.readConfig(0x34, 1); at !== 0; at = endpoint.readConfig(at + 1, 1)) {
      if (endpoint.readConfig(at, 1) !== 9) continue;
      const type = endpoint.readConfig(at + 3, 1);
      const extra = endpoint.readConfig(at + 2, 1) > 16 ? endpoint.readConfig(at + 16, 4) : 0;
      if (!this.structures.has(type)) {
        this.structures.set(type, { bar: endpoint.readConfig(at + 4, 1), offset: endpoint.readConfig(at + 8, 4), extra });
      }
    }
  }

  get(name: CommonFieldName): number {
    const { offset, size } = field(name);
    return this.read(VIRTIO_PCI_CAPS.COMMON_CFG, offset, size);
  }

  set(name: CommonFieldName, value: number): void {
    const { offset, size } = field(name);
    this.write(VIRTIO_PCI_CAPS.COMMON_CFG, offset, size, value % 2 ** (8 * size));
  }

  get deviceId(): number {
    return this.endpoint.readConfig(2, 2) - 0x1040;
  }

  get status(): number {
    return this.get('device_status');
  }

  set status(value: number) {
    this.set('device_status', value);
  }

  features(select: number): number {
    this.set('device_feature_select', select);
    return this.get('device_feature');
  }

  accept(select: number, value: number): void {
    this.set('driver_feature_select', select);
    this.set('driver_feature', value >>> 0);
  }

  queueMax(queue: number): number {
    this.set('queue_select', queue);
    return this.get('queue_size');
  }

  setQueue(queue: number, { size, desc, driver, device }: QueuePlace): void {
    this.set('queue_select', queue);
    this.set('queue_size', size);
    for (const [part, address] of [
      ['desc', desc],
      ['driver', driver],
      ['device', device],
    ] as const) {
      this.set(`queue_${part}_low`, address % 2 ** 32);
      this.set(`queue_${part}_high`, Math.floor(address / 2 ** 32));
    }
    this.set('queue_enable', 1);
  }

  isReady(queue: number): boolean {
    this.set('queue_select', queue);
    return this.get('queue_enable') === 1;
  }

  resetQueue(queue: number): void {
    this.set('queue_select', queue);
    this.set('queue_reset', 1);
  }

  notify(queue: number): void {
    this.set('queue_select', queue);
    const { extra } = this.structure(VIRTIO_PCI_CAPS.NOTIFY_CFG);
    this.write(VIRTIO_PCI_CAPS.NOTIFY_CFG, this.get('queue_notify_off') * extra, 2, queue);
  }

  takeInterrupts(): number {
    return this.read(VIRTIO_PCI_CAPS.ISR_CFG, 0, 1);
  }

  config(offset: number, size: 1 | 2 | 4): number {
    return this.read(VIRTIO_PCI_CAPS.DEVICE_CFG, offset, size);
  }

  setConfig(offset: number, size: 1 | 2 | 4, value: number): void {
    this.write(VIRTIO_PCI_CAPS.DEVICE_CFG, offset, size, value);
  }

  get generation(): number {
    return this.get('config_generation');
  }

  private structure(type: number): { readonly bar: number; readonly offset: number; readonly extra: number } {
    const structure = this.structures.get(type);
    if (structure === undefined) throw new Error(`the function has no structure of type ${type}`);
    return structure;
  }

  private read(type: number, offset: number, size: 1 | 2 | 4): number {
    const structure = this.structure(type);
    return this.bars.get(structure.bar)?.read(structure.offset + offset, size) ?? 0;
  }

  private write(type: number, offset: number, size: 1 | 2 | 4, value: number): void {
    const structure = this.structure(type);
    this.bars.get(structure.bar)?.write(structure.offset + offset, size, value);
  }
}

function field(name: CommonFieldName): (typeof COMMON_FIELDS)[number] {
  const found = COMMON_FIELDS.find((f) => f.name === name);
  if (found === undefined) throw new Error(`there is no field ${name}`);
  return found;
}
