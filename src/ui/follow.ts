/** Where the lens goes when it follows the machine: to the access that has just failed, and stays while that is dealt with; at an exit to what the guest touched; else to
 *  the memory that the last instruction named, or to the stack where it used only that; else to the next instruction. */
import * as cpu from '../arch/cpu-state.ts';
import { EPT_VIOLATION_FETCH, EPT_VIOLATION_LINEAR_VALID, EPT_VIOLATION_WRITE } from '../arch/ept.ts';
import { PF_VECTOR } from '../arch/exceptions.ts';
import { EXIT } from '../arch/exit-reasons.ts';
import { PF_U, PF_W } from '../arch/paging.ts';
import { RIGHTS_DB } from '../arch/descriptors.ts';
import type { AccessKind, DataAccess, Frame, WalkContext } from '../api/protocol.ts';
import { WALK_RESULTS } from '../trace/schema.ts';
import { type EventRecord, type ExitRecord, type History, within } from './history.ts';
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
const PAGE_SHIFT = 12;
/** Interruption type (SDM vol. 3, "VM-Exit Interruption-Information Field"). */
const HARDWARE_EXCEPTION = 3;

/** Exits that come between two instructions of the guest: the one at its EIP has not begun. */
const BETWEEN: readonly number[] = [
  ...[EXIT.externalInterrupt, EXIT.initSignal, EXIT.interruptWindow, EXIT.nmiWindow, EXIT.preemptionTimer],
];
/** A handler that has not let a refused access through after so many ticks has given it up. */
const MOST_HANDLING = 1 << 14;

/** The lens for `frame`, which can be read. It hangs on that instant alone and on what is recorded of the way to it, never on where a reader came from: one tick has
 *  one picture. `look` is the address that the program wants seen where nothing is touched (Loaded.look). Null: nothing is known. */
export function followed(frame: Frame, history: History, look: number | null): Lens | null {
  const exit = openExit(frame, history);
  const ofGuest = exit && (accessOf(exit) ?? misconfigured(exit, history) ?? guestsOwn(exit, frame, look));
  if (ofGuest) return ofGuest;
  const fault = faulted(frame, history);
  if (fault) return fault;
  const access = frame.last?.access ?? stackAccess(frame, history);
  return access ? touched(access, 'current') : untouched(look, frame.code?.current ?? null, exit ? 'guest' : 'current');
}

function touched({ linear, size, access }: DataAccess, context: WalkContext): Lens {
  return { linear, size: Math.max(1, size), access, context, isUser: null };
}

/** Where no memory is touched but that of the instruction: what the program wants seen, else where the next one is fetched, as the CPU translates now. */
function untouched(look: number | null, next: number | null, context: WalkContext): Lens | null {
  if (look !== null) return { linear: look, size: 1, access: 'read', context, isUser: null };
  return next === null ? null : { linear: next, size: 1, access: 'fetch', context: 'current', isUser: null };
}

/** At the very exit: what the guest's instruction touched, else what the program wants seen, else the instruction itself, in the eyes of the guest. */
function guestsOwn(exit: ExitRecord, frame: Frame, look: number | null): Lens | null {
  const before = words(frame.cpuBefore);
  if (exit.at !== frame.tick || !before[cpu.NON_ROOT]) return null;
  const access = BETWEEN.includes(exit.reason) ? null : frame.last?.access;
  if (access) return touched(access, 'guest');
  const linear = look ?? (before[cpu.CS + cpu.BASE] + exit.guestEip) >>> 0;
  return { linear, size: 1, access: look === null ? 'fetch' : 'read', context: 'guest', isUser: null };
}

/** An EPT misconfiguration reports no guest-linear address: the walk that came upon it is recorded, its access in the bits of the exit qualification. */
function misconfigured(exit: ExitRecord, history: History): Lens | null {
  if (exit.reason !== EXIT.eptMisconfiguration) return null;
  const walk = within(history.walks, exit.at - 1, exit.at).findLast(({ result }) => WALK_RESULTS[result] === 'EPT misconfiguration');
  if (!walk) return null;
  const access = walk.access & EPT_VIOLATION_FETCH ? 'fetch' : walk.access & EPT_VIOLATION_WRITE ? 'write' : 'read';
  return { linear: walk.linear, size: 1, access, context: 'guest', isUser: null };
}

/** The access of a page fault, and while its handler is at work: until the page is walked again for it, or a program of CPL 3 goes on. */
function faulted(frame: Frame, history: History): Lens | null {
  const { tick } = frame;
  const event = history.events.findLast((e) => e.at <= tick);
  if (!event || event.vector !== PF_VECTOR || event.type !== HARDWARE_EXCEPTION || (event.at < tick && isHandled(event, frame, history)))
    return null;
  const access = event.errorCode & PF_W ? 'write' : event.linear === event.eip ? 'fetch' : 'read';
  return { linear: event.linear, size: 1, access, context: 'current', isUser: (event.errorCode & PF_U) !== 0 };
}

function isHandled({ at, linear }: EventRecord, { tick, cpu: bytes }: Frame, history: History): boolean {
  const state = words(bytes);
  if (state[cpu.VMX_ON] || state[cpu.CPL] === 3 || tick - at > MOST_HANDLING || history.fineFrom > at) return true;
  return within(history.walks, at, tick).some((walk) => walk.linear >>> PAGE_SHIFT === linear >>> PAGE_SHIFT);
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
