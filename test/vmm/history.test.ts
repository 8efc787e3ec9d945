import { describe, expect, it } from 'vitest';
import { Timeline } from '../../src/time/timeline.ts';
import { FACES } from '../../src/vmm/vm-layout.ts';
import type { Command } from '../../src/vmm/commands.ts';
import { host, image, text } from './build.ts';
import { counter, TIMER } from './guests.ts';

const bytes = (command: Command): Uint8Array => new TextEncoder().encode(JSON.stringify(command));

describe('the history of a host', () => {
  it('holds its commands: gone back to any tick it goes on as before', () => {
    const hosted = host([counter('a', 5), image(TIMER, { mode: 'real', load: 0x7c00 })]);
    const { machine, vmm } = hosted;
    const timeline = new Timeline(machine, { spacing: 30_000, fineSpacing: 2_000 });
    timeline.input('vmm', bytes({ do: 'create', image: 0, ramMiB: 1, face: 'kvm', isMergeable: true }));
    timeline.run(20_000);
    timeline.input('vmm', bytes({ do: 'create', image: 1, ramMiB: 1 }));
    timeline.run(70_011);
    timeline.input('vmm', bytes({ do: 'merge' }));
    timeline.input('vmm', bytes({ do: 'pause', vm: 0 }));
    timeline.run(150_000);
    timeline.input('vmm', bytes({ do: 'resume', vm: 0 }));
    timeline.run(400_000);
    timeline.input('vmm', bytes({ do: 'destroy', vm: 0 }));
    timeline.run(500_000);
    const end = machine.hash();
    expect(vmm.vms[0].status).toBe('empty');
    for (const tick of [70_010, 3, 19_999, 160_007, 399_000]) {
      timeline.seek(tick);
      expect(machine.now()).toBe(tick);
      timeline.seek(500_000);
      expect(machine.hash()).toBe(end);
    }
    timeline.seek(300_000);
    timeline.stepBack();
    expect(machine.now()).toBe(299_999);
    expect(vmm.vms[0].status).not.toBe('empty');
  });

  it('is another one where a command comes in the past', () => {
    const { machine, vmm } = host([counter('a', 9)]);
    const timeline = new Timeline(machine, { spacing: 30_000 });
    timeline.input('vmm', bytes({ do: 'create', image: 0, ramMiB: 1 }));
    timeline.run(90_000);
    timeline.seek(40_000);
    timeline.input('vmm', bytes({ do: 'pause', vm: 0 }));
    timeline.run(120_000);
    expect(vmm.vms[0].state.instructions).toBeLessThan(62_000);
    expect(vmm.vms[0].state.isPaused).toBe(1);
  });
});

describe('a state from a file', () => {
  it('is refused where it cannot be one', () => {
    const { vmm, machine } = host([counter('a', 5)]);
    vmm.create({ image: 0, ramPages: 256 });
    machine.run(20_000);
    const [vm] = vmm.vms;
    for (const part of [vmm, vmm.frames, vm]) expect(part.misfit(part.bytes.slice())).toBe('');
    const damage = (part: { bytes: Uint8Array; misfit(bytes: Uint8Array): string }, at: number, value: number): string => {
      const bytes = part.bytes.slice();
      bytes[at] = value;
      return part.misfit(bytes);
    };
    expect(damage(vmm, 0, 9)).toContain('phase');
    expect(damage(vmm, 1, 200)).toContain('virtual machine');
    expect(damage(vmm.frames, 0, 1)).toContain('frames are free');
    expect(damage(vmm.frames, 9, 0)).toContain('neither free nor used');
    expect(damage(vm, 0, 77)).toContain('status');
    const offset = vm.layout.fields.find(({ name }) => name === 'eptRoot')?.offset ?? 0;
    expect(damage(vm, offset, 3)).toContain('frame');
    expect(damage(vm, offset + 3, 0x70)).toContain('frame');
  });
});

describe('a guest that is noise', () => {
  const random = (seed: number): Uint8Array => {
    let state = seed * 2_654_435_761;
    return Uint8Array.from({ length: 4096 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
  };

  it.each(Array.from({ length: 24 }, (_, i) => i))('breaks nothing but itself (seed %i)', (seed) => {
    const mode = seed % 2 === 0 ? 'protected' : 'real';
    const file = { name: 'noise', bytes: random(seed + 1), load: 0x7c00, mode } as const;
    const hosted = host([{ file, ramMiB: 1 }, counter('b', 2)]);
    const { free } = hosted.vmm.frames;
    hosted.vmm.create({ image: 0, ramPages: 256, face: FACES[seed % FACES.length] });
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(120_000);
    expect(text(hosted, 1)).toBe('bb');
    hosted.command({ do: 'destroy', vm: 0 });
    hosted.command({ do: 'destroy', vm: 1 });
    hosted.machine.run(200_000);
    expect(hosted.vmm.frames.free).toBe(free);
  });
});
