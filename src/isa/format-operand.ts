/** One operand of a decoded instruction, in NASM's syntax. */
import { EBP, GENERAL_REGISTERS, SEGMENT_REGISTERS, ZERO } from '../arch/cpu-state.ts';
import { numberText, offsetText } from './format-number.ts';
import { ADDRESS16, type Insn, SEGMENT_OVERRIDE } from './insn.ts';
import { type Form, OPERAND_FIELD } from './opcode.ts';
import { IMM, IMM2, MEM, MEM16, MEM8, ONE, type OperandCode, R16, R8, SPECIAL, TARGET } from './operands.ts';

/** `address` is an offset in a segment: of a branch target or an absolute memory operand. */
export type PartKind = 'mnemonic' | 'register' | 'number' | 'address' | 'size' | 'punctuation';

/** A piece of an instruction's text. `value` is what a number or an address stands for, null for the rest. */
export interface Part {
  readonly kind: PartKind;
  readonly text: string;
  readonly value: number | null;
}

export interface FormatOptions {
  /** Offset of the instruction in its code segment: its EIP. */
  readonly address: number;
  /** Default size of the code. */
  readonly bits: 16 | 32;
  /** A name for an offset, null where there is none. */
  readonly symbol?: ((offset: number) => string | null) | undefined;
}

/** The parts of operand `i` of `insn`, which is an instance of `form`. */
export function operandParts(insn: Insn, form: Form, i: number, options: FormatOptions): Part[] {
  const code = form.operands[i];
  const handle = [insn.a, insn.b, insn.c][i];
  if (code === 'Ap') return farParts(insn, options);
  if (handle >= SPECIAL) return [part('register', specialName(code, handle - SPECIAL))];
  if (handle === TARGET) return targetParts(insn, form, options);
  if (handle === ONE) return [part('number', '1', 1)];
  if (handle >= MEM8 && handle <= MEM) return [...sizeParts(insn, form, i, options), ...memoryParts(insn, options)];
  if (handle === IMM || handle === IMM2) return immediateParts(insn, form, i, options);
  // MOV to a segment register reads 16 bits, whatever the operand size.
  return [part('register', registerName(form.operands[0] === 'Sw' ? R16 + (handle & 7) : handle))];
}

/** Makes a part. */
export function part(kind: PartKind, text: string, value: number | null = null): Part {
  return { kind, text, value };
}

/** The keyword of 8, 16 or 32 bits. */
export const SIZE_KEYWORDS = { 8: 'byte', 16: 'word', 32: 'dword' } as const;

/** An offset, by name where it has one. */
export function offsetPart(offset: number, bits: 16 | 32, options: FormatOptions): Part {
  const value = bits === 16 ? offset & 0xffff : offset >>> 0;
  return part('address', options.symbol?.(value) ?? offsetText(value, bits), value);
}

const BYTE_REGISTERS = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'];

function registerName(handle: number): string {
  if (handle >= R8) return BYTE_REGISTERS[handle - R8];
  const name = GENERAL_REGISTERS[handle & 7].toLowerCase();
  return handle >= R16 ? name.slice(1) : name;
}

function specialName(code: OperandCode, number: number): string {
  if (code === 'Cd') return `cr${number}`;
  if (code === 'Dd') return `dr${number}`;
  return code === 'E' ? `st${number}` : SEGMENT_REGISTERS[number].toLowerCase();
}

/** A number is far away to NASM, whatever it is, so that a jump to it is long unless it says `short`; a name is as near as can be, unless it says `near`. */
function targetParts(insn: Insn, form: Form, options: FormatOptions): Part[] {
  const size = insn.size === 16 ? 16 : 32;
  const target = offsetPart(options.address + insn.length + insn.immediate, size, options);
  const isNamed = typeof options.symbol?.(target.value ?? 0) === 'string';
  const words: string[] = [];
  if (form.operands[0] === 'Jb') {
    if (!isNamed && hasForm(form, 'Jz')) words.push('short');
  } else {
    const isResized = size !== options.bits;
    if (hasForm(form, 'Jb') && (isNamed ? isInShortReach(insn, form) : isResized && insn.row.condition !== undefined)) words.push('near');
    if (isResized) words.push(SIZE_KEYWORDS[size]);
  }
  return [...words.flatMap((word) => [part('size', word), part('punctuation', ' ')]), target];
}

function hasForm(form: Form, operands: string): boolean {
  return Object.values(form.row.forms).includes(operands);
}

/** The two-byte form of this longer jump would reach the target. */
function isInShortReach(insn: Insn, form: Form): boolean {
  const displacement = insn.immediate + form.opcode.bytes.length + insn.size / 8 - 2;
  return displacement >= -128 && displacement <= 127;
}

function farParts(insn: Insn, options: FormatOptions): Part[] {
  const size = insn.size === 16 ? 16 : 32;
  const keyword = size === options.bits ? [] : [part('size', SIZE_KEYWORDS[size])];
  const selector = part('number', numberText(insn.immediate2, 16), insn.immediate2);
  return [
    ...keyword,
    ...spaced(keyword),
    selector,
    part('punctuation', ':'),
    part('address', offsetText(insn.immediate, size), insn.immediate),
  ];
}

/** A blank after `parts`, if there are any. */
function spaced(parts: readonly Part[]): Part[] {
  return parts.length > 0 ? [part('punctuation', ' ')] : [];
}

/** An immediate shows the width of what it is combined with. Where a shorter encoding of the same value exists, `strict` says that this is not it. */
function immediateParts(insn: Insn, form: Form, i: number, options: FormatOptions): Part[] {
  const handle = [insn.a, insn.b, insn.c][i];
  const value = handle === IMM ? insn.immediate : insn.immediate2;
  const code = form.operands[i];
  const width = code === 'Ib' ? 8 : code === 'Iw' ? 16 : (insn.size as 8 | 16 | 32);
  const text = code === 'Ib' && value >= 0 ? numberText(value, 16) : code === 'Iw' ? numberText(value, 32) : numberText(value, width);
  const keyword = immediateKeyword(insn, form, i, options);
  return [...keyword, ...spaced(keyword), part('number', text, value)];
}

function immediateKeyword(insn: Insn, form: Form, i: number, options: FormatOptions): Part[] {
  const keyword = SIZE_KEYWORDS[insn.size === 16 ? 16 : 32];
  const code = form.operands[i];
  const isShort = insn.immediate >= -128 && insn.immediate <= 127;
  if (code === 'Iz' && isShort && hasShortForm(form, i)) return [part('size', `strict ${keyword}`)];
  if (code === 'Ib' && insn.immediate === 1 && hasForm(form, `${form.operands[0]}, 1`)) return [part('size', 'byte')];
  if ((code === 'Iz' || code === 'sIb') && form.operands.length === 1 && insn.size !== options.bits) return [part('size', keyword)];
  return [];
}

/** The row has another form with a sign-extended byte where this one has a full immediate. */
function hasShortForm(form: Form, i: number): boolean {
  return Object.values(form.row.forms).some((operands) => {
    const codes = operands.split(', ');
    return codes.length === form.operands.length && codes[i] === 'sIb';
  });
}

/** The size keyword of a memory operand, where no register beside it tells the size. */
function sizeParts(insn: Insn, form: Form, i: number, options: FormatOptions): Part[] {
  const code = form.operands[i];
  if (code === 'Mp') return farKeyword(insn, form, options);
  const handle = [insn.a, insn.b, insn.c][i];
  if (code.startsWith('M') || handle === MEM || form.operands.some((other, j) => j !== i && tellsSize(other, code))) return [];
  const width = handle === MEM8 ? 8 : handle === MEM16 ? 16 : 32;
  return [part('size', SIZE_KEYWORDS[width]), part('punctuation', ' ')];
}

const SIZED_REGISTERS: Partial<Record<OperandCode, string>> = { Gb: 'b', Gw: 'w', Gd: 'd', Gv: 'v', AL: 'b', eAX: 'v' };

function tellsSize(register: OperandCode, memory: OperandCode): boolean {
  return OPERAND_FIELD[memory] !== 'fixed' && SIZED_REGISTERS[register] === memory.at(1);
}

/** CALL and JMP through memory: near without a keyword, else `far`; LES and its kind have no near twin. */
function farKeyword(insn: Insn, form: Form, options: FormatOptions): Part[] {
  if (form.operands.length > 1) return [];
  const size = insn.size === options.bits ? '' : `${SIZE_KEYWORDS[insn.size === 16 ? 16 : 32]} `;
  return [part('size', `${size}far`), part('punctuation', ' ')];
}

function memoryParts(insn: Insn, options: FormatOptions): Part[] {
  const parts = [part('punctuation', '[')];
  const addressBits = insn.flags & ADDRESS16 ? 16 : 32;
  const isBare = insn.base === ZERO && insn.index === ZERO;
  const keyword = isBare ? (addressBits === options.bits ? '' : SIZE_KEYWORDS[addressBits]) : displacementKeyword(insn, addressBits);
  if (keyword !== '') parts.push(part('size', keyword), part('punctuation', ' '));
  if (insn.flags & SEGMENT_OVERRIDE) {
    parts.push(part('register', SEGMENT_REGISTERS[insn.segment].toLowerCase()), part('punctuation', ':'));
  }
  if (isBare) parts.push(offsetPart(insn.displacement, addressBits, options));
  else parts.push(...termParts(insn, addressBits, options));
  parts.push(part('punctuation', ']'));
  return parts;
}

/** Where the displacement is encoded longer than it need be, how long. */
function displacementKeyword(insn: Insn, addressBits: 16 | 32): string {
  const mod = insn.modrm >> 6;
  const isByte = insn.displacement >= -128 && insn.displacement <= 127;
  // [EBP] and [BP] have no form without a displacement.
  const isFrame = insn.base === EBP && (insn.index === ZERO || addressBits === 32);
  if (mod === 1 && insn.displacement === 0 && !isFrame) return 'byte';
  return mod === 2 && isByte ? SIZE_KEYWORDS[addressBits] : '';
}

/** Base, index and displacement, joined by their signs. */
function termParts(insn: Insn, addressBits: 16 | 32, options: FormatOptions): Part[] {
  const { base, index, scale, displacement } = insn;
  const parts: Part[] = [];
  const name = (word: number) => part('register', registerName(addressBits === 16 ? word + R16 : word));
  if (base !== ZERO) parts.push(name(base));
  if (index !== ZERO) {
    if (base !== ZERO) parts.push(part('punctuation', '+'));
    // NASM splits [eax*2] into [eax+eax] unless it is told not to. NASM manual, "Effective Addresses".
    else if (scale === 1) parts.push(part('size', 'nosplit'), part('punctuation', ' '));
    parts.push(name(index));
    if (scale > 0) parts.push(part('punctuation', '*'), part('number', String(1 << scale), 1 << scale));
  }
  if (displacement !== 0 || base === ZERO) parts.push(...displacementParts(displacement, addressBits, options));
  return parts;
}

/** What is too large for a field of a structure is taken for the place of a table. */
const LARGEST_FIELD = 0x10000;

function displacementParts(displacement: number, addressBits: 16 | 32, options: FormatOptions): Part[] {
  const size = Math.abs(displacement);
  if (addressBits === 32 && size >= LARGEST_FIELD) return [part('punctuation', '+'), offsetPart(displacement, 32, options)];
  const sign = displacement < 0 ? '-' : '+';
  return [part('punctuation', sign), part('number', numberText(size, 32), displacement)];
}
