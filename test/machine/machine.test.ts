import { describe, expect, it } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { GlassError } from '../../src/base/errors.ts';
import { build, consoleText, ECHO, load, TIMER } from './build.ts';

const FOREVER = Number.POSITIVE_INFINITY;

/** 64 KiB of ROM that counts its boots at 0x500, resets by port 64H, and leaves in the third with status 7. */
const RESETTING_ROM = `
    bits 16
    org 0
start:
    xor ax, ax
    mov ds, ax
    inc byte [0x500]
    mov al, [0x500]
    out 0xE9, al
    cmp al, 3
    je done
    mov al, 0xFE
    out 0x64, al
    mov al, '!'
    out 0xE9, al
done:
    out 0xF4, al
    times 0xFFF0 - ($ - $$) db 0
    jmp 0xF000:start
    times 0x10000 - ($ - $$) db 0
`;

describe('the machine', () => {
  it('stops as halted at HLT with interrupts off, and does not go on', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    mov al, 'A'
    out 0xE9, al
    cli
    hlt`);
    expect(machine.run(FOREVER)).toBe(false);
    expect([machine.stop, machine.now(), consoleText(machine)]).toEqual(['halt', 4, 'A']);
    expect(machine.run(FOREVER)).toBe(false);
    expect([machine.stop, machine.now()]).toEqual(['halt', 4]);
  });

  it('stops as halted with interrupts on when every line that could interrupt is masked', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    sti
    hlt`);
    machine.run(FOREVER);
    expect([machine.stop, machine.now()]).toEqual(['halt', 2]);
  });

  it('stops as halted when the timer waits for an EOI that cannot come', () => {
    const machine = build(TIMER.replace('out 0x20, al\n    pop ax', 'pop ax'));
    machine.run(FOREVER);
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', '.']);
  });

  it('lets HLT wait for the timer at no cost in instructions', () => {
    const machine = build(TIMER);
    machine.run(FOREVER);
    expect([machine.stop, machine.exitStatus, consoleText(machine)]).toEqual(['debug-exit', 11, '..........']);
    // Ten periods of 1193 pulses are 10 ms: a million ticks.
    expect(machine.now()).toBeGreaterThan(990_000);
    expect(machine.now()).toBeLessThan(1_010_000);
    expect(machine.instructions).toBeLessThan(200);
    expect(machine.work()).toBe(machine.instructions);
  });

  it('stays off after the debug exit', () => {
    const machine = build(TIMER);
    machine.run(FOREVER);
    const at = machine.now();
    expect(machine.run(FOREVER)).toBe(false);
    expect([machine.stop, machine.now()]).toEqual(['debug-exit', at]);
  });

  it('ends in the same state whatever the budgets', () => {
    const whole = build(TIMER);
    whole.run(FOREVER);
    let x = 99;
    const pieces = build(TIMER);
    do x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    while (pieces.run(pieces.now() + 1 + ((x >>> 16) % (x & 1 ? 7 : 30_000))));
    expect(pieces.hash()).toBe(whole.hash());
    const steps = build(TIMER);
    while (steps.run(steps.cpu.isActive ? steps.now() + 1 : Math.max(steps.now() + 1, steps.nextWake)));
    expect(steps.hash()).toBe(whole.hash());
  });

  it('stops exactly where its budget ends', () => {
    const machine = build(TIMER);
    expect(machine.run(12_345)).toBe(true);
    expect([machine.stop, machine.now()]).toEqual(['budget', 12_345]);
  });

  it('shuts down on a triple fault', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    lidt [none]
    int3
none: dw 0, 0, 0`);
    expect(machine.run(FOREVER)).toBe(false);
    expect(machine.stop).toBe('shutdown');
    machine.run(FOREVER);
    expect(machine.stop).toBe('shutdown');
  });

  it('stops at a reset when there is no firmware to start again', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    mov al, 0xFE
    out 0x64, al
    mov al, 'x'
    out 0xE9, al`);
    machine.run(FOREVER);
    expect([machine.stop, machine.now(), consoleText(machine)]).toEqual(['reset', 2, '']);
  });

  it('stops for good where the guest switches it off', () => {
    const machine = build(`
    bits 16
    org 0x7C00
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    mov al, 'x'
    out 0xE9, al`);
    machine.run(FOREVER);
    expect([machine.stop, machine.now(), consoleText(machine), machine.run(FOREVER)]).toEqual(['halt', 3, '', false]);
  });

  it('starts a ROM again at a reset, with memory as it was', () => {
    const machine = build(RESETTING_ROM, { format: 'rom' });
    expect(machine.run(1000)).toBe(false);
    expect([machine.stop, machine.exitStatus, consoleText(machine)]).toEqual(['debug-exit', 7, '\x01\x02\x03']);
  });

  it('shows a ROM at the top of the address space and below 1 MiB, and keeps stores out', () => {
    const machine = build(RESETTING_ROM, { format: 'rom' });
    const first = machine.bus.read8(0xf0000);
    expect(machine.bus.read8(0xffff0000)).toBe(first);
    machine.bus.write8(0xf0000, first ^ 0xff);
    expect(machine.bus.read8(0xf0000)).toBe(first);
    expect([machine.cpu.words[words.CS + words.BASE] >>> 0, machine.cpu.words[words.EIP]]).toEqual([0xffff0000, 0xfff0]);
  });

  it('leaves everything as it was when an image is refused', () => {
    const machine = build('bits 16\norg 0x7C00\nhlt');
    const before = machine.hash();
    expect(() => machine.load({ name: 'k', bytes: new Uint8Array(3), format: 'elf' })).toThrow(GlassError);
    expect(machine.hash()).toBe(before);
  });

  it('hands a Multiboot kernel the masks that firmware leaves', () => {
    const bytes = new Uint8Array(0x100);
    const view = new DataView(bytes.buffer);
    const header = [0x1badb002, 0x10000, -(0x1badb002 + 0x10000), 0x100000, 0x100000, 0, 0, 0x100020];
    for (const [i, value] of header.entries()) view.setUint32(4 * i, value >>> 0, true);
    const machine = load({ name: 'k', bytes }, { ramMiB: 2 });
    expect([machine.ports.read(0x21, 1), machine.ports.read(0xa1, 1)]).toEqual([0xb8, 0x8e]);
    expect(machine.cpu.words[words.EIP]).toBe(0x100020);
  });

  it('is watched before each instruction, but not while it waits', () => {
    const machine = build(TIMER);
    const ticks: number[] = [];
    machine.runWatched(FOREVER, () => {
      ticks.push(machine.now());
      return null;
    });
    expect(machine.stop).toBe('debug-exit');
    // Ten deliveries are ticks without an instruction before them: HLT was the last.
    expect(ticks.length).toBe(machine.instructions - 10);
  });

  it('takes input for COM1 while it waits, and answers by interrupts', () => {
    const machine = build(ECHO);
    machine.run(FOREVER);
    expect(machine.stop).toBe('halt');
    machine.applyInput({ tick: machine.now(), kind: 'com1', payload: new TextEncoder().encode('Hello') });
    machine.run(FOREVER);
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', 'hELLO']);
  });

  it('refuses input that it has no room or no name for', () => {
    const machine = build(ECHO);
    expect(() => machine.applyInput({ tick: 0, kind: 'keyboard', payload: new Uint8Array(1) })).toThrow('no input "keyboard"');
    expect(() => machine.applyInput({ tick: 0, kind: 'com1', payload: new Uint8Array(20_000) })).toThrow('20000 bytes do not fit');
  });

  it('has another hash when one bit of RAM, of a register or of a device differs', () => {
    const hashes = new Set<string>();
    const base = build(TIMER);
    hashes.add(base.hash());
    base.bus.write8(0xffffe, 1);
    hashes.add(base.hash());
    base.bus.write8(0xffffe, 0);
    base.bus.write8(0xfeffe, 1);
    hashes.add(base.hash());
    base.cpu.words[words.EBX] ^= 1;
    hashes.add(base.hash());
    base.devices.pic.setLine(1, true);
    hashes.add(base.hash());
    expect(hashes.size).toBe(5);
  });
});
