/** Memory requests of functions on their way up: to a peer, to the interrupt controller, or through the IOMMU to host memory. */
import type { Bus } from '../../memory/bus.ts';
import { PAGE_SHIFT, PAGE_SIZE } from '../../memory/physical.ts';
import type { Bridge, Decode, PciFunction } from './function.ts';
import type { Aperture } from './windows.ts';

/** What stands between bus masters and memory. */
export interface DmaTranslator {
  /** Host-physical address (below 2^36) for an access at `address` with requester ID `requester`, good to the end of that 4-KiB page; -1: refused, and the
   *  translator has seen to what that means. */
  translate(requester: number, address: number, isWrite: boolean): number;
}

/** Who makes a request, and from where. */
export interface Requester {
  readonly fn: PciFunction;
  readonly requesterId: number;
  /** Bridges above, innermost first. */
  readonly bridges: readonly Bridge[];
  /** What its requests can reach without coming up to the root complex; asked only for addresses that PCI devices may have. */
  peers(): readonly Decode[];
}

/** A dword written into the interrupt range, which is an interrupt. */
export type DeliverMessage = (address: number, data: number) => void;

/** FEE00000H to FEEFFFFFH: writes are messages and never reach memory. SDM vol. 3, "Message Address Register Format". */
export const INTERRUPT_BASE = 0xfee0_0000;
export const INTERRUPT_END = 0xfef0_0000;
const ADDRESS_SPACE = 2 ** 32;

/** The way of all DMA. */
export class BusMasters {
  iommu: DmaTranslator | null = null;
  deliver: DeliverMessage = () => {};
  private readonly bus: Bus;
  private readonly aperture: Aperture;
  /** A peer that is written to may write in turn; one step of that and no more. */
  private isAtPeer = false;

  constructor(bus: Bus, aperture: Aperture) {
    this.bus = bus;
    this.aperture = aperture;
  }

  /** Fills `into`; what is refused with ones. */
  read(requester: Requester, address: number, into: Uint8Array): boolean {
    if (!mayMaster(requester)) {
      into.fill(0xff);
      return false;
    }
    const isWhole = this.pieces(address, into.length, (at, from, end) => {
      const part = into.subarray(from, end);
      const peer = this.peerAt(requester, at, part.length);
      if (peer !== undefined) return this.withPeer(() => part.forEach((_, i) => (part[i] = peer.target.read(at + i - peer.base, 1))));
      const host = this.hostOf(requester, at, false);
      if (this.readHost(host, part)) return true;
      part.fill(0xff);
      return false;
    });
    if (!isWhole) requester.fn.noteMasterAbort();
    return isWhole;
  }

  /** Stores `bytes`; what is refused is lost. */
  write(requester: Requester, address: number, bytes: Uint8Array): boolean {
    if (!mayMaster(requester)) return false;
    if (address >= INTERRUPT_BASE && address < INTERRUPT_END) return this.writeMessage(address, bytes);
    const isWhole = this.pieces(address, bytes.length, (at, from, end) => {
      const part = bytes.subarray(from, end);
      const peer = this.peerAt(requester, at, part.length);
      if (peer !== undefined) return this.withPeer(() => writePeer(peer, at - peer.base, part));
      return this.writeHost(this.hostOf(requester, at, true), part);
    });
    if (!isWhole) requester.fn.noteMasterAbort();
    return isWhole;
  }

  /** Calls `one` for each page that the range touches: address, and start and end in the range. */
  private pieces(address: number, length: number, one: (at: number, from: number, end: number) => boolean): boolean {
    let isWhole = true;
    for (let from = 0; from < length; ) {
      const at = address + from;
      const end = Math.min(length, from + PAGE_SIZE - (at % PAGE_SIZE));
      if (!one(at, from, end)) isWhole = false;
      from = end;
    }
    return isWhole;
  }

  private writeMessage(address: number, bytes: Uint8Array): boolean {
    if (bytes.length !== 4 || address % 4 !== 0) return false;
    this.deliver(address, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
    return true;
  }

  private hostOf(requester: Requester, address: number, isWrite: boolean): number {
    return this.iommu === null ? address : this.iommu.translate(requester.requesterId, address, isWrite);
  }

  private peerAt(requester: Requester, address: number, size: number): Decode | undefined {
    const { base, end } = this.aperture.memory;
    if (address < base || address >= end) return undefined;
    return requester.peers().find((d) => d.space === 'memory' && address >= d.base && address + size <= d.base + d.size);
  }

  private withPeer(access: () => void): boolean {
    if (this.isAtPeer) return false;
    this.isAtPeer = true;
    access();
    this.isAtPeer = false;
    return true;
  }

  /** Inside one page. Only RAM and ROM answer: the root complex passes nothing on from one port to another. */
  private readHost(host: number, into: Uint8Array): boolean {
    const page = isHost(host) ? this.bus.readablePage(host) : -1;
    if (page < 0) return false;
    const offset = page + (host % PAGE_SIZE);
    into.set(this.bus.physical.ram8.subarray(offset, offset + into.length));
    return true;
  }

  private writeHost(host: number, bytes: Uint8Array): boolean {
    const page = isHost(host) ? this.bus.hostPage(host) : -1;
    if (page < 0) return false;
    this.bus.physical.markWritten(page >>> PAGE_SHIFT);
    this.bus.physical.ram8.set(bytes, page + (host % PAGE_SIZE));
    return true;
  }
}

/** A request goes up while the function, and every bridge on its way, may master the bus above. */
function mayMaster({ fn, bridges }: Requester): boolean {
  return fn.isMaster && bridges.every((bridge) => bridge.isMaster);
}

function isHost(host: number): boolean {
  return host >= 0 && host < ADDRESS_SPACE;
}

/** A burst to a device arrives in the widest aligned pieces. */
function writePeer(peer: Decode, offset: number, bytes: Uint8Array): void {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < bytes.length; ) {
    if ((offset + i) % 4 === 0 && i + 4 <= bytes.length) {
      peer.target.write(offset + i, 4, data.getUint32(i, true));
      i += 4;
    } else peer.target.write(offset + i, 1, bytes[i++]);
  }
}
