import { beforeEach, describe, expect, it } from 'vitest';
import { PLATFORM } from '../../src/machine/firmware/platform.ts';
import { setUpPci } from '../../src/machine/firmware/pci-setup.ts';
import { SrIovFunction } from '../../src/devices/pci/sriov.ts';
import { at, makeBridge, makeToy, Rig, ToyModel } from '../devices/pci/rig.ts';

let rig: Rig;
const devices = (): readonly number[] => setUpPci(rig.fabric, PLATFORM);

beforeEach(() => {
  rig = new Rig();
});

describe('firmware', () => {
  it('gives every BAR an address of its own, aligned to its size, and lets it answer', () => {
    const sizes = [4096, 1 << 20, 64];
    const toys = sizes.map((size, i) => {
      const kind = i === 1 ? 'memory64' : 'memory32';
      return makeToy({
        id: `toy${i}`,
        bars: [
          { index: 0, kind, size },
          { index: 2, kind: 'io', size: 16 << i },
        ],
      });
    });
    toys.forEach(({ fn }, i) => rig.fabric.root.attach(i + 1, 0, fn));
    expect(devices()).toEqual([0, 1, 2, 3]);
    const open = rig.windows.open.toSorted((a, b) => a.base - b.base);
    expect(open.map((d) => d.size)).toEqual([64, 32, 16, 1 << 20, 4096, 64]);
    for (const [i, { base, size }] of open.entries()) {
      expect(base % size).toBe(0);
      if (i > 0) expect(base).toBeGreaterThanOrEqual(open[i - 1].base + open[i - 1].size);
    }
    expect(toys[0].fn.isMaster).toBe(false);
  });

  it('numbers buses depth first and opens each bridge’s windows over what is behind it', () => {
    const outer = makeBridge({ id: 'outer', type: 'bridgeToPci' });
    const inner = makeBridge({ id: 'inner', type: 'bridgeToPci' });
    const second = makeBridge({ id: 'second' });
    rig.fabric.root.attach(1, 0, outer);
    rig.fabric.root.attach(2, 0, second);
    outer.bus.attach(3, 0, inner);
    const deep = makeToy({ id: 'deep' });
    inner.bus.attach(4, 0, deep.fn);
    outer.bus.attach(5, 0, makeToy({ id: 'beside' }).fn);
    devices();
    expect([outer, inner, second].map((b) => [b.secondary, b.subordinate])).toEqual([
      [1, 2],
      [2, 2],
      [3, 3],
    ]);
    expect(rig.windows.open).toHaveLength(4);
    expect(deep.fn.slot?.routingId).toBe(at(2, 4, 0));
    expect([rig.read(at(0, 2, 0), 0x20), rig.read(at(0, 2, 0), 0x1c, 2)]).toEqual([0xfff0, 0xf0]);
  });

  it('writes down where each pin arrives, as the bus really wires it', () => {
    const bridge = makeBridge({ type: 'bridgeToPci' });
    rig.fabric.root.attach(2, 0, bridge);
    const toys = [1, 2, 3].map((device) => {
      const toy = makeToy({ id: `toy${device}`, pin: device });
      bridge.bus.attach(device, 0, toy.fn);
      return toy;
    });
    rig.fabric.root.attach(6, 0, makeToy({ id: 'root', pin: 3 }).fn);
    devices();
    for (const { fn } of [...toys, { fn: rig.fabric.root.at(6 << 3) }]) {
      if (fn === undefined) throw new Error('the function is there');
      expect(fn.peekConfig(0x3c, 1)).toBe(PLATFORM.pci.lines[rig.fabric.linkOf(fn)]);
    }
    toys[0].fn.setIntx(true);
    expect(rig.links.at(-1)).toEqual([rig.fabric.linkOf(toys[0].fn), true]);
  });

  it('keeps bus numbers and addresses for all the VFs that there can be', () => {
    const port = makeBridge();
    rig.fabric.root.attach(1, 0, port);
    const pf = new SrIovFunction(
      { id: 'nic', title: 'NIC', vendor: 0x4756, device: 0x1000, classCode: 0x020000, bars: [], express: 'endpoint' },
      new ToyModel(),
      { totalVfs: 12, device: 0x1001, bars: [{ index: 0, kind: 'memory32', size: 0x4000 }] },
      () => new ToyModel(),
    );
    port.bus.attach(0, 0, pf);
    devices();
    expect([port.secondary, port.subordinate]).toEqual([1, 2]);
    pf.writeConfig(0x118, 2, 12);
    pf.writeConfig(0x110, 2, 9);
    expect(rig.windows.open.map((d) => d.base - rig.windows.open[0].base)).toEqual(Array.from({ length: 12 }, (_, i) => 0x4000 * i));
    expect(rig.fabric.find(at(2, 1, 3))?.id).toBe('nic.vf12');
  });

  it('leaves out what does not fit', () => {
    const bars = [{ index: 0, kind: 'memory32', size: 2 ** 29 }] as const;
    for (const device of [1, 2]) rig.fabric.root.attach(device, 0, makeToy({ id: `toy${device}`, bars }).fn);
    devices();
    expect(rig.windows.open.map((d) => [d.base, d.size])).toEqual([[0xc000_0000, 2 ** 29]]);
  });
});
