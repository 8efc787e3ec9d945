/** The lens through time: when was this written last, who mapped it, when is it touched next. Found by watchpoints, which are not the reader's own. */
import type { MachineHost, Stop, WalkExplanation, Watchpoint } from '../api/protocol.ts';
import type { MessageKey } from './i18n/en.ts';
import type { FillRecord } from './fine-history.ts';
import { reachedBy } from './reading.ts';
import type { Session } from './session.ts';
import type { Lens } from './store.ts';

/** What can be asked of an address. */
export const QUESTIONS = ['lastWrite', 'mapped', 'lastFill', 'nextTouch'] as const;
export type Question = (typeof QUESTIONS)[number];

/** Walks set A and D flags in the entries, which is no mapping: so many are passed over. */
const MOST_FLAGS = 64;
const PAGE = 4096;
const LARGEST_PAGE = 2 ** 22;
const NOTHING: Readonly<Record<Question, MessageKey>> = {
  lastWrite: 'lens.neverWritten',
  mapped: 'lens.neverMapped',
  lastFill: 'lens.neverFilled',
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
  if (question === 'lastFill') return lastFill(session);
  const points = watchedFor(question, view.lens, walk);
  if (!frame || points.length === 0) return session.say(NOTHING[question]);
  const stop = await session.watching(points, (host) => (question === 'nextTouch' ? host.run() : search(host, question)));
  if (!stop || stop.reason === 'watchpoint' || stop.reason === 'pause') return;
  await session.seek(frame.tick);
  session.say(NOTHING[question]);
}

/** To the last time before the present at which the TLB took in the page of the lens. */
async function lastFill(session: Session): Promise<void> {
  const { view, walk, frame, history } = session.store.state;
  const host = walk && reachedBy(walk);
  const { linear } = view.lens;
  const offset = linear % pageSize(walk);
  const isOf = (fill: FillRecord): boolean => linear - fill.linear === offset && (host === null || host - fill.host === offset);
  const fill = history.fills.findLast((one) => one.at < (frame?.tick ?? 0) && isOf(one));
  if (fill) await session.seek(fill.at);
  else session.say(NOTHING.lastFill);
}

/** Bytes of the page as the TLB keeps it: the smaller one of the guest's and the EPT's. */
function pageSize(walk: WalkExplanation | null): number {
  const sizes = [walk?.guestPageSize, walk?.eptPageSize].filter((size) => size != null);
  return sizes.length === 0 ? PAGE : Math.min(LARGEST_PAGE, ...sizes);
}

async function search(host: MachineHost, question: Question): Promise<Stop> {
  let stop = await host.runBack();
  for (let i = 0; i < MOST_FLAGS && question === 'mapped' && stop.reason === 'watchpoint' && stop.touch?.linear === null; i++)
    stop = await host.runBack();
  return stop;
}
