import { describe, expect, it } from 'vitest';
import { GUESTS, INCLUDES } from '../../../guests/index.ts';
import '../../../src/api/all-parts.ts';
import { arrive, Computer } from '../../../src/api/computer.ts';
import { Host } from '../../../src/api/host.ts';
import { balloonsOf, dmaOf, iommuOf, pciOf } from '../../../src/api/views/buses.ts';

const CATALOGUE = { guests: GUESTS, includes: INCLUDES };

/** A guest that has run to its end. */
function after(id: string): Computer {
  const computer = Computer.open({ image: { kind: 'guest', id } }, CATALOGUE);
  arrive(computer.run());
  return computer;
}

describe('the views of a machine', () => {
  it('have nothing of PCI where nothing is plugged in, nor of balloons without our hypervisor', () => {
    const { machine, hosted } = after('hello');
    expect([iommuOf(machine), pciOf(machine), balloonsOf(machine, hosted)]).toEqual([null, null, null]);
    expect(dmaOf(machine, { requester: 8, address: 0, isWrite: true })).toBe(null);
  });

  it('follow the last access of a device, and remember what was refused after its record was cleared', () => {
    const { machine } = after('dma-isolation');
    const view = iommuOf(machine);
    expect(view?.last).toMatchObject({ requester: 8, isDone: true });
    expect(view?.faults).toEqual([]);
    expect(view?.log).toMatchObject([{ requester: 8, address: 0x41_0000, isWrite: true, reason: 5 }]);
    expect(view?.walk?.outcome.kind).toBe('ok');
    expect(view?.requesters.map((r) => r.routingId)).toContain(8);
  });

  it('go back in time with the machine', () => {
    const computer = after('dma-isolation');
    const fault = iommuOf(computer.machine)?.log[0];
    arrive(computer.seek(fault?.tick ?? 0));
    expect(iommuOf(computer.machine)?.last).toMatchObject({ requester: 8, address: 0x41_0000, isWrite: true, isDone: false });
    arrive(computer.seek(0));
    expect(iommuOf(computer.machine)).toMatchObject({ isEnabled: false, log: [], domains: [] });
  });

  it('name the driver of a virtio function, and the partitions of a port', () => {
    const { machine } = after('npar');
    const view = pciOf(machine);
    expect(view?.ports[0].partitions.map((p) => p.min)).toEqual([50, 30, 20]);
    expect(view?.functions.filter((f) => f.partition !== null)).toHaveLength(3);
    const group = iommuOf(machine)?.groups.find((g) => g.members.length > 1);
    expect(group?.isViable).toBe(false);
    expect(group?.blockers[0].driver).toMatch(/^virtio-network|^virtio-net/);
  });

  it('are had from a host, as is what would become of any request', async () => {
    const host = new Host(CATALOGUE);
    await host.load({ image: { kind: 'guest', id: 'dma-isolation' } });
    expect(await host.dma(8, 0x1234, true)).toMatchObject({ outcome: { kind: 'off', host: 0x1234 }, without: { host: 0x1234 } });
    expect((await host.devices()).pci?.functions.length).toBeGreaterThan(1);
  });
});
