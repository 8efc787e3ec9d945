/** Model-specific registers, the VMX capability ones apart. SDM vol. 4, "Model-Specific Registers (MSRs)". RDMSR and WRMSR of an index that is not here
 *  (and is no VMX capability) are #GP(0), as is a write that sets a bit outside `writable` and `ignored`, or that breaks the row's rule. */
import * as cpu from './cpu-state.ts';

/** Where an MSR has no word of its own. */
export const NO_WORD = -1;

export interface Msr {
  readonly index: number;
  readonly name: string;
  /** `word`: the CPU words below. `tsc`: ticks + the 64-bit offset in the words below. `constant`: always reads 0. */
  readonly kind: 'word' | 'tsc' | 'constant';
  /** Words of arch/cpu-state.ts for EAX and EDX; NO_WORD reads 0. */
  readonly low: number;
  readonly high: number;
  /** Bits that WRMSR may set, low and high half; null: read-only, any write is #GP(0). */
  readonly writable: readonly [low: number, high: number] | null;
  /** Bits that WRMSR may set to no effect. */
  readonly ignored: readonly [low: number, high: number];
  /** A further condition on a write: false is #GP(0). `old` is the low half so far. */
  readonly rule?: (low: number, high: number, old: number) => boolean;
  readonly meaning: string;
}

export const IA32_TIME_STAMP_COUNTER = 0x10;
export const IA32_APIC_BASE = 0x1b;
export const IA32_FEATURE_CONTROL = 0x3a;
export const IA32_SYSENTER_CS = 0x174;
export const IA32_SYSENTER_ESP = 0x175;
export const IA32_SYSENTER_EIP = 0x176;
export const IA32_DEBUGCTL = 0x1d9;
export const IA32_PAT = 0x277;

export const FEATURE_CONTROL_LOCK = 1 << 0;
/** VMXON outside SMX operation. (There is no SMX: bit 1 is reserved.) */
export const FEATURE_CONTROL_VMXON = 1 << 2;
export const APIC_BASE_ENABLE = 1 << 11;

const NONE = [0, 0] as const;
const ALL = [-1, -1] as const;
const HIGH = [0, -1] as const;

export const MSRS: readonly Msr[] = [
  {
    ...{ index: IA32_TIME_STAMP_COUNTER, name: 'IA32_TIME_STAMP_COUNTER', kind: 'tsc', low: cpu.TSC_OFFSET_LO, high: cpu.TSC_OFFSET_HI },
    ...{ writable: ALL, ignored: NONE, meaning: 'ticks since reset plus an offset' },
  },
  {
    ...{ index: 0x17, name: 'IA32_PLATFORM_ID', kind: 'constant', low: NO_WORD, high: NO_WORD },
    ...{ writable: null, ignored: NONE, meaning: 'socket: 0' },
  },
  {
    // The registers cannot be moved here: another base is #GP. SDM vol. 3, "Local APIC Status and Location".
    ...{ index: IA32_APIC_BASE, name: 'IA32_APIC_BASE', kind: 'word', low: cpu.APIC_BASE, high: NO_WORD },
    ...{
      writable: [0xfffff900 | 0, 0],
      ignored: NONE,
      meaning: 'base of the local APIC (31:12), its enable (11), bootstrap processor (8)',
    },
    rule: (low, _high, old) => ((low ^ old) & ~APIC_BASE_ENABLE) === 0,
  },
  {
    ...{ index: IA32_FEATURE_CONTROL, name: 'IA32_FEATURE_CONTROL', kind: 'word', low: cpu.FEATURE_CONTROL, high: NO_WORD },
    ...{ writable: [FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMXON, 0], ignored: NONE, meaning: 'bit 0 lock, bit 2 VMXON outside SMX' },
    rule: (_low, _high, old) => (old & FEATURE_CONTROL_LOCK) === 0,
  },
  {
    // Software writes 0, executes CPUID leaf 1 and reads the update's signature: 0, none was loaded.
    ...{ index: 0x8b, name: 'IA32_BIOS_SIGN_ID', kind: 'constant', low: NO_WORD, high: NO_WORD },
    ...{ writable: ALL, ignored: NONE, meaning: 'microcode update: none' },
  },
  {
    ...{ index: IA32_SYSENTER_CS, name: 'IA32_SYSENTER_CS', kind: 'word', low: cpu.SYSENTER_CS, high: NO_WORD },
    ...{ writable: [-1, 0], ignored: HIGH, meaning: "CS of SYSENTER; SS, and SYSEXIT's CS and SS, follow it" },
  },
  {
    ...{ index: IA32_SYSENTER_ESP, name: 'IA32_SYSENTER_ESP', kind: 'word', low: cpu.SYSENTER_ESP, high: NO_WORD },
    ...{ writable: [-1, 0], ignored: HIGH, meaning: 'ESP of SYSENTER' },
  },
  {
    ...{ index: IA32_SYSENTER_EIP, name: 'IA32_SYSENTER_EIP', kind: 'word', low: cpu.SYSENTER_EIP, high: NO_WORD },
    ...{ writable: [-1, 0], ignored: HIGH, meaning: 'EIP of SYSENTER' },
  },
  {
    // Neither last-branch records nor single-stepping on branches exist: every bit is reserved.
    ...{ index: IA32_DEBUGCTL, name: 'IA32_DEBUGCTL', kind: 'word', low: cpu.DEBUGCTL, high: NO_WORD },
    ...{ writable: NONE, ignored: NONE, meaning: 'no debug feature: only 0 can be written' },
  },
  {
    ...{ index: IA32_PAT, name: 'IA32_PAT', kind: 'word', low: cpu.PAT_LO, high: cpu.PAT_HI },
    ...{ writable: [0x07070707, 0x07070707], ignored: NONE, meaning: 'eight memory types: 0 UC, 1 WC, 4 WT, 5 WP, 6 WB, 7 UC-' },
    rule: (low, high) => isPat(low) && isPat(high),
  },
];

const BY_INDEX: ReadonlyMap<number, Msr> = new Map(MSRS.map((m) => [m.index, m]));

/** The row of an MSR, undefined where there is none. `index` is any int32. */
export function msrRow(index: number): Msr | undefined {
  return BY_INDEX.get(index >>> 0);
}

/** Whether WRMSR of `low`, `high` is allowed; `old` is the low half so far. False is #GP(0). Also what a VM entry asks before it loads MSRs. */
export function mayWriteMsr(row: Msr, low: number, high: number, old: number): boolean {
  if (row.writable === null) return false;
  if (low & ~(row.writable[0] | row.ignored[0]) || high & ~(row.writable[1] | row.ignored[1])) return false;
  return row.rule === undefined || row.rule(low, high, old);
}

/** Whether each byte of half a PAT names a memory type. */
export function isPat(half: number): boolean {
  for (let shift = 0; shift < 32; shift += 8) {
    const type = (half >>> shift) & 0xff;
    if (type > 7 || type === 2 || type === 3) return false;
  }
  return true;
}
