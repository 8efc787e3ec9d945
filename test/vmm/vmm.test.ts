import { describe, expect, it } from 'vitest';
import { Snapshots } from '../../src/time/snapshot.ts';
import { pic } from '../machine/drivers.ts';
import { host, image, run, say, text } from './build.ts';
import { counter, TIMER } from './guests.ts';

const FOREVER = 5_000_000;

function two(): ReturnType<typeof host> {
  const hosted = host([counter('a', 6), counter('b', 6)]);
  hosted.vmm.create({ image: 0, ramPages: 256 });
  hosted.vmm.create({ image: 1, ramPages: 256 });
  return hosted;
}

describe('the hosted hypervisor', () => {
  it('runs a guest to its end and shows what it wrote', () => {
    const hosted = run(`${say('hi')}\ncli\nhlt`);
    expect(text(hosted)).toBe('hi');
    expect(hosted.vmm.vms[0].stopReason).toBe('halt');
    expect(hosted.machine.stop).toBe('halt');
    expect(new TextDecoder().decode(hosted.machine.console.read().bytes)).toBe('vm0| hi');
  });

  it('lets two guests take turns, the same ones every time', () => {
    const hosted = two();
    hosted.machine.run(FOREVER);
    const lines = new TextDecoder().decode(hosted.machine.console.read().bytes);
    expect(text(hosted, 0)).toBe('aaaaaa');
    expect(text(hosted, 1)).toBe('bbbbbb');
    expect(lines.split('\n').length).toBeGreaterThan(4);
    const again = two();
    again.machine.run(FOREVER);
    expect(again.machine.hash()).toBe(hosted.machine.hash());
  });

  it('comes to the same state in any budgets', () => {
    const whole = two();
    whole.machine.run(90_000);
    const pieces = two();
    for (let tick = 97; tick < 90_000; tick += 97 + (tick % 13)) pieces.machine.run(tick);
    pieces.machine.run(90_000);
    expect(pieces.machine.hash()).toBe(whole.machine.hash());
  });

  it('comes to the same state in any budgets where guests sleep, are held back, and have nothing to do', () => {
    const sleeping = (): ReturnType<typeof host> => {
      const hosted = host([image(TIMER, { mode: 'real', load: 0x7c00 }), counter('c', 4)]);
      hosted.vmm.create({ image: 0, ramPages: 256 });
      hosted.vmm.create({ image: 1, ramPages: 256, cap: 10 });
      return hosted;
    };
    const whole = sleeping();
    const pieces = sleeping();
    for (let tick = 1_009; tick < 1_300_000; tick += 1_009 + (tick % 7_001)) pieces.machine.run(tick);
    for (const end of [1_300_000, 2_000_000]) {
      whole.machine.run(end);
      pieces.machine.run(end);
      expect(pieces.machine.hash()).toBe(whole.machine.hash());
    }
  });

  it.each([3, 600, 1_503, 20_300, 45_001])('goes on from a snapshot at tick %i as if nothing had been', (tick) => {
    const hosted = two();
    const { machine } = hosted;
    const snapshots = new Snapshots(machine);
    machine.run(tick);
    const moment = snapshots.capture();
    const there = machine.hash();
    machine.run(120_000);
    const end = machine.hash();
    snapshots.restore(moment);
    expect(machine.now()).toBe(tick);
    expect(machine.hash()).toBe(there);
    machine.run(120_000);
    expect(machine.hash()).toBe(end);
  });

  it('runs a real-mode guest whose own timer interrupts it', () => {
    const hosted = run(image(TIMER, { mode: 'real', load: 0x7c00 }), FOREVER);
    const [vm] = hosted.vmm.vms;
    expect(text(hosted)).toBe('..........');
    expect([vm.stopReason, vm.state.detail]).toEqual(['debugExit', 11]);
    expect(vm.state.injections).toBe(10);
    expect(vm.state.exits.at(12)).toBe(10);
  });

  it('injects into the spinning guest as soon as its window opens', () => {
    // Interrupts are off when the timer asks: the window opens with STI.
    const spin = TIMER.replace('    hlt\n    cmp', '    cli\n    mov cx, 3000\nspin: loop spin\n    sti\n    nop\n    cmp');
    const hosted = run(image(spin, { mode: 'real', load: 0x7c00 }), FOREVER);
    expect(text(hosted)).toBe('..........');
    expect(hosted.vmm.vms[0].state.exits.at(7)).toBeGreaterThan(0);
  });

  it('stops only the guest that triple-faults', () => {
    const hosted = host(['lidt [none]\nint 3\nnone: dw 0\ndd 0', counter('b', 3)]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(FOREVER);
    expect(hosted.vmm.vms[0].stopReason).toBe('tripleFault');
    expect(text(hosted, 1)).toBe('bbb');
  });

  it('stops a guest whose state the processor refuses, and says which exit it was', () => {
    const hosted = host([say('x')]);
    const vm = hosted.vmm.create({ image: 0, ramPages: 256 });
    vm?.write('guestRflags', 0);
    hosted.machine.run(FOREVER);
    expect(vm?.stopReason).toBe('entry');
    expect(hosted.machine.vmx.entryFailure?.field).toBe('guestRflags');
  });

  it('stops a guest whose controls VMLAUNCH fails on, with the instruction error', () => {
    const hosted = host([say('x'), counter('b', 1)]);
    const vm = hosted.vmm.create({ image: 0, ramPages: 256 });
    vm?.write('pinBasedControls', 0);
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(FOREVER);
    expect([vm?.stopReason, vm?.state.detail]).toEqual(['entry', 7]);
    expect(text(hosted, 1)).toBe('b');
  });

  it('runs a paused guest no further until it is resumed', () => {
    const hosted = two();
    hosted.machine.run(30_000);
    const [vm] = hosted.vmm.vms;
    hosted.command({ do: 'pause', vm: 0 });
    hosted.machine.run(60_000);
    const { instructions } = vm.state;
    hosted.machine.run(90_000);
    expect(vm.state.instructions).toBe(instructions);
    hosted.command({ do: 'resume', vm: 0 });
    hosted.machine.run(FOREVER);
    expect(text(hosted)).toBe('aaaaaa');
  });

  it('creates and destroys by command, when it is in root operation next', () => {
    const hosted = host([counter('a', 2)]);
    const { free } = hosted.vmm.frames;
    hosted.command({ do: 'create', image: 0, ramMiB: 1, face: 'kvm', weight: 512 });
    hosted.machine.run(FOREVER);
    const [vm] = hosted.vmm.vms;
    expect([text(hosted), vm.face, vm.state.weight, vm.status]).toEqual(['aa', 'kvm', 512, 'stopped']);
    hosted.command({ do: 'destroy', vm: 0 });
    hosted.machine.run(hosted.machine.now() + 1_000);
    expect(vm.status).toBe('empty');
    expect(hosted.vmm.frames.free).toBe(free);
  });

  it('does a command at its tick, not before, and in the meantime what comes without one', () => {
    const hosted = host([counter('a', 9), counter('b', 1)]);
    hosted.command({ do: 'pause', vm: 0, at: 30_000 });
    hosted.command({ do: 'resume', vm: 0, at: 70_000 });
    hosted.command({ do: 'create', image: 0, ramMiB: 1 });
    hosted.machine.run(29_999);
    const [vm, second] = hosted.vmm.vms;
    expect([vm.state.isPaused, second.status]).toEqual([0, 'empty']);
    // The guest is interrupted for it: nobody waits for the end of a slice.
    hosted.machine.run(30_500);
    expect(vm.state.isPaused).toBe(1);
    const { instructions } = vm.state;
    hosted.command({ do: 'create', image: 1, ramMiB: 1 });
    hosted.machine.run(69_000);
    expect([text(hosted, 1), vm.state.instructions]).toEqual(['b', instructions]);
    hosted.machine.run(FOREVER);
    expect(text(hosted, 0)).toBe('aaaaaaaaa');
  });

  it('waits for a command where nothing else is to be done', () => {
    const hosted = host([counter('a', 1)]);
    hosted.command({ do: 'create', image: 0, ramMiB: 1, at: 1_000_000 });
    hosted.machine.run(999_999);
    expect(hosted.vmm.vms[0].status).toBe('empty');
    hosted.machine.run(FOREVER);
    expect([text(hosted), hosted.vmm.vms[0].state.bornAt]).toEqual(['a', 1_000_000]);
  });

  it('takes characters for the serial line of a guest that sleeps', () => {
    const echo = `
    lgdt [gdtr]
    lidt [idtr]
    mov esp, 0x80000${pic('0xEF')}
    mov dx, 0x3F9
    mov al, 1
    out dx, al
    sti
idle: hlt
    jmp idle
received:
    mov dx, 0x3F8
    in  al, dx
    xor al, 0x20
    out dx, al
    mov al, 0x20
    out 0x20, al
    iret
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF
gdtr: dw 15
    dd gdt
idtr: dw 0x127
    dd idt
align 8, db 0
idt: times 0x24 dq 0
    dw received - $$, 8, 0x8E00, 1`;
    const hosted = run(echo, 100_000);
    expect(hosted.vmm.vms[0].status).toBe('halted');
    hosted.command({ do: 'type', vm: 0, text: 'Glass' });
    hosted.machine.run(FOREVER);
    expect(text(hosted)).toBe('gLASS');
    expect(() => hosted.command({ do: 'type', vm: 7, text: 'x' })).toThrow('vm is 7');
  });

  it('refuses a command that makes no sense, with the reason', () => {
    const hosted = host([counter('a', 2)]);
    const send = (value: unknown) => () => hosted.machine.checkInput('vmm', new TextEncoder().encode(JSON.stringify(value)));
    expect(send({ do: 'dance' })).toThrow('no command "dance"');
    expect(send({ do: 'create', image: 7, ramMiB: 1 })).toThrow('image is 7');
    expect(send({ do: 'create', image: 0, ramMiB: 1, face: 'bhyve' })).toThrow('face is "bhyve"');
    expect(send({ do: 'pause', vm: 9 })).toThrow('vm is 9');
    expect(send({ do: 'pause', vm: 1, at: -1 })).toThrow('at is -1, not a tick');
    expect(send({ do: 'pause', vm: 1, at: 'noon' })).toThrow('at is "noon", not a tick');
    expect(send({ do: 'merge' })).not.toThrow();
    expect(() => hosted.machine.checkInput('vmm', Uint8Array.of(1))).toThrow('not JSON');
  });
});
