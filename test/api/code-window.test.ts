import { describe, expect, it } from 'vitest';
import { EIP, NON_ROOT } from '../../src/arch/cpu-state.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { CodeWindows } from '../../src/api/code-window.ts';
import { codeHere, codeThere } from '../../src/api/frame.ts';
import type { CodeWindow } from '../../src/api/protocol.ts';
import { GUESTS } from '../../guests/index.ts';
import { CATALOGUE, computerWith, guest, program, SPIN } from './rig.ts';

const here = (computer: Computer, windows = new CodeWindows(computer.loaded)): CodeWindow => windows.window(codeHere(computer.machine));
const SYNONYMS: Readonly<Record<string, string>> = { jz: 'je', jnz: 'jne', jc: 'jb' };
const addresses = ({ lines }: CodeWindow): number[] => lines.map((line) => line.linear);

describe('a code window', () => {
  it.each(GUESTS.map((g) => g.id))('holds the current instruction at every step of %s, in order and without holes', (id) => {
    const computer = guest(id);
    const windows = new CodeWindows(computer.loaded);
    for (let i = 0; i < 250; i++) {
      const window = here(computer, windows);
      const { lines, current } = window;
      expect(current).toBe(((computer.machine.cpu.words[EIP] >>> 0) + codeHere(computer.machine).base) >>> 0);
      expect(lines.filter((line) => line.linear === current).length).toBe(1);
      for (let j = 1; j < lines.length; j++) expect(lines[j].linear).toBe(lines[j - 1].linear + lines[j - 1].bytes.length);
      if (arrive(computer.step(1 + (i % 29))).reason !== 'step') break;
    }
  });

  it('does not move while the pointer goes through it', () => {
    const computer = guest('protected-mode');
    arrive(computer.run({ until: 30 }));
    const windows = new CodeWindows(computer.loaded);
    const { lines } = here(computer, windows);
    for (let i = 0; i < 40; i++) {
      arrive(computer.step());
      expect(here(computer, windows).lines.map((line) => line.text)).toEqual(lines.map((line) => line.text));
    }
  });

  it('shows what stands there now, not what did', () => {
    const computer = computerWith('    mov byte [0x7C05], 0x90\n    int3\n    jmp $');
    const windows = new CodeWindows(computer.loaded);
    const textAt = (linear: number): string | undefined => here(computer, windows).lines.find((line) => line.linear === linear)?.text;
    expect(textAt(0x7c05)).toBe('int3');
    arrive(computer.step());
    expect(textAt(0x7c05)).toBe('nop');
  });

  it('has a line for an instruction that cannot be fetched', () => {
    const computer = Computer.open(program('bits 32\n    jmp 0x80000000', {}, { mode: 'protected' }), CATALOGUE);
    arrive(computer.step());
    expect(here(computer).lines).toMatchObject([{ linear: 0x80000000, text: '??' }]);
  });

  it('reaches to the end of the address space', () => {
    const bytes = new Uint8Array(0x10000).fill(0x90);
    const computer = Computer.open({ image: { kind: 'file', name: 'a.rom', bytes, format: 'rom' }, ramMiB: 1 }, CATALOGUE);
    const window = here(computer);
    expect([window.current, window.bits]).toEqual([0xfffffff0, 16]);
    expect(addresses(window)).toContain(0xffffffff);
    expect(window.lines[0].linear).toBeLessThan(0xfffffff0);
  });

  it('begins at a label or a source line where there is one before the pointer', () => {
    const computer = computerWith(`    jmp go\n    db 0xE8, 0xE8, 0xE8, 0xE8\nfoo:\n    nop\ngo:\n${SPIN}`);
    arrive(computer.step());
    const window = here(computer);
    expect(window.lines.find((line) => line.linear === window.current)).toMatchObject({ label: 'again', line: 9 });
    expect(window.lines.map((line) => line.label)).toContain('foo');
  });

  it('reads 16-bit code as such, also behind 32-bit code that it has just shown', () => {
    const computer = guest('real-mode-guest');
    const windows = new CodeWindows(computer.loaded);
    while (computer.machine.cpu.words[NON_ROOT] === 0) {
      here(computer, windows);
      arrive(computer.step());
    }
    const window = here(computer, windows);
    expect([window.bits, window.current]).toEqual([16, 0x20000]);
    expect(window.lines.find((line) => line.linear === 0x20000)?.text).toBe('xor ax, ax');
  });

  it('names line and file of the source, also inside an include', () => {
    const computer = guest('first-exit');
    const files = computer.loaded.source?.files ?? [];
    expect(files.map((file) => file.name)).toEqual(['first-exit.asm', 'console.inc', 'vmx.inc', 'hypervisor.inc']);
    expect(computer.loaded.source?.text).toBe(files[0].text);
    const seen = new Set<string>();
    while (arrive(computer.step()).reason === 'step') {
      const window = here(computer);
      const line = window.lines.find((l) => l.linear === window.current);
      if (!line) throw new Error('the current line is there');
      expect(line.line).toBeGreaterThan(0);
      const text = files[line.file].text.split('\n')[line.line - 1];
      seen.add(files[line.file].name);
      // What stands in the source begins with the mnemonic, unless a macro made it.
      const [written] = text.trim().split(/\s+/);
      const isMacro = ['say', 'vmset', 'vmget', 'vmcontrols'].includes(written);
      if (!isMacro) expect(line.text.split(' ')[0]).toBe(SYNONYMS[written] ?? written);
    }
    expect([...seen].sort()).toEqual(['console.inc', 'first-exit.asm', 'hypervisor.inc']);
  });
});

describe('data between instructions', () => {
  /** The lines up to `go`. */
  const texts = (source: string): string[] => {
    const { lines } = here(computerWith(`    jmp go\n${source}\ngo:\n    nop`));
    return lines.slice(0, lines.findIndex((line) => line.label === 'go') + 1).map((line) => line.text);
  };

  it('is shown as data, text as text', () => {
    expect(texts('    db "Hi there", 10, 0, "ab", 200')).toEqual(['jmp go', 'db "Hi there", 10, 0, 97, 98, -56', 'nop']);
    expect(texts('    times 12 db 7')).toEqual(['jmp go', 'times 12 db 7', 'nop']);
    expect(texts('    dd 0x12345678')).toEqual(['jmp go', 'db "xV4", 18', 'nop']);
    expect(texts('    db "a line holds as many as sixteen bytes"').length).toBe(5);
  });

  it('is shown as instructions where the CPU runs it', () => {
    const computer = computerWith('    db 0x90, 0x90\n    jmp $');
    expect(
      here(computer)
        .lines.slice(0, 3)
        .map((line) => line.text),
    ).toEqual(['nop', 'nop', 'jmp short 0x7C02']);
  });

  it('is told from code within what one line made', () => {
    const computer = guest('first-exit');
    const at = computer.loaded.symbols['guest'];
    const view = codeHere(computer.machine);
    const { lines } = new CodeWindows(computer.loaded).window({ ...view, eip: at });
    const from = lines.findIndex((line) => line.linear === at);
    expect(lines.slice(from, from + 5).map((line) => line.text)).toEqual([
      'call print',
      'db "guest: who is th"',
      'db "e processor? ", 0',
      'mov eax, 0',
      'cpuid',
    ]);
    expect(new Set(lines.slice(from, from + 3).map((line) => line.line)).size).toBe(1);
  });
});

describe('the code of the other world', () => {
  const there = (computer: Computer): CodeWindow | null => {
    const view = codeThere(computer.machine);
    return view && new CodeWindows(computer.loaded).window(view);
  };

  it('is none before VMXON, the guest in root operation, and the hypervisor in non-root operation', () => {
    const computer = guest('first-exit');
    const { symbols } = computer.loaded;
    expect(there(computer)).toBe(null);
    while (computer.machine.cpu.words[NON_ROOT] === 0) arrive(computer.step());
    expect(here(computer).current).toBe(symbols['guest']);
    expect(there(computer)?.current).toBe(symbols['on_exit']);
    const text = (window: CodeWindow | null): string | undefined => window?.lines.find((line) => line.linear === window.current)?.text;
    expect(text(there(computer))).toBe('push edx');
    arrive(computer.stepToExit());
    expect(here(computer).current).toBe(symbols['on_exit']);
    expect(text(there(computer))).toBe('cpuid');
    arrive(computer.run());
    expect(there(computer)).toBe(null);
  });

  it('is read through the tables of the guest', () => {
    const computer = guest('stale-tlb');
    arrive(computer.stepToExit(2));
    const window = there(computer);
    expect(window?.lines.find((line) => line.linear === window.current)?.text).toBe('vmcall');
  });
});
