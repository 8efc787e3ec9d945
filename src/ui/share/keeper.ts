/** Keeps the last moment: soon after the machine has come to rest, or a text was changed, and now and then during a run. What was kept before is offered, and never runs by itself. */
import { prose } from '../i18n/typography.ts';
import type { Session } from '../session.ts';
import { lookAgain, retrace } from './moment.ts';
import { type SharedLesson, sharedLesson } from './shared-lesson.ts';
import { sharedView } from './shared-view.ts';
import type { Kept, Shelf } from './shelf.ts';

/** Milliseconds of rest before a moment is worth keeping. */
const REST_MS = 800;
/** Milliseconds between two moments of a run. */
const RUN_MS = 15_000;
/** Nobody is to wait for a way of more ticks: there the file has to do, which has no past. */
const MOST_WAY = 20_000_000;

export class Keeper {
  private readonly session: Session;
  private readonly shelf: Shelf;
  private readonly stopListening: () => void;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** What is kept, or about to be: a frame, texts, a place in a lesson. */
  private seen: readonly unknown[] = [];
  private keptAt = 0;
  /** From the visit before, until it is taken up or forgotten. */
  offer: Kept | null = null;
  /** The latest of this visit. */
  last: Kept | null = null;
  /** Takes up a lesson where it was left; the page knows how. */
  onLesson: (lesson: SharedLesson) => Promise<void> = () => Promise.resolve();

  constructor(session: Session, shelf: Shelf) {
    this.session = session;
    this.shelf = shelf;
    this.stopListening = session.store.subscribe(() => this.notice());
  }

  /** Looks for what the visit before has left. */
  async remember(): Promise<void> {
    this.offer = await this.shelf.read();
    if (this.offer) this.session.store.update({});
  }

  /** Puts the offered moment onto the page. */
  async take(): Promise<void> {
    const { offer } = this;
    this.offer = null;
    if (offer) await this.open(offer);
  }

  async forget(): Promise<void> {
    this.offer = null;
    this.session.store.update({});
    if (this.last === null) await this.shelf.clear();
  }

  /** After a machine was lost: its last moment, in the new one. */
  async recover(): Promise<boolean> {
    if (!this.last) return false;
    await this.open(this.last);
    return this.session.store.state.trouble === null;
  }

  stop(): void {
    this.stopListening();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** By the way that led there, so that it has its past again; where that is too long, or leads elsewhere, from the file. */
  private async open({ file, recipe, guestId, tick, view, lesson }: Kept): Promise<void> {
    const isBack = recipe !== null && tick <= MOST_WAY && (await retrace(this.session, recipe)) === 'there';
    // The file is kept here still: what goes to a worker is a copy.
    if (!isBack) await this.session.adopt(guestId, (host) => host.restore(file));
    if (this.session.store.state.trouble !== null) return;
    await lookAgain(this.session, view);
    if (lesson) await this.onLesson(lesson);
  }

  private notice(): void {
    const { frame, loaded, host, lesson, view, edits } = this.session.store.state;
    if (!frame || !loaded || !host) return;
    const now = [frame.serial, view.drafts, lesson?.steps];
    // The beginning comes by itself.
    const isFresh = frame.tick === 0 && view.drafts.length === 0 && edits.length === 0 && (lesson?.shown ?? 0) === 0;
    if (isFresh || now.every((value, i) => value === this.seen[i])) return;
    if (frame.running && performance.now() - this.keptAt < RUN_MS) return;
    this.seen = now;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), frame.running ? 0 : REST_MS);
  }

  private async keep(): Promise<void> {
    this.timer = null;
    this.keptAt = performance.now();
    const { guests, guestId, loaded, frame, view, lesson } = this.session.store.state;
    const recipe = (await this.session.ask((host) => host.recipe())) ?? null;
    const file = await this.session.ask((host) => host.save());
    if (!file || !loaded || !frame) return;
    const guest = guests.find((g) => g.id === guestId);
    const name = guest ? prose(view.language, guest.title[view.language]) : loaded.name;
    this.last = { file, recipe, guestId, name, tick: frame.tick, view: sharedView(view), lesson: sharedLesson(lesson) };
    await this.shelf.write(this.last);
  }
}
