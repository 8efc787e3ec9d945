/** A whole moment in the part of an address behind `#`, which no server ever sees: how to come there, and how the reader looked. Two forms:
 *
 *      #m1.…                                  version, then JSON, deflated, in the alphabet of base64url: what Share makes
 *      #guest=hello&tick=12&scene=tlb&lens=0x7c00     what a person can write (version 0)
 *
 *  An older version is brought up to date step by step, then everything is checked, then used. The reader's language, theme and type stay the reader's own. */
import type { AccessKind, Recipe, WalkContext } from '../../api/protocol.ts';
import { type Scene, SCENES } from '../scenes.ts';
import type { Lens, View } from '../store.ts';

/** How the reader looked, of what belongs to the moment. */
export type SharedView = Pick<View, 'scene' | 'isTable' | 'isPinned' | 'lens' | 'breakpoints' | 'stopReasons'>;

export interface SharedMoment {
  /** For the host, which checks it. */
  readonly recipe: unknown;
  /** What is left out stays as the program wants it. */
  readonly view: Partial<SharedView>;
}

/** Longer addresses are cut off by mail programs, chats and proxies. */
export const MOST_LINK = 16_000;
/** What a link may grow to when it is inflated: programs are small. */
const MOST_BYTES = 4 * 2 ** 20;
const MOST_POINTS = 1000;
const VERSION = 1;

/** From each version to the next. */
const MIGRATIONS: Readonly<Record<number, (value: unknown) => unknown>> = { 0: fromWords };

/** Why an address leads nowhere: keys of the catalogue. */
export class BadLink extends Error {
  readonly reason: 'share.badLink' | 'share.newerLink';

  constructor(reason: BadLink['reason']) {
    super(reason);
    this.name = 'BadLink';
    this.reason = reason;
  }
}

/** The hash, with its `#`. */
export async function hashOf({ recipe, view }: SharedMoment): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify({ recipe, view }));
  return `#m${VERSION}.${toBase64Url(await through(text, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY))}`;
}

/** What a person would write: a guest and a tick, where nothing came from outside; null where that does not say everything. */
export function wordsOf({ recipe }: { readonly recipe: Recipe }): { readonly guest: string; readonly tick: number } | null {
  const { kind, id, source } = recipe.image as { readonly kind: string; readonly id?: string; readonly source?: string };
  return kind === 'guest' && id !== undefined && source === undefined && (recipe.inputs?.length ?? 0) === 0
    ? { guest: id, tick: recipe.tick }
    : null;
}

/** Reads a hash; null for one that is not about a moment. Throws BadLink. */
export async function readHash(hash: string): Promise<SharedMoment | null> {
  const packed = /^#m(\d{1,4})\.([\w-]*)$/.exec(hash);
  if (packed) return checked(upToDate(Number(packed[1]), await unpacked(packed[2])));
  if (/^#m\d/.test(hash)) throw new BadLink('share.badLink');
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  return words.has('guest') ? checked(upToDate(0, Object.fromEntries(words))) : null;
}

function upToDate(version: number, value: unknown): unknown {
  if (version > VERSION) throw new BadLink('share.newerLink');
  let current = value;
  for (let v = version; v < VERSION; v++) current = MIGRATIONS[v](current);
  return current;
}

/** Version 0 is words: what they do not say is left to the program. */
function fromWords(value: unknown): unknown {
  const { guest, tick, scene, lens } = value as Readonly<Record<string, string | undefined>>;
  return {
    recipe: { image: { kind: 'guest', id: guest }, tick: Number(tick ?? 0) },
    view: {
      ...(scene === undefined ? {} : { scene }),
      ...(lens === undefined
        ? {}
        : { isPinned: true, lens: { linear: Number(lens), size: 1, access: 'read', context: 'current', isUser: null } }),
    },
  };
}

// Checking -----------------------------------------------------------------------------------------------------------------------------------
type Given = Readonly<Record<string, unknown>>;

function checked(value: unknown): SharedMoment {
  const { recipe, view = {} } = record(value);
  return { recipe: record(recipe), view: sharedViewOf(view) };
}

/** Reads how somebody looked, of any value; only what is known is taken over. Throws BadLink. */
export function sharedViewOf(view: unknown): Partial<SharedView> {
  const given = record(view);
  const result: { -readonly [K in keyof SharedView]?: SharedView[K] } = {};
  if (isTold(given['scene'], (v) => (SCENES as readonly unknown[]).includes(v))) result.scene = given['scene'] as Scene;
  if (isTold(given['isTable'], (v) => typeof v === 'boolean')) result.isTable = given['isTable'] as boolean;
  if (isTold(given['isPinned'], (v) => typeof v === 'boolean')) result.isPinned = given['isPinned'] as boolean;
  if (given['lens'] !== undefined) result.lens = lensOf(record(given['lens']));
  if (isTold(given['breakpoints'], isPoints)) result.breakpoints = given['breakpoints'] as readonly number[];
  if (isTold(given['stopReasons'], isPoints)) result.stopReasons = given['stopReasons'] as readonly number[];
  return result;
}

function lensOf({ linear, size, access, context, isUser }: Given): Lens {
  const isGood =
    isWord(linear) &&
    isWord(size) &&
    size >= 1 &&
    size <= 4096 &&
    (['read', 'write', 'fetch'] as readonly unknown[]).includes(access) &&
    (['current', 'guest'] as readonly unknown[]).includes(context) &&
    (isUser === null || typeof isUser === 'boolean');
  if (!isGood) throw new BadLink('share.badLink');
  return { linear, size, access: access as AccessKind, context: context as WalkContext, isUser };
}

/** True where it is there and good; throws where it is there and is not. */
function isTold(value: unknown, test: (value: unknown) => boolean): boolean {
  if (value === undefined) return false;
  if (!test(value)) throw new BadLink('share.badLink');
  return true;
}

function isPoints(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MOST_POINTS && value.every(isWord);
}

function isWord(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
}

function record(value: unknown): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadLink('share.badLink');
  return value as Given;
}

// Packing ------------------------------------------------------------------------------------------------------------------------------------
async function unpacked(text: string): Promise<unknown> {
  try {
    const bytes = await through(fromBase64Url(text), new DecompressionStream('deflate-raw'), MOST_BYTES);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new BadLink('share.badLink');
  }
}

/** All bytes that come out of `stream`. Throws when they are more than `most`. */
async function through(bytes: Uint8Array, stream: CompressionStream | DecompressionStream, most: number): Promise<Uint8Array> {
  const body = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream);
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > most) {
      await reader.cancel();
      throw new BadLink('share.badLink');
    }
    pieces.push(next.value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}
