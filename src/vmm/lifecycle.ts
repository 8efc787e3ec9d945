/** Virtual machines come and go. */
import { REVISION_ID } from '../arch/vmx-capabilities.ts';
import { FRAME_SIZE } from './frames.ts';
import { MOST_SECTORS } from './memory-disk.ts';
import { notePages } from './meters.ts';
import { DEFAULT_WEIGHT, join } from './schedule.ts';
import { FACES, type FaceName } from './vm-layout.ts';
import type { Vm } from './vm.ts';
import { type VmImage, writeVmcs } from './vmcs-setup.ts';
import type { Vmm } from './vmm.ts';

/** What a virtual machine is created with. */
export interface VmSpec {
  /** Number of the image. */
  readonly image: number;
  readonly ramPages: number;
  readonly face?: FaceName;
  /** 256 is the usual share. */
  readonly weight?: number;
  /** Per cent of the processor at most; 0: all of it. */
  readonly cap?: number;
  readonly isMergeable?: boolean;
  readonly isPaused?: boolean;
  /** Number of what its disk begins with; left out: it has none. */
  readonly disk?: number;
}

const ALL_CONTEXT = 2;
const SECTOR = 512;
const ZERO_PAGE = new Uint8Array(FRAME_SIZE);

/** Makes a virtual machine in the first empty place; null: there is none. Without the memory for it, it is there, stopped for want of it. */
export function create(vmm: Vmm, spec: VmSpec): Vm | null {
  const vm = vmm.vms.find((v) => v.status === 'empty');
  const image = vmm.config.images[spec.image];
  if (vm === undefined || image === undefined) return null;
  const now = vmm.root.now();
  vm.bytes.fill(0);
  configure(vm, spec, now);
  vmm.state.created++;
  const isBuilt = build(vmm, vm, image) && placeDisk(vmm, vm, spec.disk);
  vm.devices.reset(now);
  if (!isBuilt) vm.stop('hostMemory', vmm.frames.free);
  for (const [port, value] of image.ports) vm.devices.ports.write(port, 1, value);
  join(vm, vmm.vms);
  return vm;
}

function configure({ state }: Vm, spec: VmSpec, now: number): void {
  state.image = spec.image;
  state.ramPages = spec.ramPages;
  state.face = FACES.indexOf(spec.face ?? 'none');
  state.weight = spec.weight ?? DEFAULT_WEIGHT;
  state.cap = spec.cap ?? 0;
  state.isMergeable = spec.isMergeable === true ? 1 : 0;
  state.isPaused = spec.isPaused === true ? 1 : 0;
  state.bornAt = now;
  state.pagesAt = now;
  // Its time-stamp counter begins with it.
  state.tscLow = -now | 0;
  state.tscHigh = Math.floor(-now / 2 ** 32) | 0;
}

/** VMCS, EPT and memory; false: host memory does not suffice. */
function build(vmm: Vmm, vm: Vm, image: VmImage): boolean {
  const { root, frames, supply } = vmm;
  vm.status = 'ready';
  const vmcs = frames.allocate('vmcs', vm.owner);
  const table = vmcs < 0 ? -1 : vm.ept.newTable();
  vm.state.vmcs = Math.max(vmcs, 0);
  vm.state.eptRoot = Math.max(table, 0);
  if (table < 0) return false;
  root.memory.clearPage(vmcs);
  root.memory.write32(vmcs, REVISION_ID);
  root.vmclear(vmcs);
  vmm.load(vm);
  // Translations of whoever had this VPID and this root before.
  root.invvpid(ALL_CONTEXT, 0);
  root.invept(ALL_CONTEXT, 0);
  writeVmcs(root, vm, image);
  for (const { physical, bytes, size } of image.segments) {
    if (!supply.store(vm, physical, bytes) || !clear(vmm, vm, physical + bytes.length, physical + size)) return false;
  }
  return image.roms.every(({ base, bytes }) => placeRom(vmm, vm, base, bytes));
}

/** The disk's table and contents. */
function placeDisk(vmm: Vmm, vm: Vm, number: number | undefined): boolean {
  const contents = number === undefined ? undefined : vmm.config.disks[number];
  if (contents === undefined) return true;
  const { disk } = vm.devices.virtio;
  const table = vmm.frames.allocate('disk', vm.owner);
  if (table < 0) return false;
  vmm.root.memory.clearPage(table);
  vm.state.diskTable = table;
  vm.state.diskSectors = Math.min(MOST_SECTORS, Math.ceil(contents.length / SECTOR));
  disk.write(0, contents.subarray(0, MOST_SECTORS * SECTOR));
  return vm.state.lostSectors === 0;
}

/** Zeros from `from` to `end`. Pages that are not there yet will be zeros anyway. */
function clear({ supply }: Vmm, vm: Vm, from: number, end: number): boolean {
  for (let at = from; at < end; ) {
    const next = Math.min(end, (Math.floor(at / FRAME_SIZE) + 1) * FRAME_SIZE);
    if (vm.ept.frameOf(at) >= 0 && !supply.store(vm, at, ZERO_PAGE.subarray(0, next - at))) return false;
    at = next;
  }
  return true;
}

function placeRom({ supply }: Vmm, vm: Vm, base: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += FRAME_SIZE) {
    if (supply.placeRom(vm, base + at, bytes.subarray(at, at + FRAME_SIZE)) < 0) return false;
  }
  return true;
}

/** Gives back every frame of `vm` and empties its place. */
export function destroy(vmm: Vmm, vm: Vm): void {
  if (vm.status === 'empty') return;
  const { state, root, frames, supply } = vmm;
  notePages(vm, root.now(), 0);
  if (vm.state.vmcs !== 0) {
    root.vmclear(vm.state.vmcs);
    if (state.loaded === vm.owner) state.loaded = 0;
    frames.release(vm.state.vmcs);
  }
  for (const frame of vm.devices.virtio.disk.frames()) frames.release(frame);
  vm.state.diskTable = 0;
  if (vm.state.eptRoot !== 0) {
    supply.dropAll(vm);
    root.invept(ALL_CONTEXT, 0);
  }
  state.goneTicks += vm.state.instructions + vm.state.rootTicks;
  if (state.current === vm.owner) state.current = 0;
  vm.devices.reset(root.now());
  vm.bytes.fill(0);
}
