/** Where the translation tables of a context lie in host memory. */
import { CR0_PG, CR3_DIRECTORY } from '../../arch/paging.ts';
import type { Bus } from '../../memory/bus.ts';
import { EptWalker } from '../../memory/ept-walk.ts';
import { OK, PROBE, TableMemory } from '../../memory/tables.ts';
import type { PagingContext } from '../../memory/walk.ts';
import { EPT_FORMAT, guestFormat } from './table-format.ts';

/** Tables that are told, at most. */
const MOST = 512;

/** A table: its place in the levels of its format, and its host-physical address. */
export interface TablePlace {
  readonly level: number;
  readonly host: number;
}

/** Those of one tree, each once: a table that leads to itself is one. */
export function tablePlaces(bus: Bus, context: PagingContext, root: 'guest' | 'ept'): readonly TablePlace[] {
  if (root === 'guest' ? (context.cr0 & CR0_PG) === 0 : !context.isNested) return [];
  const memory = new TableMemory(bus, 'forget');
  const walker = context.isNested ? new EptWalker(memory) : null;
  walker?.setRoot(context.eptpLow, context.eptpHigh);
  const translate = (physical: number): number =>
    walker === null ? physical : walker.walk(physical | 0, PROBE) === OK && walker.rights !== 0 ? walker.page * 4096 : -1;
  const format = root === 'guest' ? guestFormat(context.cr4) : EPT_FORMAT;
  const hostOf = root === 'guest' ? translate : (host: number): number => host;
  const places: TablePlace[] = [];
  const known = new Set<number>();
  const step = format.entrySize / 4;
  const visit = (level: number, address: number): void => {
    const host = hostOf(address);
    if (host < 0 || known.has(host) || places.length >= MOST) return;
    known.add(host);
    places.push({ level, host });
    if (level === format.levels.length - 1) return;
    for (let i = 0; i < format.count; i++) {
      const page = Math.floor(host / 4096);
      const { kind, to } = format.meaning(level, memory.read(page, 4 * i * step), step === 2 ? memory.read(page, 4 * i * step + 4) : 0);
      if (kind === 'table' && to !== null) visit(level + 1, to);
    }
  };
  const eptp = (context.eptpHigh & 0xf) * 2 ** 32 + ((context.eptpLow & -0x1000) >>> 0);
  visit(0, root === 'guest' ? (context.cr3 & CR3_DIRECTORY) >>> 0 : eptp);
  return places;
}
