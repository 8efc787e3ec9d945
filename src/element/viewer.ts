/** The viewer behind the poster: a session with a machine, and the element that shows it. Everything here is loaded when a machine is asked for. */
import type { ImageSource, MachineHost } from '../api/protocol.ts';
import { isThere, SCENES } from '../ui/scenes.ts';
import { STEP_SIZES } from '../ui/steps.ts';
import type { View } from '../ui/store.ts';
import { EmbeddedSession } from './embedded-session.ts';
import { GlassViewer } from './glass-viewer.ts';
import { bringDeviceStories } from './late-why.ts';
import { lookOf, prepareLanguage } from './look.ts';
import { makeLocal, workerMakers } from './machines.ts';
import { machineState, positionOf, traceOf } from './readings.ts';
import { report } from './report.ts';
import { reportSize } from './surroundings.ts';
import { TOKENS } from './tokens.ts';
import type {
  AccessKind,
  Address,
  Capabilities,
  LensTarget,
  MachineState,
  Position,
  Program,
  RunTo,
  StepSize,
  StopPlaces,
  Trace,
  Translation,
  TroubleDetail,
} from './types.ts';
import type { Viewer } from './seam.ts';

const FIRST_GUEST = 'first-exit';
/** Steps at a time on the way to a tick that is far ahead. */
const STRIDE = 100_000;
/** A frame that has not come in this time is not waited for. */
const FRAME_MS = 1000;

/** Shows a machine with `program` in `root`, as the attributes of `host` say. Rejects when there is none to be had. */
export async function mount(host: HTMLElement, root: ShadowRoot, program: Program | null): Promise<Viewer> {
  const session = new EmbeddedSession(host);
  const viewer = new EmbeddedViewer(host, root, session);
  try {
    await prepareLanguage(host);
    await viewer.begin(program);
  } catch (error) {
    viewer.close();
    throw error;
  }
  return viewer;
}

/** What of the attributes is done once, when it is said. */
interface Given {
  readonly tick: number;
  readonly lens: string | null;
}

function givenBy(host: Element): Given {
  const tick = Number(host.getAttribute('tick') ?? host.getAttribute('step') ?? 0);
  return { tick: Number.isSafeInteger(tick) && tick > 0 ? tick : 0, lens: host.getAttribute('lens') };
}

class EmbeddedViewer implements Viewer {
  program: Program | null = null;
  private readonly element: GlassViewer;
  private readonly endings: (() => void)[] = [];
  private readonly host: HTMLElement;
  private readonly root: ShadowRoot;
  private readonly session: EmbeddedSession;
  /** Where panels of this machine stand elsewhere on the page. */
  private readonly parts = new Set<ShadowRoot>();
  /** How the attributes wanted the reader to look last. */
  private applied: Partial<View> = {};
  private given: Given;
  /** The page around has said what is to be seen. */
  private readonly isSceneGiven: boolean;
  /** Methods under way. */
  private pending = 0;

  constructor(host: HTMLElement, root: ShadowRoot, session: EmbeddedSession) {
    this.host = host;
    this.root = root;
    this.session = session;
    this.given = givenBy(host);
    this.isSceneGiven = host.hasAttribute('scene');
    this.element = this.viewerOf('');
  }

  async begin(named: Program | null): Promise<void> {
    const { session, host } = this;
    this.applyLook();
    const lesson = await this.element.bringLessons();
    const program = named ?? { guest: lesson?.guest ?? FIRST_GUEST };
    const first: ImageSource = { kind: 'guest', id: 'guest' in program ? program.guest : FIRST_GUEST };
    await this.go(() => session.start(workerMakers(host), makeLocal, first));
    this.program = program;
    if (!('guest' in program)) await this.load(program);
    const { tick, lens } = this.given;
    if (tick > 0) await this.seek(tick);
    await this.element.openLesson();
    this.followLesson();
    if (lens !== null && !lesson) await this.setLens(lens);
    await this.prepareStories();
    await this.element.prepare();
    this.endings.push(report(host, session.store), session.store.subscribe(this.followLesson));
    TOKENS.adopt(this.root, session.store.state.view.theme);
    this.root.querySelector('.place')?.append(this.element);
    this.endings.push(reportSize(host, this.element));
  }

  /** Each step of a lesson has its scene, unless the page around has named one. */
  private readonly followLesson = (): void => {
    const { lesson, view } = this.session.store.state;
    if (lesson && !this.isSceneGiven && view.scene !== this.element.scene) this.host.setAttribute('scene', view.scene);
  };

  /** Machines with devices have more to tell. */
  private async prepareStories(): Promise<void> {
    if (this.session.store.state.loaded?.has.length) await bringDeviceStories();
  }

  // What is read -------------------------------------------------------------------------------------------------------------------------
  get place(): 'worker' | 'page' {
    return this.session.store.state.place;
  }

  get position(): Position | null {
    const { state } = this.session.store;
    return state.frame && positionOf(state);
  }

  get state(): MachineState | null {
    return machineState(this.session.store.state);
  }

  get trace(): Trace {
    return traceOf(this.session.store.state);
  }

  get busy(): boolean {
    const { frame, isSearching } = this.session.store.state;
    return this.pending > 0 || isSearching || frame?.running === true;
  }

  get error(): TroubleDetail | null {
    const { trouble } = this.session.store.state;
    return trouble && { message: trouble.message, hint: trouble.hint };
  }

  get breakpoints(): StopPlaces {
    const { breakpoints, stopReasons, watchpoints } = this.session.store.state.view;
    return { code: breakpoints, exits: stopReasons, memory: watchpoints };
  }

  set breakpoints({ code, exits, memory }: StopPlaces) {
    void this.session.setStops({ breakpoints: code, stopReasons: exits, watchpoints: memory });
  }

  get capabilities(): Capabilities {
    const { guests, loaded } = this.session.store.state;
    return {
      guests: guests.map(({ id }) => id),
      scenes: SCENES.filter((scene) => isThere(scene, loaded)),
      granularities: STEP_SIZES,
      devices: loaded?.has ?? [],
      editable: this.session.isEditable,
    };
  }

  // What is done -------------------------------------------------------------------------------------------------------------------------
  async load(program: Program): Promise<void> {
    const lesson = await this.element.bringLessons();
    const wanted = 'guest' in program && program.guest === '' ? { guest: lesson?.guest ?? FIRST_GUEST } : program;
    await this.open(wanted);
    this.program = wanted;
    await this.prepareStories();
    await this.element.openLesson();
  }

  private open(program: Program): Promise<void> {
    const { session } = this;
    const own = (work: () => Promise<void>): Promise<void> => this.go(() => session.byPage(work));
    if ('guest' in program) return own(() => session.load({ kind: 'guest', id: program.guest }));
    if ('source' in program) return own(() => session.open(program.name ?? 'program.asm', new TextEncoder().encode(program.source)));
    return own(() => session.open(program.name, program.bytes));
  }

  run(): Promise<void> {
    return this.go(() => this.session.run());
  }

  pause(): Promise<void> {
    return this.go(() => this.session.pause());
  }

  reset(): Promise<void> {
    return this.go(() => this.session.reset());
  }

  step(count: number, size: StepSize): Promise<void> {
    return this.move(count, size, 'step');
  }

  back(count: number, size: StepSize): Promise<void> {
    return this.move(count, size, 'back');
  }

  /** References are steps in a picture, and checkpoints are known to the page alone: those go one by one. */
  private async move(count: number, size: StepSize, way: 'step' | 'back'): Promise<void> {
    const { session } = this;
    if (size !== 'reference' && size !== 'checkpoint') return this.go(() => session.try((machine) => machine[way](count, size)));
    for (let i = 0; i < count; i++) await this.go(() => session[way](size), size === 'reference');
  }

  /** Also where the machine has never been: it runs there. A machine that halts for good stays where it halted. */
  async seek(tick: number): Promise<void> {
    const move = (work: (machine: MachineHost) => Promise<unknown>): Promise<void> => this.go(() => this.session.try(work));
    await move((machine) => machine.seek(tick));
    let from = -1;
    for (let at = this.tick; at < tick && at !== from; at = this.tick) {
      from = at;
      await move((machine) => machine.step(Math.min(tick - at, STRIDE), 'instruction'));
    }
    // A step over a wait goes too far.
    if (this.tick > tick) await move((machine) => machine.seek(tick));
  }

  async runTo(spec: RunTo): Promise<Position> {
    const { session } = this;
    if ('tick' in spec) await this.seek(spec.tick);
    else {
      const { runTo } = await import('./powers.ts');
      await this.go(() => runTo(session, spec));
    }
    return positionOf(session.store.state);
  }

  private get tick(): number {
    return this.position?.tick ?? 0;
  }

  async save(): Promise<Uint8Array> {
    const bytes = await this.session.save();
    this.refuse();
    return bytes as Uint8Array;
  }

  async evaluate(address: Address, access: AccessKind): Promise<Translation> {
    return (await import('./powers.ts')).translate(this.session, address, access);
  }

  async setLens(lens: LensTarget | null): Promise<void> {
    if (lens === null) return this.session.setPinned(false);
    const { linearOf } = await import('./powers.ts');
    const { address, ...access } = typeof lens === 'object' ? lens : { address: lens };
    await this.session.pin({ linear: linearOf(this.session, address), ...access });
  }

  async check(condition: string): Promise<boolean> {
    return (await import('./powers.ts')).check(this.session, condition);
  }

  async exportTrace(): Promise<string> {
    return (await import('./powers.ts')).exportTrace(this.machine);
  }

  async exportImage(kind: 'svg' | 'png'): Promise<Blob> {
    await this.element.updateComplete;
    return (await import('./powers.ts')).exportImage(this.element.stageElement, kind);
  }

  async toUrl(page?: string): Promise<string> {
    return (await import('./powers.ts')).toUrl(this.session, page ?? this.host.getAttribute('app'));
  }

  show(panel: string, root: ShadowRoot, gone: () => void): () => void {
    const part = this.viewerOf(panel);
    this.parts.add(root);
    this.endings.push(gone);
    TOKENS.adopt(root, this.session.store.state.view.theme);
    root.replaceChildren(part);
    return () => {
      this.parts.delete(root);
      if (this.endings.includes(gone)) this.endings.splice(this.endings.indexOf(gone), 1);
      part.remove();
    };
  }

  look(): void {
    void this.takeAttributes().catch(() => {});
  }

  /** What the attributes say now and did not say before. */
  private async takeAttributes(): Promise<void> {
    const { host, session, element } = this;
    const { tick, lens } = this.given;
    this.given = givenBy(host);
    await prepareLanguage(host);
    this.applyLook();
    for (const root of [this.root, ...this.parts]) TOKENS.adopt(root, session.store.state.view.theme);
    await element.prepare();
    if (this.given.tick !== tick) await this.seek(this.given.tick);
    if (this.given.lens !== lens) await this.setLens(this.given.lens);
  }

  /** The reader's own choices stay, until the page around says something new. */
  private applyLook(): void {
    const { host, session } = this;
    const wanted = lookOf(host);
    const news = Object.entries(wanted).filter(([name, value]) => this.applied[name as keyof View] !== value);
    this.applied = wanted;
    session.store.look(Object.fromEntries(news));
    session.store.update({ isFixed: !session.isEditable });
    if (session.store.state.frame?.running && news.some(([name]) => name === 'speed')) void session.run();
  }

  close(): void {
    for (const end of this.endings.splice(0)) end();
    this.element.remove();
    this.session.close();
  }

  private viewerOf(only: string): GlassViewer {
    const viewer = new GlassViewer();
    viewer.store = this.session.store;
    viewer.session = this.session;
    viewer.host = this.host;
    viewer.only = only;
    return viewer;
  }

  private get machine(): MachineHost {
    const { host } = this.session.store.state;
    if (!host) throw new Error('There is no machine.');
    return host;
  }

  /** A method resolves when the page shows where the machine has come to. */
  private async go(work: () => Promise<unknown>, isPicture = false): Promise<void> {
    const { store } = this.session;
    const { frame, reference } = store.state;
    this.pending++;
    try {
      await work();
      this.refuse();
      // The frame comes by a way of its own, a little later; a step in the picture brings none.
      const isThere = (now: typeof store.state): boolean => now.frame?.serial !== frame?.serial && now.frame?.running !== true;
      await store.until((now) => isThere(now) || (isPicture && now.reference !== reference), FRAME_MS);
    } finally {
      this.pending--;
    }
  }

  /** A refusal is an error to the caller. */
  private refuse(): void {
    const { error } = this;
    if (error) throw new Error(`${error.message} ${error.hint}`.trim());
  }
}
