import { describe, expect, it } from 'vitest';
import { format, formatParts, operandTexts } from '../../src/isa/format.ts';
import { insnOf } from './decode-helpers.ts';

const text32 = (hex: string, symbol?: (offset: number) => string | null) => format(insnOf(hex), { address: 0x100000, bits: 32, symbol });
const text16 = (hex: string) => format(insnOf(hex, 16), { address: 0x7c00, bits: 16 });

describe('the text of an instruction', () => {
  it.each([
    ['90', 'nop'],
    ['01 C8', 'add eax, ecx'],
    ['8B 5D 08', 'mov ebx, [ebp+8]'],
    ['89 44 8F FC', 'mov [edi+ecx*4-4], eax'],
    ['8A 25 38 12 40 00', 'mov ah, [0x00401238]'],
    ['8B 04 85 00 10 40 00', 'mov eax, [eax*4+0x00401000]'],
    ['8B 83 00 F0 FF FF', 'mov eax, [ebx-0x1000]'],
    ['8B 83 00 00 00 C0', 'mov eax, [ebx+0xC0000000]'],
    ['64 8B 00', 'mov eax, [fs:eax]'],
    ['8D 04 49', 'lea eax, [ecx+ecx*2]'],
    ['0F B6 C4', 'movzx eax, ah'],
    ['0F 20 D8', 'mov eax, cr3'],
    ['0F 23 F9', 'mov dr7, ecx'],
    ['8E D8', 'mov ds, ax'],
    ['8C D8', 'mov eax, ds'],
    ['69 C1 E8 03 00 00', 'imul eax, ecx, 0x3E8'],
    ['0F A4 D0 04', 'shld eax, edx, 4'],
    ['D3 E0', 'shl eax, cl'],
    ['D1 E0', 'shl eax, 1'],
    ['EE', 'out dx, al'],
    ['E6 E9', 'out 0xE9, al'],
    ['CD 80', 'int 0x80'],
    ['C8 10 00 01', 'enter 16, 1'],
    ['0F 01 C2', 'vmlaunch'],
    ['66 0F 38 80 08', 'invept ecx, [eax]'],
    ['0F 78 03', 'vmread [ebx], eax'],
    ['91', 'xchg ecx, eax'],
  ])('%s is `%s`', (hex, text) => {
    expect(text32(hex)).toBe(text);
  });

  it('counts in decimal and shows bits and places in hexadecimal', () => {
    expect(text32('83 C0 63')).toBe('add eax, 99');
    expect(text32('83 C0 64')).toBe('add eax, 0x64');
    expect(text32('83 E4 F0')).toBe('and esp, -16');
    expect(text32('83 E4 80')).toBe('and esp, 0xFFFFFF80');
    expect(text32('66 83 E4 80')).toBe('and sp, 0xFF80');
    expect(text32('B8 FF FF FF FF')).toBe('mov eax, -1');
  });

  it('names the size of a memory operand where no register does', () => {
    expect(text32('FE 00')).toBe('inc byte [eax]');
    expect(text32('66 C7 00 01 00')).toBe('mov word [eax], 1');
    expect(text32('C1 20 04')).toBe('shl dword [eax], 4');
    expect(text32('D2 20')).toBe('shl byte [eax], cl');
    expect(text32('0F B6 00')).toBe('movzx eax, byte [eax]');
    expect(text32('8C 18')).toBe('mov word [eax], ds');
    expect(text32('FF 10')).toBe('call dword [eax]');
    expect(text32('0F 01 38')).toBe('invlpg [eax]');
    expect(text32('0F C7 08')).toBe('cmpxchg8b [eax]');
  });

  it('shows far pointers, and their size where it is not the default', () => {
    expect(text32('FF 18')).toBe('call far [eax]');
    expect(text32('66 FF 28')).toBe('jmp word far [eax]');
    expect(text32('C5 30')).toBe('lds esi, [eax]');
    expect(text32('EA 00 7C 00 00 08 00')).toBe('jmp 8:0x00007C00');
    expect(text32('66 EA 00 7C 00 00')).toBe('jmp word 0:0x7C00');
    expect(text16('66 EA 00 00 10 00 08 00')).toBe('jmp dword 8:0x00100000');
  });

  it('says which of two encodings of an immediate it is only where it is the longer one', () => {
    expect(text32('83 C1 05')).toBe('add ecx, 5');
    expect(text32('81 C1 05 00 00 00')).toBe('add ecx, strict dword 5');
    expect(text32('81 C1 05 01 00 00')).toBe('add ecx, 0x105');
    expect(text32('A9 05 00 00 00')).toBe('test eax, 5');
    expect(text32('68 05 00 00 00')).toBe('push strict dword 5');
    expect(text32('66 6A 05')).toBe('push word 5');
    expect(text32('66 68 05 00')).toBe('push strict word 5');
    expect(text32('C1 E0 01')).toBe('shl eax, byte 1');
  });

  it('says so where a displacement is longer than it need be', () => {
    expect(text32('8B 40 00')).toBe('mov eax, [byte eax]');
    expect(text32('8B 45 00')).toBe('mov eax, [ebp]');
    expect(text32('8B 80 04 00 00 00')).toBe('mov eax, [dword eax+4]');
    expect(text32('8B 04 45 04 00 00 00')).toBe('mov eax, [nosplit eax*2+4]');
    expect(text16('8B 87 04 00')).toBe('mov ax, [word bx+4]');
    expect(text16('8B 46 00')).toBe('mov ax, [bp]');
    expect(text16('8B 42 00')).toBe('mov ax, [byte bp+si]');
  });

  it('shows sizes that differ from the default by registers, keywords and names, and by prefixes only where nothing else does', () => {
    expect(text32('66 01 C8')).toBe('add ax, cx');
    expect(text32('66 C3')).toBe('o16 ret');
    expect(text32('66 1E')).toBe('o16 push ds');
    expect(text32('66 60')).toBe('pushaw');
    expect(text32('60')).toBe('pusha');
    expect(text16('66 60')).toBe('pushad');
    expect(text32('98')).toBe('cwde');
    expect(text32('66 98')).toBe('cbw');
    expect(text16('66 CF')).toBe('iretd');
    expect(text16('66 0F 01 10')).toBe('o32 lgdt [bx+si]');
    expect(text32('66 8E D8')).toBe('o16 mov ds, ax');
    expect(text32('67 8B 07')).toBe('mov eax, [bx]');
    expect(text32('67 8B 0E 34 12')).toBe('mov ecx, [word 0x1234]');
    expect(text16('67 66 A1 78 56 34 12')).toBe('mov eax, [dword 0x12345678]');
    expect(text32('67 E3 00')).toBe('jcxz 0x00100003');
    expect(text32('67 E2 00')).toBe('a16 loop 0x00100003');
  });

  it('puts what string instructions leave unsaid before the mnemonic', () => {
    expect(text32('F3 A5')).toBe('rep movsd');
    expect(text32('F2 A4')).toBe('repne movsb');
    expect(text32('F3 A6')).toBe('repe cmpsb');
    expect(text32('F2 66 AF')).toBe('repne scasw');
    expect(text32('64 AC')).toBe('fs lodsb');
    expect(text16('AB')).toBe('stosw');
    expect(text16('67 66 AB')).toBe('a32 stosd');
    expect(text32('F3 6C')).toBe('rep insb');
    expect(text32('65 D7')).toBe('gs xlatb');
    expect(text32('F0 01 08')).toBe('lock add [eax], ecx');
  });

  it('leaves out prefixes without an effect', () => {
    expect(text32('F3 C3')).toBe('ret');
    expect(text32('2E 75 FE')).toBe('jne short 0x00100001');
    expect(text32('26 AA')).toBe('stosb');
  });

  it('names the target of a branch', () => {
    const symbol = (offset: number) => (offset === 0x100000 ? 'next' : null);
    expect(text32('EB FE', symbol)).toBe('jmp next');
    expect(text32('EB FE')).toBe('jmp short 0x00100000');
    expect(text32('E9 FB FF FF FF', symbol)).toBe('jmp near next');
    expect(text32('E9 FB FF FF FF')).toBe('jmp 0x00100000');
    expect(text32('E8 FB FF FF FF', symbol)).toBe('call next');
    expect(text32('E8 FB 0F 00 00', symbol)).toBe('call 0x00101000');
    expect(text32('E2 FE', symbol)).toBe('loop next');
    expect(text32('A1 00 00 10 00', symbol)).toBe('mov eax, [next]');
  });

  it('wraps a branch of 16 bits', () => {
    expect(text16('E9 00 90')).toBe('jmp 0x0C03');
    expect(text32('66 E9 FC FF')).toBe('jmp word 0x0000');
    expect(text32('66 0F 84 FB FF')).toBe('je near word 0x0000');
    expect(text32('66 74 FE')).toBe('o16 je short 0x0001');
  });

  it('says where there is no instruction', () => {
    expect(text32('0F 04')).toBe('(invalid)');
    expect(text32(`${'66 '.repeat(15)}90`)).toBe('(too long)');
  });
});

describe('the parts of a text', () => {
  it('have a kind and, for numbers and addresses, a value', () => {
    expect(formatParts(insnOf('C7 05 38 12 40 00 F8 03 00 00'), { address: 0, bits: 32 })).toEqual([
      { kind: 'mnemonic', text: 'mov', value: null },
      { kind: 'punctuation', text: ' ', value: null },
      { kind: 'size', text: 'dword', value: null },
      { kind: 'punctuation', text: ' ', value: null },
      { kind: 'punctuation', text: '[', value: null },
      { kind: 'address', text: '0x00401238', value: 0x401238 },
      { kind: 'punctuation', text: ']', value: null },
      { kind: 'punctuation', text: ', ', value: null },
      { kind: 'number', text: '0x3F8', value: 0x3f8 },
    ]);
  });

  it('of a branch hold its target as an unsigned offset', () => {
    const parts = formatParts(insnOf('E8 00 00 00 00'), { address: 0xc0000000, bits: 32 });
    expect(parts.at(-1)).toEqual({ kind: 'address', text: '0xC0000005', value: 0xc0000005 });
  });

  it('of the operands come in the order of the form', () => {
    expect(operandTexts(insnOf('87 CA'), { address: 0, bits: 32 })).toEqual(['edx', 'ecx']);
    expect(format(insnOf('87 CA'), { address: 0, bits: 32 })).toBe('xchg ecx, edx');
    expect(operandTexts(insnOf('A5'), { address: 0, bits: 32 })).toEqual([]);
  });
});
