import type { Row } from './define.ts';

/** Prefix and form facts of a decoded instruction, as bits of `Insn.flags`. */
export const LOCK = 1;
export const REP = 2; // F3
export const REPNE = 4; // F2
/** An F2 or F3 on a row with a `repeat` trait: the driver loops. */
export const REPEATS = 8;
export const ADDRESS16 = 16;
/** Has a memory operand: the effective address is computed before `run`. */
export const MEMORY = 32;
/** The row has a privilege, mode or exit trait: the driver calls the guard before `run`. */
export const GUARDED = 64;
/** The row ends a block (`ends`). */
export const ENDS = 128;
/** ModRM.mod was 3. */
export const REGISTER_FORM = 256;
/** A segment override prefix was there. */
export const SEGMENT_OVERRIDE = 512;
/** LOCK where it is not valid, a reserved form, or no such opcode: `row` is UD, run raises #UD. */
export const INVALID = 1024;
/** More than 15 bytes: run is the `ud` function, which raises #GP(0) instead where it finds this bit. */
export const TOO_LONG = 2048;
/** Somebody may have a breakpoint here: the driver asks before it runs it. Not decoded: set and cleared by whoever keeps the instruction. */
export const WATCHED = 4096;

/** One decoded instruction: a plain record, one shape, valid wherever its bytes stand (nothing in it depends on EIP). */
export interface Insn {
  readonly row: Row;
  /** The key in `row.forms`. */
  readonly form: string;
  readonly run: Row['run'];
  /** The row's number in isa/hot.ts, 0 for most. */
  readonly hot: number;
  /** Operand handles (isa/operands.ts), NONE where absent. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Bytes, 1 to 15. */
  readonly length: number;
  readonly flags: number;
  /** Operand size in bits (8, 16, 32), and 32 - size for the sign-extension shifts. */
  readonly size: number;
  readonly shift: number;
  /** Segment of the memory operand or string source: number 0 (ES) to 5 (GS), default rules and overrides applied. */
  readonly segment: number;
  /** Effective address = (word[base] + (word[index] << scale) + displacement), masked to 16 bits under ADDRESS16. Word indexes of arch/cpu-state.ts;
   *  ZERO where absent. */
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly displacement: number;
  /** Sign-extended at the operand size where it is data or a displacement; unsigned where it is a vector, port, count, bit number or stack size. The
   *  second one (ENTER's level, the selector of a far pointer) is unsigned. */
  readonly immediate: number;
  readonly immediate2: number;
  /** Raw ModRM byte, -1 without one; VM-exit instruction information needs it. */
  readonly modrm: number;
  /** Opcode bytes after prefixes: 0F xx as 0x0Fxx, 0F 38 xx as 0x0F38xx. */
  readonly opcode: number;
}
