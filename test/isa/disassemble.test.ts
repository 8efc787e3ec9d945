import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { decode } from '../../src/isa/decode.ts';
import { disassemble, WITHOUT_TEXT } from '../../src/isa/disassemble.ts';
import { format } from '../../src/isa/format.ts';
import type { Insn } from '../../src/isa/insn.ts';
import { type Form, FORMS, OPERAND_FIELD } from '../../src/isa/opcode.ts';
import { bytesOf } from './decode-helpers.ts';
import { fillWithCode, randomNumbers, STRING_LENGTH } from './random-code.ts';

const COUNT = Number(process.env['GLASSVISOR_DISASSEMBLE_COUNT'] ?? 1500);
const SEED = Number(process.env['GLASSVISOR_DECODE_SEED'] ?? 1);

/** A short jump that redundant prefixes let reach a byte or two further than its text can. */
const isStretched = (insn: Insn) => insn.row.forms[insn.form] === 'Jb' && Math.abs(insn.immediate) > 100 && insn.length > 2;

const hasText = (insn: Insn | null): insn is Insn => insn !== null && !WITHOUT_TEXT.some(({ is }) => is(insn));

/** The text without the words that only choose among encodings, and XCHG's operands in one order; EAX exchanged for itself is NOP. */
const meaning = (text: string) =>
  text
    .replace(/strict d?word |short |near |nosplit |(?<=, )byte (?=1$)/g, '')
    .replace(/\[(byte|word|dword) /, '[')
    .replace(/xchg (\w+), (\w+)/, (_, ...operands: string[]) => `xchg ${operands.slice(0, 2).sort().join()}`)
    .replace(/xchg (e?ax),\1|o(16|32) nop/, 'nop');

/** Forms that no text leads to: second encodings of what another form does, and instructions without a text. */
const WITHOUT_EXACT_TEXT: readonly string[] = [
  // 82 is 80 again
  ...['ADD 82 /0', 'OR 82 /1', 'ADC 82 /2', 'SBB 82 /3', 'AND 82 /4', 'SUB 82 /5', 'XOR 82 /6', 'CMP 82 /7'],
  // SAL is SHL
  ...['SHL C0 /6', 'SHL C1 /6', 'SHL D0 /6', 'SHL D1 /6', 'SHL D2 /6', 'SHL D3 /6'],
  ...['TEST F6 /1', 'TEST F7 /1', 'RESERVEDNOP 0F 0D'],
  ...['ESC D8', 'ESC D9', 'ESC DA', 'ESC DB', 'ESC DC', 'ESC DD', 'ESC DE', 'ESC DF'],
];

/** Some instance of the form has a text of its own. */
function isExactSomehow(form: Form, bits: 16 | 32): boolean {
  const { opcode, hasModrm } = form;
  const prefix = typeof opcode.mandatoryPrefix === 'number' ? [opcode.mandatoryPrefix] : [];
  const reg = (opcode.extension >= 0 ? opcode.extension : form.operands.some((code) => OPERAND_FIELD[code] === 'reg') ? 3 : 0) << 3;
  const modrms = opcode.modrmByte >= 0 ? [opcode.modrmByte] : [reg | 7, reg | 0xc1];
  return modrms.some((modrm) => {
    const opcodeBytes = opcode.plusRegister ? [...opcode.bytes.slice(0, -1), opcode.bytes.slice(-1)[0] | 3] : opcode.bytes;
    const bytes = Uint8Array.from([...prefix, ...opcodeBytes, ...(hasModrm ? [modrm] : []), ...Array(8).fill(0x21)]);
    const { insn, text } = disassemble(bytes, 0, { address: 0, bits });
    return insn?.row === form.row && insn.form === form.text && !text.startsWith('db');
  });
}

describe('a disassembled line', () => {
  it.each([16, 32] as const)('of %i-bit code assembles to the bytes that it came from', (bits) => {
    const next = randomNumbers(SEED);
    const bytes = new Uint8Array(STRING_LENGTH);
    for (let i = 0; i < COUNT; i++) {
      fillWithCode(bytes, next);
      const address = next() & 0xffff;
      const line = disassemble(bytes, 0, { address, bits });
      const made = assemble(line.text, { bits, org: address }).bytes;
      expect([...made], line.text).toEqual([...line.bytes]);
    }
  });

  it('is the plain text where the encoding is the usual one', () => {
    const texts = ['89 D8', '83 C0 05', 'EB FE', '0F 84 00 10 00 00', 'F3 A5', 'A1 00 10 00 00', '0F 01 C2'];
    for (const hex of texts) expect(disassemble(bytesOf(hex), 0, { address: 0x1000, bits: 32 }).text).not.toContain('db');
  });

  it('is data with the meaning as a comment where it is not', () => {
    const text = (hex: string) => disassemble(bytesOf(hex), 0, { address: 0x1000, bits: 32 }).text;
    expect(text('8B C3')).toBe('db 0x8B, 0xC3 ; mov eax, ebx');
    expect(text('F3 C3')).toBe('db 0xF3, 0xC3 ; ret');
    expect(text('8B 04 20')).toBe('db 0x8B, 0x04, 0x20 ; mov eax, [eax]');
    expect(text('0F 04')).toBe('db 0x0F, 0x04 ; (invalid)');
    expect(text('0F')).toBe('db 0x0F ; (incomplete)');
  });

  it('names targets, and is still exact', () => {
    const symbol = () => 'here';
    expect(disassemble(bytesOf('EB FE'), 0, { address: 0, bits: 32, symbol }).text).toBe('jmp here');
  });
});

describe('the plain text of an instruction', () => {
  it.each([16, 32] as const)('of %i-bit code means that instruction to the assembler, however it is encoded', (bits) => {
    const next = randomNumbers(SEED + 1);
    const bytes = new Uint8Array(STRING_LENGTH);
    for (let i = 0; i < COUNT; i++) {
      fillWithCode(bytes, next);
      const insn = decode(bytes, 0, bits);
      if (!hasText(insn) || isStretched(insn)) continue;
      const options = { address: 0x1000 + (next() & 0x7fff), bits }; // no jump wraps around
      const text = format(insn, options);
      const again = decode(assemble(text, { bits, org: options.address }).bytes, 0, bits);
      expect(again && meaning(format(again, options)), text).toBe(meaning(text));
    }
  });

  it('of at least one encoding of every form is exact', () => {
    const exact = new Set<string>();
    for (const form of FORMS)
      if ([16, 32].some((bits) => isExactSomehow(form, bits as 16 | 32))) exact.add(`${form.row.mnemonic} ${form.text}`);
    const inexact = FORMS.filter((form) => !exact.has(`${form.row.mnemonic} ${form.text}`)).map(
      (form) => `${form.row.mnemonic} ${form.text}`,
    );
    expect(inexact.sort()).toEqual([...WITHOUT_EXACT_TEXT].sort());
  });
});
