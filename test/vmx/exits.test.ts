import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { EXIT_REASONS, exitReason, type ExitReasonKey } from '../../src/arch/exit-reasons.ts';
import { controls, mapEpt } from './controls.ts';
import { type FieldValues, GOOD_CONTROLS } from './good-vmcs.ts';
import { DATA, GUEST, GUEST_HANDLERS, GDT, GUEST_IDT, HANDLER, Rig } from './rig.ts';

interface Case {
  /** Runs the guest up to the exit. */
  readonly run: (rig: Rig) => void;
  readonly rip?: number;
  readonly qualification?: number;
  readonly length?: number;
  readonly information?: number;
  readonly interruption?: number;
}

const guest =
  (source: string, fields: FieldValues = {}): Case['run'] =>
  (rig) => {
    rig.launch(source, fields);
  };

/** One way to each exit reason, and what the exit reports. */
const CASES: Readonly<Record<ExitReasonKey, Case>> = {
  exceptionOrNmi: { run: guest('nop\nud2', { exceptionBitmap: 1 << 6 }), rip: 1, interruption: 0x80000306 },
  externalInterrupt: {
    run: (rig) => {
      rig.interrupts.asserted = true;
      rig.launch('jmp $', controls('externalInterruptExiting', 'acknowledgeInterruptOnExit'));
    },
    rip: 0,
    interruption: 0x80000020,
  },
  tripleFault: { run: guest('ud2', { guestIdtrLimit: 0 }), rip: 0 },
  initSignal: {
    run: (rig) => {
      rig.cpu.words[w.PENDING_NMI] = 2;
      rig.launch('jmp $');
    },
    rip: 0,
  },
  interruptWindow: { run: guest('sti\nnop\nnop', controls('interruptWindowExiting')), rip: 2 },
  nmiWindow: {
    run: guest('nop\nnop\niret', {
      ...controls('nmiExiting', 'virtualNmis', 'nmiWindowExiting'),
      guestInterruptibility: 8,
      guestRsp: 0x19000 - 12,
    }),
  },
  taskSwitch: { run: guest('jmp 0x20:0'), rip: 0, qualification: 0x80000020, length: 7 },
  cpuid: { run: guest('nop\ncpuid'), rip: 1, length: 2 },
  hlt: { run: guest('hlt', controls('hltExiting')), rip: 0, length: 1 },
  invd: { run: guest('invd'), rip: 0, length: 2 },
  invlpg: { run: guest('mov ebx, 0x1000\ninvlpg [ebx + 0x234]', controls('invlpgExiting')), rip: 5, qualification: 0x1234, length: 7 },
  rdpmc: { run: guest('rdpmc', controls('rdpmcExiting')), rip: 0, length: 2 },
  rdtsc: { run: guest('rdtsc', controls('rdtscExiting')), rip: 0, length: 2 },
  vmcall: { run: guest('vmcall'), rip: 0, length: 3 },
  vmclear: { run: guest('vmclear [ebx - 0x44]'), rip: 0, qualification: 0xffffffbc, length: 5, information: 0x01c18080 },
  vmlaunch: { run: guest('vmlaunch'), rip: 0, length: 3 },
  vmptrld: { run: guest('vmptrld [esp - 8]'), rip: 0, qualification: 0xfffffff8, length: 5, information: 0x02410080 },
  vmptrst: { run: guest('vmptrst [edi + esi*4 + 0x10]'), rip: 0, qualification: 0x10, length: 5, information: 0x03998082 },
  vmread: { run: guest('vmread [edi + 4], edx'), rip: 0, qualification: 4, length: 4, information: 0x23c18080 },
  vmresume: { run: guest('vmresume'), rip: 0, length: 3 },
  vmwrite: { run: guest('vmwrite ecx, ebx'), rip: 0, length: 3, information: 0x10000418 },
  vmxoff: { run: guest('vmxoff'), rip: 0, length: 3 },
  vmxon: { run: guest('vmxon [es:bx + si + 2]'), rip: 0, qualification: 2, length: 7, information: 0x01980000 },
  controlRegisterAccesses: { run: guest('mov esi, cr3', controls('cr3StoreExiting')), rip: 0, qualification: 0x613, length: 3 },
  movDr: { run: guest('mov ecx, dr6', controls('movDrExiting')), rip: 0, qualification: 0x116, length: 3 },
  ioInstruction: {
    run: guest(`mov dx, 0x3f8\nmov edi, ${DATA}\nmov ecx, 3\nrep insw`, controls('unconditionalIoExiting')),
    rip: 14,
    qualification: 0x03f80039,
    length: 3,
    information: 0x00018080,
  },
  rdmsr: { run: guest('rdmsr'), rip: 0, length: 2 },
  wrmsr: { run: guest('wrmsr'), rip: 0, length: 2 },
  entryFailureGuestState: { run: guest('hlt', { guestRflags: 0 }) },
  entryFailureMsrLoading: { run: guest('hlt', { entryMsrLoadCount: 1, entryMsrLoadAddress: [DATA, 0] }), qualification: 1 },
  mwait: { run: guest('mwait', controls('mwaitExiting')), rip: 0, length: 3 },
  monitorTrapFlag: { run: guest('mov eax, 1\nnop', controls('monitorTrapFlag')), rip: 5 },
  monitor: { run: guest('monitor', controls('monitorExiting')), rip: 0, length: 3 },
  pause: { run: guest('pause', controls('pauseExiting')), rip: 0, length: 2 },
  gdtrIdtrAccess: {
    run: guest(`sidt [${DATA}]`, controls('descriptorTableExiting')),
    rip: 0,
    qualification: DATA,
    length: 7,
    information: 0x18418880,
  },
  ldtrTrAccess: { run: guest('str ecx', controls('descriptorTableExiting')), rip: 0, length: 3, information: 0x10000408 },
  eptViolation: { run: (rig) => void rig.launch('mov [0x800010], eax', mapEpt(rig)), rip: 0, qualification: 0x182 },
  eptMisconfiguration: {
    run: (rig) => {
      const ept = mapEpt(rig);
      rig.write(0xd000 + 8 * 4, 0x800000 | 0xb2);
      rig.launch('mov eax, [0x800010]', ept);
    },
    rip: 0,
  },
  invept: { run: guest('invept eax, [ebx]'), rip: 0, length: 5, information: 0x01c18080 },
  preemptionTimer: { run: guest('jmp $', { ...controls('activatePreemptionTimer'), preemptionTimer: 50 }), rip: 0 },
  invvpid: { run: guest('invvpid edx, [ebp + 4]'), rip: 0, qualification: 4, length: 6, information: 0x22c10080 },
  wbinvd: { run: guest('wbinvd', controls('wbinvdExiting')), rip: 0, length: 2 },
};

describe('every exit reason', () => {
  it('has its case', () => {
    expect(Object.keys(CASES).sort()).toEqual(EXIT_REASONS.map((r) => r.key).sort());
  });

  it.each(EXIT_REASONS.map((r) => [r.key, r.number] as const))('%s exits with reason %i', (key, number) => {
    const expected = CASES[key];
    const rig = new Rig();
    expected.run(rig);
    expect(rig.reason & 0xffff).toBe(number);
    expect(rig.reason >>> 31).toBe(exitReason(number)?.cause === 'entry' ? 1 : 0);
    expect(rig.qualification).toBe(expected.qualification ?? 0);
    if (expected.rip !== undefined) expect(rig.rip).toBe(expected.rip);
    if (expected.length !== undefined) expect(rig.field('exitInstructionLength')).toBe(expected.length);
    if (expected.information !== undefined) expect(rig.field('exitInstructionInfo')).toBe(expected.information);
    expect(rig.field('exitInterruptionInfo')).toBe(expected.interruption ?? 0);
    expect(rig.field('idtVectoringInfo')).toBe(0);
    expect(rig.hasExited).toBe(true);
    expect(rig.register(w.EIP)).toBe(HANDLER + 1);
  });

  it.each(EXIT_REASONS.filter((r) => typeof r.cause !== 'string').map((r) => r.key))('%s needs its control', (key) => {
    if (['exceptionOrNmi', 'rdmsr', 'wrmsr', 'eptMisconfiguration', 'eptViolation'].includes(key)) return;
    const rig = new Rig();
    const launch = rig.launch.bind(rig);
    // The same guest with nothing intercepted ends somewhere else: at the VMCALL behind it, or it runs on.
    rig.launch = (source, fields) => launch(`${source}\nvmcall`, { ...fields, ...GOOD_CONTROLS }, 200);
    CASES[key].run(rig);
    expect(rig.reason & 0xffff).not.toBe(EXIT_REASONS.find((r) => r.key === key)?.number);
  });
});

describe('exits of instructions', () => {
  it('of VMX come before the privilege check, others after it', () => {
    const ring3: FieldValues = { guestCsSelector: 0x0b, guestCsRights: 0xc0fb, guestSsSelector: 0x13, guestSsRights: 0xc0f3 };
    expect(new Rig().launch('vmxoff', ring3).reason).toBe(26);
    const rig = new Rig().launch('hlt', { ...ring3, ...controls('hltExiting'), exceptionBitmap: 1 << 13 });
    expect([rig.reason, rig.field('exitInterruptionInfo')]).toEqual([0, 0x80000b0d]);
  });

  it('of MOV DR come before the privilege check, alone among those with a control', () => {
    const ring3: FieldValues = { guestCsSelector: 0x0b, guestCsRights: 0xc0fb, guestSsSelector: 0x13, guestSsRights: 0xc0f3 };
    expect(new Rig().launch('mov dr0, eax', { ...ring3, ...controls('movDrExiting') }).reason).toBe(29);
    expect(new Rig().launch('mov dr0, eax', { ...ring3, exceptionBitmap: 1 << 13 }).field('exitInterruptionInfo')).toBe(0x80000b0d);
  });

  it('save RF = 0 even if it was 1', () => {
    expect(new Rig().launch('cpuid', { guestRflags: 0x10002 }).field('guestRflags')).toBe(2);
  });

  it('leave no RF behind in the host', () => {
    expect(new Rig().launch('cpuid', { guestRflags: 0x10002, ...controls('monitorTrapFlag') }).cpu.eflags()).toBe(2);
  });

  it('leave fields that they do not define as they are', () => {
    const rig = new Rig().launch('cpuid', { exitInstructionInfo: 0x1111, guestLinearAddress: 0x2222, exitInterruptionErrorCode: 0x3333 });
    expect([rig.field('exitInstructionInfo'), rig.field('guestLinearAddress'), rig.field('exitInterruptionErrorCode')]).toEqual([
      0x1111, 0x2222, 0x3333,
    ]);
  });

  it('report the linear address of INS and OUTS, and of LMSW with a memory operand', () => {
    const rig = new Rig().launch('mov esi, 0x123\nfs outsb', { ...controls('unconditionalIoExiting'), guestFsBase: 0x1000 });
    expect([rig.reason, rig.field('guestLinearAddress'), rig.field('exitInstructionInfo')]).toEqual([30, 0x1123, 0x00020080]);
    const lmsw = new Rig().launch(`lmsw [${DATA}]`, { cr0Mask: 8, cr0ReadShadow: 8 });
    expect([lmsw.reason, lmsw.qualification, lmsw.field('guestLinearAddress')]).toEqual([28, 0x70, DATA]);
  });

  it('report the operand size of LGDT and its like in bit 11', () => {
    // The manual has the bit (vol. 3, "VM-Exit Instruction Information"); emulators leave it out.
    const rig = new Rig().launch(`o16 lgdt [${DATA}]`, controls('descriptorTableExiting'));
    expect(rig.field('exitInstructionInfo')).toBe(0x28418080);
    expect(new Rig().launch(`lgdt [${DATA}]`, controls('descriptorTableExiting')).field('exitInstructionInfo')).toBe(0x28418880);
  });

  it('of a task switch through an IDT task gate report the event', () => {
    const rig = new Rig();
    rig.write(GUEST_IDT + 8 * 0x40, 0x00200000, 0x8500);
    rig.launch('nop\nint 0x40');
    expect([rig.reason, rig.qualification, rig.rip]).toEqual([9, 0xc0000020, 1]);
    expect([rig.field('idtVectoringInfo'), rig.field('exitInstructionLength')]).toEqual([0x80000440, 2]);
  });

  it('of a task switch leave the TSS available', () => {
    const rig = new Rig().launch('call 0x20:0');
    expect(rig.reason).toBe(9);
    expect((rig.read(0x1000 + 0x24) >>> 8) & 0xf).toBe(9);
  });

  it('of a task switch come behind the checks of the TSS: one that is not present is the guest’s #NP', () => {
    const rig = new Rig();
    rig.write(GDT + 0x24, rig.read(GDT + 0x24) & ~0x8000);
    rig.launch('call 0x20:0', { exceptionBitmap: 1 << 11 });
    expect([rig.reason, rig.field('exitInterruptionInfo'), rig.field('exitInterruptionErrorCode')]).toEqual([0, 0x80000b0b, 0x20]);
  });
});

describe('the guest’s own work', () => {
  it('goes on without exits where nothing is intercepted', () => {
    const source = `mov eax, cr3
      mov cr3, eax
      mov dr0, eax
      wbinvd
      pause
      invlpg [${DATA}]
      sgdt [${DATA}]
      out 0x80, al
      int 0x50
      vmcall`;
    const rig = new Rig();
    rig.gate(GUEST_IDT, 0x50, GUEST_HANDLERS);
    rig.code(GUEST_HANDLERS, 'iret');
    rig.launch(source);
    expect(rig.reason).toBe(18);
    expect(rig.ports).toEqual(['out1 80 0']);
    expect(rig.field('guestRip')).toBeGreaterThan(GUEST + 20);
  });
});
