import type { Loaded, MachineHost } from '../../api/protocol.ts';
import type { Session } from '../session.ts';

/** Characters of a paste that go in at once, as one input. */
const PIECE = 256;
/** More than this is no longer something that somebody types. */
const MOST = 2 ** 18;

/** What somebody types faster than the guest reads. It waits here, and goes on when the machine has moved: each piece is an input of its tick. */
export class Typing {
  private readonly session: Session;
  private readonly changed: () => void;
  private readonly stopListening: () => void;
  private waiting: { readonly text: string; readonly vm: number }[] = [];
  private isSending = false;
  /** For whom it was typed. */
  private loaded: Loaded | null = null;
  /** Of the frame at which the line was full. */
  private fullAt = -1;

  /** `changed` is called when more or less waits. */
  constructor(session: Session, changed: () => void) {
    this.session = session;
    this.changed = changed;
    this.stopListening = session.store.subscribe(() => this.goOn());
  }

  /** Characters that the guest has no room for yet. */
  get count(): number {
    return this.waiting.reduce((sum, { text }) => sum + text.length, 0);
  }

  /** For COM1, or of a host for that of virtual machine `vm`. */
  type(text: string, vm: number): void {
    const room = Math.max(0, MOST - this.count);
    for (let at = 0; at < Math.min(room, text.length); at += PIECE) this.waiting.push({ text: text.slice(at, at + PIECE), vm });
    this.fullAt = -1;
    this.loaded = this.session.store.state.loaded;
    void this.send();
  }

  /** Nothing waits any more. */
  forget(): void {
    this.waiting = [];
    this.changed();
  }

  close(): void {
    this.stopListening();
  }

  /** Another guest does not hear what was typed for the one before. */
  private goOn(): void {
    if (this.waiting.length === 0) return;
    if (this.session.store.state.loaded === this.loaded) void this.send();
    else this.forget();
  }

  private async send(): Promise<void> {
    const { store } = this.session;
    if (this.isSending || this.waiting.length === 0 || store.state.frame?.serial === this.fullAt) return;
    this.isSending = true;
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      const { host } = store.state;
      if (!host || !(await this.give(host, next))) break;
      // It may have been forgotten meanwhile.
      if (this.waiting[0] === next) this.waiting.shift();
    }
    this.isSending = false;
    this.changed();
  }

  /** False: the line is full, and this must wait. On any other refusal nothing waits any more, and there is a sentence. */
  private async give(host: MachineHost, { text, vm }: { readonly text: string; readonly vm: number }): Promise<boolean> {
    const { store } = this.session;
    try {
      await host.input(text, vm);
    } catch (error) {
      const { code, message, hint } = error as { code?: string; message: string; hint?: string };
      if (code === 'input-full') {
        this.fullAt = store.state.frame?.serial ?? -1;
        return false;
      }
      store.update({ trouble: { message, hint: hint ?? '' } });
      this.waiting = [];
    }
    return true;
  }
}
