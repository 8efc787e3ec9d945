/** What a line says, before anything is known about addresses. */
import type { Origin } from './errors.ts';
import type { Expression } from './expression.ts';
import type { Register } from './registers.ts';
import type { Token } from './source.ts';

/** An operand as written. `size` in bits, 0 without a size keyword. */
interface OperandBase {
  readonly at: Token;
  readonly size: number;
  readonly distance: '' | 'short' | 'near' | 'far';
}

export interface RegisterOperand extends OperandBase {
  readonly kind: 'register';
  readonly register: Register;
}

/** An immediate or a branch target. */
export interface ValueOperand extends OperandBase {
  readonly kind: 'value';
  readonly value: Expression;
  /** Forbids a shorter encoding than the size says. */
  readonly isStrict: boolean;
}

/** `selector:offset`. */
export interface FarOperand extends OperandBase {
  readonly kind: 'far';
  readonly selector: Expression;
  readonly offset: Expression;
}

export interface MemoryOperand extends OperandBase {
  readonly kind: 'memory';
  readonly address: Expression;
  /** Override, null without one. */
  readonly segment: Register | null;
  /** `[byte ebx+4]`, `[dword 8]`: size of the displacement, 0 where it is left to the assembler. */
  readonly displacementSize: number;
  /** `[nosplit eax*2]`: index with scale, no base. */
  readonly isNoSplit: boolean;
}

export type OperandSyntax = RegisterOperand | ValueOperand | FarOperand | MemoryOperand;

/** Prefixes written as words. Sizes in bits, 0 without one; `bytes` are LOCK and REP, in the order in which they go out. */
export interface Prefixes {
  readonly bytes: readonly number[];
  /** Override byte, 0 without one. */
  readonly segment: number;
  readonly operandSize: number;
  readonly addressSize: number;
}

/** One item of `db`, `dw`, `dd`, `dq`: a number, a string, a fraction, a place left open (`?`), or several of them repeated. */
export type DataItem =
  | { readonly kind: 'value'; readonly value: Expression; readonly at: Token }
  | { readonly kind: 'string'; readonly bytes: readonly number[]; readonly at: Token }
  | { readonly kind: 'float'; readonly number: number; readonly at: Token }
  | { readonly kind: 'open'; readonly at: Token }
  | { readonly kind: 'repeated'; readonly count: Expression; readonly items: readonly DataItem[]; readonly at: Token };

export type Action =
  | {
      readonly kind: 'instruction';
      readonly mnemonic: string;
      readonly prefixes: Prefixes;
      readonly operands: readonly OperandSyntax[];
      readonly at: Token;
    }
  | { readonly kind: 'prefixes'; readonly prefixes: Prefixes; readonly at: Token }
  | { readonly kind: 'data'; readonly width: number; readonly items: readonly DataItem[]; readonly at: Token }
  | { readonly kind: 'reserve'; readonly width: number; readonly count: Expression; readonly at: Token }
  | { readonly kind: 'equ'; readonly value: Expression; readonly at: Token }
  | { readonly kind: 'align'; readonly boundary: Expression; readonly fill: Action | null; readonly at: Token }
  | { readonly kind: 'bits'; readonly value: Expression; readonly at: Token }
  | { readonly kind: 'org'; readonly value: Expression; readonly at: Token }
  | { readonly kind: 'absolute'; readonly value: Expression; readonly at: Token }
  | { readonly kind: 'section'; readonly name: string; readonly attributes: readonly SectionAttribute[]; readonly at: Token }
  | { readonly kind: 'struc'; readonly name: Token; readonly offset: Expression | null; readonly at: Token }
  | { readonly kind: 'istruc'; readonly name: Token; readonly at: Token }
  | { readonly kind: 'at'; readonly field: Token; readonly content: Action | null; readonly at: Token }
  | { readonly kind: 'endstruc'; readonly at: Token }
  | { readonly kind: 'iend'; readonly at: Token }
  | { readonly kind: 'nothing'; readonly at: Token };

export interface SectionAttribute {
  readonly name: string;
  readonly value: Expression | null;
  readonly at: Token;
}

export interface Statement {
  readonly origin: Origin;
  readonly at: Token;
  readonly label: Token | null;
  readonly times: Expression | null;
  readonly action: Action | null;
  /** Names neither symbols nor `$`: its bytes are the same in every pass. */
  readonly isConstant: boolean;
  /** Its bytes, once made, if they are; for the code size that they were made for. */
  kept: { readonly bits: number; readonly bytes: Uint8Array } | null;
}
