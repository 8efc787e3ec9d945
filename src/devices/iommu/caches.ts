/** Context cache and IOTLB: what the unit remembers, and goes on believing, until it is told to forget. Intel VT-d Architecture Specification, "Caching
 *  Translation Information". Round robin per set, moved at fills only.
 *
 *             31        16 15     8 7        2 1 0
 *  context 0 | requester  | reason |      |S |P|V|       P: the entry was present, else absent for `reason` (caching mode); S: faults are not recorded
 *          1 to 3: levels, domain, table page with pass-through in bit 31
 *  IOTLB   0 | page 31:12              |  size   |W|R|V|  size 0 to 3: 4 KiB, 2 MiB, 1 GiB, 512 GiB; neither R nor W: remembered as not present
 *          1 | domain 31:16 | address 47:32 |   2: host page   3: 0                                                                                */
import { type ContextEntry, type TableRoot, type EntryLog, type Translation, walkContext } from './walk.ts';

export const CONTEXT_SETS = 16;
export const CONTEXT_WAYS = 2;
export const IOTLB_SETS = 16;
export const IOTLB_WAYS = 4;
export const ENTRY_WORDS = 4;

const VALID = 1 << 0;
const PRESENT = 1 << 1;
const SILENT = 1 << 2;
const READ = 1 << 1;
const WRITE = 1 << 2;
const SIZE_SHIFT = 3;
const SHIFTS = [12, 21, 30, 39] as const;
const PASS_THROUGH = 0x8000_0000;
/** Entries that were not present are tagged with this domain in caching mode, which software therefore must not use. */
export const RESERVED_DOMAIN = 0;

/** A remembered context entry: what it says, or why there is none. */
export interface CachedContext {
  readonly requester: number;
  /** Null: not present. */
  readonly context: ContextEntry | null;
  /** Of the absence; 0 otherwise. */
  readonly reason: number;
  readonly isSilent: boolean;
}

/** What the tables say about `requester`, in the form in which it is remembered. */
export function readContext(tables: TableRoot, requester: number, log?: EntryLog): CachedContext {
  const found = walkContext(tables, requester, log);
  if ('reason' in found) return { requester, context: null, ...found };
  return { requester, context: found, reason: 0, isSilent: found.isSilent };
}

/** A remembered translation. `address` is that of its first page. */
export interface CachedTranslation extends Translation {
  readonly address: number;
  readonly domain: number;
}

/** Words and replacement counters of one cache, in the bytes of the unit. */
export interface CacheState {
  readonly words: Uint32Array;
  readonly next: Uint8Array;
}

export class ContextCache {
  private readonly state: CacheState;

  constructor(state: CacheState) {
    this.state = state;
  }

  find(requester: number): CachedContext | null {
    const { words } = this.state;
    const first = setOf(requester) * CONTEXT_WAYS;
    for (let i = first; i < first + CONTEXT_WAYS; i++) {
      const at = i * ENTRY_WORDS;
      if ((words[at] & VALID) !== 0 && words[at] >>> 16 === requester) return this.viewAt(at);
    }
    return null;
  }

  fill({ requester, context, reason, isSilent }: CachedContext): void {
    const { words } = this.state;
    const at = place(this.state, setOf(requester), CONTEXT_WAYS);
    words[at] = (requester << 16) | (reason << 8) | VALID | (context === null ? 0 : PRESENT) | (isSilent ? SILENT : 0);
    words[at + 1] = context?.levels ?? 0;
    words[at + 2] = context?.domain ?? RESERVED_DOMAIN;
    words[at + 3] = context === null ? 0 : context.table / 0x1000 + (context.isPassThrough ? PASS_THROUGH : 0);
  }

  /** Forgets the entries that `matches`; returns how many. */
  drop(matches: (entry: CachedContext) => boolean): number {
    return dropWhere(this.state.words, (at) => matches(this.viewAt(at)));
  }

  get entries(): readonly CachedContext[] {
    return entriesOf(this.state.words).map((at) => this.viewAt(at));
  }

  private viewAt(at: number): CachedContext {
    const { words } = this.state;
    const head = words[at];
    const table = words[at + 3];
    const requester = head >>> 16;
    const isSilent = (head & SILENT) !== 0;
    if ((head & PRESENT) === 0) return { requester, context: null, reason: (head >>> 8) & 0xff, isSilent };
    const context = {
      domain: words[at + 2] & 0xffff,
      isPassThrough: table >= PASS_THROUGH,
      // Bytes from a file may say anything; a walk ends after four levels.
      levels: Math.min(Math.max(words[at + 1], 2), 4),
      table: (table % PASS_THROUGH) * 0x1000,
      isSilent,
    };
    return { requester, context, reason: 0, isSilent };
  }
}

/** Domain under which an entry is remembered. */
export function domainOf(entry: CachedContext): number {
  return entry.context?.domain ?? RESERVED_DOMAIN;
}

export class Iotlb {
  private readonly state: CacheState;

  constructor(state: CacheState) {
    this.state = state;
  }

  /** The entry that translates `address` (below 2^48) in `domain`, small pages first. */
  find(domain: number, address: number): CachedTranslation | null {
    for (let size = 0; size < SHIFTS.length; size++) {
      const at = this.locate(domain, address, size);
      if (at >= 0) return this.viewAt(at);
    }
    return null;
  }

  /** Remembers a translation of `address`, which is anywhere in its page. */
  fill(domain: number, address: number, translation: Translation): void {
    const { words } = this.state;
    const { page, shift, isReadable, isWritable } = translation;
    const first = Math.floor(address / 2 ** shift) * 2 ** shift;
    const at = place(this.state, iotlbSet(first, shift), IOTLB_WAYS);
    const rights = (isReadable ? READ : 0) | (isWritable ? WRITE : 0);
    words[at] = (first % 2 ** 32) + (VALID | rights | (SHIFTS.findIndex((s) => s === shift) << SIZE_SHIFT));
    words[at + 1] = domain * 0x1_0000 + Math.floor(first / 2 ** 32);
    words[at + 2] = page - (page % 2 ** (shift - 12));
    words[at + 3] = 0;
  }

  /** Forgets the entries that `matches`; returns how many. */
  drop(matches: (entry: CachedTranslation) => boolean): number {
    return dropWhere(this.state.words, (at) => matches(this.viewAt(at)));
  }

  get entries(): readonly CachedTranslation[] {
    return entriesOf(this.state.words).map((at) => this.viewAt(at));
  }

  private locate(domain: number, address: number, size: number): number {
    const { words } = this.state;
    const shift = SHIFTS[size];
    const first = Math.floor(address / 2 ** shift) * 2 ** shift;
    const low = (first % 2 ** 32) + VALID + size * 2 ** SIZE_SHIFT;
    const high = domain * 0x1_0000 + Math.floor(first / 2 ** 32);
    const begin = iotlbSet(first, shift) * IOTLB_WAYS;
    for (let i = begin; i < begin + IOTLB_WAYS; i++) {
      const at = i * ENTRY_WORDS;
      if ((words[at] & ~(READ | WRITE)) >>> 0 === low && words[at + 1] === high) return at;
    }
    return -1;
  }

  private viewAt(at: number): CachedTranslation {
    const { words } = this.state;
    const low = words[at];
    const high = words[at + 1];
    const page = words[at + 2];
    const address = ((low & -0x1000) >>> 0) + (high & 0xffff) * 2 ** 32;
    const shift = SHIFTS[(low >> SIZE_SHIFT) & 3];
    return { address, domain: high >>> 16, page, shift, isReadable: (low & READ) !== 0, isWritable: (low & WRITE) !== 0 };
  }
}

/** Host address of `address` by a remembered translation. */
export function hostIn({ page, shift }: Translation, address: number): number {
  const first = page - (page % 2 ** (shift - 12));
  return first * 0x1000 + (address % 2 ** shift);
}

function setOf(requester: number): number {
  // Functions of a device, and devices of a bus, fall into different sets.
  return (requester ^ (requester >> 3) ^ (requester >> 8)) & (CONTEXT_SETS - 1);
}

function iotlbSet(first: number, shift: number): number {
  return Math.floor(first / 2 ** shift) & (IOTLB_SETS - 1);
}

/** First word of a free way of `set`, else of the next in turn. */
function place({ words, next }: CacheState, set: number, ways: number): number {
  for (let way = 0; way < ways; way++) {
    const at = (set * ways + way) * ENTRY_WORDS;
    if ((words[at] & VALID) === 0) return at;
  }
  const way = next[set];
  next[set] = (way + 1) % ways;
  return (set * ways + way) * ENTRY_WORDS;
}

function entriesOf(words: Uint32Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < words.length; at += ENTRY_WORDS) if ((words[at] & VALID) !== 0) found.push(at);
  return found;
}

function dropWhere(words: Uint32Array, matches: (at: number) => boolean): number {
  const gone = entriesOf(words).filter(matches);
  for (const at of gone) words.fill(0, at, at + ENTRY_WORDS);
  return gone.length;
}
