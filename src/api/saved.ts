/** The program of a saved moment, as JSON within the file: which image, for which machine, and what its console showed. */
import { GlassError } from '../base/errors.ts';
import { type MachineConfig, readMachineConfig } from '../machine/config.ts';
import type { DeviceSpec } from '../machine/device-spec.ts';
import { IMAGE_FORMATS } from '../machine/images/image.ts';
import type { ImageSource, LoadRequest } from './protocol.ts';

/** What a saved moment says about its program. */
export interface SavedProgram {
  readonly request: LoadRequest;
  readonly machine: MachineConfig;
  /** The last bytes of the console. */
  readonly console: Uint8Array;
}

/** Console bytes that are kept. */
const MOST_CONSOLE = 1 << 16;

/** As JSON; bytes become base64. */
export function saveProgram({ request, machine, console }: SavedProgram): unknown {
  const { image } = request;
  return {
    machine: packDisks(machine),
    image: saveImage(image),
    console: toBase64(console.subarray(-MOST_CONSOLE)),
  };
}

/** The image as JSON. */
export function saveImage(image: ImageSource): unknown {
  return image.kind === 'guest' ? image : { ...image, bytes: toBase64(image.bytes) };
}

/** Reads an image, and a machine where one is given: any JSON values. Throws GlassError `bad-snapshot`. */
export function readRequest(image: unknown, machine: unknown): { readonly image: ImageSource; readonly machine: MachineConfig | null } {
  return { image: readImage(recordOf(image)), machine: machine === undefined ? null : readConfig(machine) };
}

/** Reads it back: any JSON value. Throws GlassError `bad-snapshot`. */
export function readProgram(value: unknown): SavedProgram {
  const given = recordOf(value);
  const machine = readConfig(given['machine']);
  const image = readImage(recordOf(given['image']));
  const console = given['console'] ?? '';
  if (!isBase64(console)) return refuse();
  return { request: { image }, machine, console: fromBase64(console) };
}

function readImage(given: Readonly<Record<string, unknown>>): ImageSource {
  const { kind, id, name, bytes, format, load, entry, mode, includes, source } = given;
  if (kind === 'guest' && typeof id === 'string' && isAbsentOr(source, (s) => typeof s === 'string'))
    return { kind, id, ...(source === undefined ? {} : { source: source as string }) };
  if (kind !== 'file' || typeof name !== 'string' || !isBase64(bytes)) return refuse();
  const isGood =
    isAbsentOr(format, (f) => (IMAGE_FORMATS as readonly unknown[]).includes(f)) &&
    isAbsentOr(mode, (m) => m === 'real' || m === 'protected') &&
    isAbsentOr(load, isAddress) &&
    isAbsentOr(entry, isAddress) &&
    isAbsentOr(includes, (texts) => Object.values(recordOf(texts)).every((text) => typeof text === 'string'));
  if (!isGood) return refuse();
  const options = Object.entries({ format, load, entry, mode, includes }).filter(([, v]) => v !== undefined);
  return { kind, name, bytes: fromBase64(bytes), ...Object.fromEntries(options) };
}

function readConfig(value: unknown): MachineConfig {
  try {
    return readMachineConfig(unpackDisks(value));
  } catch (error) {
    if (!(error instanceof GlassError)) throw error;
    throw new GlassError('bad-snapshot', `The snapshot was saved of a machine that cannot be: ${error.message}`, error.hint);
  }
}

/** The machine as JSON. */
export function packDisks(machine: MachineConfig): MachineConfig {
  return { ...machine, devices: machine.devices.map(packDisk) };
}

/** What a disk begins with is bytes too. */
function packDisk(device: DeviceSpec): DeviceSpec {
  return device.kind === 'block' && device.contents !== undefined ? { ...device, contents: btoa(device.contents) } : device;
}

function unpackDisks(value: unknown): unknown {
  const machine = recordOf(value);
  const { devices } = machine;
  if (!Array.isArray(devices)) return machine;
  return { ...machine, devices: devices.map(unpackDisk) };
}

function unpackDisk(device: unknown): unknown {
  if (typeof device !== 'object' || device === null || !('contents' in device)) return device;
  return isBase64(device.contents) ? { ...device, contents: atob(device.contents) } : refuse();
}

function refuse(): never {
  throw new GlassError('bad-snapshot', 'The snapshot does not say which program its machine was made for.', 'Save it again.');
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : refuse();
}

function isAbsentOr(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value);
}

function isAddress(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
}

function isBase64(value: unknown): value is string {
  return typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
