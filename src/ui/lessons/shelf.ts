/** The lessons that come with the page, and their way onto it. This file and what it brings are loaded when somebody wants a lesson. */
import { LESSONS } from '../../../lessons/index.ts';
import type { Session } from '../session.ts';
import { saveFile } from '../app/files.ts';
import { translate } from '../i18n/messages.ts';
import { lessonFile, lessonOfPage } from './export.ts';
import { Guide } from './guide.ts';
import type { Lesson } from './lesson.ts';
import './panel.ts';
import type { Shelf } from './panel.ts';
import { readLesson } from './read.ts';

/** All lessons, over one session. */
export class Lessons implements Shelf {
  readonly guide: Guide;
  /** In teaching order; what is broken is left out, a test sees to it that nothing is. */
  readonly all: readonly Lesson[] = LESSONS.flatMap(({ id, text }) => readLesson(id, text).lesson ?? []);
  private readonly session: Session;

  constructor(session: Session, guide: Guide = new Guide(session)) {
    this.session = session;
    this.guide = guide;
  }

  /** An export cannot be exported again: it has nothing to fetch. */
  get canKeep(): boolean {
    return lessonOfPage() === '' && location.protocol !== 'file:';
  }

  titleOf(place: number): Lesson['title'] | null {
    return this.all[place - 1]?.title ?? null;
  }

  /** Gives the lesson that is open to the reader as one HTML file. */
  async keep(): Promise<void> {
    const { store } = this.session;
    const id = store.state.lesson?.lesson.id ?? '';
    const bytes = await lessonFile(id);
    if (bytes) saveFile(`glassvisor-${id}.html`, bytes);
    else store.update({ trouble: { message: translate(store.state.view.language, 'lesson.noExport'), hint: '', isOurs: true } });
  }

  /** Opens the lesson at `place`, from 1. */
  open(place: number): void {
    const lesson = this.all[place - 1];
    if (lesson) void this.guide.open(lesson, place, this.all.length);
  }

  /** The guest of the lesson `id`; null where there is no such lesson. */
  guestOf(id: string): string | null {
    return this.all.find((lesson) => lesson.id === id)?.guest ?? null;
  }

  /** Opens the lesson that a link names; one that is not there is told of. */
  openNamed(id: string): void {
    const place = this.all.findIndex((lesson) => lesson.id === id) + 1;
    if (place > 0) return this.open(place);
    const { store } = this.session;
    store.update({ trouble: { message: translate(store.state.view.language, 'lesson.unknown', { id }), hint: '', isOurs: true } });
  }
}
