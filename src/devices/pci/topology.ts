/** The tree of buses as plain data: what a panel draws and what isolation is computed from. */
import { CLASS_CODE, DEVICE_ID, VENDOR_ID } from '../../arch/pci.ts';
import { PciBridge } from './bridge.ts';
import type { PciFabric, PlacedFunction } from './fabric.ts';
import type { Bridge } from './function.ts';
import { acsOf, isMultifunction } from './peers.ts';

/** A window that a function has open, or would have if the bridges above let it through. */
export interface TopologyWindow {
  readonly space: 'memory' | 'io';
  readonly bar: number;
  readonly base: number;
  readonly size: number;
  /** Reachable from the processor. */
  readonly isOpen: boolean;
}

/** A function in its place. */
export interface TopologyNode {
  readonly routingId: number;
  /** Its part's id. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'endpoint' | 'virtual' | Bridge['type'];
  readonly vendor: number;
  readonly device: number;
  /** Base class, subclass, programming interface. */
  readonly classCode: number;
  /** Routing ID of the bridge above; null on bus 0. */
  readonly above: number | null;
  /** Of a virtual function: its physical function. */
  readonly physical: number | null;
  readonly isMultifunction: boolean;
  readonly isMaster: boolean;
  /** Services of ACS that are on. */
  readonly acs: number;
  /** Of a bridge: bus behind it, and the last one. */
  readonly secondary: number | null;
  readonly subordinate: number | null;
  readonly windows: readonly TopologyWindow[];
}

/** All functions that answer, in tree order. Changes nothing. */
export function describeTopology(fabric: PciFabric): readonly TopologyNode[] {
  return fabric.functions.map((placed) => describe(fabric, placed));
}

function describe(fabric: PciFabric, { fn, routingId, bus, physical }: PlacedFunction): TopologyNode {
  const bridge = fn instanceof PciBridge ? fn : null;
  return {
    routingId,
    ...{ id: fn.id, title: fn.title, kind: bridge?.type ?? (physical === null ? 'endpoint' : 'virtual') },
    ...{ vendor: fn.peekConfig(VENDOR_ID, 2), device: fn.peekConfig(DEVICE_ID, 2) },
    classCode: fn.peekConfig(CLASS_CODE, 1) | (fn.peekConfig(CLASS_CODE + 1, 2) << 8),
    above: bus.bridge?.slot?.routingId ?? null,
    physical: physical?.slot?.routingId ?? null,
    // A virtual function's header is no place to look: its device is that of the physical one.
    isMultifunction: physical === null && isMultifunction(fn),
    isMaster: fn.isMaster,
    acs: acsOf(fn),
    secondary: bridge?.secondary ?? null,
    subordinate: bridge?.subordinate ?? null,
    windows: fn.decodes().map(({ space, bar, base, size, target }) => {
      const isOpen = fabric.windows.open.some((d) => d.target === target && d.base === base);
      return { space, bar, base, size, isOpen };
    }),
  };
}
