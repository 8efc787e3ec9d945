/** Readings of a frame that several panels share: registers by word, worlds, exits. Pure functions; nothing is kept. */
import { exitReason } from '../arch/exit-reasons.ts';
import * as cpu from '../arch/cpu-state.ts';
import type { Frame } from '../api/protocol.ts';
import type { TraceRecord } from './store.ts';

/** The unsigned words of a `cpu` part (indexes of arch/cpu-state.ts). */
export function words(bytes: Uint8Array): Uint32Array {
  return bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    : new Uint32Array(bytes.slice().buffer);
}

export type World = 'root' | 'guest' | 'processor';

/** Which world the words belong to: VMX root or non-root operation, or a processor outside VMX operation. */
export function worldOf(state: Uint32Array): World {
  if (state[cpu.NON_ROOT]) return 'guest';
  return state[cpu.VMX_ON] ? 'root' : 'processor';
}

/** A VM exit of the trace, or a VM entry that failed. */
export interface ExitRecord {
  readonly tick: number;
  readonly reason: number;
  readonly isFailedEntry: boolean;
  readonly qualification: number;
  readonly guestEip: number;
  readonly guestPhysical: number;
  readonly guestLinear: number;
}

export function exitsOf(records: readonly TraceRecord[]): ExitRecord[] {
  return records.flatMap(({ name, tick, args }) => {
    if (name === 'vmExit') {
      const [reason, qualification, guestEip, guestPhysical, guestLinear] = args;
      return { tick, reason: reason & 0xffff, isFailedEntry: false, qualification, guestEip, guestPhysical, guestLinear };
    }
    // A failed check of controls or host state is no exit: VMLAUNCH goes on with an error number.
    if (name !== 'vmEntryFailed' || args[0] === 0) return [];
    return { tick, reason: args[0] & 0xffff, isFailedEntry: true, qualification: 0, guestEip: 0, guestPhysical: 0, guestLinear: 0 };
  });
}

/** The exit whose effect the frame shows: the last one before its tick. */
export function lastExit(exits: readonly ExitRecord[], frame: Frame): ExitRecord | null {
  return exits.findLast((e) => e.tick < frame.tick) ?? null;
}

/** The manual's name of a basic exit reason. */
export function reasonName(reason: number): string {
  return exitReason(reason)?.name ?? `reason ${reason}`;
}

/** Spans of the World track: from tick to tick in one world. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly world: 'root' | 'guest';
}

/** Spans of guest and root between the recorded entries and exits, up to `end`. */
export function spansOf(records: readonly TraceRecord[], end: number): Span[] {
  const spans: Span[] = [];
  let from = -1;
  let world: 'root' | 'guest' = 'root';
  const close = (to: number): void => {
    if (from >= 0 && to > from) spans.push({ from, to, world });
  };
  for (const r of records) {
    if (r.name !== 'vmExit' && r.name !== 'vmEntry') continue;
    close(r.tick + 1);
    if (from < 0 && r.name === 'vmExit') spans.push({ from: 0, to: r.tick + 1, world: 'guest' });
    from = r.tick + 1;
    world = r.name === 'vmEntry' ? 'guest' : 'root';
  }
  close(end);
  return spans;
}
