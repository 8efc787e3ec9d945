import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { CODE, type Computer, DATA, DATA3, dpl, FREE, protectedMode, realMode, STACK0, userMode } from './computer.ts';

const DATA_RW = 0x4093;
const EXPAND_DOWN = 0x4097;

describe('a data segment', () => {
  /** Loads FREE into FS and does `access`; the vector it ends in, -1 for none. */
  function use(access: string, limit: number, rights: number): number {
    const c = protectedMode(`mov ax, ${FREE}\nmov fs, ax\n${access}\nhlt`);
    c.descriptor(FREE, DATA, limit, rights);
    c.run();
    return c.vector;
  }

  const ACCESSES: readonly (readonly [string, string, number, number, number])[] = [
    ['a dword that ends at the limit', 'mov eax, [fs:0xffc]', 0xfff, DATA_RW, -1],
    ['a dword that ends one beyond it', 'mov eax, [fs:0xffd]', 0xfff, DATA_RW, 13],
    ['a byte at the limit', 'mov al, [fs:0xfff]', 0xfff, DATA_RW, -1],
    ['a word beyond it', 'mov ax, [fs:0xfff]', 0xfff, DATA_RW, 13],
    ['a write to a read-only one', 'mov [fs:0], al', 0xfff, 0x4091, 13],
    ['a read of a read-only one', 'mov al, [fs:0]', 0xfff, 0x4091, -1],
    ['a write to code', 'mov [fs:0], al', 0xfff, 0x409b, 13],
    ['a read of code that may be read', 'mov al, [fs:0]', 0xfff, 0x409b, -1],
    ['an offset at the limit of one that expands down', 'mov al, [fs:0xfff]', 0xfff, EXPAND_DOWN, 13],
    ['one beyond the limit of one that expands down', 'mov al, [fs:0x1000]', 0xfff, EXPAND_DOWN, -1],
    ['0xFFFF of a small one that expands down', 'mov al, [fs:0xffff]', 0xfff, 0x0097, -1],
    ['0x10000 of a small one that expands down', 'mov al, [fs:0x10000]', 0xfff, 0x0097, 13],
    ['an offset beyond the limit, negative', 'mov al, [fs:0xffffffff]', 0xfff, DATA_RW, 13],
    ['a read-modify-write beyond it', 'add [fs:0xffe], eax', 0xfff, DATA_RW, 13],
    ['LEA of anything', 'lea eax, [fs:0xffffffff]', 0, DATA_RW, -1],
    ['LODS beyond it', 'mov esi, 0x1000\ndb 0x64\nlodsb', 0xfff, DATA_RW, 13],
  ];
  test.each(ACCESSES)('%s', (_name, access, limit, rights, vector) => {
    expect(use(access, limit, rights)).toBe(vector);
  });

  test('is read and written at its base', () => {
    const c = protectedMode(`mov ax, ${FREE}\nmov fs, ax\nmov dword [fs:4], 0x11223344\nmov ax, [fs:5]\nadd byte [fs:7], 1\nhlt`);
    c.descriptor(FREE, DATA + 0x100, 0xfff, DATA_RW);
    c.run();
    expect(c.peek32(DATA + 0x104)).toBe(0x12223344);
    expect(c.get(words.EAX) & 0xffff).toBe(0x2233);
  });

  const LOADS: readonly (readonly [string, number, number])[] = [
    ['data not present', 0x4013, 11],
    ['code that may not be read', 0x4099, 13],
    ['a system descriptor', 0x0089, 13],
  ];
  test.each(LOADS)('%s cannot be loaded', (_name, rights, vector) => {
    const c = protectedMode(`mov ax, ${FREE}\nmov fs, ax\nhlt`);
    c.descriptor(FREE, 0, -1, rights);
    c.run();
    expect([c.vector, c.stack()]).toEqual([vector, FREE]);
    expect(c.get(words.FS)).toBe(0x10);
  });

  test('of the LDT needs an LDT', () => {
    const c = protectedMode('mov ax, 4\nmov fs, ax');
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, 4]);
    const d = protectedMode(`mov ax, ${FREE}\nlldt ax\nmov ax, 0xc\nmov fs, ax\nmov al, [fs:3]\nsldt bx\nhlt`);
    d.descriptor(FREE, DATA, 0xf, 0x82);
    d.poke32(DATA + 8, 0xd0000010, 0x00409300);
    d.poke(0xd003, [0x5a]);
    d.run();
    expect(d.get(words.EAX) & 0xff).toBe(0x5a);
    expect(d.get(words.EBX) & 0xffff).toBe(FREE);
  });

  test('a null LDTR is none, and changes nothing else', () => {
    const c = protectedMode('xor eax, eax\nlldt ax\nmov ax, 4\nverr ax\nsetz bl\nhlt');
    c.set(words.EBX, -1);
    c.run();
    expect(c.get(words.LDTR + words.RIGHTS)).toBe(0x10000);
    expect([c.get(words.EBX) & 0xff, c.get(words.INTERRUPTIBILITY)]).toEqual([0, 0]);
  });

  test('faults through SS are #SS', () => {
    const c = protectedMode(`mov ax, ${FREE}\nmov ss, ax\nmov eax, [ebp]`);
    c.descriptor(FREE, 0, 0x8fff, DATA_RW);
    c.set(words.EBP, 0x9000);
    c.set(words.ESP, 0x8800);
    c.run();
    expect([c.vector, c.stack()]).toEqual([12, 0]);
  });

  test('LDS, LES, LFS, LGS and LSS load offset and selector', () => {
    const c = protectedMode(
      `mov dword [DATA], 0x8800\nmov word [DATA + 4], DATA0\nmov dword [DATA + 8], 5\nmov word [DATA + 12], DATA3
       lds eax, [DATA + 8]\nles ebx, [DATA + 8]\nlfs ecx, [DATA + 8]\nlgs edx, [DATA + 8]\nlss esp, [DATA]\nhlt`,
    );
    c.run();
    expect([words.EAX, words.EBX, words.ECX, words.EDX].map((r) => c.get(r))).toEqual([5, 5, 5, 5]);
    expect([words.DS, words.ES, words.FS, words.GS].map((r) => c.get(r))).toEqual([DATA3, DATA3, DATA3, DATA3]);
    expect(c.get(words.ESP)).toBe(0x8800);
  });
});

describe('a 16-bit stack', () => {
  test('has no room for a dword across its end: the push is #SS, and so is its frame', () => {
    const c = protectedMode(`mov ax, ${FREE}\nmov ss, ax\nmov esp, 0x12340002\npush dword 0x11223344`);
    c.descriptor(FREE, 0x20000, 0xffff, 0x0093);
    expect(c.run()).toBe('shutdown');
    expect(c.events).toEqual([12, 8]);
    expect(c.get(words.ESP)).toBe(0x12340002);
  });

  test('wraps between two pushes', () => {
    const c = protectedMode(`mov ax, ${FREE}\nmov ss, ax\nmov esp, 0x12340002\npush word 0x1122\npush word 0x3344\nhlt`);
    c.descriptor(FREE, 0x20000, 0xffff, 0x0093);
    c.run();
    expect(c.get(words.ESP)).toBe(0x1234fffe);
    expect([c.peek16(0x20000), c.peek16(0x2fffe)]).toEqual([0x1122, 0x3344]);
  });
});

test('a stack that overflows a segment of 4 GiB wraps around until a page is missing, and shuts down', () => {
  const c = protectedMode('mov esp, 8\npush eax\npush eax\npush eax\nhlt');
  c.set(words.EAX, 7);
  expect(c.run()).toBe('halted'); // above RAM is open bus
  expect(c.get(words.ESP)).toBe(0xfffffffc);
  expect(c.peek32(0)).toBe(7);
});

describe('questions about descriptors', () => {
  test('LAR and LSL answer for what CPL and RPL may see', () => {
    const c = protectedMode(
      'mov ax, CODE3\nlar ebx, ax\nlsl ecx, ax\nmov ax, 0x28\nlar edx, ax\nlsl esi, ax\nmov ax, 0x7f8\nlar edi, ax\nsetz al\nhlt',
    );
    c.set(words.EDI, 0x77);
    c.run();
    expect(c.get(words.EBX)).toBe(0x00cffb00);
    expect(c.get(words.ECX)).toBe(0xffffffff);
    expect(c.get(words.EDX)).toBe(0x00008900);
    expect(c.get(words.ESI)).toBe(0x67);
    expect([c.get(words.EDI), c.get(words.EAX) & 0xff]).toEqual([0x77, 0]);
    const d = userMode('mov ax, DATA0\nlar ebx, ax\nsetz cl\nud2');
    d.set(words.ECX, -1);
    d.run();
    expect(d.get(words.ECX) & 0xff).toBe(0);
  });

  test('VERR and VERW tell reading from writing', () => {
    const results = [0x4091, 0x4093, 0x4099, 0x409b, 0x0082].map((rights) => {
      const c = protectedMode(`mov ax, ${FREE}\nxor ebx, ebx\nverr ax\nsetz bl\nverw ax\nsetz bh\nhlt`);
      c.descriptor(FREE, 0, -1, rights);
      c.run();
      return c.get(words.EBX);
    });
    expect(results).toEqual([0x001, 0x101, 0x000, 0x001, 0x000]);
  });

  test('ARPL raises RPL and does not lower it', () => {
    const c = protectedMode('mov ax, 0x10\nmov bx, 3\narpl ax, bx\nsetz cl\nmov dx, 0x13\nmov bx, 1\narpl dx, bx\nsetz ch\nhlt');
    c.run();
    expect([c.get(words.EAX) & 0xffff, c.get(words.EDX) & 0xffff, c.get(words.ECX) & 0xffff]).toEqual([0x13, 0x13, 0x001]);
  });

  test('SGDT and SIDT store six bytes; LGDT of 16 bits loads 24 bits of base', () => {
    const c = protectedMode(
      'sgdt [DATA]\nsidt [DATA + 8]\nmov dword [DATA + 18], 0x12345678\nmov word [DATA + 16], 0x99\no16 lgdt [DATA + 16]\nhlt',
    );
    c.run();
    expect([c.peek16(DATA), c.peek32(DATA + 2), c.peek16(DATA + 6)]).toEqual([0x7ff, 0x1000, 0]);
    expect(c.peek32(DATA + 10)).toBe(0x2000);
    expect([c.get(words.GDTR_BASE), c.get(words.GDTR_LIMIT)]).toEqual([0x345678, 0x99]);
  });

  test('they are #UD in real-address mode', () => {
    for (const source of ['verr ax', 'lar ax, bx', 'arpl ax, bx', 'sldt ax', 'str ax', 'lldt ax', 'ltr ax']) {
      const c = realMode(source);
      c.run();
      expect(c.vector).toBe(6);
    }
  });
});

describe('alignment checks', () => {
  test('come at CPL 3 with AM and AC, and not before', () => {
    const source = 'mov eax, [DATA + 1]\nmov eax, [DATA + 4]\nud2';
    const c = userMode(source, 0x40202);
    c.run();
    expect(c.vector).toBe(6);
    const d = userMode(source, 0x40202);
    d.cpu.writeCr0(0x40011);
    d.run();
    expect([d.vector, d.stack()]).toEqual([17, 0]);
  });
});

describe('real-address mode', () => {
  test('a segment register is 16 times its value, 64 KiB long', () => {
    const c = realMode('mov ax, 0x1234\nmov ds, ax\nmov byte [0x10], 0x5a\nmov bx, 0xffff\nmov ax, [bx]\nhlt');
    c.run();
    expect(c.peek8(0x12350)).toBe(0x5a);
    expect(c.vector).toBe(13);
  });

  test('keeps the limit that protected mode gave ("unreal mode")', () => {
    const c = realMode(`cli\nlgdt [table]\nmov eax, cr0\nor al, 1\nmov cr0, eax\nmov bx, 8\nmov ds, bx\nand al, 0xfe\nmov cr0, eax
      xor bx, bx\nmov ds, bx\nmov ebx, 0x18000\nmov dword [ebx], 0x12345678\nhlt
      table: dw 15\ndd gdt\nalign 8, db 0\ngdt: dq 0, 0x008f92000000ffff`);
    c.run();
    expect(c.peek32(0x18000)).toBe(0x12345678);
    expect(c.get(words.DS + words.LIMIT)).toBe(0xffffffff);
  });

  test('enters protected mode by a far jump', () => {
    const c =
      realMode(`cli\nlgdt [table]\nmov eax, cr0\nor al, 1\nmov cr0, eax\njmp dword 8:there\nbits 32\nthere: mov ax, 16\nmov ss, ax\nmov esp, 0x18000\npush eax\nhlt
      table: dw 23\ndd gdt\nalign 8, db 0\ngdt: dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff`);
    c.run();
    expect(c.get(words.ESP)).toBe(0x17ffc);
    expect(c.get(words.CS)).toBe(8);
  });

  test('code that runs past 64 KiB is #GP', () => {
    const c = realMode('jmp 0x1000:0xfffe');
    c.poke(0x1fffe, [0x90, 0x90]);
    c.run();
    expect(c.vector).toBe(13);
    expect(c.peek16(c.get(words.ESP))).toBe(0);
    expect(c.peek32(c.get(words.ESP)) >>> 16).toBe(0x1000);
  });

  test('a far call and return in a segment not at a page', () => {
    const c = realMode('call 0x1001:4\nhlt');
    c.load('inc bx\nretf', 0x10014, 16);
    c.run();
    expect(c.get(words.EBX)).toBe(1);
    expect(c.get(words.EIP)).toBe(0x7c06);
  });

  test('CS may be written through', () => {
    const c = realMode('mov byte [cs:0x9000], 7\nhlt');
    c.run();
    expect(c.peek8(0x9000)).toBe(7);
  });
});

describe('ports', () => {
  function userIn(source: string, map: (c: Computer) => void): Computer {
    const c = userMode(source);
    c.set(words.TR + words.LIMIT, 0x6a + 0x20);
    map(c);
    c.run();
    return c;
  }

  test('the bit map of the TSS lets single ports through', () => {
    const c = userIn('mov dx, 0x13\nin al, dx\nud2', (m) => m.poke(0x4068, [0xff, 0xff, 0xf7, 0xff]));
    expect([c.vector, c.get(words.EAX) & 0xff]).toEqual([6, 0xff]);
    const d = userIn('mov dx, 0x13\nin ax, dx\nud2', (m) => m.poke(0x4068, [0xff, 0xff, 0xf7, 0xff]));
    expect([d.vector, d.stack()]).toEqual([13, 0]);
  });

  test('a map that ends before the port denies it', () => {
    const c = userIn('mov dx, 0x200\nin al, dx\nud2', () => {});
    expect(c.vector).toBe(13);
  });

  test('IOPL 3 needs no map; values are cut to size', () => {
    const c = userMode('mov eax, 0x12345678\nmov dx, 0xe9\nout dx, al\nout dx, ax\nout dx, eax\nin eax, dx\nud2', 0x3202);
    c.ports.set(0xe9, 0x89abcdef);
    c.run();
    expect(c.written.map((w) => [w.size, w.value])).toEqual([
      [1, 0x78],
      [2, 0x5678],
      [4, 0x12345678],
    ]);
    expect(c.get(words.EAX)).toBe(0x89abcdef);
  });

  test('INS does not read the port if its memory cannot be written', () => {
    const c = protectedMode(`mov ax, ${FREE}\nmov es, ax\nmov dx, 0x60\ninsb`);
    c.descriptor(FREE, 0, 0xfff, 0x4091);
    let reads = 0;
    Object.assign(c.cpu.io, { read: () => reads++ });
    c.run();
    expect([c.vector, reads]).toEqual([13, 0]);
  });

  test('REP OUTS writes unit after unit', () => {
    const c = protectedMode('mov esi, DATA\nmov ecx, 3\nmov dx, 0xe9\nrep outsb\nhlt');
    c.poke(DATA, [1, 2, 3]);
    c.run();
    expect(c.written.map((w) => w.value)).toEqual([1, 2, 3]);
    expect([c.get(words.ESI), c.get(words.ECX)]).toEqual([DATA + 3, 0]);
    expect(c.cpu.ticks).toBe(7);
  });
});

test('user code may not touch a stack of level 0 through SS', () => {
  const c = userMode('mov ax, DATA0\nmov ss, ax');
  c.run();
  expect([c.vector, c.stack(), c.stack(5)]).toEqual([13, 0x10, DATA3]);
  expect(c.get(words.ESP)).toBe(STACK0 - 24);
  expect(c.get(words.EIP)).not.toBe(CODE);
  expect(dpl(3)).toBe(0x60);
});
