import { describe, expect, it } from 'vitest';
import { EAX, EBX, EIP, NON_ROOT } from '../../src/arch/cpu-state.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { computerWith, consoleText, guest, program, SLEEPER, SPIN, CATALOGUE } from './rig.ts';

describe('a run', () => {
  it('ends after as many instructions as were asked for', () => {
    const computer = computerWith(SPIN);
    expect(arrive(computer.run({ instructions: 123_457 })).reason).toBe('budget');
    expect(computer.tick).toBe(123_457);
  });

  it('does not count the time that the CPU sleeps', () => {
    const computer = computerWith(SLEEPER);
    expect(arrive(computer.run({ instructions: 1000 })).reason).toBe('budget');
    expect(computer.machine.instructions).toBe(1000);
    // 20 instructions before the first HLT; each wake is an interrupt, four instructions of its handler and the two of the loop. The timer counts 65536
    // pulses between two.
    expect(computer.machine.cpu.words[EBX]).toBe(Math.ceil((1000 - 20) / 7));
    expect(computer.tick).toBeGreaterThan(139 * 5_400_000);
  });

  it('says that the machine has halted when its last instruction was the HLT', () => {
    const computer = computerWith('    cli\n    hlt');
    expect(arrive(computer.run({ instructions: 2 })).reason).toBe('halt');
  });

  it('ends at a tick, in a wait too', () => {
    const computer = computerWith(SLEEPER);
    arrive(computer.run({ until: 1_000_000 }));
    expect([computer.tick, computer.machine.cpu.isActive]).toEqual([1_000_000, false]);
  });

  it('tells a reset from a shutdown', () => {
    expect(arrive(computerWith('    mov al, 0xFE\n    out 0x64, al').run()).reason).toBe('reset');
    expect(arrive(computerWith('    lidt [none]\n    int3\nnone: dw 0, 0, 0').run()).reason).toBe('shutdown');
  });

  it('gives the status of the debug exit', () => {
    expect(arrive(computerWith('    mov al, 3\n    out 0xF4, al').run())).toEqual({ reason: 'debug-exit', exitCode: 7 });
  });

  it('stops at a breakpoint every time, also where one slice ends and the next begins', () => {
    const computer = computerWith('    times 4999 nop\nhere:\n    jmp 0x7C00');
    computer.setBreakpoints({ code: [0x7c00 + 4999], exitReasons: [] });
    for (let i = 1; i <= 9; i++) {
      expect(arrive(computer.run()).reason).toBe('breakpoint');
      expect(computer.tick).toBe(5000 * i - 1);
    }
  });

  it('passes the breakpoint at which it begins, however it came there', () => {
    const computer = computerWith(SPIN);
    computer.setBreakpoints({ code: [0x7c00], exitReasons: [] });
    arrive(computer.run());
    expect(computer.tick).toBe(2);
    arrive(computer.step());
    arrive(computer.back());
    arrive(computer.run());
    expect(computer.tick).toBe(4);
  });

  it('stops at a breakpoint that lies just where a budget ended', () => {
    const computer = computerWith(SPIN);
    computer.setBreakpoints({ code: [0x7c02], exitReasons: [] });
    expect(arrive(computer.run({ instructions: 1 })).reason).toBe('budget');
    expect([arrive(computer.run()).reason, computer.tick]).toEqual(['breakpoint', 1]);
    expect([arrive(computer.run()).reason, computer.tick]).toEqual(['breakpoint', 3]);
  });

  it('stops behind a VM exit whose reason was asked for, and no other', () => {
    const computer = guest('trap-and-emulate');
    computer.setBreakpoints({ code: [], exitReasons: [31] });
    expect(arrive(computer.run()).reason).toBe('exit');
    expect([computer.machine.exitCounts[31], computer.machine.exitCounts[32]]).toEqual([1, 1]);
    expect(arrive(computer.run()).reason).toBe('halt');
  });
});

describe('a step', () => {
  it('runs one instruction, breakpoint or not', () => {
    const computer = computerWith(SPIN);
    computer.setBreakpoints({ code: [0x7c00, 0x7c02], exitReasons: [] });
    expect(arrive(computer.step()).reason).toBe('step');
    expect(arrive(computer.step()).reason).toBe('step');
    expect([computer.tick, computer.machine.cpu.words[EAX]]).toEqual([2, 1]);
    expect(arrive(computer.step(5)).reason).toBe('step');
    expect(computer.tick).toBe(7);
  });

  it('passes over the whole wait of a halted CPU, and back', () => {
    const computer = computerWith(SLEEPER);
    while (computer.machine.cpu.isActive) arrive(computer.step());
    const asleep = computer.tick;
    arrive(computer.step());
    expect(computer.machine.cpu.isActive).toBe(true);
    expect(computer.tick).toBeGreaterThan(asleep + 5_000_000);
    arrive(computer.back());
    expect([computer.tick, computer.machine.cpu.isActive]).toEqual([asleep, false]);
    arrive(computer.back());
    expect([computer.tick, computer.machine.cpu.isActive]).toEqual([asleep - 1, true]);
  });

  it('goes through a wait in which devices wake and the CPU does not', () => {
    const computer = computerWith(SLEEPER.replace('mov  al, 0xFE\n', 'mov al, 0xFF\n').replace('    sti\n', '    sti\n    hlt\n'));
    while (computer.machine.cpu.isActive) arrive(computer.step());
    expect(arrive(computer.step()).reason).toBe('halt');
  });

  it('remembers the instant before it, at no replay', () => {
    const computer = computerWith(SPIN);
    arrive(computer.step(3));
    const before = computer.machine.work();
    arrive(computer.rememberInstantBefore());
    expect(computer.machine.work()).toBe(before);
    expect(new Int32Array(computer.instantBefore?.cpu.buffer as ArrayBuffer)[EIP]).toBe(0x7c00);
  });

  it('ends at the next VM exit, one after the other, and goes back the same way', () => {
    const computer = guest('first-exit');
    const ticks: number[] = [];
    while (arrive(computer.stepToExit()).reason === 'exit') {
      ticks.push(computer.tick);
      expect(computer.machine.cpu.words[NON_ROOT]).toBe(0);
    }
    expect([ticks.length, computer.stop.reason]).toEqual([2, 'halt']);
    for (const tick of ticks.reverse()) {
      expect([arrive(computer.backToExit()).reason, computer.tick]).toEqual(['exit', tick]);
    }
    expect([arrive(computer.backToExit()).reason, computer.tick]).toEqual(['start', 0]);
    expect([arrive(computer.stepToExit(2)).reason, computer.tick]).toEqual(['exit', ticks[0]]);
    expect([arrive(computer.backToExit(1)).reason, computer.tick]).toEqual(['exit', ticks[1]]);
  });
});

describe('the way back', () => {
  it('leads to the same states one by one', () => {
    const computer = guest('two-guests');
    const hashes: string[] = [];
    while (computer.tick < 4913) {
      hashes.push(computer.hash());
      arrive(computer.run({ until: computer.tick + 17 }));
    }
    expect(hashes.length).toBe(289);
    while (hashes.length > 0) {
      arrive(computer.back(17));
      expect(computer.hash()).toBe(hashes.pop());
    }
    expect(arrive(computer.back()).reason).toBe('start');
  });

  it('is unharmed by what the search for an exit counts', () => {
    const computer = guest('trap-and-emulate');
    arrive(computer.run());
    const end = computer.tick;
    const hash = computer.hash();
    for (let i = 0; i < 5; i++) arrive(computer.backToExit());
    const there = computer.hash();
    const straight = guest('trap-and-emulate');
    arrive(straight.run({ until: computer.tick }));
    expect(straight.hash()).toBe(there);
    arrive(computer.run());
    expect([computer.tick, computer.hash()]).toEqual([end, hash]);
  });

  it('knows the instant before wherever it leads', () => {
    const computer = guest('paging');
    arrive(computer.run());
    const straight = guest('paging');
    for (const tick of [3000, 2999, 1, 2500]) {
      arrive(computer.seek(tick));
      const machine = straight.again();
      arrive(machine.run({ until: tick - 1 }));
      expect(computer.instantBefore?.cpu).toEqual(machine.machine.cpu.bytes);
    }
    arrive(computer.seek(0));
    expect(computer.instantBefore).toBe(null);
  });

  it('ends at the ends of what was recorded', () => {
    const computer = computerWith(SPIN);
    arrive(computer.run({ until: 1000 }));
    expect([arrive(computer.seek(5000)).reason, computer.tick]).toEqual(['seek', 1000]);
    expect([arrive(computer.back(5000)).reason, computer.tick]).toEqual(['start', 0]);
  });

  it('given up half-way stands at an instant of the history, one tick further than it came', () => {
    const computer = computerWith(SPIN);
    arrive(computer.run({ until: 3_000_000 }));
    const journey = computer.seek(2_999_999);
    arrive(computer.seek(0));
    const again = computer.seek(2_000_000);
    again.next();
    again.return(computer.stop);
    journey.return(computer.stop);
    const { tick } = computer;
    expect(computer.pause().reason).toBe('pause');
    expect(computer.tick).toBe(tick + 1);
    const straight = computer.again();
    arrive(straight.run({ until: tick + 1 }));
    expect(computer.hash()).toBe(straight.hash());
  });
});

describe('an input', () => {
  const echo = `
    bits 16
    mov dx, 0x3FD
wait_more:
    in al, dx
    test al, 1
    jz wait_more
    mov dx, 0x3F8
    in al, dx
    out dx, al
    mov dx, 0x3FD
    jmp wait_more`;
  const send = (computer: Computer, text: string): void => computer.input(new TextEncoder().encode(text));

  it('is journalled, and comes again in each replay', () => {
    const computer = computerWith(echo);
    arrive(computer.run({ until: 1000 }));
    send(computer, 'ab');
    arrive(computer.run({ until: 200_000 }));
    const hash = computer.hash();
    expect(consoleText(computer)).toBe('ab');
    arrive(computer.seek(500));
    expect(consoleText(computer)).toBe('');
    arrive(computer.seek(200_000));
    expect([consoleText(computer), computer.hash()]).toEqual(['ab', hash]);
  });

  it('in the past begins another history: future, trace and console are cut', () => {
    const computer = guest('first-exit');
    let forks = 0;
    computer.onFork = () => forks++;
    arrive(computer.run());
    const { written } = computer.machine.trace;
    arrive(computer.seek(3600));
    send(computer, 'x');
    expect([forks, computer.timeline.recordedUntil]).toEqual([1, 3600]);
    expect(computer.machine.trace.written).toBeLessThan(written);
    expect(arrive(computer.seek(3700))).toEqual({ reason: 'seek', exitCode: null });
    expect(computer.tick).toBe(3600);
    arrive(computer.run());
    expect([forks, computer.machine.trace.written]).toEqual([1, written]);
  });

  it('that does not fit is refused with a sentence', () => {
    const computer = computerWith(SPIN);
    expect(() => send(computer, 'x'.repeat(1 << 20))).toThrow(expect.objectContaining({ code: 'input-full' }));
  });
});

describe('a saved moment', () => {
  it('goes on as the machine does that saved it, and shows its console', () => {
    for (const id of ['timer', 'two-guests', 'ept-on-demand']) {
      const computer = guest(id);
      arrive(computer.run({ instructions: 3900 }));
      const other = Computer.restore(computer.save(), CATALOGUE);
      expect([other.tick, other.hash(), consoleText(other), other.stop.reason]).toEqual([
        computer.tick,
        computer.hash(),
        consoleText(computer),
        'seek',
      ]);
      arrive(computer.run());
      arrive(other.run());
      expect([other.tick, other.hash(), consoleText(other)]).toEqual([computer.tick, computer.hash(), consoleText(computer)]);
    }
  });

  it('of an instant with a recorded future keeps that, and traces it when it comes', () => {
    const computer = guest('first-exit');
    arrive(computer.run());
    const end = computer.tick;
    arrive(computer.seek(3600));
    const other = Computer.restore(computer.save(), CATALOGUE);
    expect([other.tick, other.timeline.recordedUntil]).toEqual([3600, end]);
    arrive(other.run());
    arrive(computer.run());
    expect(other.hash()).toBe(computer.hash());
    // The last entry and the last exit.
    const { written } = computer.machine.trace;
    expect(other.machine.trace.read(0).words).toEqual(computer.machine.trace.read(written - 2).words);
  });

  it('brings back a program of any kind', () => {
    const rom = new Uint8Array(0x10000).fill(0xf4);
    const requests = [
      program(SPIN),
      program('%include "say.inc"\nsay', {}, { includes: { 'say.inc': '%macro say 0\n times 9 nop\n jmp $\n%endmacro' } }),
      { image: { kind: 'file' as const, name: 'x.rom', bytes: rom, format: 'rom' as const }, ramMiB: 1 },
      {
        image: {
          kind: 'file' as const,
          name: 'x',
          bytes: Uint8Array.of(0xeb, 0xfe),
          load: 0x9000,
          entry: 0x9000,
          mode: 'protected' as const,
        },
      },
      { image: { kind: 'guest' as const, id: 'hello' }, ramMiB: 3, tlb: 'teaching' as const },
    ];
    for (const request of requests) {
      const computer = Computer.open(request, CATALOGUE);
      arrive(computer.run({ until: 20 }));
      const other = Computer.restore(computer.save(), CATALOGUE);
      expect([other.hash(), other.loaded]).toEqual([computer.hash(), computer.loaded]);
      expect(other.again().hash()).toBe(computer.again().hash());
    }
  });
});
