/** For every entry check: fields that break exactly that rule of the good VMCS. */
import { FIELD, type VmcsFieldKey } from '../../src/arch/vmcs-fields.ts';
import { CONTROL } from '../../src/arch/vmx-controls.ts';
import { EPT_ROOT, type FieldValues, GOOD_CONTROLS, GOOD_VMCS, OTHER_VMCS, VMCS_REGION } from './good-vmcs.ts';

const pin = (bits: number): FieldValues => ({ pinBasedControls: GOOD_CONTROLS.pinBasedControls | bits });
const primary = (bits: number): FieldValues => ({ primaryControls: GOOD_CONTROLS.primaryControls | bits });
const exit = (bits: number): FieldValues => ({ exitControls: GOOD_CONTROLS.exitControls | bits });
const entry = (bits: number): FieldValues => ({ entryControls: GOOD_CONTROLS.entryControls | bits });
const secondary = (bits: number): FieldValues => ({ secondaryControls: bits });
const inject = (entryInterruptionInfo: number): FieldValues => ({ entryInterruptionInfo });

const EPT: FieldValues = { ...secondary(CONTROL.enableEpt), eptPointer: [EPT_ROOT | 0x1e, 0] };
const UNRESTRICTED: FieldValues = { ...EPT, ...secondary(CONTROL.enableEpt | CONTROL.unrestrictedGuest) };
const IF: FieldValues = { guestRflags: 0x202 };
/** A guest in virtual-8086 mode, as it must be. */
export const VIRTUAL: FieldValues = {
  guestRflags: 0x20002,
  ...Object.fromEntries(
    ['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs'].flatMap((s, i) => [
      [`guest${s}Selector`, 0x100 * i],
      [`guest${s}Base`, 0x1000 * i],
      [`guest${s}Limit`, 0xffff],
      [`guest${s}Rights`, 0xf3],
    ]),
  ),
};
const BAD_PAT = [0x00070406, 0x02070406] as const;

/** Rules about each of several segments, which have a row each. */
const SEGMENT_BREAKERS: Readonly<Record<string, (s: string, rights: number) => FieldValues>> = {
  accessed: (s) => ({ [`guest${s}Rights`]: 0xc092 }),
  readable: (s) => ({ [`guest${s}Rights`]: 0xc099 }),
  s: (s, rights) => ({ [`guest${s}Rights`]: rights ^ 0x10 }),
  dpl: (s) => ({ [`guest${s}Selector`]: 0x13 }),
  p: (s, rights) => ({ [`guest${s}Rights`]: rights & ~0x80 }),
  'reserved-low': (s, rights) => ({ [`guest${s}Rights`]: rights | 0x400 }),
  'reserved-high': (s, rights) => ({ [`guest${s}Rights`]: rights | (1 << 17) }),
  g: (s, rights) => ({ [`guest${s}Rights`]: rights | 0x8000, [`guest${s}Limit`]: 0x1000 }),
};

function segmentBreakers(segments: readonly string[], ids: readonly string[]): Record<string, FieldValues> {
  const rightsOf = (s: string): number => (s === 'Ldtr' ? 0x82 : (GOOD_VMCS[`guest${s}Rights` as VmcsFieldKey] as number));
  return Object.fromEntries(
    segments.flatMap((s) => ids.map((id) => [`guest-${s.toLowerCase()}-${id}`, SEGMENT_BREAKERS[id](s, rightsOf(s))] as const)),
  );
}

export const BREAKERS: Readonly<Record<string, FieldValues>> = {
  // controls
  'pin-reserved': pin(1 << 31),
  'primary-reserved': primary(1),
  'secondary-reserved': secondary(1),
  'cr3-target-count': { cr3TargetCount: 5 },
  'io-bitmap-a-aligned': { ...primary(CONTROL.useIoBitmaps), ioBitmapA: [0x8010, 0] },
  'io-bitmap-a-width': { ...primary(CONTROL.useIoBitmaps), ioBitmapA: [0x8000, 0x10] },
  'io-bitmap-b-aligned': { ...primary(CONTROL.useIoBitmaps), ioBitmapB: [0x8010, 0] },
  'io-bitmap-b-width': { ...primary(CONTROL.useIoBitmaps), ioBitmapB: [0x8000, -1] },
  'msr-bitmap-aligned': { ...primary(CONTROL.useMsrBitmaps), msrBitmap: [0x800, 0] },
  'msr-bitmap-width': { ...primary(CONTROL.useMsrBitmaps), msrBitmap: [0, 0x10] },
  'virtual-nmis': pin(CONTROL.virtualNmis),
  'nmi-window': primary(CONTROL.nmiWindowExiting),
  vpid: secondary(CONTROL.enableVpid),
  'ept-memory-type': { ...EPT, eptPointer: [EPT_ROOT | 0x1b, 0] },
  'ept-walk-length': { ...EPT, eptPointer: [EPT_ROOT | 0x26, 0] },
  'ept-reserved': { ...EPT, eptPointer: [EPT_ROOT | 0x9e, 0] },
  'ept-width': { ...EPT, eptPointer: [EPT_ROOT | 0x1e, 0x10] },
  'unrestricted-guest': secondary(CONTROL.unrestrictedGuest),
  'exit-reserved': exit(CONTROL.hostAddressSpaceSize),
  'save-preemption-timer': exit(CONTROL.savePreemptionTimer),
  'exit-msr-store-aligned': { exitMsrStoreCount: 1, exitMsrStoreAddress: [8, 0] },
  'exit-msr-store-width': { exitMsrStoreCount: 1, exitMsrStoreAddress: [0, 0x10] },
  'exit-msr-load-aligned': { exitMsrLoadCount: 1, exitMsrLoadAddress: [8, 0] },
  'exit-msr-load-width': { exitMsrLoadCount: 2, exitMsrLoadAddress: [-16, 0xf] },
  'entry-reserved': entry(CONTROL.ia32eModeGuest),
  'injection-type': inject(0x80000100),
  'injection-vector': inject(0x80000320),
  'injection-deliver-error-code': inject(0x8000030d),
  'injection-reserved': { ...inject(0x80001030), ...IF },
  'injection-error-code': { ...inject(0x80000b0d), entryExceptionErrorCode: 0x10000 },
  'injection-instruction-length': { ...inject(0x80000440), entryInstructionLength: 16 },
  'entry-msr-load-aligned': { entryMsrLoadCount: 1, entryMsrLoadAddress: [4, 0] },
  'entry-msr-load-width': { entryMsrLoadCount: 1, entryMsrLoadAddress: [0, 0x80000000] },
  // host state
  'host-cr0': { hostCr0: 0x80000011 | 0 },
  'host-cr4': { hostCr4: 0x10 },
  'host-pat': { ...exit(CONTROL.exitLoadPat), hostPat: BAD_PAT },
  ...Object.fromEntries(
    (['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs', 'Tr'] as const).map((s, i) => [
      `host-${s.toLowerCase()}-rpl-ti`,
      { [`host${s}Selector`]: i & 1 ? 0x0c : 0x0b },
    ]),
  ),
  'host-cs-null': { hostCsSelector: 0 },
  'host-tr-null': { hostTrSelector: 0 },
  'host-ss-null': { hostSsSelector: 0 },
  // guest registers
  'guest-cr0': { guestCr0: 0x31 },
  'guest-cr0-pg': { ...UNRESTRICTED, guestCr0: 0x80000030 | 0 },
  'guest-cr4': { guestCr4: 0x2030 },
  'guest-debugctl': { guestDebugctl: [0, 1] },
  'guest-pat': { ...entry(CONTROL.entryLoadPat), guestPat: BAD_PAT },
  // guest segments
  'guest-tr-ti': { guestTrSelector: 0x2c },
  'guest-ldtr-ti': { guestLdtrSelector: 0x34, guestLdtrRights: 0x82, guestLdtrLimit: 7 },
  'guest-ss-rpl': { guestCsSelector: 0x0b },
  ...Object.fromEntries(
    ['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs'].flatMap((s) =>
      Object.entries({ Base: 0x10, Limit: 0xfffff, Rights: 0x93 }).map(([part, value]) => [
        `guest-${s.toLowerCase()}-8086-${part.toLowerCase()}`,
        { ...VIRTUAL, [`guest${s}${part}`]: value },
      ]),
    ),
  ),
  'guest-cs-type': { guestCsRights: 0xc093 },
  'guest-ss-type': { guestSsRights: 0xc091 },
  ...segmentBreakers(['Ds', 'Es', 'Fs', 'Gs'], ['accessed', 'readable', 'dpl']),
  ...segmentBreakers(['Cs', 'Ss', 'Ds', 'Es', 'Fs', 'Gs'], ['s', 'p', 'reserved-low', 'g', 'reserved-high']),
  'guest-cs-dpl-data': { ...UNRESTRICTED, guestCsRights: 0xc0f3 },
  'guest-cs-dpl-nonconforming': { guestCsRights: 0xc0fb },
  'guest-cs-dpl-conforming': { guestCsRights: 0xc0ff },
  'guest-ss-dpl-rpl': { guestCsRights: 0xc09f, guestSsRights: 0xc0f3 },
  'guest-ss-dpl-real': { ...UNRESTRICTED, guestCr0: 0x30, guestCsRights: 0xc09f, guestSsRights: 0xc0f3 },
  'guest-tr-type': { guestTrRights: 0x89 },
  'guest-tr-usable': { guestTrRights: 0x1008b },
  'guest-ldtr-type': { guestLdtrRights: 0x8b },
  ...segmentBreakers(['Tr', 'Ldtr'], ['s', 'p', 'reserved-low', 'g', 'reserved-high']),
  'guest-gdtr-limit': { guestGdtrLimit: 0x1ffff },
  'guest-idtr-limit': { guestIdtrLimit: 0x10000 },
  'guest-rflags-reserved': { guestRflags: 0 },
  'guest-rflags-vm': { ...UNRESTRICTED, ...VIRTUAL, guestCr0: 0x30 },
  'guest-rflags-if': inject(0x80000030),
  // guest non-register state
  'activity-state': { guestActivity: 4 },
  'activity-hlt': { guestActivity: 1, guestCsSelector: 0x1b, guestCsRights: 0xc0fb, guestSsSelector: 0x23, guestSsRights: 0xc0f3 },
  'activity-blocking': { ...IF, guestActivity: 1, guestInterruptibility: 1 },
  'activity-injection': { ...inject(0x80000306), guestActivity: 1 },
  'interruptibility-reserved': { guestInterruptibility: 0x10 },
  'sti-and-mov-ss': { ...IF, guestInterruptibility: 3 },
  'sti-if': { guestInterruptibility: 1 },
  'interrupt-blocking': { ...IF, ...inject(0x80000030), guestInterruptibility: 1 },
  'nmi-mov-ss': { ...inject(0x80000202), guestInterruptibility: 2 },
  'smi-blocking': { guestInterruptibility: 4 },
  'nmi-sti': { ...IF, ...inject(0x80000202), guestInterruptibility: 1 },
  'nmi-virtual': { ...pin(CONTROL.nmiExiting | CONTROL.virtualNmis), ...inject(0x80000202), guestInterruptibility: 8 },
  'pending-debug-reserved': { guestPendingDebug: 0x10 },
  'pending-debug-bs': { guestInterruptibility: 2, guestPendingDebug: 0x4000 },
  'link-aligned': { vmcsLinkPointer: [OTHER_VMCS + 4, 0] },
  'link-width': { vmcsLinkPointer: [OTHER_VMCS, 0x10] },
  'link-revision': { vmcsLinkPointer: [0x20000, 0] },
  'link-current': { vmcsLinkPointer: [VMCS_REGION, 0] },
};

/** Entries of a VM-entry MSR-load area that break exactly that rule: MSR, reserved word, data. */
export const MSR_BREAKERS: Readonly<Record<string, readonly (readonly [index: number, reserved: number, low: number, high: number])[]>> = {
  'msr-load-count': Array.from({ length: 513 }, () => [0x174, 0, 8, 0] as const),
  'msr-load-reserved': [[0x174, 1, 8, 0]],
  'msr-load-fs-gs': [
    [0x174, 0, 8, 0],
    [0xc0000100, 0, 0, 0],
  ],
  'msr-load-x2apic': [[0x802, 0, 0, 0]],
  'msr-load-smm': [[0x9b, 0, 0, 0]],
  'msr-load-writable': [[0x277, 0, 2, 0]],
};

/** Sets every field of `values` by `set`, which takes an encoding. */
export function writeFields(values: FieldValues, set: (encoding: number, value: number) => void): void {
  for (const [key, value] of Object.entries(values)) {
    const encoding = FIELD[key as VmcsFieldKey];
    if (typeof value === 'number') set(encoding, value);
    else {
      set(encoding, value[0]);
      set(encoding + 1, value[1]);
    }
  }
}
