import { describe, expect, it } from 'vitest';
import { EIP } from '../../src/arch/cpu-state.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { Touch, Watchpoint } from '../../src/memory/watchpoints.ts';
import { build, TIMER } from './build.ts';

const watch = (address: number, length: number, access: Watchpoint['access'] = 'any', space: Watchpoint['space'] = 'v'): Watchpoint => ({
  space,
  address,
  length,
  access,
});

/** The ticks at which watchpoints stop a run to its end, with what met them. */
function touches(machine: Machine, end = 2000): (readonly [tick: number, touch: Touch | null])[] {
  const found: (readonly [number, Touch | null])[] = [];
  while (!machine.run(end) && machine.stop === 'watchpoint') found.push([machine.now(), machine.stops.about('watchpoint').touch ?? null]);
  return found;
}

function ticks(source: string, ...watchpoints: Watchpoint[]): number[] {
  const machine = build(`bits 16\norg 0x7C00\n${source}\ncli\nhlt`);
  machine.stops.watchMemory(watchpoints);
  return touches(machine).map(([tick]) => tick);
}

describe('a watchpoint', () => {
  it('stops a run behind the instruction that reads or writes there', () => {
    const machine = build('bits 16\norg 0x7C00\nmov al, 7\nmov [0x9000], al\nmov bl, [0x9000]\nhlt');
    machine.stops.watchMemory([watch(0x9000, 1)]);
    expect(machine.run(100)).toBe(false);
    expect([machine.stop, machine.now(), machine.cpu.words[EIP], machine.ram8[0x9000]]).toEqual(['watchpoint', 2, 0x7c05, 7]);
    expect(machine.stops.about('watchpoint').touch).toEqual({ watchpoint: 0, access: 'write', linear: 0x9000 });
    machine.run(100);
    expect([machine.stop, machine.now(), machine.stops.about('watchpoint').touch?.access]).toEqual(['watchpoint', 3, 'read']);
    machine.run(100);
    expect(machine.stop).toBe('halt');
  });

  it('is met by its own bytes and its own kind of access alone', () => {
    const code = 'mov al, [0x9003]\nmov [0x9003], al\nmov al, [0x9004]\nmov [0x9008], al\nmov ax, [0x9007]\nmov [0x9003], eax';
    expect(ticks(code, watch(0x9004, 4, 'read'))).toEqual([3, 5]);
    expect(ticks(code, watch(0x9004, 4, 'write'))).toEqual([6]);
    expect(ticks(code, watch(0x9004, 4, 'any'))).toEqual([3, 5, 6]);
    expect(ticks(code, watch(0x9003, 1, 'any'))).toEqual([1, 2, 6]);
  });

  it('sees what a read-modify-write reads, though its page was written before', () => {
    expect(ticks('mov byte [0x9000], 1\nadd byte [0x9100], 1\nmov byte [0x9100], 3', watch(0x9100, 1, 'read'))).toEqual([2]);
    expect(ticks('mov dword [0x9000], 1\ninc dword [0x9100]', watch(0x9100, 1, 'write'))).toEqual([2]);
  });

  it('is met by an access that begins in the page before, and by one that ends in the next', () => {
    expect(ticks('mov [0x8FFE], eax\nmov [0x8FFC], eax\nmov eax, [0x8FFD]', watch(0x9000, 1))).toEqual([1, 3]);
    expect(ticks('mov [0x8FFE], eax\nmov [0x9000], eax\nmov eax, [0x8FFD]', watch(0x8ffd, 2))).toEqual([1, 3]);
  });

  it('is met by the stack, by strings at the very iteration, and by what a descriptor load reads', () => {
    expect(ticks('mov sp, 0x9004\npush ax\npush ax\npop bx', watch(0x9000, 2))).toEqual([3, 4]);
    expect(ticks('mov di, 0x9000\nmov cx, 20\nrep stosb', watch(0x9005, 1))).toEqual([2 + 6]);
    expect(ticks('mov si, 0x9000\nmov di, 0x9100\nmov cx, 5\nrep movsd', watch(0x9008, 1), watch(0x9110, 1))).toEqual([3 + 3, 3 + 5]);
  });

  it('sees nothing of a replay, and of nothing when it is taken away', () => {
    const machine = build('bits 16\norg 0x7C00\nagain: inc byte [0x9000]\njmp again');
    machine.stops.watchMemory([watch(0x9000, 1)]);
    machine.run(10, true);
    expect([machine.stop, machine.now()]).toEqual(['budget', 10]);
    machine.stops.atWatched = false;
    machine.run(20);
    expect([machine.stop, machine.now()]).toEqual(['budget', 20]);
    machine.stops.atWatched = true;
    machine.run(30);
    expect([machine.stop, machine.now()]).toEqual(['watchpoint', 21]);
    machine.stops.watchMemory([]);
    machine.run(30);
    expect([machine.stop, machine.now()]).toEqual(['budget', 30]);
  });

  it('changes nothing: the same states at the same ticks', () => {
    const pages = [0x0, 0x7c00, 0x9000, 0xffff0].map((address) => watch(address, 0x10));
    const [plain, watched] = [build(TIMER), build(TIMER)];
    watched.stops.watchMemory([...pages, ...pages.map((point) => ({ ...point, space: 'h' as const }))]);
    for (const end of [1000, 400_000, 2_000_000]) {
      plain.run(end);
      while (!watched.run(end) && watched.stop === 'watchpoint');
      expect([watched.now(), watched.stop, watched.hash()]).toEqual([plain.now(), plain.stop, plain.hash()]);
    }
  });
});

/** Paging with two linear addresses for one page: 0x5000 and 0x6000 lead to 0x9000. */
const ALIAS = `
    bits 16
    org 0x7C00
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:flat
    bits 32
flat:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov edi, 0x20000
    mov ecx, 1024
    mov eax, 3
fill:
    mov [edi], eax
    add edi, 4
    add eax, 0x1000
    loop fill
    mov dword [0x20000 + 5 * 4], 0x9003
    mov dword [0x20000 + 6 * 4], 0x9003
    mov dword [0x1F000], 0x20003
    mov eax, 0x1F000
    mov cr3, eax
    mov eax, cr0
    or eax, 1 << 31
    mov cr0, eax
    nop
paged:
    mov eax, [0x5000]
    mov [0x6004], eax
    mov [0x9008], eax
    cli
    hlt
gdt_pointer:
    dw 23
    dd gdt
gdt:
    dq 0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF`;

describe('a watchpoint on host-physical memory', () => {
  it('is met through every linear address that leads there; a linear one through its own alone', () => {
    const run = (...watchpoints: Watchpoint[]): (number | null | undefined)[] => {
      const machine = build(ALIAS);
      machine.stops.watchMemory(watchpoints);
      return touches(machine, 10_000).map(([, touch]) => touch?.linear);
    };
    expect(run(watch(0x9000, 12, 'any', 'h'))).toEqual([0x5000, 0x6004, 0x9008]);
    expect(run(watch(0x9000, 12, 'any', 'v'))).toEqual([0x9008]);
    expect(run(watch(0x6000, 12, 'any', 'v'))).toEqual([0x6004]);
    // Without EPT there are no guest-physical addresses.
    expect(run(watch(0x9000, 12, 'any', 'g'))).toEqual([]);
  });

  it('is met by the flags that a page walk sets', () => {
    const machine = build(ALIAS);
    machine.stops.watchMemory([watch(0x20000 + 6 * 4, 4, 'write', 'h')]);
    const found = touches(machine, 10_000);
    // The program's own two stores, and then A and D of the walk for the write to 0x6004.
    expect(found.map(([, touch]) => touch?.linear)).toEqual([0x20018, 0x20018, null]);
    expect(machine.ram8[0x20018]).toBe(0x63);
  });
});
