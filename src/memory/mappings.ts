/** What is mapped where, as ranges: for the memory map. Walks the tables without side effects and does not ask the TLB. */
import { CR0_PG } from '../arch/paging.ts';
import type { Bus, BusTarget } from './bus.ts';
import { EptWalker } from './ept-walk.ts';
import { PAGE_SIZE } from './physical.ts';
import { MISCONFIGURATION, OK, PROBE, TableMemory, VIOLATION, type WalkStatus } from './tables.ts';
import { EPT_R, EPT_SHIFT, EPT_W, EPT_X, GLOBAL, GUEST_U, GUEST_W } from './tlb.ts';
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
  const list = new RangeList(bus, bounds, { hasLinear: true, hasGuest: isPaged, hasEpt: context.isNested });
  const piece = list.piece;
  for (let linear = 0; linear < SPACE && list.takes(); ) {
    const status = walker.walk(linear, PROBE, false);
    const isMapped = status === OK;
    piece.linear = linear;
    piece.size = 2 ** walker.shift - (linear % 2 ** walker.shift);
    linear += piece.size;
    if (!isMapped && !(isPaged && walker.isFinal)) continue;
    piece.physical = walker.physical >>> 0;
    piece.host = isMapped ? walker.page * 4096 : -1;
    piece.pageShift = isMapped ? Math.min(walker.shift, 22) : 0;
    piece.rights = rightsOf(walker.flags, isMapped ? walker.ept.rights : 0, status);
    list.add();
  }
  return list.finish();
}

/** Guest-physical memory below 4 GiB as the EPT of `eptp` maps it: what is present or misconfigured. */
export function physicalMappings(
  bus: Bus,
  eptp: { readonly low: number; readonly high: number },
  bounds: MappingBounds = BOUNDS,
): readonly MappingRange[] {
  const walker = new EptWalker(new TableMemory(bus, 'forget'));
  walker.setRoot(eptp.low, eptp.high);
  const list = new RangeList(bus, bounds, { hasLinear: false, hasGuest: false, hasEpt: true });
  const piece = list.piece;
  for (let physical = 0; physical < SPACE && list.takes(); ) {
    const status = walker.walk(physical, PROBE);
    const isMapped = status === OK;
    piece.linear = physical;
    piece.physical = physical;
    piece.size = 2 ** walker.shift - (physical % 2 ** walker.shift);
    physical += piece.size;
    if (status === VIOLATION) continue;
    piece.host = isMapped ? walker.page * 4096 : -1;
    piece.pageShift = isMapped ? walker.shift : 0;
    piece.rights = rightsOf(0, isMapped ? walker.rights : 0, status);
    list.add();
  }
  return list.finish();
}

/** What a walk found, in numbers. `host` -1 and `pageShift` 0: nothing. `rights` as `rightsOf` packs them. */
interface Piece {
  linear: number;
  physical: number;
  host: number;
  size: number;
  pageShift: number;
  rights: number;
  target: BusTarget | null;
}

const EMPTY: Piece = { linear: 0, physical: 0, host: -1, size: 0, pageShift: 0, rights: 0, target: null };
/** In packed rights: the EPT entry is misconfigured. */
const MISCONFIGURED = 1;

/** The guest's W, U and G and the EPT's rights as in a TLB entry, and MISCONFIGURED. */
function rightsOf(flags: number, ept: number, status: WalkStatus): number {
  return (flags & (GUEST_W | GUEST_U | GLOBAL)) | (ept << EPT_SHIFT) | (status === MISCONFIGURATION ? MISCONFIGURED : 0);
}

/** Ranges as they are found in ascending order: split where another thing answers, joined where one goes on. */
class RangeList {
  /** Filled by the walker's loop before each `add`. */
  readonly piece: Piece = { ...EMPTY };
  private readonly ranges: MappingRange[] = [];
  private readonly last: Piece = { ...EMPTY };
  private readonly bus: Bus;
  private readonly bounds: MappingBounds;
  private readonly spaces: { readonly hasLinear: boolean; readonly hasGuest: boolean; readonly hasEpt: boolean };
  private walks = 0;

  constructor(bus: Bus, bounds: MappingBounds, spaces: RangeList['spaces']) {
    this.bus = bus;
    this.bounds = bounds;
    this.spaces = spaces;
  }

  /** Counts a walk that is about to be made; false once the bounds are passed. */
  takes(): boolean {
    return this.walks++ < this.bounds.walks && this.ranges.length <= this.bounds.ranges;
  }

  /** Takes up `piece`. Without any translation, what nothing answers at is left out. */
  add(): void {
    const piece = this.piece;
    if (piece.host < 0 || piece.host >= SPACE) {
      piece.target = piece.host < 0 ? null : 'open';
      this.join();
      return;
    }
    const skipsOpen = !this.spaces.hasGuest && !this.spaces.hasEpt;
    for (let left = piece.size; left > 0 && this.ranges.length <= this.bounds.ranges; left -= piece.size) {
      piece.target = this.bus.targetAt(piece.host);
      piece.size = PAGE_SIZE;
      while (piece.size < left && this.bus.targetAt(piece.host + piece.size) === piece.target) piece.size += PAGE_SIZE;
      if (piece.target !== 'open' || !skipsOpen) this.join();
      piece.linear += piece.size;
      piece.physical += piece.size;
      piece.host += piece.size;
    }
  }

  /** The ranges; the last one says if the bounds cut them short. */
  finish(): readonly MappingRange[] {
    this.emit();
    const { ranges, bounds } = this;
    const isCut = ranges.length > bounds.ranges || this.walks > bounds.walks;
    ranges.length = Math.min(ranges.length, bounds.ranges);
    const last = ranges.pop();
    return last === undefined ? ranges : [...ranges, { ...last, isCut }];
  }

  private join(): void {
    const { last, piece } = this;
    if (last.size > 0 && goesOn(last, piece)) last.size += piece.size;
    else {
      this.emit();
      Object.assign(last, piece);
    }
  }

  private emit(): void {
    const { last, spaces } = this;
    if (last.size === 0) return;
    const { rights, target } = last;
    const isMapped = last.host >= 0;
    const has = (bit: number): boolean => (rights & bit) !== 0;
    this.ranges.push({
      linear: spaces.hasLinear ? last.linear : null,
      physical: last.physical,
      host: isMapped ? last.host : null,
      size: last.size,
      pageSize: isMapped ? 2 ** last.pageShift : null,
      target,
      guest: spaces.hasGuest ? { isWritable: has(GUEST_W), isUser: has(GUEST_U), isGlobal: has(GLOBAL) } : null,
      ept: spaces.hasEpt ? { R: has(EPT_R), W: has(EPT_W), X: has(EPT_X), isMisconfigured: has(MISCONFIGURED) } : null,
      isCut: false,
    });
    last.size = 0;
  }
}

/** True if `next` begins where `last` ends in every space, and is like it in all else. */
function goesOn(last: Piece, next: Piece): boolean {
  return (
    next.linear === last.linear + last.size &&
    next.physical === last.physical + last.size &&
    (next.host < 0 ? last.host < 0 : next.host === last.host + last.size) &&
    next.rights === last.rights &&
    next.pageShift === last.pageShift &&
    next.target === last.target
  );
}
