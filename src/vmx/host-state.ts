/** The host-state area, loaded at a VM exit and after a VM entry that failed on guest state or MSRs. No descriptor is read: the hidden parts are fixed.
 *  SDM vol. 3, "Loading Host State". */
import * as w from '../arch/cpu-state.ts';
import { RIGHTS_UNUSABLE } from '../arch/descriptors.ts';
import { EFLAGS_FIXED } from '../arch/eflags.ts';
import { DR7_FIXED } from '../arch/registers.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import type { Cpu } from '../cpu/cpu.ts';
import { EXIT_CONTROLS } from './controls.ts';
import { mergeCr0 } from './guest-state.ts';
import type { Vmcs } from './vmcs.ts';

/** Flat 4-GiB segments at DPL 0: accessed execute/read code; accessed read/write data; and a busy 32-bit TSS. In VMCS format. */
const CODE_RIGHTS = 0xc09b;
const DATA_RIGHTS = 0xc093;
const TSS_RIGHTS = 0x8b;
const TSS_LIMIT = 0x67;
const TABLE_LIMIT = 0xffff;

/** Registers loaded as they stand, as field and word of the CPU. */
const REGISTERS: readonly (readonly [field: number, word: number])[] = [
  [FIELD.hostCr3, w.CR3],
  [FIELD.hostCr4, w.CR4],
  [FIELD.hostSysenterCs, w.SYSENTER_CS],
  [FIELD.hostSysenterEsp, w.SYSENTER_ESP],
  [FIELD.hostSysenterEip, w.SYSENTER_EIP],
  [FIELD.hostGdtrBase, w.GDTR_BASE],
  [FIELD.hostIdtrBase, w.IDTR_BASE],
  [FIELD.hostRsp, w.ESP],
  [FIELD.hostRip, w.EIP],
];

/** ES SS DS FS GS: number, and the field of the base where there is one. */
const DATA_SEGMENTS: readonly (readonly [number: number, base: number | null])[] = [
  [0, null],
  [2, null],
  [3, null],
  [4, FIELD.hostFsBase],
  [5, FIELD.hostGsBase],
];

/** Loads the host state. The caller sets the translation context and tells the CPU that its words changed. `blocksNmi`: NMIs are blocked afterwards. */
export function loadHostState(cpu: Cpu, vmcs: Vmcs, controls: Int32Array, blocksNmi: boolean): void {
  const words = cpu.words;
  // Loading Host Control Registers, Debug Registers, MSRs
  words[w.CR0] = mergeCr0(words[w.CR0], vmcs.get(FIELD.hostCr0));
  words[w.DR7] = DR7_FIXED;
  words[w.DEBUGCTL] = 0;
  if (controls[EXIT_CONTROLS] & CONTROL.exitLoadPat) {
    words[w.PAT_LO] = vmcs.get(FIELD.hostPat);
    words[w.PAT_HI] = vmcs.get(FIELD.hostPat + 1);
  }
  // Loading Host Segment and Descriptor-Table Registers
  loadSegments(words, vmcs);
  words[w.GDTR_LIMIT] = TABLE_LIMIT;
  words[w.IDTR_LIMIT] = TABLE_LIMIT;
  // Loading Host RIP, RSP, RFLAGS, and SSP
  for (const [field, word] of REGISTERS) words[word] = vmcs.get(field);
  cpu.setEflags(EFLAGS_FIXED);
  // Updating Non-Register State
  words[w.CPL] = 0;
  words[w.ACTIVITY] = 0;
  words[w.INTERRUPTIBILITY] = blocksNmi ? 8 : 0;
  words[w.PENDING_DEBUG] = 0;
}

function loadSegments(words: Int32Array, vmcs: Vmcs): void {
  setSegment(words, w.CS, { selector: vmcs.get(FIELD.hostCsSelector), base: 0, rights: CODE_RIGHTS });
  for (const [n, baseField] of DATA_SEGMENTS) {
    const selector = vmcs.get(FIELD.hostEsSelector + 2 * n);
    const base = baseField === null ? 0 : vmcs.get(baseField);
    setSegment(words, w.ES + 4 * n, { selector, base, rights: selector === 0 ? RIGHTS_UNUSABLE : DATA_RIGHTS });
  }
  setSegment(words, w.LDTR, { selector: 0, base: 0, rights: RIGHTS_UNUSABLE });
  setSegment(words, w.TR, { selector: vmcs.get(FIELD.hostTrSelector), base: vmcs.get(FIELD.hostTrBase), rights: TSS_RIGHTS });
  words[w.TR + w.LIMIT] = TSS_LIMIT;
}

interface HostSegment {
  readonly selector: number;
  readonly base: number;
  readonly rights: number;
}

function setSegment(words: Int32Array, at: number, { selector, base, rights }: HostSegment): void {
  words[at + w.SELECTOR] = selector;
  words[at + w.BASE] = base;
  words[at + w.LIMIT] = -1;
  words[at + w.RIGHTS] = rights;
}
