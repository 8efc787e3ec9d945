/** Which entries of a tree lead to the same frame or the same table. */
import type { TableFormat } from './table-format.ts';

/** Entries that are looked at, at most. */
const MOST = 1 << 15;

/** What `aliasesIn` has found. */
export interface Aliases {
  /** The addresses whose entry of that level leads to `to`, if there is more than one; in order. */
  at(level: number, to: number): readonly number[];
}

/** Looks at the whole tree below `root`. Null where it is too large. `wordsAt` reads a table, nothing where there is none. */
export function aliasesIn(format: TableFormat, root: number, wordsAt: (address: number) => Uint32Array): Aliases | null {
  const found = new Map<number, number | number[]>();
  let left = MOST;
  const step = format.entrySize / 4;
  const look = (level: number, address: number, from: number): void => {
    const words = wordsAt(address);
    left -= words.length / step;
    for (let i = 0; i * step < words.length && left >= 0; i++) {
      const { to, kind } = format.meaning(level, words[i * step] | 0, step === 2 ? words[i * 2 + 1] | 0 : 0);
      if (to === null) continue;
      const at = from + i * 2 ** format.levels[level].shift;
      note(found, keyOf(level, to), at);
      if (kind === 'table') look(level + 1, to, at);
    }
  };
  look(0, root, 0);
  if (left < 0) return null;
  return {
    at(level, to) {
      const all = found.get(keyOf(level, to));
      return Array.isArray(all) ? all : [];
    },
  };
}

/** Addresses have 36 bits, levels 2. */
function keyOf(level: number, to: number): number {
  return to * 4 + level;
}

function note(found: Map<number, number | number[]>, key: number, at: number): void {
  const known = found.get(key);
  if (known === undefined) found.set(key, at);
  else if (Array.isArray(known)) known.push(at);
  else found.set(key, [known, at]);
}
