/** CR0, CR3 and CR4: what may be written, what a write flushes. SDM vol. 2, "MOV-Move to/from Control Registers"; vol. 3, "Control Registers", "Operations
 *  that Invalidate TLBs and Paging-Structure Caches", "Restrictions on VMX Operation". */
import { CR0, CR3, CR4, NON_ROOT, VMX_ON } from '../arch/cpu-state.ts';
import { GP } from '../arch/exceptions.ts';
import { CR0_CD, CR0_DEFINED, CR0_ET, CR0_NW, CR0_PE, CR0_PG, CR4_DEFINED, CR4_PGE, CR4_PSE, CR4_VMXE } from '../arch/paging.ts';
import { raise } from '../memory/fault.ts';
import type { Cpu } from './cpu.ts';

// IA32_VMX_CR0_FIXED0, _FIXED1, IA32_VMX_CR4_FIXED0, _FIXED1.
const CR0_FIXED = 0x486;
const CR4_FIXED = 0x488;

/** Writes CR0; reserved bits are ignored. #GP(0) for PG without PE, NW without CD, and for what VMX operation does not allow. */
export function writeCr0(cpu: Cpu, value: number): void {
  const w = cpu.words;
  if (!mayBeCr0(cpu, value)) raise(GP);
  const next = (value & CR0_DEFINED) | CR0_ET;
  const changed = next ^ w[CR0];
  w[CR0] = next;
  if (changed & (CR0_PG | CR0_PE)) cpu.mmu.flushAll(true);
  applyControls(cpu);
}

/** Writes CR3: the directory, and the flush of all that is not global. */
export function writeCr3(cpu: Cpu, value: number): void {
  cpu.words[CR3] = value;
  cpu.mmu.flushAll(false);
  applyControls(cpu);
}

/** Writes CR4. #GP(0) for a bit this processor does not have, and for what VMX operation does not allow. */
export function writeCr4(cpu: Cpu, value: number): void {
  const w = cpu.words;
  if (!mayBeCr4(cpu, value)) raise(GP);
  const changed = value ^ w[CR4];
  w[CR4] = value;
  if (changed & (CR4_PGE | CR4_PSE)) cpu.mmu.flushAll(true);
  applyControls(cpu);
}

/** Whether CR0 may be written with `value` now. */
export function mayBeCr0(cpu: Cpu, value: number): boolean {
  const next = (value & CR0_DEFINED) | CR0_ET;
  if (next & CR0_PG && (next & CR0_PE) === 0) return false;
  if (next & CR0_NW && (next & CR0_CD) === 0) return false;
  // An unrestricted guest may switch protection and paging off.
  const free = cpu.words[NON_ROOT] !== 0 && cpu.vmx?.unrestrictedGuest === true ? CR0_PE | CR0_PG : 0;
  return isAsFixed(cpu, CR0_FIXED, next, free);
}

/** Whether CR4 may be written with `value` now. */
export function mayBeCr4(cpu: Cpu, value: number): boolean {
  const defined = cpu.vmx === null ? CR4_DEFINED & ~CR4_VMXE : CR4_DEFINED;
  return (value & ~defined) === 0 && isAsFixed(cpu, CR4_FIXED, value, 0);
}

/** In VMX operation bits that are 1 in FIXED0 must stay 1 and those that are 0 in FIXED1 must stay 0, `free` ones apart. */
function isAsFixed(cpu: Cpu, msr: number, value: number, free: number): boolean {
  if (cpu.words[VMX_ON] === 0 || cpu.vmx === null) return true;
  const [mustBe1] = cpu.vmx.capabilityMsr(msr) ?? [0, 0];
  const [mayBe1] = cpu.vmx.capabilityMsr(msr + 1) ?? [-1, 0];
  return (mustBe1 & ~value & ~free) === 0 && (value & ~mayBe1) === 0;
}

function applyControls(cpu: Cpu): void {
  const w = cpu.words;
  cpu.mmu.setPaging(w[CR0], w[CR3], w[CR4]);
  cpu.loadMirrors();
  cpu.deriveAlignment();
}
