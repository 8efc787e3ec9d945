import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/devices/device.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { Timeline } from '../../src/time/timeline.ts';
import { build, consoleText } from './build.ts';
import { base, PICS, program, SECTOR_REQUEST, VIRTIO_MMIO } from './drivers.ts';

const FOREVER = 10_000_000;
const FLAT = { load: 0x7c00, mode: 'protected' } as const;

/** Prints through the transmit queue of the virtio console. */
const HELLO = program(
  `
    mov  ebx, ${base('console')}
    call init
    mov  eax, 1
    mov  edx, 0x30000
    call queue
    call go
    mov  edx, 0x30000
    mov  dword [edx], text
    mov  dword [edx + 8], 5
    mov  eax, 1
    call offer
.wait:
    cmp  word [0x30202], 1
    jne  .wait
    cli
    hlt
text: db 'hello'`,
  VIRTIO_MMIO,
);

/** Writes 'disk' into sector 3, then shows the first byte of sector 0; waits in HLT for line 6 each time. */
const BLOCK = program(
  `
    mov  ax, 0xFFBF
    call pics
    mov  eax, 0x26
    mov  edx, completed
    call gate
    mov  ebx, ${base('block')}
    call init
    xor  eax, eax
    mov  edx, 0x30000
    call queue
    call go
    mov  dword [0x50000], 1
    mov  dword [0x50008], 3
    mov  dword [0x50100], 'disk'
    mov  word [0x30000 + 28], 1
    call transfer
    mov  dword [0x50000], 0
    mov  dword [0x50008], 0
    mov  word [0x30000 + 28], 3
    call transfer
    mov  al, [0x50100]
    out  0xE9, al
    hlt
transfer:${SECTOR_REQUEST}
    xor  eax, eax
    call offer
    sti
    hlt
    cli
    ret
completed:
    mov  eax, [ebx + 0x60]
    mov  [ebx + 0x64], eax
    mov  al, '.'
    out  0xE9, al
    mov  al, 0x20
    out  0x20, al
    iretd`,
  VIRTIO_MMIO,
  PICS,
);

function withDisk(): Machine {
  return build(BLOCK, FLAT, { devices: [{ kind: 'block', sectors: 8, contents: 'Q' }] });
}

function sector(machine: Machine, number: number): string {
  const bytes = new Uint8Array(4);
  machine.disks[0].read(512 * number, bytes);
  return String.fromCharCode(...bytes);
}

describe('virtio-mmio devices of a machine', () => {
  it('let a console speak through its channel', () => {
    const machine = build(HELLO, FLAT, { devices: [{ kind: 'console' }] });
    const channels: Channel[] = [];
    machine.console.onByte = (_byte, channel) => channels.push(channel);
    machine.run(FOREVER);
    expect([machine.stop, consoleText(machine), channels[0]]).toEqual(['halt', 'hello', 'virtio']);
  });

  it('move sectors and interrupt a halted processor', () => {
    const machine = withDisk();
    machine.run(FOREVER);
    expect([machine.stop, consoleText(machine), sector(machine, 3)]).toEqual(['halt', '..Q', 'disk']);
    expect(machine.virtio.map(({ name, place }) => [name, place])).toEqual([['block', { bus: 'mmio', base: 0xfeb01000, irq: 6 }]]);
  });

  it('go on from every instant of a transfer, disk and all', () => {
    const machine = withDisk();
    const timeline = new Timeline(machine, { spacing: 40, fineSpacing: 8 });
    timeline.run(FOREVER);
    const end = machine.now();
    const hash = machine.hash();
    for (const tick of [end - 1, Math.floor(end / 2), 30, 0]) {
      timeline.seek(tick);
      if (tick === 0) expect(sector(machine, 3)).toBe('\0\0\0\0');
      timeline.seek(end);
      expect([machine.hash(), sector(machine, 3)]).toEqual([hash, 'disk']);
    }
  });

  it('have the disk in the hash', () => {
    const [one, other] = [withDisk(), withDisk()];
    expect(one.hash()).toBe(other.hash());
    other.disks[0].write(512 * 7, Uint8Array.of(1));
    expect(one.hash()).not.toBe(other.hash());
  });

  it('leave RAM as large as it was said to be: no address leads to the disk', () => {
    const machine = withDisk();
    expect(machine.bus.read8(0x100000)).toBe(0xff);
    expect([machine.physical.size, machine.ram8.length]).toEqual([0x100000, 0x104000]);
  });

  it('are not there where nothing is plugged in', () => {
    const machine = build(HELLO, FLAT);
    expect([machine.virtio, machine.network, machine.disks, machine.bus.read32(base('console'))]).toEqual([[], null, [], -1]);
  });
});
