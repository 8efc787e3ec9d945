/** Where the last moment lies between two visits: IndexedDB; where storage is refused, the page's own memory. */
import { type SharedLesson, sharedLessonOf } from './shared-lesson.ts';
import { type SharedView, sharedViewOf } from './shared-view.ts';

/** A moment as it was kept. */
export interface Kept {
  /** As MachineHost.save gives it. */
  readonly file: Uint8Array;
  /** The way there, for the host, which checks it; null where nobody has written it down. */
  readonly recipe: unknown;
  /** Catalogue id, null for a program of one's own; and what the reader calls it. */
  readonly guestId: string | null;
  readonly name: string;
  readonly tick: number;
  readonly view: Partial<SharedView>;
  readonly lesson: SharedLesson | null;
}

export interface Shelf {
  read(): Promise<Kept | null>;
  write(kept: Kept): Promise<void>;
  clear(): Promise<void>;
}

const DATABASE = 'glassvisor';
const STORE = 'moments';
const LAST = 'last';

/** The shelf of this browser, and the place on it called `name`. Never rejects: what cannot be kept there is kept here. */
export function openShelf(database: () => IDBFactory = () => indexedDB, name = LAST): Shelf {
  let memory: Kept | null = null;
  const at = async (mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> => {
    const opened = await done(opening(database()));
    try {
      return await done(work(opened.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      opened.close();
    }
  };
  return {
    read: async () => keptOf(await at('readonly', (store) => store.get(name)).catch(() => null)) ?? memory,
    write: async (kept) => {
      memory = kept;
      await at('readwrite', (store) => store.put(kept, name)).catch(() => null);
    },
    clear: async () => {
      memory = null;
      await at('readwrite', (store) => store.delete(name)).catch(() => null);
    },
  };
}

function opening(database: IDBFactory): IDBOpenDBRequest {
  const request = database.open(DATABASE, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
  return request;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB gave no reason.')));
  });
}

/** What another version, or somebody else, has put there is looked at before it is believed. */
function keptOf(value: unknown): Kept | null {
  if (typeof value !== 'object' || value === null) return null;
  const { file, recipe = null, guestId, name, tick, view, lesson } = value as Readonly<Record<string, unknown>>;
  const isGood =
    file instanceof Uint8Array &&
    (guestId === null || typeof guestId === 'string') &&
    typeof name === 'string' &&
    Number.isSafeInteger(tick);
  if (!isGood) return null;
  const kept = { file, recipe, guestId, name, tick: tick as number };
  return { ...kept, view: orElse(() => sharedViewOf(view), {}), lesson: orElse(() => sharedLessonOf(lesson), null) };
}

/** The machine's moment is worth having, however strange the rest of it is. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
