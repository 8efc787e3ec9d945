/** Every npm script of this project: `node scripts/run.mjs [--browser] TOOL [ARGUMENTS]`.
 *
 *  Makes a fresh clone ready (packages, and with `--browser` a Chromium), then runs the tool in this same process: a child would outlive us when npm is
 *  killed. It says what it does on stderr, so that stdout belongs to the tool. Depends on nothing but Node. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrowserMissing, provideBrowser } from './browser.mjs';
import { providePackages } from './packages.mjs';

const ROOT = resolve(import.meta.dirname, '..');

/** TOOL -> what runs it. A package's own command is imported as if Node had been started on it. */
const TOOLS = {
  vite: (args) => command('node_modules/vite/bin/vite.js', args),
  test: (args) => command('node_modules/vitest/vitest.mjs', ['run', ...(projectsIn(args).length > 0 ? [] : EVERY_DAY), ...args]),
  vitest: (args) => command('node_modules/vitest/vitest.mjs', args),
  build: (args) => local('./build.mjs', args),
  check: (args) => local('./check.mjs', args),
  picture: (args) => command('scripts/picture.mjs', args),
  glassvisor: (args) => bundled('src/cli/main.ts', 'dist/cli/glassvisor.mjs', args),
  bench: (args) => bundled('test/bench/main.ts', 'dist/bench/bench.mjs', args),
};

/** Projects of vite.config.ts that `npm test` runs where none is named: under four minutes on two cores. The others take longer than all of these. */
const EVERY_DAY = ['--project', 'node', '--project', 'browser'];

const words = process.argv.slice(2);
const wantsBrowser = words[0] === '--browser';
const [tool, ...args] = wantsBrowser ? words.slice(1) : words;
if (!Object.hasOwn(TOOLS, tool ?? '')) {
  stop(2, `Unknown tool "${tool ?? ''}": node scripts/run.mjs [--browser] ${Object.keys(TOOLS).join('|')} [arguments]`);
}
process.chdir(ROOT);
try {
  await providePackages(ROOT);
  if (wantsBrowser && !isForNodeOnly(args)) process.env.GLASSVISOR_BROWSER = await provideBrowser(ROOT);
} catch (error) {
  if (error instanceof BrowserMissing || error.code === 'packages') stop(1, error.message);
  throw error;
}
await TOOLS[tool](args);

/** `npm test -- --project node` needs no browser. */
function isForNodeOnly(args) {
  const projects = projectsIn(args);
  return projects.length > 0 && projects.every((project) => project === 'node');
}

/** The projects that a command line names. */
function projectsIn(args) {
  return args.flatMap((arg, i) => (arg === '--project' ? [args[i + 1]] : arg.startsWith('--project=') ? [arg.slice(10)] : []));
}

async function command(file, args) {
  const path = resolve(ROOT, file);
  process.argv = [process.argv[0], path, ...args];
  await import(pathToFileURL(path).href);
}

async function local(file, args) {
  const { main } = await import(file);
  process.exitCode = await main(ROOT, args);
}

/** TypeScript that Node 20 cannot read: bundled when a source is newer than the bundle, then imported. */
async function bundled(entry, file, args) {
  const { isStale } = await import('./stale.mjs');
  if (isStale(ROOT, file)) {
    const { bundle } = await import('./bundle.mjs');
    await bundle(ROOT, entry, file);
  }
  // npm goes to the root: the files that the user names are where the user stands.
  process.chdir(process.env.INIT_CWD ?? process.cwd());
  await command(file, args);
}

function stop(status, sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(status);
}
