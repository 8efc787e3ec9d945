import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { layout } from '../../src/base/layout.ts';
import type { HostedCode } from '../../src/machine/hosted-code.ts';
import { build } from '../machine/build.ts';

/** Wakes the CPU behind a HLT after 50 ticks, `times` times; its state is how often. */
function waker(machine: ReturnType<typeof build>, times: number): HostedCode & { bytes: Uint8Array } {
  const counter = layout({ count: 'u32', since: 'f64' });
  const bytes = new Uint8Array(counter.size);
  const state = counter.view(bytes);
  return {
    bytes,
    parts: [{ id: 'waker', layout: counter, bytes, rebuild: () => {} }],
    takeHalt: (limit) => {
      if (state.count === times) return false;
      if (state.since === 0) state.since = machine.now();
      const now = machine.now();
      if (now < state.since + 50) machine.pass(Math.max(now, Math.min(limit, state.since + 50)) - now);
      else {
        state.count++;
        state.since = 0;
        machine.cpu.words[w.ACTIVITY] = 0;
        machine.cpu.reloadDerived();
      }
      return true;
    },
    nextWake: () => state.since + 50,
    refusal: (payload) => (payload.length === 0 ? 'it is empty' : ''),
    whyNotEdit: () => '',
    applyInput: (payload) => bytes.set(payload.subarray(0, 1)),
  };
}

const HALTS = 'bits 16\norg 0x7C00\ncli\nagain: hlt\ninc bx\njmp again';

describe('a machine with code behind its HLT', () => {
  it('asks that code where it would stand still, and stops where the code gives up', () => {
    const machine = build(HALTS);
    machine.install(waker(machine, 3));
    expect(machine.run(1_000_000)).toBe(false);
    expect(machine.stop).toBe('halt');
    expect(machine.cpu.words[w.EBX]).toBe(3);
    expect(machine.now()).toBeGreaterThan(150);
  });

  it('comes to the same state in any budgets', () => {
    const whole = build(HALTS);
    whole.install(waker(whole, 5));
    whole.run(200);
    const pieces = build(HALTS);
    pieces.install(waker(pieces, 5));
    for (let tick = 1; tick <= 200; tick += 7) pieces.run(Math.min(tick, 200));
    pieces.run(200);
    expect(pieces.now()).toBe(200);
    expect(pieces.hash()).toBe(whole.hash());
  });

  it('has that code’s parts in its hash, and takes its inputs', () => {
    const machine = build(HALTS);
    const plain = machine.hash();
    machine.install(waker(machine, 2));
    expect(machine.hash()).not.toBe(plain);
    const before = machine.hash();
    machine.applyInput({ kind: 'vmm', payload: Uint8Array.of(1), tick: 0 });
    expect(machine.hash()).not.toBe(before);
    expect(() => machine.checkInput('vmm', new Uint8Array())).toThrow('it is empty');
  });

  it('knows no such input without it', () => {
    expect(() => build(HALTS).checkInput('vmm', Uint8Array.of(1))).toThrow('no input "vmm"');
  });
});
