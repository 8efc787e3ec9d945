import { describe, expect, it } from 'vitest';
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import { NON_ROOT } from '../../src/arch/cpu-state.ts';
import type { Catalogue, CatalogueGuest } from '../../src/api/catalogue.ts';
import '../../src/api/all-parts.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { FrameMaker } from '../../src/api/frame.ts';
import { Host } from '../../src/api/host.ts';
import { GlassError } from '../../src/base/errors.ts';
import { verifyHistory } from '../../src/cli/verify-history.ts';
import { loadMoment, saveMoment } from '../../src/time/file.ts';
import { Journal } from '../../src/time/journal.ts';
import { counter } from '../vmm/guests.ts';

/** Writes back in capitals what its serial line says, until an `x` comes. */
const ECHO = `
    bits 32
    org 0x10000
echo_more:
    mov  dx, 0x3FD
    in   al, dx
    test al, 1
    jz   echo_more
    mov  dx, 0x3F8
    in   al, dx
    cmp  al, 'x'
    je   echo_end
    sub  al, 32
    out  0xE9, al
    jmp  echo_more
echo_end:
    cli
    hlt`;

/** Says what its disk begins with: the block device's capacity in sectors, as a digit. */
const DISK = `
    bits 32
    org 0x10000
    mov  eax, [0xFEB01100]
    add  al, '0'
    out  0xE9, al
    cli
    hlt`;

const image = (name: string, source: string) => ({ name, source, load: 0x10000, mode: 'protected', ramMiB: 1 }) as const;
const say = (letter: string) => `    bits 32\n    org 0x10000\n${counter(letter, 4)}`;

function hostedGuest(id: string, hosted: NonNullable<CatalogueGuest['hosted']>): CatalogueGuest {
  const title = { en: id, fr: id };
  const [{ source, load, mode }] = hosted.images;
  return { id, title, prose: title, level: 'hypervisor', source, format: 'flat', load, mode, ramMiB: 4, expected: { console: '' }, hosted };
}

const CATALOGUE: Catalogue = {
  includes: {},
  guests: [
    hostedGuest('pair', {
      images: [image('first', say('a')), image('second', say('b'))],
      commands: [
        { do: 'create', image: 0, ramMiB: 1 },
        { do: 'create', image: 1, ramMiB: 1, weight: 512 },
      ],
    }),
    hostedGuest('echo', {
      images: [image('echo', ECHO)],
      commands: [
        { do: 'create', image: 0, ramMiB: 1 },
        { do: 'create', image: 0, ramMiB: 1 },
      ],
    }),
    hostedGuest('disk', {
      images: [image('disk', DISK)],
      disks: ['a'.repeat(100), 'b'.repeat(1500)],
      commands: [
        { do: 'create', image: 0, ramMiB: 1, disk: 1 },
        { do: 'create', image: 0, ramMiB: 1 },
      ],
    }),
  ],
};

const open = (id: string): Computer => Computer.open({ image: { kind: 'guest', id } }, CATALOGUE);
const text = ({ machine }: Computer): string => String.fromCharCode(...machine.console.read().bytes);
const of = ({ hosted }: Computer, vm: number): string => String.fromCharCode(...(hosted?.consoles[vm].read().bytes ?? []));

describe('a guest with virtual machines of the hosted hypervisor', () => {
  it('has them before the first tick, and runs them to their end', () => {
    const computer = open('pair');
    expect(computer.hosted?.vmm.vms.map((vm) => vm.status)).toEqual(['ready', 'ready', 'empty', 'empty']);
    expect(computer.loaded.has).toEqual(['virtio', 'balloon', 'vms']);
    expect(arrive(computer.run()).reason).toBe('halt');
    expect([of(computer, 0), of(computer, 1)]).toEqual(['aaaa', 'bbbb']);
    expect(text(computer)).toContain('vm1| b');
  });

  it('has one history, whatever the budgets and however it is travelled', () => {
    const computer = open('pair');
    arrive(computer.run());
    const wrong: string[] = [];
    let checks = 0;
    verifyHistory(computer, 3, ({ tick, how, hash, expected }) => {
      checks++;
      if (hash !== expected) wrong.push(`tick ${tick}, ${how}`);
    });
    expect(checks).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  it('steps back through its exits the way it came', () => {
    const computer = open('pair');
    const seen: [number, string][] = [];
    for (let i = 0; i < 12; i++) {
      expect(arrive(computer.stepToExit()).reason).toBe('exit');
      seen.push([computer.tick, computer.hash()]);
    }
    for (const [tick, hash] of seen.reverse().slice(1)) {
      arrive(computer.backToExit());
      expect([computer.tick, computer.hash()]).toEqual([tick, hash]);
    }
  });

  it('steps over the hypervisor in one step, and back', () => {
    const computer = open('pair');
    arrive(computer.stepToExit());
    const { tick } = computer;
    expect(computer.machine.cpu.words[NON_ROOT]).toBe(0);
    arrive(computer.step(2));
    expect(computer.tick).toBeGreaterThan(tick + 2);
    arrive(computer.seek(tick));
    expect(computer.machine.cpu.isActive).toBe(true);
  });

  it('gives disks what they begin with', () => {
    const computer = open('disk');
    arrive(computer.run());
    expect([of(computer, 0), of(computer, 1)]).toEqual(['3', '0']);
  });

  it('shows the text of the virtual machine that runs', () => {
    const computer = open('pair');
    const { source } = computer.loaded;
    expect(source?.files.map((file) => file.name)).toEqual(['first.asm', 'second.asm']);
    const frames = new FrameMaker(computer);
    const names = new Set<string>();
    for (let i = 0; i < 40; i++) {
      arrive(computer.stepToExit());
      arrive(computer.step(3));
      const { code } = frames.make({ serial: i, isRunning: false, isReadable: true, speed: 0 });
      const line = code?.lines.find((l) => l.linear === code.current);
      if (line && line.line > 0) names.add(`${source?.files[line.file].name} ${computer.hosted?.vmm.current?.number}`);
    }
    expect([...names].sort()).toEqual(['first.asm 0', 'second.asm 1']);
  });
});

describe('what comes from outside', () => {
  it('characters go to the first virtual machine, or to the one that is named', () => {
    const computer = open('echo');
    computer.input(new TextEncoder().encode('ab'));
    arrive(computer.run({ until: 50_000 }));
    computer.input(new TextEncoder().encode('cx'), 1);
    computer.input(new TextEncoder().encode('x'));
    expect(arrive(computer.run()).reason).toBe('halt');
    expect([of(computer, 0), of(computer, 1)]).toEqual(['AB', 'C']);
    expect(() => computer.input(Uint8Array.of(1), 2)).toThrow('there is no virtual machine 2');
  });

  it('a command is part of the history, and in the past begins another', () => {
    const computer = open('pair');
    arrive(computer.run({ until: 20_000 }));
    computer.command({ do: 'pause', vm: 0 });
    arrive(computer.run({ until: 60_000 }));
    const hash = computer.hash();
    arrive(computer.seek(10_000));
    arrive(computer.seek(60_000));
    expect(computer.hash()).toBe(hash);
    arrive(computer.seek(30_000));
    computer.command({ do: 'resume', vm: 0 });
    expect(computer.timeline.recordedUntil).toBe(30_000);
    arrive(computer.run());
    expect([of(computer, 0), of(computer, 1)]).toEqual(['aaaa', 'bbbb']);
  });

  it('shows its devices and virtual machines to who asks, and is the same behind it', async () => {
    const host = new Host(CATALOGUE);
    await host.load({ image: { kind: 'guest', id: 'pair' } });
    await host.step(2, 'exit');
    const hash = await host.hash();
    const { vms, virtio } = await host.devices();
    expect(vms?.vms.filter((vm) => vm.status !== 'empty')).toHaveLength(2);
    expect(virtio.length).toBeGreaterThan(0);
    expect(await host.hash()).toBe(hash);
  });

  it('is refused with a sentence where it cannot be taken', async () => {
    const host = new Host(CATALOGUE);
    await host.load({ image: { kind: 'guest', id: 'pair' } });
    await expect(host.command({ do: 'pause', vm: 9 })).rejects.toThrow('vm is 9');
    const bytes = new TextEncoder().encode('    hlt');
    await host.load({ image: { kind: 'file', name: 'a.asm', bytes } });
    await expect(host.command({ do: 'merge' })).rejects.toThrow('no hosted hypervisor');
  });
});

describe('a saved moment of a host', () => {
  it('goes on as it was, with its commands, and goes back', () => {
    const computer = open('echo');
    arrive(computer.run({ until: 5_000 }));
    computer.input(new TextEncoder().encode('ab'));
    arrive(computer.run({ until: 40_000 }));
    computer.command({ do: 'destroy', vm: 1 });
    arrive(computer.run({ until: 50_000 }));
    const copy = Computer.restore(computer.save(), CATALOGUE);
    expect(copy.hash()).toBe(computer.hash());
    for (const each of [computer, copy]) {
      each.input(new TextEncoder().encode('cx'));
      expect(arrive(each.run()).reason).toBe('halt');
    }
    expect(copy.hash()).toBe(computer.hash());
    expect(text(copy)).toBe(text(computer));
    expect(of(copy, 0)).toBe('C');
  });

  it('has the disks of virtual machines that were created on the way', () => {
    const computer = open('disk');
    arrive(computer.run({ until: 5_000 }));
    computer.command({ do: 'create', image: 0, ramMiB: 1, disk: 0 });
    arrive(computer.run({ until: 20_000 }));
    const disk = Computer.restore(computer.save(), CATALOGUE).hosted?.vmm.vms[2].devices.virtio.disk;
    disk?.write(0, new Uint8Array(512).fill(7));
    const back = new Uint8Array(512);
    disk?.read(0, back);
    expect([disk?.sectors, back[0], back[511]]).toEqual([1, 7, 7]);
  });

  it('may have commands where there is a hypervisor alone', () => {
    const bytes = new TextEncoder().encode('    hlt');
    const computer = Computer.open({ image: { kind: 'file', name: 'a.asm', bytes } }, CATALOGUE);
    const { config, moment } = loadMoment(computer.save());
    const journal = new Journal([{ tick: 0, kind: 'vmm', payload: new TextEncoder().encode('{"do":"merge"}') }]);
    const file = saveMoment({ config, moment: { ...moment, journal, applied: 1 } });
    expect(() => Computer.restore(file, CATALOGUE)).toThrow(GlassError);
    expect(() => Computer.restore(file, CATALOGUE)).toThrow('an input "vmm"');
  });
});

describe('a capture', () => {
  const lengthOf = (computer: Computer): number => computer.capture.toFile(computer.loaded.ticksPerSecond).length;

  it('has each frame once, however the history is travelled', async () => {
    const host = new Host({ guests: GUESTS, includes: INCLUDES });
    await host.load({ image: { kind: 'guest', id: 'ping' } });
    await host.run();
    const whole = await host.capture();
    for (const tick of [5_000, 80_000, 90_000, 79_439, 100_000]) await host.seek(tick);
    await host.run();
    expect(await host.capture()).toEqual(whole);
    const computer = Computer.open({ image: { kind: 'guest', id: 'ping' } }, { guests: GUESTS, includes: INCLUDES });
    arrive(computer.run());
    const all = lengthOf(computer);
    expect(all).toBe(whole.length);
    arrive(computer.seek(90_000));
    computer.command({ do: 'pause', vm: 0 });
    expect(lengthOf(computer)).toBeLessThan(all);
  });
});
