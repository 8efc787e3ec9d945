import { describe, expect, it } from 'vitest';
import { vmxView } from '../../../src/api/views/vmx.ts';
import type { ExitRow } from '../../../src/api/views/vmx-exits.ts';
import * as w from '../../../src/arch/cpu-state.ts';
import { EXIT } from '../../../src/arch/exit-reasons.ts';
import { FIELD, fieldOffset, type VmcsFieldKey } from '../../../src/arch/vmcs-fields.ts';
import { CONTROL, CONTROL_BY_KEY, type ControlKey } from '../../../src/arch/vmx-controls.ts';
import { hostWith } from '../rig.ts';
import { controls, mapEpt } from '../../vmx/controls.ts';
import type { FieldValues } from '../../vmx/good-vmcs.ts';
import { GUEST, HANDLER, IO_BITMAPS, MSR_BITMAP, Rig } from '../../vmx/rig.ts';

const END = '\nvmcall';
const FIELD_OF = { pin: 'pinBasedControls', primary: 'primaryControls', secondary: 'secondaryControls' } as const;

function rowsOf(rig: Rig): readonly ExitRow[] {
  return vmxView(rig)?.exits ?? [];
}
const rowOf = (rig: Rig, id: string): ExitRow | undefined => rowsOf(rig).find((row) => row.id === id);

/** The guest has exited with `source` to run: root stands before the VMRESUME. */
function before(source: string, fields: FieldValues = {}, prepare: (rig: Rig) => void = () => {}): Rig {
  const rig = new Rig();
  prepare(rig);
  rig.launch('vmcall', fields);
  rig.code(GUEST, `${source}${END}`);
  return rig;
}

/** Instructions over which one control decides. */
const DECIDED: readonly (readonly [control: ControlKey, row: string, source: string])[] = [
  ['hltExiting', 'hlt', 'hlt'],
  ['invlpgExiting', 'invlpg', 'invlpg [0x1000]'],
  ['rdpmcExiting', 'rdpmc', 'rdpmc'],
  ['rdtscExiting', 'rdtsc', 'rdtsc'],
  ['cr3LoadExiting', 'movToCr3', 'mov eax, cr3\nmov cr3, eax'],
  ['cr3StoreExiting', 'movFromCr3', 'mov eax, cr3'],
  ['movDrExiting', 'movDr', 'mov eax, dr7'],
  ['unconditionalIoExiting', 'ioInstruction', 'in al, 0x80'],
  ['pauseExiting', 'pause', 'pause'],
  ['descriptorTableExiting', 'gdtrIdtrAccess', 'sgdt [esp - 8]'],
  ['descriptorTableExiting', 'ldtrTrAccess', 'str eax'],
  ['wbinvdExiting', 'wbinvd', 'wbinvd'],
  ['interruptWindowExiting', 'interruptWindow', 'sti\nnop\nnop'],
  ['monitorTrapFlag', 'monitorTrapFlag', 'nop'],
];

describe('what would exit', () => {
  it.each(DECIDED)('follows %s: flipped on trial it says of %s what the processor then does', (key, id, source) => {
    const field = FIELD_OF[CONTROL_BY_KEY[key].word as 'pin' | 'primary' | 'secondary'];
    const rig = before(source);
    expect(rowOf(rig, id)?.verdict).toBe('never');
    const value = (rig.field(field) | CONTROL[key]) >>> 0;
    const trial = vmxView(rig, { field, value, high: 0 })?.trial;
    expect(trial?.failed).toBeNull();
    const change = trial?.changes.find(({ after }) => after.id === id);
    expect([change?.before.verdict, change?.after.verdict]).toEqual(['never', 'exits']);
    expect(rowOf(rig, id)?.verdict, 'a trial changes nothing').toBe('never');
    // With the control 0 the guest runs past it, to its VMCALL or into a halt; with the control 1 it does not.
    expect(before(source).resume({ guestRip: GUEST }, 200).reason).toBe(EXIT.vmcall);
    rig.resume({ guestRip: GUEST, [field]: value });
    expect(rig.reason).toBe(change?.after.reason);
    expect(rowOf(rig, id)).toMatchObject({ verdict: 'exits', control: { field, bit: CONTROL_BY_KEY[key].bit } });
  });

  it('has a row for each cause, and says of those without a control that they always exit', () => {
    const rows = rowsOf(before('nop'));
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const always = rows.filter(({ verdict }) => verdict === 'always').map(({ id }) => id);
    expect(always).toEqual(expect.arrayContaining(['cpuid', 'vmcall', 'vmread', 'tripleFault', 'taskSwitch', 'initSignal']));
    expect(rows.filter(({ group }) => group === 'exceptions')).toHaveLength(18);
    expect(rows.some(({ reason }) => reason === EXIT.entryFailureGuestState)).toBe(false);
  });

  it('tells which ports exit, by the bitmaps', () => {
    const rig = before(
      'in al, 0x80',
      { ...controls('useIoBitmaps'), ioBitmapA: [IO_BITMAPS, 0], ioBitmapB: [IO_BITMAPS + 0x1000, 0] },
      (r) => {
        r.write(IO_BITMAPS + 0x3f8 / 8, 0xff);
        r.write(IO_BITMAPS + 0x1000, 1);
      },
    );
    expect(rowOf(rig, 'ioInstruction')).toMatchObject({
      verdict: 'some',
      detail: {
        kind: 'ports',
        count: 9,
        runs: [
          [0x3f8, 0x3ff],
          [0x8000, 0x8000],
        ],
      },
    });
    expect(rig.resume({ guestRip: GUEST }).reason).toBe(EXIT.vmcall);
    rig.code(GUEST, 'mov dx, 0x8000\nin al, dx');
    expect(rig.resume({ guestRip: GUEST }).reason).toBe(EXIT.ioInstruction);
  });

  it('tells which MSRs exit, by the bitmaps', () => {
    const rig = before('nop', { ...controls('useMsrBitmaps'), msrBitmap: [MSR_BITMAP, 0] }, (r) => {
      r.write(MSR_BITMAP + 0x174 / 8, 1 << 4);
      r.write(MSR_BITMAP + 3072, 1);
    });
    expect(rowOf(rig, 'rdmsr')?.detail).toEqual({ kind: 'msrs', count: 1, runs: [[0x174, 0x174]] });
    expect(rowOf(rig, 'wrmsr')?.detail).toEqual({ kind: 'msrs', count: 1, runs: [[0xc0000000, 0xc0000000]] });
    expect(rowOf(before('nop'), 'rdmsr')).toMatchObject({ verdict: 'exits', detail: null });
  });

  it('reads page faults through mask and match', () => {
    const fault = (fields: FieldValues): ExitRow | undefined => rowOf(before('nop', fields), 'exception14');
    expect(fault({ exceptionBitmap: 1 << 14 })?.verdict).toBe('exits');
    expect(fault({ exceptionBitmap: 0 })?.verdict).toBe('never');
    // No error code is 1 under the mask 0: bit 14 = 0 now makes every page fault exit.
    expect(fault({ exceptionBitmap: 0, pageFaultMatch: 1 })?.verdict).toBe('exits');
    expect(fault({ exceptionBitmap: 1 << 14, pageFaultMatch: 1 })?.verdict).toBe('never');
    expect(fault({ exceptionBitmap: 1 << 14, pageFaultMask: 2, pageFaultMatch: 2 })).toMatchObject({
      verdict: 'some',
      detail: { kind: 'errorCodes', mask: 2, match: 2, isMatch: true },
    });
  });

  it('reads CR0 and CR4 through mask and shadow', () => {
    const rig = before('nop', { cr0Mask: 0x8, cr0ReadShadow: 0, cr4Mask: 0x10, cr4ReadShadow: 0x10 });
    expect(rowOf(rig, 'movToCr0')).toMatchObject({ verdict: 'some', detail: { kind: 'hostOwned', mask: 8, shadow: 0 } });
    expect(rowOf(rig, 'movToCr4')).toMatchObject({ verdict: 'some', detail: { mask: 0x10, shadow: 0x10 } });
    // CLTS sets TS to what the guest believes it to be.
    expect(rowOf(rig, 'clts')?.verdict).toBe('never');
    const owned = before('clts', { cr0Mask: 0x8, cr0ReadShadow: 0x8 });
    expect(rowOf(owned, 'clts')?.verdict).toBe('exits');
    expect(owned.resume({ guestRip: GUEST }).reason).toBe(EXIT.controlRegisterAccesses);
    expect(rowOf(before('nop'), 'movToCr0')?.verdict).toBe('never');
  });

  it('takes secondary controls for 0 where they are not activated', () => {
    const rig = new Rig();
    rig.launch('vmcall', mapEpt(rig));
    expect(rowOf(rig, 'eptViolation')?.verdict).toBe('exits');
    const value = (rig.field('primaryControls') & 0x7fffffff) >>> 0;
    const trial = vmxView(rig, { field: 'primaryControls', value, high: 0 })?.trial;
    expect(trial?.changes.map(({ after }) => after.id)).toEqual(['eptViolation', 'eptMisconfiguration']);
  });

  it('says what VM entry would make of a trial', () => {
    const rig = before('nop');
    const trial = vmxView(rig, { field: 'pinBasedControls', value: rig.field('pinBasedControls') | 0x20, high: 0 })?.trial;
    expect(trial).toMatchObject({ changes: [], failed: 'virtual-nmis' });
  });

  it('refuses a trial that is none', () => {
    const rig = before('nop');
    for (const [field, value] of [
      ['constructor', 0],
      ['hostCr0', -1],
      ['hostCr0', 2 ** 32],
      ['hostCr0', 0.5],
    ] as const)
      expect(() => vmxView(rig, { field: field as VmcsFieldKey, value, high: 0 })).toThrow('tried out');
  });
});

describe('the next instruction of the guest', () => {
  const nextOf = (rig: Rig) => vmxView(rig)?.next;

  it('is found in the list, from root and from within', () => {
    const rig = before('rdtsc', controls('rdtscExiting'));
    rig.vmcs({ guestRip: GUEST });
    expect(nextOf(rig)).toEqual({ linear: GUEST, row: 'rdtsc', verdict: 'exits' });
    rig.code(GUEST, 'nop\nmov eax, 0x10\nmov cr0, eax');
    expect(nextOf(rig)).toEqual({ linear: GUEST, row: null, verdict: 'never' });
  });

  it.each([
    ['lgdt [0x1000]', 'gdtrIdtrAccess'],
    ['sldt eax', 'ldtrTrAccess'],
    ['out dx, al', 'ioInstruction'],
    ['rep insb', 'ioInstruction'],
    ['mov cr4, eax', 'movToCr4'],
    ['mov eax, cr3', 'movFromCr3'],
    ['mov dr0, eax', 'movDr'],
    ['lmsw ax', 'lmsw'],
    ['wrmsr', 'wrmsr'],
    ['vmread eax, ebx', 'vmread'],
    ['ud2', 'exception6'],
    ['mov eax, cr0', null],
    ['add eax, 1', null],
    ['jmp $', null],
    ['iret', null],
  ])('knows %s', (source, row) => {
    const rig = before(source);
    rig.vmcs({ guestRip: GUEST });
    expect(nextOf(rig)?.row).toBe(row);
  });

  it('is judged with its operands while the guest has the registers', () => {
    const rig = new Rig();
    rig.write(IO_BITMAPS + 0x80 / 8, 1);
    const fields = { ...controls('useIoBitmaps'), ioBitmapA: [IO_BITMAPS, 0], ioBitmapB: [IO_BITMAPS + 0x1000, 0] } as const;
    const judged = (source: string, steps: number, more: FieldValues = {}): unknown => {
      // One tick for VMLAUNCH, then so many of the guest's.
      rig.launch(source, { ...fields, ...more }, steps + 1);
      expect(rig.cpu.words[w.NON_ROOT]).toBe(1);
      const next = nextOf(rig);
      rig.cpu.words[w.NON_ROOT] = 0;
      rig.startHost();
      return [next?.row, next?.verdict];
    };
    expect(judged('mov dx, 0x80\nin al, dx', 1)).toEqual(['ioInstruction', 'exits']);
    expect(judged('mov dx, 0x81\nin al, dx', 1)).toEqual(['ioInstruction', 'never']);
    // Two bytes reach down to the port before.
    expect(judged('mov dx, 0x7f\nin ax, dx', 1)).toEqual(['ioInstruction', 'exits']);
    expect(judged('nop\nin al, 0x80', 1)).toEqual(['ioInstruction', 'exits']);
    const owned = { cr4Mask: 0x10, cr4ReadShadow: 0x10 };
    expect(judged('mov eax, 0x2010\nmov cr4, eax', 1, owned)).toEqual(['movToCr4', 'never']);
    expect(judged('mov eax, 0x2000\nmov cr4, eax', 1, owned)).toEqual(['movToCr4', 'exits']);
  });
});

describe('which bit caused the exit', () => {
  const causeOf = (rig: Rig) => vmxView(rig)?.cause;
  /** Stops at the exit itself: the first tick of the hypervisor. */
  function exit(source: string, fields: FieldValues = {}, prepare: (rig: Rig) => void = () => {}): Rig {
    const rig = new Rig();
    prepare(rig);
    rig.launch(source, fields, 0);
    for (let tick = 0; tick < 100 && (rig.cpu.words[w.EIP] !== HANDLER || rig.cpu.words[w.NON_ROOT] !== 0); tick++) rig.cpu.run(1);
    expect(rig.cpu.words[w.EIP]).toBe(HANDLER);
    return rig;
  }

  it('is a control', () => {
    expect(causeOf(exit('hlt', controls('hltExiting')))).toMatchObject({
      ...{ reason: EXIT.hlt, rule: 'control' },
      bits: [{ field: 'primaryControls', bit: 7, value: 1 }],
    });
    expect(causeOf(exit('wbinvd', controls('wbinvdExiting')))?.bits).toEqual([
      { field: 'primaryControls', bit: 31, value: 1 },
      { field: 'secondaryControls', bit: 6, value: 1 },
    ]);
  });

  it('is none where the exit is unconditional', () => {
    expect(causeOf(exit('cpuid'))).toMatchObject({ reason: EXIT.cpuid, rule: 'always', bits: [] });
  });

  it('is a bit of the exception bitmap, for #PF with mask and match', () => {
    expect(causeOf(exit('ud2', { exceptionBitmap: 1 << 6 }))).toMatchObject({
      ...{ rule: 'exception', vector: 6, pageFault: null },
      bits: [{ field: 'exceptionBitmap', bit: 6, value: 1 }],
    });
    const fault = exit('mov [0x800000], eax', { pageFaultMask: 2 }, (rig) => rig.write(0x4000 + 8, 0));
    expect(causeOf(fault)).toMatchObject({
      ...{ rule: 'pageFault', vector: 14, pageFault: { errorCode: 2, mask: 2, match: 0 } },
      bits: [{ field: 'exceptionBitmap', bit: 14, value: 0 }],
    });
  });

  it('is a bit in memory', () => {
    const io = { ...controls('useIoBitmaps'), ioBitmapA: [IO_BITMAPS, 0], ioBitmapB: [IO_BITMAPS + 0x1000, 0] } as const;
    expect(causeOf(exit('in al, 0x80', io, (rig) => rig.write(IO_BITMAPS + 0x80 / 8, 1)))).toMatchObject({
      ...{ rule: 'bitmap', number: 0x80, memory: { bitmap: 'ioA', bit: 0x80, host: IO_BITMAPS + 0x10, value: 1 } },
      bits: [{ field: 'primaryControls', bit: 25, value: 1 }],
    });
    // Of two bytes the second.
    expect(causeOf(exit('in ax, 0x7f', io, (rig) => rig.write(IO_BITMAPS + 0x80 / 8, 1)))).toMatchObject({ number: 0x80 });
    expect(causeOf(exit('mov dx, 0xffff\nin ax, dx', io))).toMatchObject({ rule: 'portWraps', memory: null });
    expect(causeOf(exit('in al, 0x80', controls('unconditionalIoExiting')))).toMatchObject({ rule: 'control', number: 0x80 });
  });

  it('is a bit of the MSR bitmaps, or that there are none', () => {
    const msr = { ...controls('useMsrBitmaps'), msrBitmap: [MSR_BITMAP, 0] } as const;
    const rig = exit('mov ecx, 0x174\nwrmsr', msr, (r) => r.write(MSR_BITMAP + 2048 + 0x174 / 8, 1 << 4));
    expect(causeOf(rig)).toMatchObject({
      rule: 'bitmap',
      number: 0x174,
      memory: { bitmap: 'msrWriteLow', bit: 0x174, host: MSR_BITMAP + 2048 + 0x2e },
    });
    expect(causeOf(exit('mov ecx, 0x40000000\nrdmsr', msr))).toMatchObject({ rule: 'msrOutside', number: 0x40000000 });
    expect(causeOf(exit('mov ecx, 0x174\nrdmsr'))).toMatchObject({ rule: 'controlOff', number: 0x174, bits: [{ bit: 28, value: 0 }] });
    // Once the hypervisor runs, ECX is no witness.
    rig.cpu.run(1);
    expect(causeOf(rig)).toMatchObject({ rule: 'unknown', number: null, memory: null });
  });

  it('is a host-owned bit of CR0 or CR4 that differs from the shadow', () => {
    const owned = { cr0Mask: 0x80000028 | 0, cr0ReadShadow: 0x80000020 | 0 };
    expect(causeOf(exit('mov eax, cr0\nor eax, 8\nmov cr0, eax', owned))).toMatchObject({
      ...{ rule: 'hostOwned', hostOwned: { register: 0, mask: 8 } },
      bits: [{ field: 'cr0Mask', bit: 3, value: 1 }],
    });
    expect(causeOf(exit('clts', { cr0Mask: 8, cr0ReadShadow: 8 }))).toMatchObject({ rule: 'hostOwned', hostOwned: { mask: 8 } });
    expect(causeOf(exit('mov ax, 8\nlmsw ax', { cr0Mask: 8 }))).toMatchObject({ rule: 'hostOwned', hostOwned: { mask: 8, shadow: 0 } });
    expect(causeOf(exit('mov eax, cr3', controls('cr3StoreExiting')))).toMatchObject({ rule: 'control', bits: [{ bit: 16 }] });
  });

  it('is what was in force, whatever the VMCS says since', () => {
    const rig = exit('hlt', controls('hltExiting'));
    rig.vmcs({ primaryControls: rig.field('primaryControls') & ~0x80 });
    expect(causeOf(rig)?.bits[0].value).toBe(1);
  });

  it('is a check where VM entry failed, and nothing while the guest runs', () => {
    expect(causeOf(exit('hlt', { guestRflags: 0 }))).toMatchObject({ reason: EXIT.entryFailureGuestState, rule: 'entry' });
    const rig = new Rig().launch('jmp $', {}, 5);
    expect(causeOf(rig)).toBeNull();
    expect(vmxView(rig)?.basis).toBe('force');
  });
});

describe('the VMCS one instant before', () => {
  it('shows what an exit has written', async () => {
    const { host } = await hostWith({ image: { kind: 'guest', id: 'first-exit' } });
    await host.step(1, 'exit');
    const region = new DataView((await host.vmx())?.before?.buffer ?? new ArrayBuffer(0));
    // CPUID came with the first exit: before it the field was as VMCLEAR left it.
    expect(region.getUint32(fieldOffset(FIELD.exitReason), true)).toBe(0);
    expect(await host.vmx()).toMatchObject({
      basis: 'vmcs',
      cause: { reason: EXIT.cpuid, rule: 'always' },
      next: { row: 'cpuid', verdict: 'always' },
    });
    await host.step();
    const later = new DataView((await host.vmx())?.before?.buffer ?? new ArrayBuffer(0));
    expect(later.getUint32(fieldOffset(FIELD.exitReason), true)).toBe(EXIT.cpuid);
  });
});
