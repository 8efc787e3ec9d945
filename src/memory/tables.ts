/** Translation tables as a walk reads and marks them, and what it reports about each reading. */
import type { Bus } from './bus.ts';

// What an access needs, in the bits of an EPT entry's rights and of the exit qualification. 0 asks for no right: is anything there?
export const PROBE = 0;
export const READ = 1;
export const WRITE = 2;
export const FETCH = 4;
export type Access = typeof PROBE | typeof READ | typeof WRITE | typeof FETCH;

// How a walk ends.
export const OK = 0;
export const PAGE_FAULT = 1;
export const VIOLATION = 2;
export const MISCONFIGURATION = 3;
export type WalkStatus = typeof OK | typeof PAGE_FAULT | typeof VIOLATION | typeof MISCONFIGURATION;

/** One table entry read by a walk. */
export interface TableReading {
  readonly isEpt: boolean;
  /** Place in EPT_LEVELS; for the guest's own tables 0 is the directory, 1 the page table. */
  readonly level: number;
  /** EPT: the guest-physical address under translation. Guest: that of the entry itself. */
  readonly physical: number;
  /** Host page number (24 bits) and offset in it of the entry. */
  readonly page: number;
  readonly offset: number;
  readonly low: number;
  /** EPT only. */
  readonly high: number;
}

/** What becomes of the marks a walk makes: stored; remembered, so that the walk's later readings show them; or forgotten. */
export type Marks = 'store' | 'remember' | 'forget';

/** Host memory seen by page walks. Devices are not asked: where one lies, a walk reads open bus, and marks are lost (also in ROM). That differs from a
 *  real computer, whose walks would reach the device; it makes every walk repeatable without side effects. */
export class TableMemory {
  /** Marks that were remembered: host address of the dword to bits. */
  readonly pending: Map<number, number> | null;
  private readonly bus: Bus;
  private readonly isStoring: boolean;

  constructor(bus: Bus, marks: Marks) {
    this.bus = bus;
    this.isStoring = marks === 'store';
    this.pending = marks === 'remember' ? new Map() : null;
  }

  /** The aligned dword at `offset` of host page `page` (24 bits; above 4 GiB is open bus). */
  read(page: number, offset: number): number {
    if (page > 0xfffff) return -1;
    const value = this.bus.peek32((page << 12) | offset);
    return this.pending === null ? value : value | (this.pending.get(page * 4096 + offset) ?? 0);
  }

  /** Sets `bits` (accessed, dirty) in the dword, as the processor's locked read-modify-write does: with the value that stands there now. */
  mark(page: number, offset: number, bits: number): void {
    if (page > 0xfffff) return;
    const host = (page << 12) | offset;
    if (this.bus.hostPage(host) < 0) return;
    const value = this.read(page, offset);
    if ((value & bits) === bits) return;
    if (this.isStoring) this.bus.write32(host, value | bits);
    else if (this.pending !== null) {
      const at = page * 4096 + offset;
      this.pending.set(at, (this.pending.get(at) ?? 0) | (bits & ~value));
    }
  }
}
