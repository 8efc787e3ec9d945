import type { VirtioType } from '../../../src/arch/virtio-devices.ts';
import { layout } from '../../../src/base/layout.ts';
import type { Chain } from '../../../src/devices/virtio/chain.ts';
import type { VirtioModel, VirtioPort } from '../../../src/devices/virtio/model.ts';
import type { Virtqueue } from '../../../src/devices/virtio/queue.ts';

const ECHO_LAYOUT = layout({ busyTicks: 'f64', dozes: 'u8' });

/** No type of the standard, and in no list: what devices have in common works for it all the same. */
const ECHO: VirtioType = { id: 63, name: 'echo', title: 'Echo', queues: [{ name: 'echoq' }], features: [], config: [] };

/** The smallest device: what it reads from a buffer it writes behind, backwards. */
export class Echo implements VirtioModel {
  readonly id: string;
  readonly type = ECHO;
  readonly offered = [] as const;
  readonly queueSizes = [256, 256] as const;
  readonly configSize = 0;
  readonly layout = ECHO_LAYOUT;
  readonly bytes = new Uint8Array(ECHO_LAYOUT.size);
  /** `busyTicks` that a request takes. `dozes`: it wants no buffers for now. */
  readonly state = ECHO_LAYOUT.view(this.bytes);
  /** What it read, buffer after buffer. */
  readonly heard: Uint8Array[] = [];
  private port: VirtioPort | null = null;

  constructor(id: string) {
    this.id = id;
  }

  connect(port: VirtioPort): void {
    this.port = port;
  }

  rebuild(): void {}

  powerOn(): void {}

  reset(): void {}

  start(): void {}

  /** It wants buffers again. */
  awake(): void {
    this.state.dozes = 0;
    this.port?.look(0);
  }

  wants(): boolean {
    return this.state.dozes === 0;
  }

  delay(): number {
    return this.state.busyTicks;
  }

  process(_queue: Virtqueue, chain: Chain): number {
    const bytes = new Uint8Array(Math.min(chain.readableBytes, 4096));
    if (!chain.read(0, bytes)) return 0;
    this.heard.push(bytes.slice());
    const answer = bytes.reverse().subarray(0, chain.writableBytes);
    return chain.write(0, answer) ? answer.length : 0;
  }

  writeConfig(): void {}
}
