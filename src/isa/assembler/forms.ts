/** The forms table, read by name: which encodings a mnemonic may mean. Nothing here lists opcodes; a new row is found by itself. */
import { formSize, type Row } from '../define.ts';
import { type Form, FORMS, OPERAND_FIELD } from '../opcode.ts';
import type { OperandCode } from '../operands.ts';
import { FOREIGN_FORMS } from './foreign.ts';

/** One encoding under one name. */
export interface Candidate {
  readonly form: Form;
  /** Operands that the text shows; none for string instructions, whose name says it all. */
  readonly operands: readonly OperandCode[];
  /** Operand size that the name or the row fixes: 8, 16 or 32, 0 if it is open. */
  readonly operandSize: number;
  /** Address size that the name fixes, 0 if it is open. */
  readonly addressSize: number;
  /** The operand size changes what the operands are (and so may need prefix 66). */
  readonly isSized: boolean;
  /** A longer branch of the same name exists, so the short one is taken where it reaches. */
  readonly hasNear: boolean;
  /** Lower ones are preferred among encodings of one length. */
  readonly order: number;
}

/** NASM's names beside those of the rows. The manual has one RET, whose size is that of the code. */
const MORE_NAMES: Readonly<Record<string, readonly [mnemonic: string, operandSize: number]>> = {
  retw: ['RET', 16],
  retd: ['RET', 32],
  retnw: ['RET', 16],
  retnd: ['RET', 32],
  retfw: ['RETF', 16],
  retfd: ['RETF', 32],
  int03: ['INT3', 0],
  ud2a: ['UD2', 0],
};
/** Operand codes whose meaning the operand size changes. */
const SIZED: readonly OperandCode[] = ['Ev', 'Gv', 'Zv', 'eAX', 'Mv', 'Mp', 'Ma', 'Rv', 'Rv/Mw', 'Ov', 'Iz', 'sIb', 'Jz', 'Ap', 'Xv', 'Yv'];

const INDEX = new Map<string, Candidate[]>();
for (const form of [...FORMS, ...FOREIGN_FORMS]) addForm(form);
for (const [name, [mnemonic, operandSize]] of Object.entries(MORE_NAMES)) {
  INDEX.set(
    name,
    candidatesOf(mnemonic.toLowerCase()).map((candidate) => ({
      ...candidate,
      operandSize,
      isSized: operandSize !== 0 || candidate.isSized,
    })),
  );
}
for (const candidates of INDEX.values()) candidates.sort((a, b) => a.order - b.order);

/** Encodings of a mnemonic in lower case, the ones to prefer among equally long ones first; none if there is no such instruction. */
export function candidatesOf(mnemonic: string): readonly Candidate[] {
  return INDEX.get(mnemonic) ?? [];
}

export function isMnemonic(word: string): boolean {
  return INDEX.has(word);
}

/** The instruction one letter away from `word` (one more, one less, one other, or two swapped), if there is one. */
export function nearestMnemonic(word: string): string | null {
  const wanted = word.toLowerCase();
  if (wanted.length < 2) return null;
  for (const name of INDEX.keys()) if (name !== wanted && isOneAway(name, wanted)) return name;
  return null;
}

function addForm(form: Form): void {
  const { row } = form;
  const size = formSize(row, form.operands.join(', '));
  const isImplied = form.operands.some((code) => OPERAND_FIELD[code] === 'string');
  const base: Candidate = {
    form,
    operands: isImplied ? [] : form.operands,
    operandSize: size === 'v' ? 0 : size,
    addressSize: 0,
    isSized: size === 'v' && form.operands.some((code) => SIZED.includes(code)),
    hasNear: Object.values(row.forms).includes('Jb') && Object.values(row.forms).includes('Jz'),
    order: orderOf(form),
  };
  for (const name of [row.mnemonic, ...(row.aliases ?? [])]) addName(name, row, base);
  for (const [bits, name] of Object.entries(row.names ?? {})) {
    if (size === 8 ? bits === '8' : bits !== '8') put(name, { ...base, operandSize: Number(bits), isSized: bits !== '8' });
  }
  if (row.addressNames) for (const bits of [16, 32] as const) put(row.addressNames[bits], { ...base, addressSize: bits });
}

/** The row's mnemonic by itself, unless it is one of the names that tell a size, or there is no such instruction (MOVS). */
function addName(name: string, row: Row, base: Candidate): void {
  const sized = Object.values(row.names ?? {});
  if (sized.includes(name) || row.names?.[8] !== undefined || row.addressNames) return;
  put(name, base);
}

function put(name: string, candidate: Candidate): void {
  const key = name.toLowerCase();
  const list = INDEX.get(key);
  if (list) list.push(candidate);
  else INDEX.set(key, [candidate]);
}

/** NASM's taste among encodings of one length: sign-extended bytes before full immediates, register or memory as the first operand before the reverse,
 *  lower opcodes before higher ones. */
function orderOf(form: Form): number {
  const { opcode, operands } = form;
  const isReverse = OPERAND_FIELD[operands[0]] === 'reg' && OPERAND_FIELD[operands[1]] === 'rm' && operands.length === 2;
  const number = opcode.bytes.reduce((sum, byte) => sum * 256 + byte, 0) * 8 + Math.max(0, opcode.extension);
  return (operands.includes('sIb') ? 0 : isReverse ? 2 : 1) * 2 ** 40 + number;
}

function isOneAway(a: string, b: string): boolean {
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  const restA = a.slice(from);
  const restB = b.slice(from);
  if (restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1)) return true;
  return (
    restA.length > 1 && restA.length === restB.length && restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
  );
}
