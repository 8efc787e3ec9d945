import { describe, expect, it } from 'vitest';
import { arrive, Computer } from '../../../src/api/computer.ts';
import { contextOf } from '../../../src/api/frame.ts';
import { deviceViews } from '../../../src/api/views/index.ts';
import { mapView } from '../../../src/api/views/map.ts';
import { memoryView } from '../../../src/api/views/memory.ts';
import { reachView } from '../../../src/api/views/reach.ts';
import { tablesView } from '../../../src/api/views/tables.ts';
import { tlbState } from '../../../src/api/views/tlb.ts';
import { vmxView } from '../../../src/api/views/vmx.ts';
import { GlassError } from '../../../src/base/errors.ts';
import { loadMoment, saveMoment } from '../../../src/time/file.ts';
import { CATALOGUE, guest } from '../rig.ts';

const PAGE = 4096;
const WORST = [0, -1, 1, 7, 0x87, 0x80000000 | 0, 0x7fffffff] as const;

/** Whole numbers below a limit, xorshift32. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Every view of a paused machine. */
function lookAtAll(computer: Computer, address: number): void {
  const { machine, hosted } = computer;
  for (const context of ['current', 'guest'] as const) {
    mapView(computer, context);
    const walk = machine.mmu.explainFor(contextOf(machine, context), { linear: address | 0, access: 'write', isUser: false });
    tablesView(machine, walk, { opened: ['guest', 'guest.0', 'guest.1', 'ept.0', 'ept.0.0', 'ept.0.0.0', 'no.such'], closed: ['guest'] });
    for (const space of ['v', 'g', 'h'] as const) {
      reachView(computer, { space, address, context });
      const { bytes } = memoryView(computer, null, { space, address, length: 256, cursor: address, context });
      expect(bytes.length).toBe(Math.min(256, 2 ** 32 - address));
    }
  }
  tlbState(computer);
  vmxView(machine, { field: 'primaryControls', value: address, high: 0 });
  deviceViews(machine, hosted);
}

/** As a guest might have left memory: words in pages that it uses, often such as tables take for entries. */
function spoil({ machine: { physical } }: Computer, next: (limit: number) => number, words: number): void {
  const used = [...physical.used.keys()].filter((page) => physical.used[page] !== 0 && page < physical.size / PAGE);
  for (let i = 0; i < words; i++) {
    const at = used[next(used.length)] * PAGE + 4 * next(PAGE / 4);
    const entry = (used[next(used.length)] * PAGE) | next(256);
    physical.ram32[at >>> 2] = next(3) === 0 ? WORST[next(WORST.length)] : entry;
  }
}

/** Behind a VM exit, where the guest's tables and the VMCS are, or at the end. */
function at(id: string, exits: number): Computer {
  const computer = guest(id);
  arrive(exits > 0 ? computer.stepToExit(exits) : computer.run({ instructions: 300_000 }));
  return computer;
}

describe('whatever stands in memory', () => {
  it.each([
    ['ept-on-demand', 2],
    ['stale-tlb', 1],
    ['virtio-ring', 0],
    ['dma-isolation', 0],
    ['two-guests', 3],
  ] as const)('every view of %s has an answer, and changes nothing', (id, exits) => {
    const computer = at(id, exits);
    const next = random(id.length);
    for (let round = 0; round < 4; round++) {
      spoil(computer, next, 1 + 60 * round);
      const hash = computer.hash();
      lookAtAll(computer, [next(2 ** 31), 0xfffffff0, 0x1000, 0][round % 4]);
      expect(computer.hash()).toBe(hash);
    }
  });
});

describe('whatever a snapshot says of', () => {
  it.each(['cpu', 'vmx', 'tlb'])('%s, every view has an answer, or the snapshot is refused', (id) => {
    const file = at('ept-on-demand', 2).save();
    const next = random(id.length + 5);
    let used = 0;
    for (let round = 0; round < 6; round++) {
      const { config, moment } = loadMoment(file);
      const parts = new Map(moment.snapshot.parts);
      const bytes = (parts.get(id) ?? new Uint8Array(0)).slice();
      for (let i = 0; i < 1 + round * 8; i++)
        new DataView(bytes.buffer).setInt32(4 * next(bytes.length >> 2), next(2) ? WORST[next(WORST.length)] : next(2 ** 32), true);
      parts.set(id, bytes);
      try {
        const computer = Computer.restore(
          saveMoment({ config, moment: { ...moment, snapshot: { ...moment.snapshot, parts } } }),
          CATALOGUE,
        );
        lookAtAll(computer, next(2 ** 32 - 1));
        used++;
      } catch (error) {
        if (!(error instanceof GlassError)) throw error;
      }
    }
    expect(used).toBeGreaterThan(2);
  });
});
