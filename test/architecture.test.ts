import { describe, expect, test } from 'vitest';
import {
  CORE,
  EXCEPTIONS,
  FOLDERS,
  FORBIDDEN_IN_CORE,
  FOREIGN_PATHS,
  type FolderRule,
  type ListRule,
  LISTS,
  LONG,
  MAX_LINES,
  MAY_RUN_ROWS,
} from './architecture/rules.ts';
import { filesBelow, lineOf, type Node, parseSource, readSource, type Source, textOf, walk } from './architecture/sources.ts';

const PRODUCT = ['src', 'guests', 'lessons', 'workers'];
const paths = filesBelow(PRODUCT, (path) => path.endsWith('.ts'));
const sources = paths.map(readSource);

describe('the tree', () => {
  test('imports only point down', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([]);
  });

  test('the core names nothing that differs between places or moments', () => {
    expect(sources.filter((s) => CORE.includes(folderOf(s.path))).flatMap(forbiddenNames)).toEqual([]);
  });

  test('only the CPU runs rows', () => {
    expect(sources.filter((s) => !MAY_RUN_ROWS.some((place) => s.path.startsWith(place))).flatMap(rowRuns)).toEqual([]);
  });

  test('no module has a default export', () => {
    expect(sources.filter((s) => s.hasDefaultExport).map((s) => `${s.path}: give it a name`)).toEqual([]);
  });

  test(`no file is longer than ${MAX_LINES} lines, tables apart`, () => {
    const all = filesBelow(
      [...PRODUCT, 'test', 'scripts'],
      (path) => /\.(ts|mjs)$/.test(path) && !LONG.some((place) => path.startsWith(place)),
    );
    const long = all.map((path) => ({ path, lines: textOf(path).trimEnd().split('\n').length })).filter(({ lines }) => lines > MAX_LINES);
    expect(long.map(({ path, lines }) => `${path} has ${lines} lines: it is two files`)).toEqual([]);
  });

  test.each(LISTS)('$list lists all its $lists', (rule) => {
    expect(unlisted(rule)).toEqual([]);
  });

  test('no file knows the machine it was written on', () => {
    const all = filesBelow(
      [...PRODUCT, 'test', 'scripts', 'docs', '.ci'],
      (path) => !/\.(png|bin|gz|woff2)$/.test(path) && !path.startsWith('test/architecture'),
    );
    expect(all.filter((path) => FOREIGN_PATHS.test(textOf(path)))).toEqual([]);
  });
});

describe('the rules themselves', () => {
  test('an import that points up is found, with its reason', () => {
    const source = parseSource('src/devices/pit.ts', "\nimport { Cpu } from '../cpu/cpu.ts';");
    expect(forbiddenImports(source)).toEqual(['src/devices/pit.ts:2 imports src/cpu/cpu.ts: a device is given a host, never the CPU']);
  });

  test('a re-export and a dynamic import are imports, and the page sees the protocol alone', () => {
    expect(forbiddenImports(parseSource('src/base/x.ts', "export * from '../arch/x.ts';"))).toHaveLength(1);
    expect(forbiddenImports(parseSource('src/ui/x.ts', "const m = import('../machine/machine.ts');"))).toHaveLength(1);
    expect(forbiddenImports(parseSource('src/ui/x.ts', "import type { Frame } from '../api/protocol.ts';"))).toEqual([]);
    expect(forbiddenImports(parseSource('src/cpu/x.ts', "import { readFileSync } from 'node:fs';"))).toHaveLength(1);
  });

  test('a folder without a rank is found', () => {
    expect(forbiddenImports(parseSource('src/misc/x.ts', ''))).toEqual([
      'src/misc/x.ts: its folder has no rank; give it one in test/architecture/rules.ts',
    ]);
  });

  test('a global is found, a field or a type of that name is not', () => {
    expect(forbiddenNames(parseSource('src/cpu/x.ts', 'const a = Math.random() + performance.now();'))).toHaveLength(2);
    expect(forbiddenNames(parseSource('src/cpu/x.ts', "const f = new Function('return 1'); eval('1');"))).toHaveLength(2);
    expect(
      forbiddenNames(parseSource('src/cpu/x.ts', 'for (const window of windows) use(window); const f = (self: X) => self.y;')),
    ).toEqual([]);
    expect(forbiddenNames(parseSource('src/cpu/x.ts', 'const a = { process: 1 }; a.process = 2; let f: Function; // Date'))).toEqual([]);
  });

  test('running a row is found, running a machine is not', () => {
    expect(rowRuns(parseSource('src/vmx/x.ts', 'insn.row.run(s, 1, 2, 3); row.run(s); machine.run(5);'))).toHaveLength(2);
  });
});

function folderOf(path: string): string {
  const [top, second] = path.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

function ruleOf(path: string): FolderRule | undefined {
  return FOLDERS.find((rule) => rule.folder === folderOf(path));
}

function forbiddenImports(source: Source): string[] {
  const rule = ruleOf(source.path);
  if (!rule) return [`${source.path}: its folder has no rank; give it one in test/architecture/rules.ts`];
  return source.imports
    .filter((i) => !(i.isPackage ? rule.packages?.some((prefix) => i.target.startsWith(prefix)) : mayImport(rule, i.target)))
    .filter((i) => !EXCEPTIONS.some(({ from, to }) => from === source.path && to === i.target))
    .map((i) => `${source.path}:${i.line} imports ${i.target}: ${rule.because}`);
}

function mayImport(rule: FolderRule, target: string): boolean {
  if (folderOf(target) === rule.folder) return true;
  if (rule.only) return rule.only.some((prefix) => target.startsWith(prefix));
  const other = ruleOf(target);
  return other !== undefined && other.rank < rule.rank;
}

function forbiddenNames(source: Source): string[] {
  const found: string[] = [];
  const own = namesBound(source.program);
  walk(source.program, (node, parent, key) => {
    const name = nameAsGlobal(node, parent, key);
    const rule = name && !own.has(name) && FORBIDDEN_IN_CORE.find((r) => r.name === name);
    if (rule) found.push(`${source.path}:${lineOf(source.text, node.start)} names ${rule.name}: ${rule.because}`);
  });
  return found;
}

/** Names that the file itself gives to parameters and variables, somewhere. */
function namesBound(program: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const bind = (pattern: Node): void => walk(pattern, (node) => node.type === 'Identifier' && names.add(node['name'] as string));
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator') bind(node['id'] as Node);
    for (const parameter of (node['params'] as Node[] | undefined) ?? []) if (parameter.type === 'Identifier') bind(parameter);
  });
  return names;
}

/** `Date` where it is a value of its own, `Math.random` as a whole; undefined for fields, keys and types. */
function nameAsGlobal(node: Node, parent: Node | null, key: string): string | undefined {
  if (node.type === 'MemberExpression') {
    const object = node['object'] as Node;
    return object['name'] === 'Math' ? `Math.${(node['property'] as Node)['name']}` : undefined;
  }
  if (node.type !== 'Identifier') return undefined;
  const isField = parent?.type === 'MemberExpression' && key === 'property' && parent['computed'] === false;
  const isKey = key === 'key' && parent?.['computed'] === false;
  const isType = parent?.type.startsWith('TS') ?? false;
  return isField || isKey || isType ? undefined : (node['name'] as string);
}

function rowRuns(source: Source): string[] {
  const found: string[] = [];
  walk(source.program, (node) => {
    const callee = node.type === 'CallExpression' ? (node['callee'] as Node) : undefined;
    if (callee?.type !== 'MemberExpression' || (callee['property'] as Node)['name'] !== 'run') return;
    const object = callee['object'] as Node;
    const last = object.type === 'MemberExpression' ? (object['property'] as Node) : object;
    if (/^(row|insn|instruction)$/i.test(String(last['name']))) {
      found.push(
        `${source.path}:${lineOf(source.text, node.start)} runs a row: only cpu/execute does at run time, read its recording instead`,
      );
    }
  });
  return found;
}

/** What stands beside the list and is not reachable from it. */
function unlisted({ list, lists, except = [] }: ListRule): string[] {
  if (!paths.includes(list)) return [];
  const folder = list.slice(0, list.lastIndexOf('/') + 1);
  const reached = reachedFrom(list, folder);
  const beside = filesBelow([folder], (path) => lists === 'folders' || path.endsWith('.ts')).map((path) =>
    path.slice(folder.length).split('/'),
  );
  const wanted = beside.filter((steps) => (lists === 'files' ? steps.length === 1 : steps.length > 1)).map(([first]) => first);
  const isListed = (name: string): boolean => [...reached].some((path) => path === folder + name || path.startsWith(`${folder}${name}/`));
  return [...new Set(wanted)]
    .filter((name) => !isListed(name) && !except.includes(name))
    .map((name) => `${folder}${name} is not in ${list}`);
}

/** `start` and whatever it imports, directly or not, without leaving `folder`. */
function reachedFrom(start: string, folder: string): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const path of reached) {
    const imports = sources.find((s) => s.path === path)?.imports ?? [];
    for (const { target } of imports) if (target.startsWith(folder)) reached.add(target);
  }
  return reached;
}
