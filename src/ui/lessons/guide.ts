/** The engine of lessons: looks at every frame that stands still, and says when a checkpoint is reached. It never stands in the reader's way. */
import type { Frame, Loaded } from '../../api/protocol.ts';
import { commandOf } from '../commands.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { evaluate, holds, placeOf } from './evaluate.ts';
import type { Moment } from './facts.ts';
import type { KeyPress, Lesson, LessonStep, StopPlace } from './lesson.ts';
import { type Answer, answer, at, begin, begunAt, leave, type OpenLesson, reach, type StepProgress, stepOf } from './progress.ts';

const NONE: { readonly code: readonly number[]; readonly reasons: readonly number[] } = { code: [], reasons: [] };

/** One reader's guide through one lesson at a time. */
export class Guide {
  private readonly session: Session;
  private stopListening: (() => void) | null = null;
  private seen: Frame | null = null;
  private known: Loaded | null = null;
  /** The step whose panel, lens and stops are in effect. */
  private entered: LessonStep | null = null;
  private loaded: Loaded | null = null;
  private isShowing = false;
  /** What the lesson itself made the machine stop at. */
  private stops = NONE;

  constructor(session: Session) {
    this.session = session;
  }

  /** Opens `lesson`, number `place` of `of`, from the beginning of its guest. */
  async open(lesson: Lesson, place: number, of: number): Promise<void> {
    await this.close();
    const { session } = this;
    const { store } = session;
    if (store.state.guestId !== lesson.guest) await session.load({ kind: 'guest', id: lesson.guest });
    else if ((store.state.frame?.endTick ?? 0) > 0) await this.still(() => session.reset());
    store.look({ granularity: 'instruction' });
    store.update({ lesson: begin(lesson, place, of) });
    this.listen();
    this.look();
  }

  /** Takes a lesson up again where `steps` left it, at the present tick of its guest; panel, lens and stops stay as they are. */
  async resume(lesson: Lesson, place: number, of: number, steps: readonly StepProgress[]): Promise<void> {
    const { store } = this.session;
    // What an earlier lesson had put there went with its machine.
    if (store.state.loaded !== this.loaded) this.stops = NONE;
    await this.close();
    const { frame, loaded, guestId } = store.state;
    const fresh = begin(lesson, place, of);
    // A lesson that has been changed since has other steps.
    const open = steps.length === fresh.steps.length ? { ...fresh, steps } : fresh;
    const now = frame && guestId === lesson.guest ? at(open, frame.tick, frame.endTick) : open;
    this.entered = stepOf(now);
    this.loaded = loaded;
    this.stops = this.placesOf(this.entered?.stops ?? []);
    store.update({ lesson: now });
    this.listen();
    this.look();
  }

  /** Closes the lesson; the machine stays as it is. */
  async close(): Promise<void> {
    this.stopListening?.();
    this.stopListening = null;
    this.seen = null;
    this.entered = null;
    await this.setStops([]);
    this.session.store.update({ lesson: null });
  }

  /** Loads the lesson's guest again. */
  async comeBack(): Promise<void> {
    const { lesson } = this.session.store.state;
    if (lesson) await this.session.load({ kind: 'guest', id: lesson.lesson.guest });
  }

  /** Takes the reader's answer. */
  say(value: number): void {
    this.change((open) => answer(open, value));
  }

  /** On to the next step, if this one is done. */
  next(): void {
    const { frame } = this.session.store.state;
    this.change((open) => leave(open, frame?.tick ?? 0));
  }

  /** Back to the instant at which the step began. */
  async again(): Promise<void> {
    const { lesson } = this.session.store.state;
    if (lesson) await this.seek(begunAt(lesson));
  }

  /** On to the checkpoint of the step that is shown; from there, to that of the next step. The reader goes on by the same size. */
  async toCheckpoint(): Promise<void> {
    const { store } = this.session;
    const { granularity } = store.state.view;
    // A step may be about checkpoints itself: its own keys run.
    if (this.isShowing) return void (await this.session.run());
    if (store.state.lesson?.isReached) this.next();
    await this.show();
    store.look({ granularity });
  }

  /** Does what the step wants, from where it began. */
  async show(): Promise<void> {
    const open = this.session.store.state.lesson;
    const step = open && stepOf(open);
    if (!step) return;
    await this.again();
    // The keys mean these steps.
    this.session.store.look({ granularity: step.granularity ?? 'instruction' });
    this.isShowing = true;
    try {
      for (const press of step.keys) await this.press(press);
    } finally {
      this.isShowing = false;
    }
  }

  private listen(): void {
    this.stopListening = this.session.store.subscribe(() => this.look());
    this.session.toLessonCheckpoint = () => this.toCheckpoint();
  }

  private async press({ key, count, tick }: KeyPress): Promise<void> {
    if (tick !== null) return this.seek(tick);
    for (let i = 0; i < count; i++) await this.still(async () => commandOf(key)?.run(this.session, key));
  }

  private async seek(tick: number): Promise<void> {
    if (this.session.store.state.frame?.tick !== tick) await this.still(() => this.session.seek(tick));
  }

  /** Does `work` and waits for the frame that it ends with. */
  private async still(work: () => Promise<unknown>): Promise<void> {
    const { store } = this.session;
    const serial = store.state.frame?.serial;
    const arrived = new Promise<void>((resolve) => {
      const stop = store.subscribe(() => {
        const { frame, host } = store.state;
        if (host && (frame?.serial === serial || frame?.running)) return;
        stop();
        resolve();
      });
    });
    await work();
    await arrived;
  }

  private change(how: (open: OpenLesson) => OpenLesson): void {
    const { store } = this.session;
    const open = store.state.lesson;
    if (!open) return;
    this.seen = null;
    store.update({ lesson: how(open) });
  }

  /** After every change of the state: only another frame, or another step, is news. */
  private look(): void {
    const { lesson: open, frame, guestId, loaded } = this.session.store.state;
    if (!open || !frame || frame.running || (frame === this.seen && loaded === this.known)) return;
    this.seen = frame;
    this.known = loaded;
    const isAway = guestId !== open.lesson.guest;
    if (isAway !== open.isAway) return this.session.store.update({ lesson: { ...open, isAway } });
    if (isAway) return;
    const now = at(open, frame.tick, frame.endTick);
    if (now !== open) this.session.store.update({ lesson: now });
    const step = stepOf(now);
    if (loaded !== this.loaded) this.stops = NONE;
    if (step !== this.entered || loaded !== this.loaded) void this.enter(step, loaded);
    if (step && !now.isReached) void this.check(step);
  }

  private async check(step: LessonStep): Promise<void> {
    const { store } = this.session;
    const moment = momentOf(store.state, this.session);
    if (!moment || !(await holds(step.check, moment))) return;
    const verdict = await this.verdict(step, moment);
    const open = store.state.lesson;
    // The machine may have gone on while it was asked.
    if (!open || stepOf(open) !== step || open.isReached || store.state.frame?.serial !== moment.frame.serial) return;
    store.update({ lesson: reach(open, moment.frame.tick, verdict) });
  }

  private async verdict({ question }: LessonStep, moment: Moment): Promise<Answer> {
    if (!question) return null;
    if (question.number) {
      const value = await evaluate(question.number, moment);
      return typeof value === 'number' ? value : null;
    }
    for (const [i, { when }] of question.choices.entries()) if (await holds(when, moment)) return i;
    return null;
  }

  /** Puts panel, lens, granularity and stops as the step wants them. */
  private async enter(step: LessonStep | null, loaded: Loaded | null): Promise<void> {
    this.entered = step;
    this.loaded = loaded;
    const { session } = this;
    if (step?.scene) session.store.look({ scene: step.scene });
    if (step?.granularity) session.store.look({ granularity: step.granularity });
    await this.setStops(step?.stops ?? []);
    if (!step || !loaded) return;
    if (step.lens === 'follow') await session.setPinned(false);
    else if (step.lens) {
      const linear = placeOf(step.lens.where, loaded);
      if (linear !== null) await session.pin({ linear, access: step.lens.access, context: step.lens.context });
    }
  }

  private placesOf(places: readonly StopPlace[]): typeof NONE {
    const { loaded } = this.session.store.state;
    return {
      code: places.flatMap((place) => (place.kind === 'code' && loaded ? (placeOf(place.where, loaded) ?? []) : [])),
      reasons: places.flatMap((place) => (place.kind === 'exit' ? place.reason : [])),
    };
  }

  /** Takes away the lesson's own stops and puts `places` there; the reader's stay. */
  private async setStops(places: readonly StopPlace[]): Promise<void> {
    const { session, stops } = this;
    this.stops = this.placesOf(places);
    const { code: wanted, reasons } = this.stops;
    const isSet = {
      code: (at: number) => session.store.state.view.breakpoints.includes(at),
      reason: (n: number) => session.store.state.view.stopReasons.includes(n),
    };
    for (const at of stops.code) if (isSet.code(at) && !wanted.includes(at)) await session.toggleBreakpoint(at);
    for (const at of wanted) if (!isSet.code(at)) await session.toggleBreakpoint(at);
    for (const n of stops.reasons) if (isSet.reason(n) && !reasons.includes(n)) await session.toggleStopReason(n);
    for (const n of reasons) if (!isSet.reason(n)) await session.toggleStopReason(n);
  }
}

/** The present moment of a session; null without a machine. */
export function momentOf({ frame, history, console, loaded }: State, session: Session): Moment | null {
  return frame && loaded ? { frame, history, console, loaded, ask: (work) => session.ask(work) } : null;
}
