import { describe, expect, it } from 'vitest';
import { HostedMachine } from '../../src/machine/hosted.ts';
import { readMachineConfig } from '../../src/machine/config.ts';
import { Snapshots } from '../../src/time/snapshot.ts';
import { host, image, text } from './build.ts';
import { base, SECTOR_REQUEST, VIRTIO_POLLED } from '../machine/drivers.ts';

const FOREVER = 20_000_000;
/** Fills 64 bytes at 0x50000 with random bytes, twice, and shows that they differ. */
const ENTROPY = `
    mov  esp, 0x80000
    mov  ebx, ${base('entropy')}
    cmp  dword [ebx], 0x74726976
    jne  bad
    cmp  dword [ebx + 8], 4
    jne  bad
    call init
    xor  eax, eax
    mov  edx, 0x30000
    call queue
    call go
    xor  eax, eax
    mov  edx, 0x30000
    mov  dword [edx], 0x50000
    mov  dword [edx + 8], 64
    mov  dword [edx + 12], 2
    call send
    mov  esi, [0x50000]
    mov  edi, [0x50030]
    call send
    cmp  esi, [0x50000]
    je   bad
    cmp  edi, [0x50030]
    je   bad
    mov  al, 'r'
    out  0xE9, al
bad: cli
    hlt
${VIRTIO_POLLED}`;

/** Writes sector 3 of its disk, reads it back, and shows the first letter of sector 0. */
const BLOCK = `
    mov  esp, 0x80000
    mov  ebx, ${base('block')}
    call init
    xor  eax, eax
    mov  edx, 0x30000
    call queue
    call go
    mov  dword [0x50000], 1         ; OUT
    mov  dword [0x50008], 3         ; sector
    mov  dword [0x50100], 'disk'
    mov  word [0x30000 + 28], 1     ; data: readable, next
    call transfer
    mov  dword [0x50000], 0         ; IN
    mov  dword [0x50100], 0
    mov  word [0x30000 + 28], 3     ; data: writable, next
    call transfer
    cmp  dword [0x50100], 'disk'
    jne  bad
    mov  dword [0x50008], 0
    call transfer
    mov  al, [0x50100]
    out  0xE9, al
bad: cli
    hlt
transfer:${SECTOR_REQUEST}
    xor  eax, eax
    call send
    cmp  byte [0x50800], 0
    jne  bad
    ret
${VIRTIO_POLLED}`;

/** Sends one frame to everybody, with `letter` in it. */
const sender = (letter: string): string => `
    mov  esp, 0x80000
    mov  ebx, ${base('network')}
    call init
    mov  eax, 1
    mov  edx, 0x30000
    call queue
    call go
    mov  dword [0x5000C], -1        ; behind the header of 12 bytes: to all
    mov  word [0x50010], -1
    mov  dword [0x50012], 0x00005452
    mov  word [0x50016], 0x0100
    mov  byte [0x50020], '${letter}'
    mov  edx, 0x30000
    mov  dword [edx], 0x50000
    mov  dword [edx + 8], 12 + 60
    mov  eax, 1
    call send
    cli
    hlt
${VIRTIO_POLLED}`;

/** Waits for a frame and shows its letter. */
const RECEIVER = `
    mov  esp, 0x80000
    mov  ebx, ${base('network')}
    call init
    xor  eax, eax
    mov  edx, 0x30000
    call queue
    call go
    mov  edx, 0x30000
    mov  dword [edx], 0x50000
    mov  dword [edx + 8], 2048
    mov  dword [edx + 12], 2
    xor  eax, eax
    call send
    mov  al, [0x50020]
    out  0xE9, al
    cli
    hlt
${VIRTIO_POLLED}`;

describe('virtio devices of a virtual machine', () => {
  it('are found at their windows, and give random bytes through a ring', () => {
    const hosted = host([ENTROPY]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(FOREVER);
    expect(text(hosted)).toBe('r');
    expect(hosted.vmm.vms[0].state.mmioBytes).toBe(64);
  });

  it('keep a disk in host memory, of which each guest has its own', () => {
    const contents = new Uint8Array(16 * 512).fill(0x41);
    const { file } = image(BLOCK);
    const hosted = new HostedMachine({
      machine: readMachineConfig({ ramMiB: 4 }),
      images: [{ file, ramMiB: 1 }],
      disks: [contents],
      places: 2,
    });
    const { free } = hosted.vmm.frames;
    hosted.vmm.create({ image: 0, ramPages: 256, disk: 0 });
    hosted.vmm.create({ image: 0, ramPages: 256, disk: 0 });
    hosted.machine.run(FOREVER);
    expect([text(hosted, 0), text(hosted, 1)]).toEqual(['A', 'A']);
    // A table, and the two pages of 8 KiB.
    expect(hosted.vmm.frames.countOf(1, 'disk')).toBe(3);
    for (const vm of hosted.vmm.vms) hosted.vmm.destroy(vm);
    expect(hosted.vmm.frames.free).toBe(free);
  });

  it('carry a frame from one guest to the others', () => {
    const hosted = host([RECEIVER, sender('f')]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(300_000);
    hosted.command({ do: 'create', image: 1, ramMiB: 1 });
    hosted.machine.run(FOREVER);
    expect([text(hosted, 0), text(hosted, 1)]).toEqual(['f', 'f']);
    expect(hosted.vmm.vms[2].stopReason).toBe('halt');
  });

  it('go on from a snapshot in the middle of a transfer', () => {
    const hosted = host([ENTROPY]);
    hosted.vmm.create({ image: 0, ramPages: 256 });
    const { machine } = hosted;
    const snapshots = new Snapshots(machine);
    machine.run(17_000);
    const moment = snapshots.capture();
    machine.run(FOREVER);
    const end = machine.hash();
    snapshots.restore(moment);
    machine.run(FOREVER);
    expect(machine.hash()).toBe(end);
    expect(text(hosted)).toBe('r');
  });

  it('have names of their own in snapshots', () => {
    const ids = host([ENTROPY]).machine.parts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
