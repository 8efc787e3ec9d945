/** What the configuration plugs into a machine: virtio devices at their windows and on PCI, network cards, disks, and the switch that joins the network. */
import type { Device, DeviceHost } from '../devices/device.ts';
import { VirtioDevice } from '../devices/virtio/device.ts';
import { BusDma } from '../devices/virtio/dma.ts';
import { VIRTIO_MODELS } from '../devices/virtio/index.ts';
import { VirtioMmio } from '../devices/virtio/mmio.ts';
import type { VirtioHost, VirtioModel } from '../devices/virtio/model.ts';
import type { VirtioPci } from '../devices/virtio/pci.ts';
import { placeOf, VIRTIO_PLACES, type VirtioMmioPlace } from '../devices/virtio/places.ts';
import { LearningSwitch } from '../devices/virtio/switch.ts';
import { assert } from '../base/assert.ts';
import type { Bus } from '../memory/bus.ts';
import type { Stateful } from '../time/stateful.ts';
import type { Trace } from '../trace/trace.ts';
import { type DeviceSpec, isOnPci } from './device-spec.ts';
import { StoredDisk, storageFor } from './stored-disk.ts';

/** A virtio device of the machine. */
export interface VirtioEntry {
  /** `block`; of one on PCI, `block 00:02.0`. */
  readonly name: string;
  readonly device: VirtioDevice;
  readonly transport: VirtioMmio | VirtioPci;
  readonly place: { readonly bus: 'mmio'; readonly base: number; readonly irq: number };
}

/** What the equipment is built into. */
export interface EquipmentPlace {
  readonly host: DeviceHost;
  readonly bus: Bus;
  readonly trace: Trace;
}

type SimpleSpec = Extract<DeviceSpec, { bus?: unknown }>;

const COLUMNS = 80;
const ROWS = 25;
/** 1 Gbit/s. */
const BYTES_PER_SECOND = 125_000_000;
/** Locally administered. */
const MAC = [0x52, 0x54, 0, 0, 1] as const;

/** Bytes for the disks of these devices, behind RAM. */
export function storageOf(specs: readonly DeviceSpec[]): number {
  return specs.reduce((size, spec) => size + (spec.kind === 'block' ? storageFor(spec) : 0), 0);
}

/** Built once for a machine, in the order of the configuration. */
export class Equipment {
  readonly virtio: readonly VirtioEntry[];
  /** Null: there is no network card. */
  readonly network: LearningSwitch | null;
  readonly disks: readonly StoredDisk[];
  /** Those that want to be woken. */
  readonly devices: readonly Device[];
  /** Everything whose bytes are state. */
  readonly parts: readonly Stateful[];
  private readonly place: EquipmentPlace;
  private readonly entries: VirtioEntry[] = [];
  private readonly added: StoredDisk[] = [];
  private storage: number;
  private macs = 0;

  constructor(place: EquipmentPlace, specs: readonly DeviceSpec[]) {
    this.place = place;
    this.storage = place.bus.physical.size;
    this.network = specs.some(({ kind }) => kind === 'network') ? new LearningSwitch('network') : null;
    for (const spec of specs) if (!isOnPci(spec)) this.addMmio(spec as SimpleSpec);
    this.virtio = this.entries;
    this.disks = this.added;
    this.devices = this.virtio.map(({ transport }) => transport);
    this.parts = [...(this.network === null ? [] : [this.network]), ...this.virtio.flatMap(({ transport }) => transport.parts)];
  }

  /** Interrupt lines that are level-triggered: those of virtio-mmio devices. */
  get levelLines(): readonly number[] {
    return this.virtio.map(({ place }) => place.irq);
  }

  private addMmio(spec: SimpleSpec): void {
    const { host, bus } = this.place;
    const { name, slot, base, irq }: VirtioMmioPlace = placeOf(spec.kind);
    const id = `virtio${slot}`;
    const virtioHost = { ...this.virtioHost(), memory: new BusDma(bus) };
    const device = new VirtioDevice(this.makeModel(spec, id), virtioHost, { id, number: slot });
    const transport = new VirtioMmio(device, host, { base, irq });
    bus.mapMmio(base, transport.size, transport);
    this.entries.push({ name, device, transport, place: { bus: 'mmio', base, irq } });
  }

  private virtioHost(): Omit<VirtioHost, 'memory'> {
    const { host, trace } = this.place;
    return { now: () => host.now(), rewake: () => host.rewake(), trace };
  }

  private makeModel(spec: SimpleSpec, id: string): VirtioModel {
    const { host } = this.place;
    switch (spec.kind) {
      case 'console': {
        const output = (_port: number, bytes: Uint8Array): void => {
          for (const byte of bytes) host.output('virtio', byte);
        };
        return VIRTIO_MODELS.console(id, { ports: [{ name: 'console', isConsole: true }], cols: COLUMNS, rows: ROWS, output });
      }
      case 'block':
        return VIRTIO_MODELS.block(id, this.addDisk(spec));
      case 'entropy':
        return VIRTIO_MODELS.entropy(id, VIRTIO_PLACES.length + this.entries.length);
      case 'network': {
        assert(this.network !== null, 'a machine with a network device has a network');
        const mac = [...MAC, this.macs++] as const;
        return VIRTIO_MODELS.network(id, this.network, { mac, byteTicks: host.ticksPerSecond / BYTES_PER_SECOND });
      }
    }
  }

  private addDisk(spec: Extract<DeviceSpec, { kind: 'block' }>): StoredDisk {
    const disk = new StoredDisk(this.place.bus.physical, this.storage, spec);
    this.storage += storageFor(spec);
    this.added.push(disk);
    return disk;
  }
}
