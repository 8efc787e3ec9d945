/** What can be plugged into a machine, as plain data, and its check. */
import { GlassError } from '../base/errors.ts';

/** A device that a machine has beside its chips. `bus` is `mmio` where left out; there is one window of each kind, further ones go to PCI. Devices on PCI get the
 *  device numbers 1, 2, ... of bus 0 in the order of the configuration. */
export type DeviceSpec =
  | { readonly kind: 'console' | 'entropy' | 'network'; readonly bus?: 'mmio' | 'pci' }
  | {
      readonly kind: 'block';
      readonly bus?: 'mmio' | 'pci';
      /** Of 512 bytes; 64 where left out. */
      readonly sectors?: number;
      /** What the disk begins with: a byte for each character, none above FFH. */
      readonly contents?: string;
      readonly isReadOnly?: boolean;
    }
  | { readonly kind: 'sriov-nic'; readonly vfs: number; readonly behind?: Behind }
  | { readonly kind: 'npar-nic'; readonly shares: readonly { readonly min: number; readonly max: number }[]; readonly behind?: Behind };

/** On bus 0 itself; or below a port there, which lets requests turn round, or isolates what is below it (ACS). `root` where left out. */
export type Behind = 'root' | 'bridge' | 'acs-bridge';

export const DEFAULT_SECTORS = 64;
const MOST_SECTORS = 65536;
/** Of all disks together: 256 MiB. */
const MOST_OF_ALL = 524288;
const SECTOR = 512;
const MOST_VFS = 7;
const MOST_SHARES = 8;
/** Devices of bus 0, the host bridge apart. */
const MOST_ON_PCI = 31;

type Given = Readonly<Record<string, unknown>>;

/** Which keys each kind has beside `kind`, and whether the one that is there will do. */
const KEYS: Readonly<Record<DeviceSpec['kind'], Readonly<Record<string, (value: unknown, given: Given) => boolean>>>> = {
  console: { bus: isBus },
  entropy: { bus: isBus },
  network: { bus: isBus },
  block: { bus: isBus, sectors: isSectors, contents: isContents, isReadOnly: (value) => value === undefined || typeof value === 'boolean' },
  'sriov-nic': { vfs: (value) => isWhole(value, 1, MOST_VFS), behind: isBehind },
  'npar-nic': { shares: isShares, behind: isBehind },
};

const RULES: Readonly<Record<string, string>> = {
  bus: 'It is "mmio" or "pci".',
  sectors: `It is a whole number from 1 to ${MOST_SECTORS}.`,
  contents: 'It is a string with a byte for each character, none above 255, and not longer than the disk.',
  isReadOnly: 'It is true or false.',
  vfs: `It is a whole number from 1 to ${MOST_VFS}.`,
  behind: 'It is "root", "bridge" or "acs-bridge".',
  shares: `It is a list of 1 to ${MOST_SHARES} shares {min, max} in percent: min adds up to 100, and max is min to 100.`,
};

/** Checks a list of devices from outside (any JSON value). Throws GlassError `bad-config`. */
export function readDeviceSpecs(value: unknown): readonly DeviceSpec[] {
  if (!Array.isArray(value)) return refuse(`The configuration's devices are ${show(value)}.`, 'It is a list of devices.');
  const specs = value.map((each, i) => readSpec(each, `devices[${i}]`));
  const onMmio = specs.filter((spec) => !isOnPci(spec)).map(({ kind }) => kind);
  const twice = onMmio.find((kind, i) => onMmio.indexOf(kind) !== i);
  if (twice !== undefined) refuse(`The configuration has two ${twice} devices on mmio.`, 'Give one of them "bus": "pci".');
  const count = specs.length - onMmio.length;
  if (count > MOST_ON_PCI) refuse(`The configuration has ${count} devices on PCI.`, `Bus 0 has room for ${MOST_ON_PCI}.`);
  const sectors = specs.reduce((sum, spec) => sum + (spec.kind === 'block' ? (spec.sectors ?? DEFAULT_SECTORS) : 0), 0);
  if (sectors > MOST_OF_ALL) refuse(`The configuration's disks have ${sectors} sectors.`, `Together they have ${MOST_OF_ALL} at most.`);
  return specs;
}

/** Whether the device sits on PCI. */
export function isOnPci(spec: DeviceSpec): boolean {
  return spec.kind === 'sriov-nic' || spec.kind === 'npar-nic' || spec.bus === 'pci';
}

function readSpec(value: unknown, where: string): DeviceSpec {
  if (typeof value !== 'object' || value === null) return refuse(`The configuration's ${where} is ${show(value)}.`, 'It is an object.');
  const given = value as Given;
  const kind = given['kind'];
  if (typeof kind !== 'string' || !Object.hasOwn(KEYS, kind)) {
    return refuse(`The configuration's ${where} has the kind ${show(kind)}.`, `Known are ${Object.keys(KEYS).join(', ')}.`);
  }
  const keys = KEYS[kind as DeviceSpec['kind']];
  const strange = Object.keys(given).find((key) => key !== 'kind' && !Object.hasOwn(keys, key));
  if (strange !== undefined) {
    return refuse(`The configuration's ${where} has "${strange}".`, `A device of kind ${kind} has ${Object.keys(keys).join(', ')}.`);
  }
  const wrong = Object.keys(keys).find((key) => !keys[key](given[key], given));
  if (wrong !== undefined) return refuse(`The configuration's ${where} has the ${wrong} ${show(given[wrong])}.`, RULES[wrong]);
  return given as unknown as DeviceSpec;
}

function isBus(value: unknown): boolean {
  return value === undefined || value === 'mmio' || value === 'pci';
}

function isBehind(value: unknown): boolean {
  return value === undefined || value === 'root' || value === 'bridge' || value === 'acs-bridge';
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function isSectors(value: unknown): boolean {
  return value === undefined || isWhole(value, 1, MOST_SECTORS);
}

function isContents(value: unknown, { sectors = DEFAULT_SECTORS }: Given): boolean {
  if (value === undefined) return true;
  return typeof value === 'string' && typeof sectors === 'number' && value.length <= sectors * SECTOR && !/[^\0-\xff]/.test(value);
}

function isShares(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 1 || value.length > MOST_SHARES) return false;
  const isEach = value.every((share: Given | null) => isShare(share));
  return isEach && value.reduce((sum: number, { min }: { min: number }) => sum + min, 0) === 100;
}

function isShare(share: Given | null): boolean {
  if (typeof share !== 'object' || share === null || Object.keys(share).length !== 2) return false;
  const { min, max } = share;
  return isWhole(min, 1, 100) && isWhole(max, min as number, 100);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function refuse(message: string, hint: string): never {
  throw new GlassError('bad-config', message, hint);
}
