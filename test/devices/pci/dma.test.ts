import { beforeEach, describe, expect, it } from 'vitest';
import { addAcs } from '../../../src/devices/pci/bridge.ts';
import { ALL_ACS, at, makeBridge, makeToy, Rig, type Toy } from './rig.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('a bus master', () => {
  let rig: Rig;
  let toy: Toy;
  const TOY = at(0, 3, 0);

  beforeEach(() => {
    rig = new Rig();
    toy = makeToy();
    rig.fabric.root.attach(3, 0, toy.fn);
    rig.write(TOY, 4, 2, 4);
  });

  it('reads and writes memory over page boundaries, and marks the pages dirty', () => {
    rig.physical.dirty.fill(0);
    expect(toy.fn.dma.write(0x1ffe, bytes(1, 2, 3, 4))).toBe(true);
    expect([...rig.physical.dirty.subarray(0, 4)]).toEqual([0, 1, 1, 0]);
    const back = new Uint8Array(4);
    expect(toy.fn.dma.read(0x1ffe, back)).toBe(true);
    expect([...back]).toEqual([1, 2, 3, 4]);
  });

  it('does nothing while it may not, and reads ones', () => {
    rig.write(TOY, 4, 2, 0);
    const back = new Uint8Array(2);
    expect([toy.fn.dma.write(0x3000, bytes(9)), toy.fn.dma.read(0x3000, back), rig.bus.read8(0x3000)]).toEqual([false, false, 0]);
    expect([...back]).toEqual([255, 255]);
  });

  it('finds nobody beyond RAM: a master abort in its status', () => {
    const back = new Uint8Array(8);
    expect([toy.fn.dma.check(0xf_fff8, 8, true), toy.fn.dma.check(0xf_fffc, 8, true)]).toEqual([true, false]);
    expect(toy.fn.dma.read(0xf_fffc, back)).toBe(false);
    expect([...back]).toEqual(new Array(8).fill(255));
    expect(rig.read(TOY, 6, 2)).toBe(0x2000);
    expect(toy.fn.dma.write(2 ** 40, bytes(1))).toBe(false);
  });

  it('goes through the IOMMU page by page with its requester ID', () => {
    const asked: unknown[] = [];
    rig.masters.iommu = {
      translate: (...request) => {
        asked.push(request);
        return request[1] < 0x5000 ? request[1] + 0x1_0000 : -1;
      },
    };
    expect(toy.fn.dma.write(0x4ffe, bytes(1, 2, 3, 4))).toBe(false);
    expect(asked).toEqual([
      [TOY, 0x4ffe, true],
      [TOY, 0x5000, true],
    ]);
    expect(rig.bus.read16(0x1_4ffe)).toBe(0);
    expect(toy.fn.dma.write(0x4ffe, bytes(1, 2))).toBe(true);
    expect(rig.bus.read16(0x1_4ffe)).toBe(0x0201);
  });

  it('is watched on demand, whether it gets through or not', () => {
    const seen: unknown[] = [];
    rig.masters.onAccess = (access) => seen.push(access);
    toy.fn.dma.write(0x100, bytes(1, 2));
    toy.fn.dma.read(2 ** 33, new Uint8Array(8));
    expect(seen).toEqual([
      { requesterId: TOY, address: 0x100, size: 2, isWrite: true, isDone: true },
      { requesterId: TOY, address: 2 ** 33, size: 8, isWrite: false, isDone: false },
    ]);
  });

  it('sends a message with a dword in the interrupt range, whatever the IOMMU says, and nothing with other sizes', () => {
    rig.masters.iommu = { translate: () => -1 };
    expect(toy.fn.dma.write(0xfee0_0000, bytes(0x41, 0, 0, 0))).toBe(true);
    expect(toy.fn.dma.write(0xfee0_0000, bytes(0x41, 0))).toBe(false);
    expect(rig.messages).toEqual([[0xfee0_0000, 0x41]]);
  });

  it('behind a bridge needs that one’s leave too, and behind a conventional bridge borrows its requester ID', () => {
    const bridge = makeBridge({ type: 'bridgeToPci' });
    rig.fabric.root.attach(6, 0, bridge);
    const below = makeToy({ id: 'below' });
    bridge.bus.attach(7, 2, below.fn);
    rig.openBridge(at(0, 6, 0), 9, 9);
    rig.write(at(9, 7, 2), 4, 2, 4);
    const asked: number[] = [];
    rig.masters.iommu = { translate: (requester, address) => asked.push(requester) && address };
    expect(below.fn.dma.write(0x100, bytes(1))).toBe(true);
    expect(asked).toEqual([at(9, 0, 0)]);
    rig.write(at(0, 6, 0), 4, 2, 0);
    expect(below.fn.dma.write(0x100, bytes(1))).toBe(false);
  });
});

/** A switch with two ports below root port 00:01.0, a device with 4 KiB at each. */
function makeSwitch(rig: Rig, acs: number): readonly [Toy, Toy] {
  const root = makeBridge({ id: 'root' });
  const up = makeBridge({ id: 'up', type: 'upstreamPort', acs: 0 });
  rig.fabric.root.attach(1, 0, root);
  root.bus.attach(0, 0, up);
  rig.openBridge(at(0, 1, 0), 1, 9, [0xc000_0000, 0xc0ff_ffff]);
  rig.openBridge(at(1, 0, 0), 2, 9, [0xc000_0000, 0xc0ff_ffff]);
  const toys = [0, 1].map((i) => {
    const down = makeBridge({ id: `down${i}`, type: 'downstreamPort', acs });
    up.bus.attach(i, 0, down);
    const toy = makeToy({ id: `toy${i}`, express: 'endpoint' });
    down.bus.attach(0, 0, toy.fn);
    rig.openBridge(at(2, i, 0), 3 + i, 3 + i, [0xc010_0000 * 1 + i * 0x10_0000, 0xc010_0000 + i * 0x10_0000]);
    rig.write(at(3 + i, 0, 0), 0x10, 4, 0xc010_0000 + i * 0x10_0000);
    rig.write(at(3 + i, 0, 0), 4, 2, 6);
    return toy;
  });
  return [toys[0], toys[1]];
}

describe('peers', () => {
  it('below a switch without ACS reach each other past the IOMMU', () => {
    const rig = new Rig();
    const [first, second] = makeSwitch(rig, 0);
    rig.masters.iommu = { translate: () => -1 };
    expect(first.fn.dma.write(0xc020_0004, bytes(1, 2, 3, 4, 5))).toBe(true);
    expect(second.model.log).toEqual(['write BAR 0 +4 x4 = 4030201', 'write BAR 0 +8 x1 = 5']);
    const back = new Uint8Array(2);
    expect([first.fn.dma.read(0xc020_0001, back), [...back]]).toEqual([true, [0x11, 0x22]]);
  });

  it('below ports with request redirect on are sent up to the IOMMU', () => {
    const rig = new Rig();
    const [first, second] = makeSwitch(rig, ALL_ACS);
    const asked: number[] = [];
    rig.masters.iommu = { translate: (_requester, address) => -asked.push(address) };
    expect(first.fn.dma.write(0xc020_0004, bytes(1))).toBe(false);
    expect([asked, second.model.log]).toEqual([[0xc020_0004], []]);
  });

  it('may answer with a write of their own, and no further', () => {
    const rig = new Rig();
    const [first, second] = makeSwitch(rig, 0);
    const answers: boolean[] = [];
    for (const [own, other] of [
      [first, 0xc020_0000],
      [second, 0xc010_0000],
    ] as const) {
      own.model.writeBar = () => {
        answers.push(own.fn.dma.write(0x100, bytes(7)), own.fn.dma.write(other, bytes(7)));
      };
    }
    expect(first.fn.dma.write(0xc020_0000, bytes(1))).toBe(true);
    expect([answers, rig.bus.read8(0x100)]).toEqual([[true, false], 7]);
  });

  it('are the functions of one device, unless it has ACS of its own', () => {
    for (const acs of [0, ALL_ACS]) {
      const rig = new Rig();
      const port = makeBridge();
      rig.fabric.root.attach(1, 0, port);
      const toys = [0, 1].map((fn) => {
        const extend = acs === 0 ? {} : { extend: (template: Parameters<typeof addAcs>[0]) => addAcs(template, acs, acs) };
        const toy = makeToy({ id: `toy${fn}`, express: 'endpoint', isMultifunction: true, ...extend });
        port.bus.attach(0, fn, toy.fn);
        return toy;
      });
      rig.openBridge(at(0, 1, 0), 1, 1, [0xc000_0000, 0xc00f_ffff]);
      rig.write(at(1, 0, 0), 4, 2, 4);
      rig.write(at(1, 0, 1), 0x10, 4, 0xc000_0000);
      rig.write(at(1, 0, 1), 4, 2, 2);
      toys[0].fn.dma.write(0xc000_0000, bytes(1));
      expect(toys[1].model.log).toHaveLength(acs === 0 ? 1 : 0);
    }
  });
});
