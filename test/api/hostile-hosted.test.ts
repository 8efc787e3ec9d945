import { describe, expect, it } from 'vitest';
import { arrive, Computer } from '../../src/api/computer.ts';
import { FrameMaker } from '../../src/api/frame.ts';
import { deviceViews } from '../../src/api/views/index.ts';
import { GlassError } from '../../src/base/errors.ts';
import { loadMoment, saveMoment } from '../../src/time/file.ts';
import { CATALOGUE, guest } from './rig.ts';

type Next = (limit: number) => number;

/** Whole numbers below a limit, xorshift32. */
function random(seed: number): Next {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const computer = guest('ping');
arrive(computer.run({ instructions: 4000 }));
const saved = loadMoment(computer.save());

/** The moment with other bytes in its parts, as somebody writes it who knows the format. */
function withParts(ids: readonly string[], change: (bytes: Uint8Array) => void): Uint8Array {
  const { config, moment } = saved;
  const parts = new Map(moment.snapshot.parts);
  for (const id of ids) {
    const bytes = (parts.get(id) as Uint8Array).slice();
    change(bytes);
    parts.set(id, bytes);
  }
  return saveMoment({ config, moment: { ...moment, snapshot: { ...moment.snapshot, parts } } });
}

/** The moment with wild words in some pages of host memory: EPT, VMCS, disks, the hypervisor's own, and those of the guests. */
function withMemory(next: Next): Uint8Array {
  const { config, moment } = saved;
  const changes: [number, Uint8Array<ArrayBuffer>][] = [];
  moment.snapshot.ram.forEach((index, page) => {
    if (next(3) !== 0) return;
    const bytes = page.slice();
    for (let i = 0; i < 60; i++) {
      const at = next(1024) * 4;
      bytes[at] ^= 1 << next(8);
      bytes[at + 1] = next(256);
      if (next(4) === 0) bytes[at + 3] = next(256);
    }
    changes.push([index, bytes]);
  });
  return saveMoment({ config, moment: { ...moment, snapshot: { ...moment.snapshot, ram: moment.snapshot.ram.with(changes) } } });
}

/** Restores and uses it: nothing but a sentence may come out, and it comes to an end. */
function tryToUse(file: Uint8Array): 'used' | 'refused' {
  try {
    const restored = Computer.restore(file, CATALOGUE);
    const frames = new FrameMaker(restored);
    const look = (): void => {
      frames.make({ serial: 1, isRunning: false, isReadable: true, speed: 0 });
      deviceViews(restored.machine, restored.hosted);
    };
    look();
    restored.command({ do: 'merge' });
    for (const journey of [restored.run({ until: restored.tick + 5000 }), restored.step(3), restored.back(2), restored.backToExit()]) {
      for (let i = 0; i < 30; i++) if (journey.next().done === true) break;
      journey.return(restored.stop);
      restored.pause();
      look();
    }
    restored.command({ do: 'destroy', vm: 0 });
    arrive(restored.run({ until: restored.tick + 5000 }));
    return 'used';
  } catch (error) {
    if (!(error instanceof GlassError)) throw error;
    expect(error.message).toMatch(/\.$/);
    return 'refused';
  }
}

describe('a saved moment of a hosted hypervisor', () => {
  it.each([1, 2, 3, 4, 5, 6])('may hold anything in host memory (seed %i)', (seed) => {
    expect(tryToUse(withMemory(random(seed * 7919)))).toBe('used');
  });

  it.each(['cpu', 'vmx', 'tlb', 'vmm', 'frames', 'vm0', 'switch', 'vm0.virtio2', 'vm0.pit'])('may hold anything for the part %s', (id) => {
    expect([...saved.moment.snapshot.parts.keys()]).toContain(id);
    const next = random(id.length * 104_729 + 5);
    for (let round = 0; round < 4; round++) {
      const file = withParts([id], (bytes) => {
        if (round === 0) bytes.fill(0xff);
        else if (round === 1) bytes.fill(0);
        else for (let i = 0; i < 6; i++) bytes[next(bytes.length)] = [0xff, 0x7f, 0x80, 1, next(256)][next(5)];
      });
      tryToUse(file);
    }
  });

  it('as it is goes on', () => {
    expect(tryToUse(withParts([], () => {}))).toBe('used');
  });
});
