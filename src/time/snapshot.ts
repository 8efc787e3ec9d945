import { assert } from '../base/assert.ts';
import { isSamePage, PAGE_SIZE, type Page, PageMap, ZERO_PAGE } from './pages.ts';
import type { Stateful } from './stateful.ts';

/** What a snapshot needs to see of a machine. Declared here, implemented by `machine`. */
export interface SnapshotSource {
  /** All parts, always the same ones in the same order. */
  readonly parts: readonly Stateful[];
  /** RAM, a whole number of pages, 4-byte aligned. */
  readonly ram8: Uint8Array;
  /** One byte a page of RAM, not 0 where it may have been written since the last capture or restore. Set by writers, cleared here. */
  readonly dirty: Uint8Array;
  /** `dirty` is all clear now: forget every shortcut that writes without marking. */
  afterCapture(): void;
  /** Bytes of parts and RAM were replaced, `dirty` is all clear, the parts' `rebuild` has run. `pages` are those whose bytes may have changed: code decoded
   *  from them is stale, code from others is not. */
  afterRestore(pages: Uint32Array): void;
  /** The present tick; part of the state, so it follows a restore. */
  now(): number;
}

/** The whole state at one instant. Immutable, and cheap to keep: pages are shared with the snapshots around it. */
export interface Snapshot {
  readonly tick: number;
  /** Part id -> copy of its bytes. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
  readonly ram: PageMap;
}

/** Takes and restores snapshots of one machine. It knows which page map RAM was last equal to, so either costs the pages that changed, not the RAM. */
export class Snapshots {
  private readonly source: SnapshotSource;
  private readonly dirty32: Int32Array;
  /** RAM equals this but for dirty pages; null before the first capture, when marks mean nothing yet. */
  private present: PageMap | null = null;

  constructor(source: SnapshotSource) {
    const { ram8, dirty } = source;
    assert(ram8.length % PAGE_SIZE === 0 && dirty.length === ram8.length / PAGE_SIZE, 'dirty has one byte for each page of RAM');
    assert(dirty.length % 4 === 0 && (dirty.byteOffset & 3) === 0 && (ram8.byteOffset & 3) === 0, 'RAM and its marks can be read as words');
    this.source = source;
    this.dirty32 = new Int32Array(dirty.buffer, dirty.byteOffset, dirty.length >> 2);
  }

  /** The state now. Costs a copy of each part and of each dirty page; the first one reads all RAM. */
  capture(): Snapshot {
    const { source } = this;
    if (this.present === null) source.dirty.fill(1);
    const before = this.present ?? PageMap.zeros(source.dirty.length);
    const changes: [number, Page][] = [];
    for (const index of this.takeDirty()) {
      const page = this.readPage(index, before.get(index));
      if (page !== before.get(index)) changes.push([index, page]);
    }
    this.present = before.with(changes);
    source.afterCapture();
    return { tick: source.now(), parts: new Map(source.parts.map((p) => [p.id, p.bytes.slice()])), ram: this.present };
  }

  /** Makes the machine what it was. The snapshot must fit (`misfit`). Costs a copy of each part and of each page that differs. */
  restore(snapshot: Snapshot): void {
    const { source } = this;
    const changed: number[] = [];
    const put = (index: number, page: Page): void => {
      source.ram8.set(page, index * PAGE_SIZE);
      source.dirty[index] = 0;
      changed.push(index);
    };
    if (this.present === null) source.dirty.fill(1);
    else snapshot.ram.differences(this.present, put);
    for (const index of this.takeDirty()) put(index, snapshot.ram.get(index));
    this.present = snapshot.ram;
    for (const part of source.parts) {
      const bytes = snapshot.parts.get(part.id);
      assert(bytes?.length === part.bytes.length, `the snapshot fits part ${part.id}`);
      part.bytes.set(bytes);
    }
    for (const part of source.parts) part.rebuild();
    source.afterRestore(Uint32Array.from(changed));
  }

  /** Numbers of the dirty pages, in order; their marks are cleared. */
  private takeDirty(): number[] {
    const { dirty } = this.source;
    const found: number[] = [];
    // speed only: four marks at a time; 512 MiB have 131072
    for (let word = 0; word < this.dirty32.length; word++) {
      if (this.dirty32[word] === 0) continue;
      for (let index = 4 * word; index < 4 * word + 4; index++) if (dirty[index] !== 0) found.push(index);
      this.dirty32[word] = 0;
    }
    return found;
  }

  /** Page `index` of RAM as a page of a map: `old` itself where nothing changed. */
  private readPage(index: number, old: Page): Page {
    const page = this.source.ram8.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE);
    if (isSamePage(page, old)) return old;
    return isSamePage(page, ZERO_PAGE) ? ZERO_PAGE : page.slice();
  }
}

/** Why `snapshot` cannot be restored into `source`, as a clause; empty when it can. */
export function misfit(snapshot: Snapshot, source: SnapshotSource): string {
  if (snapshot.ram.count !== source.dirty.length)
    return `it has ${snapshot.ram.count} pages of RAM and the machine has ${source.dirty.length}`;
  for (const part of source.parts) {
    const { id, bytes } = part;
    const theirs = snapshot.parts.get(id);
    if (theirs === undefined) return `it lacks the part "${id}"`;
    if (theirs.length !== bytes.length) return `its part "${id}" has ${theirs.length} bytes and the machine's has ${bytes.length}`;
    const reason = part.misfit?.(theirs);
    if (reason) return `in its part "${id}" ${reason}`;
  }
  const known = new Set(source.parts.map((p) => p.id));
  const strange = [...snapshot.parts.keys()].find((id) => !known.has(id));
  return strange === undefined ? '' : `the machine has no part "${strange}"`;
}
