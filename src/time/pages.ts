/** Bytes of a page: RAM's and a disk's alike. */
export const PAGE_SIZE = 4096;

/** `PAGE_SIZE` bytes that nobody writes once they are in a map. Two maps hold the same page if and only if they hold the same object. */
export type Page = Uint8Array;

/** Every page that is all zeros is this one. Read only. */
export const ZERO_PAGE: Page = new Uint8Array(PAGE_SIZE);

/** True when two pages hold equal bytes; both 4-byte aligned. */
export function isSamePage(one: Page, other: Page): boolean {
  // speed only: four bytes at a time
  const mine = new Int32Array(one.buffer, one.byteOffset, PAGE_SIZE >> 2);
  const theirs = new Int32Array(other.buffer, other.byteOffset, PAGE_SIZE >> 2);
  for (let i = 0; i < mine.length; i++) if (mine[i] !== theirs[i]) return false;
  return true;
}

const BITS = 6;
const FAN = 1 << BITS;

/** Children by slot: branches above, pages at the bottom, nothing where all is zero. */
type Branch = readonly (Branch | Page | undefined)[];
type OwnBranch = (Branch | Page | undefined)[];

const EMPTY: Branch = new Array<undefined>(FAN).fill(undefined);

/** An immutable array of pages that shares with its parent all that did not change: a radix tree, 64 children a branch. An edit of n pages copies at most
 *  n branches a level; comparing two maps skips what they share. */
export class PageMap {
  /** Pages, zero ones included. */
  readonly count: number;
  private readonly root: Branch;
  private readonly top: number;

  private constructor(count: number, root: Branch) {
    this.count = count;
    this.root = root;
    let top = 0;
    while (count > FAN * 2 ** top) top += BITS;
    this.top = top;
  }

  /** A map of `count` zero pages. */
  static zeros(count: number): PageMap {
    return new PageMap(count, EMPTY);
  }

  /** Page number `index`, 0 <= index < count. */
  get(index: number): Page {
    let branch = this.root;
    for (let shift = this.top; shift > 0; shift -= BITS) {
      const child = branch[(index >>> shift) % FAN];
      if (child === undefined) return ZERO_PAGE;
      branch = child as Branch;
    }
    return (branch[index % FAN] as Page | undefined) ?? ZERO_PAGE;
  }

  /** The map with other pages at some places, each named once. The pages belong to the map from then on; all-zero ones must be `ZERO_PAGE`. */
  with(changes: Iterable<readonly [index: number, page: Page]>): PageMap {
    const own = new Set<Branch>();
    const open = (branch: Branch): OwnBranch => {
      if (own.has(branch)) return branch as OwnBranch;
      const copy = branch.slice();
      own.add(copy);
      return copy;
    };
    let root = this.root;
    for (const [index, page] of changes) {
      if (this.get(index) === page) continue;
      let branch = open(root);
      root = branch;
      for (let shift = this.top; shift > 0; shift -= BITS) {
        const slot = (index >>> shift) % FAN;
        const child = open((branch[slot] as Branch | undefined) ?? EMPTY);
        branch[slot] = child;
        branch = child;
      }
      branch[index % FAN] = page === ZERO_PAGE ? undefined : page;
    }
    return root === this.root ? this : new PageMap(this.count, root);
  }

  /** Calls `visit` for each page of this map that `other` (of the same count) does not have at that place, in order. */
  differences(other: PageMap, visit: (index: number, page: Page) => void): void {
    compare(this.root, other.root, { base: 0, shift: this.top, visit });
  }

  /** Calls `visit` for each page that is not all zeros, in order. */
  forEach(visit: (index: number, page: Page) => void): void {
    this.differences(PageMap.zeros(this.count), visit);
  }
}

interface Place {
  readonly base: number;
  readonly shift: number;
  readonly visit: (index: number, page: Page) => void;
}

function compare(mine: Branch, theirs: Branch, { base, shift, visit }: Place): void {
  for (let slot = 0; slot < FAN; slot++) {
    const child = mine[slot];
    const other = theirs[slot];
    if (child === other) continue;
    const index = base + slot * 2 ** shift;
    if (shift === 0) visit(index, (child as Page | undefined) ?? ZERO_PAGE);
    else
      compare((child as Branch | undefined) ?? EMPTY, (other as Branch | undefined) ?? EMPTY, { base: index, shift: shift - BITS, visit });
  }
}
