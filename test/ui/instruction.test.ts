import { describe, expect, test } from 'vitest';
import { dataParts } from '../../src/api/data-line.ts';
import { partsOf } from '../../src/api/instruction.ts';
import { pageText } from '../../src/ui/widgets/instruction.ts';
import { insnOf } from '../isa/decode-helpers.ts';

const shown = (hex: string): string => {
  const parts = partsOf(insnOf(hex), { address: 0x100000, bits: 32 }, 0);
  return pageText({ parts, text: '' });
};

describe('an instruction on the page', () => {
  test.each([
    ['B8 2A 00 00 00', 'mov eax, 0x2A'],
    ['83 C0 09', 'add eax, 9'],
    ['83 E4 F0', 'and esp, -0x10'],
    ['8B 5D 14', 'mov ebx, [ebp+0x14]'],
    ['89 44 8F FC', 'mov [edi+ecx*4-4], eax'],
    ['CD 80', 'int 0x80'],
    ['C8 10 00 01', 'enter 0x10, 1'],
  ])('has hexadecimal numbers from ten on: %s is `%s`', (hex, text) => {
    expect(shown(hex)).toBe(text);
  });

  test('has bytes as bytes, and text as text', () => {
    const parts = dataParts(new Uint8Array([0x48, 0x65, 0x79, 0x0a, 0xff, 0]));
    expect(pageText({ parts, text: '' })).toBe('db "Hey", 0x0A, 0xFF, 0x00');
  });
});
