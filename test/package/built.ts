/** What `npm run build` makes for other people's pages, made anew where a source is newer. */
import { resolve } from 'node:path';
import { build } from 'vite';
import { buildClassic, buildModules, placeFrame } from '../../scripts/build-embed.mjs';
import { buildTypes } from '../../scripts/build-types.mjs';
import { bundle } from '../../scripts/bundle.mjs';
import { isStale } from '../../scripts/stale.mjs';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Resolves when dist/lib, dist/embed and dist/app are as the sources say. */
export async function built(): Promise<void> {
  if (!isStale(ROOT, 'dist/embed/embed.html') && !isStale(ROOT, 'dist/lib/element.d.ts')) return;
  await build({ root: ROOT, logLevel: 'error' });
  await buildModules(ROOT);
  buildTypes(ROOT);
  await buildClassic(ROOT);
  placeFrame(ROOT);
  await bundle(ROOT, 'src/cli/main.ts', 'dist/cli/glassvisor.mjs');
}
