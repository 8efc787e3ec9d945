/** Decoded instructions by host page, so that most instructions are decoded once. Derived state: it may be thrown away at any time.
 *
 *  A page that holds decoded code is marked in `Physical.code`, so that the first store into it is heard of. After a store the instructions are not thrown
 *  away but doubted: each is compared with the bytes it was made of before it runs again. Code that shares its page with data would otherwise be decoded anew
 *  after every store. */
import { decode } from '../isa/decode.ts';
import type { Insn } from '../isa/insn.ts';
import type { Mmu } from '../memory/mmu.ts';
import type { Physical } from '../memory/physical.ts';

const PAGE = 4096;
const LONGEST = 15;
/** Instructions kept before all are thrown away: some 60 MB. */
const CAPACITY = 1 << 18;

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
}

function emptyWindow(): CodeWindow {
  return Array.from({ length: PAGE }, () => null);
}

export class CodeCache {
  private readonly physical: Physical;
  private readonly mmu: Mmu;
  /** By host page; code of 16 and of 32 bits apart. */
  private pages16 = new Map<number, CodePage>();
  private pages32 = new Map<number, CodePage>();
  private count = 0;

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
      page.trusted[start] = insn;
      page.live.push(start);
    }
    if (this.physical.code[at >>> 12] === 0) {
      this.physical.code[at >>> 12] = 1;
      this.mmu.dropPage(at >>> 12);
    }
    return insn;
  }

  /** The page was written to: nothing in it is trusted until it has been compared. */
  doubt(hostPage: number): void {
    doubtPage(this.pages16.get(hostPage));
    doubtPage(this.pages32.get(hostPage));
  }

  /** All of RAM may have been replaced. */
  doubtAll(): void {
    for (const page of this.pages16.values()) doubtPage(page);
    for (const page of this.pages32.values()) doubtPage(page);
    this.physical.code.fill(0);
  }

  private page(hostPage: number, bits: 16 | 32): CodePage {
    const pages = bits === 16 ? this.pages16 : this.pages32;
    let page = pages.get(hostPage);
    if (page === undefined) {
      page = new CodePage();
      pages.set(hostPage, page);
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

function doubtPage(page: CodePage | undefined): void {
  if (page === undefined) return;
  if (page.known === NOTHING) page.known = emptyWindow();
  for (const start of page.live) {
    page.known[start] = page.trusted[start];
    page.trusted[start] = null;
  }
  page.live.length = 0;
}
