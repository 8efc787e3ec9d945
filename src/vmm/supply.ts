import { EPT_RIGHTS, EPT_W } from '../arch/ept.ts';
import { StateHash } from '../base/hash.ts';
import { READ_EXECUTE, READ_WRITE_EXECUTE } from './ept-builder.ts';
import { FRAME_SIZE, type FrameKind, type Frames } from './frames.ts';
import { notePages } from './meters.ts';
import type { RootOperation } from './root-operation.ts';
import type { Vm } from './vm.ts';

/** What `back` answers where there is no page of memory: a device or nothing lies there (or the write is one to ROM); there is no free frame. */
export const DEVICE = -1;
export const NO_MEMORY = -2;

const SINGLE_CONTEXT = 1;
/** Frames that not everybody gets: devices do, which cannot wait as a guest can; and half of them a guest that has been asked for memory, whose driver needs some to
 *  give some. Without it all might wait for each other. */
export const RESERVE = 16;

/** Frames that `vm` does not get. */
export function keptFrom({ state }: Vm): number {
  return state.isAsked !== 0 ? RESERVE / 2 : RESERVE;
}

/** Memory for virtual machines: a frame at the first touch, a copy at the first write to a shared page, and frames back where nobody needs them. */
export class Supply {
  private readonly root: RootOperation;
  private readonly frames: Frames;
  /** Told of every INVEPT. */
  onInvalidate: () => void = () => {};

  constructor(root: RootOperation, frames: Frames) {
    this.root = root;
    this.frames = frames;
  }

  /** Host address of the page behind guest-physical `physical`, made if there is none yet, and writable if `isWrite`. DEVICE or NO_MEMORY: none.
   *  `isDevice`: on behalf of a device, which may have of the reserve. */
  back(vm: Vm, physical: number, isWrite: boolean, isDevice = false): number {
    const kept = isDevice ? 0 : keptFrom(vm);
    const page = (physical & ~0xfff) >>> 0;
    const frame = vm.ept.frameOf(page);
    if (frame >= 0) {
      if (!isWrite || vm.ept.rightsOf(page) & EPT_W) return frame;
      return this.frames.kindOf(frame) === 'shared' ? this.unshare(vm, page, frame, kept) : DEVICE;
    }
    if (page >= vm.ramSize || vm.devices.windowAt(page) !== undefined) return DEVICE;
    vm.state.demandFaults++;
    const fresh = this.place(vm, page, 'ram', kept);
    if (fresh >= 0) this.root.memory.clearPage(fresh);
    return fresh;
  }

  /** Puts `bytes` (a page, or the beginning of one) of a ROM at `physical`, in place of RAM. */
  placeRom(vm: Vm, physical: number, bytes: Uint8Array): number {
    this.drop(vm, physical);
    const frame = this.place(vm, physical, 'rom');
    if (frame < 0) return frame;
    this.root.memory.clearPage(frame);
    this.root.memory.store(frame, bytes);
    return frame;
  }

  /** Stores `bytes` of an image, frames and all; false: host memory is too small. */
  store(vm: Vm, physical: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      const offset = (physical + at) & 0xfff;
      const count = Math.min(bytes.length - at, FRAME_SIZE - offset);
      const frame = this.back(vm, physical + at, true);
      if (frame < 0) return false;
      this.root.memory.store(frame + offset, bytes.subarray(at, at + count));
      at += count;
    }
    return true;
  }

  /** Takes the page at `physical` away from `vm`: a later touch finds zeros in a new frame. False: there was none. */
  drop(vm: Vm, physical: number): boolean {
    const page = (physical & ~0xfff) >>> 0;
    const frame = vm.ept.frameOf(page);
    if (frame < 0) return false;
    vm.ept.unmap(page);
    this.invalidate(vm);
    this.giveBack(vm, frame);
    return true;
  }

  /** Gives back all that `vm` has. */
  dropAll(vm: Vm): void {
    for (const { frame } of vm.ept.leaves()) this.giveBack(vm, frame);
    vm.ept.destroy();
  }

  /** Makes one page of all pages with the same bytes in the memories of `vms`. Returns how many frames that freed. */
  merge(vms: readonly Vm[]): number {
    const { memory } = this.root;
    const known = new Map<string, { frame: number; vm: Vm; physical: number }[]>();
    let freed = 0;
    for (const vm of vms) {
      for (const { physical, frame } of [...vm.ept.leaves()]) {
        const kind = this.frames.kindOf(frame);
        if (kind !== 'ram' && kind !== 'shared') continue;
        const digest = this.digest(frame);
        const alike = known.get(digest) ?? [];
        known.set(digest, alike);
        const other = alike.find((o) => o.frame === frame || memory.equalPages(o.frame, frame));
        if (other === undefined) alike.push({ frame, vm, physical });
        else if (other.frame !== frame) {
          this.protect(other.vm, other.physical, other.frame);
          this.frames.share(other.frame);
          vm.ept.map(physical, other.frame, READ_EXECUTE);
          vm.state.sharedPages++;
          this.giveBack(vm, frame);
          freed++;
        }
      }
    }
    for (const vm of vms) this.invalidate(vm);
    return freed;
  }

  /** Makes all processors' translations of `vm` follow its tables. Needed where rights or frames were taken away. */
  invalidate(vm: Vm): void {
    this.root.invept(SINGLE_CONTEXT, vm.ept.eptp);
    this.onInvalidate();
  }

  private place(vm: Vm, physical: number, kind: FrameKind, kept = RESERVE): number {
    const frame = this.frames.allocate(kind, vm.owner, kept);
    if (frame < 0) return NO_MEMORY;
    if (!vm.ept.map(physical, frame, kind === 'rom' ? READ_EXECUTE : READ_WRITE_EXECUTE)) {
      this.frames.release(frame);
      return NO_MEMORY;
    }
    notePages(vm, this.root.now(), 1);
    return frame;
  }

  /** A shared page is written: whoever writes gets a copy, the last one the page itself. */
  private unshare(vm: Vm, physical: number, frame: number, kept: number): number {
    let own = frame;
    if (this.frames.sharersOf(frame) > 1) {
      own = this.frames.allocate('ram', vm.owner, kept);
      if (own < 0) return NO_MEMORY;
      this.root.memory.copyPage(own, frame);
      this.frames.release(frame);
      vm.state.copies++;
    } else this.frames.own(frame, vm.owner);
    vm.ept.map(physical, own, READ_WRITE_EXECUTE);
    vm.state.sharedPages--;
    notePages(vm, this.root.now(), 1);
    this.invalidate(vm);
    return own;
  }

  /** The page becomes read-only; what was the owner's own is shared from now on. */
  private protect(vm: Vm, physical: number, frame: number): void {
    if ((vm.ept.rightsOf(physical) & EPT_RIGHTS) === READ_EXECUTE) return;
    vm.ept.map(physical, frame, READ_EXECUTE);
    vm.state.sharedPages++;
    notePages(vm, this.root.now(), -1);
  }

  private giveBack(vm: Vm, frame: number): void {
    if (this.frames.kindOf(frame) === 'shared') vm.state.sharedPages--;
    else notePages(vm, this.root.now(), -1);
    this.frames.release(frame);
  }

  private digest(frame: number): string {
    const words = new Int32Array(FRAME_SIZE / 4);
    for (let i = 0; i < words.length; i++) words[i] = this.root.memory.read32(frame + 4 * i);
    return new StateHash().add(new Uint8Array(words.buffer)).digest();
  }
}
