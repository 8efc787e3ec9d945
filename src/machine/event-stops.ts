import { BALLOON_DEFLATEQ, BALLOON_INFLATEQ, VIRTIO_BALLOON } from '../arch/virtio-devices.ts';
import type { Device } from '../devices/device.ts';
import { DEVICE_OPERATIONS, DMA_OPERATIONS, deviceNumber, TRACE_KIND, tracedDevice, VIRTQUEUE_OPERATIONS } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';
import { type DeviceEvent, type EventMet, isAccessTo } from './device-events.ts';

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;
type Access = Omit<Extract<EventMet, { on: 'access' }>, 'event' | 'device'>;
type Happening = DistributiveOmit<Exclude<EventMet, { on: 'access' }>, 'event'>;
type Arguments = readonly [a: number, b: number, c: number, d: number, e: number];

const PFN_SIZE = 4;

/** Device events that somebody watches from outside: they are read off what is recorded anyway, and off the interrupt controllers. Nobody is asked while nothing is
 *  watched. */
export class EventStops {
  /** Whether anything is noted. Not in a replay. */
  isArmed = false;
  /** The first that was met since `rearm`. */
  met: EventMet | null = null;
  /** Called at once when one was met. */
  onMet: () => void = () => {};
  private events: readonly DeviceEvent[] = [];
  private readonly traces: readonly Trace[];
  private readonly chips: Readonly<Record<string, Device>>;

  /** `traces` are the rings of a machine, `chips` its devices at ports, by name. */
  constructor(traces: readonly Trace[], chips: Readonly<Record<string, Device>>) {
    this.traces = traces;
    this.chips = chips;
  }

  /** Watches these alone. */
  watch(events: readonly DeviceEvent[]): void {
    this.events = events;
    const listener = events.length === 0 ? null : (kind: number, ...args: Arguments) => this.noteRecord(kind, args);
    for (const trace of this.traces) trace.onEmit = listener;
  }

  /** A run begins. */
  rearm(isArmed: boolean): void {
    this.isArmed = isArmed;
    this.met = null;
  }

  /** An interrupt controller has got a request. */
  noteRequest(vector: number): void {
    this.note({ on: 'interrupt', phase: 'request', vector });
  }

  private noteRecord(kind: number, args: Arguments): void {
    if (kind === TRACE_KIND.device) this.noteAccess(accessOf(args));
    else for (const happening of READERS[kind]?.(args) ?? []) this.note(happening);
  }

  private noteAccess(access: Access): void {
    const kind = access.isWrite ? 'write' : 'read';
    for (const [event, wanted] of this.events.entries()) {
      if (wanted.on !== 'access' || (wanted.access !== 'any' && wanted.access !== kind)) continue;
      if (isAccessTo(wanted.device, access, this.chips)) this.meet({ ...access, device: wanted.device, event });
    }
  }

  private note(happening: Happening): void {
    const event = this.events.findIndex((wanted) => isMet(wanted, happening));
    if (event >= 0) this.meet({ ...happening, event });
  }

  private meet(met: EventMet): void {
    if (!this.isArmed || this.met !== null) return;
    this.met = met;
    this.onMet();
  }
}

function accessOf([, operation, address, value, size]: Arguments): Access {
  const name = DEVICE_OPERATIONS[operation];
  const isWrite = name === 'OUT' || name === 'MMIO write';
  const isPort = name === 'IN' || name === 'OUT';
  return { on: 'access', isPort, isWrite, address: address >>> 0, value: value >>> 0, size };
}

/** What each kind of record says of devices. */
const READERS: Readonly<Record<number, (args: Arguments) => readonly Happening[]>> = {
  [TRACE_KIND.interrupt]: ([vector]) => [{ on: 'interrupt', phase: 'delivery', vector }],
  [TRACE_KIND.virtqueue]: ([device, queue, operation, index, length]) => {
    const name = VIRTQUEUE_OPERATIONS[operation];
    const isInflating = queue === BALLOON_INFLATEQ;
    const isMoving = tracedDevice(device).type === VIRTIO_BALLOON.id && name === 'take' && (isInflating || queue === BALLOON_DEFLATEQ);
    return [
      { on: 'queue', device, queue, operation: name, index, length },
      ...(isMoving ? [{ on: 'balloon' as const, device, isInflating, pages: Math.floor(length / PFN_SIZE) }] : []),
    ];
  },
  [TRACE_KIND.dma]: ([requester, operation, low, high, size]) => {
    const name = DMA_OPERATIONS[operation];
    const outcome = name === 'read' || name === 'write' ? 'done' : 'refused';
    const isWrite = name === 'write' || name === 'refused write';
    return [{ on: 'dma', outcome, requester, isWrite, address: addressOf(low, high), size, reason: null }];
  },
  [TRACE_KIND.iommuFault]: ([requester, reason, isWrite, low, high]) => [
    { on: 'dma', outcome: 'refused', requester, isWrite: isWrite !== 0, address: addressOf(low, high), size: null, reason },
  ],
};

function isMet(wanted: DeviceEvent, happening: Happening): boolean {
  if (wanted.on === 'interrupt' && happening.on === 'interrupt')
    return wanted.phase === happening.phase && wanted.vector === happening.vector;
  if (wanted.on === 'queue' && happening.on === 'queue')
    return wanted.operation === happening.operation && (wanted.device === null || wanted.device === numberOf(happening.device));
  if (wanted.on === 'dma' && happening.on === 'dma') return wanted.outcome === happening.outcome;
  return wanted.on === 'balloon' && happening.on === 'balloon';
}

function addressOf(low: number, high: number): number {
  return (low >>> 0) + (high >>> 0) * 2 ** 32;
}

function numberOf(word: number): number {
  const { vm, place } = tracedDevice(word);
  return deviceNumber(vm, place);
}
