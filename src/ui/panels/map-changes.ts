/** What became of the ribbons since the map was drawn last. Pure. */
import type { LinkRights, MapLink } from '../../api/protocol.ts';

/** Of a ribbon, the part that is new. */
export interface NewPart {
  readonly link: MapLink;
  readonly start: number;
  readonly size: number;
}

export interface Changes {
  readonly fresh: readonly NewPart[];
  /** Bytes that went another way before, or with other rights, and no longer do. */
  readonly gone: number;
}

export const NO_CHANGES: Changes = { fresh: [], gone: 0 };

/** Compares page by page, not ribbon by ribbon: ribbons join and part where their neighbours change. */
export function changesOf(before: readonly MapLink[], now: readonly MapLink[]): Changes {
  const was = byKind(before);
  const is = byKind(now);
  const isWhole = ({ target }: MapLink): boolean => target !== null;
  const fresh = now.filter(isWhole).flatMap((link) => lacking(link, was.get(keyOf(link)) ?? []).map((part) => ({ link, ...part })));
  const gone = before.filter(isWhole).flatMap((link) => lacking(link, is.get(keyOf(link)) ?? []));
  return { fresh, gone: gone.reduce((sum, { size }) => sum + size, 0) };
}

interface Run {
  readonly start: number;
  readonly size: number;
}

/** Ribbons with the same key that touch are one. */
function keyOf({ from, to, start, target, rights }: MapLink): string {
  return `${from} ${to} ${target === null ? '' : target - start} ${rightsKey(rights)}`;
}

function rightsKey(rights: LinkRights): string {
  return Object.values(rights).join(' ');
}

function byKind(links: readonly MapLink[]): ReadonlyMap<string, readonly Run[]> {
  const kinds = new Map<string, Run[]>();
  for (const { start, size, ...rest } of links) {
    const key = keyOf({ ...rest, start, size });
    const runs = kinds.get(key) ?? [];
    runs.push({ start, size });
    kinds.set(key, runs);
  }
  return kinds;
}

/** Parts of `run` that none of `others`, which are ascending, has. */
function lacking({ start, size }: Run, others: readonly Run[]): readonly Run[] {
  const parts: Run[] = [];
  let at = start;
  for (const other of others) {
    if (other.start >= start + size) break;
    if (other.start > at) parts.push({ start: at, size: other.start - at });
    at = Math.max(at, other.start + other.size);
  }
  if (at < start + size) parts.push({ start: at, size: start + size - at });
  return parts;
}
