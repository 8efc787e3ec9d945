import type { Disk } from '../devices/virtio/disk.ts';
import type { RootOperation } from './root-operation.ts';
import type { Vm } from './vm.ts';

const SECTOR = 512;
const PAGE = 4096;
/** Entries of the one table: a disk has 4 MiB at most. */
const ENTRIES = 1024;
export const MOST_SECTORS = (ENTRIES * PAGE) / SECTOR;

/** The disk of a virtual machine, in frames of host memory: one of them is a table of the others, a 32-bit host address for each page of the disk, 0 where it is all
 *  zeros still. So it is part of every snapshot, as all host memory is. A guest without a disk has one of no sectors. */
export class MemoryDisk implements Disk {
  readonly isReadOnly = false;
  private readonly vm: Vm;
  private readonly root: RootOperation;
  /** Takes a frame for the disk; -1: none is free. Set by the hypervisor. */
  allocate: () => number = () => -1;
  /** Whether a frame is one of the disk's: a saved moment may hold anything in its table. Set likewise. */
  owns: (frame: number) => boolean = () => false;

  constructor(vm: Vm, root: RootOperation) {
    this.vm = vm;
    this.root = root;
  }

  get sectors(): number {
    return this.vm.state.diskSectors;
  }

  read(offset: number, into: Uint8Array): void {
    this.eachRun(offset, into.length, (at, place, size) => {
      const part = into.subarray(place, place + size);
      if (at < 0) part.fill(0);
      else this.root.memory.load(at, part);
    });
  }

  /** What finds no frame is lost: host memory was promised twice. Counted, so that it shows. */
  write(offset: number, from: Uint8Array): void {
    this.eachRun(
      offset,
      from.length,
      (at, place, size) => {
        if (at >= 0) this.root.memory.store(at, from.subarray(place, place + size));
        else this.vm.state.lostSectors += size / SECTOR;
      },
      true,
    );
  }

  zero(offset: number, size: number): void {
    this.eachRun(offset, size, (at, _place, count) => {
      if (at >= 0) this.root.memory.store(at, new Uint8Array(count));
    });
  }

  flush(): void {}

  /** Frames that hold it, the table last; for whoever gives them back. */
  frames(): number[] {
    const { diskTable } = this.vm.state;
    if (!this.owns(diskTable)) return [];
    const entries = Array.from({ length: ENTRIES }, (_, i) => this.root.memory.read32(diskTable + 4 * i) >>> 0);
    return [...new Set([...entries.filter((frame) => this.owns(frame)), diskTable])];
  }

  private eachRun(offset: number, length: number, move: (at: number, place: number, size: number) => void, isWrite = false): void {
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const size = Math.min(length - done, PAGE - (at % PAGE));
      const frame = this.frameOf(Math.floor(at / PAGE), isWrite);
      move(frame < 0 ? -1 : frame + (at % PAGE), done, size);
      done += size;
    }
  }

  private frameOf(page: number, isWrite: boolean): number {
    const { diskTable } = this.vm.state;
    if (!this.owns(diskTable) || page >= ENTRIES) return -1;
    const entry = diskTable + 4 * page;
    const present = this.root.memory.read32(entry) >>> 0;
    if (present !== 0) return this.owns(present) ? present : -1;
    const frame = isWrite ? this.allocate() : -1;
    if (frame >= 0) {
      this.root.memory.clearPage(frame);
      this.root.memory.write32(entry, frame);
    }
    return frame;
  }
}
