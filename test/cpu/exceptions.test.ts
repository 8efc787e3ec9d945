import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { Computer, CODE, CODE0, DATA, HANDLERS, IDT, protectedMode, STACK0, STACK3, TABLE, TSS, userMode, withPaging } from './computer.ts';

/** Source that faults first -> vector and error code (null: none is pushed). */
const FAULTS: readonly (readonly [name: string, source: string, vector: number, errorCode: number | null])[] = [
  ['DIV by 0', 'xor ecx, ecx\ndiv ecx', 0, null],
  ['DIV with a quotient too large', 'mov edx, 5\nmov ecx, 5\ndiv ecx', 0, null],
  ['IDIV of -2^31 by -1', 'mov eax, 0x80000000\ncdq\nmov ecx, -1\nidiv ecx', 0, null],
  ['IDIV of a byte too large', 'mov ax, 0x7fff\nmov cl, 2\nidiv cl', 0, null],
  ['AAM 0', 'aam 0', 0, null],
  ['BOUND outside', `mov dword [DATA], 1\nmov dword [DATA + 4], 2\nmov eax, 3\nbound eax, [DATA]`, 5, null],
  ['UD2', 'ud2', 6, null],
  ['LOCK on a register', 'db 0xf0, 0x01, 0xc0', 6, null],
  ['LOCK on MOV', 'db 0xf0\nmov [DATA], eax', 6, null],
  ['MOV to CS', 'db 0x8e, 0xc8', 6, null],
  ['MOV to a seventh segment register', 'db 0x8e, 0xf0', 6, null],
  ['MOV from CR1', 'db 0x0f, 0x20, 0xc8', 6, null],
  ['RSM', 'rsm', 6, null],
  ['an x87 instruction with CR0.EM = 0', 'db 0xdb, 0xe3', 6, null],
  ['an x87 instruction with CR0.EM = 1', 'mov eax, cr0\nor al, 4\nmov cr0, eax\ndb 0xdb, 0xe3', 7, null],
  ['an x87 instruction with CR0.TS = 1', 'mov eax, cr0\nor al, 8\nmov cr0, eax\ndb 0xdb, 0xe3', 7, null],
  ['WAIT with MP and TS', 'mov eax, cr0\nor al, 10\nmov cr0, eax\nwait', 7, null],
  ['15 prefixes and an opcode', 'times 15 db 0x66\nnop', 13, 0],
  ['a load of a data segment beyond the GDT', 'mov ax, 0x800\nmov ds, ax', 13, 0x800],
  ['a use of a null selector', 'xor eax, eax\nmov ds, ax\nmov eax, [DATA]', 13, 0],
  ['a null selector for SS', 'xor eax, eax\nmov ss, ax', 13, 0],
  ['a load of SS with another RPL', 'mov ax, 0x13\nmov ss, ax', 13, 0x10],
  ['PG without PE', 'mov eax, 0x80000000\nmov cr0, eax', 13, 0],
  ['NW without CD', 'mov eax, 0x20000011\nmov cr0, eax', 13, 0],
  ['a CR4 bit that is not there', 'mov eax, 0x20\nmov cr4, eax', 13, 0],
  ['RDMSR of none', 'mov ecx, 0x12345\nrdmsr', 13, 0],
  ['WRMSR of a read-only one', 'mov ecx, 0x17\nxor eax, eax\nxor edx, edx\nwrmsr', 13, 0],
  ['RDPMC', 'rdpmc', 13, 0],
  ['SYSENTER without its MSR', 'sysenter', 13, 0],
  ['INT beyond the IDT', 'lidt [table]\nint 0x40\ntable: dw 0x1ff\ndd IDT', 13, 0x202],
  ['LTR of a null selector', 'xor eax, eax\nltr ax', 13, 0],
  ['LTR of a data segment', 'mov ax, DATA0\nltr ax', 13, 0x10],
  ['LTR of the busy TSS', 'mov ax, 0x28\nltr ax\nltr ax', 13, 0x28],
  ['LLDT of a code segment', 'mov ax, CODE0\nlldt ax', 13, 0x08],
  ['a jump beyond the limit of CS', 'jmp CODE16:there\nbits 16\nthere: o32 jmp dword 0x10000', 13, 0],
];

describe('a fault', () => {
  test.each(FAULTS)('%s', (_name, source, vector, errorCode) => {
    const c = protectedMode(source);
    expect(c.run()).toBe('halted');
    expect(c.vector).toBe(vector);
    expect(c.events.at(-1)).toBe(vector);
    if (errorCode !== null) expect(c.stack()).toBe(errorCode);
    expect(c.stack(errorCode === null ? 1 : 2) & 0xffff).not.toBe(0);
  });

  test('pushes EIP of its instruction, and RF = 1 in EFLAGS', () => {
    const c = protectedMode('nop\nhere: ud2');
    c.run();
    expect(c.stack(0)).toBe(CODE + 1);
    expect(c.stack(1)).toBe(CODE0);
    expect(c.stack(2)).toBe(0x10002);
    expect(c.get(words.ESP)).toBe(STACK0 - 12);
  });

  const USER: readonly (readonly [name: string, source: string, vector: number, errorCode: number])[] = [
    ['HLT', 'hlt', 13, 0],
    ['CLI above IOPL', 'cli', 13, 0],
    ['IN without a bit map', 'in al, 0x60', 13, 0],
    ['MOV to CR3', 'mov cr3, eax', 13, 0],
    ['MOV from DR0', 'mov eax, dr0', 13, 0],
    ['INVLPG', 'invlpg [DATA]', 13, 0],
    ['LGDT', 'lgdt [DATA]', 13, 0],
    ['WBINVD', 'wbinvd', 13, 0],
    ['SYSEXIT', 'sysexit', 13, 0],
    ['a load of an inner data segment', 'mov ax, DATA0\nmov ds, ax', 13, 0x10],
    ['a far jump to inner code', 'jmp CODE0:CODE', 13, 0x08],
    ['INT through a gate of DPL 0', 'int 0x40', 13, 0x202],
  ];
  test.each(USER)('at CPL 3: %s', (_name, source, vector, errorCode) => {
    const c = userMode(source);
    c.run();
    expect(c.vector).toBe(vector);
    expect(c.stack(0)).toBe(errorCode);
    expect([c.stack(4), c.stack(5)]).toEqual([STACK3, 0x23]);
    expect(c.get(words.CPL)).toBe(0);
  });
});

describe('a page fault', () => {
  test('of a write to a page not present reports W, the address in CR2, and changes nothing', () => {
    const c = withPaging(protectedMode('mov eax, 1\nadd [DATA + 4], eax'));
    c.poke32(TABLE + 4 * (DATA >> 12), 0);
    c.run();
    expect(c.vector).toBe(14);
    expect(c.stack()).toBe(2);
    expect(c.get(words.CR2)).toBe(DATA + 4);
    expect(c.peek32(DATA + 4)).toBe(0);
  });

  test('at the second page of an access reports that page', () => {
    const c = withPaging(protectedMode('mov dword [DATA + 0xffe], -1'));
    c.poke32(TABLE + 4 * ((DATA >> 12) + 1), 0);
    c.run();
    expect(c.vector).toBe(14);
    expect(c.get(words.CR2)).toBe(DATA + 0x1000);
    expect(c.peek16(DATA + 0xffe)).toBe(0);
  });

  test('of a user read of a supervisor page', () => {
    const c = withPaging(userMode('mov eax, [DATA]'));
    c.poke32(TABLE + 4 * (DATA >> 12), DATA | 3);
    c.run();
    expect(c.vector).toBe(14);
    expect(c.stack()).toBe(5);
  });

  test('in the second page of an instruction reports its first byte there', () => {
    const c = withPaging(protectedMode('jmp 0x20ffe'));
    c.poke(0x20ffe, [0xb8, 1, 0, 0, 0]);
    c.poke32(TABLE + 4 * 0x21, 0);
    c.run();
    expect(c.vector).toBe(14);
    expect(c.get(words.CR2)).toBe(0x21000);
    expect(c.stack(1)).toBe(0x20ffe);
  });

  test('does not come for a page behind an instruction that ends before it', () => {
    const c = withPaging(protectedMode('jmp 0x20ffd'));
    c.poke(0x20ffd, [0x90, 0xeb, 0x01]);
    c.poke32(TABLE + 4 * 0x21, 0);
    c.run();
    expect(c.get(words.CR2)).toBe(0x21000 + 1);
    expect(c.stack(1)).toBe(0x21001);
  });
});

describe('a fault while an event is delivered', () => {
  test('#GP then #NP is a double fault, with error code 0', () => {
    const c = protectedMode('mov eax, [cs:0]\nxor eax, eax\nmov ds, ax\nmov eax, [0]');
    c.gate(8 * 13, CODE0, HANDLERS, 0x0e, IDT);
    c.run();
    expect(c.events).toEqual([13, 8]);
    expect(c.vector).toBe(8);
    expect(c.stack()).toBe(0);
  });

  test('#PF then #PF is a double fault', () => {
    const c = withPaging(protectedMode('mov eax, [DATA]'));
    c.poke32(TABLE + 4 * (DATA >> 12), 0);
    c.poke32(TABLE + 4 * 2, 0); // the IDT
    c.run();
    expect(c.cpu.isShutdown).toBe(true); // and the #DF meets it again
    expect(c.events).toEqual([14, 8]);
  });

  test('#UD then #NP comes one after the other', () => {
    const c = protectedMode('ud2');
    c.gate(8 * 6, CODE0, HANDLERS, 0x0e, IDT);
    c.run();
    expect(c.events).toEqual([6, 11]);
    expect(c.vector).toBe(11);
    expect(c.stack()).toBe(6 * 8 + 3); // IDT and EXT
  });

  test('a third one shuts the processor down; so does an IDT of no entries', () => {
    const c = protectedMode('lidt [none]\nud2\nnone: dw 0\ndd 0');
    expect(c.run()).toBe('shutdown');
    expect(c.events).toEqual([6, 13, 8]);
    expect(c.run()).toBe('shutdown');
  });

  test('INT n itself reports no EXT', () => {
    const c = protectedMode('int 0x40');
    c.gate(8 * 0x40, 0x800, HANDLERS, 0x8e, IDT);
    c.run();
    expect(c.vector).toBe(13);
    expect(c.stack()).toBe(0x800);
  });

  test('leaves the stack alone: a frame that does not fit is #SS of the new stack', () => {
    const c = userMode('ud2');
    c.descriptor(0x60, 0, 0x0fff, 0x4093);
    c.poke32(TSS + 4, 0x8, 0x60); // 8 bytes
    c.gate(8 * 12, 0x08, HANDLERS + 16 * 12, 0x8e, IDT);
    c.run();
    expect(c.cpu.isShutdown).toBe(true);
    expect(c.events).toEqual([6, 12, 8]);
    expect(c.get(words.ESP)).toBe(STACK3);
    expect(c.get(words.CPL)).toBe(3);
  });
});

test('shutdown and HLT stop the clock until something happens', () => {
  const c = protectedMode('hlt');
  expect(c.run(50)).toBe('halted');
  expect(c.cpu.ticks).toBe(1);
  c.cpu.advance(9);
  expect(c.cpu.ticks).toBe(10);
  c.cpu.raiseNmi();
  expect(c.run(50)).toBe('halted');
  expect(c.vector).toBe(2);
});

test('a computer begins at F000:FFF0 with CS at the top of the address space', () => {
  const c = new Computer();
  expect(c.get(words.CS)).toBe(0xf000);
  expect(c.get(words.CS + words.BASE)).toBe(0xffff0000);
  expect(c.get(words.EIP)).toBe(0xfff0);
  expect(c.get(words.CR0)).toBe(0x60000010);
  expect(c.cpu.eflags()).toBe(2);
});
