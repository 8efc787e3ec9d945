/** An entry of the TLB against the tables: what they say now of the page that it translates. */
import type { Bus } from './bus.ts';
import { OK, PROBE, TableMemory } from './tables.ts';
import { EPT_RIGHT_FLAGS, GLOBAL, GUEST_U, GUEST_W, PAGE_SIZE_SHIFTS, SIZE_SHIFT, type Tlb } from './tlb.ts';
import { type PagingContext, walkerIn } from './walk.ts';

/** Rights that an entry and the tables must agree on; D is the processor's own business. */
const RIGHTS = GUEST_W | GUEST_U | EPT_RIGHT_FLAGS | GLOBAL;

/** Where the tables lead from one linear address. */
export interface TablesNow {
  /** Host-physical address of the 4-KiB page to which they lead; null: nowhere. */
  readonly host: number | null;
  /** Bytes of the page that the TLB would keep; 0 where they lead nowhere. */
  readonly size: number;
}

/** As `TablesNow`, with rights and G in the bits of an entry's first word. */
export interface TablesWord extends TablesNow {
  readonly flags: number;
}

/** Walks the tables of `context` for `linear`, and changes nothing. */
export function tablesNow(bus: Bus, context: PagingContext, linear: number): TablesWord {
  const walker = walkerIn(new TableMemory(bus, 'forget'), context);
  if (walker.walk(linear, PROBE, false) !== OK) return { host: null, size: 0, flags: 0 };
  const { page, flags } = walker;
  return { host: page * 4096, size: 2 ** PAGE_SIZE_SHIFTS[(flags >> SIZE_SHIFT) & 3], flags };
}

/** Whether the entry whose first word is `at` says something else of `linear` than the tables do now. */
export function isStale(tlb: Tlb, at: number, linear: number, now: TablesWord): boolean {
  return now.host !== tlb.hostPage(at, linear) * 4096 || ((tlb.words[at] ^ now.flags) & RIGHTS) !== 0;
}
