/** Far jumps, calls and returns. SDM vol. 2, "JMP-Jump", "CALL-Call Procedure", "RET-Return From Procedure", whose order of checks this keeps; vol. 3,
 *  "Transferring Program Control Between Code Segments Using Far Calls".
 *  A task gate or a TSS as target is a task switch (task-switch.ts). */
import { CS, ESP, LIMIT, SS } from '../arch/cpu-state.ts';
import {
  CALL_GATE16,
  CALL_GATE32,
  gateOffset,
  gateParameters,
  gateSelector,
  limitOf,
  RIGHTS_P,
  RIGHTS_S,
  RIGHTS_TYPE,
  SELECTOR_RPL,
  SELECTOR_TI,
  TASK_GATE,
  TSS16_AVAILABLE,
  TSS32_AVAILABLE,
} from '../arch/descriptors.ts';
import { GP, NP } from '../arch/exceptions.ts';
import type { Insn } from '../isa/insn.ts';
import { IMM } from '../isa/operands.ts';
import { raise } from '../memory/fault.ts';
import { read, stackLoad } from './access.ts';
import type { Cpu } from './cpu.ts';
import { EA, NEXT, STACK_MASK } from './derived.ts';
import {
  accessed,
  checkStackSegment,
  type Descriptor,
  dplOf,
  dropInnerSegments,
  isCode,
  isConforming,
  isNull,
  loadRealSegment,
  readDescriptor,
  setCodeSegment,
  setSegment,
  usesDescriptors,
} from './segmentation.ts';
import { innerStack, presentStack, pushFrame, stackFromTss } from './stack.ts';
import { switchTask, TASK_CALL, TASK_JUMP } from './task-switch.ts';

interface FarTarget {
  readonly selector: number;
  readonly offset: number;
}

export function jumpFar(cpu: Cpu, insn: Insn): void {
  jumpTo(cpu, insn, { selector: insn.immediate2 & 0xffff, offset: insn.immediate });
}
export function callFar(cpu: Cpu, insn: Insn): void {
  callTo(cpu, insn, { selector: insn.immediate2 & 0xffff, offset: insn.immediate });
}
export function jumpFarMemory(cpu: Cpu, insn: Insn): void {
  jumpTo(cpu, insn, readFarPointer(cpu, insn));
}
export function callFarMemory(cpu: Cpu, insn: Insn): void {
  callTo(cpu, insn, readFarPointer(cpu, insn));
}

/** The far pointer that the instruction's memory operand holds: offset, then selector. */
export function readFarPointer(cpu: Cpu, insn: Insn): FarTarget {
  const ea = cpu.words[EA];
  const offset = read(cpu, insn.segment, ea, insn.size);
  const selector = read(cpu, insn.segment, cpu.offsetBy(insn, ea, insn.size >> 3), 16) & 0xffff;
  return { selector, offset: insn.size === 16 ? offset & 0xffff : offset };
}

function jumpTo(cpu: Cpu, insn: Insn, { selector, offset }: FarTarget): void {
  if (!usesDescriptors(cpu)) {
    jumpReal(cpu, selector, offset);
    return;
  }
  if (isNull(selector)) raise(GP);
  const target = readDescriptor(cpu, selector);
  const { cpl } = cpu;
  if (isCode(target.rights)) {
    checkDirect(target, selector, cpl);
    checkOffset(target, offset);
    setCodeSegment(cpu, target, cpl);
    cpu.setEip(offset);
    return;
  }
  const gate = checkGate(cpu, insn, target, TASK_JUMP);
  if (gate === null) return;
  const code = gateTarget(cpu, target);
  // A jump through a gate does not change the privilege level.
  if (isConforming(code.rights) ? dplOf(code.rights) > cpl : dplOf(code.rights) !== cpl) raise(GP, code.selector & 0xfffc);
  if ((code.rights & RIGHTS_P) === 0) raise(NP, code.selector & 0xfffc);
  checkOffset(code, gate.offset);
  setCodeSegment(cpu, code, cpl);
  cpu.setEip(gate.offset);
}

function callTo(cpu: Cpu, insn: Insn, { selector, offset }: FarTarget): void {
  const w = cpu.words;
  const size = insn.size === 16 ? 16 : 32;
  if (!usesDescriptors(cpu)) {
    if (offset >>> 0 > w[CS + LIMIT] >>> 0) raise(GP);
    w[ESP] = pushFrame(cpu, presentStack(cpu), size, [w[CS], w[NEXT]]);
    jumpReal(cpu, selector, offset);
    return;
  }
  if (isNull(selector)) raise(GP);
  const target = readDescriptor(cpu, selector);
  if (isCode(target.rights)) {
    checkDirect(target, selector, cpu.cpl);
    checkOffset(target, offset);
    const used = accessed(cpu, target);
    const pointer = pushFrame(cpu, presentStack(cpu), size, [w[CS], w[NEXT]]);
    setCodeSegment(cpu, used, cpu.cpl);
    w[ESP] = pointer;
    cpu.setEip(offset);
  } else callGate(cpu, insn, target);
}

function jumpReal(cpu: Cpu, selector: number, offset: number): void {
  if (offset >>> 0 > cpu.words[CS + LIMIT] >>> 0) raise(GP);
  loadRealSegment(cpu, CS, selector);
  cpu.setEip(offset);
}

/** Rules of a direct transfer to a code segment. SDM vol. 3, "Direct Calls or Jumps to Code Segments". */
function checkDirect(target: Descriptor, selector: number, cpl: number): void {
  const dpl = dplOf(target.rights);
  const isAllowed = isConforming(target.rights) ? dpl <= cpl : (selector & SELECTOR_RPL) <= cpl && dpl === cpl;
  if (!isAllowed) raise(GP, selector & 0xfffc);
  if ((target.rights & RIGHTS_P) === 0) raise(NP, selector & 0xfffc);
}

function checkOffset(code: Descriptor, offset: number): void {
  if (offset >>> 0 > limitOf(code.low, code.high) >>> 0) raise(GP);
}

/** The checks of a descriptor that is no code segment as the target of a far jump or call: where a call gate leads; null: it was a task, which runs now. */
function checkGate(cpu: Cpu, insn: Insn, gate: Descriptor, source: number): { offset: number; size: 16 | 32 } | null {
  const error = gate.selector & 0xfffc;
  const type = gate.rights & RIGHTS_TYPE;
  const isTask = type === TASK_GATE || type === TSS16_AVAILABLE || type === TSS32_AVAILABLE;
  if ((gate.rights & RIGHTS_S) !== 0 || (type !== CALL_GATE16 && type !== CALL_GATE32 && !isTask)) raise(GP, error);
  const dpl = dplOf(gate.rights);
  if (dpl < cpu.cpl || dpl < (gate.selector & SELECTOR_RPL)) raise(GP, error);
  if (isTask && type !== TASK_GATE && gate.selector & SELECTOR_TI) raise(GP, error); // a TSS is never in the LDT
  if ((gate.rights & RIGHTS_P) === 0) raise(NP, error);
  if (isTask) {
    const selector = type === TASK_GATE ? gateSelector(gate.low) : gate.selector;
    switchTask(cpu, insn, { selector, source, ext: 0, eip: cpu.words[NEXT] });
    return null;
  }
  return { offset: gateOffset(gate.low, gate.high, type === CALL_GATE32), size: type === CALL_GATE32 ? 32 : 16 };
}

/** The code segment that a call gate names. */
function gateTarget(cpu: Cpu, gate: Descriptor): Descriptor {
  const selector = gateSelector(gate.low);
  if (isNull(selector)) raise(GP);
  const code = readDescriptor(cpu, selector);
  if (!isCode(code.rights) || dplOf(code.rights) > cpu.cpl) raise(GP, selector & 0xfffc);
  return code;
}

function callGate(cpu: Cpu, insn: Insn, gate: Descriptor): void {
  const w = cpu.words;
  const way = checkGate(cpu, insn, gate, TASK_CALL);
  if (way === null) return;
  const { offset, size } = way;
  const code = gateTarget(cpu, gate);
  if ((code.rights & RIGHTS_P) === 0) raise(NP, code.selector & 0xfffc);
  const dpl = dplOf(code.rights);
  if (isConforming(code.rights) || dpl === cpu.cpl) {
    checkOffset(code, offset);
    const used = accessed(cpu, code);
    const pointer = pushFrame(cpu, presentStack(cpu), size, [w[CS], w[NEXT]]);
    setCodeSegment(cpu, used, cpu.cpl);
    w[ESP] = pointer;
    cpu.setEip(offset);
    return;
  }
  // More privilege: the stack of that level, and the parameters copied to it.
  const inner = stackFromTss(cpu, dpl, 0);
  checkOffset(code, offset);
  const parameters = Array.from({ length: gateParameters(gate.high) }, (_, i) => stackLoad(cpu, (size >> 3) * i, size));
  const frame = [w[SS], w[ESP] & w[STACK_MASK], ...parameters.reverse(), w[CS], w[NEXT]];
  const [stack, used] = [accessed(cpu, inner.descriptor), accessed(cpu, code)];
  const pointer = pushFrame(cpu, innerStack(stack, inner.pointer, dpl), size, frame);
  setSegment(cpu, SS, stack);
  setCodeSegment(cpu, used, dpl);
  cpu.setCpl(dpl);
  w[ESP] = pointer;
  cpu.setEip(offset);
}

/** RET far, `count` (an immediate or none) bytes of parameters. */
export function returnFar(cpu: Cpu, insn: Insn, count: number): void {
  const released = count === IMM ? insn.immediate & 0xffff : 0;
  const size = insn.size === 16 ? 16 : 32;
  const offset = stackLoad(cpu, 0, size);
  const selector = stackLoad(cpu, size >> 3, size) & 0xffff;
  const eip = size === 16 ? offset & 0xffff : offset;
  if (usesDescriptors(cpu)) returnTo(cpu, { selector, eip, size, popped: size >> 2, released });
  else {
    jumpReal(cpu, selector, eip);
    cpu.execute.stackMove((size >> 2) + released);
  }
}

/** A far return or IRET in protected mode to `selector`:`eip`. `popped` bytes are on the stack up to the outer SS:ESP, apart from `released` bytes of
 *  parameters, which are on both stacks. */
export interface FarReturn {
  readonly selector: number;
  readonly eip: number;
  readonly size: 16 | 32;
  readonly popped: number;
  readonly released: number;
}

/** Checks and makes the return; true if it was to an outer level. */
export function returnTo(cpu: Cpu, to: FarReturn): boolean {
  const { selector, eip, size } = to;
  if (isNull(selector)) raise(GP);
  const code = readDescriptor(cpu, selector);
  const rpl = selector & SELECTOR_RPL;
  const isAllowed =
    isCode(code.rights) && rpl >= cpu.cpl && (isConforming(code.rights) ? dplOf(code.rights) <= rpl : dplOf(code.rights) === rpl);
  if (!isAllowed) raise(GP, selector & 0xfffc);
  if ((code.rights & RIGHTS_P) === 0) raise(NP, selector & 0xfffc);
  if (rpl === cpu.cpl) {
    checkOffset(code, eip);
    setCodeSegment(cpu, code, rpl);
    cpu.execute.stackMove(to.popped + to.released);
    cpu.setEip(eip);
    return false;
  }
  const outer = to.popped + to.released;
  const pointer = stackLoad(cpu, outer, size);
  const stackSelector = stackLoad(cpu, outer + (size >> 3), size) & 0xffff;
  if (isNull(stackSelector)) raise(GP);
  const stack = checkStackSegment(cpu, stackSelector, { cpl: rpl, vector: GP, ext: 0 });
  checkOffset(code, eip);
  const [usedStack, usedCode] = [accessed(cpu, stack), accessed(cpu, code)];
  setSegment(cpu, SS, usedStack);
  setCodeSegment(cpu, usedCode, rpl);
  cpu.setCpl(rpl);
  const mask = cpu.words[STACK_MASK];
  const wanted = (size === 16 ? pointer & 0xffff : pointer) + to.released;
  cpu.words[ESP] = (cpu.words[ESP] & ~mask) | (wanted & mask);
  dropInnerSegments(cpu);
  cpu.setEip(eip);
  return true;
}
