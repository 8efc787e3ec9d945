/** A machine with its history, and the program it was made for: what a host drives. Synchronous, the same in a worker, on a page and in Node. */
import { Machine } from '../machine/machine.ts';
import { loadMoment, saveMoment } from '../time/file.ts';
import { type Moment, Timeline } from '../time/timeline.ts';
import type { Catalogue } from './catalogue.ts';
import { prepare, type Prepared, readSaved } from './prepare.ts';
import type { Breakpoints, Loaded, LoadRequest, Stop, StopReason } from './protocol.ts';

/** Ticks between two looks at the clock of whoever drives. */
const STRIDE = 20_000;
/** Device wakes that one step passes over while the CPU stays halted. */
const MOST_WAITS = 10_000;

/** Asked now and then on the way: true ends it there. */
export type Interruption = () => boolean;
const NEVER: Interruption = () => false;

/** A way through history, in slices: yields what is left, in ticks. Given up in between, the computer stands at an instant as good as any other. */
export type Journey = Generator<number, Stop>;

/** Goes the whole way at once. */
export function arrive<T>(journey: Generator<number, T>): T {
  for (;;) {
    const { done, value } = journey.next();
    if (done === true) return value as T;
  }
}

export class Computer {
  readonly machine: Machine;
  readonly timeline: Timeline;
  readonly loaded: Loaded;
  /** Why it stands still. */
  stop: Stop = { reason: 'loaded', exitCode: null };
  private readonly prepared: Prepared;

  /** Makes the machine and loads the image. Throws GlassError `bad-image`, `bad-assembly`, `bad-config`. */
  static open(request: LoadRequest, catalogue: Catalogue): Computer {
    return new Computer(prepare(request, catalogue));
  }

  /** From a saved moment. Throws GlassError `bad-snapshot`; nothing has been made then. */
  static restore(file: Uint8Array, catalogue: Catalogue): Computer {
    const { config, moment } = loadMoment(file);
    const { request, machine } = readSaved(config);
    return new Computer(prepare(request, catalogue, machine), moment);
  }

  private constructor(prepared: Prepared, moment?: Moment) {
    this.prepared = prepared;
    this.machine = new Machine(prepared.config);
    this.machine.load(prepared.image);
    this.timeline = new Timeline(this.machine, {}, moment);
    this.loaded = prepared.loaded;
    if (moment) this.stop = { reason: 'seek', exitCode: null };
    this.timeline.onFork = (tick) => {
      this.machine.trace.truncate(tick);
      this.machine.console.fork();
    };
  }

  /** A new machine with the same program. */
  again(): Computer {
    return new Computer(this.prepared);
  }

  /** Somebody asked to stop here. */
  pause(): Stop {
    return this.standStill('pause');
  }

  /** Instructions executed since the machine was made, replays included. */
  get work(): number {
    return this.machine.work();
  }

  get tick(): number {
    return this.machine.now();
  }

  /** The whole moment as a file. */
  save(): Uint8Array {
    return saveMoment({ config: this.prepared.saved, moment: this.timeline.moment() });
  }

  setBreakpoints({ code, exitReasons }: Breakpoints): void {
    this.machine.breakpoints = new Set(code.map((linear) => linear >>> 0));
    const reasons = new Set(exitReasons);
    this.machine.stopsAtExit = reasons.size === 0 ? () => false : (reason) => reasons.has(reason);
  }

  /** Forwards by at most `ticks`, until something stops it. */
  run(ticks: number, isInterrupted: Interruption = NEVER): Stop {
    const end = this.tick + ticks;
    while (this.tick < end) {
      if (!this.forward(Math.min(end, this.tick + STRIDE))) return this.standStill(this.reasonOf());
      if (isInterrupted()) return this.standStill('pause');
    }
    return this.standStill('budget');
  }

  /** One tick at a time. */
  step(count: number): Stop {
    const { machine } = this;
    const { breakpoints, stopsAtExit } = machine;
    machine.breakpoints = new Set();
    machine.stopsAtExit = () => false;
    try {
      for (let i = 0; i < count; i++) if (!this.stepOnce()) return this.standStill(this.reasonOf());
    } finally {
      machine.breakpoints = breakpoints;
      machine.stopsAtExit = stopsAtExit;
    }
    return this.standStill('step');
  }

  /** To the instant behind the next VM exit. */
  stepToExit(isInterrupted: Interruption = NEVER): Stop {
    const { machine } = this;
    const { stopsAtExit } = machine;
    machine.stopsAtExit = () => true;
    try {
      return this.run(Number.MAX_SAFE_INTEGER - this.tick, isInterrupted);
    } finally {
      machine.stopsAtExit = stopsAtExit;
    }
  }

  *back(count: number): Journey {
    const stop = yield* this.seek(this.tick - count);
    return this.machine.cpu.isActive || this.tick === 0 ? stop : yield* this.seek(yield* this.waitBegan());
  }

  /** To the instant behind the last VM exit before the present one. */
  *backToExit(): Journey {
    const { machine } = this;
    this.rememberTrace();
    const found = yield* this.timeline.search((until, report) => {
      const listener = machine.vmx.onExit;
      // The exit is one tick: the instant behind it is the next.
      machine.vmx.onExit = () => report(machine.now() + 1);
      try {
        return machine.run(until, true);
      } finally {
        machine.vmx.onExit = listener;
      }
    });
    return found < 0 ? yield* this.seek(this.timeline.recordedFrom) : this.standStill('exit');
  }

  /** To `tick`, or as near as the recorded history goes. */
  *seek(tick: number): Journey {
    this.rememberTrace();
    const reached = yield* this.timeline.travel(tick);
    return this.standStill(reached === this.timeline.recordedFrom && tick <= reached ? 'start' : 'seek');
  }

  /** What `look` sees one tick ago, so that a reader is told what the last instruction did, however the present was reached. The present stays. */
  *before<T>(look: (machine: Machine) => T): Generator<number, T> {
    const now = this.tick;
    if (now === this.timeline.recordedFrom) return look(this.machine);
    const { stop } = this;
    this.rememberTrace();
    yield* this.timeline.travel(now - 1);
    const seen = look(this.machine);
    yield* this.timeline.travel(now);
    this.stop = stop;
    return seen;
  }

  /** Bytes for COM1, now. Throws GlassError `input-full`. */
  input(bytes: Uint8Array): void {
    this.machine.checkInput('com1', bytes);
    this.timeline.input('com1', bytes);
  }

  hash(): string {
    return this.machine.hash();
  }

  private forward(until: number): boolean {
    this.rememberTrace();
    return this.timeline.run(until);
  }

  /** What happened up to here is in the trace already: a replay must not write it twice. */
  private rememberTrace(): void {
    this.machine.trace.recordedUntil = Math.max(this.machine.trace.recordedUntil, this.timeline.recordedUntil);
  }

  /** One instant: a tick, or for a halted CPU the whole wait. */
  private stepOnce(): boolean {
    const { machine } = this;
    if (machine.cpu.isActive) return this.forward(this.tick + 1);
    for (let waits = 0; waits < MOST_WAITS && !machine.cpu.isActive; waits++) {
      if (!this.forward(Math.max(this.tick + 1, machine.nextWake))) return false;
    }
    return true;
  }

  /** First tick of the wait in which a halted CPU stands. */
  private *waitBegan(): Generator<number, number> {
    const now = this.tick;
    const awake = yield* this.timeline.search((until, report) =>
      this.machine.runWatched(until, () => {
        report(this.machine.now());
        return null;
      }),
    );
    return awake < 0 ? now : awake + 1;
  }

  private reasonOf(): StopReason {
    const { stop } = this.machine;
    return stop === 'reset' ? 'shutdown' : stop;
  }

  private standStill(reason: StopReason): Stop {
    this.stop = { reason, exitCode: reason === 'debug-exit' ? this.machine.exitStatus : null };
    return this.stop;
  }
}
