import { describe, expect, it } from 'vitest';
import { arrive, Computer } from '../../src/api/computer.ts';
import { FrameMaker } from '../../src/api/frame.ts';
import { Host } from '../../src/api/host.ts';
import { GlassError } from '../../src/base/errors.ts';
import { tlbEntries } from '../../src/memory/tlb-view.ts';
import { loadMoment, saveMoment } from '../../src/time/file.ts';
import { Journal } from '../../src/time/journal.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import { CATALOGUE, computerWith, program, SLEEPER, SPIN } from './rig.ts';

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

function savedAt(computer: Computer, instructions: number): Uint8Array {
  arrive(computer.run({ instructions }));
  return computer.save();
}

/** A moment's file, as somebody writes it who knows the format: `change` is given the bytes of part `id`. */
function tamper(file: Uint8Array, id: string, change: (bytes: Uint8Array) => void): Uint8Array {
  const { config, moment } = loadMoment(file);
  const parts = new Map(moment.snapshot.parts);
  const bytes = (parts.get(id) as Uint8Array).slice();
  change(bytes);
  parts.set(id, bytes);
  return saveMoment({ config, moment: { ...moment, snapshot: { ...moment.snapshot, parts } } });
}

/** All that a host asks of a machine. */
function use(computer: Computer): void {
  const frames = new FrameMaker(computer);
  const show = (): void => void frames.make({ serial: 1, isRunning: false, isReadable: true, speed: 0 });
  const { machine } = computer;
  show();
  machine.mmu.mappings(machine.mmu.context);
  machine.mmu.explainFor(machine.mmu.context, { linear: 0x400123, access: 'read', isUser: false });
  machine.mmu.peek(0xfffffff0, 64);
  tlbEntries(machine.tlb.words, machine.tlb.sets, machine.tlb.ways);
  for (const journey of [computer.step(), computer.run({ until: computer.tick + 1000 }), computer.back(2), computer.backToExit()]) {
    for (let i = 0; i < 20; i++) if (journey.next().done === true) break;
    journey.return(computer.stop);
    computer.pause();
    show();
  }
  computer.hash();
  computer.save();
}

/** Restores and uses; nothing but a sentence may come out of it. */
function tryToUse(file: Uint8Array): 'used' | 'refused' {
  try {
    use(Computer.restore(file, CATALOGUE));
    return 'used';
  } catch (error) {
    if (!(error instanceof GlassError)) throw error;
    expect(error.message).toMatch(/\.$/);
    return 'refused';
  }
}

/** A guest as a binary: nothing has to be assembled to restore it. */
function binaryOf(id: string): Computer {
  const source = GUESTS.find((g) => g.id === id);
  if (!source) throw new Error(`there is a guest ${id}`);
  const { bytes } = assemble(source.source, { include: (name) => INCLUDES[name] ?? null });
  const { load, mode, ramMiB } = source;
  return Computer.open({ image: { kind: 'file', name: id, bytes, format: 'flat', load, entry: load, mode }, ramMiB }, CATALOGUE);
}

const moments = [savedAt(binaryOf('two-guests'), 3700), savedAt(binaryOf('timer'), 4000), savedAt(computerWith(SLEEPER), 50)];
const parts = computerWith(SPIN).machine.parts;

describe('a snapshot file with a right checksum', () => {
  it.each(parts.map((part) => part.id))('may hold anything for part %s: it is refused, or the machine goes on somehow', (id) => {
    const part = parts.find((p) => p.id === id);
    if (!part || part.bytes.length === 0) return;
    const next = random(id.length + 77);
    const { fields } = part.layout;
    const changes: ((bytes: Uint8Array) => void)[] = [
      (bytes) => void bytes.fill(0xff),
      (bytes) => void bytes.fill(0),
      (bytes) => bytes.forEach((_, i) => (bytes[i] = next(256))),
      ...Array.from({ length: 3 }, () => (bytes: Uint8Array) => {
        const { offset } = fields[next(fields.length)];
        for (let i = 0; i < 8; i++) bytes[(offset + i) % bytes.length] = [0xff, 0x7f, 0xf0, 0x80, 1, next(256)][next(6)];
      }),
    ];
    for (const [i, change] of changes.entries()) tryToUse(tamper(moments[i % moments.length], id, change));
  });

  it('that selects a register which the clock does not have is refused with a sentence', () => {
    const file = tamper(moments[0], 'rtc', (bytes) => void (bytes[128] = 200));
    expect(() => Computer.restore(file, CATALOGUE)).toThrow('register 200 is selected, of 128');
  });

  it('with another program, machine or image is refused with a sentence', () => {
    const { config, moment } = loadMoment(moments[0]);
    const good = config as { machine: object; image: object };
    const configs: unknown[] = [
      null,
      [],
      7,
      {},
      { ...good, machine: { ...good.machine, ramMiB: 3 } },
      { ...good, machine: { ...good.machine, ramMiB: 1e9 } },
      { ...good, machine: { ...good.machine, tlb: 'teaching' } },
      { ...good, machine: null },
      { ...good, image: { kind: 'guest', id: 'no such guest' } },
      { ...good, image: { kind: 'guest', id: 7 } },
      { ...good, image: { kind: 'file', name: 'x', bytes: '%%%' } },
      { ...good, image: { kind: 'file', name: 'x', bytes: '', format: 'floppy' } },
      { ...good, image: { kind: 'file', name: 'x', bytes: 'AAAA', load: -1 } },
      { ...good, image: { kind: 'file', name: 'x.asm', bytes: 'AAAA', includes: { a: 1 } } },
      { ...good, image: { kind: 'file', name: 'x', bytes: 'AAAA', load: 0x10000, includes: 'a' } },
      { ...good, console: 5 },
      { ...good, console: 'A' },
    ];
    for (const bad of configs) {
      expect(() => Computer.restore(saveMoment({ config: bad, moment }), CATALOGUE)).toThrow(GlassError);
    }
  });

  it('with inputs that no machine could have taken is refused, or says so where they come', () => {
    const { config, moment } = loadMoment(savedAt(computerWith(SPIN), 1000));
    const journal = (kind: string, tick: number, size: number): Uint8Array =>
      saveMoment({
        config,
        moment: {
          ...moment,
          journal: new Journal([{ tick, kind, payload: new Uint8Array(size) }]),
          applied: tick < 1000 ? 1 : 0,
          recordedUntil: 5000,
        },
      });
    expect(tryToUse(journal('com1', 500, 3))).toBe('used');
    expect(tryToUse(journal('com1', 1002, 3))).toBe('used');
    expect(tryToUse(journal('mouse', 500, 3))).toBe('refused');
    expect(tryToUse(journal('mouse', 1002, 3))).toBe('refused');
    expect(tryToUse(journal('com1', 1002, 1 << 20))).toBe('refused');
    expect(tryToUse(journal('edit', 1002, 3))).toBe('refused');
  });
});

describe('a damaged snapshot file', () => {
  it('leaves the host with the machine it had, and able to do everything', async () => {
    const host = new Host(CATALOGUE);
    await host.load(program(SPIN));
    await host.step(3);
    const hash = await host.hash();
    const next = random(99);
    const [file] = moments;
    for (let i = 0; i < 25; i++) {
      const bad = file.slice(0, i % 3 === 0 ? next(file.length) : file.length);
      bad[next(bad.length)] ^= 1 << next(8);
      await expect(host.restore(bad)).rejects.toMatchObject({ code: 'bad-snapshot' });
    }
    expect(await host.hash()).toBe(hash);
    await host.step();
    await host.back();
    expect(await host.hash()).toBe(hash);
  });
});
