/** The machine as a page or a command drives it: one command at a time, time in short slices so that a pause is heard, one frame at a time. */
import { GlassError } from '../base/errors.ts';
import { tlbEntries } from '../memory/tlb-view.ts';
import { type Catalogue, EMPTY_CATALOGUE, summaryOf } from './catalogue.ts';
import { Computer, type Journey } from './computer.ts';
import { Recaller } from './recaller.ts';
import { contextOf, FrameMaker, isUserIn } from './frame.ts';
import { breathe, type Clock, Pace } from './pace.ts';
import { bringParts } from './parts.ts';
import type * as api from './protocol.ts';
import { readRecipe } from './recipe.ts';
import { checkStops } from './watched.ts';

const MOST_MEMORY = 1 << 16;
const noTick = (tick: number): GlassError => new GlassError('bad-tick', `${tick} is no tick.`, 'Give a whole number.');

export class Host implements api.MachineHost {
  private readonly catalogue: Promise<Catalogue>;
  private readonly pace: Pace;
  private computer: Computer | null = null;
  private frames: FrameMaker | null = null;
  private listener: (frame: api.Frame) => void = () => {};
  private breakpoints: api.Breakpoints = { code: [], exitReasons: [] };
  private serial = 0;
  private readonly recaller = new Recaller();
  /** The last command; the next one waits for it. */
  private tail: Promise<unknown> = Promise.resolve();
  /** Commands not done; those not begun; and of those, and of pauses, the ones for which what is under way shall end. */
  private undone = 0;
  private waiting = 0;
  private urgent = 0;
  /** The machine runs forwards for all to see: frames go out, and between two slices one may look and put in. A journey through history shows its end alone. */
  private isShowing = false;
  /** Tick to which a run goes at most. */
  private until = Number.POSITIVE_INFINITY;
  private running: Promise<api.Stop> | null = null;
  /** Those who wait to look. */
  private onlookers: (() => void)[] = [];

  /** `now` in milliseconds. The catalogue may still be on its way. */
  constructor(catalogue: Catalogue | Promise<Catalogue> = EMPTY_CATALOGUE, now: Clock = () => performance.now()) {
    this.catalogue = Promise.resolve(catalogue);
    this.pace = new Pace(now);
  }

  async guests(): Promise<readonly api.GuestSummary[]> {
    return (await this.catalogue).guests.map(summaryOf);
  }

  load(request: api.LoadRequest): Promise<api.Loaded> {
    return this.promptly(async () => {
      await bringParts();
      return this.adopt(Computer.open(request, await this.catalogue));
    });
  }

  async check(request: api.LoadRequest): Promise<readonly api.SourceProblem[]> {
    const [{ problemsOf }] = await Promise.all([import('./assembly.ts'), bringParts()]);
    return problemsOf(request, await this.catalogue);
  }

  async instructions(): Promise<readonly api.InstructionHelp[]> {
    const { instructionHelp } = await import('./assembly.ts');
    return instructionHelp();
  }

  async steps(linear: number, context: api.WalkContext = 'current', bits?: 16 | 32): Promise<api.InstructionSteps | null> {
    const { stepsAt } = await import('./steps.ts');
    return this.look(({ machine }) => stepsAt(machine, linear, contextOf(machine, context), bits));
  }

  restore(bytes: Uint8Array): Promise<api.Loaded> {
    return this.promptly(async () => {
      await bringParts();
      return this.adopt(Computer.restore(bytes, await this.catalogue));
    });
  }

  reset(): Promise<void> {
    return this.promptly(async () => void this.adopt(this.need().again()));
  }

  run(instructionsPerSecond = 0, until = Number.POSITIVE_INFINITY): Promise<api.Stop> {
    if (Number.isNaN(until)) return Promise.reject(noTick(until));
    this.pace.speed = Math.max(0, instructionsPerSecond);
    this.until = until;
    if (this.running && this.waiting === 0 && this.urgent === 0) return this.running;
    const turn = this.promptly(async () => {
      this.running = turn;
      try {
        return await this.go(this.need());
      } finally {
        this.running = null;
      }
    });
    return turn;
  }

  async pause(): Promise<api.Stop> {
    this.urgent++;
    await this.tail.catch(() => {});
    this.urgent--;
    return this.need().stop;
  }

  step(count = 1, granularity: api.Granularity = 'instruction'): Promise<api.Stop> {
    return this.patient(async () => {
      const computer = this.need();
      checkCount(count);
      this.show(true);
      return this.travel(computer, granularity === 'instruction' ? computer.step(count) : computer.stepToExit(count, granularity));
    });
  }

  back(count = 1, granularity: api.Granularity = 'instruction'): Promise<api.Stop> {
    return this.patient(async () => {
      const computer = this.need();
      checkCount(count);
      return this.travel(computer, granularity === 'instruction' ? computer.back(count) : computer.backToExit(count, granularity));
    });
  }

  runBack(): Promise<api.Stop> {
    return this.patient(async () => {
      const computer = this.need();
      return this.travel(computer, computer.runBack());
    });
  }

  seek(tick: number): Promise<api.Stop> {
    return this.promptly(async () => {
      const computer = this.need();
      if (!Number.isSafeInteger(tick) || tick < 0) throw noTick(tick);
      return this.travel(computer, computer.seek(tick));
    });
  }

  async setBreakpoints(breakpoints: api.Breakpoints): Promise<void> {
    checkStops(breakpoints);
    this.breakpoints = breakpoints;
    this.computer?.setBreakpoints(breakpoints);
  }

  input(text: string, vm = 0): Promise<void> {
    return this.change((computer) => computer.input(new TextEncoder().encode(text), vm));
  }

  command(command: api.Command): Promise<void> {
    return this.change((computer) => computer.command(command));
  }

  edit(edit: api.Edit): Promise<void> {
    return this.change((computer) => computer.edit(edit));
  }

  /** Something comes from outside, also while it runs. */
  private change(happen: (computer: Computer) => void): Promise<void> {
    return this.look((computer) => {
      happen(computer);
      if (!this.isShowing) this.send();
    });
  }

  walk(linear: number, access: api.AccessKind, context: api.WalkContext, isUser?: boolean): Promise<api.WalkExplanation> {
    return this.look(({ machine }) =>
      machine.mmu.explainFor(contextOf(machine, context), { linear, access, isUser: isUser ?? isUserIn(machine, context) }),
    );
  }

  mappings(context: api.WalkContext): Promise<readonly api.MappingRange[]> {
    return this.look(({ machine }) => machine.mmu.mappings(contextOf(machine, context)));
  }

  async map(context: api.WalkContext): Promise<api.MapView> {
    const { mapView } = await import('./views/map.ts');
    return this.look((computer) => mapView(computer, context));
  }

  async reach(question: api.ReachQuestion): Promise<api.ReachView> {
    const { reachView } = await import('./views/reach.ts');
    return this.look((computer) => reachView(computer, question));
  }

  async tables(request: api.TablesRequest & api.WalkQuestion): Promise<api.TablesView> {
    const { tablesView } = await import('./views/tables.ts');
    const { linear, access, context, isUser } = request;
    return this.look(({ machine }) => {
      const asked = { linear, access, isUser: isUser ?? isUserIn(machine, context) };
      return tablesView(machine, machine.mmu.explainFor(contextOf(machine, context), asked), request);
    });
  }

  tlb(): Promise<readonly api.TlbEntryView[]> {
    return this.look(({ machine: { tlb } }) => tlbEntries(tlb.words, tlb.sets, tlb.ways));
  }

  async tlbState(): Promise<api.TlbState> {
    const { tlbState } = await import('./views/tlb.ts');
    return this.look(tlbState);
  }

  async vpidStudy(access: api.StudiedAccess): Promise<api.VpidStudy | null> {
    const { studyVpid } = await import('./views/vpid-study.ts');
    return studyVpid((glance) => this.look(glance), access);
  }

  async devices(): Promise<api.DeviceViews> {
    const { deviceViews } = await import('./views/index.ts');
    return this.look(({ machine, hosted }) => deviceViews(machine, hosted));
  }

  async vmx(trial?: api.FieldTrial): Promise<api.VmxView | null> {
    const { vmxView } = await import('./views/vmx.ts');
    return this.look(({ machine, instantBefore }) => vmxView(machine, trial ?? null, instantBefore));
  }

  async dma(requester: number, address: number, isWrite: boolean): Promise<api.DmaWalk | null> {
    const { dmaOf } = await import('./views/buses.ts');
    return this.look(({ machine }) => dmaOf(machine, { requester, address, isWrite }));
  }

  memory(linear: number, length: number, context: api.WalkContext): Promise<readonly (number | null)[]> {
    return this.look(({ machine }) => machine.mmu.peek(linear, Math.min(length, MOST_MEMORY), contextOf(machine, context)));
  }

  async memoryView(request: api.MemoryRequest): Promise<api.MemoryView> {
    const { memoryView } = await import('./views/memory.ts');
    return this.look((computer) => memoryView(computer, this.recaller.of(computer), request));
  }

  recall(ticks: number): Promise<number | null> {
    checkCount(ticks);
    // Nobody waits for a picture.
    if (this.undone > 0) return Promise.resolve(null);
    return this.patient(() =>
      this.recaller.recall(this.need(), ticks, { pace: this.pace, isUnwanted: () => this.waiting + this.urgent > 0 }),
    );
  }

  save(): Promise<Uint8Array> {
    return this.look((computer) => computer.save());
  }

  recipe(): Promise<api.Recipe> {
    return this.look((computer) => computer.recipe());
  }

  retrace(recipe: unknown): Promise<api.Retraced> {
    return this.promptly(async () => {
      const way = readRecipe(recipe);
      await bringParts();
      const computer = Computer.retrace(way, await this.catalogue);
      const loaded = this.adopt(computer);
      await this.travel(computer, computer.seek(way.tick));
      return { loaded, isExact: computer.tick === way.tick && (way.hash === null || way.hash === computer.hash()) };
    });
  }

  records(): Promise<api.TraceRecords> {
    return this.look(({ machine }) => machine.trace.read(0));
  }

  capture(): Promise<Uint8Array> {
    return this.look(({ capture, loaded }) => capture.toFile(loaded.ticksPerSecond));
  }

  hash(): Promise<string> {
    return this.look((computer) => computer.hash());
  }

  async subscribe(listener: (frame: api.Frame) => void): Promise<void> {
    this.listener = listener;
    this.frames?.forget();
    this.send();
  }

  // Taking turns -------------------------------------------------------------------------------------------------------------------------
  /** Does `work` when its turn has come; what is under way ends for it. */
  private promptly<T>(work: () => Promise<T>): Promise<T> {
    this.urgent++;
    return this.patient(() => {
      this.urgent--;
      return work();
    });
  }

  /** Does `work` when its turn has come. A run ends for it, which would not end by itself; a step or a journey does not. */
  private patient<T>(work: () => Promise<T>): Promise<T> {
    this.undone++;
    this.waiting++;
    const begin = async (): Promise<T> => {
      this.waiting--;
      try {
        return await work();
      } finally {
        this.undone--;
        this.show(false);
      }
    };
    const turn = this.tail.then(begin, begin);
    this.tail = turn;
    return turn;
  }

  /** Does `glance` at an instant at which anyone may look: not in the middle of a journey. */
  private async look<T>(glance: (computer: Computer) => T): Promise<T> {
    while (this.undone > 0 && !this.isShowing) await new Promise<void>((resolve) => this.onlookers.push(resolve));
    return glance(this.need());
  }

  private show(isShowing: boolean): void {
    this.isShowing = isShowing;
    if (this.undone > 0 && !isShowing) return;
    for (const resolve of this.onlookers.splice(0)) resolve();
  }

  private adopt(computer: Computer): api.Loaded {
    this.computer = computer;
    this.frames = new FrameMaker(computer);
    computer.onFork = () => {
      this.frames?.cut();
      this.recaller.forget();
    };
    computer.setBreakpoints(this.breakpoints);
    this.send();
    return computer.loaded;
  }

  private need(): Computer {
    if (this.computer) return this.computer;
    throw new GlassError('no-machine', 'No machine is loaded.', 'Choose a guest or open a file first.');
  }

  // Going --------------------------------------------------------------------------------------------------------------------------------
  /** Runs at its pace until something stops it or somebody waits. */
  private async go(computer: Computer): Promise<api.Stop> {
    const isUnwanted = (): boolean => this.waiting + this.urgent > 0;
    this.show(true);
    this.pace.start(computer.machine.work());
    for (;;) {
      const instructions = this.pace.takeQuota();
      const stop = instructions > 0 ? await this.drive(computer, computer.run({ instructions, until: this.until }), isUnwanted) : null;
      if (stop !== null && stop.reason !== 'budget') break;
      if (computer.tick >= this.until) {
        this.show(false);
        return this.travel(computer, computer.seek(computer.tick));
      }
      await this.rest(computer, this.pace.restMs);
      if (!isUnwanted()) continue;
      computer.pause();
      break;
    }
    return this.arrived(computer);
  }

  private async travel(computer: Computer, journey: Journey): Promise<api.Stop> {
    await this.drive(computer, journey, () => this.urgent > 0);
    return this.arrived(computer);
  }

  private async arrived(computer: Computer): Promise<api.Stop> {
    this.show(false);
    await this.drive(computer, computer.rememberInstantBefore(), () => false);
    this.send();
    return computer.stop;
  }

  /** Goes a way in slices; where it is unwanted, it is given up. */
  private async drive(computer: Computer, journey: Journey, isUnwanted: () => boolean): Promise<api.Stop> {
    this.pace.startSlice();
    for (let next = journey.next(); ; next = journey.next()) {
      if (next.done === true) return next.value;
      if (!this.pace.isSliceOver) continue;
      await this.rest(computer, 0);
      this.pace.startSlice();
      if (!isUnwanted()) continue;
      journey.return(computer.stop);
      return computer.pause();
    }
  }

  private async rest(computer: Computer, ms: number): Promise<void> {
    this.pace.measure(computer.machine.work());
    if (this.isShowing && this.pace.takeFrame()) this.send();
    await breathe(ms);
  }

  private send(): void {
    if (!this.frames) return;
    const isRunning = this.isShowing;
    const isReadable = !isRunning || (this.running !== null && this.pace.isReadable);
    this.listener(this.frames.make({ serial: ++this.serial, isRunning, isReadable, speed: isRunning ? this.pace.measured : 0 }));
  }
}

function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new GlassError('bad-count', `${count} is no number of steps.`, 'Give a whole number from 1.');
}
