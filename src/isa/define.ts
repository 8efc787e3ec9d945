import type { OperandCode } from './operands.ts';
import type { Sem, Size } from './semantics.ts';

type Trim<S extends string> = S extends ` ${infer R}` ? Trim<R> : S extends `${infer L} ` ? Trim<L> : S;
type Codes<S extends string> = Trim<S> extends '' ? [] : Trim<S> extends `${infer H},${infer T}` ? [Trim<H>, ...Codes<T>] : [Trim<S>];
type Checked<S extends string> = Codes<S>[number] extends OperandCode ? S : never;

/** Opcode text -> operand codes. Opcode text is the manual's, without REX: optional `NP`, `66`, `F2` or `F3` as mandatory prefix, hexadecimal bytes, then
 *  `/0`..`/7` (an opcode extension in ModRM.reg) and `/r` never (it follows from the operand codes); a trailing `+` on the last byte means the register is in its
 *  low three bits; a third ModRM-only byte such as `0F 01 C2` is written out. */
export type Forms = Readonly<Record<string, string>>;

export interface Traits {
  /** LOCK is valid with a memory destination. Everything else with LOCK is #UD. */
  readonly lockable?: boolean;
  /** `rep`: repeat while (E)CX is not 0, the prefixes F2 and F3 alike. `repz`: also compares ZF. One iteration is one `run`. */
  readonly repeat?: 'rep' | 'repz';
  /** Ends a translated block: EIP, mode or visibility may change. */
  readonly ends?: boolean;
  /** #GP(0) above this privilege level. Checked after #UD, before a VM exit unless `exitFirst`. */
  readonly cpl?: 0;
  /** Basic exit reason that this instruction may cause in non-root operation; whether it does is asked of the controls (arch/exit-reasons.ts). Instructions
   *  whose exit depends on their operands (IN, OUT, MOV CR, RDMSR ...) leave this out and ask in their `system` function. */
  readonly exits?: number;
  /** The exit comes before the privilege check (VMX instructions, CPUID, ...). */
  readonly exitFirst?: boolean;
  /** #UD outside protected mode (LLDT, VERR, ARPL, VMX ...). */
  readonly protectedOnly?: boolean;
  /** Operand-size and form restrictions: `noOperandSize` ignores prefix 66 (size is always 32, e.g. MOV CR); `byte` means the operand size is 8. */
  readonly size?: 8 | 32;
  /** EFLAGS written (any value), for the test "flags claimed = flags written"; and left undefined. Status flags as letters of `CPAZSOD`. */
  readonly writes?: string;
  readonly undefines?: string;
  /** Condition of Jcc, SETcc, CMOVcc for the text and for fusion. */
  readonly aliases?: readonly string[];
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

/** Operand size of a form: 8 where its first operand is a byte (or the row says so), else what the prefixes give. */
export type FormSize = Size | 'v';
