/** Keeps the last moment: soon after the machine has come to rest, and now and then during a run. What was kept before is offered, and never runs by itself. */
import { prose } from '../i18n/typography.ts';
import type { Session } from '../session.ts';
import { lookAgain, sharedView } from './moment.ts';
import type { Kept, Shelf } from './shelf.ts';

/** Milliseconds of rest before a moment is worth keeping. */
const REST_MS = 800;
/** Milliseconds between two moments of a run. */
const RUN_MS = 15_000;

export class Keeper {
  private readonly session: Session;
  private readonly shelf: Shelf;
  private readonly stopListening: () => void;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Of the frame that is kept, or about to be. */
  private serial = -1;
  private keptAt = 0;
  /** From the visit before, until it is taken up or forgotten. */
  offer: Kept | null = null;
  /** The latest of this visit. */
  last: Kept | null = null;

  constructor(session: Session, shelf: Shelf) {
    this.session = session;
    this.shelf = shelf;
    this.stopListening = session.store.subscribe(() => this.notice());
  }

  /** Looks for what the visit before has left. */
  async remember(): Promise<void> {
    this.offer = await this.shelf.read();
    if (this.offer) this.session.store.update({});
  }

  /** Puts the offered moment onto the page. */
  async take(): Promise<void> {
    const { offer } = this;
    this.offer = null;
    if (offer) await this.open(offer);
  }

  async forget(): Promise<void> {
    this.offer = null;
    this.session.store.update({});
    if (this.last === null) await this.shelf.clear();
  }

  /** After a machine was lost: its last moment, in the new one. */
  async recover(): Promise<boolean> {
    if (!this.last) return false;
    await this.open(this.last);
    return this.session.store.state.trouble === null;
  }

  stop(): void {
    this.stopListening();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private async open({ file, guestId, view }: Kept): Promise<void> {
    // The file is kept here still: what goes to a worker is a copy.
    await this.session.adopt(guestId, (host) => host.restore(file));
    if (this.session.store.state.trouble === null) await lookAgain(this.session, view);
  }

  private notice(): void {
    const { frame, loaded, host } = this.session.store.state;
    if (!frame || !loaded || !host || frame.serial === this.serial || frame.stop.reason === 'loaded') return;
    if (frame.running && performance.now() - this.keptAt < RUN_MS) return;
    this.serial = frame.serial;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), frame.running ? 0 : REST_MS);
  }

  private async keep(): Promise<void> {
    this.timer = null;
    this.keptAt = performance.now();
    const { guests, guestId, loaded, frame, view } = this.session.store.state;
    const file = await this.session.ask((host) => host.save());
    if (!file || !loaded || !frame) return;
    const guest = guests.find((g) => g.id === guestId);
    const name = guest ? prose(view.language, guest.title[view.language]) : loaded.name;
    this.last = { file, guestId, name, tick: frame.tick, view: sharedView(view) };
    await this.shelf.write(this.last);
  }
}
