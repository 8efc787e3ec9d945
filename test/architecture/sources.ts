import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseSync } from 'vite';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Import {
  /** Path from the root (`src/base/hash.ts`), or the bare specifier of a package. */
  readonly target: string;
  readonly isPackage: boolean;
  readonly isType: boolean;
  readonly line: number;
}

/** A node of the syntax tree, as far as these tests look at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface Source {
  /** Path from the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly imports: readonly Import[];
  readonly hasDefaultExport: boolean;
}

/** Every file below `folders` (from the root) that `keep` likes, in order. A folder that does not exist is empty. */
export function filesBelow(folders: readonly string[], keep: (path: string) => boolean): string[] {
  return folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(keep)
    .sort();
}

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Parses a TypeScript file of the repository. Throws where it has no syntax tree. */
export function readSource(path: string): Source {
  return parseSource(path, textOf(path));
}

/** Parses `text` as if it stood at `path`. */
export function parseSource(path: string, text: string): Source {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const exports = module.staticExports.flatMap((e) => e.entries);
  const found = [
    ...module.staticImports.map((i) => ({ specifier: i.moduleRequest.value, start: i.start, isType: isTypeOnly(i.entries) })),
    ...exports.filter((e) => e.moduleRequest).map((e) => ({ specifier: e.moduleRequest?.value ?? '', start: e.start, isType: e.isType })),
    ...module.dynamicImports.map((i) => ({
      specifier: unquote(text.slice(i.moduleRequest.start, i.moduleRequest.end)),
      start: i.start,
      isType: false,
    })),
  ];
  return {
    path,
    text,
    program: program as unknown as Node,
    imports: found.map(({ specifier, start, isType }) => ({ ...locate(path, specifier), isType, line: lineOf(text, start) })),
    hasDefaultExport: exports.some((e) => e.exportName.kind === 'Default'),
  };
}

/** Calls `visit` for every node below `node`, with its parent and the parent's key for it. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | null, key: string) => void,
  parent: Node | null = null,
  key = '',
): void {
  visit(node, parent, key);
  for (const [name, child] of Object.entries(node)) {
    for (const item of Array.isArray(child) ? child : [child]) {
      if (isNode(item)) walk(item, visit, node, name);
    }
  }
}

/** 1-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function isTypeOnly(entries: readonly { isType: boolean }[]): boolean {
  return entries.length > 0 && entries.every((e) => e.isType);
}

function unquote(text: string): string {
  return text.replace(/^['"`]|['"`]$/g, '');
}

/** `?raw` and the like belong to Vite, not to the file. */
function locate(from: string, specifier: string): { target: string; isPackage: boolean } {
  const bare = specifier.replace(/\?.*$/, '');
  if (bare.startsWith('/')) return { target: bare.slice(1), isPackage: false };
  if (!bare.startsWith('.')) return { target: bare, isPackage: true };
  return { target: join(dirname(from), bare).split(sep).join('/'), isPackage: false };
}
