/** One byte of memory from its own side: who has it, every address by which it is reached, and what is remembered of it. Made by looking alone. */
import { tlbEntries } from '../../memory/tlb-view.ts';
import { type MapLink, type MapParts, type MapView, mapView, type Region } from './map.ts';
import type { Peek } from './peek.ts';
import { stationsOf } from './virtio-stations.ts';
import { type PieceView, queueView } from './virtqueue.ts';

/** The byte at an address of a space. */
export interface ReachQuestion {
  readonly space: 'v' | 'g' | 'h';
  readonly address: number;
  /** Of `g`: the virtual machine; where left out, that of the context. */
  readonly vm?: number | null;
  /** Whose linear addresses. */
  readonly context: 'current' | 'guest';
}

/** A buffer that a virtqueue has been given, with the byte in it. */
export interface BufferView {
  /** Of the device, and of its queue; and its descriptor's place. */
  readonly device: string;
  readonly queue: string;
  readonly index: number;
}

/** An address in a guest's memory; `vm` is null where there is one guest alone. */
export interface GuestPhysical {
  readonly vm: number | null;
  readonly address: number;
}

export interface ReachView {
  /** Host-physical; null: the address leads nowhere. */
  readonly host: number | null;
  /** The guest-physical address on the way there, and whose; null: there is none. */
  readonly through: GuestPhysical | null;
  /** Who has the frame; null: nothing is there. */
  readonly region: Region | null;
  /** Addresses by which it is reached, ascending; of `g` with the virtual machine, of `io` with the domain. */
  readonly linear: readonly number[];
  readonly physical: readonly GuestPhysical[];
  readonly bus: readonly { readonly domain: number; readonly address: number }[];
  /** There are more than are told. */
  readonly isCut: boolean;
  /** An entry that leads to it says so; null: no such flags are in use. */
  readonly isDirty: boolean | null;
  readonly isAccessed: boolean | null;
  /** Translations of its page in the TLB. */
  readonly cached: readonly { readonly half: 'instruction' | 'data'; readonly linear: number; readonly vpid: number }[];
  /** Of `g`, and of `v` through it: the page is in the balloon. */
  readonly isBallooned: boolean;
  readonly buffers: readonly BufferView[];
}

/** Addresses of one space, buffers and cached translations that are told. */
const MOST = 16;
/** Pages of a buffer that are looked at. */
const MOST_PAGES = 64;
const PAGE = 4096;

/** Looks from the byte of `question` both ways. */
export function reachView(parts: MapParts, question: ReachQuestion): ReachView {
  const map = mapView(parts, question.context);
  const way = resolve(map, question);
  const { host } = way;
  if (host === null) return { ...NOWHERE, ...way, host, linear: linearTo(map, question) };
  const ways = waysTo(map, 'h', host);
  const onBus = ways.filter(({ link }) => link.rights.kind === 'io');
  const direct = ways.filter(({ link }) => link.from === 'v');
  const physical = ways.filter(({ link }) => link.rights.kind !== 'io' && link.from !== 'v');
  const linear = [...direct, ...physical.flatMap(({ link, address }) => waysTo(map, link.from, address))];
  const marking = [...linear, ...physical].filter(({ link }) => link.marks.length > 0 || link.rights.kind === 'guest');
  return {
    ...{ ...way, host, region: regionAt(map, 'h', host) },
    linear: addressesOf(linear),
    physical: physical.slice(0, MOST).map(({ link, address }) => ({ vm: numberOf(map, link.from), address })),
    bus: onBus.slice(0, MOST).map(({ link, address }) => ({ domain: numberOf(map, link.from) ?? 0, address })),
    isCut: map.isCut || Math.max(linear.length, physical.length, onBus.length) > MOST,
    isDirty: marking.length === 0 ? null : marking.some((way) => markAt(way)?.isDirty === true),
    isAccessed: marking.length === 0 ? null : marking.some((way) => markAt(way) !== null),
    cached: cachedAt(parts, host),
    buffers: buffersAt(parts, host),
  };
}

const NOWHERE: ReachView = {
  ...{ host: null, through: null, region: null, linear: [], physical: [], bus: [], isCut: false },
  ...{ isDirty: null, isAccessed: null, cached: [], isBallooned: false, buffers: [] },
};

/** A ribbon, and the address from which it leads to the byte. */
interface WayTo {
  readonly link: MapLink;
  readonly address: number;
}

function waysTo({ links }: MapView, to: string, address: number): readonly WayTo[] {
  return links.flatMap((link) => {
    const { start, size, target } = link;
    const isOn = link.to === to && target !== null && address >= target && address < target + size;
    return isOn ? [{ link, address: start + address - target }] : [];
  });
}

/** Linear addresses of a guest-physical one that leads no further: the guest's own tables lead there all the same. */
function linearTo(map: MapView, question: ReachQuestion): readonly number[] {
  const bar = question.space === 'g' ? barOf(map, question) : undefined;
  const ways = bar === undefined ? [] : waysTo(map, bar, question.address);
  return addressesOf(ways);
}

/** Ascending, and no more than are told. */
function addressesOf(ways: readonly WayTo[]): readonly number[] {
  return ways
    .map(({ address }) => address)
    .toSorted((a, b) => a - b)
    .slice(0, MOST);
}

/** Name of the bar that the address is in; of a guest that is not named, that which the linear addresses are of. */
function barOf({ bars, links }: MapView, { space, vm }: ReachQuestion): string | undefined {
  if (space === 'v') return 'v';
  const guests = bars.filter((bar) => bar.space === 'g');
  const own = links.find(({ from }) => from === 'v')?.to;
  return (vm == null ? (guests.find(({ id }) => id === own) ?? guests[0]) : guests.find(({ number }) => number === vm))?.id;
}

function numberOf({ bars }: MapView, id: string): number | null {
  return bars.find((bar) => bar.id === id)?.number ?? null;
}

/** From the address down to host memory. */
function resolve(map: MapView, question: ReachQuestion): Pick<ReachView, 'host' | 'through' | 'isBallooned'> {
  const { space, address } = question;
  if (space === 'h') return { host: address, through: null, isBallooned: false };
  const from = barOf(map, question);
  const link = map.links.find((l) => l.from === from && address >= l.start && address < l.start + l.size);
  const here = from === undefined ? null : regionAt(map, from, address);
  const isBallooned = here?.holder === 'ballooned';
  const through = space === 'g' && from !== undefined ? { vm: numberOf(map, from), address } : null;
  if (!link || link.target === null) return { host: null, through, isBallooned };
  const target = link.target + address - link.start;
  if (link.to === 'h') return { host: target, through, isBallooned };
  return resolve(map, { space: 'g', address: target, vm: numberOf(map, link.to), context: map.context });
}

function regionAt({ bars }: MapView, id: string, address: number): Region | null {
  const regions = bars.find((bar) => bar.id === id)?.regions ?? [];
  return regions.find(({ start, size }) => address >= start && address < start + size) ?? null;
}

function markAt({ link, address }: WayTo): MapLink['marks'][number] | null {
  return link.marks.find(({ start, size }) => address >= start && address < start + size) ?? null;
}

function cachedAt({ machine: { tlb } }: MapParts, host: number): ReachView['cached'] {
  return tlbEntries(tlb.words, tlb.sets, tlb.ways)
    .filter((entry) => host >= entry.host && host < entry.host + entry.size)
    .slice(0, MOST)
    .map(({ half, linear, vpid }) => ({ half, linear, vpid }));
}

/** Buffers that are in a chain which somebody has. */
function buffersAt({ machine, hosted }: MapParts, host: number): readonly BufferView[] {
  const found: BufferView[] = [];
  for (const { device, peek } of stationsOf(machine, hosted)) {
    const { queues, model } = device;
    for (let i = 0; i < queues.length && found.length < MOST; i++) {
      const queue = device.queueAt(i);
      if (!queue) continue;
      const { name } = model.type.queues[i];
      const view = queueView(queue, name, peek, false);
      const used = view.descriptors.filter(({ head }) => head !== null);
      for (const { index, table, ...piece } of used) {
        const pieces: readonly Pick<PieceView, 'address' | 'length'>[] = table ?? [piece];
        if (pieces.some((one) => holds(peek, one, host))) found.push({ device: device.id, queue: name, index });
      }
    }
  }
  return found.slice(0, MOST);
}

function holds(peek: Peek, { address, length }: Pick<PieceView, 'address' | 'length'>, host: number): boolean {
  const end = Math.min(address + length, address + MOST_PAGES * PAGE);
  for (let at = address; at < end; at = at - (at % PAGE) + PAGE) {
    const first = peek.host(at);
    const size = Math.min(end, at - (at % PAGE) + PAGE) - at;
    if (first !== null && host >= first && host < first + size) return true;
  }
  return false;
}
