/** What the instant that a frame shows is the effect of: one thing, the gravest. */
import * as cpu from '../../arch/cpu-state.ts';
import { EFLAGS_CF, EFLAGS_ZF } from '../../arch/eflags.ts';
import { FIELD } from '../../arch/vmcs-fields.ts';
import type { EntryFailure, Frame, LastInstruction } from '../../api/protocol.ts';
import type { EventRecord, ExitRecord, History, Transition } from '../history.ts';
import { fieldValue, isReadable, words } from '../reading.ts';
import { type BusHappening, busHappening } from './buses.ts';

export type Happened =
  | { readonly kind: 'running' | 'loaded' | 'start' | 'halt' | 'shutdown' | 'reset' | 'waited' | 'nothing' }
  | { readonly kind: 'debugExit'; readonly code: number }
  | { readonly kind: 'exit'; readonly exit: ExitRecord }
  | { readonly kind: 'entryFailed'; readonly failure: EntryFailure }
  | { readonly kind: 'entry'; readonly entry: Transition }
  | { readonly kind: 'event'; readonly event: EventRecord }
  | { readonly kind: 'bus'; readonly happening: BusHappening }
  /** A VMX instruction that said no: its error number, null for VMfailInvalid. */
  | { readonly kind: 'vmFailed'; readonly last: LastInstruction; readonly error: number | null }
  | { readonly kind: 'ran'; readonly last: LastInstruction };

/** Instructions that report by CF and ZF. SDM vol. 3, "Conventions". */
const VMX_INSTRUCTIONS = /^(vmread|vmwrite|vmclear|vmptrld|vmptrst|vmxon|vmxoff|vmlaunch|vmresume|invept|invvpid)\b/;

/** Reads `frame`, whose records `history` has. */
export function happenedIn(frame: Frame, history: History): Happened {
  const { stop, tick } = frame;
  // A slow run is told step by step; why it stopped the last time is no longer of interest.
  if (frame.running) return isReadable(frame) ? inTick(frame, history) : { kind: 'running' };
  if (stop.reason === 'debug-exit') return { kind: 'debugExit', code: stop.exitCode ?? 0 };
  if (stop.reason === 'shutdown' || stop.reason === 'halt' || stop.reason === 'reset') return { kind: stop.reason };
  if (tick === 0) return { kind: stop.reason === 'loaded' ? 'loaded' : 'start' };
  return inTick(frame, history);
}

function inTick(frame: Frame, history: History): Happened {
  const { tick, last } = frame;
  const failed = history.failures.findLast((f) => f.at <= tick);
  if (failed?.at === tick && frame.entryFailure) return { kind: 'entryFailed', failure: frame.entryFailure };
  const exit = history.exitBefore(tick);
  if (exit?.at === tick && history.openExit(tick) === exit) return { kind: 'exit', exit };
  const entry = history.transitionBefore(tick);
  if (entry?.at === tick && entry.world === 'guest') return { kind: 'entry', entry };
  const event = history.events.findLast((e) => e.at <= tick);
  if (event?.at === tick) return { kind: 'event', event };
  const happening = busHappening(tick, history);
  if (happening) return { kind: 'bus', happening };
  if (words(frame.cpuBefore)[cpu.ACTIVITY] !== 0) return { kind: 'waited' };
  if (!last) return { kind: 'nothing' };
  return vmFailure(frame, last) ?? { kind: 'ran', last };
}

function vmFailure(frame: Frame, last: LastInstruction): Happened | null {
  if (!VMX_INSTRUCTIONS.test(last.text) || words(frame.cpuBefore)[cpu.VMX_ON] === 0) return null;
  if (frame.eflags & EFLAGS_CF) return { kind: 'vmFailed', last, error: null };
  if ((frame.eflags & EFLAGS_ZF) === 0) return null;
  return { kind: 'vmFailed', last, error: frame.vmcs ? fieldValue(frame.vmcs, FIELD.vmInstructionError) : null };
}
