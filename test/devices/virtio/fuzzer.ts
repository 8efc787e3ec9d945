import {
  F_EVENT_IDX,
  F_INDIRECT_DESC,
  F_RING_RESET,
  STATUS_DEVICE_NEEDS_RESET,
  STATUS_DRIVER_OK,
  STATUS_FAILED,
} from '../../../src/arch/virtio.ts';
import { BALLOON_STATSQ } from '../../../src/arch/virtio-devices.ts';
import { reasonAt, type VirtioReasonId } from '../../../src/arch/virtio-reasons.ts';
import type { VirtioModel } from '../../../src/devices/virtio/model.ts';
import type { Virtqueue } from '../../../src/devices/virtio/queue.ts';
import type { MmioHandler } from '../../../src/memory/bus.ts';
import { writeDescriptor } from './driver.ts';
import { isReceive, OUTSIDE, type Shape, SHAPES } from './fuzzer-models.ts';
import { type Captured, FRAMES, MEMORY, type ModelName, MODELS, Rig, type TransportName } from './rig.ts';
import { judge } from './ring-oracle.ts';

const RINGS = 0x10000;
const RING_STEP = 0x1000;
const TABLES = 0x30000;
const BUFFERS = 0x40000;
const BUFFERS_END = 0xc0000;
const SIZES = [1, 2, 4, 8, 8, 16, 16, 64, 128];
/** Numbers that break things. */
const NASTY = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];
/** Instants that the device gets in one go. */
const INSTANTS = 40;
/** Accesses to memory at one instant: a bound far above what is needed, and far below what hurts. */
const MOST_ACCESSES = 60_000;
/** Reasons that are a model's own: the ring may be good. */
const MODEL_REASONS: readonly VirtioReasonId[] = [
  ...(['bufferNotWritable', 'bufferNotReadable', 'requestTooShort', 'pageArrayLength', 'hintCommandLength'] as const),
];

export interface FuzzStats {
  operations: number;
  instants: number;
  chains: number;
  lives: number;
  /** Times that the device asked for a reset, by reason. */
  readonly reasons: Record<string, number>;
  /** Rings that the oracle judged, and found bad, when the device had come to rest. */
  judged: number;
  bad: number;
  /** Not judged: the driver put its rings where the device may write. */
  tangled: number;
  replays: number;
  worstAccesses: number;
}

/** A hostile driver with a seed: builds good rings and bad ones, corrupts them, pokes registers, and checks the device after each step against a second
 *  reader of the rings. Throws a sentence when something is wrong. */
export class Fuzzer {
  readonly stats: FuzzStats = {
    ...{ operations: 0, instants: 0, chains: 0, lives: 0, reasons: {}, judged: 0, bad: 0, tangled: 0, replays: 0, worstAccesses: 0 },
  };
  private readonly rig: Rig<VirtioModel>;
  private readonly name: ModelName;
  private random: number;

  constructor(name: ModelName, seed: number, transport: TransportName = 'mmio') {
    this.name = name;
    this.random = seed | 1;
    this.rig = new Rig<VirtioModel>(MODELS[name], {}, transport);
    for (let i = 0; i < 16; i++) this.next();
    this.beginLife();
  }

  /** `count` operations; every now and then some of them twice from a snapshot, which must end in the same bytes. */
  run(count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.next() % 5000 === 0) this.replay();
      else this.step();
    }
  }

  /** A copy of the state in which it left the device and its memory. */
  capture(): Captured {
    return this.rig.capture();
  }

  private step(): void {
    this.stats.operations++;
    const choice = this.next() % 100;
    // A dead device is worth a few pokes only.
    if (!this.isLive() && this.next() % 6 === 0) this.beginLife();
    else if (choice < 27) this.addChain(false);
    else if (choice < 30) this.addChain(true);
    else if (choice < 52) this.letRun();
    else if (choice < 66) this.rig.access.notify(this.pick(this.live()));
    else if (choice < 76) this.corrupt();
    else if (choice < 84) this.actOutside();
    else if (choice < 91) this.poke();
    else if (choice < 93) this.jump();
    else if (choice < 96) this.suppress();
    else if (choice < 97) this.rig.memory.refused.add(this.below(MEMORY / 4096));
    else if (choice < 98) this.rig.memory.refused.clear();
    else if (this.next() % 8 === 0) this.beginLife();
    this.check();
  }

  // Good manners ------------------------------------------------------------------------------------------------------------------------
  /** Reset, features, queues, DRIVER_OK. */
  private beginLife(): void {
    this.stats.lives++;
    const { driver, access, memory } = this.rig;
    memory.refused.clear();
    memory.bytes.fill(0, RINGS, BUFFERS);
    const features = [F_INDIRECT_DESC, F_EVENT_IDX, F_RING_RESET, ...this.rig.model.offered].filter(() => this.next() % 4 !== 0);
    if (!driver.negotiate(features)) driver.negotiate([]);
    for (let i = 0; i < this.rig.device.queues.length; i++) {
      const size = this.pick(SIZES);
      const at = RINGS + 3 * RING_STEP * i;
      if (access.queueMax(i) > 0) access.setQueue(i, { size, desc: at, driver: at + RING_STEP, device: at + 2 * RING_STEP });
    }
    driver.goLive();
  }

  /** A chain, made of descriptors that may be in use; nearly always good, or with one thing wrong. */
  private addChain(isBad: boolean): void {
    const queue = this.queue();
    const { memory } = this.rig;
    const { size, allowsIndirect, nextAvail, isReady } = queue.state;
    const avail = queue.address('driver');
    if (!isReady || !memory.check(avail, 4 + 2 * size)) return;
    const idx = memory.u16(avail + 2);
    if (((idx - nextAvail) & 0xffff) >= size && this.next() % 64 !== 0) return;
    const isIndirect = allowsIndirect !== 0 && this.next() % 3 === 0;
    const shape = this.next() % 16 === 0 ? 'any' : SHAPES[this.name](queue.index, this);
    const count = Math.min(size, shape === 'request' ? 3 : 1 + this.below(4));
    const readable = shape === 'in' ? 0 : shape === 'out' ? count : shape === 'any' ? this.below(count + 1) : 1 + this.below(2);
    const entries = isIndirect ? count : size;
    const table = isIndirect ? TABLES + 16 * this.below(0x400) : queue.address('desc');
    const first = isIndirect ? 0 : this.below(size);
    const places = [...Array.from({ length: count }, (_, i) => table + 16 * ((first + i) % entries))];
    for (const [i, place] of places.entries()) {
      const flags = (i < readable ? 0 : 2) | (i + 1 < count ? 1 : 0);
      if (memory.check(place, 16))
        writeDescriptor(memory, place, this.buffer(shape, i, i + 1 === count), [flags, (first + i + 1) % entries]);
    }
    const head = isIndirect ? this.below(size) : first;
    const desc = queue.address('desc') + 16 * head;
    if (isIndirect && memory.check(desc, 16)) {
      writeDescriptor(memory, desc, [table, 16 * count], [4, 0]);
      places.push(desc);
    }
    if (isBad) this.spoil(this.pick(places), first);
    memory.setU16(avail + 4 + 2 * (idx % size), isBad && this.next() % 16 === 0 ? this.nasty() : head);
    memory.setU16(avail + 2, idx + 1);
    if (this.next() % 4 !== 0) this.rig.access.notify(queue.index);
  }

  /** One field of a descriptor. */
  private spoil(place: number, first: number): void {
    const { memory } = this.rig;
    if (!memory.check(place, 16)) return;
    const spoils = [
      () => memory.setU16(place + 12, this.next() & 7),
      () => memory.setU16(place + 12, memory.u16(place + 12) | this.pick([1, 2, 4])),
      () => memory.setU16(place + 14, this.pick([first, 0, this.below(16), this.nasty()])),
      () => memory.setU32(place + 8, this.pick([0, 24, this.nasty()])),
      () => memory.setU32(place + this.pick([0, 4]), this.nasty()),
    ];
    this.pick(spoils)();
  }

  /** `[address, length]` of piece `index`; the beginning of a request often has the form of one. */
  private buffer(shape: Shape, index: number, isLast: boolean): readonly [number, number] {
    const { memory } = this.rig;
    let length = this.pick([4, 8, 12, 16, 20, 60, 64, 512, 513, 1024, 1526, 4096, 1 + this.below(9000)]);
    if (shape === 'request') length = index === 0 ? 16 : isLast ? 1 : this.pick([20, 512, 1024, 4096, 16]);
    if (shape === 'out' && this.name === 'balloon') length = this.pick([4, 4, 8, 64, 8000]);
    const address = BUFFERS + this.below(BUFFERS_END - BUFFERS - length);
    if (index === 0) {
      memory.setU32(address, this.pick([0, 1, 4, 8, 11, 13, this.below(FRAMES), this.nasty()]));
      memory.setU32(address + 4, this.pick([0, 3, 0x10003, this.below(FRAMES)]));
      memory.setU32(address + 8, this.pick([0, this.below(300), this.nasty()]));
      memory.setU32(address + 12, this.pick([0, 0, 0, this.nasty()]));
    }
    return [address, length];
  }

  private suppress(): void {
    const queue = this.queue();
    const { size, isReady } = queue.state;
    const avail = queue.address('driver');
    if (!isReady || !this.rig.memory.check(avail, 6 + 2 * size)) return;
    this.rig.memory.setU16(avail + this.pick([0, 4 + 2 * size]), this.pick([0, 1, this.next() & 0xffff]));
  }

  // Bad manners -------------------------------------------------------------------------------------------------------------------------
  /** Some bytes of the rings, the tables or a descriptor's fields. */
  private corrupt(): void {
    const { memory } = this.rig;
    const ring = RINGS + RING_STEP * this.below(3 * this.rig.device.queues.length);
    const place = this.pick([
      ring + this.below(0x100),
      ring + 16 * this.below(16) + this.pick([0, 4, 8, 12, 14]),
      TABLES + this.below(0x4000),
    ]);
    if (this.next() % 2) memory.setU16(place, this.pick([this.nasty(), this.next()]));
    else memory.setU32(place, this.pick([this.nasty(), this.next(), ring, TABLES]));
  }

  private jump(): void {
    const queue = this.queue();
    const at = queue.address('driver') + 2;
    if (this.rig.memory.check(at, 2))
      this.rig.memory.setU16(at, this.pick([this.nasty(), this.next(), queue.state.nextAvail + this.below(20)]));
  }

  /** Any access to the window. */
  private poke(): void {
    const { window, windowSize, status } = this.registers();
    const size = this.pick([1, 2, 4, 4, 4] as const);
    // The beginning is where most is.
    const offset = this.below(this.pick([0x40, 0x200, windowSize]) / size) * size;
    const value = this.pick([this.nasty(), this.next()]) % 2 ** (8 * size);
    if (this.next() % 2) {
      const read = window.read(offset, size);
      if (!(read >= 0 && read < 2 ** (8 * size))) throw new Error(`register ${offset} read ${read} at size ${size}`);
    } else if (offset !== status || this.next() % 4 === 0) window.write(offset, size, value);
  }

  /** The window, and where in it the status is. */
  private registers(): { window: MmioHandler; windowSize: number; status: number } {
    const { window, windowSize } = this.rig;
    return { window, windowSize, status: windowSize === 0x200 ? 0x70 : 20 };
  }

  private actOutside(): void {
    const { model } = this.rig;
    const act = OUTSIDE[this.name] as (model: VirtioModel, fuzzer: Fuzzer) => void;
    act(model, this);
  }

  // The device's turn -------------------------------------------------------------------------------------------------------------------
  private letRun(): void {
    const { rig } = this;
    const wasLive = this.isLive();
    // What it will find, before it changes anything.
    const verdicts = wasLive ? this.live().map((index) => this.expect(rig.device.queues[index])) : [];
    let instants = 0;
    for (; instants < INSTANTS && rig.transport.nextWake() < Number.POSITIVE_INFINITY; instants++) {
      const before = rig.memory.accesses;
      rig.runTo(rig.transport.nextWake());
      const cost = rig.memory.accesses - before;
      this.stats.worstAccesses = Math.max(this.stats.worstAccesses, cost);
      if (cost > MOST_ACCESSES) throw new Error(`${cost} accesses at one instant`);
    }
    this.stats.instants += instants;
    if (instants < INSTANTS) rig.runTo(rig.ticks + this.below(50));
    if (wasLive) this.compare(verdicts, instants < INSTANTS);
    this.forget();
  }

  private expect(queue: Virtqueue): Expectation {
    const { state, index } = queue;
    const isDue = state.dueAt < Number.POSITIVE_INFINITY;
    const isWanting = isDue && (state.isActive !== 0 || this.rig.model.wants(index));
    const { chains, writable } = judge(this.rig.memory, queue);
    const isTangled = writable.some(([first]) => first < BUFFERS) || this.rig.memory.refused.size > 0 || this.isShared(queue);
    // A receive queue takes what it has data for, and statistics are kept: of these the first buffer alone is certain to be looked at.
    const isPatient = isReceive(this.name, index) || (this.name === 'balloon' && index === BALLOON_STATSQ);
    return { index, isWanting, isTangled, certain: isPatient ? chains.slice(0, 1) : chains, first: chains.find((c) => c !== null) ?? null };
  }

  /** The driver has laid its rings over each other, or outside of their place. */
  private isShared(queue: Virtqueue): boolean {
    const at = RINGS + 3 * RING_STEP * queue.index;
    return queue.address('desc') !== at || queue.address('driver') !== at + RING_STEP || queue.address('device') !== at + 2 * RING_STEP;
  }

  private compare(verdicts: readonly Expectation[], isAtRest: boolean): void {
    if (verdicts.some(({ isTangled }) => isTangled)) {
      this.stats.tangled++;
      return;
    }
    const { fault, faultQueue } = this.rig.device.state;
    if (this.isBroken()) {
      const reason = reasonAt(fault)?.id as VirtioReasonId;
      const mine = verdicts.find(({ index }) => index === faultQueue);
      if (!MODEL_REASONS.includes(reason) && mine?.first !== reason)
        throw new Error(`the device says ${reason}, the oracle ${mine?.first}`);
      this.stats.bad++;
    } else if (isAtRest) {
      for (const { index, isWanting, certain } of verdicts) {
        const wrong = isWanting ? certain.find((c) => c !== null) : undefined;
        if (wrong) throw new Error(`the device takes queue ${index} for good, the oracle says ${wrong}`);
        this.stats.judged++;
      }
    }
  }

  // Checks ------------------------------------------------------------------------------------------------------------------------------
  private check(): void {
    const { device, transport, ticks } = this.rig;
    if (!(transport.nextWake() > ticks)) throw new Error('the device wakes in the past');
    if (this.isBroken()) {
      const reason = reasonAt(device.state.fault);
      if (reason?.kind !== 'fault') throw new Error(`DEVICE_NEEDS_RESET with the reason ${device.state.fault}`);
      if (transport.nextWake() < Number.POSITIVE_INFINITY) throw new Error('a broken device has plans');
      if (device.state.faultTick === ticks || !this.isCounted) this.count(reason.id);
    } else this.isCounted = false;
    if (this.rig.line !== (this.rig.causes !== 0)) throw new Error('the line differs from its causes');
  }

  private isCounted = false;

  private count(reason: string): void {
    if (this.isCounted) return;
    this.isCounted = true;
    this.stats.reasons[reason] = (this.stats.reasons[reason] ?? 0) + 1;
  }

  /** The same operations twice from one instant. */
  private replay(): void {
    this.stats.replays++;
    const { rig } = this;
    const before = rig.capture();
    const refused = [...rig.memory.refused];
    const { random } = this;
    const endings = [0, 1].map(() => {
      rig.restore(before);
      rig.memory.refused.clear();
      for (const page of refused) rig.memory.refused.add(page);
      this.random = random;
      for (let i = 0; i < 60; i++) this.step();
      return rig.capture();
    });
    const [one, other] = endings;
    const isEqual = one.tick === other.tick && one.line === other.line && equal(one.memory, other.memory);
    if (!isEqual || !one.parts.every((part, i) => equal(part, other.parts[i]))) throw new Error('a replay ends otherwise');
  }

  /** What was heard outside would fill the memory of the test. */
  private forget(): void {
    const { printed, frames, pages } = this.rig.outside;
    this.stats.chains = this.rig.device.queues.reduce((sum, { state }) => sum + state.chains, 0);
    for (const list of [...printed, frames, pages]) list.length = 0;
  }

  // Chance ------------------------------------------------------------------------------------------------------------------------------
  next(): number {
    let x = this.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.random = x;
    return x >>> 0;
  }

  below(count: number): number {
    return this.next() % count;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.next() % list.length];
  }

  private nasty(): number {
    return this.pick(NASTY);
  }

  private queue(): Virtqueue {
    return this.rig.device.queues[this.pick(this.live())];
  }

  /** Indexes of the queues that are ready; all if none is. */
  private live(): number[] {
    const all = this.rig.device.queues;
    const ready = all.filter(({ state }) => state.isReady).map(({ index }) => index);
    return ready.length > 0 ? ready : all.map(({ index }) => index);
  }

  private isBroken(): boolean {
    return (this.rig.device.status & STATUS_DEVICE_NEEDS_RESET) !== 0;
  }

  private isLive(): boolean {
    return (this.rig.device.status & (STATUS_DRIVER_OK | STATUS_DEVICE_NEEDS_RESET | STATUS_FAILED)) === STATUS_DRIVER_OK;
  }
}

interface Expectation {
  readonly index: number;
  readonly isWanting: boolean;
  readonly isTangled: boolean;
  readonly certain: readonly (VirtioReasonId | null)[];
  readonly first: VirtioReasonId | null;
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
