/** How to come to a moment from the beginning: which program on which machine, what came from outside and when, and how far to go. No memory is kept, so that a
 *  recipe fits into a link; whoever follows it runs the machine that far. Plain JSON. */
import { GlassError } from '../base/errors.ts';
import { DEFAULT_CONFIG, type MachineConfig } from '../machine/config.ts';
import type { Input } from '../time/journal.ts';
import { packDisks, readRequest, saveImage } from './saved.ts';
import type { ImageSource, Recipe } from './protocol.ts';

/** A recipe read: checked whole. */
export interface Retraced {
  readonly image: ImageSource;
  /** Null: as the program wants it. */
  readonly machine: MachineConfig | null;
  readonly inputs: readonly Input[];
  readonly tick: number;
  /** Of the state at the end; null where nobody has said. */
  readonly hash: string | null;
}

/** What comes from outside is checked before anything is made of it: nobody types this much. */
const MOST_INPUTS = 100_000;
const MOST_KIND = 64;

/** Writes it down. Inputs behind `tick` are left out: what was a future is not told. */
export function writeRecipe({ image, machine, inputs, tick, hash }: Retraced): Recipe {
  return {
    image: saveImage(image),
    ...(machine ? { machine: differences(packDisks(machine)) } : {}),
    tick,
    inputs: inputs.map((input) => [input.tick, input.kind, String.fromCharCode(...input.payload)] as const),
    ...(hash === null ? {} : { hash }),
  };
}

/** Reads any JSON value as a recipe. Throws GlassError `bad-recipe`. */
export function readRecipe(value: unknown): Retraced {
  if (typeof value !== 'object' || value === null) return refuse('is no object');
  const { image, machine, tick, inputs = [], hash = null } = value as Readonly<Record<string, unknown>>;
  if (!isTick(tick)) return refuse('names no tick');
  if (hash !== null && !(typeof hash === 'string' && /^[0-9a-f]{1,64}$/.test(hash))) return refuse('has a fingerprint that is none');
  if (!Array.isArray(inputs) || inputs.length > MOST_INPUTS) return refuse('has no list of inputs');
  const read = inputs.map(readInput);
  read.reduce((last, input) => (input.tick < last || input.tick > tick ? refuse('has its inputs in disorder') : input.tick), 0);
  try {
    return { ...readRequest(image, machine), tick, inputs: read, hash };
  } catch (error) {
    if (!(error instanceof GlassError)) throw error;
    return refuse(`does not say which program it is for (${error.message})`);
  }
}

function readInput(value: unknown): Input {
  const [tick, kind, text] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (!isTick(tick) || typeof kind !== 'string' || kind === '' || kind.length > MOST_KIND || typeof text !== 'string')
    return refuse('has an input that is none');
  const payload = Uint8Array.from(text, (c) => c.charCodeAt(0));
  return { tick, kind, payload };
}

/** A link is short: what everybody has is not said. */
function differences(machine: MachineConfig): Readonly<Record<string, unknown>> {
  const usual = DEFAULT_CONFIG as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(machine).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual[key])));
}

function isTick(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function refuse(clause: string): never {
  throw new GlassError('bad-recipe', `The way to this moment cannot be read: it ${clause}.`, 'Ask for the link again.');
}
