/** What CPUID answers: a synthetic processor of the P6 family that claims only what this machine does. SDM vol. 2, "CPUID—CPU Identification".
 *
 *  Not claimed, hence absent: FPU, VME, DE, PAE, MCE, MTRR, MCA, PSE-36, MMX, FXSR, SSE. */
import type { BitField } from './bit-field.ts';

/** EAX of leaf 1: family 6, model 5, stepping 2. From this model on, software trusts SEP. */
export const SIGNATURE = 0x652;
export const VENDOR = 'GenuineIntel';
/** At most 47 characters. */
export const BRAND = 'Glassvisor synthetic IA-32 CPU with VT-x';

/** EDX of leaf 1, the bits that are set. */
export const FEATURES_EDX = [
  { name: 'PSE', bit: 3, meaning: '4-MiB pages' },
  { name: 'TSC', bit: 4, meaning: 'RDTSC and CR4.TSD' },
  { name: 'MSR', bit: 5, meaning: 'RDMSR and WRMSR' },
  { name: 'CX8', bit: 8, meaning: 'CMPXCHG8B' },
  { name: 'APIC', bit: 9, meaning: 'local APIC; 0 while IA32_APIC_BASE disables it' },
  { name: 'SEP', bit: 11, meaning: 'SYSENTER and SYSEXIT' },
  { name: 'PGE', bit: 13, meaning: 'global pages' },
  { name: 'CMOV', bit: 15, meaning: 'CMOVcc' },
  { name: 'PAT', bit: 16, meaning: 'page attribute table: there are no caches, so it changes nothing that can be seen' },
] as const satisfies readonly BitField[];

/** ECX of leaf 1, the bits that are set. */
export const FEATURES_ECX = [
  { name: 'MONITOR', bit: 3, meaning: 'MONITOR and MWAIT' },
  { name: 'VMX', bit: 5, meaning: 'virtual-machine extensions' },
] as const satisfies readonly BitField[];

/** APIC in EDX of leaf 1. */
export const FEATURE_APIC = 1 << 9;

/** EAX, EBX, ECX, EDX as int32. */
export type CpuidResult = readonly [eax: number, ebx: number, ecx: number, edx: number];

const brand = wordsOf(BRAND.padEnd(48, '\0'));
const [vendorB, vendorD, vendorC] = wordsOf(VENDOR);

/** Smallest and largest line that MONITOR watches, in bytes; MWAIT has no sub-states. */
const LAST_BASIC: CpuidResult = [64, 64, 0, 0];

/** Leaf by leaf. A leaf beyond the last of its range answers like the last basic leaf. */
export const CPUID_LEAVES: ReadonlyMap<number, CpuidResult> = new Map<number, CpuidResult>([
  [0x0000_0000, [5, vendorB, vendorC, vendorD]],
  // EBX: the initial APIC ID is 0.
  [0x0000_0001, [SIGNATURE, 0, bitsOf(FEATURES_ECX), bitsOf(FEATURES_EDX)]],
  // One round (AL = 1), no descriptor of any cache or TLB but 40H: there is no second-level cache.
  [0x0000_0002, [1, 0, 0, 0x40]],
  [0x0000_0003, [0, 0, 0, 0]],
  [0x0000_0004, [0, 0, 0, 0]],
  [0x0000_0005, LAST_BASIC],
  [0x8000_0000, [0x8000_0008 | 0, 0, 0, 0]],
  [0x8000_0001, [0, 0, 0, 0]],
  [0x8000_0002, [brand[0], brand[1], brand[2], brand[3]]],
  [0x8000_0003, [brand[4], brand[5], brand[6], brand[7]]],
  [0x8000_0004, [brand[8], brand[9], brand[10], brand[11]]],
  [0x8000_0005, [0, 0, 0, 0]],
  [0x8000_0006, [0, 0, 0, 0]],
  [0x8000_0007, [0, 0, 0, 0]],
  // 36 physical address bits, 32 linear ones.
  [0x8000_0008, [0x2024, 0, 0, 0]],
]);

/** Answers CPUID for `leaf` (EAX, any int32). No leaf here has sub-leaves, so ECX is ignored. */
export function cpuid(leaf: number): CpuidResult {
  return CPUID_LEAVES.get(leaf >>> 0) ?? LAST_BASIC;
}

function bitsOf(fields: readonly BitField[]): number {
  return fields.reduce((bits, f) => bits | (1 << f.bit), 0);
}

function wordsOf(text: string): number[] {
  const words: number[] = [];
  for (let i = 0; i < text.length; i += 4) {
    words.push(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 8) | (text.charCodeAt(i + 2) << 16) | (text.charCodeAt(i + 3) << 24));
  }
  return words;
}
