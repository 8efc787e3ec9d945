import { describe, expect, it } from 'vitest';
import { EIP } from '../../src/arch/cpu-state.ts';
import type { DeviceEvent } from '../../src/machine/device-events.ts';
import { Timeline } from '../../src/time/timeline.ts';
import { build, TIMER } from './build.ts';

const FOREVER = 2_000_000;
const DELIVERY: DeviceEvent = { on: 'interrupt', phase: 'delivery', vector: 0x20 };

describe('a device event', () => {
  it('stops a run behind the instruction that did it', () => {
    const machine = build('bits 16\norg 0x7C00\nmov al, 7\nout 0x40, al\nin al, 0x40\nhlt');
    machine.stops.watchEvents([{ on: 'access', device: 'pit', access: 'read' }]);
    expect(machine.run(100)).toBe(false);
    expect([machine.stop, machine.now(), machine.cpu.words[EIP]]).toEqual(['event', 3, 0x7c06]);
    expect(machine.stops.about('event').event).toMatchObject({ event: 0, on: 'access', device: 'pit', isWrite: false, address: 0x40 });
    expect(machine.stops.about('watchpoint')).toEqual({});
  });

  it('of a device that wakes by itself stops at its tick, before the next instruction', () => {
    const machine = build(TIMER);
    machine.stops.watchEvents([{ ...DELIVERY, phase: 'request' }]);
    machine.run(FOREVER);
    const asked = machine.now();
    expect(machine.stop).toBe('event');
    machine.stops.watchEvents([DELIVERY]);
    machine.run(FOREVER);
    expect([machine.stop, machine.now()]).toEqual(['event', asked + 1]);
  });

  it('is not met in a replay, nor when nothing is watched', () => {
    const machine = build(TIMER);
    machine.stops.watchEvents([DELIVERY]);
    machine.run(50_000, true);
    expect([machine.stop, machine.now()]).toEqual(['budget', 50_000]);
    machine.stops.atWatched = false;
    machine.run(100_000);
    expect(machine.stop).toBe('budget');
    machine.stops.atWatched = true;
    machine.stops.watchEvents([]);
    expect([machine.trace.onEmit, machine.fine.onEmit]).toEqual([null, null]);
    machine.run(FOREVER);
    expect(machine.stop).toBe('debug-exit');
  });

  it('stops at the same ticks wherever snapshots lie, and leaves the state as it is', () => {
    const plain = build(TIMER);
    plain.run(FOREVER);
    for (const spacing of [3001, 1_000_000]) {
      const machine = build(TIMER);
      machine.stops.watchEvents([DELIVERY]);
      const timeline = new Timeline(machine, { spacing });
      let stops = 0;
      while (!timeline.run(FOREVER) && machine.stop === 'event') stops++;
      expect([stops, machine.now(), machine.hash()]).toEqual([10, plain.now(), plain.hash()]);
    }
  });
});
