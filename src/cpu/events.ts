/** Events at an instruction boundary, in the order of SDM vol. 3, "Priority Among Concurrent Events"; where VMX puts its own among them, "VM Exits Caused by
 *  the VMX-Preemption Timer", "Monitor Trap Flag", "NMI-Window Exiting", "Interrupt-Window Exiting". */
import { ACTIVITY, EFLAGS, INTERRUPTIBILITY, NON_ROOT, PENDING_DEBUG, PENDING_NMI, VMX_ON } from '../arch/cpu-state.ts';
import { EFLAGS_IF } from '../arch/eflags.ts';
import { NMI_VECTOR } from '../arch/exceptions.ts';
import { DR6_B, DR6_BS, DR6_BT } from '../arch/registers.ts';
import type { Cpu } from './cpu.ts';
import { takeDebugTrap } from './exceptions.ts';
import { deliver } from './interrupts.ts';
import { EXTERNAL, NMI, type VmxPort } from './ports.ts';

// Bits of PENDING_NMI.
const PENDING = 1;
const INIT = 2;
// Bits of INTERRUPTIBILITY.
const STI = 1;
const MOV_SS = 2;
const NMI_BLOCKING = 8;
/** Pending debug exceptions: an enabled breakpoint was met. */
const ENABLED_BREAKPOINT = 1 << 12;
// Activity states.
const SHUTDOWN = 2;
const WAIT_FOR_SIPI = 3;

/** Takes the first event that is due; false if there is none. Throws what a VM exit or a delivery throws. */
export function takeEvents(cpu: Cpu): boolean {
  const w = cpu.words;
  const vmx = w[NON_ROOT] !== 0 ? cpu.vmx : null;
  // 1. External hardware interventions: INIT, which VMX root operation blocks.
  if (w[PENDING_NMI] & INIT && takeInit(cpu, vmx)) return true;
  if (w[ACTIVITY] >= SHUTDOWN) return vmx !== null && w[ACTIVITY] === SHUTDOWN && takeInShutdown(cpu, vmx);
  // 2. Monitor trap flag.
  if (vmx !== null && cpu.isMonitorTrapDue) {
    cpu.isMonitorTrapDue = false;
    vmx.monitorTrapExit();
  }
  // 3. Traps on the previous instruction.
  if (w[PENDING_DEBUG] !== 0 && (w[INTERRUPTIBILITY] & MOV_SS) === 0) {
    const pending = w[PENDING_DEBUG];
    w[PENDING_DEBUG] = 0;
    if (pending & (DR6_BS | DR6_BT | ENABLED_BREAKPOINT)) {
      takeDebugTrap(cpu, pending & (DR6_BS | DR6_BT | DR6_B));
      return true;
    }
  }
  // 4. The preemption timer, then NMIs.
  if (vmx !== null) {
    vmx.preemptionTimerExit();
    vmx.nmiWindowExit();
  }
  if (w[PENDING_NMI] & PENDING && takeNmi(cpu, vmx)) return true;
  // 5. External interrupts.
  if (vmx !== null) vmx.interruptWindowExit();
  return takeInterrupt(cpu, vmx);
}

/** A guest's shutdown state blocks all but the preemption timer and NMIs. SDM vol. 3, "Activity State" of "Special Features of VM Entry". */
function takeInShutdown(cpu: Cpu, vmx: VmxPort): boolean {
  vmx.preemptionTimerExit();
  vmx.nmiWindowExit();
  return (cpu.words[PENDING_NMI] & PENDING) !== 0 && takeNmi(cpu, vmx);
}

function takeInit(cpu: Cpu, vmx: VmxPort | null): boolean {
  const w = cpu.words;
  if (w[ACTIVITY] === WAIT_FOR_SIPI) return false;
  if (vmx !== null) {
    w[PENDING_NMI] &= ~INIT;
    vmx.initExit();
  }
  if (w[VMX_ON] !== 0) return false;
  w[PENDING_NMI] &= ~INIT;
  cpu.init();
  return true;
}

function takeNmi(cpu: Cpu, vmx: VmxPort | null): boolean {
  const w = cpu.words;
  if (w[INTERRUPTIBILITY] & (STI | MOV_SS)) return false;
  if (vmx?.nmiExiting === true) {
    // Without virtual NMIs the bit blocks NMIs; with them it blocks virtual ones alone.
    if (!vmx.virtualNmis && w[INTERRUPTIBILITY] & NMI_BLOCKING) return false;
    w[PENDING_NMI] &= ~PENDING;
    vmx.nmiExit();
    return true;
  }
  if (w[INTERRUPTIBILITY] & NMI_BLOCKING) return false;
  w[PENDING_NMI] &= ~PENDING;
  deliver(cpu, { valid: true, vector: NMI_VECTOR, type: NMI, hasErrorCode: false, errorCode: 0, length: 0 });
  return true;
}

function takeInterrupt(cpu: Cpu, vmx: VmxPort | null): boolean {
  const w = cpu.words;
  if (!cpu.interrupts.asserted || w[INTERRUPTIBILITY] & (STI | MOV_SS)) return false;
  if (vmx?.externalInterruptExiting === true) {
    vmx.externalInterruptExit(cpu.interrupts);
    return true;
  }
  if ((w[EFLAGS] & EFLAGS_IF) === 0) return false;
  const vector = cpu.interrupts.acknowledge();
  deliver(cpu, { valid: true, vector, type: EXTERNAL, hasErrorCode: false, errorCode: 0, length: 0 });
  return true;
}
