import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { TSS32, TSS32_SIZE } from '../../src/arch/descriptors.ts';
import { RECORD_WORDS, TRACE_KIND } from '../../src/trace/schema.ts';
import {
  CODE,
  CODE0,
  CODE3,
  type Computer,
  DATA0,
  DATA3,
  dpl,
  FREE,
  IDT,
  protectedMode,
  RIGHTS,
  STACK0,
  STACK3,
  TSS,
  TSS_SELECTOR,
} from './computer.ts';

const OTHER = 0xe000;
const LDT_SELECTOR = FREE + 8;
const THERE = 0x11000;
const NT = 1 << 14;
const BUSY = 2;
const TASK_GATE = 0x85;

/** A computer in its first task (the TSS of `protectedMode`, busy) whose GDT has another one, at `FREE`: it begins at THERE with ESP 0x8000 and EBX 0x77. */
function twoTasks(source: string, there: string, state: Partial<Record<keyof typeof TSS32, number>> = {}): Computer {
  const c = protectedMode(`push dword 0x3000\npopf\n${source}`);
  c.descriptor(TSS_SELECTOR, TSS, 0x67, RIGHTS.tss | BUSY);
  c.set(words.TR + words.SELECTOR, TSS_SELECTOR);
  c.set(words.TR + words.RIGHTS, RIGHTS.tss | BUSY);
  c.load(there, THERE);
  c.descriptor(FREE, OTHER, 0x67, RIGHTS.tss);
  const first = { EIP: THERE, EFLAGS: 2, EBX: 0x77, ESP: 0x8000, CS: CODE0, SS: DATA0, DS: DATA0, ES: DATA0, ...state };
  for (const [name, value] of Object.entries(first)) c.poke32(OTHER + TSS32[name as keyof typeof TSS32], value);
  return c;
}
/** Switches paging on, with write protection. */
const PAGING = 'mov eax, cr0\nor eax, 0x80010000\nmov cr0, eax';
/** A directory at `directory` that maps the first 32 pages to themselves by the table at `table`; the TSS of the other task with these bits. Returns CR3. */
function pageTables(c: Computer, directory: number, table: number, other: number): number {
  for (let page = 0; page < 32; page++) c.poke32(table + 4 * page, (page << 12) | (page === OTHER >> 12 ? other : 3));
  c.poke32(directory, table | 3);
  return directory;
}
/** Vector and error code of the first event: a task without a stack can only fault again and again, so that nothing of it is on one. */
function firstEvent(c: Computer): readonly number[] {
  const { words: record } = c.trace.read(0);
  const at = [...record.keys()].find((i) => i % RECORD_WORDS === 0 && record[i] === TRACE_KIND.interrupt) ?? -1;
  return [record[at + 3], record[at + 5]];
}
const busy = (c: Computer, selector: number): boolean => (c.peek8(0x1000 + selector + 5) & BUSY) !== 0;

describe('a far jump to a TSS', () => {
  test('leaves the state of the old task in its TSS and takes the new one’s up', () => {
    const c = twoTasks(`mov eax, 5\nmov esi, 6\njmp ${FREE}:0\nhlt`, 'hlt');
    c.run();
    expect([c.get(words.EIP), c.get(words.EBX), c.get(words.ESP), c.get(words.TR)]).toEqual([THERE + 1, 0x77, 0x8000, FREE]);
    expect([TSS32.EAX, TSS32.ESI, TSS32.CS, TSS32.ESP].map((at) => c.peek32(TSS + at))).toEqual([5, 6, CODE0, STACK0]);
    expect(c.peek32(TSS + TSS32.EIP)).toBe(CODE + 5 + 1 + 5 + 5 + 7);
    expect([busy(c, TSS_SELECTOR), busy(c, FREE), c.get(words.CR0) & 8, c.cpu.eflags() & NT]).toEqual([false, true, 8, 0]);
  });

  test('switches local breakpoints off, and leaves CR3 alone while paging is off', () => {
    const c = twoTasks(`mov eax, 0x55\nmov dr7, eax\njmp ${FREE}:0`, 'hlt', { CR3: 0x12000 });
    c.run();
    expect([c.get(words.DR7) & 0xff, c.get(words.CR3)]).toEqual([0, 0]);
  });

  test('takes CR3 from it under paging, and does not ask for a page that may be written', () => {
    const c = twoTasks(`${PAGING}\njmp ${FREE}:0`, 'hlt', { CR3: 0x5000 });
    c.set(words.CR3, pageTables(c, 0x7000, 0x8000, 1));
    pageTables(c, 0x5000, 0x6000, 1);
    c.run();
    expect([c.get(words.CR3), c.get(words.EIP)]).toEqual([0x5000, THERE + 1]);
    expect(c.peek32(0x8000 + 4 * (OTHER >> 12)) & 0x60).toBe(0x20); // accessed, not dirty
  });

  test('whose descriptor may not be written is a page fault before anything is saved', () => {
    const c = twoTasks(`${PAGING}\nmov esi, 6\njmp ${FREE}:0`, 'hlt');
    c.set(words.CR3, pageTables(c, 0x5000, 0x6000, 3));
    c.poke32(0x6000 + 4 * 1, 0x1001);
    c.poke32(TSS + TSS32.ESI, 0x55);
    c.run();
    expect([c.vector, c.get(words.CR2), c.get(words.TR), c.peek32(TSS + TSS32.ESI)]).toEqual([
      14,
      0x1000 + TSS_SELECTOR,
      TSS_SELECTOR,
      0x55,
    ]);
  });

  test('with T = 1 is a trap before the first instruction', () => {
    const c = twoTasks(`jmp ${FREE}:0`, 'hlt', { T: 1 });
    c.run();
    expect([c.vector, c.stack(), c.get(words.DR6) & 0x8000]).toEqual([1, THERE, 0x8000]);
  });

  const REFUSED: readonly (readonly [string, number, number, number, number])[] = [
    ['busy', RIGHTS.tss | BUSY, 0x67, 13, FREE],
    ['not present', RIGHTS.tss & ~0x80, 0x67, 11, FREE],
    ['too short', RIGHTS.tss, 0x66, 10, FREE],
  ];
  test.each(REFUSED)('that is %s is refused in the old task', (_name, rights, limit, vector, error) => {
    const c = twoTasks(`jmp ${FREE}:0`, 'hlt');
    c.descriptor(FREE, OTHER, limit, rights);
    c.run();
    expect([c.vector, c.stack(), c.get(words.TR)]).toEqual([vector, error, TSS_SELECTOR]);
  });
});

describe('what the new TSS says is checked in the new task:', () => {
  const BAD: readonly (readonly [string, Partial<Record<keyof typeof TSS32, number>>, number, number])[] = [
    ['a null CS', { CS: 0 }, 10, 0],
    ['data as CS', { CS: DATA0 }, 10, DATA0],
    ['CS whose DPL is not its RPL', { CS: CODE0 | 3, SS: DATA3 }, 10, CODE0],
    ['code as DS', { DS: LDT_SELECTOR }, 10, LDT_SELECTOR],
    ['an LDT that is none', { LDT: CODE0 }, 10, CODE0],
    ['an LDT in an LDT', { LDT: 4 }, 10, 4],
    ['EIP beyond the limit', { CS: 0x30, EIP: 0x10000 }, 13, 0],
  ];
  test.each(BAD)('%s', (_name, state, vector, error) => {
    const c = twoTasks(`jmp ${FREE}:0`, 'hlt', state);
    c.descriptor(LDT_SELECTOR, 0, 0xffff, RIGHTS.ldt);
    c.descriptor(0x30, 0, 0xffff, RIGHTS.code32 & ~0x8000);
    c.run();
    expect([c.get(words.TR), ...firstEvent(c)]).toEqual([FREE, vector, error]);
  });

  test('a task of CPL 3 comes up with its own segments', () => {
    const c = twoTasks(`jmp ${FREE}:0`, 'mov cx, cs\nud2', {
      CS: CODE3,
      SS: DATA3,
      DS: DATA3,
      ES: DATA3,
      ESP: STACK3,
      SS0: DATA0,
      ESP0: STACK0,
    });
    c.run();
    expect([c.get(words.ECX) & 0xffff, c.vector]).toEqual([CODE3, 6]);
  });
});

describe('a far call of a TSS', () => {
  test('nests the new task in the old one, and IRET with NT = 1 comes back', () => {
    const c = twoTasks(`call ${FREE}:0\nmov edx, 9\nhlt`, 'mov ecx, 3\niret\nhlt');
    c.run();
    expect([c.get(words.EDX), c.get(words.ECX), c.get(words.TR)]).toEqual([9, 0, TSS_SELECTOR]);
    expect([c.peek16(OTHER), c.peek32(OTHER + TSS32.ECX), c.peek32(OTHER + TSS32.EFLAGS) & NT]).toEqual([TSS_SELECTOR, 3, 0]);
    expect([busy(c, TSS_SELECTOR), busy(c, FREE)]).toEqual([true, false]);
  });

  test('through a task gate goes where the gate says', () => {
    const c = twoTasks(`call ${LDT_SELECTOR}:0x1234\nhlt`, 'hlt');
    c.gate(LDT_SELECTOR, FREE, 0, TASK_GATE);
    c.run();
    expect([c.get(words.EIP), c.cpu.eflags() & NT]).toEqual([THERE + 1, NT]);
  });

  test('of 16 bits keeps words', () => {
    const c = twoTasks(`mov eax, 0x12345678\ncall ${FREE}:0\nhlt`, 'mov cx, ax\niret');
    c.descriptor(FREE, OTHER, 0x2b, 0x81);
    c.poke32(OTHER, ...Array.from({ length: 11 }, () => 0));
    c.poke(OTHER + 14, [0x00, 0x80, 2, 0, 0x34, 0x12]);
    c.poke(OTHER + 26, [0, 0x80]);
    c.poke(OTHER + 36, [CODE0, 0, DATA0, 0, DATA0, 0]);
    c.load('mov cx, ax\niret', 0x8000);
    c.run();
    expect([c.get(words.EAX), c.peek16(OTHER + 20), c.get(words.TR)]).toEqual([0x12345678, 0x1234, TSS_SELECTOR]);
  });
});

describe('a task gate in the IDT', () => {
  test('gives an exception a task of its own, with the error code on its stack', () => {
    const c = twoTasks('mov ax, 0x7f8\nbad: mov ds, ax\nhlt', 'pop ecx\nhlt');
    c.gate(8 * 13, FREE, 0, TASK_GATE, IDT);
    c.run();
    expect([c.get(words.ECX), c.get(words.TR), c.peek16(OTHER)]).toEqual([0x7f8, FREE, TSS_SELECTOR]);
    expect(c.peek32(TSS + TSS32.EIP)).toBe(CODE + 5 + 1 + 4);
  });

  test('with T = 1 traps when the error code is on the stack', () => {
    const c = twoTasks('mov ax, 0x7f8\nbad: mov ds, ax\nhlt', 'hlt', { T: 1 });
    c.gate(8 * 13, FREE, 0, TASK_GATE, IDT);
    c.run();
    expect([c.vector, c.stack(), c.stack(3), c.get(words.DR6) & 0x8000]).toEqual([1, THERE, 0x7f8, 0x8000]);
  });

  test('of INT n comes back behind it', () => {
    const c = twoTasks('int 0x40\nmov edx, 7\nhlt', 'iret');
    c.gate(8 * 0x40, FREE, 0, TASK_GATE | dpl(3), IDT);
    c.run();
    expect([c.get(words.EDX), c.get(words.TR)]).toEqual([7, TSS_SELECTOR]);
  });

  test('to a busy TSS is #GP with EXT as the event says', () => {
    const c = twoTasks('ud2', 'hlt');
    c.gate(8 * 6, TSS_SELECTOR, 0, TASK_GATE, IDT);
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, TSS_SELECTOR | 1]);
  });
});

test('a TSS over a page that is not there is a page fault of the old task', () => {
  const c = twoTasks(`${PAGING}\njmp ${FREE}:0`, 'hlt');
  c.set(words.CR3, pageTables(c, 0x5000, 0x6000, 2));
  c.run();
  expect([c.vector, c.get(words.TR), c.get(words.CR2) - OTHER < TSS32_SIZE]).toEqual([14, TSS_SELECTOR, true]);
});
