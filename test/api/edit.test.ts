import { describe, expect, it } from 'vitest';
import { GUESTS } from '../../guests/index.ts';
import { CR3, EAX, EIP, NON_ROOT } from '../../src/arch/cpu-state.ts';
import { FIELD, VMCS_FIELDS } from '../../src/arch/vmcs-fields.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { FrameMaker } from '../../src/api/frame.ts';
import { Host } from '../../src/api/host.ts';
import type { Edit } from '../../src/api/protocol.ts';
import { GlassError } from '../../src/base/errors.ts';
import { CATALOGUE, computerWith, consoleText, guest, program, SPIN } from './rig.ts';

const register = (name: string, value: number): Edit => ({ kind: 'register', name, value });
const memory = (space: 'v' | 'g' | 'h', address: number, ...bytes: number[]): Edit => ({ kind: 'memory', space, address, bytes });
const wordBytes = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** Stops before the instruction at a label. */
function at(id: string, label: string): Computer {
  const computer = guest(id);
  computer.setBreakpoints({ code: [computer.loaded.symbols[label]], exitReasons: [] });
  expect(arrive(computer.run()).reason).toBe('breakpoint');
  computer.setBreakpoints({ code: [], exitReasons: [] });
  return computer;
}

describe('an edit', () => {
  it('changes a register between two instructions, and is part of the history', () => {
    const computer = computerWith(SPIN);
    arrive(computer.run({ until: 6 }));
    computer.edit(register('EAX', 0xffff_fff0));
    arrive(computer.run({ until: 8 }));
    expect(computer.machine.cpu.words[EAX] >>> 0).toBe(0xffff_fff1);
    const hash = computer.hash();
    arrive(computer.seek(2));
    expect(computer.machine.cpu.words[EAX]).toBe(1);
    arrive(computer.seek(8));
    expect(computer.hash()).toBe(hash);
    expect(Computer.restore(computer.save(), CATALOGUE).hash()).toBe(hash);
    arrive(computer.back(2));
    expect(computer.machine.cpu.words[EAX] >>> 0).toBe(0xffff_fff0);
  });

  it('in the past begins another history', () => {
    const computer = computerWith(SPIN);
    arrive(computer.run({ until: 100 }));
    arrive(computer.seek(10));
    computer.edit(register('EAX', 1000));
    expect(computer.timeline.recordedUntil).toBe(10);
    arrive(computer.run({ until: 20 }));
    expect(computer.machine.cpu.words[EAX]).toBe(1005);
  });

  it('of EIP goes on there; of code, runs the new code', () => {
    const computer = computerWith(
      `    mov al, 'a'\n    out 0xE9, al\n    jmp $\n    db 0\nelse:\n    mov al, 'b'\n    out 0xE9, al\n    cli\n    hlt`,
    );
    arrive(computer.run({ until: 4 }));
    computer.edit(register('EIP', computer.loaded.symbols['else']));
    computer.edit(memory('h', computer.loaded.symbols['else'] + 1, 0x43));
    expect(arrive(computer.run()).reason).toBe('halt');
    expect(consoleText(computer)).toBe('aC');
  });

  it('of EFLAGS changes what the next condition sees', () => {
    const computer = computerWith('    xor ax, ax\n    jz $\n    mov ax, 7\n    cli\n    hlt');
    arrive(computer.run({ until: 1 }));
    computer.edit(register('EFLAGS', 2));
    arrive(computer.run());
    expect(computer.machine.cpu.words[EAX] & 0xffff).toBe(7);
  });

  it('of CR3 flushes as MOV does, of a page-table entry nothing: the TLB is as stale as it then is', () => {
    const computer = guest('paging');
    computer.setBreakpoints({ code: [], exitReasons: [], data: [{ space: 'v', address: 0x00400000, length: 4, access: 'write' }] });
    arrive(computer.run());
    computer.setBreakpoints({ code: [], exitReasons: [] });
    const { machine } = computer;
    const used = (): number => machine.tlb.words.filter((word, i) => i % 4 === 0 && word !== 0).length;
    const before = used();
    expect(before).toBeGreaterThan(0);
    // The first entry of the table for 4 MiB: its page is gone for walks, not for the TLB.
    computer.edit(memory('h', 0x22000, 0, 0, 0, 0));
    expect(used()).toBe(before);
    expect(machine.mmu.peek(0x00400000, 1)).toEqual([null]);
    computer.edit(register('CR3', machine.cpu.words[CR3] >>> 0));
    expect(used()).toBeLessThan(before);
  });

  it('reaches memory through the translation of who runs, or of the guest', () => {
    const computer = at('ept-on-demand', 'guest');
    const { machine } = computer;
    expect(machine.cpu.words[NON_ROOT]).toBe(1);
    computer.edit(memory('g', 0x100000, 1, 2, 3));
    computer.edit(memory('v', 0x100003, 4));
    expect([...machine.ram8.subarray(0x100000, 0x100004)]).toEqual([1, 2, 3, 4]);
    // Not mapped by the EPT yet.
    expect(() => computer.edit(memory('g', 0x200000, 1))).toThrow('The byte at g 0x200000 cannot be edited: nothing is mapped there.');
    arrive(computer.stepToExit());
    expect(machine.cpu.words[NON_ROOT]).toBe(0);
    expect(() => computer.edit(memory('g', 0x100000, 1))).toThrow('no EPT is in force');
    computer.edit({ kind: 'memory', space: 'g', address: 0x100000, bytes: [9], context: 'guest' });
    expect(machine.ram8[0x100000]).toBe(9);
  });

  it('of a VMCS field holds from the next entry on', () => {
    const computer = guest('first-exit');
    arrive(computer.stepToExit());
    const { machine } = computer;
    const before = machine.vmx.vmcs.get(FIELD.guestRip);
    computer.edit({ kind: 'vmcs', field: 'guestRip', value: before + 2 });
    computer.edit({ kind: 'vmcs', field: 'vmcsLinkPointer', value: 0xffff_fffe, high: 0xffff_ffff });
    expect(machine.vmx.vmcs.get(FIELD.guestRip)).toBe(before + 2);
    expect([machine.vmx.vmcs.get(FIELD.vmcsLinkPointer), machine.vmx.vmcs.get(FIELD.vmcsLinkPointer + 1)]).toEqual([-2, -1]);
    // A VMCS link pointer that is none: the entry fails, and says so.
    arrive(computer.run());
    expect(machine.vmx.entryFailure?.field).toBe('vmcsLinkPointer');
  });

  it('of an EPT entry, which is memory, decides what the guest meets next', () => {
    const untouched = guest('ept-permissions');
    arrive(untouched.run());
    const computer = at('ept-on-demand', 'guest');
    // The directory entry of the second 2 MiB: nothing is there any more, not even a table.
    const { symbols } = computer.loaded;
    computer.edit(memory('h', symbols['EPT_PD'] + 8, ...wordBytes(0), ...wordBytes(0)));
    arrive(computer.stepToExit());
    expect(computer.machine.exitCounts[48]).toBe(1);
  });

  it('is refused with a sentence where it makes no sense', () => {
    const computer = computerWith(SPIN);
    const refused: [unknown, string][] = [
      [{ kind: 'colour' }, 'There is no edit of the kind "colour".'],
      [register('RAX', 1), 'There is no register "RAX" to be edited; there are EAX, '],
      [register('EAX', -1), 'EAX cannot be -1: it is a whole number of 32 bits.'],
      [register('EAX', 2 ** 32), 'EAX cannot be'],
      [register('EIP', 0x10000), 'EIP cannot be 0x10000: it is beyond the limit of CS.'],
      [register('EFLAGS', 0), 'EFLAGS cannot be 0x0: bit 1 is fixed in this processor.'],
      [register('EFLAGS', 0x20002), 'EFLAGS cannot be 0x20002: bit 17 is fixed in this processor.'],
      [register('CR0', 0x8000_0000), 'CR0 cannot be 0x80000000: MOV to it would fault (#GP).'],
      [register('CR4', 0x8000_0000), 'CR4 cannot be'],
      [memory('h', 0xfff0_0000, 1), 'The byte at h 0xFFF00000 cannot be edited: no memory answers there.'],
      [memory('h', 0x0, ...new Array(4097).fill(0)), 'The bytes are'],
      [memory('h', 0x0), 'The bytes are []'],
      [memory('h', 0x0, 256), 'The bytes are [256]'],
      [memory('h', -4, 1), 'The address is -4'],
      [memory('g', 0, 1), 'There are no guest-physical addresses now'],
      [{ ...memory('v', 0, 1), space: 'w' }, 'The address space is "w"'],
      [{ ...memory('v', 0, 1), context: 'mine' }, 'The context is "mine"'],
      [{ kind: 'vmcs', field: 'guestRip', value: 0 }, 'There is no current VMCS.'],
      [{ kind: 'vmcs', field: 'guestRap', value: 0 }, 'The VMCS has no field "guestRap".'],
    ];
    const hash = computer.hash();
    for (const [edit, sentence] of refused) {
      expect(() => computer.edit(edit as Edit), sentence).toThrow(sentence);
      expect(() => computer.edit(edit as Edit)).toThrow(GlassError);
    }
    expect([computer.hash(), computer.timeline.journal.length]).toEqual([hash, 0]);
    const exit = guest('first-exit');
    arrive(exit.stepToExit());
    expect(() => exit.edit({ kind: 'vmcs', field: 'exitReason', value: 0 })).toThrow('Exit reason is a read-only field.');
    expect(() => exit.edit({ kind: 'vmcs', field: 'vpid', value: 0x10000 })).toThrow('cannot be 65536');
    expect(() => exit.edit({ kind: 'vmcs', field: 'vpid', value: 1, high: 1 })).toThrow('upper half');
  });

  it('is a command of the host, and the frame after it shows it', async () => {
    const host = new Host(CATALOGUE);
    await host.load(program(SPIN));
    await host.step(4);
    let seen = 0;
    await host.subscribe((frame) => {
      seen = new Int32Array(frame.cpu.buffer, frame.cpu.byteOffset)[EIP];
    });
    await host.edit(register('EIP', 0x7c02));
    expect(seen).toBe(0x7c02);
    await expect(host.edit(register('EIP', 0x12345678))).rejects.toThrow('EIP cannot be');
  });
});

describe('any edits at any time', () => {
  const random = (seed: number) => {
    let state = (seed * 2_654_435_761) >>> 0 || 1;
    return (limit: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % limit;
    };
  };
  const names = ['EAX', 'ECX', 'ESP', 'EDI', 'EIP', 'EFLAGS', 'CR0', 'CR2', 'CR3', 'CR4'];

  function anyEdit(next: (limit: number) => number, computer: Computer): Edit {
    const value = next(2) === 0 ? next(2 ** 32) : 1 << next(32);
    const choice = next(4);
    if (choice === 0) return register(names[next(names.length)], (computer.machine.cpu.words[next(56)] ^ value) >>> 0);
    if (choice === 1) return { kind: 'vmcs', field: VMCS_FIELDS[next(VMCS_FIELDS.length)].key, value: value >>> 0 };
    const bytes = Array.from({ length: 1 + next(8) }, () => next(256));
    return {
      kind: 'memory',
      space: (['v', 'g', 'h'] as const)[next(3)],
      address: next(0x90000),
      bytes,
      context: next(2) ? 'guest' : 'current',
    };
  }

  it.each(GUESTS.filter(({ level }) => level !== 'cpu').map(({ id }, i) => [id, i + 1] as const))(
    'leave %s a machine with one history',
    (id, seed) => {
      const next = random(seed);
      const computer = guest(id);
      const frames = new FrameMaker(computer);
      let taken = 0;
      for (let i = 0; i < 60; i++) {
        arrive(computer.run({ until: computer.tick + 1 + next(400) }));
        for (let j = 0; j < 3; j++) {
          try {
            computer.edit(anyEdit(next, computer));
            taken++;
          } catch (error) {
            if (!(error instanceof GlassError)) throw error;
            expect(error.message).toMatch(/\.$/);
          }
        }
        frames.make({ serial: i, isRunning: false, isReadable: true, speed: 0 });
      }
      expect(taken).toBeGreaterThan(0);
      const { tick } = computer;
      const hash = computer.hash();
      arrive(computer.seek(Math.floor(tick / 2)));
      arrive(computer.seek(tick));
      expect([computer.tick, computer.hash()]).toEqual([tick, hash]);
    },
  );
});
