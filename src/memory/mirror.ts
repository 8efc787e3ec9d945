/** A mirror: the entries of the TLB that the present context may use, spread flat over all 2^20 linear pages, so that one load, one XOR and one
 *  test find them. Derived state; dropping an entry too many costs time and nothing else.
 *
 *  `table[page]` is (host offset of the page in ram8) XOR (linear address of the page). Without an entry bit 31 of `linear ^ table[linear >>> 12]` is set, which
 *  no offset in ram8 has: so one test sees a miss, and with two more bits also a dword that is not aligned. */

const PAGES = 1 << 20;
/** Filled entries that are remembered; when there are more, all go. Large enough that this is rare, small enough that a flush stays cheap. */
const CAPACITY = 1 << 14;

/** One mirror: for one privilege level and one kind of access. */
export class Mirror {
  /** Indexed by linear page. Hot paths read it; only this class writes it. */
  readonly table: Int32Array;
  private readonly filled: Int32Array;
  private count = 0;

  constructor() {
    this.table = new Int32Array(PAGES);
    // Above 2 GiB the zeros are invalid entries already.
    this.table.fill(-0x8000_0000, 0, PAGES / 2);
    this.filled = new Int32Array(CAPACITY);
  }

  /** Makes the page of `linear` stand for the page at `offset` in ram8. */
  set(linear: number, offset: number): void {
    if (this.count === CAPACITY) this.clear();
    const page = linear >>> 12;
    this.filled[this.count++] = page;
    this.table[page] = (linear & -0x1000) ^ offset;
  }

  /** Drops the page of `linear`. */
  drop(linear: number): void {
    this.table[linear >>> 12] = ~linear & -0x8000_0000;
  }

  /** Drops the 2^`shift` bytes around `linear`. */
  dropRange(linear: number, shift: number): void {
    if (shift === 12) return this.drop(linear);
    const first = (linear & (-1 << shift)) >>> 12;
    this.table.fill(~linear & -0x8000_0000, first, first + (1 << (shift - 12)));
  }

  /** Drops every linear page that stands for the page at `offset` in ram8. */
  dropHost(offset: number): void {
    for (let i = 0; i < this.count; i++) {
      const linear = this.filled[i] << 12;
      if ((this.table[linear >>> 12] ^ linear) === offset) this.drop(linear);
    }
  }

  /** Drops everything. Costs as much as was filled. */
  clear(): void {
    for (let i = 0; i < this.count; i++) this.drop(this.filled[i] << 12);
    this.count = 0;
  }
}

/** The mirrors of one privilege level. */
export interface MirrorSet {
  /** Readable pages of RAM and ROM. */
  readonly read: Mirror;
  /** Writable pages of RAM that are dirty already and hold no decoded code. */
  readonly write: Mirror;
  /** Executable pages of RAM and ROM. */
  readonly fetch: Mirror;
}

/** All mirrors: the supervisor's, and the user's from its first use on (each takes 4 MiB of address space). */
export class MirrorBank {
  readonly supervisor: MirrorSet = makeSet();
  private userSet: MirrorSet | null = null;

  get user(): MirrorSet {
    this.userSet ??= makeSet();
    return this.userSet;
  }

  /** Drops the 2^`shift` bytes around `linear`, for every kind of access. */
  dropRange(linear: number, shift: number): void {
    dropIn(this.supervisor, linear, shift);
    if (this.userSet !== null) dropIn(this.userSet, linear, shift);
  }

  /** Drops the write entries for the page at `offset` in ram8. */
  dropHostWrites(offset: number): void {
    this.supervisor.write.dropHost(offset);
    this.userSet?.write.dropHost(offset);
  }

  clearWrites(): void {
    this.supervisor.write.clear();
    this.userSet?.write.clear();
  }

  clear(): void {
    clearSet(this.supervisor);
    if (this.userSet !== null) clearSet(this.userSet);
  }
}

function makeSet(): MirrorSet {
  return { read: new Mirror(), write: new Mirror(), fetch: new Mirror() };
}

function dropIn(set: MirrorSet, linear: number, shift: number): void {
  set.read.dropRange(linear, shift);
  set.write.dropRange(linear, shift);
  set.fetch.dropRange(linear, shift);
}

function clearSet(set: MirrorSet): void {
  set.read.clear();
  set.write.clear();
  set.fetch.clear();
}
