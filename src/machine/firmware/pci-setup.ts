/** What a PC's firmware does with PCI before it starts anything: numbers the buses, gives every BAR an address, opens the bridges' windows, and writes down the
 *  interrupt lines. It knows the bus only through configuration accesses, as software does. PCI Local Bus Specification 3.0, "Base Addresses"; PCI-to-PCI Bridge
 *  Architecture Specification, "Address Decoding". */
import {
  BAR0,
  COMMAND,
  COMMAND_IO,
  COMMAND_MASTER,
  COMMAND_MEMORY,
  HEADER_BRIDGE,
  HEADER_MULTIFUNCTION,
  HEADER_TYPE,
  INTERRUPT_LINE,
  INTERRUPT_PIN,
  IO_BASE,
  MEMORY_BASE,
  NO_VENDOR,
  PREFETCHABLE_BASE,
  PRIMARY_BUS,
  routingId,
  SRIOV,
  SRIOV_FIRST_OFFSET,
  SRIOV_NUM_VFS,
  SRIOV_STRIDE,
  SRIOV_SYSTEM_PAGE_SIZE,
  SRIOV_TOTAL_VFS,
  SRIOV_VF_BAR0,
  SUBORDINATE_BUS,
  VENDOR_ID,
} from '../../arch/pci.ts';
import { linkOf, type Platform } from './platform.ts';

/** Configuration accesses; values unsigned. */
export interface ConfigAccess {
  readConfig(routingId: number, offset: number, size: number): number;
  writeConfig(routingId: number, offset: number, size: number, value: number): void;
}

const MIB = 0x10_0000;
const IO_WINDOW = 0x1000;
const EXTENDED = 0x100;
const MOST_EXTENDED = 0x1000;

/** A BAR that wants addresses: where it stands, and how much it takes; of a VF BAR for all VFs. */
interface Need {
  readonly rid: number;
  readonly offset: number;
  readonly space: 'memory' | 'io';
  readonly is64: boolean;
  readonly size: number;
  readonly align: number;
}

/** Where the next BAR goes. */
interface Cursor {
  memory: number;
  io: number;
}

/** Sets up everything behind the root and returns the device numbers on bus 0. BARs that the platform's apertures cannot hold stay without an address, and
 *  windows that nobody needs stay shut. */
export function setUpPci(access: ConfigAccess, platform: Platform): readonly number[] {
  const firmware = new Firmware(access, platform);
  firmware.numberBuses(0, 1);
  firmware.assign(0, { memory: platform.pci.memory.base, io: platform.pci.io.base });
  firmware.enable(0, (device, pin) => platform.pci.lines[linkOf(device, pin)]);
  return [...new Set(firmware.functionsOn(0).map((rid) => (rid >> 3) & 31))];
}

class Firmware {
  private readonly access: ConfigAccess;
  private readonly platform: Platform;

  constructor(access: ConfigAccess, platform: Platform) {
    this.access = access;
    this.platform = platform;
  }

  /** Routing IDs of what answers on `bus`. */
  functionsOn(bus: number): readonly number[] {
    const found: number[] = [];
    for (let device = 0; device < 32; device++) {
      const first = routingId(bus, device, 0);
      if (this.read(first, VENDOR_ID, 2) === NO_VENDOR) continue;
      const count = this.read(first, HEADER_TYPE, 1) & HEADER_MULTIFUNCTION ? 8 : 1;
      for (let fn = 0; fn < count; fn++) if (this.read(first + fn, VENDOR_ID, 2) !== NO_VENDOR) found.push(first + fn);
    }
    return found;
  }

  /** Numbers the buses below `bus` from `next` on, depth first; returns the first number that is free then. */
  numberBuses(bus: number, next: number): number {
    let free = next;
    for (const rid of this.functionsOn(bus)) {
      free = Math.max(free, this.lastVfBus(rid) + 1);
      if (!this.isBridge(rid) || free > 0xff) continue;
      const secondary = free;
      this.write(rid, PRIMARY_BUS, 4, bus | (secondary << 8) | 0xff_0000);
      free = this.numberBuses(secondary, secondary + 1);
      this.write(rid, SUBORDINATE_BUS, 1, free - 1);
    }
    return free;
  }

  /** Gives addresses to all BARs on `bus`, large ones first, then to what is behind its bridges. */
  assign(bus: number, cursor: Cursor): void {
    const { memory, io } = this.platform.pci;
    const functions = this.functionsOn(bus);
    const needs = functions.flatMap((rid) => this.needsOf(rid)).toSorted((a, b) => b.size - a.size);
    for (const need of needs) {
      const base = alignUp(cursor[need.space], need.align);
      if (base + need.size > (need.space === 'io' ? io : memory).end) continue;
      this.write(need.rid, need.offset, 4, base);
      if (need.is64) this.write(need.rid, need.offset + 4, 4, 0);
      cursor[need.space] = base + need.size;
    }
    for (const rid of functions) if (this.isBridge(rid)) this.assignBehind(rid, cursor);
  }

  /** A bridge's windows cover what lies behind it; an empty one has its base above its limit. */
  private assignBehind(rid: number, cursor: Cursor): void {
    const secondary = this.read(rid, PRIMARY_BUS + 1, 1);
    const first = { memory: alignUp(cursor.memory, MIB), io: alignUp(cursor.io, IO_WINDOW) };
    const inside = { ...first };
    if (secondary !== 0) this.assign(secondary, inside);
    const end = { memory: alignUp(inside.memory, MIB), io: alignUp(inside.io, IO_WINDOW) };
    const hasMemory = end.memory > first.memory;
    const hasIo = end.io > first.io;
    this.write(rid, MEMORY_BASE, 4, hasMemory ? ((first.memory >>> 16) | ((end.memory - 1) & 0xfff0_0000)) >>> 0 : 0x0000_fff0);
    this.write(rid, PREFETCHABLE_BASE, 4, 0x0000_fff0);
    this.write(rid, IO_BASE, 2, hasIo ? ((first.io >> 8) & 0xf0) | ((end.io - 1) & 0xf000) : 0x00f0);
    if (hasMemory) cursor.memory = end.memory;
    if (hasIo) cursor.io = end.io;
  }

  /** Lets functions answer at their BARs and bridges pass requests both ways; an endpoint's bus mastering is its driver's business. `lineOf` says where pin
   *  0 to 3 of a device on this bus arrives. */
  enable(bus: number, lineOf: (device: number, pin: number) => number): void {
    for (const rid of this.functionsOn(bus)) {
      const device = (rid >> 3) & 31;
      const pin = this.read(rid, INTERRUPT_PIN, 1);
      if (pin >= 1 && pin <= 4) this.write(rid, INTERRUPT_LINE, 1, lineOf(device, pin - 1));
      this.write(rid, COMMAND, 2, COMMAND_IO | COMMAND_MEMORY | (this.isBridge(rid) ? COMMAND_MASTER : 0));
      const secondary = this.isBridge(rid) ? this.read(rid, PRIMARY_BUS + 1, 1) : 0;
      if (secondary !== 0) this.enable(secondary, (below, p) => lineOf(device, (below + p) & 3));
    }
  }

  private needsOf(rid: number): readonly Need[] {
    const needs = this.sizeBars(rid, BAR0, { count: this.isBridge(rid) ? 2 : 6, copies: 1, least: 0 });
    const sriov = this.findSrIov(rid);
    if (sriov === 0) return needs;
    // The window of a VF BAR holds one share for each VF that there can be.
    const copies = this.read(rid, sriov + SRIOV_TOTAL_VFS, 2);
    const least = this.read(rid, sriov + SRIOV_SYSTEM_PAGE_SIZE, 4) * 0x1000;
    return [...needs, ...this.sizeBars(rid, sriov + SRIOV_VF_BAR0, { count: 6, copies, least })];
  }

  /** Writes ones into each BAR, reads what can be set, and puts the old value back. */
  private sizeBars(rid: number, first: number, of: { readonly count: number; readonly copies: number; readonly least: number }): Need[] {
    const needs: Need[] = [];
    for (let i = 0; i < of.count; i++) {
      const offset = first + 4 * i;
      const old = this.read(rid, offset, 4);
      this.write(rid, offset, 4, 0xffff_ffff);
      const mask = this.read(rid, offset, 4);
      this.write(rid, offset, 4, old);
      const isIo = (mask & 1) !== 0;
      const is64 = !isIo && (mask & 6) === 4;
      const low = (mask & (isIo ? ~3 : ~15)) >>> 0;
      if (is64) i++;
      if (low === 0) continue;
      const one = Math.max(2 ** 32 - low, of.least);
      needs.push({ rid, offset, space: isIo ? 'io' : 'memory', is64, size: one * of.copies, align: one });
    }
    return needs;
  }

  /** The last bus on which the function may have VFs; 0 if it has none. Offset and stride depend on how many there are. */
  private lastVfBus(rid: number): number {
    const sriov = this.findSrIov(rid);
    if (sriov === 0) return 0;
    const total = this.read(rid, sriov + SRIOV_TOTAL_VFS, 2);
    let last = 0;
    for (let count = total; count > 0; count--) {
      this.write(rid, sriov + SRIOV_NUM_VFS, 2, count);
      const end = rid + this.read(rid, sriov + SRIOV_FIRST_OFFSET, 2) + (count - 1) * this.read(rid, sriov + SRIOV_STRIDE, 2);
      last = Math.max(last, end >> 8);
    }
    this.write(rid, sriov + SRIOV_NUM_VFS, 2, 0);
    return last;
  }

  /** Offset of the SR-IOV capability, 0 without one. */
  private findSrIov(rid: number): number {
    for (let offset = EXTENDED, steps = 0; offset >= EXTENDED && steps < (MOST_EXTENDED - EXTENDED) / 4; steps++) {
      const header = this.read(rid, offset, 4);
      if ((header & 0xffff) === SRIOV.id) return offset;
      if (header === 0 || header === 0xffff_ffff) return 0;
      offset = (header >>> 20) & 0xffc;
    }
    return 0;
  }

  private isBridge(rid: number): boolean {
    return (this.read(rid, HEADER_TYPE, 1) & ~HEADER_MULTIFUNCTION) === HEADER_BRIDGE;
  }

  private read(rid: number, offset: number, size: number): number {
    return this.access.readConfig(rid, offset, size);
  }

  private write(rid: number, offset: number, size: number, value: number): void {
    this.access.writeConfig(rid, offset, size, value);
  }
}

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
