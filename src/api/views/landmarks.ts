/** What is known to lie in memory: tables that the processor reads, the VMCS, rings and buffers, and where registers point; down to the element. */
import { baseOf, gateOffset, gateSelector, rightsOf, SYSTEM_TYPES, TSS32, typeName } from '../../arch/descriptors.ts';
import * as w from '../../arch/cpu-state.ts';
import { DESC_SIZE, IDX_OFFSET, RING_OFFSET, VIRTQUEUE_PARTS } from '../../arch/virtio.ts';
import { FIELD, fieldOffset, fieldWidth, REGION_SIZE, VMCS_FIELDS } from '../../arch/vmcs-fields.ts';
import type { HostedMachine } from '../../machine/hosted.ts';
import type { Machine } from '../../machine/machine.ts';
import type { PagingContext } from '../../memory/walk.ts';
import type { Peek } from './peek.ts';
import { EPT_FORMAT, guestFormat, type TableFormat } from './table-format.ts';
import { tablePlaces } from './table-places.ts';
import { stationsOf } from './virtio-stations.ts';
import { queueView } from './virtqueue.ts';

/** What memory is known to hold. */
export type LandmarkKind = 'pageTable' | 'eptTable' | 'gdt' | 'idt' | 'tss' | 'vmcs' | 'desc' | 'avail' | 'used' | 'buffer' | 'code';

/** One thing of several bytes: its place in the landmark, its name, and what it says, in the words of the manuals. */
export interface Element {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  readonly says: string;
  /** What it refers to. */
  readonly to: { readonly space: 'v' | 'g' | 'h' | 'io'; readonly address: number } | null;
}

/** Bytes that lie together in one space. */
export interface Landmark {
  readonly kind: LandmarkKind;
  /** `GDT`, `PT`, `desc · virtio1 requestq`. */
  readonly name: string;
  /** Linear, or host-physical. */
  readonly space: 'v' | 'h';
  readonly address: number;
  readonly length: number;
  /** The element around byte `offset`; `word` reads a dword of the landmark, unsigned. */
  element(offset: number, word: (offset: number) => number): Element;
}

/** Bytes of a buffer that are looked at, and of a descriptor table. */
const MOST_BUFFER = 1 << 16;
const MOST_TABLE = 1 << 16;
const PAGE = 4096;

/** Registers of the world that is looked at. */
export interface Pointers {
  readonly gdt: { readonly base: number; readonly limit: number };
  readonly idt: { readonly base: number; readonly limit: number };
  readonly tss: { readonly base: number; readonly limit: number };
  /** Linear addresses. */
  readonly eip: number;
  readonly esp: number;
  readonly ebp: number;
}

/** Of who runs, or of the current VMCS's guest. */
export function pointersOf({ cpu: { words }, vmx: { vmcs } }: Machine, isGuest: boolean): Pointers {
  const at = (base: number, limit: number): { base: number; limit: number } => ({ base: base >>> 0, limit: limit >>> 0 });
  if (isGuest) {
    const get = (key: keyof typeof FIELD): number => vmcs.get(FIELD[key]);
    return {
      ...{ gdt: at(get('guestGdtrBase'), get('guestGdtrLimit')), idt: at(get('guestIdtrBase'), get('guestIdtrLimit')) },
      tss: at(get('guestTrBase'), get('guestTrLimit')),
      eip: (get('guestCsBase') + get('guestRip')) >>> 0,
      // The other general registers are in no VMCS.
      ...{ esp: (get('guestSsBase') + get('guestRsp')) >>> 0, ebp: -1 },
    };
  }
  const stack = words[w.SS + w.BASE];
  return {
    ...{ gdt: at(words[w.GDTR_BASE], words[w.GDTR_LIMIT]), idt: at(words[w.IDTR_BASE], words[w.IDTR_LIMIT]) },
    tss: words[w.TR + w.SELECTOR] === 0 ? at(0, 0) : at(words[w.TR + w.BASE], words[w.TR + w.LIMIT]),
    eip: (words[w.CS + w.BASE] + words[w.EIP]) >>> 0,
    ...{ esp: (stack + words[w.ESP]) >>> 0, ebp: (stack + words[w.EBP]) >>> 0 },
  };
}

/** All of them. */
export function landmarksOf(
  machine: Machine,
  hosted: HostedMachine | null,
  { context, pointers }: { readonly context: PagingContext; readonly pointers: Pointers },
): readonly Landmark[] {
  const isNested = context.isNested;
  const guest = tablePlaces(machine.bus, context, 'guest').map((p) => tableLandmark(guestFormat(context.cr4), p, isNested ? 'g' : 'h'));
  const ept = tablePlaces(machine.bus, context, 'ept').map((p) => tableLandmark(EPT_FORMAT, p, 'h'));
  const { gdt, idt, tss } = pointers;
  const descriptors: Landmark[] = [
    ...(gdt.limit >= 7 ? [{ ...linear('gdt', 'GDT', gdt), element: descriptorAt }] : []),
    ...(idt.limit >= 7 ? [{ ...linear('idt', 'IDT', idt), element: gateAt }] : []),
    ...(tss.limit > 0 ? [{ ...linear('tss', 'TSS', tss), element: tssAt }] : []),
  ];
  return [...guest, ...ept, ...descriptors, ...vmcsLandmarks(machine), ...queueLandmarks(machine, hosted)];
}

function linear(kind: LandmarkKind, name: string, at: { base: number; limit: number }): Omit<Landmark, 'element'> {
  return { kind, name, space: 'v', address: at.base, length: Math.min(at.limit + 1, MOST_TABLE) };
}

// Tables of translation ---------------------------------------------------------------------------------------------------------------------------

function tableLandmark(format: TableFormat, { level, host }: { readonly level: number; readonly host: number }, to: 'g' | 'h'): Landmark {
  const { name, entry } = format.levels[level];
  const isEpt = format.root === 'ept';
  return {
    ...{ kind: isEpt ? 'eptTable' : 'pageTable', name: isEpt ? `EPT ${name}` : name, space: 'h', address: host, length: PAGE },
    element(offset, word) {
      const at = offset - (offset % format.entrySize);
      const low = word(at);
      const meaning = format.meaning(level, low | 0, isEpt ? word(at + 4) | 0 : 0);
      const rights = isEpt ? ['R', 'W', 'X'] : ['P', 'R/W', 'U/S'];
      const set = rights.filter((_, bit) => ((low >>> bit) & 1) !== 0).join(' ');
      return {
        ...{ offset: at, length: format.entrySize, name: `${isEpt ? 'EPT ' : ''}${entry}[${at / format.entrySize}]` },
        says: meaning.kind === 'absent' ? 'not present' : meaning.kind === 'refused' ? (meaning.misconfiguration ?? '') : set,
        to: meaning.to === null ? null : { space: to, address: meaning.to },
      };
    },
  };
}

// Descriptor tables -------------------------------------------------------------------------------------------------------------------------------

function descriptorAt(offset: number, word: (offset: number) => number): Element {
  const at = offset - (offset % 8);
  const [low, high] = [word(at), word(at + 4)];
  const rights = rightsOf(high);
  const isNull = low === 0 && high === 0;
  return {
    ...{ offset: at, length: 8, name: `GDT[${at / 8}]`, says: isNull ? 'null' : `${typeName(rights)}, DPL ${(rights >>> 5) & 3}` },
    to: isNull ? null : { space: 'v', address: baseOf(low, high) >>> 0 },
  };
}

function gateAt(offset: number, word: (offset: number) => number): Element {
  const at = offset - (offset % 8);
  const [low, high] = [word(at), word(at + 4)];
  const isPresent = (high & (1 << 15)) !== 0;
  const type = (high >>> 8) & 15;
  const selector = gateSelector(low).toString(16).toUpperCase().padStart(4, '0');
  return {
    ...{ offset: at, length: 8, name: `IDT[${at / 8}]`, says: isPresent ? `${SYSTEM_TYPES[type]}, selector ${selector}` : 'not present' },
    to: isPresent ? { space: 'v', address: gateOffset(low, high, (type & 8) !== 0) >>> 0 } : null,
  };
}

const TSS_FIELDS = Object.entries(TSS32).toSorted(([, a], [, b]) => a - b);

function tssAt(offset: number, word: (offset: number) => number): Element {
  const [name, at] = TSS_FIELDS.findLast(([, start]) => start <= offset && offset < start + 4) ?? ['', offset];
  if (name === '') return { offset, length: 1, name: 'TSS', says: '', to: null };
  return {
    offset: at,
    length: name === 'T' || name === 'ioMapBase' ? 2 : 4,
    name: `TSS.${name}`,
    says: hex(word(at - (at % 4))),
    to: null,
  };
}

// The VMCS ----------------------------------------------------------------------------------------------------------------------------------------

const BYTES = { 16: 2, 32: 4, 64: 8, natural: 4 } as const;

function vmcsLandmarks({ cpu: { words } }: Machine): Landmark[] {
  const pointer = words[w.VMCS_POINTER];
  if (words[w.VMX_ON] === 0 || pointer === -1) return [];
  return [{ kind: 'vmcs', name: 'VMCS', space: 'h', address: pointer >>> 0, length: REGION_SIZE, element: fieldAt }];
}

function fieldAt(offset: number, word: (offset: number) => number): Element {
  const header = ['revision identifier', 'VMX-abort indicator', 'launch state'][offset >> 2];
  if (header !== undefined) return { offset: offset & -4, length: 4, name: `VMCS ${header}`, says: hex(word(offset & -4)), to: null };
  const field = VMCS_FIELDS.find(({ encoding }) => {
    const at = fieldOffset(encoding);
    return offset >= at && offset < at + BYTES[fieldWidth(encoding)];
  });
  if (!field) return { offset, length: 1, name: 'VMCS', says: '', to: null };
  const at = fieldOffset(field.encoding);
  const length = BYTES[fieldWidth(field.encoding)];
  const low = word(at & -4) >>> (8 * (at % 4));
  const high = length === 8 ? word(at + 4) : 0;
  const says = high === 0 ? hex(length === 2 ? low & 0xffff : low) : `0x${high.toString(16).toUpperCase()}${hex(low).slice(2)}`;
  return { offset: at, length, name: field.name, says, to: null };
}

// Virtqueues --------------------------------------------------------------------------------------------------------------------------------------

function queueLandmarks(machine: Machine, hosted: HostedMachine | null): Landmark[] {
  return stationsOf(machine, hosted).flatMap((station) => {
    const { device, peek } = station;
    return device.queues.flatMap((_, index) => {
      const queue = device.queueAt(index);
      if (!queue || queue.state.isReady === 0) return [];
      const title = `${device.id} ${device.model.type.queues[index].name}`;
      const { size } = queue.state;
      const space = station.space();
      const area = (kind: 'desc' | 'avail' | 'used', part: keyof typeof VIRTQUEUE_PARTS, element: Landmark['element']): Landmark[] =>
        pieces(peek, queue.address(part), VIRTQUEUE_PARTS[part].bytes(size)).map(({ host, from, length }) => ({
          ...{ kind, name: `${kind} · ${title}`, space: 'h', address: host, length },
          element: (offset, word) =>
            shifted(
              element(offset + from, (at) => word(at - from)),
              from,
            ),
        }));
      const view = queueView(queue, title, peek, false);
      const buffers = view.descriptors
        .filter(({ head }) => head !== null)
        .flatMap((descriptor) =>
          pieces(peek, descriptor.address, Math.min(descriptor.length, MOST_BUFFER)).map(({ host, from, length }): Landmark => {
            const name = `buffer of desc[${descriptor.index}] · ${title}`;
            const element = (offset: number): Element => ({ offset, length: 1, name: `${name} +${offset + from}`, says: '', to: null });
            return { kind: 'buffer', name, space: 'h', address: host, length, element };
          }),
        );
      return [
        ...area('desc', 'desc', (offset, word) => descAt(offset, word, space)),
        ...area('avail', 'driver', (offset, word) => ringAt(offset, word, { name: 'avail', entry: 2, size })),
        ...area('used', 'device', (offset, word) => ringAt(offset, word, { name: 'used', entry: 8, size })),
        ...buffers,
      ];
    });
  });
}

/** Where `length` bytes of a device's memory lie in the host's, page by page. */
function pieces(peek: Peek, address: number, length: number): { host: number; from: number; length: number }[] {
  const found: { host: number; from: number; length: number }[] = [];
  for (let from = 0; from < length; ) {
    const at = address + from;
    const count = Math.min(length - from, PAGE - (at % PAGE));
    const host = peek.host(at);
    if (host !== null) found.push({ host, from, length: count });
    from += count;
  }
  return found;
}

/** The same element, counted from where its piece begins. */
function shifted(element: Element, from: number): Element {
  return { ...element, offset: element.offset - from };
}

function descAt(offset: number, word: (offset: number) => number, space: 'g' | 'io' | 'h'): Element {
  const base = offset - (offset % DESC_SIZE);
  const [name, at, length] = (
    [
      ['addr', 0, 8],
      ['len', 8, 4],
      ['flags', 12, 2],
      ['next', 14, 2],
    ] as const
  ).findLast(([, start]) => start <= offset % DESC_SIZE) ?? ['addr', 0, 8];
  const value = name === 'next' ? word(base + 12) >>> 16 : name === 'flags' ? word(base + 12) & 0xffff : word(base + at);
  return {
    ...{ offset: base + at, length, name: `desc[${base / DESC_SIZE}].${name}`, says: name === 'addr' ? '' : String(value) },
    to: name === 'addr' ? { space, address: value } : null,
  };
}

function ringAt(offset: number, word: (offset: number) => number, ring: { name: 'avail' | 'used'; entry: 2 | 8; size: number }): Element {
  const half = (at: number): number => (word(at - (at % 4)) >>> (8 * (at % 4))) & 0xffff;
  if (offset < RING_OFFSET) {
    const at = offset - (offset % 2);
    return { offset: at, length: 2, name: `${ring.name}.${at === IDX_OFFSET ? 'idx' : 'flags'}`, says: String(half(at)), to: null };
  }
  const place = Math.floor((offset - RING_OFFSET) / ring.entry);
  const start = RING_OFFSET + place * ring.entry;
  if (place >= ring.size)
    return {
      offset: start,
      length: 2,
      name: `${ring.name}.${ring.name === 'avail' ? 'used_event' : 'avail_event'}`,
      says: String(half(start)),
      to: null,
    };
  if (ring.entry === 2) return { offset: start, length: 2, name: `avail.ring[${place}]`, says: String(half(start)), to: null };
  const isId = offset - start < 4;
  return {
    offset: isId ? start : start + 4,
    length: 4,
    name: `used.ring[${place}].${isId ? 'id' : 'len'}`,
    says: String(word(isId ? start : start + 4)),
    to: null,
  };
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}
