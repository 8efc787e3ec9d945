/** Events through the IDT. SDM vol. 3, "Interrupt and Exception Handling"; vol. 2, "INT n/INTO/INT3/INT1-Call to Interrupt Procedure", whose order of
 *  checks this keeps. Registers and stack are written after the last check: a fault leaves them alone. */
import {
  ACTIVITY,
  CPL,
  CR2,
  CS,
  DS,
  EFLAGS,
  EIP,
  ES,
  ESP,
  FS,
  GS,
  IDTR_BASE,
  IDTR_LIMIT,
  INTERRUPTIBILITY,
  LIMIT,
  SS,
} from '../arch/cpu-state.ts';
import {
  gateOffset,
  gateSelector,
  INTERRUPT_GATE16,
  INTERRUPT_GATE32,
  limitOf,
  RIGHTS_P,
  RIGHTS_S,
  RIGHTS_TYPE,
  TASK_GATE,
  TRAP_GATE16,
  TRAP_GATE32,
} from '../arch/descriptors.ts';
import { EFLAGS_AC, EFLAGS_IF, EFLAGS_NT, EFLAGS_RF, EFLAGS_TF, EFLAGS_VM } from '../arch/eflags.ts';
import { ERROR_EXT, ERROR_IDT, GP, NP, PF_VECTOR } from '../arch/exceptions.ts';
import { raise } from '../memory/fault.ts';
import { TRACE_KIND } from '../trace/schema.ts';
import type { Cpu } from './cpu.ts';
import { type EventInfo, NMI, PRIVILEGED_SOFTWARE_EXCEPTION, SOFTWARE_EXCEPTION, SOFTWARE_INTERRUPT } from './ports.ts';
import {
  accessed,
  type Descriptor,
  descriptorAt,
  dplOf,
  isCode,
  isConforming,
  isNull,
  isProtected,
  isVirtual8086,
  loadRealSegment,
  readDescriptor,
  setCodeSegment,
  setNull,
  setSegment,
} from './segmentation.ts';
import { innerStack, presentStack, pushFrame, stackFromTss } from './stack.ts';
import { switchTask, TASK_GATE_IN_IDT } from './task-switch.ts';

const SHADOWS = 3;
const NMI_BLOCKING = 8;

/** Delivers `event`: pushes its frame and goes to its handler. `Cpu.delivering` is valid meanwhile, and stays valid if delivery throws. */
export function deliver(cpu: Cpu, event: EventInfo): void {
  const w = cpu.words;
  Object.assign(cpu.delivering, event, { valid: true });
  const linear = event.vector === PF_VECTOR ? w[CR2] : 0;
  cpu.probe?.event(event, linear);
  cpu.trace.emit(TRACE_KIND.interrupt, event.vector, event.type, event.errorCode, linear, w[EIP]);
  if (isProtected(cpu)) deliverProtected(cpu, event);
  else deliverReal(cpu, event);
  w[ACTIVITY] = 0;
  w[INTERRUPTIBILITY] &= ~SHADOWS;
  if (event.type === NMI) w[INTERRUPTIBILITY] |= NMI_BLOCKING;
  cpu.delivering.valid = false;
  cpu.isStepBroken = true;
  cpu.isMonitorTrapDue = true;
  cpu.hasIretUnblockedNmi = false;
}

/** EIP to come back to: after the instruction for software events, else the present one. */
function returnEip(cpu: Cpu, event: EventInfo): number {
  const isSoftware = event.type === SOFTWARE_INTERRUPT || event.type === SOFTWARE_EXCEPTION || event.type === PRIVILEGED_SOFTWARE_EXCEPTION;
  return isSoftware ? (cpu.words[EIP] + event.length) | 0 : cpu.words[EIP];
}

/** Through the interrupt vector table: four bytes a vector, no error codes. SDM vol. 3, "Interrupt and Exception Handling" of "8086 Emulation". */
function deliverReal(cpu: Cpu, event: EventInfo): void {
  const w = cpu.words;
  const entry = 4 * event.vector;
  if (entry + 3 > w[IDTR_LIMIT] >>> 0) raise(GP);
  const vector = cpu.mmu.readSystem32((w[IDTR_BASE] + entry) | 0);
  if ((vector & 0xffff) > w[CS + LIMIT] >>> 0) raise(GP);
  w[ESP] = pushFrame(cpu, presentStack(cpu), 16, [cpu.eflags(), w[CS], returnEip(cpu, event)]);
  loadRealSegment(cpu, CS, vector >>> 16);
  w[EFLAGS] &= ~(EFLAGS_IF | EFLAGS_TF | EFLAGS_AC | EFLAGS_RF);
  cpu.setEip(vector & 0xffff);
}

interface Gate {
  readonly descriptor: Descriptor;
  readonly type: number;
  readonly size: 16 | 32;
}

function deliverProtected(cpu: Cpu, event: EventInfo): void {
  const w = cpu.words;
  const isInt = event.type === SOFTWARE_INTERRUPT || event.type === SOFTWARE_EXCEPTION;
  const ext = isInt ? 0 : ERROR_EXT;
  const gate = readGate(cpu, event, isInt, ext);
  if (gate.type === TASK_GATE) {
    deliverToTask(cpu, event, gateSelector(gate.descriptor.low), ext);
    return;
  }
  const selector = gateSelector(gate.descriptor.low);
  const error = (selector & 0xfffc) | ext;
  if (isNull(selector)) raise(GP, ext);
  const code = readDescriptor(cpu, selector, GP, ext);
  const dpl = dplOf(code.rights);
  if (!isCode(code.rights) || dpl > cpu.cpl) raise(GP, error);
  if ((code.rights & RIGHTS_P) === 0) raise(NP, error);
  const isVirtual = isVirtual8086(cpu);
  if (isVirtual && (isConforming(code.rights) || dpl !== 0)) raise(GP, error);
  const offset = gateOffset(gate.descriptor.low, gate.descriptor.high, gate.size === 32);
  const isInner = !isConforming(code.rights) && dpl < cpu.cpl;
  const inner = isInner ? stackFromTss(cpu, dpl, ext) : null;
  if (offset >>> 0 > limitOf(code.low, code.high) >>> 0) raise(GP, ext);
  const frame = isVirtual ? [w[GS], w[FS], w[DS], w[ES]] : [];
  if (inner !== null) frame.push(w[SS], w[ESP]);
  frame.push(cpu.eflags(), w[CS], returnEip(cpu, event));
  if (event.hasErrorCode) frame.push(event.errorCode);
  const innerSegment = inner === null ? null : accessed(cpu, inner.descriptor);
  const used = accessed(cpu, code);
  const stack = inner === null || innerSegment === null ? presentStack(cpu, ext) : innerStack(innerSegment, inner.pointer, dpl, ext);
  const pointer = pushFrame(cpu, stack, gate.size, frame);
  if (isVirtual) leaveVirtual8086(cpu);
  if (innerSegment !== null) setSegment(cpu, SS, innerSegment);
  const cpl = inner === null ? cpu.cpl : dpl;
  setCodeSegment(cpu, used, cpl);
  cpu.setCpl(cpl);
  w[ESP] = pointer;
  if ((gate.type & 1) === 0) w[EFLAGS] &= ~EFLAGS_IF; // an interrupt gate
  w[EFLAGS] &= ~(EFLAGS_TF | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT);
  cpu.setEip(offset);
}

/** The 8086 program's segments mean nothing to a handler: its data segment registers are null. */
function leaveVirtual8086(cpu: Cpu): void {
  cpu.words[EFLAGS] &= ~EFLAGS_VM;
  for (const segment of [GS, FS, DS, ES]) setNull(cpu, segment, 0);
}

/** Through a task gate: the error code goes onto the new task's stack. */
function deliverToTask(cpu: Cpu, event: EventInfo, selector: number, ext: number): void {
  const isInstruction = event.type === SOFTWARE_INTERRUPT || event.type === SOFTWARE_EXCEPTION;
  const how = { selector, source: TASK_GATE_IN_IDT, ext, eip: returnEip(cpu, event) };
  const size = switchTask(cpu, isInstruction ? cpu.insn : null, how);
  if (event.hasErrorCode) cpu.words[ESP] = pushFrame(cpu, presentStack(cpu, ext), size, [event.errorCode]);
}

/** The gate of the event's vector, checked. */
function readGate(cpu: Cpu, event: EventInfo, isInt: boolean, ext: number): Gate {
  const w = cpu.words;
  const entry = 8 * event.vector;
  const error = entry | ERROR_IDT | ext;
  if (entry + 7 > w[IDTR_LIMIT] >>> 0) raise(GP, error);
  const descriptor = descriptorAt(cpu, 0, w[IDTR_BASE] + entry);
  const type = descriptor.rights & RIGHTS_TYPE;
  const isGate =
    type === INTERRUPT_GATE16 || type === TRAP_GATE16 || type === INTERRUPT_GATE32 || type === TRAP_GATE32 || type === TASK_GATE;
  if (!isGate || descriptor.rights & RIGHTS_S) raise(GP, error);
  // INT n, INT3 and INTO may use only gates that their privilege level may call.
  if (isInt && dplOf(descriptor.rights) < w[CPL]) raise(GP, error);
  if ((descriptor.rights & RIGHTS_P) === 0) raise(NP, error);
  return { descriptor, type, size: type === INTERRUPT_GATE32 || type === TRAP_GATE32 ? 32 : 16 };
}
