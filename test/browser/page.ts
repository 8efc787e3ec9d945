/** The page in a browser test: the element as main.ts makes it, over a machine in a real worker. */
import '../../src/ui/theme/tokens.css';
import '../../src/ui/i18n/french.ts';
import { GlassvisorApp } from '../../src/ui/app/app.ts';
import { LATER } from '../../src/ui/panels/index.ts';
import { DEFAULT_VIEW, type State, type View } from '../../src/ui/store.ts';

// A test need not wait for what comes later.
await Promise.all(Object.values(LATER).map((bring) => bring()));

/** How a page is opened. */
export interface Opening {
  readonly guest?: string;
  readonly lesson?: string;
  readonly view?: Partial<View>;
  readonly machines?: GlassvisorApp['machines'];
}

/** A page under test. */
export class Page {
  readonly app = new GlassvisorApp();

  /** Opens a page and waits until its machine stands before tick 0. */
  static async open({ guest = 'hello', lesson = '', view = {}, machines }: Opening = {}): Promise<Page> {
    const page = new Page();
    const { app } = page;
    app.guest = guest;
    app.lesson = lesson;
    if (machines) app.machines = machines;
    app.session.store.look({ ...DEFAULT_VIEW, ...view });
    document.documentElement.dataset['theme'] = view.theme ?? 'light';
    document.body.replaceChildren(app);
    await page.until((state) => state.loaded !== null && state.walk !== null);
    await page.settle();
    return page;
  }

  get state(): State {
    return this.app.session.store.state;
  }

  /** The one element that `path` leads to, each step into the shadow of the last. */
  find<T extends Element = HTMLElement>(...path: readonly string[]): T {
    let root: ParentNode = this.app.renderRoot;
    let found: Element | null = null;
    for (const step of path) {
      found = root.querySelector(step);
      if (!found) throw new Error(`There is no ${path.join(' > ')} on the page.`);
      root = found.shadowRoot ?? found;
    }
    return found as T;
  }

  /** All elements that the last step of `path` names. */
  all<T extends Element = HTMLElement>(...path: readonly string[]): T[] {
    const host = this.find(...path.slice(0, -1));
    return [...(host.shadowRoot ?? host).querySelectorAll<T>(path.at(-1) ?? '')];
  }

  /** What a reader sees there, blanks made one. */
  text(...path: readonly string[]): string {
    const found = this.find(...path);
    return (
      found.shadowRoot ? [...found.shadowRoot.children].filter((e) => e.tagName !== 'STYLE').map((e) => e.textContent) : [found.textContent]
    )
      .join(' ')
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** Presses a key where the focus is: `Shift+ArrowRight`, `t`. */
  press(key: string): void {
    const isShifted = key.startsWith('Shift+');
    const event = { key: isShifted ? key.slice(6) : key, shiftKey: isShifted, bubbles: true, composed: true, cancelable: true };
    this.focused.dispatchEvent(new KeyboardEvent('keydown', event));
  }

  /** The element with the focus, through all shadows. */
  get focused(): Element {
    let element: Element = document.activeElement ?? document.body;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  }

  /** Does `work` and waits for the frame at which the machine stands again. */
  async after(work: () => unknown): Promise<State> {
    const serial = this.state.frame?.serial;
    await work();
    await this.until((state) => state.frame?.serial !== serial && state.frame?.running === false);
    await this.settle();
    return this.state;
  }

  /** Waits until the state is as `test` wants it. */
  async until(test: (state: State) => boolean): Promise<void> {
    const started = performance.now();
    while (!test(this.state)) {
      if (performance.now() - started > 25_000) throw new Error('The page did not come so far in 25 seconds.');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Waits until every panel has drawn. */
  async settle(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await this.app.updateComplete;
      const panels = this.app.renderRoot.querySelectorAll<GlassvisorApp>('*');
      await Promise.all([...panels].map((panel) => panel.updateComplete));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}
