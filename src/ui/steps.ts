/** Steps of every size, forwards and backwards alike. A memory reference is one in the picture of the walk: no machine time passes. */
import type { WalkExplanation } from '../api/protocol.ts';
import type { Session } from './session.ts';
import type { State } from './store.ts';

/** From fine to coarse. */
export const STEP_SIZES = ['reference', 'walk', 'instruction', 'exit', 'checkpoint'] as const;
export type StepSize = (typeof STEP_SIZES)[number];

/** The one size by which the step of the lesson that is open lets the reader go; null: any. */
export function lockedSize({ lesson }: Pick<State, 'lesson'>): StepSize | null {
  const step = lesson && !lesson.isAway && !lesson.isReached ? lesson.lesson.steps[lesson.shown] : undefined;
  return step?.isLocked ? step.granularity : null;
}

/** One step of this size. */
export function step(session: Session, size: StepSize, direction: 1 | -1): Promise<unknown> {
  if (size === 'reference') return stepReference(session, direction);
  if (size === 'checkpoint') return toCheckpoint(session, direction);
  return session.try((host) => (direction > 0 ? host.step(1, size) : host.back(1, size)));
}

/** The reference after `at` (null: the whole walk is shown) in this direction; null where the walk has none there and an instruction must be made or unmade. */
export function nextReference(walk: WalkExplanation | null, at: number | null, direction: 1 | -1): number | null {
  const total = walk?.references.length ?? 0;
  if (direction > 0) return (at ?? 0) < total ? (at ?? 0) + 1 : null;
  return at !== null && at > 1 ? at - 1 : null;
}

/** Where one stands in the walk of an instant that one has come to by an instruction: forwards at the first of a new walk, else at the end. */
export function firstReference(walk: WalkExplanation | null, isNew: boolean, direction: 1 | -1): number | null {
  const total = walk?.references.length ?? 0;
  return total === 0 ? null : direction > 0 && isNew ? 1 : total;
}

function stepReference(session: Session, direction: 1 | -1): Promise<unknown> {
  const { walk, reference } = session.store.state;
  const next = nextReference(walk, reference, direction);
  if (next === null) return session.stepInto(direction);
  session.store.update({ reference: next });
  return Promise.resolve();
}

/** Bookmarks, and the instants at which steps of the open lesson were reached: sorted. */
export function checkpoints({ view, lesson }: Pick<State, 'view' | 'lesson'>): readonly number[] {
  const reached = lesson?.steps.flatMap(({ reached: at }) => (at === null ? [] : [at])) ?? [];
  return [...new Set([...view.bookmarks, ...reached])].sort((a, b) => a - b);
}

/** To the nearest checkpoint; forwards beyond the last, on to what the lesson's next step wants, or the end of what is recorded; backwards beyond the first, to the
 *  beginning. */
function toCheckpoint(session: Session, direction: 1 | -1): Promise<unknown> {
  const { state } = session.store;
  const tick = state.frame?.tick ?? 0;
  const all = checkpoints(state);
  if (direction < 0) return session.seek(all.findLast((at) => at < tick) ?? state.begin);
  const next = all.find((at) => at > tick);
  if (next !== undefined) return session.seek(next);
  return state.lesson && !state.lesson.isAway && state.lesson.shown < state.lesson.steps.length
    ? session.toLessonCheckpoint()
    : session.seek(state.frame?.endTick ?? tick);
}

/** Sets a bookmark at the present, or takes it away. */
export function toggleBookmark(session: Session): void {
  setBookmark(session, session.store.state.frame?.tick ?? 0);
}

/** The same at any tick. */
export function setBookmark({ store }: Session, tick: number): void {
  const { view } = store.state;
  const bookmarks = view.bookmarks.includes(tick) ? view.bookmarks.filter((at) => at !== tick) : [...view.bookmarks, tick];
  store.look({ bookmarks });
}
