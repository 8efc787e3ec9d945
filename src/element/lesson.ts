/** Lessons in an embedded machine: loaded when an element names one. */
import { Guide } from '../ui/lessons/guide.ts';
import type { Lesson } from '../ui/lessons/lesson.ts';
import { Lessons } from '../ui/lessons/shelf.ts';
import './late-words.ts';
import type { EmbeddedSession } from './embedded-session.ts';
import { tell } from './tell.ts';

/** A guide whose reader's answers are told before they are taken. */
class TellingGuide extends Guide {
  private readonly element: HTMLElement;
  private readonly embedded: EmbeddedSession;

  constructor(element: HTMLElement, session: EmbeddedSession) {
    super(session);
    this.element = element;
    this.embedded = session;
  }

  override say(value: number): void {
    const { lesson } = this.embedded.store.state;
    const detail = { lesson: lesson?.lesson.id ?? '', step: (lesson?.shown ?? 0) + 1, answer: value };
    if (tell(this.element, 'gv-answer', detail, true)) super.say(value);
  }
}

/** The lessons of one element. */
export class EmbeddedLessons extends Lessons {
  private readonly embedded: EmbeddedSession;

  constructor(element: HTMLElement, session: EmbeddedSession) {
    super(session, new TellingGuide(element, session));
    this.embedded = session;
  }

  /** Beside an element there is no page to be kept as a file. */
  override get canKeep(): boolean {
    return false;
  }

  /** The lesson `id`. Throws a sentence where there is none. */
  named(id: string): Lesson {
    const lesson = this.all.find((other) => other.id === id);
    if (!lesson) throw new Error(`There is no lesson "${id}". There are: ${this.all.map((other) => other.id).join(', ')}.`);
    return lesson;
  }

  /** Opens it at its step `step`, from 1: those before are done as the lesson itself would do them. */
  async begin(id: string, step: number): Promise<void> {
    const lesson = this.named(id);
    await this.guide.open(lesson, this.all.indexOf(lesson) + 1, this.all.length);
    const { store } = this.embedded;
    for (let done = 1; done < Math.min(step, lesson.steps.length); done++) {
      await this.guide.show();
      await store.until((state) => state.lesson?.isReached === true, PATIENCE_MS);
      this.guide.next();
    }
  }
}

/** A checkpoint that its own keys do not reach is not waited for longer than this. */
const PATIENCE_MS = 5000;
