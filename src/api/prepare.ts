/** From a request to what a machine is made of: the guest or source assembled, the image read whole, everything checked before anything is made. */
import { GlassError } from '../base/errors.ts';
import { type Assembled, assemble } from '../isa/assemble.ts';
import { type MachineConfig, readMachineConfig } from '../machine/config.ts';
import type { ImageFile } from '../machine/images/image.ts';
import { planLoad } from '../machine/images/loader.ts';
import type { Catalogue, CatalogueGuest } from './catalogue.ts';
import type { ImageSource, Loaded, LoadRequest, Source } from './protocol.ts';

export interface Prepared {
  readonly request: LoadRequest;
  readonly config: MachineConfig;
  readonly image: ImageFile;
  readonly loaded: Loaded;
}

interface Program {
  readonly image: ImageFile;
  readonly source: Loaded['source'];
  readonly symbols: Loaded['symbols'];
}

type FileSource = Extract<ImageSource, { kind: 'file' }>;

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
  return { request, config, image: program.image, loaded };
}

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

function assembleGuest(guest: CatalogueGuest, { includes }: Catalogue): Program {
  const { id, format, load, mode } = guest;
  const { built, source } = build(`${id}.asm`, guest.source, includes);
  const image: ImageFile =
    format === 'boot'
      ? { name: id, bytes: built.bytes, format }
      : { name: id, bytes: built.bytes, format, load, entry: guest.entry ?? load, mode };
  return { image, source, symbols: Object.fromEntries(built.symbols) };
}

/** A file is an image, or assembly by its name. */
function readFile(file: FileSource, catalogue: Catalogue): Program {
  const { kind: _, includes, ...image } = file;
  if (!isAssembly(file.name)) return { image, source: null, symbols: {} };
  const { built, source } = build(file.name, new TextDecoder().decode(file.bytes), { ...catalogue.includes, ...includes });
  return { image: imageOf(file, built), source, symbols: Object.fromEntries(built.symbols) };
}

/** Whether a file of this name is assembly source. */
export function isAssembly(name: string): boolean {
  return /\.(asm|s|nasm)$/i.test(name);
}

/** What was assembled, as the file's options say; where they say nothing, a boot sector by its signature, else flat at its origin in protected mode. */
function imageOf({ name, format, load, entry, mode }: FileSource, { bytes, origin }: Assembled): ImageFile {
  if (format !== undefined && format !== 'flat') return { name, bytes, format };
  const isBoot = format === undefined && bytes.length === 512 && bytes[510] === 0x55 && bytes[511] === 0xaa;
  if (isBoot && load === undefined && mode === undefined) return { name, bytes, format: 'boot' };
  const from = load ?? origin;
  return { name, bytes, format: 'flat', load: from, entry: entry ?? from, mode: mode ?? 'protected' };
}

function build(name: string, text: string, includes: Readonly<Record<string, string>>): { built: Assembled; source: Source } {
  const texts = new Map([[name, text]]);
  const include = (wanted: string): string | null => {
    if (!Object.hasOwn(includes, wanted)) return null;
    texts.set(wanted, includes[wanted]);
    return includes[wanted];
  };
  const built = assemble(text, { file: name, include });
  const files = [...texts].map(([file, content]) => ({
    name: file,
    text: content,
    lines: built.lines
      .filter((l) => l.file === file)
      .map(({ address, length, line, isData }) => ({ linear: address, length, line, isData })),
  }));
  return { built, source: { text, lines: files[0].lines, files } };
}
