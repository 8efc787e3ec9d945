import { layout } from '../base/layout.ts';
import type { Device, DeviceHost } from './device.ts';

const PORT = 0xf4;
const DEBUG_EXIT_LAYOUT = layout({});

/** QEMU's isa-debug-exit: writing v ends the run with status (v << 1) | 1. Ports F4H to F7H, up to four bytes at once. It has no state. */
export class DebugExit implements Device {
  readonly id = 'debugExit';
  readonly title = 'Debug exit (F4H)';
  readonly isPassive = true;
  readonly layout = DEBUG_EXIT_LAYOUT;
  readonly bytes = new Uint8Array(DEBUG_EXIT_LAYOUT.size);
  readonly ports = [{ first: PORT, count: 4, width: 4 }] as const;
  readonly registers = [{ port: PORT, name: 'exit', access: 'write', meaning: 'ends the run with status 2v + 1' }] as const;
  private readonly host: DeviceHost;

  constructor(host: DeviceHost) {
    this.host = host;
  }

  reset(): void {}

  rebuild(): void {}

  readPort(): number {
    return 0;
  }

  writePort(_port: number, _size: number, value: number): void {
    this.host.debugExit(((value << 1) | 1) >>> 0);
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}
}
