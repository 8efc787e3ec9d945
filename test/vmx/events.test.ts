import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { controls } from './controls.ts';
import { DATA, GUEST, GUEST_HANDLERS, PAGE_DIRECTORY, Rig } from './rig.ts';

const IF = 0x202;
const inject = (entryInterruptionInfo: number) => ({ entryInterruptionInfo });
/** The guest's handlers end in HLT: with HLT exiting that is where the run ends. */
const HLT = controls('hltExiting');
const handled = (rig: Rig) => rig.handled();

describe('the exception bitmap', () => {
  const faulting = (rig: Rig): Rig => {
    rig.write(PAGE_DIRECTORY + 4, 0); // 4 to 8 MiB not present
    return rig;
  };

  it.each([
    // bit 14, mask, match, exits: error code is 2 (write, not present)
    [1, 0, 0, true],
    [0, 0, 0, false],
    [1, 1, 0, true],
    [1, 1, 1, false],
    [0, 1, 1, true],
    [1, 2, 2, true],
    [0, 2, 2, false],
    [0, 0, 1, true],
  ])('with bit 14 = %i, mask %i, match %i: exit by #PF is %s', (bit, pageFaultMask, pageFaultMatch, exits) => {
    const rig = faulting(new Rig()).launch('mov [0x400ffe], eax', { ...HLT, exceptionBitmap: bit << 14, pageFaultMask, pageFaultMatch });
    expect(rig.reason).toBe(exits ? 0 : 12);
  });

  it('reports #PF by qualification and leaves CR2 alone', () => {
    const rig = faulting(new Rig());
    rig.cpu.words[w.CR2] = 0x77;
    rig.launch('mov [0x400ffe], eax', { exceptionBitmap: 1 << 14 });
    expect([rig.qualification, rig.field('exitInterruptionInfo'), rig.field('exitInterruptionErrorCode')]).toEqual([
      0x400ffe, 0x80000b0e, 2,
    ]);
    expect([rig.register(w.CR2), rig.field('guestRflags')]).toEqual([0x77, 0x10002]);
  });

  it('reports #DB by qualification and leaves DR6 alone', () => {
    const rig = new Rig().launch('nop\nnop', { exceptionBitmap: 2, guestRflags: 0x102 });
    expect([rig.reason, rig.qualification, rig.rip, rig.field('exitInterruptionInfo')]).toEqual([0, 0x4000, 1, 0x80000301]);
    expect([rig.register(w.DR6), rig.field('guestPendingDebug'), rig.field('guestRflags')]).toEqual([0xffff0ff0, 0, 0x102]);
  });

  it.each([
    ['int3', 0x80000603, 1],
    ['int1', 0x80000501, 1],
    ['mov al, 0x7f\nadd al, al\ninto', 0x80000604, 1],
  ])('%s exits as a software exception with its length', (source, info, length) => {
    const rig = new Rig().launch(source, { exceptionBitmap: -1 });
    expect([rig.field('exitInterruptionInfo'), rig.field('exitInstructionLength')]).toEqual([info, length]);
    expect(rig.field('guestRflags') & 0x10000).toBe(0);
  });

  it('does not see INT n', () => {
    expect(new Rig().launch('int 3\nhlt', { ...HLT, exceptionBitmap: ~(1 << 3) }).reason).toBe(12);
    const rig = new Rig().launch('db 0xcd, 6', { ...HLT, exceptionBitmap: -1 });
    expect([rig.reason, handled(rig).vector]).toEqual([12, 6]);
  });
});

describe('NMIs', () => {
  const pending = (): Rig => {
    const rig = new Rig();
    rig.cpu.words[w.PENDING_NMI] = 1;
    return rig;
  };
  const host = (rig: Rig): Rig => {
    rig.cpu.words[w.INTERRUPTIBILITY] = 8; // so that the host itself is not interrupted
    return rig;
  };

  it('exit under NMI exiting, and are blocked afterwards', () => {
    const rig = host(pending()).launch('jmp $', controls('nmiExiting'));
    expect([rig.reason, rig.field('exitInterruptionInfo'), rig.qualification]).toEqual([0, 0x80000202, 0]);
    expect([rig.register(w.INTERRUPTIBILITY), rig.register(w.PENDING_NMI)]).toEqual([8, 0]);
  });

  it('go through the guest’s IDT otherwise', () => {
    const rig = host(pending()).launch('jmp $', HLT);
    expect([rig.reason, handled(rig).vector, rig.field('guestInterruptibility')]).toEqual([12, 2, 8]);
    expect(rig.register(w.INTERRUPTIBILITY)).toBe(8);
  });

  it('are held by blocking, but not by virtual-NMI blocking', () => {
    expect(host(pending()).launch('nop\nvmcall', { ...controls('nmiExiting'), guestInterruptibility: 8 }).reason).toBe(18);
    expect(host(pending()).launch('nop\nvmcall', { ...controls('nmiExiting', 'virtualNmis'), guestInterruptibility: 8 }).reason).toBe(0);
  });

  it('that are virtual are unblocked by IRET, which opens the NMI window', () => {
    const rig = new Rig();
    rig.code(GUEST_HANDLERS + 32, 'nop\niret');
    rig.launch('nop\nnop', { ...controls('nmiExiting', 'virtualNmis', 'nmiWindowExiting'), ...inject(0x80000202) });
    expect([rig.reason, rig.rip, rig.field('guestInterruptibility')]).toEqual([8, 0, 0]);
    expect(rig.register(w.INTERRUPTIBILITY)).toBe(0);
  });

  it('are not unblocked by an IRET under NMI exiting without virtual NMIs', () => {
    const rig = new Rig().launch('push 2\npush 8\npush after\niret\nafter: vmcall', {
      ...controls('nmiExiting'),
      guestInterruptibility: 8,
    });
    expect([rig.reason, rig.field('guestInterruptibility')]).toEqual([18, 8]);
  });

  it('report that an IRET unblocked them before it faulted', () => {
    const rig = new Rig().launch('push 2\npush 0x1238\npush 0\niret', { exceptionBitmap: 1 << 13, guestInterruptibility: 8 });
    expect([rig.field('exitInterruptionInfo'), rig.field('guestInterruptibility')]).toEqual([0x80001b0d, 0]);
  });

  it('report nothing of that IRET at the exits after it', () => {
    const rig = new Rig().launch('push 2\npush 0x1238\npush 0\niret\nud2', {
      exceptionBitmap: (1 << 13) | (1 << 6),
      guestInterruptibility: 8,
    });
    rig.resume({ guestRip: rig.field('guestRip') + 1 });
    expect([rig.reason, rig.field('exitInterruptionInfo')]).toEqual([0, 0x80000306]);
  });
});

describe('external interrupts', () => {
  const asserted = (): Rig => {
    const rig = new Rig();
    rig.interrupts.asserted = true;
    return rig;
  };

  it('exit whatever IF says, acknowledged or not', () => {
    const rig = asserted().launch('jmp $', controls('externalInterruptExiting'));
    expect([rig.reason, rig.field('exitInterruptionInfo'), rig.interrupts.acknowledged]).toEqual([1, 0, 0]);
    const acknowledged = asserted().launch('jmp $', controls('externalInterruptExiting', 'acknowledgeInterruptOnExit'));
    expect([acknowledged.field('exitInterruptionInfo'), acknowledged.interrupts.acknowledged]).toEqual([0x80000020, 1]);
  });

  it('go to a guest that has IF = 1 otherwise', () => {
    const rig = asserted().launch('jmp $', { ...HLT, guestRflags: IF });
    expect([rig.reason, handled(rig).vector]).toEqual([12, 0x20]);
    expect(asserted().launch('nop\nvmcall', HLT).reason).toBe(18);
  });

  it('wake a guest from HLT by an exit, which saves that it was halted', () => {
    const rig = asserted().launch('ud2', { ...controls('externalInterruptExiting'), guestActivity: 1 });
    expect([rig.reason, rig.field('guestActivity'), rig.rip]).toEqual([1, 1, 0]);
    const later = new Rig();
    later.cpu.advance(0);
    const cpu = later.cpu;
    cpu.io.write = () => {
      later.interrupts.asserted = true;
      cpu.recheckEvents();
    };
    later.launch('sti\nout 0x80, al\nhlt', controls('externalInterruptExiting'));
    expect([later.reason, later.field('guestActivity'), later.rip]).toEqual([1, 0, 3]);
  });

  it('wait behind STI and MOV SS', () => {
    const rig = asserted().launch('nop\njmp $', { ...controls('externalInterruptExiting'), guestRflags: IF, guestInterruptibility: 1 });
    expect([rig.reason, rig.rip, rig.field('guestInterruptibility')]).toEqual([1, 1, 0]);
  });
});

describe('windows', () => {
  it('the interrupt window opens one instruction after STI', () => {
    const rig = new Rig().launch('nop\nsti\nnop\nnop', controls('interruptWindowExiting'));
    expect([rig.reason, rig.rip]).toEqual([7, 3]);
  });

  it('the interrupt window is open at once where IF = 1, and wakes from HLT', () => {
    const rig = new Rig().launch('nop', { ...controls('interruptWindowExiting'), guestRflags: IF, guestActivity: 1 });
    expect([rig.reason, rig.rip, rig.field('guestActivity')]).toEqual([7, 0, 1]);
  });

  it('the NMI window waits behind MOV SS', () => {
    const fields = { ...controls('nmiExiting', 'virtualNmis', 'nmiWindowExiting'), guestInterruptibility: 2 };
    const rig = new Rig().launch('nop\nnop', fields);
    expect([rig.reason, rig.rip]).toEqual([8, 1]);
  });

  it('blocking by STI and MOV SS is saved at an exit right behind them', () => {
    expect(new Rig().launch('sti\nvmcall').field('guestInterruptibility')).toBe(1);
    expect(new Rig().launch('mov ax, ss\nmov ss, ax\nvmcall').field('guestInterruptibility')).toBe(2);
  });
});

describe('the monitor trap flag', () => {
  const MTF = controls('monitorTrapFlag');

  it('exits after each instruction, and after each iteration of a repeated one', () => {
    const rig = new Rig().launch(`mov edi, ${DATA}\nmov ecx, 2\nrep stosb\nnop`, MTF);
    const seen = [[rig.reason, rig.rip]];
    for (let i = 0; i < 4; i++) {
      rig.resume();
      seen.push([rig.reason, rig.rip]);
    }
    expect(seen).toEqual([5, 10, 10, 12, 13].map((rip) => [37, rip]));
  });

  it('exits after the delivery of an injected event, before its handler', () => {
    const rig = new Rig().launch('nop', { ...MTF, ...inject(0x80000306) });
    expect([rig.reason, rig.field('guestRip')]).toEqual([37, GUEST_HANDLERS + 16 * 6]);
  });

  it('exits after the delivery of a fault', () => {
    const rig = new Rig().launch('ud2', MTF);
    expect([rig.reason, rig.field('guestRip')]).toEqual([37, GUEST_HANDLERS + 16 * 6]);
  });

  it('exits before the first instruction where a pending MTF VM exit is injected, even with the control 0', () => {
    const rig = new Rig().launch('nop\nhlt', inject(0x80000700));
    expect([rig.reason, rig.rip]).toEqual([37, 0]);
    rig.resume(HLT);
    expect(rig.reason).toBe(12);
  });

  it('does not come behind another exit', () => {
    const rig = new Rig().launch('cpuid\nnop', MTF);
    expect([rig.reason, rig.rip]).toEqual([10, 0]);
  });

  it('survives a snapshot between the instruction and the exit', () => {
    const rig = new Rig();
    const { cpu, vmx } = rig;
    rig.launch('nop\nnop\nnop', MTF, 2); // VMLAUNCH and one NOP: the exit is due, and has not been taken
    expect([rig.register(w.NON_ROOT), rig.register(w.EIP)]).toEqual([1, GUEST + 1]);
    const [words, controlWords] = [cpu.bytes.slice(), vmx.bytes.slice()];
    cpu.bytes.set(words);
    vmx.bytes.set(controlWords);
    cpu.rebuild();
    vmx.rebuild();
    cpu.run(1);
    expect([rig.reason, rig.rip]).toEqual([37, 1]);
  });
});

describe('pending debug exceptions', () => {
  it('are delivered before the first instruction if BS or the enabled-breakpoint bit is 1', () => {
    const rig = new Rig().launch('ud2', { ...HLT, guestPendingDebug: 0x4000 });
    expect([handled(rig).vector, rig.register(w.DR6) & 0x600f]).toEqual([1, 0x4000]);
    const breakpoint = new Rig().launch('ud2', { guestPendingDebug: 0x1005, exceptionBitmap: 2 });
    expect([breakpoint.reason, breakpoint.qualification, breakpoint.rip]).toEqual([0, 5, 0]);
  });

  it('are lost without either', () => {
    expect(new Rig().launch('vmcall', { guestPendingDebug: 3, exceptionBitmap: 2 }).reason).toBe(18);
  });

  it('are lost behind an injected exception', () => {
    const rig = new Rig().launch('ud2', { ...HLT, ...inject(0x80000306), guestPendingDebug: 0x4000 });
    expect(handled(rig).vector).toBe(6);
  });

  it('are held while MOV SS blocks, and saved by an exit there', () => {
    const held = { guestPendingDebug: 0x4000, guestInterruptibility: 2, guestRflags: 0x102 };
    expect(new Rig().launch('vmcall', held).field('guestPendingDebug')).toBe(0x4000);
    expect(new Rig().launch('cpuid', { ...held, guestInterruptibility: 0, exceptionBitmap: 2 }).field('guestPendingDebug')).toBe(0);
  });
});

describe('the preemption timer', () => {
  const TIMER = controls('activatePreemptionTimer', 'savePreemptionTimer');

  it('of 0 exits before the first instruction', () => {
    const rig = new Rig().launch('nop', { ...TIMER, preemptionTimer: 0 });
    expect([rig.reason, rig.rip, rig.field('preemptionTimer')]).toEqual([52, 0, 0]);
  });

  it('lets as many instructions retire as it counts', () => {
    const rig = new Rig().launch('nop\nnop\nnop\nnop\nnop', { ...TIMER, preemptionTimer: 3 });
    expect([rig.reason, rig.rip]).toEqual([52, 3]);
  });

  it('is saved where it stands, and goes on from there', () => {
    const rig = new Rig().launch('nop\nnop\ncpuid\nnop\nnop\nnop', { ...TIMER, preemptionTimer: 5 });
    expect([rig.reason, rig.field('preemptionTimer')]).toEqual([10, 3]);
    rig.resume({ guestRip: GUEST + 4 });
    expect([rig.reason, rig.rip]).toEqual([52, 7]);
  });

  it('runs on in HLT', () => {
    const rig = new Rig().launch('hlt', { ...TIMER, preemptionTimer: 500 });
    expect([rig.reason, rig.rip, rig.field('guestActivity')]).toEqual([52, 1, 1]);
  });

  it('is not saved without its control', () => {
    const rig = new Rig().launch('nop\ncpuid', { ...controls('activatePreemptionTimer'), preemptionTimer: 0x100 });
    expect(rig.field('preemptionTimer')).toBe(0x100);
  });
});

describe('activity states', () => {
  it('a guest in shutdown is woken by the timer and by NMIs alone', () => {
    const rig = new Rig().launch('ud2', {
      ...controls('activatePreemptionTimer', 'externalInterruptExiting'),
      preemptionTimer: 40,
      guestActivity: 2,
    });
    expect([rig.reason, rig.field('guestActivity')]).toEqual([52, 2]);
    const nmi = new Rig();
    nmi.cpu.words[w.PENDING_NMI] = 1;
    nmi.cpu.words[w.INTERRUPTIBILITY] = 8;
    nmi.launch('ud2', { ...controls('nmiExiting'), guestActivity: 2 });
    expect([nmi.reason, nmi.field('exitInterruptionInfo')]).toEqual([0, 0x80000202]);
  });

  it('a guest that waits for a SIPI hears nothing', () => {
    const rig = new Rig();
    rig.interrupts.asserted = true;
    rig.cpu.words[w.PENDING_NMI] = 3;
    rig.cpu.words[w.INTERRUPTIBILITY] = 8;
    rig.launch(
      'ud2',
      { ...controls('nmiExiting', 'externalInterruptExiting', 'activatePreemptionTimer'), preemptionTimer: 3, guestActivity: 3 },
      300,
    );
    expect(rig.register(w.NON_ROOT)).toBe(1);
  });
});

describe('the time-stamp counter', () => {
  it('is offset for the guest alone', () => {
    const rig = new Rig().launch('rdtsc\nmov ecx, 0x10\nmov ebx, eax\nvmcall', { ...controls('useTscOffsetting'), tscOffset: [0, 0x100] });
    expect(rig.register(w.EDX)).toBe(0x100);
    rig.host('rdtsc');
    expect(rig.register(w.EDX)).toBe(0);
  });
});
