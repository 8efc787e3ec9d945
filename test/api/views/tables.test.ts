import { describe, expect, test } from 'vitest';
import { type TableRow, type TablesRequest, type TablesView, type TableView, tablesView } from '../../../src/api/views/tables.ts';
import { EPT, EPTP, G, makePaged, makeRig, P, PD, PS, PT, type Rig, setEpt, setEptPte, setPte, U, W, WB } from '../../memory/rig.ts';
import { hostWith } from '../rig.ts';

const NOTHING: TablesRequest = { opened: [], closed: [] };

function view(rig: Rig, linear: number, request: Partial<TablesRequest> = {}): TablesView {
  return tablesView(rig, rig.mmu.explain(linear, 'read', false), { ...NOTHING, ...request });
}

const hex = (n: number | null): string => (n === null ? '-' : n.toString(16));

/** A row a line: entries, kind, where from and to; the walk's references and what ended it. */
function lines(table: TableView | null): string[] {
  return (table?.rows ?? []).map((row) => {
    const run = row.first === row.last ? `${row.first}` : `${row.first}-${row.last}`;
    const walk = row.references.length > 0 ? ` (${row.references.join(' ')})${row.failed ? `✕${row.failed}` : ''}` : '';
    return row.kind === 'absent' || row.kind === 'refused'
      ? `${run} ${row.kind}${row.low ? ` ${hex(row.low)}` : ''}${walk}`
      : `${run} ${row.kind} ${hex(row.from)}+${hex(row.size)} > ${hex(row.to)}${walk}`;
  });
}

/** The table behind the row that begins with entry `first`. */
function below(table: TableView | null, first: number): TableView | null {
  return table?.rows.find((row) => row.first === first)?.table ?? null;
}

function rowOf(table: TableView | null, entry: number): TableRow | undefined {
  return table?.rows.find((row) => row.first <= entry && entry <= row.last);
}

describe('the tables of 32-bit paging', () => {
  test('stand as a tree, in which what goes on alike is one row and the access of the lens has rows of its own', () => {
    const rig = makePaged();
    for (let i = 0; i < 16; i++) setPte(rig, i << 12, (i << 12) | P | W);
    setPte(rig, 0x20000, 0x3000 | P | U);
    rig.bus.write32(PD + 4, 0x400000 | P | W | PS | G);
    const { guest, ept, isSearched } = view(rig, 0x5123);
    expect(ept).toBeNull();
    expect(isSearched).toBe(true);
    expect(lines(guest)).toEqual(['0 table 0+400000 > 11000 (1)', '1 page 400000+400000 > 400000', '2-1023 absent']);
    expect(lines(below(guest, 0))).toEqual([
      ...['0-4 page 0+5000 > 0', '5 page 5000+1000 > 5000 (2)', '6-15 page 6000+a000 > 6000'],
      ...['16-31 absent', '32 page 20000+1000 > 3000', '33-1023 absent'],
    ]);
  });

  test('entries that differ in a flag, or whose frames do not go on, are not one row', () => {
    const rig = makePaged();
    setPte(rig, 0, 0x8000 | P);
    setPte(rig, 0x1000, 0x9000 | P | W);
    setPte(rig, 0x2000, 0xc000 | P | W);
    setPte(rig, 0x3000, 0xc000 | P | W);
    const table = below(view(rig, 0x3ff000).guest, 0);
    expect(lines(table).slice(0, 4)).toEqual([
      '0 page 0+1000 > 8000',
      '1 page 1000+1000 > 9000',
      '2 page 2000+1000 > c000',
      '3 page 3000+1000 > c000',
    ]);
    // Not present, but something stands there: no row with those that are empty.
    setPte(rig, 0x5000, 0x770);
    expect(lines(below(view(rig, 0x3ff000).guest, 0)).slice(4, 7)).toEqual(['4 absent', '5 absent 770', '6-1022 absent']);
  });

  test('name the entry that ends the walk, and the bit', () => {
    const rig = makePaged();
    const { guest } = view(rig, 0x7000);
    expect(lines(below(guest, 0))).toEqual(['0-6 absent', '7 absent (2)✕P', '8-1023 absent']);
  });

  test('a closed table says how much of it is present and writable, and where', () => {
    const rig = makePaged();
    for (let i = 4; i < 8; i++) setPte(rig, i << 12, (i << 12) | P | (i < 6 ? W : 0));
    const table = below(view(rig, 0x400000).guest, 0);
    expect(table).toMatchObject({ isOpen: false, rows: [], present: 4, writable: 2, count: 1024, level: 'PT', host: PT });
    expect(table?.density).toEqual([
      { first: 4, last: 5, isWritable: true },
      { first: 6, last: 7, isWritable: false },
    ]);
    expect(below(view(rig, 0x400000, { opened: ['guest.0'] }).guest, 0)?.isOpen).toBe(true);
    expect(below(view(rig, 0, { closed: ['guest.0'] }).guest, 0)?.isOpen).toBe(false);
    expect(view(rig, 0, { closed: ['guest'] }).guest?.rows).toEqual([]);
  });

  test('say which other addresses lead to the same frame, and to the same table', () => {
    const rig = makePaged();
    setPte(rig, 0x1000, 0x9000 | P);
    setPte(rig, 0x2000, 0xa000 | P);
    setPte(rig, 0x40000, 0xa000 | P | W);
    rig.bus.write32(PD + 4, PT | P);
    const { guest } = view(rig, 0x3ff000);
    expect(rowOf(guest, 0)).toMatchObject({ also: [0x400000], alsoCount: 1 });
    const table = below(guest, 0);
    // Two pages in one row, of which the second is mapped elsewhere too; the second directory entry doubles all.
    expect(rowOf(table, 1)).toMatchObject({ first: 1, last: 2 });
    expect(rowOf(table, 1)?.also).toEqual([0x401000, 0x40000, 0x402000]);
    expect(rowOf(table, 1)?.alsoCount).toBe(4);
  });

  test('that lead to themselves end where paging ends', () => {
    const rig = makePaged();
    rig.bus.write32(PD + 4 * 1023, PD | P | W);
    const { guest } = view(rig, 0xfffff000, { opened: ['guest.1023', 'guest.1023.1023'] });
    const own = below(guest, 1023);
    expect(own).toMatchObject({ level: 'PT', host: PD, isOpen: true });
    expect(lines(own).at(-1)).toBe(`1023 page fffff000+1000 > ${hex(PD)} (2)`);
    expect(own?.rows.every(({ table }) => table === null)).toBe(true);
  });

  test('are many at most, whatever a guest writes', () => {
    const rig = makePaged();
    // Every directory entry leads to one table, in which no two entries are alike.
    for (let i = 0; i < 1024; i++) {
      rig.bus.write32(PD + 4 * i, PT | P);
      rig.bus.write32(PT + 4 * i, ((i * 0x3000) & 0x3ff000) | P);
    }
    const opened = Array.from({ length: 1024 }, (_, i) => `guest.${i}`);
    const { guest, isSearched } = view(rig, 0, { opened });
    const count = (table: TableView | null): number => (table?.rows ?? []).reduce((sum, row) => sum + 1 + count(row.table), 0);
    expect(count(guest)).toBeLessThanOrEqual(1200);
    expect(guest?.isCut).toBe(true);
    expect(isSearched).toBe(false);
  });

  test('are none without paging', () => {
    expect(view(makeRig(), 0x1000)).toMatchObject({ guest: null, ept: null });
  });
});

describe('the tables of the EPT', () => {
  function nested(): Rig {
    const rig = makePaged();
    setEpt(rig, 7, 0x80000);
    rig.mmu.setNested(true, EPTP, 0, 1);
    // The guest's tables lie where the EPT puts them.
    rig.bus.write32(0x80000 + PD, PT | P | W);
    rig.bus.write32(0x80000 + PT + 4 * 3, 0x5000 | P | W);
    return rig;
  }

  test('stand beside the guest’s, with the numbers of the two-dimensional walk in both', () => {
    const { guest, ept } = view(nested(), 0x3000);
    expect(guest).toMatchObject({ physical: PD, host: 0x80000 + PD });
    expect(lines(guest)[0]).toBe('0 table 0+400000 > 11000 (5)');
    expect(lines(below(guest, 0))[1]).toBe('3 page 3000+1000 > 5000 (10)');
    expect(rowOf(below(guest, 0), 3)).toMatchObject({ physical: PT + 12, host: 0x80000 + PT + 12, toHost: 0x85000 });
    expect(lines(ept)[0]).toBe('0 table 0+8000000000 > 21000 (1 6 11)');
    const table = below(below(below(ept, 0), 0), 0);
    expect(lines(table)).toEqual([
      ...['0-4 page 0+5000 > 80000', '5 page 5000+1000 > 85000 (14)', '6-15 page 6000+a000 > 86000'],
      ...['16 page 10000+1000 > 90000 (4)', '17 page 11000+1000 > 91000 (9)', '18-511 page 12000+1ee000 > 92000'],
    ]);
  });

  test('tell an entry that is misconfigured from one that is not present', () => {
    const rig = nested();
    setEptPte(rig, 0x20000, 0x20000 | WB | 2);
    setEptPte(rig, 0x21000, 0);
    const { ept } = view(rig, 0x3000);
    const table = below(below(below(ept, 0), 0), 0);
    expect(rowOf(table, 0x20)).toMatchObject({ kind: 'refused', misconfiguration: 'write without read', to: null });
    expect(rowOf(table, 0x21)).toMatchObject({ kind: 'absent', first: 0x21, last: 0x21 });
  });

  test('a guest’s table that the EPT does not map cannot be opened', () => {
    const rig = nested();
    setEptPte(rig, PT, 0);
    const { guest, ept } = view(rig, 0x3000, { opened: ['guest.0'] });
    expect(below(guest, 0)).toMatchObject({ physical: PT, host: null, isOpen: false, rows: [] });
    expect(rowOf(below(below(below(ept, 0), 0), 0), PT >> 12)).toMatchObject({ failed: 'R' });
  });

  test('have large pages as leaves', () => {
    const rig = nested();
    rig.bus.write32(EPT.PD + 8, 0x200000 | WB | PS | 7);
    rig.bus.write32(EPT.PD + 16, 0x400000 | WB | PS | 7);
    const { ept } = view(rig, 0x3000);
    expect(lines(below(below(ept, 0), 0))).toEqual([
      '0 table 0+200000 > 23000 (3 8 13)',
      '1-2 page 200000+400000 > 200000',
      '3-511 absent',
    ]);
  });
});

test('a look at the tables changes nothing', async () => {
  const { host, frames } = await hostWith({ image: { kind: 'guest', id: 'ept-on-demand' } });
  await host.step(2, 'exit');
  await host.back(1);
  const before = await host.hash();
  const question = { linear: 0x400000, access: 'write', context: 'current', isUser: null } as const;
  const { guest, ept, context } = await host.tables({ ...question, ...NOTHING });
  expect(context.isNested).toBe(true);
  expect([guest?.level, ept?.level]).toEqual(['PD', 'PML4']);
  expect(await host.hash()).toBe(before);
  expect(frames.at(-1)?.running).toBe(false);
});
