/** `npm run build`: the page with embed.html into dist/app, which any static host serves from any path; the element into dist/lib (modules, with types) and
 *  dist/embed (classic scripts); the command into dist/cli. */
import { build } from 'vite';
import { buildClassic, buildModules, placeFrame } from './build-embed.mjs';
import { buildPage } from './build-page.mjs';
import { buildTypes } from './build-types.mjs';
import { bundle } from './bundle.mjs';

/** Returns the exit status. */
export async function main(root) {
  await build({ root });
  await bundle(root, 'src/cli/main.ts', 'dist/cli/glassvisor.mjs');
  await buildModules(root);
  buildTypes(root);
  await buildClassic(root);
  placeFrame(root);
  await buildPage(root);
  return 0;
}
