import { assemble } from '../../src/isa/assemble.ts';
import { type MachineConfig, readMachineConfig } from '../../src/machine/config.ts';
import type { ImageFile } from '../../src/machine/images/image.ts';
import { Machine } from '../../src/machine/machine.ts';
import { pic, vector } from './drivers.ts';

/** A machine with `source` in it: assembled, and loaded as `options` say (flat, in real mode at 0x7C00, where nothing is said). */
export function build(source: string, options: Partial<ImageFile> = {}, config: Partial<MachineConfig> = {}): Machine {
  const { bytes } = assemble(source, { file: 'test.asm' });
  return load({ name: 'test', bytes, ...(options.format === undefined && { mode: 'real' as const }), ...options }, config);
}

export function load(image: ImageFile, config: Partial<MachineConfig> = {}): Machine {
  const machine = new Machine(readMachineConfig({ ramMiB: 1, ...config }));
  machine.load(image);
  return machine;
}

export function consoleText(machine: Machine): string {
  return new TextDecoder('latin1').decode(machine.console.read().bytes);
}

/** Counts ten timer interrupts with HLT, sends a dot for each, and leaves by the debug exit with the time stamp's low byte in a register. */
export const TIMER = `
    bits 16
    org 0x7C00${vector('0x20', 'tick')}${pic('0xFE')}
    mov al, 0x34
    out 0x43, al
    mov al, 0xA9
    out 0x40, al
    mov al, 4
    out 0x40, al
    sti
wait_more:
    hlt
    cmp byte [count], 10
    jb wait_more
    cli
    rdtsc
    mov al, 5
    out 0xF4, al
    hlt
tick:
    push ax
    inc byte [count]
    mov al, '.'
    out 0xE9, al
    mov al, 0x20
    out 0x20, al
    pop ax
    iret
count: db 0
`;

/** Sends back over COM1 what comes in, by interrupts, upper bit flipped. */
export const ECHO = `
    bits 16
    org 0x7C00${vector('0x24', 'received')}${pic('0xEF')}
    mov dx, 0x3F9
    mov al, 1
    out dx, al
    mov dx, 0x3FC
    mov al, 0x0B
    out dx, al
    sti
idle:
    hlt
    jmp idle
received:
    mov dx, 0x3F8
    in al, dx
    xor al, 0x20
    out dx, al
    mov al, 0x20
    out 0x20, al
    iret
`;
