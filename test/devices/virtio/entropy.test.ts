import { expect, it } from 'vitest';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { VIRTIO_MODELS } from '../../../src/devices/virtio/index.ts';
import { Rig } from './rig.ts';

const build = (seed: number) => new Rig((id) => VIRTIO_MODELS.entropy(id, seed));

/** Asks for `sizes` bytes, a buffer each. */
function ask(rig: ReturnType<typeof build>, ...sizes: number[]): Uint8Array[] {
  const [queue] = rig.driver.queues;
  for (const size of sizes) queue.add(size);
  queue.kick();
  rig.settle();
  return queue.reap().map(({ data, length }) => data.slice(0, length));
}

it('a buffer is filled, a very large one in part', () => {
  const rig = build(1);
  rig.driver.start([]);
  expect(ask(rig, 1, 7, 64, 10_000).map(({ length }) => length)).toEqual([1, 7, 64, 4096]);
});

it('the same seed gives the same bytes, another one others', () => {
  const [one, same, other] = [7, 7, 8].map((seed) => {
    const rig = build(seed);
    rig.driver.start([]);
    return ask(rig, 4096)[0];
  });
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
});

it('the bytes of a seed are the same for ever: saved runs count on them', () => {
  const rig = build(42);
  rig.driver.start([]);
  expect([...ask(rig, 12)[0]].map((byte) => byte.toString(16).padStart(2, '0')).join('')).toBe('93cbd7870a5740672875a0e5');
});

it('bytes do not repeat, and look like chance', () => {
  const rig = build(0);
  rig.driver.start([]);
  const bytes = ask(rig, ...new Array<number>(16).fill(4096)).flatMap((b) => [...b]);
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  // 65536 bytes: each value 256 times, with a standard deviation of 16.
  for (const count of counts) expect(Math.abs(count - 256)).toBeLessThan(5 * 16);
  const ones = bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  expect(Math.abs(ones - 65_536 * 4)).toBeLessThan(5 * 362);
});

it('the bytes go on from where they were, after a reset by the driver too', () => {
  const rig = build(3);
  rig.driver.start([]);
  const [first] = ask(rig, 16);
  rig.driver.start([]);
  const [second] = ask(rig, 16);
  expect(second).not.toEqual(first);
  rig.transport.reset();
  rig.driver.start([]);
  expect(ask(rig, 16)[0]).toEqual(first);
});

it('a buffer to read is a mistake with a name', () => {
  const rig = build(3);
  rig.driver.start([]);
  rig.driver.queues[0].add(Uint8Array.of(1), 8);
  rig.driver.queues[0].kick();
  rig.settle();
  expect(reasonAt(rig.device.state.fault)?.id).toBe('bufferNotWritable');
});
