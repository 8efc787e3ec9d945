import { dirname, isAbsolute, join } from 'node:path';
import { INCLUDES } from '../../guests/index.ts';
import { GlassError } from '../base/errors.ts';
import type { Io } from './command.ts';

/** Looks up `%include "name"` in the source at `path`: beside it, then in `folders`, then among the built-in files. Null where there is none. */
export function includer(path: string, folders: readonly string[], io: Io): (name: string) => string | null {
  return (name) => {
    const places = isAbsolute(name) ? [name] : [dirname(path), ...folders].map((folder) => join(folder, name));
    for (const place of places) {
      const text = textAt(place, io);
      if (text !== null) return text;
    }
    return Object.hasOwn(INCLUDES, name) ? INCLUDES[name] : null;
  };
}

/** Every text that the source at `path` can include, those of its includes too; what is missing is left to the assembler to blame. */
export function includesOf(path: string, bytes: Uint8Array, io: Io): Readonly<Record<string, string>> {
  const find = includer(path, [], io);
  const found: Record<string, string> = {};
  const search = (text: string): void => {
    for (const [, name] of text.matchAll(/^\s*%include\s+["'`]([^"'`]+)["'`]/gim)) {
      const included = Object.hasOwn(found, name) ? null : find(name);
      if (included === null) continue;
      found[name] = included;
      search(included);
    }
  };
  search(new TextDecoder().decode(bytes));
  return found;
}

function textAt(path: string, io: Io): string | null {
  try {
    return new TextDecoder().decode(io.readFile(path));
  } catch (error) {
    if (error instanceof GlassError) return null;
    throw error;
  }
}
