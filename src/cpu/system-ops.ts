/** The functions behind `Sem.system`, by name. Those of VMX raise #UD until the machine puts VT-x's in their place. */
import type { Insn } from '../isa/insn.ts';
import type { SystemName } from '../isa/semantics.ts';
import * as arithmetic from './arithmetic-ops.ts';
import * as control from './control-ops.ts';
import type { Cpu } from './cpu.ts';
import { movFromDebug, movToDebug } from './debug-registers.ts';
import * as event from './event-ops.ts';
import * as far from './far-transfer.ts';
import * as io from './io-ops.ts';
import { iret } from './iret.ts';
import * as msr from './msr.ts';
import * as segment from './segment-ops.ts';
import * as stack from './stack-ops.ts';

/** Does what the instruction does, operands by handle. Throws faults and VM exits. */
export type SystemOp = (cpu: Cpu, insn: Insn, a: number, b: number, c: number) => void;
export type SystemOps = Readonly<Record<SystemName, SystemOp>>;

const { ud, nothing } = event;

// biome-ignore format: a table
export const CPU_SYSTEM_OPS: SystemOps = {
  div: arithmetic.div, idiv: arithmetic.idiv, aam: arithmetic.aam, cmpxchg8b: arithmetic.cmpxchg8b, bound: arithmetic.bound,
  callFar: far.callFar, callFarMemory: far.callFarMemory, jumpFar: far.jumpFar, jumpFarMemory: far.jumpFarMemory, returnFar: far.returnFar,
  interrupt: event.interrupt, interrupt3: event.interrupt3, interrupt1: event.interrupt1, into: event.into, iret,
  sysenter: control.sysenter, sysexit: control.sysexit,
  enter: stack.enter, pusha: stack.pusha, popa: stack.popa, pushFlags: stack.pushFlags, popFlags: stack.popFlags, cli: stack.cli, sti: stack.sti,
  loadSegment: segment.loadSegment, storeSegment: segment.storeSegment, pushSegment: segment.pushSegment, popSegment: segment.popSegment,
  loadFarPointer: segment.loadFarPointer,
  arpl: segment.arpl, lar: segment.lar, lsl: segment.lsl, verr: segment.verr, verw: segment.verw,
  lgdt: segment.lgdt, lidt: segment.lidt, sgdt: segment.sgdt, sidt: segment.sidt,
  lldt: segment.lldt, sldt: segment.sldt, ltr: segment.ltr, str: segment.str,
  lmsw: control.lmsw, smsw: control.smsw, clts: control.clts, invlpg: control.invlpg,
  movFromControl: control.movFromControl, movToControl: control.movToControl, movFromDebug, movToDebug,
  rdmsr: msr.rdmsr, wrmsr: msr.wrmsr, rdtsc: msr.rdtsc, rdpmc: msr.rdpmc, cpuid: event.cpuid,
  in: io.input, out: io.output, ins: io.ins, outs: io.outs,
  hlt: event.hlt, pause: nothing, wait: event.wait, fpu: event.fpu, invd: nothing, wbinvd: nothing,
  monitor: event.monitor, mwait: event.mwait, ud, rsm: ud,
  vmxon: ud, vmxoff: ud, vmclear: ud, vmptrld: ud, vmptrst: ud, vmread: ud, vmwrite: ud, vmlaunch: ud, vmresume: ud, vmcall: ud, vmfunc: ud,
  invept: ud, invvpid: ud, getsec: ud, xsetbv: ud,
};
