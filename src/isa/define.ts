import type { OperandCode } from './operands.ts';
import type { Sem, Size } from './semantics.ts';

type Trim<S extends string> = S extends ` ${infer R}` ? Trim<R> : S extends `${infer L} ` ? Trim<L> : S;
type Codes<S extends string> = Trim<S> extends '' ? [] : Trim<S> extends `${infer H},${infer T}` ? [Trim<H>, ...Codes<T>] : [Trim<S>];
type Checked<S extends string> = Codes<S>[number] extends OperandCode ? S : never;

/** Opcode text -> operand codes. Opcode text is the manual's, without REX: optional `NP`, `66`, `F2` or `F3` as mandatory prefix, hexadecimal bytes, then
 *  `/0`..`/7` (an opcode extension in ModRM.reg) and `/r` never (it follows from the operand codes); a trailing `+` on the last byte means the register is in its
 *  low three bits; a ModRM-only byte such as `0F 01 C2` is written out. The closer description wins: `90` over `90+`, `F3 90` over `90`, `0F 01 C2` over
 *  `0F 01 /0`. Several rows may share a mnemonic. */
export type Forms = Readonly<Record<string, string>>;

export interface Traits {
  /** LOCK is valid where the first operand is in memory. Everything else with LOCK is #UD. */
  readonly lockable?: boolean;
  /** `rep`: repeat while (E)CX is not 0, the prefixes F2 and F3 alike. `repz`: also compares ZF. One iteration is one `run`; the driver counts. */
  readonly repeat?: 'rep' | 'repz';
  /** Ends a translated block: EIP, mode, address translation or what interrupts see may change. */
  readonly ends?: boolean;
  /** #GP(0) above this privilege level. Checked after #UD, before a VM exit unless `exitFirst`. */
  readonly cpl?: 0;
  /** Basic exit reason that this instruction may cause in non-root operation; whether it does is asked of the controls (arch/exit-reasons.ts). Instructions
   *  whose exit depends on their operands, or comes after a check of their own (IN, MOV CR, RDMSR, RDTSC ...), leave this out: their function asks. */
  readonly exits?: number;
  /** The exit comes before the privilege check (VMX instructions). */
  readonly exitFirst?: boolean;
  /** #UD outside protected mode (LLDT, VERR, ARPL ...). */
  readonly protectedOnly?: boolean;
  /** #UD outside VMX operation. */
  readonly vmxOnly?: boolean;
  /** The operand size whatever operands and prefix 66 say: 8 where the opcode names no byte operand (XLATB), 32 where 66 is ignored (MOV CR). */
  readonly size?: 8 | 32;
  /** EFLAGS written (whatever the value) and left undefined, as letters of `OSZAPCDI`; a recording writes all of `writes`, maybe some of `undefines`. */
  readonly writes?: string;
  readonly undefines?: string;
  /** Condition of Jcc, SETcc, CMOVcc as tttn, for fusion. */
  readonly condition?: number;
  /** Other names that the assembler takes: JZ for JE. */
  readonly aliases?: readonly string[];
  /** Names that tell the operand size, where the text has no operand to tell it (MOVSB, MOVSW, MOVSD). A mnemonic that is not among them means the
   *  default size of the code (PUSHA). `addressNames` likewise by address size (JCXZ, JECXZ). */
  readonly names?: { readonly [size in Size]?: string };
  readonly addressNames?: { readonly 16: string; readonly 32: string };
}

/** What a row means, at one operand size. Three operands at most; absent ones are not touched. */
export type Run = <V, O>(s: Sem<V, O>, a: O, b: O, c: O) => void;

export interface Row extends Traits {
  readonly mnemonic: string;
  readonly forms: Forms;
  readonly run: Run;
  /** One clause, the manual's, for `explain` and the reader: "DEST <- DEST + SRC". */
  readonly operation: string;
  /** Title of the manual's section: SDM vol. 2, `ADD-Add`. */
  readonly title: string;
}

export interface Definition<F extends Forms> extends Traits {
  readonly forms: { readonly [K in keyof F]: F[K] extends string ? Checked<F[K]> : never };
  readonly operation: string;
  readonly title: string;
  readonly run: Run;
}

/** Defines one instruction. A misspelt operand code does not compile; a clash of opcodes is found when the decode tables are built. */
export function def<const F extends Forms>(mnemonic: string, definition: Definition<F>): Row {
  return { mnemonic, ...(definition as unknown as Omit<Row, 'mnemonic'>) };
}

/** True for a row whose traits must be checked before it runs, in this order: #UD by mode, an `exitFirst` exit, #GP by privilege, another exit. */
export function isGuarded(row: Traits): boolean {
  return row.cpl === 0 || row.exits !== undefined || row.protectedOnly === true || row.vmxOnly === true;
}

/** Operand size of a form: 8 bits, 32 bits, or `v`: 16 or 32 as the prefixes give. */
export type FormSize = 8 | 32 | 'v';

/** Byte operands that make the whole instruction one of 8 bits. */
const BYTES: readonly string[] = ['Eb', 'Gb', 'Zb', 'AL', 'Ob', 'Xb', 'Yb'];

/** The operand size of `row` in the form with these operand codes: the row's own, else 8 where the first operand that is data (neither an immediate nor the
 *  port in DX) is a byte. */
export function formSize(row: Traits, codes: string): FormSize {
  const data = codes.split(', ').find((code) => code !== 'Ib' && code !== 'DX');
  return row.size ?? (data !== undefined && BYTES.includes(data) ? 8 : 'v');
}
