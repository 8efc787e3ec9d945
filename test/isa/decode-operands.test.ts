import { describe, expect, it } from 'vitest';
import { EAX, EBP, EBX, ECX, EDI, ESI, ESP, ZERO } from '../../src/arch/cpu-state.ts';
import { MEMORY, REGISTER_FORM } from '../../src/isa/insn.ts';
import { IMM, IMM2, MEM, MEM16, MEM32, MEM8, NONE, ONE, R16, R32, R8, SPECIAL, TARGET } from '../../src/isa/operands.ts';
import { insnOf, isInvalid } from './decode-helpers.ts';

const operands = (hex: string, bits: 16 | 32 = 32) => {
  const { a, b, c } = insnOf(hex, bits);
  return [a, b, c];
};
const address = (hex: string, bits: 16 | 32 = 32) => {
  const { base, index, scale, displacement, segment } = insnOf(hex, bits);
  return [base, index, scale, displacement, segment];
};

const SS = 2;
const DS = 3;

describe('register operands', () => {
  it('are numbered by their file', () => {
    expect(operands('00 E7')).toEqual([R8 + 7, R8 + 4, NONE]); // add bh, ah
    expect(operands('B4 01')).toEqual([R8 + 4, IMM, NONE]);
    expect(operands('66 B9 01 00')).toEqual([R16 + ECX, IMM, NONE]);
    expect(operands('D3 E1')).toEqual([R32 + ECX, R8 + ECX, NONE]);
    expect(operands('D1 E1')).toEqual([R32 + ECX, ONE, NONE]);
    expect(operands('EE')).toEqual([R16 + 2, R8, NONE]);
    expect(operands('66 ED')).toEqual([R16, R16 + 2, NONE]);
  });

  it('have the width that their code says, not the size', () => {
    expect(operands('0F B6 C4')).toEqual([R32, R8 + 4, NONE]); // movzx eax, ah
    expect(operands('0F B7 C4')).toEqual([R32, R16 + ESP, NONE]);
    expect(operands('0F B6 00')).toEqual([R32, MEM8, NONE]);
    expect(operands('0F BF 00')).toEqual([R32, MEM16, NONE]);
    expect(insnOf('0F B6 00').size).toBe(32);
    expect(operands('0F 00 C8')).toEqual([R32, NONE, NONE]); // str eax
    expect(operands('0F 00 08')).toEqual([MEM16, NONE, NONE]);
    expect(operands('66 0F 20 C0')).toEqual([R32, SPECIAL, NONE]);
    expect(insnOf('66 0F 20 C0').size).toBe(32);
  });

  it('of other files come as their number', () => {
    expect(operands('8E D0')).toEqual([SPECIAL + 2, R32, NONE]);
    expect(operands('0F 22 D9')).toEqual([SPECIAL + 3, R32 + ECX, NONE]);
    expect(operands('0F A8')).toEqual([SPECIAL + 5, NONE, NONE]);
  });

  it('that do not exist are invalid', () => {
    expect([0xc8, 0xc0].map((modrm) => isInvalid(`8E ${modrm.toString(16)}`))).toEqual([true, false]); // CS cannot be loaded
    expect(['F0', 'F8'].map((modrm) => isInvalid(`8C ${modrm}`))).toEqual([true, true]);
    expect(['C0', 'C8', 'D0', 'D8', 'E0', 'E8', 'F0', 'F8'].map((modrm) => isInvalid(`0F 20 ${modrm}`))).toEqual([
      ...[false, true, false, false],
      ...[false, true, true, true],
    ]);
    expect(isInvalid('0F 21 E0')).toBe(false); // DR4 is DR6 or #UD, as CR4.DE says
  });

  it('in MOV CR and MOV DR ignore mod', () => {
    expect(insnOf('0F 22 18 90')).toMatchObject({ length: 3, a: SPECIAL + 3, b: R32 + EAX });
    expect(insnOf('0F 22 45 90')).toMatchObject({ length: 3, a: SPECIAL, b: R32 + EBP });
    expect(insnOf('0F 22 45 90').flags & (MEMORY | REGISTER_FORM)).toBe(REGISTER_FORM);
  });
});

describe('memory operands', () => {
  it('say so, with their width', () => {
    expect(insnOf('01 08').flags & (MEMORY | REGISTER_FORM)).toBe(MEMORY);
    expect(insnOf('01 C8').flags & (MEMORY | REGISTER_FORM)).toBe(REGISTER_FORM);
    expect(operands('00 08')[0]).toBe(MEM8);
    expect(operands('66 01 08')[0]).toBe(MEM16);
    expect(operands('01 08')[0]).toBe(MEM32);
    expect(operands('8D 00')).toEqual([R32, MEM, NONE]);
    expect(operands('FF 28')).toEqual([MEM, NONE, NONE]);
  });

  it('of 32-bit addressing have base, index, scale and displacement', () => {
    expect(address('8B 03')).toEqual([EBX, ZERO, 0, 0, DS]);
    expect(address('8B 43 FC')).toEqual([EBX, ZERO, 0, -4, DS]);
    expect(address('8B 83 78 56 34 92')).toEqual([EBX, ZERO, 0, 0x92345678 | 0, DS]);
    expect(address('8B 04 8B')).toEqual([EBX, ECX, 2, 0, DS]);
    expect(address('8B 44 CF 08')).toEqual([EDI, ECX, 3, 8, DS]);
    expect(address('8B 04 25 78 56 34 12')).toEqual([ZERO, ZERO, 0, 0x12345678, DS]);
    expect(address('8B 04 8D 78 56 34 12')).toEqual([ZERO, ECX, 2, 0x12345678, DS]);
    expect(address('8B 05 78 56 34 12')).toEqual([ZERO, ZERO, 0, 0x12345678, DS]);
  });

  it('of 16-bit addressing have one of eight combinations', () => {
    const combinations = [0, 1, 2, 3, 4, 5, 6, 7].map((rm) => address(`8B 4${rm} 00`, 16));
    expect(combinations).toEqual([
      ...[
        [EBX, ESI, 0, 0, DS],
        [EBX, EDI, 0, 0, DS],
        [EBP, ESI, 0, 0, SS],
        [EBP, EDI, 0, 0, SS],
      ],
      ...[
        [ESI, ZERO, 0, 0, DS],
        [EDI, ZERO, 0, 0, DS],
        [EBP, ZERO, 0, 0, SS],
        [EBX, ZERO, 0, 0, DS],
      ],
    ]);
    expect(address('8B 06 34 12', 16)).toEqual([ZERO, ZERO, 0, 0x1234, DS]);
    expect(address('8B 86 FE FF', 16)).toEqual([EBP, ZERO, 0, -2, SS]);
    expect(insnOf('8B 06 34 12', 16).length).toBe(4);
  });

  it('on ESP and EBP are in the stack segment, as an index they are not', () => {
    expect(address('8B 04 24')).toEqual([ESP, ZERO, 0, 0, SS]);
    expect(address('8B 45 00')).toEqual([EBP, ZERO, 0, 0, SS]);
    expect(address('8B 04 28')).toEqual([EAX, EBP, 0, 0, DS]);
    expect(address('8B 44 05 00')).toEqual([EBP, EAX, 0, 0, SS]);
    expect(address('3E 8B 04 24')).toEqual([ESP, ZERO, 0, 0, DS]);
  });

  it('of A0 to A3 have an offset of address size', () => {
    expect(insnOf('A1 78 56 34 12')).toMatchObject({ length: 5, a: R32, b: MEM32, displacement: 0x12345678, base: ZERO });
    expect(insnOf('67 A0 34 12')).toMatchObject({ length: 4, a: R8, b: MEM8, displacement: 0x1234 });
    expect(insnOf('66 A3 78 56 34 12')).toMatchObject({ length: 6, a: MEM16, b: R16 });
    expect(insnOf('A1 78 56 34 12').flags & MEMORY).toBe(MEMORY);
  });

  it('are asked for: a register in their place is invalid', () => {
    for (const hex of ['8D C0', 'C4 C0', '0F B2 C0', 'FF D8', 'FF E8', '62 C0', '0F 01 D0', '0F 01 F8', '0F C7 C8', '66 0F 38 80 C0']) {
      expect(isInvalid(hex), hex).toBe(true);
    }
  });
});

describe('immediates', () => {
  it('are sign-extended at the operand size', () => {
    expect(insnOf('05 FF FF FF FF').immediate).toBe(-1);
    expect(insnOf('66 05 00 80').immediate).toBe(-32768);
    expect(insnOf('04 80').immediate).toBe(-128);
    expect(insnOf('83 C0 80').immediate).toBe(-128);
    expect(insnOf('6A FF').immediate).toBe(-1);
  });

  it('that are no data are unsigned: vectors, ports, counts, sizes', () => {
    expect(insnOf('CD 80').immediate).toBe(0x80);
    expect(insnOf('E4 E9').immediate).toBe(0xe9);
    expect(insnOf('E6 E9').immediate).toBe(0xe9);
    expect(insnOf('C1 E0 FF').immediate).toBe(0xff);
    expect(insnOf('D4 FF').immediate).toBe(0xff);
    expect(insnOf('C2 00 80').immediate).toBe(0x8000);
  });

  it('may be two', () => {
    expect(insnOf('C8 34 92 81')).toMatchObject({ length: 4, a: IMM, b: IMM2, immediate: 0x9234, immediate2: 0x81 });
    expect(insnOf('EA 78 56 34 92 08 80')).toMatchObject({ length: 7, a: IMM, b: NONE, immediate: 0x92345678 | 0, immediate2: 0x8008 });
    expect(insnOf('66 9A 34 92 08 00')).toMatchObject({ length: 6, immediate: 0x9234, immediate2: 8 });
  });

  it('of branches are displacements', () => {
    expect(insnOf('EB FE')).toMatchObject({ length: 2, a: TARGET, immediate: -2 });
    expect(insnOf('0F 84 00 01 00 00')).toMatchObject({ length: 6, a: TARGET, immediate: 0x100 });
    expect(insnOf('66 E8 FD FF')).toMatchObject({ length: 4, size: 16, immediate: -3 });
  });

  it('of TEST come only with /0 and /1 of the group', () => {
    expect(insnOf('F6 C1 01').length).toBe(3);
    expect(insnOf('F6 D1').length).toBe(2);
    expect(insnOf('F7 C1 01 02 03 04').length).toBe(6);
  });
});
