/** Who had the processor, read off the trace of VM entries and exits. */
import { RECORD_WORDS, TRACE_KIND } from '../../trace/schema.ts';
import type { Trace } from '../../trace/trace.ts';

/** From one change of virtual machine to the next. */
export interface TurnView {
  readonly vm: number;
  readonly from: number;
  readonly to: number;
  /** VM exits in it. */
  readonly exits: number;
}

/** Turns that are shown. */
const MOST = 48;

/** The last turns before `tick`. The VPID of a virtual machine is its number plus 1. */
export function turnsOf(trace: Trace, tick: number): readonly TurnView[] {
  const { words } = trace.read(0);
  const turns: { vm: number; from: number; to: number; exits: number }[] = [];
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    const when = (words[at + 1] >>> 0) + words[at + 2] * 0x1_0000_0000;
    if (when >= tick) break;
    const last = turns.at(-1);
    if (words[at] === TRACE_KIND.vmEntry) {
      const vm = words[at + 6] - 1;
      if (last?.vm !== vm) turns.push({ vm, from: when, to: tick, exits: 0 });
      else last.to = tick;
    } else if (words[at] === TRACE_KIND.vmExit && last) {
      last.to = when;
      last.exits++;
    }
  }
  return turns.slice(-MOST);
}
