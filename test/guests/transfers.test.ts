import { describe, expect, it } from 'vitest';
import { IDX_OFFSET } from '../../src/arch/virtio.ts';
import { VIRTQUEUE_OPERATIONS } from '../../src/trace/schema.ts';
import { VIRTIO_REASONS } from '../../src/arch/virtio-reasons.ts';
import '../../src/api/all-parts.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { CATALOGUE } from '../../src/cli/image-arguments.ts';
import { RECORD_WORDS, TRACE_KIND } from '../../src/trace/schema.ts';

const memoryOf = ({ machine }: Computer): Uint8Array => machine.ram8.slice();
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** A guest that has run to its end. */
function finished(id: string): Computer {
  const computer = Computer.open({ image: { kind: 'guest', id } }, CATALOGUE);
  arrive(computer.run({ instructions: 2_000_000 }));
  return computer;
}

/** Trace records of one kind: tick, then arguments. */
function records({ machine }: Computer, kind: number): number[][] {
  const { words } = machine.trace.read(0);
  const all = Array.from({ length: words.length / RECORD_WORDS }, (_, i) => [...words.subarray(i * RECORD_WORDS, (i + 1) * RECORD_WORDS)]);
  return all.filter(([k]) => k === kind).map(([, tick, , ...args]) => [tick, ...args]);
}

/** Ticks at which a device entered a buffer into a used ring. */
function usesOf(computer: Computer): number[] {
  const uses = records(computer, TRACE_KIND.virtqueue).filter(([, , , operation]) => VIRTQUEUE_OPERATIONS[operation] === 'use');
  return uses.map(([tick]) => tick);
}

describe.each([
  ['virtio-console', 1, 1],
  ['virtio-entropy', 2, 0],
  ['virtio-block', 5, 0],
  ['virtio-ring', 18, 1],
  ['virtio-indirect', 4, 0],
  ['virtio-malicious', 1, 0],
])('a transfer of the guest %s', (id, count, queueNumber) => {
  it('is taken back whole, ring and buffer, and comes again the same', () => {
    const computer = finished(id);
    const ticks = usesOf(computer);
    expect(ticks).toHaveLength(count);
    const [{ device }] = computer.machine.virtio;
    const queue = device.queues[queueNumber];
    for (const tick of ticks) {
      arrive(computer.seek(tick - 1));
      const before = memoryOf(computer);
      const hash = computer.hash();
      arrive(computer.seek(tick));
      const after = memoryOf(computer);
      const idx = queue.address('device') + IDX_OFFSET;
      expect(after[idx] - before[idx]).toBe(1);

      // A step back leads to before the whole wait of a halted driver; several buffers may have been used in it.
      arrive(computer.back());
      expect(computer.machine.ram8[idx]).toBeLessThanOrEqual(before[idx]);
      arrive(computer.seek(tick - 1));
      expect(isSame(memoryOf(computer), before), `memory before tick ${tick}`).toBe(true);
      expect(computer.hash()).toBe(hash);
      arrive(computer.seek(tick));
      expect(isSame(memoryOf(computer), after), `memory at tick ${tick}`).toBe(true);
    }
  });
});

describe('what the devices know of their guests', () => {
  it('the random bytes are not in memory before the buffer is used', () => {
    const buffer = 0x31000;
    const computer = finished('virtio-entropy');
    const [tick] = usesOf(computer);
    const bytes = (): number[] => [...computer.machine.ram8.subarray(buffer, buffer + 16)];
    arrive(computer.seek(tick));
    expect(bytes().slice(0, 4)).toEqual([0x15, 0x13, 0x6c, 0x88]);
    arrive(computer.back());
    expect(bytes()).toEqual(new Array(16).fill(0));
  });

  it('the sector that was written is on the disk', () => {
    const { machine } = finished('virtio-block');
    const sector = new Uint8Array(512);
    machine.disks[0].read(3 * 512, sector);
    expect([...new Uint32Array(sector.buffer)]).toEqual(Array.from({ length: 128 }, (_, i) => i));
  });

  it('the ring guest counts the notifications and interrupts that the device counts', () => {
    const { state } = finished('virtio-ring').machine.virtio[0].device.queues[1];
    const { chains, notifications, interrupts, interruptsSuppressed } = state;
    expect({ chains, notifications, interrupts, interruptsSuppressed }).toEqual({
      chains: 18,
      notifications: 1 + 1,
      interrupts: 9 + 4,
      interruptsSuppressed: 5,
    });
  });

  it('each attack of the malicious driver is given up for the reason that it is about', () => {
    const faults = records(finished('virtio-malicious'), TRACE_KIND.virtioStatus).filter(([, , , reason]) => reason !== 0);
    expect(faults.map(([, , , reason]) => VIRTIO_REASONS[reason - 1].id)).toEqual([
      'chainLoop',
      'chainTooLong',
      'bufferUnreachable',
      'zeroLength',
      'nextOutOfTable',
      'availIndexJump',
    ]);
  });
});
