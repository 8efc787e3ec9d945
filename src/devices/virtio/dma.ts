import type { Bus } from '../../memory/bus.ts';
import { PAGE_SHIFT, PAGE_SIZE } from '../../memory/physical.ts';

/** Memory as a device reaches it. Addresses are bus addresses: unsigned, up to 2^64 (a number beyond 2^53 is not exact, and nobody has memory there). */
export interface DmaMemory {
  /** Whether the device may read (write) all `size` bytes from `address` on. */
  check(address: number, size: number, isWrite: boolean): boolean;
  /** Fills `into`. False, and nothing of it means anything, where some byte may not be read. */
  read(address: number, into: Uint8Array): boolean;
  /** Stores `from`. False, and nothing was stored, where some byte may not be written. */
  write(address: number, from: Uint8Array): boolean;
}

/** Without an IOMMU a bus address is a host-physical one. RAM is reached, and ROM for reading; device windows and open bus are refused: a real
 *  chipset would let a device write there into the void, and a driver that asks for it is wrong. */
export class BusDma implements DmaMemory {
  private readonly bus: Bus;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  check(address: number, size: number, isWrite: boolean): boolean {
    const end = address + size;
    if (end > 0x1_0000_0000) return false;
    for (let at = address - (address % PAGE_SIZE); at < end; at += PAGE_SIZE) if (this.page(at, isWrite) < 0) return false;
    return true;
  }

  read(address: number, into: Uint8Array): boolean {
    if (!this.check(address, into.length, false)) return false;
    const { ram8 } = this.bus.physical;
    for (let done = 0; done < into.length; ) {
      const [at, size] = this.run(address + done, into.length - done, false);
      copy(ram8, [at, at + size], into, done);
      done += size;
    }
    return true;
  }

  write(address: number, from: Uint8Array): boolean {
    if (!this.check(address, from.length, true)) return false;
    const { physical } = this.bus;
    for (let done = 0; done < from.length; ) {
      const [at, size] = this.run(address + done, from.length - done, true);
      physical.markWritten(at >>> PAGE_SHIFT);
      copy(from, [done, done + size], physical.ram8, at);
      done += size;
    }
    return true;
  }

  private page(address: number, isWrite: boolean): number {
    return isWrite ? this.bus.hostPage(address) : this.bus.readablePage(address);
  }

  /** Offset in `ram8` of `address`, and how many of `size` bytes lie in that page. */
  private run(address: number, size: number, isWrite: boolean): readonly [number, number] {
    const offset = address % PAGE_SIZE;
    return [this.page(address, isWrite) + offset, Math.min(size, PAGE_SIZE - offset)];
  }
}

/** Fills `to` at `place` with the bytes of `from` at `at` up to `end`. */
function copy(from: Uint8Array, [at, end]: readonly [number, number], to: Uint8Array, place: number): void {
  // speed only: a view costs more than a few bytes
  if (end - at <= 16) for (let i = at; i < end; i++) to[place + i - at] = from[i];
  else to.set(from.subarray(at, end), place);
}
