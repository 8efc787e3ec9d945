/** xterm.js as the screen of a machine that can go back in time. What it shows is a function of what the machine has written; what it answers is nothing. */
import { Terminal } from '@xterm/xterm';
import type { ConsoleLog } from '../console-log.ts';
import { withSheets } from './console-sheets.ts';

/** Lines above the screen. */
const SCROLLBACK = 2000;
/** Bytes that are drawn anew when time goes back. */
const REDRAWN = 2 ** 16;
/** ESC c: everything as at the beginning. As a part of the stream it takes its turn behind what is still to be drawn. */
const RESET = '\x1bc';
/** Pixels that xterm's scroll bar may lie over. */
const BAR = 12;
const LEAST_COLUMNS = 20;

/** What the page decides about the screen. */
export interface ScreenLook {
  readonly fontFamily: string;
  /** Pixels. */
  readonly fontSize: number;
  /** Of xterm's theme, by its names. */
  readonly colours: Readonly<Record<string, string>>;
  /** Said of the place where one types, and where output comes too fast to be read out. */
  readonly label: string;
  readonly tooMuch: string;
  /** Said in place of a beginning that is no longer kept. */
  readonly lost: string;
}

export class ConsoleScreen {
  private readonly terminal: Terminal;
  private readonly place: HTMLElement;
  private readonly closeSheets: () => void;
  private seen = 0;
  private cuts = -1;
  private lost = '';
  /** The colours of the theme, to be compared. */
  private themed = '';

  /** Opens in `place`, which stands in the page. `typed` is told of every key and paste; `leave` when the keyboard wants out. */
  constructor(
    place: HTMLElement,
    look: ScreenLook,
    { typed, leave }: { readonly typed: (text: string) => void; readonly leave: () => void },
  ) {
    this.place = place;
    // Guests of this page write plain line feeds, as to a printer.
    this.terminal = new Terminal({
      convertEol: true,
      screenReaderMode: true,
      scrollback: SCROLLBACK,
      lineHeight: 1.1,
      cursorInactiveStyle: 'block',
    });
    this.look(look);
    refuseQuestions(this.terminal);
    this.closeSheets = withSheets(place.getRootNode() as ShadowRoot, () => this.terminal.open(place));
    this.terminal.onData(typed);
    this.takeInsertions();
    // Ctrl+I and Ctrl+[ are the same characters; the keys themselves are the way out, for whoever has no pointer.
    this.terminal.attachCustomKeyEventHandler((event) => {
      if (event.key === 'Escape' && event.type === 'keydown') leave();
      return event.key !== 'Tab' && event.key !== 'Escape';
    });
    this.look(look);
    this.fit();
  }

  close(): void {
    this.terminal.dispose();
    this.closeSheets();
  }

  focus(): void {
    this.terminal.focus();
  }

  /** Colours, type and words. */
  look({ fontFamily, fontSize, colours, label, tooMuch, lost }: ScreenLook): void {
    this.lost = lost;
    const { options, textarea } = this.terminal;
    if (options.fontSize !== fontSize) options.fontSize = fontSize;
    if (options.fontFamily !== fontFamily) options.fontFamily = fontFamily;
    // A theme, even the same, draws everything anew; a run comes here with every frame.
    const themed = Object.values(colours).join();
    if (themed !== this.themed) options.theme = { ...colours };
    this.themed = themed;
    textarea?.setAttribute('aria-label', label);
    Terminal.strings.promptLabel = label;
    Terminal.strings.tooMuchOutput = tooMuch;
  }

  /** Text that comes without a key (a dictation, a table of characters): for screen readers xterm.js leaves it alone. */
  private takeInsertions(): void {
    const { terminal } = this;
    let isKeyDown = false;
    terminal.textarea?.addEventListener('keydown', () => (isKeyDown = true), { capture: true });
    terminal.textarea?.addEventListener('keyup', () => (isKeyDown = false), { capture: true });
    terminal.textarea?.addEventListener('input', (event) => {
      const { data, inputType, isComposing } = event as InputEvent;
      if (data && inputType === 'insertText' && !isComposing && !isKeyDown) terminal.input(data);
    });
  }

  /** As many columns and rows as there is room for. */
  fit(): void {
    const { terminal, place } = this;
    const screen = place.querySelector('.xterm-screen')?.getBoundingClientRect();
    if (!screen || screen.width === 0 || place.clientWidth === 0) return;
    const columns = Math.max(LEAST_COLUMNS, Math.floor(((place.clientWidth - BAR) * terminal.cols) / screen.width));
    const rows = Math.max(1, Math.floor((place.clientHeight * terminal.rows) / screen.height));
    if (columns !== terminal.cols || rows !== terminal.rows) terminal.resize(columns, rows);
  }

  /** Shows what the machine has written, and nothing that it has not written yet. */
  show(log: ConsoleLog): void {
    if (log.cuts !== this.cuts) {
      this.cuts = log.cuts;
      this.seen = Math.max(log.first, log.end - REDRAWN);
      this.terminal.write(RESET);
      // In italics, as what the machine has not said.
      if (this.seen === log.first && log.first > 0) this.terminal.write(`\x1b[3m${this.lost}\x1b[23m\r\n`);
    }
    const bytes = log.since(this.seen);
    this.seen = log.end;
    if (bytes.length > 0) this.terminal.write(bytes);
  }

  /** The lines that stand there, those above the screen included; a test reads it. */
  get text(): string {
    const { active } = this.terminal.buffer;
    return Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  }
}

/** A terminal answers a guest that asks who it is or where its cursor stands. Drawn again after a step back, it would answer again; and an answer is an input,
 *  which would begin another history. So it knows none of these questions. Colours of 24 bits are not known either: xterm.js makes style attributes of them,
 *  which a strict policy refuses. */
function refuseQuestions({ parser }: Terminal): void {
  const refuse = (): boolean => true;
  for (const id of [
    { final: 'c' },
    { prefix: '>', final: 'c' },
    { prefix: '=', final: 'c' },
    { final: 'n' },
    { prefix: '?', final: 'n' },
    { final: 't' },
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
  ])
    parser.registerCsiHandler(id, refuse);
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, refuse);
  for (const id of [4, 10, 11, 12]) parser.registerOscHandler(id, refuse);
  // "Tell me of the focus": so much would be typed by looking.
  parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => params.includes(1004));
  parser.registerCsiHandler({ final: 'm' }, (params) => isTrueColour(params.flat()));
}

function isTrueColour(params: readonly number[]): boolean {
  return params.some((param, i) => (param === 38 || param === 48) && params[i + 1] === 2);
}
