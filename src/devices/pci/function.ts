/** What lies between a PCI function and the bus that it sits on. */
import type { PciRegister } from '../../arch/pci.ts';
import type { Stateful } from '../../time/stateful.ts';
import type { PlacedCapability } from './config-space.ts';

/** A range of addresses at which a function answers now. */
export interface Decode {
  readonly space: 'memory' | 'io';
  /** Any 64-bit address that the BAR holds. */
  readonly base: number;
  readonly size: number;
  /** Its BAR; for people. */
  readonly bar: number;
  /** The same object for as long as the function lives. `size` is 1, 2 or 4, the access naturally aligned and inside the range, values unsigned. */
  readonly target: DecodeTarget;
}

export interface DecodeTarget {
  read(offset: number, size: 1 | 2 | 4): number;
  write(offset: number, size: 1 | 2 | 4, value: number): void;
}

/** A function of a device on a bus: an endpoint's, a virtual one, a port or bridge. */
export interface PciFunction extends Stateful {
  /** For people. */
  readonly title: string;
  readonly registers: readonly PciRegister[];
  readonly capabilities: readonly PlacedCapability[];
  /** Where it sits; null until it is attached. */
  readonly slot: PciSlot | null;
  /** The tree gives it its place, once. */
  attach(slot: PciSlot): void;
  /** Bus master enable. */
  readonly isMaster: boolean;
  /** Pin that it drives, 1 to 4 for INTA to INTD, or 0; and whether it asserts it. */
  readonly pin: number;
  readonly isPinAsserted: boolean;
  /** Configuration accesses: inside one dword, below 4096, unsigned. May have side effects. */
  readConfig(offset: number, size: number): number;
  writeConfig(offset: number, size: number, value: number): void;
  /** As `readConfig`, without side effects. */
  peekConfig(offset: number, size: number): number;
  /** Virtual functions that answer on the bus now; none but for SR-IOV. */
  readonly virtualFunctions: readonly PciFunction[];
  /** Ranges that are enabled, whether or not the bridges above let them through. */
  decodes(): readonly Decode[];
  /** Conventional reset: to the state after power-on. */
  reset(): void;
  /** An access of its own was refused. */
  noteMasterAbort(): void;
}

/** A function's place, and what it may ask of the buses above. */
export interface PciSlot {
  /** Routing ID: bus, device and function as they are numbered now. */
  readonly routingId: number;
  /** `decodes()` may answer something else now. */
  decodesChanged(): void;
  /** `isPinAsserted` may have changed. */
  pinChanged(): void;
  /** Memory requests with this function's requester ID. */
  readonly dma: DmaPort;
  /** The port of the device above has ARI forwarding enabled. */
  readonly isAriForwarded: boolean;
  /** A place for a virtual function of this one. */
  slotFor(virtual: PciFunction, routingId: () => number): PciSlot;
}

/** Memory as a bus master sees it. Addresses are what the device was told, unsigned and up to 2^64: the IOMMU may translate them. */
export interface DmaPort {
  /** Whether all `size` bytes from `address` on may be read (written). Asked as the access itself would be: a refusal is a fault like any other. */
  check(address: number, size: number, isWrite: boolean): boolean;
  /** Fills `into`; with ones, and false, if some of it was refused. */
  read(address: number, into: Uint8Array): boolean;
  /** Stores `bytes`; nothing of it, and false, if some of it was refused. */
  write(address: number, bytes: Uint8Array): boolean;
}

/** A bridge or port, as what is below it sees it. */
export interface Bridge extends PciFunction {
  readonly type: 'rootPort' | 'upstreamPort' | 'downstreamPort' | 'bridgeToPci';
  /** What is below is one device, at the other end of a link. */
  readonly isLink: boolean;
  /** Number of the bus below, 0 until software gave it one; and of the last bus below. */
  readonly secondary: number;
  readonly subordinate: number;
  /** All 256 functions of the device below are reached, not just eight. */
  readonly isAriForwarding: boolean;
  /** The services of ACS that are on. */
  readonly acs: number;
  /** Whether it passes on requests from above for all of `decode`. */
  lets(decode: Decode): boolean;
}
