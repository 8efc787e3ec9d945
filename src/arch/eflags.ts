/** EFLAGS. SDM vol. 1, "EFLAGS Register".
 *
 *   31           22 21 20  19  18 17 16 15 14 13 12 11 10  9  8  7  6  5  4  3  2  1  0
 *  +---------------+--+---+---+--+--+--+--+--+-----+--+--+--+--+--+--+--+--+--+--+--+--+
 *  |       0       |ID|VIP|VIF|AC|VM|RF| 0|NT|IOPL |OF|DF|IF|TF|SF|ZF| 0|AF| 0|PF| 1|CF|
 *  +---------------+--+---+---+--+--+--+--+--+-----+--+--+--+--+--+--+--+--+--+--+--+--+
 */
import { type BitField, maskOf } from './bit-field.ts';

export const EFLAGS_CF = 1 << 0;
/** Always 1. */
export const EFLAGS_FIXED = 1 << 1;
export const EFLAGS_PF = 1 << 2;
export const EFLAGS_AF = 1 << 4;
export const EFLAGS_ZF = 1 << 6;
export const EFLAGS_SF = 1 << 7;
export const EFLAGS_TF = 1 << 8;
export const EFLAGS_IF = 1 << 9;
export const EFLAGS_DF = 1 << 10;
export const EFLAGS_OF = 1 << 11;
export const EFLAGS_IOPL = 3 << 12;
export const EFLAGS_IOPL_SHIFT = 12;
export const EFLAGS_NT = 1 << 14;
export const EFLAGS_RF = 1 << 16;
export const EFLAGS_VM = 1 << 17;
export const EFLAGS_AC = 1 << 18;
export const EFLAGS_VIF = 1 << 19;
export const EFLAGS_VIP = 1 << 20;
export const EFLAGS_ID = 1 << 21;

/** Lowest bit first. */
export const EFLAGS_BITS = [
  { name: 'CF', bit: 0, meaning: 'carry' },
  { name: 'PF', bit: 2, meaning: 'even parity of the low 8 bits of the result' },
  { name: 'AF', bit: 4, meaning: 'carry out of bit 3' },
  { name: 'ZF', bit: 6, meaning: 'the result is zero' },
  { name: 'SF', bit: 7, meaning: 'sign of the result' },
  { name: 'TF', bit: 8, meaning: '#DB after each instruction' },
  { name: 'IF', bit: 9, meaning: 'maskable interrupts are let in' },
  { name: 'DF', bit: 10, meaning: 'string instructions go downwards' },
  { name: 'OF', bit: 11, meaning: 'signed overflow' },
  { name: 'IOPL', bit: 12, width: 2, meaning: 'highest privilege level that may do I/O and change IF' },
  { name: 'NT', bit: 14, meaning: 'nested task: IRET returns to the back link' },
  { name: 'RF', bit: 16, meaning: 'no instruction breakpoint on the next instruction' },
  { name: 'VM', bit: 17, meaning: 'virtual-8086 mode' },
  { name: 'AC', bit: 18, meaning: 'alignment check (with CR0.AM, at CPL 3)' },
  { name: 'VIF', bit: 19, meaning: 'virtual interrupt flag' },
  { name: 'VIP', bit: 20, meaning: 'virtual interrupt pending' },
  { name: 'ID', bit: 21, meaning: 'CPUID is there if it can be toggled' },
] as const satisfies readonly BitField[];

/** Every defined flag, without the fixed bit 1. The other bits read 0 and ignore writes. */
export const EFLAGS_DEFINED = maskOf(EFLAGS_BITS);
/** The six status flags. */
export const EFLAGS_STATUS = EFLAGS_CF | EFLAGS_PF | EFLAGS_AF | EFLAGS_ZF | EFLAGS_SF | EFLAGS_OF;

/** What POPF may write at CPL 0: RF is cleared, VM, VIF and VIP stay. IOPL stays above CPL 0, IF above IOPL. SDM vol. 2, "POPF/POPFD". */
export const POPF_WRITABLE = EFLAGS_DEFINED & ~(EFLAGS_RF | EFLAGS_VM | EFLAGS_VIF | EFLAGS_VIP);
/** What IRET may write at CPL 0 unless it returns to virtual-8086 mode: VM stays as it is. SDM vol. 2, "IRET/IRETD". */
export const IRET_WRITABLE = EFLAGS_DEFINED & ~EFLAGS_VM;
/** With 16-bit operands only the low word is written. */
export const EFLAGS_LOW_WORD = 0xffff;

/** `CF ZF IF IOPL=3`: the flags that are set, lowest first. */
export function eflagsText(eflags: number): string {
  return EFLAGS_BITS.filter((f) => eflags & maskOf([f]))
    .map((f) => (f.name === 'IOPL' ? `IOPL=${(eflags >>> EFLAGS_IOPL_SHIFT) & 3}` : f.name))
    .join(' ');
}
