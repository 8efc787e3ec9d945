/** Instruction -> text: what it means, in Intel syntax as NASM takes it. The size keywords and prefixes are those that the meaning needs. Redundant prefixes
 *  and longer encodings of the same meaning do not show; `disassemble` falls back to `db` for them. */
import { SEGMENT_REGISTERS } from '../arch/cpu-state.ts';
import { formSize, type Row } from './define.ts';
import { type FormatOptions, operandParts, type Part, part } from './format-operand.ts';
import { ADDRESS16, type Insn, INVALID, LOCK, REGISTER_FORM, REPEATS, REPNE, SEGMENT_OVERRIDE, TOO_LONG } from './insn.ts';
import { type Form, FORMS, OPERAND_FIELD } from './opcode.ts';
import type { OperandCode } from './operands.ts';

/** The text of `insn`: `rep movsd`, `mov dword [ebx+4], 0x3F8`, `jne 0x00100025`. */
export function format(insn: Insn, options: FormatOptions): string {
  return formatParts(insn, options)
    .map((piece) => piece.text)
    .join('');
}

/** The text of `insn` in pieces, blanks and commas included. */
export function formatParts(insn: Insn, options: FormatOptions): Part[] {
  const form = formOf(insn);
  if (form === null) return [part('mnemonic', insn.flags & TOO_LONG ? '(too long)' : '(invalid)')];
  const blank = part('punctuation', ' ');
  const parts = prefixes(insn, form, options).flatMap((text) => [part('mnemonic', text), blank]);
  parts.push(part('mnemonic', mnemonicOf(insn, options)));
  if (isImplied(form)) return parts;
  for (const [position, i] of operandOrder(insn, form).entries()) {
    parts.push(position === 0 ? blank : part('punctuation', ', '), ...operandParts(insn, form, i, options));
  }
  return parts;
}

/** The texts of the operands, in the order of the form; none where the mnemonic implies them. */
export function operandTexts(insn: Insn, options: FormatOptions): string[] {
  const form = formOf(insn);
  if (form === null || isImplied(form)) return [];
  return form.operands.map((_, i) =>
    operandParts(insn, form, i, options)
      .map((piece) => piece.text)
      .join(''),
  );
}

const FORMS_BY_ROW = new Map<Row, Map<string, Form>>();
for (const form of FORMS) {
  const forms = FORMS_BY_ROW.get(form.row) ?? new Map<string, Form>();
  FORMS_BY_ROW.set(form.row, forms.set(form.text, form));
}

/** Null for what is no instruction. */
function formOf(insn: Insn): Form | null {
  if (insn.flags & (INVALID | TOO_LONG)) return null;
  return FORMS_BY_ROW.get(insn.row)?.get(insn.form) ?? null;
}

/** Either order of XCHG's registers means the same; NASM puts the first into ModRM.reg, while the form has ModRM.rm first. */
function operandOrder(insn: Insn, form: Form): number[] {
  const order = form.operands.map((_, i) => i);
  return insn.row.mnemonic === 'XCHG' && insn.flags & REGISTER_FORM ? order.reverse() : order;
}

/** String instructions name their operands in the mnemonic. */
function isImplied(form: Form): boolean {
  return form.operands.some((code) => OPERAND_FIELD[code] === 'string');
}

function mnemonicOf(insn: Insn, options: FormatOptions): string {
  const { row } = insn;
  const byAddress = row.addressNames?.[insn.flags & ADDRESS16 ? 16 : 32];
  const bySize = tellsSizeByName(insn, options) ? row.names?.[insn.size as 8 | 16 | 32] : undefined;
  return (byAddress ?? bySize ?? row.mnemonic).toLowerCase();
}

/** PUSHA is PUSHAD in 32-bit code: a mnemonic beside the names means the default size. Not so where bytes are among the sizes: there is no MOVS. */
function tellsSizeByName(insn: Insn, options: FormatOptions): boolean {
  const { names, mnemonic } = insn.row;
  const name = names?.[insn.size as 8 | 16 | 32];
  if (names === undefined || name === undefined) return false;
  return insn.size !== options.bits || names[8] !== undefined || Object.values(names).includes(mnemonic);
}

/** Prefixes as words: LOCK and REP, then what neither mnemonic nor operands say: segment, operand size, address size. */
function prefixes(insn: Insn, form: Form, options: FormatOptions): string[] {
  const texts: string[] = [];
  if (insn.flags & LOCK) texts.push('lock');
  if (insn.flags & REPEATS) texts.push(insn.flags & REPNE ? 'repne' : insn.row.repeat === 'repz' ? 'repe' : 'rep');
  if (insn.flags & SEGMENT_OVERRIDE && hasImpliedSource(form)) texts.push(SEGMENT_REGISTERS[insn.segment].toLowerCase());
  if (insn.size !== options.bits && !showsSize(insn, form, options)) texts.push(`o${insn.size}`);
  const addressBits = insn.flags & ADDRESS16 ? 16 : 32;
  const isAddressImplied = isImplied(form) || IMPLIED_ADDRESS.includes(insn.row.mnemonic);
  if (isAddressImplied && addressBits !== options.bits) texts.push(`a${addressBits}`);
  return texts;
}

/** Instructions of which the address size is not in the operands, besides the string instructions: they use (E)CX, [(E)BX+AL] or [EAX]. */
const IMPLIED_ADDRESS = ['LOOP', 'LOOPE', 'LOOPNE', 'XLATB', 'MONITOR'];
const SIZED_CODES: readonly OperandCode[] = ['Ev', 'Gv', 'Zv', 'eAX', 'Mv', 'Rv', 'Ap', 'Mp', 'Jz'];

/** Reads memory that no operand names, so that an override of its segment stands before the mnemonic. */
function hasImpliedSource(form: Form): boolean {
  return form.operands.some((code) => code === 'Xb' || code === 'Xv') || form.row.mnemonic === 'XLATB' || form.row.mnemonic === 'MONITOR';
}

/** The operand size follows from the rest of the text, or there is none to tell. */
function showsSize(insn: Insn, form: Form, options: FormatOptions): boolean {
  if (formSize(form.row, form.operands.join(', ')) !== 'v') return true;
  if (insn.row.names?.[insn.size as 16 | 32] !== undefined) return tellsSizeByName(insn, options);
  if (form.operands.some((code) => SIZED_CODES.includes(code))) return true;
  if (form.operands.includes('Rv/Mw')) return (insn.flags & REGISTER_FORM) !== 0 && form.operands[0] !== 'Sw';
  return form.operands.length === 1 && ['Iz', 'sIb'].includes(form.operands[0]);
}
