/** The VMX instructions, after what their rows check (#UD, VM exit in non-root operation, privilege). Steps in the order of SDM vol. 3, "VMX Instruction
 *  Reference". */
import * as w from '../arch/cpu-state.ts';
import { GP, UD } from '../arch/exceptions.ts';
import { FEATURE_CONTROL_LOCK, FEATURE_CONTROL_VMXON } from '../arch/msrs.ts';
import { CR4_VMXE } from '../arch/paging.ts';
import { CLEAR, fieldType, fieldWidth, LAUNCH_STATE_OFFSET, vmcsField } from '../arch/vmcs-fields.ts';
import { BEYOND_WIDTH_HIGH, capabilityMsr, CR0_FIXED0, CR4_FIXED0, REVISION_ID } from '../arch/vmx-capabilities.ts';
import * as access from '../cpu/access.ts';
import type { Cpu } from '../cpu/cpu.ts';
import { EA } from '../cpu/derived.ts';
import type { Insn } from '../isa/insn.ts';
import { MEM8 } from '../isa/operands.ts';
import type { SystemName } from '../isa/semantics.ts';
import { raise } from '../memory/fault.ts';
import { vmEntry } from './entry.ts';
import { invept, invvpid } from './invalidate.ts';
import { vmFail, vmFailInvalid, vmSucceed } from './status.ts';
import { readPhysical } from './vmcs.ts';
import type { Vmx } from './vmx.ts';

// VM-instruction errors
const VMCALL_IN_ROOT = 1;
const VMCLEAR_ADDRESS = 2;
const VMCLEAR_VMXON_POINTER = 3;
const VMPTRLD_ADDRESS = 9;
const VMPTRLD_VMXON_POINTER = 10;
const VMPTRLD_REVISION = 11;
const UNSUPPORTED_COMPONENT = 12;
const READ_ONLY_COMPONENT = 13;
const VMXON_IN_ROOT = 15;

/** The port of this CPU. The rows come here only in VMX operation, or by VMXON. */
type VmxOperation = (vmx: Vmx, cpu: Cpu, insn: Insn, operands: { a: number; b: number }) => void;
export type VmxName = Extract<SystemName, `vm${string}` | 'invept' | 'invvpid'>;

export const VMX_OPERATIONS: Readonly<Record<VmxName, VmxOperation>> = {
  vmxon,
  vmxoff,
  vmclear,
  vmptrld,
  vmptrst,
  vmread,
  vmwrite,
  vmlaunch: (vmx) => vmEntry(vmx, true),
  vmresume: (vmx) => vmEntry(vmx, false),
  // Without the dual-monitor treatment of SMM there is nobody to call.
  vmcall: (vmx, cpu) => vmFail(cpu, vmx.vmcs, VMCALL_IN_ROOT),
  // “Enable VM functions” cannot be 1.
  vmfunc: () => raise(UD),
  invept,
  invvpid,
};

function vmxon(vmx: Vmx, cpu: Cpu, insn: Insn): void {
  const words = cpu.words;
  if (words[w.VMX_ON] === 0) {
    if ((words[w.CR4] & CR4_VMXE) === 0) raise(UD);
    if (words[w.CPL] > 0 || !mayEnterVmx(words)) raise(GP);
    const pointer = readPointer(cpu, insn);
    // The width and alignment of the pointer, then bits 30:0 of the region's first word; bit 31 must be 0.
    if (!isRegion(pointer) || readPhysical(cpu.bus, pointer.low, pointer.high) !== REVISION_ID) {
      vmFailInvalid(cpu);
      return;
    }
    words[w.VMX_ON] = 1;
    words[w.VMXON_POINTER] = pointer.low;
    words[w.VMCS_POINTER] = -1;
    cpu.recheckEvents();
    vmSucceed(cpu);
    return;
  }
  if (words[w.CPL] > 0) raise(GP);
  vmFail(cpu, vmx.vmcs, VMXON_IN_ROOT);
}

/** CR0 and CR4 as VMX operation wants them, and IA32_FEATURE_CONTROL locked with VMXON enabled. */
function mayEnterVmx(words: Int32Array): boolean {
  const wanted = FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMXON;
  return (~words[w.CR0] & CR0_FIXED0) === 0 && (~words[w.CR4] & CR4_FIXED0) === 0 && (words[w.FEATURE_CONTROL] & wanted) === wanted;
}

function vmxoff(_vmx: Vmx, cpu: Cpu): void {
  const words = cpu.words;
  words[w.VMX_ON] = 0;
  words[w.VMXON_POINTER] = -1;
  words[w.VMCS_POINTER] = -1;
  cpu.recheckEvents(); // INIT is no longer blocked
  vmSucceed(cpu);
}

function vmclear(vmx: Vmx, cpu: Cpu, insn: Insn): void {
  const words = cpu.words;
  const pointer = readPointer(cpu, insn);
  if (!isRegion(pointer)) vmFail(cpu, vmx.vmcs, VMCLEAR_ADDRESS);
  else if (isVmxonPointer(words, pointer)) vmFail(cpu, vmx.vmcs, VMCLEAR_VMXON_POINTER);
  else {
    // The fields are in memory already: only the launch state is written. Beyond 4 GiB there is nothing to write to.
    if (pointer.high === 0) {
      cpu.bus.write32(pointer.low + LAUNCH_STATE_OFFSET, CLEAR);
      if (words[w.VMCS_POINTER] === pointer.low) words[w.VMCS_POINTER] = -1;
    }
    vmSucceed(cpu);
  }
}

function vmptrld(vmx: Vmx, cpu: Cpu, insn: Insn): void {
  const words = cpu.words;
  const pointer = readPointer(cpu, insn);
  if (!isRegion(pointer)) vmFail(cpu, vmx.vmcs, VMPTRLD_ADDRESS);
  else if (isVmxonPointer(words, pointer)) vmFail(cpu, vmx.vmcs, VMPTRLD_VMXON_POINTER);
  else if (readPhysical(cpu.bus, pointer.low, pointer.high) !== REVISION_ID) vmFail(cpu, vmx.vmcs, VMPTRLD_REVISION);
  else {
    words[w.VMCS_POINTER] = pointer.low;
    vmSucceed(cpu);
  }
}

function vmptrst(_vmx: Vmx, cpu: Cpu, insn: Insn): void {
  const pointer = cpu.words[w.VMCS_POINTER];
  const linear = access.linearOf(cpu, insn.segment, cpu.words[EA], 8, true);
  cpu.mmu.probeWrite(linear, 8);
  cpu.mmu.write32(linear, pointer);
  cpu.mmu.write32((linear + 4) | 0, pointer === -1 ? -1 : 0);
  vmSucceed(cpu);
}

/** VMREAD r/m32, r32. */
function vmread(vmx: Vmx, cpu: Cpu, insn: Insn, { a, b }: { a: number; b: number }): void {
  const encoding = cpu.words[b];
  if (!vmx.vmcs.isCurrent) vmFailInvalid(cpu);
  else if (vmcsField(encoding) === null) vmFail(cpu, vmx.vmcs, UNSUPPORTED_COMPONENT);
  else {
    const value = vmx.vmcs.get(encoding);
    if (a < MEM8) cpu.words[a] = value;
    else access.write32(cpu, insn.segment, cpu.words[EA], value);
    vmSucceed(cpu);
  }
}

/** VMWRITE r32, r/m32. A 64-bit field is written whole, zero-extended, by its full encoding; its upper half alone by the high one. */
function vmwrite(vmx: Vmx, cpu: Cpu, insn: Insn, { a, b }: { a: number; b: number }): void {
  const { vmcs } = vmx;
  if (!vmcs.isCurrent) {
    vmFailInvalid(cpu);
    return;
  }
  const value = b < MEM8 ? cpu.words[b] : access.read32(cpu, insn.segment, cpu.words[EA]);
  const encoding = cpu.words[a];
  if (vmcsField(encoding) === null) vmFail(cpu, vmcs, UNSUPPORTED_COMPONENT);
  else if (fieldType(encoding) === 'read-only' && !MAY_WRITE_ALL) vmFail(cpu, vmcs, READ_ONLY_COMPONENT);
  else {
    vmcs.set(encoding, value);
    if (fieldWidth(encoding) === 64 && (encoding & 1) === 0) vmcs.set(encoding + 1, 0);
    vmSucceed(cpu);
  }
}

/** IA32_VMX_MISC[29]: VMWRITE writes any supported field, read-only data too. */
const MAY_WRITE_ALL = ((capabilityMsr(0x485)?.[0] ?? 0) & (1 << 29)) !== 0;

/** A physical address in a 64-bit memory operand. */
interface Pointer {
  readonly low: number;
  readonly high: number;
}

function readPointer(cpu: Cpu, insn: Insn): Pointer {
  const linear = access.linearOf(cpu, insn.segment, cpu.words[EA], 8, false);
  const low = cpu.mmu.read32(linear);
  return { low, high: cpu.mmu.read32((linear + 4) | 0) };
}

/** Aligned to 4 KiB and within the physical-address width. */
function isRegion(pointer: Pointer): boolean {
  return (pointer.low & 0xfff) === 0 && (pointer.high & BEYOND_WIDTH_HIGH) === 0;
}

function isVmxonPointer(words: Int32Array, pointer: Pointer): boolean {
  return pointer.high === 0 && pointer.low === words[w.VMXON_POINTER];
}
