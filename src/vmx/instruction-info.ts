/** What a VM exit tells about the instruction that caused it. SDM vol. 3, "VM-Exit Instruction Information", "Basic VM-Exit Information". */
import { ZERO } from '../arch/cpu-state.ts';
import type { InformationKind } from '../arch/exit-qualifications.ts';
import { ADDRESS16, type Insn, MEMORY } from '../isa/insn.ts';

/** The displacement of the memory operand, truncated to the address size; 0 without one. */
export function displacementOf(insn: Insn): number {
  if ((insn.flags & MEMORY) === 0) return 0;
  return insn.flags & ADDRESS16 ? insn.displacement & 0xffff : insn.displacement;
}

/** Bits 9:7. */
function addressSize(insn: Insn): number {
  return insn.flags & ADDRESS16 ? 0 : 1 << 7;
}

const NO_INDEX = 1 << 22;
const NO_BASE = 1 << 27;
const REGISTER_OPERAND = 1 << 10;

/** Scaling, address size, segment, index and base: the bits that all memory operands share. The invalid bits are 1 where there is no such register. */
function memoryBits(insn: Insn): number {
  const hasIndex = insn.index !== ZERO;
  const hasBase = insn.base !== ZERO;
  return (
    (hasIndex ? insn.scale : 0) |
    addressSize(insn) |
    (insn.segment << 15) |
    (hasIndex ? insn.index << 18 : NO_INDEX) |
    (hasBase ? insn.base << 23 : NO_BASE)
  );
}

/** ModRM.reg and ModRM.rm. */
const reg = (insn: Insn): number => (insn.modrm >>> 3) & 7;
const rm = (insn: Insn): number => insn.modrm & 7;

/** The operand of ModRM.rm: memory, or register 1 with bit 10. */
function operandBits(insn: Insn): number {
  return insn.flags & MEMORY ? memoryBits(insn) : REGISTER_OPERAND | (rm(insn) << 3);
}

/** The VM-exit instruction information of `insn`, as its exit reason lays it out. */
export const INFORMATION: Readonly<Record<InformationKind, (insn: Insn) => number>> = {
  string: (insn) => addressSize(insn) | (insn.segment << 15),
  memory: memoryBits,
  invalidate: (insn) => memoryBits(insn) | (reg(insn) << 28),
  field: (insn) => operandBits(insn) | (reg(insn) << 28),
  // SGDT /0, SIDT /1, LGDT /2, LIDT /3: the identity is ModRM.reg.
  gdtrIdtr: (insn) => memoryBits(insn) | (insn.size === 16 ? 0 : 1 << 11) | (reg(insn) << 28),
  // SLDT /0, STR /1, LLDT /2, LTR /3.
  ldtrTr: (insn) => operandBits(insn) | (reg(insn) << 28),
};
