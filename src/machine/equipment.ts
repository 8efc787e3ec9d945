/** What the configuration plugs into a machine: virtio devices at their windows and on PCI, network cards, disks, and the switch that joins the network. */
import { ACS_ISOLATION } from '../arch/pci.ts';
import { assert } from '../base/assert.ts';
import type { Device, DeviceHost } from '../devices/device.ts';
import { PciBridge } from '../devices/pci/bridge.ts';
import type { PciBus } from '../devices/pci/bus.ts';
import type { PciEndpoint } from '../devices/pci/endpoint.ts';
import type { PciFabric } from '../devices/pci/fabric.ts';
import { GLASSVISOR_VENDOR } from '../devices/pci/host-bridge.ts';
import { NparNic } from '../devices/pci/npar-nic.ts';
import type { SrIovFunction } from '../devices/pci/sriov.ts';
import { SrIovNic } from '../devices/pci/sriov-nic.ts';
import { VirtioDevice } from '../devices/virtio/device.ts';
import { BusDma } from '../devices/virtio/dma.ts';
import { VIRTIO_MODELS } from '../devices/virtio/index.ts';
import { VirtioMmio } from '../devices/virtio/mmio.ts';
import type { VirtioHost, VirtioModel } from '../devices/virtio/model.ts';
import type { VirtioPci } from '../devices/virtio/pci.ts';
import { createVirtioPci } from '../devices/virtio/pci-description.ts';
import { placeOf, type VirtioMmioPlace } from '../devices/virtio/places.ts';
import { LearningSwitch } from '../devices/virtio/switch.ts';
import type { Bus } from '../memory/bus.ts';
import type { Stateful } from '../time/stateful.ts';
import { TRACE_KIND } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';
import { type Behind, type DeviceSpec, isOnPci } from './device-spec.ts';
import { StoredDisk, storageFor } from './stored-disk.ts';

/** Where the driver of a virtio device finds it. */
export type VirtioLocation =
  | { readonly bus: 'mmio'; readonly base: number; readonly irq: number }
  | { readonly bus: 'pci'; readonly fn: PciEndpoint };

/** A virtio device of the machine. */
export interface VirtioEntry {
  /** `block`; of one on PCI with its device number, `block-pci2`; `network-pci3-vf1`, `network-pci4-p0` of cards with several functions. */
  readonly name: string;
  /** In trace records. */
  readonly number: number;
  readonly device: VirtioDevice;
  readonly transport: VirtioMmio | VirtioPci;
  readonly place: VirtioLocation;
}

/** What the equipment is built into. */
export interface EquipmentPlace {
  readonly host: DeviceHost;
  readonly bus: Bus;
  readonly fabric: PciFabric;
  readonly trace: Trace;
}

type SimpleSpec = Extract<DeviceSpec, { bus?: unknown }>;
type CardSpec = Exclude<DeviceSpec, SimpleSpec>;
type Mac = readonly [number, number, number, number, number, number];

const COLUMNS = 80;
const ROWS = 25;
/** 1 Gbit/s. */
const BYTES_PER_SECOND = 125_000_000;
/** Sources of random bytes begin with this plus their number. */
const SEED = 2;
/** Functions of a device: numbers in trace records, and the last byte of network addresses, are 8 apart. The windows have those of device 0. */
const FUNCTIONS = 8;

/** Bytes for the disks of these devices, behind RAM. */
export function storageOf(specs: readonly DeviceSpec[]): number {
  return specs.reduce((size, spec) => size + (spec.kind === 'block' ? storageFor(spec) : 0), 0);
}

/** Built once for a machine, in the order of the configuration. */
export class Equipment {
  readonly virtio: VirtioEntry[] = [];
  /** Null: there is no network card. */
  readonly network: LearningSwitch | null;
  readonly disks: StoredDisk[] = [];
  /** Those that want to be woken. */
  readonly devices: Device[] = [];
  /** Everything whose bytes are state. */
  readonly parts: Stateful[] = [];
  private readonly place: EquipmentPlace;
  private storage: number;

  constructor(place: EquipmentPlace, specs: readonly DeviceSpec[]) {
    this.place = place;
    this.storage = place.bus.physical.size;
    const isCard = ({ kind }: DeviceSpec): boolean => kind === 'network' || kind === 'sriov-nic' || kind === 'npar-nic';
    this.network = specs.some(isCard) ? new LearningSwitch('network') : null;
    if (this.network !== null) this.parts.push(this.network);
    let onPci = 0;
    for (const spec of specs) {
      if (!isOnPci(spec)) this.addMmio(spec as SimpleSpec);
      else this.addPci(spec, ++onPci);
    }
  }

  /** Where virtio-mmio devices are: no bus leads there that software could search. */
  get windows(): readonly { readonly base: number; readonly irq: number }[] {
    return this.virtio.flatMap(({ place }) => (place.bus === 'mmio' ? [place] : []));
  }

  /** Whether one of them is at work: what it does next may interrupt. Such work ends. */
  get isAtWork(): boolean {
    return this.devices.some((device) => device.nextWake() < Number.POSITIVE_INFINITY);
  }

  // Places -------------------------------------------------------------------------------------------------------------------------------
  private addMmio(spec: SimpleSpec): void {
    const { host, bus } = this.place;
    const { name, slot, base, irq }: VirtioMmioPlace = placeOf(spec.kind);
    const id = `virtio${slot}`;
    const device = new VirtioDevice(
      this.makeModel(spec, id, slot),
      { ...this.virtioHost(), memory: new BusDma(bus) },
      { id, number: slot },
    );
    const transport = new VirtioMmio(device, host, { base, irq });
    bus.mapMmio(base, transport.size, transport);
    this.virtio.push({ name, number: slot, device, transport, place: { bus: 'mmio', base, irq } });
    this.devices.push(transport);
    this.parts.push(...transport.parts);
  }

  private addPci(spec: DeviceSpec, number: number): void {
    const id = `pci${number}`;
    if (spec.kind === 'sriov-nic' || spec.kind === 'npar-nic') {
      this.addCard(spec, id, number);
      return;
    }
    const place = { id, number: FUNCTIONS * number, isBehindIommu: true };
    const { transport, endpoint } = createVirtioPci(this.makeModel(spec, id, place.number), this.virtioHost(), place);
    this.place.fabric.root.attach(number, 0, endpoint);
    this.parts.push(endpoint, ...transport.parts);
    this.addFunction(`${spec.kind}-${id}`, place.number, { transport, fn: endpoint });
  }

  private addCard(spec: CardSpec, id: string, number: number): void {
    assert(this.network !== null, 'a machine with a network card has a network');
    const { bus, device } = this.busFor(spec.behind ?? 'root', id, number);
    const first = FUNCTIONS * number;
    const host = { ...this.virtioHost(), ticksPerSecond: this.place.host.ticksPerSecond };
    const common = { id, number: first, mac: macOf(first), isBehindIommu: true };
    const name = (suffix: string): string => `network-${id}${suffix}`;
    if (spec.kind === 'sriov-nic') {
      const nic = new SrIovNic(host, this.network, { ...common, totalVfs: spec.vfs, byteTicks: this.byteTicks });
      bus.attach(device, 0, nic.pf);
      nic.pf.onVirtualFunctions = () => this.tellVfs(nic.pf);
      this.parts.push(...nic.parts);
      const functions = [nic.pf, ...nic.pf.vfs];
      for (const [n, transport] of nic.transports.entries()) {
        this.addFunction(name(n === 0 ? '' : `-vf${n}`), first + n, { transport, fn: functions[n] });
      }
      return;
    }
    const nic = new NparNic(host, this.network, { ...common, bytesPerSecond: BYTES_PER_SECOND, shares: spec.shares });
    nic.attachTo(bus, device);
    this.parts.push(...nic.parts);
    this.devices.push(nic.port);
    for (const [n, transport] of nic.transports.entries()) this.addFunction(name(`-p${n}`), first + n, { transport, fn: nic.functions[n] });
  }

  private tellVfs({ slot, virtualFunctions: there }: SrIovFunction): void {
    this.place.trace.emit(TRACE_KIND.virtualFunctions, slot?.routingId ?? 0, there.length, there[0]?.slot?.routingId ?? 0);
  }

  private addFunction(name: string, number: number, { transport, fn }: { readonly transport: VirtioPci; readonly fn: PciEndpoint }): void {
    this.virtio.push({ name, number, device: transport.device, transport, place: { bus: 'pci', fn } });
    this.devices.push(transport);
  }

  /** Bus 0 itself, or that of a new port there. */
  private busFor(behind: Behind, id: string, number: number): { readonly bus: PciBus; readonly device: number } {
    const { root } = this.place.fabric;
    if (behind === 'root') return { bus: root, device: number };
    const port = new PciBridge({
      ...{ id: `${id}.rootPort`, title: 'Root port', type: 'rootPort', vendor: GLASSVISOR_VENDOR, device: 0x0002 },
      acs: behind === 'acs-bridge' ? ACS_ISOLATION : 0,
    });
    root.attach(number, 0, port);
    this.parts.push(port);
    return { bus: port.bus, device: 0 };
  }

  // Models -------------------------------------------------------------------------------------------------------------------------------
  private get byteTicks(): number {
    return this.place.host.ticksPerSecond / BYTES_PER_SECOND;
  }

  private virtioHost(): Omit<VirtioHost, 'memory'> {
    const { host, trace } = this.place;
    return { now: () => host.now(), rewake: () => host.rewake(), trace };
  }

  private makeModel(spec: SimpleSpec, id: string, number: number): VirtioModel {
    switch (spec.kind) {
      case 'console':
        return VIRTIO_MODELS.console(id, {
          ports: [{ name: 'console', isConsole: true }],
          ...{ cols: COLUMNS, rows: ROWS, output: (_port, bytes) => this.print(bytes) },
        });
      case 'block':
        return VIRTIO_MODELS.block(id, this.addDisk(spec));
      case 'entropy':
        return VIRTIO_MODELS.entropy(id, SEED + number);
      case 'network':
        assert(this.network !== null, 'a machine with a network device has a network');
        return VIRTIO_MODELS.network(id, this.network, { mac: macOf(number), byteTicks: this.byteTicks });
    }
  }

  private print(bytes: Uint8Array): void {
    for (const byte of bytes) this.place.host.output('virtio', byte);
  }

  private addDisk(spec: Extract<DeviceSpec, { kind: 'block' }>): StoredDisk {
    const disk = new StoredDisk(this.place.bus.physical, this.storage, spec);
    this.storage += storageFor(spec);
    this.disks.push(disk);
    return disk;
  }
}

/** A locally administered address that no other function of the machine has, nor any virtual machine. */
function macOf(number: number): Mac {
  return [0x52, 0x54, 0, 0, 1, number];
}
