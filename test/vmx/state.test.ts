import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import type { VmcsFieldKey } from '../../src/arch/vmcs-fields.ts';
import { controls } from './controls.ts';
import { VIRTUAL } from './breakers.ts';
import type { FieldValues } from './good-vmcs.ts';
import { DATA, GUEST, HANDLER, MSR_AREA, Rig } from './rig.ts';

const UNRESTRICTED = { ...controls('enableEpt', 'unrestrictedGuest'), eptPointer: [0xb01e, 0] } as const;

/** EPT that maps everything below 1 GiB to itself, by one page. */
function identityEpt(rig: Rig): void {
  rig.write(0xb000, 0xc007, 0);
  rig.write(0xc000, 0xb7, 0);
}

describe('guest state', () => {
  /** Guest values that are all different from the host's and from each other. */
  const GUEST_STATE: FieldValues = {
    guestCr3: 0x4018,
    guestEsSelector: 0x10,
    guestDsSelector: 0x13,
    guestDsRights: 0xd0f3,
    guestFsSelector: 0x44,
    guestFsBase: 0x12345678,
    guestFsLimit: 0x00abcfff,
    guestGsSelector: 0x0002,
    guestGsRights: 0x10000,
    guestLdtrSelector: 0x30,
    guestLdtrBase: 0x1800,
    guestLdtrLimit: 0xff,
    guestLdtrRights: 0x82,
    guestTrSelector: 0x28,
    guestTrBase: 0x2500,
    guestTrLimit: 0x88,
    guestTrRights: 0x8b,
    guestGdtrBase: 0x1111,
    guestGdtrLimit: 0x222,
    guestIdtrBase: 0x3333,
    guestIdtrLimit: 0x444,
    guestDr7: 0x10400,
    guestRsp: 0x5555,
    guestRflags: 0x00240cd7,
    guestSysenterCs: 0x66,
    guestSysenterEsp: 0x7777,
    guestSysenterEip: 0x8888,
    guestSmbase: 0x9999,
    vmcsLinkPointer: [-1, -1],
  };

  it('comes out of a VM exit as it went into the VM entry', () => {
    const rig = new Rig().launch('vmcall', GUEST_STATE);
    expect(rig.reason).toBe(18);
    for (const [key, value] of Object.entries(GUEST_STATE)) {
      expect(rig.field(key as VmcsFieldKey), key).toBe((typeof value === 'number' ? value : value[0]) >>> 0);
    }
  });

  it('is in the CPU while the guest runs', () => {
    const rig = new Rig().launch(`mov eax, [fs:0]\nmov [${DATA}], esp\nstr ecx\nvmcall`, { ...GUEST_STATE, guestFsBase: DATA + 0x100 });
    expect([rig.read(DATA), rig.register(w.ECX) & 0xffff]).toEqual([0x5555, 0x28]);
  });

  it('has the CPL of SS', () => {
    const ring3 = { guestCsSelector: 0x0b, guestCsRights: 0xc0fb, guestSsSelector: 0x13, guestSsRights: 0xc0f3, exceptionBitmap: 1 << 13 };
    expect(new Rig().launch('hlt', ring3).reason).toBe(0);
  });

  it('leaves out of CR0 what no VM entry and no VM exit changes: ET, NW, CD', () => {
    const rig = new Rig().launch('mov eax, cr0\nvmcall', { guestCr0: 0xe0000021 | 0, hostCr0: 0x80000021 | 0 });
    expect(rig.register(w.EAX)).toBe(0x80000031);
    expect(rig.register(w.CR0)).toBe(0x80000031);
  });

  it('takes DR7 and IA32_DEBUGCTL with “load debug controls” alone, and gives them back with “save debug controls” alone', () => {
    const rig = new Rig().launch('mov eax, dr7\nvmcall', { guestDr7: 0xffffd7ff | 0 });
    expect([rig.register(w.EAX), rig.field('guestDr7')]).toEqual([0xffff07ff, 0xffff07ff]);
    const without = new Rig();
    without.cpu.words[w.DR7] = 0x10400;
    without.launch('mov eax, dr7\nvmcall', { guestDr7: 0x20400, entryControls: 0x11fb, exitControls: 0x36dfb });
    expect([without.register(w.EAX), without.field('guestDr7')]).toEqual([0x10400, 0x20400]);
  });

  it('takes and gives IA32_PAT by its controls', () => {
    const PAT = [0x07060504, 0x00010405] as const;
    const rig = new Rig().launch('mov ecx, 0x277\nvmcall', {
      ...controls('entryLoadPat', 'savePat', 'exitLoadPat'),
      guestPat: PAT,
      hostPat: [0, 6],
    });
    expect([rig.field('guestPat'), rig.high('guestPat')]).toEqual([...PAT]);
    expect([rig.register(w.PAT_LO), rig.register(w.PAT_HI)]).toEqual([0, 6]);
    const without = new Rig().launch('vmcall', { guestPat: PAT });
    expect([without.register(w.PAT_LO), without.field('guestPat')]).toEqual([0x00070406, PAT[0]]);
  });

  it('of an unrestricted guest may be real mode', () => {
    const rig = new Rig();
    identityEpt(rig);
    rig.code(0x3000, 'mov ax, cs\nmov ds, ax\nmov [0x80], sp\npush ax\nvmcall', 16);
    const real = {
      guestCr0: 0x30,
      guestCsSelector: 0x300,
      guestCsBase: 0x3000,
      guestCsLimit: 0xffff,
      guestCsRights: 0x9b,
      guestRip: 0,
      guestRsp: 0x8000,
    };
    const segments = Object.fromEntries(
      ['Ss', 'Ds', 'Es', 'Fs', 'Gs'].flatMap((s) => [
        [`guest${s}Rights`, 0x93],
        [`guest${s}Limit`, 0xffff],
        [`guest${s}Selector`, 0],
      ]),
    );
    rig.launch('', { ...UNRESTRICTED, ...real, ...segments });
    expect([rig.reason, rig.field('guestRsp'), rig.field('guestDsSelector'), rig.field('guestDsBase')]).toEqual([
      18, 0x7ffe, 0x300, 0x3000,
    ]);
    expect(rig.read(0x3080) & 0xffff).toBe(0x8000);
  });

  it('of an unrestricted guest may switch paging off and on, of another not', () => {
    const source = 'mov eax, cr0\nand eax, 0x7fffffff\nmov cr0, eax\nvmcall';
    const rig = new Rig();
    identityEpt(rig);
    rig.launch(source, UNRESTRICTED);
    expect([rig.reason, rig.field('guestCr0')]).toEqual([18, 0x31]);
    expect(rig.register(w.CR0)).toBe(0x80000031);
    const other = new Rig().launch(source, { exceptionBitmap: 1 << 13 });
    expect([other.reason, other.field('exitInterruptionInfo')]).toEqual([0, 0x80000b0d]);
  });
});

describe('host state', () => {
  it('is flat, at CPL 0, with interrupts off, whatever was before', () => {
    const rig = new Rig().launch('vmcall', {
      hostFsBase: 0x1234,
      hostGsBase: 0x5678,
      hostGsSelector: 0,
      hostTrBase: 0x3456,
      hostSysenterCs: 9,
      hostSysenterEsp: 10,
      hostSysenterEip: 11,
    });
    const words = (at: number): number[] => [0, 1, 2, 3].map((i) => rig.register(at + i));
    expect(words(w.CS)).toEqual([0x08, 0, 0xffffffff, 0xc09b]);
    expect(words(w.SS)).toEqual([0x10, 0, 0xffffffff, 0xc093]);
    expect(words(w.FS)).toEqual([0x10, 0x1234, 0xffffffff, 0xc093]);
    expect(words(w.GS).slice(0, 2)).toEqual([0, 0x5678]);
    expect(rig.register(w.GS + w.RIGHTS) >>> 16).toBe(1);
    expect(rig.register(w.LDTR + w.RIGHTS) >>> 16).toBe(1);
    expect(words(w.TR)).toEqual([0x18, 0x3456, 0x67, 0x8b]);
    expect([rig.register(w.GDTR_LIMIT), rig.register(w.IDTR_LIMIT)]).toEqual([0xffff, 0xffff]);
    expect([rig.register(w.SYSENTER_CS), rig.register(w.SYSENTER_ESP), rig.register(w.SYSENTER_EIP)]).toEqual([9, 10, 11]);
    expect([rig.cpu.eflags(), rig.register(w.DR7), rig.register(w.CPL), rig.register(w.ESP)]).toEqual([2, 0x400, 0, 0x28000]);
  });

  it('leaves general registers, CR2, DR0 to DR3 and DR6 as the guest left them', () => {
    const rig = new Rig().launch('mov ebp, 0x77\nmov cr2, ebp\nmov dr3, ebp\nvmcall');
    expect([rig.register(w.EBP), rig.register(w.CR2), rig.register(w.DR3)]).toEqual([0x77, 0x77, 0x77]);
  });
});

describe('MSR areas', () => {
  it('load at entry, store and load at exit, in order', () => {
    const rig = new Rig();
    rig.write(MSR_AREA, 0x174, 0, 0x11, 0, 0x174, 0, 0x12, 0, 0x175, 0, 0x13, 0);
    rig.write(MSR_AREA + 0x100, 0x174, 0, 0, 0, 0x176, 0, 0, 0, 0x480, 0, 0, 0);
    rig.write(MSR_AREA + 0x200, 0x176, 0, 0x21, 0);
    rig.launch('mov ecx, 0x175\nvmcall', {
      guestSysenterEip: 0x99,
      entryMsrLoadCount: 3,
      entryMsrLoadAddress: [MSR_AREA, 0],
      exitMsrStoreCount: 3,
      exitMsrStoreAddress: [MSR_AREA + 0x100, 0],
      exitMsrLoadCount: 1,
      exitMsrLoadAddress: [MSR_AREA + 0x200, 0],
    });
    expect([rig.field('guestSysenterCs'), rig.field('guestSysenterEsp')]).toEqual([0x12, 0x13]);
    expect([rig.read(MSR_AREA + 0x108), rig.read(MSR_AREA + 0x118), rig.read(MSR_AREA + 0x128)]).toEqual([0x12, 0x99, 0x2b]);
    expect(rig.register(w.SYSENTER_EIP)).toBe(0x21);
  });

  it('carry the time-stamp counter', () => {
    const rig = new Rig();
    rig.write(MSR_AREA, 0x10, 0, 0x1000_0000, 0x55);
    rig.launch('rdtsc\nvmcall', { entryMsrLoadCount: 1, entryMsrLoadAddress: [MSR_AREA, 0] });
    expect(rig.register(w.EDX)).toBe(0x55);
    expect(rig.register(w.EAX) - 0x1000_0000).toBeLessThan(10);
  });

  it.each([
    ['that cannot be stored', { exitMsrStoreCount: 1, exitMsrStoreAddress: [MSR_AREA, 0] }, 1],
    ['that cannot be loaded', { exitMsrLoadCount: 1, exitMsrLoadAddress: [MSR_AREA, 0] }, 4],
    ['of more than 512 entries to store', { exitMsrStoreCount: 513, exitMsrStoreAddress: [0x40000, 0] }, 1],
  ] as const)('%s are a VMX abort at the exit: the processor shuts down', (_what, fields, indicator) => {
    const rig = new Rig();
    rig.write(MSR_AREA, 0x9999, 0, 0, 0);
    for (let i = 0; i < 513; i++) rig.write(0x40000 + 16 * i, 0x174);
    rig.launch('vmcall', fields);
    expect(rig.read(0x6004)).toBe(indicator);
    expect(rig.cpu.isShutdown).toBe(true);
    expect(rig.register(w.EIP)).not.toBe(HANDLER + 1);
    rig.cpu.raiseNmi();
    expect(rig.cpu.run(10)).toBe('shutdown');
  });
});

describe('the controls in force', () => {
  it('are those of the entry, whatever is stored into the VMCS meanwhile', () => {
    // 6500H to 657FH: the 32-bit control fields.
    const rig = new Rig().launch('mov edi, 0x6500\nmov ecx, 0x20\nxor eax, eax\nrep stosd\nhlt', controls('hltExiting'));
    expect([rig.reason, rig.field('guestRip'), rig.field('primaryControls')]).toEqual([12, GUEST + 14, 0]);
    expect(rig.hasExited).toBe(true);
  });

  it('do not help where the host-state area was overwritten: that is a VMX abort', () => {
    const rig = new Rig().launch('mov edi, 0x6100\nmov ecx, 0x200\nxor eax, eax\nrep stosd\nvmcall');
    expect(rig.read(0x6004)).toBe(3);
    expect(rig.cpu.isShutdown).toBe(true);
  });
});

describe('a guest in virtual-8086 mode', () => {
  it('runs at CPL 3, and its VM exit keeps its segments', () => {
    const code = { guestCsSelector: GUEST >>> 4, guestCsBase: GUEST, guestRip: 0 };
    const rig = new Rig().launch('bits 16\nmov ax, 0x1234\nmov ds, ax\ncpuid', { ...VIRTUAL, ...code });
    expect([rig.reason, rig.field('guestRip'), rig.field('guestDsBase'), rig.field('guestDsRights')]).toEqual([10, 5, 0x12340, 0xf3]);
    expect([rig.field('guestRflags') & 0x20000, rig.field('guestSsRights')]).toEqual([0x20000, 0xf3]);
  });

  it('is asked for its IOPL by INT n, before there is an event, but not by one that is injected', () => {
    const code = { guestCsSelector: GUEST >>> 4, guestCsBase: GUEST, guestRip: 0, exceptionBitmap: 1 << 13 };
    const told = (rig: Rig): number[] => [rig.reason, rig.field('exitInterruptionErrorCode'), rig.field('idtVectoringInfo')];
    expect(told(new Rig().launch('bits 16\nint 0x40', { ...VIRTUAL, ...code }))).toEqual([0, 0, 0]);
    const injected = { entryInterruptionInfo: 0x80000440, entryInstructionLength: 2 };
    // The gate of vector 40H is not for CPL 3.
    expect(told(new Rig().launch('bits 16\nnop', { ...VIRTUAL, ...code, ...injected }))).toEqual([0, 0x202, 0x80000440]);
  });

  it('finds system instructions undefined, and VMCALL a way out', () => {
    const code = { guestCsSelector: GUEST >>> 4, guestCsBase: GUEST, guestRip: 0, exceptionBitmap: 1 << 6 };
    expect(new Rig().launch('bits 16\nvmcall', { ...VIRTUAL, ...code }).reason).toBe(18);
    expect(new Rig().launch('bits 16\nstr ax', { ...VIRTUAL, ...code }).reason).toBe(0);
  });
});
