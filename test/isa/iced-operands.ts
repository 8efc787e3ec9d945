/** Memory operand, immediates and targets as iced-x86 and as we see them, for comparison. */
import { type Instruction, OpKind, Register } from 'iced-x86';
import { SEGMENT_REGISTERS } from '../../src/arch/cpu-state.ts';
import { ADDRESS16, type Insn, MEMORY } from '../../src/isa/insn.ts';
import { ONE } from '../../src/isa/operands.ts';

/** What iced says, as text. */
export function icedOperands(instruction: Instruction): string {
  const kinds = Array.from({ length: instruction.opCount }, (_, i) => instruction.opKind(i));
  // XLATB's memory is an operand to iced, and implied here.
  const memory = kinds.includes(OpKind.Memory) && instruction.memoryIndex !== Register.AL ? [icedMemory(instruction)] : [];
  const values = kinds.flatMap((kind, i) => {
    if (kind === OpKind.FarBranch16) return [instruction.farBranch16, instruction.farBranchSelector];
    if (kind === OpKind.FarBranch32) return [instruction.farBranch32, instruction.farBranchSelector];
    if (kind === OpKind.NearBranch16 || kind === OpKind.NearBranch32) return [Number(instruction.nearBranchTarget)];
    return IMMEDIATE_MASKS.has(kind) ? [(Number(BigInt.asIntN(32, instruction.immediate(i))) & maskOf(kind)) >>> 0] : [];
  });
  return [...memory, ...values].join(' ');
}

/** What we say, as text. How wide iced shows a number decides how much of ours is compared. */
export function ourOperands(insn: Insn, instruction: Instruction): string {
  const kinds = Array.from({ length: instruction.opCount }, (_, i) => instruction.opKind(i));
  const memory = insn.flags & MEMORY ? [ourMemory(insn)] : [];
  const immediates = [insn.a, insn.b].includes(ONE) ? [1] : [insn.immediate, insn.immediate2];
  const values = kinds.flatMap((kind) => {
    if (kind === OpKind.FarBranch16 || kind === OpKind.FarBranch32) return immediates.map((value) => value >>> 0);
    if (kind === OpKind.NearBranch16) return [(insn.length + insn.immediate) & 0xffff];
    if (kind === OpKind.NearBranch32) return [(insn.length + insn.immediate) >>> 0];
    return IMMEDIATE_MASKS.has(kind) ? [((immediates.shift() ?? 0) & maskOf(kind)) >>> 0] : [];
  });
  return [...memory, ...values].join(' ');
}

const IMMEDIATE_MASKS = new Map<number, number>([
  [OpKind.Immediate8, 0xff],
  [OpKind.Immediate8_2nd, 0xff],
  [OpKind.Immediate16, 0xffff],
  [OpKind.Immediate32, -1],
  [OpKind.Immediate8to16, 0xffff],
  [OpKind.Immediate8to32, -1],
]);

function maskOf(kind: OpKind): number {
  return IMMEDIATE_MASKS.get(kind) ?? 0;
}

function icedMemory(instruction: Instruction): string {
  const { memoryBase, memoryIndex, memoryDisplacement, memorySegment } = instruction;
  const is16 = memoryBase === Register.None ? instruction.memoryDisplSize === 2 : memoryBase >= Register.AX && memoryBase <= Register.DI;
  const displacement = BigInt.asUintN(is16 ? 16 : 32, memoryDisplacement);
  const scale = memoryIndex === Register.None ? 1 : instruction.memoryIndexScale;
  return memoryText([Register[memorySegment], Register[memoryBase], Register[memoryIndex], scale, displacement]);
}

const NAMES = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI', 'None'];

function ourMemory(insn: Insn): string {
  const is16 = (insn.flags & ADDRESS16) !== 0;
  const [base, index] = [insn.base, insn.index].map((word) => (is16 && word < 8 ? NAMES[word].slice(1) : NAMES[word]));
  const displacement = is16 ? insn.displacement & 0xffff : insn.displacement >>> 0;
  return memoryText([SEGMENT_REGISTERS[insn.segment], base, index, 1 << insn.scale, displacement]);
}

function memoryText(parts: readonly unknown[]): string {
  return `${parts[0]}:[${parts.slice(1).join(' ')}]`;
}
