/** Seeded numbers and garbage page tables. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed ^ 0x9e3779b9) | 1;
  }

  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }

  /** True once in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }
}

/** A plausible PDE or PTE: present and with a frame among `pages`, but once in `noise` not. */
export function guestEntry(r: Random, pages: number, noise: number): number {
  if (r.oneIn(4 * noise)) return r.next();
  const frame = r.oneIn(2 * noise) ? r.next() & 0xfffff000 : r.below(pages) << 12;
  let flags = r.oneIn(noise) ? 0 : 1;
  for (const bit of [2, 4]) if (!r.oneIn(4)) flags |= bit;
  for (const bit of [0x20, 0x40, 0x100]) if (r.oneIn(2)) flags |= bit;
  if (r.oneIn(6)) return ((frame & 0xffc00000) | (r.oneIn(5) ? 0x2000 << r.below(9) : 0) | flags | 0x80) >>> 0;
  return (frame | flags) >>> 0;
}

/** A plausible EPT entry, low and high word: its frame among the pages `to`, with R, W, X; but once in `noise` something else. */
function eptEntry(r: Random, to: { first: number; count: number; isPage: boolean }, noise: number): [number, number] {
  if (r.oneIn(4 * noise)) return [r.next(), r.next()];
  const rights = r.oneIn(noise) ? r.below(8) : r.oneIn(12) ? 5 : 7;
  const frame = r.oneIn(2 * noise) ? r.next() & 0xfffff000 : (to.first + r.below(to.count)) << 12;
  const high = r.oneIn(2 * noise) ? 1 << r.below(32) : 0;
  const marks = r.below(4) << 8;
  if (r.oneIn(12)) {
    const broken = r.oneIn(noise) ? 1 << (12 + r.below(18)) : 0;
    return [((frame & 0xc0000000) | rights | 0x80 | marks | (r.oneIn(4) ? 0 : 0x30) | broken) >>> 0, high];
  }
  const type = r.oneIn(noise) || (to.isPage && r.oneIn(4)) ? r.below(16) << 3 : 0;
  return [(frame | rights | type | marks) >>> 0, high];
}

/** Fills `words` page by page: the first `eptPages` (a multiple of 4) with the EPT's four levels, the rest with the guest's tables, which its pages are too. */
export function fillWithTables(r: Random, words: Uint32Array, eptPages: number): void {
  const pages = words.byteLength / 4096;
  const noise = r.pick([5, 30, 300]);
  const each = eptPages / 4;
  for (let page = 0; page < pages; page++) {
    const base = page * 1024;
    if (page < eptPages) {
      const next = (Math.floor(page / each) + 1) * each;
      const to = next === eptPages ? { first: next, count: pages - next, isPage: true } : { first: next, count: each, isPage: false };
      for (let i = 0; i < 1024; i += 2) [words[base + i], words[base + i + 1]] = eptEntry(r, to, noise);
    } else for (let i = 0; i < 1024; i++) words[base + i] = guestEntry(r, pages, noise);
  }
}
