/** A virtual machine's EPT: real tables in frames of host memory, made on demand. SDM vol. 3, "The Extended Page Table Mechanism (EPT)". */
import { EPT_A, EPT_LEVELS, EPT_R, EPT_RIGHTS, EPT_W, EPT_X, EPTP_AD } from '../arch/ept.ts';
import type { FrameKind, Frames } from './frames.ts';
import type { HostMemory } from './root-operation.ts';

/** EPTP: write-back tables, walks of four levels, A and D flags. They have a price: a guest's page walk then counts as a write to its page tables, so those do not
 *  stay shared. SDM vol. 3, "Accessed and Dirty Flags for EPT". */
const EPTP_FORM = 6 | (3 << 3) | EPTP_AD;
/** Leaves are write-back memory. */
const WRITE_BACK = 6 << 3;
const FRAME = ~0xfff;
const PT = EPT_LEVELS.length - 1;
const ENTRIES = 512;

export const READ_EXECUTE = EPT_R | EPT_X;
export const READ_WRITE_EXECUTE = EPT_R | EPT_W | EPT_X;

/** A page that an EPT maps. */
export interface Leaf {
  readonly physical: number;
  readonly frame: number;
  readonly rights: number;
}

/** What a leaf may lead to. */
const LEAF_KINDS: readonly FrameKind[] = ['ram', 'shared', 'rom'];

interface LeafEntry {
  readonly at: number;
  readonly physical: number;
  readonly entry: number;
}

/** A table, its level, and the guest-physical address at which it begins. */
interface Place {
  readonly table: number;
  readonly level: number;
  readonly base: number;
}

/** Builds and reads the tables below one root. It holds nothing itself: all is in host memory. A saved moment may hold anything there: what is no table of this
 *  owner's is not followed, and what leads to no page of memory is not there. */
export class EptBuilder {
  private readonly memory: HostMemory;
  private readonly frames: Frames;
  private readonly owner: number;
  private readonly rootOf: () => number;

  /** `root` tells the frame of the PML4 table. */
  constructor(memory: HostMemory, frames: Frames, owner: number, root: () => number) {
    this.memory = memory;
    this.frames = frames;
    this.owner = owner;
    this.rootOf = root;
  }

  get eptp(): number {
    return this.rootOf() | EPTP_FORM;
  }

  /** Takes a frame for an empty table; -1: none is free. */
  newTable(): number {
    const frame = this.frames.allocate('ept', this.owner);
    if (frame >= 0) this.memory.clearPage(frame);
    return frame;
  }

  /** Maps the page at `physical`; false: there is no frame for a table. */
  map(physical: number, frame: number, rights: number): boolean {
    const at = this.entryAt(physical, true);
    if (at < 0) return false;
    this.memory.write32(at, frame | WRITE_BACK | rights);
    this.memory.write32(at + 4, 0);
    return true;
  }

  /** Frame that `physical` is mapped to, -1 for none. */
  frameOf(physical: number): number {
    const entry = this.entry(physical);
    return this.isLeaf(entry) ? (entry & FRAME) >>> 0 : -1;
  }

  rightsOf(physical: number): number {
    return this.entry(physical) & EPT_RIGHTS;
  }

  /** Takes the mapping away. Whoever does this executes INVEPT before anybody relies on it. */
  unmap(physical: number): void {
    const at = this.entryAt(physical, false);
    if (at >= 0) this.memory.write32(at, 0);
  }

  /** Pages touched since the last time this was asked: counts the accessed flags, and clears them. They are set again by walks alone, so whoever asks executes
   *  INVEPT: translations that are cached set none. */
  takeAccessed(): number {
    let count = 0;
    for (const { at, entry } of this.leafEntries()) {
      if ((entry & EPT_A) === 0) continue;
      this.memory.write32(at, entry & ~EPT_A);
      count++;
    }
    return count;
  }

  /** Every page that is mapped, in ascending order. */
  *leaves(): Generator<Leaf> {
    for (const { physical, entry } of this.leafEntries()) {
      yield { physical, frame: (entry & FRAME) >>> 0, rights: entry & EPT_RIGHTS };
    }
  }

  /** Gives all tables back, the root too. */
  destroy(): void {
    this.releaseTables(this.rootOf(), 0, new Set());
  }

  private entry(physical: number): number {
    const at = this.entryAt(physical, false);
    return at < 0 ? 0 : this.memory.read32(at);
  }

  /** Address of the leaf entry; -1: there is no table for it, and none was wanted or could be made. */
  private entryAt(physical: number, isMaking: boolean): number {
    let table = this.rootOf();
    for (let level = 0; ; level++) {
      if (!this.isTable(table)) return -1;
      // Guest-physical addresses have 32 bits here: the PML4 index is 0.
      const at = table + (level === 0 ? 0 : ((physical >>> EPT_LEVELS[level].shift) & (ENTRIES - 1)) << 3);
      if (level === PT) return at;
      let entry = this.memory.read32(at);
      if ((entry & EPT_RIGHTS) === 0) {
        const frame = isMaking ? this.newTable() : -1;
        if (frame < 0) return -1;
        entry = frame | EPT_RIGHTS;
        this.memory.write32(at, entry);
        this.memory.write32(at + 4, 0);
      }
      table = (entry & FRAME) >>> 0;
    }
  }

  private leafEntries(): Generator<LeafEntry> {
    return this.leavesBelow({ table: this.rootOf(), level: 0, base: 0 }, new Set());
  }

  private *leavesBelow({ table, level, base }: Place, seen: Set<number>): Generator<LeafEntry> {
    if (!this.isNew(table, seen)) return;
    for (let i = 0; i < ENTRIES; i++) {
      const entry = this.memory.read32(table + 8 * i);
      if ((entry & EPT_RIGHTS) === 0) continue;
      const physical = level === 0 ? 0 : base + i * 2 ** EPT_LEVELS[level].shift;
      if (level < PT) yield* this.leavesBelow({ table: (entry & FRAME) >>> 0, level: level + 1, base: physical }, seen);
      else if (this.isLeaf(entry)) yield { at: table + 8 * i, physical, entry };
    }
  }

  private releaseTables(table: number, level: number, seen: Set<number>): void {
    if (!this.isNew(table, seen)) return;
    for (let i = 0; level < PT && i < ENTRIES; i++) {
      const entry = this.memory.read32(table + 8 * i);
      if (entry & EPT_RIGHTS) this.releaseTables((entry & FRAME) >>> 0, level + 1, seen);
    }
    this.frames.release(table);
  }

  /** Each table is entered once. */
  private isNew(table: number, seen: Set<number>): boolean {
    if (!this.isTable(table) || seen.has(table)) return false;
    seen.add(table);
    return true;
  }

  private isTable(table: number): boolean {
    return this.frames.kindOf(table) === 'ept' && this.frames.ownerOf(table) === this.owner;
  }

  private isLeaf(entry: number): boolean {
    return (entry & EPT_RIGHTS) !== 0 && LEAF_KINDS.includes(this.frames.kindOf((entry & FRAME) >>> 0));
  }
}
