import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/isa/define.ts';
import { FORMS, formsOf, OPERAND_FIELD, parseOpcode } from '../../src/isa/opcode.ts';
import { OPERAND_CODES } from '../../src/isa/operands.ts';

const plain = { mandatoryPrefix: 'none-required', plusRegister: false, extension: -1, modrmByte: -1 };

describe('opcode text', () => {
  it('of one byte is that byte and nothing else', () => {
    expect(parseOpcode('01')).toEqual({ ...plain, bytes: [0x01] });
  });

  it('keeps its escape bytes', () => {
    expect(parseOpcode('0F AF').bytes).toEqual([0x0f, 0xaf]);
    expect(parseOpcode('66 0F 38 80')).toEqual({ ...plain, mandatoryPrefix: 0x66, bytes: [0x0f, 0x38, 0x80] });
  });

  it('ends in an opcode extension or in a register', () => {
    expect(parseOpcode('81 /7')).toEqual({ ...plain, bytes: [0x81], extension: 7 });
    expect(parseOpcode('0F C8+')).toEqual({ ...plain, bytes: [0x0f, 0xc8], plusRegister: true });
  });

  it('may fix the whole ModRM byte', () => {
    expect(parseOpcode('NP 0F 01 C2')).toEqual({ ...plain, mandatoryPrefix: 'NP', bytes: [0x0f, 0x01], modrmByte: 0xc2 });
    expect(parseOpcode('DB E3')).toEqual({ ...plain, bytes: [0xdb], modrmByte: 0xe3 });
  });

  it('tells a mandatory F3 from the opcode after it', () => {
    expect(parseOpcode('F3 90')).toEqual({ ...plain, mandatoryPrefix: 0xf3, bytes: [0x90] });
  });

  it.each(['', '0', '0G', '81 /8', '01 02 03', '0F 01 C2 C3'])('%j is refused', (text) => {
    expect(() => parseOpcode(text)).toThrow('invariant broken');
  });
});

describe('forms', () => {
  const row = (forms: Record<string, string>): Row => ({ mnemonic: 'TEST', forms, run: () => {}, operation: '', title: '' });

  it('have a ModRM byte where an operand, an extension or the opcode needs one', () => {
    const forms = formsOf([
      row({ '00': 'Eb, Gb', '04': 'AL, Ib', '0F 06': '', 'F6 /2': 'Eb', '0F 01 C2': '', '0F 20': 'Rd, Cd', '1E': 'DS' }),
    ]);
    expect(Object.fromEntries(forms.map((form) => [form.text, form.hasModrm]))).toEqual({
      '00': true,
      '04': false,
      '0F 06': false,
      'F6 /2': true,
      '0F 01 C2': true,
      '0F 20': true,
      '1E': false,
    });
  });

  it('list their operand codes in order', () => {
    expect(formsOf([row({ '69': 'Gv, Ev, Iz', F4: '' })]).map((form) => form.operands)).toEqual([['Gv', 'Ev', 'Iz'], []]);
  });

  it('with an unknown operand code are refused', () => {
    expect(() => formsOf([row({ '00': 'Eb, Qq' })])).toThrow("'Qq' is an operand code");
  });

  it('place every operand code in the encoding', () => {
    expect(Object.keys(OPERAND_FIELD).sort()).toEqual([...OPERAND_CODES].sort());
  });

  it('of all rows are in one list', () => {
    for (const form of FORMS) expect(form.row.forms[form.text]).toBeDefined();
  });
});
