import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import {
  CODE,
  CODE0,
  CODE1,
  CODE3,
  CONFORMING,
  DATA0,
  DATA1,
  DATA3,
  dpl,
  FREE,
  HANDLERS,
  IDT,
  protectedMode,
  STACK0,
  STACK1,
  STACK3,
  TSS,
  userMode,
} from './computer.ts';

const GATE32 = 0x8c;
const GATE16 = 0x84;

describe('a far jump', () => {
  test('to code of the same level loads CS with RPL = CPL, whatever the RPL of the selector', () => {
    const c = protectedMode('jmp CODE0:there\nud2\nthere: hlt');
    c.run();
    expect(c.get(words.CS)).toBe(CODE0);
    expect(c.get(words.ACTIVITY)).toBe(1);
  });

  test('to 16-bit code changes the default sizes', () => {
    const c = protectedMode('jmp CODE16:there - CODE\nbits 16\nthere: mov eax, 0x1234\npush ax\nhlt');
    c.descriptor(0x30, CODE, 0xffff, 0x009b);
    c.run();
    expect(c.get(words.EAX)).toBe(0x1234);
    expect(c.get(words.ESP)).toBe(STACK0 - 2);
  });

  test('to conforming code of an inner level keeps CPL', () => {
    const c = userMode(`jmp CONFORMING:there\nthere: mov cx, cs\nud2`);
    c.run();
    expect(c.get(words.ECX) & 0xffff).toBe(CONFORMING | 3);
    expect(c.vector).toBe(6);
    expect(c.stack(1)).toBe(CONFORMING | 3);
  });

  test('sets the accessed bit of the descriptor', () => {
    const c = protectedMode('jmp 0x60:there\nthere: hlt');
    c.descriptor(FREE, 0, -1, 0xc09a);
    c.run();
    expect(c.peek8(0x1000 + FREE + 5) & 1).toBe(1);
    expect(c.get(words.CS + words.RIGHTS)).toBe(0xc09b);
  });

  test('through memory, and through a 16-bit pointer', () => {
    const c = protectedMode('mov word [DATA], 0x8000\nmov word [DATA + 2], 0x60\no16 jmp far [DATA]');
    c.descriptor(FREE, 0, -1, 0xc09b);
    c.poke(0x8000, [0xf4]);
    c.run();
    expect(c.get(words.EIP)).toBe(0x8001);
    expect(c.get(words.CS)).toBe(FREE);
  });

  test('through a call gate goes where the gate says, not where the instruction says', () => {
    const c = protectedMode('jmp 0x60:0x12345678\nthere: hlt');
    c.gate(FREE, CODE0, CODE + 7, GATE32);
    c.run();
    expect(c.get(words.EIP)).toBe(CODE + 8);
  });

  test('through a call gate may not change the level', () => {
    const c = userMode('jmp 0x60:0');
    c.gate(FREE, CODE0, CODE, GATE32 | dpl(3));
    c.run();
    expect(c.vector).toBe(13);
    expect(c.stack()).toBe(CODE0);
  });

  const REFUSED: readonly (readonly [string, number, number, number])[] = [
    ['a data segment', 0xc093, 13, 0x60],
    ['code of another level', 0xc09b | dpl(3), 13, 0x60],
    ['code not present', 0xc01b, 11, 0x60],
    ['an LDT', 0x0082, 13, 0x60],
    ['an interrupt gate', 0x008e, 13, 0x60],
    ['a busy TSS', 0x008b, 13, 0x60],
    ['a call gate not present', 0x000c, 11, 0x60],
  ];
  test.each(REFUSED)('to %s is refused', (_name, rights, vector, errorCode) => {
    const c = protectedMode('jmp 0x60:0');
    c.descriptor(FREE, 0, -1, rights);
    c.run();
    expect(c.vector).toBe(vector);
    expect(c.stack()).toBe(errorCode);
    expect(c.stack(2)).toBe(CODE0);
  });

  test('to a null selector, and beyond the limit of the new segment', () => {
    const c = protectedMode('jmp 0:0');
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, 0]);
    const d = protectedMode('jmp 0x60:0x1000');
    d.descriptor(FREE, 0, 0xfff, 0x409b);
    d.run();
    expect([d.vector, d.stack()]).toEqual([13, 0]);
  });
});

describe('a far call', () => {
  test('pushes CS and EIP, and RETF comes back and releases parameters', () => {
    const c = protectedMode(
      'push dword 7\ncall CODE0:there\nback: mov ebx, esp\nhlt\nthere: mov ecx, [esp + 8]\nmov edx, [esp + 4]\nretf 4',
    );
    c.run();
    expect(c.get(words.ECX)).toBe(7);
    expect(c.get(words.EDX)).toBe(CODE0);
    expect(c.get(words.EBX)).toBe(STACK0);
  });

  test('through a call gate to an inner level switches stacks and copies parameters in their order', () => {
    const c = userMode('push dword 1\npush dword 2\npush dword 3\ncall 0x63:0\nback: jmp $');
    c.load('mov eax, [esp]\nmov ebx, [esp + 8]\nmov ecx, [esp + 16]\nmov edx, [esp + 20]\nmov esi, [esp + 24]\nhlt', 0x11000);
    c.gate(FREE, CODE0, 0x11000, GATE32 | dpl(3));
    c.poke(0x1000 + FREE + 4, [2]);
    c.run();
    expect(c.get(words.CPL)).toBe(0);
    expect(c.get(words.ESP)).toBe(STACK0 - 24);
    expect(c.get(words.EBX)).toBe(3);
    expect(c.stack(3)).toBe(2);
    expect(c.stack(1)).toBe(CODE3);
    expect(c.get(words.ECX)).toBe(STACK3 - 12);
    expect(c.get(words.EDX)).toBe(DATA3);
  });

  test('through a 16-bit gate copies words and pushes a 16-bit frame', () => {
    const c = userMode('push dword 0x00020001\ncall 0x63:0');
    c.load('hlt', 0x9800);
    c.gate(FREE, CODE0, 0x9800, GATE16 | dpl(3));
    c.poke(0x1000 + FREE + 4, [2]);
    c.run();
    const esp = c.get(words.ESP);
    expect(esp).toBe(STACK0 - 12);
    expect([0, 2, 4, 6, 8, 10].map((i) => c.peek16(esp + i))).toEqual([(CODE + 12) & 0xffff, CODE3, 1, 2, STACK3 - 4, DATA3]);
  });

  test('to level 1 uses the second stack of the TSS, and RETF returns to level 3', () => {
    const c = userMode('call 0x63:0\nmov ecx, 5\nud2');
    c.load('mov ax, ss\nmov ebx, esp\nretf', 0x11000);
    c.gate(FREE, CODE1, 0x11000, GATE32 | dpl(3));
    c.run();
    expect(c.get(words.EAX) & 0xffff).toBe(DATA1);
    expect(c.get(words.EBX)).toBe(STACK1 - 16);
    expect(c.get(words.ECX)).toBe(5);
    expect([c.stack(3), c.stack(4)]).toEqual([STACK3, DATA3]);
  });

  test('through a gate whose level is above DPL or RPL is refused', () => {
    const c = userMode('call 0x63:0');
    c.gate(FREE, CODE0, CODE, GATE32);
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, FREE]);
  });

  test('with a null or foreign stack segment in the TSS is #TS', () => {
    for (const [selector, errorCode] of [
      [0, 0],
      [DATA3, DATA3 & 0xfffc],
      [CODE0, CODE0],
      [0x7f8, 0x7f8],
    ]) {
      const c = userMode('call 0x63:0');
      c.gate(FREE, CODE1, CODE, GATE32 | dpl(3)); // the handler's own stack is good
      c.poke32(TSS + 16, selector);
      c.run();
      expect([c.vector, c.stack()]).toEqual([10, errorCode]);
    }
  });

  test('with a stack segment not present is #SS with its selector', () => {
    const c = userMode('call 0x63:0');
    c.gate(FREE, CODE1, CODE, GATE32 | dpl(3));
    c.descriptor(0x68, 0, -1, 0xc013 | dpl(1));
    c.poke32(TSS + 16, 0x69);
    c.run();
    expect([c.vector, c.stack()]).toEqual([12, 0x68]);
  });

  test('with a TSS too short for the stack is #TS with its selector', () => {
    const c = userMode('call 0x63:0');
    c.gate(FREE, CODE1, CODE, GATE32 | dpl(3));
    c.set(words.TR + words.LIMIT, 15);
    c.run();
    expect([c.vector, c.stack()]).toEqual([10, 0x28]);
  });

  test('uses SP and SS of a 16-bit TSS', () => {
    const c = userMode('call 0x63:0');
    c.load('hlt', 0x11000);
    c.gate(FREE, CODE0, 0x11000, GATE32 | dpl(3));
    c.set(words.TR + words.RIGHTS, 0x83);
    c.poke(TSS + 2, [0x00, 0x88, DATA0, 0]);
    c.run();
    expect(c.get(words.ESP)).toBe(0x8800 - 16);
  });
});

describe('a far return', () => {
  const REFUSED: readonly (readonly [string, string, number, number])[] = [
    ['a null selector', 'push dword 0\npush dword 0\nretf', 13, 0],
    ['a selector beyond the GDT', 'push dword 0x800\npush dword 0\nretf', 13, 0x800],
    ['a data segment', 'push dword DATA0\npush dword 0\nretf', 13, DATA0],
    ['code of an inner level', 'push dword CODE1 - 1\npush dword 0\nretf', 13, CODE1 & 0xfffc],
    ['an outer level with a null SS', 'push dword 0\npush dword 0\npush dword CODE3\npush dword CODE\nretf', 13, 0],
    ['an outer level with SS of another RPL', 'push dword DATA0\npush dword 0\npush dword CODE3\npush dword CODE\nretf', 13, DATA0],
    ['an offset beyond the limit', 'push dword CODE16\npush dword 0x10000\nretf', 13, 0],
  ];
  test.each(REFUSED)('to %s is refused, the stack as it was', (_name, source, vector, errorCode) => {
    const c = protectedMode(`${source.replace('retf', 'mov ebp, esp\nretf')}`);
    c.run();
    expect([c.vector, c.stack()]).toEqual([vector, errorCode]);
    expect(c.get(words.ESP)).toBe(c.get(words.EBP) - 16);
  });

  test('to an outer level makes data segments null that it may not use', () => {
    const c = protectedMode(
      `mov ax, DATA3\nmov ds, ax\nmov ax, CONFORMING\nmov fs, ax\npush dword DATA3\npush dword STACK3\npush dword CODE3\npush dword there\nretf\nthere: mov ax, es\nud2`,
    );
    c.set(words.EAX, -1);
    c.run();
    expect(c.get(words.EAX) & 0xffff).toBe(0);
    expect(c.get(words.ES + words.RIGHTS)).toBe(0x10000);
    expect(c.get(words.DS)).toBe(DATA3);
    expect(c.get(words.FS)).toBe(CONFORMING);
    expect(c.stack(3)).toBe(STACK3);
  });

  test('to a 16-bit outer stack changes SP alone', () => {
    const c = protectedMode('mov esp, 0x9000\npush dword 0x63\npush dword 0x1234\npush dword CODE3\npush dword there\nretf\nthere: ud2');
    c.descriptor(FREE, 0, 0xffff, 0x0093 | dpl(3));
    c.set(words.ESP, 0x00019000);
    c.run();
    expect(c.stack(3) & 0xffff).toBe(0x1234);
    expect(c.stack(4)).toBe(0x63);
  });
});

describe('SYSENTER and SYSEXIT', () => {
  test('go to the MSRs and back to EDX and ECX with flat segments', () => {
    const c = userMode('mov ecx, STACK3 - 64\nmov edx, back\nsysenter\nback: mov ax, cs\nmov bx, ss\nud2', 0x202);
    c.load('mov esi, esp\nmov ebp, 0\nmov bp, ss\nsysexit', 0x11000);
    c.set(words.SYSENTER_CS, 0x08);
    c.set(words.SYSENTER_ESP, 0x9f00);
    c.set(words.SYSENTER_EIP, 0x11000);
    c.run();
    expect(c.get(words.ESI)).toBe(0x9f00);
    expect(c.get(words.EBP)).toBe(0x10);
    expect(c.get(words.EAX) & 0xffff).toBe(0x1b);
    expect(c.get(words.EBX) & 0xffff).toBe(0x23);
    expect(c.stack(3)).toBe(STACK3 - 64);
    expect(c.vector).toBe(6);
    expect(c.stack(2) & 0x200).toBe(0); // SYSENTER cleared IF
  });
});

test('a handler of a conforming segment runs at the level of the interrupted code, on its stack', () => {
  const c = userMode('int 0x40');
  c.gate(8 * 0x40, CONFORMING, 0x11000, 0x8e | dpl(3), IDT);
  c.load('mov ax, cs\nud2', 0x11000);
  c.run();
  expect(c.get(words.EAX) & 0xffff).toBe(CONFORMING | 3);
  expect(c.stack(3)).toBe(STACK3 - 12);
  expect(c.get(words.EIP)).toBe(HANDLERS + 6 * 16 + 1);
});
