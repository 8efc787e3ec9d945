import { layout } from '../base/layout.ts';
import type { Device, DeviceHost } from './device.ts';

const PORT = 0xe9;
const DEBUG_CONSOLE_LAYOUT = layout({});

/** The debug console that Bochs introduced: every byte written to port E9H is shown; reading E9H there says that it exists. It has no state. */
export class DebugConsole implements Device {
  readonly id = 'debugConsole';
  readonly title = 'Debug console (E9H)';
  readonly isPassive = true;
  readonly layout = DEBUG_CONSOLE_LAYOUT;
  readonly bytes = new Uint8Array(DEBUG_CONSOLE_LAYOUT.size);
  readonly ports = [{ first: PORT, count: 1 }] as const;
  readonly registers = [{ port: PORT, name: 'console', access: 'read/write', meaning: 'writes a character; reads E9H' }] as const;
  private readonly host: DeviceHost;

  constructor(host: DeviceHost) {
    this.host = host;
  }

  reset(): void {}

  rebuild(): void {}

  readPort(): number {
    return PORT;
  }

  writePort(_port: number, _size: number, value: number): void {
    this.host.output('debug', value);
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}
}
