import { describe, expect, it } from 'vitest';
import { arrive, type Computer } from '../../src/api/computer.ts';
import { RECORD_WORDS } from '../../src/trace/schema.ts';
import { computerWith, guest } from './rig.ts';

/** All records of a run to the end, of either ring, and the ticks of some. */
function story(id: string): { records: Int32Array[]; ticks: number[] } {
  const computer = guest(id);
  arrive(computer.run({ instructions: 500_000 }));
  const { words } = computer.machine.trace.read(0);
  const fine = computer.machine.fine.read(0).words;
  const ticks = new Set<number>();
  for (let at = 0; at < words.length; at += RECORD_WORDS) ticks.add((words[at + 1] >>> 0) + words[at + 2] * 2 ** 32);
  return { records: [words, fine], ticks: [...ticks].filter((_, i) => i % Math.ceil(ticks.size / 25) === 0) };
}

const recordsOf = ({ machine: { trace, fine } }: Computer): Int32Array[] => [trace.read(0).words, fine.read(0).words];

const writtenIn = ({ machine: { trace, fine } }: Computer): number[] => [trace.written, fine.written];

/** Devices act at their own ticks, between two instructions: exactly there somebody stands who goes back. */
const IDS = ['two-guests', 'timer', 'ept-on-demand', 'virtio-console', 'virtio-ring', 'dma-isolation'];

describe('the events of a history', () => {
  it.each([...IDS, 'balloon'])('are told once, also those at the tick to which one goes back and comes again: %s', (id) => {
    const { records, ticks } = story(id);
    const computer = guest(id);
    for (const tick of ticks) {
      arrive(computer.run({ until: tick }));
      const written = writtenIn(computer);
      for (const back of [1, 3]) {
        arrive(computer.seek(tick - back));
        arrive(computer.seek(tick));
        expect(writtenIn(computer)).toEqual(written);
      }
    }
    arrive(computer.run({ instructions: 500_000 }));
    expect(recordsOf(computer)).toEqual(records);
  });

  it.each(IDS)('at the tick of a fork are those that have happened, and no others: %s', (id) => {
    const { records, ticks } = story(id);
    const computer = guest(id);
    arrive(computer.run({ instructions: 500_000 }));
    for (const tick of ticks.reverse()) {
      arrive(computer.seek(tick));
      // Another history, which comes to the same.
      computer.edit({ kind: 'register', name: 'EAX', value: computer.machine.cpu.words[0] >>> 0 });
    }
    arrive(computer.run({ instructions: 500_000 }));
    expect(recordsOf(computer)).toEqual(records);
  });
});

describe('frequent events that are no longer known', () => {
  /** Reads a port forty thousand times: more than the ring has room for. */
  const POLLING = 'bits 16\nmov ecx, 40000\nagain:\nin al, 0x61\ndec ecx\njnz again\nhlt';
  const open = (): Computer => computerWith(POLLING);
  const ticksOf = ({ machine }: Computer, from: number, to: number): number[] => {
    const { words } = machine.fine.read(0);
    const ticks = Array.from({ length: words.length / RECORD_WORDS }, (_, i) => words[i * RECORD_WORDS + 1]);
    return ticks.filter((tick) => tick >= from && tick < to);
  };

  it('come back when one goes there, and then to the end again', () => {
    const fresh = open();
    arrive(fresh.run({ until: 3000 }));
    const computer = open();
    arrive(computer.run());
    const end = computer.tick;
    const last = computer.machine.fine.read(0).words;
    const { fine } = computer.machine;
    expect(fine.completeFrom()).toBeGreaterThan(3000);
    arrive(computer.seek(2000));
    expect(fine.completeFrom()).toBeLessThan(2000);
    expect(ticksOf(computer, 0, end)).toEqual(ticksOf(fresh, 0, 2000));
    arrive(computer.seek(3000));
    expect(ticksOf(computer, 0, end)).toEqual(ticksOf(fresh, 0, 3000));
    arrive(computer.seek(end));
    expect(computer.machine.fine.read(0).words).toEqual(last);
  });

  it('are not given up for a step back that they do not miss', () => {
    const computer = open();
    arrive(computer.run());
    const { fine } = computer.machine;
    const { written, epoch } = fine;
    arrive(computer.back());
    arrive(computer.back(100));
    expect([fine.written, fine.epoch]).toEqual([written, epoch]);
  });
});
