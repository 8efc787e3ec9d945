import { describe, expect, it } from 'vitest';
import { arrive, type Computer } from '../../../src/api/computer.ts';
import { deviceViews } from '../../../src/api/views/index.ts';
import { type VirtioView, virtioViews } from '../../../src/api/views/virtio.ts';
import type { QueueView } from '../../../src/api/views/virtqueue.ts';
import { DESC_F_INDIRECT, DESC_F_WRITE } from '../../../src/arch/virtio.ts';
import { VIRTQUEUE_OPERATIONS, type VirtqueueOperation } from '../../../src/trace/schema.ts';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { placeOf } from '../../../src/devices/virtio/places.ts';
import { RECORD_WORDS, TRACE_KIND } from '../../../src/trace/schema.ts';
import { host } from '../../vmm/build.ts';
import { guest } from '../rig.ts';

const views = ({ machine, hosted }: Computer): readonly VirtioView[] => virtioViews(machine, hosted);
const first = (computer: Computer): { view: VirtioView; queue: QueueView } => {
  const [view] = views(computer);
  return { view, queue: view.queues[0] };
};

/** A guest that has run to its end, and the ticks at which `operation` was recorded. */
function finished(id: string, operation: VirtqueueOperation): { computer: Computer; ticks: number[] } {
  const computer = guest(id);
  arrive(computer.run());
  const { words } = computer.machine.trace.read(0);
  const ticks: number[] = [];
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    if (words[at] === TRACE_KIND.virtqueue && words[at + 5] === VIRTQUEUE_OPERATIONS.indexOf(operation)) ticks.push(words[at + 1]);
  }
  return { computer, ticks };
}

const owners = ({ descriptors }: QueueView): string => descriptors.map(({ owner }) => owner[0]).join('');

describe('the view of a virtqueue', () => {
  it('tells who has each descriptor: posted, then at work, then returned', () => {
    const { computer, ticks } = finished('virtio-block', 'notify');
    arrive(computer.seek(ticks[0]));
    const posted = first(computer).queue;
    expect([owners(posted), posted.available?.idx, posted.nextAvail, posted.active]).toEqual(['pppf', 1, 0, null]);
    arrive(computer.seek(ticks[0] + 1));
    const held = first(computer).queue;
    expect([owners(held), held.nextAvail, held.active, held.used?.idx]).toEqual(['hhhf', 1, { head: 0, progress: 0 }, 0]);
    expect(held.dueAt).toBeGreaterThan(computer.tick);
    arrive(computer.seek(held.dueAt ?? 0));
    const returned = first(computer).queue;
    expect([owners(returned), returned.used?.idx, returned.used?.ring[0]]).toEqual(['rrrf', 1, { id: 0, length: 1 }]);
    expect(returned.descriptors.map(({ head, position }) => [head, position])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [null, 0],
    ]);
  });

  it('has the bytes of each buffer, and where in host memory it begins', () => {
    const { computer, ticks } = finished('virtio-block', 'notify');
    arrive(computer.seek(ticks[0]));
    const [header, data, status] = first(computer).queue.descriptors;
    expect([header.length, header.flags & DESC_F_WRITE, status.length, status.flags & DESC_F_WRITE]).toEqual([16, 0, 1, DESC_F_WRITE]);
    expect([...(header.bytes ?? [])].slice(0, 4)).toEqual([1, 0, 0, 0]);
    expect(data.host).toBe(data.address);
    expect(data.bytes).toEqual(computer.machine.ram8.slice(data.address, data.address + 64));
  });

  it('opens indirect tables', () => {
    const { computer, ticks } = finished('virtio-indirect', 'notify');
    arrive(computer.seek(ticks[0] + 1));
    const [outer] = first(computer).queue.descriptors;
    expect([outer.owner, outer.flags & DESC_F_INDIRECT]).toEqual(['held', DESC_F_INDIRECT]);
    expect(outer.table?.map(({ index, length }) => [index, length])).toEqual([
      [0, 16],
      [1, 256],
      [2, 256],
      [3, 1],
    ]);
  });

  it('counts what was said and what was left unsaid', () => {
    const { computer } = finished('virtio-indirect', 'notify');
    const { counters } = first(computer).queue;
    expect([counters.chains, counters.notifications, counters.notificationsSaved]).toEqual([4, 1, 3]);
    expect(counters.bytesWritten).toBe(4 * 513);
  });

  it('ends with every ring that a malicious driver can make, and names what was wrong', () => {
    const { computer, ticks } = finished('virtio-malicious', 'notify');
    const reasons = ticks.map((tick) => {
      arrive(computer.seek(tick + 1));
      const { view, queue } = first(computer);
      expect(queue.descriptors).toHaveLength(4);
      return view.fault?.isNow ? reasonAt(view.fault.reason)?.id : null;
    });
    expect(reasons).toContain('chainLoop');
    expect(reasons).toContain('availIndexJump');
    expect(reasons.at(-1)).toBeNull();
    // The last fault is remembered behind the reset.
    expect(first(computer).view.fault?.isNow).toBe(false);
  });
});

describe('the view of a virtio device', () => {
  it('names status bits, features and configuration', () => {
    const { computer } = finished('virtio-block', 'notify');
    const { view } = first(computer);
    const isSet = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
    expect(isSet(view.statusBits.filter((b) => b.isSet))).toEqual(['ACKNOWLEDGE', 'DRIVER', 'DRIVER_OK', 'FEATURES_OK']);
    expect(isSet(view.features.filter((f) => f.isAccepted))).toEqual(['FLUSH', 'VERSION_1']);
    expect(view.features.every((f) => f.isOffered)).toBe(true);
    expect(view.config).toContainEqual({ name: 'capacity', offset: 0, size: 8, value: 64 });
    // blk_size was offered and not accepted: it means nothing.
    expect(isSet(view.config)).not.toContain('blk_size');
    const { base, irq } = placeOf('block');
    expect(view).toMatchObject({ vm: null, type: 'block', space: 'h', isLive: true, place: { transport: 'mmio', base, irq } });
  });

  it('on PCI is behind the IOMMU: its addresses are translated without a fault coming of it', () => {
    const computer = guest('sriov');
    arrive(computer.run());
    const { iommu } = computer.machine.chipset;
    const faults = iommu?.state.faults;
    const before = computer.hash();
    const blocked = views(computer).find((view) => view.fault?.isNow);
    expect(blocked?.place).toMatchObject({ transport: 'pci' });
    expect(blocked?.space).toBe('io');
    const [rogue, honest] = blocked?.queues[1].descriptors ?? [];
    expect([rogue.bytes, rogue.host]).toEqual([null, null]);
    expect([honest.bytes?.length, honest.host]).toEqual([64, honest.address]);
    expect([computer.hash(), iommu?.state.faults]).toEqual([before, faults]);
  });
});

describe('a virtual machine’s device', () => {
  /** Posts a buffer at 0x70000, which nobody has touched, to its source of random bytes, and sleeps before it notifies. */
  const POSTED = `
    mov  ebx, ${placeOf('entropy').base}
    mov  dword [ebx + 0x70], 3
    mov  dword [ebx + 0x24], 1
    mov  dword [ebx + 0x20], 1
    mov  dword [ebx + 0x70], 11
    mov  dword [ebx + 0x38], 8
    mov  dword [ebx + 0x80], 0x30000
    mov  dword [ebx + 0x90], 0x30100
    mov  dword [ebx + 0xA0], 0x30200
    mov  dword [ebx + 0x44], 1
    mov  dword [ebx + 0x70], 15
    mov  dword [0x30000], 0x70000
    mov  dword [0x30008], 64
    mov  word [0x3000C], 2
    mov  word [0x30102], 1
    cli
    hlt`;

  it('is seen through the EPT, and looking makes no page', () => {
    const hosted = host([POSTED]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(100_000);
    const before = [hosted.machine.hash(), hosted.vmm.frames.free];
    const all = deviceViews(hosted.machine, hosted).virtio;
    expect(all.map(({ vm, type }) => [vm, type])).toEqual(['console', 'block', 'network', 'entropy', 'balloon'].map((type) => [0, type]));
    const entropy = all.find(({ type }) => type === 'entropy');
    expect([entropy?.space, entropy?.id]).toEqual(['g', 'vm0.virtio3']);
    const [posted] = entropy?.queues[0].descriptors ?? [];
    expect([posted.owner, posted.address, posted.host]).toEqual(['posted', 0x70000, null]);
    expect(posted.bytes).toEqual(new Uint8Array(64));
    expect(hosted.vmm.vms[0].ept.frameOf(0x70000)).toBe(-1);
    expect([hosted.machine.hash(), hosted.vmm.frames.free]).toEqual(before);
  });
});
