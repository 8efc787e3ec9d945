/** IN, OUT, INS, OUTS. SDM vol. 1, "Protected-Mode I/O"; vol. 3, "I/O Permission Bit Map" of the TSS. */
import { BASE, CPL, CR0, EAX, EDI, EDX, EFLAGS, ES, ESI, LIMIT, NON_ROOT, RIGHTS, TR } from '../arch/cpu-state.ts';
import { RIGHTS_TYPE, RIGHTS_UNUSABLE, TSS32, TSS32_AVAILABLE, TSS32_BUSY } from '../arch/descriptors.ts';
import { EFLAGS_DF, EFLAGS_IOPL, EFLAGS_IOPL_SHIFT } from '../arch/eflags.ts';
import { GP } from '../arch/exceptions.ts';
import { CR0_PE } from '../arch/paging.ts';
import type { Insn } from '../isa/insn.ts';
import { IMM } from '../isa/operands.ts';
import { raise } from '../memory/fault.ts';
import { checkWrite, read, write } from './access.ts';
import type { Cpu } from './cpu.ts';
import type { PortAccess } from './ports.ts';
import { isVirtual8086 } from './segmentation.ts';

const ES_NUMBER = 0;

/** IN. */
export function input(cpu: Cpu, insn: Insn, dst: number, source: number): void {
  const port = portOf(cpu, insn, source);
  enterPort(cpu, insn, { port, size: insn.size >> 3, isIn: true, isString: false, linear: 0 });
  cpu.execute.write(dst, cpu.io.read(port, insn.size >> 3) | 0);
}

/** OUT. */
export function output(cpu: Cpu, insn: Insn, target: number): void {
  const port = portOf(cpu, insn, target);
  enterPort(cpu, insn, { port, size: insn.size >> 3, isIn: false, isString: false, linear: 0 });
  const { size, shift } = insn;
  cpu.io.write(port, size >> 3, (cpu.words[EAX] << shift) >>> shift);
}

function portOf(cpu: Cpu, insn: Insn, operand: number): number {
  return operand === IMM ? insn.immediate & 0xff : cpu.words[EDX] & 0xffff;
}

/** INS, one iteration; ES:(E)DI is checked before the port is read, so that nothing read is lost. */
export function ins(cpu: Cpu, insn: Insn): void {
  const { execute, words: w } = cpu;
  const port = w[EDX] & 0xffff;
  const offset = execute.registerA(EDI);
  enterPort(cpu, insn, { port, size: insn.size >> 3, isIn: true, isString: true, linear: (offset + w[ES + BASE]) | 0 });
  checkWrite(cpu, ES_NUMBER, offset, insn.size);
  write(cpu, ES_NUMBER, offset, insn.size, cpu.io.read(port, insn.size >> 3) | 0);
  execute.setRegisterA(EDI, execute.addA(offset, step(cpu, insn)));
}

/** OUTS, one iteration. */
export function outs(cpu: Cpu, insn: Insn): void {
  const { execute, words: w } = cpu;
  const { size, shift, segment } = insn;
  const port = w[EDX] & 0xffff;
  const offset = execute.registerA(ESI);
  enterPort(cpu, insn, { port, size: insn.size >> 3, isIn: false, isString: true, linear: (offset + w[ES + 4 * segment + BASE]) | 0 });
  const value = read(cpu, segment, offset, size);
  cpu.io.write(port, size >> 3, (value << shift) >>> shift);
  execute.setRegisterA(ESI, execute.addA(offset, step(cpu, insn)));
}

function step(cpu: Cpu, insn: Insn): number {
  return cpu.words[EFLAGS] & EFLAGS_DF ? -(insn.size >> 3) : insn.size >> 3;
}

/** Permission first, then the VM exit. */
function enterPort(cpu: Cpu, insn: Insn, access: PortAccess): void {
  const w = cpu.words;
  const { port, size } = access;
  // In virtual-8086 mode the bit map alone decides.
  const isAsked = isVirtual8086(cpu) || w[CPL] > (w[EFLAGS] & EFLAGS_IOPL) >> EFLAGS_IOPL_SHIFT;
  if (w[CR0] & CR0_PE && isAsked && !isPermitted(cpu, port, size)) raise(GP);
  if (w[NON_ROOT] !== 0) cpu.vmx?.ioExit(insn, access);
}

/** Whether the TSS's bit map has 0 for each byte of the access. Two bytes of it are read whatever the port; a 16-bit TSS has none. */
function isPermitted(cpu: Cpu, port: number, size: number): boolean {
  const w = cpu.words;
  const type = w[TR + RIGHTS] & RIGHTS_TYPE;
  const limit = w[TR + LIMIT] >>> 0;
  if (w[TR + RIGHTS] & RIGHTS_UNUSABLE || (type !== TSS32_AVAILABLE && type !== TSS32_BUSY) || limit < TSS32.ioMapBase + 1) return false;
  const at = (cpu.mmu.readSystem16((w[TR + BASE] + TSS32.ioMapBase) | 0) & 0xffff) + (port >> 3);
  if (at + 1 > limit) return false;
  const bits = cpu.mmu.readSystem16((w[TR + BASE] + at) | 0);
  return ((bits >> (port & 7)) & ((1 << size) - 1)) === 0;
}
