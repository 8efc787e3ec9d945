/** From a request to what a machine is made of: the guest or source assembled, the image read whole, everything checked before anything is made. */
import { GlassError } from '../base/errors.ts';
import { assemble } from '../isa/assemble.ts';
import { type MachineConfig, readMachineConfig } from '../machine/config.ts';
import { IMAGE_FORMATS, type ImageFile } from '../machine/images/image.ts';
import { planLoad } from '../machine/images/loader.ts';
import type { Catalogue, CatalogueGuest } from './catalogue.ts';
import type { ImageSource, Loaded, LoadRequest, SourceLine } from './protocol.ts';

export interface Prepared {
  readonly config: MachineConfig;
  readonly image: ImageFile;
  readonly loaded: Loaded;
  /** The request as JSON, from which `readSaved` makes it again. */
  readonly saved: SavedRequest;
}

/** A request as a saved moment keeps it: bytes as base64. */
export interface SavedRequest {
  readonly machine: MachineConfig;
  readonly image: Readonly<Record<string, string | number>>;
}

interface Program {
  readonly image: ImageFile;
  readonly source: Loaded['source'];
  readonly symbols: Loaded['symbols'];
}

const MIB = 1 << 20;

/** Throws GlassError: `bad-image`, `bad-assembly`, `bad-config`, `no-guest`. */
export function prepare(request: LoadRequest, catalogue: Catalogue, machine?: MachineConfig): Prepared {
  const { image: source } = request;
  const guest = source.kind === 'guest' ? findGuest(source.id, catalogue) : null;
  const program = guest ? assembleGuest(guest, catalogue) : readFile(source as FileSource, catalogue);
  const config = machine ?? configOf(request, guest);
  const { format } = planLoad(program.image, config.ramMiB * MIB);
  const loaded: Loaded = {
    name: program.image.name,
    format,
    ramMiB: config.ramMiB,
    ticksPerSecond: config.ticksPerSecond,
    source: program.source,
    symbols: program.symbols,
    expected: guest?.expected.console ?? null,
    look: guest?.look ?? null,
  };
  return { config, image: program.image, loaded, saved: { machine: config, image: saveSource(source) } };
}

/** Reads the request of a saved moment back. Throws GlassError `bad-snapshot`. */
export function readSaved(value: unknown): { readonly request: LoadRequest; readonly machine: MachineConfig } {
  const { machine, image } = (value ?? {}) as { machine?: unknown; image?: unknown };
  const given = (image ?? {}) as Readonly<Record<string, unknown>>;
  if (given['kind'] === 'guest' && typeof given['id'] === 'string')
    return { request: { image: { kind: 'guest', id: given['id'] } }, machine: readMachineConfig(machine) };
  const { name, bytes, format, load, entry, mode } = given;
  const isNumber = (n: unknown): boolean => n === undefined || (Number.isInteger(n) && (n as number) >= 0);
  const isGood =
    given['kind'] === 'file' &&
    typeof name === 'string' &&
    typeof bytes === 'string' &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(bytes) &&
    (format === undefined || (IMAGE_FORMATS as readonly unknown[]).includes(format)) &&
    (mode === undefined || mode === 'real' || mode === 'protected') &&
    isNumber(load) &&
    isNumber(entry);
  if (!isGood) throw new GlassError('bad-snapshot', 'The file does not say which program its machine was made for.', 'Save it again.');
  return {
    request: { image: { ...given, bytes: fromBase64(bytes as string) } as unknown as ImageSource },
    machine: readMachineConfig(machine),
  };
}

type FileSource = Extract<ImageSource, { kind: 'file' }>;

function configOf({ ramMiB, tlb }: LoadRequest, guest: CatalogueGuest | null): MachineConfig {
  const config: Record<string, unknown> = {};
  const ram = ramMiB ?? guest?.ramMiB;
  if (ram !== undefined) config['ramMiB'] = ram;
  const profile = tlb ?? guest?.tlb;
  if (profile !== undefined) config['tlb'] = profile;
  return readMachineConfig(config);
}

function findGuest(id: string, { guests }: Catalogue): CatalogueGuest {
  const guest = guests.find((g) => g.id === id);
  if (guest) return guest;
  throw new GlassError('no-guest', `There is no guest "${id}".`, `Guests: ${guests.map((g) => g.id).join(', ')}.`);
}

function assembleGuest(guest: CatalogueGuest, catalogue: Catalogue): Program {
  const { id, format, load, mode } = guest;
  const { bytes, source, symbols } = build(`${id}.asm`, guest.source, catalogue);
  const image: ImageFile =
    format === 'boot' ? { name: id, bytes, format } : { name: id, bytes, format, load, entry: guest.entry ?? load, mode };
  return { image, source, symbols };
}

/** A file is an image, or assembly by its name. */
function readFile(file: FileSource, catalogue: Catalogue): Program {
  const { kind: _, ...image } = file;
  if (!/\.(asm|s|nasm)$/i.test(file.name)) return { image, source: null, symbols: {} };
  const { bytes, origin, source, symbols } = build(file.name, new TextDecoder().decode(file.bytes), catalogue);
  const isBoot = bytes.length === 512 && bytes[510] === 0x55 && bytes[511] === 0xaa;
  if (file.format !== undefined && file.format !== 'flat')
    return { image: { name: file.name, bytes, format: file.format }, source, symbols };
  if (isBoot && file.load === undefined && file.mode === undefined)
    return { image: { name: file.name, bytes, format: 'boot' }, source, symbols };
  const load = file.load ?? origin;
  return {
    image: { name: file.name, bytes, format: 'flat', load, entry: file.entry ?? load, mode: file.mode ?? 'protected' },
    source,
    symbols,
  };
}

function build(name: string, text: string, { includes }: Catalogue): Omit<Program, 'image'> & { bytes: Uint8Array; origin: number } {
  const result = assemble(text, { file: name, include: (wanted) => (Object.hasOwn(includes, wanted) ? includes[wanted] : null) });
  const lines: SourceLine[] = result.lines
    .filter((l) => l.file === name)
    .map(({ address, length, line }) => ({ linear: address, length, line }));
  return { bytes: result.bytes, origin: result.origin, source: { text, lines }, symbols: Object.fromEntries(result.symbols) };
}

function saveSource(source: ImageSource): Readonly<Record<string, string | number>> {
  if (source.kind === 'guest') return { kind: 'guest', id: source.id };
  return { ...source, bytes: toBase64(source.bytes) };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
