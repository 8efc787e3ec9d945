/** The devices of a virtual machine: the chips of a PC, the same classes that the host has, wired to the virtual machine in place of the host. */
import { CgaText } from '../devices/cga-text.ts';
import { DebugConsole } from '../devices/debug-console.ts';
import { DebugExit } from '../devices/debug-exit.ts';
import type { Channel, Device, DeviceHost } from '../devices/device.ts';
import { Pic } from '../devices/pic.ts';
import { Pit } from '../devices/pit.ts';
import { Port61 } from '../devices/port61.ts';
import { Ports } from '../devices/ports.ts';
import { Rtc } from '../devices/rtc.ts';
import { SystemControl } from '../devices/system-control.ts';
import { Uart } from '../devices/uart.ts';
import { ELCR, elcrFor, VIRTIO_PLACES } from '../devices/virtio/places.ts';
import type { MmioHandler } from '../memory/bus.ts';
import type { Stateful } from '../time/stateful.ts';
import { Trace } from '../trace/trace.ts';
import type { Balloon } from './overcommit.ts';
import type { VmVirtio } from './vm-virtio.ts';

/** What its devices ask of a virtual machine. */
export interface VmBoard {
  now(): number;
  readonly ticksPerSecond: number;
  readonly startSeconds: number;
  readonly ramMiB: number;
  output(channel: Channel, byte: number): void;
  debugExit(status: number): void;
  reset(): void;
}

/** As firmware leaves ELCR. */
const LEVEL_LINES = elcrFor(VIRTIO_PLACES.map(({ irq }) => irq));
/** Events that are made up for; of a guest that stood still for longer, the rest is lost, as on any hypervisor. */
const MOST_EVENTS = 4096;

/** A device's registers in guest-physical memory. */
export interface MmioWindow {
  readonly base: number;
  readonly size: number;
  readonly handler: MmioHandler;
}

/** One set of devices, made once for each place of a virtual machine and reset for each that is created there. Only their ports and windows are seen by the guest;
 *  every access is a VM exit. */
export class VmDevices {
  readonly pic: Pic;
  readonly uart: Uart;
  readonly ports: Ports;
  readonly windows: MmioWindow[] = [];
  readonly virtio: VmVirtio;
  /** Null: its guest cannot be asked for memory. */
  readonly balloon: Balloon | null;
  /** Their bytes, under names of this virtual machine. */
  readonly parts: readonly Stateful[];
  private readonly all: readonly Device[];
  /** The instant that they are woken for; -1: the host's. */
  private present = -1;

  constructor(vm: { readonly id: string }, board: VmBoard, makeVirtio: (host: DeviceHost) => VmVirtio) {
    const host = this.makeHost(board);
    this.pic = new Pic(host);
    this.uart = new Uart(host);
    const pit = new Pit(host);
    this.virtio = makeVirtio(host);
    this.balloon = this.virtio.balloon;
    const chips: Device[] = [
      this.pic,
      pit,
      new Rtc(host, board),
      new Port61(host, pit),
      new SystemControl(host),
      this.uart,
      new CgaText(host),
      new DebugConsole(host),
      new DebugExit(host),
    ];
    this.all = [...chips, ...this.virtio.transports];
    for (const transport of this.virtio.transports) {
      this.windows.push({ base: transport.base, size: transport.size, handler: transport });
    }
    // What the guest's ports do is no event of the host's devices.
    this.ports = new Ports(this.all, new Trace(1));
    const ownParts = chips.map((device) => ({
      id: `${vm.id}.${device.id}`,
      layout: device.layout,
      bytes: device.bytes,
      misfit: (bytes: Uint8Array) => device.misfit?.(bytes) ?? '',
      rebuild: () => device.rebuild(),
    }));
    this.parts = [...ownParts, ...this.virtio.transports.flatMap((transport) => transport.parts)];
  }

  /** As after power-on. */
  reset(now: number): void {
    for (const device of this.all) device.reset();
    LEVEL_LINES.forEach((lines, i) => this.ports.write(ELCR + i, 1, lines));
    for (const device of this.all) device.wake(now);
  }

  /** Tick at which one of them does something by itself. */
  nextWake(): number {
    return Math.min(...this.all.map((device) => device.nextWake()));
  }

  /** Tick at which one of them will by itself raise an interrupt that the controllers let through; Infinity: none ever will. */
  nextInterrupt(): number {
    const able = this.all.filter((device) => device.irq !== undefined && this.pic.letsThrough(device.irq));
    return Math.min(...able.map((device) => device.nextWake()));
  }

  /** Lets those act whose time has come, each at its time: a guest that was entered late finds the edges on its interrupt lines all the same. */
  wake(now: number): void {
    for (let events = 0; events < MOST_EVENTS; events++) {
      const next = this.nextWake();
      if (next > now) break;
      this.present = next;
      for (const device of this.all) if (device.nextWake() <= next) device.wake(next);
    }
    this.present = -1;
    for (const device of this.all) if (device.nextWake() <= now) device.wake(now);
  }

  /** The window that a guest-physical address lies in. */
  windowAt(physical: number): MmioWindow | undefined {
    return this.windows.find((w) => physical >= w.base && physical < w.base + w.size);
  }

  private makeHost(board: VmBoard): DeviceHost {
    return {
      now: () => (this.present < 0 ? board.now() : this.present),
      ticksPerSecond: board.ticksPerSecond,
      setIrq: (line, level) => this.pic.setLine(line, level),
      // The hypervisor asks at every VM entry.
      rewake: () => {},
      output: (channel, byte) => board.output(channel, byte),
      debugExit: (status) => board.debugExit(status),
      reset: () => board.reset(),
    };
  }
}
