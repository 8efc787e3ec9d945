/** A VMCS with which VM entry succeeds: flat 32-bit host and guest at CPL 0, paging on, nothing intercepted. 64-bit fields as [low, high]. */
import type { VmcsFieldKey } from '../../src/arch/vmcs-fields.ts';
import { CONTROL } from '../../src/arch/vmx-controls.ts';

export type FieldValue = number | readonly [low: number, high: number];
export type FieldValues = Partial<Record<VmcsFieldKey, FieldValue>>;

/** Physical addresses that the tests use. */
export const VMXON_REGION = 0x5000;
export const VMCS_REGION = 0x6000;
export const OTHER_VMCS = 0x7000;
export const EPT_ROOT = 0xb000;

const segments = ['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs'] as const;

export const GOOD_CONTROLS = {
  pinBasedControls: 0x16,
  primaryControls: 0x04006172 | CONTROL.activateSecondaryControls,
  secondaryControls: 0,
  exitControls: 0x36dff,
  entryControls: 0x11ff,
} as const;

export const GOOD_VMCS: FieldValues = {
  ...GOOD_CONTROLS,
  vmcsLinkPointer: [-1, -1],
  hostCr0: 0x80000031 | 0,
  hostCr3: 0x4000,
  hostCr4: 0x2010,
  hostEsSelector: 0x10,
  hostCsSelector: 0x08,
  hostSsSelector: 0x10,
  hostDsSelector: 0x10,
  hostFsSelector: 0x10,
  hostGsSelector: 0x10,
  hostTrSelector: 0x18,
  hostTrBase: 0x3000,
  hostGdtrBase: 0x1000,
  hostIdtrBase: 0x2000,
  guestCr0: 0x80000031 | 0,
  guestCr3: 0x4000,
  guestCr4: 0x2010,
  guestDr7: 0x400,
  guestRflags: 2,
  ...Object.fromEntries(segments.map((s) => [`guest${s}Selector`, s === 'Cs' ? 0x08 : 0x10])),
  ...Object.fromEntries(segments.map((s) => [`guest${s}Limit`, -1])),
  ...Object.fromEntries(segments.map((s) => [`guest${s}Rights`, s === 'Cs' ? 0xc09b : 0xc093])),
  guestLdtrRights: 0x10000,
  guestTrSelector: 0x28,
  guestTrLimit: 0x67,
  guestTrRights: 0x8b,
  guestGdtrBase: 0x1000,
  guestGdtrLimit: 0x2f,
  guestIdtrBase: 0x11000,
  guestIdtrLimit: 0x7ff,
};
