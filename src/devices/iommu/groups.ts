/** Isolation groups: the smallest sets of functions that can be given to a VM without letting it reach others past the IOMMU, or be taken for them. PCI
 *  Express Base Specification, "Access Control Services (ACS)". */
import { ACS_BITS, ACS_ISOLATION, formatRoutingId } from '../../arch/pci.ts';
import type { TopologyNode } from '../pci/topology.ts';

/** Why functions cannot be told apart. */
export interface GroupCause {
  /** `port`: a port lets requests turn round below it. `multifunction`: functions of one device may talk among themselves. `conventional`: a bus without requester
   *  IDs, so that all devices look alike. */
  readonly kind: 'port' | 'multifunction' | 'conventional';
  /** Routing ID of the port, bridge, or the device's first such function. */
  readonly at: number;
  /** Names of the ACS services that are missing there. */
  readonly missing: readonly string[];
  /** Routing IDs that it joins. */
  readonly joins: readonly number[];
}

export interface IsolationGroup {
  readonly number: number;
  /** Routing IDs, in tree order. */
  readonly members: readonly number[];
  readonly causes: readonly GroupCause[];
}

/** Divides functions into groups, numbered in tree order. */
export function isolationGroups(nodes: readonly TopologyNode[]): readonly IsolationGroup[] {
  const causes = nodes.flatMap((node) => causesAt(node, nodes)).filter(({ joins }) => joins.length > 1);
  const leader = new Map(nodes.map((n) => [n.routingId, n.routingId]));
  const find = (rid: number): number => {
    const next = leader.get(rid) ?? rid;
    return next === rid ? rid : find(next);
  };
  for (const { joins } of causes) for (const rid of joins) leader.set(find(rid), find(joins[0]));
  const leaders = [...new Set(nodes.map((n) => find(n.routingId)))];
  return leaders.map((first, number) => ({
    number,
    members: nodes.map((n) => n.routingId).filter((rid) => find(rid) === first),
    causes: causes.filter(({ joins }) => find(joins[0]) === first),
  }));
}

function causesAt(node: TopologyNode, nodes: readonly TopologyNode[]): readonly GroupCause[] {
  const found: GroupCause[] = [];
  const { kind, routingId: at } = node;
  const isIsolating = (node.acs & ACS_ISOLATION) === ACS_ISOLATION;
  const missing = ACS_BITS.filter(({ bit }) => (ACS_ISOLATION & ~node.acs & (1 << bit)) !== 0).map(({ name }) => name);
  if (kind === 'bridgeToPci') found.push({ kind: 'conventional', at, missing: [], joins: [at, ...below(at, nodes)] });
  if (kind === 'rootPort' && !isIsolating) found.push({ kind: 'port', at, missing, joins: [at, ...below(at, nodes)] });
  // Below a port of a switch that does not send requests up, all of the switch can be reached.
  if (kind === 'downstreamPort' && !isIsolating)
    found.push({ kind: 'port', at, missing, joins: node.above === null ? [at] : below(node.above, nodes) });
  if (node.isMultifunction && !isIsolating) {
    const others = nodes.filter((n) => n.routingId >> 3 === at >> 3 && n.isMultifunction && (n.acs & ACS_ISOLATION) !== ACS_ISOLATION);
    if (others[0] === node) found.push({ kind: 'multifunction', at, missing, joins: others.map((n) => n.routingId) });
  }
  return found;
}

/** Everything behind the bridge at `rid`. */
function below(rid: number, nodes: readonly TopologyNode[]): number[] {
  return nodes.filter((n) => n.above === rid).flatMap((n) => [n.routingId, ...(n.secondary === null ? [] : below(n.routingId, nodes))]);
}

/** Whether a group can be handed out, and who is in the way. */
export interface Viability {
  readonly group: IsolationGroup;
  readonly isViable: boolean;
  /** Members that a driver of the host uses. */
  readonly blockers: readonly { readonly routingId: number; readonly driver: string }[];
  /** A sentence for the one who wanted `wanted`; empty if all is well. */
  readonly sentence: string;
}

/** The drivers that do not count: a member given to a VM, or one that nobody uses. Bridges never do, as their driver moves no data. */
const FREE = ['vfio-pci', ''];

/** Examines the group of function `wanted`. `drivers` names the driver of each function, by routing ID. Undefined where there is no such function. */
export function examineGroup(wanted: number, nodes: readonly TopologyNode[], drivers: ReadonlyMap<number, string>): Viability | undefined {
  const group = isolationGroups(nodes).find(({ members }) => members.includes(wanted));
  if (group === undefined) return undefined;
  const blockers = group.members
    .filter((rid) => nodes.some((n) => n.routingId === rid && n.secondary === null))
    .map((routingId) => ({ routingId, driver: drivers.get(routingId) ?? '' }))
    .filter(({ driver }) => !FREE.includes(driver));
  const isViable = blockers.length === 0;
  return { group, isViable, blockers, sentence: isViable ? '' : refusal(group, blockers) };
}

function refusal(group: IsolationGroup, blockers: Viability['blockers']): string {
  const users = blockers.map(({ routingId, driver }) => `${formatRoutingId(routingId)} is used by ${driver}`).join(', ');
  const reasons = group.causes.map(({ kind, at, missing }) => {
    const where = formatRoutingId(at);
    if (kind === 'conventional') return `behind ${where} requests carry no ID of their own`;
    const without = `without ${missing.join(', ')}`;
    return kind === 'port' ? `port ${where} is ${without}` : `the functions of ${where} are ${without}`;
  });
  return `Group ${group.number} is not viable: ${users}. Its members cannot be told apart: ${reasons.join('; ')}.`;
}
