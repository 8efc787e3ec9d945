import type { VirtioType } from '../../arch/virtio-devices.ts';
import type { Stateful } from '../../time/stateful.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Chain, Finding } from './chain.ts';
import type { DmaMemory } from './dma.ts';
import type { Virtqueue } from './queue.ts';

/** What a virtio device needs of whoever built it in: a machine, or a hypervisor that gives it to a VM. */
export interface VirtioHost {
  /** The present tick. */
  now(): number;
  /** What `nextWake` answers may have changed. */
  rewake(): void;
  /** Memory as this device reaches it, behind the IOMMU if there is one. */
  readonly memory: DmaMemory;
  readonly trace: Trace;
}

/** How a device reaches its driver: MMIO registers and a line, or PCI and messages. */
export interface VirtioTransport {
  /** Used buffer notification for a queue. */
  notifyUsed(queue: number): void;
  /** Configuration change notification. */
  notifyConfig(): void;
  /** The driver reset the device: nothing is pending any more. */
  afterReset(): void;
}

/** What the generic device does for a model. */
export interface VirtioPort {
  now(): number;
  /** Whether a feature was negotiated. */
  has(feature: number): boolean;
  /** There is something to do for a queue: it will be looked at after the present tick. */
  look(queue: number): void;
  /** The model changed its configuration space. */
  configChanged(): void;
  /** A request is so wrong that there is no way to answer it. */
  fail(queue: number, finding: Finding): void;
}

/** The port of a model that is not connected yet: nothing was negotiated. */
export const NO_PORT: VirtioPort = { now: () => 0, has: () => false, look: () => {}, configChanged: () => {}, fail: () => {} };

/** The model keeps the chain and asks for it again with `look`. */
export const HOLD = -1;
/** The model is not done with the chain; it goes on at the next tick. Work at one tick is bounded, whatever the driver asks for. */
export const AGAIN = -2;

/** What is particular to one type of device: its meaning of a buffer. Status, features, queues and notifications are `VirtioDevice`'s. */
export interface VirtioModel extends Stateful {
  readonly type: VirtioType;
  /** Features of this type that it offers. */
  readonly offered: readonly number[];
  /** Largest size of each queue that it has. */
  readonly queueSizes: readonly number[];
  /** Configuration space: the first bytes of the state. */
  readonly configSize: number;
  /** Connected before anything else is called. */
  connect(port: VirtioPort): void;
  /** Whether it would do something with a buffer of this queue now: a receive queue waits for data first. */
  wants(queue: number): boolean;
  /** Ticks that the request in `chain` takes; 0 if it is done at once. */
  delay(queue: number, chain: Chain): number;
  /** Does it. Returns the bytes written into the chain, HOLD, or AGAIN; anything after a refusal of memory or `fail`. */
  process(queue: Virtqueue, chain: Chain): number;
  /** The driver wrote `size` bytes of configuration space, which are not yet stored. Unknown and read-only fields are left alone. */
  writeConfig(offset: number, size: number, value: number): void;
  /** DRIVER_OK was set. */
  start(): void;
  /** The driver reset the device. */
  reset(): void;
  powerOn(): void;
}
