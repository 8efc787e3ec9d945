/** Domains as the tables define them: which devices are in one, and what it maps. For panels; nothing changes, and everything is bounded. */
import { ENTRY_P, SL_R, SL_W } from '../../arch/vtd.ts';
import type { Bus } from '../../memory/bus.ts';
import type { Iommu } from './iommu.ts';
import { type ContextEntry, type EntryReading, frameOf, isLeaf, isReserved, walkContext } from './walk.ts';

/** A second-level table and the devices that use it. */
export interface Domain {
  readonly domain: number;
  readonly context: ContextEntry;
  /** Requester IDs, ascending. */
  readonly devices: readonly number[];
}

/** All context entries that are present and well-formed, joined where domain and table agree. One domain number with two tables is two rows, and software's
 *  mistake. */
export function listDomains(iommu: Iommu): readonly Domain[] {
  const found = new Map<string, { domain: number; context: ContextEntry; devices: number[] }>();
  for (const requester of presentRequesters(iommu)) {
    const context = walkContext(iommu.tables, requester);
    if ('reason' in context) continue;
    const { domain, table, levels, isPassThrough } = context;
    const key = `${domain} ${table} ${levels} ${isPassThrough}`;
    const row = found.get(key) ?? { domain, context, devices: [] };
    row.devices.push(requester);
    found.set(key, row);
  }
  return [...found.values()].toSorted((a, b) => a.domain - b.domain);
}

function* presentRequesters(iommu: Iommu): Generator<number> {
  for (let bus = 0; bus < 256; bus++) {
    const readings: EntryReading[] = [];
    walkContext(iommu.tables, bus << 8, (reading) => readings.push(reading));
    const contexts = readings.find((r) => r.kind === 'context');
    if (contexts?.words == null) continue;
    for (let devfn = 0; devfn < 256; devfn++) {
      if (iommu.bus.peek32(contexts.host + 16 * devfn) & ENTRY_P) yield (bus << 8) | devfn;
    }
  }
}

/** A run of addresses mapped to a run of host memory with the same rights. */
export interface DomainMapping {
  readonly address: number;
  readonly host: number;
  readonly size: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
}

/** Runs found so far, and entries that may still be read: tables may point at themselves and mean terabytes. */
interface Search {
  readonly bus: Bus;
  readonly found: DomainMapping[];
  readonly limit: number;
  budget: number;
}

const MOST_ENTRIES = 1 << 18;

/** What a context's tables map, ascending by address, at most `limit` runs; `isComplete` is false where there is more. */
export function listMappings(
  bus: Bus,
  context: ContextEntry,
  limit = 256,
): { readonly mappings: readonly DomainMapping[]; readonly isComplete: boolean } {
  if (context.isPassThrough) return { mappings: [], isComplete: true };
  const search: Search = { bus, found: [], limit, budget: MOST_ENTRIES };
  const isComplete = searchTable(search, context.table, { level: context.levels, address: 0, rights: SL_R | SL_W });
  return { mappings: search.found, isComplete };
}

function searchTable(
  search: Search,
  table: number,
  from: { readonly level: number; readonly address: number; readonly rights: number },
): boolean {
  const { bus } = search;
  const { level } = from;
  if (bus.targetAt(table) !== 'ram') return true;
  const size = 2 ** (3 + 9 * level);
  for (let index = 0; index < 512; index++) {
    if (search.budget-- <= 0) return false;
    const words = [bus.peek32(table + 8 * index), bus.peek32(table + 8 * index + 4)];
    const rights = from.rights & words[0];
    if (rights === 0 || isReserved(words, level)) continue;
    const address = from.address + size * index;
    const frame = frameOf(words);
    if (!isLeaf(words, level)) {
      if (!searchTable(search, frame, { level: level - 1, address, rights })) return false;
    } else if (!addRun(search, { address, host: frame, size, isReadable: (rights & SL_R) !== 0, isWritable: (rights & SL_W) !== 0 }))
      return false;
  }
  return true;
}

/** Lengthens the last run, or begins another; false if there may be no more. */
function addRun({ found, limit }: Search, run: DomainMapping): boolean {
  const last = found.at(-1);
  const isNext =
    last !== undefined &&
    last.address + last.size === run.address &&
    last.host + last.size === run.host &&
    last.isReadable === run.isReadable &&
    last.isWritable === run.isWritable;
  if (isNext) found[found.length - 1] = { ...last, size: last.size + run.size };
  else if (found.length >= limit) return false;
  else found.push(run);
  return true;
}
