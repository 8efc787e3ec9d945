/** Marks on a track of the timeline: what happened near one another, drawn as one where there is no room for each. */
import type { Equipment, Language } from '../../api/protocol.ts';
import type { History } from '../history.ts';
import type { MessageKey } from '../i18n/en.ts';
import type { Pins } from '../widgets/pins.ts';
import type { Range } from '../widgets/scale.ts';
import type { Sentence } from '../widgets/sentence.ts';

/** How a mark looks. `bar`: an instant. `block`: so much of something; `refused`: and it came to nothing. `dot`: gained. `cross`: lost. `double`: a break in what came before. */
export type Glyph = 'bar' | 'block' | 'refused' | 'dot' | 'cross' | 'double';

/** What tracks are made from. */
export interface Source {
  readonly history: History;
  readonly range: Range;
  readonly pins: Pins;
  readonly has: readonly Equipment[];
  readonly language: Language;
}

/** One thing that happened, for a title and for the table. */
export interface Told {
  readonly at: number;
  readonly what: Sentence;
  readonly detail: Sentence | null;
}

/** One or more things that stand at one place. */
export interface Mark {
  /** Of the first, and of the last. */
  readonly at: number;
  readonly last: number;
  readonly glyph: Glyph;
  /** Beside it, where there is room. */
  readonly label: string;
  /** Of a block's height, up to 1. */
  readonly share: number;
}

/** A row of the timeline. */
export interface Track {
  readonly id: string;
  readonly title: MessageKey;
  /** What is on it. */
  readonly legend: MessageKey;
  /** All of it is frequent, and so not kept for ever. */
  readonly isFine: boolean;
  /** `absent`: there is nothing that it could show, and it has no row. */
  presence(source: Source): 'full' | 'empty' | 'absent';
  /** What the range shows, no two marks nearer than can be told apart. `x` gives the place of a tick. */
  marks(source: Source, x: (tick: number) => number): readonly Mark[];
  /** Everything in the source's range, in order. */
  tell(source: Source): readonly Told[];
}

interface Dated {
  readonly at: number;
}

/** What one kind of thing looks like and says. */
export interface Drawing<T extends Dated> extends Pick<Track, 'id' | 'title' | 'legend'> {
  readonly isFine?: boolean;
  /** Room that a mark takes, in units of the drawing. */
  readonly gap?: number;
  readonly presence: Track['presence'];
  /** In the source's range, in order. */
  readonly items: (source: Source) => readonly T[];
  /** One mark for these, of which there is at least one. */
  readonly mark: (items: readonly T[], source: Source) => Pick<Mark, 'glyph' | 'label'> & Partial<Pick<Mark, 'share'>>;
  readonly tell: (item: T, source: Source) => Pick<Told, 'what' | 'detail'>;
}

/** Between two marks at least. */
const NEAR = 2;

/** Makes a track of a drawing. */
export function track<T extends Dated>({ items, mark, tell, gap = NEAR, isFine = false, ...rest }: Drawing<T>): Track {
  return {
    ...rest,
    isFine,
    marks: (source, x) =>
      clusters(items(source), (item) => x(item.at), gap).map((cluster) => ({
        ...{ at: cluster[0].at, last: cluster[cluster.length - 1].at, share: 1 },
        ...mark(cluster, source),
      })),
    tell: (source) => items(source).map((item) => ({ at: item.at, ...tell(item, source) })),
  };
}

/** Items in order, in groups: the first of a group stands at least `gap` behind the first of the group before. */
export function clusters<T>(items: readonly T[], place: (item: T) => number, gap: number): (readonly T[])[] {
  const found: (readonly T[])[] = [];
  let start = 0;
  for (let i = 1; i <= items.length; i++) {
    if (i < items.length && place(items[i]) - place(items[start]) < gap) continue;
    found.push(items.slice(start, i));
    start = i;
  }
  return found;
}

/** Lists that are in order as one that is. */
export function merged<T extends Dated>(...lists: readonly (readonly T[])[]): readonly T[] {
  const full = lists.filter((list) => list.length > 0);
  return full.length < 2 ? (full[0] ?? []) : full.flat().sort((a, b) => a.at - b.at);
}

/** A track that has a row. */
export interface ShownTrack {
  readonly track: Track;
  /** Nothing has happened there. */
  readonly isEmpty: boolean;
}

/** The rows to draw, in their order: what the reader has not put away; of those in which nothing has happened only as many as there is room for. */
export function rowsFor(tracks: readonly Track[], source: Source, room: number, hidden: readonly string[]): readonly ShownTrack[] {
  const there = tracks
    .filter(({ id }) => !hidden.includes(id))
    .map((track) => ({ track, presence: track.presence(source) }))
    .filter(({ presence }) => presence !== 'absent')
    .map(({ track, presence }) => ({ track, isEmpty: presence === 'empty' }));
  let spare = room - there.filter(({ isEmpty }) => !isEmpty).length;
  return there.filter(({ isEmpty }) => !isEmpty || spare-- > 0);
}
