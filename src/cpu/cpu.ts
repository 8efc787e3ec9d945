/** The processor: its state, what it is wired to, and what VMX, devices and the machine may ask of it. Instructions run in `interpreter.ts`. */
import * as words from '../arch/cpu-state.ts';
import { CPL, CPU_LAYOUT, CPU_WORDS, CR0, CR3, CR4, EFLAGS, EIP, TICKS_HI, TICKS_LO } from '../arch/cpu-state.ts';
import { EFLAGS_AC, EFLAGS_DEFINED, EFLAGS_FIXED, EFLAGS_STATUS } from '../arch/eflags.ts';
import { CR0_AM } from '../arch/paging.ts';
import { RESET_STATE } from '../arch/registers.ts';
import { decode } from '../isa/decode.ts';
import { ADDRESS16, type Insn } from '../isa/insn.ts';
import type { SystemName } from '../isa/semantics.ts';
import type { Bus } from '../memory/bus.ts';
import type { Mmu } from '../memory/mmu.ts';
import type { Stateful } from '../time/stateful.ts';
import type { Trace } from '../trace/trace.ts';
import { Breakpoints } from './breakpoints.ts';
import * as control from './control-registers.ts';
import { ALL_WORDS, LEFT, NEW_SHADOW, NEXT, WINDOW_SIZE } from './derived.ts';
import { Execute } from './execute.ts';
import { setStatusFlags, statusFlags } from '../isa/flags.ts';
import { Interpreter } from './interpreter.ts';
import { deliver } from './interrupts.ts';
import type { CpuProbe, EventInfo, InterruptController, PortIo, VmxPort } from './ports.ts';
import { deriveSegment, setNull } from './segmentation.ts';
import { CPU_SYSTEM_OPS, type SystemOps } from './system-ops.ts';

/** Why `run` came back. `budget`: the ticks are used up. `halted`: HLT (or wait-for-SIPI) and nothing to wake it; time goes on only from outside.
 *  `shutdown`: a triple fault. `stopped`: `requestStop` was called. `breakpoint`: before an instruction with one of `setBreakpoints`. */
export type StopReason = 'budget' | 'halted' | 'shutdown' | 'stopped' | 'breakpoint';

/** What a CPU is wired to. */
export interface CpuWiring {
  readonly bus: Bus;
  readonly mmu: Mmu;
  readonly io: PortIo;
  readonly interrupts: InterruptController;
  readonly trace: Trace;
}

// Activity states.
const ACTIVE = 0;
const SHUTDOWN = 2;

/** MSRs, by their words. */
const KEPT_BY_INIT = [
  ...[words.TSC_OFFSET_LO, words.TSC_OFFSET_HI, words.APIC_BASE, words.FEATURE_CONTROL, words.SYSENTER_CS, words.SYSENTER_ESP],
  ...[words.SYSENTER_EIP, words.DEBUGCTL, words.PAT_LO, words.PAT_HI],
];
const TWO_32 = 0x1_0000_0000;
/** The INVVPID type that drops every VPID but 0. */
const ALL_CONTEXT = 2;

/** One processor. `words` are its whole state; the fields beside them are wiring, derived, or valid within one tick. */
export class Cpu implements Stateful {
  readonly id = 'cpu';
  readonly layout = CPU_LAYOUT;
  /** The architectural words; behind them lie those of `derived.ts`, which are not in `bytes`. */
  readonly words = new Int32Array(ALL_WORDS);
  readonly bytes = new Uint8Array(this.words.buffer, 0, CPU_WORDS * 4);
  readonly bus: Bus;
  readonly mmu: Mmu;
  readonly io: PortIo;
  readonly interrupts: InterruptController;
  readonly trace: Trace;
  /** VT-x, set by the machine; null: a processor without it. */
  vmx: VmxPort | null = null;
  probe: CpuProbe | null = null;
  /** The functions behind `Sem.system`; the machine adds those of VMX. */
  ops: SystemOps = CPU_SYSTEM_OPS;
  readonly execute: Execute;

  /** The event on its way through the IDT: valid during delivery, and for the fault or VM exit that breaks it off. */
  readonly delivering: EventInfo = { valid: false, vector: 0, type: 0, hasErrorCode: false, errorCode: 0, length: 0 };
  /** True while the fault or exit of an IRET is dealt with that had ended NMI blocking (bit 12 of the exit's interruption information). */
  hasIretUnblockedNmi = false;
  /** DR6 bits of the #DB that is thrown or taken. */
  debugBits = 0;
  /** The present instruction delivered an event or changed the context (VM entry): no single-step trap follows it. */
  isStepBroken = false;
  /** `run` returns before the next instruction. */
  isStopRequested = false;
  readonly breakpoints = new Breakpoints();

  // Derived from the words by reloadDerived.
  /** Default operand and address size of the code. */
  codeBits: 16 | 32 = 16;
  /** CR0.AM, EFLAGS.AC and CPL 3. */
  checksAlignment = false;
  /** Linear address of the page on which the code window is open. */
  windowLinear = 0;

  private readonly interpreter: Interpreter;
  /** Tick at which the running slice ends. */
  private sliceEnd = 0;

  constructor(wiring: CpuWiring) {
    this.bus = wiring.bus;
    this.mmu = wiring.mmu;
    this.io = wiring.io;
    this.interrupts = wiring.interrupts;
    this.trace = wiring.trace;
    this.execute = new Execute(this, decode(new Uint8Array([0x90]), 0, 32) as Insn);
    this.interpreter = new Interpreter(this, this.execute);
    this.reset();
  }

  // Running ----------------------------------------------------------------------------------------------------------------------------
  /** Runs for `maxTicks` ticks (whole, at least 1), or until something else stops it. */
  run(maxTicks: number): StopReason {
    this.isStopRequested = false;
    const reason = this.interpreter.run(maxTicks);
    this.saveTicks();
    return reason;
  }

  /** One instruction, iteration or event. */
  step(): StopReason {
    return this.run(1);
  }

  /** Ends `run` after the present instruction. */
  requestStop(): void {
    this.isStopRequested = true;
    this.recheckEvents();
  }

  /** Linear addresses (unsigned) of instructions before which `run` stops while `breakpoints.isArmed`. */
  setBreakpoints(addresses: ReadonlySet<number>): void {
    this.breakpoints.set(addresses);
    this.interpreter.code.watch(this.breakpoints.offsets);
    this.dropWindow();
  }

  /** Something that events depend on changed (a pin, IF, a window): look at them before the next instruction. */
  recheckEvents(): void {
    const left = this.words[LEFT];
    if (left <= 1) return;
    this.sliceEnd -= left - 1;
    this.words[LEFT] = 1;
  }

  /** Instructions, iterations and events since reset. Exact also during an instruction, which has not been counted yet. */
  get ticks(): number {
    return this.sliceEnd - this.words[LEFT];
  }

  /** Lets `ticks` pass without an instruction: a halted processor waits. */
  advance(ticks: number): void {
    this.sliceEnd += ticks;
    this.saveTicks();
  }

  /** For the interpreter: the next `ticks` ticks are one slice. */
  startSlice(ticks: number): void {
    this.sliceEnd += ticks - this.words[LEFT];
    this.words[LEFT] = ticks;
  }

  get isActive(): boolean {
    return this.words[words.ACTIVITY] === ACTIVE;
  }
  /** Only a reset helps. A guest's shutdown is the guest's own: VT-x may still exit from it. */
  get isShutdown(): boolean {
    return this.words[words.ACTIVITY] === SHUTDOWN && this.words[words.NON_ROOT] === 0;
  }
  /** An instruction or event delivery of the guest has just ended: a monitor-trap exit may come. Kept by VT-x, in its bytes. */
  get isMonitorTrapDue(): boolean {
    return this.vmx?.monitorTrapDue ?? false;
  }
  set isMonitorTrapDue(isDue: boolean) {
    if (this.vmx !== null) this.vmx.monitorTrapDue = isDue;
  }
  get cpl(): number {
    return this.words[CPL];
  }
  /** The instruction that runs, or ran last. */
  get insn(): Insn {
    return this.execute.insn;
  }

  // Instructions' view -----------------------------------------------------------------------------------------------------------------
  /** Runs the function behind a `system` word. What it did to translations closes the code window. */
  system(name: SystemName, a: number, b: number, c: number): void {
    const op = this.ops[name];
    op(this, this.execute.insn, a, b, c);
    const x = this.windowLinear ^ this.mmu.fetchMirror[this.windowLinear >>> 12];
    if (x < 0) this.dropWindow();
  }

  /** Goes on at `eip`, in place of the instruction after this one. Whoever changes EIP, VM entries too, does it by this. */
  setEip(eip: number): void {
    this.words[EIP] = eip;
    this.words[NEXT] = eip;
  }

  /** `offset` + `by` at the address size of the instruction. */
  offsetBy(insn: Insn, offset: number, by: number): number {
    return insn.flags & ADDRESS16 ? (offset + by) & 0xffff : (offset + by) | 0;
  }

  /** Blocks what STI (1) or MOV SS (2) block until the next instruction has retired. */
  shadowNext(bit: number): void {
    this.words[NEW_SHADOW] |= bit;
    this.recheckEvents();
  }

  // EFLAGS -----------------------------------------------------------------------------------------------------------------------------
  /** The whole image. */
  eflags(): number {
    return this.words[EFLAGS] | statusFlags(this.words);
  }

  /** Replaces the whole image; no privilege rules, reserved bits stay as they must be. */
  setEflags(value: number): void {
    this.words[EFLAGS] = (value & EFLAGS_DEFINED & ~EFLAGS_STATUS) | EFLAGS_FIXED;
    setStatusFlags(this.words, value & EFLAGS_STATUS);
    this.deriveAlignment();
  }

  // Privilege, control registers ---------------------------------------------------------------------------------------------------------
  setCpl(cpl: number): void {
    this.words[CPL] = cpl;
    this.mmu.setPrivilege(cpl === 3);
    this.loadMirrors();
    this.deriveAlignment();
  }

  /** Runs `access` with the page rights of privilege level `cpl`. */
  atPrivilege(cpl: number, access: () => void): void {
    if ((cpl === 3) === (this.cpl === 3)) {
      access();
      return;
    }
    this.mmu.setPrivilege(cpl === 3);
    try {
      access();
    } finally {
      this.mmu.setPrivilege(this.cpl === 3);
    }
  }

  /** Write a control register with all #GP rules, flushes and consequences of MOV to it. */
  writeCr0(value: number): void {
    control.writeCr0(this, value);
  }
  writeCr3(value: number): void {
    control.writeCr3(this, value);
  }
  writeCr4(value: number): void {
    control.writeCr4(this, value);
  }

  /** Loads a data segment register or SS (word ES, SS, DS, FS, GS) with a null selector. */
  setNullSegment(segment: number): void {
    setNull(this, segment, 0);
  }

  // Events -----------------------------------------------------------------------------------------------------------------------------
  /** Delivers an event through the IDT. A fault in it is thrown, with `delivering` valid. */
  deliver(event: EventInfo): void {
    deliver(this, event);
  }

  /** Pulls the NMI or INIT pin. */
  raiseNmi(): void {
    this.words[words.PENDING_NMI] |= 1;
    this.recheckEvents();
  }
  raiseInit(): void {
    this.words[words.PENDING_NMI] |= 2;
    this.recheckEvents();
  }

  // State ------------------------------------------------------------------------------------------------------------------------------
  /** Power-up or RESET, which empties the TLB, whatever the VPIDs. The clock goes on. */
  reset(): void {
    this.loadResetState();
    this.mmu.flushAll(true);
    this.mmu.invvpid(ALL_CONTEXT, 0, 0);
    this.reloadDerived();
  }

  /** INIT: as RESET, but the MSRs stay, and CD and NW of CR0. SDM vol. 3, "Processor State After Reset". */
  init(): void {
    const w = this.words;
    const kept = KEPT_BY_INIT.map((word) => [word, w[word]] as const);
    const cacheBits = w[CR0] & 0x6000_0000;
    this.loadResetState();
    for (const [word, value] of kept) w[word] = value;
    w[CR0] = (w[CR0] & ~0x6000_0000) | cacheBits;
    this.mmu.flushAll(true);
    this.reloadDerived();
  }

  /** Recomputes what is derived from the words, after CR0, CR3, CR4, CPL, segments or EFLAGS were replaced from outside (VM entry and exit). Nothing of the
   *  instruction that did it reaches into the new context. */
  reloadDerived(): void {
    const w = this.words;
    this.mmu.setPaging(w[CR0], w[CR3], w[CR4]);
    this.mmu.setPrivilege(w[CPL] === 3);
    this.loadMirrors();
    for (let segment = words.ES; segment <= words.GS; segment += 4) deriveSegment(this, segment);
    this.deriveAlignment();
    w[NEXT] = w[EIP];
    w[NEW_SHADOW] = w[words.INTERRUPTIBILITY] & 3;
    this.isStepBroken = true;
    this.recheckEvents();
  }

  /** After `bytes` were replaced. */
  rebuild(): void {
    const w = this.words;
    w[LEFT] = 0;
    w[NEW_SHADOW] = 0;
    this.sliceEnd = (w[TICKS_LO] >>> 0) + w[TICKS_HI] * TWO_32;
    this.delivering.valid = false;
    this.interpreter.code.doubtAll();
    this.reloadDerived();
    w[NEW_SHADOW] = 0;
  }

  /** The next instruction is fetched anew. */
  dropWindow(): void {
    this.words[WINDOW_SIZE] = 0;
  }

  /** The mirrors of the MMU's present context. */
  loadMirrors(): void {
    this.execute.readMirror = this.mmu.readMirror;
    this.execute.writeMirror = this.mmu.writeMirror;
    this.dropWindow();
  }

  deriveAlignment(): void {
    const w = this.words;
    this.checksAlignment = w[CPL] === 3 && (w[CR0] & CR0_AM) !== 0 && (w[EFLAGS] & EFLAGS_AC) !== 0;
  }

  private loadResetState(): void {
    const kept = [this.words[TICKS_LO], this.words[TICKS_HI]];
    this.words.fill(0, 0, CPU_WORDS);
    for (const [word, value] of RESET_STATE) this.words[word] = value;
    setStatusFlags(this.words, 0);
    [this.words[TICKS_LO], this.words[TICKS_HI]] = kept;
  }

  private saveTicks(): void {
    this.words[TICKS_LO] = this.ticks | 0;
    this.words[TICKS_HI] = Math.floor(this.ticks / TWO_32);
  }
}
