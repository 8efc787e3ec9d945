import { EFLAGS_VM } from '../arch/eflags.ts';
import { PF_VECTOR } from '../arch/exceptions.ts';
import type { Bus } from '../memory/bus.ts';
import { OK, PAGE_FAULT, READ, TableMemory, VIOLATION, WRITE } from '../memory/tables.ts';
import { Walker } from '../memory/walk.ts';
import type { RootOperation } from './root-operation.ts';
import { NO_MEMORY, type Supply } from './supply.ts';
import type { Vm } from './vm.ts';

/** Why work on behalf of a guest's instruction ends early. `fault`: the guest gets an exception. `memory`: it must be tried again when there is a free frame.
 *  `refuse`: this cannot be emulated. Thrown and caught in vmm/ alone. */
export class Unfinished {
  readonly kind: 'fault' | 'memory' | 'refuse';
  readonly vector: number;
  readonly errorCode: number;
  readonly linear: number;

  constructor(kind: Unfinished['kind'], vector = 0, errorCode = 0, linear = 0) {
    this.kind = kind;
    this.vector = vector;
    this.errorCode = errorCode;
    this.linear = linear;
  }
}

/** Demand faults of one walk: two tables and the page, and their copies. */
const MOST_TRIES = 8;

/** A guest's memory as its instructions see it: through its own tables, which the hypervisor walks as the processor does, and its EPT. Devices answer where they
 *  lie. One instance; `begin` chooses the guest, whose VMCS is the current one. */
export class GuestMemory {
  private readonly root: RootOperation;
  private readonly supply: Supply;
  private readonly walker: Walker;
  private vm: Vm | null = null;
  private isUser = false;

  /** `bus` is host memory as page walks read it. */
  constructor(root: RootOperation, supply: Supply, bus: Bus) {
    this.root = root;
    this.supply = supply;
    this.walker = new Walker(new TableMemory(bus, 'store'));
  }

  /** Takes the paging mode and privilege level of `vm`. */
  begin(vm: Vm): void {
    this.vm = vm;
    this.walker.setPaging(vm.read('guestCr0'), vm.read('guestCr3'), vm.read('guestCr4'));
    this.walker.setNested(true, vm.ept.eptp, 0);
    const level = (vm.read('guestSsRights') >>> 5) & 3;
    this.isUser = level === 3 || (vm.read('guestRflags') & EFLAGS_VM) !== 0;
  }

  /** Reads 1, 2 or 4 bytes, unsigned (4 bytes: int32). Throws Unfinished. */
  read(linear: number, size: number): number {
    if (isSplit(linear, size)) return this.readBytes(linear, size);
    const host = this.translate(linear, false);
    const { memory } = this.root;
    if (host < 0) return this.readDevice(this.walker.physical >>> 0, size);
    return size === 1 ? memory.read8(host) : size === 2 ? memory.read16(host) : memory.read32(host);
  }

  write(linear: number, size: number, value: number): void {
    if (isSplit(linear, size)) {
      this.checkWrite(linear, size);
      for (let i = 0; i < size; i++) this.write((linear + i) | 0, 1, (value >> (8 * i)) & 0xff);
      return;
    }
    const host = this.translate(linear, true);
    const { memory } = this.root;
    if (host < 0) this.writeDevice(this.walker.physical >>> 0, size, value);
    else if (size === 1) memory.write8(host, value);
    else if (size === 2) memory.write16(host, value);
    else memory.write32(host, value);
  }

  /** Translates with write intent: a later write cannot fault. */
  checkWrite(linear: number, size: number): void {
    this.translate(linear, true);
    if (isSplit(linear, size)) this.translate((linear + size - 1) | 0, true);
  }

  /** Instruction bytes from `linear`, at most `count`: as many as can be had without a fault, at least 1. */
  fetch(linear: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      try {
        bytes[i] = this.read((linear + i) | 0, 1);
      } catch (thrown) {
        if (i > 0 && thrown instanceof Unfinished && thrown.kind === 'fault') return bytes.subarray(0, i);
        throw thrown;
      }
    }
    return bytes;
  }

  /** Host address of the byte at `linear`; -1: a device's, at guest-physical `walker.physical`. */
  private translate(linear: number, isWrite: boolean): number {
    const { walker, vm } = this;
    if (vm === null) throw new Unfinished('refuse');
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const status = walker.walk(linear, isWrite ? WRITE : READ, this.isUser);
      if (status === OK) return walker.page * 4096 + (linear & 0xfff);
      if (status === PAGE_FAULT) throw new Unfinished('fault', PF_VECTOR, walker.code, linear);
      if (status !== VIOLATION) throw new Unfinished('refuse');
      const page = this.supply.back(vm, walker.physical, (walker.code & WRITE) !== 0);
      if (page === NO_MEMORY) throw new Unfinished('memory');
      if (page < 0) {
        if (!walker.isFinal) throw new Unfinished('refuse');
        return -1;
      }
    }
    throw new Unfinished('refuse');
  }

  private readBytes(linear: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.read((linear + i) | 0, 1) << (8 * i);
    return value;
  }

  /** A device's register; ROM for a read with write intent; all ones where nothing is. */
  private readDevice(physical: number, size: number): number {
    const { vm } = this;
    if (vm === null) return -1;
    const window = vm.devices.windowAt(physical);
    if (window !== undefined) {
      vm.state.mmioBytes += size;
      return window.handler.read(physical - window.base, size as 1 | 2 | 4) | 0;
    }
    const frame = vm.ept.frameOf(physical);
    if (frame < 0) return size === 4 ? -1 : 2 ** (8 * size) - 1;
    const { memory } = this.root;
    const host = frame + (physical & 0xfff);
    return size === 1 ? memory.read8(host) : size === 2 ? memory.read16(host) : memory.read32(host);
  }

  private writeDevice(physical: number, size: number, value: number): void {
    const { vm } = this;
    const window = vm?.devices.windowAt(physical);
    if (vm === null || window === undefined) return;
    vm.state.mmioBytes += size;
    window.handler.write(physical - window.base, size as 1 | 2 | 4, size === 4 ? value >>> 0 : value & (2 ** (8 * size) - 1));
  }
}

/** The bus splits what is not aligned, and what crosses a page. */
function isSplit(linear: number, size: number): boolean {
  return (linear & (size - 1)) !== 0;
}
