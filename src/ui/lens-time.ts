/** The lens through time: when was this written last, who mapped it, when is it touched next. Found by watchpoints, which are not the reader's own. */
import type { MachineHost, Stop, WalkExplanation, Watchpoint } from '../api/protocol.ts';
import type { MessageKey } from './i18n/en.ts';
import { reachedBy } from './reading.ts';
import type { Session } from './session.ts';
import type { Lens } from './store.ts';

/** What can be asked of an address. */
export const QUESTIONS = ['lastWrite', 'mapped', 'nextTouch'] as const;
export type Question = (typeof QUESTIONS)[number];

/** Walks set A and D flags in the entries, which is no mapping: so many are passed over. */
const MOST_FLAGS = 64;
const NOTHING: Readonly<Record<Question, MessageKey>> = {
  lastWrite: 'lens.neverWritten',
  mapped: 'lens.neverMapped',
  nextTouch: 'lens.neverTouched',
};

/** Memory whose accesses answer `question`: where the address leads to, or the entries that lead there. */
export function watchedFor(question: Question, { linear, size }: Lens, walk: WalkExplanation | null): readonly Watchpoint[] {
  if (question === 'mapped')
    return (walk?.references ?? []).map(({ host, dimension }) => ({
      space: 'h',
      address: host,
      length: dimension === 'ept' ? 8 : 4,
      access: 'write',
    }));
  const access = question === 'lastWrite' ? 'write' : 'any';
  const host = walk && reachedBy(walk);
  const physical = walk?.context.isNested ? (walk.rows.at(-1)?.guestPhysical ?? null) : null;
  if (host !== null && host < 2 ** 32) return [{ space: 'h', address: host, length: size, access }];
  if (physical !== null) return [{ space: 'g', address: physical, length: size, access }];
  return [{ space: 'v', address: linear, length: size, access }];
}

/** Goes to the answer; where there is none one stays, and is told. */
export async function ask(session: Session, question: Question): Promise<void> {
  const { view, walk, frame } = session.store.state;
  const points = watchedFor(question, view.lens, walk);
  if (!frame || points.length === 0) return session.say(NOTHING[question]);
  const stop = await session.watching(points, (host) => (question === 'nextTouch' ? host.run() : search(host, question)));
  if (!stop || stop.reason === 'watchpoint' || stop.reason === 'pause') return;
  await session.seek(frame.tick);
  session.say(NOTHING[question]);
}

async function search(host: MachineHost, question: Question): Promise<Stop> {
  let stop = await host.runBack();
  for (let i = 0; i < MOST_FLAGS && question === 'mapped' && stop.reason === 'watchpoint' && stop.touch?.linear === null; i++)
    stop = await host.runBack();
  return stop;
}
