import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { GlassError } from '../../src/base/errors.ts';
import { parseVector, runVectors } from '../../src/cli/vectors.ts';

const LINES = gunzipSync(readFileSync(new URL('./native.jsonl.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n');

async function run(lines: string[]): Promise<{ passed: number; failed: number; reports: string[] }> {
  const reports: string[] = [];
  const result = await runVectors(lines, { report: (text) => reports.push(text), name: 'test' });
  return { ...result, reports };
}

/** The byte that the format puts at 0xE80, the beginning of the second window. */
function firstByte(seed: number): number {
  let w = seed | 0;
  for (let i = 0; i <= 64; i++) {
    w ^= w << 13;
    w ^= w >>> 17;
    w ^= w << 5;
  }
  return w & 0xff;
}

test('1500 instructions leave what a real processor left', async () => {
  expect(await run(LINES)).toEqual({ passed: 1500, failed: 0, reports: [] });
});

describe('a vector that is not met', () => {
  const good = JSON.parse(LINES.find((line) => line.includes('"n":"add"')) as string);

  const OTHER = firstByte(good.m) ^ 1;

  const WRONG: readonly (readonly [string, object, RegExp])[] = [
    ['in a register', { R: { ...good.R, 3: 0x1234 } }, /EBX = 0x[0-9a-f]+, expected 0x1234, before/],
    ['in a flag', { R: { ...good.R, 8: (good.R[8] ?? good.r[8]) ^ 1 } }, /EFLAGS .* wrong bits 0x1$/],
    ['in memory', { M: { ...good.M, 3712: OTHER } }, /byte at 0x20000e80 = 0x[0-9a-f]+, expected/],
    ['in a missing exception', { f: 14 }, /exception none, expected 14/],
  ];
  test.each(WRONG)('%s is reported with what was expected', async (_name, change, report) => {
    const { passed, failed, reports } = await run([JSON.stringify({ ...good, ...change })]);
    expect([passed, failed]).toEqual([0, 1]);
    expect(reports[0]).toMatch(report);
  });

  test('only the first ones are reported', async () => {
    const lines = Array.from({ length: 30 }, () => JSON.stringify({ ...good, f: 14 }));
    const { failed, reports } = await run(lines);
    expect([failed, reports.length]).toEqual([30, 10]);
  });
});

describe('a line that is no vector', () => {
  const BAD: readonly (readonly [string, RegExp])[] = [
    ['{', /not JSON/],
    ['[]', /not a JSON object/],
    ['{"n":"nop"}', /"b"/],
    ['{"n":"nop","b":"9","r":[],"m":1,"R":{},"M":{}}', /"b"/],
    ['{"n":"nop","b":"90","r":[1],"m":1,"R":{},"M":{}}', /"r"/],
    ['{"n":"nop","b":"90","r":[1,1,1,1,1,1,1,1,-1],"m":1,"R":{},"M":{}}', /"r"/],
    ['{"n":"nop","b":"90","r":[1,1,1,1,1,1,1,1,1],"m":1,"R":{"9":1},"M":{}}', /"R"/],
    ['{"n":"nop","b":"90","r":[1,1,1,1,1,1,1,1,1],"m":1,"R":{},"M":{"1":256}}', /"M"/],
    ['{"n":"nop","b":"90","r":[1,1,1,1,1,1,1,1,1],"m":1,"R":{},"M":{},"f":99}', /"f"/],
  ];
  test.each(BAD)('%s', (line, why) => {
    expect(() => parseVector(line, 'file, line 7')).toThrow(GlassError);
    expect(() => parseVector(line, 'file, line 7')).toThrow(why);
    expect(() => parseVector(line, 'file, line 7')).toThrow(/^file, line 7/);
  });

  test('stops the run with its number', async () => {
    await expect(run([LINES[0], '', 'nonsense'])).rejects.toThrow(/line 3: not JSON/);
  });
});
