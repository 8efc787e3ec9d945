/** Stack frames, EFLAGS on the stack, and the interrupt flag. SDM vol. 2, "ENTER", "PUSHA/PUSHAD", "POPA/POPAD", "POPF/POPFD", "STI". */
import { CPL, CR0, EAX, EBP, EDI, EFLAGS, ESP } from '../arch/cpu-state.ts';
import {
  EFLAGS_FIXED,
  EFLAGS_IF,
  EFLAGS_IOPL,
  EFLAGS_IOPL_SHIFT,
  EFLAGS_LOW_WORD,
  EFLAGS_RF,
  EFLAGS_VM,
  POPF_WRITABLE,
} from '../arch/eflags.ts';
import { GP } from '../arch/exceptions.ts';
import { CR0_PE } from '../arch/paging.ts';
import type { Insn } from '../isa/insn.ts';
import { raise } from '../memory/fault.ts';
import { checkWrite, read, stackLoad, stackStore, write } from './access.ts';
import type { Cpu } from './cpu.ts';
import { STACK_MASK } from './derived.ts';
import { isVirtual8086 } from './segmentation.ts';
import { presentStack, pushFrame } from './stack.ts';

const SS = 2;
const STI_SHADOW = 1;

/** ENTER. Reads and writes are tried before anything is written; then they go in the manual's order, since a frame pointer that is copied may be one that
 *  was just pushed. */
export function enter(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  const { size } = insn;
  const bytes = size >> 3;
  const mask = w[STACK_MASK];
  const level = insn.immediate2 & 31;
  const frame = (w[ESP] - bytes) & mask;
  const outer = (i: number) => read(cpu, SS, (w[EBP] - bytes * i) & mask, size);
  const place = (i: number) => (w[ESP] - bytes * (i + 1)) & mask;
  const pushes = level + 1;
  const top = (w[ESP] - bytes * pushes - (insn.immediate & 0xffff)) & mask;
  for (let i = 1; i < level; i++) outer(i);
  for (let i = 0; i < pushes; i++) checkWrite(cpu, SS, place(i), size);
  checkWrite(cpu, SS, top, size); // a write at the final stack pointer must be possible
  write(cpu, SS, place(0), size, w[EBP]);
  for (let i = 1; i < level; i++) write(cpu, SS, place(i), size, outer(i));
  if (level > 0) write(cpu, SS, place(level), size, (w[ESP] & ~mask) | frame);
  if (size === 16) cpu.execute.setRegister16(EBP, frame);
  else w[EBP] = (w[ESP] & ~mask) | frame;
  w[ESP] = (w[ESP] & ~mask) | top;
}

export function pusha(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  w[ESP] = pushFrame(cpu, presentStack(cpu), insn.size === 16 ? 16 : 32, Array.from(w.subarray(EAX, EDI + 1)));
}

export function popa(cpu: Cpu, insn: Insn): void {
  const { execute } = cpu;
  const bytes = insn.size >> 3;
  const values: number[] = [];
  for (let i = 0; i < 8; i++) values.push(stackLoad(cpu, bytes * i, insn.size));
  values.forEach((value, i) => {
    const n = EDI - i;
    if (n !== ESP) execute.setRegister(n, value);
  });
  execute.stackMove(8 * bytes);
}

/** In virtual-8086 mode #GP(0) unless IOPL is 3: PUSHF, POPF, INT n and IRET belong to the monitor then. SDM vol. 3, "Sensitive Instructions". */
export function checkVirtualIopl(cpu: Cpu): void {
  if (isVirtual8086(cpu) && (cpu.words[EFLAGS] & EFLAGS_IOPL) !== EFLAGS_IOPL) raise(GP);
}

export function pushFlags(cpu: Cpu, insn: Insn): void {
  checkVirtualIopl(cpu);
  stackStore(cpu, -(insn.size >> 3), insn.size, cpu.eflags() & ~(EFLAGS_VM | EFLAGS_RF));
  cpu.execute.stackMove(-(insn.size >> 3));
}

export function popFlags(cpu: Cpu, insn: Insn): void {
  checkVirtualIopl(cpu);
  const w = cpu.words;
  const image = stackLoad(cpu, 0, insn.size);
  let writable = POPF_WRITABLE;
  if (w[CR0] & CR0_PE) {
    if (w[CPL] !== 0) writable &= ~EFLAGS_IOPL;
    if (!mayChangeIf(cpu)) writable &= ~EFLAGS_IF;
  }
  if (insn.size === 16) writable &= EFLAGS_LOW_WORD;
  cpu.setEflags((cpu.eflags() & ~writable & ~EFLAGS_RF) | (image & writable) | EFLAGS_FIXED);
  cpu.execute.stackMove(insn.size >> 3);
  cpu.recheckEvents();
}

export function cli(cpu: Cpu): void {
  if (!mayChangeIf(cpu)) raise(GP);
  cpu.words[EFLAGS] &= ~EFLAGS_IF;
}

/** STI: the instruction after it runs before an interrupt is taken, if IF was 0. */
export function sti(cpu: Cpu): void {
  const w = cpu.words;
  if (!mayChangeIf(cpu)) raise(GP);
  if (w[EFLAGS] & EFLAGS_IF) return;
  w[EFLAGS] |= EFLAGS_IF;
  cpu.shadowNext(STI_SHADOW);
}

function mayChangeIf(cpu: Cpu): boolean {
  const w = cpu.words;
  return (w[CR0] & CR0_PE) === 0 || w[CPL] <= (w[EFLAGS] & EFLAGS_IOPL) >> EFLAGS_IOPL_SHIFT;
}
