import { assert } from '../base/assert.ts';
import { DEVICE_OPERATIONS, TRACE_KIND } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';
import type { Device } from './device.ts';

const IN = DEVICE_OPERATIONS.indexOf('IN');
const OUT = DEVICE_OPERATIONS.indexOf('OUT');
const PORTS = 0x10000;

/** The I/O bus: which device answers at which port. An absent port reads all ones and swallows writes. */
export class Ports {
  private readonly devices: readonly Device[];
  private readonly fine: Trace;
  /** Per port, the device's place in the list plus 1; and the end of its range and its width. */
  private readonly owner = new Uint8Array(PORTS);
  private readonly end = new Uint32Array(PORTS);
  private readonly width = new Uint8Array(PORTS);

  /** Throws nothing; two devices at one port is a broken invariant. */
  constructor(devices: readonly Device[], fine: Trace) {
    this.devices = devices;
    this.fine = fine;
    for (const [i, device] of devices.entries()) {
      for (const range of device.ports) {
        const end = range.first + range.count;
        assert(!this.owner.subarray(range.first, end).some((o) => o !== 0), 'a port belongs to one device');
        this.owner.fill(i + 1, range.first, end);
        this.end.fill(end, range.first, end);
        this.width.fill(range.width ?? 1, range.first, end);
      }
    }
  }

  /** IN. `port` is 16 bits wide and wraps; the result is unsigned and fits `size` (1, 2 or 4). */
  read(port: number, size: number): number {
    if (this.takesWhole(port, size)) return this.readDevice(port, size);
    let value = 0;
    for (let i = 0; i < size; i++) {
      const at = (port + i) & 0xffff;
      value += (this.owner[at] === 0 ? 0xff : this.readDevice(at, 1)) * 2 ** (8 * i);
    }
    return value;
  }

  /** OUT. `value` is unsigned and fits `size`. */
  write(port: number, size: number, value: number): void {
    if (this.takesWhole(port, size)) {
      this.writeDevice(port, size, value);
      return;
    }
    for (let i = 0; i < size; i++) {
      const at = (port + i) & 0xffff;
      if (this.owner[at] !== 0) this.writeDevice(at, 1, (value >>> (8 * i)) & 0xff);
    }
  }

  private takesWhole(port: number, size: number): boolean {
    return size <= this.width[port] && port + size <= this.end[port];
  }

  private readDevice(port: number, size: number): number {
    const index = this.owner[port] - 1;
    const value = this.devices[index].readPort(port, size);
    this.fine.emit(TRACE_KIND.device, index, IN, port, value, size);
    return value;
  }

  private writeDevice(port: number, size: number, value: number): void {
    const index = this.owner[port] - 1;
    this.fine.emit(TRACE_KIND.device, index, OUT, port, value, size);
    this.devices[index].writePort(port, size, value);
  }
}
