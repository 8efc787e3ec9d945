/** Bundles a TypeScript program `export async function main(argv: string[]): Promise<number>` into one file that Node runs. */
import { chmodSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { build } from 'vite';

const ENTRY = 'virtual:program';

/** Numbers stand where constants stood, sums of constants too: V8 does not take the variables that a bundler makes of them for constant. 15 % of the interpreter. */
export const INLINE = { inlineConst: { mode: /** @type {const} */ ('all'), pass: 4 } };

/** Writes `file` from `entry`, both relative to `root`. The file appears whole or not at all, and is as old as the moment the sources were read. */
export async function bundle(root, entry, file) {
  const began = new Date();
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [program(resolve(root, entry))],
    // What the program needs at run time is in the file, but for the benchmark's peers and tools, which are packages with data files.
    ssr: { noExternal: true, external: ['v86', 'iced-x86', 'vite', 'playwright'] },
    build: {
      ssr: true,
      write: false,
      target: 'node20',
      minify: false,
      rolldownOptions: { input: ENTRY, output: { banner: '#!/usr/bin/env node', codeSplitting: false }, optimization: INLINE },
    },
  });
  const path = resolve(root, file);
  const part = `${path}.${process.pid}.part`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(part, output[0].code);
  chmodSync(part, 0o755);
  utimesSync(part, began, began);
  renameSync(part, path);
}

/** The entry of every program: its exit status is what `main` says, once everything written has been flushed. */
function program(entry) {
  const source = `import { main } from ${JSON.stringify(entry)};\nprocess.exitCode = await main(process.argv.slice(2));\n`;
  return {
    name: 'program',
    resolveId: (id) => (id === ENTRY ? `\0${ENTRY}` : undefined),
    load: (id) => (id === `\0${ENTRY}` ? source : undefined),
  };
}
