/** The TLB's happenings and answers as sentences: for a reader as type, for a listener as text. */
import type { TlbEntryView } from '../../api/protocol.ts';
import type { FillRecord, FlushRecord } from '../fine-history.ts';
import type { History } from '../history.ts';
import { grouped } from '../reading.ts';
import { at, say, type Sentence } from '../widgets/sentence.ts';
import type { Taker, TlbEvent } from './tlb-log.ts';

/** Where an entry stands: `data 3.1`. */
export function placeOf({ half, set, way }: Pick<TlbEntryView, 'half' | 'set' | 'way'>): Sentence {
  return say('tlb.place', { half: say(`tlb.${half}`), set, way });
}

/** A set as records number it: those of the instruction half first. */
export function setName(set: number, sets: number): Sentence {
  const isData = set >= sets;
  return say('tlb.setOf', { half: say(isData ? 'tlb.data' : 'tlb.instruction'), set: isData ? set - sets : set });
}

/** What a line of the list says. */
export function eventSentence(event: TlbEvent, history: History, sets: number): Sentence {
  if (event.kind === 'flush') return flushSentence(event.flush, history);
  if (event.kind === 'refusal') {
    const { linear, result } = event.walk;
    return say('tlb.walkFailed', { linear: at('v', linear), what: say(`tlb.result.${result === 2 || result === 3 ? result : 1}`) });
  }
  const { linear, host, set }: FillRecord = event.fill;
  const values = { linear: at('v', linear), host: at('h', host), place: setName(set, sets) };
  return say(event.kind === 'fill' ? 'tlb.filled' : 'tlb.evicted', values);
}

export function flushSentence({ scope, linear, vpid, count, at: tick }: FlushRecord, history: History): Sentence {
  return say(`tlb.flush.${scope}`, { linear: at('v', linear), vpid, count: goneCount(count), transition: transitionAt(history, tick) });
}

/** The transition whose effect shows at `tick`, or the last before. */
export function transitionAt(history: History, tick: number): Sentence {
  return say(history.transitionBefore(tick)?.world === 'root' ? 'tlb.exit' : 'tlb.entry');
}

/** In few words, beside what went. */
export function takerSentence(taker: Taker): Sentence | null {
  if (taker === null) return null;
  return taker === 'eviction' ? say('tlb.noRoom') : say(`tlb.who.${taker.scope}`);
}

function goneCount(count: number): Sentence {
  return count === 0 ? say('tlb.gone.0') : count === 1 ? say('tlb.gone.1') : say('tlb.gone.n', { n: grouped(count) });
}

export function entriesCount(count: number): Sentence {
  return count === 1 ? say('tlb.oneEntry') : say('tlb.entries', { n: grouped(count) });
}

export function walksCount(count: number): Sentence {
  return count === 1 ? say('tlb.walk') : say('tlb.walks', { n: grouped(count) });
}

export function referencesCount(count: number): Sentence {
  return count === 1 ? say('tlb.reference') : say('tlb.references', { n: grouped(count) });
}

/** The guest's rights and, under EPT, the EPT's: `RW U · RWX`. */
export function rightsOf({ isWritable, isUser, ept }: TlbEntryView): string {
  const own = `${isWritable ? 'RW' : 'R-'} ${isUser ? 'U' : 'S'}`;
  return ept ? `${own} · ${ept.R ? 'R' : '-'}${ept.W ? 'W' : '-'}${ept.X ? 'X' : '-'}` : own;
}
