/** What a lesson is, once its file has been read (read.ts): plain data. How a teacher writes one: lessons/README.md. */
import type { AccessKind, Localised, WalkContext } from '../../api/protocol.ts';
import type { Scene } from '../scenes.ts';
import type { StepSize } from '../steps.ts';
import type { Expression } from './condition.ts';

/** A file larger than this is no lesson. */
export const MOST_CHARACTERS = 200_000;

/** One of several answers to choose from; it is the right one where `when` holds at the checkpoint. */
export interface Choice {
  readonly text: Localised;
  readonly when: Expression;
}

/** Asked before the machine answers. With `number` the machine's answer is its value at the checkpoint. */
export interface Question {
  readonly text: Localised;
  readonly choices: readonly Choice[];
  readonly number: Expression | null;
}

/** Where the machine stops while a step is at work. */
export type StopPlace = { readonly kind: 'code'; readonly where: Expression } | { readonly kind: 'exit'; readonly reason: number };

/** What the lens looks at. */
export interface LessonLens {
  readonly where: Expression;
  readonly access: AccessKind;
  readonly context: WalkContext;
}

/** A key of the page (commands.ts), pressed some times; or with `tick`, the tick to go to. */
export interface KeyPress {
  readonly key: string;
  readonly count: number;
  readonly tick: number | null;
}

export interface LessonStep {
  readonly title: Localised;
  readonly text: Localised;
  /** What the reader is to do. */
  readonly task: Localised;
  readonly question: Question | null;
  /** Done when this holds. */
  readonly check: Expression;
  /** Said then. */
  readonly after: Localised;
  readonly hint: Localised | null;
  /** Null: as the reader has it. */
  readonly scene: Scene | null;
  /** Null: as it is; `follow`: it follows the machine. */
  readonly lens: LessonLens | 'follow' | null;
  readonly granularity: StepSize | null;
  /** The reader steps by `granularity` alone until the checkpoint is reached. */
  readonly isLocked: boolean;
  readonly stops: readonly StopPlace[];
  /** The keys that solve it. */
  readonly keys: readonly KeyPress[];
}

export interface Lesson {
  /** The file's name; stable, it stands in links. */
  readonly id: string;
  readonly title: Localised;
  /** What one will know. */
  readonly goal: Localised;
  /** Of the catalogue. */
  readonly guest: string;
  readonly minutes: number;
  /** The whole file, where it is somebody's own; null: it comes with the page. */
  readonly text: string | null;
  readonly steps: readonly LessonStep[];
}
