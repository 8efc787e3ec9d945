import { describe, expect, it } from 'vitest';
import { BALLOON_PAGE } from '../../src/arch/virtio-devices.ts';
import { HostedMachine } from '../../src/machine/hosted.ts';
import { readMachineConfig } from '../../src/machine/config.ts';
import { Snapshots } from '../../src/time/snapshot.ts';
import { placeOf, type VirtioName } from '../../src/devices/virtio/places.ts';
import { host, image, text } from './build.ts';

const FOREVER = 20_000_000;
const base = (name: VirtioName): number => placeOf(name).base;

/** Negotiates nothing but VERSION_1 and makes queue `queue` of the device at EBX ready, at 0x30000 + 0x1000 * queue. */
const INIT = `
init:
    mov  dword [ebx + 0x70], 0
    mov  dword [ebx + 0x70], 3
    mov  dword [ebx + 0x24], 1
    mov  dword [ebx + 0x20], 1
    mov  dword [ebx + 0x70], 11
    ret
queue:                          ; EAX: its number, EDX: its page (descriptors, available at +0x100, used at +0x200)
    mov  [ebx + 0x30], eax
    mov  dword [ebx + 0x38], 8
    mov  [ebx + 0x80], edx
    add  edx, 0x100
    mov  [ebx + 0x90], edx
    add  edx, 0x100
    mov  [ebx + 0xA0], edx
    mov  dword [ebx + 0x44], 1
    ret
go: mov  dword [ebx + 0x70], 15
    ret
send:                           ; the chain at descriptor 0 of queue EAX, whose page is EDX; comes back when it is used
    movzx ecx, word [edx + 0x102]
    and  ecx, 7
    mov  word [edx + 0x104 + ecx * 2], 0
    inc  word [edx + 0x102]
    mov  [ebx + 0x50], eax
.wait:
    mov  cx, [edx + 0x202]
    cmp  cx, [edx + 0x102]
    jne  .wait
    ret
`;

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
${INIT}`;

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
transfer:
    mov  edx, 0x30000
    mov  dword [edx], 0x50000
    mov  dword [edx + 8], 16
    mov  dword [edx + 12], 0x10001
    mov  dword [edx + 16], 0x50100
    mov  dword [edx + 24], 512
    mov  word [edx + 30], 2
    mov  dword [edx + 32], 0x50800
    mov  dword [edx + 40], 1
    mov  dword [edx + 44], 2
    xor  eax, eax
    call send
    cmp  byte [0x50800], 0
    jne  bad
    ret
${INIT}`;

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
${INIT}`;

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
${INIT}`;

const PAGES_OF_A = 200;
/** Touches 200 pages from 0x40000, then sleeps; its balloon driver gives as many of them as it is asked for, whenever its configuration changes. */
const GIVER = `
    mov  esp, 0x20000
    lgdt [gdtr]
    lidt [idtr]
    mov  al, 0x11                   ; the controllers: vectors from 0x20 and 0x28, lines 2 and 12 open
    out  0x20, al
    out  0xA0, al
    mov  al, 0x20
    out  0x21, al
    mov  al, 0x28
    out  0xA1, al
    mov  al, 4
    out  0x21, al
    mov  al, 2
    out  0xA1, al
    mov  al, 1
    out  0x21, al
    out  0xA1, al
    mov  al, 0xFB
    out  0x21, al
    mov  al, 0xEF
    out  0xA1, al
    mov  edi, 0x40000
    mov  ecx, ${PAGES_OF_A}
touch:
    mov  dword [edi], 5
    add  edi, 0x1000
    loop touch
    mov  ebx, ${base('balloon')}
    call init
    xor  eax, eax
    mov  edx, 0x30000
    call queue
    call go
idle:
    sti
    hlt
    cli
    mov  ebx, ${base('balloon')}
again:
    mov  esi, [ebx + 0x100]         ; num_pages
    mov  ecx, [ebx + 0x104]         ; actual
    cmp  ecx, esi
    jae  idle
    lea  eax, [ecx + 0x40]
    mov  [0x50], eax                ; the array of page numbers: one of them
    mov  edx, 0x30000
    mov  dword [edx], 0x50
    mov  dword [edx + 8], 4
    mov  dword [edx + 12], 0
    xor  eax, eax
    call send
    inc  dword [ebx + 0x104]
    jmp  again
balloon:
    push eax
    push ebx
    mov  ebx, ${base('balloon')}
    mov  eax, [ebx + 0x60]
    mov  [ebx + 0x64], eax
    mov  al, 0x20
    out  0xA0, al
    out  0x20, al
    pop  ebx
    pop  eax
    iret
${INIT}
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdtr: dw 23
    dd gdt
idtr: dw 0x167
    dd idt
align 8, db 0
idt: times 0x2C dq 0
    dw balloon - $$, 8, 0x8E00, 1`;

/** Touches 400 pages, and says when it is done. */
const TAKER = `
    mov  edi, 0x40000
    mov  ecx, 400
touch:
    mov  dword [edi], 5
    add  edi, 0x1000
    loop touch
    mov  al, '!'
    out  0xE9, al
    cli
    hlt`;

/** 512 frames for two guests that want 608 and their tables. */
function overcommitted(): HostedMachine {
  const hosted = host([GIVER, image(TAKER, {}, 2)], { ramMiB: 2 });
  hosted.vmm.create({ image: 0, ramPages: 256 });
  hosted.machine.run(2_000_000);
  hosted.vmm.create({ image: 1, ramPages: 512 });
  return hosted;
}

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

describe('more memory promised than there is', () => {
  it('is found with a guest that sleeps: its balloon grows until the other has what it needs', () => {
    const hosted = overcommitted();
    const [giver, taker] = hosted.vmm.vms;
    expect(giver.status).toBe('halted');
    hosted.machine.run(FOREVER);
    expect([taker.stopReason, text(hosted, 1)]).toEqual(['halt', '!']);
    expect(giver.state.ballooned).toBeGreaterThan(64);
    expect(giver.state.ownPages).toBeLessThan(PAGES_OF_A - 64);
    expect(taker.state.waitTicks).toBeGreaterThan(0);
    expect(giver.ept.frameOf(0x40000)).toBe(-1);
    expect(giver.state.balloonTarget % 64).toBe(0);
    expect(BALLOON_PAGE).toBe(4096);
  });

  it('stops whoever asks where nobody has a balloon', () => {
    const hosted = host([TAKER.replaceAll('400', '150'), image(TAKER, {}, 2)], { ramMiB: 2 });
    hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.vmm.create({ image: 1, ramPages: 512 });
    hosted.machine.run(FOREVER);
    expect(hosted.vmm.vms.slice(0, 2).map((vm) => vm.stopReason)).toContain('hostMemory');
  });

  it('gives zeros where the guest touches what it gave', () => {
    const hosted = overcommitted();
    hosted.machine.run(FOREVER);
    hosted.vmm.destroy(hosted.vmm.vms[1]);
    const [giver] = hosted.vmm.vms;
    const before = giver.state.ownPages;
    expect(hosted.vmm.supply.back(giver, 0x40000, false)).toBeGreaterThan(0);
    expect(hosted.machine.bus.read32(giver.ept.frameOf(0x40000))).toBe(0);
    expect(giver.state.ownPages).toBe(before + 1);
  });
});
