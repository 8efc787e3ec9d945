/** “Would it hit without VPID?” is not guessed but tried: a second machine runs the same program with the same inputs, and VPID the other way, to the same tick.
 *  What VPID saves is what the two have walked. SDM vol. 3, "VMX Support for Address Translation". */
import { NON_ROOT, VMCS_POINTER } from '../../arch/cpu-state.ts';
import { CONTROL } from '../../arch/vmx-controls.ts';
import type { Machine } from '../../machine/machine.ts';
import { ENTRY_WORDS, type Half, INSTRUCTION, DATA, type TlbContext, VALID } from '../../memory/tlb.ts';
import { ep4taOf } from '../../memory/invalidation.ts';
import { viewEntry } from '../../memory/tlb-view.ts';
import type { AccessKind, PagingContext } from '../../memory/walk.ts';
import type { TlbAnswer } from '../../memory/explain.ts';
import type { Input } from '../../time/journal.ts';
import { RECORD_WORDS, TRACE_KIND } from '../../trace/schema.ts';
import { SECONDARY, VPID } from '../../vmx/controls.ts';
import type { Computer, Journey } from '../computer.ts';
import { contextOf, isUserIn } from '../frame.ts';
import { breathe } from '../pace.ts';
import type { WalkContext } from '../protocol.ts';
import { isVpidOn } from './tlb.ts';

/** Milliseconds of one slice of the second machine's work. */
const SLICE_MS = 6;

/** An access that is asked about. */
export interface StudiedAccess {
  readonly linear: number;
  readonly access: AccessKind;
  readonly context: WalkContext;
  /** Null: as CPL says there. */
  readonly isUser: boolean | null;
}

/** What the tables have cost a machine. */
export interface WalkCount {
  readonly walks: number;
  /** Entries read by them. */
  readonly references: number;
  readonly fills: number;
}

/** Two machines at one tick: the one that is shown, `here`, and `there` the other, whose VPID is off where it is on here, and on where it is off. */
export interface VpidStudy {
  readonly tick: number;
  /** How far the other came: less where it has stopped for good, having gone another way. */
  readonly reached: number;
  /** Of the machine that is shown. */
  readonly isVpidOn: boolean;
  /** The tick from which on walks are counted: further back, one of the two no longer remembers. */
  readonly from: number;
  readonly here: WalkCount;
  readonly there: WalkCount;
  /** Processor, memory, devices and console are the same in both: all that differs is what was cached, and the control itself. */
  readonly isAlike: boolean;
  /** What the access that was asked about would find there. */
  readonly use: TlbAnswer['use'];
  /** Entries of this TLB, as places counted from its beginning, way by way, that the other does not hold. */
  readonly missing: readonly number[];
  /** Valid entries of either. */
  readonly held: { readonly here: number; readonly there: number };
}

/** The other machine of a computer, kept so that it need only go on. */
interface Other {
  readonly computer: Computer;
  readonly isVpidOn: boolean;
  readonly inputs: readonly Input[];
  /** VPIDs that it gave to guests which have none, by the address of their VMCS. */
  readonly vpids: ReadonlyMap<number, number>;
  /** Who asked last: one goes at a time. */
  tail: Promise<unknown>;
}

const OTHERS = new WeakMap<Computer, Other>();

/** Does something with the computer, at an instant at which anyone may look. */
export type Look = <T>(glance: (computer: Computer) => T) => Promise<T>;

/** Runs the other machine to the present and compares. Null where no guest has run yet, and where the machine went on meanwhile. */
export async function studyVpid(look: Look, access: StudiedAccess): Promise<VpidStudy | null> {
  const begun = await look((computer) => {
    const other = otherOf(computer);
    return other && { computer, other, tick: computer.tick };
  });
  if (!begun) return null;
  const { computer, other, tick } = begun;
  const arrival = other.tail.then(() => goTo(other.computer, tick));
  other.tail = arrival.catch(() => {});
  await arrival;
  return look((now) => (now === computer && now.tick === tick ? compare(now, other, access) : null));
}

/** The machine beside `computer`, made where there is none, or where it has another past by now. */
function otherOf(computer: Computer): Other | null {
  const isOn = isVpidOn(computer.machine);
  if (isOn === null) return null;
  const inputs = computer.timeline.journal.from(0);
  const known = OTHERS.get(computer);
  if (known?.isVpidOn === !isOn && known.inputs.length === inputs.length && known.inputs.every((input, i) => input === inputs[i]))
    return known;
  const twin = computer.again();
  const vpids = new Map<number, number>();
  force(twin.machine, !isOn, vpids);
  if (inputs.length > 0) twin.timeline.foresee(inputs, computer.tick);
  const other = { computer: twin, isVpidOn: !isOn, inputs: [...inputs], vpids, tail: Promise.resolve() };
  OTHERS.set(computer, other);
  return other;
}

/** Has every guest of `machine` run with “enable VPID” as it is wanted, whatever its VMCS says. */
function force({ vmx, cpu }: Machine, isOn: boolean, vpids: Map<number, number>): void {
  vmx.onControls = (controls) => {
    if (!isOn) {
      controls[SECONDARY] &= ~CONTROL.enableVpid;
      controls[VPID] = 0;
      return;
    }
    if ((controls[SECONDARY] & CONTROL.enableVpid) !== 0) return;
    // A hypervisor that wants VPID gives one to each virtual processor.
    const pointer = cpu.words[VMCS_POINTER];
    const vpid = vpids.get(pointer) ?? vpids.size + 1;
    vpids.set(pointer, vpid);
    controls[SECONDARY] |= CONTROL.enableVpid;
    controls[VPID] = vpid;
  };
}

async function goTo(computer: Computer, tick: number): Promise<void> {
  if (computer.tick === tick) return;
  await inSlices(computer.seek(Math.min(tick, computer.timeline.recordedUntil)));
  if (computer.tick < tick) await inSlices(computer.run({ until: tick }));
}

async function inSlices(journey: Journey): Promise<void> {
  let began = performance.now();
  while (journey.next().done !== true) {
    if (performance.now() - began < SLICE_MS) continue;
    await breathe(0);
    began = performance.now();
  }
}

function compare(computer: Computer, other: Other, access: StudiedAccess): VpidStudy {
  const here = computer.machine;
  const there = other.computer.machine;
  const from = Math.max(countedFrom(computer), countedFrom(other.computer));
  const context = otherContext(other, access.context);
  const isUser = access.isUser ?? isUserIn(there, access.context);
  return {
    tick: computer.tick,
    reached: other.computer.tick,
    isVpidOn: !other.isVpidOn,
    from,
    here: count(here, from),
    there: count(there, from),
    isAlike: areAlike(here, there),
    use: there.mmu.explainFor(context, { linear: access.linear, access: access.access, isUser }).tlb.use,
    missing: missingIn(here, there),
    held: { here: validIn(here), there: validIn(there) },
  };
}

/** A guest that has no VPID of its own is known to the other machine by the one that it was given. */
function otherContext({ computer: { machine }, vpids }: Other, which: WalkContext): PagingContext {
  const context = contextOf(machine, which);
  const isGuests = which === 'guest' && machine.cpu.words[NON_ROOT] === 0;
  return isGuests && context.vpid === 0 ? { ...context, vpid: vpids.get(machine.cpu.words[VMCS_POINTER]) ?? 0 } : context;
}

// Counting -----------------------------------------------------------------------------------------------------------------------------------

/** Of what came at this tick or later the fine trace has all. */
function countedFrom({ machine: { fine }, timeline }: Computer): number {
  return Math.max(timeline.recordedFrom, fine.completeFrom());
}

function count(machine: Machine, from: number): WalkCount {
  const { words } = machine.fine.read(0);
  let walks = 0;
  let references = 0;
  let fills = 0;
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    const tick = tickOf(words, at);
    if (tick < from || tick >= machine.now()) continue;
    if (words[at] === TRACE_KIND.tlbFill) fills++;
    if (words[at] !== TRACE_KIND.walk) continue;
    walks++;
    references += words[at + 5];
  }
  return { walks, references, fills };
}

function tickOf(words: Int32Array, at: number): number {
  return (words[at + 1] >>> 0) + words[at + 2] * 0x1_0000_0000;
}

// Comparing ----------------------------------------------------------------------------------------------------------------------------------

/** What may differ: what is cached, and the controls, VPID among them. */
const OWN: ReadonlySet<string> = new Set(['tlb', 'vmx']);

function areAlike(here: Machine, there: Machine): boolean {
  const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const isPartSame = (i: number): boolean => OWN.has(here.parts[i].id) || isSame(here.parts[i].bytes, there.parts[i].bytes);
  if (!here.parts.every((_, i) => isPartSame(i))) return false;
  return isSame(here.console.read().bytes, there.console.read().bytes) && isMemorySame(here, there);
}

function isMemorySame({ physical: here }: Machine, { physical: there }: Machine): boolean {
  for (let page = 0; page < here.used.length; page++) {
    if (here.used[page] === 0 && there.used[page] === 0) continue;
    for (let i = page << 10; i < (page + 1) << 10; i++) if (here.ram32[i] !== there.ram32[i]) return false;
  }
  return true;
}

/** Entries that who runs there would not find. What is of another context has gone, where every transition flushes. */
function missingIn(here: Machine, there: Machine): readonly number[] {
  const { tlb, mmu } = here;
  const context = tagsOf(mmu.context);
  const other = tagsOf(there.mmu.context);
  const missing: number[] = [];
  for (let at = 0; at < tlb.words.length; at += ENTRY_WORDS) {
    if ((tlb.words[at] & VALID) === 0) continue;
    const { half, linear, vpid, ep4ta, kind } = viewEntry(tlb.words, tlb, at);
    const isOurs =
      vpid === context.vpid && (kind === 'combined') === context.isNested && (!context.isNested || ep4ta === context.ep4ta * 4096);
    const which: Half = half === 'instruction' ? INSTRUCTION : DATA;
    if (!isOurs || there.tlb.findIn(other, which, linear) < 0) missing.push(at / ENTRY_WORDS);
  }
  return missing;
}

function tagsOf({ isNested, vpid, eptpLow, eptpHigh }: PagingContext): TlbContext {
  return { isNested, vpid, ep4ta: ep4taOf(eptpLow, eptpHigh) };
}

function validIn({ tlb: { words } }: Machine): number {
  let count = 0;
  for (let at = 0; at < words.length; at += ENTRY_WORDS) if ((words[at] & VALID) !== 0) count++;
  return count;
}
