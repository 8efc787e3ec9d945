import { describe, expect, it } from 'vitest';
import { Timeline } from '../../src/time/timeline.ts';
import { build, consoleText, ECHO, TIMER } from './build.ts';

describe('the machine in time', () => {
  it('goes back to any tick and on to the same end', () => {
    const machine = build(TIMER);
    const timeline = new Timeline(machine, { spacing: 50, fineSpacing: 10 });
    timeline.run(Number.POSITIVE_INFINITY);
    const end = machine.now();
    const last = machine.hash();
    for (const tick of [end - 1, 1, 500_000, end, 77, 250_001]) {
      expect(timeline.seek(tick)).toBe(tick);
      const there = machine.hash();
      const straight = build(TIMER);
      straight.run(tick);
      expect(straight.hash(), `tick ${tick}`).toBe(there);
    }
    timeline.seek(end);
    expect(machine.hash()).toBe(last);
  });

  it('shortens the console when it goes back, and shows nothing twice', () => {
    const machine = build(TIMER);
    let shown = 0;
    machine.console.onByte = () => shown++;
    const timeline = new Timeline(machine);
    timeline.run(Number.POSITIVE_INFINITY);
    timeline.seek(550_000);
    expect(consoleText(machine)).toBe('.....');
    timeline.run(Number.POSITIVE_INFINITY);
    expect([consoleText(machine), shown]).toEqual(['..........', 10]);
  });

  it('replays input at its instant, and forks where other input comes', () => {
    const machine = build(ECHO);
    const timeline = new Timeline(machine);
    timeline.onFork = () => machine.console.fork();
    timeline.run(1000);
    timeline.input('com1', new TextEncoder().encode('abc'));
    timeline.run(1_000_000);
    expect(consoleText(machine)).toBe('ABC');
    const end = machine.now();
    const hash = machine.hash();
    timeline.seek(20);
    timeline.seek(end);
    expect(machine.hash()).toBe(hash);
    timeline.seek(10);
    timeline.input('com1', new TextEncoder().encode('xy'));
    timeline.run(1_000_000);
    expect(consoleText(machine)).toBe('XY');
  });
});
