import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { controls } from './controls.ts';
import type { FieldValues } from './good-vmcs.ts';
import { DATA, GUEST, IO_BITMAPS, MSR_BITMAP, PAGE_DIRECTORY, Rig } from './rig.ts';

/** Reason and qualification of the exit; the guest ends in VMCALL (18) if nothing exits before. */
const exit = (rig: Rig): number[] => [rig.reason, rig.qualification];
const run = (source: string, fields: FieldValues = {}): Rig => new Rig().launch(`${source}\nvmcall`, fields);

describe('CR0 and CR4 under mask and read shadow', () => {
  // TS and MP are the host's; the guest believes TS = 1, MP = 0.
  const OWNED = { cr0Mask: 0xa, cr0ReadShadow: 8 };

  it('read as the shadow where the host owns the bit', () => {
    const rig = run(`mov eax, cr0\nsmsw ebx\nsmsw [${DATA}]\nmov ecx, cr4`, { ...OWNED, cr4Mask: 0x2010, cr4ReadShadow: 0x10 });
    expect(rig.register(w.EAX)).toBe(0x80000039);
    expect(rig.register(w.EBX) & 0xffff).toBe(0x39);
    expect(rig.read(DATA) & 0xffff).toBe(0x39);
    expect(rig.register(w.ECX)).toBe(0x10);
  });

  it('exit on a write that differs from the shadow', () => {
    expect(exit(run('mov esi, 0x80000031\nmov cr0, esi', OWNED))).toEqual([28, 0x600]);
    expect(exit(run('mov esi, 0x8000003b\nmov cr0, esi', OWNED))).toEqual([28, 0x600]);
    expect(exit(run('mov ebp, 0x2014\nmov cr4, ebp', { cr4Mask: 4 }))).toEqual([28, 0x504]);
  });

  it('keep the host’s bits on a write that does not', () => {
    const rig = run('mov eax, 0x80010039\nmov cr0, eax', OWNED);
    expect([rig.reason, rig.field('guestCr0')]).toEqual([18, 0x80010031]);
    const cr4 = run('mov eax, 0x14\nmov cr4, eax', { cr4Mask: 0x2000 });
    expect([cr4.reason, cr4.field('guestCr4')]).toEqual([18, 0x2014]);
  });

  it('raise #GP in the guest for what VMX operation forbids and the host left to it', () => {
    const rig = run('mov eax, 0x80000011\nmov cr0, eax', { exceptionBitmap: 1 << 13 });
    expect([rig.reason, rig.field('exitInterruptionInfo')]).toEqual([0, 0x80000b0d]);
    expect(run('mov eax, 0x10\nmov cr4, eax', { exceptionBitmap: 1 << 13 }).reason).toBe(0);
  });

  it.each([
    // CR0 at entry, mask, shadow: what CLTS does
    [0x80000039, 0, 0, 18, 0x80000031],
    [0x80000039, 8, 0, 18, 0x80000039],
    [0x80000039, 8, 8, 28, 0x80000039],
  ])('CLTS with CR0 %i, mask %i, shadow %i', (guestCr0, cr0Mask, cr0ReadShadow, reason, after) => {
    const rig = run('clts', { guestCr0, cr0Mask, cr0ReadShadow });
    expect([rig.reason, rig.field('guestCr0')]).toEqual([reason, after]);
    if (reason === 28) expect(rig.qualification).toBe(0x20);
  });

  it.each([
    // source, mask, shadow: qualification of the exit, or null and CR0 after it
    [0x3, 0xe, 0, 0x30030, null],
    [0x1, 0xe, 0, null, 0x80000031],
    [0xe, 0x1, 0, null, 0x8000003f],
    [0x0, 0x1, 1, null, 0x80000031],
    [0x1, 0x1, 0, 0x10030, null],
    [0x9, 0x8, 8, null, 0x80000031],
    [0xfff0, 0, 0, null, 0x80000031],
  ])('LMSW of %i with mask %i and shadow %i', (source, cr0Mask, cr0ReadShadow, qualification, after) => {
    const rig = run(`mov ax, ${source}\nlmsw ax`, { cr0Mask, cr0ReadShadow });
    if (qualification !== null) expect(exit(rig)).toEqual([28, qualification]);
    else expect([rig.reason, rig.field('guestCr0')]).toEqual([18, after]);
  });
});

describe('CR3', () => {
  const LOAD = controls('cr3LoadExiting');
  const OTHER = 0x5c000;

  it('exits on a load of anything but a target', () => {
    const targets = { ...LOAD, cr3TargetCount: 2, cr3Target0: 0x1000, cr3Target1: PAGE_DIRECTORY, cr3Target2: OTHER };
    expect(exit(run(`mov ecx, ${PAGE_DIRECTORY}\nmov cr3, ecx`, targets))).toEqual([18, 0]);
    expect(exit(run(`mov ecx, ${OTHER}\nmov cr3, ecx`, targets))).toEqual([28, 0x103]);
    expect(exit(run(`mov ecx, ${PAGE_DIRECTORY}\nmov cr3, ecx`, LOAD))).toEqual([28, 0x103]);
  });

  it('loads without its control, and is saved', () => {
    const rig = new Rig();
    for (let i = 0; i < 1024; i++) rig.write(OTHER + 4 * i, (i << 22) | 0xe7);
    rig.launch(`mov ecx, ${OTHER}\nmov cr3, ecx\nvmcall`);
    expect([rig.reason, rig.field('guestCr3'), rig.register(w.CR3)]).toEqual([18, OTHER, PAGE_DIRECTORY]);
  });
});

describe('I/O', () => {
  const bitmaps = (rig: Rig, ...ports: number[]): FieldValues => {
    for (const port of ports) rig.bus.write8(IO_BITMAPS + (port >> 3), rig.bus.read8(IO_BITMAPS + (port >> 3)) | (1 << (port & 7)));
    return { ...controls('useIoBitmaps', 'unconditionalIoExiting'), ioBitmapA: [IO_BITMAPS, 0], ioBitmapB: [IO_BITMAPS + 0x1000, 0] };
  };

  it.each([
    ['out 0x80, eax', 0x00800043],
    ['in al, 0x60', 0x00600048],
    ['mov dx, 0x3f8\nout dx, al', 0x03f80000],
    ['mov dx, 0x3f8\nin ax, dx', 0x03f80009],
    [`mov dx, 0x3f8\nmov esi, ${DATA}\noutsb`, 0x03f80010],
    [`mov dx, 0x3f8\nmov ecx, 2\nmov edi, ${DATA}\nrep insd`, 0x03f8003b],
  ])('%s is described by its qualification', (source, qualification) => {
    expect(exit(run(source, controls('unconditionalIoExiting')))).toEqual([30, qualification]);
  });

  it('exits to ports whose bit is 1, and the bitmaps overrule unconditional exiting', () => {
    const rig = new Rig();
    rig.launch('out 0x80, al\nin al, 0x71\nin al, 0x70\nvmcall', bitmaps(rig, 0x70));
    expect([...exit(rig), rig.rip]).toEqual([30, 0x00700048, 4]);
    expect(rig.ports).toEqual(['out1 80 0', 'in1 71']);
  });

  it.each([
    ['in ax, dx', 0x6f, 0x70, 30],
    ['in ax, dx', 0x6e, 0x70, 18],
    ['in eax, dx', 0x7ffe, 0x8000, 30],
    ['in al, dx', 0xffff, 0x70, 18],
    ['in ax, dx', 0xffff, 0x70, 30],
    ['in al, dx', 0xffff, 0xffff, 30],
  ])('%s at port %i with the bit of %i set exits with %i', (source, port, bit, reason) => {
    const rig = new Rig();
    rig.launch(`mov dx, ${port}\n${source}\nvmcall`, bitmaps(rig, bit));
    expect(rig.reason).toBe(reason);
  });

  it('is refused by the TSS before it exits', () => {
    const ring3 = {
      guestCsSelector: 0x0b,
      guestCsRights: 0xc0fb,
      guestSsSelector: 0x13,
      guestSsRights: 0xc0f3,
      guestTrLimit: 0x64,
      exceptionBitmap: 1 << 13,
    };
    expect(run('out 0x80, al', { ...ring3, ...controls('unconditionalIoExiting') }).reason).toBe(0);
  });

  it('with bitmaps beyond 4 GiB finds open bus there: all ones', () => {
    const fields = { ...controls('useIoBitmaps'), ioBitmapA: [IO_BITMAPS, 1], ioBitmapB: [IO_BITMAPS, 0] } as const;
    expect(run('out 0x80, al', fields).reason).toBe(30);
  });
});

describe('MSRs', () => {
  const USE = { ...controls('useMsrBitmaps'), msrBitmap: [MSR_BITMAP, 0] } as const;
  const setBit = (rig: Rig, quarter: number, msr: number): void => {
    const at = MSR_BITMAP + 1024 * quarter + ((msr & 0x1fff) >> 3);
    rig.bus.write8(at, rig.bus.read8(at) | (1 << (msr & 7)));
  };

  it.each([
    ['rdmsr', 0x174, 0, 31],
    ['rdmsr', 0x174, 2, 18],
    ['wrmsr', 0x174, 2, 32],
    ['wrmsr', 0x174, 0, 18],
    ['rdmsr', 0xc0000174, 1, 31],
    ['wrmsr', 0xc0000174, 3, 32],
    ['rdmsr', 0x2000, 1, 31],
    ['wrmsr', 0xc0002000, 0, 32],
    ['rdmsr', 0xbfffffff, 0, 31],
  ])('%s of %i with its bit set in quarter %i: exit %i', (source, msr, quarter, reason) => {
    const rig = new Rig();
    setBit(rig, quarter, msr);
    rig.launch(`mov ecx, ${msr}\nxor eax, eax\nxor edx, edx\n${source}\nvmcall`, USE);
    expect(rig.reason).toBe(reason);
  });

  it('are the guest’s own where the bit is 0', () => {
    const rig = run('mov ecx, 0x174\nmov eax, 0x55\nxor edx, edx\nwrmsr\nmov eax, 0\nrdmsr', USE);
    expect([rig.reason, rig.register(w.EAX), rig.field('guestSysenterCs')]).toEqual([18, 0x55, 0x55]);
  });

  it('that do not exist exit all the same: exits come before #GP by number', () => {
    expect(run('mov ecx, 0x9999\nrdmsr').reason).toBe(31);
    const rig = run('mov ecx, 0x1999\nrdmsr', { ...USE, exceptionBitmap: 1 << 13 });
    expect([rig.reason, rig.rip]).toEqual([0, 5]);
  });

  it('for VMX are there to read', () => {
    const rig = run('mov ecx, 0x480\nrdmsr', USE);
    expect([rig.register(w.EAX), rig.register(w.EDX)]).toEqual([0x2b, 0x00d81000]);
    expect(rig.field('guestRip')).toBe(GUEST + 7);
  });
});

describe('MOV DR', () => {
  it.each([
    ['mov eax, dr7', 0x17],
    ['mov dr0, ebx', 0x300],
    ['mov dr5, edi', 0x705],
  ])('%s is described by its qualification', (source, qualification) => {
    expect(exit(run(source, controls('movDrExiting')))).toEqual([29, qualification]);
  });
});
