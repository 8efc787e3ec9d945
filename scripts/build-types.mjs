/** dist/lib: declarations beside the modules, of what a page may use and nothing else. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Files whose declarations are public; each stands on its own and on the others. */
const PUBLIC = [
  'element',
  ...['class', 'define', 'parts', 'types', 'seam', 'frame-client', 'frame-protocol'].map((name) => `element/${name}`),
];

/** Throws when the types do not hold. */
export function buildTypes(root) {
  const made = resolve(root, 'dist/types');
  rmSync(made, { recursive: true, force: true });
  const { status, stdout } = spawnSync(process.execPath, [resolve(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.types.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The declarations could not be made:\n${stdout}`);
  for (const name of PUBLIC) {
    const text = readFileSync(resolve(made, `src/${name}.d.ts`), 'utf8');
    const file = resolve(root, `dist/lib/${name}.d.ts`);
    mkdirSync(dirname(file), { recursive: true });
    // Specifiers of sources stand in declarations as they were written.
    writeFileSync(file, text.replace(/(['"])(\.{1,2}\/[^'"]+)\.ts\1/g, '$1$2.js$1'));
  }
  rmSync(made, { recursive: true, force: true });
  copyFileSync(resolve(root, 'src/element/custom-elements.json'), resolve(root, 'dist/custom-elements.json'));
}
