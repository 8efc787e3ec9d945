/** The architectural TLB: finite, tagged, and stale entries in it are really used until something invalidates them.
 *
 *  Two halves, one for instruction fetches and one for data, each `sets` x `ways`. An entry translates a 4-KiB, 2-MiB or 4-MiB page of linear addresses
 *  straight to host memory. Made without EPT it is a *linear* mapping, tagged by VPID; made under EPT a *combined* mapping, tagged by VPID and EP4TA
 *  (SDM vol. 3, "Information That May Be Cached"). Guest-physical mappings and paging-structure caches are never kept as entries of their own, which
 *  the manual allows: a processor need not cache anything. Replacement is round robin per set and moves at fills only, so contents do not depend on how often
 *  a fast path hit.
 *
 *  Words of an entry:
 *             31            12  11 10  9  8  7  6  5  4   3 2       1        0
 *    0 LINEAR | linear page   |ED|EX|EW|ER| D| U| W| G | size | combined | valid |
 *    1 HOST   | host page number, 24 bits (36-bit addresses)                     |
 *    2 VPID     3 EP4TA (EPTP bits 35:12; 0 in a linear mapping)
 */
import { assert } from '../base/assert.ts';
import { type Layout, layout } from '../base/layout.ts';
import type { Stateful } from '../time/stateful.ts';

export const ENTRY_WORDS = 4;
export const LINEAR = 0;
export const HOST = 1;
export const VPID = 2;
export const EP4TA = 3;

export const VALID = 1 << 0;
export const COMBINED = 1 << 1;
export const SIZE_SHIFT = 2;
export const GLOBAL = 1 << 4;
/** The guest's own rights: may be written, user mode may use it; its D flag is set. */
export const GUEST_W = 1 << 5;
export const GUEST_U = 1 << 6;
export const GUEST_D = 1 << 7;
/** EPT rights R, W, X in the order of the EPT entry (all set without EPT). */
export const EPT_SHIFT = 8;
export const EPT_R = 1 << 8;
export const EPT_W = 1 << 9;
export const EPT_X = 1 << 10;
export const EPT_RIGHT_FLAGS = EPT_R | EPT_W | EPT_X;
/** The EPT's D flag is set, or not in use. */
export const EPT_D = 1 << 11;

/** Page sizes by their code in an entry, as log2 of bytes: 4 KiB, 2 MiB, 4 MiB. */
export const PAGE_SIZE_SHIFTS = [12, 21, 22] as const;

/** What must be equal for an entry to translate an address: its page, size and kind, and that it is valid. */
const TAG_MASK = (-1 << 12) | VALID | COMBINED | (3 << SIZE_SHIFT);

export const INSTRUCTION = 0;
export const DATA = 1;
export type Half = typeof INSTRUCTION | typeof DATA;

/** Whose translations: under EPT tagged by EP4TA too. */
export interface TlbContext {
  readonly isNested: boolean;
  readonly vpid: number;
  readonly ep4ta: number;
}

export interface TlbProfile {
  /** A power of two. */
  readonly sets: number;
  /** At least 2, so that an access over two pages finds both. */
  readonly ways: number;
}

export const TLB_PROFILES = {
  default: { sets: 512, ways: 4 },
  teaching: { sets: 8, ways: 2 },
} as const satisfies Record<string, TlbProfile>;

/** The part `tlb`. */
export class Tlb implements Stateful {
  readonly id = 'tlb';
  readonly layout: Layout;
  readonly bytes: Uint8Array;
  readonly sets: number;
  readonly ways: number;
  /** All entries, instruction half first; entry n begins at word n * ENTRY_WORDS. */
  readonly words: Int32Array;
  /** First word of the entry that the last `fill` took away from the present context, 0 if there was none. */
  displaced = 0;
  /** Words of the entry, of whatever context, whose place the last `fill` took; the first is 0 if the place was free. */
  readonly evicted = new Int32Array(ENTRY_WORDS);
  /** Log2 of the largest page that the last `dropAddress` dropped. */
  droppedShift = 0;
  /** Next way to replace, per set, instruction half first. */
  private readonly next: Uint8Array;
  // Derived: the slots that may be valid, so that a flush need not look at all; and how many large pages there are at most.
  private readonly slots: Int32Array;
  private slotCount = 0;
  private readonly isListed: Uint8Array;
  private readonly largeCount = new Int32Array(6);
  // Derived: the present context, as `setContext` left it; VALID, and COMBINED under EPT.
  private kind = VALID;
  private vpid = 0;
  private ep4ta = 0;

  constructor(profile: TlbProfile = TLB_PROFILES.default) {
    const { sets, ways } = profile;
    assert(sets > 0 && (sets & (sets - 1)) === 0 && ways >= 2 && ways < 256, 'a TLB has a power of two of sets and at least two ways');
    this.sets = sets;
    this.ways = ways;
    const words = sets * ways * ENTRY_WORDS;
    this.layout = layout({ instruction: ['u32', words], data: ['u32', words], nextInstruction: ['u8', sets], nextData: ['u8', sets] });
    this.bytes = new Uint8Array(this.layout.size);
    this.words = new Int32Array(this.bytes.buffer, 0, 2 * words);
    this.next = new Uint8Array(this.bytes.buffer, 8 * words, 2 * sets);
    this.slots = new Int32Array(2 * sets * ways);
    this.isListed = new Uint8Array(2 * sets * ways);
  }

  rebuild(): void {
    this.slotCount = 0;
    this.isListed.fill(0);
    this.largeCount.fill(0);
    for (let slot = 0; slot < this.isListed.length; slot++) {
      if ((this.words[slot * ENTRY_WORDS] & VALID) !== 0) this.list(slot);
    }
  }

  /** Whose translations are used and made from now on. `ep4ta` counts under EPT only. Flushes nothing. */
  setContext(isNested: boolean, vpid: number, ep4ta: number): void {
    this.kind = isNested ? VALID | COMBINED : VALID;
    this.vpid = vpid;
    this.ep4ta = isNested ? ep4ta : 0;
  }

  /** First word of the entry that translates `linear` in the present context, -1 for a miss. Smaller pages are looked for first. */
  find(half: Half, linear: number): number {
    const at = this.findSize(half, linear, 0);
    if (at >= 0) return at;
    if (this.largeCount[3 * half + 1] !== 0) {
      const large = this.findSize(half, linear, 1);
      if (large >= 0) return large;
    }
    return this.largeCount[3 * half + 2] !== 0 ? this.findSize(half, linear, 2) : -1;
  }

  /** As `find`, for another context than the present one. */
  findIn(context: TlbContext, half: Half, linear: number): number {
    const { kind, vpid, ep4ta } = this;
    this.setContext(context.isNested, context.vpid, context.ep4ta);
    const at = this.find(half, linear);
    Object.assign(this, { kind, vpid, ep4ta });
    return at;
  }

  /** Host page number (24 bits) of `linear` by the entry at `at`. */
  hostPage(at: number, linear: number): number {
    const shift = PAGE_SIZE_SHIFTS[(this.words[at] >> SIZE_SHIFT) & 3];
    return this.words[at + HOST] | ((linear >>> 12) & ((1 << (shift - 12)) - 1));
  }

  /** Makes an entry for the present context; the caller has seen that none translates `linear`. `linear` and `host` (a page number) are anywhere in the
   *  page; `flags` are those of the first word, with the size. Takes a free way, else the next in turn, and returns the entry's first word. */
  fill(half: Half, linear: number, host: number, flags: number): number {
    const size = (flags >> SIZE_SHIFT) & 3;
    const shift = PAGE_SIZE_SHIFTS[size];
    const set = this.setOf(half, linear, shift);
    const slot = set * this.ways + this.pickWay(set);
    const at = slot * ENTRY_WORDS;
    const w = this.words;
    for (let i = 0; i < ENTRY_WORDS; i++) this.evicted[i] = w[at + i];
    this.displaced = this.isCurrent(at) ? w[at] : 0;
    w[at + LINEAR] = (linear & (-1 << shift)) | flags | this.kind;
    w[at + HOST] = host & (-1 << (shift - 12));
    w[at + VPID] = this.vpid;
    w[at + EP4TA] = this.ep4ta;
    this.list(slot);
    return at;
  }

  /** Drops the entry whose first word is `at`. */
  dropAt(at: number): void {
    const w = this.words;
    w[at] = 0;
    w[at + 1] = 0;
    w[at + 2] = 0;
    w[at + 3] = 0;
  }

  /** Drops the entries of either half and any page size that translate `linear` under `vpid`: linear ones, and combined ones of any EP4TA; with
   *  `onlyCurrent` only those that the present context would use. Returns how many went. */
  dropAddress(linear: number, vpid: number, onlyCurrent: boolean): number {
    const w = this.words;
    let count = 0;
    this.droppedShift = 12;
    for (let which = 0; which < 6; which++) {
      const size = which % 3;
      const shift = PAGE_SIZE_SHIFTS[size];
      const tag = (linear & (-1 << shift)) | (size << SIZE_SHIFT) | VALID;
      let at = this.setOf(which < 3 ? INSTRUCTION : DATA, linear, shift) * this.ways * ENTRY_WORDS;
      for (const end = at + this.ways * ENTRY_WORDS; at < end; at += ENTRY_WORDS) {
        if (((w[at] ^ tag) & TAG_MASK & ~COMBINED) !== 0 || w[at + VPID] !== vpid || (onlyCurrent && !this.isCurrent(at))) continue;
        this.dropAt(at);
        this.droppedShift = Math.max(this.droppedShift, shift);
        count++;
      }
    }
    return count;
  }

  /** Drops every entry for which `matches(first word's index)` holds; returns how many went, over both halves. */
  drop(matches: (at: number) => boolean): number {
    let kept = 0;
    let count = 0;
    for (let i = 0; i < this.slotCount; i++) {
      const slot = this.slots[i];
      const at = slot * ENTRY_WORDS;
      if ((this.words[at] & VALID) !== 0 && matches(at)) {
        this.dropAt(at);
        count++;
      }
      if ((this.words[at] & VALID) !== 0) this.slots[kept++] = slot;
      else this.isListed[slot] = 0;
    }
    this.slotCount = kept;
    this.recountLarge();
    return count;
  }

  /** True if the entry at `at` is one that the present context would use. */
  isCurrent(at: number): boolean {
    const w = this.words;
    return (w[at] & (VALID | COMBINED)) === this.kind && w[at + VPID] === this.vpid && w[at + EP4TA] === this.ep4ta;
  }

  private findSize(half: Half, linear: number, size: number): number {
    const shift = PAGE_SIZE_SHIFTS[size];
    const tag = (linear & (-1 << shift)) | (size << SIZE_SHIFT) | this.kind;
    const w = this.words;
    let at = this.setOf(half, linear, shift) * this.ways * ENTRY_WORDS;
    const end = at + this.ways * ENTRY_WORDS;
    for (; at < end; at += ENTRY_WORDS) {
      if (((w[at] ^ tag) & TAG_MASK) === 0 && w[at + VPID] === this.vpid && w[at + EP4TA] === this.ep4ta) return at;
    }
    return -1;
  }

  /** The set for `linear` in a page of 2^`shift` bytes, counted over both halves. */
  private setOf(half: Half, linear: number, shift: number): number {
    return half * this.sets + ((linear >>> shift) & (this.sets - 1));
  }

  private pickWay(set: number): number {
    for (let way = 0; way < this.ways; way++) {
      if ((this.words[(set * this.ways + way) * ENTRY_WORDS] & VALID) === 0) return way;
    }
    const way = this.next[set];
    this.next[set] = way + 1 === this.ways ? 0 : way + 1;
    return way;
  }

  private list(slot: number): void {
    const half = slot >= this.sets * this.ways ? 1 : 0;
    this.largeCount[3 * half + ((this.words[slot * ENTRY_WORDS] >> SIZE_SHIFT) & 3)]++;
    if (this.isListed[slot] !== 0) return;
    this.isListed[slot] = 1;
    this.slots[this.slotCount++] = slot;
  }

  private recountLarge(): void {
    this.largeCount.fill(0);
    for (let i = 0; i < this.slotCount; i++) {
      const half = this.slots[i] >= this.sets * this.ways ? 1 : 0;
      this.largeCount[3 * half + ((this.words[this.slots[i] * ENTRY_WORDS] >> SIZE_SHIFT) & 3)]++;
    }
  }
}
