/** What the recorded history says about the TLB: how each entry came, what became of it, and what it has cost. Pure functions; nothing is kept. */
import type { TlbEntryView } from '../../api/protocol.ts';
import type { FillRecord, FlushRecord, WalkRecord } from '../fine-history.ts';
import { type History, within } from '../history.ts';

/** One line of what happened. */
export type TlbEvent =
  | { readonly kind: 'fill'; readonly at: number; readonly record: number; readonly fill: FillRecord }
  | { readonly kind: 'eviction'; readonly at: number; readonly record: number; readonly fill: FillRecord }
  | { readonly kind: 'flush'; readonly at: number; readonly record: number; readonly flush: FlushRecord }
  /** A walk that ended in a fault: nothing was filled. */
  | { readonly kind: 'refusal'; readonly at: number; readonly record: number; readonly walk: WalkRecord };

/** The latest `most` events up to `tick`, the newest first. Transitions that found nothing to take are left out: they come with every exit. */
export function eventsUpTo({ fills, evictions, flushes, walks }: History, tick: number, most: number): readonly TlbEvent[] {
  const events: TlbEvent[] = [
    ...latest(fills, tick, most, () => true).map((fill) => ({ kind: 'fill' as const, ...instant(fill), fill })),
    ...latest(evictions, tick, most, () => true).map((fill) => ({ kind: 'eviction' as const, ...instant(fill), fill })),
    ...latest(flushes, tick, most, isNews).map((flush) => ({ kind: 'flush' as const, ...instant(flush), flush })),
    ...latest(walks, tick, most, ({ result }) => result !== 0).map((walk) => ({ kind: 'refusal' as const, ...instant(walk), walk })),
  ];
  return events.sort((a, b) => b.record - a.record).slice(0, most);
}

function instant({ at, record }: { readonly at: number; readonly record: number }): { at: number; record: number } {
  return { at, record };
}

function isNews({ scope, count }: FlushRecord): boolean {
  return scope !== 'VM transition' || count > 0;
}

/** The last `most` of a list in order that show at `tick` and pass `test`, the newest first. */
function latest<T extends { readonly at: number }>(list: readonly T[], tick: number, most: number, test: (item: T) => boolean): T[] {
  const found: T[] = [];
  for (let i = list.length - 1; i >= 0 && found.length < most; i--) if (list[i].at <= tick && test(list[i])) found.push(list[i]);
  return found;
}

/** Where an entry stands, counted over both halves as records count. */
function setOf({ half, set }: TlbEntryView, sets: number): number {
  return half === 'instruction' ? set : sets + set;
}

/** Whether a fill or an eviction is of this entry: its place, page and tags. An EPTP's low word has attributes below its address. */
function isOf(record: FillRecord, entry: TlbEntryView, sets: number): boolean {
  if (record.set !== setOf(entry, sets) || record.vpid !== entry.vpid) return false;
  if (record.linear < entry.linear || record.linear >= entry.linear + entry.size) return false;
  return entry.kind === 'linear' || record.eptpLow >>> 12 === (entry.ep4ta / 4096) % 2 ** 20;
}

/** The entries of a TLB that is as it was at `tick`, each with the tick of the fill that made it: null where that is before the record begins. */
export function dated<E extends TlbEntryView>(
  { fills }: History,
  entries: readonly E[],
  { sets, tick }: { readonly sets: number; readonly tick: number },
): readonly Dated<E>[] {
  const waiting = new Map<number, E[]>();
  for (const entry of entries) waiting.set(setOf(entry, sets), [...(waiting.get(setOf(entry, sets)) ?? []), entry]);
  const times = new Map<E, number>();
  for (let i = fills.length - 1; i >= 0 && times.size < entries.length; i--) {
    if (fills[i].at > tick) continue;
    const found = waiting.get(fills[i].set)?.find((entry) => !times.has(entry) && isOf(fills[i], entry, sets));
    if (found) times.set(found, fills[i].at);
  }
  return entries.map((entry) => ({ entry, filledAt: times.get(entry) ?? null }));
}

/** What took an entry in the instant that ended at `tick`: want of room, or a flush; null where the record does not say. */
export type Taker = 'eviction' | FlushRecord | null;

export function takerOf(history: History, gone: TlbEntryView, { sets, tick }: { readonly sets: number; readonly tick: number }): Taker {
  if (within(history.evictions, tick - 1, tick).some((record) => isOf(record, gone, sets))) return 'eviction';
  return within(history.flushes, tick - 1, tick).find((record) => record.count > 0 && couldTake(record, gone)) ?? null;
}

/** Scopes that are about one address. */
const LOCAL: ReadonlySet<FlushRecord['scope']> = new Set(['address', 'page fault', 'EPT violation', 'refilled']);

/** Whether a flush is of a kind that takes such an entry. Which EPTP INVEPT named, and which type INVVPID had, is not recorded; that the entry went, is. */
function couldTake({ scope, linear, vpid }: FlushRecord, entry: TlbEntryView): boolean {
  if (scope === 'INVEPT') return entry.kind === 'combined';
  if (scope === 'INVVPID') return entry.vpid !== 0;
  if (vpid !== entry.vpid) return false;
  if (LOCAL.has(scope)) return linear >= entry.linear && linear < entry.linear + entry.size;
  return scope !== 'context but global' || !entry.isGlobal;
}

/** Why a TLB that is empty at `tick` is so: the flush that took the last entries; null: nothing was filled, as far as is known. */
export function whyEmpty(history: History, tick: number): FlushRecord | null {
  return latest(history.flushes, tick, 1, ({ count }) => count > 0)[0] ?? null;
}

/** What became of all entries up to an instant: what came is there, or somebody has taken it. */
export interface Balance {
  readonly fills: number;
  /** Made before the program began: by the code that set the machine up. */
  readonly first: number;
  readonly held: number;
  readonly flushed: number;
  readonly evicted: number;
}

/** What the record says of the ticks from `from` to `tick`. */
export interface Tally {
  readonly walks: number;
  /** Of those, walks that ended in a fault. */
  readonly faults: number;
  /** Table entries that they read. */
  readonly references: number;
  /** Fills of a page that had been there before, under the same tags. */
  readonly again: number;
  readonly fills: number;
  readonly evictions: number;
  /** By who asked: how often, and how many entries went. */
  readonly flushes: readonly { readonly scope: FlushRecord['scope']; readonly times: number; readonly count: number }[];
}

export function tally(history: History, from: number, tick: number): Tally {
  const walks = within(history.walks, from, tick);
  const fills = within(history.fills, from, tick);
  const scopes = new Map<FlushRecord['scope'], { times: number; count: number }>();
  for (const { scope, count } of within(history.flushes, from, tick)) {
    const sum = scopes.get(scope) ?? { times: 0, count: 0 };
    scopes.set(scope, { times: sum.times + 1, count: sum.count + count });
  }
  const seen = new Set<string>();
  for (const { linear, vpid, eptpLow, set } of fills) seen.add([linear, vpid, eptpLow >>> 12, set].join(' '));
  return {
    walks: walks.length,
    faults: walks.filter(({ result }) => result !== 0).length,
    references: walks.reduce((sum, { references }) => sum + references, 0),
    again: fills.length - seen.size,
    fills: fills.length,
    evictions: within(history.evictions, from, tick).length,
    flushes: [...scopes].map(([scope, sum]) => ({ scope, ...sum })),
  };
}

/** The account of all entries; `held` is how many are valid. Only where `tally` began with the program. */
export function balance({ fills, evictions, flushes }: Tally, held: number): Balance {
  const flushed = flushes.reduce((sum, { count }) => sum + count, 0);
  return { fills, first: held + flushed + evictions - fills, held, flushed, evicted: evictions };
}

/** A bar of the picture of misses: ticks from `from` on, up to the next bar's. */
export interface Bucket {
  readonly from: number;
  readonly walks: number;
  readonly references: number;
  /** Entries that flushes and evictions took. */
  readonly lost: number;
}

/** What was walked and lost in (`from`, `to`], in `count` pieces of one length. */
export function buckets(history: History, { from, to }: { readonly from: number; readonly to: number }, count: number): readonly Bucket[] {
  const width = Math.max(1, (to - from) / count);
  const bars = Array.from({ length: Math.max(1, Math.ceil((to - from) / width)) }, (_, i) => ({
    ...{ from: Math.floor(from + i * width), walks: 0, references: 0, lost: 0 },
  }));
  const barAt = (at: number): (typeof bars)[number] => bars[Math.min(bars.length - 1, Math.floor((at - 1 - from) / width))];
  for (const { at, references } of within(history.walks, from, to)) {
    const bar = barAt(at);
    bar.walks++;
    bar.references += references;
  }
  for (const { at, count: lost } of within(history.flushes, from, to)) barAt(at).lost += lost;
  for (const { at } of within(history.evictions, from, to)) barAt(at).lost++;
  return bars;
}

// Entries ------------------------------------------------------------------------------------------------------------------------------------

export const ORDERS = ['tag', 'page', 'place', 'age'] as const;
/** `tag`: by VPID and EPTP; `page`: by linear address; `place`: by half, set and way; `age`: the latest fill first. */
export type Order = (typeof ORDERS)[number];

/** An entry with the tick at which it came, null where the record does not reach back. */
export interface Dated<E extends TlbEntryView> {
  readonly entry: E;
  readonly filledAt: number | null;
}

export function sorted<E extends TlbEntryView>(entries: readonly Dated<E>[], order: Order): readonly Dated<E>[] {
  const byPage = (a: Dated<E>, b: Dated<E>): number => a.entry.linear - b.entry.linear;
  const byTag = (a: Dated<E>, b: Dated<E>): number =>
    a.entry.vpid - b.entry.vpid || a.entry.kind.localeCompare(b.entry.kind) || a.entry.ep4ta - b.entry.ep4ta || byPage(a, b);
  const byAge = (a: Dated<E>, b: Dated<E>): number => (b.filledAt ?? -1) - (a.filledAt ?? -1);
  if (order === 'place') return entries;
  return [...entries].sort({ tag: byTag, page: byPage, age: byAge }[order]);
}

/** Whether two entries belong to one context. */
export function isSameTag(a: TlbEntryView, b: TlbEntryView): boolean {
  return a.vpid === b.vpid && a.kind === b.kind && a.ep4ta === b.ep4ta;
}
