/** Bytes -> instruction: how IA-32 is encoded, from left to right.
 *
 *    prefixes   opcode       ModRM   SIB   displacement   immediate
 *    0 to 14    1, 2 or 3    0 or 1  0/1   0, 1, 2 or 4   0 to 6        15 bytes in all
 *
 *  SDM vol. 2, "Instruction Format". What an opcode means stands in `rows/`; here is only how its parts are found. */
import { ZERO } from '../arch/cpu-state.ts';
import {
  ABSENT,
  BY_OPCODE,
  BY_REG,
  BY_RM,
  type OperandPlan,
  SIGNED16,
  SIGNED32,
  SIGNED8,
  type Template,
  templateOf,
  UNSIGNED16,
} from './decode-template.ts';
import { type Entry, exactOf, NO_PREFIX, PREFIX_66, PREFIX_F2, PREFIX_F3, slotOf, TABLES } from './decode-tables.ts';
import { def } from './define.ts';
import { ADDRESS16, INVALID, type Insn, LOCK, MEMORY, REGISTER_FORM, REP, REPEATS, REPNE, SEGMENT_OVERRIDE, TOO_LONG } from './insn.ts';
import { clearAddress, type EffectiveAddress, readAddress16, readAddress32, signed16, signed32, signed8 } from './modrm.ts';
import { parseOpcode } from './opcode.ts';

/** Bytes of the longest instruction; a longer one is #GP(0). SDM vol. 3, "General-Protection Exception (#GP)". */
export const MAX_INSN_LENGTH = 15;

/** The row of what is no instruction, or too long a one. No bytes lead to it, so it is not among the rows. */
const UNDEFINED = def('UD', {
  title: 'Invalid Opcode Exception (#UD)',
  operation: 'IF longer than 15 bytes THEN #GP(0) ELSE #UD',
  forms: {},
  ends: true,
  run: (s) => s.system('ud'),
});
const FAULT = templateOf({ row: UNDEFINED, text: '', opcode: parseOpcode('0F 0B'), operands: [], hasModrm: false }, true);

/** Decodes the instruction at `at` in code of `bits` default size. Bytes from `end` on are not there: null if the instruction needs one of them, and the
 *  caller fetches more. 15 bytes always suffice. What is no instruction decodes too, to a row that raises its fault. */
export function decode(source: Uint8Array, at: number, bits: 16 | 32, end = source.length): Insn | null {
  parts.end = readPrefixes(source, at, bits);
  const entry = readOpcode(source);
  const template = entry === null ? null : readModrm(source, entry);
  if (template !== null) readImmediates(source, template);
  const length = parts.end - at;
  if (parts.end > end && end - at < MAX_INSN_LENGTH) return null;
  if (length > MAX_INSN_LENGTH) return fault(TOO_LONG, MAX_INSN_LENGTH);
  if (template === null || ((parts.flags & LOCK) !== 0 && !isLockValid(template))) return fault(INVALID, length);
  return instruction(template, length);
}

/** What has been read of the instruction so far. One for all decodes: nothing but the result is allocated. */
interface Parts extends EffectiveAddress {
  /** Bits of `Insn.flags`. */
  flags: number;
  /** The segment that the last override prefix names, -1 without one. */
  override: number;
  isOperand32: boolean;
  prefixClass: number;
  opcode: number;
  modrm: number;
  immediate: number;
  immediate2: number;
}
const parts: Parts = {
  ...{ base: ZERO, index: ZERO, scale: 0, displacement: 0, segment: 0, end: 0 },
  ...{ flags: 0, override: -1, isOperand32: false, prefixClass: NO_PREFIX, opcode: 0, modrm: -1, immediate: 0, immediate2: 0 },
};

// 1. Legacy prefixes, in any order and number; the last of a group counts. SDM vol. 2, "Instruction Prefixes".
const OPERAND_SIZE = 0x66;
const ADDRESS_SIZE = 0x67;
const LOCK_PREFIX = 0xf0;
const REPNE_PREFIX = 0xf2;
const REP_PREFIX = 0xf3;
/** The override prefixes of ES, CS, SS, DS, FS, GS. */
const OVERRIDES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
const IS_PREFIX = new Uint8Array(256);
for (const byte of [...OVERRIDES, OPERAND_SIZE, ADDRESS_SIZE, LOCK_PREFIX, REPNE_PREFIX, REP_PREFIX]) IS_PREFIX[byte] = 1;

/** Reads the prefixes into `parts`; returns where the opcode is. */
function readPrefixes(source: Uint8Array, at: number, bits: 16 | 32): number {
  let position = at;
  let has66 = false;
  let has67 = false;
  parts.flags = 0;
  parts.override = -1;
  while (IS_PREFIX[source[position]] === 1 && position - at < MAX_INSN_LENGTH) {
    const byte = source[position++];
    if (byte === OPERAND_SIZE) has66 = true;
    else if (byte === ADDRESS_SIZE) has67 = true;
    else if (byte === LOCK_PREFIX) parts.flags |= LOCK;
    else if (byte === REPNE_PREFIX) parts.flags = (parts.flags & ~REP) | REPNE;
    else if (byte === REP_PREFIX) parts.flags = (parts.flags & ~REPNE) | REP;
    else parts.override = OVERRIDES.indexOf(byte);
  }
  parts.isOperand32 = (bits === 32) !== has66;
  parts.prefixClass = parts.flags & REP ? PREFIX_F3 : parts.flags & REPNE ? PREFIX_F2 : has66 ? PREFIX_66 : NO_PREFIX;
  if ((bits === 16) !== has67) parts.flags |= ADDRESS16;
  if (parts.override >= 0) parts.flags |= SEGMENT_OVERRIDE;
  return position;
}

// 2. The opcode: one byte, or 0F and another, or 0F 38 and another.
function readOpcode(source: Uint8Array): Entry | null {
  const first = source[parts.end++] | 0;
  parts.opcode = first;
  parts.modrm = -1;
  clearAddress(parts, parts.end);
  if (first !== 0x0f) return TABLES.oneByte[first];
  const second = source[parts.end++] | 0;
  parts.opcode = 0x0f00 | second;
  if (second !== 0x38) return TABLES.twoByte[second];
  const third = source[parts.end++] | 0;
  parts.opcode = 0x0f3800 | third;
  return TABLES.threeByte[third];
}

// 3. ModRM picks among the instructions that share the opcode, and says where the operands are; SIB and displacement belong to it.
function readModrm(source: Uint8Array, entry: Entry): Template | null {
  if (!entry.hasModrm) return templateFor(entry, 0);
  const at = parts.end++;
  const modrm = source[at] | 0;
  parts.modrm = modrm;
  const template = templateFor(entry, modrm);
  if (template === null) return null;
  if (modrm >= 0xc0 || template.ignoresMod) {
    parts.flags |= REGISTER_FORM;
    return template;
  }
  parts.flags |= MEMORY;
  if (parts.flags & ADDRESS16) readAddress16(source, at, parts);
  else readAddress32(source, at, parts);
  return template;
}

/** The closest description wins: the whole ModRM byte, then a mandatory prefix, then the rest. */
function templateFor(entry: Entry, modrm: number): Template | null {
  const { prefixClass, isOperand32 } = parts;
  const slot = slotOf(isOperand32, modrm);
  const exact = entry.exact?.get(exactOf(prefixClass, isOperand32, modrm));
  return exact ?? entry.byPrefix?.[prefixClass][slot] ?? entry.general[slot];
}

// 4. What the operands add at the end: an offset of address size (A0 to A3), immediates, branch displacements, far pointers.
function readImmediates(source: Uint8Array, template: Template): void {
  if (template.hasOffset) {
    parts.flags |= MEMORY;
    parts.displacement = readInteger(source, parts.flags & ADDRESS16 ? SIGNED16 : SIGNED32);
  }
  parts.immediate = readInteger(source, template.immediate);
  parts.immediate2 = readInteger(source, template.immediate2);
}

function readInteger(source: Uint8Array, kind: number): number {
  if (kind === ABSENT) return 0;
  const at = parts.end;
  parts.end += kind === SIGNED32 ? 4 : kind >= UNSIGNED16 ? 2 : 1;
  if (kind === SIGNED32) return signed32(source, at);
  if (kind === SIGNED16) return signed16(source, at);
  if (kind === UNSIGNED16) return signed16(source, at) & 0xffff;
  return kind === SIGNED8 ? signed8(source, at) : source[at] | 0;
}

/** LOCK wants a row that allows it and a destination in memory. SDM vol. 2, "LOCK-Assert LOCK# Signal Prefix". */
function isLockValid(template: Template): boolean {
  return template.isLockable && (parts.flags & MEMORY) !== 0;
}

/** An operand's handle (isa/operands.ts). */
function handleOf(plan: OperandPlan): number {
  if (plan.field === BY_RM) return parts.flags & MEMORY ? plan.memory : plan.register + (parts.modrm & 7);
  if (plan.field === BY_REG) return plan.register + ((parts.modrm >> 3) & 7);
  return plan.field === BY_OPCODE ? plan.register + (parts.opcode & 7) : plan.register;
}

/** The one place where an instruction is made, so that all have one shape. */
function instruction(template: Template, length: number): Insn {
  const { form, hot, size } = template;
  const repeats = template.repeats && (parts.flags & (REP | REPNE)) !== 0 ? REPEATS : 0;
  return {
    row: form.row,
    form: form.text,
    run: form.row.run,
    hot,
    a: handleOf(template.a),
    b: handleOf(template.b),
    c: handleOf(template.c),
    length,
    flags: parts.flags | template.flags | repeats,
    size,
    shift: 32 - size,
    segment: parts.override >= 0 ? parts.override : parts.segment,
    base: parts.base,
    index: parts.index,
    scale: parts.scale,
    displacement: parts.displacement,
    immediate: parts.immediate,
    immediate2: parts.immediate2,
    modrm: parts.modrm,
    opcode: parts.opcode,
  };
}

/** An instruction that raises its row's fault: no operands, whatever its bytes seemed to say. */
function fault(flag: number, length: number): Insn {
  clearAddress(parts, parts.end);
  parts.flags = flag;
  parts.override = -1;
  parts.immediate = 0;
  parts.immediate2 = 0;
  return instruction(FAULT, length);
}
