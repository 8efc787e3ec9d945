/** Who has which pages: what the processor, devices and the hypervisor keep in memory, found by looking alone. Everything is bounded, for tables may lead anywhere. */
import { VMXON_POINTER, VMCS_POINTER, VMX_ON } from '../../arch/cpu-state.ts';
import { EPT_PS, EPT_RIGHTS } from '../../arch/ept.ts';
import { CR0_PG, CR4_PSE, PDE_PS, PTE_P } from '../../arch/paging.ts';
import { VIRTQUEUE_PARTS, type VirtqueuePartName } from '../../arch/virtio.ts';
import { listDomains, listMappings } from '../../devices/iommu/domains.ts';
import type { Iommu } from '../../devices/iommu/iommu.ts';
import { walkContext, walkTables } from '../../devices/iommu/walk.ts';
import { VirtioBalloon } from '../../devices/virtio/balloon.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Bus } from '../../memory/bus.ts';
import { EptWalker } from '../../memory/ept-walk.ts';
import { OK, PROBE, TableMemory } from '../../memory/tables.ts';
import type { PagingContext } from '../../memory/walk.ts';
import { FRAME_SIZE, type Frames, HYPERVISOR } from '../../vmm/frames.ts';
import type { Vm } from '../../vmm/vm.ts';
import { type Region, region } from './map-regions.ts';
import type { VirtioStation } from './virtio-stations.ts';

const PAGE = 4096;
const FRAME = -PAGE;
/** Pages that a set of tables may take; and mappings of a domain that are followed. */
const MOST_TABLES = 4096;
const MOST_DOMAIN_PAGES = 1 << 12;
/** What the lowest table of a second level translates. */
const TABLE_REACH = 2 ** 21;
/** Of the lowest level of the EPT. */
const PT = 3;

/** Frames of host memory as the hosted hypervisor uses them, free ones among them. */
export function frameClaims(frames: Frames): readonly Region[] {
  const claims: Region[] = [];
  for (let address = 0; address < frames.count * FRAME_SIZE; address += FRAME_SIZE) {
    const holder = frames.kindOf(address);
    const owner = frames.ownerOf(address);
    const vm = owner === HYPERVISOR ? null : owner - 1;
    const sharers = holder === 'shared' ? frames.sharersOf(address) : 1;
    const last = claims.at(-1);
    if (last && last.holder === holder && last.vm === vm && last.sharers === sharers)
      claims[claims.length - 1] = { ...last, size: last.size + FRAME_SIZE };
    else claims.push({ start: address, size: FRAME_SIZE, holder, vm, sharers });
  }
  return claims;
}

/** Where in host memory a guest-physical page lies; null: nowhere, or beyond 4 GiB. */
export type HostOf = (physical: number) => number | null;

/** How the EPT of `context` translates; without one, every address is the host's own. */
export function hostIn(bus: Bus, context: PagingContext): HostOf {
  if (!context.isNested) return (physical) => physical;
  const walker = new EptWalker(new TableMemory(bus, 'forget'));
  walker.setRoot(context.eptpLow, context.eptpHigh);
  return (physical) => {
    const page = walker.walk(physical, PROBE) === OK ? walker.page : -1;
    return page < 0 || page > 0xfffff ? null : page * PAGE + (physical & (PAGE - 1));
  };
}

/** Pages of the page directory and the page tables that `context` uses, as the guest calls them; none with paging off. */
export function pageTables(bus: Bus, context: PagingContext, hostOf: HostOf): readonly number[] {
  if ((context.cr0 & CR0_PG) === 0) return [];
  const root = (context.cr3 & FRAME) >>> 0;
  const directory = hostOf(root);
  const pages = new Set([root]);
  for (let i = 0; directory !== null && i < 1024; i++) {
    const entry = bus.peek32(directory + 4 * i);
    const isTable = (entry & PTE_P) !== 0 && !((entry & PDE_PS) !== 0 && (context.cr4 & CR4_PSE) !== 0);
    if (isTable && bus.targetAt(directory) !== 'open') pages.add((entry & FRAME) >>> 0);
  }
  return [...pages];
}

/** Pages of the tables of an EPT: guest-physical addresses have 32 bits here, so of the first only one entry counts. */
export function eptTables(bus: Bus, eptpLow: number): readonly number[] {
  const pages = new Set<number>();
  const look = (page: number, level: number): void => {
    if (pages.has(page) || pages.size >= MOST_TABLES || bus.targetAt(page) === 'open') return;
    pages.add(page);
    for (let i = 0; level < PT && i < (level === 0 ? 1 : 512); i++) {
      const [low, high] = [bus.peek32(page + 8 * i), bus.peek32(page + 8 * i + 4)];
      if ((low & EPT_RIGHTS) !== 0 && (low & EPT_PS) === 0 && (high & 0xf_ffff) === 0) look((low & FRAME) >>> 0, level + 1);
    }
  };
  look((eptpLow & FRAME) >>> 0, 0);
  return [...pages];
}

/** The current VMCS, and the region that VMXON was given. */
export function vmxClaims({ cpu: { words } }: Machine): readonly Region[] {
  if (words[VMX_ON] === 0) return [];
  const vmxon = region(words[VMXON_POINTER] >>> 0, PAGE, 'vmxon');
  return words[VMCS_POINTER] === -1 ? [vmxon] : [vmxon, region(words[VMCS_POINTER] >>> 0, PAGE, 'vmcs')];
}

/** Root, context and second-level tables of an IOMMU that is switched on. */
export function ioTables(iommu: Iommu): readonly number[] {
  if (!iommu.isEnabled) return [];
  const pages = new Set<number>();
  const note = ({ host, words }: { readonly host: number; readonly words: unknown }): void => {
    if (words !== null && pages.size < MOST_TABLES) pages.add(host - (host % PAGE));
  };
  for (const { context, devices } of listDomains(iommu)) {
    for (const device of devices) walkContext(iommu.tables, device, note);
    let left = MOST_DOMAIN_PAGES;
    for (const { address, size } of listMappings(iommu.bus, context).mappings) {
      const end = address + size;
      for (let at = address; at < end && left > 0; at = at - (at % TABLE_REACH) + TABLE_REACH, left--)
        walkTables(iommu.bus, context, at, note);
    }
  }
  return [...pages];
}

/** Pages with rings and descriptor tables of the queues that are ready, by their host addresses: page by page, for they need not lie together. */
export function ringClaims(stations: readonly VirtioStation[]): readonly Region[] {
  return stations.flatMap(({ device, vm, peek }) =>
    device.queues.flatMap((_, index) => {
      const queue = device.queueAt(index);
      if (!queue || queue.state.isReady === 0) return [];
      return (Object.keys(VIRTQUEUE_PARTS) as VirtqueuePartName[]).flatMap((part) =>
        pagesOf(queue.address(part), VIRTQUEUE_PARTS[part].bytes(queue.state.size)).flatMap((page) => {
          const host = peek.host(page);
          return host === null ? [] : [region(host, PAGE, 'rings', vm)];
        }),
      );
    }),
  );
}

/** Pages of a virtual machine that are in its balloon, as runs. */
export function balloonClaims(vm: Vm): readonly Region[] {
  const model = vm.devices.virtio.transports.find((t) => t.device.model instanceof VirtioBalloon)?.device.model;
  if (!(model instanceof VirtioBalloon) || model.state.inflatedCount === 0) return [];
  const most = Math.min(vm.state.ramPages, 8 * model.state.inflated.length);
  const runs: Region[] = [];
  for (let page = 0; page < most; page++) {
    if (!model.isInflated(page)) continue;
    const last = runs.at(-1);
    if (last && last.start + last.size === page * PAGE) runs[runs.length - 1] = { ...last, size: last.size + PAGE };
    else runs.push(region(page * PAGE, PAGE, 'ballooned', vm.number));
  }
  return runs;
}

/** Pages of tables as regions. */
export function tableClaims(
  pages: readonly number[],
  holder: 'pageTables' | 'ept' | 'ioTables',
  vm: number | null = null,
): readonly Region[] {
  return pages.map((page) => region(page, PAGE, holder, vm));
}

/** The pages that `size` bytes from `address` on touch. */
function pagesOf(address: number, size: number): readonly number[] {
  const first = address - (address % PAGE);
  return Array.from({ length: Math.ceil((address + size - first) / PAGE) }, (_, i) => first + i * PAGE);
}

/** The run from `start` to `end`, made whole pages. */
export function inPages(start: number, end: number): { readonly start: number; readonly size: number } {
  const first = start - (start % PAGE);
  return { start: first, size: Math.max(PAGE, Math.ceil((end - first) / PAGE) * PAGE) };
}
