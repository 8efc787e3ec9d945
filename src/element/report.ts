/** Tells the page around the element what the machine does. */
import { within } from '../ui/history.ts';
import type { OpenLesson } from '../ui/lessons/progress.ts';
import type { State, Store } from '../ui/store.ts';
import { dmaOf, exitDetail, positionOf, tlbOf, walksOf } from './readings.ts';
import { tell } from './tell.ts';

/** Told of at once of each kind: a run brings thousands, and a page wants the last ones. */
const MOST = 32;

/** Dispatches events on `host` as `store` changes; returns the way to stop. */
export function report(host: HTMLElement, store: Store): () => void {
  let before = store.state;
  let told = before.frame?.tick ?? 0;
  return store.subscribe(() => {
    const [was, now] = [before, store.state];
    before = now;
    if (now.trouble && now.trouble !== was.trouble) tell(host, 'gv-error', { message: now.trouble.message, hint: now.trouble.hint });
    if (now.lesson && now.lesson !== was.lesson) reportCheckpoint(host, was.lesson, now.lesson);
    const { lens, isPinned } = now.view;
    // A pinned one was told of before it came.
    if (lens !== was.view.lens && !isPinned) tell(host, 'gv-lens', { address: lens.linear, access: lens.access, pinned: false });
    if (!now.frame || now.frame === was.frame) return;
    if (was.frame?.tick !== now.frame.tick) tell(host, 'gv-tick', positionOf(now));
    reportHappenings(host, now, told);
    told = now.frame.tick;
    if (!now.frame.running) tell(host, 'gv-stop', positionOf(now));
  });
}

/** What happened since the tick `from`; nothing when time went backwards. */
function reportHappenings(host: HTMLElement, { frame, history }: State, from: number): void {
  const to = frame?.tick ?? 0;
  if (to <= from) return;
  const news = <T extends { readonly at: number; readonly record: number }>(list: readonly T[]): readonly T[] =>
    within(list, from, to).slice(-MOST);
  for (const walk of walksOf(history, news)) tell(host, 'gv-walk', walk);
  for (const change of tlbOf(history, news)) tell(host, 'gv-tlb', change);
  for (const access of dmaOf(history, news)) tell(host, 'gv-dma', access);
  for (const exit of news(history.exits)) tell(host, 'gv-exit', exitDetail(exit));
}

function reportCheckpoint(host: HTMLElement, before: OpenLesson | null, { lesson, steps, shown, isReached }: OpenLesson): void {
  const wasReached = before?.lesson === lesson && before.shown === shown && before.isReached;
  const { reached, answer, verdict }: Partial<OpenLesson['steps'][number]> = steps[shown] ?? {};
  if (!isReached || wasReached || typeof reached !== 'number') return;
  const machine = verdict ?? null;
  tell(host, 'gv-checkpoint', { tick: reached, lesson: lesson.id, step: shown + 1, steps: steps.length, answer: answer ?? null, machine });
}
