/** The page's side of the conversation with a machine: every command goes through here, every frame comes in here, and every error comes out as a sentence. */
import { type Connection, connect, type WorkerMakers } from '../api/connect.ts';
import type {
  Breakpoints,
  Edit,
  Frame,
  ImageSource,
  Loaded,
  LoadRequest,
  MachineHost,
  WalkExplanation,
  Watchpoint,
} from '../api/protocol.ts';
import { marked } from './edit/marks.ts';
import { isMoment } from './file-kind.ts';
import { followed } from './follow.ts';
import type { MessageKey } from './i18n/en.ts';
import { translate } from './i18n/messages.ts';
import { bringFrench } from './i18n/second-language.ts';
import { isReadable } from './reading.ts';
import { isThere, type Scene } from './scenes.ts';
import { firstReference, lockedSize, step } from './steps.ts';
import { inForce, offIn, toggled } from './stops.ts';
import type { Lens, Store, View } from './store.ts';
import { NO_PINS } from './widgets/pins.ts';

export type FocusTarget = 'tick' | 'lens' | 'help' | 'console' | 'share' | 'present' | 'lesson' | 'zoomIn' | 'zoomOut';

/** A search that lasts so many milliseconds is told of. */
const PATIENCE_MS = 200;
/** Milliseconds between two looks at the walk during a run. */
const GLANCE_MS = 250;

export class Session {
  readonly store: Store;
  private connection: Connection | null = null;
  /** The latest frame that came, shown or not yet. */
  private latest: Frame | null = null;
  /** The tick to go to after the seek under way; a pointer asks faster than a machine answers. */
  private wanted: number | null = null;
  private isSeeking = false;
  private glanced = 0;
  /** The way in which the next frame's walk is entered; null: it is shown whole. */
  private entering: 1 | -1 | null = null;
  /** As the host has them. */
  private watched: readonly Watchpoint[] = [];
  /** Called when a frame has come. */
  private arrived: () => void = () => {};
  /** Set by the app: moves the keyboard focus. */
  focus: (target: FocusTarget) => void = () => {};
  /** Set by the guide of an open lesson: on to its next checkpoint. */
  toLessonCheckpoint: () => Promise<unknown> = () => this.run();

  constructor(store: Store) {
    this.store = store;
  }

  /** Starts a machine and loads `first`. */
  async start(makeWorker: WorkerMakers, makeLocal: () => Promise<MachineHost>, first: ImageSource): Promise<void> {
    this.connection?.close();
    const connection = await connect(makeWorker, makeLocal);
    this.connection = connection;
    connection.onLost((why) => {
      if (this.connection === connection) this.store.update({ host: null, trouble: { message: why, hint: '' } });
    });
    await connection.host.subscribe((frame) => void this.receive(frame));
    this.store.update({ host: connection.host, place: connection.place, guests: await connection.host.guests() });
    await this.load(first);
  }

  /** Lets the machine go. */
  close(): void {
    this.connection?.close();
    this.connection = null;
    this.store.update({ host: null });
  }

  /** Loads a guest or a file; on an error the machine before it stays. */
  load(image: ImageSource, options: Omit<LoadRequest, 'image'> = {}): Promise<void> {
    if (image.kind === 'guest' && !this.store.state.guests.some(({ id }) => id === image.id)) return this.refuseGuest(image.id);
    return this.adopt(image.kind === 'guest' ? image.id : null, (host) => host.load({ image, ...options }));
  }

  /** The page knows which guests there are, and says so in the reader's language. */
  private async refuseGuest(id: string): Promise<void> {
    const { guests, view } = this.store.state;
    // Without a network the sentence is in English.
    if (view.language === 'fr') await bringFrench().catch(() => {});
    this.say('app.noGuest', { id, guests: guests.map((guest) => guest.id).join(', ') });
  }

  /** A file of any kind: a saved moment, or an image. */
  open(name: string, bytes: Uint8Array): Promise<void> {
    if (!isMoment(bytes)) return this.load({ kind: 'file', name, bytes });
    return this.adopt(null, (host) => host.restore(bytes));
  }

  save(): Promise<Uint8Array | undefined> {
    return this.try((host) => host.save());
  }

  step(granularity = this.store.state.view.granularity): Promise<unknown> {
    return step(this, lockedSize(this.store.state) ?? granularity, 1);
  }

  back(granularity = this.store.state.view.granularity): Promise<unknown> {
    return step(this, lockedSize(this.store.state) ?? granularity, -1);
  }

  /** Makes or unmakes an instruction, and comes to the first or last reference of its walk. */
  stepInto(direction: 1 | -1): Promise<unknown> {
    this.entering = direction;
    return step(this, 'instruction', direction);
  }

  /** Goes to `tick`; of many calls in a row only the last one counts. */
  async seek(tick: number): Promise<void> {
    this.wanted = Math.max(0, tick);
    if (this.isSeeking) return;
    this.isSeeking = true;
    while (this.wanted !== null) {
      const goal: number = this.wanted;
      this.wanted = null;
      await this.try((host) => host.seek(goal));
    }
    this.isSeeking = false;
  }

  run(): Promise<unknown> {
    this.watched = inForce(this.store.state.view).data;
    return this.try((host) => host.run(this.store.state.view.speed));
  }

  /** A run under way goes on at the new speed. */
  setSpeed(speed: number): void {
    this.store.look({ speed });
    if (this.store.state.frame?.running) void this.run();
  }

  /** Back to the last instant at which a run would have stopped; to the beginning where there is none. */
  runBack(): Promise<unknown> {
    this.watched = inForce(this.store.state.view).data;
    return this.patiently((host) => host.runBack());
  }

  pause(): Promise<unknown> {
    return this.try((host) => host.pause());
  }

  reset(): Promise<unknown> {
    this.store.update({ edits: [] });
    return this.try((host) => host.reset());
  }

  send(text: string): Promise<unknown> {
    return this.try((host) => host.input(text));
  }

  /** A run stops there from now on. */
  stopAt(breakpoints: readonly number[], stopReasons: readonly number[]): Promise<unknown> {
    return this.lookAndSend({ breakpoints, stopReasons });
  }

  toggleBreakpoint(linear: number): Promise<unknown> {
    return this.lookAndSend({ breakpoints: toggled(this.store.state.view.breakpoints, linear) });
  }

  toggleBreakpointHere(): Promise<unknown> {
    const code = this.store.state.frame?.code;
    return code ? this.toggleBreakpoint(code.current) : Promise.resolve();
  }

  toggleStopReason(reason: number): Promise<unknown> {
    return this.lookAndSend({ stopReasons: toggled(this.store.state.view.stopReasons, reason) });
  }

  /** A run stops behind changes of this VMCS field, or no longer does. */
  toggleFieldStop(encoding: number): Promise<unknown> {
    return this.lookAndSend({ fieldStops: toggled(this.store.state.view.fieldStops, encoding) });
  }

  /** Any change of what a run stops at. */
  setStops(change: Partial<View>): Promise<unknown> {
    return this.lookAndSend(change);
  }

  /** Changes the machine by hand; the machine's sentence where it refuses, else null. */
  async edit(edit: Edit): Promise<string | null> {
    const { host, frame, edits } = this.store.state;
    if (!host || !frame) return '';
    try {
      await host.edit(edit);
      this.store.update({ edits: marked(edits, edit, frame.tick) });
      await this.store.until((state) => state.frame?.serial !== frame.serial, PATIENCE_MS);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  showScene(scene: Scene | undefined): void {
    if (scene && isThere(scene, this.store.state.loaded)) this.store.look({ scene });
  }

  toggleTable(): void {
    this.store.look({ isTable: !this.store.state.view.isTable });
  }

  /** Puts the lens where the reader says, and pins it there. */
  pin(change: Partial<Lens>): Promise<void> {
    return this.lookThrough({ ...this.store.state.view.lens, size: 1, isUser: null, ...change }, true);
  }

  /** The operand of the instruction that runs next. */
  pinOperand(): Promise<void> {
    const operand = this.store.state.frame?.code?.operand;
    return operand
      ? this.pin({ linear: operand.linear, size: Math.max(1, operand.size), access: operand.access, context: 'current' })
      : Promise.resolve();
  }

  /** Lets the lens follow the machine again, or holds it where it is. */
  setPinned(isPinned: boolean): Promise<void> {
    const { frame, history, view, loaded } = this.store.state;
    const next = !isPinned && frame && isReadable(frame) ? followed(frame, history, loaded?.look ?? null) : null;
    return this.lookThrough(next ?? view.lens, isPinned);
  }

  /** Does `work`, which stops at these watchpoints alone; then the reader's own stops are in force again. */
  watching<T>(points: readonly Watchpoint[], work: (host: MachineHost) => Promise<T>): Promise<T | undefined> {
    return this.stoppingAt({ code: [], exitReasons: [], data: points }, work);
  }

  /** The same for stops of any kind. */
  async stoppingAt<T>(stops: Breakpoints, work: (host: MachineHost) => Promise<T>): Promise<T | undefined> {
    const result = await this.patiently(async (host) => {
      await host.setBreakpoints(stops);
      this.watched = stops.data ?? [];
      return work(host);
    });
    // What was refused stays told.
    await this.ask(() => this.sendStops());
    return result;
  }

  /** A sentence of the page's own for the reader, until the next command. */
  say(key: MessageKey, values?: Readonly<Record<string, string | number>>): void {
    const { language } = this.store.state.view;
    this.store.update({ trouble: { message: translate(language, key, values), hint: '', isOurs: true } });
  }

  /** The same where nothing was refused: it is told, not warned of. */
  note(key: MessageKey, values?: Readonly<Record<string, string | number>>): void {
    const { language } = this.store.state.view;
    this.store.update({ trouble: { message: translate(language, key, values), hint: '', isOurs: true, isNote: true } });
  }

  /** Code that comes when it is wanted; null, and a sentence, where it cannot be had. */
  bring<T>(code: Promise<T>): Promise<T | null> {
    return code.catch(() => {
      this.say('app.noCode');
      return null;
    });
  }

  /** Runs `work` with the host; a refusal becomes `trouble`, and undefined. */
  async try<T>(work: (host: MachineHost) => Promise<T>): Promise<T | undefined> {
    const { host } = this.store.state;
    if (!host) return undefined;
    if (this.store.state.trouble) this.store.update({ trouble: null });
    try {
      return await work(host);
    } catch (error) {
      const { message, hint } = error as { message: string; hint?: string };
      this.store.update({ trouble: { message, hint: hint ?? '' } });
      return undefined;
    }
  }

  /** As `try`; where it takes long, the page says that it is being looked for. */
  private async patiently<T>(work: (host: MachineHost) => Promise<T>): Promise<T | undefined> {
    const timer = setTimeout(() => this.store.update({ isSearching: true }), PATIENCE_MS);
    try {
      return await this.try(work);
    } finally {
      clearTimeout(timer);
      if (this.store.state.isSearching) this.store.update({ isSearching: false });
    }
  }

  /** Asks the host for what a panel draws; undefined where it cannot be had. Says nothing about it. */
  async ask<T>(work: (host: MachineHost) => Promise<T>): Promise<T | undefined> {
    const { host } = this.store.state;
    return host ? work(host).catch(() => undefined) : undefined;
  }

  // Frames -------------------------------------------------------------------------------------------------------------------------------
  /** A frame that can be read is shown together with the walk that belongs to it; one of a run at once. */
  private async receive(frame: Frame): Promise<void> {
    const { store } = this;
    store.gather(frame);
    this.latest = frame;
    const { touch } = frame.stop;
    const touched = touch ? (this.watched[touch.watchpoint] ?? null) : null;
    if (touched !== store.state.touched) store.update({ touched });
    this.arrived();
    if (!isReadable(frame)) {
      store.show(frame);
      return this.glance();
    }
    const { view, history, loaded } = store.state;
    const lens = (view.isPinned ? null : followed(frame, history, loaded?.look ?? null)) ?? view.lens;
    const walk = await this.explain(lens);
    // A later frame has overtaken this one: what it brought has been gathered.
    if (this.latest !== frame) return;
    // Somebody has put the lens elsewhere meanwhile, and brings the walk.
    if (store.state.view.lens !== view.lens) return store.show(frame);
    const reference = this.entering && firstReference(walk, lens !== view.lens, this.entering);
    this.entering = null;
    store.show(frame, { walk, reference, view: { ...store.state.view, lens } });
  }

  /** During a run: the walk of the lens now and then, so that it does not grow old. */
  private async glance(): Promise<void> {
    const now = performance.now();
    if (now - this.glanced < GLANCE_MS) return;
    this.glanced = now;
    const { lens } = this.store.state.view;
    const walk = await this.explain(lens);
    if (this.store.state.frame?.running && this.store.state.view.lens === lens) this.store.update({ walk });
  }

  /** Looks at `lens`, whoever chose it. */
  async lookThrough(lens: Lens, isPinned: boolean): Promise<void> {
    this.store.update({ reference: null });
    this.store.look({ lens, isPinned });
    const walk = await this.explain(lens);
    if (this.store.state.view.lens === lens) this.store.update({ walk });
  }

  /** A walk cannot be refused; a host that is gone is told of elsewhere. */
  private async explain({ linear, access, context, isUser }: Lens): Promise<WalkExplanation | null> {
    try {
      return (await this.connection?.host.walk(linear, access, context, isUser ?? undefined)) ?? null;
    } catch {
      return null;
    }
  }

  /** `load` brings something else into the host; on an error what was before stays. */
  adopt(guestId: string | null, load: (host: MachineHost) => ReturnType<MachineHost['load']>): Promise<void> {
    return this.try(async (host) => {
      const before = this.latest;
      const loaded = await load(host);
      // Frames come by a way of their own.
      while (this.latest === before) await new Promise<void>((resolve) => (this.arrived = resolve));
      this.store.look({ watchpoints: [], fieldStops: [], eventStops: [], stopsOff: [], bookmarks: [], pins: NO_PINS });
      this.store.update({ edits: [] });
      // At once: whoever hears of the machine may put the lens and breakpoints elsewhere.
      const { history, view: now } = this.store.state;
      const lens = (this.latest && followed(this.latest, history, loaded.look)) ?? now.lens;
      const view = {
        ...now,
        breakpoints: [],
        stopReasons: [],
        lens,
        isPinned: false,
        scene: this.firstScene(guestId, loaded),
      };
      this.store.update({ loaded, guestId, view });
      await this.sendBreakpoints();
      const walk = await this.explain(lens);
      if (this.store.state.view.lens === lens) this.store.update({ walk });
    }) as Promise<void>;
  }

  /** The guest's own scene, unless the reader has chosen one that there is. */
  private firstScene(guestId: string | null, loaded: Loaded): Scene {
    const { view, guests } = this.store.state;
    const scene = guests.find(({ id }) => id === guestId)?.scene;
    const isChosen = view.scene !== 'walk' && isThere(view.scene, loaded);
    return isChosen || !scene || !isThere(scene, loaded) ? view.scene : scene;
  }

  private lookAndSend(change: Partial<View>): Promise<unknown> {
    const view = { ...this.store.state.view, ...change };
    this.store.look({ ...change, stopsOff: offIn(view) });
    return this.try(() => this.sendBreakpoints());
  }

  private async sendBreakpoints(): Promise<void> {
    await this.sendStops();
    this.watched = inForce(this.store.state.view).data;
  }

  private async sendStops(): Promise<void> {
    const { host, view } = this.store.state;
    await host?.setBreakpoints(inForce(view));
  }
}
