/** The opcode text of a form as a structure: one reading of `row.forms` that the decoder, the formatter and the assembler share.
 *
 *  An instruction is: legacy prefixes, one to three opcode bytes, ModRM, SIB, displacement, immediates. SDM vol. 2, "Instruction Format". */
import { assert } from '../base/assert.ts';
import type { Row } from './define.ts';
import type { OperandCode } from './operands.ts';
import { ROWS } from './rows/index.ts';

/** What a form says about the prefixes 66, F2 and F3. `none-required`: they keep their usual meaning (operand size, repeat) or none at all.
 *  `NP`: the instruction is another one, or none, with any of them. A number: that prefix is part of the opcode. */
export type MandatoryPrefix = 'none-required' | 'NP' | 0x66 | 0xf2 | 0xf3;

/** The fixed bytes of a form. */
export interface Opcode {
  readonly mandatoryPrefix: MandatoryPrefix;
  /** Opcode bytes with their escapes, prefixes and ModRM excluded: [0x01], [0x0f, 0xaf], [0x0f, 0x38, 0x80]. */
  readonly bytes: readonly number[];
  /** The last opcode byte's low three bits are a register number (text `B8+`). */
  readonly plusRegister: boolean;
  /** The opcode extension in ModRM.reg (`/0` to `/7`), -1 without one. */
  readonly extension: number;
  /** The one ModRM byte that belongs to the opcode (C2 of `0F 01 C2`), -1 without one. */
  readonly modrmByte: number;
}

/** One encoding of one instruction. */
export interface Form {
  readonly row: Row;
  /** The key in `row.forms`. */
  readonly text: string;
  readonly opcode: Opcode;
  readonly operands: readonly OperandCode[];
  /** A ModRM byte follows the opcode. */
  readonly hasModrm: boolean;
}

/** Where an operand is found in the encoding. `rm`: ModRM.mod and .rm. `reg`: ModRM.reg. `low`: the opcode's low three bits. `immediate`, `far` (offset, then
 *  selector), `relative` and `offset` (moffs, of address size) follow the rest. `fixed` and `string` operands are implied by the opcode. */
export type OperandField = 'rm' | 'reg' | 'low' | 'immediate' | 'far' | 'relative' | 'offset' | 'fixed' | 'string';

const FIELD_CODES: Record<OperandField, readonly OperandCode[]> = {
  rm: ['Eb', 'Ev', 'Ew', 'Ed', 'E', 'M', 'Mb', 'Mw', 'Md', 'Mv', 'Mp', 'Ma', 'Ms', 'Mq', 'Rd', 'Rv', 'Rv/Mw'],
  reg: ['Gb', 'Gv', 'Gw', 'Gd', 'Sw', 'Cd', 'Dd'],
  low: ['Zb', 'Zv'],
  immediate: ['Ib', 'sIb', 'Iw', 'Iz'],
  far: ['Ap'],
  relative: ['Jb', 'Jz'],
  offset: ['Ob', 'Ov'],
  fixed: ['AL', 'CL', 'DX', 'AX', 'eAX', '1', 'ES', 'CS', 'SS', 'DS', 'FS', 'GS'],
  string: ['Xb', 'Xv', 'Yb', 'Yv'],
};

/** Operand code -> its place in the encoding. */
export const OPERAND_FIELD = Object.fromEntries(
  Object.entries(FIELD_CODES).flatMap(([field, codes]) => codes.map((code) => [code, field])),
) as Readonly<Record<OperandCode, OperandField>>;

/** Reads opcode text such as `66 0F 38 80`, `B8+`, `81 /0` or `NP 0F 01 C2`. A text that is none of these breaks an invariant of the tables. */
export function parseOpcode(text: string): Opcode {
  const words = text.trim().split(/\s+/);
  const mandatoryPrefix = readMandatoryPrefix(words);
  let extension = -1;
  if (words.at(-1)?.startsWith('/')) {
    const digit = words.pop();
    extension = '/0 /1 /2 /3 /4 /5 /6 /7'.split(' ').indexOf(digit ?? '');
    assert(extension >= 0, `the opcode extension in '${text}' is /0 to /7`);
  }
  const plusRegister = words.at(-1)?.endsWith('+') ?? false;
  const values = words.map((word) => {
    assert(/^[0-9A-F]{2}\+?$/.test(word), `'${text}' is opcode text`);
    return Number.parseInt(word, 16);
  });
  const length = opcodeLength(values);
  assert(values.length === length || values.length === length + 1, `'${text}' has an opcode and at most a ModRM byte`);
  return { mandatoryPrefix, bytes: values.slice(0, length), plusRegister, extension, modrmByte: values[length] ?? -1 };
}

/** All forms of `rows`. Within a row the order means nothing: JavaScript puts keys that look like numbers (`10`, `83`) before the others. */
export function formsOf(rows: readonly Row[]): Form[] {
  return rows.flatMap((row) => Object.entries(row.forms).map(([text, operands]) => formOf(row, text, operands)));
}

/** Every form of every row: the instruction set, flat. */
export const FORMS: readonly Form[] = formsOf(ROWS);

/** 66, F2, F3 and NP are prefixes only before another byte: `F3 90` is PAUSE, but a lone `F3` would be an opcode. */
function readMandatoryPrefix(words: string[]): MandatoryPrefix {
  const prefix = ({ NP: 'NP', '66': 0x66, F2: 0xf2, F3: 0xf3 } as const)[words[0] ?? ''];
  if (prefix === undefined) return 'none-required';
  words.shift();
  return prefix;
}

/** Bytes of the opcode with its escapes: 0F leads to the second map, 0F 38 and 0F 3A to the third and fourth. */
function opcodeLength(bytes: readonly number[]): number {
  if (bytes[0] !== 0x0f) return 1;
  return bytes[1] === 0x38 || bytes[1] === 0x3a ? 3 : 2;
}

function formOf(row: Row, text: string, operandText: string): Form {
  const opcode = parseOpcode(text);
  const operands = operandText.trim() === '' ? [] : (operandText.split(',').map((code) => code.trim()) as OperandCode[]);
  for (const code of operands) assert(code in OPERAND_FIELD, `${row.mnemonic} ${text}: '${code}' is an operand code`);
  const inModrm = operands.some((code) => OPERAND_FIELD[code] === 'rm' || OPERAND_FIELD[code] === 'reg');
  const hasModrm = inModrm || opcode.extension >= 0 || opcode.modrmByte >= 0;
  return { row, text, opcode, operands, hasModrm };
}
