import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import {
  CODE,
  CODE0,
  CODE3,
  type Computer,
  DATA3,
  dpl,
  HANDLERS,
  IDT,
  protectedMode,
  realMode,
  STACK0,
  STACK3,
  userMode,
} from './computer.ts';

const IF = 0x200;

function gateFor(c: Computer, vector: number, source: string, rights = 0x8e | dpl(3)): void {
  c.load(source, 0x11000);
  c.gate(8 * vector, CODE0, 0x11000, rights, IDT);
}

describe('INT n', () => {
  test('at CPL 0 pushes EFLAGS, CS and the EIP behind it; IRET comes back with the flags', () => {
    const c = protectedMode('stc\nint 0x40\nhlt');
    gateFor(c, 0x40, 'clc\nmov eax, [esp]\nmov ebx, [esp + 4]\niret');
    c.run();
    expect(c.get(words.EAX)).toBe(CODE + 3);
    expect(c.get(words.EBX)).toBe(CODE0);
    expect(c.cpu.eflags() & 1).toBe(1);
    expect(c.get(words.ESP)).toBe(STACK0);
    expect(c.get(words.EIP)).toBe(CODE + 4);
  });

  test('from CPL 3 switches to the stack of the TSS and IRET goes back to level 3', () => {
    const c = userMode('int 0x40\nmov ecx, esp\nud2', 0x202);
    gateFor(c, 0x40, 'mov esi, esp\nmov eax, [esp + 12]\nmov ebx, [esp + 16]\niret');
    c.run();
    expect(c.get(words.ESI)).toBe(STACK0 - 20);
    expect([c.get(words.EAX), c.get(words.EBX)]).toEqual([STACK3, DATA3]);
    expect(c.get(words.ECX)).toBe(STACK3);
    expect(c.stack(1)).toBe(CODE3);
  });

  test('an interrupt gate clears IF, a trap gate does not; both clear TF, NT and RF', () => {
    for (const [rights, expected] of [
      [0x8e, 0],
      [0x8f, IF],
    ]) {
      const c = protectedMode('push dword 0x4202\npopf\nint 0x40');
      gateFor(c, 0x40, 'hlt', rights);
      c.run();
      expect(c.cpu.eflags()).toBe(2 | expected);
      expect(c.stack(2)).toBe(0x4202);
    }
  });

  test('through a 16-bit gate pushes words and goes to a 16-bit offset', () => {
    const c = protectedMode('int 0x40');
    c.load('mov eax, esp\no16 iret', 0x9800);
    c.gate(8 * 0x40, CODE0, 0x9800, 0x86, IDT);
    c.run(2);
    expect(c.get(words.EAX)).toBe(STACK0 - 6);
    expect(c.peek16(STACK0 - 6)).toBe((CODE + 2) & 0xffff);
    c.run(1);
    expect(c.get(words.EIP)).toBe((CODE + 2) & 0xffff);
  });

  test('INT3, INTO and INT1 have vectors of their own; INT1 needs no gate of its level', () => {
    for (const [source, vector] of [
      ['int3', 3],
      ['mov al, 0x7f\ninc al\ninto', 4],
    ] as const) {
      const c = userMode(source);
      c.gate(8 * vector, CODE0, HANDLERS + 16 * vector, 0x8e | dpl(3), IDT);
      c.run();
      expect(c.vector).toBe(vector);
    }
    const c = userMode('db 0xf1');
    c.run();
    expect(c.vector).toBe(1);
    expect(c.stack()).toBe(CODE + 1);
    const d = userMode('int3');
    d.run();
    expect([d.vector, d.stack()]).toEqual([13, 3 * 8 + 2]);
  });

  test('INTO without OF goes on', () => {
    const c = protectedMode('xor eax, eax\ninto\nhlt');
    c.run();
    expect(c.events).toEqual([]);
  });

  const GATES: readonly (readonly [string, number, number, number, number])[] = [
    ['a call gate in the IDT', CODE0, 0x8c, 13, 0x202],
    ['a data segment in the IDT', CODE0, 0x93, 13, 0x202],
    ['a gate not present', CODE0, 0x0e, 11, 0x202],
    ['a gate with a null selector', 0, 0x8e, 13, 0],
    ['a gate to a data segment', 0x10, 0x8e, 13, 0x10],
    ['a gate to an outer level', CODE3, 0x8e, 13, CODE3 & 0xfffc],
  ];
  test.each(GATES)('through %s is refused', (_name, selector, rights, vector, errorCode) => {
    const c = protectedMode('int 0x40');
    c.gate(8 * 0x40, selector, CODE, rights, IDT);
    c.run();
    expect([c.vector, c.stack()]).toEqual([vector, errorCode]);
    expect(c.stack(1)).toBe(CODE);
    expect(c.get(words.ESP)).toBe(STACK0 - 16);
  });
});

describe('IRET', () => {
  test('at CPL 3 leaves IOPL alone, and IF above IOPL', () => {
    const c = userMode('pushf\nand dword [esp], ~0x200\nor dword [esp], 0x3000\npush dword CODE3\npush dword there\niret\nthere: ud2');
    c.run();
    expect(c.stack(2) & 0x3200).toBe(IF);
  });

  test('at CPL 0 sets IOPL and IF', () => {
    const c = protectedMode('push dword 0x3002\npush dword CODE0\npush dword there\niret\nthere: hlt');
    c.run();
    expect(c.cpu.eflags()).toBe(0x3002);
  });

  test('of 16 bits keeps the upper half of EFLAGS', () => {
    const c = protectedMode(
      'push dword 0x240002\npopf\npush word 3\npush word CODE0\npush word there - CODE + 0x8000\no16 iret\nthere: hlt',
    );
    c.load('hlt', 0x8000 + 0x18);
    c.poke(
      0x8000,
      Array.from({ length: 64 }, () => 0xf4),
    );
    c.run();
    expect(c.cpu.eflags()).toBe(0x240003);
  });

  test('with NT = 1 asks for a task: #TS with the back link', () => {
    const c = protectedMode('push dword 0x4002\npopf\niret');
    c.poke(0x4000, [0x60, 0]);
    c.run();
    expect([c.vector, c.stack()]).toEqual([10, 0x60]);
  });

  test('that faults changes nothing', () => {
    const c = protectedMode('push dword 0x202\npush dword 0\npush dword 0\niret');
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, 0]);
    expect(c.get(words.ESP)).toBe(STACK0 - 28);
    expect(c.stack(3) & IF).toBe(0);
  });
});

describe('a hardware interrupt', () => {
  test('waits for IF, and comes between two instructions', () => {
    const c = protectedMode('inc eax\ninc eax\nsti\ninc eax\ninc eax\nhlt');
    c.interrupt(0x30);
    c.run();
    expect(c.vector).toBe(0x30);
    expect(c.get(words.EAX)).toBe(3); // STI lets one more instruction run
    expect(c.stack(2) & IF).toBe(IF);
  });

  test('wakes HLT and goes on behind it', () => {
    const c = protectedMode('sti\nhlt\nmov ecx, 7\ncli\nhlt');
    gateFor(c, 0x30, 'mov ebx, 9\niret');
    expect(c.run()).toBe('halted');
    expect(c.get(words.EBX)).toBe(0);
    c.interrupt(0x30);
    c.run();
    expect([c.get(words.EBX), c.get(words.ECX)]).toEqual([9, 7]);
  });

  test('pending at STI; HLT wakes at once: nothing comes between them', () => {
    const c = protectedMode('sti\nhlt\nhlt');
    c.interrupt(0x30);
    c.run();
    expect(c.vector).toBe(0x30);
    expect(c.stack()).toBe(CODE + 2);
  });

  test('does not come behind MOV SS and POP SS', () => {
    for (const load of ['mov ss, ax', 'pop ss']) {
      const c = protectedMode(`push dword 0x202\nmov ax, ss\npush dword DATA0\npush dword 0x202\npopf\n${load}\nmov esp, 0x8f00\nhlt`);
      c.run(6);
      c.interrupt(0x30);
      c.run();
      expect(c.vector).toBe(0x30);
      expect(c.get(words.ESP)).toBe(0x8f00 - 12);
    }
  });

  test('a second STI makes no shadow', () => {
    const c = protectedMode('sti\nnop\nsti\ninc eax\nhlt');
    c.run(2);
    c.interrupt(0x30);
    c.run();
    expect(c.get(words.EAX)).toBe(0);
  });

  test('comes after POPF sets IF, without a shadow', () => {
    const c = protectedMode('push dword 0x202\npopf\ninc eax\nhlt');
    c.interrupt(0x30);
    c.run();
    expect(c.get(words.EAX)).toBe(0);
  });
});

describe('an NMI', () => {
  test('needs no IF, and blocks NMIs until IRET', () => {
    const c = protectedMode('inc eax\ninc eax\nhlt');
    gateFor(c, 2, 'inc ebx\nnop\niret', 0x8e);
    c.cpu.raiseNmi();
    c.run(2); // the delivery, and an instruction of the handler
    c.cpu.raiseNmi();
    c.run(1);
    expect(c.get(words.EBX)).toBe(1);
    expect(c.get(words.INTERRUPTIBILITY)).toBe(8);
    c.run();
    expect([c.get(words.EAX), c.get(words.EBX)]).toEqual([2, 2]);
    expect(c.get(words.INTERRUPTIBILITY)).toBe(0);
  });

  test('comes before an interrupt', () => {
    const c = protectedMode('sti\nnop\nhlt');
    c.run(2);
    c.interrupt(0x30);
    c.cpu.raiseNmi();
    c.run();
    expect(c.events).toEqual([2]);
  });
});

describe('single-step', () => {
  /** Stops at each #DB: EIPs. */
  function traps(c: Computer): number[] {
    const trapped: number[] = [];
    c.cpu.probe = { event: () => void trapped.push(c.get(words.EIP) - CODE) };
    gateFor(c, 1, 'iret', 0x8e);
    c.run();
    return trapped;
  }

  test('#DB comes after each instruction that begins with TF = 1, and DR6 says BS', () => {
    const c = protectedMode('push dword 0x102\npopf\nnop\nnop\npush dword 2\npopf\nnop\nhlt');
    expect(traps(c)).toEqual([7, 8, 10, 11]);
    expect(c.get(words.DR6)).toBe(0xffff4ff0);
  });

  test('INT n begins its handler without TF, and no trap follows it', () => {
    const c = protectedMode('push dword 0x102\npopf\nint 0x40\nnop\npush dword 2\npopf\nhlt');
    c.load('iret', 0x12000);
    c.gate(8 * 0x40, CODE0, 0x12000, 0x8e, IDT);
    expect(traps(c)).toEqual([6, 9, 11, 12]); // 6 is INT itself; IRET restores TF, NOP traps
  });

  test('waits behind MOV SS', () => {
    const c = protectedMode('mov ax, ss\npush dword 0x102\npopf\nmov ss, ax\nnop\npush dword 2\npopf\nhlt');
    expect(traps(c)).toEqual([12, 14, 15]);
  });

  test('comes after each iteration of a repeated instruction', () => {
    const c = protectedMode('mov ecx, 3\nmov edi, DATA\npush dword 0x102\npopf\nrep stosb\npush dword 2\npopf\nhlt');
    expect(traps(c)).toEqual([16, 16, 18, 20, 21]);
  });

  test('a faulting instruction is not followed by a trap', () => {
    const c = protectedMode('push dword 0x102\npopf\nud2');
    c.run();
    expect(c.events).toEqual([6]);
    expect(c.stack(2)).toBe(0x10102);
  });
});

describe('debug registers', () => {
  test('an instruction breakpoint is a fault before the instruction; RF lets it pass once', () => {
    const c = protectedMode('mov eax, there\nmov dr0, eax\nmov eax, 0x402\nmov dr7, eax\nnop\nthere: inc ecx\nhlt');
    gateFor(c, 1, 'inc ebx\nor dword [esp + 8], 0x10000\niret', 0x8e);
    c.run();
    expect([c.get(words.EBX), c.get(words.ECX)]).toEqual([1, 1]);
    expect(c.get(words.DR6)).toBe(0xffff0ff1);
    expect(c.cpu.eflags() & 0x10000).toBe(0);
  });

  test('GD makes the next MOV DR a #DB with BD, and is cleared', () => {
    const c = protectedMode('mov eax, 0x2400\nmov dr7, eax\nmov eax, dr0');
    c.run();
    expect(c.vector).toBe(1);
    expect(c.get(words.DR6)).toBe(0xffff2ff0);
    expect(c.get(words.DR7)).toBe(0x400);
    expect(c.stack()).toBe(CODE + 8);
  });

  test('DR4 and DR5 are DR6 and DR7; reserved bits keep their values', () => {
    const c = protectedMode(
      'xor eax, eax\nmov dr6, eax\nmov ebx, dr4\ndec eax\nand eax, ~0x2000\nmov dr5, eax\nmov ecx, dr7\nmov eax, 0x400\nmov dr7, eax\nhlt',
    );
    c.run();
    expect(c.get(words.EBX)).toBe(0xffff0ff0);
    expect(c.get(words.ECX)).toBe(0xffff07ff);
  });
});

describe('in real-address mode', () => {
  test('INT pushes FLAGS, CS, IP as words and goes to the vector; IRET comes back', () => {
    const c = realMode('stc\nint 0x40\nhlt');
    c.poke32(4 * 0x40, 0x01000010);
    c.load('mov bx, cs\nmov bp, sp\nmov cx, [bp]\niret', 0x1010, 16);
    c.run();
    expect(c.get(words.EBX)).toBe(0x100);
    expect(c.get(words.ECX)).toBe(0x7c03);
    expect(c.get(words.EIP)).toBe(0x7c04);
    expect(c.cpu.eflags() & 1).toBe(1);
  });

  test('exceptions push no error code', () => {
    const c = realMode('mov ax, [bx]\nhlt');
    c.set(words.EBX, 0xffff);
    c.run();
    expect(c.vector).toBe(13);
    expect(c.get(words.ESP)).toBe(STACK0 - 6);
    expect(c.peek16(STACK0 - 6)).toBe(0x7c00);
  });

  test('a table too short for the vector shuts the processor down', () => {
    const c = realMode('ud2');
    c.set(words.IDTR_LIMIT, 3);
    expect(c.run()).toBe('shutdown');
  });
});
