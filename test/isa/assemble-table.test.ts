/** The generated table of instructions against what NASM makes of it.
 *
 *  The golden bytes are NASM's (2.16). With NASM installed they are made anew by
 *      NASM_TABLE=write npx vitest run test/isa/assemble-table.test.ts */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { type TableLine, tableLines } from './nasm-table.ts';

const GOLDEN = new URL('nasm-table.golden.gz', import.meta.url);

test.runIf(process.env['NASM_TABLE'] === 'write')('the table is made anew', () => writeGolden(tableLines()));

test('at least 5000 instructions come out as in NASM, byte for byte', () => {
  const golden = gunzipSync(readFileSync(GOLDEN)).toString().trim().split('\n');
  const wrong: string[] = [];
  for (const line of golden) {
    const found = /^(16|32) (.*) => ([0-9a-f]+)$/.exec(line);
    if (!found) throw new Error(`not a line of the table: ${line}`);
    const got = hexOf(Number(found[1]) as 16 | 32, found[2]);
    if (got !== found[3]) wrong.push(`${line}, not ${got}`);
  }
  expect(wrong).toEqual([]);
  expect(golden.length).toBeGreaterThanOrEqual(5000);
});

function hexOf(bits: 16 | 32, source: string): string {
  try {
    return Buffer.from(assemble(source, { bits }).bytes).toString('hex');
  } catch (error) {
    return (error as Error).message;
  }
}

/** Lines that NASM refuses are left out; of the others it makes one file, with a label after each line to cut at. */
function writeGolden(lines: readonly TableLine[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'nasm-table-'));
  try {
    const good = accepted(folder, lines);
    const { bytes } = run(folder, good);
    const ends = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4 * good.length);
    const text = good.map((line, i) => {
      const [from, to] = [i === 0 ? 0 : ends.getUint32(4 * i - 4, true), ends.getUint32(4 * i, true)];
      // A name that NASM does not know (MOVS) is a label to it, of no bytes.
      return from === to ? '' : `${line.bits} ${line.source} => ${bytes.subarray(from, to).toString('hex')}\n`;
    });
    writeFileSync(GOLDEN, gzipSync(text.join(''), { level: 9 }));
    console.log(`${good.length} lines; NASM refuses ${lines.length - good.length}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One run over all lines. None of them may depend on where it stands, but for `$`. */
function run(folder: string, lines: readonly TableLine[]): { bytes: Buffer; messages: string } {
  const [input, output] = [join(folder, 'table.asm'), join(folder, 'table.bin')];
  const text = lines.map(({ bits, source }, i) => `[bits ${bits}]\n${source}\nend${i}:\n`);
  writeFileSync(input, `${text.join('')}${lines.map((_, i) => `dd end${i}\n`).join('')}`);
  try {
    execFileSync('nasm', ['-f', 'bin', '-w-all', '-o', output, input], { stdio: 'pipe', maxBuffer: 2 ** 28 });
    return { bytes: readFileSync(output), messages: '' };
  } catch (error) {
    return { bytes: Buffer.alloc(0), messages: String((error as { stderr: Buffer }).stderr) };
  }
}

/** NASM tells some faults only when there are no others, so it is asked until it is content. */
function accepted(folder: string, lines: readonly TableLine[]): readonly TableLine[] {
  const { messages } = run(folder, lines);
  const faulty = new Set([...messages.matchAll(/table\.asm:(\d+): error/g)].map((found) => Math.floor((Number(found[1]) - 1) / 3)));
  return faulty.size === 0
    ? lines
    : accepted(
        folder,
        lines.filter((_, i) => !faulty.has(i)),
      );
}
