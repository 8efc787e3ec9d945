/** What the VMCS panel knows of fields: which drawer, which space, which are in use, which words open into bits, and what the reader left open. */
import type { ExitCause, FieldTrial, VmxView, WalkContext } from '../../api/protocol.ts';
import type { BitField } from '../../arch/bit-field.ts';
import { CR0_BITS, CR4_BITS } from '../../arch/paging.ts';
import { EXCEPTIONS } from '../../arch/exceptions.ts';
import {
  FIELD,
  fieldType,
  type fieldWidth,
  VMCS_FIELDS,
  type VmcsField,
  type VmcsFieldKey,
  type VmcsFieldType,
} from '../../arch/vmcs-fields.ts';
import { type Control, CONTROL_BY_KEY, CONTROLS, type ControlWord } from '../../arch/vmx-controls.ts';
import { fieldValue, fieldWords, hasEpt } from '../reading.ts';
import type { Session } from '../session.ts';
import type { Space } from '../widgets/number.ts';

export type Drawer = 'readOnly' | 'control' | 'guest' | 'host';
export type Tab = 'fields' | 'checks' | 'exits';

/** In the order of the page. */
export const DRAWERS: readonly (readonly [VmcsFieldType, Drawer])[] = [
  ['read-only', 'readOnly'],
  ['control', 'control'],
  ['guest', 'guest'],
  ['host', 'host'],
];

/** How the reader looks at the VMCS; what is left out is as the moment suggests. */
export interface Look {
  readonly tab: Tab | null;
  readonly open: Partial<Readonly<Record<Drawer, boolean>>>;
  /** Words that are open into their bits, or shut although the moment would open them. */
  readonly words: Partial<Readonly<Record<VmcsFieldKey, boolean>>>;
  readonly sections: Readonly<Record<string, boolean>>;
  readonly isAll: boolean;
  readonly trial: FieldTrial | null;
}

const FIRST_LOOK: Look = { tab: null, open: {}, words: {}, sections: {}, isAll: false, trial: null };
const LOOKS = new WeakMap<Session, Look>();

/** Kept while the page lives, wherever the reader goes. */
export function lookOf(session: Session): Look {
  return LOOKS.get(session) ?? FIRST_LOOK;
}

/** Changes it. */
export function look(session: Session, change: Partial<Look>): void {
  LOOKS.set(session, { ...lookOf(session), ...change });
}

/** A bit of a word, by name. */
export interface NamedBit {
  readonly bit: number;
  readonly name: string;
  /** Why it must be 0, in the words of arch/vmx-controls.ts. */
  readonly absent?: string;
}

export const WORD_FIELDS: Readonly<Record<ControlWord, VmcsFieldKey>> = {
  pin: 'pinBasedControls',
  primary: 'primaryControls',
  secondary: 'secondaryControls',
  exit: 'exitControls',
  entry: 'entryControls',
};
const flags = (fields: readonly BitField[]): readonly NamedBit[] =>
  fields.filter(({ width, name }) => (width ?? 1) === 1 && name !== '').map(({ bit, name }) => ({ bit, name }));

/** Words that open into bits. */
export const BITS: Partial<Readonly<Record<VmcsFieldKey, readonly NamedBit[]>>> = {
  ...Object.fromEntries(
    Object.entries(WORD_FIELDS).map(([word, key]) => [key, (CONTROLS as readonly Control[]).filter((c) => c.word === word)]),
  ),
  exceptionBitmap: EXCEPTIONS.filter(({ vector }) => vector !== 2).map(({ vector, mnemonic }) => ({ bit: vector, name: mnemonic })),
  ...{ cr0Mask: flags(CR0_BITS), cr0ReadShadow: flags(CR0_BITS), guestCr0: flags(CR0_BITS), hostCr0: flags(CR0_BITS) },
  ...{ cr4Mask: flags(CR4_BITS), cr4ReadShadow: flags(CR4_BITS), guestCr4: flags(CR4_BITS), hostCr4: flags(CR4_BITS) },
};

/** The word that a field is, of controls. */
export function controlWordOf(key: VmcsFieldKey): ControlWord | null {
  return (Object.entries(WORD_FIELDS) as [ControlWord, VmcsFieldKey][]).find(([, field]) => field === key)?.[0] ?? null;
}

/** Segments whose four fields share a line. */
export const SEGMENTS = ['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs', 'Ldtr', 'Tr'] as const;
export const SEGMENT_PARTS = ['Selector', 'Base', 'Limit', 'Rights'] as const;
const IN_SEGMENTS: ReadonlySet<string> = new Set(SEGMENTS.flatMap((s) => SEGMENT_PARTS.map((part) => `guest${s}${part}`)));

/** Of the guest's fields those that a reader looks for first. */
const FIRST: readonly string[] = ['guestRip', 'guestRsp', 'guestRflags', 'guestCr0', 'guestCr3', 'guestCr4'];
const rank = ({ key }: VmcsField): number =>
  FIRST.includes(key) ? FIRST.indexOf(key) : key === 'exitReason' ? -2 : key === 'exitQualification' ? -1 : FIRST.length;

/** The fields of a drawer that have a line of their own, in the order of the page. */
export function linesOf(type: VmcsFieldType): readonly VmcsField[] {
  const fields: readonly VmcsField[] = VMCS_FIELDS;
  return fields.filter((f) => fieldType(f.encoding) === type && !IN_SEGMENTS.has(f.key)).toSorted((a, b) => rank(a) - rank(b));
}

/** What a field's value is an address in; null: it is no address. Offsets into a segment are linear where its base is 0. */
export function spaceOf(key: VmcsFieldKey, region: Uint8Array): Space | null {
  const isFlat = (base: VmcsFieldKey): boolean => fieldValue(region, FIELD[base]) === 0;
  if (key === 'guestRip') return isFlat('guestCsBase') ? 'v' : null;
  if (key === 'guestRsp') return isFlat('guestSsBase') ? 'v' : null;
  if (key === 'guestCr3') return hasEpt(region) ? 'g' : 'h';
  if (key === 'vmcsLinkPointer') return fieldWords(region, FIELD[key]).every((word) => word === 0xffffffff) ? null : 'h';
  return SPACES[key] ?? null;
}

const SPACES: Partial<Readonly<Record<VmcsFieldKey, Space>>> = {
  ...Object.fromEntries(VMCS_FIELDS.filter(({ key }) => /Base$|Linear|SysenterE|^host(Rip|Rsp)$/.test(key)).map(({ key }) => [key, 'v'])),
  ...{ ioBitmapA: 'h', ioBitmapB: 'h', msrBitmap: 'h', exitMsrStoreAddress: 'h', exitMsrLoadAddress: 'h', entryMsrLoadAddress: 'h' },
  guestPhysicalAddress: 'g',
  ...{ hostCr3: 'h', eptPointer: 'h', executiveVmcsPointer: 'h' },
};

/** Fields of a table's address with attributes in its low 12 bits. */
const ROOTS: ReadonlySet<VmcsFieldKey> = new Set(['guestCr3', 'hostCr3', 'eptPointer']);

/** The address in `value` of the field `key`. */
export function addressIn(key: VmcsFieldKey, value: number): number {
  return ROOTS.has(key) ? (value & -0x1000) >>> 0 : value;
}

/** Whose linear and guest-physical addresses are in fields of this type. */
export function contextOf(type: VmcsFieldType): WalkContext {
  return type === 'host' ? 'current' : 'guest';
}

/** A field's value was another one an instant before. */
export function hasChanged(region: Uint8Array, before: Uint8Array | null, { encoding }: VmcsField): boolean {
  if (!before) return false;
  const now = fieldWords(region, encoding);
  return fieldWords(before, encoding).some((word, i) => word !== now[i]);
}

/** The control on which a field depends, where that is 0. */
export function idleControl(region: Uint8Array, { needs }: VmcsField): Control | null {
  if (!needs) return null;
  const control = CONTROL_BY_KEY[needs];
  const isActive = control.word !== 'secondary' || isSet(region, CONTROL_BY_KEY.activateSecondaryControls);
  return isActive && isSet(region, control) ? null : control;
}

function isSet(region: Uint8Array, { word, bit }: Control): boolean {
  return ((fieldValue(region, FIELD[WORD_FIELDS[word]]) >>> bit) & 1) === 1;
}

/** A field that does something now: its control is 1, or it is not 0, or it has just changed. */
export function isInUse(region: Uint8Array, before: Uint8Array | null, field: VmcsField): boolean {
  if (hasChanged(region, before, field)) return true;
  if (field.needs) return idleControl(region, field) === null;
  return fieldWords(region, field.encoding).some((word) => word !== 0);
}

/** A field's words as they are drawn: the high one where there is something in it. */
export function textOf(words: readonly number[], width: ReturnType<typeof fieldWidth>): string {
  const shown = words.length > 1 && words[0] === 0 ? words.slice(1) : words;
  return shown
    .map((word) =>
      (word >>> 0)
        .toString(16)
        .toUpperCase()
        .padStart(width === 16 ? 4 : 8, '0'),
    )
    .join('·');
}

/** Which drawers the moment opens: what an exit wrote and what caused it, or what the guest was entered with and what holds it. */
export function isOpenAt(drawer: Drawer, view: VmxView | null): boolean {
  if (view?.basis === 'force') return drawer === 'guest' || drawer === 'control';
  // Before an exit all is still to be read; behind one, what the host had said is known.
  return view?.cause === null || drawer !== 'host';
}

/** The words whose bits caused the exit. */
export function causingWords(cause: ExitCause | null): readonly VmcsFieldKey[] {
  return [...new Set(cause?.bits.map(({ field }) => field) ?? [])];
}

/** The field with one bit flipped. */
export function flipped(region: Uint8Array, field: VmcsFieldKey, bit: number): FieldTrial {
  const words = fieldWords(region, FIELD[field]);
  return { field, value: ((words.at(-1) ?? 0) ^ (1 << bit)) >>> 0, high: words.length > 1 ? words[0] : 0 };
}

/** The bits in which two values of a field differ, the high word's from 32 on. */
export function differing(a: { value: number; high: number }, b: { value: number; high: number }): readonly number[] {
  return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) =>
    bit < 32 ? ((a.value ^ b.value) >>> bit) & 1 : ((a.high ^ b.high) >>> (bit - 32)) & 1,
  );
}

/** `RDTSC exiting`, or `bit 5`. */
export function bitName(field: VmcsFieldKey, bit: number): string {
  return BITS[field]?.find((b) => b.bit === bit)?.name ?? `bit ${bit}`;
}
