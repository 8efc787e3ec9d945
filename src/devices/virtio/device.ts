import {
  F_ACCESS_PLATFORM,
  F_EVENT_IDX,
  F_IN_ORDER,
  F_INDIRECT_DESC,
  F_RING_RESET,
  F_VERSION_1,
  STATUS_ACKNOWLEDGE,
  STATUS_DEVICE_NEEDS_RESET,
  STATUS_DRIVER,
  STATUS_DRIVER_OK,
  STATUS_FAILED,
  STATUS_FEATURES_OK,
} from '../../arch/virtio.ts';
import { reasonNumber } from '../../arch/virtio-reasons.ts';
import { layout } from '../../base/layout.ts';
import type { Stateful } from '../../time/stateful.ts';
import { deviceWord, STATUS_BY_ITSELF, TRACE_KIND, VIRTQUEUE_OPERATIONS, type VirtqueueOperation } from '../../trace/schema.ts';
import type { Finding } from './chain.ts';
import { checkFeatures, type FeatureWords, featureWords, hasFeature } from './features.ts';
import { AGAIN, HOLD, type VirtioHost, type VirtioModel, type VirtioPort, type VirtioTransport } from './model.ts';
import { Virtqueue } from './queue.ts';

/** What all virtio devices have in common: what a panel reads. */
export const VIRTIO_LAYOUT = layout({
  status: 'u8',
  /** Reason (arch/virtio-reasons) for which FEATURES_OK was last refused, 0 for none, and its numbers. */
  refusal: 'u8',
  refusalValue: 'u8',
  refusalLimit: 'u8',
  /** Reason of the last DEVICE_NEEDS_RESET, 0 for none since power-on; kept when the driver resets the device. */
  fault: 'u8',
  faultQueue: 'u8',
  faultValue: 'f64',
  faultLimit: 'f64',
  faultTick: 'f64',
  offeredLow: 'u32',
  offeredHigh: 'u32',
  acceptedLow: 'u32',
  acceptedHigh: 'u32',
  /** Lowest bit above 63 that the driver accepted, 0 for none: nothing is offered there. */
  acceptedBeyond: 'u8',
  generation: 'u32',
  // Counters since power-on, for display.
  resets: 'f64',
  configInterrupts: 'f64',
  strayNotifications: 'f64',
});

const COMMON = [F_INDIRECT_DESC, F_EVENT_IDX, F_VERSION_1, F_IN_ORDER, F_RING_RESET];
const DRIVER_BITS = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK | STATUS_FEATURES_OK | STATUS_FAILED;
/** Chains that are done at one tick; one of 64 KiB counts twice, and so on. */
const BATCH = 64;
const BATCH_BYTES = 0x10000;

export interface VirtioPlace {
  /** Stable name of the device: `disk0`. Its parts are called `disk0`, `disk0.block`, `disk0.queue0`, ... */
  readonly id: string;
  /** Its `deviceNumber` for trace records. */
  readonly number: number;
  /** Its addresses pass an IOMMU: it offers ACCESS_PLATFORM and insists on it. */
  readonly isBehindIommu?: boolean;
}

/** A virtio device without its transport and without its particular meaning: status, features, queues, when to look at them and when to notify. All work on
 *  queues is done in `wake`, never in a notification, so memory does not change under an instruction. virtio 1.2, "Basic Facilities of a Virtio Device". */
export class VirtioDevice implements Stateful, VirtioPort {
  readonly id: string;
  readonly model: VirtioModel;
  readonly queues: readonly Virtqueue[];
  /** Everything whose bytes are its state. */
  readonly parts: readonly Stateful[];
  readonly layout = VIRTIO_LAYOUT;
  readonly bytes = new Uint8Array(VIRTIO_LAYOUT.size);
  readonly state = VIRTIO_LAYOUT.view(this.bytes);
  private readonly host: VirtioHost;
  private readonly place: VirtioPlace;
  private transport: VirtioTransport | null = null;
  /** It acts by itself, between two instructions. Derived: false wherever somebody may look. */
  private isWaking = false;

  constructor(model: VirtioModel, host: VirtioHost, place: VirtioPlace) {
    this.id = place.id;
    this.model = model;
    this.host = host;
    this.place = place;
    const watcher = { onFinding: (queue: Virtqueue, finding: Finding) => this.needsReset(queue.index, finding) };
    this.queues = model.queueSizes.map(
      (maxSize, index) => new Virtqueue({ id: `${place.id}.queue${index}`, index, maxSize }, host.memory, watcher),
    );
    this.parts = [this, model, ...this.queues];
    model.connect(this);
    this.powerOn();
  }

  /** The transport through which its driver is told. */
  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  rebuild(): void {}

  powerOn(): void {
    this.bytes.fill(0);
    const [low, high] = featureWords([...COMMON, ...this.model.offered, ...(this.place.isBehindIommu ? [F_ACCESS_PLATFORM] : [])]);
    this.state.offeredLow = low;
    this.state.offeredHigh = high;
    for (const queue of this.queues) queue.powerOn();
    this.model.powerOn();
  }

  /** What it is called in trace records: a `deviceWord`. */
  get traceWord(): number {
    return deviceWord(this.place.number, this.model.type.id);
  }

  // For the transport -------------------------------------------------------------------------------------------------------------------
  get status(): number {
    return this.state.status;
  }

  /** The driver writes the status: 0 resets, other values set bits and clear none. virtio 1.2, "Device Status Field". */
  writeStatus(value: number): void {
    if (value === 0) {
      this.reset();
      return;
    }
    const s = this.state;
    let set = value & DRIVER_BITS & ~s.status;
    if (set & STATUS_FEATURES_OK && !this.agrees()) set &= ~STATUS_FEATURES_OK;
    s.status |= set;
    this.traceStatus();
    if ((set & STATUS_DRIVER_OK) === 0) return;
    if ((s.status & STATUS_FEATURES_OK) === 0) this.needsReset(0, { reason: 'liveWithoutFeatures', value: s.status, limit: 0 });
    else this.start();
  }

  /** 32 of the features offered; `select` 0 for the lowest. */
  deviceFeatures(select: number): number {
    return select === 0 ? this.state.offeredLow : select === 1 ? this.state.offeredHigh : 0;
  }

  /** The driver accepts 32 features; lost after FEATURES_OK, when "the driver MUST NOT accept new feature bits". */
  acceptFeatures(select: number, value: number): void {
    const s = this.state;
    if (s.status & STATUS_FEATURES_OK) return;
    if (select === 0) s.acceptedLow = value;
    else if (select === 1) s.acceptedHigh = value;
    else s.acceptedBeyond = value === 0 ? 0 : Math.min(255, 32 * select + (31 - Math.clz32(value & -value)));
  }

  /** 32 of the features accepted, as a transport that lets them be read shows them. */
  driverFeatures(select: number): number {
    return select === 0 ? this.state.acceptedLow : select === 1 ? this.state.acceptedHigh : 0;
  }

  /** Queue number `index`, if the device has it with the features that were negotiated (offered, before they are). */
  queueAt(index: number): Virtqueue | undefined {
    const feature = this.model.type.queues[index]?.feature;
    const features: FeatureWords = this.isNegotiated ? this.accepted : [this.state.offeredLow, this.state.offeredHigh];
    return feature === undefined || hasFeature(features, feature) ? this.queues[index] : undefined;
  }

  /** The driver made a queue ready. */
  enableQueue(queue: Virtqueue): void {
    if (this.isNegotiated) queue.enable(this.has(F_INDIRECT_DESC), this.has(F_EVENT_IDX));
    else this.needsReset(queue.index, { reason: 'queueBeforeFeatures', value: queue.index, limit: 0 });
  }

  /** Available buffer notification. One before DRIVER_OK, which Linux' balloon driver sends, is remembered. */
  notify(index: number): void {
    const queue = this.queueAt(index);
    if (queue === undefined || !queue.state.isReady) {
      this.state.strayNotifications++;
      return;
    }
    queue.state.notifications++;
    this.traceQueue(queue, 'notify', queue.state.nextAvail, 0);
    if ((this.state.status & STATUS_DRIVER_OK) === 0) queue.state.isPending = 1;
    else this.look(index);
  }

  readConfig(offset: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (offset + i < this.model.configSize ? this.model.bytes[offset + i] : 0);
    return value;
  }

  writeConfig(offset: number, size: number, value: number): void {
    if (offset + size <= this.model.configSize) this.model.writeConfig(offset, size, value);
  }

  /** The transport met a driver that does what cannot be. */
  refuse(finding: Finding): void {
    this.needsReset(0, finding);
  }

  // For the model -----------------------------------------------------------------------------------------------------------------------
  now(): number {
    return this.host.now();
  }

  has(feature: number): boolean {
    return this.isNegotiated && hasFeature(this.accepted, feature);
  }

  look(index: number): void {
    const queue = this.queues[index];
    if (!this.isLive || !queue.state.isReady) return;
    queue.state.dueAt = Math.min(queue.state.dueAt, this.now() + 1);
    this.host.rewake();
  }

  configChanged(): void {
    this.state.generation++;
    if (this.state.status & STATUS_DRIVER_OK) this.notifyConfig();
  }

  fail(queue: number, finding: Finding): void {
    this.needsReset(queue, finding);
  }

  // Time --------------------------------------------------------------------------------------------------------------------------------
  /** Tick of the next thing that it does, later than now; Infinity for none. */
  nextWake(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const queue of this.queues) earliest = Math.min(earliest, queue.state.dueAt);
    return earliest;
  }

  wake(now: number): void {
    this.isWaking = true;
    for (const queue of this.queues) {
      const s = queue.state;
      if (s.dueAt > now) continue;
      s.dueAt = Number.POSITIVE_INFINITY;
      if (this.isLive && s.isReady) this.serve(queue, now);
    }
    this.isWaking = false;
  }

  /** Works on what is in the queue, within bounds, then decides who is to be told. */
  private serve(queue: Virtqueue, now: number): void {
    const s = queue.state;
    for (let budget = BATCH; this.isLive && (s.isActive || this.model.wants(queue.index)); ) {
      const isNew = !s.isActive;
      const chain = queue.take();
      if (chain === null) break;
      if (isNew) {
        this.traceQueue(queue, 'take', chain.head, chain.readableBytes + chain.writableBytes);
        s.bytesRead += chain.readableBytes;
        const ticks = this.model.delay(queue.index, chain);
        if (ticks > 0) {
          s.dueAt = now + ticks;
          break;
        }
      }
      const written = this.model.process(queue, chain);
      if (!this.isLive || written === HOLD) break;
      budget -= 1 + Math.floor((chain.readableBytes + chain.writableBytes) / BATCH_BYTES);
      if (written !== AGAIN) {
        queue.use(written);
        this.traceQueue(queue, 'use', chain.head, written);
      }
      if (written === AGAIN || budget <= 0) {
        s.dueAt = now + 1;
        break;
      }
    }
    if (this.isLive) this.settle(queue, now);
  }

  private settle(queue: Virtqueue, now: number): void {
    const s = queue.state;
    const before = s.interrupts + s.interruptsSuppressed;
    if (queue.decideInterrupt()) {
      this.traceQueue(queue, 'interrupt', s.nextUsed, 0);
      this.transport?.notifyUsed(queue.index);
    } else if (s.interrupts + s.interruptsSuppressed > before) this.traceQueue(queue, 'suppress', s.nextUsed, 0);
    if (!this.isLive) return;
    // A queue that will be looked at anyway needs no notification.
    const isWanted = s.dueAt === Number.POSITIVE_INFINITY && !s.isActive && this.model.wants(queue.index);
    queue.wantNotifications(isWanted);
    if (isWanted && this.isLive && queue.hasAvailable()) s.dueAt = now + 1;
  }

  // Status ------------------------------------------------------------------------------------------------------------------------------
  private get accepted(): FeatureWords {
    return [this.state.acceptedLow, this.state.acceptedHigh];
  }

  private get isNegotiated(): boolean {
    return (this.state.status & STATUS_FEATURES_OK) !== 0;
  }

  /** "The device MUST NOT consume buffers or send any used buffer notifications to the driver before DRIVER_OK", nor does it after an error. */
  private get isLive(): boolean {
    return (this.state.status & (STATUS_DRIVER_OK | STATUS_DEVICE_NEEDS_RESET | STATUS_FAILED)) === STATUS_DRIVER_OK;
  }

  /** Whether the features that the driver accepted can be had. virtio 1.2, "Feature Bits". */
  private agrees(): boolean {
    const s = this.state;
    const offered: FeatureWords = [s.offeredLow, s.offeredHigh];
    const wrong = checkFeatures({ features: this.model.type.features, offered, accepted: this.accepted, beyond: s.acceptedBeyond });
    s.refusal = wrong ? reasonNumber(wrong.reason) : 0;
    s.refusalValue = wrong?.value ?? 0;
    s.refusalLimit = wrong?.limit ?? 0;
    return wrong === null;
  }

  private start(): void {
    this.model.start();
    for (const queue of this.queues) {
      // Whatever the driver put into the rings before: it may have notified already, or count on the device to look.
      queue.state.isPending = 0;
      this.look(queue.index);
    }
  }

  /** virtio 1.2, "Device Reset". */
  private reset(): void {
    const s = this.state;
    s.status = 0;
    s.refusal = 0;
    s.acceptedLow = 0;
    s.acceptedHigh = 0;
    s.acceptedBeyond = 0;
    s.resets++;
    for (const queue of this.queues) queue.reset();
    this.model.reset();
    this.transport?.afterReset();
    this.traceStatus();
  }

  /** "The device SHOULD set DEVICE_NEEDS_RESET when it enters an error state that a reset is needed." The first error of a life is the one that is kept. */
  private needsReset(queue: number, { reason, value, limit }: Finding): void {
    const s = this.state;
    if (s.status & STATUS_DEVICE_NEEDS_RESET) return;
    s.status |= STATUS_DEVICE_NEEDS_RESET;
    s.fault = reasonNumber(reason);
    s.faultQueue = queue;
    s.faultValue = value;
    s.faultLimit = limit;
    s.faultTick = this.now();
    for (const { state } of this.queues) state.dueAt = Number.POSITIVE_INFINITY;
    this.traceStatus();
    if (s.status & STATUS_DRIVER_OK) this.notifyConfig();
  }

  private notifyConfig(): void {
    this.state.configInterrupts++;
    this.transport?.notifyConfig();
  }

  private traceStatus(): void {
    const { status, fault, faultQueue, faultValue, faultLimit } = this.state;
    const isBroken = (status & STATUS_DEVICE_NEEDS_RESET) !== 0;
    const [queue, ...reason] = isBroken ? [faultQueue, fault, faultValue, faultLimit] : [0, 0, 0, 0];
    const word = status | (this.isWaking ? STATUS_BY_ITSELF : 0) | (queue << 16);
    this.host.trace.emit(TRACE_KIND.virtioStatus, this.traceWord, word, ...reason);
  }

  private traceQueue(queue: Virtqueue, operation: VirtqueueOperation, index: number, length: number): void {
    this.host.trace.emit(TRACE_KIND.virtqueue, this.traceWord, queue.index, VIRTQUEUE_OPERATIONS.indexOf(operation), index, length);
  }
}
