/** Memory byte by byte, in any of the three spaces: what stands there, what it is, and how long ago it was touched. Made by looking alone. */
import { CR0_PE } from '../../arch/paging.ts';
import * as w from '../../arch/cpu-state.ts';
import { RIGHTS_DB } from '../../arch/descriptors.ts';
import { FIELD } from '../../arch/vmcs-fields.ts';
import type { Machine } from '../../machine/machine.ts';
import type { HostedMachine } from '../../machine/hosted.ts';
import type { BusTarget } from '../../memory/bus.ts';
import { contextOf } from '../frame.ts';
import type { Heat } from '../heat.ts';
import type { Loaded } from '../protocol.ts';
import { codeLandmarks } from './code-landmarks.ts';
import { type Element, type Landmark, type LandmarkKind, landmarksOf, type Pointers, pointersOf } from './landmarks.ts';
import { type PageWay, Ways } from './memory-ways.ts';

export type { LandmarkKind } from './landmarks.ts';

/** What is asked. */
export interface MemoryRequest {
  readonly space: 'v' | 'g' | 'h';
  /** First byte of the window, below 4 GiB, and how many. */
  readonly address: number;
  readonly length: number;
  /** The byte that is to be told of. */
  readonly cursor: number;
  readonly context: 'current' | 'guest';
}

/** Something that lies in the window, or at a byte of it. */
export interface MemoryMark {
  readonly kind: LandmarkKind | 'symbol' | 'register';
  readonly name: string;
  /** Where it begins, and its bytes, as far as they are in the window. */
  readonly address: number;
  readonly length: number;
  /** It begins before the window. */
  readonly isContinued: boolean;
}

/** What the byte at the cursor is part of. */
export interface MemoryFact {
  readonly kind: LandmarkKind | 'stack';
  /** As the manuals call it: `PDE[1]`, `avail.idx`; and what it says. */
  readonly name: string;
  readonly says: string;
  readonly to: Element['to'];
}

/** How a page of the strip answers. */
export interface StripPage {
  /** `none`: not mapped. `zeros`: nothing has been written. */
  readonly holds: 'none' | 'zeros' | 'data' | 'rom' | 'device';
  /** Bits: read, written, executed lately. */
  readonly heat: number;
  readonly kind: LandmarkKind | null;
}

/** The window that was asked for, the byte at its cursor, and the mebibyte around that. */
export interface MemoryView {
  readonly space: MemoryRequest['space'];
  readonly address: number;
  /** Null where nothing is mapped, or a device would have to be asked. */
  readonly bytes: readonly (number | null)[];
  readonly marks: readonly MemoryMark[];
  /** Where something begins: an instruction, an entry, a field. As bytes of 0 and 1. */
  readonly starts: Uint8Array;
  /** For each byte, how long ago it was read, written, executed: 0 not, 1 in the older half, 2, 3 in the last twentieth; two bits each. Null: nobody has looked. */
  readonly heat: Uint8Array | null;
  readonly cursor: {
    readonly address: number;
    /** Null where it leads nowhere, or the space is not in use. */
    readonly physical: number | null;
    readonly host: number | null;
    readonly target: BusTarget | null;
    readonly facts: readonly MemoryFact[];
    /** Ticks since it was read, written, executed; -1: not. Null: nobody has looked. */
    readonly ages: readonly [number, number, number] | null;
  };
  /** 256 pages, the cursor's among them. */
  readonly strip: { readonly address: number; readonly pages: readonly StripPage[] };
}

/** What is looked at. */
export interface MemoryParts {
  readonly machine: Machine;
  readonly hosted: HostedMachine | null;
  readonly loaded: Pick<Loaded, 'symbols' | 'source'>;
  /** Of a host, the program of each of its images. */
  program(image: number): Pick<Loaded, 'symbols' | 'source'> | null;
}

const MOST = 4096;
const PAGE = 4096;
const SPACE = 2 ** 32;
const STRIP_PAGES = 256;
/** Bytes above the stack pointer that are called stack. */
const STACK = 1024;
/** Steps of age: share of the ticks that were lived through. */
const AGES = [0.05, 0.5, 1];

/** Looks at the window. `heat`: what was touched lately, if somebody has looked. */
export function memoryView(parts: MemoryParts, heat: Heat | null, request: MemoryRequest): MemoryView {
  const { machine, hosted } = parts;
  const context = contextOf(machine, request.context);
  const isGuest =
    request.context === 'guest' && context !== machine.mmu.context && machine.cpu.words[w.NON_ROOT] === 0 && machine.vmx.vmcs.isCurrent;
  const ways = new Ways(machine.bus, context);
  const pointers = pointersOf(machine, isGuest);
  const program = programOf(parts, isGuest);
  const landmarks = [
    ...landmarksOf(machine, hosted, { context, pointers }),
    ...codeLandmarks(program, { eip: pointers.eip, bits: bitsOf(machine, isGuest) }),
  ];
  const address = Math.min(clamp(request.address), SPACE - 1);
  const length = Math.max(1, Math.min(request.length, MOST, SPACE - address));
  const window: Window = { space: request.space, address, length, pages: ways.pages(request.space, address, length) };
  const placed = landmarks.map((landmark) => ({ landmark, pieces: ways.hostPieces(landmark) }));
  const bytes = window.pages.flatMap((page) => machineBytes(machine, page));
  return {
    ...{ space: request.space, address, bytes },
    marks: [...marksIn(window, placed), ...tagsIn(window, program, pointers)].toSorted((a, b) => a.address - b.address),
    starts: startsIn(window, placed, (host) => wordAt(machine, host)),
    heat: heat && heatIn(window, heat, machine.now()),
    cursor: cursorOf(clamp(request.cursor), request.space, { machine, heat, ways, placed, pointers }),
    strip: stripAround(clamp(request.cursor), request.space, { machine, heat, ways, placed }),
  };
}

/** What runs in the world that is looked at: the hypervisor of a host has no text of its own. */
function programOf(parts: MemoryParts, isGuest: boolean): Pick<Loaded, 'symbols' | 'source'> | null {
  const { machine, hosted, loaded } = parts;
  if (!hosted) return loaded;
  const isInside = isGuest || machine.cpu.words[w.NON_ROOT] !== 0;
  return isInside ? parts.program(hosted.vmm.current?.state.image ?? 0) : null;
}

function clamp(address: number): number {
  return Number.isSafeInteger(address) ? Math.max(0, Math.min(address, SPACE - 1)) : 0;
}

interface Window {
  readonly space: MemoryRequest['space'];
  readonly address: number;
  readonly length: number;
  readonly pages: readonly PageWay[];
}

/** A landmark, and where its bytes lie in host memory. */
interface Placed {
  readonly landmark: Landmark;
  readonly pieces: readonly { readonly host: number; readonly offset: number; readonly length: number }[];
}

function bitsOf({ cpu: { words }, vmx: { vmcs } }: Machine, isGuest: boolean): 16 | 32 {
  const cr0 = isGuest ? vmcs.get(FIELD.guestCr0) : words[w.CR0];
  const rights = isGuest ? vmcs.get(FIELD.guestCsRights) : words[w.CS + w.RIGHTS];
  return (cr0 & CR0_PE) !== 0 && (rights & RIGHTS_DB) !== 0 ? 32 : 16;
}

function machineBytes({ bus, physical }: Machine, { host, length }: PageWay): readonly (number | null)[] {
  const offset = host === null || host >= SPACE ? -1 : bus.readablePage(host - (host % PAGE));
  const start = offset + ((host ?? 0) % PAGE);
  return Array.from({ length }, (_, i) => (offset < 0 ? null : physical.ram8[start + i]));
}

/** The dword at a host address, aligned or not. */
function wordAt(machine: Machine, host: number): number {
  const { bus } = machine;
  const low = bus.peek32(host) >>> (8 * (host % 4));
  return (host % 4 === 0 ? low : low | (bus.peek32(host + 4) << (32 - 8 * (host % 4)))) >>> 0;
}

/** Where a piece of a landmark and a page of the window lie on each other: for each, the address in the window's space. */
function* overlaps(window: Window, { pieces }: Placed): Generator<{ address: number; offset: number; length: number }> {
  for (const page of window.pages) {
    if (page.host === null) continue;
    for (const { host, offset, length } of pieces) {
      const from = Math.max(host, page.host);
      const to = Math.min(host + length, page.host + page.length);
      if (from < to) yield { address: page.address + from - page.host, offset: offset + from - host, length: to - from };
    }
  }
}

function marksIn(window: Window, placed: readonly Placed[]): MemoryMark[] {
  return placed.flatMap((one) => {
    const [first, ...rest] = overlaps(window, one);
    if (first === undefined) return [];
    const { kind, name } = one.landmark;
    const length = rest.reduce((sum, { length: more }) => sum + more, first.length);
    return [{ kind, name, address: first.address, length, isContinued: first.offset > 0 }];
  });
}

/** Registers and names that point into the window: linear addresses. */
function tagsIn({ space, pages }: Window, program: Pick<Loaded, 'symbols'> | null, { eip, esp, ebp }: Pointers): MemoryMark[] {
  const tags: MemoryMark[] = [];
  const registers = { EIP: eip, ESP: esp, EBP: ebp };
  for (const { address, linear, length } of pages) {
    if (linear === null) continue;
    const put = (kind: 'register' | 'symbol', name: string, at: number): void => {
      if (at >= linear && at < linear + length) tags.push({ kind, name, address: address + at - linear, length: 1, isContinued: false });
    };
    for (const [name, at] of Object.entries(registers)) put('register', name, at);
    if (space === 'v') for (const [name, at] of Object.entries(program?.symbols ?? {})) put('symbol', name, at >>> 0);
  }
  return tags;
}

function startsIn(window: Window, placed: readonly Placed[], word: (host: number) => number): Uint8Array {
  const starts = new Uint8Array(window.length);
  for (const one of placed) {
    const read = reader(one, word);
    for (const { address, offset, length } of overlaps(window, one)) {
      for (let at = offset; at < offset + length; ) {
        const element = one.landmark.element(at, read);
        if (element.offset >= offset) starts[address - window.address + element.offset - offset] = 1;
        at = Math.max(at, element.offset) + Math.max(1, element.offset + element.length - Math.max(at, element.offset));
      }
    }
  }
  return starts;
}

/** Reads a landmark's dwords, wherever its bytes lie. */
function reader({ pieces }: Placed, word: (host: number) => number): (offset: number) => number {
  return (at) => {
    const piece = pieces.find(({ offset, length }) => at >= offset && at < offset + length);
    return piece ? word(piece.host + at - piece.offset) : 0;
  };
}

// Heat ------------------------------------------------------------------------------------------------------------------------------------------

function heatIn(window: Window, heat: Heat, now: number): Uint8Array {
  const warm = new Uint8Array(window.length);
  const ticks = Math.max(1, now - heat.from);
  for (const { address, host, length } of window.pages) {
    for (let i = 0; host !== null && i < length; i++) {
      const ages = heat.agesAt(host + i, now);
      warm[address - window.address + i] = ages.reduce((bits, age, kind) => bits | (stepOf(age, ticks) << (2 * kind)), 0);
    }
  }
  return warm;
}

/** 3 for what has just happened, 1 for what is long past. */
function stepOf(age: number, ticks: number): number {
  return age < 0
    ? 0
    : 3 -
        Math.max(
          0,
          AGES.findIndex((share) => age <= share * ticks),
        );
}

// The cursor --------------------------------------------------------------------------------------------------------------------------------------

interface Sight {
  readonly machine: Machine;
  readonly heat: Heat | null;
  readonly ways: Ways;
  readonly placed: readonly Placed[];
}

function cursorOf(
  address: number,
  space: MemoryRequest['space'],
  { machine, heat, ways, placed, pointers }: Sight & { readonly pointers: Pointers },
): MemoryView['cursor'] {
  const [page] = ways.pages(space, address, 1);
  const { host } = page;
  const facts: MemoryFact[] = [];
  for (const one of placed.toSorted((a, b) => a.landmark.length - b.landmark.length)) {
    const piece = host === null ? undefined : one.pieces.find((p) => host >= p.host && host < p.host + p.length);
    if (!piece || host === null) continue;
    const { name, says, to } = one.landmark.element(
      piece.offset + host - piece.host,
      reader(one, (at) => wordAt(machine, at)),
    );
    facts.push({ kind: one.landmark.kind, name, says, to });
  }
  const above = page.linear === null ? -1 : page.linear - pointers.esp;
  if (above >= 0 && above < STACK) facts.push({ kind: 'stack', name: `[ESP+${above}]`, says: '', to: null });
  return {
    ...{ address, physical: page.physical, host, facts },
    target: host === null ? null : machine.bus.targetAt(host),
    ages: heat && host !== null ? heat.agesAt(host, machine.now()) : null,
  };
}

// The strip ---------------------------------------------------------------------------------------------------------------------------------------

/** The mebibyte in which the cursor is. */
function stripAround(address: number, space: MemoryRequest['space'], { machine, heat, ways, placed }: Sight): MemoryView['strip'] {
  const start = address - (address % (STRIP_PAGES * PAGE));
  const kinds = new Map<number, LandmarkKind>();
  for (const { landmark, pieces } of placed)
    for (const { host } of pieces) if (!kinds.has(Math.floor(host / PAGE))) kinds.set(Math.floor(host / PAGE), landmark.kind);
  const pages = ways.pages(space, start, STRIP_PAGES * PAGE).map(({ host }): StripPage => {
    if (host === null) return { holds: 'none', heat: 0, kind: null };
    const number = Math.floor(host / PAGE);
    return { holds: holdsAt(machine, host), heat: heat?.kindsIn(number) ?? 0, kind: kinds.get(number) ?? null };
  });
  return { address: start, pages };
}

function holdsAt({ bus, physical }: Machine, host: number): StripPage['holds'] {
  const target = bus.targetAt(host);
  if (target !== 'ram') return target === 'open' ? 'none' : target;
  if (physical.used[Math.floor(host / PAGE)] === 0) return 'zeros';
  return physical.ram32.subarray(host >>> 2, (host >>> 2) + PAGE / 4).some((word) => word !== 0) ? 'data' : 'zeros';
}
