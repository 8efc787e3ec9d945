/** The builds for other people's pages: modules for bundlers and CDNs, one classic file with everything in it, and embed.html for iframes. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { build } from 'vite';
import { INLINE } from './bundle.mjs';

const TARGET = 'es2022';
const common = (root) => ({
  root,
  configFile: false,
  logLevel: 'error',
  publicDir: false,
  define: { 'process.env.NODE_ENV': '"production"' },
});

/** dist/lib: `element.js` (the stub, which defines the element), `element/{class,define,parts,frame-client}.js`, and what is loaded later. Bundled whole: a page needs no
 *  import map and no second copy of anything. */
export async function buildModules(root, outDir = resolve(root, 'dist/lib')) {
  await build({
    ...common(root),
    base: './',
    plugins: [withoutFonts(), lean(root), tightStyles(root), plainWorker()],
    worker: {
      format: 'es',
      rolldownOptions: {
        output: { entryFileNames: 'chunks/[name]-[hash].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        optimization: INLINE,
      },
    },
    build: {
      outDir,
      emptyOutDir: true,
      target: TARGET,
      modulePreload: false,
      rolldownOptions: {
        input: {
          element: resolve(root, 'src/element.ts'),
          'element/class': resolve(root, 'src/element/class.ts'),
          'element/define': resolve(root, 'src/element/define.ts'),
          'element/parts': resolve(root, 'src/element/parts.ts'),
          'element/frame-client': resolve(root, 'src/element/frame-client.ts'),
        },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js', assetFileNames: 'chunks/[name]-[hash][extname]' },
        optimization: INLINE,
      },
    },
  });
}

/** dist/embed: `glassvisor.js` (everything), `machine.worker.js` (the same machine for pages whose policy wants workers from their own server), `embed.js` and
 *  `embed.html`. All classic scripts. */
export async function buildClassic(root) {
  const outDir = resolve(root, 'dist/embed');
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const core = await classic(root, { entry: 'workers/core.ts', name: 'core' });
  const single = await classic(root, { entry: 'src/element/single.ts', name: 'Glassvisor', plugins: [inlineMachine(root, core)] });
  const frame = await classic(root, { entry: 'src/element/frame-classic.ts', name: 'GlassvisorFrame', plugins: [withoutViewer(root)] });
  const write = (name, text) => writeFileSync(resolve(outDir, name), text);
  write('glassvisor.js', single);
  write('machine.worker.js', `'use strict';${core};core.serve();\n`);
  write('embed.js', frame);
  write('embed.html', frameHtml(root));
}

/** The built frame in the folder of the page, where it belongs when that is served. */
export function placeFrame(root) {
  for (const name of ['embed.html', 'embed.js', 'glassvisor.js', 'machine.worker.js']) {
    copyFileSync(resolve(root, 'dist/embed', name), resolve(root, 'dist/app', name));
  }
}

/** One classic script from `entry`, its exports under the global `name`. */
async function classic(root, { entry, name, plugins = [] }) {
  const { output } = await build({
    ...common(root),
    plugins: [withoutFonts(), lean(root), tightStyles(root), ...plugins],
    build: {
      write: false,
      target: TARGET,
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

/** machines-inline.ts in place of machines.ts, and the machine's code as the text of a function. */
function inlineMachine(root, core) {
  const ID = 'virtual:machine-code';
  return {
    name: 'inline-machine',
    enforce: 'pre',
    resolveId(id, from) {
      if (id === ID) return `\0${ID}`;
      const isMachines = from && id.startsWith('.') && resolve(dirname(from), id) === resolve(root, 'src/element/machines.ts');
      return isMachines ? resolve(root, 'src/element/machines-inline.ts') : undefined;
    },
    load: (id) => (id === `\0${ID}` ? `export function machineCode() { ${core}; return core; }\n` : undefined),
  };
}

/** What an element has no use for, or not yet: stories of devices come with a machine that has some; of the words, those that en.ts has itself come first, its
 *  parts with the first panel, and those of the page's own dialogs never. */
function lean(root) {
  const inI18n = (name) => resolve(root, `src/ui/i18n/${name}.ts`);
  const NEVER = ['en-share', 'fr-share'].map(inI18n);
  const FIRST = inI18n('en');
  const LATE = resolve(root, 'src/element/late-words.ts');
  const EMPTY = '\0words:';
  const OTHERS = '\0other-words';
  const STORIES = ['buses', 'devices', 'stops'].map((name) => resolve(root, `src/ui/why/${name}.ts`));
  const ui = resolve(root, 'src/ui');
  return {
    name: 'lean',
    enforce: 'pre',
    resolveId(id, from) {
      if (!from || !id.startsWith('.')) return undefined;
      const path = resolve(dirname(from), id);
      if (from === LATE && path === FIRST) return OTHERS;
      if (from === FIRST && !NEVER.includes(path)) return EMPTY + path;
      return from.startsWith(ui) && STORIES.includes(path) ? resolve(root, 'src/element/late-why.ts') : undefined;
    },
    load(id) {
      if (id === OTHERS) return partsOf(FIRST, NEVER);
      return id.startsWith(EMPTY) ? `export const ${catalogueIn(id)} = {};` : undefined;
    },
    transform: (code, id) => (NEVER.includes(id) ? code.replace(/= \{[\s\S]*\n\}/, '= {}') : undefined),
  };
}

/** Styles without comments and indentation: they are templates, which no minifier touches. */
function tightStyles(root) {
  const tight = (css) =>
    css
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/\s+/g, ' ')
      .replace(/ ?([{};]) ?/g, '$1');
  return {
    name: 'tight-styles',
    enforce: 'pre',
    transform: (code, id) => (id.startsWith(resolve(root, 'src')) ? code.replace(/css`[^`]*`/g, tight) : undefined),
  };
}

/** The catalogues that `file` is composed of, as one. */
function partsOf(file, never) {
  const parts = [...readFileSync(file, 'utf8').matchAll(/from '(\.\/[\w-]+\.ts)'/g)].map(([, path]) => resolve(dirname(file), path));
  const wanted = parts.filter((path) => !never.includes(path));
  const imports = wanted.map((path) => `import { ${catalogueIn(path)} } from ${JSON.stringify(path)};`);
  return `${imports.join('\n')}\nexport const EN = { ${wanted.map((path) => `...${catalogueIn(path)}`).join(', ')} };\n`;
}

/** `EN_BUS` of `…/en-bus.ts`. */
function catalogueIn(path) {
  return basename(path, '.ts').replaceAll('-', '_').toUpperCase();
}

/** The one form of starting a worker in which bundlers find its file, so that those who bundle our modules take it along, with what it imports. */
function plainWorker() {
  const MADE =
    /new Worker\(new URL\(new URL\([`"']([^`"']+)[`"'],\s*import\.meta\.url\)\.href,\s*[`"']{2}\s*\+\s*import\.meta\.url\),\s*\{[^}]*\}\)/;
  return {
    name: 'plain-worker',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter(({ code }) => code?.includes('new Worker('));
      for (const chunk of chunks) {
        const file = MADE.exec(chunk.code)?.[1];
        chunk.code = chunk.code
          .replace(MADE, `new Worker(new URL("./$1",import.meta.url),{type:"module",name:"machine"})`)
          .replace('built-worker-file', `./${file}`);
      }
      if (!chunks.some(({ code }) => code.includes('new Worker(new URL("./')))
        this.error('the worker is started in a form that is not known here');
    },
  };
}

/** Fonts are the page's own: an embed has those of the system, and 115 KB less. */
function withoutFonts() {
  return {
    name: 'without-fonts',
    enforce: 'pre',
    transform: (code, id) => (/theme\/tokens\.css/.test(id) ? code.replace(/@font-face\s*\{[^}]*\}/g, '') : undefined),
  };
}

/** The stub's own way to the viewer is replaced before it is used: the classic frame shall not carry it. */
function withoutViewer(root) {
  const ID = '\0no-viewer';
  return {
    name: 'without-viewer',
    enforce: 'pre',
    resolveId: (id, from) =>
      from && id.startsWith('.') && resolve(dirname(from), id) === resolve(root, 'src/element/viewer.ts') ? ID : undefined,
    load: (id) => (id === ID ? "export const mount = () => Promise.reject(new Error('no viewer'));" : undefined),
  };
}

function frameHtml(root) {
  const html = readFileSync(resolve(root, 'embed.html'), 'utf8');
  const script = /<script type="module" src="[^"]*"><\/script>/;
  if (!script.test(html)) throw new Error('embed.html has no module script to replace.');
  return html.replace(script, '<script defer src="./embed.js"></script>');
}
