import { expect, test } from 'vitest';
import { foreignKind } from '../../src/ui/file-kind.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

test('what no machine can run is known by its first bytes', () => {
  expect(foreignKind('cut.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0))).toBe('picture');
  expect(foreignKind('cut', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe('picture');
  expect(foreignKind('a.pdf', text('%PDF-1.7\n'))).toBe('document');
  expect(foreignKind('a.zip', Uint8Array.of(0x50, 0x4b, 3, 4, 0))).toBe('archive');
});

test('text is no program, unless its name says that it is assembly or an image', () => {
  expect(foreignKind('t.txt', text('A letter, é.\n'))).toBe('text');
  expect(foreignKind('bad.json', text('{"a": [1]}'))).toBe('json');
  expect(foreignKind('bad.json', text('{"a": '))).toBe('text');
  expect([foreignKind('mine.ASM', text('hlt')), foreignKind('mine.bin', text('PPPP'))]).toEqual([null, null]);
});

test('bytes without any sign may be an image', () => {
  expect(foreignKind('random', Uint8Array.of(0xb8, 1, 0, 0, 0, 0xf4))).toBeNull();
  expect(foreignKind('sector', new Uint8Array(512))).toBeNull();
  expect(foreignKind('hello.glass', text('GLASS\r\n\x1a...'))).toBeNull();
});
