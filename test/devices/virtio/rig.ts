import { VirtioBlock } from '../../../src/devices/virtio/block.ts';
import { VirtioDevice, type VirtioPlace } from '../../../src/devices/virtio/device.ts';
import { PageDisk } from '../../../src/devices/virtio/disk.ts';
import { VIRTIO_MODELS } from '../../../src/devices/virtio/index.ts';
import type { Station } from '../../../src/devices/virtio/link.ts';
import { VirtioMmio } from '../../../src/devices/virtio/mmio.ts';
import type { VirtioModel } from '../../../src/devices/virtio/model.ts';
import { LearningSwitch } from '../../../src/devices/virtio/switch.ts';
import type { PageMap } from '../../../src/time/pages.ts';
import type { Stateful } from '../../../src/time/stateful.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { MmioAccess } from './access.ts';
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

/** A device behind MMIO registers with memory, a clock, an interrupt line, and a driver. */
export class Rig<M extends VirtioModel = VirtioModel> {
  ticks = 0;
  line = false;
  /** Rising edges of the line. */
  edges = 0;
  readonly memory = new MockMemory(MEMORY);
  readonly trace = new Trace(1 << 12);
  readonly outside: Outside;
  readonly model: M;
  readonly device: VirtioDevice;
  readonly mmio: VirtioMmio;
  readonly access: MmioAccess;
  readonly driver: MockDriver;

  constructor(build: (id: string, outside: Outside) => M, place: Partial<VirtioPlace> = {}) {
    const frames: Uint8Array[] = [];
    const station = { receive: (frame: Uint8Array) => void frames.push(frame.slice()) };
    this.outside = { printed: [[], [], [], []], frames, pages: [], station };
    const host = { now: () => this.ticks, rewake: () => {}, memory: this.memory, trace: this.trace };
    this.trace.clock = host.now;
    this.model = build('dev', this.outside);
    this.device = new VirtioDevice(this.model, host, { id: 'dev', number: 7, ...place });
    this.mmio = new VirtioMmio(this.device, { setIrq: (_line, level) => this.setLine(level) }, { base: 0xd000_0000, irq: 5 });
    this.access = new MmioAccess(this.mmio);
    this.driver = new MockDriver(this.access, this.memory);
  }

  /** Lets time pass to `tick`, waking the device at each instant that it asked for. */
  runTo(tick: number): void {
    for (let wake = this.mmio.nextWake(); wake <= tick; wake = this.mmio.nextWake()) {
      this.ticks = Math.max(this.ticks, wake);
      this.mmio.wake(this.ticks);
      if (this.mmio.nextWake() <= this.ticks) throw new Error('the device wants to wake in the past');
    }
    this.ticks = tick;
  }

  /** Until the device has nothing more to do by itself. */
  settle(): void {
    for (let i = 0; this.mmio.nextWake() < Number.POSITIVE_INFINITY; i++) {
      if (i > 100_000) throw new Error('the device never comes to rest');
      this.runTo(this.mmio.nextWake());
    }
  }

  /** A copy of everything that is state. */
  capture(): Captured {
    const { disk } = this;
    return {
      tick: this.ticks,
      line: this.line,
      parts: this.mmio.parts.map((part: Stateful) => part.bytes.slice()),
      memory: this.memory.bytes.slice(),
      pages: disk?.pages ?? null,
    };
  }

  /** Puts a copy into this rig. */
  restore({ tick, line, parts, memory, pages }: Captured): void {
    for (const [i, part] of this.mmio.parts.entries()) part.bytes.set(parts[i]);
    for (const part of this.mmio.parts) part.rebuild();
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
