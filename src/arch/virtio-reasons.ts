/** Why a virtio device refuses its driver: what people debugging one need most. A `refusal` leaves FEATURES_OK clear; a `fault` ends in
 *  DEVICE_NEEDS_RESET. The device's bytes keep the number of the row, plus 1, with the value that was wrong and the bound that it broke. */

export interface VirtioReason {
  readonly id: string;
  readonly kind: 'refusal' | 'fault';
  /** What happened; `{value}` and `{limit}` stand for the numbers kept with it, `{value:x}` for hexadecimal. */
  readonly sentence: string;
  /** Section of virtio 1.2 with the rule; empty where the standard has none and devices agree on one all the same. */
  readonly title: string;
}

export const VIRTIO_REASONS = [
  // Feature negotiation.
  {
    id: 'legacyDriver',
    kind: 'refusal',
    sentence: 'The driver did not accept VERSION_1: it is a legacy driver, and this is not a legacy device.',
    title: 'Reserved Feature Bits',
  },
  {
    id: 'featureNotOffered',
    kind: 'refusal',
    sentence: 'The driver accepted feature {value}, which was not offered.',
    title: 'Feature Bits',
  },
  {
    id: 'featureRequires',
    kind: 'refusal',
    sentence: 'The driver accepted feature {value} without feature {limit}, which it requires.',
    title: 'Feature Bits',
  },
  {
    id: 'platformNotAccepted',
    kind: 'refusal',
    sentence: 'The device stands behind an IOMMU, and the driver did not accept ACCESS_PLATFORM.',
    title: 'Reserved Feature Bits',
  },
  // Initialization.
  {
    id: 'liveWithoutFeatures',
    kind: 'fault',
    sentence: 'DRIVER_OK was set without FEATURES_OK: only legacy drivers do so.',
    title: 'Device Initialization',
  },
  {
    id: 'legacyRegister',
    kind: 'fault',
    sentence: 'The legacy register at offset {value:x} was written; this is a version 2 device.',
    title: 'MMIO Device Register Layout',
  },
  { id: 'queueBeforeFeatures', kind: 'fault', sentence: 'A queue was made ready before FEATURES_OK.', title: 'Device Initialization' },
  {
    id: 'queueSize',
    kind: 'fault',
    sentence: 'A queue of {value} entries: the size is a power of 2, at most {limit}.',
    title: 'Split Virtqueues',
  },
  {
    id: 'descMisaligned',
    kind: 'fault',
    sentence: 'The descriptor table at {value:x} is not on a multiple of {limit}.',
    title: 'Split Virtqueues',
  },
  {
    id: 'availMisaligned',
    kind: 'fault',
    sentence: 'The available ring at {value:x} is not on a multiple of {limit}.',
    title: 'Split Virtqueues',
  },
  {
    id: 'usedMisaligned',
    kind: 'fault',
    sentence: 'The used ring at {value:x} is not on a multiple of {limit}.',
    title: 'Split Virtqueues',
  },
  {
    id: 'descUnreachable',
    kind: 'fault',
    sentence: 'The descriptor table at {value:x}, {limit} bytes, is not memory that the device can read.',
    title: 'The Virtqueue Descriptor Table',
  },
  {
    id: 'availUnreachable',
    kind: 'fault',
    sentence: 'The available ring at {value:x}, {limit} bytes, is not memory that the device can read.',
    title: 'The Virtqueue Available Ring',
  },
  {
    id: 'usedUnreachable',
    kind: 'fault',
    sentence: 'The used ring at {value:x}, {limit} bytes, is not memory that the device can write.',
    title: 'The Virtqueue Used Ring',
  },
  // The available ring.
  {
    id: 'availIndexJump',
    kind: 'fault',
    sentence: 'The available idx says that {value} buffers are new; the queue has {limit} entries, so it jumped or ran backwards.',
    title: 'The Virtqueue Available Ring',
  },
  {
    id: 'headOutOfTable',
    kind: 'fault',
    sentence: 'The available ring names descriptor {value}, and the table has {limit}.',
    title: 'The Virtqueue Available Ring',
  },
  // The chain.
  {
    id: 'nextOutOfTable',
    kind: 'fault',
    sentence: 'A chain goes on at descriptor {value}, and the table has {limit}.',
    title: 'The Virtqueue Descriptor Table',
  },
  {
    id: 'chainLoop',
    kind: 'fault',
    sentence: 'A chain comes back to descriptor {value}: it is a loop.',
    title: 'The Virtqueue Descriptor Table',
  },
  {
    id: 'chainTooLong',
    kind: 'fault',
    sentence: 'A chain has more than {limit} descriptors, the size of the queue.',
    title: 'Indirect Descriptors',
  },
  {
    id: 'chainTooLarge',
    kind: 'fault',
    sentence: 'The buffers of a chain are {value} bytes together; at most 2^32 are allowed.',
    title: 'The Virtqueue Descriptor Table',
  },
  { id: 'zeroLength', kind: 'fault', sentence: 'Descriptor {value} describes no bytes.', title: '' },
  {
    id: 'readableAfterWritable',
    kind: 'fault',
    sentence: 'Descriptor {value} is device-readable and stands behind a device-writable one.',
    title: 'Message Framing',
  },
  {
    id: 'bufferUnreachable',
    kind: 'fault',
    sentence: 'The buffer at {value:x}, {limit} bytes, is not memory that the device can use so.',
    title: 'The Virtqueue Descriptor Table',
  },
  {
    id: 'indirectNotNegotiated',
    kind: 'fault',
    sentence: 'Descriptor {value} is indirect, and INDIRECT_DESC was not negotiated.',
    title: 'Indirect Descriptors',
  },
  { id: 'indirectWithNext', kind: 'fault', sentence: 'Descriptor {value} has both INDIRECT and NEXT.', title: 'Indirect Descriptors' },
  {
    id: 'indirectInIndirect',
    kind: 'fault',
    sentence: 'Descriptor {value} of an indirect table is indirect itself.',
    title: 'Indirect Descriptors',
  },
  {
    id: 'indirectLength',
    kind: 'fault',
    sentence: 'An indirect table of {value} bytes: it is one or more times {limit} bytes long.',
    title: 'Indirect Descriptors',
  },
  // Requests that leave no way to answer.
  {
    id: 'bufferNotWritable',
    kind: 'fault',
    sentence: 'Queue {value} takes device-writable buffers only, and this one is to be read.',
    title: 'Device Operation',
  },
  {
    id: 'bufferNotReadable',
    kind: 'fault',
    sentence: 'Queue {value} takes device-readable buffers only, and this one is to be written.',
    title: 'Device Operation',
  },
  {
    id: 'requestTooShort',
    kind: 'fault',
    sentence: 'A request of {value} bytes has no room for its header or its status; {limit} are needed.',
    title: 'Device Operation',
  },
  {
    id: 'pageArrayLength',
    kind: 'fault',
    sentence: 'An array of page numbers of {value} bytes: each number has {limit}.',
    title: 'Device Operation',
  },
  { id: 'hintCommandLength', kind: 'fault', sentence: 'A command ID of {value} bytes: it has {limit}.', title: 'Free Page Hinting' },
] as const satisfies readonly VirtioReason[];

export type VirtioReasonId = (typeof VIRTIO_REASONS)[number]['id'];

const NUMBERS = new Map<string, number>(VIRTIO_REASONS.map((reason, index) => [reason.id, index + 1]));

/** The number under which the bytes keep a reason, 1 or more; 0 is none. */
export function reasonNumber(id: VirtioReasonId): number {
  return NUMBERS.get(id) as number;
}

/** The reason kept under `number`; undefined for 0. */
export function reasonAt(number: number): VirtioReason | undefined {
  return VIRTIO_REASONS[number - 1];
}

/** The sentence of `reason` with its numbers filled in. */
export function reasonText(reason: VirtioReason, value: number, limit: number): string {
  return reason.sentence
    .replace('{value:x}', `${value.toString(16).toUpperCase()}H`)
    .replace('{value}', String(value))
    .replace('{limit}', String(limit));
}
