/** The page with its machine, its guests and its lessons as one HTML file, which works from file:// and a USB stick: dist/app/one-page.html. Which lesson it opens
 *  stands in a meta element, which the page itself fills in when a lesson is exported (src/ui/lessons/export.ts). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { build } from 'vite';
import { INLINE } from './bundle.mjs';

const MACHINE = 'virtual:machine-code';

/** Writes the file into the folder of the page. */
export async function buildPage(root) {
  const core = await script(root, { entry: 'workers/core.ts', name: 'core', plugins: [] });
  const page = await script(root, { entry: 'src/ui/app/main-inline.ts', name: 'Glassvisor', plugins: [inOnePiece(root, core)] });
  const outDir = resolve(root, 'dist/app');
  mkdirSync(outDir, { recursive: true });
  writeFileSync(resolve(outDir, 'one-page.html'), pageHtml(root, page));
}

/** `entry` and all that it ever loads as one classic script, its exports under the global `name`. */
async function script(root, { entry, name, plugins }) {
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    mode: 'production',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins,
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: resolve(root, entry),
        preserveEntrySignatures: 'strict',
        output: { format: 'iife', name, codeSplitting: false },
        optimization: INLINE,
      },
    },
  });
  return output[0].code;
}

/** start-inline.ts in place of start.ts, and the machine's code as the text of a function. */
function inOnePiece(root, core) {
  return {
    name: 'in-one-piece',
    enforce: 'pre',
    resolveId(id, from) {
      if (id === MACHINE) return `\0${MACHINE}`;
      const isStart = from && id.startsWith('.') && resolve(dirname(from), id) === resolve(root, 'src/ui/app/start.ts');
      return isStart ? resolve(root, 'src/ui/app/start-inline.ts') : undefined;
    },
    load: (id) => (id === `\0${MACHINE}` ? `export function machineCode() { ${core}; return core; }\n` : undefined),
  };
}

/** index.html with its style and script inside; fonts are the system's. */
function pageHtml(root, code) {
  const style = readFileSync(resolve(root, 'src/ui/theme/tokens.css'), 'utf8').replace(/@font-face\s*\{[^}]*\}/g, '');
  // A closing tag in a text of the script would close the script.
  const safe = code.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--');
  const html = readFileSync(resolve(root, 'index.html'), 'utf8')
    .replace(/\s*<link [^>]*>/g, '')
    .replace(/\s*<script [^>]*><\/script>/g, '');
  if (/(?:src|href)="\.\//.test(html)) throw new Error('index.html refers to something that one-page.html would lack.');
  return html
    .replace('</head>', () => `  <meta name="glassvisor-lesson" content="" />\n    <style>${style}</style>\n  </head>`)
    .replace('</body>', () => `  <script>${safe}</script>\n  </body>`);
}
