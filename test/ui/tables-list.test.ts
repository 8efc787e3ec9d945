import { describe, expect, test } from 'vitest';
import type { TablesView } from '../../src/api/protocol.ts';
import { changesIn, endsOf, type Line, linesOf, wordsOf } from '../../src/ui/panels/tables-list.ts';
import { hostWith } from '../api/rig.ts';

const QUESTION = { linear: 0x400000, access: 'write', context: 'current', isUser: null } as const;

/** `paging` at its end: two directory entries, the second of which has four pages. */
async function paging(closed: readonly string[] = []): Promise<TablesView> {
  const { host } = await hostWith({ image: { kind: 'guest', id: 'paging' } });
  await host.run();
  return host.tables({ ...QUESTION, opened: [], closed });
}

const drawn = (line: Line): string =>
  `${line.rails.map((rail) => ({ none: ' ', tree: '|', path: '#', turn: '+', end: '^' })[rail]).join('')}${line.key}`;

describe('the lines of the trees', () => {
  test('stand in the order of the tables, the way of the lens thick down to where it ends', async () => {
    const lines = linesOf(await paging());
    expect(lines.map(drawn)).toEqual(['guest', '#guest.0', '+guest.1', '|+guest.1.0', '||guest.1.1', '||guest.1.4', '|guest.2']);
    expect([...endsOf(lines)]).toEqual(['guest.1.0']);
    expect(lines.map(({ parent }) => parent)).toEqual([null, 'guest', 'guest', 'guest.1', 'guest.1', 'guest.1', 'guest']);
  });

  test('end at a closed table, and the way with them', async () => {
    const lines = linesOf(await paging(['guest.1']));
    expect(lines.map(({ key }) => key)).toEqual(['guest', 'guest.0', 'guest.1', 'guest.2']);
    expect([...endsOf(lines)]).toEqual(['guest.1']);
    expect(linesOf(await paging(['guest'])).map(({ key }) => key)).toEqual(['guest']);
  });
});

test('an entry that a step has changed is told with both values', async () => {
  const { host } = await hostWith({ image: { kind: 'guest', id: 'paging' } });
  await host.run();
  const after = await host.tables({ ...QUESTION, opened: [], closed: [] });
  const host4 = after.guest?.rows.find(({ key }) => key === 'guest.1')?.table?.host ?? 0;
  const before = wordsOf(after);
  await host.edit({ kind: 'memory', space: 'h', address: host4 + 8, bytes: [0x01] });
  const edited = await host.tables({ ...QUESTION, opened: [], closed: [] });
  const rows = linesOf(edited).flatMap((line) => (line.kind === 'row' ? [line] : []));
  const changes = rows.flatMap(({ row, of }) => changesIn(row, of, before, 3).map((change) => ({ key: row.key, ...change })));
  expect(changes).toEqual([{ key: 'guest.1.2', index: 2, before: '0x102063', after: '0x102001' }]);
});
