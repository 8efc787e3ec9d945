import { VirtioBlock } from '../../../src/devices/virtio/block.ts';
import { VirtioDevice, type VirtioPlace } from '../../../src/devices/virtio/device.ts';
import { PageDisk } from '../../../src/devices/virtio/disk.ts';
import { VIRTIO_MODELS } from '../../../src/devices/virtio/index.ts';
import type { Station } from '../../../src/devices/virtio/link.ts';
import { VirtioMmio } from '../../../src/devices/virtio/mmio.ts';
import { createVirtioPci } from '../../../src/devices/virtio/pci-description.ts';
import type { VirtioPci } from '../../../src/devices/virtio/pci.ts';
import type { PciEndpoint } from '../../../src/devices/pci/endpoint.ts';
import type { Device } from '../../../src/devices/device.ts';
import type { MmioHandler } from '../../../src/memory/bus.ts';
import type { VirtioModel } from '../../../src/devices/virtio/model.ts';
import { LearningSwitch } from '../../../src/devices/virtio/switch.ts';
import type { PageMap } from '../../../src/time/pages.ts';
import type { Stateful } from '../../../src/time/stateful.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { type DriverAccess, MmioAccess, PciAccess } from './access.ts';
import { MockDriver } from './driver.ts';
import { MockMemory } from './memory.ts';

export const MEMORY = 1 << 20;
/** Frames of guest memory. */
export const FRAMES = MEMORY / 4096;

/** What the outside of a device saw and did, in order. */
export interface Outside {
  readonly printed: number[][];
  readonly frames: Uint8Array[];
  /** `release 5 1 inflated`, `reclaim 5`, `hint 8 2`. */
  readonly pages: string[];
  /** The other end of the cable. */
  readonly station: Station;
}

export const MODELS = {
  console: (id: string, outside: Outside) =>
    VIRTIO_MODELS.console(id, {
      ports: [
        { name: 'tty', isConsole: true },
        { name: 'agent', isConsole: false },
      ],
      cols: 80,
      rows: 25,
      output: (port, bytes) => outside.printed[port].push(...bytes),
    }),
  block: (id: string) => VIRTIO_MODELS.block(id, new PageDisk(new Uint8Array(0), { sectors: 256 }), { serial: 'disk for tests' }),
  network: (id: string, outside: Outside) => {
    const link = new LearningSwitch('switch');
    link.join(outside.station);
    return VIRTIO_MODELS.network(id, link, { mac: [2, 0, 0, 0, 0, 1], byteTicks: 1 });
  },
  entropy: (id: string) => VIRTIO_MODELS.entropy(id, 42),
  balloon: (id: string, outside: Outside) =>
    VIRTIO_MODELS.balloon(
      id,
      {
        release: (frame, count, reason) => outside.pages.push(`release ${frame} ${count} ${reason}`),
        reclaim: (frame) => outside.pages.push(`reclaim ${frame}`),
        hint: (frame, count) => outside.pages.push(`hint ${frame} ${count}`),
      },
      { frames: FRAMES },
    ),
} as const;

/** State at an instant. */
export interface Captured {
  readonly tick: number;
  readonly line: boolean;
  readonly parts: readonly Uint8Array[];
  readonly memory: Uint8Array;
  readonly pages: PageMap | null;
}

export type ModelName = keyof typeof MODELS;
export const MODEL_NAMES = Object.keys(MODELS) as ModelName[];

export const TRANSPORTS = ['mmio', 'pci'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** A device behind its transport with memory, a clock, an interrupt line, and a driver. */
export class Rig<M extends VirtioModel = VirtioModel> {
  ticks = 0;
  line = false;
  /** Rising edges of the line. */
  edges = 0;
  /** `[address, data]` of interrupts by message. */
  readonly messages: [number, number][] = [];
  readonly memory = new MockMemory(MEMORY);
  readonly trace = new Trace(1 << 12);
  readonly outside: Outside;
  readonly model: M;
  readonly device: VirtioDevice;
  readonly transport: Device;
  /** Transport, function and device. */
  readonly parts: readonly Stateful[];
  readonly access: DriverAccess;
  /** The registers, all of them, and their size. */
  readonly window: MmioHandler;
  readonly windowSize: number;
  readonly driver: MockDriver;
  private readonly mmioTransport: VirtioMmio | null = null;
  private readonly pciTransport: { readonly transport: VirtioPci; readonly endpoint: PciEndpoint } | null = null;

  constructor(build: (id: string, outside: Outside) => M, place: Partial<VirtioPlace> = {}, transport: TransportName = 'mmio') {
    const frames: Uint8Array[] = [];
    const station = { receive: (frame: Uint8Array) => void frames.push(frame.slice()) };
    this.outside = { printed: [[], [], [], []], frames, pages: [], station };
    const host = { now: () => this.ticks, rewake: () => {}, memory: this.memory, trace: this.trace };
    const at = { id: 'dev', number: 7, ...place };
    this.trace.clock = host.now;
    this.model = build('dev', this.outside);
    if (transport === 'mmio') {
      this.device = new VirtioDevice(this.model, host, at);
      const mmio = new VirtioMmio(this.device, { setIrq: (_line, level) => this.setLine(level) }, { base: 0xd000_0000, irq: 5 });
      this.mmioTransport = mmio;
      [this.transport, this.window, this.windowSize, this.parts] = [mmio, mmio, mmio.size, mmio.parts];
      this.access = new MmioAccess(mmio);
    } else {
      const pci = createVirtioPci(this.model, host, at);
      this.pciTransport = pci;
      this.device = pci.transport.device;
      this.attach(pci.endpoint);
      [this.transport, this.windowSize, this.parts] = [pci.transport, 0x4000, [pci.endpoint, ...pci.transport.parts]];
      const [{ target }] = pci.endpoint.decodes();
      this.window = target;
      this.access = new PciAccess(pci.endpoint);
    }
    this.driver = new MockDriver(this.access, this.memory);
  }

  get mmio(): VirtioMmio {
    if (this.mmioTransport === null) throw new Error('this rig is on PCI');
    return this.mmioTransport;
  }

  get registers(): MmioAccess {
    return new MmioAccess(this.mmio);
  }

  get endpoint(): PciEndpoint {
    if (this.pciTransport === null) throw new Error('this rig is on MMIO');
    return this.pciTransport.endpoint;
  }

  /** Causes of an interrupt that the driver has not yet seen. */
  get causes(): number {
    return this.mmioTransport?.state.interruptStatus ?? this.pciTransport?.transport.state.isr ?? 0;
  }

  /** A bus of one function, which is enabled, and whose memory requests above 3 GiB are messages. */
  private attach(endpoint: PciEndpoint): void {
    const dma = {
      check: (address: number, size: number) => this.memory.check(address, size),
      read: (address: number, into: Uint8Array) => this.memory.read(address, into),
      write: (address: number, from: Uint8Array) => {
        if (address < 0xc000_0000 || from.length !== 4) return this.memory.write(address, from);
        this.messages.push([address, new DataView(from.buffer).getUint32(0, true)]);
        return true;
      },
    };
    endpoint.attach({
      ...{ routingId: 8, isAriForwarded: false, dma, decodesChanged: () => {} },
      pinChanged: () => this.setLine(endpoint.isPinAsserted),
      slotFor: () => {
        throw new Error('this function has no virtual ones');
      },
    });
    endpoint.writeConfig(4, 2, 6);
  }

  /** Power off and on again; firmware enables the function, if it is one. */
  powerCycle(): void {
    this.transport.reset();
    this.transport.wake(this.ticks);
    this.pciTransport?.endpoint.writeConfig(4, 2, 6);
  }

  /** Lets time pass to `tick`, waking the device at each instant that it asked for. */
  runTo(tick: number): void {
    for (let wake = this.transport.nextWake(); wake <= tick; wake = this.transport.nextWake()) {
      this.ticks = Math.max(this.ticks, wake);
      this.transport.wake(this.ticks);
      if (this.transport.nextWake() <= this.ticks) throw new Error('the device wants to wake in the past');
    }
    this.ticks = tick;
  }

  /** Until the device has nothing more to do by itself. */
  settle(): void {
    for (let i = 0; this.transport.nextWake() < Number.POSITIVE_INFINITY; i++) {
      if (i > 100_000) throw new Error('the device never comes to rest');
      this.runTo(this.transport.nextWake());
    }
  }

  /** A copy of everything that is state. */
  capture(): Captured {
    const { disk } = this;
    return {
      tick: this.ticks,
      line: this.line,
      parts: this.parts.map((part: Stateful) => part.bytes.slice()),
      memory: this.memory.bytes.slice(),
      pages: disk?.pages ?? null,
    };
  }

  /** Puts a copy into this rig. */
  restore({ tick, line, parts, memory, pages }: Captured): void {
    for (const [i, part] of this.parts.entries()) part.bytes.set(parts[i]);
    for (const part of this.parts) part.rebuild();
    this.memory.bytes.set(memory);
    if (this.disk && pages) this.disk.pages = pages;
    this.line = line;
    this.ticks = tick;
  }

  private get disk(): PageDisk | undefined {
    return this.model instanceof VirtioBlock ? (this.model.disk as PageDisk) : undefined;
  }

  private setLine(level: boolean): void {
    if (level && !this.line) this.edges++;
    this.line = level;
  }
}
