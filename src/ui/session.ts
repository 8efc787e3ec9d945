/** The page's side of the conversation with a machine: every command goes through here, and every error comes out as a sentence. */
import { type Connection, connect } from '../api/connect.ts';
import type { ImageSource, LoadRequest, MachineHost } from '../api/protocol.ts';
import { STAGE } from './panels/index.ts';
import type { Store, View } from './store.ts';

type FocusTarget = 'tick' | 'lens' | 'help';

export class Session {
  readonly store: Store;
  private connection: Connection | null = null;
  /** Set by the app: moves the keyboard focus. */
  focus: (target: FocusTarget) => void = () => {};
  /** Set by the panel on the stage that has a table twin. */
  toggleTable: () => void = () => {};

  constructor(store: Store) {
    this.store = store;
  }

  /** Starts a machine and loads `first`. */
  async start(makeWorker: () => Worker, makeLocal: () => Promise<MachineHost>, first: ImageSource): Promise<void> {
    this.connection?.close();
    const connection = await connect(makeWorker, makeLocal);
    this.connection = connection;
    connection.onLost((why) => this.store.update({ host: null, trouble: { message: why, hint: '' } }));
    await connection.host.subscribe((frame) => this.store.receive(frame));
    this.store.update({ host: connection.host, place: connection.place, guests: await connection.host.guests() });
    await this.load(first);
  }

  /** Loads a guest or a file; on an error the machine before it stays. */
  async load(image: ImageSource, options: Omit<LoadRequest, 'image'> = {}): Promise<void> {
    await this.try(async (host) => {
      const loaded = await host.load({ image, ...options });
      this.store.update({ loaded, guestId: image.kind === 'guest' ? image.id : null });
      this.store.look({ address: loaded.look ?? this.store.state.view.address, breakpoints: [], context: 'current' });
      await this.sendBreakpoints();
    });
  }

  /** A file of any kind: a saved moment, or an image. */
  async open(name: string, bytes: Uint8Array): Promise<void> {
    if (!isMoment(bytes)) return this.load({ kind: 'file', name, bytes });
    await this.try(async (host) => {
      const loaded = await host.restore(bytes);
      this.store.update({ loaded, guestId: null });
    });
  }

  save(): Promise<Uint8Array | undefined> {
    return this.try((host) => host.save());
  }

  step(granularity = this.store.state.view.granularity): Promise<unknown> {
    return this.try((host) => host.step(1, granularity));
  }

  back(granularity = this.store.state.view.granularity): Promise<unknown> {
    return this.try((host) => host.back(1, granularity));
  }

  seek(tick: number): Promise<unknown> {
    return this.try((host) => host.seek(tick));
  }

  run(): Promise<unknown> {
    return this.try((host) => host.run(this.store.state.view.speed));
  }

  /** A run under way goes on at the new speed. */
  setSpeed(speed: number): void {
    this.store.look({ speed });
    if (this.store.state.frame?.running) void this.run();
  }

  pause(): Promise<unknown> {
    return this.try((host) => host.pause());
  }

  reset(): Promise<unknown> {
    return this.try((host) => host.reset());
  }

  send(text: string): Promise<unknown> {
    return this.try((host) => host.input(text));
  }

  toggleBreakpoint(linear: number): Promise<unknown> {
    const { breakpoints } = this.store.state.view;
    const next = breakpoints.includes(linear) ? breakpoints.filter((b) => b !== linear) : [...breakpoints, linear];
    return this.lookAndSend({ breakpoints: next });
  }

  toggleBreakpointHere(): Promise<unknown> {
    const code = this.store.state.frame?.code;
    return code ? this.toggleBreakpoint(code.current) : Promise.resolve();
  }

  toggleStopReason(reason: number): Promise<unknown> {
    const { stopReasons } = this.store.state.view;
    return this.lookAndSend({
      stopReasons: stopReasons.includes(reason) ? stopReasons.filter((r) => r !== reason) : [...stopReasons, reason],
    });
  }

  showScene(index: number): void {
    const panel = STAGE[index];
    if (panel) this.store.look({ scene: panel.id });
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

  private lookAndSend(change: Partial<View>): Promise<unknown> {
    this.store.look(change);
    return this.try(() => this.sendBreakpoints());
  }

  private async sendBreakpoints(): Promise<void> {
    const { breakpoints, stopReasons } = this.store.state.view;
    await this.store.state.host?.setBreakpoints({ code: breakpoints, exitReasons: stopReasons });
  }
}

/** A saved moment begins with this magic (time/file.ts). */
function isMoment(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 8)) === 'GLASS\r\n\x1a';
}
