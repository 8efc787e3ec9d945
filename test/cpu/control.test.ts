import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { SIGNATURE } from '../../src/arch/cpuid.ts';
import { tlbEntries } from '../../src/memory/tlb-view.ts';
import { CODE, type Computer, DATA, DIRECTORY, protectedMode, TABLE, userMode, withPaging } from './computer.ts';

const REMAPPED = 0x20000;
/** Puts DATA's linear page on another physical one, and reads it. */
const REMAP = `mov eax, [DATA]\nmov dword [${TABLE + 4 * (DATA >> 12)}], ${REMAPPED | 7}\n`;

/** What DATA reads as after `flush`: 1 through the stale entry, 2 through the new one. */
function readAfter(flush: string, global = 0, cr4 = 0): number {
  const c = withPaging(protectedMode(`${REMAP}${flush}\nmov ebx, [DATA]\nhlt`));
  c.poke32(DATA, 1);
  c.poke32(REMAPPED, 2);
  c.cpu.writeCr4(cr4);
  c.poke32(TABLE + 4 * (DATA >> 12), DATA | 7 | global);
  c.run();
  return c.get(words.EBX);
}

describe('a translation that the tables no longer hold', () => {
  const PGE = 0x80;
  const GLOBAL = 0x100;
  const FLUSHES: readonly (readonly [string, string, number, number, number])[] = [
    ['is used until it is flushed', 'nop', 0, 0, 1],
    ['goes with INVLPG', 'invlpg [DATA]', 0, 0, 2],
    ['stays with INVLPG of another page', 'invlpg [DATA + 0x1000]', 0, 0, 1],
    ['goes with MOV to CR3', 'mov ecx, cr3\nmov cr3, ecx', 0, 0, 2],
    ['stays with MOV to CR3 if it is global', 'mov ecx, cr3\nmov cr3, ecx', GLOBAL, PGE, 1],
    ['goes with MOV to CR3 if CR4.PGE is 0', 'mov ecx, cr3\nmov cr3, ecx', GLOBAL, 0, 2],
    ['goes with INVLPG though it is global', 'invlpg [DATA]', GLOBAL, PGE, 2],
    ['goes with a change of CR4.PGE', 'mov ecx, cr4\nxor ecx, 0x80\nmov cr4, ecx', GLOBAL, PGE, 2],
    ['goes with a change of CR4.PSE', 'mov ecx, cr4\nxor ecx, 0x10\nmov cr4, ecx', 0, 0, 2],
    ['stays with a MOV to CR4 that changes neither', 'mov ecx, cr4\nxor ecx, 4\nmov cr4, ecx', 0, 0, 1],
    ['stays with a MOV to CR0 that changes TS', 'mov ecx, cr0\nxor ecx, 8\nmov cr0, ecx', 0, 0, 1],
    ['goes where paging is switched off and on', 'mov ecx, cr0\nbtr ecx, 31\nmov cr0, ecx\nbts ecx, 31\nmov cr0, ecx', 0, 0, 2],
  ];
  test.each(FLUSHES)('%s', (_name, flush, global, cr4, expected) => {
    expect(readAfter(flush, global, cr4)).toBe(expected);
  });

  test('of code: after INVLPG of its own page the next instruction is the new one', () => {
    const c = withPaging(protectedMode(`mov dword [${TABLE + 4 * (CODE >> 12)}], ${REMAPPED | 7}\ninvlpg [CODE]\nhere: inc eax\nhlt`));
    for (let at = 0; at < 64; at++) c.bus.write8(REMAPPED + at, 0xf4);
    c.run();
    expect(c.cpu.ticks).toBe(3); // MOV, INVLPG, HLT of the new page
    expect(c.get(words.EAX)).toBe(0);
  });
});

describe('control registers', () => {
  test('CR0.WP holds read-only pages for the supervisor too, at once', () => {
    const c = withPaging(protectedMode('mov [DATA], eax\nmov ecx, cr0\nor ecx, 0x10000\nmov cr0, ecx\nmov [DATA], eax\nhlt'));
    c.poke32(TABLE + 4 * (DATA >> 12), DATA | 5);
    c.cpu.writeCr0(0x80000011 | 0);
    c.run();
    expect([c.vector, c.stack(), c.get(words.CR2)]).toEqual([14, 3, DATA]);
  });

  test('LMSW sets PE, MP, EM and TS but cannot clear PE; SMSW reads CR0; CLTS clears TS', () => {
    const c = protectedMode('mov ax, 0xe\nlmsw ax\nsmsw ebx\nclts\nmov ecx, cr0\nhlt');
    c.run();
    expect([c.get(words.EBX), c.get(words.ECX)]).toEqual([0x1f, 0x17]);
  });

  test('ET stays 1, and bits that do not exist are not kept', () => {
    const c = protectedMode('mov eax, 0x0fffff01\nmov cr0, eax\nmov ebx, cr0\nhlt');
    c.run();
    expect(c.get(words.EBX)).toBe(0x00050011);
  });

  test('CR2 and CR3 hold what is written', () => {
    const c = protectedMode('mov eax, 0x12345678\nmov cr2, eax\nmov cr3, eax\nmov ebx, cr2\nmov ecx, cr3\nhlt');
    c.run();
    expect([c.get(words.EBX), c.get(words.ECX)]).toEqual([0x12345678, 0x12345678]);
  });

  test('ModRM.mod is ignored: 0F 20 03 is MOV EBX, CR0', () => {
    const c = protectedMode('db 0x0f, 0x20, 0x03\nhlt');
    c.run();
    expect(c.get(words.EBX)).toBe(0x11);
  });

  test('VMXE without VT-x is #GP', () => {
    const c = protectedMode('mov eax, 0x2000\nmov cr4, eax');
    c.run();
    expect([c.vector, c.stack()]).toEqual([13, 0]);
  });

  test('4-MiB pages come with CR4.PSE', () => {
    const c = protectedMode('mov eax, 0x10\nmov cr4, eax\nmov eax, cr0\nbts eax, 31\nmov cr0, eax\nmov eax, [0x400000 + DATA]\nhlt');
    c.poke32(DATA, 77);
    c.poke32(DIRECTORY, 0x83, 0x83);
    c.set(words.CR3, DIRECTORY);
    c.run();
    expect(c.get(words.EAX)).toBe(77);
    expect(c.peek32(DIRECTORY + 4)).toBe(0xa3); // accessed
  });
});

describe('model-specific registers', () => {
  test('the time-stamp counter counts ticks; WRMSR sets it', () => {
    const c = protectedMode(
      'rdtsc\nmov esi, eax\nmov ecx, 0x10\nmov eax, -2\nmov edx, 5\nwrmsr\nrdtsc\nmov edi, eax\nmov ebx, edx\nrdmsr\nhlt',
    );
    c.run();
    expect(c.get(words.ESI)).toBe(0);
    expect([c.get(words.EDI), c.get(words.EBX)]).toEqual([0xffffffff, 5]);
    expect([c.get(words.EAX), c.get(words.EDX)]).toEqual([2, 6]);
  });

  test('RDTSC above CPL 0 with CR4.TSD is #GP', () => {
    const c = userMode('rdtsc\nud2');
    c.run();
    expect(c.vector).toBe(6);
    const d = userMode('rdtsc\nud2');
    d.cpu.writeCr4(4);
    d.run();
    expect(d.vector).toBe(13);
  });

  test('hold what is written, if it is allowed', () => {
    const c = protectedMode(
      'mov ecx, 0x175\nmov eax, 0x1234\nxor edx, edx\nwrmsr\nxor eax, eax\nrdmsr\nmov ebx, eax\nmov ecx, 0x277\nmov eax, 2\nwrmsr',
    );
    c.run();
    expect(c.get(words.EBX)).toBe(0x1234);
    expect(c.vector).toBe(13);
  });
});

test('CPUID says what the processor is', () => {
  const c = protectedMode('mov eax, 1\ncpuid\nhlt');
  c.run();
  expect(c.get(words.EAX)).toBe(SIGNATURE);
});

describe('a reset', () => {
  function dirty(): Computer {
    const c = withPaging(protectedMode('mov ecx, 0x175\nmov eax, 7\nxor edx, edx\nwrmsr\nhlt'));
    c.run();
    return c;
  }

  test('goes back to the reset vector, and the clock goes on', () => {
    const c = dirty();
    const { ticks } = c.cpu;
    c.cpu.reset();
    expect(c.get(words.EIP)).toBe(0xfff0);
    expect(c.get(words.CR0)).toBe(0x60000010);
    expect(c.get(words.SYSENTER_ESP)).toBe(0);
    expect(c.cpu.ticks).toBe(ticks);
  });

  test('empties the TLB, whatever the VPID', () => {
    const c = dirty();
    c.mmu.setNested(false, 0, 0, 5);
    c.mmu.read8(DATA);
    c.mmu.setNested(false, 0, 0, 0);
    c.cpu.reset();
    expect(tlbEntries(c.tlb.words, c.tlb.sets, c.tlb.ways)).toEqual([]);
  });

  test('INIT keeps the MSRs, and wakes from HLT', () => {
    const c = dirty();
    c.cpu.raiseInit();
    c.cpu.run(1);
    expect(c.get(words.EIP)).toBe(0xfff0);
    expect(c.get(words.SYSENTER_ESP)).toBe(7);
  });
});

test('state put back by its bytes goes on as before', () => {
  const source = 'mov ecx, 300\nagain: add eax, ecx\nmov [DATA], eax\nrcl ebx, 1\nloop again\nhlt';
  const [c, d] = [withPaging(protectedMode(source)), withPaging(protectedMode(source))];
  c.run(700);
  const saved = c.cpu.bytes.slice();
  c.run();
  d.cpu.bytes.set(saved);
  d.cpu.rebuild();
  expect(d.cpu.ticks).toBe(700);
  d.run();
  expect(d.cpu.bytes).toEqual(c.cpu.bytes);
});
