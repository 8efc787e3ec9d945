/** A DMA request explained: root entry, context entry, second-level entries, host address; which bit refused; and what the caches make of it. It is the real walk
 *  (walk.ts) with a log; nothing changes. The result is plain data with unsigned numbers. */
import {
  CONTEXT_FIELDS,
  CONTEXT_RESERVED,
  FAULT,
  FAULT_MEANINGS,
  MOST_WIDTH,
  pageReserved,
  ROOT_FIELDS,
  ROOT_RESERVED,
  SECOND_LEVEL_FIELDS,
  SL_RESERVED_HIGH,
  SL_RESERVED_LOW,
  type WideField,
  wideField,
} from '../../arch/vtd.ts';
import type { BusTarget } from '../../memory/bus.ts';
import { type CachedContext, type CachedTranslation, hostIn, readContext } from './caches.ts';
import type { Iommu } from './iommu.ts';
import { type DmaRequest, type EntrySource, INTERRUPT_BASE, INTERRUPT_END, resolve, type Resolution } from './resolve.ts';
import {
  type ContextEntry,
  type EntryLog,
  type EntryReading,
  frameOf,
  isLeaf,
  type Translation,
  type WalkFault,
  walkTables,
} from './walk.ts';

export interface ExplainedBit {
  readonly name: string;
  readonly value: number;
  /** The request needs it to be 1. */
  readonly isNeeded: boolean;
  /** It refuses the request. */
  readonly isFailed: boolean;
}

/** An entry on the way. */
export interface ExplainedEntry {
  /** From 1. */
  readonly number: number;
  readonly kind: EntryReading['kind'];
  /** 4 to 1 of a second-level entry, else 0. */
  readonly level: number;
  readonly index: number;
  readonly host: number;
  /** Null where no memory is. */
  readonly words: readonly number[] | null;
  readonly bits: readonly ExplainedBit[];
  /** It maps a page. */
  readonly isLeaf: boolean;
  /** Host address of what it refers to; null if it is not present or malformed. */
  readonly frame: number | null;
}

/** How a request ends. */
export type DmaOutcome =
  /** Translation is off: the address is a host address. */
  | { readonly kind: 'off' | 'ok' | 'passThrough'; readonly host: number; readonly target: BusTarget }
  | { readonly kind: 'message' }
  | { readonly kind: 'fault'; readonly reason: number; readonly meaning: string; readonly isRecorded: boolean };

/** What the caches hold for a request. */
export interface CacheAnswers {
  readonly context: { readonly entry: CachedContext; readonly isStale: boolean } | null;
  /** Of the domain that the context in use names. */
  readonly translation: { readonly entry: CachedTranslation; readonly isStale: boolean } | null;
}

export interface DmaExplanation {
  readonly request: DmaRequest;
  readonly bus: number;
  readonly device: number;
  readonly fn: number;
  /** What the tables say now. */
  readonly entries: readonly ExplainedEntry[];
  readonly context: ContextEntry | null;
  /** Index into each level's table, top first, and offset in a 4-KiB page. */
  readonly indices: readonly number[];
  readonly offset: number;
  readonly outcome: DmaOutcome;
  /** The bit that decided a refusal by the tables, and in which entry. */
  readonly missing: { readonly entry: number; readonly bit: string; readonly value: number } | null;
  readonly caches: CacheAnswers;
  /** What the unit would do now, believing its caches. Another outcome than the tables' is a stale entry at work. */
  readonly actual: DmaOutcome;
}

/** Explains what would become of `request`. Changes nothing. */
export function explainDma(iommu: Iommu, request: DmaRequest): DmaExplanation {
  const { requester, address } = request;
  const readings: EntryReading[] = [];
  const fromTables = judge(iommu, request, { log: (reading) => readings.push(reading), usesCaches: false });
  const actual = judge(iommu, request, { log: () => {}, usesCaches: true });
  const entries = readings.map((reading, i) =>
    explainEntry(reading, i + 1, { request, outcome: fromTables.outcome, isLast: i === readings.length - 1 }),
  );
  const context = fromTables.cached?.context ?? null;
  return {
    request,
    ...{ bus: requester >> 8, device: (requester >> 3) & 31, fn: requester & 7 },
    entries,
    context,
    indices:
      context === null
        ? []
        : Array.from({ length: context.levels }, (_, i) => Math.floor(address / 2 ** (3 + 9 * (context.levels - i))) % 512),
    offset: address % 4096,
    outcome: fromTables.outcome,
    missing: missingOf(fromTables.outcome, entries),
    caches: askCaches(iommu, request, fromTables),
    actual: actual.outcome,
  };
}

interface Judgement extends Pick<Resolution, 'cached' | 'translation'> {
  readonly outcome: DmaOutcome;
}

/** What the unit does (`resolve`), by the tables alone or with the caches before them, and without marks. */
function judge(iommu: Iommu, request: DmaRequest, how: { readonly log: EntryLog; readonly usesCaches: boolean }): Judgement {
  const { address, isWrite } = request;
  const isMessage = isWrite && address >= INTERRUPT_BASE && address < INTERRUPT_END;
  if (isMessage) return { outcome: { kind: 'message' }, cached: null, translation: null };
  if (!iommu.isEnabled) return { outcome: arrives(iommu, 'off', address), cached: null, translation: null };
  const source: EntrySource = {
    context: (requester) => (how.usesCaches ? iommu.contexts.find(requester) : null) ?? readContext(iommu.tables, requester, how.log),
    translation: (context, at) =>
      (how.usesCaches ? iommu.iotlb.find(context.domain, at) : null) ?? walkTables(iommu.bus, context, at, how.log),
  };
  const { host, fault, cached, translation } = resolve(source, request);
  if (fault !== null) return { outcome: refused(fault), cached, translation };
  return { outcome: arrives(iommu, translation === null ? 'passThrough' : 'ok', host), cached, translation };
}

function arrives(iommu: Iommu, kind: 'off' | 'ok' | 'passThrough', host: number): DmaOutcome {
  return { kind, host, target: iommu.bus.targetAt(host) };
}

function refused({ reason, isSilent }: WalkFault): DmaOutcome {
  return { kind: 'fault', reason, meaning: FAULT_MEANINGS[reason] ?? '', isRecorded: !isSilent };
}

/** The unit's entries for the request, compared with the tables. */
function askCaches(iommu: Iommu, { requester, address }: DmaRequest, now: Judgement): CacheAnswers {
  const entry = iommu.isEnabled ? iommu.contexts.find(requester) : null;
  const used = (entry ?? now.cached)?.context ?? null;
  const found = used === null || used.isPassThrough || address >= 2 ** MOST_WIDTH ? null : iommu.iotlb.find(used.domain, address);
  return {
    context: entry === null ? null : { entry, isStale: !isSameContext(entry, now.cached) },
    translation: found === null ? null : { entry: found, isStale: !isSameTranslation(found, now.translation, address) },
  };
}

/** Whether a remembered context entry says what the tables say now. */
export function isSameContext(cached: CachedContext, now: CachedContext | null): boolean {
  const { context, reason } = cached;
  const other = now?.context ?? null;
  if (context === null || other === null) return context === other && reason === now?.reason;
  return (['domain', 'isPassThrough', 'levels', 'table', 'isSilent'] as const).every((key) => context[key] === other[key]);
}

/** Whether a remembered translation of `address` says what the tables say now; null: they say nothing. */
export function isSameTranslation(cached: CachedTranslation, now: Translation | null, address: number): boolean {
  if (now === null) return false;
  const isAbsent = !now.isReadable && !now.isWritable;
  const hasSameRights = cached.isReadable === now.isReadable && cached.isWritable === now.isWritable;
  return hasSameRights && (isAbsent || hostIn(cached, address) === hostIn(now, address));
}

interface Circumstances {
  readonly request: DmaRequest;
  readonly outcome: DmaOutcome;
  readonly isLast: boolean;
}

function explainEntry(reading: EntryReading, number: number, at: Circumstances): ExplainedEntry {
  const { kind, level, index, host, words } = reading;
  const isPage = kind === 'table' && words !== null && isLeaf(words, level);
  const bits = words === null ? [] : bitsOf(reading, words, isPage, at);
  const isPresent = words !== null && (words[0] & (kind === 'table' ? 3 : 1)) !== 0;
  const isWhole = isPresent && bits.every((b) => b.name === 'R' || b.name === 'W' || !b.isFailed);
  return { number, kind, level, index, host, words, bits, isLeaf: isPage, frame: isWhole ? frameOf(words) : null };
}

const FIELDS: Readonly<Record<EntryReading['kind'], readonly WideField[]>> = {
  root: ROOT_FIELDS,
  context: CONTEXT_FIELDS,
  table: SECOND_LEVEL_FIELDS,
};

/** The flags and small fields of an entry; `reserved` where reserved bits are set. Addresses are left out. */
function bitsOf(
  reading: EntryReading,
  words: readonly number[],
  isPage: boolean,
  { request, outcome, isLast }: Circumstances,
): readonly ExplainedBit[] {
  const needed = reading.kind === 'table' ? (request.isWrite ? 'W' : 'R') : 'P';
  const isInvalid = isLast && reading.kind === 'context' && outcome.kind === 'fault' && outcome.reason === FAULT.contextInvalid;
  const bits = FIELDS[reading.kind]
    .filter((field) => (field.width ?? 1) < 24)
    .map((field): ExplainedBit => {
      const value = wideField(field, words);
      const isUnfit = isInvalid && ((field.name === 'TT' && value !== 0 && value !== 2) || (field.name === 'AW' && value > 2));
      return { name: field.name, value, isNeeded: field.name === needed, isFailed: isUnfit || (field.name === needed && value === 0) };
    });
  const isPresent = (words[0] & (reading.kind === 'table' ? 3 : 1)) !== 0;
  const masks = reservedOf(reading, isPage);
  if (!isPresent || !words.some((word, i) => (word & masks[i]) !== 0)) return bits;
  return [...bits, { name: 'reserved', value: 1, isNeeded: false, isFailed: true }];
}

function reservedOf({ kind, level }: EntryReading, isPage: boolean): readonly number[] {
  if (kind === 'root') return ROOT_RESERVED;
  if (kind === 'context') return CONTEXT_RESERVED;
  return [isPage ? pageReserved(3 + 9 * level) : SL_RESERVED_LOW[level], SL_RESERVED_HIGH];
}

/** The first bit that refused. A reserved bit is found where the walk ended; a right counts wherever it is missing. */
function missingOf(outcome: DmaOutcome, entries: readonly ExplainedEntry[]): DmaExplanation['missing'] {
  if (outcome.kind !== 'fault') return null;
  const isRight = outcome.reason === FAULT.noRead || outcome.reason === FAULT.noWrite;
  const suspects = isRight ? entries.filter((e) => e.kind === 'table') : entries.slice(-1);
  for (const { number, bits } of suspects) {
    const failed = bits.find((b) => b.isFailed && (isRight || b.name !== 'R') && (isRight || b.name !== 'W'));
    if (failed !== undefined) return { entry: number, bit: failed.name, value: failed.value };
  }
  return null;
}
