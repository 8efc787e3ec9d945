/** From a request to host memory: root table, context table, second-level tables. Intel VT-d Architecture Specification, "Hierarchical Translation
 *  Structures". One algorithm for doing and for explaining: it changes nothing, and a log sees every entry. */
import {
  CONTEXT_FIELDS,
  CONTEXT_FPD,
  CONTEXT_RESERVED,
  ENTRY_P,
  FAULT,
  MOST_WIDTH,
  pageReserved,
  PASS_THROUGH,
  ROOT_RESERVED,
  SL_PS,
  SL_R,
  SL_RESERVED_HIGH,
  SL_RESERVED_LOW,
  SL_W,
  WIDTHS,
  wideField,
} from '../../arch/vtd.ts';
import type { Bus } from '../../memory/bus.ts';

/** A table entry as it was read: dwords, lowest first, two of a second-level entry and four of the others. */
export interface EntryReading {
  readonly kind: 'root' | 'context' | 'table';
  /** Of a second-level entry: 4 to 1, the leaf of 4-KiB pages; 0 of the others. */
  readonly level: number;
  readonly index: number;
  /** Host-physical. */
  readonly host: number;
  /** Null where no memory is. */
  readonly words: readonly number[] | null;
}

/** What a context entry says. */
export interface ContextEntry {
  readonly domain: number;
  readonly isPassThrough: boolean;
  readonly levels: number;
  /** Host address of the top second-level table. */
  readonly table: number;
  /** Faults of this device shall not be recorded. */
  readonly isSilent: boolean;
}

/** A look-up that did not come through. */
export interface WalkFault {
  readonly reason: number;
  /** The context entry says that faults shall not be recorded. */
  readonly isSilent: boolean;
}

/** Where a page of requests goes: `page` is a host page number of 24 bits, `shift` log2 of the region that shares the outcome. No right at all: not present. */
export interface Translation {
  readonly page: number;
  readonly shift: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
}

/** Where tables are read from. */
export interface TableRoot {
  readonly bus: Bus;
  /** Host address of the root table; null until it is set. */
  readonly root: number | null;
}

export type EntryLog = (reading: EntryReading) => void;

const PAGE_FRAME = -0x1000;
const INTERRUPT_FIRST_PAGE = 0xfee00;
const INTERRUPT_LAST_PAGE = 0xfeeff;
const FIELD = Object.fromEntries(CONTEXT_FIELDS.map((f) => [f.name, f])) as Record<
  (typeof CONTEXT_FIELDS)[number]['name'],
  (typeof CONTEXT_FIELDS)[number]
>;

/** Width in bits of the addresses that `levels` levels translate. */
export function widthOf(levels: number): number {
  return 12 + 9 * levels;
}

/** Finds the context entry of `requester`. */
export function walkContext({ bus, root }: TableRoot, requester: number, log?: EntryLog): ContextEntry | WalkFault {
  const rootIndex = requester >> 8;
  const rootHost = (root ?? 0) + 16 * rootIndex;
  const rootEntry = root === null ? null : readWords(bus, rootHost, 4);
  log?.({ kind: 'root', level: 0, index: rootIndex, host: rootHost, words: rootEntry });
  if (rootEntry === null) return fault(FAULT.rootAccess);
  if ((rootEntry[0] & ENTRY_P) === 0) return fault(FAULT.rootNotPresent);
  if (hasAny(rootEntry, ROOT_RESERVED)) return fault(FAULT.rootReserved);
  const index = requester & 0xff;
  const host = frameOf(rootEntry) + 16 * index;
  const entry = readWords(bus, host, 4);
  log?.({ kind: 'context', level: 0, index, host, words: entry });
  if (entry === null) return fault(FAULT.contextAccess);
  return readContext(entry);
}

function readContext(entry: readonly number[]): ContextEntry | WalkFault {
  // Fault processing disable counts in an entry that is not present, too.
  const isSilent = (entry[0] & CONTEXT_FPD) !== 0;
  if ((entry[0] & ENTRY_P) === 0) return fault(FAULT.contextNotPresent, isSilent);
  if (hasAny(entry, CONTEXT_RESERVED)) return fault(FAULT.contextReserved, isSilent);
  const type = wideField(FIELD.TT, entry);
  const width = wideField(FIELD.AW, entry);
  if ((type !== 0 && type !== PASS_THROUGH) || !WIDTHS.some((w) => w === width)) return fault(FAULT.contextInvalid, isSilent);
  return { domain: wideField(FIELD.DID, entry), isPassThrough: type === PASS_THROUGH, levels: width + 2, table: frameOf(entry), isSilent };
}

/** Walks the second level for `address` down to its page. Rights are the conjunction of all levels'; an entry without any ends the walk. */
export function walkTables(bus: Bus, context: ContextEntry, address: number, log?: EntryLog): Translation | { readonly reason: number } {
  const { levels } = context;
  if (address >= 2 ** Math.min(widthOf(levels), MOST_WIDTH)) return { reason: FAULT.addressBeyond };
  let table = context.table;
  let rights = SL_R | SL_W;
  for (let level = levels; ; level--) {
    const shift = 3 + 9 * level;
    const index = Math.floor(address / 2 ** shift) % 512;
    const host = table + 8 * index;
    const entry = readWords(bus, host, 2);
    log?.({ kind: 'table', level, index, host, words: entry });
    if (entry === null) return { reason: level === levels ? FAULT.contextInvalid : FAULT.tableAccess };
    if ((entry[0] & (SL_R | SL_W)) === 0) return { page: 0, shift, isReadable: false, isWritable: false };
    if (isReserved(entry, level)) return { reason: FAULT.tableReserved };
    rights &= entry[0];
    table = frameOf(entry);
    if (!isLeaf(entry, level)) continue;
    const page = table / 0x1000 + (Math.floor(address / 0x1000) % 2 ** (shift - 12));
    if (page >= INTERRUPT_FIRST_PAGE && page <= INTERRUPT_LAST_PAGE) return { reason: FAULT.interruptRange };
    return { page, shift, isReadable: (rights & SL_R) !== 0, isWritable: (rights & SL_W) !== 0 };
  }
}

/** Whether a present second-level entry maps a page. */
export function isLeaf(entry: readonly number[], level: number): boolean {
  return level === 1 || ((level === 2 || level === 3) && (entry[0] & SL_PS) !== 0);
}

/** Whether a present second-level entry has reserved bits set. */
export function isReserved(entry: readonly number[], level: number): boolean {
  const low = isLeaf(entry, level) ? pageReserved(3 + 9 * level) : SL_RESERVED_LOW[level];
  return (entry[0] & low) !== 0 || (entry[1] & SL_RESERVED_HIGH) !== 0;
}

/** Host address in an entry: bits 35:12. */
export function frameOf(entry: readonly number[]): number {
  return ((entry[0] & PAGE_FRAME) >>> 0) + (entry[1] & 0xf) * 2 ** 32;
}

/** `count` dwords, unsigned; null where no memory is. */
function readWords(bus: Bus, host: number, count: number): readonly number[] | null {
  const target = bus.targetAt(host);
  if (target !== 'ram' && target !== 'rom') return null;
  return Array.from({ length: count }, (_, i) => bus.peek32(host + 4 * i) >>> 0);
}

function hasAny(entry: readonly number[], mask: readonly number[]): boolean {
  return entry.some((word, i) => (word & mask[i]) !== 0);
}

function fault(reason: number, isSilent = false): WalkFault {
  return { reason, isSilent };
}
