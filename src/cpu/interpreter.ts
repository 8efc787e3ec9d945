/** The run loop. An instruction is found in the code window, its effective address is computed, its row runs on `Execute`, EIP and the clock move on.
 *
 *  The loop runs in slices. A slice ends when its ticks are used up, or early when somebody asks for a look at the events; between two slices events are
 *  taken in the order of the manual (`events.ts`). Where every instruction boundary matters (TF, a shadow, breakpoints, VMX windows) slices are one long.
 *
 *  One tick: an instruction retired, an iteration of a repeated one, or an event taken (an exception, interrupt or VM exit). That an event costs a tick
 *  is ours, not the manual's: so a processor that only faults still gets to the end of its budget. */
import { BASE, CPL, CS, EFLAGS, EIP, INTERRUPTIBILITY, LIMIT, NON_ROOT, PENDING_DEBUG, VMX_ON } from '../arch/cpu-state.ts';
import { EFLAGS_RF, EFLAGS_TF } from '../arch/eflags.ts';
import { GP, UD } from '../arch/exceptions.ts';
import { DR6_BS } from '../arch/registers.ts';
import { decode, MAX_INSN_LENGTH } from '../isa/decode.ts';
import * as hot from '../isa/hot.ts';
import { ADDRESS16, GUARDED, type Insn, MEMORY, REPEATS, WATCHED } from '../isa/insn.ts';
import { raise, vmExitTaken } from '../memory/fault.ts';
import { breakpointMet } from './breakpoints.ts';
import { CodeCache, type CodeWindow } from './code-cache.ts';
import type { Cpu, StopReason } from './cpu.ts';
import { breakpointHits, hasBreakpoints, raiseDebug } from './debug-registers.ts';
import { EA, GUARD, LEFT, NEW_SHADOW, NEXT, SEGMENT_GUARD, WINDOW_BASE, WINDOW_SIZE } from './derived.ts';
import { unwind } from './exceptions.ts';
import { takeEvents } from './events.ts';
import type { Execute } from './execute.ts';
import { repeat } from './repeat.ts';
import { usesDescriptors } from './segmentation.ts';

/** Ticks of the longest slice: LEFT is an int32. */
const LONGEST_SLICE = 1 << 30;
const SPECIAL = GUARDED | REPEATS | WATCHED;
/** Blocking by STI and by MOV SS. */
const SHADOWS = 3;
const MOV_SS = 2;

/** Instructions over two pages that are remembered. */
const MOST_CROSSING = 4096;

interface Crossing {
  readonly insn: Insn;
  readonly bits: 16 | 32;
  readonly bytes: Uint8Array;
}

/** Drives the rows of one CPU. What is neither a guest's fault nor a VM exit comes out of `run`: a bug of ours. */
export class Interpreter {
  readonly code: CodeCache;
  private readonly cpu: Cpu;
  private readonly execute: Execute;
  private window: CodeWindow = [];
  /** Bytes of an instruction that lies in two pages, or outside RAM. */
  private readonly bytes = new Uint8Array(MAX_INSN_LENGTH);
  /** Such instructions by linear address, with the bytes they were made of. */
  private crossing = new Map<number, Crossing>();

  constructor(cpu: Cpu, execute: Execute) {
    this.cpu = cpu;
    this.execute = execute;
    this.code = new CodeCache(cpu.bus.physical, cpu.mmu);
    cpu.bus.physical.onCodeWrite = (page, at) => {
      if (this.code.noteStore(page, at)) cpu.dropWindow();
    };
  }

  /** Runs until `ticks` have passed, or something stops it. */
  run(ticks: number): StopReason {
    const { cpu } = this;
    const end = cpu.ticks + ticks;
    for (;;) {
      if (cpu.isStopRequested) return 'stopped';
      if (cpu.ticks >= end) return 'budget';
      let slice = 0;
      let resume = 0;
      try {
        if (takeEvents(cpu)) {
          cpu.advance(1);
          continue;
        }
        if (!cpu.isActive) return cpu.isShutdown ? 'shutdown' : 'halted';
        resume = this.clearResumeFlag();
        const isCareful = this.needsCare();
        slice = isCareful ? 1 : this.sliceLength(end);
        cpu.startSlice(slice);
        if (isCareful) this.step(resume);
        else this.loop();
        this.endShadow();
      } catch (thrown) {
        // Not after a VM exit: the flags are the host's by now.
        if (resume !== 0 && cpu.words[LEFT] === slice && thrown !== vmExitTaken) cpu.words[EFLAGS] |= resume;
        if (thrown === breakpointMet) {
          // Between two iterations of a repeated instruction there is none: RF says so for those of the guest, and serves here too.
          if (resume === 0 || cpu.words[LEFT] !== slice || (cpu.insn.flags & REPEATS) === 0) return 'breakpoint';
          cpu.breakpoints.passedAt = cpu.ticks;
          continue;
        }
        unwind(cpu, thrown);
        cpu.advance(1);
      }
    }
  }

  private sliceLength(end: number): number {
    const { cpu } = this;
    let length = Math.min(end - cpu.ticks, LONGEST_SLICE);
    if (cpu.words[NON_ROOT] !== 0 && cpu.vmx !== null) length = Math.min(length, Math.max(1, cpu.vmx.ticksToPreemption()));
    return length;
  }

  /** RF holds for one instruction: it is cleared before that runs, and put back if it does not retire. */
  private clearResumeFlag(): number {
    const w = this.cpu.words;
    const resume = w[EFLAGS] & EFLAGS_RF;
    w[EFLAGS] ^= resume;
    return resume;
  }

  private needsCare(): boolean {
    const { cpu } = this;
    const w = cpu.words;
    if (w[EFLAGS] & EFLAGS_TF || w[INTERRUPTIBILITY] & SHADOWS || hasBreakpoints(w)) return true;
    return w[NON_ROOT] !== 0 && cpu.vmx !== null && cpu.vmx.watchesBoundaries;
  }

  /** One instruction, with what only single instructions see: breakpoints and the single-step trap. */
  private step(resume: number): void {
    const { cpu } = this;
    const w = cpu.words;
    if (resume === 0 && hasBreakpoints(w) && (w[INTERRUPTIBILITY] & MOV_SS) === 0) {
      const hits = breakpointHits(w);
      if (hits !== 0) raiseDebug(cpu, hits);
    }
    const trap = w[EFLAGS] & EFLAGS_TF;
    cpu.isStepBroken = false;
    this.loop();
    if (cpu.isStepBroken) return;
    if (trap !== 0) w[PENDING_DEBUG] |= DR6_BS;
    cpu.isMonitorTrapDue = true;
  }

  /** A shadow of STI or MOV SS ends with the instruction after it. */
  private endShadow(): void {
    const w = this.cpu.words;
    w[INTERRUPTIBILITY] = (w[INTERRUPTIBILITY] & ~SHADOWS) | w[NEW_SHADOW];
    w[NEW_SHADOW] = 0;
  }

  /** Runs LEFT instructions, or until one of them throws. */
  private loop(): void {
    const w = this.cpu.words;
    for (;;) {
      this.runWindow();
      if (w[LEFT] <= 0) return;
      this.runOne();
      if (w[LEFT] <= 0) return;
    }
  }

  /** Runs plain instructions of the code window, until it has no such one at EIP. What is not plain is not called from here, so that V8 does not put it in: the
   *  loop stays small; 20 % of the bench's ALU loop. EIP is not read back where it is as foreseen, for then the processor need not wait for the word that was
   *  just written; 8 %. The hot rows are called by name; 10 to 20 %. */
  private runWindow(): void {
    const { execute, window } = this;
    const w = this.cpu.words;
    let eip = w[EIP];
    do {
      const start = (eip - w[WINDOW_BASE]) | 0;
      if (start >>> 0 >= w[WINDOW_SIZE]) return;
      const insn = window[start];
      if (insn === null || (insn.flags & SPECIAL) !== 0) return;
      execute.insn = insn;
      const next = (eip + insn.length) | 0;
      w[NEXT] = next;
      if ((insn.flags & MEMORY) !== 0) computeAddress(w, insn);
      // biome-ignore format: a table
      switch (insn.hot) {
        case 1: hot.MOV(execute, insn.a, insn.b, insn.c); break;
        case 2: hot.ADD(execute, insn.a, insn.b, insn.c); break;
        case 3: hot.SUB(execute, insn.a, insn.b, insn.c); break;
        case 4: hot.CMP(execute, insn.a, insn.b, insn.c); break;
        case 5: hot.XOR(execute, insn.a, insn.b, insn.c); break;
        case 6: hot.AND(execute, insn.a, insn.b, insn.c); break;
        case 7: hot.OR(execute, insn.a, insn.b, insn.c); break;
        case 8: hot.TEST(execute, insn.a, insn.b, insn.c); break;
        case 9: hot.INC(execute, insn.a, insn.b, insn.c); break;
        case 10: hot.DEC(execute, insn.a, insn.b, insn.c); break;
        case 11: hot.LEA(execute, insn.a, insn.b, insn.c); break;
        case 12: hot.PUSH(execute, insn.a, insn.b, insn.c); break;
        case 13: hot.POP(execute, insn.a, insn.b, insn.c); break;
        case 14: hot.JMP(execute, insn.a, insn.b, insn.c); break;
        case 15: hot.CALL(execute, insn.a, insn.b, insn.c); break;
        case 16: hot.RET(execute, insn.a, insn.b, insn.c); break;
        case 17: hot.JE(execute, insn.a, insn.b, insn.c); break;
        case 18: hot.JNE(execute, insn.a, insn.b, insn.c); break;
        case 19: hot.JB(execute, insn.a, insn.b, insn.c); break;
        case 20: hot.JAE(execute, insn.a, insn.b, insn.c); break;
        case 21: hot.JL(execute, insn.a, insn.b, insn.c); break;
        case 22: hot.JGE(execute, insn.a, insn.b, insn.c); break;
        case 23: hot.NOP(execute, insn.a, insn.b, insn.c); break;
        default: insn.run(execute, insn.a, insn.b, insn.c);
      }
      eip = w[NEXT] === next ? next : w[NEXT];
      w[EIP] = eip;
    } while (--w[LEFT] > 0);
  }

  /** Runs one instruction of whatever kind. */
  private runOne(): void {
    const { execute } = this;
    const w = this.cpu.words;
    const eip = w[EIP];
    const start = (eip - w[WINDOW_BASE]) | 0;
    const insn = (start >>> 0 < w[WINDOW_SIZE] ? this.window[start] : null) ?? this.fetch(eip);
    execute.insn = insn;
    w[NEXT] = eip + insn.length;
    if ((insn.flags & MEMORY) !== 0) computeAddress(w, insn);
    if ((insn.flags & SPECIAL) !== 0) this.special(insn);
    else insn.run(execute, insn.a, insn.b, insn.c);
    w[EIP] = w[NEXT];
    w[LEFT]--;
  }

  /** The instruction at `eip`, and the code window on its page. Throws what fetching it throws. */
  private fetch(eip: number): Insn {
    const { cpu } = this;
    const w = cpu.words;
    const limit = w[CS + LIMIT] >>> 0;
    w[WINDOW_SIZE] = 0;
    if (eip >>> 0 > limit) raise(GP);
    const linear = (w[CS + BASE] + eip) | 0;
    const host = cpu.mmu.fetchPage(linear);
    const bits = cpu.codeBits;
    const insn = host < 0 ? null : this.code.lookUp(host | (linear & 0xfff), bits);
    if (insn === null || (eip >>> 0) + insn.length - 1 > limit) return this.meetBreakpoint(this.fetchBytes(eip, host));
    this.window = this.code.window(host, bits);
    this.openWindow(eip, linear & 0xfff, limit);
    return insn;
  }

  /** The window answers for the EIPs of one page that are so far below the limit of CS that no instruction can reach beyond it. */
  private openWindow(eip: number, pageOffset: number, limit: number): void {
    const w = this.cpu.words;
    w[WINDOW_BASE] = eip - pageOffset;
    const first = (eip >>> 0) - pageOffset;
    const room = limit === 0xffff_ffff ? 4096 : limit - (MAX_INSN_LENGTH - 2) - first;
    // A page that begins before EIP 0 has no window: EIPs just below 4 GiB would be found in it.
    w[WINDOW_SIZE] = first < 0 ? 0 : Math.max(0, Math.min(4096, room));
    this.cpu.windowLinear = (w[CS + BASE] + w[WINDOW_BASE]) | 0;
  }

  /** Byte by byte: an instruction in two pages, near the limit of CS, or outside RAM and ROM (`host` < 0). No byte is fetched that the instruction does not
   *  need: the next page's may fault. */
  private fetchBytes(eip: number, host: number): Insn {
    const { cpu, bytes } = this;
    const bits = cpu.codeBits;
    const linear = (cpu.words[CS + BASE] + eip) | 0;
    const room = (cpu.words[CS + LIMIT] >>> 0) - (eip >>> 0) + 1;
    const known = this.crossing.get(linear);
    let isKnown = known !== undefined && known.bits === bits;
    let wanted = Math.min(room, MAX_INSN_LENGTH, host < 0 ? 1 : 4096 - (linear & 0xfff));
    for (let have = 0; ; wanted = have + 1) {
      if (wanted > room) raise(GP);
      for (; have < wanted; have++) {
        bytes[have] = cpu.mmu.fetch8((linear + have) | 0);
        if (isKnown && have < (known as Crossing).bytes.length) isKnown = bytes[have] === (known as Crossing).bytes[have];
      }
      // speed only: decoding would find the same, or that it needs more
      if (isKnown && have >= (known as Crossing).bytes.length) return (known as Crossing).insn;
      const insn = isKnown ? null : decode(bytes, 0, bits, have);
      if (insn !== null) return this.remember(linear, bits, insn);
    }
  }

  private remember(linear: number, bits: 16 | 32, insn: Insn): Insn {
    if (this.crossing.size >= MOST_CROSSING) this.crossing = new Map();
    this.crossing.set(linear, { insn, bits, bytes: this.bytes.slice(0, insn.length) });
    return insn;
  }

  /** Throws `breakpointMet` if `insn`, the next one to run, has a breakpoint. */
  private meetBreakpoint(insn: Insn): Insn {
    const { cpu } = this;
    const w = cpu.words;
    this.execute.insn = insn;
    if (cpu.breakpoints.stops(w[CS + BASE] + w[EIP], cpu.ticks)) throw breakpointMet;
    return insn;
  }

  private special(insn: Insn): void {
    if ((insn.flags & WATCHED) !== 0) this.meetBreakpoint(insn);
    if ((insn.flags & GUARDED) !== 0) guard(this.cpu, insn);
    if ((insn.flags & REPEATS) !== 0) repeat(this.cpu, this.execute, insn);
    else insn.run(this.execute, insn.a, insn.b, insn.c);
  }
}

/** Computes the effective address of the memory operand. */
function computeAddress(w: Int32Array, insn: Insn): void {
  const ea = (w[insn.base] + (w[insn.index] << insn.scale) + insn.displacement) | 0;
  w[EA] = (insn.flags & ADDRESS16) === 0 ? ea : ea & 0xffff;
  w[GUARD] = w[SEGMENT_GUARD + insn.segment];
}

/** What a row's traits demand before it runs. The order is the manual's: #UD by mode, the exits that come before the privilege check, #GP, other exits.
 *  SDM vol. 3, "Relative Priority of Faults and VM Exits". */
function guard(cpu: Cpu, insn: Insn): void {
  const w = cpu.words;
  const { row } = insn;
  if (row.protectedOnly === true && !usesDescriptors(cpu)) raise(UD);
  if (row.vmxOnly === true && w[VMX_ON] === 0) raise(UD);
  const vmx = w[NON_ROOT] !== 0 && row.exits !== undefined ? cpu.vmx : null;
  if (vmx !== null && row.exitFirst === true) vmx.instructionExit(row.exits as number, insn);
  if (row.cpl === 0 && w[CPL] !== 0) raise(GP);
  if (vmx !== null && row.exitFirst !== true) vmx.instructionExit(row.exits as number, insn);
}
