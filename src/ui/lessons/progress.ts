/** How far a reader has come in a lesson: instants of the machine, so that stepping back in time restores the place in the lesson too. Pure. */
import type { Lesson, LessonStep } from './lesson.ts';

/** What the machine said to a question: the number of a choice from 0, or a number; null where it said none of them. */
export type Answer = number | null;

/** One step's. Ticks are null where that has not been. */
export interface StepProgress {
  /** The tick at which the checkpoint was reached. */
  readonly reached: number | null;
  /** The tick at which the reader went on to the next step. */
  readonly left: number | null;
  /** What the reader said: the number of a choice from 0, or a number. */
  readonly answer: number | null;
  readonly verdict: Answer;
}

/** A lesson that is open. */
export interface OpenLesson {
  readonly lesson: Lesson;
  readonly steps: readonly StepProgress[];
  /** Place among the lessons, from 1, and how many there are. */
  readonly place: number;
  readonly of: number;
  /** The step that is shown at the present tick; as many as there are steps: done. */
  readonly shown: number;
  /** Its checkpoint has been reached by the present tick. */
  readonly isReached: boolean;
  /** Another guest is loaded. */
  readonly isAway: boolean;
}

const UNTOUCHED: StepProgress = { reached: null, left: null, answer: null, verdict: null };

/** `lesson` at its beginning. */
export function begin(lesson: Lesson, place: number, of: number): OpenLesson {
  return { lesson, place, of, steps: lesson.steps.map(() => UNTOUCHED), shown: 0, isReached: false, isAway: false };
}

/** The lesson as it stands at `tick`. What was reached beyond `endTick` has not happened any more. */
export function at(open: OpenLesson, tick: number, endTick: number): OpenLesson {
  const steps = open.steps.map((step) => forget(step, endTick));
  const left = steps.findIndex((step) => step.left === null || step.left > tick);
  const shown = left < 0 ? steps.length : left;
  const reached = steps[shown]?.reached ?? null;
  const isReached = reached !== null && reached <= tick;
  const isSame = shown === open.shown && isReached === open.isReached && steps.every((step, i) => step === open.steps[i]);
  return isSame ? open : { ...open, steps, shown, isReached };
}

/** The checkpoint of the step that is shown is reached, now. */
export function reach(open: OpenLesson, tick: number, verdict: Answer): OpenLesson {
  return { ...change(open, { reached: tick, verdict }), isReached: true };
}

/** On to the next step. */
export function leave(open: OpenLesson, tick: number): OpenLesson {
  if (!open.isReached) return open;
  // What was done beyond this instant belongs to another way through the lesson.
  const steps = change(open, { left: tick }).steps.map((step, i) => (i > open.shown ? { ...UNTOUCHED, answer: step.answer } : step));
  return { ...open, steps, shown: open.shown + 1, isReached: false };
}

/** The reader's answer to the question of the step that is shown. */
export function answer(open: OpenLesson, value: number): OpenLesson {
  return change(open, { answer: value });
}

/** The step that is shown; null when all is done. */
export function stepOf(open: OpenLesson): LessonStep | null {
  return open.lesson.steps[open.shown] ?? null;
}

/** The tick at which the step that is shown began. */
export function begunAt(open: OpenLesson): number {
  return open.steps[open.shown - 1]?.left ?? 0;
}

/** Questions answered, and answered as the machine did. */
export function score(open: OpenLesson): { readonly asked: number; readonly right: number } {
  const asked = open.steps.filter((step, i) => open.lesson.steps[i].question && step.answer !== null);
  return { asked: asked.length, right: asked.filter((step) => step.answer === step.verdict).length };
}

function change(open: OpenLesson, change: Partial<StepProgress>): OpenLesson {
  return { ...open, steps: open.steps.map((step, i) => (i === open.shown ? { ...step, ...change } : step)) };
}

function forget(step: StepProgress, endTick: number): StepProgress {
  if (step.reached !== null && step.reached > endTick) return UNTOUCHED;
  return step.left !== null && step.left > endTick ? { ...step, left: null } : step;
}
