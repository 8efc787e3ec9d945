/** A new virtual machine's VMCS: host state that leads to the stub, controls as the capability MSRs allow them, and the guest's state at power-on. */
import * as w from '../arch/cpu-state.ts';
import { GP } from '../arch/exceptions.ts';
import { IA32_PAT, IA32_SYSENTER_CS, IA32_SYSENTER_EIP, IA32_SYSENTER_ESP, IA32_TIME_STAMP_COUNTER } from '../arch/msrs.ts';
import { CR0_NE, CR4_VMXE } from '../arch/paging.ts';
import { RESET_STATE } from '../arch/registers.ts';
import type { VmcsFieldKey } from '../arch/vmcs-fields.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import { assert } from '../base/assert.ts';
import * as map from './host-map.ts';
import type { RootOperation } from './root-operation.ts';
import { SAVED_WORDS } from './vm-layout.ts';
import type { Vm } from './vm.ts';

const HOST_CR0 = 0x80000031 | 0;
const HOST_CR4 = 0x2010;
/** CD and NW travel with neither VM entry nor VM exit: the guest sees its own in the read shadow, and the processor keeps ours. */
const CR0_CACHE = 0x60000000;
/** Bits of CR0 and CR4 that are the hypervisor's: what VMX operation fixes, and what would not be switched. */
export const CR0_OWNED = CR0_NE | CR0_CACHE;
export const CR4_OWNED = CR4_VMXE;

const PRIMARY =
  CONTROL.useTscOffsetting |
  CONTROL.hltExiting |
  CONTROL.mwaitExiting |
  CONTROL.monitorExiting |
  CONTROL.rdpmcExiting |
  CONTROL.unconditionalIoExiting |
  CONTROL.useMsrBitmaps |
  CONTROL.activateSecondaryControls;
const SECONDARY = CONTROL.enableEpt | CONTROL.enableVpid | CONTROL.unrestrictedGuest;
const PIN = CONTROL.externalInterruptExiting | CONTROL.nmiExiting | CONTROL.activatePreemptionTimer;
const EXIT = CONTROL.saveDebugControls | CONTROL.acknowledgeInterruptOnExit | CONTROL.savePat | CONTROL.exitLoadPat;
const ENTRY = CONTROL.loadDebugControls | CONTROL.entryLoadPat;

/** TRUE capability MSRs by control field. */
const CAPABILITIES: readonly (readonly [field: VmcsFieldKey, msr: number, wanted: number])[] = [
  ['pinBasedControls', 0x48d, PIN],
  ['primaryControls', 0x48e, PRIMARY],
  ['secondaryControls', 0x48b, SECONDARY],
  ['exitControls', 0x48f, EXIT],
  ['entryControls', 0x490, ENTRY],
];

/** What a virtual machine's memory and registers begin with; made from an image by whoever loads it. */
export interface VmImage {
  readonly segments: readonly { readonly physical: number; readonly bytes: Uint8Array; readonly size: number }[];
  readonly roms: readonly { readonly base: number; readonly bytes: Uint8Array }[];
  /** Words of the CPU's state, over those after RESET. */
  readonly words: readonly (readonly [word: number, value: number])[];
  /** Bytes written to its ports before it starts. */
  readonly ports: readonly (readonly [port: number, value: number])[];
}

/** MSRs that a guest reaches without a VM exit, because VMCS or hypervisor switch them: read and write, and read alone. */
const PASSED = [IA32_SYSENTER_CS, IA32_SYSENTER_ESP, IA32_SYSENTER_EIP, IA32_PAT];
const PASSED_READS = [...PASSED, IA32_TIME_STAMP_COUNTER];
const WRITE_BITMAP = 0x800;

/** Writes the MSR bitmap that all virtual machines share: all ones, and zeros for what is passed. SDM vol. 3, "MSR-Bitmap Address". */
export function writeMsrBitmap(root: RootOperation): void {
  for (let at = 0; at < 4096; at += 4) root.memory.write32(map.MSR_BITMAP + at, -1);
  const pass = (base: number, msr: number): void => {
    const at = map.MSR_BITMAP + base + (msr >> 3);
    root.memory.write8(at, root.memory.read8(at) & ~(1 << (msr & 7)));
  };
  for (const msr of PASSED_READS) pass(0, msr);
  for (const msr of PASSED) pass(WRITE_BITMAP, msr);
}

/** Fills the VMCS of `vm`, which is current and clear, and the registers that no VMCS holds. */
export function writeVmcs(root: RootOperation, vm: Vm, image: VmImage): void {
  writeControls(root, vm);
  writeHostState(root, vm);
  const words = new Int32Array(w.CPU_WORDS);
  for (const [word, value] of RESET_STATE) words[word] = value;
  for (const [word, value] of image.words) words[word] = value;
  writeGuestState(vm, words);
}

function writeControls(root: RootOperation, vm: Vm): void {
  for (const [field, msr, wanted] of CAPABILITIES) {
    const allowed = root.rdmsr(msr);
    assert(allowed !== null && (wanted & ~allowed[1]) === 0, `the processor has the ${field} that the hypervisor wants`);
    vm.write(field, wanted | allowed[0]);
  }
  vm.write('exceptionBitmap', vm.face === 'vmware' ? 1 << GP : 0);
  vm.writeWide('msrBitmap', map.MSR_BITMAP, 0);
  vm.writeWide('eptPointer', vm.ept.eptp, 0);
  vm.write('vpid', vm.owner);
  vm.write('cr0Mask', CR0_OWNED);
  vm.write('cr4Mask', CR4_OWNED);
  vm.writeWide('vmcsLinkPointer', -1, -1);
  vm.writeWide('tscOffset', vm.state.tscLow, vm.state.tscHigh);
}

const HOST_FIELDS: readonly (readonly [VmcsFieldKey, number])[] = [
  ['hostCr0', HOST_CR0],
  ['hostCr3', map.PAGE_DIRECTORY],
  ['hostCr4', HOST_CR4],
  ['hostCsSelector', map.CODE_SELECTOR],
  ...(['hostSsSelector', 'hostDsSelector', 'hostEsSelector', 'hostFsSelector', 'hostGsSelector'] as const).map(
    (field): readonly [VmcsFieldKey, number] => [field, map.DATA_SELECTOR],
  ),
  ['hostTrSelector', map.TASK_SELECTOR],
  ['hostTrBase', map.TASK_STATE],
  ['hostGdtrBase', map.GDT],
  ['hostIdtrBase', map.IDT],
  ['hostRsp', map.HOST_STACK],
  ['hostRip', map.STUB],
];

function writeHostState(root: RootOperation, vm: Vm): void {
  for (const [field, value] of HOST_FIELDS) vm.write(field, value);
  const pat = root.rdmsr(IA32_PAT) ?? [0, 0];
  vm.writeWide('hostPat', pat[0], pat[1]);
}

const GUEST_FIELDS: readonly (readonly [VmcsFieldKey, number])[] = [
  ['guestCr3', w.CR3],
  ['guestDr7', w.DR7],
  ['guestRsp', w.ESP],
  ['guestRip', w.EIP],
  ['guestGdtrBase', w.GDTR_BASE],
  ['guestGdtrLimit', w.GDTR_LIMIT],
  ['guestIdtrBase', w.IDTR_BASE],
  ['guestIdtrLimit', w.IDTR_LIMIT],
];
const SEGMENTS = ['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs', 'Ldtr', 'Tr'] as const;

function writeGuestState(vm: Vm, words: Int32Array): void {
  for (const [field, word] of GUEST_FIELDS) vm.write(field, words[word]);
  SEGMENTS.forEach((name, i) => {
    const at = w.ES + 4 * i;
    vm.write(`guest${name}Selector`, words[at + w.SELECTOR]);
    vm.write(`guest${name}Base`, words[at + w.BASE]);
    vm.write(`guest${name}Limit`, words[at + w.LIMIT]);
    vm.write(`guest${name}Rights`, words[at + w.RIGHTS]);
  });
  writeCr0(vm, words[w.CR0]);
  writeCr4(vm, words[w.CR4]);
  vm.write('guestRflags', words[w.EFLAGS] | 2);
  vm.writeWide('guestPat', words[w.PAT_LO], words[w.PAT_HI]);
  SAVED_WORDS.forEach((word, i) => vm.state.registers.set(i, words[word]));
}

/** Gives the guest a CR0: what it believes goes into the read shadow, what runs has NE and not the cache bits. */
export function writeCr0(vm: Vm, value: number): void {
  vm.write('cr0ReadShadow', value);
  vm.write('guestCr0', (value & ~CR0_CACHE) | CR0_NE);
}

export function writeCr4(vm: Vm, value: number): void {
  vm.write('cr4ReadShadow', value);
  vm.write('guestCr4', value | CR4_VMXE);
}
