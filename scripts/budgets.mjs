/** `node scripts/budgets.mjs`: what a page must fetch for an embedded machine, gzip, and what it may. Builds the modules beside the others and looks at them. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildModules } from './build-embed.mjs';

const KIB = 1024;
/** KiB. Each is what its entry imports, and nothing that an earlier one has brought. The editor, the terminal and every other scene are in none: they come when used. */
const BUDGETS = [
  { name: 'stub with poster', entry: /^element\.js$/, most: 5 },
  { name: 'viewer', entry: /^chunks\/viewer-[\w-]+\.js$/, most: 60 },
  { name: 'core in the worker', entry: /^chunks\/machine\.worker-[\w-]+\.js$/, most: 150 },
];

/** The sizes in bytes, by name, of the modules in `folder`. Throws where an entry is not there once. */
export function measure(folder) {
  const files = readdirSync(folder, { recursive: true }).map((path) => path.replaceAll('\\', '/'));
  const had = new Set();
  return BUDGETS.map(({ name, entry, most }) => {
    const found = files.filter((path) => entry.test(path));
    if (found.length !== 1) throw new Error(`There are ${found.length} files for "${name}" in ${folder}: ${found.join(', ')}.`);
    const needed = [...closure(folder, found[0])].filter((path) => !had.has(path));
    for (const path of needed) had.add(path);
    const size = needed.reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path)), { level: 9 }).length, 0);
    return { name, size, most: most * KIB };
  });
}

/** `entry` and all that it imports without being asked. */
function closure(folder, entry) {
  const seen = new Set();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const code = readFileSync(join(folder, path), 'utf8');
    for (const [, target] of code.matchAll(/(?:^|[;}\s])(?:import|export)(?:[\w$\s{},*]*from)?\s*["'`](\.{1,2}\/[^"'`]+)["'`]/g)) {
      waiting.push(join(dirname(path), target).replaceAll('\\', '/'));
    }
  }
  return seen;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(import.meta.dirname, '..');
  const folder = resolve(root, 'dist/budgets');
  await buildModules(root, folder);
  for (const { name, size, most } of measure(folder)) {
    const isOver = size > most;
    if (isOver) process.exitCode = 1;
    process.stdout.write(
      `  ${name.padEnd(20)} ${(size / KIB).toFixed(1).padStart(6)} of ${most / KIB} KiB gzip${isOver ? '  TOO MUCH' : ''}\n`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
}
