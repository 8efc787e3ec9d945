import { assert } from '../base/assert.ts';
import { GlassError } from '../base/errors.ts';
import { type Input, Journal } from './journal.ts';
import { type KeyframeLimits, Keyframes } from './keyframes.ts';
import { misfit, type Snapshot, type SnapshotSource, Snapshots } from './snapshot.ts';

/** A machine whose state at a tick follows from an earlier state and the inputs between: whatever the budgets in which it is run. */
export interface Replayable extends SnapshotSource {
  /** Goes on until `now()` is exactly `untilTick`; time passes for a halted machine too. Returns false where it wants or is able to go no further (a
   *  breakpoint, shut down, halted with nothing to wake it), at any tick up to `untilTick`. In a replay nothing but the state may stop it: breakpoints do not. */
  run(untilTick: number, isReplay: boolean): boolean;
  /** Takes in an input that comes now. */
  applyInput(input: Input): void;
  /** Why an input from an untrusted file can never be this machine's, as a clause; empty where it can. Without it, all can. */
  inputMisfit?(input: Input): string;
  /** Whether it can be taken in now: not, where the machine has come to the tick in another state than the one that the file pretends. Without it, all can. */
  takes?(input: Input): boolean;
  /** Instructions executed since it was made, replays included: never falls, whatever is restored. Without it, ticks count as work; but a halted machine
   *  passes ticks without working. */
  work?(): number;
}

export interface TimelineOptions extends KeyframeLimits {
  /** See `Timeline.spacing`. */
  readonly spacing: number;
  /** Instructions between snapshots nearest to where somebody went back to: the next step back will be near. */
  readonly fineSpacing: number;
  /** Ticks between two yields of a journey, so that whoever drives it can answer. */
  readonly slice: number;
}

const DEFAULTS: TimelineOptions = { spacing: 1_000_000, fineSpacing: 4096, slice: 250_000, count: 160, bytes: 256 * 2 ** 20 };

/** One instant with the history around it: what a file holds (time/file.ts), and all that is needed to go on from there. */
export interface Moment {
  readonly snapshot: Snapshot;
  readonly journal: Journal;
  /** Inputs of the journal that the snapshot contains. */
  readonly applied: number;
  /** Last tick that is known to this history; later than the snapshot's when somebody had gone back. */
  readonly recordedUntil: number;
}

/** Runs the machine to exactly `untilTick` as `Replayable.run` does in a replay, and calls `report` with each tick of the half-open interval from now to
 *  `untilTick` at which the condition held, before the instruction that begins at that tick. Returns as `run` does; it may come back with true sooner, if it has gone
 *  on at all. */
export type WatchedRun = (untilTick: number, report: (tick: number) => void) => boolean;

/** The history of one machine: forwards it records, backwards it restores the nearest snapshot and replays. The machine must be run, and given input, through
 *  its timeline alone. */
export class Timeline {
  readonly journal: Journal;
  /** Instructions between snapshots while running. A step back replays at most these: 1 M is 20 ms at 50 MIPS. May change at any time, with the speed. */
  spacing: number;
  private readonly target: Replayable;
  private readonly options: TimelineOptions;
  private readonly snapshots: Snapshots;
  private readonly frames: Keyframes;
  private applied = 0;
  private end: number;
  /** Added to the machine's count of work: the work from the beginning of the history to the present. */
  private workOffset = 0;
  /** Called when the recorded future after `tick` is given up for another. */
  onFork: (tick: number) => void = () => {};

  /** Begins at the machine's present state; or puts `moment` into it, which must fit: else GlassError `bad-snapshot`, and the machine is as it was. */
  constructor(target: Replayable, options: Partial<TimelineOptions> = {}, moment?: Moment) {
    this.target = target;
    this.options = { ...DEFAULTS, ...options };
    this.spacing = this.options.spacing;
    this.snapshots = new Snapshots(target);
    this.frames = new Keyframes(this.options);
    if (moment) this.enter(moment);
    this.journal = moment?.journal ?? new Journal();
    this.applied = moment?.applied ?? 0;
    this.end = moment?.recordedUntil ?? target.now();
    this.workOffset = -this.machineWork();
    this.settle();
    this.capture();
  }

  get now(): number {
    return this.target.now();
  }

  /** The first tick that can be gone back to. */
  get recordedFrom(): number {
    return this.frames.at(0).snapshot.tick;
  }

  /** The last tick known; after the present where somebody went back. What happens up to it has been seen already. */
  get recordedUntil(): number {
    return this.end;
  }

  /** What has come from outside up to the present. */
  get taken(): readonly Input[] {
    return this.journal.from(0).slice(0, this.applied);
  }

  /** What the past costs now. */
  get cost(): { snapshots: number; bytes: number } {
    return { snapshots: this.frames.length, bytes: this.frames.bytes };
  }

  /** The present, to be saved. */
  moment(): Moment {
    return {
      snapshot: this.snapshots.capture(),
      journal: new Journal(this.journal.from(0)),
      applied: this.applied,
      recordedUntil: this.end,
    };
  }

  /** Runs on until `untilTick`, through a recorded future first where there is one. Returns false where the machine stopped before. */
  run(untilTick: number): boolean {
    while (this.now < untilTick) {
      if (!this.advance(this.nextLimit(untilTick, this.spacing), (until) => this.target.run(until, false))) return false;
      this.captureWhenDue(this.spacing);
    }
    return true;
  }

  /** An input comes now. In the past it begins another history: the recorded future is given up. */
  input(kind: string, payload: Uint8Array): void {
    const { now } = this;
    if (this.applied < this.journal.length || now < this.end) {
      this.journal.cut(this.applied);
      this.frames.cut(this.frames.indexAt(now));
      this.end = now;
      this.onFork(now);
    }
    const input = { tick: now, kind, payload };
    this.target.applyInput(input);
    this.journal.append(input);
    this.applied++;
    this.settle();
  }

  /** Takes a history to come for known: its inputs in their order, up to `until`. Before anything else has happened. Throws GlassError `bad-snapshot` for an input
   *  that can never be this machine's. */
  foresee(inputs: readonly Input[], until: number): void {
    assert(this.journal.length === 0 && this.end === this.now, 'only a machine without a past is told its future');
    const reason = inputs.map((input) => this.target.inputMisfit?.(input) ?? '').find((why) => why !== '');
    if (reason) throw new GlassError('bad-snapshot', `What came from outside does not fit this machine: ${reason}.`, 'Take another copy.');
    for (const input of inputs) this.journal.append(input);
    this.end = Math.max(until, this.now);
    this.settle();
  }

  /** Goes to `tick`, or as near as the recorded history allows. Returns the tick reached. */
  seek(tick: number): number {
    return finish(this.travel(tick));
  }

  /** Goes back by `ticks`. */
  stepBack(ticks = 1): number {
    return this.seek(this.now - ticks);
  }

  /** Goes back to the last tick before the present at which the condition held, and returns it; -1, and everything as before, if it never did. */
  rewindUntil(watchedRun: WatchedRun): number {
    return finish(this.search(watchedRun));
  }

  /** `seek` in slices: yields the ticks left. Left unfinished, the machine stands at an instant of its past as good as any other. */
  *travel(tick: number): Generator<number, number> {
    const goal = Math.max(this.recordedFrom, Math.min(tick, this.end));
    const nearest = this.frames.indexAt(goal);
    if (goal < this.now || this.frames.at(nearest).snapshot.tick > this.now) this.restore(nearest);
    while (this.now < goal) {
      const limit = Math.min(this.nextLimit(goal, this.spacingBefore(goal)), this.now + this.options.slice);
      if (!this.advance(limit, (until) => this.target.run(until, true))) break;
      this.captureWhenDue(this.spacingBefore(goal));
      yield goal - this.now;
    }
    return this.now;
  }

  /** `rewindUntil` in slices: yields the ticks that are still to be searched. Each interval between snapshots is replayed once, the latest first. */
  *search(watchedRun: WatchedRun): Generator<number, number> {
    const origin = this.now;
    let before = origin;
    let found = -1;
    const report = (tick: number): void => {
      found = Math.max(found, tick);
    };
    const run = (until: number): boolean => watchedRun(until, report);
    for (let i = this.frames.indexAt(origin); i >= 0 && found < 0; i--) {
      const { tick } = this.frames.at(i).snapshot;
      this.restore(i);
      while (this.now < before) {
        const limit = Math.min(before, this.journal.tickAt(this.applied), this.now + this.options.slice);
        if (!this.advance(limit, run)) break;
        yield tick - this.recordedFrom + (before - this.now);
      }
      before = tick;
    }
    yield* this.travel(found < 0 ? origin : found);
    return found;
  }

  /** Lives through the ticks from `tick` to the present once more, by `run`, and is where it was: in slices, each of which yields the ticks left. Sent back `true`,
   *  it goes the rest without `run`. To be gone to the end. */
  *relive(tick: number, run: (untilTick: number) => boolean): Generator<number, void, boolean | undefined> {
    const origin = this.now;
    yield* this.travel(tick);
    while (this.now < origin) {
      const limit = Math.min(origin, this.journal.tickAt(this.applied), this.now + this.options.slice);
      if (!this.advance(limit, run)) break;
      if ((yield origin - this.now) === true) break;
    }
    yield* this.travel(origin);
  }

  private enter({ snapshot, journal }: Moment): void {
    const strange = journal.from(0).map((input) => this.target.inputMisfit?.(input) ?? '');
    const reason = misfit(snapshot, this.target) || strange.find((why) => why !== '');
    if (reason)
      throw new GlassError(
        'bad-snapshot',
        `The snapshot does not fit this machine: ${reason}.`,
        'Use the configuration it was saved with.',
      );
    const before = this.snapshots.capture();
    try {
      this.snapshots.restore(snapshot);
      if (this.now === snapshot.tick) return;
      throw new GlassError(
        'bad-snapshot',
        `The snapshot says tick ${snapshot.tick}, its machine says ${this.now}.`,
        'It was not saved by Glassvisor.',
      );
    } catch (error) {
      this.snapshots.restore(before);
      throw error;
    }
  }

  /** One stretch, to `limit` > now, which no input lies before. False where the machine goes no further. */
  private advance(limit: number, run: (until: number) => boolean): boolean {
    const { now } = this;
    const goesOn = run(limit);
    this.settle();
    return goesOn && this.now > now;
  }

  /** On the way to `goal`, snapshots halve what is left of it: further steps back from there will be short. */
  private spacingBefore(goal: number): number {
    const half = Math.ceil((this.workSinceFrame() + goal - this.now) / 2);
    return Math.min(this.spacing, Math.max(this.options.fineSpacing, half));
  }

  /** No input, no snapshot and no end lies between here and the limit. */
  private nextLimit(untilTick: number, spacing: number): number {
    // An instruction takes a tick at least, so as many ticks never are too much work.
    const untilDue = Math.max(1, spacing - this.workSinceFrame());
    return Math.min(untilTick, this.journal.tickAt(this.applied), this.now + untilDue);
  }

  /** Takes in the inputs of the present tick, and remembers how far the history goes. What the machine does not take was never given to it: a file says so, and
   *  the history goes on without, each time alike. */
  private settle(): void {
    while (this.journal.tickAt(this.applied) === this.now) {
      const input = this.journal.at(this.applied++);
      if (this.target.takes?.(input) ?? true) this.target.applyInput(input);
    }
    this.end = Math.max(this.end, this.now);
  }

  private captureWhenDue(spacing: number): void {
    if (this.workSinceFrame() >= spacing) this.capture();
  }

  private capture(): void {
    this.frames.add({ snapshot: this.snapshots.capture(), applied: this.applied, work: this.work() });
  }

  private restore(index: number): void {
    const { snapshot, applied, work } = this.frames.at(index);
    this.snapshots.restore(snapshot);
    this.applied = applied;
    this.workOffset = work - this.machineWork();
    this.settle();
  }

  private workSinceFrame(): number {
    return this.work() - this.frames.at(this.frames.indexAt(this.now)).work;
  }

  private work(): number {
    return this.workOffset + this.machineWork();
  }

  private machineWork(): number {
    return this.target.work?.() ?? this.now;
  }
}

function finish<T>(journey: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = journey.next();
    if (done) return value;
  }
}
