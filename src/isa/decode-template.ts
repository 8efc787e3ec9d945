/** A form at one operand size with nothing left to work out but the instruction's own bytes: which operand comes from which field, how many bytes of
 *  immediate follow. */
import { ECX, EDX } from '../arch/cpu-state.ts';
import { assert } from '../base/assert.ts';
import { formSize, isGuarded, type Row } from './define.ts';
import { hotNumber } from './hot.ts';
import { ENDS, GUARDED } from './insn.ts';
import { type Form, OPERAND_FIELD } from './opcode.ts';
import { IMM, IMM2, MEM, MEM16, MEM32, MEM8, NONE, ONE, type OperandCode, R16, R32, R8, SPECIAL, TARGET } from './operands.ts';
import type { Size } from './semantics.ts';

/** Where an operand's handle comes from. FIXED: it is `register`. BY_RM: `register` + ModRM.rm, or `memory` when mod is not 3. BY_REG: `register` +
 *  ModRM.reg. BY_OPCODE: `register` + the opcode's low three bits. */
export const FIXED = 0;
export const BY_RM = 1;
export const BY_REG = 2;
export const BY_OPCODE = 3;

export interface OperandPlan {
  readonly field: number;
  readonly register: number;
  readonly memory: number;
}

/** An integer that follows ModRM and displacement: how many bytes, and whether it is sign-extended. */
export const ABSENT = 0;
export const UNSIGNED8 = 1;
export const SIGNED8 = 2;
export const UNSIGNED16 = 3;
export const SIGNED16 = 4;
export const SIGNED32 = 5;

export interface Template {
  readonly form: Form;
  /** As in `Insn`. */
  readonly hot: number;
  readonly size: Size;
  /** The bits of `Insn.flags` that every instance has: GUARDED, ENDS. */
  readonly flags: number;
  readonly a: OperandPlan;
  readonly b: OperandPlan;
  readonly c: OperandPlan;
  readonly immediate: number;
  readonly immediate2: number;
  /** A moffs operand (A0 to A3): an address-size displacement without ModRM. */
  readonly hasOffset: boolean;
  /** ModRM.mod is taken as 3 whatever it says. SDM vol. 2, "MOV-Move to/from Control Registers". */
  readonly ignoresMod: boolean;
  /** LOCK is valid if the first operand is in memory. */
  readonly isLockable: boolean;
  readonly repeats: boolean;
}

/** The template of `form` where the operand-size attribute is 32, or 16. */
export function templateOf(form: Form, is32: boolean): Template {
  const { row, operands } = form;
  const sizeClass = formSize(row, operands.join(', '));
  const size = sizeClass === 'v' ? (is32 ? 32 : 16) : sizeClass;
  const integers = operands.flatMap((code) => integersOf(code, size, row));
  assert(operands.length <= 3 && integers.length <= 2, `${row.mnemonic} ${form.text} has three operands and two immediates at most`);
  const isSecondImmediate = (i: number) => i > 0 && OPERAND_FIELD[operands[i - 1]] === 'immediate';
  const plans = operands.map((code, i) => planOf(code, size, isSecondImmediate(i)));
  return {
    form,
    hot: hotNumber(row),
    size,
    flags: (isGuarded(row) ? GUARDED : 0) | (row.ends === true ? ENDS : 0),
    a: plans[0] ?? fixed(NONE),
    b: plans[1] ?? fixed(NONE),
    c: plans[2] ?? fixed(NONE),
    immediate: integers[0] ?? ABSENT,
    immediate2: integers[1] ?? ABSENT,
    hasOffset: operands.some((code) => OPERAND_FIELD[code] === 'offset'),
    ignoresMod: ignoresMod(form),
    isLockable: row.lockable === true && OPERAND_FIELD[operands[0]] === 'rm',
    repeats: row.repeat !== undefined,
  };
}

/** The form moves to or from a control or debug register: an R operand is a register whatever ModRM.mod says. */
export function ignoresMod(form: Form): boolean {
  return form.operands.some((code) => code === 'Rd' || code === 'Rv');
}

/** Integers that an operand adds to the instruction. `Ib` is signed where it is data of a byte operation, else a plain number: vector, count, bit, port. */
function integersOf(code: OperandCode, size: Size, row: Row): number[] {
  if (code === 'Ib') return [size === 8 && row.size === undefined && !PORT_MNEMONICS.includes(row.mnemonic) ? SIGNED8 : UNSIGNED8];
  if (code === 'sIb' || code === 'Jb') return [SIGNED8];
  if (code === 'Iw') return [UNSIGNED16];
  if (code === 'Iz' || code === 'Jz') return [size === 32 ? SIGNED32 : SIGNED16];
  if (code === 'Ap') return [size === 32 ? SIGNED32 : UNSIGNED16, UNSIGNED16];
  return [];
}

const PORT_MNEMONICS = ['IN', 'OUT'];
const fixed = (register: number): OperandPlan => ({ field: FIXED, register, memory: NONE });

/** Operands that are the same whatever the size. */
const FIXED_HANDLES: Partial<Record<OperandCode, number>> = {
  ...{ AL: R8, CL: R8 + ECX, AX: R16, DX: R16 + EDX, 1: ONE, Ap: IMM, Jb: TARGET, Jz: TARGET },
  ...{ ES: SPECIAL, CS: SPECIAL + 1, SS: SPECIAL + 2, DS: SPECIAL + 3, FS: SPECIAL + 4, GS: SPECIAL + 5 },
};
const REGISTER_FILES: Record<Size, number> = { 8: R8, 16: R16, 32: R32 };
const MEMORY_WIDTHS: Record<Size, number> = { 8: MEM8, 16: MEM16, 32: MEM32 };
/** The second letter of an operand code, where it is a width. */
const WIDTHS: Readonly<Record<string, Size>> = { b: 8, w: 16, d: 32 };

function planOf(code: OperandCode, size: Size, isSecondImmediate: boolean): OperandPlan {
  const known = FIXED_HANDLES[code];
  if (known !== undefined) return fixed(known);
  if (code === 'E') return { field: BY_RM, register: SPECIAL, memory: MEM };
  if (code === 'Rv/Mw') return { field: BY_RM, register: REGISTER_FILES[size], memory: MEM16 };
  const [method, type] = code;
  const width = WIDTHS[type] ?? size;
  const register = REGISTER_FILES[width];
  const memory = type === 'v' || type in WIDTHS ? MEMORY_WIDTHS[width] : MEM;
  switch (OPERAND_FIELD[code]) {
    case 'rm':
      return { field: BY_RM, register, memory };
    case 'reg':
      return { field: BY_REG, register: 'SCD'.includes(method) ? SPECIAL : register, memory };
    case 'low':
      return { field: BY_OPCODE, register, memory };
    case 'offset':
      return fixed(memory);
    case 'immediate':
      return fixed(isSecondImmediate ? IMM2 : IMM);
    case 'fixed': // eAX, the one that has not been dealt with
      return fixed(register);
    default: // strings carry no handle
      return fixed(NONE);
  }
}
