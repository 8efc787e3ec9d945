import { describe, expect, it } from 'vitest';
import { controls, mapEpt } from './controls.ts';
import { GUEST, GUEST_IDT, GUEST_STACK, Rig } from './rig.ts';

const IF = 0x202;
const inject = (entryInterruptionInfo: number) => ({ entryInterruptionInfo });
/** The guest's handlers end in HLT: with HLT exiting that is where the run ends. */
const HLT = controls('hltExiting');
const handled = (rig: Rig) => rig.handled();

describe('event injection', () => {
  it.each([
    ['an external interrupt', 0x80000030, { guestRflags: IF }, 0x30, [GUEST, 8, IF]],
    ['an NMI', 0x80000202, {}, 2, [GUEST, 8, 2]],
    ['a hardware exception', 0x80000306, {}, 6, [GUEST, 8, 2]],
    ['a hardware exception with an error code', 0x80000b0d, { entryExceptionErrorCode: 0x1234 }, 13, [0x1234, GUEST, 8, 2]],
    ['a software interrupt', 0x80000440, { entryInstructionLength: 2 }, 0x40, [GUEST + 2, 8, 2]],
    ['a privileged software exception', 0x80000501, { entryInstructionLength: 1 }, 1, [GUEST + 1, 8, 2]],
    ['a software exception', 0x80000603, { entryInstructionLength: 1 }, 3, [GUEST + 1, 8, 2]],
  ])('delivers %s through the guest’s IDT', (_what, info, fields, vector, frame) => {
    const rig = new Rig().launch('ud2', { ...HLT, ...inject(info), ...fields });
    expect(rig.reason).toBe(12);
    expect(handled(rig)).toEqual({ vector, frame });
  });

  it('is not subject to the exception bitmap', () => {
    expect(new Rig().launch('ud2', { ...HLT, ...inject(0x80000306), exceptionBitmap: -1 }).reason).toBe(12);
  });

  it('is over after one entry: the valid bit is cleared at the exit', () => {
    expect(new Rig().launch('ud2', { ...HLT, ...inject(0x80000306) }).field('entryInterruptionInfo')).toBe(0x306);
  });

  it('wakes a guest from HLT, and ends blocking by STI and MOV SS', () => {
    const rig = new Rig().launch('ud2', { ...HLT, ...inject(0x80000202), guestActivity: 1 });
    expect(handled(rig).vector).toBe(2);
    expect(rig.field('guestActivity')).toBe(0);
    const shadowed = new Rig().launch('ud2', { ...HLT, ...inject(0x80000306), guestInterruptibility: 2 });
    expect([shadowed.reason, shadowed.field('guestInterruptibility')]).toEqual([12, 0]);
  });

  it('of an NMI blocks NMIs', () => {
    expect(new Rig().launch('ud2', { ...HLT, ...inject(0x80000202) }).field('guestInterruptibility')).toBe(8);
  });

  it('that faults in delivery exits with the event as IDT-vectoring information', () => {
    const rig = new Rig().launch('ud2', { ...inject(0x80000030), guestRflags: IF, guestIdtrLimit: 0x17f, exceptionBitmap: 1 << 13 });
    expect([rig.reason, rig.field('exitInterruptionInfo'), rig.field('exitInterruptionErrorCode')]).toEqual([0, 0x80000b0d, 0x183]);
    expect([rig.field('idtVectoringInfo'), rig.rip, rig.field('guestRflags')]).toEqual([0x80000030, 0, 0x10000 | IF]);
  });

  it('of an NMI that faults in delivery has blocked NMIs already', () => {
    const rig = new Rig().launch('ud2', { ...inject(0x80000202), guestIdtrLimit: 0xf, exceptionBitmap: 1 << 13, guestActivity: 1 });
    expect([rig.reason, rig.field('idtVectoringInfo')]).toEqual([0, 0x80000202]);
    expect([rig.field('guestInterruptibility'), rig.field('guestActivity')]).toEqual([8, 0]);
  });

  it('through a handler in another ring uses the guest’s TSS', () => {
    const rig = new Rig();
    rig.write(0x12804, 0x18000, 0x10);
    const fields = {
      guestCsSelector: 0x0b,
      guestCsRights: 0xc0fb,
      guestSsSelector: 0x13,
      guestSsRights: 0xc0f3,
      guestTrBase: 0x12800,
      guestTrLimit: 0x67,
    };
    rig.launch('ud2', { ...HLT, ...inject(0x80000306), ...fields });
    expect(rig.reason).toBe(12);
    expect(rig.field('guestRsp')).toBe(0x18000 - 24);
    expect([rig.read(0x18000 - 8), rig.read(0x18000 - 4)]).toEqual([GUEST_STACK, 0x13]);
  });
});

describe('IDT-vectoring information', () => {
  it('tells the event whose delivery met an EPT violation', () => {
    const rig = new Rig();
    rig.launch(`mov esp, 0x801000\nint 0x41`, mapEpt(rig));
    expect([rig.reason, rig.qualification, rig.field('guestLinearAddress')]).toEqual([48, 0x182, 0x800ffc]);
    expect([rig.field('idtVectoringInfo'), rig.field('exitInstructionLength'), rig.rip]).toEqual([0x80000441, 2, 5]);
  });

  it('carries the error code of the first exception', () => {
    const rig = new Rig();
    rig.write(GUEST_IDT + 8 * 13, 0x00300000, 0x8e00); // #GP through a selector beyond the GDT: #GP again
    rig.launch('mov ax, 0x1238\nmov ds, ax', { exceptionBitmap: 1 << 8 });
    // That makes #DF, which does not count as delivery of the first.
    expect([rig.reason, rig.field('exitInterruptionInfo'), rig.field('idtVectoringInfo')]).toEqual([0, 0x80000b08, 0]);
    const page = new Rig();
    page.write(GUEST_IDT + 8 * 13, 0x00300000, 0x8e00);
    page.launch('mov ax, 0x1238\nmov ds, ax', { exceptionBitmap: 1 << 13 });
    expect([page.field('exitInterruptionInfo'), page.field('idtVectoringInfo')]).toEqual([0x80000b0d, 0]);
    page.resume({ exceptionBitmap: 1 << 13, entryInterruptionInfo: 0x80000b0d, entryExceptionErrorCode: 0x1238 });
    expect([page.field('exitInterruptionErrorCode'), page.field('idtVectoringInfo'), page.field('idtVectoringErrorCode')]).toEqual([
      0x31, 0x80000b0d, 0x1238,
    ]);
  });

  it('is not there for a triple fault', () => {
    const rig = new Rig().launch('int 0x41', { guestIdtrLimit: 0 });
    expect([rig.reason, rig.field('idtVectoringInfo')]).toEqual([2, 0]);
  });
});
