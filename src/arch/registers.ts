/** Register names and numbers in encoding order, and what RESET leaves in the processor. */
import * as cpu from './cpu-state.ts';
import { SIGNATURE } from './cpuid.ts';

/** Names of the 8-bit registers by number: 4 to 7 are the second bytes of the first four. */
export const REGISTERS_8 = ['AL', 'CL', 'DL', 'BL', 'AH', 'CH', 'DH', 'BH'] as const;
export const REGISTERS_16 = ['AX', 'CX', 'DX', 'BX', 'SP', 'BP', 'SI', 'DI'] as const;
export const REGISTERS_32 = cpu.GENERAL_REGISTERS;

/** A register that MOV to and from control or debug registers reaches, and its word in the CPU's state. */
export interface NumberedRegister {
  readonly number: number;
  readonly name: string;
  readonly word: number;
}

/** CR1 and CR5 to CR7 do not exist: #UD. (CR8 neither: it needs REX.) */
export const CONTROL_REGISTERS = [
  { number: 0, name: 'CR0', word: cpu.CR0 },
  { number: 2, name: 'CR2', word: cpu.CR2 },
  { number: 3, name: 'CR3', word: cpu.CR3 },
  { number: 4, name: 'CR4', word: cpu.CR4 },
] as const satisfies readonly NumberedRegister[];

/** DR4 and DR5 are other names of DR6 and DR7, since CR4.DE is always 0 here. SDM vol. 3, "Debug Registers DR4 and DR5". */
export const DEBUG_REGISTERS = [
  { number: 0, name: 'DR0', word: cpu.DR0 },
  { number: 1, name: 'DR1', word: cpu.DR1 },
  { number: 2, name: 'DR2', word: cpu.DR2 },
  { number: 3, name: 'DR3', word: cpu.DR3 },
  { number: 4, name: 'DR6', word: cpu.DR6 },
  { number: 5, name: 'DR7', word: cpu.DR7 },
  { number: 6, name: 'DR6', word: cpu.DR6 },
  { number: 7, name: 'DR7', word: cpu.DR7 },
] as const satisfies readonly NumberedRegister[];

/* DR6, debug status:                 31    16 15 14 13 12 11  4  3  2  1  0
 *                                   |all 1   |BT|BS|BD| 0| all 1|B3|B2|B1|B0|
 * DR7, debug control: 31 30 29 28 ... 19 18 17 16 15 14 13 12 11 10  9  8  7  6  5  4  3  2  1  0
 *                    |LEN3 |R/W3 |...|LEN0 |R/W0 | 0  0|GD| 0  0| 1|GE|LE|G3|L3|G2|L2|G1|L1|G0|L0|       */
export const DR6_B = 0xf;
export const DR6_BD = 1 << 13;
export const DR6_BS = 1 << 14;
export const DR6_BT = 1 << 15;
/** Bits of DR6 that read 1 and ignore writes; all others outside `DR6_WRITABLE` read 0. */
export const DR6_FIXED = 0xffff0ff0 | 0;
export const DR6_WRITABLE = DR6_B | DR6_BD | DR6_BS | DR6_BT;
export const DR7_GD = 1 << 13;
export const DR7_FIXED = 0x400;
/** Bits 11, 12, 14 and 15 read 0. */
export const DR7_WRITABLE = 0xffff23ff | 0;

/** SDM vol. 3, "Processor State After Reset". EDX holds the processor signature (CPUID leaf 1, EAX). Words not listed are 0. */
export const RESET_STATE: readonly (readonly [word: number, value: number])[] = [
  [cpu.EDX, SIGNATURE],
  [cpu.EIP, 0xfff0],
  [cpu.EFLAGS, 2],
  ...[cpu.ES, cpu.SS, cpu.DS, cpu.FS, cpu.GS].flatMap((s) => dataSegment(s)),
  [cpu.CS + cpu.SELECTOR, 0xf000],
  [cpu.CS + cpu.BASE, 0xffff0000 | 0],
  [cpu.CS + cpu.LIMIT, 0xffff],
  [cpu.CS + cpu.RIGHTS, 0x9b],
  [cpu.LDTR + cpu.LIMIT, 0xffff],
  [cpu.LDTR + cpu.RIGHTS, 0x82],
  [cpu.TR + cpu.LIMIT, 0xffff],
  [cpu.TR + cpu.RIGHTS, 0x8b],
  [cpu.GDTR_LIMIT, 0xffff],
  [cpu.IDTR_LIMIT, 0xffff],
  [cpu.CR0, 0x60000010],
  [cpu.DR6, DR6_FIXED],
  [cpu.DR7, DR7_FIXED],
  [cpu.APIC_BASE, 0xfee00900 | 0],
  [cpu.PAT_LO, 0x00070406],
  [cpu.PAT_HI, 0x00070406],
  [cpu.VMXON_POINTER, -1],
  [cpu.VMCS_POINTER, -1],
];

function dataSegment(segment: number): (readonly [number, number])[] {
  return [
    [segment + cpu.LIMIT, 0xffff],
    [segment + cpu.RIGHTS, 0x93],
  ];
}
