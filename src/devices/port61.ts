import { layout } from '../base/layout.ts';
import type { Device, DeviceHost } from './device.ts';
import { cyclesAt } from './device-time.ts';
import { PIT_HERTZ, type Pit } from './pit.ts';

const GATE = 1 << 0;
/** Gate of channel 2, speaker data, and the two (here meaningless) disables of the parity and channel checks. */
const WRITABLE = 0x0f;
const REFRESH = 1 << 4;
const OUTPUT = 1 << 5;
/** Clock pulses of the interval timer between two memory refreshes. */
const REFRESH_PULSES = 18;

const PORT61_LAYOUT = layout({ control: 'u8' });

/** System control port B: the gate and the output of the timer's speaker channel, and the refresh toggle that old delay loops count. */
export class Port61 implements Device {
  readonly id = 'port61';
  readonly title = 'System control port B (61H)';
  readonly isPassive = true;
  readonly layout = PORT61_LAYOUT;
  readonly bytes = new Uint8Array(PORT61_LAYOUT.size);
  readonly ports = [{ first: 0x61, count: 1 }] as const;
  readonly registers = [
    {
      port: 0x61,
      name: 'control',
      access: 'read/write',
      meaning: 'bit 0 gate of timer channel 2, 1 speaker, 4 refresh toggle, 5 output of channel 2',
    },
  ] as const;
  private readonly state = PORT61_LAYOUT.view(this.bytes);
  private readonly host: DeviceHost;
  private readonly pit: Pit;

  constructor(host: DeviceHost, pit: Pit) {
    this.host = host;
    this.pit = pit;
  }

  reset(): void {
    this.bytes.fill(0);
  }

  rebuild(): void {}

  readPort(): number {
    const refreshes = Math.floor(cyclesAt(this.host.now(), PIT_HERTZ, this.host.ticksPerSecond) / REFRESH_PULSES);
    return this.state.control | (refreshes % 2 ? REFRESH : 0) | (this.pit.speakerOutput() ? OUTPUT : 0);
  }

  writePort(_port: number, _size: number, value: number): void {
    this.state.control = value & WRITABLE;
    this.pit.setSpeakerGate((value & GATE) !== 0);
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}
}
