/** Every control that may be 1: what it changes, seen from outside. */
import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import type { VmcsFieldKey } from '../../src/arch/vmcs-fields.ts';
import { CONTROL, type Control, CONTROLS, type ControlKey } from '../../src/arch/vmx-controls.ts';
import { controls, mapEpt } from './controls.ts';
import { type FieldValues, GOOD_CONTROLS } from './good-vmcs.ts';
import { DATA, IO_BITMAPS, MSR_BITMAP, Rig } from './rig.ts';

type Working = { [K in ControlKey]: Extract<(typeof CONTROLS)[number], { key: K }> extends { absent: string } ? never : K }[ControlKey];

interface Effect {
  /** The guest; VMCALL follows it. */
  readonly source: string;
  readonly fields?: FieldValues;
  /** Controls that are 1 either way. */
  readonly besides?: readonly ControlKey[];
  readonly prepare?: (rig: Rig) => FieldValues | undefined;
  /** What is looked at; default: the basic exit reason, or -1 if the guest still runs. */
  readonly observe?: (rig: Rig) => number;
  readonly off: number;
  readonly on: number;
}

const reason = (rig: Rig): number => (rig.cpu.words[w.NON_ROOT] === 0 ? rig.reason & 0xffff : -1);
const asserted = (rig: Rig): undefined => void (rig.interrupts.asserted = true);
const nmi = (rig: Rig): undefined => {
  rig.cpu.words[w.PENDING_NMI] = 1;
  rig.cpu.words[w.INTERRUPTIBILITY] = 8; // the host is not interrupted
};
const PAT = { guestPat: [0x06060606, 0], hostPat: [0x04040404, 0] } as const;

const EFFECTS: Readonly<Record<Working, Effect>> = {
  externalInterruptExiting: { source: 'nop', prepare: asserted, off: 18, on: 1 },
  nmiExiting: { source: 'nop', prepare: nmi, observe: (rig) => rig.field('exitInterruptionInfo') & 0xfff, off: 0, on: 0x202 },
  virtualNmis: { source: 'nop', besides: ['nmiExiting'], prepare: nmi, fields: { guestInterruptibility: 8 }, off: 18, on: 0 },
  activatePreemptionTimer: { source: 'nop', off: 18, on: 52 },
  interruptWindowExiting: { source: 'sti\nnop', off: 18, on: 7 },
  useTscOffsetting: { source: 'rdtsc', fields: { tscOffset: [0, 7] }, observe: (rig) => rig.register(w.EDX), off: 0, on: 7 },
  hltExiting: { source: 'hlt', off: -1, on: 12 },
  invlpgExiting: { source: 'invlpg [eax]', off: 18, on: 14 },
  mwaitExiting: { source: 'xor ecx, ecx\nmwait', off: 18, on: 36 },
  rdpmcExiting: { source: 'rdpmc', fields: { exceptionBitmap: 1 << 13 }, off: 0, on: 15 },
  rdtscExiting: { source: 'rdtsc', off: 18, on: 16 },
  cr3LoadExiting: { source: 'mov eax, cr3\nmov cr3, eax', off: 18, on: 28 },
  cr3StoreExiting: { source: 'mov eax, cr3', off: 18, on: 28 },
  nmiWindowExiting: { source: 'nop', besides: ['nmiExiting', 'virtualNmis'], off: 18, on: 8 },
  movDrExiting: { source: 'mov eax, dr0', off: 18, on: 29 },
  unconditionalIoExiting: { source: 'out 0x80, al', off: 18, on: 30 },
  useIoBitmaps: {
    source: 'out 0x80, al',
    besides: ['unconditionalIoExiting'],
    fields: { ioBitmapA: [IO_BITMAPS, 0], ioBitmapB: [IO_BITMAPS, 0] },
    off: 30,
    on: 18,
  },
  monitorTrapFlag: { source: 'nop', off: 18, on: 37 },
  useMsrBitmaps: { source: 'mov ecx, 0x174\nrdmsr', fields: { msrBitmap: [MSR_BITMAP, 0] }, off: 31, on: 18 },
  monitorExiting: { source: `mov eax, ${DATA}\nxor ecx, ecx\nmonitor`, off: 18, on: 39 },
  pauseExiting: { source: 'pause', off: 18, on: 40 },
  activateSecondaryControls: { source: 'wbinvd', besides: ['wbinvdExiting'], fields: { primaryControls: 0x04006172 }, off: 18, on: 54 },
  enableEpt: { source: 'mov eax, [0x800000]', prepare: (rig) => ({ eptPointer: mapEpt(rig).eptPointer ?? 0 }), off: 18, on: 48 },
  descriptorTableExiting: { source: 'sldt ax', off: 18, on: 47 },
  enableVpid: {
    source: 'mov eax, [0x400000]',
    fields: { vpid: 3 },
    // The page's table changes between two entries: the guest of a VPID keeps its stale translation.
    observe: (rig) => {
      rig.write(0x4004, 0x8000e7);
      rig.resume({ guestRip: 0x20000 });
      return rig.register(w.EAX) === 0xffffffff ? 1 : 0;
    },
    prepare: (rig) => {
      rig.write(0x4004, 0xe7);
    },
    off: 1,
    on: 0,
  },
  wbinvdExiting: { source: 'wbinvd', off: 18, on: 54 },
  unrestrictedGuest: {
    source: 'mov eax, 0x31\nmov cr0, eax',
    besides: ['enableEpt'],
    prepare: (rig) => ({ eptPointer: mapEpt(rig).eptPointer ?? 0 }),
    fields: { exceptionBitmap: 1 << 13 },
    off: 0,
    on: 18,
  },
  saveDebugControls: {
    source: 'mov eax, 0x401\nmov dr7, eax',
    fields: { exitControls: 0x36dfb },
    observe: (rig) => rig.field('guestDr7'),
    off: 0x400,
    on: 0x401,
  },
  acknowledgeInterruptOnExit: {
    source: 'nop',
    besides: ['externalInterruptExiting'],
    prepare: asserted,
    observe: (rig) => rig.field('exitInterruptionInfo'),
    off: 0,
    on: 0x80000020,
  },
  savePat: {
    source: 'nop',
    besides: ['entryLoadPat'],
    fields: PAT,
    prepare: (rig) => {
      rig.write(0x33000, 0x277, 0, 0x05050505, 0);
      return { entryMsrLoadCount: 1, entryMsrLoadAddress: [0x33000, 0] };
    },
    observe: (rig) => rig.field('guestPat'),
    off: 0x06060606,
    on: 0x05050505,
  },
  exitLoadPat: { source: 'nop', fields: PAT, observe: (rig) => rig.register(w.PAT_LO), off: 0x00070406, on: 0x04040404 },
  savePreemptionTimer: {
    source: 'nop\nnop',
    besides: ['activatePreemptionTimer'],
    fields: { preemptionTimer: 10 },
    observe: (rig) => rig.field('preemptionTimer'),
    off: 10,
    on: 8,
  },
  loadDebugControls: {
    source: 'mov eax, dr7',
    fields: { entryControls: 0x11fb, guestDr7: 0x402 },
    observe: (rig) => rig.register(w.EAX),
    off: 0x400,
    on: 0x402,
  },
  entryLoadPat: { source: 'nop', fields: PAT, observe: (rig) => rig.register(w.PAT_LO), off: 0x00070406, on: 0x06060606 },
};

function observe(key: Working, isOn: boolean): number {
  const effect = EFFECTS[key];
  const rig = new Rig();
  const prepared = effect.prepare?.(rig) ?? {};
  const fields: FieldValues = { ...GOOD_CONTROLS, ...controls(...(effect.besides ?? [])), ...effect.fields, ...prepared };
  const [word] = Object.keys(controls(key)) as VmcsFieldKey[];
  const present = fields[word] as number;
  const value = isOn ? present | CONTROL[key] : present & ~CONTROL[key];
  rig.launch(`${effect.source}\nvmcall`, { ...fields, [word]: value }, 2000);
  return (effect.observe ?? reason)(rig);
}

describe('every control that may be 1', () => {
  it('has its effect in the table', () => {
    const working = (CONTROLS as readonly Control[]).filter((c) => c.absent === undefined).map((c) => c.key);
    expect(Object.keys(EFFECTS).sort()).toEqual(working.sort());
  });

  it.each((Object.keys(EFFECTS) as Working[]).map((key) => [key] as const))('%s changes what it says', (key) => {
    expect(observe(key, false)).toBe(EFFECTS[key].off);
    expect(observe(key, true)).toBe(EFFECTS[key].on);
  });
});
