/** What is mapped where, as ranges: for the memory map. Walks the tables without side effects and does not ask the TLB. */
import { EPT_R, EPT_W, EPT_X } from '../arch/ept.ts';
import { CR0_PG } from '../arch/paging.ts';
import type { Bus, BusTarget } from './bus.ts';
import { EptWalker } from './ept-walk.ts';
import { PAGE_SIZE } from './physical.ts';
import { MISCONFIGURATION, OK, PROBE, TableMemory, VIOLATION, type WalkStatus } from './tables.ts';
import { GLOBAL, GUEST_U, GUEST_W } from './tlb.ts';
import { type PagingContext, walkerIn } from './walk.ts';

/** A run of pages that go the same way: contiguous in every space, with the same rights and page sizes. Numbers are unsigned, sizes in bytes. */
export interface MappingRange {
  /** First linear address; null in a map of guest-physical memory. */
  readonly linear: number | null;
  /** First guest-physical address; without EPT the host address. */
  readonly physical: number;
  /** First host address (below 2^36), null where the EPT maps nothing. */
  readonly host: number | null;
  readonly size: number;
  /** Bytes of one page as the TLB would keep it (at most 4 MiB), or of one EPT page in a map of guest-physical memory; null where `host` is. */
  readonly pageSize: number | null;
  /** What answers there, null where `host` is. */
  readonly target: BusTarget | null;
  /** The guest's rights; null in a map of guest-physical memory, and with paging off. */
  readonly guest: { readonly isWritable: boolean; readonly isUser: boolean; readonly isGlobal: boolean } | null;
  /** The EPT's rights (all false where it maps nothing); null without EPT. */
  readonly ept: { readonly R: boolean; readonly W: boolean; readonly X: boolean; readonly isMisconfigured: boolean } | null;
  /** There is more behind this range, which was not looked at: the bound was reached. */
  readonly isCut: boolean;
}

/** Bounds of one call: ranges given, walks made (some 100 ms under EPT in the worst case). */
export interface MappingBounds {
  readonly ranges: number;
  readonly walks: number;
}

const BOUNDS: MappingBounds = { ranges: 512, walks: 1 << 18 };
const SPACE = 0x1_0000_0000;

/** Linear memory in `context`: all that the guest's tables map, also where the EPT then maps nothing. With neither paging nor EPT: RAM, ROM and devices. */
export function linearMappings(bus: Bus, context: PagingContext, bounds: MappingBounds = BOUNDS): readonly MappingRange[] {
  const walker = walkerIn(new TableMemory(bus, 'forget'), context);
  const isPaged = (context.cr0 & CR0_PG) !== 0;
  const list = new RangeList(bus, bounds, !isPaged && !context.isNested);
  for (let linear = 0; linear < SPACE && list.takes(); ) {
    const status = walker.walk(linear, PROBE, false);
    const isMapped = status === OK;
    const size = 2 ** walker.shift - (linear % 2 ** walker.shift);
    if (isMapped || (isPaged && walker.isFinal)) {
      list.add({
        linear,
        physical: walker.physical >>> 0,
        host: isMapped ? walker.page * 4096 : null,
        size,
        pageSize: isMapped ? Math.min(2 ** walker.shift, 2 ** 22) : null,
        guest: isPaged ? guestRights(walker.flags) : null,
        ept: context.isNested ? eptRights(isMapped ? walker.ept.rights : 0, status) : null,
      });
    }
    linear += size;
  }
  return list.ranges;
}

/** Guest-physical memory below 4 GiB as the EPT of `eptpLow`, `eptpHigh` maps it: what is present or misconfigured. */
export function physicalMappings(
  bus: Bus,
  eptp: { readonly low: number; readonly high: number },
  bounds: MappingBounds = BOUNDS,
): readonly MappingRange[] {
  const walker = new EptWalker(new TableMemory(bus, 'forget'));
  walker.setRoot(eptp.low, eptp.high);
  const list = new RangeList(bus, bounds, false);
  for (let physical = 0; physical < SPACE && list.takes(); ) {
    const status = walker.walk(physical, PROBE);
    const isMapped = status === OK;
    const size = 2 ** walker.shift - (physical % 2 ** walker.shift);
    if (status !== VIOLATION) {
      const host = isMapped ? walker.page * 4096 : null;
      const ept = eptRights(isMapped ? walker.rights : 0, status);
      list.add({ linear: null, physical, host, size, pageSize: isMapped ? 2 ** walker.shift : null, guest: null, ept });
    }
    physical += size;
  }
  return list.ranges;
}

type Piece = Omit<MappingRange, 'target' | 'isCut'>;

/** Ranges as they are found in ascending order: split where another thing answers, joined where one goes on. */
class RangeList {
  readonly ranges: MappingRange[] = [];
  private readonly bus: Bus;
  private readonly bounds: MappingBounds;
  /** Leave out what nothing answers at. */
  private readonly skipsOpen: boolean;
  private walks = 0;

  constructor(bus: Bus, bounds: MappingBounds, skipsOpen: boolean) {
    this.bus = bus;
    this.bounds = bounds;
    this.skipsOpen = skipsOpen;
  }

  /** Counts a walk that is about to be made; false, and the last range marked as cut, if the bounds are reached. */
  takes(): boolean {
    if (this.walks++ < this.bounds.walks && this.ranges.length <= this.bounds.ranges) return true;
    this.ranges.length = Math.min(this.ranges.length, this.bounds.ranges);
    const last = this.ranges.pop();
    if (last !== undefined) this.ranges.push({ ...last, isCut: true });
    return false;
  }

  add(piece: Piece): void {
    if (piece.host === null) return this.join({ ...piece, target: null, isCut: false });
    for (let done = 0; done < piece.size && this.ranges.length <= this.bounds.ranges; ) {
      const host = piece.host + done;
      const target = this.bus.targetAt(host);
      let size = PAGE_SIZE;
      if (host >= SPACE) size = piece.size - done;
      else while (done + size < piece.size && this.bus.targetAt(host + size) === target) size += PAGE_SIZE;
      const linear = piece.linear === null ? null : piece.linear + done;
      if (target !== 'open' || !this.skipsOpen)
        this.join({ ...piece, linear, physical: piece.physical + done, host, size, target, isCut: false });
      done += size;
    }
  }

  private join(range: MappingRange): void {
    const last = this.ranges.at(-1);
    if (last === undefined || !goesOn(last, range)) this.ranges.push(range);
    else this.ranges[this.ranges.length - 1] = { ...last, size: last.size + range.size };
  }
}

/** True if `next` begins where `last` ends in every space, and is like it in all else. */
function goesOn(last: MappingRange, next: MappingRange): boolean {
  const follows = (a: number | null, b: number | null): boolean => (a === null ? b === null : b === a + last.size);
  return (
    follows(last.linear, next.linear) &&
    follows(last.physical, next.physical) &&
    follows(last.host, next.host) &&
    last.pageSize === next.pageSize &&
    last.target === next.target &&
    last.guest?.isWritable === next.guest?.isWritable &&
    last.guest?.isUser === next.guest?.isUser &&
    last.guest?.isGlobal === next.guest?.isGlobal &&
    last.ept?.R === next.ept?.R &&
    last.ept?.W === next.ept?.W &&
    last.ept?.X === next.ept?.X &&
    last.ept?.isMisconfigured === next.ept?.isMisconfigured
  );
}

function guestRights(flags: number): MappingRange['guest'] {
  return { isWritable: (flags & GUEST_W) !== 0, isUser: (flags & GUEST_U) !== 0, isGlobal: (flags & GLOBAL) !== 0 };
}

function eptRights(rights: number, status: WalkStatus): MappingRange['ept'] {
  const isMisconfigured = status === MISCONFIGURATION;
  return { R: (rights & EPT_R) !== 0, W: (rights & EPT_W) !== 0, X: (rights & EPT_X) !== 0, isMisconfigured };
}
