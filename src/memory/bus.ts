/** The host-physical address space, 4 GiB of it: RAM, ROM and device windows, and open bus (all ones) everywhere else. */
import { assert } from '../base/assert.ts';
import { PAGE_SHIFT, PAGE_SIZE, type Physical } from './physical.ts';

/** A device's registers in memory. Only naturally aligned accesses arrive; the bus splits others into bytes. `value` is unsigned and fits `size`. */
export interface MmioHandler {
  read(offset: number, size: 1 | 2 | 4): number;
  write(offset: number, size: 1 | 2 | 4, value: number): void;
}

/** What lies at a host address. `device` is a page with a device window in it. */
export type BusTarget = 'ram' | 'rom' | 'device' | 'open';

interface Window {
  readonly base: number;
  readonly size: number;
  readonly handler: MmioHandler;
}

// A page's entry: its offset in ram8 (bits 31:12) and what answers there. 0 is open bus.
const KIND = 3;
const RAM = 1;
const ROM = 2;
const MMIO = 3;
const OFFSET = -PAGE_SIZE;

/** Addresses are host-physical and 32 bits wide, as int32 or unsigned alike. Any alignment; an access that crosses a page or a window is made of bytes. */
export class Bus {
  readonly physical: Physical;
  /** Told when pages changed kind (a window came, moved or went): translations derived from the map must go. */
  onRemap: () => void = () => {};
  /** Told of each access that a device window answers: of a read behind it, of a write before. `value` is unsigned. */
  onDevice: (host: number, size: number, value: number, isWrite: boolean) => void = () => {};
  private readonly map = new Int32Array(1 << (32 - PAGE_SHIFT));
  private windows: readonly Window[] = [];
  /** ROM windows, and where their contents lie in `ram8`. */
  private roms: readonly { readonly base: number; readonly bytes: Uint8Array; readonly offset: number }[] = [];

  constructor(physical: Physical) {
    this.physical = physical;
    this.mapPlain(0, physical.size >>> PAGE_SHIFT);
  }

  /** Puts a device's registers at `base`. Other addresses of the pages it touches are open bus, even where RAM or ROM lies. Windows do not overlap. */
  mapMmio(base: number, size: number, handler: MmioHandler): void {
    const from = base >>> 0;
    assert(size > 0 && from + size <= 0x1_0000_0000, 'an MMIO window lies below 4 GiB');
    assert(!this.windows.some((w) => from < w.base + w.size && w.base < from + size), 'MMIO windows do not overlap');
    this.windows = [...this.windows, { base: from, size, handler }];
    this.paint(from, size);
  }

  /** Takes away the window that starts at `base`; its pages become what lies behind: RAM, ROM, other windows, or open bus. */
  unmapMmio(base: number): void {
    const gone = this.windows.find((w) => w.base === base >>> 0);
    if (gone === undefined) return;
    this.windows = this.windows.filter((w) => w !== gone);
    this.paint(gone.base, gone.size);
  }

  /** Puts a read-only window over `bytes` at `base` (page-aligned), hiding RAM there, and other ROM that was put there before. The bytes are copied; the same array
   *  may be mapped at several places. */
  mapRom(base: number, bytes: Uint8Array): void {
    assert((base & (PAGE_SIZE - 1)) === 0 && bytes.length > 0, 'a ROM window starts on a page');
    const known = this.roms.find((r) => r.bytes === bytes);
    const offset = known?.offset ?? this.physical.placeRom(bytes);
    this.roms = [...this.roms, { base: base >>> 0, bytes, offset }];
    this.paint(base >>> 0, bytes.length);
  }

  /** Says anew of each page of a range what answers there: a device before ROM, ROM before RAM, in whichever order they came. */
  private paint(base: number, size: number): void {
    const first = base >>> PAGE_SHIFT;
    const end = ((base + size - 1) >>> PAGE_SHIFT) + 1;
    this.map.fill(0, first, end);
    this.mapPlain(first, end);
    const each = (from: number, length: number, mark: (page: number) => void): void => {
      const last = Math.min(end - 1, (from + length - 1) >>> PAGE_SHIFT);
      for (let page = Math.max(first, from >>> PAGE_SHIFT); page <= last; page++) mark(page);
    };
    for (const rom of this.roms) {
      each(rom.base, rom.bytes.length, (page) => {
        this.map[page] = (rom.offset + page * PAGE_SIZE - rom.base) | ROM;
      });
    }
    for (const window of this.windows) {
      each(window.base, window.size, (page) => {
        this.map[page] = MMIO;
      });
    }
    this.onRemap();
  }

  /** Offset in `ram8` of the page that holds `host` if it is RAM, -1 otherwise. */
  hostPage(host: number): number {
    const entry = this.map[host >>> PAGE_SHIFT];
    return (entry & KIND) === RAM ? entry & OFFSET : -1;
  }

  /** As `hostPage`, but for ROM pages too: what may be read and executed from `ram8` without asking anybody. */
  readablePage(host: number): number {
    const entry = this.map[host >>> PAGE_SHIFT];
    return isPlain(entry) ? entry & OFFSET : -1;
  }

  /** What answers at `host` (any number below 2^36; beyond 4 GiB nothing does). */
  targetAt(host: number): BusTarget {
    if (host >= 0x1_0000_0000) return 'open';
    const kind = this.map[host >>> PAGE_SHIFT] & KIND;
    return kind === RAM ? 'ram' : kind === ROM ? 'rom' : kind === MMIO ? 'device' : 'open';
  }

  /** An aligned word without side effects, int32: all ones where it is not RAM or ROM. This is also what a page walk sees, which asks no device. */
  peek32(host: number): number {
    const entry = this.map[host >>> PAGE_SHIFT];
    return isPlain(entry) ? this.physical.ram32[((entry & OFFSET) | (host & 0xffc)) >> 2] : -1;
  }

  read8(host: number): number {
    const entry = this.map[host >>> PAGE_SHIFT];
    if (isPlain(entry)) return this.physical.ram8[(entry & OFFSET) | (host & 0xfff)];
    return entry === MMIO ? this.readDevice(host >>> 0, 1) & 0xff : 0xff;
  }

  read16(host: number): number {
    const entry = this.map[host >>> PAGE_SHIFT];
    if (isPlain(entry) && (host & 0xfff) !== 0xfff) {
      const at = (entry & OFFSET) | (host & 0xfff);
      return this.physical.ram8[at] | (this.physical.ram8[at + 1] << 8);
    }
    if (entry === MMIO && (host & 1) === 0) return this.readDevice(host >>> 0, 2) & 0xffff;
    return this.read8(host) | (this.read8(host + 1) << 8);
  }

  /** Signed, as everywhere a dword is an int32. */
  read32(host: number): number {
    const entry = this.map[host >>> PAGE_SHIFT];
    if ((host & 3) === 0) {
      if (isPlain(entry)) return this.physical.ram32[((entry & OFFSET) | (host & 0xfff)) >> 2];
      return entry === MMIO ? this.readDevice(host >>> 0, 4) | 0 : -1;
    }
    return this.read8(host) | (this.read8(host + 1) << 8) | (this.read8(host + 2) << 16) | (this.read8(host + 3) << 24);
  }

  write8(host: number, value: number): void {
    const entry = this.map[host >>> PAGE_SHIFT];
    if ((entry & KIND) === RAM) {
      this.physical.markWritten(entry >>> PAGE_SHIFT, host & (PAGE_SIZE - 1));
      this.physical.ram8[(entry & OFFSET) | (host & 0xfff)] = value;
    } else if (entry === MMIO) this.writeDevice(host >>> 0, 1, value & 0xff);
  }

  write16(host: number, value: number): void {
    if ((host & 1) === 0 && this.map[host >>> PAGE_SHIFT] === MMIO) this.writeDevice(host >>> 0, 2, value & 0xffff);
    else {
      this.write8(host, value);
      this.write8(host + 1, value >> 8);
    }
  }

  write32(host: number, value: number): void {
    const entry = this.map[host >>> PAGE_SHIFT];
    if ((host & 3) !== 0) {
      for (let i = 0; i < 4; i++) this.write8(host + i, value >> (8 * i));
    } else if ((entry & KIND) === RAM) {
      this.physical.markWritten(entry >>> PAGE_SHIFT, host & (PAGE_SIZE - 1));
      this.physical.ram32[((entry & OFFSET) | (host & 0xfff)) >> 2] = value;
    } else if (entry === MMIO) this.writeDevice(host >>> 0, 4, value >>> 0);
  }

  private mapPlain(first: number, end: number): void {
    const pages = this.physical.size >>> PAGE_SHIFT;
    for (let page = first; page < end && page < pages; page++) this.map[page] = (page << PAGE_SHIFT) | RAM;
  }

  private windowAt(host: number, size: number): Window | undefined {
    return this.windows.find((w) => host >= w.base && host + size <= w.base + w.size);
  }

  private readDevice(host: number, size: 1 | 2 | 4): number {
    const window = this.windowAt(host, size);
    if (window !== undefined) {
      const value = window.handler.read(host - window.base, size) >>> 0;
      this.onDevice(host, size, value, false);
      return value;
    }
    if (size === 1) return 0xff;
    return this.read8(host) | (this.read8(host + 1) << 8) | (size === 4 ? (this.read8(host + 2) << 16) | (this.read8(host + 3) << 24) : 0);
  }

  private writeDevice(host: number, size: 1 | 2 | 4, value: number): void {
    const window = this.windowAt(host, size);
    if (window !== undefined) {
      this.onDevice(host, size, value, true);
      window.handler.write(host - window.base, size, value);
    } else if (size > 1) for (let i = 0; i < size; i++) this.write8(host + i, value >> (8 * i));
  }
}

function isPlain(entry: number): boolean {
  return (entry & KIND) === RAM || (entry & KIND) === ROM;
}
