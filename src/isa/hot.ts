/** The rows in which programs spend most of their time. A loop that runs rows may call these by name: V8 puts a function that it knows in the place of the call,
 *  and looks up one that it reads from a field. What is not here runs all the same. // speed only */
import { assert } from '../base/assert.ts';
import type { Row } from './define.ts';
import { ROWS } from './rows/index.ts';

function rowOf(opcode: string): Row {
  const row = ROWS.find(({ forms }) => opcode in forms);
  assert(row !== undefined, `there is a row ${opcode}`);
  return row;
}

/** By opcode; a row's number is its place here, from 1. */
// biome-ignore format: a table
const HOT: readonly Row[] = [
  '89', '01', '29', '39', '31', '21', '09', '85', '40+', '48+', '8D', '50+', '58+',
  'E9', 'E8', 'C3', '74', '75', '72', '73', '7C', '7D', '90',
].map(rowOf);

/** Their meanings, in that order. */
// biome-ignore format: a table
export const [
  MOV, ADD, SUB, CMP, XOR, AND, OR, TEST, INC, DEC, LEA, PUSH, POP,
  JMP, CALL, RET, JE, JNE, JB, JAE, JL, JGE, NOP,
] = HOT.map(({ run }) => run);

/** Number of `row`, 0 where it has none. */
export function hotNumber(row: Row): number {
  return HOT.indexOf(row) + 1;
}
