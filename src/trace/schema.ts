/** Events as data. A record is 8 words: kind, tick low, tick high, then five arguments named here. Strings are made by the reader. */
export interface TraceEvent {
  readonly name: string;
  /** Names of the five argument words, absent ones left out. */
  readonly args: readonly string[];
}

/** The kind of an event is its place in this list, plus 1. */
export const TRACE_EVENTS = [
  { name: 'vmExit', args: ['reason', 'qualification', 'guestEip', 'guestPhysical', 'guestLinear'] },
  { name: 'vmEntry', args: ['isLaunch', 'guestEip', 'interruptionInfo', 'vpid', 'eptpLow'] },
  { name: 'vmEntryFailed', args: ['reason', 'checkIndex', 'field', 'value', 'instructionError'] },
  { name: 'interrupt', args: ['vector', 'type', 'errorCode', 'linear', 'eip'] },
  { name: 'walk', args: ['linear', 'access', 'references', 'result', 'physical'] },
  { name: 'tlbFill', args: ['linear', 'host', 'vpid', 'eptpLow', 'set'] },
  { name: 'tlbFlush', args: ['scope', 'linear', 'vpid', 'eptpLow', 'count'] },
  { name: 'device', args: ['device', 'operation', 'address', 'value', 'size'] },
  { name: 'shutdown', args: ['eip'] },
  // `status`: bits 7:0, then STATUS_BY_ITSELF, and the queue that is to blame from bit 16 on.
  { name: 'virtioStatus', args: ['device', 'status', 'reason', 'value', 'limit'] },
  { name: 'virtqueue', args: ['device', 'queue', 'operation', 'index', 'length'] },
  { name: 'dma', args: ['requester', 'operation', 'addressLow', 'addressHigh', 'size'] },
  { name: 'iommuFault', args: ['requester', 'reason', 'isWrite', 'addressLow', 'addressHigh'] },
  { name: 'virtualFunctions', args: ['physical', 'count', 'first'] },
  // An entry that another one took the place of; `eptpLow` has the bits of the EPT's address alone.
  { name: 'tlbEvict', args: ['linear', 'host', 'vpid', 'eptpLow', 'set'] },
] as const satisfies readonly TraceEvent[];

export type TraceName = (typeof TRACE_EVENTS)[number]['name'];

export const TRACE_KIND = Object.fromEntries(TRACE_EVENTS.map((e, i) => [e.name, i + 1])) as Readonly<Record<TraceName, number>>;

/** What the argument `scope` of `tlbFlush` numbers: who asked. `page fault` and `EPT violation` take what the TLB has for the address that they are about (an EPT
 *  misconfiguration does as a violation), `refilled` an entry that refused an access, in favour of the one that its walk made. */
export const FLUSH_SCOPES = [
  ...(['context', 'context but global', 'address', 'INVVPID', 'INVEPT', 'VM transition'] as const),
  ...(['page fault', 'EPT violation', 'refilled'] as const),
] as const;
export type FlushScope = (typeof FLUSH_SCOPES)[number];

/** What the argument `result` of `walk` numbers. */
export const WALK_RESULTS = ['done', 'page fault', 'EPT violation', 'EPT misconfiguration'] as const;

/** What the argument `operation` of `device` numbers. An access to memory has no device number: its address says whose it is. */
export const DEVICE_OPERATIONS = ['IN', 'OUT', 'MMIO read', 'MMIO write'] as const;

/** What the argument `operation` of `virtqueue` numbers. */
export const VIRTQUEUE_OPERATIONS = ['notify', 'take', 'use', 'interrupt', 'suppress'] as const;
export type VirtqueueOperation = (typeof VIRTQUEUE_OPERATIONS)[number];

/** What the argument `operation` of `dma` numbers. */
export const DMA_OPERATIONS = ['read', 'write', 'refused read', 'refused write'] as const;

/** Words of a record. */
export const RECORD_WORDS = 8;

/** The device came to that status between two instructions; otherwise its driver has just written it. */
export const STATUS_BY_ITSELF = 1 << 8;

/** A virtio device as the word `device` of its events names it. */
export interface TracedDevice {
  /** Its virtual machine; null: the machine itself. */
  readonly vm: number | null;
  /** Its number among the devices of that. */
  readonly place: number;
  /** As virtio 1.2, "Device Types", numbers it. */
  readonly type: number;
}

/** The number of a device in its virtual machine, or in the machine (null): what `deviceWord` makes a word of. */
export function deviceNumber(vm: number | null, place: number): number {
  return (vm === null ? 0 : (vm + 1) << 8) | place;
}

/** The word for a device of this number (`deviceNumber`) and type. */
export function deviceWord(number: number, type: number): number {
  return (type << 16) | number;
}

/** Takes such a word apart. */
export function tracedDevice(word: number): TracedDevice {
  const owner = (word >>> 8) & 0xff;
  return { vm: owner === 0 ? null : owner - 1, place: word & 0xff, type: word >>> 16 };
}
