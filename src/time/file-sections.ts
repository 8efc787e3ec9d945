/** The sections of a snapshot file. A name is a 16-bit length and that many characters; a count or size has 32 bits where nothing else is said.
 *
 *  config   the machine's configuration: JSON in ASCII
 *  moment   tick, recordedUntil (8 bytes each), inputs applied
 *  journal  count; for each input: tick (8 bytes), kind (name), size, payload
 *  parts    count; for each part: id (name), size, bytes
 *  ram      count of pages, of pages that are not zero, of distinct ones; for each that is not zero its number and which distinct one; the distinct ones */
import { StateHash } from '../base/hash.ts';
import { type ByteReader, ByteWriter } from './bytes.ts';
import { type Input, Journal } from './journal.ts';
import { isSamePage, PAGE_SIZE, type Page, PageMap, ZERO_PAGE } from './pages.ts';
import type { Moment } from './timeline.ts';

/** 512 MiB. */
const MAX_PAGES = 131_072;

/** Characters beyond ASCII as JSON's own escapes. */
export function writeConfig(config: unknown): Uint8Array {
  const text = JSON.stringify(config).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const out = new ByteWriter();
  out.ascii(text);
  return out.done();
}

/** Any JSON value. */
export function readConfig(input: ByteReader): unknown {
  const text = input.ascii(input.left);
  try {
    return JSON.parse(text);
  } catch {
    return input.refuse('is not JSON', 0);
  }
}

export function writeInstant({ snapshot, applied, recordedUntil }: Moment): Uint8Array {
  const out = new ByteWriter();
  out.f64(snapshot.tick);
  out.f64(recordedUntil);
  out.u32(applied);
  return out.done();
}

/** Where the moment stands in the history that `journal` tells; the two must agree. */
export function readInstant(input: ByteReader, journal: Journal): { tick: number; recordedUntil: number; applied: number } {
  const tick = input.count();
  const recordedUntil = input.count();
  const applied = input.u32();
  input.end();
  if (applied > journal.length) input.refuse(`counts ${applied} inputs taken in, the journal has ${journal.length}`);
  if (applied > 0 && journal.tickAt(applied - 1) > tick) input.refuse(`is at tick ${tick}, before an input it contains`);
  if (journal.tickAt(applied) < tick) input.refuse(`is at tick ${tick}, after an input it does not contain`);
  if (recordedUntil < Math.max(tick, journal.length && journal.tickAt(journal.length - 1)))
    input.refuse(`ends its history at ${recordedUntil}, too early`);
  return { tick, recordedUntil, applied };
}

export function writeJournal(journal: Journal): Uint8Array {
  const out = new ByteWriter();
  out.u32(journal.length);
  for (const { tick, kind, payload } of journal.from(0)) {
    out.f64(tick);
    out.name(kind);
    out.u32(payload.length);
    out.raw(payload);
  }
  return out.done();
}

export function readJournal(input: ByteReader): Journal {
  const inputs: Input[] = [];
  let last = 0;
  for (let left = input.u32(); left > 0; left--) {
    const tick = input.count();
    if (tick < last) input.refuse(`goes back from tick ${last} to ${tick}`);
    last = tick;
    inputs.push({ tick, kind: input.name(), payload: input.raw(input.u32()) });
  }
  input.end();
  return new Journal(inputs);
}

export function writeParts(parts: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const out = new ByteWriter();
  out.u32(parts.size);
  for (const [id, bytes] of parts) {
    out.name(id);
    out.u32(bytes.length);
    out.raw(bytes);
  }
  return out.done();
}

export function readParts(input: ByteReader): ReadonlyMap<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>();
  for (let left = input.u32(); left > 0; left--) {
    const id = input.name();
    if (parts.has(id)) input.refuse(`has "${id}" twice`);
    parts.set(id, input.raw(input.u32()).slice());
  }
  input.end();
  return parts;
}

export function writeRam(ram: PageMap): Uint8Array {
  const places: [index: number, which: number][] = [];
  const distinct = new DistinctPages();
  ram.forEach((index, page) => places.push([index, distinct.numberOf(page)]));
  const out = new ByteWriter(12 + 8 * places.length + PAGE_SIZE * distinct.pages.length);
  out.u32(ram.count);
  out.u32(places.length);
  out.u32(distinct.pages.length);
  for (const [index, which] of places) {
    out.u32(index);
    out.u32(which);
  }
  for (const page of distinct.pages) out.raw(page);
  return out.done();
}

export function readRam(input: ByteReader): PageMap {
  const count = input.u32();
  if (count < 1 || count > MAX_PAGES) input.refuse(`has ${count} pages, 1 to ${MAX_PAGES} are possible`, 0);
  const used = input.u32();
  const distinct = input.u32();
  if (used > count || distinct > used) input.refuse(`uses ${used} of ${count} pages, ${distinct} of them distinct`, 0);
  const places: [index: number, which: number][] = [];
  for (let last = -1; places.length < used; ) {
    const index = input.u32();
    const which = input.u32();
    if (index <= last || index >= count || which >= distinct) input.refuse(`puts distinct page ${which} at page ${index}`);
    places.push([index, which]);
    last = index;
  }
  const pages: Page[] = [];
  while (pages.length < distinct) {
    const page = input.raw(PAGE_SIZE).slice();
    if (isSamePage(page, ZERO_PAGE)) input.refuse('stores a page of zeros');
    pages.push(page);
  }
  input.end();
  return PageMap.zeros(count).with(places.map(([index, which]): [number, Page] => [index, pages[which]]));
}

/** Numbers pages by content, in the order in which they come. */
class DistinctPages {
  readonly pages: Page[] = [];
  private readonly byIdentity = new Map<Page, number>();
  private readonly byHash = new Map<string, number[]>();

  numberOf(page: Page): number {
    const known = this.byIdentity.get(page);
    if (known !== undefined) return known;
    const hash = new StateHash().add(page).digest();
    const candidates = this.byHash.get(hash) ?? [];
    this.byHash.set(hash, candidates);
    let number = candidates.find((n) => isSamePage(this.pages[n], page));
    if (number === undefined) {
      number = this.pages.push(page) - 1;
      candidates.push(number);
    }
    this.byIdentity.set(page, number);
    return number;
  }
}
