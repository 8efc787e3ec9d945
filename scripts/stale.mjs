/** Is a bundle older than what it was made from? Kept apart from the bundler, which takes longer to load than this takes to answer. */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const SOURCES = ['src', 'guests', 'workers', 'test/bench', 'scripts', 'package-lock.json'];

/** True when `file` is missing, or some source is newer. Folders count too: a removed file leaves no other trace. */
export function isStale(root, file) {
  const made = statSync(resolve(root, file), { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined || SOURCES.some((source) => newest(resolve(root, source)) > made);
}

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}
