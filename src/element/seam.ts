/** What the poster becomes when it is asked to: the seam between the stub, which every page loads, and the rest. */
import type {
  AccessKind,
  Address,
  Capabilities,
  LensTarget,
  MachineState,
  Position,
  Program,
  RunTo,
  StepSize,
  StopPlaces,
  Trace,
  Translation,
  TroubleDetail,
} from './types.ts';

/** Under this symbol an element has its viewer, for parts of it that stand elsewhere on the page; the same for every version that may be there. */
export const VIEWER = Symbol.for('glassvisor.viewer');

export interface Viewer {
  readonly position: Position | null;
  readonly program: Program | null;
  readonly state: MachineState | null;
  breakpoints: StopPlaces;
  readonly trace: Trace;
  readonly busy: boolean;
  readonly error: TroubleDetail | null;
  readonly capabilities: Capabilities;
  /** Where the machine runs. */
  readonly place: 'worker' | 'page';
  load(program: Program): Promise<void>;
  run(): Promise<void>;
  runTo(spec: RunTo): Promise<Position>;
  pause(): Promise<void>;
  reset(): Promise<void>;
  step(count: number, size: StepSize): Promise<void>;
  back(count: number, size: StepSize): Promise<void>;
  seek(tick: number): Promise<void>;
  save(): Promise<Uint8Array>;
  evaluate(address: Address, access: AccessKind): Promise<Translation>;
  setLens(lens: LensTarget | null): Promise<void>;
  check(condition: string): Promise<boolean>;
  exportTrace(): Promise<string>;
  exportImage(kind: 'svg' | 'png'): Promise<Blob>;
  toUrl(page: string | undefined): Promise<string>;
  /** The attributes of the element have changed. */
  look(): void;
  /** Shows one panel of this machine in a shadow root elsewhere; returns the way to stop. `gone` is called when the machine goes first. */
  show(panel: string, root: ShadowRoot, gone: () => void): () => void;
  close(): void;
}

/** What makes a viewer: the lazy part of the element. */
export interface ViewerMaker {
  /** Resolves when the machine stands before its first tick, or where it was told to. */
  mount(host: HTMLElement, root: ShadowRoot, program: Program | null): Promise<Viewer>;
}
