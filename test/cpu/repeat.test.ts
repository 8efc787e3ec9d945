import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { StateHash } from '../../src/base/hash.ts';
import { CODE, type Computer, DATA, protectedMode, TABLE, withPaging } from './computer.ts';

function hash(c: Computer): string {
  return new StateHash().add(c.cpu.bytes).add(c.physical.ram8.subarray(0, 0x100000)).digest();
}

describe('a repeated instruction', () => {
  test('costs a tick an iteration, and one with a count of 0', () => {
    const c = protectedMode('mov ecx, 1000\nmov edi, DATA\nrep stosb\nhlt');
    c.run();
    expect(c.cpu.ticks).toBe(1003);
    const d = protectedMode('xor ecx, ecx\nrep stosb\nhlt');
    d.run();
    expect(d.cpu.ticks).toBe(3);
  });

  test('stops in the middle at the end of the budget, EIP on the instruction', () => {
    const c = protectedMode('mov ecx, 1000\nmov edi, DATA\nrep stosb\nhlt');
    c.set(words.EAX, 0x5a);
    expect(c.run(502)).toBe('budget');
    expect([c.get(words.ECX), c.get(words.EDI), c.get(words.EIP)]).toEqual([500, DATA + 500, CODE + 10]);
    expect([c.peek8(DATA + 499), c.peek8(DATA + 500)]).toEqual([0x5a, 0]);
  });

  test('ends in the same state whatever the budgets', () => {
    const source = `mov edi, DATA\nmov ecx, 700\nmov eax, 0x01020304\nrep stosd\nmov esi, DATA\nmov edi, DATA + 5\nmov ecx, 900\nrep movsb
      mov esi, DATA + 3\nmov edi, DATA + 1\nmov ecx, 200\nrep movsd\nmov esi, DATA\nmov edi, DATA + 2\nmov ecx, 300\nrep movsd\nstd\nmov esi, DATA + 800\nmov edi, DATA + 803\nmov ecx, 300\nrep movsw\ncld
      mov edi, DATA\nmov ecx, 5000\nmov al, 1\nrepne scasb\nmov esi, DATA\nmov edi, DATA + 4\nrepe cmpsb\nhlt`;
    const whole = protectedMode(source);
    expect(whole.run()).toBe('halted');
    for (const budget of [1, 7, 64]) {
      const c = protectedMode(source);
      while (c.run(budget) === 'budget');
      expect(hash(c)).toBe(hash(whole));
    }
  });

  test('in bulk equals one by one, over pages, overlaps and self-overlap', () => {
    let seed = 12345;
    const random = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    for (let i = 0; i < 60; i++) {
      const op = ['movsb', 'movsw', 'movsd', 'stosb', 'stosw', 'stosd'][random(6)];
      const from = DATA + random(6000);
      const to = from + random(80) - 40;
      const source = `mov esi, ${from}\nmov edi, ${to}\nmov ecx, ${random(3000)}\nmov eax, 0x89abcdef\nrep ${op}\nhlt`;
      const [fast, slow] = [protectedMode(source), protectedMode(source)];
      for (const c of [fast, slow]) for (let at = 0; at < 0x3000; at += 4) c.poke32(0x20000 + at, Math.imul(at + i, 0x9e3779b1));
      for (const c of [fast, slow]) c.physical.ram8.copyWithin(DATA, 0x20000, 0x23000);
      fast.run();
      while (slow.run(1) === 'budget');
      expect(hash(fast)).toBe(hash(slow));
    }
  });

  test('is interrupted between two iterations and goes on', () => {
    const c = protectedMode('sti\nmov ecx, 1000\nmov edi, DATA\nrep stosb\nhlt');
    c.load('mov ebx, ecx\nmov edx, [esp + 8]\niret', 0x11000);
    c.gate(8 * 0x30, 8, 0x11000, 0x8e, 0x2000);
    c.run(103);
    c.interrupt(0x30);
    c.run();
    expect(c.get(words.EBX)).toBe(900);
    expect(c.get(words.EDX) & 0x10000).toBe(0x10000); // RF
    expect([c.get(words.ECX), c.get(words.EDI)]).toEqual([0, DATA + 1000]);
  });

  test('that faults in the middle keeps what it has done', () => {
    const c = withPaging(protectedMode('mov ecx, 10000\nmov edi, DATA + 0xf00\nrep stosd'));
    c.poke32(TABLE + 4 * ((DATA >> 12) + 1), 0);
    c.run();
    expect([c.vector, c.get(words.CR2)]).toEqual([14, DATA + 0x1000]);
    expect([c.get(words.ECX), c.get(words.EDI)]).toEqual([10000 - 64, DATA + 0x1000]);
  });

  test('of 4 GiB ends with its budget', () => {
    const c = protectedMode('mov ecx, -1\nmov edi, 0x100000\nrep stosb');
    expect(c.run(1_000_000)).toBe('budget');
    expect(c.get(words.ECX)).toBe(0xffffffff - 999_998);
  });

  test('counts in CX with 16-bit addresses, which wrap', () => {
    const c = protectedMode('mov ecx, 0x10004\nmov edi, 0x1fffe\nmov al, 7\na16 rep stosb\nhlt');
    c.run();
    expect([c.get(words.ECX), c.get(words.EDI)]).toEqual([0x10000, 0x10002]);
    expect([c.peek8(0xffff), c.peek8(0)]).toEqual([7, 7]);
  });

  test('REPE CMPS and REPNE SCAS stop by ZF', () => {
    const c = protectedMode(
      'mov esi, DATA\nmov edi, DATA + 16\nmov ecx, 16\nrepe cmpsb\nmov ebx, ecx\nmov edi, DATA\nmov ecx, 16\nmov al, 9\nrepne scasb\nhlt',
    );
    c.poke(DATA, [1, 2, 3, 4, 9, 5]);
    c.poke(DATA + 16, [1, 2, 3, 5]);
    c.run();
    expect(c.get(words.EBX)).toBe(12);
    expect([c.get(words.ECX), c.get(words.EDI)]).toEqual([11, DATA + 5]);
    expect(c.cpu.eflags() & 0x40).toBe(0x40);
  });
});

describe('self-modifying code', () => {
  test('the very next instruction is the new one', () => {
    const c = protectedMode('mov byte [there], 0x43\nthere: inc eax\nhlt');
    c.run();
    expect([c.get(words.EAX), c.get(words.EBX)]).toEqual([0, 1]);
  });

  test('a loop that patches its own operand', () => {
    const c = protectedMode('mov ecx, 100\nagain: add eax, 0\npatch equ $ - 1\ninc byte [patch]\nloop again\nhlt');
    c.run();
    let sum = 0;
    for (let i = 0; i < 100; i++) sum += i;
    expect(c.get(words.EAX)).toBe(sum);
  });

  test('a REP MOVS that overwrites itself is fetched anew', () => {
    const c = protectedMode('mov esi, fresh\nmov edi, there\nmov ecx, 4\nthere: rep movsb\nnop\nnop\nhlt\nfresh: times 8 inc ebx');
    c.run();
    expect(c.get(words.ECX)).toBe(3);
    expect(c.get(words.EBX)).toBe(1); // the first byte became INC EBX; MOVSB without REP then copied one byte more
    expect(c.get(words.ACTIVITY)).toBe(1);
  });

  test('bytes written back are trusted again, and other code in the page stays', () => {
    const c = protectedMode(
      `mov ecx, 50\nagain: mov byte [there], 0x40\ncall there\nmov byte [there], 0x43\ncall there\nloop again\nhlt\nthere: nop\nret`,
    );
    c.run();
    expect([c.get(words.EAX), c.get(words.EBX)]).toEqual([50, 50]);
  });

  test('an instruction whose middle was rewritten as another is not remembered', () => {
    const c = protectedMode(`mov ecx, 3
      again: mov byte [there + 1], 1\ncall there\nmov byte [there + 1], 2\ncall there + 1\nmov byte [there + 1], 1\ncall there\nloop again\nhlt
      there: add al, 1\nnop\nret`);
    const d = protectedMode('');
    d.poke(CODE, c.physical.ram8.subarray(CODE, CODE + 0x100));
    c.run(100);
    while (d.cpu.ticks < 100) d.run(1);
    expect(hash(c)).toBe(hash(d));
  });

  test('in a page that is mapped twice is seen through the other address', () => {
    const c = withPaging(protectedMode('mov byte [0x30000 + there - CODE], 0x43\nthere: inc eax\nhlt'));
    c.poke32(TABLE + 4 * 0x30, CODE | 7);
    c.run();
    expect([c.get(words.EAX), c.get(words.EBX)]).toEqual([0, 1]);
  });

  test('an instruction over two pages sees a change of its second', () => {
    const c = protectedMode('mov ecx, 2\njmp 0x20ffe');
    c.load('add eax, 5\nmov byte [0x21000], 7\nloop $ - 10\nhlt', 0x20ffe);
    c.run();
    expect(c.get(words.EAX)).toBe(12);
  });

  test('a store from outside is seen too', () => {
    const c = protectedMode('again: inc eax\njmp again');
    c.run(10);
    c.bus.write8(CODE, 0xf4);
    expect(c.run(10)).toBe('halted');
  });
});

test('a run is the same whatever its budgets', () => {
  const source =
    'mov ecx, 200\nagain: mov [DATA + ecx * 4], ecx\nadd eax, [DATA + ecx * 4]\npush eax\npop ebx\ncall near there\nloop again\nhlt\nthere: rol ebx, 3\nadc edx, ebx\nret';
  const whole = protectedMode(source);
  whole.run();
  for (const budget of [1, 2, 3, 17]) {
    const c = protectedMode(source);
    while (c.run(budget) === 'budget');
    expect(hash(c)).toBe(hash(whole));
  }
});
