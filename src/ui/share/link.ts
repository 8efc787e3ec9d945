/** A whole moment in the part of an address behind `#`, which no server ever sees: how to come there, and how the reader looked. Two forms:
 *
 *      #m2.…                                  version, then JSON, deflated, in the alphabet of base64url: what Share makes
 *      #guest=hello&tick=12&scene=tlb&lens=0x7c00     what a person can write (version 0)
 *
 *  An older version is brought up to date step by step, then everything is checked, then used. The reader's language, theme and type stay the reader's own. */
import type { Recipe } from '../../api/protocol.ts';
import { BadLink, record } from './bad-link.ts';
import { type SharedLesson, sharedLessonOf } from './shared-lesson.ts';
import { type SharedView, sharedViewOf } from './shared-view.ts';

export interface SharedMoment {
  /** For the host, which checks it. */
  readonly recipe: unknown;
  /** What is left out stays as the program wants it. */
  readonly view: Partial<SharedView>;
  readonly lesson: SharedLesson | null;
}

/** Longer addresses are cut off by mail programs, chats and proxies. */
export const MOST_LINK = 16_000;
/** Of those, what is left for the hash: the rest is where the page lies. */
const MOST_HASH = MOST_LINK - 500;
/** What a link may grow to when it is inflated: programs are small. */
const MOST_BYTES = 4 * 2 ** 20;
const VERSION = 2;

/** From each version to the next. */
const MIGRATIONS: Readonly<Record<number, (value: unknown) => unknown>> = { 0: fromWords, 1: withoutLesson };

/** The hash, with its `#`. */
export async function hashOf({ recipe, view, lesson }: SharedMoment): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify({ recipe, view, lesson }));
  return `#m${VERSION}.${toBase64Url(await through(text, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY))}`;
}

/** The hash of as much as survives every mail and chat: where all of it is too long, without texts that are being changed, then without the lesson. */
export async function shortHashOf(moment: SharedMoment): Promise<string> {
  const { drafts: _, ...view } = moment.view;
  let hash = '';
  for (const one of [moment, { ...moment, view }, { ...moment, view, lesson: null }]) {
    hash = await hashOf(one);
    if (hash.length <= MOST_HASH) break;
  }
  return hash;
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

/** Version 1 knew no lessons, and of the view neither pins, bookmarks, watchpoints, granularity nor texts: left out, they are as the program wants them. */
function withoutLesson(value: unknown): unknown {
  return { ...record(value), lesson: null };
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
function checked(value: unknown): SharedMoment {
  const { recipe, view = {}, lesson } = record(value);
  return { recipe: record(recipe), view: sharedViewOf(view), lesson: sharedLessonOf(lesson) };
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
