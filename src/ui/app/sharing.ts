/** What the page does beside showing a machine: opens links, gives the moment away, keeps it, and presents. */
import type { ReactiveController } from 'lit';
import type { Keeper } from '../share/keeper.ts';
import { openHash } from '../share/opening.ts';
import type { SharedLesson } from '../share/shared-lesson.ts';
import type { GlassvisorApp } from './app.ts';
import { fillScreen, moveHalo, presentScale } from './present.ts';

export class Sharing implements ReactiveController {
  private readonly app: GlassvisorApp;
  /** Keeps the last moment; null where a page keeps nothing. */
  keeper: Keeper | null = null;
  isPresenting = false;
  /** While presenting: the console has been asked for. */
  hasConsole = false;

  constructor(app: GlassvisorApp) {
    this.app = app;
    app.addController(this);
  }

  hostConnected(): void {
    addEventListener('hashchange', this.follow);
    addEventListener('pointermove', this.point);
    document.addEventListener('fullscreenchange', this.fit);
  }

  hostDisconnected(): void {
    removeEventListener('hashchange', this.follow);
    removeEventListener('pointermove', this.point);
    document.removeEventListener('fullscreenchange', this.fit);
    this.keeper?.stop();
    if (this.isPresenting) this.present(false);
  }

  /** The moment that the address names, if it names one; with `?norun` nothing is run that the reader has not asked for, not even on the way to a moment. */
  async arrive(): Promise<boolean> {
    if (new URLSearchParams(location.search).has('norun')) return false;
    const moment = await openHash(this.app.session, location.hash, (key) => this.app.t(key));
    if (moment?.lesson) await this.takeUp(moment.lesson);
    return moment !== null;
  }

  /** A lesson that belongs to the moment, where it was left. */
  async takeUp(lesson: SharedLesson): Promise<void> {
    await (await this.app.bringLessons())?.takeUp(lesson);
  }

  /** A new machine after one was lost, at the moment kept last where there is one. */
  async recover(): Promise<void> {
    await this.app.begin();
    await this.keeper?.recover();
  }

  /** What can be given away of the moment. Its code comes when it is wanted. */
  async open(): Promise<void> {
    const { app } = this;
    const code = await app.session.bring(import('../share/share-dialog.ts'));
    if (!code) return;
    const found = app.renderRoot.querySelector<InstanceType<typeof code.ShareDialog>>('gv-share');
    const dialog = found ?? new code.ShareDialog();
    if (!found) {
      dialog.store = app.session.store;
      dialog.session = app.session;
      dialog.stage = () => app.renderRoot.querySelector('#stage');
      app.renderRoot.append(dialog);
    }
    await dialog.open();
  }

  /** The dialog has the keyboard. */
  get isOpen(): boolean {
    return this.app.renderRoot.querySelector('gv-share')?.shadowRoot?.querySelector('dialog')?.open === true;
  }

  /** Begins to present, or ends it. */
  present(isPresenting = !this.isPresenting): void {
    this.isPresenting = isPresenting;
    this.hasConsole = false;
    this.app.toggleAttribute('present', isPresenting);
    void fillScreen(isPresenting);
    this.app.session.store.look({});
  }

  /** Of the page's type: the reader's own, or that of a room. */
  get scale(): number {
    return this.isPresenting ? presentScale(document.documentElement.clientWidth) : this.app.session.store.state.view.scale;
  }

  private readonly follow = (): void => void this.arrive();

  private readonly point = (event: PointerEvent): void => {
    if (this.isPresenting) moveHalo(this.app.renderRoot, event);
  };

  /** Escape leaves the full screen by the browser's own hand: the rest goes with it. */
  private readonly fit = (): void => {
    if (!document.fullscreenElement && this.isPresenting) this.present(false);
  };
}
