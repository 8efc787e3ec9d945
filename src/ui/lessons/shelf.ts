/** The lessons that come with the page, and their way onto it. This file and what it brings are loaded when somebody wants a lesson. */
import { LESSONS } from '../../../lessons/index.ts';
import type { Session } from '../session.ts';
import type { SharedLesson } from '../share/shared-lesson.ts';
import { saveFile } from '../app/files.ts';
import { fileOfPage, lessonFile, lessonOfPage } from './export.ts';
import { Guide } from './guide.ts';
import type { Lesson } from './lesson.ts';
import './panel.ts';
import type { Shelf } from './panel.ts';
import { showProblems } from './problems-dialog.ts';
import { type Reading, readLesson } from './read.ts';

/** All lessons, over one session. */
export class Lessons implements Shelf {
  readonly guide: Guide;
  /** In teaching order, and behind them what the reader has opened as a file; what is broken is left out, a test sees to it that nothing is. */
  all: readonly Lesson[] = LESSONS.flatMap(({ id, text }) => readLesson(id, text).lesson ?? []);
  private readonly session: Session;

  constructor(session: Session, guide: Guide = new Guide(session)) {
    this.session = session;
    this.guide = guide;
    const file = fileOfPage();
    const own = file === '' ? null : this.read(lessonOfPage(), file).lesson;
    if (own) this.put(own);
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
    const { id = '', text = null } = this.session.store.state.lesson?.lesson ?? {};
    const bytes = await lessonFile(id, text);
    if (bytes) saveFile(`glassvisor-${id}.html`, bytes);
    else this.session.say('lesson.noExport');
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

  /** Opens somebody's own lesson, or shows what is wrong in its file. */
  openFile(name: string, text: string): void {
    const id = idOf(name);
    const { lesson, problems } = this.read(id, text);
    if (lesson) this.open(this.put(lesson));
    else showProblems(this.session, name, problems);
  }

  /** Takes up a lesson where it was left. */
  async takeUp({ id, text, steps }: SharedLesson): Promise<void> {
    const own = text === null ? null : this.read(id, text).lesson;
    const place = own ? this.put(own) : this.all.findIndex((lesson) => lesson.id === id) + 1;
    if (place > 0) await this.guide.resume(this.all[place - 1], place, this.all.length, steps);
    else this.refuse(id);
  }

  private read(id: string, text: string): Reading {
    const { lesson, problems } = readLesson(id, text, this.session.store.state.guests);
    return { lesson: lesson && { ...lesson, text }, problems };
  }

  /** Gives a lesson a place: that of the one of its name, or behind all others. */
  private put(lesson: Lesson): number {
    const at = this.all.findIndex(({ id }) => id === lesson.id);
    this.all = at < 0 ? [...this.all, lesson] : this.all.with(at, lesson);
    return at < 0 ? this.all.length : at + 1;
  }

  /** Opens the lesson that a link names; one that is not there is told of. */
  openNamed(id: string): void {
    const place = this.all.findIndex((lesson) => lesson.id === id) + 1;
    if (place > 0) this.open(place);
    else this.refuse(id);
  }

  private refuse(id: string): void {
    this.session.say('lesson.unknown', { id });
  }
}

/** A name for links, of the name of a file. */
function idOf(name: string): string {
  return (
    name
      .replace(/\.lesson$/i, '')
      .replace(/[^\w-]+/g, '-')
      .slice(0, 80) || 'lesson'
  );
}
