import { describe, expect, it } from 'vitest';
import { spare, RECLAIM_STEP } from '../../src/vmm/overcommit.ts';
import { PERIOD } from '../../src/vmm/schedule.ts';
import type { HostedMachine } from '../../src/machine/hosted.ts';
import { host, image, say, text } from './build.ts';
import { GIVER, PAGES_OF_GIVER, TAKER } from './drivers.ts';

const FOREVER = 20_000_000;

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

/** 512 frames for two guests that want 608 and their tables. */
function overcommitted(): HostedMachine {
  const hosted = host([GIVER, image(TAKER, {}, 2)], { ramMiB: 2 });
  hosted.vmm.create({ image: 0, ramPages: 256 });
  hosted.machine.run(2_000_000);
  hosted.vmm.create({ image: 1, ramPages: 512 });
  return hosted;
}

describe('more memory promised than there is', () => {
  it('is found with a guest that sleeps: its balloon grows until the other has what it needs', () => {
    const hosted = overcommitted();
    const [giver, taker] = hosted.vmm.vms;
    expect(giver.status).toBe('halted');
    hosted.machine.run(FOREVER);
    expect([taker.stopReason, text(hosted, 1)]).toEqual(['halt', '!']);
    expect(giver.state.ballooned).toBeGreaterThan(64);
    expect(giver.state.ownPages).toBeLessThan(PAGES_OF_GIVER - 64);
    expect(taker.state.waitTicks).toBeGreaterThan(0);
    expect(giver.ept.frameOf(0x40000)).toBe(-1);
    expect(giver.state.balloonTarget % 64).toBe(0);
  });

  it('stops whoever asks where nobody has a balloon', () => {
    const hosted = host([TAKER.replace('ecx, 400', 'ecx, 150'), image(TAKER, {}, 2)], { ramMiB: 2 });
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.vmm.create({ image: 1, ramPages: 512 });
    hosted.machine.run(FOREVER);
    expect(hosted.vmm.vms.slice(0, 2).map((vm) => vm.stopReason)).toContain('hostMemory');
  });

  it('gives zeros where the guest touches what it gave', () => {
    const hosted = overcommitted();
    hosted.machine.run(FOREVER);
    hosted.vmm.destroy(hosted.vmm.vms[1]);
    const [giver] = hosted.vmm.vms;
    const before = giver.state.ownPages;
    expect(hosted.vmm.supply.back(giver, 0x40000, false)).toBeGreaterThan(0);
    expect(hosted.machine.bus.read32(giver.ept.frameOf(0x40000))).toBe(0);
    expect(giver.state.ownPages).toBe(before + 1);
  });

  it('is asked first of who does not use it, though another has more', () => {
    // Both have a driver; the first sleeps, the second touches all it has again and again.
    const busy = GIVER.replace(
      'idle:\n    sti\n    hlt\n    cli',
      `idle:\n    mov edi, 0x40000\nuse: inc dword [edi]\n    add edi, 0x1000\n    cmp edi, 0xF0000\n    jb use\n    sti\n    nop\n    cli`,
    );
    expect(busy).not.toBe(GIVER);
    const hosted = host(
      [GIVER.replace(`mov  ecx, ${PAGES_OF_GIVER}`, 'mov  ecx, 150'), busy, image(TAKER.replace('ecx, 400', 'ecx, 150'), {}, 2)],
      {
        ramMiB: 2,
      },
    );
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(5 * PERIOD);
    const [idle, other] = hosted.vmm.vms;
    expect(other.state.ownPages).toBeGreaterThan(idle.state.ownPages);
    expect(spare(idle.state)).toBeGreaterThan(RECLAIM_STEP);
    hosted.command({ do: 'create', image: 2, ramMiB: 2 });
    for (let end = 5 * PERIOD; text(hosted, 2) === '' && end < FOREVER; end += 20_000) hosted.machine.run(end);
    expect([text(hosted, 2), idle.state.balloonTarget, other.state.balloonTarget]).toEqual(['!', 64, 0]);
  });

  it('is not waited for with one who does not answer', () => {
    // Its driver is there, but looks at nothing.
    const deaf = GIVER.replace('again:\n', 'again: jmp idle\n');
    expect(deaf).not.toBe(GIVER);
    const hosted = host(
      [deaf, GIVER.replace(`mov  ecx, ${PAGES_OF_GIVER}`, 'mov  ecx, 120'), image(TAKER.replace('ecx, 400', 'ecx, 180'), {}, 2)],
      {
        ramMiB: 2,
      },
    );
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(5 * PERIOD);
    hosted.command({ do: 'create', image: 2, ramMiB: 2 });
    hosted.machine.run(FOREVER);
    const [first, second, taker] = hosted.vmm.vms;
    expect([taker.stopReason, text(hosted, 2)]).toEqual(['halt', '!']);
    expect([first.state.ballooned, first.state.balloonDue]).toEqual([0, RECLAIM_STEP]);
    expect(second.state.ballooned).toBeGreaterThanOrEqual(64);
    expect(taker.state.waitTicks).toBeGreaterThan(PERIOD);
  });
});
