/** Frames as a host would send them, made by hand: a processor at one instant, and trace records. */
import * as cpu from '../../src/arch/cpu-state.ts';
import type { Frame } from '../../src/api/protocol.ts';
import { RECORD_WORDS, TRACE_KIND, type TraceName } from '../../src/trace/schema.ts';

/** One record: name, tick, arguments. */
export type Recorded = readonly [name: TraceName, tick: number, ...args: number[]];

/** Records numbered from `first`, as the protocol has them. */
export function trace(records: readonly Recorded[], first = 0): { first: number; words: Int32Array; recorded: number } {
  const words = new Int32Array(records.length * RECORD_WORDS);
  for (const [i, [name, tick, ...args]] of records.entries()) {
    words.set([TRACE_KIND[name], tick | 0, Math.floor(tick / 2 ** 32), ...args.map((a) => a | 0)], i * RECORD_WORDS);
  }
  return { first, words, recorded: first + records.length };
}

/** A processor's bytes with some words set, by index. */
export function processor(words: Readonly<Record<number, number>>): Uint8Array {
  const all = new Int32Array(cpu.CPU_WORDS);
  for (const [word, value] of Object.entries(words)) all[Number(word)] = value;
  return new Uint8Array(all.buffer);
}

/** A frame in which nothing happens, changed by `change`. */
export function frame(change: Partial<Frame> = {}): Frame {
  const idle = processor({});
  return {
    serial: 1,
    tick: 0,
    beginTick: 0,
    endTick: 0,
    running: false,
    stop: { reason: 'step', exitCode: null },
    cpu: idle,
    cpuBefore: idle,
    eflags: 2,
    eflagsBefore: 2,
    vmcs: null,
    code: null,
    otherCode: null,
    last: null,
    console: { from: 0, bytes: new Uint8Array(0) },
    trace: trace([]),
    fine: { ...trace([]), from: 0, until: 0 },
    exitCounts: {},
    entryFailure: null,
    isVmPaused: false,
    speed: 0,
    ...change,
  };
}
