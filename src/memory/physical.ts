/** Host memory as bytes: the machine's RAM from host address 0 up, and behind it, out of reach of stores, what disks hold and the contents of ROM chips. */
import { assert } from '../base/assert.ts';

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;

/** Bytes kept for ROM contents behind the RAM. */
const ROM_SPACE = 512 * 1024;

/** Host RAM. The host address of a RAM byte is its offset in `ram8`. ROM contents lie in the same buffer above `stored`, so that ROM pages are read and
 *  executed as fast as RAM; they belong to the configuration, not to a snapshot. */
export class Physical {
  /** RAM bytes: `ram8[0 .. size-1]`. */
  readonly size: number;
  /** `ram8[size .. stored-1]` is what disks hold: no address leads there, but a snapshot keeps it as it keeps RAM. */
  readonly stored: number;
  readonly ram8: Uint8Array;
  /** The same bytes as int32 words. */
  readonly ram32: Int32Array;
  /** 1 for each page written since the last snapshot. Whoever clears it must call `Mmu.dropWriteMirror`. */
  readonly dirty: Uint8Array;
  /** 0 for pages that are still all zeros, as after power-on, and 1 for those that may be something else. */
  readonly used: Uint8Array;
  /** 1 for each page (ROM pages too) that holds decoded code. Whoever sets it must call `Mmu.dropPage`. */
  readonly code: Uint8Array;
  /** Told of a write to a page marked in `code`, before it is done: of at most four bytes from offset `at` in the page, or of anything in it if `at` is -1. The
   *  mark is cleared already; whoever is told may set it again, and then hears of the next write too. */
  onCodeWrite: (page: number, at: number) => void = () => {};
  /** Told of every store that `markWritten` is told of, before it is done. */
  onStore: ((page: number, at: number) => void) | null = null;
  private romUsed = 0;

  /** `size` and `storage`, the bytes for disks, are multiples of 4096, together at most 2 GiB less the ROM space: a mirror's valid entry has bit 31 clear. */
  constructor(size: number, storage = 0) {
    const stored = size + storage;
    assert(size > 0 && size % PAGE_SIZE === 0 && storage % PAGE_SIZE === 0, 'RAM and disks are whole pages');
    assert(stored + ROM_SPACE <= 0x8000_0000, 'RAM and what lies behind it end below 2 GiB');
    this.size = size;
    this.stored = stored;
    const buffer = new ArrayBuffer(stored + ROM_SPACE);
    this.ram8 = new Uint8Array(buffer);
    this.ram32 = new Int32Array(buffer);
    const pages = (stored + ROM_SPACE) >>> PAGE_SHIFT;
    this.dirty = new Uint8Array(pages);
    this.used = new Uint8Array(pages);
    this.code = new Uint8Array(pages);
  }

  /** Must run with every store to RAM page `page` that does not go through a write mirror; `at` as for `onCodeWrite`. */
  markWritten(page: number, at = -1): void {
    this.dirty[page] = 1;
    this.used[page] = 1;
    if (this.onStore !== null) this.onStore(page, at);
    if (this.code[page] !== 0) {
      this.code[page] = 0;
      this.onCodeWrite(page, at);
    }
  }

  /** Stores `bytes` at offset `at`, and zeros behind them so that `size` bytes are written. */
  store(at: number, bytes: Uint8Array, size = bytes.length): void {
    if (size === 0) return;
    for (let page = at >>> PAGE_SHIFT; page <= (at + size - 1) >>> PAGE_SHIFT; page++) this.markWritten(page);
    this.ram8.set(bytes, at);
    this.ram8.fill(0, at + bytes.length, at + size);
  }

  /** Copies a ROM's contents behind the RAM and returns their offset in `ram8`, page-aligned; the last page is filled up with ones. */
  placeRom(bytes: Uint8Array): number {
    const offset = this.stored + this.romUsed;
    const end = this.romUsed + alignToPage(bytes.length);
    assert(end <= ROM_SPACE, 'all ROM contents fit the ROM space');
    this.ram8.fill(0xff, offset, this.stored + end);
    this.ram8.set(bytes, offset);
    this.romUsed = end;
    return offset;
  }
}

function alignToPage(size: number): number {
  return Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
}
