import { layout } from '../base/layout.ts';
import type { Device, DeviceHost } from './device.ts';
import { cyclesAt } from './device-time.ts';

const INDEX = 0x3d4;
const DATA = 0x3d5;
const MODE = 0x3d8;
const COLOUR = 0x3d9;
const STATUS = 0x3da;
const CRTC_REGISTERS = 18;
const STATUS_BLANK = 1 << 0;
const STATUS_RETRACE = 1 << 3;
/** Pixel clock / 912: scan lines in a second; 262 make a frame, of which 200 are shown and 224 to 239 belong to the vertical retrace. */
const LINE_HERTZ = 15700;
const LINES = 262;
const SHOWN_LINES = 200;
const RETRACE_FIRST = 224;
const RETRACE_LAST = 239;
/** A line in eighths: six are shown. */
const EIGHTHS = 8;
const SHOWN_EIGHTHS = 6;

/** What the CRT controller holds in 80 x 25 text mode, as firmware sets it. */
const TEXT_MODE = [0x71, 0x50, 0x5a, 0x0a, 0x1f, 0x06, 0x19, 0x1c, 0x02, 0x07, 0x06, 0x07, 0, 0, 0, 0, 0, 0] as const;

const CGA_LAYOUT = layout({
  /** Registers of the 6845 by index; 10 and 11 cursor shape, 12 and 13 start address, 14 and 15 cursor address, high byte first. */
  crtc: ['u8', CRTC_REGISTERS],
  index: 'u8',
  mode: 'u8',
  colour: 'u8',
});

/** The Colour Graphics Adapter in text mode, as far as a program can tell: its memory is plain RAM at B8000H, and these ports hold cursor and start
 *  address. There are no graphics modes, and the beam is known only to port 3DAH. */
export class CgaText implements Device {
  readonly id = 'cgaText';
  readonly title = 'Text display (CGA)';
  readonly isPassive = true;
  readonly layout = CGA_LAYOUT;
  readonly bytes = new Uint8Array(CGA_LAYOUT.size);
  readonly ports = [
    { first: INDEX, count: 2 },
    { first: MODE, count: 3 },
  ] as const;
  readonly registers = [
    { port: INDEX, name: 'CRTC index', access: 'write', meaning: 'register for port 3D5H' },
    { port: DATA, name: 'CRTC data', access: 'read/write', meaning: 'registers 0 to 17: 12, 13 start address; 14, 15 cursor' },
    { port: MODE, name: 'mode', access: 'write', meaning: 'kept, without effect' },
    { port: COLOUR, name: 'colour', access: 'write', meaning: 'kept, without effect' },
    { port: STATUS, name: 'status', access: 'read', meaning: 'bit 0 display blanked, bit 3 vertical retrace' },
  ] as const;
  private readonly state = CGA_LAYOUT.view(this.bytes);
  private readonly host: DeviceHost;

  constructor(host: DeviceHost) {
    this.host = host;
    this.reset();
  }

  reset(): void {
    this.bytes.fill(0);
    for (const [index, value] of TEXT_MODE.entries()) this.state.crtc.set(index, value);
    this.state.mode = 0x29;
  }

  rebuild(): void {}

  readPort(port: number): number {
    const { crtc, index } = this.state;
    if (port === DATA) return index < CRTC_REGISTERS ? crtc.at(index) : 0xff;
    return port === STATUS ? this.status() : 0xff;
  }

  writePort(port: number, _size: number, value: number): void {
    const { crtc, index } = this.state;
    if (port === INDEX) this.state.index = value & 0x1f;
    else if (port === MODE) this.state.mode = value;
    else if (port === COLOUR) this.state.colour = value;
    else if (port === DATA && index < 16) crtc.set(index, value); // 16 and 17, the light pen, are read-only
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}

  private status(): number {
    const eighths = cyclesAt(this.host.now(), LINE_HERTZ * EIGHTHS, this.host.ticksPerSecond);
    const line = Math.floor(eighths / EIGHTHS) % LINES;
    const isShown = line < SHOWN_LINES && eighths % EIGHTHS < SHOWN_EIGHTHS;
    const isRetrace = line >= RETRACE_FIRST && line <= RETRACE_LAST;
    return (isShown ? 0 : STATUS_BLANK) | (isRetrace ? STATUS_RETRACE : 0);
  }
}
