/** Exits of instructions whose operands decide: control and debug registers, ports, MSRs. SDM vol. 3, "Instructions That Cause VM Exits Conditionally",
 *  "Changes to Instruction Behavior in VMX Non-Root Operation". Each function exits, or returns what the instruction goes on with. */
import * as w from '../arch/cpu-state.ts';
import { EXIT } from '../arch/exit-reasons.ts';
import { CR0_PE, CR0_TS } from '../arch/paging.ts';
import { CR3_TARGETS } from '../arch/vmx-capabilities.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import type { PortAccess } from '../cpu/ports.ts';
import { type Insn, REP, REPNE } from '../isa/insn.ts';
import * as c from './controls.ts';
import { INFORMATION } from './instruction-info.ts';
import { vmExit } from './exit.ts';
import { readPhysical } from './vmcs.ts';
import type { Vmx } from './vmx.ts';

// Bits 5:4 of the qualification for control-register accesses.
const MOV_FROM = 1 << 4;
const CLTS = 2 << 4;
const LMSW = 3 << 4;
const LMSW_MEMORY = 1 << 6;

/** MOV to CR0, CR3 or CR4. CR0 and CR4 exit if a host-owned bit would differ from the read shadow; else those bits keep their present value. */
export function movToControl(vmx: Vmx, insn: Insn, cr: number, access: { value: number; gpr: number }): number {
  const { controls, cpu } = vmx;
  const { value, gpr } = access;
  if (cr === 3) {
    if (controls[c.PRIMARY] & CONTROL.cr3LoadExiting && !isCr3Target(controls, value)) exitControl(vmx, insn, cr | (gpr << 8));
    return value;
  }
  const mask = controls[cr === 0 ? c.CR0_MASK : c.CR4_MASK];
  const shadow = controls[cr === 0 ? c.CR0_SHADOW : c.CR4_SHADOW];
  if ((value ^ shadow) & mask) exitControl(vmx, insn, cr | (gpr << 8));
  return (value & ~mask) | (cpu.words[cr === 0 ? w.CR0 : w.CR4] & mask);
}

function isCr3Target(controls: Int32Array, value: number): boolean {
  // VM entry has checked the count; a file that says otherwise gets no endless loop.
  const count = Math.min(controls[c.CR3_COUNT], CR3_TARGETS);
  for (let n = 0; n < count; n++) if (controls[c.CR3_TARGET + n] === value) return true;
  return false;
}

/** MOV from CR3; the other control registers do not exit when they are read. */
export function movFromControl(vmx: Vmx, insn: Insn, cr: number, gpr: number): void {
  if (cr === 3 && vmx.controls[c.PRIMARY] & CONTROL.cr3StoreExiting) exitControl(vmx, insn, cr | MOV_FROM | (gpr << 8));
}

/** CLTS: CR0 to go on with. A host-owned TS that the guest believes to be 0 stays as it is. */
export function clts(vmx: Vmx, insn: Insn): number {
  const { controls, cpu } = vmx;
  const cr0 = cpu.words[w.CR0];
  if ((controls[c.CR0_MASK] & CR0_TS) === 0) return cr0 & ~CR0_TS;
  if (controls[c.CR0_SHADOW] & CR0_TS) exitControl(vmx, insn, CLTS);
  return cr0;
}

/** LMSW: CR0 to go on with. It writes MP, EM and TS, and can set PE but not clear it. */
export function lmsw(vmx: Vmx, insn: Insn, source: number, operand: { isMemory: boolean; linear: number }): number {
  const { controls, cpu } = vmx;
  const mask = controls[c.CR0_MASK];
  const differs = (source ^ controls[c.CR0_SHADOW]) & mask & 0xe;
  const setsPe = source & mask & ~controls[c.CR0_SHADOW] & CR0_PE;
  if (differs | setsPe) {
    const qualification = LMSW | (operand.isMemory ? LMSW_MEMORY : 0) | (source << 16);
    if (operand.isMemory) exitControl(vmx, insn, qualification, operand.linear);
    exitControl(vmx, insn, qualification);
  }
  const cr0 = cpu.words[w.CR0];
  const written = (source & 0xf) | (cr0 & CR0_PE);
  const free = 0xf & ~mask;
  return (cr0 & ~free) | (written & free);
}

function exitControl(vmx: Vmx, insn: Insn, qualification: number, linear?: number): never {
  const report = { instructionLength: insn.length };
  vmExit(vmx, EXIT.controlRegisterAccesses, qualification, linear === undefined ? report : { ...report, linear });
}

/** MOV to or from a debug register. */
export function movDebug(vmx: Vmx, insn: Insn, dr: number, access: { isRead: boolean; gpr: number }): void {
  if ((vmx.controls[c.PRIMARY] & CONTROL.movDrExiting) === 0) return;
  const qualification = dr | (access.isRead ? 1 << 4 : 0) | (access.gpr << 8);
  vmExit(vmx, EXIT.movDr, qualification, { instructionLength: insn.length });
}

/** IN, OUT, INS or OUTS, by the I/O bitmaps where they are in use. */
export function io(vmx: Vmx, insn: Insn, access: PortAccess): void {
  const { controls } = vmx;
  const { port, size, isIn, isString, linear } = access;
  const isExit =
    controls[c.PRIMARY] & CONTROL.useIoBitmaps
      ? isPortOwned(vmx, port, size)
      : (controls[c.PRIMARY] & CONTROL.unconditionalIoExiting) !== 0;
  if (!isExit) return;
  const isRepeated = isString && (insn.flags & (REP | REPNE)) !== 0;
  // E4 to E7: the port is an immediate.
  const isImmediate = (insn.opcode & 0xfc) === 0xe4;
  const qualification =
    (size - 1) | (isIn ? 1 << 3 : 0) | (isString ? 1 << 4 : 0) | (isRepeated ? 1 << 5 : 0) | (isImmediate ? 1 << 6 : 0) | (port << 16);
  const report = { instructionLength: insn.length };
  vmExit(vmx, EXIT.ioInstruction, qualification, isString ? { ...report, linear, instructionInfo: INFORMATION.string(insn) } : report);
}

/** A bit of the I/O bitmaps is 1 for one of the ports, or the access wraps around at FFFFH. */
function isPortOwned(vmx: Vmx, port: number, size: number): boolean {
  if (port + size > 0x10000) return true;
  for (let p = port; p < port + size; p++) {
    const bitmap = p < 0x8000 ? c.IO_BITMAP_A : c.IO_BITMAP_B;
    if (bitmapBit(vmx, bitmap, p & 0x7fff)) return true;
  }
  return false;
}

/** Where the read bitmaps for low and high MSRs begin, in bits; those for writes are 2 KiB behind. */
const LOW_MSRS = 0;
const HIGH_MSRS = 1024 * 8;
const WRITES = 2048 * 8;

/** RDMSR or WRMSR of `msr`. */
export function msr(vmx: Vmx, insn: Insn, msr: number, isWrite: boolean): void {
  const { controls } = vmx;
  if (controls[c.PRIMARY] & CONTROL.useMsrBitmaps) {
    const index = msr & 0x1fff;
    const range = msr >>> 13 === 0 ? LOW_MSRS : msr >>> 13 === 0xc0000000 >>> 13 ? HIGH_MSRS : -1;
    if (range >= 0 && !bitmapBit(vmx, c.MSR_BITMAP, range + index + (isWrite ? WRITES : 0))) return;
  }
  vmExit(vmx, isWrite ? EXIT.wrmsr : EXIT.rdmsr, 0, { instructionLength: insn.length });
}

/** Bit `n` of the bitmap whose address is in the part's words `at` and `at + 1`. */
function bitmapBit(vmx: Vmx, at: number, n: number): boolean {
  const { controls, cpu } = vmx;
  const word = readPhysical(cpu.bus, controls[at] + 4 * (n >>> 5), controls[at + 1]);
  return ((word >>> (n & 31)) & 1) !== 0;
}
