/** What VM entry checks, in the manual's order: VMX controls, host state, guest state, MSR loading. SDM vol. 3, chapter "VM Entries".
 *  One row is one rule. The first that does not hold decides the result, and is named to whoever asks.
 *
 *  Rules that this CPU cannot break have no row: what concerns Intel 64 (canonical addresses, IA-32e mode), PAE (the PDPTEs; CR4.PAE itself is refused by
 *  the CR4 row) and controls that may not be 1 (SMM, APIC virtualization, posted interrupts, ...), which the capability rows refuse first. */
import { EFLAGS_IF, EFLAGS_TF, EFLAGS_VM } from './eflags.ts';
import { RIGHTS_G, RIGHTS_P, RIGHTS_S, RIGHTS_UNUSABLE } from './descriptors.ts';
import { IA32_DEBUGCTL, IA32_PAT, mayWriteMsr, msrRow } from './msrs.ts';
import { CR0_PE, CR0_PG, MAXPHYADDR } from './paging.ts';
import { CR3_TARGETS, CR4_FIXED0, CR4_FIXED1, CR0_FIXED0, BEYOND_WIDTH_HIGH, capabilityMsr, REVISION_ID } from './vmx-capabilities.ts';
import { CONTROL } from './vmx-controls.ts';
import { CLEAR, FIELD, LAUNCHED, type VmcsFieldKey } from './vmcs-fields.ts';

/** What a check may look at. Words are int32. */
export interface EntryContext {
  /** A field of the current VMCS: 16-bit ones zero-extended; of a 64-bit one the low word, or with `encoding + 1` the high one. */
  get(encoding: number): number;
  /** The control words; `secondary` is 0 unless it is activated. */
  readonly pin: number;
  readonly primary: number;
  readonly secondary: number;
  readonly exit: number;
  readonly entry: number;
  /** VMLAUNCH, not VMRESUME. */
  readonly isLaunch: boolean;
  readonly launchState: number;
  /** Current-VMCS pointer, -1 for none. */
  readonly currentVmcs: number;
  /** Interruptibility of the processor that executes VMLAUNCH or VMRESUME, in VMCS format. */
  readonly interruptibility: number;
  /** The word at a physical address. */
  readPhysical(physical: number): number;
  /** Entry of the VM-entry MSR-load area being checked: its number from 1, the MSR, bits 63:32, and whether WRMSR at CPL 0 would take the value. */
  readonly msr: MsrEntry;
}

export interface MsrEntry {
  readonly number: number;
  readonly index: number;
  readonly reserved: number;
  readonly isWritable: boolean;
}

/** `basic`: VMLAUNCH or VMRESUME fails before it looks at the VMCS's fields. `controls`, `host`: VMfailValid 7, 8. `guest`: VM exit 33. `msr`: VM exit 34. */
export type CheckGroup = 'basic' | 'controls' | 'host' | 'guest' | 'msr';

export interface EntryCheck {
  /** Stable, unique. */
  readonly id: string;
  readonly group: CheckGroup;
  /** Title of the SDM's section. */
  readonly title: string;
  /** The field to show; null where the rule is about no field. */
  readonly field: VmcsFieldKey | null;
  /** What must hold, as a sentence. */
  readonly rule: string;
  /** VM-instruction error of a `basic` check; absent: VMfailInvalid. */
  readonly error?: number;
  /** Exit qualification of a `guest` check where it is not 0. */
  readonly qualification?: number;
  /** True while the rule holds. */
  readonly test: (c: EntryContext) => boolean;
}

type Rule = readonly [
  id: string,
  field: VmcsFieldKey | null,
  rule: string,
  test: (c: EntryContext) => boolean,
  extra?: { error?: number; qualification?: number },
];

const section = (group: CheckGroup, title: string, rules: readonly Rule[]): EntryCheck[] =>
  rules.map(([id, field, rule, test, extra]) => ({ id, group, title, field, rule, test, ...extra }));

// Small words of the rules -----------------------------------------------------------------------------------------------------------------
const bits = (value: number, high: number, low: number): number => (value >>> low) & ((2 << (high - low)) - 1);
const has = (word: number, mask: number): boolean => (word & mask) !== 0;

/** Reserved settings against a capability MSR pair; the TRUE one decides. */
const allows = (word: number, msr: number): boolean => {
  const [mustBe1, mayBe1] = capabilityMsr(msr) ?? [0, 0];
  return (~word & mustBe1) === 0 && (word & ~mayBe1) === 0;
};

const isPageAligned = (c: EntryContext, key: VmcsFieldKey): boolean => (c.get(FIELD[key]) & 0xfff) === 0;
const isWithinWidth = (c: EntryContext, key: VmcsFieldKey): boolean => (c.get(FIELD[key] + 1) & BEYOND_WIDTH_HIGH) === 0;

/** First and last byte of an MSR area lie within the physical-address width. */
const isAreaWithinWidth = (c: EntryContext, address: VmcsFieldKey, count: VmcsFieldKey): boolean => {
  const first = (c.get(FIELD[address] + 1) >>> 0) * 2 ** 32 + (c.get(FIELD[address]) >>> 0);
  return first + (c.get(FIELD[count]) >>> 0) * 16 - 1 < 2 ** MAXPHYADDR;
};

const msrArea = (id: string, address: VmcsFieldKey, count: VmcsFieldKey): Rule[] => [
  [
    `${id}-aligned`,
    address,
    'If the count is not 0, bits 3:0 of the address must be 0.',
    (c) => c.get(FIELD[count]) === 0 || (c.get(FIELD[address]) & 15) === 0,
  ],
  [
    `${id}-width`,
    address,
    'If the count is not 0, neither the address nor that of the last byte may set bits beyond the physical-address width.',
    (c) => c.get(FIELD[count]) === 0 || isAreaWithinWidth(c, address, count),
  ],
];

const takesMsr = (msr: number, c: EntryContext, key: VmcsFieldKey): boolean => {
  const row = msrRow(msr);
  return row !== undefined && mayWriteMsr(row, c.get(FIELD[key]), c.get(FIELD[key] + 1), 0);
};

// Basic ------------------------------------------------------------------------------------------------------------------------------------
const BASIC = section('basic', 'Basic VM-Entry Checks', [
  ['current-vmcs', null, 'There must be a current VMCS.', (c) => c.currentVmcs !== -1],
  ['mov-ss-blocking', null, 'Events must not be blocked by MOV SS.', (c) => !has(c.interruptibility, 2), { error: 26 }],
  [
    'launch-state-clear',
    null,
    'For VMLAUNCH, the launch state of the VMCS must be clear.',
    (c) => !c.isLaunch || c.launchState === CLEAR,
    { error: 4 },
  ],
  [
    'launch-state-launched',
    null,
    'For VMRESUME, the launch state of the VMCS must be launched.',
    (c) => c.isLaunch || c.launchState === LAUNCHED,
    { error: 5 },
  ],
]);

// Controls ---------------------------------------------------------------------------------------------------------------------------------
const VM_EXECUTION_CONTROLS = section('controls', 'VM-Execution Control Fields', [
  ['pin-reserved', 'pinBasedControls', 'Reserved bits must be set as IA32_VMX_TRUE_PINBASED_CTLS says.', (c) => allows(c.pin, 0x48d)],
  [
    'primary-reserved',
    'primaryControls',
    'Reserved bits must be set as IA32_VMX_TRUE_PROCBASED_CTLS says.',
    (c) => allows(c.primary, 0x48e),
  ],
  [
    'secondary-reserved',
    'secondaryControls',
    'Reserved bits must be set as IA32_VMX_PROCBASED_CTLS2 says.',
    (c) => allows(c.secondary, 0x48b),
  ],
  [
    'cr3-target-count',
    'cr3TargetCount',
    `The CR3-target count must not be greater than ${CR3_TARGETS}.`,
    (c) => c.get(FIELD.cr3TargetCount) >>> 0 <= CR3_TARGETS,
  ],
  ...(['ioBitmapA', 'ioBitmapB'] as const).flatMap((key, i): Rule[] => [
    [
      `io-bitmap-${'ab'[i]}-aligned`,
      key,
      'If “use I/O bitmaps” is 1, bits 11:0 of each address must be 0.',
      (c) => !has(c.primary, CONTROL.useIoBitmaps) || isPageAligned(c, key),
    ],
    [
      `io-bitmap-${'ab'[i]}-width`,
      key,
      'If “use I/O bitmaps” is 1, no address may set bits beyond the physical-address width.',
      (c) => !has(c.primary, CONTROL.useIoBitmaps) || isWithinWidth(c, key),
    ],
  ]),
  [
    'msr-bitmap-aligned',
    'msrBitmap',
    'If “use MSR bitmaps” is 1, bits 11:0 of the address must be 0.',
    (c) => !has(c.primary, CONTROL.useMsrBitmaps) || isPageAligned(c, 'msrBitmap'),
  ],
  [
    'msr-bitmap-width',
    'msrBitmap',
    'If “use MSR bitmaps” is 1, the address may not set bits beyond the physical-address width.',
    (c) => !has(c.primary, CONTROL.useMsrBitmaps) || isWithinWidth(c, 'msrBitmap'),
  ],
  [
    'virtual-nmis',
    'pinBasedControls',
    'If “NMI exiting” is 0, “virtual NMIs” must be 0.',
    (c) => has(c.pin, CONTROL.nmiExiting) || !has(c.pin, CONTROL.virtualNmis),
  ],
  [
    'nmi-window',
    'primaryControls',
    'If “virtual NMIs” is 0, “NMI-window exiting” must be 0.',
    (c) => has(c.pin, CONTROL.virtualNmis) || !has(c.primary, CONTROL.nmiWindowExiting),
  ],
  [
    'vpid',
    'vpid',
    'If “enable VPID” is 1, the VPID must not be 0.',
    (c) => !has(c.secondary, CONTROL.enableVpid) || c.get(FIELD.vpid) !== 0,
  ],
  [
    'ept-memory-type',
    'eptPointer',
    'Bits 2:0 of the EPTP must be a memory type of the EPT structures: 0 (UC) or 6 (WB).',
    (c) => eptpHolds(c, isEptMemoryType),
  ],
  [
    'ept-walk-length',
    'eptPointer',
    'Bits 5:3 of the EPTP must be 3: a page-walk length of 4.',
    (c) => eptpHolds(c, (lo) => bits(lo, 5, 3) === 3),
  ],
  ['ept-reserved', 'eptPointer', 'Bits 11:7 of the EPTP must be 0.', (c) => eptpHolds(c, (lo) => bits(lo, 11, 7) === 0)],
  [
    'ept-width',
    'eptPointer',
    'The EPTP may not set bits beyond the physical-address width.',
    (c) => eptpHolds(c, () => isWithinWidth(c, 'eptPointer')),
  ],
  [
    'unrestricted-guest',
    'secondaryControls',
    'If “unrestricted guest” is 1, “enable EPT” must be 1.',
    (c) => !has(c.secondary, CONTROL.unrestrictedGuest) || has(c.secondary, CONTROL.enableEpt),
  ],
]);

const VM_EXIT_CONTROLS = section('controls', 'VM-Exit Control Fields', [
  ['exit-reserved', 'exitControls', 'Reserved bits must be set as IA32_VMX_TRUE_EXIT_CTLS says.', (c) => allows(c.exit, 0x48f)],
  [
    'save-preemption-timer',
    'exitControls',
    'If “activate VMX-preemption timer” is 0, “save VMX-preemption timer value” must be 0.',
    (c) => has(c.pin, CONTROL.activatePreemptionTimer) || !has(c.exit, CONTROL.savePreemptionTimer),
  ],
  ...msrArea('exit-msr-store', 'exitMsrStoreAddress', 'exitMsrStoreCount'),
  ...msrArea('exit-msr-load', 'exitMsrLoadAddress', 'exitMsrLoadCount'),
]);

const VM_ENTRY_CONTROLS = section('controls', 'VM-Entry Control Fields', [
  ['entry-reserved', 'entryControls', 'Reserved bits must be set as IA32_VMX_TRUE_ENTRY_CTLS says.', (c) => allows(c.entry, 0x490)],
  [
    'injection-type',
    'entryInterruptionInfo',
    'The interruption type must not be 1 (reserved).',
    (c) => injectionHolds(c, (e) => e.type !== 1),
  ],
  [
    'injection-vector',
    'entryInterruptionInfo',
    'The vector must fit the type: 2 for an NMI, at most 31 for a hardware exception, 0 for a pending MTF VM exit.',
    (c) => injectionHolds(c, (e) => (e.type === 2 ? e.vector === 2 : e.type === 3 ? e.vector <= 31 : e.type !== 7 || e.vector === 0)),
  ],
  [
    'injection-deliver-error-code',
    'entryInterruptionInfo',
    'The deliver-error-code bit must be 1 for hardware exceptions 8, 10 to 14 and 17 in a guest with CR0.PE = 1, and 0 for everything else.',
    (c) => injectionHolds(c, (e) => has(e.info, 1 << 11) === (e.type === 3 && ERROR_CODE_VECTORS.has(e.vector) && isProtected(c))),
  ],
  ['injection-reserved', 'entryInterruptionInfo', 'Bits 30:12 must be 0.', (c) => injectionHolds(c, (e) => bits(e.info, 30, 12) === 0)],
  [
    'injection-error-code',
    'entryExceptionErrorCode',
    'If an error code is delivered, its bits 31:16 must be 0.',
    (c) => injectionHolds(c, (e) => !has(e.info, 1 << 11) || c.get(FIELD.entryExceptionErrorCode) >>> 16 === 0),
  ],
  [
    'injection-instruction-length',
    'entryInstructionLength',
    'For software interrupts and software exceptions, the instruction length must be 1 to 15.',
    (c) => injectionHolds(c, (e) => e.type < 4 || e.type > 6 || isInstructionLength(c.get(FIELD.entryInstructionLength))),
  ],
  ...msrArea('entry-msr-load', 'entryMsrLoadAddress', 'entryMsrLoadCount'),
]);

function eptpHolds(c: EntryContext, rule: (lo: number) => boolean): boolean {
  return !has(c.secondary, CONTROL.enableEpt) || rule(c.get(FIELD.eptPointer));
}

function isEptMemoryType(lo: number): boolean {
  return bits(lo, 2, 0) === 0 || bits(lo, 2, 0) === 6;
}

interface Injection {
  readonly info: number;
  readonly type: number;
  readonly vector: number;
}

/** A rule about the event to be injected, where there is one. */
function injectionHolds(c: EntryContext, rule: (e: Injection) => boolean): boolean {
  const info = c.get(FIELD.entryInterruptionInfo);
  return info >= 0 || rule({ info, type: bits(info, 10, 8), vector: info & 0xff });
}

/** Hardware exceptions that have an error code: #DF #TS #NP #SS #GP #PF #AC. */
const ERROR_CODE_VECTORS: ReadonlySet<number> = new Set([8, 10, 11, 12, 13, 14, 17]);

function isProtected(c: EntryContext): boolean {
  return !has(c.secondary, CONTROL.unrestrictedGuest) || has(c.get(FIELD.guestCr0), 1);
}

function isInstructionLength(length: number): boolean {
  return length >= 1 && length <= 15;
}

// Host state -------------------------------------------------------------------------------------------------------------------------------
const HOST_REGISTERS = section('host', 'Checks on Host Control Registers, MSRs, and SSP', [
  [
    'host-cr0',
    'hostCr0',
    'CR0 must have the bits that VMX operation needs: PE, NE and PG must be 1.',
    (c) => (~c.get(FIELD.hostCr0) & CR0_FIXED0) === 0,
  ],
  ['host-cr4', 'hostCr4', 'CR4 must have VMXE = 1 and no bit that this CPU does not support.', (c) => isCr4(c.get(FIELD.hostCr4))],
  [
    'host-pat',
    'hostPat',
    'If “load IA32_PAT” is 1, each byte must be 0, 1, 4, 5, 6 or 7.',
    (c) => !has(c.exit, CONTROL.exitLoadPat) || takesMsr(IA32_PAT, c, 'hostPat'),
  ],
]);

const HOST_SEGMENTS = section('host', 'Checks on Host Segment and Descriptor-Table Registers', [
  ...(['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs', 'Tr'] as const).map((s): Rule => {
    const key = `host${s}Selector` as const;
    return [
      `host-${s.toLowerCase()}-rpl-ti`,
      key,
      `In the selector of ${s.toUpperCase()}, RPL and TI must be 0.`,
      (c) => (c.get(FIELD[key]) & 7) === 0,
    ];
  }),
  ['host-cs-null', 'hostCsSelector', 'The selector of CS must not be 0.', (c) => c.get(FIELD.hostCsSelector) !== 0],
  ['host-tr-null', 'hostTrSelector', 'The selector of TR must not be 0.', (c) => c.get(FIELD.hostTrSelector) !== 0],
  [
    'host-ss-null',
    'hostSsSelector',
    'The selector of SS must not be 0 for a host that is not in 64-bit mode.',
    (c) => c.get(FIELD.hostSsSelector) !== 0,
  ],
]);

function isCr4(cr4: number): boolean {
  return (~cr4 & CR4_FIXED0) === 0 && (cr4 & ~CR4_FIXED1) === 0;
}

// Guest state ------------------------------------------------------------------------------------------------------------------------------
/** In IA32_DEBUGCTL. */
const BTF = 2;

const GUEST_REGISTERS = section('guest', 'Checks on Guest Control Registers, Debug Registers, and MSRs', [
  [
    'guest-cr0',
    'guestCr0',
    'CR0 must have the bits that VMX operation needs: NE must be 1, and PE and PG too unless “unrestricted guest” is 1.',
    (c) => (~c.get(FIELD.guestCr0) & (has(c.secondary, CONTROL.unrestrictedGuest) ? CR0_FIXED0 & ~(CR0_PE | CR0_PG) : CR0_FIXED0)) === 0,
  ],
  [
    'guest-cr0-pg',
    'guestCr0',
    'If CR0.PG is 1, CR0.PE must be 1.',
    (c) => !has(c.get(FIELD.guestCr0), CR0_PG) || has(c.get(FIELD.guestCr0), CR0_PE),
  ],
  ['guest-cr4', 'guestCr4', 'CR4 must have VMXE = 1 and no bit that this CPU does not support.', (c) => isCr4(c.get(FIELD.guestCr4))],
  [
    'guest-debugctl',
    'guestDebugctl',
    'If “load debug controls” is 1, reserved bits of IA32_DEBUGCTL must be 0.',
    (c) => !has(c.entry, CONTROL.loadDebugControls) || takesMsr(IA32_DEBUGCTL, c, 'guestDebugctl'),
  ],
  [
    'guest-pat',
    'guestPat',
    'If “load IA32_PAT” is 1, each byte must be 0, 1, 4, 5, 6 or 7.',
    (c) => !has(c.entry, CONTROL.entryLoadPat) || takesMsr(IA32_PAT, c, 'guestPat'),
  ],
]);

/** The fields of one guest segment register, by their encodings. */
interface Segment {
  readonly name: 'Es' | 'Cs' | 'Ss' | 'Ds' | 'Fs' | 'Gs' | 'Ldtr' | 'Tr';
  readonly selector: number;
  readonly base: number;
  readonly limit: number;
  readonly rights: number;
  /** CS and TR are checked whether their unusable bit is 1 or not. */
  readonly isAlwaysChecked: boolean;
}
const segment = (name: Segment['name'], isAlwaysChecked = false): Segment => ({
  name,
  selector: FIELD[`guest${name}Selector`],
  base: FIELD[`guest${name}Base`],
  limit: FIELD[`guest${name}Limit`],
  rights: FIELD[`guest${name}Rights`],
  isAlwaysChecked,
});
const CS = segment('Cs', true);
const SS = segment('Ss');
const TR = segment('Tr', true);
const LDTR = segment('Ldtr');
const DATA_SEGMENTS = [segment('Ds'), segment('Es'), segment('Fs'), segment('Gs')];
const CODE_AND_DATA = [CS, SS, ...DATA_SEGMENTS];

const rights = (c: EntryContext, s: Segment): number => c.get(s.rights);
const selector = (c: EntryContext, s: Segment): number => c.get(s.selector);
const type = (c: EntryContext, s: Segment): number => rights(c, s) & 15;
const dpl = (c: EntryContext, s: Segment): number => bits(rights(c, s), 6, 5);
const isChecked = (c: EntryContext, s: Segment): boolean => s.isAlwaysChecked || !has(rights(c, s), RIGHTS_UNUSABLE);
/** Virtual-8086 mode, in which ES to GS have rules of their own. */
const isVirtual = (c: EntryContext): boolean => has(c.get(FIELD.guestRflags), EFLAGS_VM);
const isRestricted = (c: EntryContext): boolean => !has(c.secondary, CONTROL.unrestrictedGuest);

/** Granularity against limit: limit 11:0 not all ones needs G = 0, limit 31:20 not 0 needs G = 1. */
const isGranularity = (c: EntryContext, s: Segment): boolean => {
  const limit = c.get(s.limit);
  return has(rights(c, s), RIGHTS_G) ? (limit & 0xfff) === 0xfff : limit >>> 20 === 0;
};

/** One rule for several segments: a row each, for those that are usable. */
const each = (segments: readonly Segment[], id: string, rule: string, test: (c: EntryContext, s: Segment) => boolean): Rule[] =>
  segments.map((s) => [
    `guest-${s.name.toLowerCase()}-${id}`,
    `guest${s.name}Rights`,
    `${s.name.toUpperCase()}: ${rule}`,
    (c) => !isChecked(c, s) || (isVirtual(c) && CODE_AND_DATA.includes(s)) || test(c, s),
  ]);

/** As `each`, of one part of ES to GS, in virtual-8086 mode. */
const each8086 = (part: 'Base' | 'Limit' | 'Rights', rule: string, test: (c: EntryContext, s: Segment) => boolean): Rule[] =>
  CODE_AND_DATA.map((s) => [
    `guest-${s.name.toLowerCase()}-8086-${part.toLowerCase()}`,
    `guest${s.name}${part}`,
    `${s.name.toUpperCase()}: ${rule}`,
    (c) => !isVirtual(c) || test(c, s),
  ]);

const P_RULE = 'bit 7 (P) must be 1.';
const RESERVED_LOW_RULE = 'bits 11:8 of the access rights are reserved and must be 0.';
const RESERVED_HIGH_RULE = 'bits 31:17 of the access rights are reserved and must be 0.';
const G_RULE = 'bit 15 (G) must be 0 if bits 11:0 of the limit are not all 1, and 1 if bits 31:20 are not all 0.';
const isPresent = (c: EntryContext, s: Segment): boolean => has(rights(c, s), RIGHTS_P);
const isLowClear = (c: EntryContext, s: Segment): boolean => bits(rights(c, s), 11, 8) === 0;
const isHighClear = (c: EntryContext, s: Segment): boolean => rights(c, s) >>> 17 === 0;
const isSystem = (c: EntryContext, s: Segment): boolean => !has(rights(c, s), RIGHTS_S);

const GUEST_SEGMENTS = section('guest', 'Checks on Guest Segment Registers', [
  ['guest-tr-ti', 'guestTrSelector', 'In the selector of TR, TI must be 0.', (c) => !has(selector(c, TR), 4)],
  [
    'guest-ldtr-ti',
    'guestLdtrSelector',
    'In the selector of LDTR, TI must be 0.',
    (c) => !isChecked(c, LDTR) || !has(selector(c, LDTR), 4),
  ],
  [
    'guest-ss-rpl',
    'guestSsSelector',
    'Without “unrestricted guest”, the RPL of SS must equal the RPL of CS.',
    (c) => isVirtual(c) || !isRestricted(c) || ((selector(c, SS) ^ selector(c, CS)) & 3) === 0,
  ],
  // Virtual-8086 mode
  ...each8086('Base', 'in virtual-8086 mode the base must be the selector times 16.', (c, s) => c.get(s.base) === selector(c, s) << 4),
  ...each8086('Limit', 'in virtual-8086 mode the limit must be FFFFH.', (c, s) => c.get(s.limit) === 0xffff),
  ...each8086('Rights', 'in virtual-8086 mode the access rights must be F3H.', (c, s) => rights(c, s) === 0xf3),
  // Access rights, bits 3:0 (type)
  [
    'guest-cs-type',
    'guestCsRights',
    'CS: the type must be 9, 11, 13 or 15 (accessed code), or 3 with “unrestricted guest”.',
    (c) => isVirtual(c) || (type(c, CS) & 9) === 9 || (type(c, CS) === 3 && !isRestricted(c)),
  ],
  ...each([SS], 'type', 'the type must be 3 or 7 (writable, accessed data).', (c, s) => (type(c, s) & ~4) === 3),
  ...each(DATA_SEGMENTS, 'accessed', 'bit 0 of the type (accessed) must be 1.', (c, s) => has(type(c, s), 1)),
  ...each(
    DATA_SEGMENTS,
    'readable',
    'if bit 3 of the type is 1 (code), bit 1 (readable) must be 1.',
    (c, s) => !has(type(c, s), 8) || has(type(c, s), 2),
  ),
  // Bit 4 (S)
  ...each(CODE_AND_DATA, 's', 'bit 4 (S) must be 1: code or data.', (c, s) => !isSystem(c, s)),
  // Bits 6:5 (DPL)
  [
    'guest-cs-dpl-data',
    'guestCsRights',
    'CS: if the type is 3, the DPL must be 0.',
    (c) => isVirtual(c) || type(c, CS) !== 3 || dpl(c, CS) === 0,
  ],
  [
    'guest-cs-dpl-nonconforming',
    'guestCsRights',
    'CS: if the type is 9 or 11 (non-conforming), the DPL must equal the DPL of SS.',
    (c) => isVirtual(c) || (type(c, CS) & 13) !== 9 || dpl(c, CS) === dpl(c, SS),
  ],
  [
    'guest-cs-dpl-conforming',
    'guestCsRights',
    'CS: if the type is 13 or 15 (conforming), the DPL must not be greater than the DPL of SS.',
    (c) => isVirtual(c) || (type(c, CS) & 13) !== 13 || dpl(c, CS) <= dpl(c, SS),
  ],
  [
    'guest-ss-dpl-rpl',
    'guestSsRights',
    'SS: without “unrestricted guest”, the DPL must equal the RPL of the selector.',
    (c) => isVirtual(c) || !isRestricted(c) || dpl(c, SS) === (selector(c, SS) & 3),
  ],
  [
    'guest-ss-dpl-real',
    'guestSsRights',
    'SS: if the type of CS is 3 or CR0.PE is 0, the DPL must be 0.',
    (c) => isVirtual(c) || (type(c, CS) !== 3 && has(c.get(FIELD.guestCr0), CR0_PE)) || dpl(c, SS) === 0,
  ],
  ...each(
    DATA_SEGMENTS,
    'dpl',
    'without “unrestricted guest”, the DPL of data or non-conforming code must not be less than the RPL of the selector.',
    (c, s) => !isRestricted(c) || type(c, s) > 11 || dpl(c, s) >= (selector(c, s) & 3),
  ),
  ...each(CODE_AND_DATA, 'p', P_RULE, isPresent),
  ...each(CODE_AND_DATA, 'reserved-low', RESERVED_LOW_RULE, isLowClear),
  ...each(CODE_AND_DATA, 'g', G_RULE, isGranularity),
  ...each(CODE_AND_DATA, 'reserved-high', RESERVED_HIGH_RULE, isHighClear),
  ...each([TR], 'type', 'the type must be 3 or 11 (busy TSS).', (c, s) => (type(c, s) & ~8) === 3),
  ...each([TR], 's', 'bit 4 (S) must be 0: a system segment.', isSystem),
  ...each([TR], 'p', P_RULE, isPresent),
  ...each([TR], 'reserved-low', RESERVED_LOW_RULE, isLowClear),
  ...each([TR], 'g', G_RULE, isGranularity),
  ...each([TR], 'usable', 'bit 16 (unusable) must be 0.', (c, s) => !has(rights(c, s), RIGHTS_UNUSABLE)),
  ...each([TR], 'reserved-high', RESERVED_HIGH_RULE, isHighClear),
  ...each([LDTR], 'type', 'the type must be 2 (LDT).', (c, s) => type(c, s) === 2),
  ...each([LDTR], 's', 'bit 4 (S) must be 0: a system segment.', isSystem),
  ...each([LDTR], 'p', P_RULE, isPresent),
  ...each([LDTR], 'reserved-low', RESERVED_LOW_RULE, isLowClear),
  ...each([LDTR], 'g', G_RULE, isGranularity),
  ...each([LDTR], 'reserved-high', RESERVED_HIGH_RULE, isHighClear),
]);

const GUEST_TABLES = section('guest', 'Checks on Guest Descriptor-Table Registers', [
  ['guest-gdtr-limit', 'guestGdtrLimit', 'Bits 31:16 of the limit must be 0.', (c) => c.get(FIELD.guestGdtrLimit) >>> 16 === 0],
  ['guest-idtr-limit', 'guestIdtrLimit', 'Bits 31:16 of the limit must be 0.', (c) => c.get(FIELD.guestIdtrLimit) >>> 16 === 0],
]);

const rflags = (c: EntryContext): number => c.get(FIELD.guestRflags);

const GUEST_RFLAGS = section('guest', 'Checks on Guest RIP, RFLAGS, and SSP', [
  [
    'guest-rflags-reserved',
    'guestRflags',
    'Bits 31:22, 15, 5 and 3 must be 0, and bit 1 must be 1.',
    (c) => (rflags(c) & (0xffc08028 | 0)) === 0 && has(rflags(c), 2),
  ],
  [
    'guest-rflags-vm',
    'guestRflags',
    'VM must be 0 if CR0.PE is 0.',
    (c) => !has(rflags(c), EFLAGS_VM) || has(c.get(FIELD.guestCr0), CR0_PE),
  ],
  [
    'guest-rflags-if',
    'guestRflags',
    'IF must be 1 if an external interrupt is injected.',
    (c) => injectionHolds(c, (e) => e.type !== 0 || has(rflags(c), EFLAGS_IF)),
  ],
]);

const ACTIVE = 0;
const HLT = 1;
const SHUTDOWN = 2;
const STI_OR_MOV_SS = 3;
const activity = (c: EntryContext): number => c.get(FIELD.guestActivity);
const interruptibility = (c: EntryContext): number => c.get(FIELD.guestInterruptibility);

/** An event that the activity state would not block. In HLT: an external interrupt, an NMI, #DB, #MC, a pending MTF VM exit. In shutdown: an NMI or #MC. */
const isDeliverable = (state: number, e: Injection): boolean => {
  if (state === ACTIVE) return true;
  const isMachineCheck = e.type === 3 && e.vector === 18;
  if (state === SHUTDOWN) return e.type === 2 || isMachineCheck;
  return state === HLT && (e.type === 0 || e.type === 2 || e.type === 7 || isMachineCheck || (e.type === 3 && e.vector === 1));
};

const link = (rule: string): string => `If the VMCS link pointer is not all ones, ${rule}`;
const hasLink = (c: EntryContext): boolean => (c.get(FIELD.vmcsLinkPointer) & c.get(FIELD.vmcsLinkPointer + 1)) !== -1;

const GUEST_NON_REGISTER = section('guest', 'Checks on Guest Non-Register State', [
  [
    'activity-state',
    'guestActivity',
    'The activity state must be 0 to 3 (active, HLT, shutdown, wait-for-SIPI).',
    (c) => activity(c) >>> 0 <= 3,
  ],
  [
    'activity-hlt',
    'guestActivity',
    'The activity state must not be HLT if the DPL of SS is not 0.',
    (c) => activity(c) !== HLT || dpl(c, SS) === 0,
  ],
  [
    'activity-blocking',
    'guestActivity',
    'The activity state must be active if STI or MOV SS blocks.',
    (c) => !has(interruptibility(c), STI_OR_MOV_SS) || activity(c) === ACTIVE,
  ],
  [
    'activity-injection',
    'guestActivity',
    'The injected event must not be one that the activity state blocks.',
    (c) => injectionHolds(c, (e) => isDeliverable(activity(c), e)),
  ],
  ['interruptibility-reserved', 'guestInterruptibility', 'Bits 31:4 must be 0.', (c) => interruptibility(c) >>> 4 === 0],
  [
    'sti-and-mov-ss',
    'guestInterruptibility',
    'STI and MOV SS must not both block.',
    (c) => (interruptibility(c) & STI_OR_MOV_SS) !== STI_OR_MOV_SS,
  ],
  [
    'sti-if',
    'guestInterruptibility',
    'STI must not block if RFLAGS.IF is 0.',
    (c) => !has(interruptibility(c), 1) || has(rflags(c), EFLAGS_IF),
  ],
  [
    'interrupt-blocking',
    'guestInterruptibility',
    'Neither STI nor MOV SS may block if an external interrupt is injected.',
    (c) => injectionHolds(c, (e) => e.type !== 0 || !has(interruptibility(c), STI_OR_MOV_SS)),
  ],
  [
    'nmi-mov-ss',
    'guestInterruptibility',
    'MOV SS must not block if an NMI is injected.',
    (c) => injectionHolds(c, (e) => e.type !== 2 || !has(interruptibility(c), 2)),
  ],
  ['smi-blocking', 'guestInterruptibility', 'SMIs must not be blocked outside SMM.', (c) => !has(interruptibility(c), 4)],
  // The manual leaves this one to the processor; a part that asks for it reports qualification 3.
  [
    'nmi-sti',
    'guestInterruptibility',
    'STI must not block if an NMI is injected.',
    (c) => injectionHolds(c, (e) => e.type !== 2 || !has(interruptibility(c), 1)),
    { qualification: 3 },
  ],
  [
    'nmi-virtual',
    'guestInterruptibility',
    'If “virtual NMIs” is 1, NMIs must not be blocked if an NMI is injected.',
    (c) => !has(c.pin, CONTROL.virtualNmis) || injectionHolds(c, (e) => e.type !== 2 || !has(interruptibility(c), 8)),
  ],
  [
    'pending-debug-reserved',
    'guestPendingDebug',
    'Bits 11:4, 13 and 31:15 must be 0.',
    (c) => (c.get(FIELD.guestPendingDebug) & ~0x500f) === 0,
  ],
  [
    'pending-debug-bs',
    'guestPendingDebug',
    'If STI or MOV SS blocks or the activity state is HLT, BS must be 1 if RFLAGS.TF is 1 and IA32_DEBUGCTL.BTF is 0, and 0 otherwise.',
    (c) =>
      (!has(interruptibility(c), STI_OR_MOV_SS) && activity(c) !== HLT) ||
      has(c.get(FIELD.guestPendingDebug), 1 << 14) === (has(rflags(c), EFLAGS_TF) && !has(c.get(FIELD.guestDebugctl), BTF)),
  ],
  [
    'link-aligned',
    'vmcsLinkPointer',
    link('bits 11:0 must be 0.'),
    (c) => !hasLink(c) || isPageAligned(c, 'vmcsLinkPointer'),
    { qualification: 4 },
  ],
  [
    'link-width',
    'vmcsLinkPointer',
    link('it may not set bits beyond the physical-address width.'),
    (c) => !hasLink(c) || isWithinWidth(c, 'vmcsLinkPointer'),
    { qualification: 4 },
  ],
  [
    'link-revision',
    'vmcsLinkPointer',
    link('the word it points to must be the VMCS revision identifier.'),
    (c) => !hasLink(c) || readLink(c) === REVISION_ID,
    { qualification: 4 },
  ],
  [
    'link-current',
    'vmcsLinkPointer',
    link('it must not point to the current VMCS.'),
    (c) => !hasLink(c) || c.get(FIELD.vmcsLinkPointer + 1) !== 0 || c.get(FIELD.vmcsLinkPointer) !== c.currentVmcs,
    { qualification: 4 },
  ],
]);

/** Beyond 4 GiB there is open bus: all ones. */
function readLink(c: EntryContext): number {
  return c.get(FIELD.vmcsLinkPointer + 1) === 0 ? c.readPhysical(c.get(FIELD.vmcsLinkPointer)) : -1;
}

// MSR loading ------------------------------------------------------------------------------------------------------------------------------
/** Entries that an MSR area may have here. The manual recommends 512 * (IA32_VMX_MISC[27:25] + 1) and leaves more undefined. */
export const MSR_AREA_LIMIT = 512;

const MSR_LOADING = section('msr', 'Loading MSRs', [
  [
    'msr-load-count',
    'entryMsrLoadCount',
    `An MSR area must not have more than ${MSR_AREA_LIMIT} entries.`,
    (c) => c.msr.number <= MSR_AREA_LIMIT,
  ],
  ['msr-load-reserved', 'entryMsrLoadAddress', 'Bits 63:32 of an entry must be 0.', (c) => c.msr.reserved === 0],
  [
    'msr-load-fs-gs',
    'entryMsrLoadAddress',
    'The MSR must not be IA32_FS_BASE or IA32_GS_BASE.',
    (c) => c.msr.index >>> 0 !== 0xc0000100 && c.msr.index >>> 0 !== 0xc0000101,
  ],
  ['msr-load-x2apic', 'entryMsrLoadAddress', 'The MSR must not be one of the x2APIC (800H to 8FFH).', (c) => c.msr.index >>> 8 !== 8],
  [
    'msr-load-smm',
    'entryMsrLoadAddress',
    'The MSR must not be one that can be written only in SMM (IA32_SMM_MONITOR_CTL).',
    (c) => c.msr.index !== 0x9b,
  ],
  ['msr-load-writable', 'entryMsrLoadAddress', 'WRMSR at CPL 0 must be able to load the MSR with the value.', (c) => c.msr.isWritable],
]);

/** Every rule, in the order in which VM entry looks at them. */
export const ENTRY_CHECKS: readonly EntryCheck[] = [
  ...BASIC,
  ...VM_EXECUTION_CONTROLS,
  ...VM_EXIT_CONTROLS,
  ...VM_ENTRY_CONTROLS,
  ...HOST_REGISTERS,
  ...HOST_SEGMENTS,
  ...GUEST_REGISTERS,
  ...GUEST_SEGMENTS,
  ...GUEST_TABLES,
  ...GUEST_RFLAGS,
  ...GUEST_NON_REGISTER,
  ...MSR_LOADING,
];
