/** The fields of the VMCS. SDM vol. 3, appendix B "Field Encoding in VMCS".
 *
 *    31           15 14 13 12 11 10 9                1  0
 *   |   reserved 0  | width| 0| type |      index     |A |     A: 1 = the upper half of a 64-bit field
 *
 *  width 0 = 16 bits, 1 = 64, 2 = 32, 3 = natural (32 here); type 0 = control, 1 = read-only data, 2 = guest state, 3 = host state.
 *
 *  The VMCS region is 4 KiB of guest memory. Where a field stands in it is ours to choose, as it is every processor's:
 *    0x000 revision identifier, 0x004 VMX-abort indicator, 0x008 launch state (0 clear, 1 launched),
 *    0x100 + 0x80 * (4 * width + type) + index * bytes: the field. */
import type { ControlKey } from './vmx-controls.ts';

export type VmcsWidth = 16 | 32 | 64 | 'natural';
export type VmcsFieldType = 'control' | 'read-only' | 'guest' | 'host';

export interface VmcsField {
  readonly key: string;
  readonly encoding: number;
  /** As in the SDM. */
  readonly name: string;
  /** The field exists only where this control may be 1; it matters only while the control is 1. */
  readonly needs?: ControlKey;
}

export const VMCS_FIELDS = [
  // 16-bit control field
  { key: 'vpid', encoding: 0x0000, name: 'Virtual-processor identifier (VPID)', needs: 'enableVpid' },
  // 16-bit guest-state fields
  { key: 'guestEsSelector', encoding: 0x0800, name: 'Guest ES selector' },
  { key: 'guestCsSelector', encoding: 0x0802, name: 'Guest CS selector' },
  { key: 'guestSsSelector', encoding: 0x0804, name: 'Guest SS selector' },
  { key: 'guestDsSelector', encoding: 0x0806, name: 'Guest DS selector' },
  { key: 'guestFsSelector', encoding: 0x0808, name: 'Guest FS selector' },
  { key: 'guestGsSelector', encoding: 0x080a, name: 'Guest GS selector' },
  { key: 'guestLdtrSelector', encoding: 0x080c, name: 'Guest LDTR selector' },
  { key: 'guestTrSelector', encoding: 0x080e, name: 'Guest TR selector' },
  // 16-bit host-state fields
  { key: 'hostEsSelector', encoding: 0x0c00, name: 'Host ES selector' },
  { key: 'hostCsSelector', encoding: 0x0c02, name: 'Host CS selector' },
  { key: 'hostSsSelector', encoding: 0x0c04, name: 'Host SS selector' },
  { key: 'hostDsSelector', encoding: 0x0c06, name: 'Host DS selector' },
  { key: 'hostFsSelector', encoding: 0x0c08, name: 'Host FS selector' },
  { key: 'hostGsSelector', encoding: 0x0c0a, name: 'Host GS selector' },
  { key: 'hostTrSelector', encoding: 0x0c0c, name: 'Host TR selector' },
  // 64-bit control fields
  { key: 'ioBitmapA', encoding: 0x2000, name: 'Address of I/O bitmap A', needs: 'useIoBitmaps' },
  { key: 'ioBitmapB', encoding: 0x2002, name: 'Address of I/O bitmap B', needs: 'useIoBitmaps' },
  { key: 'msrBitmap', encoding: 0x2004, name: 'Address of MSR bitmaps', needs: 'useMsrBitmaps' },
  { key: 'exitMsrStoreAddress', encoding: 0x2006, name: 'VM-exit MSR-store address' },
  { key: 'exitMsrLoadAddress', encoding: 0x2008, name: 'VM-exit MSR-load address' },
  { key: 'entryMsrLoadAddress', encoding: 0x200a, name: 'VM-entry MSR-load address' },
  { key: 'executiveVmcsPointer', encoding: 0x200c, name: 'Executive-VMCS pointer' },
  { key: 'tscOffset', encoding: 0x2010, name: 'TSC offset', needs: 'useTscOffsetting' },
  { key: 'eptPointer', encoding: 0x201a, name: 'EPT pointer (EPTP)', needs: 'enableEpt' },
  // 64-bit read-only data field
  { key: 'guestPhysicalAddress', encoding: 0x2400, name: 'Guest-physical address', needs: 'enableEpt' },
  // 64-bit guest-state fields
  { key: 'vmcsLinkPointer', encoding: 0x2800, name: 'VMCS link pointer' },
  { key: 'guestDebugctl', encoding: 0x2802, name: 'Guest IA32_DEBUGCTL' },
  { key: 'guestPat', encoding: 0x2804, name: 'Guest IA32_PAT', needs: 'entryLoadPat' },
  { key: 'guestPdpte0', encoding: 0x280a, name: 'Guest PDPTE0', needs: 'enableEpt' },
  { key: 'guestPdpte1', encoding: 0x280c, name: 'Guest PDPTE1', needs: 'enableEpt' },
  { key: 'guestPdpte2', encoding: 0x280e, name: 'Guest PDPTE2', needs: 'enableEpt' },
  { key: 'guestPdpte3', encoding: 0x2810, name: 'Guest PDPTE3', needs: 'enableEpt' },
  // 64-bit host-state field
  { key: 'hostPat', encoding: 0x2c00, name: 'Host IA32_PAT', needs: 'exitLoadPat' },
  // 32-bit control fields
  { key: 'pinBasedControls', encoding: 0x4000, name: 'Pin-based VM-execution controls' },
  { key: 'primaryControls', encoding: 0x4002, name: 'Primary processor-based VM-execution controls' },
  { key: 'exceptionBitmap', encoding: 0x4004, name: 'Exception bitmap' },
  { key: 'pageFaultMask', encoding: 0x4006, name: 'Page-fault error-code mask' },
  { key: 'pageFaultMatch', encoding: 0x4008, name: 'Page-fault error-code match' },
  { key: 'cr3TargetCount', encoding: 0x400a, name: 'CR3-target count' },
  { key: 'exitControls', encoding: 0x400c, name: 'VM-exit controls' },
  { key: 'exitMsrStoreCount', encoding: 0x400e, name: 'VM-exit MSR-store count' },
  { key: 'exitMsrLoadCount', encoding: 0x4010, name: 'VM-exit MSR-load count' },
  { key: 'entryControls', encoding: 0x4012, name: 'VM-entry controls' },
  { key: 'entryMsrLoadCount', encoding: 0x4014, name: 'VM-entry MSR-load count' },
  { key: 'entryInterruptionInfo', encoding: 0x4016, name: 'VM-entry interruption-information field' },
  { key: 'entryExceptionErrorCode', encoding: 0x4018, name: 'VM-entry exception error code' },
  { key: 'entryInstructionLength', encoding: 0x401a, name: 'VM-entry instruction length' },
  {
    key: 'secondaryControls',
    encoding: 0x401e,
    name: 'Secondary processor-based VM-execution controls',
    needs: 'activateSecondaryControls',
  },
  // 32-bit read-only data fields
  { key: 'vmInstructionError', encoding: 0x4400, name: 'VM-instruction error' },
  { key: 'exitReason', encoding: 0x4402, name: 'Exit reason' },
  { key: 'exitInterruptionInfo', encoding: 0x4404, name: 'VM-exit interruption information' },
  { key: 'exitInterruptionErrorCode', encoding: 0x4406, name: 'VM-exit interruption error code' },
  { key: 'idtVectoringInfo', encoding: 0x4408, name: 'IDT-vectoring information field' },
  { key: 'idtVectoringErrorCode', encoding: 0x440a, name: 'IDT-vectoring error code' },
  { key: 'exitInstructionLength', encoding: 0x440c, name: 'VM-exit instruction length' },
  { key: 'exitInstructionInfo', encoding: 0x440e, name: 'VM-exit instruction information' },
  // 32-bit guest-state fields
  { key: 'guestEsLimit', encoding: 0x4800, name: 'Guest ES limit' },
  { key: 'guestCsLimit', encoding: 0x4802, name: 'Guest CS limit' },
  { key: 'guestSsLimit', encoding: 0x4804, name: 'Guest SS limit' },
  { key: 'guestDsLimit', encoding: 0x4806, name: 'Guest DS limit' },
  { key: 'guestFsLimit', encoding: 0x4808, name: 'Guest FS limit' },
  { key: 'guestGsLimit', encoding: 0x480a, name: 'Guest GS limit' },
  { key: 'guestLdtrLimit', encoding: 0x480c, name: 'Guest LDTR limit' },
  { key: 'guestTrLimit', encoding: 0x480e, name: 'Guest TR limit' },
  { key: 'guestGdtrLimit', encoding: 0x4810, name: 'Guest GDTR limit' },
  { key: 'guestIdtrLimit', encoding: 0x4812, name: 'Guest IDTR limit' },
  { key: 'guestEsRights', encoding: 0x4814, name: 'Guest ES access rights' },
  { key: 'guestCsRights', encoding: 0x4816, name: 'Guest CS access rights' },
  { key: 'guestSsRights', encoding: 0x4818, name: 'Guest SS access rights' },
  { key: 'guestDsRights', encoding: 0x481a, name: 'Guest DS access rights' },
  { key: 'guestFsRights', encoding: 0x481c, name: 'Guest FS access rights' },
  { key: 'guestGsRights', encoding: 0x481e, name: 'Guest GS access rights' },
  { key: 'guestLdtrRights', encoding: 0x4820, name: 'Guest LDTR access rights' },
  { key: 'guestTrRights', encoding: 0x4822, name: 'Guest TR access rights' },
  { key: 'guestInterruptibility', encoding: 0x4824, name: 'Guest interruptibility state' },
  { key: 'guestActivity', encoding: 0x4826, name: 'Guest activity state' },
  { key: 'guestSmbase', encoding: 0x4828, name: 'Guest SMBASE' },
  { key: 'guestSysenterCs', encoding: 0x482a, name: 'Guest IA32_SYSENTER_CS' },
  { key: 'preemptionTimer', encoding: 0x482e, name: 'VMX-preemption timer value', needs: 'activatePreemptionTimer' },
  // 32-bit host-state field
  { key: 'hostSysenterCs', encoding: 0x4c00, name: 'Host IA32_SYSENTER_CS' },
  // Natural-width control fields
  { key: 'cr0Mask', encoding: 0x6000, name: 'CR0 guest/host mask' },
  { key: 'cr4Mask', encoding: 0x6002, name: 'CR4 guest/host mask' },
  { key: 'cr0ReadShadow', encoding: 0x6004, name: 'CR0 read shadow' },
  { key: 'cr4ReadShadow', encoding: 0x6006, name: 'CR4 read shadow' },
  { key: 'cr3Target0', encoding: 0x6008, name: 'CR3-target value 0' },
  { key: 'cr3Target1', encoding: 0x600a, name: 'CR3-target value 1' },
  { key: 'cr3Target2', encoding: 0x600c, name: 'CR3-target value 2' },
  { key: 'cr3Target3', encoding: 0x600e, name: 'CR3-target value 3' },
  // Natural-width read-only data fields
  { key: 'exitQualification', encoding: 0x6400, name: 'Exit qualification' },
  { key: 'ioRcx', encoding: 0x6402, name: 'I/O RCX' },
  { key: 'ioRsi', encoding: 0x6404, name: 'I/O RSI' },
  { key: 'ioRdi', encoding: 0x6406, name: 'I/O RDI' },
  { key: 'ioRip', encoding: 0x6408, name: 'I/O RIP' },
  { key: 'guestLinearAddress', encoding: 0x640a, name: 'Guest-linear address' },
  // Natural-width guest-state fields
  { key: 'guestCr0', encoding: 0x6800, name: 'Guest CR0' },
  { key: 'guestCr3', encoding: 0x6802, name: 'Guest CR3' },
  { key: 'guestCr4', encoding: 0x6804, name: 'Guest CR4' },
  { key: 'guestEsBase', encoding: 0x6806, name: 'Guest ES base' },
  { key: 'guestCsBase', encoding: 0x6808, name: 'Guest CS base' },
  { key: 'guestSsBase', encoding: 0x680a, name: 'Guest SS base' },
  { key: 'guestDsBase', encoding: 0x680c, name: 'Guest DS base' },
  { key: 'guestFsBase', encoding: 0x680e, name: 'Guest FS base' },
  { key: 'guestGsBase', encoding: 0x6810, name: 'Guest GS base' },
  { key: 'guestLdtrBase', encoding: 0x6812, name: 'Guest LDTR base' },
  { key: 'guestTrBase', encoding: 0x6814, name: 'Guest TR base' },
  { key: 'guestGdtrBase', encoding: 0x6816, name: 'Guest GDTR base' },
  { key: 'guestIdtrBase', encoding: 0x6818, name: 'Guest IDTR base' },
  { key: 'guestDr7', encoding: 0x681a, name: 'Guest DR7' },
  { key: 'guestRsp', encoding: 0x681c, name: 'Guest RSP' },
  { key: 'guestRip', encoding: 0x681e, name: 'Guest RIP' },
  { key: 'guestRflags', encoding: 0x6820, name: 'Guest RFLAGS' },
  { key: 'guestPendingDebug', encoding: 0x6822, name: 'Guest pending debug exceptions' },
  { key: 'guestSysenterEsp', encoding: 0x6824, name: 'Guest IA32_SYSENTER_ESP' },
  { key: 'guestSysenterEip', encoding: 0x6826, name: 'Guest IA32_SYSENTER_EIP' },
  // Natural-width host-state fields
  { key: 'hostCr0', encoding: 0x6c00, name: 'Host CR0' },
  { key: 'hostCr3', encoding: 0x6c02, name: 'Host CR3' },
  { key: 'hostCr4', encoding: 0x6c04, name: 'Host CR4' },
  { key: 'hostFsBase', encoding: 0x6c06, name: 'Host FS base' },
  { key: 'hostGsBase', encoding: 0x6c08, name: 'Host GS base' },
  { key: 'hostTrBase', encoding: 0x6c0a, name: 'Host TR base' },
  { key: 'hostGdtrBase', encoding: 0x6c0c, name: 'Host GDTR base' },
  { key: 'hostIdtrBase', encoding: 0x6c0e, name: 'Host IDTR base' },
  { key: 'hostSysenterEsp', encoding: 0x6c10, name: 'Host IA32_SYSENTER_ESP' },
  { key: 'hostSysenterEip', encoding: 0x6c12, name: 'Host IA32_SYSENTER_EIP' },
  { key: 'hostRsp', encoding: 0x6c14, name: 'Host RSP' },
  { key: 'hostRip', encoding: 0x6c16, name: 'Host RIP' },
] as const satisfies readonly VmcsField[];

export type VmcsFieldKey = (typeof VMCS_FIELDS)[number]['key'];

/** Encoding of each field by its key. */
export const FIELD = Object.fromEntries(VMCS_FIELDS.map((f) => [f.key, f.encoding])) as Readonly<Record<VmcsFieldKey, number>>;

const BY_ENCODING: ReadonlyMap<number, VmcsField> = new Map(VMCS_FIELDS.map((f) => [f.encoding, f]));

/** The field of a full encoding, or of the upper half of a 64-bit one; null: no such component. */
export function vmcsField(encoding: number): VmcsField | null {
  const field = BY_ENCODING.get(encoding & ~1) ?? null;
  return field === null || (encoding & 1) === 0 || fieldWidth(encoding) === 64 ? field : null;
}

export function fieldWidth(encoding: number): VmcsWidth {
  return ([16, 64, 32, 'natural'] as const)[(encoding >>> 13) & 3];
}

export function fieldType(encoding: number): VmcsFieldType {
  return (['control', 'read-only', 'guest', 'host'] as const)[(encoding >>> 10) & 3];
}

const BYTES = [2, 8, 4, 4] as const;

/** Byte offset of a field (or of the upper half of a 64-bit one) in the VMCS region. A pure function of the encoding. */
export function fieldOffset(encoding: number): number {
  const width = (encoding >>> 13) & 3;
  const type = (encoding >>> 10) & 3;
  return 0x100 + 0x80 * (4 * width + type) + ((encoding >>> 1) & 0x1ff) * BYTES[width] + (encoding & 1) * 4;
}

export const REGION_SIZE = 4096;
export const REVISION_OFFSET = 0;
export const ABORT_OFFSET = 4;
export const LAUNCH_STATE_OFFSET = 8;
/** Launch states. SDM vol. 3, "Launch State" of "VMCS". Anything else in the word is neither. */
export const CLEAR = 0;
export const LAUNCHED = 1;

/** Highest index of any field, as IA32_VMX_VMCS_ENUM reports it in bits 9:1. */
export const HIGHEST_INDEX = Math.max(...VMCS_FIELDS.map((f) => (f.encoding >>> 1) & 0x1ff));
