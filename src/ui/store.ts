/** What the page knows: the latest frame, the records and console gathered from all of them, and how the reader looks at it. No machine state is made here. */
import type { AccessKind, Frame, GuestSummary, Language, Loaded, MachineHost, WalkContext } from '../api/protocol.ts';
import { RECORD_WORDS, TRACE_EVENTS, type TraceName } from '../trace/schema.ts';

/** A trace record, read. `args` are unsigned words in the schema's order. */
export interface TraceRecord {
  readonly name: TraceName;
  readonly tick: number;
  readonly args: readonly number[];
}

/** How the reader looks; kept in storage where there is any. */
export interface View {
  readonly language: Language;
  readonly theme: 'light' | 'dark';
  /** Type scale: 1 is 16 px. */
  readonly scale: number;
  /** Panel on the stage, by id. */
  readonly scene: string;
  /** The address that the walk and the map follow, and what is asked of it. */
  readonly address: number;
  readonly access: AccessKind;
  readonly context: WalkContext;
  /** Step granularity of the transport. */
  readonly granularity: 'instruction' | 'exit';
  /** Instructions per second while running, 0 = as fast as it goes. */
  readonly speed: number;
  readonly breakpoints: readonly number[];
  readonly stopReasons: readonly number[];
}

export interface State {
  readonly host: MachineHost | null;
  readonly place: 'worker' | 'page';
  readonly guests: readonly GuestSummary[];
  readonly loaded: Loaded | null;
  /** The catalogue id of the loaded guest, null for a file. */
  readonly guestId: string | null;
  readonly frame: Frame | null;
  readonly records: readonly TraceRecord[];
  readonly console: string;
  readonly view: View;
  /** A sentence for the reader, until the next command. */
  readonly trouble: { readonly message: string; readonly hint: string } | null;
}

export const DEFAULT_VIEW: View = {
  language: 'en',
  theme: 'light',
  scale: 1,
  scene: 'walk',
  address: 0x10000,
  access: 'read',
  context: 'current',
  granularity: 'instruction',
  speed: 0,
  breakpoints: [],
  stopReasons: [],
};

export class Store {
  private current: State = {
    host: null,
    place: 'worker',
    guests: [],
    loaded: null,
    guestId: null,
    frame: null,
    records: [],
    console: '',
    view: DEFAULT_VIEW,
    trouble: null,
  };
  private readonly listeners = new Set<() => void>();
  /** Number of the first record held, in the trace's own count. */
  private firstRecord = 0;
  private consoleBytes: number[] = [];

  get state(): State {
    return this.current;
  }

  /** Calls back after every change; returns the way to stop. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  update(change: Partial<State>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  look(change: Partial<View>): void {
    this.update({ view: { ...this.current.view, ...change } });
  }

  /** Takes in a frame: appends what is new to the records and the console, or rewinds them. */
  receive(frame: Frame): void {
    this.update({ frame, records: this.gatherRecords(frame), console: this.gatherConsole(frame) });
  }

  private gatherRecords({ trace }: Frame): readonly TraceRecord[] {
    const held = this.current.records;
    const keep = Math.max(0, Math.min(held.length, trace.first - this.firstRecord, trace.recorded - this.firstRecord));
    if (trace.words.length === 0) return keep === held.length ? held : held.slice(0, keep);
    if (keep === 0) this.firstRecord = trace.first;
    const fresh: TraceRecord[] = [];
    for (let at = 0; at < trace.words.length; at += RECORD_WORDS) fresh.push(readRecord(trace.words, at));
    return [...held.slice(0, keep), ...fresh];
  }

  private gatherConsole({ console }: Frame): string {
    if (console.bytes.length === 0 && console.from === this.consoleBytes.length) return this.current.console;
    this.consoleBytes.length = Math.min(this.consoleBytes.length, console.from);
    for (const byte of console.bytes) this.consoleBytes.push(byte);
    return String.fromCharCode(...this.consoleBytes.slice(-8192));
  }
}

function readRecord(words: Int32Array, at: number): TraceRecord {
  const event = TRACE_EVENTS[words[at] - 1];
  const args = event.args.map((_, i) => words[at + 3 + i] >>> 0);
  return { name: event.name, tick: (words[at + 1] >>> 0) + words[at + 2] * 0x1_0000_0000, args };
}
