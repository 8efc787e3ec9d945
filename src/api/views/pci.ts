/** The PCI tree for a panel: every function that answers, its configuration space with the names of what is in it, where its BARs lie, how it interrupts, what
 *  makes its virtual functions, and how partitions share a port. Made by looking alone. */
import {
  BAR0,
  MSIX,
  MSIX_CONTROL,
  MSIX_ENABLE,
  MSIX_ENTRY_SIZE,
  MSIX_MASK_ALL,
  MSIX_PBA,
  MSIX_TABLE,
  type PciRegister,
  SRIOV,
  SRIOV_ARI_HIERARCHY,
  SRIOV_CONTROL,
  SRIOV_FIRST_OFFSET,
  SRIOV_INITIAL_VFS,
  SRIOV_NUM_VFS,
  SRIOV_STRIDE,
  SRIOV_SYSTEM_PAGE_SIZE,
  SRIOV_TOTAL_VFS,
  SRIOV_VF_DEVICE_ID,
} from '../../arch/pci.ts';
import type { PlacedCapability } from '../../devices/pci/config-space.ts';
import { PciEndpoint } from '../../devices/pci/endpoint.ts';
import type { PciFabric, PlacedFunction } from '../../devices/pci/fabric.ts';
import type { PciFunction } from '../../devices/pci/function.ts';
import type { PartitionedPort } from '../../devices/pci/npar.ts';
import { SrIovFunction, VirtualFunction } from '../../devices/pci/sriov.ts';
import { describeTopology, type TopologyNode } from '../../devices/pci/topology.ts';

/** What is looked at. */
export interface PciParts {
  readonly fabric: PciFabric;
  /** Interrupt line of each of the root's four links. */
  readonly lines: readonly number[];
  readonly partitioned: readonly PartitionedPort[];
  readonly now: number;
  readonly ticksPerSecond: number;
}

/** A range of addresses that a function asks for. */
export interface BarView {
  /** Number of its register. */
  readonly index: number;
  readonly kind: 'io' | 'memory32' | 'memory64';
  readonly base: number;
  readonly size: number;
  readonly isPrefetchable: boolean;
  /** The processor reaches it there. */
  readonly isOpen: boolean;
}

/** A message that a function may send. */
export interface VectorView {
  readonly number: number;
  readonly address: number;
  readonly data: number;
  readonly isMasked: boolean;
  readonly isPending: boolean;
}

export interface MsixView {
  readonly isEnabled: boolean;
  /** The function's own mask, over those of the vectors. */
  readonly isMasked: boolean;
  readonly table: { readonly bar: number; readonly offset: number };
  readonly pending: { readonly bar: number; readonly offset: number };
  /** The first ones; there are `count`. */
  readonly vectors: readonly VectorView[];
  readonly count: number;
}

/** What the SR-IOV capability says, and what follows from it. */
export interface SrIovView {
  readonly offset: number;
  readonly initialVfs: number;
  readonly totalVfs: number;
  readonly numVfs: number;
  readonly firstOffset: number;
  readonly stride: number;
  readonly vfDevice: number;
  /** Of the system page size; 0 where none is chosen. */
  readonly pageSize: number;
  readonly isEnabled: boolean;
  readonly isMemoryEnabled: boolean;
  readonly isAri: boolean;
  /** VF BARs: where the first VF's share begins, and how large each share is. */
  readonly bars: readonly { readonly index: number; readonly base: number; readonly share: number }[];
  /** All that there can be. */
  readonly vfs: readonly VfView[];
}

export interface VfView {
  /** From 1. */
  readonly number: number;
  readonly routingId: number;
  /** It answers on the bus. */
  readonly isThere: boolean;
  /** Its share of each VF BAR. */
  readonly shares: readonly number[];
}

export interface PciFunctionView extends TopologyNode {
  /** 0 for none, 1 to 4 for INTA to INTD; the interrupt line where it arrives. */
  readonly pin: number;
  readonly line: number | null;
  readonly isPinAsserted: boolean;
  readonly interruptMode: 'intx' | 'msi' | 'msix' | null;
  /** Configuration space as far as the function keeps it. */
  readonly config: Uint8Array;
  readonly registers: readonly PciRegister[];
  readonly capabilities: readonly PlacedCapability[];
  readonly bars: readonly BarView[];
  readonly msix: MsixView | null;
  readonly sriov: SrIovView | null;
  /** Of a virtual function: its number, from 1. */
  readonly virtualNumber: number | null;
  /** Of a partition of a port: its number, from 0. */
  readonly partition: { readonly port: string; readonly number: number } | null;
}

/** One partition's share of the wire, and what it made of it. */
export interface PartitionView {
  readonly routingId: number | null;
  /** Percent of the port's speed. */
  readonly min: number;
  readonly max: number;
  /** Since power-on. */
  readonly bytes: number;
  readonly frames: number;
  readonly dropped: number;
  /** In the present virtual second, and in the one before. */
  readonly thisSecond: number;
  readonly lastSecond: number;
  /** Bytes that wait for their turn. */
  readonly waiting: number;
}

export interface PortView {
  readonly id: string;
  readonly bytesPerSecond: number;
  /** How much of the present virtual second is over, 0 to 1. */
  readonly second: number;
  readonly partitions: readonly PartitionView[];
}

export interface PciView {
  readonly functions: readonly PciFunctionView[];
  readonly ports: readonly PortView[];
}

/** Vectors listed of a table that may have 2048. */
const MOST_VECTORS = 16;
const BARS = 6;

/** Looks at the tree. */
export function pciView(parts: PciParts): PciView {
  const { fabric } = parts;
  const placed = fabric.functions;
  const nodes = describeTopology(fabric);
  return {
    functions: placed.map((each, i) => functionView(parts, each, nodes[i])),
    ports: parts.partitioned.map((port) => portView(parts, port)),
  };
}

function functionView({ fabric, lines, partitioned }: PciParts, { fn }: PlacedFunction, node: TopologyNode): PciFunctionView {
  const size = fn instanceof PciEndpoint ? fn.config.bytes.length : 256;
  const port = partitioned.find(({ id }) => partitionOf(id, fn.id) !== null);
  return {
    ...node,
    pin: fn.pin,
    line: fn.pin === 0 ? null : (lines[fabric.linkOf(fn)] ?? null),
    isPinAsserted: fn.isPinAsserted,
    interruptMode: fn instanceof PciEndpoint ? fn.interruptMode : null,
    config: Uint8Array.from({ length: size }, (_, i) => fn.peekConfig(i, 1)),
    registers: fn.registers,
    capabilities: fn.capabilities,
    bars: fn instanceof VirtualFunction ? sharesOf(node) : fn instanceof PciEndpoint ? barsOf(fn, node) : [],
    msix: fn instanceof PciEndpoint ? msixView(fn) : null,
    sriov: fn instanceof SrIovFunction ? sriovView(fn) : null,
    virtualNumber: fn instanceof VirtualFunction ? fn.number : null,
    partition: port === undefined ? null : { port: port.id, number: partitionOf(port.id, fn.id) ?? 0 },
  };
}

/** Partition n of the card `nic` is the function `nic.n.function`; its port is `nic.port`. */
function partitionOf(port: string, fn: string): number | null {
  const card = port.replace(/port$/, '');
  const found = fn.startsWith(card) ? /^(\d+)\.function$/.exec(fn.slice(card.length)) : null;
  return found === null ? null : Number(found[1]);
}

/** A VF has no BARs: its windows are shares of its physical function's VF BARs. */
function sharesOf({ windows }: TopologyNode): readonly BarView[] {
  return windows.map(({ bar, base, size, isOpen }) => ({ index: bar, kind: 'memory32', base, size, isPrefetchable: false, isOpen }));
}

/** Size and kind as software finds them: the bits that cannot be written. */
function barsOf({ config }: PciEndpoint, { windows }: TopologyNode): readonly BarView[] {
  const found: BarView[] = [];
  const writable = new DataView(config.template.writable.buffer);
  for (let index = 0; index < BARS; index++) {
    const at = BAR0 + 4 * index;
    const mask = writable.getUint32(at, true);
    if (mask === 0) continue;
    const value = config.get32(at);
    const isIo = (value & 1) !== 0;
    const isWide = !isIo && (value & 6) === 4;
    const size = (mask & -mask) >>> 0;
    const low = value - (value % size);
    found.push({
      ...{ index, size, kind: isIo ? 'io' : isWide ? 'memory64' : 'memory32' },
      base: low + (isWide ? config.get32(at + 4) * 2 ** 32 : 0),
      isPrefetchable: !isIo && (value & 8) !== 0,
      isOpen: windows.some((w) => w.bar === index && w.isOpen),
    });
    if (isWide) index++;
  }
  return found;
}

function msixView(fn: PciEndpoint): MsixView | null {
  const { config } = fn;
  const at = config.find(MSIX.id);
  if (at === undefined) return null;
  const control = config.get16(at + MSIX_CONTROL);
  const place = (offset: number): MsixView['table'] => ({ bar: config.get32(at + offset) & 7, offset: config.get32(at + offset) & ~7 });
  const words = (name: string): Uint32Array => {
    const field = fn.layout.fields.find((f) => f.name === name);
    return new Uint32Array(fn.bytes.buffer, fn.bytes.byteOffset + (field?.offset ?? 0), field?.count ?? 0);
  };
  const [table, pending] = [words('msixTable'), words('msixPending')];
  const count = table.length / (MSIX_ENTRY_SIZE / 4);
  return {
    isEnabled: (control & MSIX_ENABLE) !== 0,
    isMasked: (control & MSIX_MASK_ALL) !== 0,
    ...{ table: place(MSIX_TABLE), pending: place(MSIX_PBA), count },
    vectors: Array.from({ length: Math.min(count, MOST_VECTORS) }, (_, number): VectorView => {
      const [low, high, data, mask] = table.subarray(4 * number, 4 * number + 4);
      const isPending = ((pending[number >> 5] >>> (number & 31)) & 1) !== 0;
      return { number, address: low + high * 2 ** 32, data, isMasked: (mask & 1) !== 0, isPending };
    }),
  };
}

function sriovView(fn: SrIovFunction): SrIovView {
  const { config, sriov } = fn;
  const offset = config.find(SRIOV.id, true) ?? 0;
  const word = (at: number): number => config.get16(offset + at);
  const bars = sriov.bars.map((bar) => ({ index: bar.index, base: fn.vfBarBase(bar), share: fn.vfBarSize(bar) }));
  const numVfs = word(SRIOV_NUM_VFS);
  const pages = config.get32(offset + SRIOV_SYSTEM_PAGE_SIZE);
  return {
    ...{ offset, numVfs, bars, firstOffset: word(SRIOV_FIRST_OFFSET), stride: word(SRIOV_STRIDE), vfDevice: word(SRIOV_VF_DEVICE_ID) },
    ...{ initialVfs: word(SRIOV_INITIAL_VFS), totalVfs: word(SRIOV_TOTAL_VFS) },
    pageSize: pages === 0 ? 0 : 2 ** (12 + 31 - Math.clz32(pages & -pages)),
    ...{ isEnabled: fn.isVfEnabled, isMemoryEnabled: fn.isVfMemoryEnabled, isAri: (word(SRIOV_CONTROL) & SRIOV_ARI_HIERARCHY) !== 0 },
    vfs: fn.vfs.map(({ number }) => ({
      number,
      routingId: fn.routingIdOf(number),
      isThere: fn.isVfEnabled && number <= numVfs,
      shares: bars.map(({ base, share }) => base + (number - 1) * share),
    })),
  };
}

function portView({ fabric, now, ticksPerSecond }: PciParts, port: PartitionedPort): PortView {
  const { state, shares, id } = port;
  const second = Math.floor(now / ticksPerSecond);
  const functions: readonly { readonly fn: PciFunction; readonly routingId: number }[] = fabric.functions;
  return {
    id,
    bytesPerSecond: Math.round(ticksPerSecond / port.ticksPerByte),
    second: now / ticksPerSecond - second,
    partitions: shares.map(({ min, max }, n) => ({
      routingId: functions.find(({ fn }) => partitionOf(id, fn.id) === n)?.routingId ?? null,
      ...{ min, max, bytes: state.bytesSent.at(n), frames: state.framesSent.at(n), dropped: state.framesDropped.at(n) },
      thisSecond: state.second === second ? state.bytesThisSecond.at(n) : 0,
      lastSecond: port.bytesPerSecond(n),
      waiting: state.used.at(n),
    })),
  };
}
