/** What a page and an embed.html in its iframe say to each other, version 1. Types and constants alone; docs/embedding.md tells it as a story.
 *
 *  The page posts a `Hello` to the frame every 250 ms, at most 20 times, until the frame answers one with a `Welcome` that carries a MessagePort. From then on
 *  they talk through the port: requests and answers by number, and events. */
import type { GlassVisorEvents } from './types.ts';

export const FRAME_VERSION = 1;
export const HELLO_MS = 250;
export const MOST_HELLOS = 20;

export interface Hello {
  readonly gv: typeof FRAME_VERSION;
  readonly type: 'hello';
  /** Chosen by the page; comes back in the welcome. */
  readonly id: string;
}

export interface Welcome {
  readonly gv: typeof FRAME_VERSION;
  readonly type: 'welcome';
  readonly id: string;
  /** The page may give commands, not only look. */
  readonly trusted: boolean;
}

/** Properties that can be asked for as if they were methods; they change nothing, and anyone who embeds the frame may read them. */
export const READABLE = ['position', 'state', 'breakpoints', 'trace', 'busy', 'error', 'capabilities', 'place'] as const;
/** Methods that change nothing. */
export const ASKING = ['get', 'save', 'snapshot', 'evaluate', 'check', 'exportTrace', 'exportImage', 'toUrl'] as const;
/** The others: for a page whose origin the frame knows. `breakAt` sets `breakpoints`. */
export const COMMANDS = [
  ...(['boot', 'load', 'run', 'runTo', 'pause', 'reset', 'step', 'back', 'seek'] as const),
  ...(['setLens', 'breakAt', 'restore', 'destroy', 'set'] as const),
] as const;

export type FrameMethod = (typeof READABLE)[number] | (typeof ASKING)[number] | (typeof COMMANDS)[number];

export interface FrameRequest {
  readonly id: number;
  readonly method: FrameMethod;
  readonly params?: readonly unknown[];
}

export type FrameAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: 'unknown-method' | 'not-trusted' | 'refused'; readonly message: string } };

export interface FrameEvent {
  readonly event: keyof GlassVisorEvents;
  readonly detail: unknown;
}

/** The events that a frame passes on. */
export const FRAME_EVENTS: readonly (keyof GlassVisorEvents)[] = [
  ...(['gv-ready', 'gv-stop', 'gv-tick', 'gv-exit', 'gv-walk', 'gv-tlb', 'gv-dma'] as const),
  ...(['gv-lens', 'gv-change', 'gv-checkpoint', 'gv-answer', 'gv-error', 'gv-resize'] as const),
];
