import {
  F_RING_RESET,
  MMIO_CONFIG,
  MMIO_INTERRUPT_CONFIG,
  MMIO_INTERRUPT_USED,
  MMIO_LEGACY_REGISTERS,
  MMIO_MAGIC,
  MMIO_REGISTERS,
  MMIO_SIZE,
  MMIO_VENDOR,
  MMIO_VERSION,
  type MmioRegisterName,
} from '../../arch/virtio.ts';
import { layout } from '../../base/layout.ts';
import type { MmioHandler } from '../../memory/bus.ts';
import type { Stateful } from '../../time/stateful.ts';
import type { Device, DeviceHost } from '../device.ts';
import type { VirtioDevice } from './device.ts';
import type { VirtioTransport } from './model.ts';
import type { Virtqueue } from './queue.ts';

export const VIRTIO_MMIO_LAYOUT = layout({
  deviceFeaturesSel: 'u32',
  driverFeaturesSel: 'u32',
  queueSel: 'u32',
  shmSel: 'u32',
  interruptStatus: 'u32',
});

export interface MmioPlace {
  /** Host-physical address of the window, a multiple of its size. */
  readonly base: number;
  /** Interrupt line. Level-triggered: the driver, or firmware, sets it so in ELCR. */
  readonly irq: number;
}

/** Meanings of the registers. A register that is absent here reads 0, or swallows what is written. */
interface Register {
  readonly read?: (mmio: VirtioMmio) => number;
  readonly write?: (mmio: VirtioMmio, value: number) => void;
}

/** The MMIO transport, version 2, of one device. virtio 1.2, "Virtio Over MMIO". Map it: `bus.mapMmio(mmio.base, mmio.size, mmio)`. */
export class VirtioMmio implements Device, MmioHandler, VirtioTransport {
  readonly id: string;
  readonly title: string;
  readonly ports = [] as const;
  readonly registers = [] as const;
  readonly base: number;
  readonly size = MMIO_SIZE;
  readonly irq: number;
  readonly device: VirtioDevice;
  /** Everything whose bytes are the state of transport and device. */
  readonly parts: readonly Stateful[];
  readonly layout = VIRTIO_MMIO_LAYOUT;
  readonly bytes = new Uint8Array(VIRTIO_MMIO_LAYOUT.size);
  readonly state = VIRTIO_MMIO_LAYOUT.view(this.bytes);
  private readonly host: Pick<DeviceHost, 'setIrq'>;

  constructor(device: VirtioDevice, host: Pick<DeviceHost, 'setIrq'>, place: MmioPlace) {
    this.id = `${device.id}.mmio`;
    this.title = device.model.type.title;
    this.device = device;
    this.host = host;
    this.base = place.base;
    this.irq = place.irq;
    this.parts = [this, ...device.parts];
    device.attach(this);
  }

  rebuild(): void {}

  reset(): void {
    this.bytes.fill(0);
    this.device.powerOn();
  }

  readPort(): number {
    return 0;
  }

  writePort(): void {}

  nextWake(): number {
    return this.device.nextWake();
  }

  wake(now: number): void {
    this.device.wake(now);
    this.drive();
  }

  // Accesses ----------------------------------------------------------------------------------------------------------------------------
  /** "The driver MUST only use 32 bit wide and aligned reads and writes to access the control registers"; narrower ones read 0. */
  read(offset: number, size: 1 | 2 | 4): number {
    if (offset >= MMIO_CONFIG) return this.device.readConfig(offset - MMIO_CONFIG, size);
    return size === 4 ? (BY_OFFSET.get(offset)?.read?.(this) ?? 0) : 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (offset >= MMIO_CONFIG) this.device.writeConfig(offset - MMIO_CONFIG, size, value);
    else if (size === 4) BY_OFFSET.get(offset)?.write?.(this, value >>> 0);
  }

  /** The queue that QueueSel selects, if there is one. */
  get selected(): Virtqueue | undefined {
    return this.device.queueAt(this.state.queueSel);
  }

  /** InterruptACK. */
  acknowledge(bits: number): void {
    this.state.interruptStatus &= ~bits;
    this.drive();
  }

  // Notifications -----------------------------------------------------------------------------------------------------------------------
  notifyUsed(): void {
    this.raise(MMIO_INTERRUPT_USED);
  }

  notifyConfig(): void {
    this.raise(MMIO_INTERRUPT_CONFIG);
  }

  afterReset(): void {
    this.acknowledge(-1);
  }

  private raise(bit: number): void {
    this.state.interruptStatus |= bit;
    this.drive();
  }

  /** "A single, dedicated interrupt signal, which is asserted when at least one of the bits" of InterruptStatus is set. */
  private drive(): void {
    this.host.setIrq(this.irq, this.state.interruptStatus !== 0);
  }
}

const REGISTERS: Readonly<Record<MmioRegisterName, Register>> = {
  MagicValue: { read: () => MMIO_MAGIC },
  Version: { read: () => MMIO_VERSION },
  DeviceID: { read: ({ device }) => device.model.type.id },
  VendorID: { read: () => MMIO_VENDOR },
  DeviceFeatures: { read: ({ device, state }) => device.deviceFeatures(state.deviceFeaturesSel) },
  DeviceFeaturesSel: { write: ({ state }, value) => (state.deviceFeaturesSel = value) },
  DriverFeatures: { write: ({ device, state }, value) => device.acceptFeatures(state.driverFeaturesSel, value) },
  DriverFeaturesSel: { write: ({ state }, value) => (state.driverFeaturesSel = value) },
  QueueSel: { write: ({ state }, value) => (state.queueSel = value) },
  QueueNumMax: { read: ({ selected }) => selected?.maxSize ?? 0 },
  QueueNum: { write: ({ selected }, value) => selected?.setSize(value) },
  QueueReady: { read: ({ selected }) => selected?.state.isReady ?? 0, write: writeReady },
  QueueNotify: { write: ({ device }, value) => device.notify(value) },
  InterruptStatus: { read: ({ state }) => state.interruptStatus },
  InterruptACK: { write: (mmio, value) => mmio.acknowledge(value) },
  Status: { read: ({ device }) => device.status, write: ({ device }, value) => device.writeStatus(value & 0xff) },
  QueueDescLow: { write: ({ selected }, value) => selected?.setAddress('desc', 0, value) },
  QueueDescHigh: { write: ({ selected }, value) => selected?.setAddress('desc', 1, value) },
  QueueDriverLow: { write: ({ selected }, value) => selected?.setAddress('driver', 0, value) },
  QueueDriverHigh: { write: ({ selected }, value) => selected?.setAddress('driver', 1, value) },
  QueueDeviceLow: { write: ({ selected }, value) => selected?.setAddress('device', 0, value) },
  QueueDeviceHigh: { write: ({ selected }, value) => selected?.setAddress('device', 1, value) },
  SHMSel: { write: ({ state }, value) => (state.shmSel = value) },
  // No device here has shared memory: "a length of -1", "a base address of 0xffffffffffffffff".
  SHMLenLow: { read: () => 0xffff_ffff },
  SHMLenHigh: { read: () => 0xffff_ffff },
  SHMBaseLow: { read: () => 0xffff_ffff },
  SHMBaseHigh: { read: () => 0xffff_ffff },
  // A reset takes no time, so that the register always reads 0.
  QueueReset: { read: () => 0, write: writeQueueReset },
  ConfigGeneration: { read: ({ device }) => device.state.generation },
};

const BY_OFFSET: ReadonlyMap<number, Register> = new Map<number, Register>([
  ...MMIO_REGISTERS.map(({ offset, name }) => [offset, REGISTERS[name]] as const),
  ...MMIO_LEGACY_REGISTERS.map(({ offset }) => [offset, legacy(offset)] as const),
]);

function writeReady({ device, selected }: VirtioMmio, value: number): void {
  if (selected === undefined) return;
  if (value & 1) device.enableQueue(selected);
  else selected.disable();
}

function writeQueueReset({ device, selected }: VirtioMmio, value: number): void {
  if (value === 1 && device.has(F_RING_RESET)) selected?.reset();
}

function legacy(offset: number): Register {
  return { write: ({ device }) => device.refuse({ reason: 'legacyRegister', value: offset, limit: 0 }) };
}
