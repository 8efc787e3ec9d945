/** Which lesson was open at a moment, and how far the reader had come. */
import { MOST_CHARACTERS } from '../lessons/lesson.ts';
import type { OpenLesson, StepProgress } from '../lessons/progress.ts';
import { good, list, record } from './bad-link.ts';

export interface SharedLesson {
  readonly id: string;
  /** Of a lesson that does not come with the page: its whole file. */
  readonly text: string | null;
  readonly steps: readonly StepProgress[];
}

const MOST_STEPS = 200;
const ID = /^[\w-]{1,80}$/;

/** Of the lesson that is open; null where none is. */
export function sharedLesson(open: OpenLesson | null): SharedLesson | null {
  return open && { id: open.lesson.id, text: open.lesson.text, steps: open.steps };
}

/** Reads any value. Throws BadLink. */
export function sharedLessonOf(value: unknown): SharedLesson | null {
  if (value === null || value === undefined) return null;
  const { id, text, steps } = record(value);
  return {
    id: good(id, (name): name is string => typeof name === 'string' && ID.test(name)),
    text: text === null ? null : good(text, (file): file is string => typeof file === 'string' && file.length <= MOST_CHARACTERS),
    steps: list(steps, MOST_STEPS, progressOf),
  };
}

function progressOf(value: unknown): StepProgress {
  const { reached, left, answer, verdict } = record(value);
  return { reached: tickOf(reached), left: tickOf(left), answer: numberOf(answer), verdict: numberOf(verdict) };
}

function tickOf(value: unknown): number | null {
  return value === null ? null : good(value, (tick): tick is number => Number.isSafeInteger(tick) && (tick as number) >= 0);
}

function numberOf(value: unknown): number | null {
  return value === null ? null : good(value, (number): number is number => Number.isFinite(number));
}
