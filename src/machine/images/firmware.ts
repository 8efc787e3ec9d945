import type { Segment } from './image.ts';

const IVT_SIZE = 0x400;
const SEGMENT = 0xf000;
/** Where a PC's BIOS has its dummy handler; ours for interrupts of the two controllers stand before it. */
const RETURN = 0xff53;
const MASTER = 0xff23;
const SLAVE = 0xff30;

// push ax / mov al, 20h / out 20h, al / pop ax / iret; the slave's with out 0A0h, al before.
const MASTER_HANDLER = [0x50, 0xb0, 0x20, 0xe6, 0x20, 0x58, 0xcf];
const SLAVE_HANDLER = [0x50, 0xb0, 0x20, 0xe6, 0xa0, 0xe6, 0x20, 0x58, 0xcf];
const RETURN_HANDLER = [0xcf];

const BDA = 0x400;
const BDA_SIZE = 0x100;
/** The BIOS data area as far as it says what this machine has: offset, bytes, value. IBM PC/AT Technical Reference, "BIOS Data Area". */
const BDA_FIELDS = [
  [0x00, 2, 0x3f8], // COM1
  [0x10, 2, 0x20], // equipment: an 80-column colour display
  [0x13, 2, 640], // KiB of conventional memory
  [0x49, 1, 3], // video mode: 80 x 25 text
  [0x4a, 2, 80], // columns
  [0x4c, 2, 0x1000], // bytes of a page
  [0x60, 2, 0x0607], // cursor shape
  [0x63, 2, 0x3d4], // CRT controller
  [0x84, 1, 24], // rows, less 1
  [0x85, 2, 16], // lines of a character
] as const;

/** What little is left of a firmware: real-mode interrupt vectors whose handlers return at once, those of the interrupt controllers after an EOI, and the
 *  data area that programs read to know the machine. There are no services behind them. */
export const FIRMWARE_MEMORY: readonly Segment[] = [
  { physical: 0, bytes: vectors(), size: IVT_SIZE },
  { physical: BDA, bytes: dataArea(), size: BDA_SIZE },
  ...[
    [MASTER, MASTER_HANDLER],
    [SLAVE, SLAVE_HANDLER],
    [RETURN, RETURN_HANDLER],
  ].map(([offset, code]) => handler(offset as number, code as number[])),
];

/** Interrupt masks as a PC's firmware leaves them: timer, keyboard, cascade and floppy open; clock, mouse and disks behind them. */
export const FIRMWARE_MASKS = [
  [0x21, 0xb8],
  [0xa1, 0x8e],
] as const;

function vectors(): Uint8Array {
  const view = new DataView(new ArrayBuffer(IVT_SIZE));
  for (let vector = 0; vector < 256; vector++) {
    const offset = vector >> 3 === 0x08 >> 3 ? MASTER : vector >> 3 === 0x70 >> 3 ? SLAVE : RETURN;
    view.setUint16(4 * vector, offset, true);
    view.setUint16(4 * vector + 2, SEGMENT, true);
  }
  return new Uint8Array(view.buffer);
}

function dataArea(): Uint8Array {
  const view = new DataView(new ArrayBuffer(BDA_SIZE));
  for (const [offset, size, value] of BDA_FIELDS) {
    if (size === 1) view.setUint8(offset, value);
    else view.setUint16(offset, value, true);
  }
  return new Uint8Array(view.buffer);
}

function handler(offset: number, code: readonly number[]): Segment {
  return { physical: (SEGMENT << 4) + offset, bytes: Uint8Array.from(code), size: code.length };
}
