import { describe, expect, it } from 'vitest';
import { arrive, type Computer } from '../../src/api/computer.ts';
import { Host } from '../../src/api/host.ts';
import type { Breakpoints } from '../../src/api/protocol.ts';
import { CATALOGUE, computerWith, guest, program, SLEEPER, SPIN } from './rig.ts';

type Standing = readonly [tick: number, reason: string];

/** Runs to tick `end` and notes where it is stopped on the way. */
function forwards(computer: Computer, end: number): Standing[] {
  const stops: Standing[] = [];
  for (;;) {
    const { reason } = arrive(computer.run({ until: end }));
    if (reason !== 'breakpoint' && reason !== 'exit' && reason !== 'watchpoint') return stops;
    stops.push([computer.tick, reason]);
  }
}

/** Runs back from the present as long as anything stops it. */
function backwards(computer: Computer): Standing[] {
  const stops: Standing[] = [];
  for (;;) {
    const { reason } = arrive(computer.runBack());
    if (reason === 'start') return stops;
    stops.push([computer.tick, reason]);
  }
}

/** Both ways are the same, whatever lies between the snapshots. */
function bothWays(make: () => Computer, breakpoints: Breakpoints, end: number, close = 97): Standing[] {
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

describe('running back', () => {
  it('comes to code breakpoints in the order in which a run met them, from the last', () => {
    const stops = bothWays(() => computerWith(SPIN), { code: [0x7c02], exitReasons: [] }, 11);
    expect(stops.map(([tick]) => tick)).toEqual([1, 3, 5, 7, 9]);
  });

  it('comes to VM exits of the reasons that are asked for, and to code between them', () => {
    const symbols = guest('two-guests').loaded.symbols;
    const code = Object.values(symbols).filter((_, i) => i % 5 === 0);
    const stops = bothWays(() => guest('two-guests'), { code, exitReasons: [52, 12] }, 4000);
    expect(new Set(stops.map(([, reason]) => reason))).toEqual(new Set(['breakpoint', 'exit']));
    expect(stops.length).toBeGreaterThan(8);
  });

  it('comes through sleep', () => {
    const { symbols } = computerWith(SLEEPER).loaded;
    const stops = bothWays(() => computerWith(SLEEPER), { code: [symbols['tick']], exitReasons: [] }, 12_000_000, 100_000);
    expect(stops.length).toBe(2);
  });

  it('goes to the beginning where nothing would have stopped it', () => {
    const computer = computerWith(SPIN);
    arrive(computer.run({ until: 50 }));
    expect([arrive(computer.runBack()).reason, computer.tick]).toEqual(['start', 0]);
    expect([arrive(computer.runBack()).reason, computer.tick]).toEqual(['start', 0]);
  });

  it('does not stop where it stands', () => {
    const computer = computerWith(SPIN);
    computer.setBreakpoints({ code: [0x7c00], exitReasons: [] });
    arrive(computer.seek(0));
    arrive(computer.run());
    expect(computer.tick).toBe(2);
    expect([arrive(computer.runBack()).reason, computer.tick]).toEqual(['breakpoint', 0]);
    expect([arrive(computer.runBack()).reason, computer.tick]).toEqual(['start', 0]);
  });

  it('is a command of the host, and its frame knows the instruction before', async () => {
    const host = new Host(CATALOGUE);
    await host.load(program(SPIN));
    await host.step(20);
    await host.setBreakpoints({ code: [0x7c02], exitReasons: [] });
    expect(await host.runBack()).toEqual({ reason: 'breakpoint', exitCode: null });
    let last = '';
    await host.subscribe((frame) => {
      last = `${frame.tick} ${frame.last?.text}`;
    });
    expect(last).toBe('19 inc eax');
  });
});
