/** The viewer behind the poster: a session with a machine, and the element that shows it. Everything here is loaded when a machine is asked for. */
import { TOKENS } from './tokens.ts';
import { GlassViewer } from './glass-viewer.ts';
import { makeLocal, workerMakers } from './machines.ts';
import type { MachineHost } from '../api/protocol.ts';
import { Session } from '../ui/session.ts';
import { Store } from '../ui/store.ts';
import { bringDeviceStories } from './late-why.ts';
import { lookOf, prepareLanguage } from './look.ts';
import { report } from './report.ts';
import type { Position, Program, StepSize, Viewer } from './types.ts';

const FIRST_GUEST = 'first-exit';
/** Steps at a time on the way to a tick that is far ahead. */
const STRIDE = 100_000;

/** Shows a machine with `program` in `root`, as the attributes of `host` say. Rejects when there is none to be had. */
export async function mount(host: HTMLElement, root: ShadowRoot, program: Program | null): Promise<Viewer> {
  const session = new Session(new Store());
  const { store } = session;
  await prepareLanguage(host);
  store.look(lookOf(host));
  const viewer = new EmbeddedViewer(host, root, session);
  try {
    await viewer.begin(program);
  } catch (error) {
    viewer.close();
    throw error;
  }
  return viewer;
}

class EmbeddedViewer implements Viewer {
  private readonly element = new GlassViewer();
  private stopReporting: (() => void) | null = null;
  private readonly host: HTMLElement;
  private readonly root: ShadowRoot;
  private readonly session: Session;

  constructor(host: HTMLElement, root: ShadowRoot, session: Session) {
    this.host = host;
    this.root = root;
    this.session = session;
    this.element.store = session.store;
    this.element.session = session;
    this.element.host = host;
  }

  async begin(program: Program | null): Promise<void> {
    const { session, host } = this;
    const first = program && 'guest' in program ? program.guest : FIRST_GUEST;
    await this.go(() => session.start(workerMakers(host), makeLocal, { kind: 'guest', id: first }));
    if (program && !('guest' in program)) await this.load(program);
    const tick = Number(host.getAttribute('tick') ?? host.getAttribute('step') ?? 0);
    if (tick > 0) await this.seek(tick);
    const lens = /^(?:v:)?(0x[\da-f]+|\d+)$/i.exec(host.getAttribute('lens') ?? '');
    if (lens) await session.pin({ linear: Number(lens[1]) >>> 0 });
    await this.prepareStories();
    if (host.hasAttribute('scenes')) await import('./late-words.ts');
    this.stopReporting = report(host, session.store);
    TOKENS.adopt(this.root, session.store.state.view.theme);
    this.root.querySelector('.place')?.append(this.element);
  }

  /** Machines with devices have more to tell. */
  private async prepareStories(): Promise<void> {
    if (this.session.store.state.loaded?.has.length) await bringDeviceStories();
  }

  get place(): 'worker' | 'page' {
    return this.session.store.state.place;
  }

  get position(): Position | null {
    const { frame } = this.session.store.state;
    if (!frame) return null;
    const { tick, endTick, running, stop } = frame;
    return { tick, endTick, running, reason: stop.reason, exitCode: stop.exitCode };
  }

  async load(program: Program): Promise<void> {
    await this.open(program);
    await this.prepareStories();
  }

  private open(program: Program): Promise<void> {
    const { session } = this;
    if ('guest' in program) return this.go(() => session.load({ kind: 'guest', id: program.guest }));
    if ('source' in program) return this.go(() => session.open(program.name ?? 'program.asm', new TextEncoder().encode(program.source)));
    return this.go(() => session.open(program.name, program.bytes));
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
    return this.go(() => this.session.try((machine) => machine.step(count, size)));
  }

  back(count: number, size: StepSize): Promise<void> {
    return this.go(() => this.session.try((machine) => machine.back(count, size)));
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

  private get tick(): number {
    return this.position?.tick ?? 0;
  }

  async save(): Promise<Uint8Array> {
    const bytes = await this.session.save();
    this.check();
    return bytes as Uint8Array;
  }

  look(): void {
    const { host, session } = this;
    void prepareLanguage(host).then(() => {
      session.store.look(lookOf(host));
      TOKENS.adopt(this.root, session.store.state.view.theme);
      this.element.requestUpdate();
    });
  }

  close(): void {
    this.stopReporting?.();
    this.element.remove();
    this.session.close();
  }

  /** A method resolves when the page shows where the machine has come to. */
  private async go(work: () => Promise<unknown>): Promise<void> {
    const { store } = this.session;
    const before = store.state.frame?.serial;
    await work();
    this.check();
    // The frame comes by a way of its own, a little later.
    for (let wait = 0; wait < 200 && (store.state.frame?.serial === before || store.state.frame?.running); wait++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** A refusal is an error to the caller. */
  private check(): void {
    const { trouble } = this.session.store.state;
    if (trouble) throw new Error(`${trouble.message} ${trouble.hint}`.trim());
  }
}
