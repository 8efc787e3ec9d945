import { EXTENDED_CONFIG_SIZE } from '../../arch/pci.ts';
import { PciBridge } from './bridge.ts';
import { PciBus } from './bus.ts';
import type { BusMasters, Requester } from './bus-master.ts';
import type { Bridge, Decode, DmaPort, PciFunction, PciSlot } from './function.ts';
import { peersOf } from './peers.ts';
import type { PciWindows } from './windows.ts';

/** INTA to INTD of the root, as they arrive at the interrupt controllers. */
export const LINKS = 4;

/** A function where it is now. */
export interface PlacedFunction {
  readonly fn: PciFunction;
  readonly routingId: number;
  /** The bus that it is wired to; a virtual function is wired to that of its physical function, whatever its bus number. */
  readonly bus: PciBus;
  /** Of a virtual function: the physical one. */
  readonly physical: PciFunction | null;
}

/** The tree of buses: finds functions by routing ID, keeps address windows and interrupt links as the functions' registers say. All of this is derived;
 *  the state is the functions' own. */
export class PciFabric {
  readonly root = new PciBus(null);
  readonly windows: PciWindows;
  readonly masters: BusMasters;
  /** Told when one of the four interrupt links changes its level. */
  onLink: (link: number, level: boolean) => void = () => {};
  private readonly homes = new Map<PciFunction, { readonly bus: PciBus; readonly devfn: number }>();
  private readonly levels: boolean[] = new Array<boolean>(LINKS).fill(false);

  constructor(windows: PciWindows, masters: BusMasters) {
    this.windows = windows;
    this.masters = masters;
    this.adopt(this.root);
  }

  /** All functions that answer, in tree order: a bridge before what is behind it, a physical function before its virtual ones. */
  get functions(): readonly PlacedFunction[] {
    return [...functionsOn(this.root)];
  }

  /** The function that a configuration request for `routingId` reaches now. */
  find(routingId: number): PciFunction | undefined {
    return findOn(this.root, routingId);
  }

  /** Configuration read: all ones where nothing answers. Inside one dword. */
  readConfig(routingId: number, offset: number, size: number): number {
    const fn = offset < EXTENDED_CONFIG_SIZE ? this.find(routingId) : undefined;
    return fn === undefined ? 2 ** (8 * size) - 1 : fn.readConfig(offset, size);
  }

  writeConfig(routingId: number, offset: number, size: number, value: number): void {
    if (offset < EXTENDED_CONFIG_SIZE) this.find(routingId)?.writeConfig(offset, size, value);
  }

  /** Bridges from the one above `bus` up to the root. */
  bridgesAbove(bus: PciBus): readonly Bridge[] {
    const found: Bridge[] = [];
    for (let bridge = bus.bridge; bridge !== null; bridge = this.busOf(bridge)?.bridge ?? null) found.push(bridge);
    return found;
  }

  /** The bus that a function, or the physical function of a virtual one, was attached to. */
  busOf(fn: PciFunction): PciBus | undefined {
    return this.homes.get(fn)?.bus;
  }

  /** Opens and closes windows after a function's registers changed. */
  updateWindows(): void {
    const decodes: Decode[] = [];
    for (const { fn, bus } of this.functions) {
      const own = fn.decodes();
      if (own.length === 0) continue;
      const bridges = this.bridgesAbove(bus);
      decodes.push(...own.filter((d) => bridges.every((bridge) => bridge.lets(d))));
    }
    this.windows.update(decodes);
  }

  /** After bytes were replaced: the windows anew; the links' levels without a word, since the interrupt controllers' bytes were replaced too. */
  rebuild(): void {
    this.updateWindows();
    const levels = this.linkLevels();
    for (let link = 0; link < LINKS; link++) this.levels[link] = levels[link];
  }

  private adopt(bus: PciBus): void {
    for (const [devfn, fn] of bus.functions) this.place(fn, bus, devfn);
    bus.onAttach = (fn, on, devfn) => {
      this.place(fn, on, devfn);
      this.updateWindows();
    };
  }

  private place(fn: PciFunction, bus: PciBus, devfn: number): void {
    this.homes.set(fn, { bus, devfn });
    fn.attach(this.slotOf(fn, bus, () => (bus.number << 8) | devfn));
    if (fn instanceof PciBridge) this.adopt(fn.bus);
  }

  /** A slot for `fn`; SR-IOV makes those of its virtual functions with it. */
  slotOf(fn: PciFunction, bus: PciBus, routingId: () => number): PciSlot {
    const requester: Requester = {
      fn,
      id: () => this.requesterId(bus, routingId()),
      bridges: () => this.bridgesAbove(bus),
      peers: () => peersOf(fn, bus, (bridge) => this.busOf(bridge)),
    };
    const dma: DmaPort = {
      check: (address, size, isWrite) => this.masters.check(requester, address, size, isWrite),
      read: (address, into) => this.masters.read(requester, address, into),
      write: (address, bytes) => this.masters.write(requester, address, bytes),
    };
    return {
      get routingId() {
        return routingId();
      },
      get isAriForwarded() {
        return bus.bridge?.isAriForwarding ?? false;
      },
      dma,
      decodesChanged: () => this.updateWindows(),
      pinChanged: () => this.updateLinks(),
      slotFor: (virtual, rid) => {
        this.homes.set(virtual, { bus, devfn: -1 });
        return this.slotOf(virtual, bus, rid);
      },
    };
  }

  /** What a request carries: behind a bridge to a conventional bus all devices look alike, as that bus has no requester IDs. */
  private requesterId(bus: PciBus, routingId: number): number {
    const outermost = this.bridgesAbove(bus).findLast((bridge) => bridge.type === 'bridgeToPci');
    return outermost === undefined ? routingId : outermost.secondary << 8;
  }

  /** Level of one of the four links. */
  isAsserted(link: number): boolean {
    return this.levels[link];
  }

  private updateLinks(): void {
    const before = [...this.levels];
    const levels = this.linkLevels();
    for (let link = 0; link < LINKS; link++) this.levels[link] = levels[link];
    for (let link = 0; link < LINKS; link++) if (levels[link] !== before[link]) this.onLink(link, levels[link]);
  }

  private linkLevels(): readonly boolean[] {
    const levels = new Array<boolean>(LINKS).fill(false);
    for (const { fn } of this.functions) if (fn.isPinAsserted) levels[this.linkOf(fn)] = true;
    return levels;
  }

  /** The root's link that a function's pin is wired to: each device on the way turns the four by its number. PCI-to-PCI Bridge Architecture
   *  Specification, "Interrupt Support". */
  linkOf(fn: PciFunction): number {
    let pin = fn.pin - 1;
    for (let home = this.homes.get(fn); home !== undefined; home = home.bus.bridge === null ? undefined : this.homes.get(home.bus.bridge)) {
      pin += home.devfn >> 3;
    }
    return pin & (LINKS - 1);
  }
}

function* functionsOn(bus: PciBus): Generator<PlacedFunction> {
  for (const [, fn] of bus.functions) {
    yield { fn, routingId: fn.slot?.routingId ?? 0, bus, physical: null };
    for (const virtual of fn.virtualFunctions) yield { fn: virtual, routingId: virtual.slot?.routingId ?? 0, bus, physical: fn };
    if (fn instanceof PciBridge) yield* functionsOn(fn.bus);
  }
}

/** Follows a request down. A port passes on what its bus numbers cover; on its own bus only the first eight functions are reached without ARI
 *  forwarding, since the device number there must be 0. */
function findOn(bus: PciBus, routingId: number): PciFunction | undefined {
  const target = routingId >> 8;
  const devfn = routingId & 0xff;
  const isHere = target === bus.number;
  if (isHere && bus.bridge?.isLink && !bus.bridge.isAriForwarding && devfn >= 8) return undefined;
  if (isHere) {
    const fn = bus.at(devfn);
    if (fn !== undefined) return fn;
  }
  for (const [, fn] of bus.functions) {
    const virtual = fn.virtualFunctions.find((v) => v.slot?.routingId === routingId);
    if (virtual !== undefined) return virtual;
    if (!isHere && fn instanceof PciBridge && fn.leadsTo(target)) return findOn(fn.bus, routingId);
  }
  return undefined;
}
