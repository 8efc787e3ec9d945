/** The memory map: address spaces as bars, what lies where in each, and which runs of one go to which of the next. Made by looking alone. */
import { LAPIC_BASE, IOAPIC_BASE } from '../../arch/apic.ts';
import { CR0_PG } from '../../arch/paging.ts';
import { VTD_BASE } from '../../arch/vtd.ts';
import { listDomains, listMappings } from '../../devices/iommu/domains.ts';
import { guestContext } from '../../machine/contexts.ts';
import { planLoad } from '../../machine/images/loader.ts';
import type { HostedMachine } from '../../machine/hosted.ts';
import type { Machine } from '../../machine/machine.ts';
import { linearMappings } from '../../memory/mappings.ts';
import type { PagingContext } from '../../memory/walk.ts';
import type { Vm } from '../../vmm/vm.ts';
import type { Program } from '../programs.ts';
import {
  balloonClaims,
  eptTables,
  frameClaims,
  hostIn,
  inPages,
  ioTables,
  pageTables,
  ringClaims,
  tableClaims,
  vmxClaims,
} from './map-claims.ts';
import { domainLinks, linearLinks, type MapLink, physicalLinks } from './map-links.ts';
import { paint, project, type Region, region } from './map-regions.ts';
import { stationsOf } from './virtio-stations.ts';

export type { BrokenEntry, LinkRights, MapLink } from './map-links.ts';
export type { Holder, Region } from './map-regions.ts';

/** One address space, or the guest-physical memory of one virtual machine, or what one IOMMU domain's devices see. */
export interface MapBar {
  /** `v`, `g` or `g0`, `h`, `io1`. */
  readonly id: string;
  readonly space: 'v' | 'g' | 'h' | 'io';
  /** The virtual machine, or domain, whose it is. */
  readonly number: number | null;
  /** Ascending; where nothing is, there is no region. */
  readonly regions: readonly Region[];
}

/** All address spaces at one instant, from linear addresses down to host memory. */
export interface MapView {
  /** Of the linear bar: as the processor translates now, or as the guest would that waits. */
  readonly context: 'current' | 'guest';
  /** A guest waits, whose map can be asked for. */
  readonly hasGuest: boolean;
  readonly bars: readonly MapBar[];
  /** By bar, ascending. */
  readonly links: readonly MapLink[];
  /** There is more than bounds allow. */
  readonly isCut: boolean;
  /** Register windows that have a name, by host address. */
  readonly devices: readonly { readonly start: number; readonly size: number; readonly name: string }[];
}

/** What is looked at. */
export interface MapParts {
  readonly machine: Machine;
  readonly hosted: HostedMachine | null;
  program(image: number): Program | null;
}

const MIB = 2 ** 20;
const PAGE = 4096;
const SPACE = 2 ** 32;
/** Regions of a bar, and links in all. */
const MOST_REGIONS = 2048;
const MOST_LINKS = 2048;
const WINDOWS = [
  { start: IOAPIC_BASE, size: PAGE, name: 'I/O APIC' },
  { start: VTD_BASE, size: PAGE, name: 'IOMMU' },
  { start: LAPIC_BASE, size: PAGE, name: 'local APIC' },
] as const;

/** A virtual machine or a guest under EPT: its bar, and the tables that translate it. */
interface Guest {
  readonly id: string;
  readonly vm: Vm | null;
  readonly eptp: { readonly low: number; readonly high: number };
}

/** Looks at the machine. `which` is the linear bar's context; a guest that is not there is not shown. */
export function mapView(parts: MapParts, which: 'current' | 'guest'): MapView {
  const { machine, hosted } = parts;
  const { bus } = machine;
  const waiting = guestContext(machine);
  const context = (which === 'guest' ? waiting : null) ?? machine.mmu.context;
  const guests = guestsOf(context, hosted);
  const own = guests.find(({ eptp }) => context.isNested && eptp.low === context.eptpLow >>> 0);
  const ranges = linearMappings(bus, context);
  const linear = linearLinks(bus, context, ranges, own?.id ?? 'h');
  const physical = guests.map((guest) =>
    physicalLinks(bus, guest.eptp, guest.id, guest === own && (context.cr0 & CR0_PG) !== 0 ? linear : []),
  );
  const domains = domainBars(machine);
  const host = hostRegions(parts, context, guests);
  const bars: MapBar[] = [
    ...guests.map((guest, i) => guestBar(parts, guest, { links: physical[i].links, host, context: guest === own ? context : null })),
    bar('h', 'h', null, host),
    ...domains.map(({ id, number, links }) => bar(id, 'io', number, project(links, host))),
  ];
  const under = bars.find(({ id }) => id === (own?.id ?? 'h'));
  const links = [...linear, ...physical.flatMap((p) => p.links), ...domains.flatMap((d) => d.links)];
  const all = [bar('v', 'v', null, paint([project(linear, under?.regions ?? [])])), ...bars];
  return {
    ...{ context: context === waiting ? 'guest' : 'current', hasGuest: waiting !== null },
    bars: all,
    links: links.slice(0, MOST_LINKS),
    isCut:
      all.some(({ regions }) => regions.length === MOST_REGIONS) ||
      links.length > MOST_LINKS ||
      (ranges.at(-1)?.isCut ?? false) ||
      physical.some((p) => p.isCut),
    devices: machine.chipset.iommu === null ? WINDOWS.filter(({ start }) => start !== VTD_BASE) : WINDOWS,
  };
}

function bar(id: string, space: MapBar['space'], number: number | null, regions: readonly Region[]): MapBar {
  return { id, space, number, regions: regions.slice(0, MOST_REGIONS) };
}

/** Every virtual machine of the hosted hypervisor; else the guest of the context, where it runs under EPT. */
function guestsOf(context: PagingContext, hosted: HostedMachine | null): readonly Guest[] {
  const own = { low: context.eptpLow >>> 0, high: context.eptpHigh >>> 0 };
  if (!hosted) return context.isNested ? [{ id: 'g', vm: null, eptp: own }] : [];
  return hosted.vmm.present
    .filter((vm) => vm.state.eptRoot !== 0)
    .map((vm) => ({ id: `g${vm.number}`, vm, eptp: { low: vm.ept.eptp >>> 0, high: 0 } }));
}

/** What lies in host memory: what answers there, then who has it. */
function hostRegions(parts: MapParts, context: PagingContext, guests: readonly Guest[]): readonly Region[] {
  const { machine, hosted } = parts;
  const { bus, chipset } = machine;
  const plain = linearMappings(bus, { ...context, cr0: 0, isNested: false });
  const hostOf = hostIn(bus, context);
  const tables = pageTables(bus, context, hostOf).flatMap((page) => hostOf(page) ?? []);
  const owner = guests.find(({ vm, eptp }) => vm && eptp.low === context.eptpLow >>> 0)?.vm?.number ?? null;
  return paint([
    plain.map(({ physical, size, target }) => region(physical, size, target ?? 'open')).filter(({ holder }) => holder !== 'open'),
    hosted ? frameClaims(hosted.vmm.frames) : [],
    hosted ? [] : programClaims(parts.program(0), machine.bus.physical.size),
    ringClaims(stationsOf(machine, hosted)),
    tableClaims(tables, 'pageTables', context.isNested ? owner : null),
    chipset.iommu ? tableClaims(ioTables(chipset.iommu), 'ioTables') : [],
    guests.flatMap(({ eptp, vm }) => tableClaims(eptTables(bus, eptp.low), 'ept', vm?.number ?? null)),
    hosted ? [] : vmxClaims(machine),
  ]);
}

/** Guest-physical memory: what is behind it, and for a virtual machine what it was promised. */
function guestBar(
  parts: MapParts,
  { id, vm }: Guest,
  {
    links,
    host,
    context,
  }: { readonly links: readonly MapLink[]; readonly host: readonly Region[]; readonly context: PagingContext | null },
): MapBar {
  const behind = project(links, host);
  const { bus } = parts.machine;
  const tables = context ? tableClaims(pageTables(bus, context, hostIn(bus, context)), 'pageTables', vm?.number ?? null) : [];
  if (!vm) return bar(id, 'g', null, paint([behind, tables]));
  const windows = vm.devices.windows.map(({ base, size }) => region(base, Math.max(size, PAGE), 'device', vm.number));
  const image = programClaims(parts.program(vm.state.image), vm.ramSize, vm.number);
  // Where the program's pages have a frame, they are the program.
  const held = image
    .flatMap(({ start, size }) => project([{ start, size, target: start }], behind))
    .map((r) => ({ ...r, holder: 'program' as const }));
  const promised = region(0, vm.ramSize, 'unbacked', vm.number);
  return bar(
    id,
    'g',
    vm.number,
    paint([[promised], balloonClaims(vm), behind, held.filter(({ sharers }) => sharers === 1), tables, windows]),
  );
}

/** Where an image was loaded. */
function programClaims(program: Program | null, ramSize: number, vm: number | null = null): readonly Region[] {
  if (!program) return [];
  const { segments } = planLoad(program.image, Math.max(ramSize, MIB));
  return segments.map(({ physical, bytes }) => {
    const { start, size } = inPages(physical, physical + bytes.length);
    return region(start, size, 'program', vm);
  });
}

/** What the devices of each domain see; nothing where the IOMMU is off. */
function domainBars({ chipset: { iommu }, bus }: Machine): readonly { id: string; number: number; links: readonly MapLink[] }[] {
  if (!iommu?.isEnabled) return [];
  return listDomains(iommu).map(({ domain, context }, i) => {
    const id = `io${i}`;
    const all = [{ address: 0, host: 0, size: SPACE, isReadable: true, isWritable: true }];
    return { id, number: domain, links: domainLinks(context.isPassThrough ? all : listMappings(bus, context).mappings, id) };
  });
}
