import { describe, expect, it } from 'vitest';
import { EAX, EBX, ECX, ZERO } from '../../src/arch/cpu-state.ts';
import { decode } from '../../src/isa/decode.ts';
import { ADDRESS16, ENDS, GUARDED, INVALID, LOCK, REP, REPEATS, REPNE, SEGMENT_OVERRIDE, TOO_LONG } from '../../src/isa/insn.ts';
import { NONE, R16, R32, R8 } from '../../src/isa/operands.ts';
import { bytesOf, insnOf, isInvalid } from './decode-helpers.ts';

const DS = 3;
const FS = 4;

describe('an instruction', () => {
  it('is decoded wherever it stands in the source', () => {
    const insn = decode(bytesOf('90 90 01 C8 90'), 2, 32);
    expect(insn).toMatchObject({
      form: '01',
      length: 2,
      size: 32,
      shift: 0,
      modrm: 0xc8,
      opcode: 0x01,
      a: R32 + EAX,
      b: R32 + ECX,
      c: NONE,
    });
    expect(insn?.row.mnemonic).toBe('ADD');
    expect(insn?.run).toBe(insn?.row.run);
  });

  it('keeps the bytes of its opcode, escapes included', () => {
    expect(insnOf('0F AF C1').opcode).toBe(0x0faf);
    expect(insnOf('66 0F 38 80 00').opcode).toBe(0x0f3880);
    expect(insnOf('90').modrm).toBe(-1);
  });

  it('that is not all there is null, whichever byte is missing', () => {
    const long = bytesOf('2E C7 84 88 11 22 33 44 55 66 77 88');
    expect(decode(long, 0, 32)?.length).toBe(12);
    for (let end = 0; end < long.length; end++) {
      expect(decode(long.subarray(0, end), 0, 32)).toBeNull();
      expect(decode(long, 0, 32, end)).toBeNull();
    }
  });

  it('that is undefined in its first bytes needs no more of them', () => {
    expect(isInvalid('0F 04')).toBe(true);
    expect(isInvalid('FF F8')).toBe(true);
  });

  it('leaves nothing behind for the next one', () => {
    insnOf('F3 65 67 66 81 44 24 34 12');
    expect(insnOf('F4')).toMatchObject({
      base: ZERO,
      index: ZERO,
      scale: 0,
      displacement: 0,
      immediate: 0,
      immediate2: 0,
      segment: DS,
      modrm: -1,
    });
  });
});

describe('prefixes', () => {
  it('66 turns the operand size over, 67 the address size', () => {
    expect(insnOf('01 C8', 16).size).toBe(16);
    expect(insnOf('66 01 C8', 16)).toMatchObject({ size: 32, a: R32 });
    expect(insnOf('66 01 C8')).toMatchObject({ size: 16, shift: 16, a: R16 });
    expect(insnOf('66 00 C8')).toMatchObject({ size: 8, shift: 24, a: R8 });
    expect(insnOf('67 A4').flags & ADDRESS16).toBe(ADDRESS16);
    expect(insnOf('67 A4', 16).flags & ADDRESS16).toBe(0);
    expect(insnOf('A4', 16).flags & ADDRESS16).toBe(ADDRESS16);
  });

  it('may come in any order and more than once', () => {
    for (const hex of ['66 2E 67 01 07', '2E 67 66 67 66 01 07', '67 66 66 2E 2E 01 07']) {
      expect(insnOf(hex)).toMatchObject({ size: 16, base: EBX, segment: 1, length: hex.split(' ').length });
    }
  });

  it('let the last segment override win', () => {
    expect(insnOf('26 2E 64 8B 00')).toMatchObject({ segment: FS });
    expect(insnOf('64 8B 00').flags & SEGMENT_OVERRIDE).toBe(SEGMENT_OVERRIDE);
    expect(insnOf('8B 00').flags & SEGMENT_OVERRIDE).toBe(0);
  });

  it('let the last of F2 and F3 win', () => {
    expect(insnOf('F2 F3 A6').flags & (REP | REPNE)).toBe(REP);
    expect(insnOf('F3 F2 A6').flags & (REP | REPNE)).toBe(REPNE);
  });

  it('F2 and F3 repeat string instructions and mean nothing elsewhere', () => {
    for (const prefix of ['F2', 'F3']) {
      expect(insnOf(`${prefix} A4`).flags & REPEATS).toBe(REPEATS);
      expect(insnOf(`${prefix} 01 C8`).flags & REPEATS).toBe(0);
      expect(insnOf(`${prefix} 0F BC C1`).row.mnemonic).toBe('BSF');
    }
  });

  it('may be part of the opcode', () => {
    expect(insnOf('0F C7 30').row.mnemonic).toBe('VMPTRLD');
    expect(insnOf('66 0F C7 30').row.mnemonic).toBe('VMCLEAR');
    expect(insnOf('F3 0F C7 30').row.mnemonic).toBe('VMXON');
    expect(insnOf('66 F3 0F C7 30').row.mnemonic).toBe('VMXON');
    expect(isInvalid('F2 0F C7 30')).toBe(true);
    expect(insnOf('90').row.mnemonic).toBe('NOP');
    expect(insnOf('F3 90').row.mnemonic).toBe('PAUSE');
    expect(insnOf('F2 90').row.mnemonic).toBe('NOP');
    expect(insnOf('91').row.mnemonic).toBe('XCHG');
  });

  it('make NP opcodes undefined', () => {
    expect(insnOf('0F 01 C2').row.mnemonic).toBe('VMLAUNCH');
    for (const prefix of ['66', 'F2', 'F3']) expect(isInvalid(`${prefix} 0F 01 C2`)).toBe(true);
    expect(insnOf('2E 67 0F 01 C2').row.mnemonic).toBe('VMLAUNCH');
  });
});

describe('the limit of 15 bytes', () => {
  const prefixes = (count: number) => Array(count).fill('66').join(' ');

  it('is met by 14 prefixes and one byte', () => {
    expect(insnOf(`${prefixes(14)} 90`)).toMatchObject({ length: 15, form: '90' });
  });

  it('is crossed by the opcode or by anything after it, and then 15 bytes are enough to say so', () => {
    for (const rest of ['66 90', '0F AF C1', '01 C8', '81 C0 11 22']) {
      const bytes = bytesOf(`${prefixes(14)} ${rest}`);
      for (const end of [15, bytes.length]) expect(decode(bytes, 0, 32, end)).toMatchObject({ flags: TOO_LONG | ENDS, length: 15 });
    }
    expect(insnOf(prefixes(16)).flags).toBe(TOO_LONG | ENDS);
  });

  it('comes before an invalid LOCK', () => {
    expect(insnOf(`F0 ${prefixes(13)} 81 C0 11 22`).flags).toBe(TOO_LONG | ENDS);
  });

  it('is not looked at where 14 bytes have not told yet', () => {
    expect(decode(bytesOf(prefixes(14)), 0, 32)).toBeNull();
  });
});

describe('LOCK', () => {
  it('is valid with a memory destination of some instructions', () => {
    expect(insnOf('F0 01 08').flags & LOCK).toBe(LOCK);
    expect(insnOf('F0 0F C7 08').row.mnemonic).toBe('CMPXCHG8B');
    expect(insnOf('F0 86 08').row.mnemonic).toBe('XCHG');
    expect(insnOf('F0 0F BA 28 01').row.mnemonic).toBe('BTS');
  });

  it.each([
    ['a register destination', 'F0 01 C8'],
    ['a memory source', 'F0 03 08'],
    ['CMP', 'F0 39 08'],
    ['TEST', 'F0 84 08'],
    ['BT', 'F0 0F A3 08'],
    ['MOV', 'F0 89 08'],
    ['NOP', 'F0 90'],
    ['SHL', 'F0 D1 20'],
  ])('is invalid with %s', (_, hex) => {
    expect(isInvalid(hex)).toBe(true);
  });
});

describe('traits', () => {
  it('of the row show in the flags', () => {
    expect(insnOf('F4').flags & GUARDED).toBe(GUARDED);
    expect(insnOf('90').flags & GUARDED).toBe(0);
    expect(insnOf('EB FE').flags & ENDS).toBe(ENDS);
    expect(insnOf('01 C8').flags & ENDS).toBe(0);
  });
});

describe('what is no instruction', () => {
  it('raises #UD through its row, whatever its bytes look like', () => {
    const calls: string[] = [];
    const insn = insnOf('65 0F 01 68 12'); // 0F 01 /5
    insn.run({ system: (name: string) => calls.push(name) } as never, 0, 0, 0);
    expect(calls).toEqual(['ud']);
    expect(insn).toMatchObject({ flags: INVALID | ENDS, a: NONE, b: NONE, c: NONE, base: ZERO, displacement: 0, segment: DS });
    insnOf('81 C0 11 22 33 44');
    expect(insnOf('65 0F 04')).toMatchObject({ immediate: 0, segment: DS });
  });

  it.each([
    '0F 3A 00 00',
    '0F 38 00 00',
    '0F 24 C0',
    '8F C8',
    'C6 C8 00',
    'FE D0',
    'FF F8',
    '0F BA C0 00',
    '0F C7 00',
    '0F 6F C0',
    '0F 10 00',
  ])('%s: no such opcode', (hex) => {
    expect(isInvalid(hex)).toBe(true);
  });
});
