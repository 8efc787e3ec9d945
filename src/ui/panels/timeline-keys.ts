/** What the keys of the timeline do. */
import { clampSpan, type Range } from '../widgets/scale.ts';

/** Where one stands, and what there is to go to. */
export interface Standing {
  readonly tick: number;
  /** Of what is recorded. */
  readonly end: number;
  /** Ticks that the rows show. */
  readonly span: number;
  readonly bookmarks: readonly number[];
  /** A stretch is measured. */
  readonly isPicked: boolean;
}

/** `seek`: goes to the tick. `pick`: goes there, and measures from where the stretch was begun. `unmark`: takes the bookmark away. `clear`: measures no more. */
export interface Action {
  readonly does: 'seek' | 'pick' | 'unmark' | 'clear';
  readonly at: number;
}

type Press = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey'>;

/** Null: the key is not the timeline's. */
export function actionFor({ key, shiftKey, altKey }: Press, standing: Standing): Action | null {
  const { tick, bookmarks, isPicked } = standing;
  if (key === 'Escape') return isPicked ? { does: 'clear', at: tick } : null;
  if (key === 'Delete') return bookmarks.includes(tick) ? { does: 'unmark', at: tick } : null;
  const at = altKey ? bookmarkFrom(key, standing) : goalOf(key, standing);
  return at === undefined ? null : { does: shiftKey ? 'pick' : 'seek', at };
}

function goalOf(key: string, { tick, end, span }: Standing): number | undefined {
  const page = clampSpan(span / 4);
  const goals: Readonly<Record<string, number>> = { PageUp: tick + page, PageDown: tick - page, Home: 0, End: end };
  const goal = goals[key];
  return goal === undefined ? undefined : Math.max(0, Math.min(end, goal));
}

/** The nearest bookmark forwards (Page Up) or backwards. */
function bookmarkFrom(key: string, { tick, bookmarks }: Standing): number | undefined {
  const sorted = bookmarks.toSorted((a, b) => a - b);
  if (key === 'PageUp') return sorted.find((at) => at > tick);
  return key === 'PageDown' ? sorted.findLast((at) => at < tick) : undefined;
}

/** A stretch as a range, whichever way it was drawn. */
export function rangeOf({ anchor, at }: { readonly anchor: number; readonly at: number }): Range {
  return { from: Math.min(anchor, at), to: Math.max(anchor, at) };
}
