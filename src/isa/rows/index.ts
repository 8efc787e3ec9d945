import type { Row } from '../define.ts';
import { ALU } from './alu.ts';
import { BITS } from './bits.ts';
import { CONTROL } from './control.ts';
import { DECIMAL } from './decimal.ts';
import { FLAGS } from './flags.ts';
import { IO } from './io.ts';
import { MOVE } from './move.ts';
import { MULTIPLY } from './multiply.ts';
import { SEGMENT } from './segment.ts';
import { SHIFT } from './shift.ts';
import { STACK } from './stack.ts';
import { STRING } from './string.ts';
import { SYSTEM } from './system.ts';
import { VMX } from './vmx.ts';

/** Every instruction, once: the integer and system instructions of 80386, 486, Pentium and P6, and VT-x. */
// biome-ignore format: a table
export const ROWS: readonly Row[] = [
  ...ALU, ...MOVE, ...STACK, ...CONTROL, ...SHIFT, ...MULTIPLY, ...DECIMAL, ...BITS, ...STRING, ...FLAGS, ...SEGMENT, ...IO, ...SYSTEM, ...VMX,
];
