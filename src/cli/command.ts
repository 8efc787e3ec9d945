import { GlassError } from '../base/errors.ts';

/** Code of the error for a file that is not there. */
export const MISSING_FILE = 'missing-file';

/** What a command may touch: tests hand in their own. */
export interface Io {
  /** Bytes or text to stdout, as they are. */
  out(data: string | Uint8Array): void;
  /** A line to stderr. */
  err(line: string): void;
  /** Throws GlassError with a sentence when it cannot be read: MISSING_FILE where there is none, else `no-file`. */
  readFile(path: string): Uint8Array;
  writeFile(path: string, data: string | Uint8Array): void;
  appendFile(path: string, data: string): void;
}

/** One verb of the `glassvisor` command. */
export interface Command {
  readonly name: string;
  /** Arguments as shown by help, one line. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  /** Options in detail, one line each, for `help NAME`. */
  readonly options: readonly string[];
  /** Resolves to the exit status. A GlassError becomes a sentence and status 2. */
  run(args: readonly string[], io: Io): Promise<number>;
}

type Kind = 'flag' | 'text' | 'texts' | 'number' | 'address';
type Values<S extends Readonly<Record<string, Kind>>> = {
  [K in keyof S]?: S[K] extends 'flag' ? boolean : S[K] extends 'text' ? string : S[K] extends 'texts' ? readonly string[] : number;
};

/** Splits `args` into positional words and the options named in `spec` (`--name value`, `--name=value`, `-o value` where `o` is named). Unknown or incomplete
 *  options throw GlassError(`bad-usage`). `texts` may be given more than once. Numbers are decimal or 0x; `number` is a whole number >= 0, `address` fits 32 bits. */
export function parseArguments<const S extends Readonly<Record<string, Kind>>>(
  args: readonly string[],
  spec: S,
): { words: string[]; options: Values<S> } {
  const words: string[] = [];
  const options: Record<string, string | readonly string[] | number | boolean> = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!/^--?[a-zA-Z]/.test(arg)) {
      words.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const name = (equals < 0 ? arg : arg.slice(0, equals)).replace(/^--?/, '');
    const kind = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (!kind) throw new GlassError('bad-usage', `There is no option ${arg.split('=')[0]} here.`, `Known options: ${optionNames(spec)}.`);
    if (kind === 'flag') {
      if (equals >= 0) throw new GlassError('bad-usage', `--${name} takes no value.`, `Write --${name} alone.`);
      options[name] = true;
      continue;
    }
    const text = equals >= 0 ? arg.slice(equals + 1) : args[++i];
    if (text === undefined) {
      const flag = name.length === 1 ? `-${name}` : `--${name}`;
      throw new GlassError('bad-usage', `${flag} needs a value.`, `Write ${flag} VALUE.`);
    }
    if (kind === 'texts') options[name] = [...((options[name] as string[] | undefined) ?? []), text];
    else options[name] = kind === 'text' ? text : parseNumber(text, `--${name}`, kind);
  }
  return { words, options: options as Values<S> };
}

/** A whole number >= 0, decimal, 0x or with an h suffix; `what` names it in the error. */
export function parseNumber(text: string, what: string, kind: 'number' | 'address' = 'number'): number {
  const value = /^0x[0-9a-f]+$/i.test(text)
    ? Number(text)
    : /^[0-9][0-9a-f]*h$/i.test(text)
      ? Number.parseInt(text, 16)
      : /^\d+$/.test(text)
        ? Number(text)
        : NaN;
  if (!Number.isSafeInteger(value))
    throw new GlassError('bad-usage', `${what} is "${text}", which is no whole number.`, 'Write a decimal or 0x number.');
  if (kind === 'address' && value > 0xffff_ffff)
    throw new GlassError('bad-usage', `${what} is ${text}, beyond 4 GiB.`, 'Addresses have 32 bits.');
  return value;
}

/** One of `choices`, or GlassError(`bad-usage`). */
export function oneOf<const T extends string>(text: string | undefined, what: string, choices: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  if ((choices as readonly string[]).includes(text)) return text as T;
  throw new GlassError('bad-usage', `${what} is "${text}".`, `It is one of ${choices.join(', ')}.`);
}

function optionNames(spec: Readonly<Record<string, Kind>>): string {
  const names = Object.keys(spec).map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
  return names.length ? names.join(' ') : 'none';
}
