import { BLK_SECTOR } from '../../arch/virtio-devices.ts';
import { assert } from '../../base/assert.ts';
import { isSamePage, PAGE_SIZE, type Page, PageMap, ZERO_PAGE } from '../../time/pages.ts';

/** What a block device stores its sectors in. Offsets and sizes are bytes, multiples of 512, inside the disk: the device has checked them. */
export interface Disk {
  /** 512-byte sectors. */
  readonly sectors: number;
  readonly isReadOnly: boolean;
  read(offset: number, into: Uint8Array): void;
  write(offset: number, from: Uint8Array): void;
  /** Makes the range read as zeros, and keeps nothing for it. */
  zero(offset: number, size: number): void;
  /** What was written stays written, whatever happens. */
  flush(): void;
}

/** A disk in memory, of persistent pages: `pages` at any instant is the whole contents, for nothing, and shares what did not change with every earlier
 *  instant. So a snapshot keeps the reference, and a restore puts it back. */
export class PageDisk implements Disk {
  readonly sectors: number;
  readonly isReadOnly: boolean;
  private map: PageMap;

  /** `contents` is copied; the disk is as large as it needs, or has `sectors` if that is more. */
  constructor(contents: Uint8Array, options: { readonly sectors?: number; readonly isReadOnly?: boolean } = {}) {
    this.sectors = Math.max(Math.ceil(contents.length / BLK_SECTOR), options.sectors ?? 0);
    this.isReadOnly = options.isReadOnly ?? false;
    this.map = PageMap.zeros(Math.ceil((this.sectors * BLK_SECTOR) / PAGE_SIZE));
    this.put(0, contents);
  }

  get pages(): PageMap {
    return this.map;
  }

  /** Puts back what `pages` was. */
  set pages(pages: PageMap) {
    assert(pages.count === this.map.count, 'the pages are of a disk of this size');
    this.map = pages;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const at = (offset + done) % PAGE_SIZE;
      const size = Math.min(PAGE_SIZE - at, into.length - done);
      into.set(this.map.get(Math.floor((offset + done) / PAGE_SIZE)).subarray(at, at + size), done);
      done += size;
    }
  }

  write(offset: number, from: Uint8Array): void {
    this.put(offset, from);
  }

  zero(offset: number, size: number): void {
    const end = offset + size;
    const changes: [number, Page][] = [];
    for (let at = offset; at < end; ) {
      const page = Math.floor(at / PAGE_SIZE);
      const next = Math.min(end, (page + 1) * PAGE_SIZE);
      changes.push([page, next - at === PAGE_SIZE ? ZERO_PAGE : withZeros(this.map.get(page), at % PAGE_SIZE, next - at)]);
      at = next;
    }
    this.map = this.map.with(changes);
  }

  flush(): void {}

  private put(offset: number, from: Uint8Array): void {
    const changes: [number, Page][] = [];
    for (let done = 0; done < from.length; ) {
      const index = Math.floor((offset + done) / PAGE_SIZE);
      const at = (offset + done) % PAGE_SIZE;
      const size = Math.min(PAGE_SIZE - at, from.length - done);
      const page = this.map.get(index).slice();
      page.set(from.subarray(done, done + size), at);
      changes.push([index, normal(page)]);
      done += size;
    }
    this.map = this.map.with(changes);
  }
}

function withZeros(page: Page, at: number, size: number): Page {
  const copy = page.slice();
  copy.fill(0, at, at + size);
  return normal(copy);
}

/** All-zero pages must be `ZERO_PAGE`. */
function normal(page: Page): Page {
  return isSamePage(page, ZERO_PAGE) ? ZERO_PAGE : page;
}
