import { VIRTIO_ENTROPY } from '../../arch/virtio-devices.ts';
import { layout } from '../../base/layout.ts';
import type { Chain } from './chain.ts';
import { NO_PORT, type VirtioModel, type VirtioPort } from './model.ts';
import type { Virtqueue } from './queue.ts';

/** Bytes that one request gets at most: "it MAY use less than the entire buffer length". */
const MOST = 4096;
const QUEUE_SIZE = 64;
const GENERATOR_SIZE = 16;

export const ENTROPY_LAYOUT = layout({
  /** State of the generator, xoshiro128**; never all zeros. */
  random: ['u32', 4],
  /** Bytes given since power-on. */
  given: 'f64',
});

/** A source of random bytes that is none: a generator with a seed, so that a run can be repeated. virtio 1.2, "Entropy Device". */
export class VirtioEntropy implements VirtioModel {
  readonly id: string;
  readonly type = VIRTIO_ENTROPY;
  readonly offered = [] as const;
  readonly queueSizes = [QUEUE_SIZE] as const;
  readonly configSize = 0;
  readonly layout = ENTROPY_LAYOUT;
  readonly bytes = new Uint8Array(ENTROPY_LAYOUT.size);
  readonly state = ENTROPY_LAYOUT.view(this.bytes);
  private readonly seed: number;
  private port = NO_PORT;
  private readonly buffer = new Uint8Array(MOST);

  /** `seed` is any 32-bit number. */
  constructor(id: string, seed: number) {
    this.id = id;
    this.seed = seed;
  }

  connect(port: VirtioPort): void {
    this.port = port;
  }

  misfit(bytes: Uint8Array): string {
    return bytes.subarray(0, GENERATOR_SIZE).every((byte) => byte === 0) ? 'the generator stands still' : '';
  }

  rebuild(): void {}

  powerOn(): void {
    this.bytes.fill(0);
    // Four words of splitmix32 are not all zeros.
    for (let i = 0; i < 4; i++) this.state.random.set(i, splitmix(this.seed + i + 1));
  }

  reset(): void {}

  start(): void {}

  wants(): boolean {
    return true;
  }

  delay(): number {
    return 0;
  }

  /** "The driver MUST NOT place device-readable buffers into the queue." */
  process(queue: Virtqueue, chain: Chain): number {
    if (chain.readableBytes > 0) {
      this.port.fail(queue.index, { reason: 'bufferNotWritable', value: queue.index, limit: 0 });
      return 0;
    }
    const bytes = this.buffer.subarray(0, Math.min(chain.writableBytes, MOST));
    for (let i = 0, word = 0; i < bytes.length; i++) {
      word = i % 4 === 0 ? this.next() : word >>> 8;
      bytes[i] = word;
    }
    this.state.given += bytes.length;
    chain.write(0, bytes);
    return bytes.length;
  }

  writeConfig(): void {}

  /** One step of xoshiro128** (Blackman and Vigna). */
  private next(): number {
    const { random } = this.state;
    let [a, b, c, d] = [random.at(0), random.at(1), random.at(2), random.at(3)];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    for (const [i, word] of [a, b, c, d].entries()) random.set(i, word);
    return result;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** splitmix32: spreads small seeds over all bits. */
function splitmix(index: number): number {
  let x = Math.imul(index, 0x9e3779b9);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
