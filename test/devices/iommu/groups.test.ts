import { beforeEach, describe, expect, it } from 'vitest';
import type { ConfigTemplate } from '../../../src/devices/pci/config-space.ts';
import { addAcs } from '../../../src/devices/pci/bridge.ts';
import { examineGroup, type IsolationGroup, isolationGroups } from '../../../src/devices/iommu/groups.ts';
import { describeTopology } from '../../../src/devices/pci/topology.ts';
import { ALL_ACS, at, makeBridge, makeToy, Rig } from '../pci/rig.ts';

let rig: Rig;
const groups = (): readonly IsolationGroup[] => isolationGroups(describeTopology(rig.fabric));
const members = (): readonly (readonly number[])[] => groups().map((g) => g.members);

beforeEach(() => {
  rig = new Rig();
});

/** A root port at 00:`device`.0 that leads to bus `bus`, with functions 0 to `count` - 1 of one device below. */
function addPort(device: number, bus: number, count: number, acs: { readonly port: number; readonly fn?: number }): void {
  const port = makeBridge({ id: `port${device}`, acs: acs.port });
  rig.fabric.root.attach(device, 0, port);
  rig.openBridge(at(0, device, 0), bus, bus);
  for (let fn = 0; fn < count; fn++) {
    const own = acs.fn ?? 0;
    const more = { id: `fn${device}.${fn}`, express: 'endpoint', isMultifunction: count > 1 } as const;
    const extend = (template: ConfigTemplate): void => addAcs(template, own, own);
    port.bus.attach(0, fn, makeToy(own === 0 ? more : { ...more, extend }).fn);
  }
}

describe('isolation groups', () => {
  it('below ports that isolate are one function each', () => {
    addPort(1, 1, 1, { port: ALL_ACS });
    addPort(2, 2, 1, { port: ALL_ACS });
    expect(members()).toEqual([[0], [at(0, 1, 0)], [at(1, 0, 0)], [at(0, 2, 0)], [at(2, 0, 0)]]);
    expect(groups().every((g, i) => g.number === i && g.causes.length === 0)).toBe(true);
  });

  it('join a port without ACS with what is below it, and name what it lacks', () => {
    addPort(1, 1, 1, { port: ALL_ACS & ~0b100 });
    expect(members()).toEqual([[0], [at(0, 1, 0), at(1, 0, 0)]]);
    expect(groups()[1].causes).toEqual([{ kind: 'port', at: at(0, 1, 0), missing: ['RR'], joins: [at(0, 1, 0), at(1, 0, 0)] }]);
  });

  it('follow the ACS control register, not just the capability', () => {
    addPort(1, 1, 1, { port: ALL_ACS });
    const bridge = rig.fabric.find(at(0, 1, 0));
    bridge?.writeConfig(0x106, 2, 0);
    expect(groups()[1].causes[0].missing).toEqual(['SV', 'RR', 'CR', 'UF']);
  });

  it('join the functions of a device, unless each has ACS of its own', () => {
    addPort(1, 1, 3, { port: ALL_ACS });
    addPort(2, 2, 2, { port: ALL_ACS, fn: ALL_ACS });
    expect(members().slice(2)).toEqual([[at(1, 0, 0), at(1, 0, 1), at(1, 0, 2)], [at(0, 2, 0)], [at(2, 0, 0)], [at(2, 0, 1)]]);
    expect(groups()[2].causes.map((c) => c.kind)).toEqual(['multifunction']);
  });

  it('join everything on a conventional bus with its bridge', () => {
    const bridge = makeBridge({ type: 'bridgeToPci', acs: 0 });
    rig.fabric.root.attach(4, 0, bridge);
    rig.openBridge(at(0, 4, 0), 1, 1);
    for (const device of [1, 2]) bridge.bus.attach(device, 0, makeToy({ id: `toy${device}` }).fn);
    expect(members()).toEqual([[0], [at(0, 4, 0), at(1, 1, 0), at(1, 2, 0)]]);
  });

  it('join all of a switch one of whose ports does not isolate', () => {
    const up = makeBridge({ id: 'up', type: 'upstreamPort', acs: 0 });
    addPort(1, 1, 0, { port: ALL_ACS });
    const root = rig.fabric.root.at(1 << 3);
    (root as ReturnType<typeof makeBridge>).bus.attach(0, 0, up);
    rig.openBridge(at(0, 1, 0), 1, 9);
    rig.openBridge(at(1, 0, 0), 2, 9);
    for (const i of [0, 1]) {
      const down = makeBridge({ id: `down${i}`, type: 'downstreamPort', acs: i === 0 ? 0 : ALL_ACS });
      up.bus.attach(i, 0, down);
      rig.openBridge(at(2, i, 0), 3 + i, 3 + i);
      down.bus.attach(0, 0, makeToy({ id: `leaf${i}`, express: 'endpoint' }).fn);
    }
    expect(members()).toEqual([[0], [at(0, 1, 0)], [at(1, 0, 0)], [at(2, 0, 0), at(3, 0, 0), at(2, 1, 0), at(4, 0, 0)]]);
  });
});

describe('a group', () => {
  it('is not viable while a driver of the host uses another member, and the sentence says who and why', () => {
    addPort(1, 1, 2, { port: ALL_ACS });
    const nodes = describeTopology(rig.fabric);
    const examined = examineGroup(
      at(1, 0, 0),
      nodes,
      new Map([
        [at(1, 0, 0), 'vfio-pci'],
        [at(1, 0, 1), 'nic'],
      ]),
    );
    expect(examined).toMatchObject({ isViable: false, blockers: [{ routingId: at(1, 0, 1), driver: 'nic' }] });
    expect(examined?.sentence).toBe(
      'Group 2 is not viable: 01:00.1 is used by nic. Its members cannot be told apart: the functions of 01:00.0 are without SV, RR, CR, UF.',
    );
  });

  it('is viable when its other members are free or bridges', () => {
    addPort(1, 1, 2, { port: 0 });
    const nodes = describeTopology(rig.fabric);
    const drivers = new Map([
      [at(1, 0, 0), 'vfio-pci'],
      [at(0, 1, 0), 'port driver'],
    ]);
    expect(examineGroup(at(1, 0, 0), nodes, drivers)).toMatchObject({ isViable: true, sentence: '' });
    expect(examineGroup(at(7, 0, 0), nodes, drivers)).toBeUndefined();
  });
});
