/** The VMX capability MSRs. SDM vol. 3, appendix A "VMX Capability Reporting Facility". All are read-only.
 *  The CPU is a synthetic one: a 32-bit processor that has EPT. The values keep the shape of a Haswell's, minus the controls that do not work here. */
import { CR4_DEFINED, MAXPHYADDR } from './paging.ts';
import { HIGHEST_INDEX, REGION_SIZE } from './vmcs-fields.ts';
import { allowed1, type ControlWord, DEFAULT1 } from './vmx-controls.ts';

/** Bits 30:0 of the first word of every VMXON and VMCS region. */
export const REVISION_ID = 0x2b;
/** Bits of the upper word of a physical address that must be 0. */
export const BEYOND_WIDTH_HIGH = ~((1 << (MAXPHYADDR - 32)) - 1);

/** CR0 bits that must be 1 in VMX operation: PE, NE and PG. Unrestricted guests may clear PE and PG. */
export const CR0_FIXED0 = 0x80000021 | 0;
/** CR0 bits that may be 1. */
export const CR0_FIXED1 = 0xffffffff | 0;
/** CR4 bits that must be 1 in VMX operation: VMXE. */
export const CR4_FIXED0 = 0x2000;
/** CR4 bits that may be 1: what this CPU has. */
export const CR4_FIXED1 = CR4_DEFINED;

/** CR3-target values. */
export const CR3_TARGETS = 4;
/** The preemption timer counts down by 1 every 2^n ticks of the TSC. */
export const PREEMPTION_TIMER_SHIFT = 0;

/** Bits of IA32_VMX_EPT_VPID_CAP, low and high word. */
export const EPT_CAPABILITY = {
  executeOnly: 1 << 0,
  walkLength4: 1 << 6,
  uncacheable: 1 << 8,
  writeBack: 1 << 14,
  pages2M: 1 << 16,
  pages1G: 1 << 17,
  invept: 1 << 20,
  accessedDirty: 1 << 21,
  inveptSingleContext: 1 << 25,
  inveptAllContext: 1 << 26,
} as const;
export const VPID_CAPABILITY = {
  invvpid: 1 << 0,
  individualAddress: 1 << 8,
  singleContext: 1 << 9,
  allContext: 1 << 10,
  singleContextRetainingGlobals: 1 << 11,
} as const;

export interface CapabilityMsr {
  readonly msr: number;
  readonly name: string;
  readonly lo: number;
  readonly hi: number;
}

const all = (bits: Readonly<Record<string, number>>): number => Object.values(bits).reduce((mask, bit) => mask | bit, 0);

/** Bits 31:0: what must be 1 (allowed-0 settings); bits 63:32: what may be 1 (allowed-1 settings). */
const controls = (msr: number, name: string, word: ControlWord, isTrue = false): CapabilityMsr => ({
  msr,
  name,
  lo: isTrue ? DEFAULT1[word].always : DEFAULT1[word].plain,
  hi: allowed1(word),
});

export const CAPABILITY_MSRS: readonly CapabilityMsr[] = [
  // 44:32 region size; 48 = 0: structures anywhere below 2^36; 53:50 = 6 write-back; 54 INS/OUTS information; 55 TRUE capability MSRs.
  { msr: 0x480, name: 'IA32_VMX_BASIC', lo: REVISION_ID, hi: REGION_SIZE | (6 << 18) | (1 << 22) | (1 << 23) },
  controls(0x481, 'IA32_VMX_PINBASED_CTLS', 'pin'),
  controls(0x482, 'IA32_VMX_PROCBASED_CTLS', 'primary'),
  controls(0x483, 'IA32_VMX_EXIT_CTLS', 'exit'),
  controls(0x484, 'IA32_VMX_ENTRY_CTLS', 'entry'),
  // 4:0 timer rate; 5 EFER.LMA goes to the entry controls at exits; 8:6 activity states HLT, shutdown, wait-for-SIPI; 24:16 CR3 targets;
  // 29 VMWRITE to any field, read-only ones too. Bit 30 = 0: no zero-length software events.
  { msr: 0x485, name: 'IA32_VMX_MISC', lo: PREEMPTION_TIMER_SHIFT | 0x1e0 | (CR3_TARGETS << 16) | (1 << 29), hi: 0 },
  { msr: 0x486, name: 'IA32_VMX_CR0_FIXED0', lo: CR0_FIXED0, hi: 0 },
  { msr: 0x487, name: 'IA32_VMX_CR0_FIXED1', lo: CR0_FIXED1, hi: 0 },
  { msr: 0x488, name: 'IA32_VMX_CR4_FIXED0', lo: CR4_FIXED0, hi: 0 },
  { msr: 0x489, name: 'IA32_VMX_CR4_FIXED1', lo: CR4_FIXED1, hi: 0 },
  { msr: 0x48a, name: 'IA32_VMX_VMCS_ENUM', lo: HIGHEST_INDEX << 1, hi: 0 },
  controls(0x48b, 'IA32_VMX_PROCBASED_CTLS2', 'secondary'),
  { msr: 0x48c, name: 'IA32_VMX_EPT_VPID_CAP', lo: all(EPT_CAPABILITY), hi: all(VPID_CAPABILITY) },
  controls(0x48d, 'IA32_VMX_TRUE_PINBASED_CTLS', 'pin', true),
  controls(0x48e, 'IA32_VMX_TRUE_PROCBASED_CTLS', 'primary', true),
  controls(0x48f, 'IA32_VMX_TRUE_EXIT_CTLS', 'exit', true),
  controls(0x490, 'IA32_VMX_TRUE_ENTRY_CTLS', 'entry', true),
];

const VALUES: ReadonlyMap<number, readonly [number, number]> = new Map(CAPABILITY_MSRS.map((m) => [m.msr, [m.lo, m.hi]]));

/** Value of a capability MSR as [low, high]; null: there is no such MSR. */
export function capabilityMsr(msr: number): readonly [number, number] | null {
  return VALUES.get(msr) ?? null;
}
