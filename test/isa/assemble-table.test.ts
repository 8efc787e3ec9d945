/** The generated table of instructions against what NASM makes of it.
 *
 *  The golden bytes are NASM's (2.16). With NASM installed, the golden bytes of all tests of the assembler are made anew by
 *      NASM_TABLE=write npx vitest run test/isa/assemble */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { isWriting, nasm } from './nasm-golden.ts';
import { type TableLine, tableLines } from './nasm-table.ts';

const GOLDEN = new URL('nasm-table.golden.gz', import.meta.url);

test.runIf(isWriting)('the table is made anew', () => expect(writeGolden(tableLines())).toBeGreaterThanOrEqual(5000));

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

/** Lines that NASM refuses are left out; of the others it makes one file, with a label after each line to cut at. None of them may depend on where it
 *  stands, but for `$`. Returns how many there are. */
function writeGolden(lines: readonly TableLine[]): number {
  const good = accepted(lines);
  const { bytes } = nasm(fileOf(good));
  const ends = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4 * good.length);
  const text = good.map((line, i) => {
    const [from, to] = [i === 0 ? 0 : ends.getUint32(4 * i - 4, true), ends.getUint32(4 * i, true)];
    // A name that NASM does not know (MOVS) is a label to it, of no bytes.
    return from === to ? '' : `${line.bits} ${line.source} => ${bytes.subarray(from, to).toString('hex')}\n`;
  });
  writeFileSync(GOLDEN, gzipSync(text.join(''), { level: 9 }));
  return good.length;
}

function fileOf(lines: readonly TableLine[]): string {
  const text = lines.map(({ bits, source }, i) => `[bits ${bits}]\n${source}\nend${i}:\n`);
  return `${text.join('')}${lines.map((_, i) => `dd end${i}\n`).join('')}`;
}

/** NASM tells some faults only when there are no others, so it is asked until it is content. */
function accepted(lines: readonly TableLine[]): readonly TableLine[] {
  const { messages } = nasm(fileOf(lines));
  const faulty = new Set([...messages.matchAll(/\.asm:(\d+): error/g)].map((found) => Math.floor((Number(found[1]) - 1) / 3)));
  return faulty.size === 0 ? lines : accepted(lines.filter((_, i) => !faulty.has(i)));
}
