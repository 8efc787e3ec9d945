import { expect, it } from 'vitest';
import { codeLandmarks } from '../../../src/api/views/code-landmarks.ts';

it('a line of thousands of instructions is gone through once, and not for each of them', () => {
  const line = { linear: 0x1000, length: 20_000, line: 1, isData: false };
  const file = { name: 'a.asm', text: '', lines: [line] };
  const [code] = codeLandmarks({ source: { ...file, files: [file] } }, { eip: 0x1000, bits: 32 });
  let reads = 0;
  const nops = (): number => {
    reads++;
    return 0x90909090;
  };
  for (let offset = 19_000; offset < 20_000; offset++) expect(code.element(offset, nops)).toMatchObject({ offset, length: 1, name: 'nop' });
  expect(reads).toBeLessThan(2 * 15 * 20_000);
  expect(code.element(5, nops).offset).toBe(5);
});
