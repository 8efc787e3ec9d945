/** `npm run build`: the page into dist/app, the command into dist/cli. */
import { build } from 'vite';
import { bundle } from './bundle.mjs';

/** Returns the exit status. */
export async function main(root) {
  await build({ root });
  await bundle(root, 'src/cli/main.ts', 'dist/cli/glassvisor.mjs');
  return 0;
}
