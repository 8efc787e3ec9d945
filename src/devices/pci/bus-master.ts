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
  /** Requester ID, as buses are numbered now. */
  id(): number;
  /** Bridges above, innermost first. */
  bridges(): readonly Bridge[];
  /** What its requests can reach without coming up to the root complex; asked only for addresses that PCI devices may have. */
  peers(): readonly Decode[];
}

/** A dword written into the interrupt range, which is an interrupt. */
export type DeliverMessage = (address: number, data: number) => void;

/** FEE00000H to FEEFFFFFH: writes are messages and never reach memory. SDM vol. 3, "Message Address Register Format". */
export const INTERRUPT_BASE = 0xfee0_0000;
export const INTERRUPT_END = 0xfef0_0000;
const ADDRESS_SPACE = 2 ** 32;

/** A read or write that was made, or refused. */
export interface DmaAccess {
  readonly requesterId: number;
  readonly address: number;
  readonly size: number;
  readonly isWrite: boolean;
  readonly isDone: boolean;
}

/** Part of an access, inside one page: bytes `from` to `end` of it. */
interface Piece {
  readonly from: number;
  readonly end: number;
  /** Offset in `ram8`, or in the window of `peer`. */
  readonly offset: number;
  readonly peer: Decode | null;
}

/** The way of all DMA. */
export class BusMasters {
  iommu: DmaTranslator | null = null;
  deliver: DeliverMessage = () => {};
  /** Told of every access, messages apart; null: nobody watches. */
  onAccess: ((access: DmaAccess) => void) | null = null;
  private readonly bus: Bus;
  private readonly aperture: Aperture;
  /** A peer that is written to may write in turn; one step of that and no more. */
  private isAtPeer = false;

  constructor(bus: Bus, aperture: Aperture) {
    this.bus = bus;
    this.aperture = aperture;
  }

  check(requester: Requester, address: number, size: number, isWrite: boolean): boolean {
    return this.resolve(requester, { address, size, isWrite }) !== null;
  }

  read(requester: Requester, address: number, into: Uint8Array): boolean {
    const pieces = this.resolve(requester, { address, size: into.length, isWrite: false });
    if (pieces === null) into.fill(0xff);
    else for (const piece of pieces) this.readPiece(piece, into);
    this.tell(requester, { address, size: into.length, isWrite: false, isDone: pieces !== null });
    return pieces !== null;
  }

  write(requester: Requester, address: number, bytes: Uint8Array): boolean {
    if (address >= INTERRUPT_BASE && address < INTERRUPT_END) return mayMaster(requester) && this.writeMessage(address, bytes);
    const pieces = this.resolve(requester, { address, size: bytes.length, isWrite: true });
    if (pieces !== null) for (const piece of pieces) this.writePiece(piece, bytes);
    this.tell(requester, { address, size: bytes.length, isWrite: true, isDone: pieces !== null });
    return pieces !== null;
  }

  private tell(requester: Requester, access: Omit<DmaAccess, 'requesterId'>): void {
    this.onAccess?.({ requesterId: requester.id(), ...access });
  }

  private writeMessage(address: number, bytes: Uint8Array): boolean {
    if (bytes.length !== 4 || address % 4 !== 0) return false;
    this.deliver(address, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
    return true;
  }

  /** Where all parts of an access go; null if one of them goes nowhere, which the function learns as a master abort. */
  private resolve(
    requester: Requester,
    access: { readonly address: number; readonly size: number; readonly isWrite: boolean },
  ): readonly Piece[] | null {
    if (!mayMaster(requester)) return null;
    const { address, size, isWrite } = access;
    const pieces: Piece[] = [];
    for (let from = 0; from < size; ) {
      const at = address + from;
      const end = Math.min(size, from + PAGE_SIZE - (at % PAGE_SIZE));
      const peer = this.peerAt(requester, at, end - from);
      const offset = peer === null ? this.ramOffset(this.hostOf(requester, at, isWrite), isWrite) : at - peer.base;
      if (offset < 0 || (peer !== null && this.isAtPeer)) {
        requester.fn.noteMasterAbort();
        return null;
      }
      pieces.push({ from, end, offset, peer });
      from = end;
    }
    return pieces;
  }

  private hostOf(requester: Requester, address: number, isWrite: boolean): number {
    return this.iommu === null ? address : this.iommu.translate(requester.id(), address, isWrite);
  }

  /** Only RAM, and ROM for reading, answer: the root complex passes nothing on from one port to another. */
  private ramOffset(host: number, isWrite: boolean): number {
    if (host < 0 || host >= ADDRESS_SPACE) return -1;
    const page = isWrite ? this.bus.hostPage(host) : this.bus.readablePage(host);
    return page < 0 ? -1 : page + (host % PAGE_SIZE);
  }

  private peerAt(requester: Requester, address: number, size: number): Decode | null {
    const { base, end } = this.aperture.memory;
    if (address < base || address >= end) return null;
    return requester.peers().find((d) => d.space === 'memory' && address >= d.base && address + size <= d.base + d.size) ?? null;
  }

  private readPiece({ from, end, offset, peer }: Piece, into: Uint8Array): void {
    if (peer === null) into.set(this.bus.physical.ram8.subarray(offset, offset + end - from), from);
    else this.atPeer(() => into.subarray(from, end).forEach((_, i, part) => (part[i] = peer.target.read(offset + i, 1))));
  }

  private writePiece({ from, end, offset, peer }: Piece, bytes: Uint8Array): void {
    const part = bytes.subarray(from, end);
    if (peer !== null) {
      this.atPeer(() => writePeer(peer, offset, part));
      return;
    }
    this.bus.physical.markWritten(offset >>> PAGE_SHIFT);
    this.bus.physical.ram8.set(part, offset);
  }

  private atPeer(access: () => void): void {
    this.isAtPeer = true;
    access();
    this.isAtPeer = false;
  }
}

/** A request goes up while the function, and every bridge on its way, may master the bus above. */
function mayMaster(requester: Requester): boolean {
  return requester.fn.isMaster && requester.bridges().every((bridge) => bridge.isMaster);
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
