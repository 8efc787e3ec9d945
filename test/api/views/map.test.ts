import { describe, expect, it } from 'vitest';
import type { MapLink, MapView } from '../../../src/api/views/map.ts';
import { Host } from '../../../src/api/host.ts';
import { CATALOGUE } from '../rig.ts';

/** A guest of the catalogue, `exits` VM exits on; 0: to its end. */
async function at(id: string, exits: number): Promise<Host> {
  const host = new Host(CATALOGUE);
  await host.load({ image: { kind: 'guest', id } });
  if (exits > 0) await host.step(exits, 'exit');
  else await host.run();
  return host;
}

function linksOf({ links }: MapView, from: string): readonly MapLink[] {
  return links.filter((link) => link.from === from);
}

/** `10000 program`: where a region of the bar begins, and who has it. */
function holders({ bars }: MapView, id: string): readonly string[] {
  const regions = bars.find((bar) => bar.id === id)?.regions ?? [];
  return regions.map(({ start, holder }) => `${start.toString(16).toUpperCase()} ${holder}`);
}

describe('the memory map', () => {
  it('shows a paged guest in two bars, with the page tables where CR3 leads', async () => {
    const map = await (await at('paging', 0)).map('current');
    expect(map.bars.map((bar) => bar.id)).toEqual(['v', 'h']);
    expect(holders(map, 'h')).toEqual(expect.arrayContaining(['10000 program', '20000 pageTables', 'FEE00000 device']));
    expect(holders(map, 'v')).toContain('20000 pageTables');
    expect(linksOf(map, 'v').map(({ start, target, rights }) => [start, target, rights.kind])).toEqual([
      [0, 0, 'guest'],
      [0x400000, 0x100000, 'guest'],
    ]);
  });

  it('marks the pages whose entries have their A or D flag set', async () => {
    const map = await (await at('paging', 0)).map('current');
    const [, second] = linksOf(map, 'v');
    expect(second.marks).toEqual([{ start: 0x400000, size: 0x4000, isDirty: true }]);
  });

  it('breaks a way off at the entry of the EPT that maps nothing', async () => {
    const map = await (await at('ept-permissions', 1)).map('guest');
    expect(map.context).toBe('guest');
    const broken = linksOf(map, 'g').filter(({ target }) => target === null);
    expect(broken.map(({ start, size, broken: entry }) => [start, size, entry])).toEqual([
      [0x205000, 0x1fb000, { table: 'PT', index: 5, rule: null }],
      [0x40000000, 0xc0000000, { table: 'PDPT', index: 1, rule: null }],
    ]);
    const readOnly = linksOf(map, 'g').find(({ start }) => start === 0x200000);
    expect(readOnly?.rights).toEqual({ kind: 'ept', R: true, W: false, X: false });
  });

  it('knows the VMCS, the VMXON region and the tables of the EPT', async () => {
    const map = await (await at('ept-permissions', 1)).map('guest');
    expect(holders(map, 'h')).toEqual(expect.arrayContaining(['81000 vmxon', '82000 vmcs', '8A000 ept']));
  });

  it('shows the hypervisor instead where its own map is asked for', async () => {
    const map = await (await at('ept-permissions', 1)).map('current');
    expect([map.context, map.hasGuest, map.bars.map((bar) => bar.id)]).toEqual(['current', true, ['v', 'h']]);
  });

  it('has a bar for the guest-physical memory of each virtual machine, and who has which frame', async () => {
    const map = await (await at('overcommit', 300)).map('guest');
    expect(map.bars.map((bar) => bar.id)).toEqual(['v', 'g0', 'g1', 'g2', 'h']);
    const host = map.bars.at(-1)?.regions ?? [];
    expect(host[0]).toMatchObject({ start: 0, holder: 'hypervisor', vm: null });
    expect(new Set(host.filter(({ holder }) => holder === 'ram').map(({ vm }) => vm))).toEqual(new Set([0, 1, 2]));
    expect(holders(map, 'g1')).toEqual(expect.arrayContaining(['0 unbacked', '10000 program']));
  });

  it('leads two ribbons into a frame that two virtual machines share', async () => {
    const host = await sharing();
    const map = await host.map('guest');
    const shared = map.bars.at(-1)?.regions.filter(({ holder }) => holder === 'shared') ?? [];
    expect(shared.length).toBeGreaterThan(0);
    for (const { start, sharers } of shared) {
      const into = map.links.filter(({ to, target, size }) => to === 'h' && target !== null && start >= target && start < target + size);
      expect(into.length).toBe(sharers);
    }
  });

  it('shows the pages in a balloon, which have no frame', async () => {
    const host = await at('balloon', 0);
    await host.seek(320_000);
    const map = await host.map('guest');
    const inBalloon = map.bars[1].regions.filter(({ holder }) => holder === 'ballooned');
    expect(inBalloon.length).toBeGreaterThan(0);
    const [{ start, size }] = inBalloon;
    expect(
      map.links.some((link) => link.from === 'g0' && link.target !== null && link.start < start + size && start < link.start + link.size),
    ).toBe(false);
  });

  it('has a bar for each domain of the IOMMU', async () => {
    const map = await (await at('dma-isolation', 0)).map('guest');
    expect(map.bars.at(-1)).toMatchObject({ id: 'io0', space: 'io', number: 1 });
    expect(linksOf(map, 'io0')).toMatchObject([
      { start: 0x200000, size: 0x200000, target: 0x200000, rights: { kind: 'io', R: true, W: true } },
    ]);
    expect(holders(map, 'h')).toContain('120000 ioTables');
    expect(holders(map, 'io0')).toContain('201000 rings');
  });

  it('changes nothing by being asked', async () => {
    const host = await at('overcommit', 100);
    const before = await host.hash();
    await host.map('guest');
    await host.reach({ space: 'h', address: 0x10000, context: 'guest' });
    expect(await host.hash()).toBe(before);
  });
});

/** Two virtual machines that run the same program, after their equal pages were merged. */
async function sharing(): ReturnType<typeof at> {
  const host = await at('overcommit', 20);
  for (const vm of [0, 1]) await host.command({ do: 'destroy', vm });
  for (const image of [0, 0]) await host.command({ do: 'create', image, ramMiB: 1, isMergeable: true });
  await host.step(200, 'exit');
  await host.command({ do: 'merge' });
  await host.step(4, 'exit');
  return host;
}

describe('what reaches a byte', () => {
  it('goes through the guest that is looked from, and tells of others that have it at the same address', async () => {
    const host = await sharing();
    const map = await host.map('guest');
    const own = map.bars.find(({ id }) => id === map.links.find(({ from }) => from === 'v')?.to);
    const merged = (map.bars.at(-1)?.regions ?? []).filter(({ holder }) => holder === 'shared').map(({ start }) => start);
    const link = map.links.find(({ from, target }) => from === own?.id && target !== null && merged.includes(target));
    if (!own || !link) throw new Error('The guest has no merged page.');
    // Where no guest is named, it is the one whose linear addresses are asked for.
    const reach = await host.reach({ space: 'g', address: link.start + 16, context: 'guest' });
    expect([reach.host, reach.through]).toEqual([(link.target ?? 0) + 16, { vm: own.number, address: link.start + 16 }]);
    const there = reach.physical.filter(({ address }) => address === link.start + 16).map(({ vm }) => vm);
    expect(there.length).toBeGreaterThan(1);
    const [linear] = reach.linear;
    expect(await host.reach({ space: 'v', address: linear, context: 'guest' })).toMatchObject({ through: reach.through });
  });

  it('is found from host memory back through both dimensions', async () => {
    const host = await at('ept-on-demand', 4);
    const reach = await host.reach({ space: 'h', address: 0x800123, context: 'guest' });
    expect([reach.linear, reach.physical]).toEqual([
      [0x200123],
      [
        { vm: null, address: 0x200123 },
        { vm: null, address: 0x800123 },
      ],
    ]);
    expect(reach.region).toMatchObject({ holder: 'ram', vm: null });
  });

  it('is several linear addresses where several pages lead to one frame', async () => {
    const host = await at('paging', 0);
    const reach = await host.reach({ space: 'v', address: 0x400010, context: 'current' });
    expect([reach.host, reach.linear]).toEqual([0x100010, [0x100010, 0x400010]]);
  });

  it('is the guest alone for a guest-physical address that no entry of the EPT maps', async () => {
    const host = await at('ept-permissions', 1);
    const through = { vm: null, address: 0x205000 };
    const expected = { host: null, through, linear: [0x205000], physical: [], region: null };
    expect(await host.reach({ space: 'g', address: 0x205000, context: 'guest' })).toMatchObject(expected);
    expect(await host.reach({ space: 'v', address: 0x205000, context: 'guest' })).toMatchObject({ host: null, through });
  });

  it('names the domain and the bus address by which devices reach it', async () => {
    const host = await at('dma-isolation', 0);
    const reach = await host.reach({ space: 'h', address: 0x200010, context: 'guest' });
    expect(reach.bus).toEqual([{ domain: 1, address: 0x200010 }]);
  });

  it('tells whether the page is dirty, and what the TLB keeps of it', async () => {
    const host = await at('paging', 0);
    const reach = await host.reach({ space: 'h', address: 0x10000, context: 'current' });
    expect([reach.isAccessed, reach.isDirty]).toEqual([true, true]);
    expect(reach.cached).toContainEqual({ half: 'instruction', linear: 0x10000, vpid: 0 });
  });

  it('finds the buffer of a virtqueue that the byte is in', async () => {
    const host = await at('virtio-ring', 0);
    const { virtio } = await host.devices();
    const used = virtio.flatMap((device) => device.queues.flatMap((queue) => queue.descriptors.map((piece) => ({ device, queue, piece }))));
    const one = used.find(({ piece }) => piece.head !== null && piece.host !== null);
    expect(one).toBeDefined();
    const reach = await host.reach({ space: 'h', address: (one?.piece.host ?? 0) + 1, context: 'current' });
    expect(reach.buffers).toContainEqual({ device: one?.device.id, queue: one?.queue.name, index: one?.piece.index });
  });
});
