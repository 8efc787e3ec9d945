import { describe, expect, it } from 'vitest';
import { build, consoleText } from './build.ts';

/** A boot sector: `code`, then zeros and the signature. */
function bootSector(code: string): string {
  return `
    bits 16
    org 0x7C00
${code}
    times 510 - ($ - $$) db 0
    dw 0xAA55`;
}

describe('what is left of firmware', () => {
  it('returns from any software interrupt at once', () => {
    const machine = build(
      bootSector(`
    mov ax, 0x0E41
    int 0x10
    out 0xE9, al
    cli
    hlt`),
      { format: 'boot' },
    );
    machine.run(1000);
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', 'A']);
  });

  it('ends interrupts of both controllers, so that the next ones come', () => {
    const machine = build(
      bootSector(`
    mov al, 0xFA                ; timer and cascade
    out 0x21, al
    mov al, 0xFE                ; clock
    out 0xA1, al
    mov al, 0x0B
    out 0x70, al
    mov al, 0x12                ; an interrupt each second
    out 0x71, al
    sti
    mov cx, 40                  ; more than two seconds of timer interrupts
again:
    hlt
    mov al, 0x0C
    out 0x70, al
    in al, 0x71
    test al, 0x10
    jz no_second
    mov al, 's'
    out 0xE9, al
no_second:
    loop again
    cli
    hlt`),
      { format: 'boot' },
    );
    machine.run(Number.POSITIVE_INFINITY);
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', 'ss']);
  });

  it('says in the BIOS data area how much conventional memory and which display there are', () => {
    const machine = build(bootSector('    hlt'), { format: 'boot' });
    expect([machine.bus.read16(0x413), machine.bus.read16(0x463), machine.bus.read16(0x400)]).toEqual([640, 0x3d4, 0x3f8]);
  });

  it('is not there for a flat image', () => {
    const machine = build('bits 16\norg 0x7C00\nhlt');
    expect(machine.ram8.subarray(0, 0x500).every((byte) => byte === 0)).toBe(true);
  });
});
