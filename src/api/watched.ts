import { VIRTQUEUE_OPERATIONS } from '../trace/schema.ts';
import { vmcsField } from '../arch/vmcs-fields.ts';
import { GlassError } from '../base/errors.ts';
import { type DeviceEvent, NAMED_DEVICES } from '../machine/device-events.ts';
import type { Breakpoints, Watchpoint } from './protocol.ts';

const MOST = 64;
const LONGEST = 65_536;
const END = 2 ** 32;
const VECTORS = 256;
const DEVICE_NUMBERS = 0x1_0000;

/** Refuses stops that are none: GlassError `bad-breakpoint`. */
export function checkStops({ code, exitReasons, data = [], fields = [], events = [] }: Breakpoints): void {
  for (const list of [code, exitReasons]) {
    if (!Array.isArray(list) || !list.every(Number.isInteger)) refuse('Breakpoints and exit reasons are lists.', 'Give whole numbers.');
  }
  checkCount(data, 'watchpoints');
  checkCount(fields, 'watched fields');
  checkCount(events, 'device events');
  for (const point of data) checkWatchpoint(Object(point) as Watchpoint);
  for (const encoding of fields) {
    const isField = Number.isInteger(encoding) && encoding >= 0 && encoding < END && (encoding & 1) === 0 && vmcsField(encoding) !== null;
    if (!isField)
      refuse(`No VMCS field has the encoding ${JSON.stringify(encoding)}.`, 'Give the full encoding of a field of this processor.');
  }
  for (const event of events) checkEvent(event);
}

function checkCount(list: readonly unknown[], what: string): void {
  if (!Array.isArray(list)) refuse(`The ${what} are no list.`, 'Give one, or none.');
  if (list.length > MOST) refuse(`${list.length} ${what} are too many.`, `There can be ${MOST}.`);
}

function checkWatchpoint({ space, address, length, access }: Watchpoint): void {
  if (!['v', 'g', 'h'].includes(space)) refuse(`A watchpoint is in the space ${JSON.stringify(space)}.`, 'It is v, g or h.');
  if (!['read', 'write', 'any'].includes(access)) refuse(`A watchpoint is for ${JSON.stringify(access)}.`, 'It is read, write or any.');
  const isRange = Number.isInteger(address) && address >= 0 && Number.isInteger(length) && length >= 1 && length <= LONGEST;
  if (!isRange || address + length > END) refuse(`A watchpoint has ${length} bytes at ${address}.`, `It has 1 to ${LONGEST}, below 4 GiB.`);
}

/** What each kind of device event must say; the hint where it does not. */
const EVENTS: { readonly [K in DeviceEvent['on']]: readonly [is: (event: Extract<DeviceEvent, { on: K }>) => boolean, hint: string] } = {
  access: [
    ({ device, access }) => NAMED_DEVICES.includes(device) && ['read', 'write', 'any'].includes(access),
    `The device is one of ${NAMED_DEVICES.join(', ')}; the access read, write or any.`,
  ],
  interrupt: [
    ({ vector, phase }) => isBelow(vector, VECTORS) && ['request', 'delivery'].includes(phase),
    'The vector is 0 to 255, the phase request or delivery.',
  ],
  queue: [
    ({ device, operation }) => (device === null || isBelow(device, DEVICE_NUMBERS)) && VIRTQUEUE_OPERATIONS.includes(operation),
    `The device is a number or null, the operation one of ${VIRTQUEUE_OPERATIONS.join(', ')}.`,
  ],
  dma: [({ outcome }) => ['done', 'refused'].includes(outcome), 'The outcome is done or refused.'],
  balloon: [() => true, ''],
};

function checkEvent(event: DeviceEvent): void {
  const kind = Object.hasOwn(EVENTS, event?.on) ? EVENTS[event.on] : null;
  if (kind === null)
    refuse(`There is no device event of the kind ${JSON.stringify(event?.on)}.`, `It is ${Object.keys(EVENTS).join(', ')}.`);
  const [is, hint] = kind as readonly [(event: DeviceEvent) => boolean, string];
  if (!is(event)) refuse(`A device event is not as it must be: ${JSON.stringify(event)}.`, hint);
}

function isBelow(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}

function refuse(message: string, hint: string): never {
  throw new GlassError('bad-breakpoint', message, hint);
}
