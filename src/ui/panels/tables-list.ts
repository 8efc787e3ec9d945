/** The two trees of tables as one list of lines, in the order in which a reader goes through them. Pure: made from what the machine answered. */
import type { TableRow, TablesView, TableView } from '../../api/protocol.ts';
import { wideText } from '../widgets/number.ts';

/** The stretch of the tree's line beside a row: `path` is the way of the lens's access, `turn` where that leaves the line for the row, which goes on thin or, at `end`,
 *  no further. */
export type Rail = 'none' | 'tree' | 'path' | 'turn' | 'end';

/** What all lines have: a name, where they hang, and the number of tables above. */
interface Hung {
  readonly key: string;
  readonly parent: string | null;
  readonly depth: number;
  /** From the root's down: of each level above. */
  readonly rails: readonly Rail[];
}

/** A root, an entry (or a run of them), or that there are more. */
export type Line =
  | (Hung & { readonly kind: 'root'; readonly root: 'guest' | 'ept'; readonly table: TableView })
  | (Hung & { readonly kind: 'row'; readonly root: 'guest' | 'ept'; readonly row: TableRow; readonly of: TableView })
  | (Hung & { readonly kind: 'more'; readonly root: 'guest' | 'ept'; readonly of: TableView });

/** Every line of both trees. */
export function linesOf({ guest, ept }: TablesView): readonly Line[] {
  const lines: Line[] = [];
  for (const [root, table] of [
    ['guest', guest],
    ['ept', ept],
  ] as const) {
    if (table === null) continue;
    lines.push({ kind: 'root', root, table, key: root, parent: null, depth: 0, rails: [] });
    hang(lines, table, { root, rails: [] });
  }
  return lines;
}

function hang(lines: Line[], table: TableView, { root, rails }: { readonly root: 'guest' | 'ept'; readonly rails: readonly Rail[] }): void {
  const { rows, key: parent } = table;
  const lastOnPath = rows.findLastIndex(({ references }) => references.length > 0);
  const depth = rails.length + 1;
  for (const [i, row] of rows.entries()) {
    const isLast = i === rows.length - 1 && !table.isCut;
    const own: Rail = i < lastOnPath ? 'path' : i > lastOnPath ? 'tree' : isLast ? 'end' : 'turn';
    lines.push({ kind: 'row', root, row, of: table, key: row.key, parent, depth, rails: [...rails, own] });
    const below: Rail = i < lastOnPath ? 'path' : isLast ? 'none' : 'tree';
    if (row.table) hang(lines, row.table, { root, rails: [...rails, below] });
  }
  if (table.isCut) lines.push({ kind: 'more', root, of: table, key: `${parent}.more`, parent, depth, rails: [...rails, 'tree'] });
}

/** Names of the lines at which the lens's way ends: one in each tree, the last that its walk read. */
export function endsOf(lines: readonly Line[]): ReadonlySet<string> {
  const lasts = (['guest', 'ept'] as const).map((root) => {
    const read = lines.flatMap((line) => (line.kind === 'row' && line.root === root ? [line.row] : []));
    return read.reduce<TableRow | null>((last, row) => ((row.references.at(-1) ?? 0) > (last?.references.at(-1) ?? 0) ? row : last), null);
  });
  return new Set(lasts.flatMap((row) => (row ? [row.key] : [])));
}

/** The table that a line opens, if any. */
export function tableOf(line: Line): TableView | null {
  return line.kind === 'root' ? line.table : line.kind === 'row' ? line.row.table : null;
}

/** An entry that is not as it was. */
export interface Change {
  readonly index: number;
  readonly before: string;
  readonly after: string;
}

/** Words of open tables by name, of one answer. */
export type Words = ReadonlyMap<string, { readonly host: number | null; readonly words: Uint32Array }>;

/** Those of all open tables. */
export function wordsOf(view: TablesView): Words {
  const all = new Map<string, { host: number | null; words: Uint32Array }>();
  const note = (table: TableView | null): void => {
    if (!table?.isOpen) return;
    all.set(table.key, table);
    for (const row of table.rows) note(row.table);
  };
  note(view.guest);
  note(view.ept);
  return all;
}

/** What has changed in the entries of `row` since `before`, at most `most` of them. */
export function changesIn({ first, last }: TableRow, of: TableView, before: Words, most: number): readonly Change[] {
  const old = before.get(of.key);
  if (!old || old.host !== of.host) return [];
  const step = of.words.length / of.count;
  const text = (words: Uint32Array, at: number): string => wideText(words[at * step], step === 2 ? words[at * 2 + 1] : 0, 1);
  const changes: Change[] = [];
  for (let index = first; index <= last && changes.length < most; index++) {
    const [was, is] = [text(old.words, index), text(of.words, index)];
    if (was !== is) changes.push({ index, before: was, after: is });
  }
  return changes;
}
