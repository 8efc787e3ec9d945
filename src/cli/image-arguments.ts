import { GlassError } from '../base/errors.ts';
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import type { Catalogue } from '../api/catalogue.ts';
import type { ImageSource, LoadRequest } from '../api/protocol.ts';
import { IMAGE_FORMATS } from '../machine/images/image.ts';
import { type Io, oneOf } from './command.ts';

export const CATALOGUE: Catalogue = { guests: GUESTS, includes: INCLUDES };

/** The options that say what to run, for `parseArguments`. */
export const IMAGE_OPTIONS = { format: 'text', load: 'address', entry: 'address', mode: 'text', ram: 'number' } as const;

export const IMAGE_HELP: readonly string[] = [
  '--format F   flat, boot, elf, multiboot or rom (default: guessed)',
  '--load A     flat: address of the first byte;  --entry A  where it starts;  --mode real|protected',
  '--ram MIB    1 to 512',
];

export interface ImageOptions {
  readonly format?: string;
  readonly load?: number;
  readonly entry?: number;
  readonly mode?: string;
  readonly ram?: number;
}

/** GUEST|FILE and its options as a request. A name of the catalogue goes before a file of that name. */
export function imageRequest(words: readonly string[], options: ImageOptions, io: Io): LoadRequest {
  if (words.length !== 1)
    throw new GlassError('bad-usage', `Give one guest or file, not ${words.length}.`, '`glassvisor guests` lists the guests.');
  const [name] = words;
  const ram = options.ram === undefined ? {} : { ramMiB: options.ram };
  if (GUESTS.some((g) => g.id === name)) {
    const given = (['format', 'load', 'entry', 'mode'] as const).find((key) => options[key] !== undefined);
    if (given) throw new GlassError('bad-usage', `--${given} is for files; ${name} is a built-in guest.`);
    return { image: { kind: 'guest', id: name }, ...ram };
  }
  const format = oneOf(options.format, '--format', IMAGE_FORMATS);
  const mode = oneOf(options.mode, '--mode', ['real', 'protected']);
  const image: ImageSource = {
    kind: 'file',
    name: name.replace(/^.*[\\/]/, ''),
    bytes: io.readFile(name),
    ...(format === undefined ? {} : { format }),
    ...(options.load === undefined ? {} : { load: options.load }),
    ...(options.entry === undefined ? {} : { entry: options.entry }),
    ...(mode === undefined ? {} : { mode }),
  };
  return { image, ...ram };
}
