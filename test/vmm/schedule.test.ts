import { describe, expect, it } from 'vitest';
import type { HostedMachine } from '../../src/machine/hosted.ts';
import { meterOf } from '../../src/vmm/meters.ts';
import { QUANTUM } from '../../src/vmm/schedule.ts';
import { host, image } from './build.ts';
import { counter, TIMER } from './guests.ts';

const FOREVER = 20_000_000;
const SPIN = 'spin: inc eax\njmp spin';

/** Ticks of each virtual machine, the hypervisor's on its account included. */
function ticks({ vmm }: HostedMachine): number[] {
  return vmm.present.map((vm) => vm.state.instructions + vm.state.rootTicks);
}

describe('the schedule', () => {
  it('gives each its share by weight', () => {
    const hosted = host([SPIN]);
    for (const weight of [100, 200, 300]) hosted.vmm.create({ image: 0, ramPages: 256, weight });
    hosted.machine.run(3_000_000);
    const [one, two, three] = ticks(hosted);
    expect(Math.abs(two / one - 2)).toBeLessThan(0.15);
    expect(Math.abs(three / one - 3)).toBeLessThan(0.15);
    expect(one + two + three).toBeGreaterThan(2_900_000);
  });

  it('lets nobody have more than its cap, even where nobody else runs', () => {
    const hosted = host([SPIN]);
    hosted.vmm.create({ image: 0, ramPages: 256, cap: 25 });
    hosted.machine.run(4_000_000);
    expect(ticks(hosted)[0] / 4_000_000).toBeCloseTo(0.25, 2);
    const { idleTicks, accountedAt } = hosted.vmm.state;
    expect((idleTicks + 4_000_000 - accountedAt) / 4_000_000).toBeCloseTo(0.75, 2);
  });

  it('gives what a capped one leaves to the others', () => {
    const hosted = host([SPIN]);
    hosted.vmm.create({ image: 0, ramPages: 256, cap: 10, weight: 1000 });
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(4_000_000);
    const [capped, free] = ticks(hosted);
    expect(capped / 4_000_000).toBeCloseTo(0.1, 2);
    expect(free / 4_000_000).toBeCloseTo(0.9, 2);
  });

  it('does not pay back the time that one slept', () => {
    const hosted = host([SPIN, SPIN]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    const late = hosted.vmm.create({ image: 1, ramPages: 256, isPaused: true });
    hosted.machine.run(1_000_000);
    hosted.command({ do: 'resume', vm: 1 });
    hosted.machine.run(1_400_000);
    const [first, second] = ticks(hosted);
    expect(late?.state.instructions).toBeGreaterThan(150_000);
    expect(second).toBeLessThan(250_000);
    expect(first).toBeGreaterThan(1_150_000);
  });

  it('lets one that wakes run at once', () => {
    const hosted = host([SPIN, image(TIMER, { mode: 'real', load: 0x7c00 })]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    const sleeper = hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(1_500_000);
    // Ten periods of the timer and no more than a slice behind.
    expect(sleeper?.stopReason).toBe('debugExit');
    expect(sleeper?.state.haltedTicks).toBeGreaterThan(900_000);
    expect(sleeper?.state.haltedTicks).toBeLessThan(10 * 100_000 + QUANTUM);
  });

  it('ends the turn of a guest that executes PAUSE only where the control asks, and goes round at YIELD', () => {
    const hosted = host(['again: mov eax, 29\nxor ebx, ebx\nvmcall\njmp again', SPIN]);
    hosted.vmm.create({ image: 0, ramPages: 256, face: 'xen' });
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(1_000_000);
    const [yielding, spinning] = hosted.vmm.vms;
    expect(yielding.state.exits.at(18)).toBeGreaterThan(10);
    expect(spinning.state.instructions).toBeGreaterThan(400_000);
  });
});

describe('the meters', () => {
  it('add up to the clock, tick for tick', () => {
    const hosted = host([counter('a', 4), image(TIMER, { mode: 'real', load: 0x7c00 }), counter('c', 2, 32)]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.vmm.create({ image: 2, ramPages: 256, cap: 20 });
    hosted.machine.run(FOREVER);
    const { state } = hosted.vmm;
    const used = ticks(hosted).reduce((sum, n) => sum + n, 0);
    expect(used + state.idleTicks + state.goneTicks).toBe(state.accountedAt);
    expect(state.accountedAt).toBe(hosted.machine.now());
    hosted.vmm.destroy(hosted.vmm.vms[0]);
    expect(ticks(hosted).reduce((sum, n) => sum + n, 0) + state.idleTicks + state.goneTicks).toBe(state.accountedAt);
  });

  it('count exits by reason as the machine does', () => {
    const hosted = host([counter('a', 4), counter('b', 4, 16)]);
    for (const n of [0, 1]) hosted.vmm.create({ image: n, ramPages: 256 });
    hosted.machine.run(FOREVER);
    for (const [reason, count] of Object.entries(hosted.machine.exitCounts)) {
      expect(hosted.vmm.vms.reduce((sum, vm) => sum + vm.state.exits.at(Number(reason)), 0)).toBe(count);
    }
    const [a, b] = hosted.vmm.present.map((vm) => meterOf(vm, hosted.machine.now()));
    expect(a.exits).toMatchObject({ ioInstruction: 4, hlt: 1, eptViolation: 8 });
    expect(b.exits['eptViolation']).toBe(16);
    expect([a.portBytesOut, a.ownPages]).toEqual([4, 9]);
    expect(a.entries).toBe(Object.values(a.exits).reduce((sum, n) => sum + n, 0));
  });

  it('count the instructions that the guest executed, and page-ticks from the moment a page is there', () => {
    const hosted = host([`${'nop\n'.repeat(50)}cli\nhlt`]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(FOREVER);
    const [vm] = hosted.vmm.vms;
    // 50 NOP and CLI; HLT exits before it is executed.
    expect(vm.state.instructions).toBe(51);
    const meter = meterOf(vm, 10_000);
    expect(meter.pageTicks).toBe(10_000);
    expect(meterOf(vm, 20_000).pageTicks).toBe(20_000);
  });
});
