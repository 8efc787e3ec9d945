/** INVEPT and INVVPID. SDM vol. 3, "VMX Instruction Reference"; what they invalidate: "Operations That Invalidate TLBs and Paging-Structure Caches". */
import { EPTP_AD } from '../arch/ept.ts';
import { BEYOND_WIDTH_HIGH } from '../arch/vmx-capabilities.ts';
import * as access from '../cpu/access.ts';
import type { Cpu } from '../cpu/cpu.ts';
import { EA } from '../cpu/derived.ts';
import type { Insn } from '../isa/insn.ts';
import { vmFail, vmSucceed } from './status.ts';
import type { Vmx } from './vmx.ts';

const INVALID_OPERAND = 28;
const SINGLE_CONTEXT = 1;
/** INVEPT has no type beyond; INVVPID has one more, single-context retaining globals, and type 0, individual-address. */
const ALL_CONTEXT = 2;
const RETAINING_GLOBALS = 3;

/** INVEPT r32, m128: the descriptor is the EPTP and 64 reserved bits. */
export function invept(vmx: Vmx, cpu: Cpu, insn: Insn, { a }: { a: number }): void {
  const type = cpu.words[a];
  if (type !== SINGLE_CONTEXT && type !== ALL_CONTEXT) {
    vmFail(cpu, vmx.vmcs, INVALID_OPERAND);
    return;
  }
  const [low, high] = readDescriptor(cpu, insn);
  // Single-context wants an EPTP with which a VM entry would not fail.
  if (type === SINGLE_CONTEXT && !isEptp(low, high)) {
    vmFail(cpu, vmx.vmcs, INVALID_OPERAND);
    return;
  }
  cpu.mmu.invept(type, low, high);
  vmSucceed(cpu);
}

/** INVVPID r32, m128: the descriptor is the VPID, 48 reserved bits and a linear address. */
export function invvpid(vmx: Vmx, cpu: Cpu, insn: Insn, { a }: { a: number }): void {
  const type = cpu.words[a];
  if (type >>> 0 > RETAINING_GLOBALS) {
    vmFail(cpu, vmx.vmcs, INVALID_OPERAND);
    return;
  }
  const [low, high, linear] = readDescriptor(cpu, insn);
  const isReserved = low >>> 16 !== 0 || high !== 0;
  if (isReserved || (type !== ALL_CONTEXT && low === 0)) {
    vmFail(cpu, vmx.vmcs, INVALID_OPERAND);
    return;
  }
  cpu.mmu.invvpid(type, low, linear);
  vmSucceed(cpu);
}

function readDescriptor(cpu: Cpu, insn: Insn): readonly [number, number, number] {
  const linear = access.linearOf(cpu, insn.segment, cpu.words[EA], 16, false);
  cpu.mmu.probeRead(linear, 16);
  return [cpu.mmu.read32(linear), cpu.mmu.read32((linear + 4) | 0), cpu.mmu.read32((linear + 8) | 0)];
}

/** UC or WB, four levels, A/D or not, reserved bits 0. */
function isEptp(low: number, high: number): boolean {
  const type = low & 7;
  return (type === 0 || type === 6) && (low & 0xff8 & ~EPTP_AD) === 3 << 3 && (high & BEYOND_WIDTH_HIGH) === 0;
}
