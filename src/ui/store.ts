/** What the page knows: the latest frame, the history and console gathered from all of them, and how the reader looks at it. No machine state is made here. */
import type {
  AccessKind,
  DeviceEvent,
  Frame,
  GuestSummary,
  Language,
  Loaded,
  MachineHost,
  WalkContext,
  WalkExplanation,
  Watchpoint,
} from '../api/protocol.ts';
import { ConsoleLog } from './console-log.ts';
import type { Draft } from './edit/draft.ts';
import type { Mark } from './edit/marks.ts';
import { History } from './history.ts';
import { type Keymap, USUAL_KEYS } from './usual-keys.ts';
import type { OpenLesson } from './lessons/progress.ts';
import type { Scene } from './scenes.ts';
import type { StepSize } from './steps.ts';
import { NO_PINS, type Pins } from './widgets/pins.ts';

/** One access, of which the walk is shown. */
export interface Lens {
  readonly linear: number;
  /** Bytes, 1 where it is not known. */
  readonly size: number;
  readonly access: AccessKind;
  readonly context: WalkContext;
  /** Made at CPL 3; null: as CPL says there. */
  readonly isUser: boolean | null;
}

/** How the reader looks. Languages, theme and scale are kept in storage where there is any. */
export interface View {
  readonly language: Language;
  /** Why is said in the other language too. */
  readonly isBilingual: boolean;
  readonly theme: 'light' | 'dark';
  /** Of the type: 1 is 16 px. */
  readonly scale: number;
  /** Which key does what; kept in storage too. */
  readonly keymap: Keymap;
  /** Panel on the stage. */
  readonly scene: Scene;
  /** The stage shows tables instead of drawings. */
  readonly isTable: boolean;
  readonly lens: Lens;
  /** The lens stays where the reader put it; otherwise it follows the machine. */
  readonly isPinned: boolean;
  /** Step granularity of the transport. */
  readonly granularity: StepSize;
  /** The lens's pins: an address or null for each of A, B, C. */
  readonly pins: Pins;
  /** Ticks to come back to. */
  readonly bookmarks: readonly number[];
  /** The timeline has more rows, the root layer fewer. */
  readonly isTimeTall: boolean;
  /** Tracks of the timeline that the reader has put away. */
  readonly hiddenTracks: readonly string[];
  /** Instructions per second while running, 0 = as fast as it goes. */
  readonly speed: number;
  readonly breakpoints: readonly number[];
  readonly stopReasons: readonly number[];
  readonly watchpoints: readonly Watchpoint[];
  /** Encodings of VMCS fields. */
  readonly fieldStops: readonly number[];
  readonly eventStops: readonly DeviceEvent[];
  /** Of the stops above, those that are switched off, by their keys (stops.ts). */
  readonly stopsOff: readonly string[];
  /** Source texts that somebody is changing, and the name of the one that is open. */
  readonly drafts: readonly Draft[];
  readonly editing: string | null;
}

/** A sentence for the reader, until the next command. */
export interface Trouble {
  readonly message: string;
  readonly hint: string;
  /** The page's own sentence, in the reader's language; the machine's are in English. */
  readonly isOurs?: boolean;
  /** Nothing was refused: something is to be known. */
  readonly isNote?: boolean;
}

export interface State {
  readonly host: MachineHost | null;
  readonly place: 'worker' | 'page';
  readonly guests: readonly GuestSummary[];
  readonly loaded: Loaded | null;
  /** The catalogue id of the loaded guest, null for a file. */
  readonly guestId: string | null;
  readonly frame: Frame | null;
  /** The first tick that can be gone back to, of that frame. */
  readonly begin: number;
  /** One object for life; `recorded` is its version, so that a change is seen. */
  readonly history: History;
  readonly recorded: number;
  readonly console: string;
  /** So many bytes at its beginning are no longer kept. */
  readonly consoleLost: number;
  /** The lens's access explained, of the last frame that can be read. */
  readonly walk: WalkExplanation | null;
  readonly view: View;
  readonly trouble: Trouble | null;
  /** The watchpoint behind which the machine stands: as it was when the run began. */
  readonly touched: Watchpoint | null;
  /** Number of the reference to which the walk is shown; null: all of it. */
  readonly reference: number | null;
  /** What was changed by hand on this page, in the history that is shown. */
  readonly edits: readonly Mark[];
  /** A search through the past has lasted a while. */
  readonly isSearching: boolean;
  /** Null: none is open. */
  readonly lesson: OpenLesson | null;
  /** Nothing is changed by hand here: an embedded machine. */
  readonly isFixed: boolean;
}

export const DEFAULT_VIEW: View = {
  language: 'en',
  isBilingual: false,
  theme: 'light',
  scale: 1,
  keymap: USUAL_KEYS,
  scene: 'walk',
  isTable: false,
  lens: { linear: 0x10000, size: 1, access: 'read', context: 'current', isUser: null },
  isPinned: false,
  granularity: 'instruction',
  pins: NO_PINS,
  bookmarks: [],
  isTimeTall: false,
  hiddenTracks: [],
  speed: 0,
  breakpoints: [],
  stopReasons: [],
  watchpoints: [],
  fieldStops: [],
  eventStops: [],
  stopsOff: [],
  drafts: [],
  editing: null,
};

/** Bytes of console text shown at most. */
const CONSOLE_LIMIT = 16_384;

export class Store {
  private current: State = {
    host: null,
    place: 'worker',
    guests: [],
    loaded: null,
    guestId: null,
    frame: null,
    begin: 0,
    history: new History(),
    recorded: 0,
    console: '',
    consoleLost: 0,
    walk: null,
    view: DEFAULT_VIEW,
    trouble: null,
    touched: null,
    reference: null,
    edits: [],
    isSearching: false,
    lesson: null,
    isFixed: false,
  };
  private readonly listeners = new Set<() => void>();
  /** All that the machine has written; `State.console` is the end of it. */
  readonly log = new ConsoleLog();

  get state(): State {
    return this.current;
  }

  /** Calls back after every change; returns the way to stop. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves when the state is as `test` wants it, or after so many milliseconds. */
  until(test: (state: State) => boolean, mostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (test(this.current)) end();
      };
      const stop = this.subscribe(look);
      const timer = setTimeout(() => end(), mostMs);
      const end = (): void => {
        stop();
        clearTimeout(timer);
        resolve();
      };
      look();
    });
  }

  update(change: Partial<State>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  look(change: Partial<View>): void {
    this.update({ view: { ...this.current.view, ...change } });
  }

  /** Takes the frame's records and console bytes in, and shows nothing yet: frames must be gathered in their order. */
  gather(frame: Frame): void {
    this.current.history.take(frame.trace);
    this.current.history.takeFine(frame.fine);
    this.log.take(frame.console);
  }

  /** Shows `frame`, which has been gathered, with what else belongs to it. */
  show(frame: Frame, change: Partial<State> = {}): void {
    const { log } = this;
    this.update({
      ...change,
      frame,
      begin: frame.beginTick,
      recorded: this.current.history.version,
      console: log.text(CONSOLE_LIMIT),
      consoleLost: log.first,
    });
  }
}
