/** Decoded instructions by host page, so that most instructions are decoded once. Derived state: it may be thrown away at any time.
 *
 *  A page that holds decoded code is marked in `Physical.code`, so that stores into it are heard of. Those beside the instructions leave the mark: small
 *  programs have their stack and data in the page of their code. What a store hits is no more trusted, and is compared with the bytes it was made of before
 *  it runs again; patched back, it needs no decoding. */
import { decode } from '../isa/decode.ts';
import { type Insn, WATCHED } from '../isa/insn.ts';
import type { Mmu } from '../memory/mmu.ts';
import type { Physical } from '../memory/physical.ts';

const PAGE = 4096;
const LONGEST = 15;
/** Bytes of the widest store that is told of. */
const STORE = 4;
/** Instructions kept before all are thrown away: some 60 MB. And pages, of 36 KB each: a guest may jump through all of its RAM, one instruction a page. */
const CAPACITY = 1 << 18;
const MOST_PAGES = 1 << 12;
/** Stores beside the code of a page after which the page is taken for data: such stores are slow, and the code may never run again. */
const PATIENCE = 512;

/** Instructions that start at each offset of a page; null where none is known (or trusted). */
export type CodeWindow = (Insn | null)[];

const NOTHING: CodeWindow = [];

class CodePage {
  /** Trusted instructions: their bytes have not been written since. */
  readonly trusted: CodeWindow = emptyWindow();
  /** Offsets that are set in `trusted`. */
  readonly live: number[] = [];
  /** All instructions decoded so far, made when the first of them was doubted; and the bytes they were made of. */
  known: CodeWindow = NOTHING;
  readonly made = new Uint8Array(PAGE);
  /** Stores into the page since it was last doubted as a whole. */
  stores = 0;
}

function emptyWindow(): CodeWindow {
  return Array.from({ length: PAGE }, () => null);
}

/** The cache of one machine. Throws nothing. */
export class CodeCache {
  private readonly physical: Physical;
  private readonly mmu: Mmu;
  /** By host page; code of 16 and of 32 bits apart. */
  private pages16 = new Map<number, CodePage>();
  private pages32 = new Map<number, CodePage>();
  private count = 0;
  /** Offsets in a page whose instructions are marked WATCHED. */
  private watched: ReadonlySet<number> = new Set();

  constructor(physical: Physical, mmu: Mmu) {
    this.physical = physical;
    this.mmu = mmu;
  }

  /** The window on the page at `offset` in ram8. The same array until `clear`; entries come and go in it. */
  window(offset: number, bits: 16 | 32): CodeWindow {
    return this.page(offset >>> 12, bits).trusted;
  }

  /** The instruction at `at` in ram8, marked as code; null if it reaches into the next page. */
  lookUp(at: number, bits: 16 | 32): Insn | null {
    const page = this.page(at >>> 12, bits);
    const start = at & (PAGE - 1);
    const insn = page.trusted[start] ?? this.recall(page, at) ?? this.decodeAt(page, at, bits);
    if (insn === null) return null;
    if (page.trusted[start] === null) {
      setWatched(insn, this.watched.has(start));
      page.trusted[start] = insn;
      page.live.push(start);
    }
    if (this.physical.code[at >>> 12] === 0) {
      this.physical.code[at >>> 12] = 1;
      this.mmu.dropPage(at >>> 12);
    }
    return insn;
  }

  /** A store at `at` into a page of code is coming (anywhere in it if `at` is -1). True if instructions were hit: none of those is trusted until it has been
   *  compared. */
  noteStore(hostPage: number, at: number): boolean {
    const page16 = this.pages16.get(hostPage);
    const page32 = this.pages32.get(hostPage);
    const patience = Math.max(spend(page16), spend(page32));
    if (at < 0 || patience > PATIENCE) {
      doubtPage(page16);
      doubtPage(page32);
      return true;
    }
    const isHit16 = doubtBytes(page16, at);
    const isHit32 = doubtBytes(page32, at);
    this.physical.code[hostPage] = 1;
    return isHit16 || isHit32;
  }

  /** All of RAM may have been replaced. */
  doubtAll(): void {
    for (const page of this.pages16.values()) doubtPage(page);
    for (const page of this.pages32.values()) doubtPage(page);
    this.physical.code.fill(0);
  }

  /** From now on the instructions at these offsets, of whatever page, are WATCHED. */
  watch(offsets: ReadonlySet<number>): void {
    this.watched = offsets;
    this.doubtAll();
  }

  private page(hostPage: number, bits: 16 | 32): CodePage {
    let page = (bits === 16 ? this.pages16 : this.pages32).get(hostPage);
    if (page === undefined) {
      if (this.pages16.size + this.pages32.size >= MOST_PAGES) this.clear();
      page = new CodePage();
      (bits === 16 ? this.pages16 : this.pages32).set(hostPage, page);
    }
    return page;
  }

  private recall(page: CodePage, at: number): Insn | null {
    const start = at & (PAGE - 1);
    const insn = page.known[start] ?? null;
    if (insn === null) return null;
    for (let i = 0; i < insn.length; i++) if (this.physical.ram8[at + i] !== page.made[start + i]) return null;
    return insn;
  }

  private decodeAt(page: CodePage, at: number, bits: 16 | 32): Insn | null {
    const start = at & (PAGE - 1);
    const { ram8 } = this.physical;
    const insn = decode(ram8, at, bits, at - start + PAGE);
    if (insn === null) return null;
    if (++this.count > CAPACITY) this.clear();
    for (let i = 0; i < insn.length; i++) {
      if (page.made[start + i] === ram8[at + i]) continue;
      page.made[start + i] = ram8[at + i];
      // What was made of the old byte is not what stands there now.
      for (let before = Math.max(0, start + i - LONGEST + 1); before <= start + i; before++) forget(page, before);
    }
    if (page.known !== NOTHING) page.known[start] = insn;
    return insn;
  }

  private clear(): void {
    this.pages16 = new Map();
    this.pages32 = new Map();
    this.count = 0;
  }
}

/** A byte of this instruction changed. Trusted ones cannot be concerned: their bytes would have been written to, and all doubted. */
function forget(page: CodePage, start: number): void {
  if (page.known !== NOTHING) page.known[start] = null;
}

function setWatched(insn: Insn, isWatched: boolean): void {
  const kept = insn as { flags: number };
  kept.flags = isWatched ? kept.flags | WATCHED : kept.flags & ~WATCHED;
}

function spend(page: CodePage | undefined): number {
  return page === undefined ? 0 : ++page.stores;
}

/** Doubts the instructions that a store at `at` may touch. */
function doubtBytes(page: CodePage | undefined, at: number): boolean {
  if (page === undefined) return false;
  const { trusted } = page;
  let isHit = false;
  const end = Math.min(PAGE, at + STORE);
  for (let start = Math.max(0, at - LONGEST + 1); start < end; start++) {
    const insn = trusted[start];
    if (insn === null || start + insn.length <= at) continue;
    if (page.known === NOTHING) page.known = emptyWindow();
    page.known[start] = insn;
    trusted[start] = null;
    isHit = true;
  }
  return isHit;
}

/** Doubts everything. */
function doubtPage(page: CodePage | undefined): void {
  if (page === undefined) return;
  page.stores = 0;
  if (page.known === NOTHING) page.known = emptyWindow();
  for (const start of page.live) {
    page.known[start] = page.trusted[start] ?? page.known[start];
    page.trusted[start] = null;
  }
  page.live.length = 0;
}
