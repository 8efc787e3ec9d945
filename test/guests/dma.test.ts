import { describe, expect, it } from 'vitest';
import { reasonAt } from '../../src/arch/virtio-reasons.ts';
import '../../src/api/all-parts.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { CATALOGUE } from '../../src/cli/image-arguments.ts';
import { NET_LAYOUT } from '../../src/devices/virtio/net.ts';
import { DMA_OPERATIONS, RECORD_WORDS, TRACE_KIND } from '../../src/trace/schema.ts';
import type { Trace } from '../../src/trace/trace.ts';

const WRITTEN = 'Written by the disk of VM A.';

/** A guest that has run to its end. */
function finished(id: string): Computer {
  const computer = Computer.open({ image: { kind: 'guest', id } }, CATALOGUE);
  arrive(computer.run({ instructions: 2_000_000 }));
  return computer;
}

/** Trace records of one kind: tick, then arguments. */
function records(trace: Trace, kind: number): number[][] {
  const { words } = trace.read(0);
  const all = Array.from({ length: words.length / RECORD_WORDS }, (_, i) => [...words.subarray(i * RECORD_WORDS, (i + 1) * RECORD_WORDS)]);
  return all.filter(([k]) => k === kind).map(([, tick, , ...args]) => [tick, ...args]);
}

/** What the IOMMU refused, and when. */
function faultsOf(computer: Computer) {
  return records(computer.machine.trace, TRACE_KIND.iommuFault).map(([tick, requester, reason, isWrite, address]) => ({
    ...{ tick, requester, reason, isWrite: isWrite === 1, address },
  }));
}

/** Ticks at which a device wrote at `address`. */
function writesTo(computer: Computer, address: number): number[] {
  const writes = records(computer.machine.fine, TRACE_KIND.dma).filter(
    ([, , operation, at]) => DMA_OPERATIONS[operation] === 'write' && at === address,
  );
  return writes.map(([tick]) => tick);
}

function textAt({ machine }: Computer, address: number): string {
  const bytes = machine.ram8.subarray(address, address + 64);
  return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
}

describe('DMA into another virtual machine', () => {
  const page = 0x41_0000;

  it('is blocked under the routing ID of the disk, and on record until the hypervisor has read it', () => {
    const computer = finished('dma-isolation');
    const [fault, ...more] = faultsOf(computer);
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ requester: 0x08, reason: 5, isWrite: true, address: page });
    const log = () => computer.machine.chipset.iommu?.faults.records;
    expect(log()).toEqual([]);
    arrive(computer.seek(fault.tick));
    expect(log()).toMatchObject([{ requester: 0x08, reason: 5, isWrite: true, address: page }]);
    expect(textAt(computer, page)).toBe('VM B was here.');
  });

  it('is unblocked by a step back, and blocked by a step forward', () => {
    const computer = finished('dma-isolation');
    const [{ tick }] = faultsOf(computer);
    const look = () => {
      const { iommu } = computer.machine.chipset;
      const { status, state } = computer.machine.virtio[0].device;
      return { hash: computer.hash(), faults: iommu?.state.faults, reason: status & 0x40 ? reasonAt(state.fault)?.id : undefined };
    };
    arrive(computer.seek(tick));
    const after = look();
    expect(after).toMatchObject({ faults: 1, reason: 'bufferUnreachable' });
    arrive(computer.back());
    expect(computer.tick).toBeLessThan(tick);
    const before = look();
    expect(before).toMatchObject({ faults: 0, reason: undefined });
    while (computer.tick < tick) arrive(computer.step());
    expect(look()).toEqual(after);
    arrive(computer.back());
    expect(look()).toEqual(before);
  });

  it('succeeds where nobody forbids it: the page changes with no instruction that writes there', () => {
    const computer = finished('dma-isolation');
    const ticks = writesTo(computer, page);
    expect(ticks).toHaveLength(1);
    arrive(computer.seek(ticks[0]));
    expect([textAt(computer, page), computer.machine.chipset.iommu?.isEnabled]).toEqual([WRITTEN, false]);
    arrive(computer.back());
    expect(textAt(computer, page)).toBe('VM B was here.');
  });
});

describe('a stale IOTLB entry', () => {
  it('lets the disk write where the tables have nothing any more', () => {
    const page = 0x60_0000;
    const entry = 0x13_2000;
    const computer = finished('stale-iotlb');
    const seen = writesTo(computer, page).map((tick) => {
      arrive(computer.seek(tick));
      const isMapped = computer.machine.bus.peek32(entry) !== 0;
      const isRemembered = computer.machine.chipset.iommu?.iotlb.find(1, page)?.isWritable ?? false;
      return { isMapped, isRemembered, text: textAt(computer, page) };
    });
    // 1 and 5 of the seven by the tables, 2 and 6 by what was remembered of them.
    expect(seen).toEqual([true, false, true, false].map((isMapped) => ({ isMapped, isRemembered: true, text: WRITTEN })));
    expect(faultsOf(computer).map(({ reason, address }) => [reason, address])).toEqual(new Array(3).fill([5, page]));
  });
});

describe('packets by virtual functions', () => {
  const counters = (computer: Computer) =>
    computer.machine.virtio.map(({ name, device }) => {
      const { framesSent, framesReceived, framesDropped } = NET_LAYOUT.view(device.model.bytes);
      return { name, framesSent, framesReceived, framesDropped };
    });

  it('are as many as the virtual machines say, and none passes the physical function', () => {
    expect(counters(finished('sriov'))).toEqual([
      { name: 'network-pci1', framesSent: 0, framesReceived: 0, framesDropped: 0 },
      { name: 'network-pci1-vf1', framesSent: 100, framesReceived: 100, framesDropped: 0 },
      { name: 'network-pci1-vf2', framesSent: 100, framesReceived: 100, framesDropped: 0 },
    ]);
  });

  it('leave by the physical function where the card is emulated, else by the VF, and arrive', () => {
    expect(counters(finished('three-ways'))).toMatchObject([
      { framesSent: 16, framesReceived: 0 },
      { framesSent: 3 * 16, framesReceived: 0 },
      { framesSent: 0, framesReceived: 4 * 16 },
    ]);
  });

  it('stop where a VF reaches beyond the memory of its machine: blocked under its own routing ID', () => {
    const faults = faultsOf(finished('sriov'));
    expect(faults).toMatchObject([{ requester: 0x0108, reason: 6, isWrite: false, address: 0x40_0000 }]);
  });
});

describe('a partitioned port', () => {
  it('gives each partition its guarantee, the rest by weight, and nobody more than its largest share', () => {
    const { machine } = finished('npar');
    const text = String.fromCharCode(...machine.console.read().bytes);
    const percents = text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) =>
        line
          .split(': ')[1]
          .split(' ')
          .map((bytes) => Math.round(Number(bytes) / 1_250_000)),
      );
    // Guarantees of 50, 30 and 20, at most 25 for the last: then 30 to 20 would be 60 to 40, which is too much for it.
    expect(percents).toEqual([
      [50, 30, 19],
      [0, 75, 25],
      [0, 0, 25],
    ]);
  });
});
