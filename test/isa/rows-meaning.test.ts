import { describe, expect, it } from 'vitest';
import { EAX, EBP, EBX, ECX, EDI, EDX, EFLAGS, EIP, ESI, ESP, GENERAL_REGISTERS } from '../../src/arch/cpu-state.ts';
import { decode } from '../../src/isa/decode.ts';
import { AF, CF, OF, SF, STATUS, ZF } from '../../src/isa/flags.ts';
import { recordingOf } from '../../src/isa/record.ts';
import type { Size } from '../../src/isa/semantics.ts';
import { evaluate, type TestMachine, testMachine } from './evaluate.ts';

const AT = 0x400;

/** Runs the instruction of these bytes in 32-bit code at 0x400, after `prepare` has set registers and memory. */
function run(hex: string, prepare: (words: Int32Array, memory: DataView) => void = () => {}): TestMachine & { readonly view: DataView } {
  const machine = testMachine(0x1000);
  const view = new DataView(machine.memory.buffer);
  const bytes = Uint8Array.from((hex.match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16)));
  const insn = decode(bytes, 0, 32);
  if (insn === null) throw new Error(`${hex} is too short`);
  machine.words[EIP] = AT + insn.length;
  prepare(machine.words, view);
  evaluate(recordingOf(insn.row, insn.size as Size), insn, machine);
  return { ...machine, view };
}

const flagsOf = ({ words }: TestMachine) => words[EFLAGS] & STATUS;

describe('a rotation through carry', () => {
  it('by 9 of a byte changes neither the byte nor a flag', () => {
    const after = run('c0d009', (words) => {
      words[EAX] = 0x5a;
      words[EFLAGS] = CF | OF | ZF;
    });
    expect([after.words[EAX], flagsOf(after)]).toEqual([0x5a, CF | OF | ZF]);
  });

  it('by 17 of a word changes nothing either', () => {
    const after = run('66c1d811', (words) => {
      words[EAX] = 0x1234;
      words[EFLAGS] = CF;
    });
    expect([after.words[EAX], flagsOf(after)]).toEqual([0x1234, CF]);
  });

  it('by 1 of a doubleword takes the carry in and the sign out', () => {
    const after = run('d1d0', (words) => {
      words[EAX] = 0x80000001 | 0;
      words[EFLAGS] = CF;
    });
    expect([after.words[EAX], flagsOf(after)]).toEqual([3, CF | OF]);
  });
});

describe('a shift', () => {
  it('by a count of 32 changes nothing, because the count is masked', () => {
    const after = run('d3e0', (words) => {
      words[EAX] = 5;
      words[ECX] = 32;
      words[EFLAGS] = SF | AF;
    });
    expect([after.words[EAX], flagsOf(after)]).toEqual([5, SF | AF]);
  });

  it('of a byte by 31 to the right copies the sign', () => {
    expect(run('c0f81f', (words) => (words[EAX] = 0x80)).words[EAX]).toBe(0xff);
  });

  it('of two registers fills with the second one’s high bits', () => {
    const after = run('0fa4c804', (words) => {
      words[EAX] = 0x12345678;
      words[ECX] = 0x9abcdef0 | 0;
    });
    expect(after.words[EAX]).toBe(0x23456789);
  });
});

describe('with one register as both operands', () => {
  it('XADD leaves the sum', () => {
    expect(run('0fc1c0', (words) => (words[EAX] = 21)).words[EAX]).toBe(42);
  });

  it('XCHG leaves the register', () => {
    expect(run('87db', (words) => (words[EBX] = 7)).words[EBX]).toBe(7);
  });

  it('CMPXCHG with the accumulator as destination takes the source', () => {
    const after = run('0fb1c8', (words) => {
      words[EAX] = 1;
      words[ECX] = 2;
    });
    expect([after.words[EAX], flagsOf(after) & ZF]).toEqual([2, ZF]);
  });
});

describe('CMPXCHG', () => {
  it('loads the accumulator where the two differ, and keeps the destination', () => {
    const after = run('0fb10b', (words, memory) => {
      words[EAX] = 1;
      words[ECX] = 2;
      words[EBX] = 0x100;
      memory.setInt32(0x100, 3, true);
    });
    expect([after.words[EAX], after.view.getInt32(0x100, true), flagsOf(after) & ZF]).toEqual([3, 3, 0]);
  });
});

describe('the stack', () => {
  it('PUSH ESP pushes the pointer from before', () => {
    const after = run('54', (words) => (words[ESP] = 0x200));
    expect([after.words[ESP], after.view.getInt32(0x1fc, true)]).toEqual([0x1fc, 0x200]);
  });

  it('POP ESP leaves the popped value', () => {
    const after = run('5c', (words, memory) => {
      words[ESP] = 0x200;
      memory.setInt32(0x200, 0x777, true);
    });
    expect(after.words[ESP]).toBe(0x777);
  });

  it('POP to memory by ESP counts from the pointer after the pop', () => {
    const after = run('8f442404', (words, memory) => {
      words[ESP] = 0x200;
      memory.setInt32(0x200, 99, true);
    });
    expect([after.view.getInt32(0x208, true), after.words[ESP]]).toEqual([99, 0x204]);
  });

  it('LEAVE drops the frame and pops EBP', () => {
    const after = run('c9', (words, memory) => {
      words[ESP] = 0x100;
      words[EBP] = 0x200;
      memory.setInt32(0x200, 0x300, true);
    });
    expect([after.words[ESP], after.words[EBP]]).toEqual([0x204, 0x300]);
  });

  it('RET with a count of 0xFFF8 takes it as unsigned', () => {
    const after = run('c2f8ff', (words, memory) => {
      words[ESP] = 0x200;
      memory.setInt32(0x200, 0x555, true);
    });
    expect([after.words[EIP], after.words[ESP]]).toEqual([0x555, 0x200 + 4 + 0xfff8]);
  });

  it('CALL pushes the address after itself and goes to its target', () => {
    const after = run('e8fb000000', (words) => (words[ESP] = 0x200));
    expect([after.words[EIP], after.view.getInt32(0x1fc, true)]).toEqual([AT + 0x100, AT + 5]);
  });
});

describe('a bit test of memory', () => {
  it('reaches below the base for a negative offset', () => {
    const after = run('0fab0b', (words) => {
      words[EBX] = 0x100;
      words[ECX] = -1;
    });
    expect(after.view.getUint32(0xfc, true)).toBe(0x80000000);
    expect(flagsOf(after)).toBe(0);
  });

  it('by an immediate stays within the operand', () => {
    const after = run('0fba2b25', (words) => (words[EBX] = 0x100)); // bts dword [ebx], 37
    expect(after.view.getUint32(0x100, true)).toBe(1 << 5);
  });

  it('leaves the other flags alone', () => {
    const after = run('0fbae000', (words) => {
      words[EAX] = 1;
      words[EFLAGS] = ZF | SF;
    });
    expect(flagsOf(after)).toBe(ZF | SF | CF);
  });
});

describe('a bit scan', () => {
  it('of 0 keeps the destination and sets ZF', () => {
    const after = run('0fbcc1', (words) => (words[EAX] = 77));
    expect([after.words[EAX], flagsOf(after) & ZF]).toEqual([77, ZF]);
  });

  it('with an F3 prefix is still BSF', () => {
    const after = run('f30fbcc1', (words) => {
      words[EAX] = 77;
      words[ECX] = 0;
    });
    expect(after.words[EAX]).toBe(77);
  });
});

describe('a product', () => {
  it('of bytes is in AX', () => {
    const after = run('f6e1', (words) => {
      words[EAX] = 0x7777_00ff;
      words[ECX] = 0xff;
    });
    expect([after.words[EAX], flagsOf(after) & (CF | OF)]).toEqual([0x7777_fe01, CF | OF]);
  });

  it('of doublewords is in EDX:EAX, signed for IMUL', () => {
    const after = run('f7e9', (words) => {
      words[EAX] = -2;
      words[ECX] = 3;
    });
    expect([after.words[EAX], after.words[EDX], flagsOf(after) & (CF | OF)]).toEqual([-6, -1, 0]);
  });

  it('that does not fit says so in CF and OF', () => {
    expect(flagsOf(run('6bc07f', (words) => (words[EAX] = 0x2000000))) & (CF | OF)).toBe(CF | OF);
  });
});

describe('decimal adjustment', () => {
  it('of 0x0F after an addition gives 15 in decimal', () => {
    const after = run('27', (words) => (words[EAX] = 0x0f));
    expect([after.words[EAX], flagsOf(after) & (AF | CF)]).toEqual([0x15, AF]);
  });

  it('after a subtraction that borrowed keeps the borrow', () => {
    const after = run('2f', (words) => {
      words[EAX] = 0x05;
      words[EFLAGS] = AF;
    });
    expect([after.words[EAX], flagsOf(after) & (AF | CF)]).toEqual([0xff, AF | CF]);
  });
});

describe('strings', () => {
  it('move down where DF is set', () => {
    const after = run('a5', (words, memory) => {
      words[ESI] = 0x100;
      words[EDI] = 0x200;
      words[EFLAGS] = 0x400;
      memory.setInt32(0x100, 0x12345678, true);
    });
    expect([after.view.getInt32(0x200, true), after.words[ESI], after.words[EDI]]).toEqual([0x12345678, 0xfc, 0x1fc]);
  });

  it('with 16-bit addresses move SI and DI alone', () => {
    const after = run('67a4', (words, memory) => {
      words[ESI] = 0x7777_0000;
      words[EDI] = 0x7777_0010;
      words[EFLAGS] = 0x400;
      memory.setInt8(0, 9);
    });
    expect([after.memory[0x10], after.words[ESI], after.words[EDI]]).toEqual([9, 0x7777_ffff, 0x7777_000f]);
  });
});

describe('loops', () => {
  it('count in CX with 16-bit addresses, and keep the upper half', () => {
    const after = run('67e2fe', (words) => (words[ECX] = 0x7777_0000));
    expect([after.words[ECX], after.words[EIP]]).toEqual([0x7777_ffff, AT + 1]);
  });

  it('end at 0', () => {
    const after = run('e2fe', (words) => (words[ECX] = 1));
    expect([after.words[ECX], after.words[EIP]]).toEqual([0, AT + 2]);
  });
});

describe('a 16-bit operation', () => {
  it.each([
    ['mov ax, bx', '6689d8'],
    ['add ax, bx', '6601d8'],
    ['cbw', '6698'],
    ['movzx ax, bl', '660fb6c3'],
    ['neg ax', '66f7d8'],
    ['bswap ax', '660fc8'],
  ])('%s keeps the upper half of its register', (_, hex) => {
    const after = run(hex, (words) => GENERAL_REGISTERS.forEach((_, n) => (words[n] = 0x55aa_1234)));
    expect(after.words[EAX] >>> 16).toBe(0x55aa);
  });

  it('BSWAP leaves 0, as processors do', () => {
    expect(run('660fc8', (words) => (words[EAX] = 0x1234)).words[EAX]).toBe(0);
  });
});
