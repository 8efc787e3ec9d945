import xterm from '@xterm/xterm/css/xterm.css?inline';
import { css, html, type PropertyValues, type TemplateResult, unsafeCSS } from 'lit';
import { Panel } from '../panel.ts';
import { grouped } from '../reading.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { ConsoleScreen, type ScreenLook } from './console-screen.ts';

/** The sixteen colours of a terminal, by our tokens: the guest's own words, in inks that can be read on our paper. Bright ones are the same. */
const COLOURS = {
  black: '--gv-fg',
  red: '--gv-now',
  green: '--gv-hpa',
  yellow: '--gv-gpa',
  blue: '--gv-gva',
  magenta: '--gv-iova',
  cyan: '--gv-gva',
  white: '--ink2',
} as const;

/** The console as a terminal: what the machine writes, and keys that go to it. Its code comes when a console is opened. Says `typed` and `leave`. */
export class TerminalPanel extends Panel {
  private screen: ConsoleScreen | null = null;
  // Behind the layout that is told of: to fit changes it again.
  private readonly resized = new ResizeObserver(() => requestAnimationFrame(() => this.screen?.fit()));
  private isWanted = false;

  static override styles = [
    SHARED,
    unsafeCSS(xterm),
    css`
      :host { position: relative; min-height: 0; overflow: hidden; margin-left: -.5rem; font-family: var(--gv-mono); font-size: var(--t-mono); }
      .place { position: absolute; inset: 0 0 0 .5rem; }
      /* Whose the keys are: a rule beside the screen, and xterm's cursor is filled. */
      :host(:focus-within) { box-shadow: inset 2px 0 var(--gv-fg); }
      .xterm .xterm-viewport, .xterm .xterm-scrollable-element { background: transparent; }
    `,
  ];

  protected inputs({ console, consoleLost, recorded, view }: State): readonly unknown[] {
    return [console, consoleLost, recorded, view.theme, view.scale];
  }

  override firstUpdated(): void {
    void this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.screen?.close();
    this.screen = null;
  }

  override updated(_changed: PropertyValues): void {
    this.screen?.look(this.present());
    this.screen?.fit();
    this.screen?.show(this.store.log);
  }

  override focus(): void {
    this.isWanted = true;
    this.screen?.focus();
  }

  /** What stands on the screen; a test reads it. */
  get text(): string {
    return this.screen?.text ?? '';
  }

  override render(): TemplateResult {
    return html`<div class="place"></div>`;
  }

  private async open(): Promise<void> {
    // The screen is measured in characters of a font that must be there.
    await document.fonts.load(`${this.present().fontSize}px ${this.present().fontFamily}`).catch(() => []);
    const place = this.renderRoot.querySelector<HTMLElement>('.place');
    if (!place || !this.isConnected || this.screen) return;
    this.screen = new ConsoleScreen(place, this.present(), {
      typed: (text) => this.dispatchEvent(new CustomEvent('typed', { detail: text })),
      leave: () => this.dispatchEvent(new CustomEvent('leave')),
    });
    this.screen.show(this.store.log);
    this.resized.observe(place);
    if (this.isWanted) this.screen.focus();
  }

  private present(): ScreenLook {
    const { consoleLost } = this.state;
    const style = getComputedStyle(this);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    const named = Object.entries(COLOURS).flatMap(([name, from]) => [
      [name, token(from)],
      [`bright${name[0].toUpperCase()}${name.slice(1)}`, token(from)],
    ]);
    return {
      fontFamily: style.fontFamily,
      fontSize: Number.parseFloat(style.fontSize),
      colours: {
        ...Object.fromEntries(named),
        background: token('--sunk'),
        foreground: token('--gv-fg'),
        cursor: token('--gv-fg'),
        cursorAccent: token('--sunk'),
        selectionBackground: token('--gv-changed'),
        scrollbarSliderBackground: token('--rule'),
        scrollbarSliderHoverBackground: token('--rule-strong'),
        scrollbarSliderActiveBackground: token('--rule-strong'),
      },
      label: this.t('console.keyboard'),
      tooMuch: this.t('console.tooMuch'),
      lost: this.t('console.lost', { n: grouped(consoleLost) }),
    };
  }
}

customElements.define('gv-terminal', TerminalPanel);
