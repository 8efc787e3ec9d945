import { expect } from 'vitest';
import { arrive, type Computer } from '../../src/api/computer.ts';
import type { Breakpoints } from '../../src/api/protocol.ts';

export type Standing = readonly [tick: number, reason: string];

const STOPS = new Set(['breakpoint', 'exit', 'watchpoint', 'field', 'event']);

/** Runs to tick `end` and notes where it is stopped on the way. */
export function forwards(computer: Computer, end: number): Standing[] {
  const stops: Standing[] = [];
  for (;;) {
    const { reason } = arrive(computer.run({ until: end }));
    if (!STOPS.has(reason)) return stops;
    stops.push([computer.tick, reason]);
  }
}

/** Runs back from the present as long as anything stops it. */
export function backwards(computer: Computer): Standing[] {
  const stops: Standing[] = [];
  for (;;) {
    const { reason } = arrive(computer.runBack());
    if (reason === 'start') return stops;
    stops.push([computer.tick, reason]);
  }
}

/** Both ways are the same, whatever lies between the snapshots. */
export function bothWays(make: () => Computer, breakpoints: Breakpoints, end: number, close = 97): Standing[] {
  const expected: Standing[] = [];
  for (const spacing of [1_000_000, close]) {
    const computer = make();
    computer.timeline.spacing = spacing;
    computer.setBreakpoints(breakpoints);
    const stops = forwards(computer, end);
    const { tick } = computer;
    const hash = computer.hash();
    const before = stops.filter(([at]) => at < tick);
    expect(backwards(computer).reverse()).toEqual(before);
    expect(computer.tick).toBe(0);
    arrive(computer.seek(tick));
    expect(computer.hash()).toBe(hash);
    expected.splice(0, expected.length, ...stops);
  }
  return expected;
}
