/** What a VMX instruction leaves in the VM-instruction error field after VMfailValid. SDM vol. 3, "VM Instruction Error Numbers". */
export interface VmError {
  readonly number: number;
  readonly meaning: string;
}

export const VM_ERRORS = [
  { number: 1, meaning: 'VMCALL executed in VMX root operation' },
  { number: 2, meaning: 'VMCLEAR with invalid physical address' },
  { number: 3, meaning: 'VMCLEAR with VMXON pointer' },
  { number: 4, meaning: 'VMLAUNCH with non-clear VMCS' },
  { number: 5, meaning: 'VMRESUME with non-launched VMCS' },
  { number: 6, meaning: 'VMRESUME after VMXOFF' },
  { number: 7, meaning: 'VM entry with invalid control field(s)' },
  { number: 8, meaning: 'VM entry with invalid host-state field(s)' },
  { number: 9, meaning: 'VMPTRLD with invalid physical address' },
  { number: 10, meaning: 'VMPTRLD with VMXON pointer' },
  { number: 11, meaning: 'VMPTRLD with incorrect VMCS revision identifier' },
  { number: 12, meaning: 'VMREAD/VMWRITE from/to unsupported VMCS component' },
  { number: 13, meaning: 'VMWRITE to read-only VMCS component' },
  { number: 15, meaning: 'VMXON executed in VMX root operation' },
  { number: 16, meaning: 'VM entry with invalid executive-VMCS pointer' },
  { number: 17, meaning: 'VM entry with non-launched executive VMCS' },
  { number: 18, meaning: 'VM entry with executive-VMCS pointer not VMXON pointer' },
  { number: 19, meaning: 'VMCALL with non-clear VMCS' },
  { number: 20, meaning: 'VMCALL with invalid VM-exit control fields' },
  { number: 22, meaning: 'VMCALL with incorrect MSEG revision identifier' },
  { number: 23, meaning: 'VMXOFF under dual-monitor treatment of SMIs and SMM' },
  { number: 24, meaning: 'VMCALL with invalid SMM-monitor features' },
  { number: 25, meaning: 'VM entry with invalid VM-execution control fields in executive VMCS' },
  { number: 26, meaning: 'VM entry with events blocked by MOV SS' },
  { number: 28, meaning: 'Invalid operand to INVEPT/INVVPID' },
] as const satisfies readonly VmError[];

/** Meaning of a VM-instruction error, or a sentence that there is none. */
export function vmErrorMeaning(number: number): string {
  return VM_ERRORS.find((e) => e.number === number)?.meaning ?? 'no such VM-instruction error';
}

/** VMX aborts: the word stored at offset 4 of the VMCS region before the processor shuts down. SDM vol. 3, "VMX Aborts". */
export const VMX_ABORTS = [
  { number: 1, key: 'saveGuestMsrs', meaning: 'There was a failure in saving guest MSRs' },
  { number: 2, key: 'hostPdptes', meaning: 'Host checking of the page-directory-pointer-table entries failed' },
  { number: 3, key: 'corruptVmcs', meaning: 'The current VMCS has been corrupted so that the VM exit could not complete' },
  { number: 4, key: 'loadHostMsrs', meaning: 'There was a failure on loading host MSRs' },
  { number: 5, key: 'machineCheck', meaning: 'There was a machine-check event during VM exit' },
  {
    number: 6,
    key: 'addressSpaceSize',
    meaning: 'The logical processor was in IA-32e mode before the VM exit and host address-space size was 0',
  },
] as const;
