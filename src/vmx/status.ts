/** How VMX instructions tell their outcome: by the status flags. SDM vol. 3, "Conventions" of "VMX Instruction Reference". */
import { EFLAGS_CF, EFLAGS_STATUS, EFLAGS_ZF } from '../arch/eflags.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import type { Cpu } from '../cpu/cpu.ts';
import type { Vmcs } from './vmcs.ts';

/** All six flags 0. */
export function vmSucceed(cpu: Cpu): void {
  cpu.setEflags(cpu.eflags() & ~EFLAGS_STATUS);
}

/** CF = 1: there is no VMCS to put an error number into. */
export function vmFailInvalid(cpu: Cpu): void {
  cpu.setEflags((cpu.eflags() & ~EFLAGS_STATUS) | EFLAGS_CF);
}

/** VMfailValid with `error` if there is a current VMCS (ZF = 1), else VMfailInvalid. */
export function vmFail(cpu: Cpu, vmcs: Vmcs, error: number): void {
  if (!vmcs.isCurrent) {
    vmFailInvalid(cpu);
    return;
  }
  vmcs.set(FIELD.vmInstructionError, error);
  cpu.setEflags((cpu.eflags() & ~EFLAGS_STATUS) | EFLAGS_ZF);
}
