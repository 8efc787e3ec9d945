/** What devices did lately, read off the trace from its end backwards: the trace is no state, so it may have forgotten. Devices act before the instruction of their
 *  tick, so what they did at `now` has happened. */
import type { RefusedRequest } from '../../devices/iommu/faults.ts';
import { RECORD_WORDS, TRACE_KIND, VIRTQUEUE_OPERATIONS } from '../../trace/schema.ts';
import type { Trace } from '../../trace/trace.ts';
import type { LastAccess } from './iommu.ts';

/** The rings of a machine. */
export interface Traces {
  readonly trace: Trace;
  readonly fine: Trace;
}

/** A fault and the tick of the request. */
export interface LoggedFault extends RefusedRequest {
  readonly tick: number;
}

/** Records that are looked at, at most. */
const MOST = 1 << 14;
const FIRST = 1 << 8;
const TAKE = VIRTQUEUE_OPERATIONS.indexOf('take');

/** One record's words after the kind: tick low, tick high, arguments; all unsigned. */
type Record = readonly [kind: number, tick: number, ...args: number[]];

/** The last access of a bus master up to tick `now`, done or refused. */
export function lastDma({ trace, fine }: Traces, now: number): LastAccess | null {
  const refused = lastAccess(trace, now);
  const done = lastAccess(fine, now);
  // Of one tick it is not known which was last: what was refused is what somebody looks for.
  if (done === null) return refused;
  return refused !== null && refused.tick >= done.tick ? refused : done;
}

function lastAccess(trace: Trace, now: number): (LastAccess & { readonly tick: number }) | null {
  for (const [kind, tick, ...args] of backwards(trace, now, [TRACE_KIND.dma, TRACE_KIND.iommuFault])) {
    if (kind === TRACE_KIND.dma) {
      const [requester, operation, low, high] = args;
      return { requester, address: low + high * 2 ** 32, isWrite: (operation & 1) !== 0, isDone: operation < 2, tick };
    }
    return { ...faultOf(args), isDone: false, tick };
  }
  return null;
}

/** The last faults up to tick `now`, the newest first, at most `most`. */
export function lastFaults(trace: Trace, now: number, most: number): readonly LoggedFault[] {
  const found: LoggedFault[] = [];
  for (const [, tick, ...args] of backwards(trace, now, [TRACE_KIND.iommuFault])) {
    found.push({ ...faultOf(args), reason: args[1], tick });
    if (found.length === most) break;
  }
  return found;
}

/** Tick at which the device with this word in the trace last took a buffer from a queue, up to `now`. */
export function lastTake(trace: Trace, now: number, device: number, queue: number): number | null {
  for (const [, tick, ...args] of backwards(trace, now, [TRACE_KIND.virtqueue])) {
    if (args[0] === device && args[1] === queue && args[2] === TAKE) return tick;
  }
  return null;
}

function faultOf([requester, , isWrite, low, high]: readonly number[]): { requester: number; address: number; isWrite: boolean } {
  return { requester, address: low + high * 2 ** 32, isWrite: isWrite !== 0 };
}

/** Records of these kinds up to tick `now`, the newest first. The trace copies what it is asked for, so few are asked for at first. */
export function* backwards(trace: Trace, now: number, kinds: readonly number[]): Generator<Record> {
  let seen = trace.written;
  for (let count = FIRST; count <= MOST; count *= 4) {
    const { first, words: signed } = trace.read(trace.written - count);
    const words = new Uint32Array(signed.buffer);
    for (let record = seen - 1; record >= first; record--) {
      const at = (record - first) * RECORD_WORDS;
      if (!kinds.includes(words[at])) continue;
      const tick = words[at + 1] + words[at + 2] * 2 ** 32;
      if (tick <= now) yield [words[at], tick, ...words.subarray(at + 3, at + RECORD_WORDS)];
    }
    seen = Math.min(seen, first);
    if (first === 0) return;
  }
}
