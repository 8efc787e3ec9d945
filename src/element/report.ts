/** Tells the page around the element what the machine does. */
import { reasonName } from '../ui/reading.ts';
import type { State, Store } from '../ui/store.ts';
import type { ExitDetail, GlassVisorEvents, Position } from './types.ts';

/** Exits told of at once: a run brings thousands, and a page wants the last ones. */
const MOST_EXITS = 32;

/** Dispatches events on `host` as `store` changes; returns the way to stop. */
export function report(host: HTMLElement, store: Store): () => void {
  let { frame, trouble } = store.state;
  let told = frame?.tick ?? 0;
  return store.subscribe(() => {
    const now = store.state;
    if (now.trouble && now.trouble !== trouble) tell(host, 'gv-error', now.trouble);
    ({ trouble } = now);
    if (!now.frame || now.frame === frame) return;
    const before = frame;
    ({ frame } = now);
    const position = positionOf(now);
    if (before?.tick !== now.frame.tick) tell(host, 'gv-tick', position);
    for (const exit of exitsIn(now, told)) tell(host, 'gv-exit', exit);
    told = now.frame.tick;
    if (!now.frame.running) tell(host, 'gv-stop', position);
  });
}

function positionOf({ frame }: State): Position {
  const { tick = 0, endTick = 0, running = false, stop } = frame ?? {};
  return { tick, endTick, running, reason: stop?.reason ?? 'loaded', exitCode: stop?.exitCode ?? null };
}

/** Exits since the tick `from`; none when time went backwards. */
function exitsIn({ frame, history }: State, from: number): readonly ExitDetail[] {
  const to = frame?.tick ?? 0;
  const exits = history.exits.filter((exit) => exit.at > from && exit.at <= to).slice(-MOST_EXITS);
  return exits.map(({ at, reason, qualification }) => ({ tick: at, reason, name: reasonName(reason), qualification: qualification >>> 0 }));
}

function tell<K extends keyof GlassVisorEvents>(host: HTMLElement, type: K, detail: GlassVisorEvents[K]['detail']): void {
  host.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
}
