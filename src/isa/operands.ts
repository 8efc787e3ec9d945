/** Operand codes of SDM vol. 2, appendix A "Codes for Addressing Method" and "Codes for Operand Type", as far as the rows use them.
 *  v: 16 or 32 bits by operand size. z: the same for immediates. w: 16. b: 8. d: 32. sIb: 8 bits sign-extended to the operand size.
 *  E alone: memory or ST(i), the size being the coprocessor's. R ignores ModRM.mod: it is always a register (MOV CR, MOV DR).
 *  p: far pointer 16:16 or 16:32 (immediate Ap, memory Mp). a: bounds pair. s: 6-byte pseudo-descriptor. q: 8 bytes. */
// biome-ignore format: a table
export const OPERAND_CODES = [
  'Eb', 'Ev', 'Ew', 'Ed', 'Gb', 'Gv', 'Gw', 'Gd', 'Ib', 'sIb', 'Iw', 'Iz', 'Jb', 'Jz', 'Ob', 'Ov', 'Ap',
  'E', 'M', 'Mb', 'Mw', 'Md', 'Mv', 'Mp', 'Ma', 'Ms', 'Mq', 'Rd', 'Rv', 'Sw', 'Cd', 'Dd', 'Rv/Mw',
  // fixed registers; Zb and Zv are the register in the opcode's low three bits
  'AL', 'CL', 'DX', 'AX', 'eAX', 'Zb', 'Zv', '1', 'ES', 'CS', 'SS', 'DS', 'FS', 'GS',
  // string operands, for the text alone: they carry no handle
  'Xb', 'Xv', 'Yb', 'Yv',
] as const;
export type OperandCode = (typeof OPERAND_CODES)[number];

/** Operand handles as `Execute` and every decoded instruction know them: small integers, never memory contents.
 *  0-7 r32, 8-15 r16, 16-23 r8 (20-23 = AH CH DH BH), then the constants below. Segment, control and debug registers are passed by plain number
 *  (0-7) to the `system` functions that take them. */
export const R32 = 0;
export const R16 = 8;
export const R8 = 16;
/** Memory at the instruction's effective address, by width. */
export const MEM8 = 24;
export const MEM16 = 25;
export const MEM32 = 26;
/** Memory whose width the `system` function knows (far pointers, descriptors, M without type). */
export const MEM = 27;
/** `insn.immediate` (already sign-extended to the operand size; for Jb and Jz the *target* offset: next EIP + displacement is added by Execute);
 *  `insn.immediate2` (ENTER's second, the selector of Ap). */
export const IMM = 28;
export const IMM2 = 29;
/** The branch target: next EIP + `insn.immediate`. */
export const TARGET = 30;
/** The constant 1 of the shift forms. */
export const ONE = 31;
/** An operand that is a register number of another file: `SPECIAL + n` (Sreg, CRn, DRn). */
export const SPECIAL = 32;
/** No operand. */
export const NONE = -1;
