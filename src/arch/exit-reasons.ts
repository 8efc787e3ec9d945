/** Basic exit reasons: number, name, cause, and what the exit reports. SDM vol. 3, appendix C "VMX Basic Exit Reasons". */
import type { InformationKind, QualificationKind } from './exit-qualifications.ts';
import type { ControlKey } from './vmx-controls.ts';

export interface ExitReason {
  readonly number: number;
  readonly key: string;
  /** As in the SDM. */
  readonly name: string;
  /** `always`: unconditional in non-root operation. `entry`: a VM entry that failed after the guest state was begun. Else the controls of which one causes it. */
  readonly cause: 'always' | 'entry' | readonly ControlKey[];
  /** One clause: when. */
  readonly when: string;
  /** Layout of the exit qualification. */
  readonly qualification: QualificationKind;
  /** Layout of the VM-exit instruction information, where the exit has one. */
  readonly information?: InformationKind;
  /** The VM-exit instruction length is valid; `software`: only if a software event caused the exit. */
  readonly length?: true | 'software';
  /** Interruption information is valid; IDT-vectoring information is. */
  readonly interruption?: true;
  readonly vectoring?: true;
  /** The guest-linear and guest-physical address fields are valid. */
  readonly linear?: true;
  readonly physical?: true;
}

export const EXIT_REASONS = [
  {
    number: 0,
    key: 'exceptionOrNmi',
    name: 'Exception or non-maskable interrupt (NMI)',
    cause: ['nmiExiting'],
    when: 'a bit of the exception bitmap (for #PF with the error-code mask and match), or an NMI under NMI exiting',
    qualification: 'debugException',
    length: 'software',
    interruption: true,
    vectoring: true,
  },
  {
    number: 1,
    key: 'externalInterrupt',
    name: 'External interrupt',
    cause: ['externalInterruptExiting'],
    when: 'an external interrupt arrives, whatever RFLAGS.IF says',
    qualification: 'none',
    interruption: true,
  },
  {
    number: 2,
    key: 'tripleFault',
    name: 'Triple fault',
    cause: 'always',
    when: 'an exception while #DF is delivered',
    qualification: 'none',
  },
  { number: 3, key: 'initSignal', name: 'INIT signal', cause: 'always', when: 'an INIT arrives', qualification: 'none' },
  {
    number: 7,
    key: 'interruptWindow',
    name: 'Interrupt window',
    cause: ['interruptWindowExiting'],
    when: 'RFLAGS.IF is 1 and neither STI nor MOV SS blocks',
    qualification: 'none',
  },
  {
    number: 8,
    key: 'nmiWindow',
    name: 'NMI window',
    cause: ['nmiWindowExiting'],
    when: 'no virtual-NMI blocking, and MOV SS does not block',
    qualification: 'none',
  },
  {
    number: 9,
    key: 'taskSwitch',
    name: 'Task switch',
    cause: 'always',
    when: 'CALL, JMP, IRET or an IDT task gate asks for a hardware task switch',
    qualification: 'taskSwitch',
    length: true,
    vectoring: true,
  },
  { number: 10, key: 'cpuid', name: 'CPUID', cause: 'always', when: 'CPUID', qualification: 'none', length: true },
  { number: 12, key: 'hlt', name: 'HLT', cause: ['hltExiting'], when: 'HLT', qualification: 'none', length: true },
  { number: 13, key: 'invd', name: 'INVD', cause: 'always', when: 'INVD', qualification: 'none', length: true },
  { number: 14, key: 'invlpg', name: 'INVLPG', cause: ['invlpgExiting'], when: 'INVLPG', qualification: 'linearAddress', length: true },
  { number: 15, key: 'rdpmc', name: 'RDPMC', cause: ['rdpmcExiting'], when: 'RDPMC', qualification: 'none', length: true },
  { number: 16, key: 'rdtsc', name: 'RDTSC', cause: ['rdtscExiting'], when: 'RDTSC', qualification: 'none', length: true },
  { number: 18, key: 'vmcall', name: 'VMCALL', cause: 'always', when: 'VMCALL', qualification: 'none', length: true },
  {
    number: 19,
    key: 'vmclear',
    name: 'VMCLEAR',
    cause: 'always',
    when: 'VMCLEAR',
    qualification: 'displacement',
    information: 'memory',
    length: true,
  },
  { number: 20, key: 'vmlaunch', name: 'VMLAUNCH', cause: 'always', when: 'VMLAUNCH', qualification: 'none', length: true },
  {
    number: 21,
    key: 'vmptrld',
    name: 'VMPTRLD',
    cause: 'always',
    when: 'VMPTRLD',
    qualification: 'displacement',
    information: 'memory',
    length: true,
  },
  {
    number: 22,
    key: 'vmptrst',
    name: 'VMPTRST',
    cause: 'always',
    when: 'VMPTRST',
    qualification: 'displacement',
    information: 'memory',
    length: true,
  },
  {
    number: 23,
    key: 'vmread',
    name: 'VMREAD',
    cause: 'always',
    when: 'VMREAD',
    qualification: 'displacement',
    information: 'field',
    length: true,
  },
  { number: 24, key: 'vmresume', name: 'VMRESUME', cause: 'always', when: 'VMRESUME', qualification: 'none', length: true },
  {
    number: 25,
    key: 'vmwrite',
    name: 'VMWRITE',
    cause: 'always',
    when: 'VMWRITE',
    qualification: 'displacement',
    information: 'field',
    length: true,
  },
  { number: 26, key: 'vmxoff', name: 'VMXOFF', cause: 'always', when: 'VMXOFF', qualification: 'none', length: true },
  {
    number: 27,
    key: 'vmxon',
    name: 'VMXON',
    cause: 'always',
    when: 'VMXON',
    qualification: 'displacement',
    information: 'memory',
    length: true,
  },
  {
    number: 28,
    key: 'controlRegisterAccesses',
    name: 'Control-register accesses',
    cause: ['cr3LoadExiting', 'cr3StoreExiting'],
    when: 'MOV to CR0 or CR4, CLTS or LMSW touches a host-owned bit; MOV to CR3 other than to a target; MOV from CR3',
    qualification: 'controlRegister',
    length: true,
  },
  {
    number: 29,
    key: 'movDr',
    name: 'MOV DR',
    cause: ['movDrExiting'],
    when: 'MOV to or from a debug register',
    qualification: 'debugRegister',
    length: true,
  },
  {
    number: 30,
    key: 'ioInstruction',
    name: 'I/O instruction',
    cause: ['unconditionalIoExiting', 'useIoBitmaps'],
    when: 'IN, OUT, INS or OUTS: always, or to a port whose bit is 1 in the I/O bitmaps',
    qualification: 'io',
    information: 'string',
    length: true,
    linear: true,
  },
  {
    number: 31,
    key: 'rdmsr',
    name: 'RDMSR',
    cause: ['useMsrBitmaps'],
    when: 'RDMSR: without MSR bitmaps always, with them where the bit is 1 or the number is outside both ranges',
    qualification: 'none',
    length: true,
  },
  {
    number: 32,
    key: 'wrmsr',
    name: 'WRMSR',
    cause: ['useMsrBitmaps'],
    when: 'WRMSR: without MSR bitmaps always, with them where the bit is 1 or the number is outside both ranges',
    qualification: 'none',
    length: true,
  },
  {
    number: 33,
    key: 'entryFailureGuestState',
    name: 'VM-entry failure due to invalid guest state',
    cause: 'entry',
    when: 'a check on the guest-state area failed',
    qualification: 'guestState',
  },
  {
    number: 34,
    key: 'entryFailureMsrLoading',
    name: 'VM-entry failure due to MSR loading',
    cause: 'entry',
    when: 'an entry of the VM-entry MSR-load area could not be loaded',
    qualification: 'msrEntry',
  },
  { number: 36, key: 'mwait', name: 'MWAIT', cause: ['mwaitExiting'], when: 'MWAIT', qualification: 'mwait', length: true },
  {
    number: 37,
    key: 'monitorTrapFlag',
    name: 'Monitor trap flag',
    cause: ['monitorTrapFlag'],
    when: 'after one instruction or event delivery, or by an injected pending MTF VM exit',
    qualification: 'none',
  },
  { number: 39, key: 'monitor', name: 'MONITOR', cause: ['monitorExiting'], when: 'MONITOR', qualification: 'none', length: true },
  { number: 40, key: 'pause', name: 'PAUSE', cause: ['pauseExiting'], when: 'PAUSE', qualification: 'none', length: true },
  {
    number: 46,
    key: 'gdtrIdtrAccess',
    name: 'Access to GDTR or IDTR',
    cause: ['descriptorTableExiting'],
    when: 'LGDT, LIDT, SGDT or SIDT',
    qualification: 'displacement',
    information: 'gdtrIdtr',
    length: true,
  },
  {
    number: 47,
    key: 'ldtrTrAccess',
    name: 'Access to LDTR or TR',
    cause: ['descriptorTableExiting'],
    when: 'LLDT, LTR, SLDT or STR',
    qualification: 'displacement',
    information: 'ldtrTr',
    length: true,
  },
  {
    number: 48,
    key: 'eptViolation',
    name: 'EPT violation',
    cause: ['enableEpt'],
    when: 'the EPT paging structures did not allow an access',
    qualification: 'eptViolation',
    vectoring: true,
    linear: true,
    physical: true,
  },
  {
    number: 49,
    key: 'eptMisconfiguration',
    name: 'EPT misconfiguration',
    cause: ['enableEpt'],
    when: 'an EPT paging-structure entry has a value that is not allowed',
    qualification: 'none',
    vectoring: true,
    physical: true,
  },
  {
    number: 50,
    key: 'invept',
    name: 'INVEPT',
    cause: 'always',
    when: 'INVEPT',
    qualification: 'displacement',
    information: 'invalidate',
    length: true,
  },
  {
    number: 52,
    key: 'preemptionTimer',
    name: 'VMX-preemption timer expired',
    cause: ['activatePreemptionTimer'],
    when: 'the VMX-preemption timer reached 0',
    qualification: 'none',
  },
  {
    number: 53,
    key: 'invvpid',
    name: 'INVVPID',
    cause: 'always',
    when: 'INVVPID',
    qualification: 'displacement',
    information: 'invalidate',
    length: true,
  },
  { number: 54, key: 'wbinvd', name: 'WBINVD', cause: ['wbinvdExiting'], when: 'WBINVD', qualification: 'none', length: true },
] as const satisfies readonly ExitReason[];

export type ExitReasonKey = (typeof EXIT_REASONS)[number]['key'];

/** Number of each basic exit reason by its key. */
export const EXIT = Object.fromEntries(EXIT_REASONS.map((r) => [r.key, r.number])) as Readonly<Record<ExitReasonKey, number>>;

const BY_NUMBER: ReadonlyMap<number, ExitReason> = new Map(EXIT_REASONS.map((r): [number, ExitReason] => [r.number, r]));

/** The row of a basic exit reason (bits 15:0 of the exit-reason field); null: none of this CPU's. */
export function exitReason(number: number): ExitReason | null {
  return BY_NUMBER.get(number) ?? null;
}

/** Bit 31 of the exit-reason field. */
export const ENTRY_FAILURE = 0x80000000 | 0;

/** Reasons of the manual that cannot occur here, and why. */
export const ABSENT_EXIT_REASONS = [
  { numbers: [4], because: 'no local APIC sends a start-up IPI' },
  { numbers: [5, 6, 17], because: 'there is no system-management mode' },
  { numbers: [11], because: 'there are no safer mode extensions (GETSEC is #UD)' },
  { numbers: [41], because: 'there are no machine-check events' },
  { numbers: [43, 44, 45, 56], because: 'there is no local APIC that VT-x could virtualize' },
  {
    numbers: [51, 55, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 74, 75],
    because: 'the CPU has neither the instruction nor the control',
  },
] as const;
