/** The builds for other people's pages: modules for bundlers and CDNs, one classic file with everything in it, and embed.html for iframes. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
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

/** dist/lib: `element.js` (the stub, which defines the element), `element/{class,define,frame-client}.js`, and what is loaded later. Bundled whole: a page needs no
 *  import map and no second copy of anything. */
export async function buildModules(root) {
  const outDir = resolve(root, 'dist/lib');
  await build({
    ...common(root),
    base: './',
    plugins: [withoutFonts()],
    worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'chunks/[name]-[hash].js' }, optimization: INLINE } },
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
    plugins: [withoutFonts(), ...plugins],
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
