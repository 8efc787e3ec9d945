import { assert } from '../base/assert.ts';
import { type FieldSpec, type Layout, layout } from '../base/layout.ts';
import type { Stateful } from '../time/stateful.ts';
import { FIRST_FRAME } from './host-map.ts';

export const FRAME_SIZE = 4096;

/** What a frame of host memory is used for. */
export const FRAME_KINDS = ['free', 'hypervisor', 'vmcs', 'ept', 'ram', 'shared', 'rom', 'disk'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** Owners: nobody in particular, then virtual machine n as n + 1. */
export const HYPERVISOR = 0;

/** Who has which page of host memory. A bitmap says what is free; beside it each frame's kind, its owner, and for shared ones how many mappings lead to it. All
 *  of it is bytes of this part; the frames themselves are host memory. */
export class Frames implements Stateful {
  readonly id = 'frames';
  readonly layout: Layout;
  readonly bytes: Uint8Array;
  /** Frames of host memory. */
  readonly count: number;
  private readonly head: Int32Array;
  private readonly bitmap: Int32Array;
  private readonly kinds: Uint8Array;
  private readonly owners: Uint8Array;
  private readonly sharers: Uint16Array;

  /** `size` of host memory in bytes, a multiple of 128 KiB. */
  constructor(size: number) {
    this.count = size / FRAME_SIZE;
    assert(this.count % 32 === 0, 'the bitmap is whole words');
    const schema = {
      free: 'u32',
      /** Where the search for a free frame begins. */
      next: 'u32',
      bitmap: ['u32', this.count >> 5],
      sharers: ['u16', this.count],
      kinds: ['u8', this.count],
      owners: ['u8', this.count],
    } as const satisfies Record<string, FieldSpec>;
    this.layout = layout(schema);
    this.bytes = new Uint8Array(this.layout.size);
    const at = (name: string): number => this.layout.fields.find((f) => f.name === name)?.offset ?? 0;
    const { buffer } = this.bytes;
    this.head = new Int32Array(buffer, 0, 2);
    this.bitmap = new Int32Array(buffer, at('bitmap'), this.count >> 5);
    this.sharers = new Uint16Array(buffer, at('sharers'), this.count);
    this.kinds = new Uint8Array(buffer, at('kinds'), this.count);
    this.owners = new Uint8Array(buffer, at('owners'), this.count);
    for (let frame = 0; frame < FIRST_FRAME / FRAME_SIZE; frame++) this.mark(frame, 'hypervisor', HYPERVISOR);
    this.head[0] = this.count - FIRST_FRAME / FRAME_SIZE;
    this.head[1] = FIRST_FRAME / FRAME_SIZE;
  }

  rebuild(): void {}

  /** Why `bytes` from a file cannot be this part's: bitmap, kinds and counts must say the same. */
  misfit(bytes: Uint8Array): string {
    const theirs = new Frames(this.count * FRAME_SIZE);
    theirs.bytes.set(bytes);
    let free = 0;
    for (let frame = 0; frame < this.count; frame++) {
      const isUsed = (theirs.bitmap[frame >> 5] & (1 << (frame & 31))) !== 0;
      const kind = theirs.kinds[frame];
      if (!isUsed) free++;
      if (kind >= FRAME_KINDS.length || isUsed !== (kind !== 0)) return `frame ${frame} is neither free nor used`;
      if (isUsed && frame >= FIRST_FRAME / FRAME_SIZE && theirs.sharers[frame] === 0) return `frame ${frame} is used by nobody`;
    }
    if (free !== theirs.free) return `${free} frames are free, not ${theirs.free}`;
    return theirs.head[1] >>> 0 < this.count ? '' : 'the search for a free frame begins outside of memory';
  }

  /** Free frames. */
  get free(): number {
    return this.head[0];
  }

  kindOf(address: number): FrameKind {
    return FRAME_KINDS[this.kinds[address >>> 12]];
  }
  ownerOf(address: number): number {
    return this.owners[address >>> 12];
  }
  /** Mappings that lead to a frame: 1 for all but shared ones. */
  sharersOf(address: number): number {
    return this.sharers[address >>> 12];
  }

  /** Takes a frame; its bytes are what they were. -1: none is free, but for `kept` that stay. The search goes on where the last one ended, so frames come in ascending order. */
  allocate(kind: FrameKind, owner: number, kept = 0): number {
    if (this.head[0] <= kept) return -1;
    let word = this.head[1] >> 5;
    while (this.bitmap[word] === -1) word = (word + 1) % this.bitmap.length;
    const frame = word * 32 + 31 - Math.clz32(~this.bitmap[word] & -~this.bitmap[word]);
    this.mark(frame, kind, owner);
    this.sharers[frame] = 1;
    this.head[0]--;
    this.head[1] = frame;
    return frame * FRAME_SIZE;
  }

  /** One mapping less; the frame is free when none is left. */
  release(address: number): void {
    const frame = address >>> 12;
    assert(this.kinds[frame] !== 0, 'a frame that is released is in use');
    if (--this.sharers[frame] > 0) return;
    this.kinds[frame] = 0;
    this.owners[frame] = HYPERVISOR;
    this.bitmap[frame >> 5] &= ~(1 << (frame & 31));
    this.head[0]++;
  }

  /** One mapping more, and nobody's own: a page that several virtual machines see. */
  share(address: number): void {
    const frame = address >>> 12;
    this.kinds[frame] = FRAME_KINDS.indexOf('shared');
    this.owners[frame] = HYPERVISOR;
    this.sharers[frame]++;
  }

  /** The last mapping of a shared frame makes it its owner's again. */
  own(address: number, owner: number): void {
    assert(this.sharersOf(address) === 1, 'a frame of one owner has one mapping');
    this.mark(address >>> 12, 'ram', owner);
  }

  /** Frames of `owner`, shared ones apart; for one kind or all. */
  countOf(owner: number, kind?: FrameKind): number {
    const wanted = kind === undefined ? -1 : FRAME_KINDS.indexOf(kind);
    let count = 0;
    for (let frame = 0; frame < this.count; frame++) {
      if (this.kinds[frame] !== 0 && this.owners[frame] === owner && (wanted < 0 || this.kinds[frame] === wanted)) count++;
    }
    return count;
  }

  private mark(frame: number, kind: FrameKind, owner: number): void {
    this.bitmap[frame >> 5] |= 1 << (frame & 31);
    this.kinds[frame] = FRAME_KINDS.indexOf(kind);
    this.owners[frame] = owner;
  }
}
