import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';

const ROOT = resolve(import.meta.dirname, '../..');
let folder = '';

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The real process, as npm starts it. `onOutput` may put an end to it. */
function start(argv: readonly string[], onOutput: (child: ReturnType<typeof spawn>) => void = () => {}): Promise<Ended> {
  // npm runs scripts in the project's folder, and says in INIT_CWD where the user stood.
  const env = { ...process.env, INIT_CWD: folder };
  const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), 'glassvisor', ...argv], { cwd: ROOT, env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString('latin1');
    onOutput(child);
  });
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  return new Promise((done) => child.on('close', (status, signal) => done({ status, signal, out, err })));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassvisor-'));
  const spin = assemble('mov al, 33\nout 0xE9, al\nmov al, 10\nout 0xE9, al\njmp $').bytes;
  writeFileSync(join(folder, 'spin.bin'), spin);
});

afterAll(() => rmSync(folder, { recursive: true }));

// The first of them may have to bundle the command.
describe('the process', { timeout: 120_000 }, () => {
  it('has nothing but the console on its standard output, and the status of the run', async () => {
    expect(await start(['run', 'hello'])).toEqual({ status: 0, signal: null, out: 'Hello from real machine code.\n', err: '' });
  });

  it('names files from where it was started, and exits with what it says', async () => {
    const ran = await start(['run', 'spin.bin', '--load', '0x7C00', '--mode', 'real', '--max-instructions', '99', '--save', 'spin.glass']);
    expect(ran).toEqual({ status: 4, signal: null, out: '!\n', err: 'glassvisor: out of instructions.\n' });
    expect(readFileSync(join(folder, 'spin.glass')).subarray(0, 5).toString()).toBe('GLASS');
    const bad = await start(['run', 'nothing.bin']);
    expect([bad.status, bad.out, bad.err.split('\n').length]).toEqual([2, '', 2]);
  });

  it.skipIf(process.platform === 'win32')('writes the console as it comes, and ends at Ctrl-C', async () => {
    const ran = await start(['run', 'spin.bin', '--load', '0x7C00', '--mode', 'real'], (child) => child.kill('SIGINT'));
    expect(ran).toEqual({ status: null, signal: 'SIGINT', out: '!\n', err: '' });
  });
});
