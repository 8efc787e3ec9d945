import { describe, expect, it } from 'vitest';
import { spare, RECLAIM_STEP } from '../../src/vmm/overcommit.ts';
import { PERIOD } from '../../src/vmm/schedule.ts';
import { host, say, text } from './build.ts';

/** Touches `pages` pages from 0x40000 again and again. */
const toucher = (pages: number): string => `
again:
    mov  edi, 0x40000
    mov  ecx, ${pages}
touch:
    inc  dword [edi]
    add  edi, 0x1000
    loop touch
    jmp  again`;

/** Touches `pages` pages once, then does without memory. */
const idler = (pages: number): string => toucher(pages).replace('jmp  again', 'spin: jmp spin');

describe('the working set of a virtual machine', () => {
  it('is what it touched in a period, by the accessed flags of its EPT', () => {
    const hosted = host([toucher(50)]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(5 * PERIOD);
    // And the page of the program itself.
    expect([hosted.vmm.vms[0].state.touchedPages, hosted.vmm.vms[0].state.workingSet]).toEqual([51, 51]);
  });

  it('grows at once and shrinks by halves', () => {
    const hosted = host([idler(63)]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    const { state } = hosted.vmm.vms[0];
    const seen: number[] = [];
    for (let end = 1; seen.length < 5; end++) {
      hosted.machine.run(end * PERIOD + PERIOD / 2);
      seen.push(state.workingSet);
    }
    expect(seen).toEqual([64, 32, 16, 8, 4]);
    expect(state.ownPages).toBe(64);
    expect(spare(state)).toBe(60);
  });

  it('does not shrink while one waits for memory or is paused', () => {
    const hosted = host([toucher(50)]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(3 * PERIOD);
    hosted.command({ do: 'pause', vm: 0 });
    hosted.machine.run(9 * PERIOD);
    expect(hosted.vmm.vms[0].state.workingSet).toBe(51);
  });
});

describe('a target', () => {
  it('is what was asked from outside, whatever the policy does above it', () => {
    const hosted = host([`${say('x')}\nspin: jmp spin`]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.command({ do: 'balloon', vm: 0, pages: 10 });
    hosted.machine.run(1.5 * PERIOD);
    const { state } = hosted.vmm.vms[0];
    expect([state.balloonTarget, state.balloonAsked, state.balloonDue]).toEqual([10, 10, 10]);
    // As after a shortage: the policy has asked for more, and there is plenty again.
    state.balloonTarget = 10 + RECLAIM_STEP + 7;
    hosted.machine.run(2.5 * PERIOD);
    expect(state.balloonTarget).toBe(17);
    hosted.machine.run(3.5 * PERIOD);
    expect(state.balloonTarget).toBe(10);
    hosted.machine.run(9.5 * PERIOD);
    expect(state.balloonTarget).toBe(10);
    expect(text(hosted)).toBe('x');
  });

  it('is no more than the memory of the virtual machine', () => {
    const hosted = host([say('x')]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.command({ do: 'balloon', vm: 0, pages: 5000 });
    hosted.machine.run(PERIOD);
    expect(hosted.vmm.vms[0].state.balloonTarget).toBe(256);
  });
});
