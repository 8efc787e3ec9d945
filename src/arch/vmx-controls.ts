/** The control words of VT-x, bit by bit. SDM vol. 3, "VM-Execution Control Fields", "VM-Exit Control Fields", "VM-Entry Control Fields".
 *  An allowed-1 setting is reported only for a control that works here: the capability MSRs are computed from this table. */

/** The words in which controls stand. */
export type ControlWord = 'pin' | 'primary' | 'secondary' | 'exit' | 'entry';

export interface Control {
  readonly key: string;
  readonly word: ControlWord;
  readonly bit: number;
  /** As in the SDM, between its quotation marks. */
  readonly name: string;
  /** Why the bit must be 0 on this CPU; absent where the control works. */
  readonly absent?: string;
}

const NO_APIC = 'the CPU has no local APIC that VT-x could virtualize';
const NO_INTEL64 = 'the CPU has no Intel 64';
const NO_SMM = 'the CPU has no system-management mode';
const NO_PERF = 'the CPU has no performance counters';

export const CONTROLS = [
  // Pin-based VM-execution controls
  { key: 'externalInterruptExiting', word: 'pin', bit: 0, name: 'External-interrupt exiting' },
  { key: 'nmiExiting', word: 'pin', bit: 3, name: 'NMI exiting' },
  { key: 'virtualNmis', word: 'pin', bit: 5, name: 'Virtual NMIs' },
  { key: 'activatePreemptionTimer', word: 'pin', bit: 6, name: 'Activate VMX-preemption timer' },
  { key: 'processPostedInterrupts', word: 'pin', bit: 7, name: 'Process posted interrupts', absent: NO_APIC },

  // Primary processor-based VM-execution controls
  { key: 'interruptWindowExiting', word: 'primary', bit: 2, name: 'Interrupt-window exiting' },
  { key: 'useTscOffsetting', word: 'primary', bit: 3, name: 'Use TSC offsetting' },
  { key: 'hltExiting', word: 'primary', bit: 7, name: 'HLT exiting' },
  { key: 'invlpgExiting', word: 'primary', bit: 9, name: 'INVLPG exiting' },
  { key: 'mwaitExiting', word: 'primary', bit: 10, name: 'MWAIT exiting' },
  { key: 'rdpmcExiting', word: 'primary', bit: 11, name: 'RDPMC exiting' },
  { key: 'rdtscExiting', word: 'primary', bit: 12, name: 'RDTSC exiting' },
  { key: 'cr3LoadExiting', word: 'primary', bit: 15, name: 'CR3-load exiting' },
  { key: 'cr3StoreExiting', word: 'primary', bit: 16, name: 'CR3-store exiting' },
  {
    key: 'activateTertiaryControls',
    word: 'primary',
    bit: 17,
    name: 'Activate tertiary controls',
    absent: 'no tertiary control exists here',
  },
  { key: 'cr8LoadExiting', word: 'primary', bit: 19, name: 'CR8-load exiting', absent: NO_INTEL64 },
  { key: 'cr8StoreExiting', word: 'primary', bit: 20, name: 'CR8-store exiting', absent: NO_INTEL64 },
  { key: 'useTprShadow', word: 'primary', bit: 21, name: 'Use TPR shadow', absent: NO_APIC },
  { key: 'nmiWindowExiting', word: 'primary', bit: 22, name: 'NMI-window exiting' },
  { key: 'movDrExiting', word: 'primary', bit: 23, name: 'MOV-DR exiting' },
  { key: 'unconditionalIoExiting', word: 'primary', bit: 24, name: 'Unconditional I/O exiting' },
  { key: 'useIoBitmaps', word: 'primary', bit: 25, name: 'Use I/O bitmaps' },
  { key: 'monitorTrapFlag', word: 'primary', bit: 27, name: 'Monitor trap flag' },
  { key: 'useMsrBitmaps', word: 'primary', bit: 28, name: 'Use MSR bitmaps' },
  { key: 'monitorExiting', word: 'primary', bit: 29, name: 'MONITOR exiting' },
  { key: 'pauseExiting', word: 'primary', bit: 30, name: 'PAUSE exiting' },
  { key: 'activateSecondaryControls', word: 'primary', bit: 31, name: 'Activate secondary controls' },

  // Secondary processor-based VM-execution controls
  { key: 'virtualizeApicAccesses', word: 'secondary', bit: 0, name: 'Virtualize APIC accesses', absent: NO_APIC },
  { key: 'enableEpt', word: 'secondary', bit: 1, name: 'Enable EPT' },
  { key: 'descriptorTableExiting', word: 'secondary', bit: 2, name: 'Descriptor-table exiting' },
  { key: 'enableRdtscp', word: 'secondary', bit: 3, name: 'Enable RDTSCP', absent: 'the CPU has no RDTSCP' },
  { key: 'virtualizeX2apicMode', word: 'secondary', bit: 4, name: 'Virtualize x2APIC mode', absent: NO_APIC },
  { key: 'enableVpid', word: 'secondary', bit: 5, name: 'Enable VPID' },
  { key: 'wbinvdExiting', word: 'secondary', bit: 6, name: 'WBINVD exiting' },
  { key: 'unrestrictedGuest', word: 'secondary', bit: 7, name: 'Unrestricted guest' },
  { key: 'apicRegisterVirtualization', word: 'secondary', bit: 8, name: 'APIC-register virtualization', absent: NO_APIC },
  { key: 'virtualInterruptDelivery', word: 'secondary', bit: 9, name: 'Virtual-interrupt delivery', absent: NO_APIC },
  {
    key: 'pauseLoopExiting',
    word: 'secondary',
    bit: 10,
    name: 'PAUSE-loop exiting',
    absent: 'its windows are counted in cycles, which this CPU has not',
  },
  { key: 'rdrandExiting', word: 'secondary', bit: 11, name: 'RDRAND exiting', absent: 'the CPU has no RDRAND' },
  { key: 'enableInvpcid', word: 'secondary', bit: 12, name: 'Enable INVPCID', absent: 'the CPU has no PCIDs' },
  { key: 'enableVmFunctions', word: 'secondary', bit: 13, name: 'Enable VM functions', absent: 'no VM function exists here' },
  { key: 'vmcsShadowing', word: 'secondary', bit: 14, name: 'VMCS shadowing', absent: 'VMCS shadowing is not built' },

  // VM-exit controls
  { key: 'saveDebugControls', word: 'exit', bit: 2, name: 'Save debug controls' },
  { key: 'hostAddressSpaceSize', word: 'exit', bit: 9, name: 'Host address-space size', absent: NO_INTEL64 },
  { key: 'exitLoadPerfGlobalCtrl', word: 'exit', bit: 12, name: 'Load IA32_PERF_GLOBAL_CTRL', absent: NO_PERF },
  { key: 'acknowledgeInterruptOnExit', word: 'exit', bit: 15, name: 'Acknowledge interrupt on exit' },
  { key: 'savePat', word: 'exit', bit: 18, name: 'Save IA32_PAT' },
  { key: 'exitLoadPat', word: 'exit', bit: 19, name: 'Load IA32_PAT' },
  { key: 'saveEfer', word: 'exit', bit: 20, name: 'Save IA32_EFER', absent: NO_INTEL64 },
  { key: 'exitLoadEfer', word: 'exit', bit: 21, name: 'Load IA32_EFER', absent: NO_INTEL64 },
  { key: 'savePreemptionTimer', word: 'exit', bit: 22, name: 'Save VMX-preemption timer value' },

  // VM-entry controls
  { key: 'loadDebugControls', word: 'entry', bit: 2, name: 'Load debug controls' },
  { key: 'ia32eModeGuest', word: 'entry', bit: 9, name: 'IA-32e mode guest', absent: NO_INTEL64 },
  { key: 'entryToSmm', word: 'entry', bit: 10, name: 'Entry to SMM', absent: NO_SMM },
  { key: 'deactivateDualMonitor', word: 'entry', bit: 11, name: 'Deactivate dual-monitor treatment', absent: NO_SMM },
  { key: 'entryLoadPerfGlobalCtrl', word: 'entry', bit: 13, name: 'Load IA32_PERF_GLOBAL_CTRL', absent: NO_PERF },
  { key: 'entryLoadPat', word: 'entry', bit: 14, name: 'Load IA32_PAT' },
  { key: 'entryLoadEfer', word: 'entry', bit: 15, name: 'Load IA32_EFER', absent: NO_INTEL64 },
] as const satisfies readonly Control[];

export type ControlKey = (typeof CONTROLS)[number]['key'];

/** The bit of each control, as a mask in its word: `CONTROL.hltExiting` is 0x80. */
export const CONTROL = Object.fromEntries(CONTROLS.map((c) => [c.key, (1 << c.bit) | 0])) as Readonly<Record<ControlKey, number>>;

export const CONTROL_BY_KEY = Object.fromEntries(CONTROLS.map((c) => [c.key, c])) as unknown as Readonly<Record<ControlKey, Control>>;

/** Bits that must be 1 for software that does not look at the TRUE capability MSRs, and those that must be 1 in any case.
 *  SDM vol. 3, appendix A "Default Settings for VMX Controls". */
export const DEFAULT1: Readonly<Record<ControlWord, { readonly plain: number; readonly always: number }>> = {
  pin: { plain: 0x00000016, always: 0x00000016 },
  primary: { plain: 0x0401e172, always: 0x04006172 },
  secondary: { plain: 0, always: 0 },
  exit: { plain: 0x00036dff, always: 0x00036dfb },
  entry: { plain: 0x000011ff, always: 0x000011fb },
};

/** Bits of `word` that may be 1. */
export function allowed1(word: ControlWord): number {
  const controls: readonly Control[] = CONTROLS;
  return (
    controls.filter((c) => c.word === word && c.absent === undefined).reduce((mask, c) => mask | (1 << c.bit), DEFAULT1[word].plain) | 0
  );
}
