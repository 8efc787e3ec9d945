/** Of the built page alone: a manifest, so that it can be installed, and a service worker, so that it works without a network. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ICONS = [
  { file: 'icon-192.png', sizes: '192x192', purpose: 'any' },
  { file: 'icon-512.png', sizes: '512x512', purpose: 'any' },
  { file: 'icon-maskable-512.png', sizes: '512x512', purpose: 'maskable' },
];
const MANIFEST = {
  name: 'Glassvisor: a see-through hypervisor',
  short_name: 'Glassvisor',
  description: 'An IA-32 computer with VT-x on a web page: every step visible and reversible.',
  lang: 'en',
  // Relative to the manifest: the folder may lie anywhere.
  id: './',
  start_url: './',
  scope: './',
  display: 'standalone',
  background_color: '#faf8f2',
  theme_color: '#faf8f2',
  icons: ICONS.map(({ file, sizes, purpose }) => ({ src: `./icons/${file}`, sizes, type: 'image/png', purpose })),
};
const MANIFEST_FILE = 'manifest.webmanifest';

/** The Vite plugin. */
export function offline(root) {
  return {
    name: 'offline',
    apply: 'build',
    transformIndexHtml: () => [{ tag: 'link', attrs: { rel: 'manifest', href: `./${MANIFEST_FILE}` }, injectTo: 'head' }],
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        // The page alone: builds for the server, and of the element, have none.
        if (!Object.keys(bundle).includes('index.html')) return;
        const emit = (fileName, source) => this.emitFile({ type: 'asset', fileName, source });
        for (const { file } of ICONS) emit(`icons/${file}`, readFileSync(resolve(root, 'src/ui/theme/icons', file)));
        emit(MANIFEST_FILE, JSON.stringify(MANIFEST, null, 2));
        emit('service-worker.js', serviceWorker(root, bundle));
      },
    },
  };
}

function serviceWorker(root, bundle) {
  const kept = Object.values(bundle).filter(({ fileName }) => !fileName.endsWith('.map'));
  const hash = createHash('sha256');
  for (const item of kept) hash.update(item.fileName).update(item.type === 'chunk' ? item.code : item.source);
  const files = [...kept.map(({ fileName }) => `./${fileName}`), `./${MANIFEST_FILE}`, ...ICONS.map(({ file }) => `./icons/${file}`)];
  return readFileSync(resolve(root, 'scripts/service-worker.js'), 'utf8')
    .replace('VERSION`', `${hash.digest('hex').slice(0, 12)}\``)
    .replace('const FILES = [];', `const FILES = ${JSON.stringify(files)};`);
}
