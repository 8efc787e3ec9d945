import { describe, expect, it } from 'vitest';
import { host, image, run, say, text, toRoot } from './build.ts';
import { counter } from './guests.ts';

const FOREVER = 100_000_000;

/** Writes `value` at the beginning of `count` pages from 0x40000. */
const fill = (value: number, count: number): string => `
    mov edi, 0x40000
    mov ecx, ${count}
fill:
    mov dword [edi], ${value}
    add edi, 0x1000
    loop fill`;

describe('memory on demand', () => {
  it('takes a frame at the first touch of a page, and only then', () => {
    const hosted = run(`${fill(5, 10)}\n${fill(6, 10).replaceAll('fill', 'refill')}\ncli\nhlt`);
    const [vm] = hosted.vmm.vms;
    // The program itself, and ten pages.
    expect(vm.state.ownPages).toBe(11);
    expect(vm.state.exits.at(48)).toBe(10);
    expect(hosted.vmm.frames.countOf(vm.owner, 'ram')).toBe(11);
  });

  it('gives zeros, also in a frame that held something before', () => {
    const hosted = host([`${fill(-1, 40)}\ncli\nhlt`, `mov eax, [0x50000]\ntest eax, eax\njnz bad\n${say('0')}\nbad: cli\nhlt`]);
    const first = hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(FOREVER);
    if (first !== null) hosted.vmm.destroy(first);
    for (let i = 0; i < 3; i++) {
      const vm = hosted.vmm.create({ image: 1, ramPages: 256 });
      hosted.machine.run(hosted.machine.now() + FOREVER);
      expect(vm?.stopReason).toBe('halt');
    }
    expect(text(hosted, 0)).toBe('0');
  });

  it('finds memory for what the processor itself touches: tables, stack and page walk', () => {
    const hosted = run(`
    mov dword [0x80000], 0x00081007     ; one page table, linear = physical
    mov ecx, 256
    mov edi, 0x81000
    mov eax, 7
tables: stosd
    add eax, 0x1000
    loop tables
    mov eax, 0x80000
    mov cr3, eax
    mov eax, cr0
    or  eax, 0x80000000
    mov cr0, eax
    jmp next
next:
    lgdt [gdtr]
    lidt [idtr]
    mov esp, 0x94000
    int 0x30
    ${say('!')}
    cli
    hlt
handler:
    iret
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF
gdtr: dw 15
    dd gdt
idtr: dw 0x187
    dd 0x10000 + idt - $$
times 16 db 0
idt: times 0x30 dq 0
    dw handler - $$, 8, 0x8E00, 1
`);
    expect(text(hosted)).toBe('!');
    expect(hosted.vmm.vms[0].stopReason).toBe('halt');
  });

  it('reads all ones where nothing lies, and forgets what is written there', () => {
    const hosted = run(`
    mov dword [0x300000], 0
    cmp dword [0x300000], -1
    jne bad
    ${say('open')}
bad: cli
    hlt`);
    expect(text(hosted)).toBe('open');
    expect(hosted.vmm.vms[0].state.ownPages).toBe(1);
  });

  it('stops a guest for which host memory does not suffice, and no other', () => {
    const hosted = host([`${fill(1, 2000)}\ncli\nhlt`, counter('b', 3)], { ramMiB: 1 });
    hosted.vmm.create({ image: 0, ramPages: 4096 });
    hosted.vmm.create({ image: 1, ramPages: 256 });
    hosted.machine.run(FOREVER);
    expect(hosted.vmm.vms[0].stopReason).toBe('hostMemory');
    hosted.vmm.destroy(hosted.vmm.vms[0]);
    hosted.machine.run(FOREVER);
    expect(hosted.vmm.vms[1].status).toBe('stopped');
  });

  it('gives every frame back when a guest is destroyed', () => {
    const hosted = host([counter('a', 3, 32)]);
    const { free } = hosted.vmm.frames;
    for (let round = 0; round < 3; round++) {
      const vm = hosted.vmm.create({ image: 0, ramPages: 256 });
      hosted.machine.run(hosted.machine.now() + 4_000 + 5_000 * round);
      toRoot(hosted);
      expect(hosted.vmm.frames.free).toBeLessThan(free);
      if (vm !== null) hosted.vmm.destroy(vm);
      expect(hosted.vmm.frames.free).toBe(free);
      expect(hosted.vmm.frames.countOf(1)).toBe(0);
    }
  });

  it('shows ROM at both its places, and lets nobody write to it', () => {
    const rom = `
    bits 16
    org 0
start:
    mov ax, 0xF000
    mov ds, ax
    mov bl, [value]
    mov byte [value], '?'
    mov al, [value]
    cmp al, bl
    jne bad
    out 0xE9, al
bad:
    out 0xF4, al
    cli
    hlt
value: db 'R'
    times 0xFFF0 - ($ - $$) db 0
    jmp 0xF000:start
    times 0x10000 - ($ - $$) db 0`;
    const hosted = host([
      { file: { ...image(rom, { mode: 'real', load: 0 }).file, format: 'rom', load: undefined, mode: undefined } as never, ramMiB: 1 },
    ]);
    const vm = hosted.vmm.create({ image: 0, ramPages: 256 });
    hosted.machine.run(FOREVER);
    expect(text(hosted)).toBe('R');
    expect(vm?.stopReason).toBe('debugExit');
  });
});

describe('shared pages', () => {
  /** Two guests with eight pages of the same bytes, that spin; then one of them writes. */
  function sharing(): ReturnType<typeof host> {
    const program = (letter: string): string => `
    mov eax, '${letter}'
    ${fill(0x1234, 8)}
    mov ecx, 60000
spin: loop spin
    mov dword [0x42004], eax
    mov ecx, 60000
wait: loop wait
    mov al, [0x42004]
    out 0xE9, al
    cli
    hlt`;
    const hosted = host([program('a'), program('b')]);
    hosted.vmm.create({ image: 0, ramPages: 256, isMergeable: true });
    hosted.vmm.create({ image: 1, ramPages: 256, isMergeable: true });
    return hosted;
  }

  it('are one frame, until somebody writes: then the writer has a copy', () => {
    const hosted = sharing();
    const { vmm, machine } = hosted;
    machine.run(40_000);
    toRoot(hosted);
    const before = vmm.frames.free;
    expect(vmm.merge()).toBe(15);
    expect(vmm.frames.free).toBe(before + 15);
    const [a, b] = vmm.vms;
    expect([a.state.sharedPages, b.state.sharedPages]).toEqual([8, 8]);
    expect(a.ept.frameOf(0x42000)).toBe(b.ept.frameOf(0x43000));
    machine.run(FOREVER);
    expect([text(hosted, 0), text(hosted, 1)]).toEqual(['a', 'b']);
    expect(a.state.copies + b.state.copies).toBe(2);
    expect([a.state.sharedPages, b.state.sharedPages]).toEqual([7, 7]);
  });

  it('are page tables not for long: the processor’s walk counts as a write to them', () => {
    const program = (letter: string): string => `
    mov dword [0x80000], 0x00081027     ; accessed
    mov ecx, 256
    mov edi, 0x81000
    mov eax, 0x67                       ; accessed and dirty: the walk itself has nothing to set
tables: stosd
    add eax, 0x1000
    loop tables
    mov eax, 0x80000
    mov cr3, eax
    mov eax, cr0
    or  eax, 0x80000000
    mov cr0, eax
    mov ecx, 60000
spin: loop spin
    mov eax, cr3
    mov cr3, eax                        ; no walk is cached any longer
    mov al, '${letter}'
    out 0xE9, al
    cli
    hlt`;
    const hosted = host([program('a'), program('b')]);
    hosted.vmm.create({ image: 0, ramPages: 256, isMergeable: true });
    hosted.vmm.create({ image: 1, ramPages: 256, isMergeable: true });
    hosted.machine.run(50_000);
    toRoot(hosted);
    expect(hosted.vmm.merge()).toBe(2);
    const [a, b] = hosted.vmm.vms;
    expect(a.ept.frameOf(0x81000)).toBe(b.ept.frameOf(0x81000));
    hosted.machine.run(FOREVER);
    expect([text(hosted, 0), text(hosted, 1)]).toEqual(['a', 'b']);
    expect([a.state.copies + b.state.copies, a.state.sharedPages + b.state.sharedPages]).toEqual([2, 0]);
  });

  it('are counted once, and are free when the last of their users is gone', () => {
    const hosted = sharing();
    const free = 4 * 256 - 8;
    hosted.machine.run(40_000);
    toRoot(hosted);
    hosted.vmm.merge();
    hosted.vmm.destroy(hosted.vmm.vms[0]);
    const left = hosted.vmm.frames.free;
    hosted.vmm.destroy(hosted.vmm.vms[1]);
    expect(hosted.vmm.frames.free).toBeGreaterThan(left);
    expect(hosted.vmm.frames.free).toBe(free);
  });

  it('are not those of a guest that did not agree', () => {
    const hosted = sharing();
    hosted.vmm.vms[0].state.isMergeable = 0;
    hosted.machine.run(40_000);
    toRoot(hosted);
    // Seven of the second guest's own eight.
    expect(hosted.vmm.merge()).toBe(7);
  });
});
