/** The guest-state area: saved at a VM exit, loaded at a VM entry. SDM vol. 3, "Saving Guest State", "Loading Guest State". */
import * as w from '../arch/cpu-state.ts';
import { RIGHTS_DPL_SHIFT } from '../arch/descriptors.ts';
import { DR7_FIXED, DR7_WRITABLE } from '../arch/registers.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import type { Cpu } from '../cpu/cpu.ts';
import { ENTRY_CONTROLS, EXIT_CONTROLS } from './controls.ts';
import type { Vmcs } from './vmcs.ts';

/** ES CS SS DS FS GS LDTR TR: the fields of segment n are those of ES plus 2 n, its words in the CPU those of ES plus 4 n. */
const SEGMENTS = 8;

/** CR0 bits that neither VM entry nor VM exit changes: ET, 15:6, 17, 28:19, NW, CD. */
const CR0_KEPT = 0x7ffaffd0;

/** CR0 with the bits of `field` that a VM entry or VM exit loads. */
export function mergeCr0(present: number, field: number): number {
  return (present & CR0_KEPT) | (field & ~CR0_KEPT);
}

/** 32-bit registers that always travel, as field and word of the CPU. */
const REGISTERS: readonly (readonly [field: number, word: number])[] = [
  [FIELD.guestCr3, w.CR3],
  [FIELD.guestCr4, w.CR4],
  [FIELD.guestSysenterCs, w.SYSENTER_CS],
  [FIELD.guestSysenterEsp, w.SYSENTER_ESP],
  [FIELD.guestSysenterEip, w.SYSENTER_EIP],
  [FIELD.guestGdtrBase, w.GDTR_BASE],
  [FIELD.guestGdtrLimit, w.GDTR_LIMIT],
  [FIELD.guestIdtrBase, w.IDTR_BASE],
  [FIELD.guestIdtrLimit, w.IDTR_LIMIT],
  [FIELD.guestRsp, w.ESP],
  [FIELD.guestRip, w.EIP],
  [FIELD.guestActivity, w.ACTIVITY],
  [FIELD.guestInterruptibility, w.INTERRUPTIBILITY],
];

/** Saves what every VM exit saves, by the VM-exit controls in force. `rflags` and `pendingDebug` depend on the exit: the caller knows. */
export function saveGuestState(cpu: Cpu, vmcs: Vmcs, controls: Int32Array, saved: { rflags: number; pendingDebug: number }): void {
  const words = cpu.words;
  // Saving Control Registers, Debug Registers, and MSRs
  vmcs.set(FIELD.guestCr0, words[w.CR0]);
  if (controls[EXIT_CONTROLS] & CONTROL.saveDebugControls) {
    vmcs.set(FIELD.guestDr7, words[w.DR7]);
    vmcs.set(FIELD.guestDebugctl, words[w.DEBUGCTL]);
    vmcs.set(FIELD.guestDebugctl + 1, 0);
  }
  if (controls[EXIT_CONTROLS] & CONTROL.savePat) {
    vmcs.set(FIELD.guestPat, words[w.PAT_LO]);
    vmcs.set(FIELD.guestPat + 1, words[w.PAT_HI]);
  }
  // Saving Segment Registers and Descriptor-Table Registers
  for (let n = 0; n < SEGMENTS; n++) {
    const at = w.ES + 4 * n;
    vmcs.set(FIELD.guestEsSelector + 2 * n, words[at + w.SELECTOR]);
    vmcs.set(FIELD.guestEsBase + 2 * n, words[at + w.BASE]);
    vmcs.set(FIELD.guestEsLimit + 2 * n, words[at + w.LIMIT]);
    vmcs.set(FIELD.guestEsRights + 2 * n, words[at + w.RIGHTS]);
  }
  // Saving RIP, RSP, RFLAGS, and SSP; Saving Non-Register State
  for (const [field, word] of REGISTERS) vmcs.set(field, words[word]);
  vmcs.set(FIELD.guestRflags, saved.rflags);
  vmcs.set(FIELD.guestPendingDebug, saved.pendingDebug);
}

/** Loads the guest-state area, all of it checked before. The caller sets the translation context and tells the CPU that its words changed. */
export function loadGuestState(cpu: Cpu, vmcs: Vmcs, controls: Int32Array): void {
  const words = cpu.words;
  // Loading Guest Control Registers, Debug Registers, and MSRs
  words[w.CR0] = mergeCr0(words[w.CR0], vmcs.get(FIELD.guestCr0));
  if (controls[ENTRY_CONTROLS] & CONTROL.loadDebugControls) {
    words[w.DR7] = (vmcs.get(FIELD.guestDr7) & DR7_WRITABLE) | DR7_FIXED;
    words[w.DEBUGCTL] = vmcs.get(FIELD.guestDebugctl);
  }
  if (controls[ENTRY_CONTROLS] & CONTROL.entryLoadPat) {
    words[w.PAT_LO] = vmcs.get(FIELD.guestPat);
    words[w.PAT_HI] = vmcs.get(FIELD.guestPat + 1);
  }
  // Loading Guest Segment Registers and Descriptor-Table Registers
  for (let n = 0; n < SEGMENTS; n++) {
    const at = w.ES + 4 * n;
    words[at + w.SELECTOR] = vmcs.get(FIELD.guestEsSelector + 2 * n);
    words[at + w.BASE] = vmcs.get(FIELD.guestEsBase + 2 * n);
    words[at + w.LIMIT] = vmcs.get(FIELD.guestEsLimit + 2 * n);
    words[at + w.RIGHTS] = vmcs.get(FIELD.guestEsRights + 2 * n);
  }
  words[w.CPL] = (words[w.SS + w.RIGHTS] >>> RIGHTS_DPL_SHIFT) & 3;
  // Loading Guest RIP, RSP, RFLAGS, and SSP; Updating Non-Register State
  for (const [field, word] of REGISTERS) words[word] = vmcs.get(field);
  cpu.setEflags(vmcs.get(FIELD.guestRflags));
  words[w.PENDING_DEBUG] = vmcs.get(FIELD.guestPendingDebug);
}
