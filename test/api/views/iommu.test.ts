import { beforeEach, describe, expect, it } from 'vitest';
import { explainRequest, iommuView, type IommuView } from '../../../src/api/views/iommu.ts';
import { Board, ROOT } from './board.ts';
import { at } from '../../devices/pci/rig.ts';

let board: Board;

function look(drivers: ReadonlyMap<number, string> = new Map()): IommuView {
  const { iommu, fabric } = board.chipset;
  if (iommu === null) throw new Error('the board has an IOMMU');
  return iommuView({ iommu, fabric, drivers, lastAccess: null, log: [] });
}

const VF1 = at(1, 0, 1);
const VF2 = at(1, 0, 2);

beforeEach(() => {
  board = new Board().enableVfs(2);
});

describe('the view of the IOMMU', () => {
  it('says that translation is off, and that then every address is a host address', () => {
    const view = look();
    expect([view.isEnabled, view.root, view.isCaching, view.domains]).toEqual([false, null, true, []]);
    expect(view.walk).toMatchObject({ outcome: { kind: 'off', host: 0 }, without: { host: 0, target: 'ram' } });
  });

  it('begins with the last request that was refused, and walks to the entry that refused it', () => {
    board.enableIommu();
    expect(board.access(1, 0x2_3456, true)).toBe(false);
    const { last, walk, faults, faultStatus, counters } = look();
    expect(last).toEqual({ requester: VF1, address: 0x2_3000, isWrite: true, isDone: false, tick: null });
    expect(walk?.entries.map((e) => [e.kind, e.level, e.index])).toEqual([
      ['root', 0, 1],
      ['context', 0, 1],
      ['table', 2, 0],
      ['table', 1, 0x23],
    ]);
    expect(walk).toMatchObject({ missing: { entry: 4, bit: 'W', value: 0 }, outcome: { kind: 'fault', reason: 5, isRecorded: true } });
    expect(walk?.without).toEqual({ host: 0x2_3000, target: 'ram' });
    expect(faults).toEqual([{ record: 0, requester: VF1, address: 0x2_3000, isWrite: true, reason: 5 }]);
    expect(faultStatus).toMatchObject({ hasFault: true, isOverflown: false, oldest: 0, isMasked: true, isPending: true });
    expect(counters).toMatchObject({ requests: 1, faults: 1, lostFaults: 0 });
  });

  it('prefers the access that was really the last one', () => {
    board.enableIommu();
    const { iommu, fabric } = board.chipset;
    const lastAccess = { requester: VF2, address: 0x1234, isWrite: false, isDone: true, tick: 7 };
    const view = iommuView({ iommu: iommu as NonNullable<typeof iommu>, fabric, drivers: new Map(), lastAccess, log: [] });
    expect(view.last).toBe(lastAccess);
    expect(view.walk?.outcome).toEqual({ kind: 'ok', host: 0x2_1234, target: 'ram' });
  });

  it('explains any other request', () => {
    board.enableIommu();
    const { iommu } = board.chipset;
    const walk = explainRequest(iommu as NonNullable<typeof iommu>, { requester: VF1, address: 0x1_0000_0000, isWrite: false });
    expect(walk.outcome).toMatchObject({ kind: 'fault', reason: 4 });
    expect(walk.without).toEqual({ host: 0x1_0000_0000, target: 'open' });
  });

  it('marks an entry of the IOTLB stale when the tables say something else, and says what', () => {
    board.enableIommu();
    board.access(1, 0x5000);
    board.access(2, 0x6000);
    expect(look().iotlb.map((e) => e.isStale)).toEqual([false, false]);
    board.map(1, 5, 0x7_0000, 1);
    const [first, second] = look().iotlb;
    expect(first).toEqual({
      ...{ domain: 2, address: 0x5000, host: 0x1_5000, size: 4096, isReadable: true, isWritable: true, isStale: true },
      now: { host: 0x7_0000, isReadable: true, isWritable: false },
    });
    expect([second.domain, second.isStale]).toEqual([3, false]);
    board.map(1, 5, 0, 0);
    expect(look().iotlb[0]).toMatchObject({ isStale: true, now: null });
  });

  it('marks an entry of the context cache stale, and with it those of a domain that nobody is in any more', () => {
    board.enableIommu();
    board.access(1, 0x5000);
    expect(look().contexts).toEqual([
      { requester: VF1, domain: 2, isPresent: true, isPassThrough: false, levels: 2, table: ROOT + 0x4000, reason: 0, isStale: false },
    ]);
    board.bus.write32(ROOT + 0x1000 + 16, 0);
    const view = look();
    expect([view.contexts[0].isStale, view.iotlb[0].isStale]).toEqual([true, true]);
    expect(board.access(1, 0x5000), 'the unit believes its caches').toBe(true);
  });

  it('remembers absence in the context cache', () => {
    board.enableIommu(1);
    board.access(1, 0x5000);
    expect(look().contexts).toMatchObject([{ requester: VF1, domain: 0, isPresent: false, reason: 2, isStale: false }]);
  });

  it('lists domains with their functions and what they map, runs joined', () => {
    board.enableIommu();
    board.map(2, 3, 0x9_0000);
    const { domains, requesters } = look();
    expect(domains.map((d) => [d.domain, d.devices, d.mappings.length, d.isCut])).toEqual([
      [1, [at(1, 0, 0)], 1, false],
      [2, [VF1], 1, false],
      [3, [VF2], 3, false],
    ]);
    expect(domains[1].mappings).toEqual([{ address: 0, host: 0x1_0000, size: 0x1_0000, isReadable: true, isWritable: true }]);
    expect(requesters.filter((r) => r.domain !== null).map((r) => r.routingId)).toEqual([at(1, 0, 0), VF1, VF2]);
  });

  it('finds groups from the bus; a group whose function is used by somebody else cannot be given away', () => {
    board.enableIommu();
    const [first, second] = board.npar.functions;
    first.writeConfig(4, 2, 6);
    second.writeConfig(4, 2, 6);
    const view = look(new Map([[at(2, 0, 1), 'virtio-net']]));
    const group = view.groups.find((g) => g.members.includes(at(2, 0, 0)));
    expect(group?.members).toEqual([at(0, 2, 0), at(2, 0, 0), at(2, 0, 1)]);
    expect(group?.causes.map((c) => [c.kind, c.at])).toEqual([
      ['port', at(0, 2, 0)],
      ['multifunction', at(2, 0, 0)],
    ]);
    expect([group?.wanted, group?.isViable, group?.blockers]).toEqual([
      at(2, 0, 0),
      false,
      [{ routingId: at(2, 0, 1), driver: 'virtio-net' }],
    ]);
    expect(view.groups.find((g) => g.members.includes(VF1))).toMatchObject({ members: [VF1], wanted: VF1, isViable: true, blockers: [] });
  });

  it('shows the invalidation queue as software set it', () => {
    board.bus.write32(0xfed9_0090, 0x4_0001);
    board.bus.write32(0xfed9_0018, 0x0400_0000);
    expect(look().queue).toEqual({ isEnabled: true, base: 0x4_0000, size: 512, head: 0, tail: 0, isStuck: false });
    expect(look().registers.find((r) => r.name === 'IQA')).toEqual({ name: 'IQA', offset: 0x90, words: [0x4_0001, 0] });
  });

  it('changes nothing', () => {
    board.enableIommu();
    board.access(1, 0x5000);
    const before = board.chipset.iommu?.bytes.slice();
    look();
    expect(board.chipset.iommu?.bytes).toEqual(before);
  });
});
