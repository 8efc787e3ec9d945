import type { PowerHost } from '../../src/devices/acpi.ts';
import type { Channel, Device, DeviceHost } from '../../src/devices/device.ts';

/** A machine made of a clock and a notebook: drives devices by hand and writes down what they ask for. */
export class MockHost implements DeviceHost, PowerHost {
  ticks = 0;
  readonly ticksPerSecond: number;
  readonly lines = new Array<boolean>(16).fill(false);
  /** `[tick, line, level]` of each change. */
  readonly edges: [number, number, boolean][] = [];
  readonly sent: Record<Channel, number[]> = { com1: [], debug: [], virtio: [] };
  readonly exits: number[] = [];
  readonly resets: string[] = [];
  isOff = false;

  constructor(ticksPerSecond = 100_000_000) {
    this.ticksPerSecond = ticksPerSecond;
  }

  now(): number {
    return this.ticks;
  }

  setIrq(line: number, level: boolean): void {
    if (this.lines[line] === level) return;
    this.lines[line] = level;
    this.edges.push([this.ticks, line, level]);
  }

  rewake(): void {}

  output(channel: Channel, byte: number): void {
    this.sent[channel].push(byte);
  }

  debugExit(status: number): void {
    this.exits.push(status);
  }

  powerOff(): void {
    this.isOff = true;
  }

  reset(reason: string): void {
    this.resets.push(reason);
  }

  /** Advances to `tick`, waking `device` at each instant it asked for. */
  runTo(device: Device, tick: number): void {
    for (let wake = device.nextWake(); wake <= tick; wake = device.nextWake()) {
      this.ticks = Math.max(this.ticks, wake);
      device.wake(this.ticks);
      if (device.nextWake() <= this.ticks) throw new Error(`${device.id} wants to wake in the past`);
    }
    this.ticks = tick;
  }
}
