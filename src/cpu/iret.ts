/** IRET. SDM vol. 2, "IRET/IRETD-Interrupt Return". */
import { BASE, CPL, CS, EFLAGS, ESP, INTERRUPTIBILITY, LIMIT, NON_ROOT, TR } from '../arch/cpu-state.ts';
import {
  EFLAGS_FIXED,
  EFLAGS_IF,
  EFLAGS_IOPL,
  EFLAGS_IOPL_SHIFT,
  EFLAGS_LOW_WORD,
  EFLAGS_NT,
  EFLAGS_VIF,
  EFLAGS_VIP,
  EFLAGS_VM,
  IRET_WRITABLE,
} from '../arch/eflags.ts';
import { GP } from '../arch/exceptions.ts';
import type { Insn } from '../isa/insn.ts';
import { raise } from '../memory/fault.ts';
import { stackLoad } from './access.ts';
import type { Cpu } from './cpu.ts';
import { NEXT } from './derived.ts';
import { returnTo } from './far-transfer.ts';
import { enterVirtual8086, loadRealSegment, usesDescriptors } from './segmentation.ts';
import { checkVirtualIopl } from './stack-ops.ts';
import { switchTask, TASK_IRET } from './task-switch.ts';

const NMI_BLOCKING = 8;

export function iret(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  unblockNmi(cpu);
  checkVirtualIopl(cpu);
  if (usesDescriptors(cpu) && w[EFLAGS] & EFLAGS_NT) {
    returnToTask(cpu, insn);
    return;
  }
  const size = insn.size === 16 ? 16 : 32;
  const bytes = size >> 3;
  const offset = stackLoad(cpu, 0, size);
  const selector = stackLoad(cpu, bytes, size) & 0xffff;
  const image = stackLoad(cpu, 2 * bytes, size);
  const eip = size === 16 ? offset & 0xffff : offset;
  if (size === 32 && image & EFLAGS_VM && w[CPL] === 0 && usesDescriptors(cpu)) {
    returnToVirtual8086(cpu, { eip, selector, image });
    return;
  }
  // The flags are written by the rights of the level that returns.
  const writable = writableFlags(cpu, size);
  if (usesDescriptors(cpu)) returnTo(cpu, { selector, eip, size, popped: 3 * bytes, released: 0 });
  else {
    if (eip >>> 0 > w[CS + LIMIT] >>> 0) raise(GP);
    loadRealSegment(cpu, CS, selector);
    cpu.execute.stackMove(3 * bytes);
    cpu.setEip(eip);
  }
  cpu.hasIretUnblockedNmi = false;
  cpu.setEflags((cpu.eflags() & ~writable) | (image & writable) | EFLAGS_FIXED);
  cpu.recheckEvents();
}

/** What of EFLAGS IRET may change at the present level. */
function writableFlags(cpu: Cpu, size: 16 | 32): number {
  const w = cpu.words;
  let writable = IRET_WRITABLE;
  if (w[CPL] !== 0 || !usesDescriptors(cpu)) writable &= ~(EFLAGS_VIF | EFLAGS_VIP);
  if (w[CPL] !== 0) writable &= ~EFLAGS_IOPL;
  if (w[CPL] > (w[EFLAGS] & EFLAGS_IOPL) >> EFLAGS_IOPL_SHIFT) writable &= ~EFLAGS_IF;
  return size === 16 ? writable & EFLAGS_LOW_WORD : writable;
}

/** NMIs come again, even if the IRET faults. In non-root operation with NMI exiting the bit is the virtual one or nobody's. SDM vol. 3, "Changes to
 *  Instruction Behavior in VMX Non-Root Operation". */
function unblockNmi(cpu: Cpu): void {
  const w = cpu.words;
  const { vmx } = cpu;
  if (w[NON_ROOT] !== 0 && vmx !== null && vmx.nmiExiting && !vmx.virtualNmis) return;
  cpu.hasIretUnblockedNmi = (w[INTERRUPTIBILITY] & NMI_BLOCKING) !== 0;
  w[INTERRUPTIBILITY] &= ~NMI_BLOCKING;
}

/** NT = 1: a return to the task that the present TSS links back to. */
function returnToTask(cpu: Cpu, insn: Insn): void {
  const selector = cpu.mmu.readSystem16(cpu.words[TR + BASE]) & 0xffff;
  switchTask(cpu, insn, { selector, source: TASK_IRET, ext: 0, eip: cpu.words[NEXT] });
  cpu.hasIretUnblockedNmi = false;
}

/** From CPL 0 to an 8086 program: behind EFLAGS lie ESP and the selectors SS, ES, DS, FS, GS. */
function returnToVirtual8086(cpu: Cpu, { eip, selector, image }: { eip: number; selector: number; image: number }): void {
  const [esp, ss, es, ds, fs, gs] = [3, 4, 5, 6, 7, 8].map((n) => stackLoad(cpu, 4 * n, 32));
  if (eip >>> 0 > 0xffff) raise(GP);
  cpu.hasIretUnblockedNmi = false;
  cpu.setEflags((image & IRET_WRITABLE) | EFLAGS_VM | EFLAGS_FIXED);
  enterVirtual8086(cpu, [es, selector, ss, ds, fs, gs]);
  cpu.setCpl(3);
  cpu.words[ESP] = esp;
  cpu.setEip(eip);
  cpu.recheckEvents();
}
