import { describe, expect, it } from 'vitest';
import { type VmsView, vmsView } from '../../../src/api/views/vms.ts';
import type { HostedMachine } from '../../../src/machine/hosted.ts';
import { host, say } from '../../vmm/build.ts';

const SPIN = `
again: inc eax
    jmp  again`;
const END = `${say('x')}
    cli
    hlt`;

function running(): HostedMachine {
  const hosted = host([SPIN, END]);
  hosted.vmm.create({ image: 0, ramPages: 256, weight: 256 });
  hosted.vmm.create({ image: 0, ramPages: 256, weight: 512, face: 'kvm', cap: 50 });
  hosted.vmm.create({ image: 1, ramPages: 256 });
  hosted.machine.run(400_000);
  return hosted;
}

const framesIn = ({ frames }: VmsView): number =>
  frames.owners.reduce((sum, { kinds }) => sum + Object.values(kinds).reduce((a, b) => a + b, 0), frames.free);

describe('the view of virtual machines', () => {
  it('tells what each is doing, and why it stands', () => {
    const view = vmsView(running());
    expect(view.vms.map(({ number, status, stop, face, weight, cap, image }) => [number, status, stop, face, weight, cap, image])).toEqual([
      [0, 'ready', 'none', 'none', 256, 0, 0],
      [1, 'ready', 'none', 'kvm', 512, 50, 0],
      [2, 'stopped', 'halt', 'none', 256, 0, 1],
    ]);
    expect(view.vms.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
    expect([view.places, view.images]).toEqual([4, ['test', 'test']]);
  });

  it('shows turns in order, of no more than a quantum where others want to run', () => {
    const view = vmsView(running());
    expect(new Set(view.turns.map(({ vm }) => vm))).toEqual(new Set([0, 1, 2]));
    for (const [i, turn] of view.turns.entries()) {
      expect(turn.to).toBeGreaterThanOrEqual(turn.from);
      expect(turn.from).toBeGreaterThanOrEqual(view.turns[i - 1]?.to ?? 0);
      expect(turn.vm).not.toBe(view.turns[i - 1]?.vm);
    }
    expect(view.turns.at(-1)?.to).toBeLessThanOrEqual(view.tick);
    expect(view.turns.reduce((sum, { exits }) => sum + exits, 0)).toBeGreaterThan(view.turns.length / 2);
  });

  it('shows no turn of a future that is recorded already', () => {
    const hosted = running();
    const turns = vmsView(hosted).turns.filter(({ from }) => from < 100_000);
    const ago = vmsView({ ...hosted, machine: Object.assign(Object.create(hosted.machine), { now: () => 100_000 }) } as HostedMachine);
    expect(ago.turns.map(({ vm, from }) => [vm, from])).toEqual(turns.map(({ vm, from }) => [vm, from]));
    expect(Math.max(...ago.turns.map(({ to }) => to))).toBeLessThanOrEqual(100_000);
  });

  it('finds an owner for every frame that is not free', () => {
    const hosted = running();
    const view = vmsView(hosted);
    expect(framesIn(view)).toBe(view.frames.total);
    for (const { number, meter } of view.vms) {
      expect(view.frames.owners.find(({ vm }) => vm === number)?.kinds.ram, `vm${number}`).toBe(meter.ownPages);
    }
    hosted.command({ do: 'destroy', vm: 2 });
    hosted.machine.run(600_000);
    expect(vmsView(hosted).frames.owners.some(({ vm }) => vm === 2)).toBe(false);
  });

  it('changes nothing', () => {
    const hosted = running();
    const before = hosted.machine.hash();
    vmsView(hosted);
    expect(hosted.machine.hash()).toBe(before);
  });
});
