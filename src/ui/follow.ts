/** Where the lens goes when it follows the machine: to the access that has just failed, and stays while that is dealt with; else to the memory that the last
 *  instruction named, or to the stack where it used only that. */
import * as cpu from '../arch/cpu-state.ts';
import { EPT_VIOLATION_FETCH, EPT_VIOLATION_LINEAR_VALID, EPT_VIOLATION_WRITE } from '../arch/ept.ts';
import { PF_VECTOR } from '../arch/exceptions.ts';
import { EXIT } from '../arch/exit-reasons.ts';
import { PF_U, PF_W } from '../arch/paging.ts';
import { RIGHTS_DB } from '../arch/descriptors.ts';
import type { AccessKind, DataAccess, Frame } from '../api/protocol.ts';
import type { ExitRecord, History } from './history.ts';
import { openExit, words } from './reading.ts';
import type { Lens } from './store.ts';

/** Bits of the exit qualification of an I/O instruction. */
const IO_IN = 1 << 3;
const IO_STRING = 1 << 4;

/** Instructions that use the stack without naming it, and how. */
const STACK_USE = [
  [/^(push|call|int)/, 'push'],
  [/^(pop|ret|iret)/, 'pop'],
  [/^enter/, 'enter'],
  [/^leave/, 'leave'],
] as const;
/** PUSHA's, the largest that an instruction or event moves at once. */
const LARGEST_FRAME = 32;
const WORD = 4;

/** A page fault whose handler is still at work: until the stack is higher than it was when the handler began. */
interface Handling {
  readonly lens: Lens;
  readonly at: number;
  readonly stack: number;
}

export class Follower {
  private handling: Handling | null = null;
  /** The access behind an exit that does not report its linear address, as it was seen when the exit came. */
  private seen: { readonly record: number; readonly lens: Lens } | null = null;

  /** The lens for `frame`, which can be read; null: nothing new to look at. */
  next(frame: Frame, history: History): Lens | null {
    const exit = openExit(frame, history);
    const failed = exit ? (accessOf(exit) ?? this.unreported(exit, frame)) : null;
    if (failed) return failed;
    const fault = this.fault(frame, history);
    if (fault) return fault;
    const access = frame.last?.access ?? stackAccess(frame, history);
    return access
      ? { linear: access.linear, size: Math.max(1, access.size), access: access.access, context: 'current', isUser: null }
      : null;
  }

  /** An EPT misconfiguration has no guest-linear address: it is the operand of the instruction that has just failed, or its own place. */
  private unreported(exit: ExitRecord, frame: Frame): Lens | null {
    if (exit.reason !== EXIT.eptMisconfiguration) return null;
    if (exit.at === frame.tick) {
      const { linear, access, size } = frame.last?.access ?? { linear: exit.guestEip, access: 'fetch', size: 1 };
      this.seen = { record: exit.record, lens: { linear, size: Math.max(1, size), access, context: 'guest', isUser: null } };
    }
    return this.seen?.record === exit.record ? this.seen.lens : null;
  }

  private fault(frame: Frame, history: History): Lens | null {
    const state = words(frame.cpu);
    const event = history.events.findLast((e) => e.at <= frame.tick);
    if (event?.at === frame.tick && event.vector === PF_VECTOR && event.type === 3) {
      const access = event.errorCode & PF_W ? 'write' : event.linear === event.eip ? 'fetch' : 'read';
      const lens: Lens = { linear: event.linear, size: 1, access, context: 'current', isUser: (event.errorCode & PF_U) !== 0 };
      this.handling = { lens, at: event.at, stack: state[cpu.ESP] };
      return lens;
    }
    const { handling } = this;
    if (handling && frame.tick > handling.at && state[cpu.ESP] <= handling.stack && !state[cpu.VMX_ON]) return handling.lens;
    this.handling = null;
    return null;
  }
}

/** What the last tick put on the stack or took from it, null if nothing: what lies between ESP before and after, or what a frame pointer points at. An event
 *  puts its frame there. */
export function stackAccess(frame: Frame, history: History): DataAccess | null {
  const [before, now] = [words(frame.cpuBefore), words(frame.cpu)];
  const kind = isEvent(frame, history) ? 'push' : STACK_USE.find(([names]) => names.test(frame.last?.text ?? ''))?.[1];
  if (!kind || before[cpu.NON_ROOT] !== now[cpu.NON_ROOT]) return null;
  const isPush = kind === 'push' || kind === 'enter';
  const at = isPush ? now : before;
  const mask = at[cpu.SS + cpu.RIGHTS] & RIGHTS_DB ? 0xffff_ffff : 0xffff;
  const offset = (kind === 'enter' || kind === 'leave' ? at[cpu.EBP] : at[cpu.ESP]) & mask;
  const moved = isPush ? before[cpu.ESP] - now[cpu.ESP] : now[cpu.ESP] - before[cpu.ESP];
  // Another stack, or RET with a number of its own: the first word will do.
  const size = moved > 0 && moved <= LARGEST_FRAME && kind !== 'enter' && kind !== 'leave' ? moved : WORD;
  return { linear: (at[cpu.SS + cpu.BASE] + (offset >>> 0)) >>> 0, size, access: isPush ? 'write' : 'read' };
}

function isEvent(frame: Frame, history: History): boolean {
  return history.events.findLast((e) => e.at <= frame.tick)?.at === frame.tick;
}

/** The guest's access that an exit reports, where it reports one with a linear address. */
export function accessOf(exit: ExitRecord): Lens | null {
  const { reason, qualification, guestLinear } = exit;
  const of = (linear: number, access: AccessKind): Lens => ({ linear, size: 1, access, context: 'guest', isUser: null });
  if (reason === EXIT.eptViolation) {
    if ((qualification & EPT_VIOLATION_LINEAR_VALID) === 0) return null;
    const isFetch = (qualification & EPT_VIOLATION_FETCH) !== 0;
    return of(guestLinear, qualification & EPT_VIOLATION_WRITE ? 'write' : isFetch ? 'fetch' : 'read');
  }
  if (reason === EXIT.invlpg) return of(qualification >>> 0, 'read');
  // INS writes memory, OUTS reads it.
  if (reason === EXIT.ioInstruction && qualification & IO_STRING) return of(guestLinear, qualification & IO_IN ? 'write' : 'read');
  return null;
}
