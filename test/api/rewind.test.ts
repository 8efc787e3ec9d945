import { describe, expect, it } from 'vitest';
import { arrive } from '../../src/api/computer.ts';
import { Host } from '../../src/api/host.ts';
import type { Breakpoints } from '../../src/api/protocol.ts';
import { bothWays } from './both-ways.ts';
import { CATALOGUE, computerWith, guest, program, SLEEPER, SPIN } from './rig.ts';

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

  it('is paused soon, though it would stop at every instruction', () => {
    const computer = computerWith(SPIN);
    arrive(computer.run({ until: 200_000 }));
    computer.setBreakpoints({ code: [0x7c00, 0x7c02], exitReasons: [] });
    const journey = computer.runBack();
    let slices = 0;
    while (journey.next().done !== true) slices++;
    expect(slices).toBeGreaterThan(50);
    expect([computer.stop.reason, computer.tick]).toEqual(['breakpoint', 199_999]);
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

describe('watchpoints', () => {
  const data = (space: 'v' | 'g' | 'h', address: number, access: 'read' | 'write' | 'any' = 'any', length = 4): Breakpoints => ({
    code: [],
    exitReasons: [],
    data: [{ space, address, length, access }],
  });

  it('stop a run forwards and back at the same instants', () => {
    const stops = bothWays(() => guest('paging'), data('v', 0x00400000), 20_000);
    // A store that faults does not touch; then it runs again, an addition follows, and so in the second round.
    expect(stops.length).toBeGreaterThan(1);
    expect(bothWays(() => guest('paging'), data('h', 0x22000, 'write'), 20_000).length).toBeGreaterThan(1);
  });

  it('see guest-physical memory where the EPT maps it, and the frame behind it', () => {
    const guestPhysical = bothWays(() => guest('ept-on-demand'), data('g', 0x200000, 'any', 4096), 100_000);
    const linear = bothWays(() => guest('ept-on-demand'), data('v', 0x200000, 'any', 4096), 100_000);
    const host = bothWays(() => guest('ept-on-demand'), data('h', 0x800000, 'any', 4096), 100_000);
    expect(guestPhysical.length).toBeGreaterThan(0);
    expect(linear).toEqual(guestPhysical);
    expect(host).toEqual(guestPhysical);
  });

  it('see what a device stores', () => {
    const stops = bothWays(() => guest('virtio-entropy'), data('h', 0x31000, 'write', 16), 1_000_000, 50_000);
    expect(stops.map(([, reason]) => reason)).toEqual(['watchpoint', 'watchpoint']);
    const computer = guest('virtio-entropy');
    computer.setBreakpoints(data('h', 0x31000, 'write', 16));
    expect(arrive(computer.run())).toEqual({
      reason: 'watchpoint',
      exitCode: null,
      touch: { watchpoint: 0, access: 'write', linear: null },
    });
  });

  it('leave hashes as they are', () => {
    for (const id of ['stale-tlb', 'two-guests', 'ept-permissions', 'rings']) {
      const [plain, watched] = [guest(id), guest(id)];
      const spaces = ['v', 'g', 'h'] as const;
      const points = spaces.flatMap((space) => [0x7000, 0x10000, 0x20000, 0x80000, 0x400000].map((address) => ({ space, address })));
      watched.setBreakpoints({ code: [], exitReasons: [], data: points.map((point) => ({ ...point, length: 4096, access: 'any' })) });
      arrive(plain.run());
      let stops = 0;
      while (arrive(watched.run()).reason === 'watchpoint') stops++;
      expect(stops).toBeGreaterThan(0);
      expect([watched.tick, watched.hash()]).toEqual([plain.tick, plain.hash()]);
    }
  });

  it('are passed by steps, and met by a step to the next exit', () => {
    const computer = guest('ept-on-demand');
    computer.setBreakpoints(data('g', 0x200000, 'any', 4096));
    arrive(computer.run());
    const { tick } = computer;
    arrive(computer.seek(tick - 2));
    expect([arrive(computer.step(3)).reason, computer.tick]).toEqual(['step', tick + 1]);
    arrive(computer.seek(tick - 2));
    expect([arrive(computer.stepToExit()).reason, computer.tick]).toEqual(['watchpoint', tick]);
  });

  it('are refused where they are none', async () => {
    const host = new Host(CATALOGUE);
    for (const point of [
      { space: 'x', address: 0, length: 1, access: 'any' },
      { space: 'v', address: -1, length: 1, access: 'any' },
      { space: 'v', address: 0, length: 0, access: 'any' },
      { space: 'v', address: 0xffffffff, length: 2, access: 'any' },
      { space: 'v', address: 0, length: 1, access: 'run' },
    ]) {
      const breakpoints = { code: [], exitReasons: [], data: [point] } as unknown as Breakpoints;
      await expect(host.setBreakpoints(breakpoints)).rejects.toThrow(/^A watchpoint /);
    }
  });
});
