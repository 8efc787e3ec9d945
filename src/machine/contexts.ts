/** Translations of the worlds of a machine: of who runs, and of who does not. */
import * as cpu from '../arch/cpu-state.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import type { Cpu } from '../cpu/cpu.ts';
import type { PagingContext } from '../memory/walk.ts';
import type { Vmx } from '../vmx/vmx.ts';

/** The processor of a machine. */
export interface Processor {
  readonly cpu: Cpu;
  readonly vmx: Vmx;
}

/** Translation of the current VMCS's guest, null where there is none or it runs itself. */
export function guestContext({ cpu: { words }, vmx: { vmcs } }: Processor): PagingContext | null {
  if (words[cpu.VMX_ON] === 0 || words[cpu.NON_ROOT] !== 0 || !vmcs.isCurrent) return null;
  const hasSecondary = (vmcs.get(FIELD.primaryControls) & CONTROL.activateSecondaryControls) !== 0;
  const secondary = hasSecondary ? vmcs.get(FIELD.secondaryControls) : 0;
  return {
    cr0: vmcs.get(FIELD.guestCr0),
    cr3: vmcs.get(FIELD.guestCr3),
    cr4: vmcs.get(FIELD.guestCr4),
    isNested: (secondary & CONTROL.enableEpt) !== 0,
    eptpLow: vmcs.get(FIELD.eptPointer),
    eptpHigh: vmcs.get(FIELD.eptPointer + 1),
    vpid: (secondary & CONTROL.enableVpid) !== 0 ? vmcs.get(FIELD.vpid) : 0,
  };
}

/** Translation of the hypervisor under a running guest, null in root. */
export function hostContext({ cpu: { words }, vmx: { vmcs } }: Processor): PagingContext | null {
  if (words[cpu.NON_ROOT] === 0) return null;
  return {
    cr0: vmcs.get(FIELD.hostCr0),
    cr3: vmcs.get(FIELD.hostCr3),
    cr4: vmcs.get(FIELD.hostCr4),
    isNested: false,
    eptpLow: 0,
    eptpHigh: 0,
    vpid: 0,
  };
}
