/** What a page is shown of one instant: copies, so that the machine may go on. */
import * as cpu from '../arch/cpu-state.ts';
import { RIGHTS_DB } from '../arch/descriptors.ts';
import { CR0_PE } from '../arch/paging.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { statusFlags } from '../isa/flags.ts';
import { guestContext, hostContext } from '../machine/contexts.ts';
import type { Machine } from '../machine/machine.ts';
import type { PagingContext } from '../memory/walk.ts';
import { type CodeView, CodeWindows } from './code-window.ts';
import type { Computer, Glimpse } from './computer.ts';
import { FineIncrements } from './fine-increments.ts';
import type { Frame, LastInstruction, WalkContext } from './protocol.ts';
import { vmcsRegion } from './vmcs-region.ts';

const NO_PROGRAM = { symbols: {}, source: null };

/** What a host knows of a frame. */
export interface Occasion {
  readonly serial: number;
  readonly isRunning: boolean;
  /** It stands still, or goes so slowly that a reader can follow. */
  readonly isReadable: boolean;
  readonly speed: number;
}

/** Makes the frames of one computer, and remembers what they have shown: console and trace are sent as increments. */
export class FrameMaker {
  private readonly computer: Computer;
  /** By world, and in a host by the image that its guest was made from. */
  private readonly windows = new Map<number, CodeWindows>();
  private sentConsole = 0;
  private sentRecords = 0;
  private readonly fine = new FineIncrements();

  constructor(computer: Computer) {
    this.computer = computer;
  }

  /** The next frame goes to someone who has seen none. */
  forget(): void {
    this.sentConsole = 0;
    this.sentRecords = 0;
    this.fine.forget();
  }

  /** Another history begins here: what was sent of the old one is void. */
  cut(): void {
    const { console, trace, fine } = this.computer.machine;
    // So far back whoever was sent the end of the stream has lost this part of it, too.
    const isFar = console.length < this.sentConsole && console.length <= console.ringFrom;
    this.sentConsole = isFar ? 0 : Math.min(this.sentConsole, console.length);
    this.sentRecords = Math.min(this.sentRecords, trace.written);
    this.fine.cut(fine, this.computer.tick);
  }

  make({ serial, isRunning, isReadable, speed }: Occasion): Frame {
    const { machine, timeline, tick, stop } = this.computer;
    const past = isReadable ? this.computer.instantBefore : null;
    this.cut();
    const console = machine.console.read(this.sentConsole);
    const { first, words } = machine.trace.read(this.sentRecords);
    this.sentConsole = machine.console.length;
    this.sentRecords = machine.trace.written;
    const now = machine.cpu.bytes.slice();
    const before = past?.cpu.slice() ?? now.slice();
    const there = isReadable ? codeThere(machine) : null;
    const isGuest = machine.cpu.words[cpu.NON_ROOT] !== 0;
    return {
      serial,
      tick,
      beginTick: timeline.recordedFrom,
      endTick: timeline.recordedUntil,
      running: isRunning,
      stop,
      cpu: now,
      cpuBefore: before,
      eflags: eflagsIn(now),
      eflagsBefore: eflagsIn(before),
      vmcs: vmcsRegion(machine),
      code: isReadable ? this.windowsOf(isGuest).window(codeHere(machine)) : null,
      otherCode: there && this.windowsOf(!isGuest).window(there),
      last: past && this.last(past),
      console,
      trace: { first, words, recorded: machine.trace.written },
      fine: this.fine.take(machine.fine, tick, isReadable),
      exitCounts: machine.exitCounts,
      entryFailure: machine.vmx.entryFailure,
      isVmPaused: this.computer.hosted?.vmm.vms.some((vm) => vm.isAlive && vm.state.isPaused !== 0) ?? false,
      speed,
    };
  }

  /** The instruction that ran then; null if the CPU was halted. */
  private last({ cpu: bytes, code }: Glimpse): LastInstruction | null {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    return words[cpu.ACTIVITY] === 0 ? this.windowsOf(words[cpu.NON_ROOT] !== 0).instruction(viewOf(words, () => code)) : null;
  }

  /** The code of one world. The hypervisor of a host has no source text, and its guests have one for each image. */
  private windowsOf(isGuest: boolean): CodeWindows {
    const { hosted, loaded } = this.computer;
    const image = hosted && isGuest ? (hosted.vmm.current?.state.image ?? -1) : -1;
    const key = isGuest ? image : -2;
    const known = this.windows.get(key);
    if (known) return known;
    const windows = new CodeWindows(hosted ? (this.computer.program(image) ?? NO_PROGRAM) : loaded);
    this.windows.set(key, windows);
    return windows;
  }
}

/** The EFLAGS image in a `cpu` part's bytes, status flags filled in. */
export function eflagsIn(bytes: Uint8Array): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  return (words[cpu.EFLAGS] | statusFlags(words)) >>> 0;
}

/** The guest of the current VMCS, though root runs; otherwise as the CPU translates now. */
export function contextOf(machine: Machine, context: WalkContext): PagingContext {
  return context === 'guest' ? (guestContext(machine) ?? machine.mmu.context) : machine.mmu.context;
}

/** Whether CPL is 3 there. */
export function isUserIn(machine: Machine, context: WalkContext): boolean {
  const { words } = machine.cpu;
  if (context === 'current' || words[cpu.NON_ROOT] !== 0 || !machine.vmx.vmcs.isCurrent) return words[cpu.CPL] === 3;
  return ((machine.vmx.vmcs.get(FIELD.guestSsRights) >>> 5) & 3) === 3;
}

/** Where the CPU is about to run. */
export function codeHere({ cpu: { words }, mmu }: Pick<Machine, 'cpu' | 'mmu'>): CodeView {
  return viewOf(words, (linear, length) => mmu.peek(linear, length));
}

function viewOf(words: Int32Array, peek: CodeView['peek']): CodeView {
  const bits = words[cpu.CR0] & CR0_PE && words[cpu.CS + cpu.RIGHTS] & RIGHTS_DB ? 32 : 16;
  return { base: words[cpu.CS + cpu.BASE], bits, eip: words[cpu.EIP], peek, words };
}

/** Where the other world will go on: the guest at its saved RIP, or the hypervisor at its host RIP. Null outside VMX operation. */
export function codeThere(machine: Pick<Machine, 'cpu' | 'mmu' | 'vmx'>): CodeView | null {
  const { vmcs } = machine.vmx;
  const guest = guestContext(machine);
  if (guest) {
    const is32 = vmcs.get(FIELD.guestCr0) & CR0_PE && vmcs.get(FIELD.guestCsRights) & RIGHTS_DB;
    const peek: CodeView['peek'] = (linear, length) => machine.mmu.peek(linear, length, guest);
    return { base: vmcs.get(FIELD.guestCsBase), bits: is32 ? 32 : 16, eip: vmcs.get(FIELD.guestRip), peek, words: null };
  }
  const host = hostContext(machine);
  if (!host) return null;
  const peek: CodeView['peek'] = (linear, length) => machine.mmu.peek(linear, length, host);
  return { base: 0, bits: 32, eip: vmcs.get(FIELD.hostRip), peek, words: null };
}
