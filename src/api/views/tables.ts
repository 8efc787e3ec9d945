/** Translation tables as the two trees that they are: those of 32-bit paging below CR3, those of the EPT below the EPTP. Whole tables, not only the way of one access;
 *  entries that say the same stand together. Read as a walk reads them, but nothing is marked. */
import type { EptMisconfiguration } from '../../arch/ept.ts';
import { CR0_PG, CR3_DIRECTORY } from '../../arch/paging.ts';
import { EptWalker } from '../../memory/ept-walk.ts';
import type { WalkExplanation } from '../../memory/explain.ts';
import type { ExplainedReference } from '../../memory/explain-references.ts';
import { OK, PROBE, TableMemory } from '../../memory/tables.ts';
import { type PagingContext, unsignedContext } from '../../memory/walk.ts';
import type { Machine } from '../../machine/machine.ts';
import { type Aliases, aliasesIn } from './table-aliases.ts';
import { EPT_FORMAT, type EntryKind, type EntryMeaning, guestFormat, type TableFormat } from './table-format.ts';

export type { EntryKind } from './table-format.ts';

/** What is asked. A table is named by the entries that lead to it: `guest`, `guest.4`, `ept.0.0.1`. */
export interface TablesRequest {
  /** Tables to be looked into. The roots, and those through which the lens's access goes, are open by themselves. */
  readonly opened: readonly string[];
  /** Tables that are to stay closed all the same. */
  readonly closed: readonly string[];
}

/** Entries that stand in a row and say the same: of pages, one goes on where the other ends. */
export interface TableRow {
  /** Name of the first, and of the table that it leads to. */
  readonly key: string;
  readonly first: number;
  readonly last: number;
  readonly kind: EntryKind;
  readonly isLeaf: boolean;
  /** Words of the first, unsigned; `high` is 0 in the guest's. */
  readonly low: number;
  readonly high: number;
  /** Where the first lies: host-physical (below 2^36), and for the guest's guest-physical. */
  readonly host: number;
  readonly physical: number | null;
  /** What they speak for: linear addresses for the guest's, guest-physical ones for the EPT's. Bytes. */
  readonly from: number;
  readonly size: number;
  /** Where that leads: the first page, or the table. Null: nowhere. */
  readonly to: number | null;
  /** Under EPT, where `to` of the guest's lies in host memory; null where the EPT does not say, and elsewhere. */
  readonly toHost: number | null;
  readonly misconfiguration: EptMisconfiguration | null;
  /** Numbers of the references of the lens's walk that read it. */
  readonly references: readonly number[];
  /** The bit that ended that walk here. */
  readonly failed: string | null;
  /** Other addresses that lead to a frame or table of theirs: some of them, and how many there are. */
  readonly also: readonly number[];
  readonly alsoCount: number;
  readonly table: TableView | null;
}

/** Entries of one kind in a row. */
export interface DensityRun {
  readonly first: number;
  readonly last: number;
  readonly isWritable: boolean;
}

/** One table, with the tables below it as far as they are open. */
export interface TableView {
  readonly key: string;
  readonly level: 'PML4' | 'PDPT' | 'PD' | 'PT';
  readonly entry: 'PML4E' | 'PDPTE' | 'PDE' | 'PTE';
  readonly count: number;
  /** Where it lies; `host` null where the EPT does not map it. */
  readonly host: number | null;
  readonly physical: number | null;
  readonly present: number;
  readonly writable: number;
  /** Present entries; what is between them is not. Null: too many tables to be counted. */
  readonly density: readonly DensityRun[] | null;
  readonly isOpen: boolean;
  /** Empty unless open. */
  readonly rows: readonly TableRow[];
  /** There are more rows. */
  readonly isCut: boolean;
  /** Words of an open table, as they lie in memory; empty otherwise. */
  readonly words: Uint32Array;
}

/** The trees of one context. */
export interface TablesView {
  readonly context: PagingContext;
  /** Null: paging is off. */
  readonly guest: TableView | null;
  /** Null: no EPT is in force. */
  readonly ept: TableView | null;
  /** False: there are so many entries that nobody looked which lead to the same place. */
  readonly isSearched: boolean;
}

/** Rows in an answer, tables that are read for it, and names taken from a request. */
const MOST_ROWS = 1200;
const MOST_TABLES = 300;
const MOST_NAMES = 512;
/** Addresses given of those that lead to the same place. */
const MOST_ALSO = 3;

/** Reads the tables of `walk.context`, the lens's access with them. */
export function tablesView({ bus }: Pick<Machine, 'bus'>, walk: WalkExplanation, request: TablesRequest): TablesView {
  const context = unsignedContext(walk.context);
  const memory = new TableMemory(bus, 'forget');
  const ept = context.isNested ? new EptWalker(memory) : null;
  ept?.setRoot(context.eptpLow, context.eptpHigh);
  const hostOf = (physical: number): number | null => {
    if (ept === null) return physical;
    return ept.walk(physical | 0, PROBE) === OK && ept.rights !== 0 ? ept.page * 4096 + (physical % 4096) : null;
  };
  const shared = { memory, hostOf, marks: marksOf(walk), asked: asked(request), left: { rows: MOST_ROWS, tables: MOST_TABLES } };
  const isPaged = (context.cr0 & CR0_PG) !== 0;
  const guest = isPaged ? new Forest({ ...shared, format: guestFormat(context.cr4) }).read((context.cr3 & CR3_DIRECTORY) >>> 0) : null;
  const pml4 = (context.eptpHigh & 0xf) * 2 ** 32 + ((context.eptpLow & -0x1000) >>> 0);
  const nested = ept && new Forest({ ...shared, format: EPT_FORMAT, hostOf: (host) => host }).read(pml4);
  return {
    ...{ context, guest: guest?.table ?? null, ept: nested?.table ?? null },
    isSearched: guest?.isSearched !== false && nested?.isSearched !== false,
  };
}

/** What the walk did with an entry. */
interface Mark {
  readonly references: number[];
  failed: string | null;
}

/** The walk's references by the names of the entries. */
function marksOf({ references, missing, linear }: WalkExplanation): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const reference of references) {
    const key = nameOf(reference, linear);
    const mark = marks.get(key) ?? { references: [], failed: null };
    mark.references.push(reference.number);
    if (missing?.reference === reference.number) mark.failed = missing.bit;
    marks.set(key, mark);
  }
  return marks;
}

function nameOf({ dimension, level, guestPhysical }: ExplainedReference, linear: number): string {
  const indices =
    dimension === 'guest'
      ? [linear >>> 22, (linear >>> 12) & 1023].slice(0, level === 'PD' ? 1 : 2)
      : [0, guestPhysical >>> 30, (guestPhysical >>> 21) & 511, (guestPhysical >>> 12) & 511].slice(
          0,
          EPT_FORMAT.levels.findIndex(({ name }) => name === level) + 1,
        );
  return [dimension, ...indices].join('.');
}

/** Sets of names, of which a request may have any. */
function asked({ opened, closed }: TablesRequest): { opened: ReadonlySet<string>; closed: ReadonlySet<string> } {
  return { opened: new Set(opened.slice(0, MOST_NAMES)), closed: new Set(closed.slice(0, MOST_NAMES)) };
}

interface ForestOptions {
  readonly format: TableFormat;
  readonly memory: TableMemory;
  /** Where the tables lie in host memory: null where they do not. */
  readonly hostOf: (address: number) => number | null;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly asked: ReturnType<typeof asked>;
  readonly left: { rows: number; tables: number };
}

/** A table to be read. */
interface Place {
  readonly key: string;
  /** Place in `levels`. It grows with each table, so that tables which lead to themselves end too. */
  readonly level: number;
  readonly address: number;
  readonly from: number;
}

/** One tree. */
class Forest {
  private readonly options: ForestOptions;
  private aliases: Aliases | null = null;

  constructor(options: ForestOptions) {
    this.options = options;
  }

  read(address: number): { readonly table: TableView; readonly isSearched: boolean } {
    const { format, memory, hostOf } = this.options;
    this.aliases = aliasesIn(format, address, (at) => wordsAt(memory, format, hostOf(at)));
    return { table: this.tableAt({ key: format.root, level: 0, address, from: 0 }), isSearched: this.aliases !== null };
  }

  private tableAt(place: Place): TableView {
    const { format, asked, marks, left, memory, hostOf } = this.options;
    const { key, level, address } = place;
    const { name, entry } = format.levels[level];
    const host = hostOf(address);
    const isRead = host !== null && left.tables-- > 0;
    const words = wordsAt(memory, format, isRead ? host : null);
    const meanings = meaningsOf(words, format, level);
    const isOpen = host !== null && (asked.opened.has(key) || ((level === 0 || marks.has(key)) && !asked.closed.has(key)));
    const rows = isOpen ? this.rowsOf(place, words, meanings) : [];
    const density = densityOf(meanings);
    const isGuest = format.root === 'guest';
    return {
      ...{ key, level: name, entry, count: format.count, host, physical: isGuest ? address : null },
      present: density.reduce((sum, run) => sum + run.last - run.first + 1, 0),
      writable: density.reduce((sum, run) => sum + (run.isWritable ? run.last - run.first + 1 : 0), 0),
      ...{ density: isRead ? density : null, isOpen, rows },
      isCut: isOpen && (rows.at(-1)?.last ?? -1) + 1 < format.count,
      words: isOpen ? words : new Uint32Array(0),
    };
  }

  private rowsOf(place: Place, words: Uint32Array, meanings: readonly EntryMeaning[]): TableRow[] {
    const { format, marks, left } = this.options;
    const step = format.entrySize / 4;
    const size = 2 ** format.levels[place.level].shift;
    const rows: TableRow[] = [];
    for (let first = 0; first < meanings.length && left.rows > 0; ) {
      let last = first;
      const goesOn = (): boolean =>
        last + 1 < meanings.length &&
        !marks.has(`${place.key}.${first}`) &&
        !marks.has(`${place.key}.${last + 1}`) &&
        isAlike(meanings, last, size) &&
        isSameWord(words, step, last, meanings[last].kind === 'page');
      while (goesOn()) last++;
      left.rows--;
      rows.push(this.row(place, { first, last }, { words, meaning: meanings[first] }));
      first = last + 1;
    }
    return rows;
  }

  private row(
    place: Place,
    { first, last }: { readonly first: number; readonly last: number },
    { words, meaning }: { readonly words: Uint32Array; readonly meaning: EntryMeaning },
  ): TableRow {
    const { format, marks, hostOf } = this.options;
    const { level, address } = place;
    const key = `${place.key}.${first}`;
    const at = address + first * format.entrySize;
    const size = 2 ** format.levels[level].shift;
    const from = place.from + first * size;
    const { kind, isLeaf, to, misconfiguration } = meaning;
    const mark = marks.get(key);
    const isGuest = format.root === 'guest';
    const step = format.entrySize / 4;
    return {
      ...{ key, first, last, kind, isLeaf, low: words[first * step], high: step === 2 ? words[first * 2 + 1] : 0 },
      host: (hostOf(address) ?? 0) + first * format.entrySize,
      ...{ physical: isGuest ? at : null, from, size: (last - first + 1) * size, to },
      toHost: isGuest && to !== null && kind === 'page' ? hostOf(to) : null,
      ...{ misconfiguration, references: mark?.references ?? [], failed: mark?.failed ?? null },
      ...this.othersOf({ level, from, size, count: last - first + 1, to }),
      table: kind === 'table' && to !== null ? this.tableAt({ key, level: level + 1, address: to, from }) : null,
    };
  }

  /** Addresses that lead to where these entries lead, but themselves. */
  private othersOf({
    level,
    from,
    size,
    count,
    to,
  }: Omit<Place, 'key' | 'address'> & { size: number; count: number; to: number | null }): Pick<TableRow, 'also' | 'alsoCount'> {
    const { aliases } = this;
    const also: number[] = [];
    let alsoCount = 0;
    for (let i = 0; to !== null && aliases !== null && i < count; i++) {
      for (const address of aliases.at(level, to + i * size)) {
        if (address >= from && address < from + count * size) continue;
        // Thousands of entries may lead to one frame, and each of them has a row.
        if (alsoCount++ < MOST_ALSO) also.push(address);
      }
    }
    return { also, alsoCount };
  }
}

/** The words of a table at a host address; nothing where there is none. */
function wordsAt(memory: TableMemory, { count, entrySize }: TableFormat, host: number | null): Uint32Array {
  const words = new Uint32Array(host === null ? 0 : (count * entrySize) / 4);
  const page = Math.floor((host ?? 0) / 4096);
  for (let i = 0; i < words.length; i++) words[i] = memory.read(page, 4 * i);
  return words;
}

function meaningsOf(words: Uint32Array, format: TableFormat, level: number): readonly EntryMeaning[] {
  const step = format.entrySize / 4;
  return Array.from({ length: words.length / step }, (_, i) =>
    format.meaning(level, words[i * step] | 0, step === 2 ? words[i * 2 + 1] | 0 : 0),
  );
}

/** Entry `at` and the next say the same, frames apart. */
function isAlike(meanings: readonly EntryMeaning[], at: number, size: number): boolean {
  const a = meanings[at];
  const b = meanings[at + 1];
  if (a.kind !== b.kind || a.kind === 'table' || a.kind === 'refused') return false;
  return a.kind === 'absent' || b.to === (a.to ?? 0) + size;
}

/** Their words are the same; of pages, but for the frame, whose bits begin at 12. */
function isSameWord(words: Uint32Array, step: number, at: number, isPage: boolean): boolean {
  const low = isPage ? 0xfff : -1;
  if (((words[at * step] ^ words[(at + 1) * step]) & low) !== 0) return false;
  return step === 1 || isPage || words[at * 2 + 1] === words[at * 2 + 3];
}

function densityOf(meanings: readonly EntryMeaning[]): DensityRun[] {
  const runs: { first: number; last: number; isWritable: boolean }[] = [];
  for (const [i, { kind, isWritable }] of meanings.entries()) {
    if (kind === 'absent') continue;
    const run = runs.at(-1);
    if (run && run.last === i - 1 && run.isWritable === isWritable) run.last = i;
    else runs.push({ first: i, last: i, isWritable });
  }
  return runs;
}
