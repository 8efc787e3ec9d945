import { beforeEach, describe, expect, it } from 'vitest';
import { isolationGroups } from '../../../src/devices/iommu/groups.ts';
import { ecamWindow } from '../../../src/devices/pci/host-bridge.ts';
import { SrIovFunction, type SrIovOptions } from '../../../src/devices/pci/sriov.ts';
import { describeTopology } from '../../../src/devices/pci/topology.ts';
import { ALL_ACS, at, makeBridge, Rig, ToyModel } from './rig.ts';

const ECAM = 0xe000_0000;
const PORT = at(0, 1, 0);
const PF = at(1, 0, 0);
/** Of the SR-IOV capability, behind ARI. */
const SRIOV = 0x108;
const [CONTROL, NUM_VFS, OFFSET, STRIDE, PAGE_SIZE, BAR] = [0x08, 0x10, 0x14, 0x16, 0x20, 0x24].map((o) => SRIOV + o);
const [ENABLE, MSE, ARI] = [1, 8, 16];
const OPTIONS: SrIovOptions = {
  ...{ totalVfs: 16, device: 0x1001, bars: [{ index: 0, kind: 'memory64', size: 0x4000 }] },
  msix: { vectors: 2, bar: 0, table: 0x2000, pending: 0x3000 },
};

let rig: Rig;
let pf: SrIovFunction;
let models: ToyModel[];

function cfg(rid: number, offset: number, size: 1 | 2 | 4 = 4): number {
  const host = ECAM + rid * 4096 + offset;
  return size === 4 ? rig.bus.read32(host) >>> 0 : size === 2 ? rig.bus.read16(host) : rig.bus.read8(host);
}

function set(rid: number, offset: number, size: 2 | 4, value: number): void {
  const host = ECAM + rid * 4096 + offset;
  if (size === 4) rig.bus.write32(host, value);
  else rig.bus.write16(host, value);
}

/** As a driver of the PF enables VFs. */
function enable(count: number, flags = 0): void {
  set(PF, CONTROL, 2, flags & ARI);
  set(PF, NUM_VFS, 2, count);
  set(PF, CONTROL, 2, ENABLE | MSE | flags);
}

beforeEach(() => {
  rig = new Rig();
  const { handler, size } = ecamWindow(rig.fabric, 16);
  rig.bus.mapMmio(ECAM, size, handler);
  const port = makeBridge();
  rig.fabric.root.attach(1, 0, port);
  models = [];
  const description = {
    id: 'nic',
    title: 'NIC',
    vendor: 0x4756,
    device: 0x1000,
    classCode: 0x020000,
    bars: [],
    express: 'endpoint',
  } as const;
  pf = new SrIovFunction(description, new ToyModel(), OPTIONS, () => {
    models.push(new ToyModel());
    return models[models.length - 1];
  });
  port.bus.attach(0, 0, pf);
  rig.openBridge(PORT, 1, 2, [0xc000_0000, 0xc0ff_ffff]);
});

describe('the SR-IOV capability', () => {
  it('stands in extended space and tells how many VFs there can be, of which device', () => {
    expect([cfg(PF, 0x100), cfg(PF, SRIOV)]).toEqual([0x1081_000e, 0x0001_0010]);
    expect([cfg(PF, SRIOV + 0x0c, 2), cfg(PF, SRIOV + 0x0e, 2), cfg(PF, SRIOV + 0x1a, 2), cfg(PF, SRIOV + 0x1c)]).toEqual([
      16, 16, 0x1001, 0x553,
    ]);
    expect([cfg(PF, NUM_VFS, 2), cfg(PF, CONTROL, 2)]).toEqual([0, 0]);
  });

  it('sizes a VF BAR as one VF’s share, a system page at least', () => {
    set(PF, BAR, 4, -1);
    set(PF, BAR + 4, 4, -1);
    expect([cfg(PF, BAR), cfg(PF, BAR + 4)]).toEqual([0xffff_c004, 0xffff_ffff]);
    set(PF, PAGE_SIZE, 4, 0x10);
    set(PF, BAR, 4, -1);
    expect(cfg(PF, BAR)).toBe(0xffff_0004);
  });

  it('puts few VFs behind the PF, and more on the next bus, unless ARI reaches them', () => {
    set(PF, NUM_VFS, 2, 7);
    expect([cfg(PF, OFFSET, 2), cfg(PF, STRIDE, 2)]).toEqual([1, 1]);
    set(PF, NUM_VFS, 2, 8);
    expect(cfg(PF, OFFSET, 2)).toBe(0x100);
    set(PF, CONTROL, 2, ARI);
    expect(cfg(PF, OFFSET, 2)).toBe(1);
  });
});

describe('virtual functions', () => {
  it('answer on the bus only while they are enabled, as many as NumVFs says', () => {
    expect(cfg(at(1, 0, 1), 0)).toBe(0xffff_ffff);
    enable(3);
    expect(rig.fabric.functions.map((f) => f.routingId)).toEqual([0, PORT, PF, at(1, 0, 1), at(1, 0, 2), at(1, 0, 3)]);
    expect([cfg(at(1, 0, 3), 8), cfg(at(1, 0, 4), 8)]).toEqual([0x0200_0000, 0xffff_ffff]);
    set(PF, CONTROL, 2, 0);
    expect(cfg(at(1, 0, 1), 8)).toBe(0xffff_ffff);
  });

  it('have no identity of their own: a scan passes them by', () => {
    enable(1);
    expect([cfg(at(1, 0, 1), 0), cfg(at(1, 0, 1), 0x2c)]).toEqual([0xffff_ffff, 0x1000_4756]);
  });

  it('on the next bus are reached through the bus numbers of the port', () => {
    enable(8);
    expect(cfg(at(2, 0, 0), 8)).toBe(0x0200_0000);
    expect(cfg(at(2, 0, 7), 8)).toBe(0x0200_0000);
    rig.write(PORT, 0x1a, 1, 1);
    expect(cfg(at(2, 0, 0), 8)).toBe(0xffff_ffff);
  });

  it('beyond function 7 are reached when the port forwards ARI', () => {
    enable(8, ARI);
    expect(cfg(at(1, 1, 0), 8)).toBe(0xffff_ffff);
    set(PORT, 0x68, 2, 0x20);
    expect(cfg(at(1, 1, 0), 8)).toBe(0x0200_0000);
  });

  it('have BARs in the PF’s capability, one after another, and none of their own', () => {
    set(PF, BAR, 4, 0xc010_0000);
    enable(2);
    expect(rig.bus.read32(0xc010_0004)).toBe(0x44);
    rig.bus.write32(0xc010_4008, 5);
    expect([models[0].log, models[1].log]).toEqual([['read BAR 0 +4 x4'], ['write BAR 0 +8 x4 = 5']]);
    expect(rig.bus.read32(0xc010_8000)).toBe(-1);
    set(at(1, 0, 1), 0x10, 4, -1);
    set(at(1, 0, 1), 4, 2, 0xffff);
    expect([cfg(at(1, 0, 1), 0x10), cfg(at(1, 0, 1), 4, 2)]).toEqual([0, 4]);
    set(PF, CONTROL, 2, ENABLE);
    expect(rig.bus.read32(0xc010_0004)).toBe(-1);
  });

  it('are spaced by the system page size', () => {
    set(PF, PAGE_SIZE, 4, 0x10);
    set(PF, BAR, 4, 0xc010_0000);
    enable(2);
    rig.bus.read32(0xc011_0000);
    expect(models[1].log).toEqual(['read BAR 0 +0 x4']);
  });

  it('master the bus with requester IDs of their own, each by its own leave', () => {
    enable(2);
    const asked: number[] = [];
    rig.masters.iommu = { translate: (requester, address) => asked.push(requester) && address };
    set(at(1, 0, 2), 4, 2, 4);
    expect([pf.vfs[0].dma.write(0x100, Uint8Array.of(1)), pf.vfs[1].dma.write(0x100, Uint8Array.of(1))]).toEqual([false, true]);
    expect(asked).toEqual([at(1, 0, 2)]);
  });

  it('interrupt by MSI-X alone', () => {
    set(PF, BAR, 4, 0xc010_0000);
    enable(1);
    set(at(1, 0, 1), 4, 2, 4);
    rig.bus.write32(0xc010_2010, 0xfee0_0000);
    rig.bus.write32(0xc010_2018, 0x55);
    rig.bus.write32(0xc010_201c, 0);
    set(at(1, 0, 1), 0x7c + 2, 2, 0x8000);
    pf.vfs[0].signal(1);
    expect([rig.messages, pf.vfs[0].pin]).toEqual([[[0xfee0_0000, 0x55]], 0]);
  });

  it('are isolated from one another and from the PF below a port with ACS', () => {
    enable(3);
    const topology = describeTopology(rig.fabric);
    expect(topology.filter((n) => n.kind === 'virtual').map((n) => [n.routingId, n.physical, n.above])).toEqual(
      [1, 2, 3].map((fn) => [at(1, 0, fn), PF, PORT]),
    );
    expect(isolationGroups(topology).map((g) => g.members.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(ALL_ACS).toBe(0b1_1101);
  });
});

describe('VF enable', () => {
  it('holds NumVFs, offset, and system page size', () => {
    enable(2);
    set(PF, NUM_VFS, 2, 9);
    set(PF, PAGE_SIZE, 4, 0x10);
    set(PF, CONTROL, 2, ENABLE | MSE | ARI);
    expect([cfg(PF, NUM_VFS, 2), cfg(PF, PAGE_SIZE), cfg(PF, OFFSET, 2), rig.fabric.functions.length]).toEqual([2, 1, 1, 5]);
  });

  it('lets NumVFs change while it is clear', () => {
    set(PF, NUM_VFS, 2, 2);
    set(PF, CONTROL, 2, ENABLE);
    set(PF, CONTROL, 2, 0);
    set(PF, NUM_VFS, 2, 3);
    set(PF, CONTROL, 2, ENABLE);
    expect(pf.virtualFunctions).toHaveLength(3);
  });

  it('cleared resets every VF, as does a reset of the PF, which clears it', () => {
    enable(2);
    set(at(1, 0, 1), 4, 2, 4);
    set(PF, CONTROL, 2, 0);
    expect([models[0].resets, pf.vfs[0].isMaster]).toEqual([1, false]);
    enable(2);
    set(at(1, 0, 1), 4, 2, 4);
    set(PF, 0x48, 2, 0x8000);
    expect([models[0].resets, pf.vfs[0].isMaster, pf.isVfEnabled, pf.virtualFunctions]).toEqual([2, false, false, []]);
  });

  it('with more VFs than there are gives those that there are', () => {
    enable(500);
    expect(pf.virtualFunctions).toHaveLength(16);
  });

  it('is followed by windows and functions after bytes were replaced', () => {
    set(PF, BAR, 4, 0xc010_0000);
    enable(2);
    const saved = pf.bytes.slice();
    set(PF, CONTROL, 2, 0);
    expect(rig.bus.read32(0xc010_0004)).toBe(-1);
    pf.bytes.set(saved);
    rig.pciHost.rebuild();
    expect([rig.bus.read32(0xc010_0004), cfg(at(1, 0, 2), 8)]).toEqual([0x44, 0x0200_0000]);
  });
});

describe('a function-level reset of a VF', () => {
  it('resets that one alone', () => {
    enable(2);
    for (const fn of [1, 2]) set(at(1, 0, fn), 4, 2, 4);
    set(at(1, 0, 1), 0x48, 2, 0x8000);
    expect([models[0].resets, models[1].resets, pf.vfs[0].isMaster, pf.vfs[1].isMaster, pf.isVfEnabled]).toEqual([1, 0, false, true, true]);
  });
});

describe('bytes from a file', () => {
  it('may mean nothing: nothing throws, and the windows are found', () => {
    let x = 99;
    for (let round = 0; round < 40; round++) {
      for (const part of [pf, ...pf.vfs]) {
        for (let i = 0; i < part.bytes.length; i++) {
          x = Math.imul(x, 1664525) + 1013904223;
          part.bytes[i] = x >>> 24;
        }
        part.rebuild();
      }
      rig.pciHost.rebuild();
      for (const { base, size, target } of rig.windows.open) {
        expect(base % size).toBe(0);
        expect(target.read(0, 4)).toBeGreaterThanOrEqual(0);
      }
      for (const { fn } of rig.fabric.functions) fn.writeConfig(4, 4, x >>> 0);
    }
  });
});

describe('random accesses to PF and VFs', () => {
  it('never throw, and the tree stays one in which every function is found where it says it is', () => {
    let x = 4711;
    const next = (): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x >>> 0;
    };
    for (let i = 0; i < 6000; i++) {
      const rid = [PF, PF, PORT, at(1, 0, next() % 8), at(2, 0, next() % 8)][next() % 5];
      const offset = (next() % 4 === 0 ? next() & 0x3ff : SRIOV + (next() & 0x3f)) & ~3;
      // The port's bus numbers stay, so that there is a tree at all.
      if (rid === PORT && offset === 0x18) continue;
      set(rid, offset, 4, next() % 3 === 0 ? next() : next() & 0x1f);
      if (i % 20 !== 0) continue;
      for (const { fn, routingId } of rig.fabric.functions) {
        const found = rig.fabric.find(routingId);
        // VFs beyond what the port forwards are not found.
        if (found !== undefined) expect(found.id).toBe(fn.id);
      }
    }
  });
});
