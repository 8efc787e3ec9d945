import { describe, expect, it } from 'vitest';
import { ECX, INTERRUPTIBILITY } from '../../src/arch/cpu-state.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { build, TIMER } from './build.ts';

/** Runs to tick `end`, going on behind each breakpoint; the ticks at which one stopped it. */
function stopsOf(machine: Machine, end: number): number[] {
  const ticks: number[] = [];
  while (!machine.run(end) && machine.stop === 'breakpoint') {
    ticks.push(machine.now());
    machine.passBreakpoint(machine.now());
  }
  return ticks;
}

const LOOP = `
    bits 16
    org 0x7C00
again:
    inc ax
    jmp again`;

describe('a code breakpoint', () => {
  it('stops the machine before the instruction, every time it comes there', () => {
    const machine = build(LOOP);
    machine.setBreakpoints(new Set([0x7c01]));
    expect(stopsOf(machine, 9)).toEqual([1, 3, 5, 7]);
    expect([machine.stop, machine.now()]).toEqual(['budget', 9]);
  });

  it('holds until the machine is told to pass it', () => {
    const machine = build(LOOP);
    machine.setBreakpoints(new Set([0x7c01]));
    machine.run(100);
    machine.run(100);
    expect([machine.stop, machine.now()]).toEqual(['breakpoint', 1]);
  });

  it('is not passed at the edge between two runs', () => {
    const machine = build(LOOP);
    machine.setBreakpoints(new Set([0x7c01]));
    machine.passBreakpoint(0);
    machine.run(1);
    machine.run(100);
    expect([machine.stop, machine.now()]).toEqual(['breakpoint', 1]);
  });

  it('does not stop a replay', () => {
    const machine = build(LOOP);
    machine.setBreakpoints(new Set([0x7c01]));
    machine.run(100, true);
    expect([machine.stop, machine.now()]).toEqual(['budget', 100]);
  });

  it('is gone when it is taken away, also from code that has run with it', () => {
    const machine = build(LOOP);
    machine.setBreakpoints(new Set([0x7c01]));
    machine.run(100);
    machine.setBreakpoints(new Set());
    machine.run(100);
    expect([machine.stop, machine.now()]).toEqual(['budget', 100]);
  });

  it('is met in code that has run before it was set', () => {
    const machine = build(LOOP);
    machine.run(10);
    machine.setBreakpoints(new Set([0x7c01]));
    machine.run(100);
    expect([machine.stop, machine.now()]).toEqual(['breakpoint', 11]);
  });

  it('is met in an instruction that lies across two pages', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    mov ax, 1
    jmp across
    times 0x8000 - 1 - ($ - $$ + 0x7C00) db 0x90
across:
    mov bx, 2
    mov cx, 3
    jmp across`);
    machine.setBreakpoints(new Set([0x7fff]));
    expect(stopsOf(machine, 12)).toEqual([2, 5, 8, 11]);
  });

  it('does not stop between the iterations of a repeated instruction', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    cld
    mov di, 0x9000
    mov cx, 1000
    rep stosb
    cli
    hlt`);
    machine.setBreakpoints(new Set([0x7c07]));
    machine.run(3);
    machine.passBreakpoint(3);
    machine.run(500);
    expect([machine.stop, machine.now(), machine.cpu.words[ECX]]).toEqual(['budget', 500, 503]);
    machine.run(2000);
    expect([machine.stop, machine.cpu.words[ECX]]).toEqual(['halt', 0]);
  });

  it('leaves the shadow of STI over the instruction that it stops', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    sti
    nop
    hlt`);
    machine.setBreakpoints(new Set([0x7c01]));
    machine.run(100);
    expect([machine.stop, machine.now(), machine.cpu.words[INTERRUPTIBILITY] & 3]).toEqual(['breakpoint', 1, 1]);
  });

  it('changes nothing of what the machine does', () => {
    const plain = build(TIMER);
    plain.run(Number.POSITIVE_INFINITY);
    const watched = build(TIMER);
    watched.setBreakpoints(new Set(Array.from({ length: 0x80 }, (_, i) => 0x7c00 + i)));
    const ticks = stopsOf(watched, Number.POSITIVE_INFINITY);
    expect(ticks.length).toBeGreaterThan(100);
    expect([watched.stop, watched.hash()]).toEqual([plain.stop, plain.hash()]);
  });
});
