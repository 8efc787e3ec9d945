/** Watchpoints of whoever looks at the machine from outside: no state of it, and nothing that its guest could see. The MMU keeps the pages in which they lie out
 *  of its mirrors: accesses there take the slow way, where they are looked at. All others are as fast as ever. */
import { PAGE_SHIFT, type Physical } from './physical.ts';

/** Memory to be watched. `v`: linear addresses, of whoever runs. `g`: guest-physical addresses, while an EPT is in force. `h`: host-physical addresses. */
export interface Watchpoint {
  readonly space: 'v' | 'g' | 'h';
  readonly address: number;
  /** Bytes, from 1 on. */
  readonly length: number;
  /** `any`: reads and writes. Fetching an instruction is neither. */
  readonly access: 'read' | 'write' | 'any';
}

/** What met a watchpoint. */
export interface Touch {
  /** Its place in the list. */
  readonly watchpoint: number;
  readonly access: 'read' | 'write';
  /** Linear address of the access; null where the store was not an instruction's own: a page walk's, a device's, a VMCS's, or the hosted hypervisor's. */
  readonly linear: number | null;
}

/** One access of an instruction, within one page. */
export interface WatchedAccess {
  readonly linear: number;
  readonly host: number;
  readonly size: number;
  readonly isWrite: boolean;
}

interface Point {
  readonly watchpoint: Watchpoint;
  readonly start: number;
  readonly end: number;
  /** Bytes as they were before a store that may have changed them; host-physical ones alone. */
  before: Uint8Array | null;
}

/** The watchpoints of one MMU. Reads are seen where instructions make them. Writes at host-physical addresses are seen whoever makes them: but if it was no
 *  instruction's own, only by the bytes that changed. */
export class Watchpoints {
  /** Whether anything is noted. Not in a replay. */
  isArmed = false;
  /** The first that was met since `rearm`. */
  touched: Touch | null = null;
  /** Called at once when one may have been met. */
  onTouch: () => void = () => {};
  private readonly points: readonly Point[];
  private readonly physical: Physical;
  private readonly physicalOf: (linear: number) => number;

  /** `physicalOf` gives the guest-physical address of a linear one, -1 where there is none or no EPT. */
  constructor(watchpoints: readonly Watchpoint[], physical: Physical, physicalOf: (linear: number) => number) {
    this.points = watchpoints.map((watchpoint) => {
      const start = watchpoint.address >>> 0;
      return { watchpoint, start, end: start + watchpoint.length, before: null };
    });
    this.physical = physical;
    this.physicalOf = physicalOf;
  }

  /** A run begins. */
  rearm(isArmed: boolean): void {
    this.isArmed = isArmed;
    this.touched = null;
    for (const point of this.points) point.before = null;
  }

  /** An instruction reads or writes. True: the page must stay out of the mirror for such accesses. What a read-modify-write reads is found in the mirror for
   *  writes: so a watchpoint of either kind keeps its page out of that. */
  meets(access: WatchedAccess): boolean {
    let isKept = false;
    for (const [i, { watchpoint, start, end }] of this.points.entries()) {
      const at = this.placeOf(access, watchpoint.space);
      if (at < 0 || at >>> PAGE_SHIFT > (end - 1) >>> PAGE_SHIFT || at >>> PAGE_SHIFT < start >>> PAGE_SHIFT) continue;
      isKept ||= access.isWrite || watchpoint.access !== 'write';
      const isMeant = watchpoint.access !== (access.isWrite ? 'read' : 'write');
      if (isMeant && at < end && at + access.size > start) this.note(i, access.isWrite ? 'write' : 'read', access.linear >>> 0);
    }
    return isKept;
  }

  /** Somebody is about to store into page `page` of RAM, at most four bytes from offset `at` or, if that is -1, anything in it. */
  beforeStore(page: number, at: number): void {
    if (!this.isArmed || this.touched !== null) return;
    const from = (page << PAGE_SHIFT) + Math.max(at, 0);
    const to = at < 0 ? from + (1 << PAGE_SHIFT) : from + 4;
    for (const point of this.points) {
      const { watchpoint, start, end } = point;
      if (watchpoint.space !== 'h' || watchpoint.access === 'read' || point.before !== null || to <= start || from >= end) continue;
      point.before = this.physical.ram8.slice(start, end);
      this.onTouch();
    }
  }

  /** Whether one was met up to now. */
  settle(): boolean {
    for (const [i, point] of this.points.entries()) {
      const { before, start } = point;
      if (before === null) continue;
      point.before = null;
      if (before.some((byte, at) => byte !== this.physical.ram8[start + at])) this.note(i, 'write', null);
    }
    return this.touched !== null;
  }

  private placeOf({ linear, host }: WatchedAccess, space: Watchpoint['space']): number {
    return space === 'v' ? linear >>> 0 : space === 'h' ? host >>> 0 : this.physicalOf(linear);
  }

  private note(watchpoint: number, access: Touch['access'], linear: number | null): void {
    if (!this.isArmed || this.touched !== null) return;
    this.touched = { watchpoint, access, linear };
    this.onTouch();
  }
}
