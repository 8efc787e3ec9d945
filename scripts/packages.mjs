/** Packages as the lock file wants them, without asking npm when they are there already. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Runs `npm ci` when node_modules is not what package-lock.json says. Throws with code `packages` when npm fails. */
export async function providePackages(root) {
  if (isInstalled(root)) return;
  process.stderr.write('Installing packages (npm ci)...\n');
  const { status, error } = runNpm(root, ['ci', '--no-audit', '--no-fund']);
  if (status === 0) return;
  const reason = error ? `: ${error.message}` : '';
  throw Object.assign(new Error(`npm ci failed${reason}. Its own words are above; check the network and the registry, then try again.`), {
    code: 'packages',
  });
}

/** npm leaves in node_modules a copy of the lock, reduced to what it installed here. */
function isInstalled(root) {
  const wanted = readLock(resolve(root, 'package-lock.json'));
  const present = readLock(resolve(root, 'node_modules/.package-lock.json'));
  if (!wanted || !present) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present[path];
    if (found ? found.version !== entry.version || found.integrity !== entry.integrity : isNeeded(entry)) return false;
  }
  return Object.keys(present).every((path) => path in wanted && existsSync(resolve(root, path)));
}

/** Optional packages are for one platform each. Those for one C library are not judged: the other one's are missing rightly. */
function isNeeded(entry) {
  if (!entry.optional) return true;
  return Boolean(entry.os?.includes(process.platform) && entry.cpu?.includes(process.arch) && !entry.libc);
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that started us if there is one; stdout is kept clean for the tool. On Windows npm is a script that needs a shell. */
function runNpm(root, args) {
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const own = process.env.npm_execpath;
  if (own?.endsWith('npm-cli.js')) return spawnSync(process.execPath, [own, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}
