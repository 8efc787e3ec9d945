/** What is assembled: a guest of the catalogue, the virtual machines of a hosted one, a file that is source text. */
import type { Assembled } from '../isa/assemble.ts';
import type { ImageFile } from '../machine/images/image.ts';
import type { Catalogue, CatalogueGuest, CatalogueHost } from './catalogue.ts';
import { parts } from './parts.ts';
import type { ImageSource, Loaded, Source } from './protocol.ts';

/** An image, and what is known of how it was made. */
export interface Program {
  readonly image: ImageFile;
  readonly source: Loaded['source'];
  readonly symbols: Loaded['symbols'];
}

type Includes = Catalogue['includes'];
type FileSource = Extract<ImageSource, { kind: 'file' }>;

/** The one program of a guest. Throws GlassError `bad-assembly`, as the others here do. */
export function assembleGuest(guest: CatalogueGuest, includes: Includes): Program {
  const { id, format, load, mode } = guest;
  const { built, source } = build(`${id}.asm`, guest.source, includes);
  const image: ImageFile =
    format === 'boot'
      ? { name: id, bytes: built.bytes, format }
      : { name: id, bytes: built.bytes, format, load, entry: guest.entry ?? load, mode };
  return { image, source, symbols: Object.fromEntries(built.symbols) };
}

/** Those of its virtual machines. The `files` of each are numbered through: all have all, but the lines of their own alone. */
export function assembleImages({ images }: CatalogueHost, includes: Includes): Program[] {
  const made = images.map(({ name, source, load, mode }) => {
    const { built, source: text } = build(`${name}.asm`, source, includes);
    const image: ImageFile = { name, bytes: built.bytes, format: 'flat', load, entry: load, mode };
    return { image, source: text, symbols: Object.fromEntries(built.symbols) };
  });
  return made.map(({ image, source, symbols }, i) => {
    const files = made.flatMap((other, j) => other.source.files.map((file) => (i === j ? file : { ...file, lines: [] })));
    return { image, symbols, source: { ...source, files } };
  });
}

/** A file is an image, or assembly by its name. */
export function readFile(file: FileSource, builtIn: Includes): Program {
  const { kind: _, includes, ...image } = file;
  if (!isAssembly(file.name)) return { image, source: null, symbols: {} };
  const { built, source } = build(file.name, new TextDecoder().decode(file.bytes), { ...builtIn, ...includes });
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

function build(name: string, text: string, includes: Includes): { built: Assembled; source: Source } {
  const texts = new Map([[name, text]]);
  const include = (wanted: string): string | null => {
    if (!Object.hasOwn(includes, wanted)) return null;
    texts.set(wanted, includes[wanted]);
    return includes[wanted];
  };
  const built = parts().assemble(text, { file: name, include });
  const files = [...texts].map(([file, content]) => ({
    name: file,
    text: content,
    lines: built.lines
      .filter((l) => l.file === file)
      .map(({ address, length, line, isData }) => ({ linear: address, length, line, isData })),
  }));
  return { built, source: { text, lines: files[0].lines, files } };
}
