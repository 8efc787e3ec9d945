/** What an embedded machine can be asked, and what it tells. Types alone. */

/** How far a step goes. */
export type StepSize = 'instruction' | 'exit';

/** What to load: a guest of the catalogue, assembly source, or a file (an image, or a saved moment). */
export type Program =
  | { readonly guest: string }
  | { readonly source: string; readonly name?: string }
  | { readonly bytes: Uint8Array; readonly name: string };

/** Where a machine stands, and why. */
export interface Position {
  readonly tick: number;
  /** The furthest tick that has been recorded. */
  readonly endTick: number;
  readonly running: boolean;
  /** `loaded`, `step`, `pause`, `breakpoint`, `exit`, `seek`, `halt` ... */
  readonly reason: string;
  /** Exit status of `debug-exit`, null otherwise. */
  readonly exitCode: number | null;
}

/** A VM exit. */
export interface ExitDetail {
  readonly tick: number;
  /** Basic exit reason, and its name in the manual. */
  readonly reason: number;
  readonly name: string;
  /** Unsigned. */
  readonly qualification: number;
}

/** What went wrong, in a sentence, and what to do about it. */
export interface TroubleDetail {
  readonly message: string;
  readonly hint: string;
}

/** Events of `<glass-visor>`; all bubble and are composed. */
export interface GlassVisorEvents {
  'gv-ready': CustomEvent<{ readonly name: string; readonly place: 'worker' | 'page' }>;
  'gv-stop': CustomEvent<Position>;
  'gv-exit': CustomEvent<ExitDetail>;
  'gv-tick': CustomEvent<Position>;
  'gv-error': CustomEvent<TroubleDetail>;
}

/** What the poster becomes when it is asked to. */
export interface Viewer {
  readonly position: Position | null;
  /** Where the machine runs. */
  readonly place: 'worker' | 'page';
  load(program: Program): Promise<void>;
  run(): Promise<void>;
  pause(): Promise<void>;
  reset(): Promise<void>;
  step(count: number, size: StepSize): Promise<void>;
  back(count: number, size: StepSize): Promise<void>;
  seek(tick: number): Promise<void>;
  save(): Promise<Uint8Array>;
  /** The attributes of the element have changed. */
  look(): void;
  close(): void;
}

/** What makes a viewer: the lazy part of the element. */
export interface ViewerMaker {
  /** Resolves when the machine stands before its first tick, or where it was told to. */
  mount(host: HTMLElement, root: ShadowRoot, program: Program | null): Promise<Viewer>;
}
