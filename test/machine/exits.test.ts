import { beforeEach, describe, expect, it } from 'vitest';
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import { assemble } from '../../src/isa/assemble.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { Timeline } from '../../src/time/timeline.ts';
import { load } from './build.ts';

const FOREVER = Number.POSITIVE_INFINITY;
let machine: Machine;

beforeEach(() => {
  const guest = GUESTS.find((g) => g.id === 'ept-on-demand');
  if (!guest) throw new Error('the guest of this test is in the catalogue');
  const { bytes } = assemble(guest.source, { file: guest.id, include: (name) => INCLUDES[name] });
  const { id, format, load: at, mode, ramMiB } = guest;
  machine = load({ name: id, bytes, format, load: at, mode }, { ramMiB });
});

describe('VM exits', () => {
  it('are counted by reason', () => {
    machine.run(FOREVER);
    expect(machine.exitCounts).toEqual({ 12: 1, 48: 4 });
  });

  it('stop the run behind them when they are watched for, and only then', () => {
    machine.stops.atExit = (reason) => reason === 48;
    for (let count = 1; count <= 4; count++) {
      expect(machine.run(FOREVER)).toBe(false);
      expect([machine.stop, machine.exitCounts[48]]).toEqual(['exit', count]);
    }
    machine.run(FOREVER);
    expect(machine.stop).toBe('halt');
  });

  it('are uncounted when time goes back, and do not stop a replay', () => {
    machine.stops.atExit = () => true;
    const timeline = new Timeline(machine, { spacing: 1000 });
    while (timeline.run(FOREVER) || machine.stop === 'exit');
    expect(machine.stop).toBe('halt');
    const end = machine.now();
    const hash = machine.hash();
    timeline.seek(end >> 1);
    expect(Object.values(machine.exitCounts).reduce((a, b) => a + b, 0)).toBeLessThan(5);
    timeline.seek(end);
    expect(machine.hash()).toBe(hash);
  });
});
