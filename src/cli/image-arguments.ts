import { GUESTS, INCLUDES } from '../../guests/index.ts';
import type { Catalogue } from '../api/catalogue.ts';
import '../api/all-parts.ts';
import { Computer } from '../api/computer.ts';
import { isAssembly } from '../api/programs.ts';
import type { ImageSource, LoadRequest } from '../api/protocol.ts';
import { EIP } from '../arch/cpu-state.ts';
import { GlassError } from '../base/errors.ts';
import { IMAGE_FORMATS } from '../machine/images/image.ts';
import { isSavedMoment } from '../time/file.ts';
import { type Io, MISSING_FILE, oneOf } from './command.ts';
import { readDevice } from './device-option.ts';
import { includesOf } from './includes.ts';

export const CATALOGUE: Catalogue = { guests: GUESTS, includes: INCLUDES };

/** The options that say what to run, for `parseArguments`. */
export const IMAGE_OPTIONS = {
  format: 'text',
  load: 'address',
  entry: 'address',
  mode: 'text',
  ram: 'number',
  device: 'texts',
  disk: 'text',
} as const;

/** Those that a built-in guest bears. */
const FOR_GUESTS = ['ram', 'device', 'disk'];

export const IMAGE_HELP: readonly string[] = [
  '--format F   flat, boot, elf, multiboot or rom (default: guessed); a file .asm is assembled first',
  '--load A     flat: address of the first byte;  --entry A  where it starts;  --mode real|protected',
  '--ram MIB    1 to 512',
  '--device D   plugs in console, block, network or entropy (virtio, at a window in memory; D:pci puts it on PCI), sriov-nic[:VFS] or',
  '             npar-nic[:SHARES]; may be given more than once',
  '--disk FILE  what the first disk begins with, at most 32 MiB; the file itself stays as it is',
];

export interface ImageOptions {
  readonly format?: string;
  readonly load?: number;
  readonly entry?: number;
  readonly mode?: string;
  readonly ram?: number;
  readonly device?: readonly string[];
  readonly disk?: string;
}

/** A machine, and a sentence about what was guessed to make it; empty where nothing was. */
interface Opened {
  readonly computer: Computer;
  readonly note: string;
}

/** A machine for GUEST|FILE: with a guest, a program, or at a saved moment. */
export function openComputer(words: readonly string[], options: ImageOptions, io: Io): Opened {
  const name = theOnly(words);
  if (!isGuest(name)) {
    const bytes = readImage(name, io);
    if (isSavedMoment(bytes)) {
      refuseOptions(options, `${name} is a saved moment and says that itself.`);
      return { computer: Computer.restore(bytes, CATALOGUE), note: '' };
    }
  }
  const request = imageRequest(words, options, io);
  const computer = Computer.open(request, CATALOGUE);
  return { computer, note: noteOf(request, computer) };
}

/** Bytes without any sign of what they are run as what they most likely are: who did not mean that is told where to begin. */
function noteOf({ image }: LoadRequest, { loaded, machine }: Computer): string {
  if (image.kind === 'guest' || loaded.source !== null || loaded.format !== 'flat') return '';
  if (image.format !== undefined || image.load !== undefined || image.entry !== undefined || image.mode !== undefined) return '';
  const at = (machine.cpu.words[EIP] >>> 0).toString(16).toUpperCase();
  return `${image.name} is taken as flat 32-bit code at 0x${at}; --format, --load, --entry and --mode say otherwise.`;
}

function readImage(name: string, io: Io): Uint8Array {
  try {
    return io.readFile(name);
  } catch (error) {
    if (!(error instanceof GlassError) || error.code !== MISSING_FILE) throw error;
    throw new GlassError(MISSING_FILE, `${name} is neither a guest nor a file.`, '`glassvisor guests` lists the guests.');
  }
}

/** GUEST|FILE and its options as a request. A name of the catalogue goes before a file of that name. */
export function imageRequest(words: readonly string[], options: ImageOptions, io: Io): LoadRequest {
  const name = theOnly(words);
  const board = {
    ...(options.ram === undefined ? {} : { ramMiB: options.ram }),
    ...(options.device === undefined ? {} : { devices: options.device.map(readDevice) }),
    ...(options.disk === undefined ? {} : { disk: io.readFile(options.disk) }),
  };
  if (isGuest(name)) {
    refuseOptions(options, `${name} is a built-in guest.`, FOR_GUESTS);
    return { image: { kind: 'guest', id: name }, ...board };
  }
  const format = oneOf(options.format, '--format', IMAGE_FORMATS);
  const mode = oneOf(options.mode, '--mode', ['real', 'protected']);
  const bytes = readImage(name, io);
  const image: ImageSource = {
    kind: 'file',
    name: name.replace(/^.*[\\/]/, ''),
    bytes,
    ...(format === undefined ? {} : { format }),
    ...(options.load === undefined ? {} : { load: options.load }),
    ...(options.entry === undefined ? {} : { entry: options.entry }),
    ...(mode === undefined ? {} : { mode }),
    ...(isAssembly(name) ? { includes: includesOf(name, bytes, io) } : {}),
  };
  return { image, ...board };
}

function isGuest(name: string): boolean {
  return GUESTS.some((g) => g.id === name);
}

function theOnly(words: readonly string[]): string {
  if (words.length === 1) return words[0];
  throw new GlassError('bad-usage', `Give one guest or file, not ${words.length}.`, '`glassvisor guests` lists the guests.');
}

function refuseOptions(options: ImageOptions, because: string, allowed: readonly string[] = []): void {
  const given = Object.keys(IMAGE_OPTIONS).find((key) => options[key as keyof ImageOptions] !== undefined && !allowed.includes(key));
  if (given !== undefined) throw new GlassError('bad-usage', `--${given} is for files: ${because}`, `Leave --${given} out.`);
}
