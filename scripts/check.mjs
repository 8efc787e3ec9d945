/** `npm run check`: types, lint, format, dead code, sizes. All run, two at a time; each that fails prints what it said. Import rules are tests. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const CHECKS = [
  { name: 'types', file: 'node_modules/typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types of the core, without DOM and Node', file: 'node_modules/typescript/bin/tsc', args: ['-p', 'tsconfig.core.json'] },
  { name: 'lint', file: 'node_modules/oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', file: 'node_modules/@biomejs/biome/bin/biome', args: ['format', '.'] },
  { name: 'dead code', file: 'node_modules/knip/bin/knip.js', args: [] },
  { name: 'what a page must fetch', file: 'scripts/budgets.mjs', args: [], isFigures: true },
];

/** Returns the exit status: 0 when all passed. */
export async function main(root) {
  const waiting = [...CHECKS];
  let failed = 0;
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      if (!(await passes(root, check))) failed++;
    }
  };
  await Promise.all([worker(), worker()]);
  return failed === 0 ? 0 : 1;
}

async function passes(root, { name, file, args, isFigures = false }) {
  const child = spawn(process.execPath, [resolve(root, file), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => (text += piece));
  const status = await new Promise((done) => child.on('close', done));
  process.stdout.write(status === 0 ? `ok      ${name}\n${isFigures ? text : ''}` : `FAILED  ${name}\n${text}\n`);
  return status === 0;
}
