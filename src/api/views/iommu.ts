/** The IOMMU for a panel: what its registers say, what becomes of a request and would without it, what it remembers against what the tables say, what it refused,
 *  and which functions are whose. Made by looking alone. */
import {
  DESCRIPTOR_SIZE,
  DESCRIPTORS_PER_PAGE,
  EVENT_MASK,
  EVENT_PENDING,
  FSTS_IQE,
  FSTS_PFO,
  FSTS_PPF,
  GCMD_QIE,
  VTD_CAP,
  CAP_CM,
  VTD_FEADDR,
  VTD_FECTL,
  VTD_FEDATA,
  VTD_FEUADDR,
  VTD_FSTS,
  VTD_GSTS,
  VTD_IQA,
  VTD_IQH,
  VTD_IQT,
  VTD_REGISTERS,
  type VtdRegister,
} from '../../arch/vtd.ts';
import { type CachedTranslation, domainOf, hostIn, readContext } from '../../devices/iommu/caches.ts';
import { type Domain, type DomainMapping, listDomains, listMappings } from '../../devices/iommu/domains.ts';
import { type DmaExplanation, explainDma, isSameContext, isSameTranslation } from '../../devices/iommu/explain.ts';
import { FAULT_EVENT, type FaultRecord } from '../../devices/iommu/faults.ts';
import { examineGroup, type IsolationGroup, isolationGroups, type Viability } from '../../devices/iommu/groups.ts';
import type { Iommu } from '../../devices/iommu/iommu.ts';
import type { DmaRequest } from '../../devices/iommu/resolve.ts';
import { walkTables } from '../../devices/iommu/walk.ts';
import type { PciFabric } from '../../devices/pci/fabric.ts';
import { describeTopology, type TopologyNode } from '../../devices/pci/topology.ts';
import type { BusTarget } from '../../memory/bus.ts';
import type { LoggedFault } from './recent.ts';

/** What is looked at. */
export interface IommuParts {
  readonly iommu: Iommu;
  readonly fabric: PciFabric;
  /** Name of the driver that uses a function, by routing ID, where that is known. */
  readonly drivers: ReadonlyMap<number, string>;
  /** The last access of a bus master; null: none is known. */
  readonly lastAccess: LastAccess | null;
  /** Faults that are remembered, the newest first, whether or not software has cleared their records. */
  readonly log: readonly LoggedFault[];
}

/** A request that was made. */
export interface LastAccess extends DmaRequest {
  readonly isDone: boolean;
  /** Tick at which it was made; null where only the fault record tells of it. */
  readonly tick: number | null;
}

/** A request explained, and where it would go with no IOMMU in its way. */
export interface DmaWalk extends DmaExplanation {
  readonly without: { readonly host: number; readonly target: BusTarget };
}

/** A register's value: a 64-bit one has a high half. Its fields are in VTD_REGISTERS. */
export interface VtdRegisterValue {
  readonly name: string;
  readonly offset: number;
  readonly words: readonly number[];
}

/** An entry of the context cache, and whether the tables still say so. */
export interface ContextEntryView {
  readonly requester: number;
  /** As it is remembered: 0 for one that was not present. */
  readonly domain: number;
  readonly isPresent: boolean;
  readonly isPassThrough: boolean;
  readonly levels: number;
  readonly table: number;
  /** Why it was not present. */
  readonly reason: number;
  readonly isStale: boolean;
}

/** An entry of the IOTLB, and where the tables say that its first address goes now. */
export interface IotlbEntryView {
  readonly domain: number;
  readonly address: number;
  readonly host: number;
  readonly size: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly isStale: boolean;
  /** Null: nowhere. */
  readonly now: { readonly host: number; readonly isReadable: boolean; readonly isWritable: boolean } | null;
}

export interface DomainView extends Domain {
  readonly mappings: readonly DomainMapping[];
  /** There are more mappings than are listed. */
  readonly isCut: boolean;
}

/** A group, and whether one of its functions could be given to a virtual machine. */
export interface GroupView extends IsolationGroup {
  /** The function that one would give away: the first that has a domain, else the first that does anything. Null where there are only bridges. */
  readonly wanted: number | null;
  readonly isViable: boolean;
  readonly blockers: Viability['blockers'];
}

/** A function that can make requests. */
export interface RequesterView {
  readonly routingId: number;
  readonly title: string;
  readonly isMaster: boolean;
  /** As the tables say; null: none. */
  readonly domain: number | null;
}

export interface IommuView {
  readonly isEnabled: boolean;
  /** Host address of the root table in force; null until SRTP. */
  readonly root: number | null;
  readonly isCaching: boolean;
  readonly queue: {
    readonly isEnabled: boolean;
    readonly base: number;
    readonly size: number;
    readonly head: number;
    readonly tail: number;
    /** It stands at a descriptor or a tail that is wrong. */
    readonly isStuck: boolean;
  };
  readonly registers: readonly VtdRegisterValue[];
  readonly counters: Readonly<Record<'requests' | 'contextMisses' | 'iotlbMisses' | 'faults' | 'lostFaults', number>>;
  readonly contexts: readonly ContextEntryView[];
  readonly iotlb: readonly IotlbEntryView[];
  readonly faults: readonly FaultRecord[];
  readonly log: readonly LoggedFault[];
  readonly faultStatus: {
    readonly hasFault: boolean;
    readonly isOverflown: boolean;
    readonly oldest: number;
    readonly isMasked: boolean;
    readonly isPending: boolean;
    readonly messageAddress: number;
    readonly messageData: number;
  };
  readonly domains: readonly DomainView[];
  readonly groups: readonly GroupView[];
  readonly requesters: readonly RequesterView[];
  /** What to look at where nobody says: the last access, else the last fault, else the first page of a function that may master the bus. */
  readonly last: LastAccess | null;
  readonly walk: DmaWalk | null;
}

/** Mappings listed of a domain. */
const MOST_MAPPINGS = 64;
const MOST_DOMAINS = 64;
/** Base class of bridges, the host's among them. */
const BRIDGE_CLASS = 0x06;
/** The driver that stands for having been given to a virtual machine. */
const GIVEN = 'vfio-pci';

/** Looks at the unit. Null where there is none is for the caller to say. */
export function iommuView(parts: IommuParts): IommuView {
  const { iommu, fabric } = parts;
  const nodes = describeTopology(fabric);
  const domains = listDomains(iommu).slice(0, MOST_DOMAINS);
  const last = lastRequest(parts, nodes);
  return {
    isEnabled: iommu.isEnabled,
    root: iommu.tables.root,
    isCaching: iommu.registers.has(VTD_CAP, CAP_CM),
    queue: queueOf(iommu),
    registers: VTD_REGISTERS.map((row: VtdRegister) => {
      const words = Array.from({ length: row.size / 4 }, (_, i) => iommu.registers.get(row.offset + 4 * i));
      return { name: row.name, offset: row.offset, words };
    }),
    counters: countersOf(iommu),
    contexts: iommu.contexts.entries.map((entry): ContextEntryView => {
      const { requester, context, reason } = entry;
      const { isPassThrough = false, levels = 0, table = 0 } = context ?? {};
      const isStale = !isSameContext(entry, readContext(iommu.tables, requester));
      return { requester, domain: domainOf(entry), isPresent: context !== null, isPassThrough, levels, table, reason, isStale };
    }),
    iotlb: iommu.iotlb.entries.map((entry) => translationView(iommu, domains, entry)),
    faults: iommu.faults.records,
    log: parts.log,
    faultStatus: faultStatusOf(iommu),
    domains: domains.map((domain) => {
      const { mappings, isComplete } = listMappings(iommu.bus, domain.context, MOST_MAPPINGS);
      return { ...domain, mappings, isCut: !isComplete };
    }),
    groups: groupViews(nodes, domains, parts.drivers),
    requesters: nodes
      .filter((node) => node.secondary === null)
      .map(({ routingId, title, isMaster }) => ({ routingId, title, isMaster, domain: domainIn(domains, routingId)?.domain ?? null })),
    last,
    walk: last && explainRequest(iommu, last),
  };
}

/** What would become of a request. */
export function explainRequest(iommu: Iommu, { requester, address, isWrite }: DmaRequest): DmaWalk {
  const without = { host: address, target: address < 2 ** 32 ? iommu.bus.targetAt(address) : ('open' as const) };
  return { ...explainDma(iommu, { requester, address, isWrite }), without };
}

function lastRequest({ iommu, lastAccess }: IommuParts, nodes: readonly TopologyNode[]): LastAccess | null {
  if (lastAccess !== null) return lastAccess;
  const fault = iommu.faults.records.at(-1);
  if (fault !== undefined) {
    return { requester: fault.requester, address: fault.address, isWrite: fault.isWrite, isDone: false, tick: null };
  }
  const able = nodes.filter((node) => node.secondary === null && node.routingId !== 0);
  const first = able.find((node) => node.isMaster) ?? able[0];
  return first === undefined ? null : { requester: first.routingId, address: 0, isWrite: false, isDone: false, tick: null };
}

function queueOf({ registers }: Iommu): IommuView['queue'] {
  const low = registers.get(VTD_IQA);
  return {
    isEnabled: registers.has(VTD_GSTS, GCMD_QIE),
    base: ((low & -0x1000) >>> 0) + registers.get(VTD_IQA + 4) * 2 ** 32,
    size: DESCRIPTORS_PER_PAGE * 2 ** (low & 7),
    head: registers.get(VTD_IQH) / DESCRIPTOR_SIZE,
    tail: registers.get(VTD_IQT) / DESCRIPTOR_SIZE,
    isStuck: registers.has(VTD_FSTS, FSTS_IQE),
  };
}

function countersOf({ state }: Iommu): IommuView['counters'] {
  const { requests, contextMisses, iotlbMisses, faults, lostFaults } = state;
  return { requests, contextMisses, iotlbMisses, faults, lostFaults };
}

function faultStatusOf({ registers }: Iommu): IommuView['faultStatus'] {
  const status = registers.get(VTD_FSTS);
  return {
    hasFault: (status & FSTS_PPF) !== 0,
    isOverflown: (status & FSTS_PFO) !== 0,
    oldest: (status >>> 8) & 0xff,
    isMasked: registers.has(FAULT_EVENT.control, EVENT_MASK),
    isPending: registers.has(VTD_FECTL, EVENT_PENDING),
    messageAddress: registers.get(VTD_FEADDR) + registers.get(VTD_FEUADDR) * 2 ** 32,
    messageData: registers.get(VTD_FEDATA),
  };
}

/** An entry is current where some device of its domain would be led to the same place by the tables. */
function translationView(iommu: Iommu, domains: readonly Domain[], entry: CachedTranslation): IotlbEntryView {
  const { domain, address, shift, isReadable, isWritable } = entry;
  const answers = domains
    .filter((row) => row.domain === domain && !row.context.isPassThrough)
    .map((row) => walkTables(iommu.bus, row.context, address))
    .flatMap((found) => ('reason' in found ? [] : [found]));
  const isStale = !answers.some((found) => isSameTranslation(entry, found, address));
  const found = answers.find((answer) => answer.isReadable || answer.isWritable);
  return {
    ...{ domain, address, host: hostIn(entry, address), size: 2 ** shift, isReadable, isWritable, isStale },
    now: found === undefined ? null : { host: hostIn(found, address), isReadable: found.isReadable, isWritable: found.isWritable },
  };
}

function domainIn(domains: readonly Domain[], requester: number): Domain | undefined {
  return domains.find(({ devices }) => devices.includes(requester));
}

/** A group can be given away as a whole. So in its way stands whoever is used and does not share the domain of the function that is wanted. */
function groupViews(nodes: readonly TopologyNode[], domains: readonly Domain[], names: ReadonlyMap<number, string>): readonly GroupView[] {
  return isolationGroups(nodes).map((group): GroupView => {
    const ends = nodes.filter((node) => group.members.includes(node.routingId) && node.classCode >> 16 !== BRIDGE_CLASS);
    const isTranslated = ({ routingId }: TopologyNode): boolean => domainIn(domains, routingId)?.context.isPassThrough === false;
    const wanted = ends.find(isTranslated) ?? ends.find((node) => node.isMaster) ?? ends[0];
    if (wanted === undefined) return { ...group, wanted: null, isViable: true, blockers: [] };
    const own = domainIn(domains, wanted.routingId);
    const driverOf = (node: TopologyNode): string => {
      const isTogether = own !== undefined && domainIn(domains, node.routingId) === own;
      if (node === wanted || isTogether) return GIVEN;
      return node.isMaster ? (names.get(node.routingId) ?? node.title) : '';
    };
    const drivers = new Map(ends.map((node) => [node.routingId, driverOf(node)]));
    const examined = examineGroup(wanted.routingId, nodes, drivers);
    return { ...group, wanted: wanted.routingId, isViable: examined?.isViable ?? true, blockers: examined?.blockers ?? [] };
  });
}
