import { GUESTS, INCLUDES } from '../../guests/index.ts';
import type { Catalogue } from '../../src/api/catalogue.ts';
import '../../src/api/all-parts.ts';
import { Computer } from '../../src/api/computer.ts';
import { Host } from '../../src/api/host.ts';
import type { Frame, LoadRequest } from '../../src/api/protocol.ts';
import { pic, vector } from '../machine/drivers.ts';

export const CATALOGUE: Catalogue = { guests: GUESTS, includes: INCLUDES };

/** A request for a flat program in real mode at 0x7C00 (or as `options` say). */
export function program(source: string, options: Partial<LoadRequest> = {}, image: Record<string, unknown> = {}): LoadRequest {
  const bytes = new TextEncoder().encode(`    org 0x7C00\n${source}`);
  return { image: { kind: 'file', name: 'test.asm', bytes, mode: 'real', ...image }, ramMiB: 1, ...options };
}

export function computerWith(source: string): Computer {
  return Computer.open(program(source), CATALOGUE);
}

export function guest(id: string): Computer {
  return Computer.open({ image: { kind: 'guest', id } }, CATALOGUE);
}

export function consoleText({ machine }: Computer): string {
  return new TextDecoder('latin1').decode(machine.console.read().bytes);
}

/** A host with `request` loaded, and the frames it has sent. */
export async function hostWith(request: LoadRequest): Promise<{ host: Host; frames: Frame[] }> {
  const host = new Host(CATALOGUE);
  const frames: Frame[] = [];
  await host.subscribe((frame) => frames.push(frame));
  await host.load(request);
  return { host, frames };
}

/** 32-bit flat protected mode with a GDT: what `source` needs before it can take interrupts. */
export const SPIN = `
again:
    inc eax
    jmp again`;

/** Sleeps until the timer comes, ten times a simulated second; counts in EBX. */
export const SLEEPER = `
    bits 16${vector('0x20', 'tick')}${pic('0xFE')}
    mov al, 0x34
    out 0x43, al
    xor al, al
    out 0x40, al
    out 0x40, al
    sti
sleep:
    hlt
    jmp sleep
tick:
    inc ebx
    mov al, 0x20
    out 0x20, al
    iret`;

/** Faults for ever: INT3's handler returns to it. */
export const FAULTER = `
    bits 16${vector('6', 'handler')}
again:
    ud2
handler:
    iret`;
