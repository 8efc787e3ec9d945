/** A translation explained: every table reference in order, what each entry said, and what came of it. It is the real walk (walk.ts) over memory
 *  whose marks are only remembered, so that nothing changes. The result is plain data with unsigned numbers. */
import { EPT_W, type EptMisconfiguration } from '../arch/ept.ts';
import { CR0_PG, PF_P, PF_RSVD } from '../arch/paging.ts';
import type { Bus, BusTarget } from './bus.ts';
import { type ExplainedReference, type GuestLevel, referencesOf } from './explain-references.ts';
import { ep4taOf } from './invalidation.ts';
import {
  type Access,
  FETCH,
  MISCONFIGURATION,
  OK,
  PAGE_FAULT,
  READ,
  TableMemory,
  type TableReading,
  WRITE,
  type WalkStatus,
} from './tables.ts';
import { DATA, INSTRUCTION, type Tlb } from './tlb.ts';
import { isStale, tablesNow } from './tlb-stale.ts';
import { type TlbEntryView, viewEntry } from './tlb-view.ts';
import { type AccessKind, neededFlags, type PagingContext, type Walker, unsignedContext, type WalkRequest, walkerIn } from './walk.ts';

const ACCESS: Readonly<Record<AccessKind, Access>> = { read: READ, write: WRITE, fetch: FETCH };

/** One line of the two-dimensional walk: a guest-physical address on its way to host memory, and what was read there. */
export interface ExplainedRow {
  readonly level: GuestLevel;
  /** What its address was made from: a register, an entry's frame, or (paging off) the linear address itself. */
  readonly base: 'CR3' | 'PDE' | 'PTE' | 'linear';
  /** Index into the guest's table; in the last row the offset in the page. */
  readonly index: number;
  /** Of the guest's entry, or of the access itself. Null: the walk did not come so far. */
  readonly guestPhysical: number | null;
  readonly host: number | null;
  /** Numbers of its references: through the EPT, and the guest's entry (null in the last row and where it was not reached). */
  readonly ept: readonly number[];
  readonly read: number | null;
}

/** How the access ends. `host` is below 2^36. */
export type WalkOutcome =
  | { readonly kind: 'ok'; readonly host: number; readonly target: BusTarget }
  | {
      readonly kind: 'pageFault';
      readonly errorCode: number;
      readonly linear: number;
      readonly cause: 'not present' | 'rights' | 'reserved bit';
    }
  | {
      readonly kind: 'eptViolation';
      readonly qualification: number;
      readonly guestPhysical: number;
      /** `update`: the guest's entry could be read, but not have its A or D flag set. */
      readonly cause: 'not present' | 'rights' | 'update';
    }
  | { readonly kind: 'eptMisconfiguration'; readonly guestPhysical: number; readonly rule: EptMisconfiguration };

/** What the TLB holds for the access. */
export interface TlbAnswer {
  readonly half: 'instruction' | 'data';
  readonly entry: TlbEntryView | null;
  /** `hit`: the access uses the entry and no table is read. `refused`: the entry lacks a right or its D flag, so the tables are walked anew.
   *  `unused`: neither paging nor EPT. */
  readonly use: 'hit' | 'refused' | 'miss' | 'unused';
  /** The entry says something else than the tables do now. */
  readonly isStale: boolean;
  /** Where the access goes if it is a hit. */
  readonly host: number | null;
}

/** A run of the linear address's bits. */
export interface AddressField {
  readonly name: 'directory' | 'table' | 'offset';
  readonly high: number;
  readonly low: number;
  readonly value: number;
}

export interface WalkExplanation {
  readonly linear: number;
  readonly access: AccessKind;
  readonly isUser: boolean;
  readonly context: PagingContext;
  readonly fields: readonly AddressField[];
  readonly rows: readonly ExplainedRow[];
  readonly references: readonly ExplainedReference[];
  /** References of the whole walk: those made, and after a failure those that 4-KiB pages would still have taken. 14 at most. */
  readonly total: number;
  readonly outcome: WalkOutcome;
  /** The bit that decided a failure, and in which reference. `value` is what stood there. */
  readonly missing: { readonly reference: number; readonly bit: string; readonly value: number } | null;
  /** Page sizes in bytes, null where unknown: the guest's own, the EPT's for the page itself, and the smaller, which the TLB keeps. */
  readonly guestPageSize: number | null;
  readonly eptPageSize: number | null;
  readonly tlb: TlbAnswer;
}

/** Explains how `request` would be translated in `context`. Changes nothing. */
export function explainWalk(bus: Bus, tlb: Tlb, context: PagingContext, request: WalkRequest): WalkExplanation {
  const memory = new TableMemory(bus, 'remember');
  const walker = walkerIn(memory, context);
  const readings: TableReading[] = [];
  walker.log = (reading) => readings.push(reading);
  walker.ept.log = walker.log;
  const linear = request.linear >>> 0;
  const status = walker.walk(linear, ACCESS[request.access], request.isUser);
  const references = referencesOf(readings, memory.pending ?? new Map(), { context, request });
  const rows = rowsOf(references, context, linear, status === OK ? hostOf(walker, linear) : null);
  const outcome = outcomeOf(bus, walker, status, { linear, references });
  const isTranslated = rows[rows.length - 1].guestPhysical !== null;
  return {
    linear,
    access: request.access,
    isUser: request.isUser,
    context: unsignedContext(context),
    fields: fieldsOf(linear, rows),
    rows,
    references,
    total: totalOf(rows, context, status),
    outcome,
    missing: missingOf(outcome, references),
    guestPageSize: isTranslated && isPaged(context) ? 2 ** walker.guestShift : null,
    eptPageSize: context.isNested && status === OK ? 2 ** walker.ept.shift : null,
    tlb: askTlb(bus, tlb, context, { ...request, linear }),
  };
}

function isPaged(context: PagingContext): boolean {
  return (context.cr0 & CR0_PG) !== 0;
}

function hostOf(walker: Walker, linear: number): number {
  return walker.page * 4096 + (linear & 0xfff);
}

/** The rows, whether reached or not. A 4-MiB page has no PT row; without paging there is only the page. */
function rowsOf(
  references: readonly ExplainedReference[],
  context: PagingContext,
  linear: number,
  host: number | null,
): readonly ExplainedRow[] {
  const pde = references.find((r) => r.entry === 'PDE' && r.dimension === 'guest');
  const isLarge = pde?.isLeaf === true;
  const levels: readonly GuestLevel[] = !isPaged(context) ? ['page'] : isLarge ? ['PD', 'page'] : ['PD', 'PT', 'page'];
  let start: number | null = isPaged(context) ? context.cr3 & -0x1000 : 0;
  let base: ExplainedRow['base'] = isPaged(context) ? 'CR3' : 'linear';
  return levels.map((level) => {
    const own = references.filter((r) => r.row === level);
    const read = own.find((r) => r.dimension === 'guest');
    const index =
      level === 'PD'
        ? linear >>> 22
        : level === 'PT'
          ? (linear >>> 12) & 1023
          : isPaged(context)
            ? linear & (isLarge ? 0x3fffff : 0xfff)
            : linear;
    const guestPhysical = start === null ? null : (start + (level === 'page' ? index : 4 * index)) >>> 0;
    const row = { level, base, index, guestPhysical, host: read?.host ?? (level === 'page' ? host : null) };
    start = read?.frame ?? null;
    base = level === 'PD' ? 'PDE' : 'PTE';
    return { ...row, ept: own.filter((r) => r.dimension === 'ept').map((r) => r.number), read: read?.number ?? null };
  });
}

/** References made, and for rows that were not finished those of 4-KiB pages. */
function totalOf(rows: readonly ExplainedRow[], context: PagingContext, status: WalkStatus): number {
  const perTranslation = context.isNested ? 4 : 0;
  let total = 0;
  for (const row of rows) {
    const isFinished = row.level === 'page' ? status === OK : row.read !== null;
    total += (isFinished ? row.ept.length : perTranslation) + (row.level === 'page' ? 0 : 1);
  }
  return total;
}

function fieldsOf(linear: number, rows: readonly ExplainedRow[]): readonly AddressField[] {
  if (rows.length === 1) return [{ name: 'offset', high: 31, low: 0, value: linear }];
  const directory = { name: 'directory', high: 31, low: 22, value: linear >>> 22 } as const;
  if (rows.length === 2) return [directory, { name: 'offset', high: 21, low: 0, value: linear & 0x3fffff }];
  return [
    directory,
    { name: 'table', high: 21, low: 12, value: (linear >>> 12) & 1023 },
    { name: 'offset', high: 11, low: 0, value: linear & 0xfff },
  ];
}

interface Walked {
  readonly linear: number;
  readonly references: readonly ExplainedReference[];
}

function outcomeOf(bus: Bus, walker: Walker, status: WalkStatus, { linear, references }: Walked): WalkOutcome {
  const guestPhysical = walker.physical >>> 0;
  const code = walker.code;
  if (status === OK) {
    const host = hostOf(walker, linear);
    return { kind: 'ok', host, target: bus.targetAt(host) };
  }
  if (status === PAGE_FAULT) {
    const cause = (code & PF_RSVD) !== 0 ? 'reserved bit' : (code & PF_P) !== 0 ? 'rights' : 'not present';
    return { kind: 'pageFault', errorCode: code, linear, cause };
  }
  const last = references[references.length - 1];
  if (status === MISCONFIGURATION) return { kind: 'eptMisconfiguration', guestPhysical, rule: last.misconfiguration ?? 'reserved bit' };
  const isUpdate = last.dimension === 'guest';
  const cause = isUpdate ? 'update' : last.frame === null ? 'not present' : 'rights';
  return { kind: 'eptViolation', qualification: code, guestPhysical, cause };
}

/** The first bit that refused, in the dimension in which the walk ended; for an update, on the way to the entry that could not be written. */
function missingOf(outcome: WalkOutcome, references: readonly ExplainedReference[]): WalkExplanation['missing'] {
  if (outcome.kind === 'ok') return null;
  if (outcome.kind === 'eptViolation' && outcome.cause === 'update') {
    const entry = references.find((r) => r.dimension === 'guest' && r.guestPhysical === outcome.guestPhysical);
    const barred = references.find((r) => r.row === entry?.row && r.dimension === 'ept' && (r.low & EPT_W) === 0);
    return barred === undefined ? null : { reference: barred.number, bit: 'W', value: 0 };
  }
  const last = references[references.length - 1];
  const suspects = outcome.kind === 'eptMisconfiguration' ? [last] : references.filter((r) => r.dimension === last.dimension);
  for (const r of suspects) {
    const failed = r.bits.find((b) => b.isFailed);
    if (failed !== undefined) return { reference: r.number, bit: failed.name, value: failed.value };
  }
  return null;
}

function askTlb(bus: Bus, tlb: Tlb, context: PagingContext, request: WalkRequest): TlbAnswer {
  const { linear, access, isUser } = request;
  const half = access === 'fetch' ? 'instruction' : 'data';
  if (!isPaged(context) && !context.isNested) return { half, entry: null, use: 'unused', isStale: false, host: null };
  const { isNested, vpid } = context;
  const tag = { isNested, vpid, ep4ta: ep4taOf(context.eptpLow, context.eptpHigh) };
  const at = tlb.findIn(tag, access === 'fetch' ? INSTRUCTION : DATA, linear);
  if (at < 0) return { half, entry: null, use: 'miss', isStale: false, host: null };
  const needed = neededFlags(context.cr0, ACCESS[access], isUser);
  const use = (tlb.words[at] & needed) === needed ? 'hit' : 'refused';
  return {
    ...{ half, entry: viewEntry(tlb.words, tlb, at), use },
    isStale: isStale(tlb, at, linear, tablesNow(bus, context, linear)),
    host: use === 'hit' ? tlb.hostPage(at, linear) * 4096 + (linear & 0xfff) : null,
  };
}
