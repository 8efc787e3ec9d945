/** What comes with the bytes: origin, symbols, the map from lines to addresses; and what the caller can set. */
import { describe, expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { FORMS } from '../../src/isa/opcode.ts';
import { isMnemonic } from '../../src/isa/assembler/forms.ts';

const bytesOf = (source: string, options = {}) => [...assemble(source, options).bytes];

describe('symbols', () => {
  test('are absolute addresses, and locals have their whole name', () => {
    const { symbols, origin } = assemble('org 0x7c00\nstart: nop\n.loop: jmp .loop\nSIZE equ $ - start\nNEGATIVE equ -5\n');
    expect(origin).toBe(0x7c00);
    expect([...symbols]).toEqual([
      ['start', 0x7c00],
      ['start.loop', 0x7c01],
      ['SIZE', 3],
      ['NEGATIVE', -5],
    ]);
  });

  test('lie where their section lies', () => {
    const { symbols } = assemble(
      'org 0x100\nnop\nsection .bss\nbuffer: resb 16\nsection .data\nvalue: db 1\nsection .text vstart=0x2000\ncode: nop',
    );
    expect(symbols.get('value')).toBe(0x104);
    expect(symbols.get('buffer')).toBe(0x108);
    expect(symbols.get('code')).toBe(0x2001);
  });

  test('of macro calls do not show', () => {
    expect(assemble('%macro m 0\n%%a: jmp %%a\n%endmacro\nm\nm\n').symbols.size).toBe(0);
  });

  test('the entry is _start, else start, else nowhere', () => {
    expect(assemble('org 16\nnop\nstart: nop\n_start: nop').entry).toBe(18);
    expect(assemble('org 16\nnop\nstart: nop').entry).toBe(17);
    expect(assemble('nop')).not.toHaveProperty('entry');
  });
});

describe('lines', () => {
  test('tell address, length and kind of the bytes that they make', () => {
    const { lines } = assemble('org 0x100\nstart:\n mov eax, 1\n\n; nothing\n times 3 nop\nx equ 5\n dw x, x', { file: 'a.asm' });
    expect(lines).toEqual([
      { file: 'a.asm', line: 3, address: 0x100, length: 6, isData: false },
      { file: 'a.asm', line: 6, address: 0x106, length: 3, isData: false },
      { file: 'a.asm', line: 8, address: 0x109, length: 4, isData: true },
    ]);
  });

  test('of a macro count for its call, those of a file for that file', () => {
    const include = (name: string) => (name === 'b.inc' ? '%macro two 0\n nop\n nop\n%endmacro\nret\n' : null);
    const { lines } = assemble('%include "b.inc"\n two\n hlt\n%rep 2\n cli\n sti\n%endrep', { file: 'a.asm', include });
    expect(lines.map(({ file, line, address, length }) => `${file}:${line} ${address}+${length}`)).toEqual([
      'b.inc:5 0+1',
      'a.asm:2 1+2',
      'a.asm:3 3+1',
      'a.asm:5 4+1',
      'a.asm:6 5+1',
      'a.asm:5 6+1',
      'a.asm:6 7+1',
    ]);
  });
});

describe('the caller can set', () => {
  test('the size of the code', () => {
    expect(bytesOf('mov eax, ebx')).toEqual([0x66, 0x89, 0xd8]);
    expect(bytesOf('mov eax, ebx', { bits: 32 })).toEqual([0x89, 0xd8]);
  });

  test('the origin, which the text may override', () => {
    expect(bytesOf('x: dw x', { org: 0x1234 })).toEqual([0x34, 0x12]);
    expect(bytesOf('org 0x100\nx: dw x', { org: 0x1234 })).toEqual([0x00, 0x01]);
  });

  test('definitions', () => {
    expect(bytesOf('%ifdef DEBUG\n db LEVEL\n%endif', { defines: { DEBUG: '', LEVEL: 3 } })).toEqual([3]);
    expect(bytesOf('db TEXT', { defines: { TEXT: "'ab', 1+1" } })).toEqual([0x61, 0x62, 2]);
  });

  test('the files that can be included, each read once', () => {
    const asked: string[] = [];
    const include = (name: string) => {
      asked.push(name);
      return 'db 7\n';
    };
    expect(bytesOf('%include "a"\n%include "a"\n', { include })).toEqual([7, 7]);
    expect(asked).toEqual(['a']);
  });
});

describe('texts from everywhere', () => {
  test('may end lines as other systems do, and begin with a byte order mark', () => {
    expect(bytesOf('\ufeffdb 1\r\ndb 2\rdb 3\ndb 4')).toEqual([1, 2, 3, 4]);
    expect(bytesOf('')).toEqual([]);
  });

  test('may hold any letters in strings and names', () => {
    expect(bytesOf('größe equ 2\ndb "é€😀", größe')).toEqual([0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 2]);
  });
});

test('assembling twice gives the same, whatever went wrong between', () => {
  const source = '%macro m 1\n%%l: jmp %%l + %1\n%endmacro\nm 1\nm FURTHER\nFURTHER equ 300';
  const first = assemble(source);
  expect(() => assemble('%macro m 1\n mvo %1\n%endmacro\nm 1')).toThrow();
  expect(assemble(source)).toEqual(first);
});

test('every instruction of the table has its name here', () => {
  // MOVS and its kin exist only with a size (MOVSB); JCXZ is named by its address size; ESC stands for the coprocessor.
  const names = FORMS.map(({ row }) => row.names?.[8] ?? row.addressNames?.[16] ?? row.mnemonic);
  expect(names.filter((name) => !isMnemonic(name.toLowerCase()))).toEqual([]);
});
