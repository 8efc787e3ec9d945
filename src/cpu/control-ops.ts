/** MOV to and from control registers, LMSW, SMSW, CLTS, INVLPG, SYSENTER, SYSEXIT. SDM vol. 2, by their names; vol. 3, "Changes to Instruction Behavior in
 *  VMX Non-Root Operation". */
import {
  BASE,
  CR0,
  CR2,
  CR3,
  CR4,
  CS,
  ECX,
  EDX,
  EFLAGS,
  ES,
  ESP,
  LIMIT,
  NON_ROOT,
  RIGHTS,
  SELECTOR,
  SS,
  SYSENTER_CS,
  SYSENTER_EIP,
  SYSENTER_ESP,
} from '../arch/cpu-state.ts';
import { EFLAGS_IF, EFLAGS_RF, EFLAGS_VM } from '../arch/eflags.ts';
import { GP, UD } from '../arch/exceptions.ts';
import { CR0_TS } from '../arch/paging.ts';
import { type Insn, MEMORY } from '../isa/insn.ts';
import { SPECIAL } from '../isa/operands.ts';
import { raise } from '../memory/fault.ts';
import type { Cpu } from './cpu.ts';
import { EA } from './derived.ts';
import { deriveSegment, isNull, isProtected } from './segmentation.ts';
import type { VmxPort } from './ports.ts';

const EXIT_INVLPG = 14;

/** VT-x as long as a guest runs. */
function guestVmx(cpu: Cpu): VmxPort | null {
  return cpu.words[NON_ROOT] !== 0 ? cpu.vmx : null;
}

export function movFromControl(cpu: Cpu, insn: Insn, gpr: number, cr: number): void {
  const w = cpu.words;
  const vmx = guestVmx(cpu);
  switch (cr - SPECIAL) {
    case 0:
      w[gpr] = vmx?.readControl(0, w[CR0]) ?? w[CR0];
      return;
    case 2:
      w[gpr] = w[CR2];
      return;
    case 3:
      vmx?.movFromControlExit(insn, 3, gpr);
      w[gpr] = w[CR3];
      return;
    case 4:
      w[gpr] = vmx?.readControl(4, w[CR4]) ?? w[CR4];
      return;
    default:
      raise(UD);
  }
}

export function movToControl(cpu: Cpu, insn: Insn, cr: number, gpr: number): void {
  const w = cpu.words;
  const number = cr - SPECIAL;
  if (number === 2) {
    w[CR2] = w[gpr];
    return;
  }
  if (number !== 0 && number !== 3 && number !== 4) raise(UD);
  const value = guestVmx(cpu)?.movToControl(insn, number, w[gpr], gpr) ?? w[gpr];
  if (number === 0) cpu.writeCr0(value);
  else if (number === 3) cpu.writeCr3(value);
  else cpu.writeCr4(value);
}

export function smsw(cpu: Cpu, _insn: Insn, dst: number): void {
  const cr0 = cpu.words[CR0];
  cpu.execute.write(dst, guestVmx(cpu)?.readControl(0, cr0) ?? cr0);
}

/** LMSW: PE, MP, EM and TS; it cannot clear PE. */
export function lmsw(cpu: Cpu, insn: Insn, src: number): void {
  const cr0 = cpu.words[CR0];
  const source = cpu.execute.read(src) & 0xffff;
  const isMemory = (insn.flags & MEMORY) !== 0;
  const value = (cr0 & ~0xe) | (source & 0xf);
  cpu.writeCr0(guestVmx(cpu)?.lmsw(insn, source, isMemory, isMemory ? operandLinear(cpu, insn) : 0) ?? value);
}

export function clts(cpu: Cpu, insn: Insn): void {
  cpu.writeCr0(guestVmx(cpu)?.clts(insn) ?? cpu.words[CR0] & ~CR0_TS);
}

/** Linear address of the memory operand, unchecked. */
function operandLinear(cpu: Cpu, insn: Insn): number {
  return (cpu.words[EA] + cpu.words[ES + 4 * insn.segment + BASE]) | 0;
}

export function invlpg(cpu: Cpu, insn: Insn): void {
  const linear = operandLinear(cpu, insn);
  guestVmx(cpu)?.instructionExit(EXIT_INVLPG, insn, linear);
  cpu.mmu.invlpg(linear);
}

const CODE_32 = 0xc09b;
const DATA_32 = 0xc093;
const DPL_3 = 0x60;

export function sysenter(cpu: Cpu): void {
  const w = cpu.words;
  if (!isProtected(cpu) || isNull(w[SYSENTER_CS])) raise(GP);
  w[EFLAGS] &= ~(EFLAGS_VM | EFLAGS_IF | EFLAGS_RF);
  const selector = w[SYSENTER_CS] & 0xfffc;
  loadFlat(cpu, CS, selector, CODE_32);
  loadFlat(cpu, SS, selector + 8, DATA_32);
  cpu.setCpl(0);
  w[ESP] = w[SYSENTER_ESP];
  cpu.setEip(w[SYSENTER_EIP]);
}

export function sysexit(cpu: Cpu): void {
  const w = cpu.words;
  if (!isProtected(cpu) || cpu.cpl !== 0 || isNull(w[SYSENTER_CS])) raise(GP);
  const selector = (w[SYSENTER_CS] & 0xfffc) | 3;
  loadFlat(cpu, CS, selector + 16, CODE_32 | DPL_3);
  loadFlat(cpu, SS, selector + 24, DATA_32 | DPL_3);
  cpu.setCpl(3);
  w[ESP] = w[ECX];
  cpu.setEip(w[EDX]);
}

/** Loads fixed attributes without a look at any table. SDM vol. 2, "SYSENTER-Fast System Call". */
function loadFlat(cpu: Cpu, segment: number, selector: number, rights: number): void {
  const w = cpu.words;
  w[segment + SELECTOR] = selector & 0xffff;
  w[segment + BASE] = 0;
  w[segment + LIMIT] = -1;
  w[segment + RIGHTS] = rights;
  deriveSegment(cpu, segment);
}
