/** Words that the interpreter keeps behind the architectural ones, in the same Int32Array: derived, never part of `bytes`, so neither hashed nor saved.
 *  They are words and not fields because an int32 field is boxed where V8 compresses pointers, and because one base register then serves everything. */
import { CPU_WORDS } from '../arch/cpu-state.ts';

/** Effective address (offset in its segment) of the instruction's memory operand. */
export const EA = CPU_WORDS;
/** Of that operand's segment: 0 if it is flat and writable, else the sign bit, which makes every mirror look-up miss. */
export const GUARD = CPU_WORDS + 1;
/** EIP after this instruction; becomes EIP when it retires. */
export const NEXT = CPU_WORDS + 2;
/** Instructions left in this slice, the running one included. */
export const LEFT = CPU_WORDS + 3;
/** The code window: EIP of its first byte, and the number of EIPs for which it answers (0: none). */
export const WINDOW_BASE = CPU_WORDS + 4;
export const WINDOW_SIZE = CPU_WORDS + 5;
/** 0 if the stack is a flat 32-bit segment, else the sign bit. */
export const STACK_GUARD = CPU_WORDS + 6;
/** -1 for a 32-bit stack pointer, 0xFFFF for a 16-bit one. */
export const STACK_MASK = CPU_WORDS + 7;
/** Guard by segment number, ES to GS. */
export const SEGMENT_GUARD = CPU_WORDS + 8;
/** Interruptibility bits 0 and 1 that the running instruction leaves behind (STI, MOV SS). */
export const NEW_SHADOW = CPU_WORDS + 14;
/** All words. */
export const ALL_WORDS = CPU_WORDS + 16;

/** The guard of a segment that is not flat. */
export const NOT_FLAT = 0x8000_0000 | 0;
