/** A machine with its history, and the program it was made for: what a host drives. Synchronous, the same in a worker, on a page and in Node. */
import { BASE, CS, EIP } from '../arch/cpu-state.ts';
import { GlassError } from '../base/errors.ts';
import { Capture } from '../devices/virtio/pcap.ts';
import { MAX_INSN_LENGTH } from '../isa/decode.ts';
import type { HostedMachine } from '../machine/hosted.ts';
import { jsonBytes } from '../machine/json-bytes.ts';
import { Machine } from '../machine/machine.ts';
import type { Met } from '../machine/stops.ts';
import { loadMoment, saveMoment } from '../time/file.ts';
import type { Input } from '../time/journal.ts';
import { type Moment, Timeline } from '../time/timeline.ts';
import type { Catalogue } from './catalogue.ts';
import { parts } from './parts.ts';
import { prepare, type Prepared } from './prepare.ts';
import type { Program } from './programs.ts';
import { checkStops } from './watched.ts';
import type { Breakpoints, Command, Edit, Loaded, LoadRequest, Recipe, Stop, StopReason } from './protocol.ts';
import { type Retraced, writeRecipe } from './recipe.ts';
import { awake, exitsBefore, stopsBefore, walksBefore } from './searches.ts';
import { readProgram, type SavedProgram, saveProgram } from './saved.ts';
import { vmcsRegion } from './vmcs-region.ts';

/** Ticks between two yields of a run: half a millisecond of instructions, a few of exceptions, which are a hundred times slower. */
const STRIDE = 10_000;
const NEVER = -1;
const NO_BYTES = new Uint8Array(0);
const NO_EXIT = (): boolean => false;
const ANY_EXIT = (): boolean => true;

/** A way through time, in slices: yields now and then. Given up in between, the machine stands at an instant as good as any other: `pause` says so. */
export type Journey = Generator<unknown, Stop>;

/** What is remembered of an instant that is past. */
export interface Glimpse {
  /** Bytes of the `cpu` part. */
  readonly cpu: Uint8Array;
  /** The bytes at CS:EIP, null where nothing is mapped. */
  readonly code: readonly (number | null)[];
  /** Words of the TLB. */
  readonly tlb: Int32Array;
  /** The current VMCS region, null where there was none. */
  readonly vmcs: Uint8Array | null;
}

/** How far a run goes at most. */
export interface Distance {
  /** Instructions; time that a halted CPU waits does not count. */
  readonly instructions?: number;
  /** Tick at which it ends. */
  readonly until?: number;
}

/** Goes the whole way at once. */
export function arrive<T>(journey: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = journey.next();
    if (done === true) return value;
  }
}

export class Computer {
  readonly machine: Machine;
  /** The same machine as the host of virtual machines; null where it is none. */
  readonly hosted: HostedMachine | null;
  readonly timeline: Timeline;
  /** What the networks have carried. */
  readonly capture: Capture;
  readonly loaded: Loaded;
  /** Why it stands still. */
  stop: Stop = { reason: 'loaded', exitCode: null };
  /** Called when the recorded future is given up for another: what was written of it is cut off already. */
  onFork: () => void = () => {};
  private readonly prepared: Prepared;
  private stopsAtExit: (reason: number) => boolean = NO_EXIT;
  /** The instant one tick before `tick`; for a step over a wait, that before the wait. */
  private past: { readonly tick: number; readonly glimpse: Glimpse } | null = null;

  /** Makes the machine and loads the image. Throws GlassError `bad-image`, `bad-assembly`, `bad-config`, `no-guest`. */
  static open(request: LoadRequest, catalogue: Catalogue): Computer {
    return new Computer(prepare(request, catalogue));
  }

  /** From a saved moment. Throws GlassError `bad-snapshot`, or what `open` throws if the program of that moment cannot be had. */
  static restore(file: Uint8Array, catalogue: Catalogue): Computer {
    const { config, moment } = loadMoment(file);
    const saved = readProgram(config);
    const prepared = prepare(saved.request, catalogue, saved.machine);
    checkKinds(moment.journal.from(0), prepared);
    return new Computer(prepared, { moment, saved });
  }

  /** At the beginning of the way that `recipe` describes, with the way ahead as a known future. Throws GlassError `bad-recipe`, or as `restore` does. */
  static retrace({ image, machine, inputs, tick }: Retraced, catalogue: Catalogue): Computer {
    const prepared = prepare({ image }, catalogue, machine ?? undefined);
    checkKinds(inputs, prepared);
    const computer = new Computer(prepared);
    computer.timeline.foresee(inputs, tick);
    return computer;
  }

  private constructor(prepared: Prepared, from?: { moment: Moment; saved: SavedProgram }) {
    this.prepared = prepared;
    const { HostedMachine: Hosted } = parts();
    this.hosted = prepared.hosted && new Hosted(prepared.hosted);
    this.machine = this.hosted?.machine ?? new Machine(prepared.config);
    if (!this.hosted) this.machine.load(prepared.image);
    this.capture = new Capture(
      [this.machine.network, this.hosted?.vmm.link].filter((link) => link != null),
      () => this.machine.now(),
    );
    this.timeline = new Timeline(this.machine, {}, from?.moment);
    this.loaded = prepared.loaded;
    // What the loader did is no part of the history.
    this.machine.fine.clear();
    if (from) {
      this.machine.console.recall(from.saved.console);
      this.capture.forget();
      for (const console of this.hosted?.consoles ?? []) console.recall(NO_BYTES);
      this.stop = { reason: 'seek', exitCode: null };
    }
    this.timeline.onFork = (tick) => {
      this.machine.trace.truncate(tick);
      this.machine.fine.truncate(tick);
      this.machine.console.fork();
      this.capture.fork();
      for (const console of this.hosted?.consoles ?? []) console.fork();
      this.onFork();
    };
  }

  /** A new machine with the same program. */
  again(): Computer {
    return new Computer(this.prepared);
  }

  /** What the image was made from; of a host, the one with that number. */
  program(image = 0): Program | null {
    return this.prepared.programs[image] ?? null;
  }

  get tick(): number {
    return this.machine.now();
  }

  /** The whole moment as a file. */
  save(): Uint8Array {
    const { request, config: machine } = this.prepared;
    const config = saveProgram({ request, machine, console: this.machine.console.read().bytes });
    return saveMoment({ config, moment: this.timeline.moment() });
  }

  /** The way to the present moment. */
  recipe(): Recipe {
    const { request, config: machine } = this.prepared;
    return writeRecipe({ image: request.image, machine, inputs: this.timeline.taken, tick: this.tick, hash: this.hash() });
  }

  /** Throws GlassError `bad-breakpoint`. */
  setBreakpoints(breakpoints: Breakpoints): void {
    checkStops(breakpoints);
    const { stops } = this.machine;
    stops.watchMemory(breakpoints.data ?? []);
    stops.watchFields(breakpoints.fields ?? []);
    stops.watchEvents(breakpoints.events ?? []);
    this.machine.setBreakpoints(new Set(breakpoints.code.map((linear) => linear >>> 0)));
    const reasons = new Set(breakpoints.exitReasons);
    this.stopsAtExit = reasons.size === 0 ? NO_EXIT : (reason) => reasons.has(reason);
  }

  // Forwards -----------------------------------------------------------------------------------------------------------------------------
  /** Until something stops it, at most so far. A breakpoint at the first instruction is passed, unless the run goes on where a budget ended. */
  *run({ instructions = Number.POSITIVE_INFINITY, until = Number.POSITIVE_INFINITY }: Distance = {}): Journey {
    this.arm(this.stopsAtExit);
    return yield* this.go(instructions, until);
  }

  /** An instruction (an iteration of a repeated one, an event) at a time; for a halted CPU, the whole wait. Past breakpoints. */
  *step(count = 1): Journey {
    this.disarm();
    for (let left = count; left > 0; left--) {
      const glimpse = left === 1 ? this.glance() : null;
      const isDone = yield* this.stepOnce();
      if (glimpse) this.past = { tick: this.tick, glimpse };
      if (!isDone) return this.standStill(this.reasonOf());
      yield;
    }
    return this.standStill('step');
  }

  /** To the instant behind the next VM exit, or the next instruction for which tables were walked, `count` times. */
  *stepToExit(count = 1, goal: 'exit' | 'walk' = 'exit'): Journey {
    for (let left = count; left > 0; left--) {
      this.arm(goal === 'exit' ? ANY_EXIT : NO_EXIT);
      if (goal === 'walk') this.machine.stops.onWalk = () => true;
      const { reason } = yield* this.go(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
      if (reason !== goal) break;
    }
    return this.stop;
  }

  /** Stands still where a journey was given up: a tick further, so that the instant before is known without a replay. */
  pause(): Stop {
    this.disarm();
    this.machine.passBreakpoint(this.tick);
    const goesOn = this.tickOnce();
    return this.standStill(goesOn ? 'pause' : this.reasonOf());
  }

  /** Bytes for COM1, now; of a host, for that of virtual machine `vm`. In the past, another history begins. Throws GlassError `input-full` or `bad-input`. */
  input(bytes: Uint8Array, vm = 0): void {
    if (this.hosted) this.command({ do: 'type', vm, text: String.fromCharCode(...bytes) });
    else this.takeIn('com1', bytes);
  }

  /** For the hosted hypervisor. Throws GlassError `bad-input` where there is none, or where it does not take it. */
  command(command: Command): void {
    if (!this.hosted)
      throw new GlassError('bad-input', 'This machine has no hosted hypervisor.', 'Load a guest of the level "hypervisor".');
    this.takeIn('vmm', jsonBytes(command));
  }

  /** Changes the machine by hand. Throws GlassError `bad-edit`. */
  edit(edit: Edit): void {
    this.takeIn('edit', jsonBytes(edit));
  }

  private takeIn(kind: string, payload: Uint8Array): void {
    this.machine.checkInput(kind, payload);
    this.remember();
    this.timeline.input(kind, payload);
  }

  // Backwards ----------------------------------------------------------------------------------------------------------------------------
  /** By `count` ticks, and if the CPU is halted there, to the beginning of the wait. */
  *back(count = 1): Journey {
    const stop = yield* this.seek(this.tick - count);
    return this.machine.cpu.isActive || stop.reason === 'start' ? stop : yield* this.seek(yield* this.waitBegan());
  }

  /** To the instant behind the last VM exit before the present one, `count` times; to the beginning where there is none. */
  *backToExit(count = 1, goal: 'exit' | 'walk' = 'exit'): Journey {
    for (let left = count; left > 0; left--) if ((yield* this.last(goal)) < 0) return yield* this.seek(this.timeline.recordedFrom);
    yield* this.come(this.tick);
    return this.standStill(goal);
  }

  /** To the last instant before the present at which a breakpoint would have stopped a run; to the beginning where there is none. */
  *runBack(): Journey {
    const { machine, tick } = this;
    let last: { tick: number; stop: StopReason; met: Met } = { tick: NEVER, stop: 'start', met: {} };
    this.arm(this.stopsAtExit);
    machine.passBreakpoint(NEVER);
    this.remember();
    const found = yield* this.timeline.search(
      stopsBefore(machine, tick, (at, stop) => {
        if (at > last.tick) last = { tick: at, stop, met: machine.stops.about(stop) };
      }),
    );
    if (found < 0) return yield* this.seek(this.timeline.recordedFrom);
    yield* this.come(found);
    return this.standStill(last.stop, last.met);
  }

  /** To `tick`, or as near as the recorded history goes. */
  *seek(tick: number): Journey {
    const { recordedFrom, recordedUntil } = this.timeline;
    yield* this.come(Math.max(recordedFrom, Math.min(tick, recordedUntil)));
    return this.standStill(tick <= recordedFrom ? 'start' : 'seek');
  }

  /** Comes to the present again where it is not known what was one tick ago. To be gone to the end. */
  *rememberInstantBefore(): Journey {
    if (this.instantBefore === null) yield* this.come(this.tick);
    return this.stop;
  }

  /** One tick ago (for a step over a wait, before it), so that a reader is told what the last instruction did, however the present was reached; null at the
   *  beginning, and where it has not been remembered. */
  get instantBefore(): Glimpse | null {
    return this.past?.tick === this.tick ? this.past.glimpse : null;
  }

  hash(): string {
    return this.machine.hash();
  }

  // ----------------------------------------------------------------------------------------------------------------------------------------
  /** What is to come stops at breakpoints and at what is watched, and behind these exits. */
  private arm(atExit: (reason: number) => boolean): void {
    Object.assign(this.machine.stops, { atExit, onWalk: NO_EXIT, atWatched: true });
  }

  /** Nothing but the machine itself stops what is to come; breakpoints are passed one by one. */
  private disarm(): void {
    Object.assign(this.machine.stops, { atExit: NO_EXIT, onWalk: NO_EXIT, atWatched: false });
  }

  private *go(instructions: number, until: number): Journey {
    const { machine } = this;
    const end = machine.work() + instructions;
    // Where somebody stood a breakpoint is passed; where a budget ended, nobody has been told of it yet.
    if (this.stop.reason !== 'budget') machine.passBreakpoint(this.tick);
    // A wait costs nothing: only behind it is it clear whether the last instruction has halted the machine for good.
    while (this.tick < until && (machine.work() < end || !machine.cpu.isActive)) {
      const left = Math.min(end - machine.work(), until - this.tick);
      // The last tick by itself, so that the instant before it is known.
      const goesOn = left === 1 ? this.tickOnce() : this.forward(Math.min(until, this.nextStop(left - 1)));
      if (!goesOn) return this.standStill(this.reasonOf());
      yield;
    }
    return this.standStill('budget');
  }

  private *stepOnce(): Generator<unknown, boolean> {
    const { machine } = this;
    machine.passBreakpoint(this.tick);
    if (machine.cpu.isActive) return this.forward(this.tick + 1);
    while (!machine.cpu.isActive) {
      if (!this.forward(this.nextStop(1))) return false;
      yield;
    }
    return true;
  }

  /** Where to look up next on the way: after a while, or for a halted CPU when something happens. */
  private nextStop(most: number): number {
    const { machine, tick } = this;
    if (machine.cpu.isActive) return tick + Math.min(most, STRIDE);
    // An interrupt that has come already is taken in the next tick.
    const wake = machine.cpu.interrupts.asserted ? tick : machine.nextWake;
    return Number.isFinite(wake) ? Math.max(tick + 1, wake) : tick + 1;
  }

  private forward(until: number): boolean {
    this.remember();
    return this.timeline.run(until);
  }

  private tickOnce(): boolean {
    const { tick } = this;
    const glimpse = this.glance();
    const goesOn = this.forward(tick + 1);
    if (this.tick > tick) this.past = { tick: this.tick, glimpse };
    return goesOn;
  }

  private glance(): Glimpse {
    const { cpu, mmu, tlb } = this.machine;
    const linear = cpu.words[CS + BASE] + cpu.words[EIP];
    const code = mmu.peek(linear | 0, MAX_INSN_LENGTH);
    return { cpu: cpu.bytes.slice(), code, tlb: tlb.words.slice(), vmcs: vmcsRegion(this.machine) };
  }

  /** Goes to `tick` through the instant before, and remembers that. */
  private *come(tick: number): Generator<unknown, void> {
    this.remember(tick - 1);
    yield* this.timeline.travel(tick - 1);
    const glimpse = this.glance();
    const isBeginning = this.tick === tick;
    yield* this.timeline.travel(tick);
    this.past = isBeginning ? null : { tick: this.tick, glimpse };
  }

  /** To the instant behind the last one before the present; -1 where there is none. */
  private *last(goal: 'exit' | 'walk'): Generator<unknown, number> {
    this.remember();
    return yield* this.timeline.search((goal === 'exit' ? exitsBefore : walksBefore)(this.machine, this.tick));
  }

  /** First tick of the wait in which a halted CPU stands. */
  private *waitBegan(): Generator<unknown, number> {
    const { tick } = this;
    const last = yield* this.timeline.search(awake(this.machine));
    return last < 0 ? tick : last + 1;
  }

  /** What happened up to here is in the traces already: a replay must not write it twice, unless on the way to a `goal` of which it is no longer known. */
  private remember(goal = Number.POSITIVE_INFINITY): void {
    for (const trace of [this.machine.trace, this.machine.fine]) trace.remember(this.tick);
    this.machine.fine.revisit(goal);
  }

  private reasonOf(): StopReason {
    return this.machine.stop;
  }

  private standStill(reason: StopReason, met: Met = this.machine.stops.about(reason)): Stop {
    this.stop = { reason, exitCode: reason === 'debug-exit' ? this.machine.exitStatus : null, ...met };
    return this.stop;
  }
}

/** What comes from outside is of a kind that such a machine has. */
function checkKinds(inputs: readonly Input[], { hosted }: Prepared): void {
  const strange = inputs.find(({ kind }) => !(kind === 'com1' || kind === 'edit' || (hosted !== null && kind === 'vmm')));
  if (strange)
    throw new GlassError('bad-snapshot', `The snapshot has an input "${strange.kind}", which its machine has not.`, 'Take another copy.');
}
