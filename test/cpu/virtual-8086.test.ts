import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { TSS32 } from '../../src/arch/descriptors.ts';
import { CODE0, CODE3, type Computer, DATA0, HANDLERS, IDT, protectedMode, STACK0, TSS, userMode } from './computer.ts';

const VM = 1 << 17;
const IF = 1 << 9;
/** Where the 8086 program lies: paragraph 1200H, offset 10H. Its stack: 1300:0800, its data: 1400:0. */
const AT = 0x12010;
const IOPL3 = 0x3000;

/** A monitor that starts `program` (16-bit) with IRETD and has a HLT behind each vector. */
function virtual(program: string, flags = 0): Computer {
  const c = protectedMode(
    `push dword 0x1700\npush dword 0x1600\npush dword 0x1400\npush dword 0x1500\npush dword 0x1300\npush dword 0x800\n` +
      `push dword ${VM | flags | 2}\npush dword 0x1200\npush dword 0x10\niret`,
  );
  c.load(`bits 16\n${program}`, AT, 16);
  c.poke32(TSS + TSS32.ESP0, STACK0);
  c.poke32(TSS + TSS32.SS0, DATA0);
  c.poke(TSS + TSS32.ioMapBase, [0x68, 0]);
  return c;
}
const segments = (c: Computer): number[] => [words.ES, words.CS, words.SS, words.DS, words.FS, words.GS].map((s) => c.get(s));

describe('an IRET to virtual-8086 mode', () => {
  test('loads all segments as an 8086 has them, at CPL 3', () => {
    const c = virtual('jmp $');
    c.run(20);
    expect(segments(c)).toEqual([0x1500, 0x1200, 0x1300, 0x1400, 0x1600, 0x1700]);
    expect([c.get(words.CS + words.BASE), c.get(words.CS + words.LIMIT), c.get(words.CS + words.RIGHTS)]).toEqual([0x12000, 0xffff, 0xf3]);
    expect([c.get(words.CPL), c.get(words.ESP), c.get(words.EIP), c.cpu.eflags() & VM]).toEqual([3, 0x800, 0x10, VM]);
  });

  test('asks for CPL 0: elsewhere the VM bit of the image is ignored', () => {
    const c = userMode('push dword 0x20002\npush dword CODE3\npush dword there\niret\nthere: ud2');
    c.run();
    expect([c.vector, c.stack(1), c.stack(2) & VM]).toEqual([6, CODE3, 0]);
  });
});

describe('in virtual-8086 mode', () => {
  test('segment registers take any selector, far returns too', () => {
    const c = virtual('mov ax, 0x1234\nmov ds, ax\nmov bx, [0]\npush word 0x1203\npush word 0\nretf\ntimes 32 nop\njmp $');
    c.poke(0x12340, [0x78, 0x56]);
    c.run(60);
    expect([c.get(words.DS), c.get(words.DS + words.BASE), c.get(words.EBX) & 0xffff]).toEqual([0x1234, 0x12340, 0x5678]);
    expect([c.get(words.CS), c.get(words.CPL)]).toEqual([0x1203, 3]);
  });

  test.each(['cli', 'sti', 'pushf', 'popf', 'iret', 'int 0x21'])('%s is the monitor’s unless IOPL is 3', (instruction) => {
    const c = virtual(instruction);
    c.run();
    expect([c.vector, c.stack(), c.stack(1), c.stack(3) & VM]).toEqual([13, 0, 0x10, VM]);
  });

  test('with IOPL 3 they are the program’s', () => {
    const c = virtual('sti\npushf\npop ax\ncli\npush ax\npopf\njmp $', IOPL3);
    c.run(40);
    expect([c.get(words.EAX) & IF, c.cpu.eflags() & (VM | IF | IOPL3)]).toEqual([IF, VM | IF | IOPL3]);
  });

  test.each(['lar ax, bx', 'lldt ax', 'str ax', 'arpl ax, bx', 'verr ax'])('%s does not exist', (instruction) => {
    const c = virtual(instruction, IOPL3);
    c.run();
    expect(c.vector).toBe(6);
  });

  test.each(['hlt', 'mov cr0, eax', 'lgdt [0]'])('%s wants CPL 0', (instruction) => {
    const c = virtual(instruction, IOPL3);
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, 0]);
  });

  test('ports are asked of the bit map, whatever IOPL says', () => {
    const c = virtual('mov al, 7\nout 0xE9, al\njmp $', IOPL3);
    c.run(40);
    expect(c.vector).toBe(13);
    const d = virtual('mov al, 7\nout 0xE9, al\njmp $');
    d.set(words.TR + words.LIMIT, 0xff);
    d.run(40);
    expect(d.written).toEqual([{ port: 0xe9, size: 1, value: 7 }]);
  });

  test('an offset beyond 64 KiB is #GP, on the stack #SS', () => {
    const c = virtual('mov bx, 0xFFFF\nmov ax, [bx]');
    c.run();
    expect(c.vector).toBe(13);
    const d = virtual('mov bp, 0xFFFF\nmov ax, [bp]');
    d.run();
    expect(d.vector).toBe(12);
  });
});

describe('an event in virtual-8086 mode', () => {
  test('pushes all segment registers on the stack of level 0, whose data segments are null', () => {
    const c = virtual('int3', IOPL3);
    c.gate(8 * 3, CODE0, HANDLERS + 16 * 3, 0xee, IDT);
    c.run();
    expect(c.vector).toBe(3);
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => c.stack(n))).toEqual([
      0x11,
      0x1200,
      VM | IOPL3 | 2,
      0x800,
      0x1300,
      0x1500,
      0x1400,
      0x1600,
      0x1700,
    ]);
    expect([c.get(words.CPL), c.cpu.eflags() & VM, ...[words.DS, words.ES, words.FS, words.GS].map((s) => c.get(s))]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  test('goes back by IRETD as if nothing had been', () => {
    const c = virtual('int 0x21\nmov dx, ds\njmp $', IOPL3);
    c.load('iret', 0x18000);
    c.gate(8 * 0x21, CODE0, 0x18000, 0xee, IDT);
    c.run(60);
    expect([c.get(words.EDX) & 0xffff, c.get(words.CPL), c.cpu.eflags() & VM]).toEqual([0x1400, 3, VM]);
  });

  test('whose handler is not of level 0 is #GP with its selector', () => {
    const c = virtual('int 0x21', IOPL3);
    c.gate(8 * 0x21, 0x40, 0, 0xee, IDT);
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, 0x40]);
  });
});
