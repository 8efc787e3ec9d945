import { layout } from '../base/layout.ts';
import type { Device, DeviceHost } from './device.ts';

const DATA = 0x60;
const COMMAND = 0x64;
const PORT_A = 0x92;
const PORT_A_RESET = 1 << 0;
const A20 = 1 << 1;
// Commands of the keyboard controller that are about the machine and not about a keyboard.
const READ_OUTPUT_PORT = 0xd0;
const WRITE_OUTPUT_PORT = 0xd1;
/** F0H to FFH pulse the lines whose low bits are 0; bit 0 is RESET. */
const PULSE = 0xf0;
const OUTPUT_NOT_RESET = 1 << 0;
const STATUS_OUTPUT_FULL = 1 << 0;
/** Self-test passed, keyboard not locked. */
const STATUS_FIXED = 0x14;

const SYSTEM_CONTROL_LAYOUT = layout({
  /** The output port waits to be read at 60H; the next byte written there is one for it. */
  isOutputFull: 'u8',
  takesOutputPort: 'u8',
});

/** A20 and reset at ports 92H and 64H. A20 is always on, whatever is asked. There is no keyboard and no keyboard controller: of its commands only those
 *  that read or write A20 and reset are there, so that start-up code which waits for it goes on. */
export class SystemControl implements Device {
  readonly id = 'systemControl';
  readonly title = 'A20 and reset (92H, 64H)';
  readonly isPassive = true;
  readonly layout = SYSTEM_CONTROL_LAYOUT;
  readonly bytes = new Uint8Array(SYSTEM_CONTROL_LAYOUT.size);
  readonly ports = [
    { first: DATA, count: 1 },
    { first: COMMAND, count: 1 },
    { first: PORT_A, count: 1 },
  ] as const;
  readonly registers = [
    { port: DATA, name: 'data', access: 'read/write', meaning: 'the output port after commands D0H and D1H: bit 0 not reset, bit 1 A20' },
    {
      port: COMMAND,
      name: 'status, command',
      access: 'read/write',
      meaning: 'reads bit 0 output full; writes D0H, D1H, or F0H to FFH (bit 0 = 0 resets)',
    },
    { port: PORT_A, name: 'system control port A', access: 'read/write', meaning: 'bit 0 resets, bit 1 A20 (always 1)' },
  ] as const;
  private readonly state = SYSTEM_CONTROL_LAYOUT.view(this.bytes);
  private readonly host: DeviceHost;

  constructor(host: DeviceHost) {
    this.host = host;
  }

  reset(): void {
    this.bytes.fill(0);
  }

  rebuild(): void {}

  readPort(port: number): number {
    if (port === PORT_A) return A20;
    if (port === COMMAND) return STATUS_FIXED | (this.state.isOutputFull ? STATUS_OUTPUT_FULL : 0);
    const isFull = this.state.isOutputFull !== 0;
    this.state.isOutputFull = 0;
    return isFull ? A20 | OUTPUT_NOT_RESET : 0;
  }

  writePort(port: number, _size: number, value: number): void {
    const s = this.state;
    if (port === PORT_A) {
      if (value & PORT_A_RESET) this.host.reset('port 92H');
    } else if (port === DATA) {
      if (s.takesOutputPort && (value & OUTPUT_NOT_RESET) === 0) this.host.reset("the keyboard controller's output port");
      s.takesOutputPort = 0;
    } else {
      s.takesOutputPort = value === WRITE_OUTPUT_PORT ? 1 : 0;
      if (value === READ_OUTPUT_PORT) s.isOutputFull = 1;
      if (value >= PULSE && (value & 1) === 0) this.host.reset('port 64H');
    }
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}
}
