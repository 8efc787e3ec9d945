/** Ribbons of the memory map: runs of one space that go to a run of the next, with their rights, which pages of them have been used, and where the way breaks off. */
import { EPT_A, EPT_D, EPT_LEVELS, EPTP_AD } from '../../arch/ept.ts';
import { CR0_PG, PTE_A, PTE_D } from '../../arch/paging.ts';
import type { DomainMapping } from '../../devices/iommu/domains.ts';
import type { Bus } from '../../memory/bus.ts';
import { EptWalker, misconfigurationOf } from '../../memory/ept-walk.ts';
import { type MappingRange, physicalMappings } from '../../memory/mappings.ts';
import { OK, PROBE, TableMemory, type TableReading } from '../../memory/tables.ts';
import { type PagingContext, walkerIn } from '../../memory/walk.ts';
import { without } from './map-regions.ts';

/** What may be done through a ribbon. `none`: nothing is asked, for paging is off. */
export type LinkRights =
  | { readonly kind: 'none' }
  | { readonly kind: 'guest'; readonly isWritable: boolean; readonly isUser: boolean; readonly isGlobal: boolean }
  | { readonly kind: 'ept'; readonly R: boolean; readonly W: boolean; readonly X: boolean }
  | { readonly kind: 'io'; readonly R: boolean; readonly W: boolean };

/** Pages whose last entry says that they were read, or written too. */
export interface PageMarks {
  readonly start: number;
  readonly size: number;
  readonly isDirty: boolean;
}

/** The entry at which a way ends: of the first page of its run. */
export interface BrokenEntry {
  readonly table: 'PML4' | 'PDPT' | 'PD' | 'PT';
  readonly index: number;
  /** The rule that it breaks; null: none of its rights is set. */
  readonly rule: string | null;
}

/** A ribbon: a run of one bar that goes, as one piece and with the same rights, to a run of another. */
export interface MapLink {
  /** Bars of the map. */
  readonly from: string;
  readonly to: string;
  readonly start: number;
  readonly size: number;
  /** First address in `to`; null: it goes nowhere. */
  readonly target: number | null;
  readonly rights: LinkRights;
  /** Bytes of a page; null where there are several sizes, or none. */
  readonly pageSize: number | null;
  readonly broken: BrokenEntry | null;
  readonly marks: readonly PageMarks[];
}

const NONE: LinkRights = { kind: 'none' };
/** Walks for marks that one map may take. */
const MOST_WALKS = 1 << 14;
const SPACE = 0x1_0000_0000;

/** The ways of linear memory in `context`, up to guest-physical memory where it is nested. */
export function linearLinks(bus: Bus, context: PagingContext, ranges: readonly MappingRange[], to: string): readonly MapLink[] {
  const links: MapLink[] = [];
  for (const { linear, physical, host, size, guest, pageSize } of ranges) {
    const target = context.isNested ? physical : host;
    if (linear === null) continue;
    const rights: LinkRights = guest ? { kind: 'guest', ...guest } : NONE;
    const next = { from: 'v', to, start: linear, size, target, rights, pageSize, broken: null, marks: [] };
    const last = links.at(-1);
    if (last && goesOn(last, next))
      links[links.length - 1] = { ...last, size: last.size + size, pageSize: last.pageSize === pageSize ? pageSize : null };
    else links.push(next);
  }
  return (context.cr0 & CR0_PG) === 0 ? links : marked(links, guestLeaf(bus, context));
}

/** The ways of guest-physical memory through an EPT: what it maps, and of `wanted`, which a guest's own tables lead to, what it does not. */
export function physicalLinks(
  bus: Bus,
  eptp: { readonly low: number; readonly high: number },
  from: string,
  wanted: readonly MapLink[],
): { readonly links: readonly MapLink[]; readonly isCut: boolean } {
  const ranges = physicalMappings(bus, eptp);
  const leaf = eptLeaf(bus, eptp);
  const mapped = ranges.map(({ physical, host, size, ept, pageSize }): MapLink => {
    const rights: LinkRights = ept ? { kind: 'ept', R: ept.R, W: ept.W, X: ept.X } : NONE;
    return {
      from,
      to: 'h',
      start: physical,
      size,
      target: host,
      rights,
      pageSize,
      broken: host === null ? leaf(physical).broken : null,
      marks: [],
    };
  });
  const targets = wanted.flatMap(({ target, size }) => (target === null ? [] : [{ start: target, size, target }]));
  const missing = without(disjoint(targets), mapped).map(
    ({ start, size }): MapLink => ({
      from,
      to: 'h',
      start,
      size,
      target: null,
      rights: NONE,
      pageSize: null,
      broken: leaf(start).broken,
      marks: [],
    }),
  );
  const links = [...((eptp.low & EPTP_AD) !== 0 ? marked(mapped, leaf) : mapped), ...missing].toSorted((a, b) => a.start - b.start);
  return { links, isCut: ranges.at(-1)?.isCut ?? false };
}

/** The ways of a domain's devices. */
export function domainLinks(mappings: readonly DomainMapping[], from: string): readonly MapLink[] {
  return mappings.map(({ address, host, size, isReadable: R, isWritable: W }) => ({
    ...{ from, to: 'h', start: address, size, target: host, rights: { kind: 'io', R, W } as const },
    ...{ pageSize: null, broken: null, marks: [] },
  }));
}

/** The last entry on the way to an address. */
interface Leaf {
  readonly isAccessed: boolean;
  readonly isDirty: boolean;
  /** Bytes that share it. */
  readonly reach: number;
  readonly broken: BrokenEntry | null;
}

type LeafOf = (address: number) => Leaf;

function guestLeaf(bus: Bus, context: PagingContext): LeafOf {
  const walker = walkerIn(new TableMemory(bus, 'forget'), context);
  let low = 0;
  walker.log = (reading) => {
    if (!reading.isEpt) low = reading.low;
  };
  return (linear) => {
    low = 0;
    walker.walk(linear, PROBE, false);
    return { isAccessed: (low & PTE_A) !== 0, isDirty: (low & PTE_D) !== 0, reach: 2 ** walker.guestShift, broken: null };
  };
}

function eptLeaf(bus: Bus, eptp: { readonly low: number; readonly high: number }): LeafOf {
  const walker = new EptWalker(new TableMemory(bus, 'forget'));
  walker.setRoot(eptp.low, eptp.high);
  let last: TableReading | null = null;
  walker.log = (reading) => {
    last = reading;
  };
  return (physical) => {
    const isMapped = walker.walk(physical, PROBE) === OK;
    const { level, low, high, offset } = last as unknown as TableReading;
    const broken = isMapped ? null : { table: EPT_LEVELS[level].name, index: offset >>> 3, rule: misconfigurationOf(level, low, high) };
    return { isAccessed: (low & EPT_A) !== 0, isDirty: (low & EPT_D) !== 0, reach: 2 ** walker.shift, broken };
  };
}

/** The links with the pages of them that were used, as far as the walks suffice. */
function marked(links: readonly MapLink[], leaf: LeafOf): readonly MapLink[] {
  let left = MOST_WALKS;
  return links.map((link) => {
    const marks: PageMarks[] = [];
    const end = link.target === null ? link.start : Math.min(SPACE, link.start + link.size);
    for (let at = link.start; at < end && left > 0; left--) {
      const { isAccessed, isDirty, reach } = leaf(at);
      const next = Math.min(end, at - (at % reach) + reach);
      const last = marks.at(-1);
      if (isAccessed || isDirty) {
        if (last && last.isDirty === isDirty && last.start + last.size === at)
          marks[marks.length - 1] = { ...last, size: next - last.start };
        else marks.push({ start: at, size: next - at, isDirty });
      }
      at = next;
    }
    return { ...link, marks };
  });
}

function goesOn(last: MapLink, next: MapLink): boolean {
  if (last.start + last.size !== next.start) return false;
  const isNear = last.target === null ? next.target === null : last.target + last.size === next.target;
  const [a, b] = [last.rights, next.rights];
  const isAlike =
    a.kind === 'guest' && b.kind === 'guest'
      ? a.isWritable === b.isWritable && a.isUser === b.isUser && a.isGlobal === b.isGlobal
      : a.kind === b.kind;
  return isNear && isAlike;
}

/** Runs in order, none of whose bytes another has. */
function disjoint<T extends { readonly start: number; readonly size: number; readonly target: number }>(runs: readonly T[]): readonly T[] {
  const result: T[] = [];
  let end = 0;
  for (const run of runs.toSorted((a, b) => a.start - b.start)) {
    const cut = Math.max(0, end - run.start);
    if (cut < run.size) result.push({ ...run, start: run.start + cut, size: run.size - cut, target: run.target + cut });
    end = Math.max(end, run.start + run.size);
  }
  return result;
}
