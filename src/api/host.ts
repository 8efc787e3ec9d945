/** The machine as a page or a command drives it: one command at a time, time in short slices so that a pause is heard, one frame at a time. */
import { Computer, type Journey } from './computer.ts';
import { type Catalogue, EMPTY_CATALOGUE, summaryOf } from './catalogue.ts';
import { CodeWindows } from './code-window.ts';
import { codeHere, codeThere, contextOf, eflagsIn, isUserIn, vmcsRegion } from './frame.ts';
import type * as api from './protocol.ts';
import { GlassError } from '../base/errors.ts';
import { tlbEntries } from '../memory/tlb-view.ts';

/** Milliseconds of one slice, and between two frames of a run. */
const SLICE_MS = 8;
const FRAME_MS = 16;
const SLOWEST_MS = 1000;
const STEP_LIMIT = 1_000_000;
const MEMORY_LIMIT = 1 << 16;
/** Instructions per second that a reader can follow: up to here each frame is as full as that of a step. */
const READABLE_SPEED = 30;

/** What is remembered of the instant before the present. */
interface Before {
  readonly cpu: Uint8Array;
  readonly last: api.LastInstruction | null;
}

export class Host implements api.MachineHost {
  private readonly catalogue: Catalogue;
  private readonly now: () => number;
  private computer: Computer | null = null;
  private windows: [here: CodeWindows, there: CodeWindows] | null = null;
  private listener: (frame: api.Frame) => void = () => {};
  /** The command under way; the next waits for it. */
  private tail: Promise<unknown> = Promise.resolve();
  private isRunning = false;
  private isPauseAsked = false;
  private speed = 0;
  /** The run under way goes so slowly that its frames can be read. */
  private isSlow = false;
  private measured = 0;
  private serial = 0;
  /** What the listener has seen: console bytes and trace records. */
  private sentConsole = 0;
  private sentRecords = 0;
  private before: Before = { cpu: new Uint8Array(0), last: null };
  private breakpoints: api.Breakpoints = { code: [], exitReasons: [] };

  constructor(catalogue: Catalogue = EMPTY_CATALOGUE, now: () => number = () => performance.now()) {
    this.catalogue = catalogue;
    this.now = now;
  }

  async guests(): Promise<readonly api.GuestSummary[]> {
    return this.catalogue.guests.map(summaryOf);
  }

  load(request: api.LoadRequest): Promise<api.Loaded> {
    return this.command(async () => this.adopt(Computer.open(request, this.catalogue)));
  }

  restore(bytes: Uint8Array): Promise<api.Loaded> {
    return this.command(async () => this.adopt(Computer.restore(bytes, this.catalogue)));
  }

  reset(): Promise<void> {
    return this.command(async () => {
      this.adopt(this.need().again());
    });
  }

  run(instructionsPerSecond = 0): Promise<api.Stop> {
    this.speed = Math.max(0, instructionsPerSecond);
    if (this.isRunning) return this.tail as Promise<api.Stop>;
    return this.command(() => this.go((computer, until) => this.runSlice(computer, until)));
  }

  async pause(): Promise<api.Stop> {
    this.isPauseAsked = true;
    await this.tail.catch(() => {});
    this.isPauseAsked = false;
    return this.need().stop;
  }

  step(count = 1, granularity: api.Granularity = 'instruction'): Promise<api.Stop> {
    return this.command(async () => {
      const computer = this.need();
      if (granularity === 'instruction') {
        // Seen on the way, the instant before need not be replayed.
        const before = count === 1 ? this.look(computer) : null;
        const { tick } = computer;
        computer.step(Math.min(count, STEP_LIMIT));
        return this.arrived(computer, computer.tick > tick ? before : null);
      }
      let left = count;
      return this.go((_, until) => {
        const stop = computer.stepToExit(() => this.now() > until);
        return stop.reason === 'pause' || (stop.reason === 'exit' && --left > 0) ? null : stop;
      });
    });
  }

  back(count = 1, granularity: api.Granularity = 'instruction'): Promise<api.Stop> {
    return this.command(async () => {
      const computer = this.need();
      if (granularity === 'instruction') return this.travel(computer, computer.back(count));
      for (let i = 1; i < count; i++) await this.drive(computer.backToExit());
      return this.travel(computer, computer.backToExit());
    });
  }

  seek(tick: number): Promise<api.Stop> {
    return this.command(async () => {
      const computer = this.need();
      if (!Number.isSafeInteger(tick) || tick < 0) throw new GlassError('bad-tick', `${tick} is no tick.`, 'Give a whole number.');
      return this.travel(computer, computer.seek(tick));
    });
  }

  async setBreakpoints(breakpoints: api.Breakpoints): Promise<void> {
    this.breakpoints = breakpoints;
    this.computer?.setBreakpoints(breakpoints);
  }

  input(text: string): Promise<void> {
    // While running it comes between two slices: the present tick is as good as any.
    const computer = this.need();
    computer.input(new TextEncoder().encode(text));
    if (!this.isRunning) this.send(computer);
    return Promise.resolve();
  }

  async walk(linear: number, access: api.AccessKind, context: api.WalkContext, isUser?: boolean): Promise<api.WalkExplanation> {
    const { machine } = this.need();
    return machine.mmu.explainFor(contextOf(machine, context), { linear, access, isUser: isUser ?? isUserIn(machine, context) });
  }

  async mappings(context: api.WalkContext): Promise<readonly api.MappingRange[]> {
    const { machine } = this.need();
    return machine.mmu.mappings(contextOf(machine, context));
  }

  async tlb(): Promise<readonly api.TlbEntryView[]> {
    const { tlb } = this.need().machine;
    return tlbEntries(tlb.words, tlb.sets, tlb.ways);
  }

  async memory(linear: number, length: number, context: api.WalkContext): Promise<readonly (number | null)[]> {
    const { machine } = this.need();
    return machine.mmu.peek(linear, Math.min(length, MEMORY_LIMIT), contextOf(machine, context));
  }

  async save(): Promise<Uint8Array> {
    return this.need().save();
  }

  async hash(): Promise<string> {
    return this.need().hash();
  }

  async subscribe(listener: (frame: api.Frame) => void): Promise<void> {
    this.listener = listener;
    this.sentConsole = 0;
    this.sentRecords = 0;
    if (this.computer) this.send(this.computer);
  }

  // Commands -----------------------------------------------------------------------------------------------------------------------------
  /** Ends what is under way, then does `work`. */
  private command<T>(work: () => Promise<T>): Promise<T> {
    this.isPauseAsked = true;
    const turn = this.tail
      .catch(() => {})
      .then(() => {
        this.isPauseAsked = false;
        return work();
      });
    this.tail = turn;
    return turn;
  }

  private adopt(computer: Computer): api.Loaded {
    this.computer = computer;
    this.windows = [new CodeWindows(computer.loaded), new CodeWindows(computer.loaded)];
    computer.setBreakpoints(this.breakpoints);
    this.sentConsole = 0;
    this.sentRecords = 0;
    this.before = { cpu: computer.machine.cpu.bytes.slice(), last: null };
    this.send(computer);
    return computer.loaded;
  }

  private need(): Computer {
    if (this.computer) return this.computer;
    throw new GlassError('no-machine', 'No machine is loaded.', 'Choose a guest or open a file first.');
  }

  /** Calls `slice` until it gives a stop or somebody asks for a pause, with frames in between. */
  private async go(slice: (computer: Computer, until: number) => api.Stop | null): Promise<api.Stop> {
    const computer = this.need();
    this.isRunning = true;
    let frameAt = this.now();
    let [countedAt, counted] = [frameAt, computer.work];
    let stop: api.Stop | null = null;
    try {
      while (stop === null && !this.isPauseAsked) {
        const start = this.now();
        stop = slice(computer, start + SLICE_MS);
        const end = this.now();
        if (end - countedAt > 250) {
          this.measured = ((computer.work - counted) * 1000) / (end - countedAt);
          [countedAt, counted] = [end, computer.work];
        }
        if (stop === null && end - frameAt >= FRAME_MS) {
          this.send(computer);
          frameAt = end;
        }
        if (stop === null) await breathe(this.pauseBetween(end - start));
      }
    } finally {
      this.isRunning = false;
      this.isSlow = false;
      this.measured = 0;
    }
    if (stop === null) computer.pause();
    return this.arrived(computer);
  }

  private runSlice(computer: Computer, until: number): api.Stop | null {
    this.isSlow = this.speed > 0 && this.speed <= READABLE_SPEED;
    if (this.isSlow) this.before = this.look(computer);
    const perSlice = this.speed === 0 ? Number.MAX_SAFE_INTEGER - computer.tick : Math.max(1, Math.round((this.speed * FRAME_MS) / 1000));
    const stop = computer.run(perSlice, () => this.now() > until);
    return stop.reason === 'pause' || stop.reason === 'budget' ? null : stop;
  }

  /** Milliseconds to rest so that the speed asked for comes out. */
  private pauseBetween(workedMs: number): number {
    if (this.speed === 0) return 0;
    return Math.max(0, Math.min(SLOWEST_MS, Math.max(FRAME_MS, 1000 / this.speed)) - workedMs);
  }

  private async travel(computer: Computer, journey: Journey): Promise<api.Stop> {
    await this.drive(journey);
    return this.arrived(computer);
  }

  /** Goes a way through history in slices; a pause ends it where it is. */
  private async drive<T>(journey: Generator<number, T>): Promise<T | null> {
    let until = this.now() + SLICE_MS;
    for (let next = journey.next(); ; next = journey.next()) {
      if (next.done === true) return next.value;
      if (this.now() < until) continue;
      if (this.isPauseAsked) return null;
      await breathe(0);
      until = this.now() + SLICE_MS;
    }
  }

  private async arrived(computer: Computer, before: Before | null = null): Promise<api.Stop> {
    this.before = before ?? (await this.drive(computer.before(() => this.look(computer)))) ?? this.before;
    if (computer.tick === computer.timeline.recordedFrom) this.before = { ...this.before, last: null };
    this.send(computer);
    return computer.stop;
  }

  /** The present, as it will be told of when it is past. */
  private look({ machine }: Computer): Before {
    return { cpu: machine.cpu.bytes.slice(), last: this.windows?.[0].instruction(codeHere(machine)) ?? null };
  }

  /** Frames of the present can be read: it stands still, or goes slowly. */
  private get isReadable(): boolean {
    return !this.isRunning || this.isSlow;
  }

  // Frames -------------------------------------------------------------------------------------------------------------------------------
  private send(computer: Computer): void {
    this.listener(this.frame(computer));
  }

  private frame(computer: Computer): api.Frame {
    const { machine, timeline } = computer;
    const { isReadable } = this;
    const there = isReadable ? codeThere(machine) : null;
    const console = machine.console.read(Math.min(this.sentConsole, machine.console.length));
    const { first, words } = machine.trace.read(Math.min(this.sentRecords, machine.trace.written));
    this.sentConsole = machine.console.length;
    this.sentRecords = machine.trace.written;
    return {
      serial: ++this.serial,
      tick: computer.tick,
      endTick: timeline.recordedUntil,
      running: this.isRunning,
      stop: computer.stop,
      cpu: machine.cpu.bytes.slice(),
      cpuBefore: this.before.cpu.slice(),
      eflags: eflagsIn(machine.cpu.bytes),
      eflagsBefore: eflagsIn(this.before.cpu),
      vmcs: vmcsRegion(machine),
      code: isReadable && this.windows ? this.windows[0].window(codeHere(machine)) : null,
      otherCode: there && this.windows ? this.windows[1].window(there) : null,
      last: isReadable ? this.before.last : null,
      console,
      trace: { first, words, recorded: machine.trace.written },
      entryFailure: machine.vmx.entryFailure,
      speed: this.measured,
    };
  }
}

/** Lets others have the thread: at once, or after `ms`. */
function breathe(ms: number): Promise<void> {
  if (ms >= 4) return new Promise((resolve) => setTimeout(resolve, ms));
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(() => resolve()));
  // A message comes back sooner than a timer, which browsers hold for 4 ms.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
