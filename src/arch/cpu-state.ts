/** The CPU's architectural state as words of one Int32Array: the constants index it, `CPU_LAYOUT` names the same bytes for panels and files.
 *  Words are plain module constants because the interpreter's hot path indexes by them. */
import { type FieldType, layout } from '../base/layout.ts';

// General registers, in encoding order.
export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
/** Always 0: stands for "no base" and "no index" in an effective address. */
export const ZERO = 8;
export const EIP = 9;
/** EFLAGS without the six status flags, which live in the lazy words below; bit 1 is 1. */
export const EFLAGS = 10;
/** Lazy status flags: a kind of `isa/flags.ts`, its operands and result (sign-extended at their size), and a carry. */
export const FLAG_KIND = 11;
export const FLAG_A = 12;
export const FLAG_B = 13;
export const FLAG_R = 14;
export const FLAG_C = 15;

// Segment registers: four words each, visible and hidden part. Rights are in VMCS access-rights format (bit 16 = unusable).
export const ES = 16;
export const CS = 20;
export const SS = 24;
export const DS = 28;
export const FS = 32;
export const GS = 36;
export const LDTR = 40;
export const TR = 44;
/** Added to a segment's word: selector, base, limit (byte-granular, inclusive), rights. */
export const SELECTOR = 0;
export const BASE = 1;
export const LIMIT = 2;
export const RIGHTS = 3;

export const GDTR_BASE = 48;
export const GDTR_LIMIT = 49;
export const IDTR_BASE = 50;
export const IDTR_LIMIT = 51;
export const CR0 = 52;
export const CR2 = 53;
export const CR3 = 54;
export const CR4 = 55;
export const DR0 = 56;
export const DR1 = 57;
export const DR2 = 58;
export const DR3 = 59;
export const DR6 = 60;
export const DR7 = 61;
export const CPL = 62;
/** Activity state as in the VMCS: 0 active, 1 HLT, 2 shutdown, 3 wait-for-SIPI. */
export const ACTIVITY = 63;
/** Interruptibility as in the VMCS: bit 0 blocking by STI, 1 by MOV SS, 2 by SMI, 3 by NMI. */
export const INTERRUPTIBILITY = 64;
/** Bit 0: an NMI is pending. Bit 1: an INIT is pending. */
export const PENDING_NMI = 65;
/** Pending debug exceptions as in the VMCS (bits 3:0 B3..B0, 12 enabled breakpoint, 14 BS). */
export const PENDING_DEBUG = 66;

// Model-specific registers (64-bit ones as low, high).
export const TSC_OFFSET_LO = 67;
export const TSC_OFFSET_HI = 68;
export const APIC_BASE = 69;
export const FEATURE_CONTROL = 70;
export const SYSENTER_CS = 71;
export const SYSENTER_ESP = 72;
export const SYSENTER_EIP = 73;
export const DEBUGCTL = 74;
export const PAT_LO = 75;
export const PAT_HI = 76;

// VMX, as far as every part must know it. The controls in force live in the `vmx` part.
/** 1 in VMX operation. */
export const VMX_ON = 77;
/** 1 in VMX non-root operation. */
export const NON_ROOT = 78;
export const VMXON_POINTER = 79;
/** Current-VMCS pointer, -1 for none. Below 4 GiB: physical memory beyond is open bus. */
export const VMCS_POINTER = 80;
/** Ticks retired since reset, as a 64-bit count: low, high. Written back whenever the interpreter leaves its loop. */
export const TICKS_LO = 81;
export const TICKS_HI = 82;
/** Words of the part. */
export const CPU_WORDS = 96;

export const GENERAL_REGISTERS = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI'] as const;
/** In encoding order of Sreg; the word of number n is `ES + 4 * n`. */
export const SEGMENT_REGISTERS = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'] as const;

const SEGMENTS = [...SEGMENT_REGISTERS, 'LDTR', 'TR'].flatMap((s) => [`${s}_SELECTOR`, `${s}_BASE`, `${s}_LIMIT`, `${s}_RIGHTS`]);

/** Names in word order; the position of a name is its word. */
export const CPU_WORD_NAMES: readonly string[] = [
  ...GENERAL_REGISTERS,
  ...['ZERO', 'EIP', 'EFLAGS', 'FLAG_KIND', 'FLAG_A', 'FLAG_B', 'FLAG_R', 'FLAG_C'],
  ...SEGMENTS,
  ...['GDTR_BASE', 'GDTR_LIMIT', 'IDTR_BASE', 'IDTR_LIMIT', 'CR0', 'CR2', 'CR3', 'CR4', 'DR0', 'DR1', 'DR2', 'DR3', 'DR6', 'DR7'],
  ...['CPL', 'ACTIVITY', 'INTERRUPTIBILITY', 'PENDING_NMI', 'PENDING_DEBUG'],
  ...['TSC_OFFSET_LO', 'TSC_OFFSET_HI', 'APIC_BASE', 'FEATURE_CONTROL', 'SYSENTER_CS', 'SYSENTER_ESP', 'SYSENTER_EIP', 'DEBUGCTL'],
  ...['PAT_LO', 'PAT_HI', 'VMX_ON', 'NON_ROOT', 'VMXON_POINTER', 'VMCS_POINTER', 'TICKS_LO', 'TICKS_HI'],
];

export const CPU_LAYOUT = layout({
  ...Object.fromEntries(CPU_WORD_NAMES.map((name): [string, FieldType] => [name, 'u32'])),
  reserved: ['u32', CPU_WORDS - CPU_WORD_NAMES.length],
});
