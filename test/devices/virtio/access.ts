import { MMIO_REGISTERS, type MmioRegisterName } from '../../../src/arch/virtio.ts';
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
