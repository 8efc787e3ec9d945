/** The controls of VT-x read for a view: from the fields of the current VMCS, with one of them changed on trial, or from the words that are in force. Nothing is
 *  asked of a device, and nothing changes. */
import { VMCS_POINTER } from '../../arch/cpu-state.ts';
import { FIELD, fieldOffset, fieldWidth, type VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { CR3_TARGETS } from '../../arch/vmx-capabilities.ts';
import { CONTROL, type ControlWord } from '../../arch/vmx-controls.ts';
import type { Machine } from '../../machine/machine.ts';
import * as c from '../../vmx/controls.ts';

/** What of a machine these views look at. */
export type VmxMachine = Pick<Machine, 'cpu' | 'vmx' | 'bus' | 'mmu' | 'trace'>;

/** A field as it would be: the words of an edit. */
export interface FieldTrial {
  readonly field: VmcsFieldKey;
  /** Unsigned; of a 64-bit field the low word, with `high`. */
  readonly value: number;
  readonly high: number;
}

/** Reads a field by its encoding as the processor would: 16-bit ones zero-extended, of 64-bit ones one half. */
export type FieldReader = (encoding: number) => number;

/** Bitmaps of which a bit decides. The MSR bitmaps are four in one page. */
export const BITMAPS = ['ioA', 'ioB', 'msrReadLow', 'msrReadHigh', 'msrWriteLow', 'msrWriteHigh'] as const;
export type BitmapKey = (typeof BITMAPS)[number];

/** The controls that decide what exits. Words are int32. */
export interface ControlReading {
  /** `secondary` is 0 unless it is activated. */
  readonly words: Readonly<Record<ControlWord, number>>;
  readonly exceptionBitmap: number;
  readonly pageFaultMask: number;
  readonly pageFaultMatch: number;
  readonly masks: Readonly<Record<0 | 4, number>>;
  readonly shadows: Readonly<Record<0 | 4, number>>;
  /** Those that the count admits. */
  readonly cr3Targets: readonly number[];
  /** Where a bitmap begins, in bytes; beyond 4 GiB there is open bus, which reads as ones. */
  readonly bitmaps: Readonly<Record<BitmapKey, number>>;
  readonly eptPointer: number;
}

/** Byte offsets of the four MSR bitmaps in their page. SDM vol. 3, "MSR-Bitmap Address". */
const MSR_PARTS = { msrReadLow: 0, msrReadHigh: 1024, msrWriteLow: 2048, msrWriteHigh: 3072 } as const;

/** Fields of the current VMCS, looked at without side effects; with `trial`, as if that field had been written. */
export function vmcsReader({ cpu, bus }: Pick<VmxMachine, 'cpu' | 'bus'>, trial: FieldTrial | null = null): FieldReader {
  const pointer = cpu.words[VMCS_POINTER];
  return (encoding) => {
    const width = fieldWidth(encoding);
    if (trial !== null && FIELD[trial.field] === (encoding & ~1)) {
      const word = encoding & 1 ? trial.high : trial.value;
      return width === 16 ? word & 0xffff : word | 0;
    }
    const at = (pointer + fieldOffset(encoding)) >>> 0;
    const word = bus.peek32(at & ~3);
    return width === 16 ? (word >>> (8 * (at & 2))) & 0xffff : word;
  };
}

/** As the next VM entry would take them. */
export function controlsIn(get: FieldReader): ControlReading {
  const of = (key: VmcsFieldKey): number => get(FIELD[key]);
  const wide = (key: VmcsFieldKey): number => wideOf(of(key), get(FIELD[key] + 1));
  const primary = of('primaryControls');
  const secondary = primary & CONTROL.activateSecondaryControls ? of('secondaryControls') : 0;
  const targets = [of('cr3Target0'), of('cr3Target1'), of('cr3Target2'), of('cr3Target3')];
  return {
    words: { pin: of('pinBasedControls'), primary, secondary, exit: of('exitControls'), entry: of('entryControls') },
    exceptionBitmap: of('exceptionBitmap'),
    pageFaultMask: of('pageFaultMask'),
    pageFaultMatch: of('pageFaultMatch'),
    masks: { 0: of('cr0Mask'), 4: of('cr4Mask') },
    shadows: { 0: of('cr0ReadShadow'), 4: of('cr4ReadShadow') },
    cr3Targets: targets.slice(0, Math.min(of('cr3TargetCount') >>> 0, CR3_TARGETS)),
    bitmaps: bitmapsAt(wide('ioBitmapA'), wide('ioBitmapB'), wide('msrBitmap')),
    eptPointer: of('eptPointer'),
  };
}

/** As the last VM entry took them: they stay readable after the exit. */
export function controlsInForce({ vmx: { controls } }: Pick<VmxMachine, 'vmx'>): ControlReading {
  const wide = (word: number): number => wideOf(controls[word], controls[word + 1]);
  return {
    words: {
      ...{ pin: controls[c.PIN], primary: controls[c.PRIMARY], secondary: controls[c.SECONDARY] },
      ...{ exit: controls[c.EXIT_CONTROLS], entry: controls[c.ENTRY_CONTROLS] },
    },
    exceptionBitmap: controls[c.EXCEPTION_BITMAP],
    pageFaultMask: controls[c.PAGE_FAULT_MASK],
    pageFaultMatch: controls[c.PAGE_FAULT_MATCH],
    masks: { 0: controls[c.CR0_MASK], 4: controls[c.CR4_MASK] },
    shadows: { 0: controls[c.CR0_SHADOW], 4: controls[c.CR4_SHADOW] },
    cr3Targets: [0, 1, 2, 3].slice(0, Math.min(controls[c.CR3_COUNT] >>> 0, CR3_TARGETS)).map((n) => controls[c.CR3_TARGET + n]),
    bitmaps: bitmapsAt(wide(c.IO_BITMAP_A), wide(c.IO_BITMAP_B), wide(c.MSR_BITMAP)),
    eptPointer: controls[c.EPTP],
  };
}

function wideOf(low: number, high: number): number {
  return (low >>> 0) + (high >>> 0) * 2 ** 32;
}

function bitmapsAt(ioA: number, ioB: number, msr: number): ControlReading['bitmaps'] {
  const parts = Object.entries(MSR_PARTS).map(([key, offset]) => [key, msr + offset]);
  return { ioA, ioB, ...(Object.fromEntries(parts) as Record<keyof typeof MSR_PARTS, number>) };
}

/** Whether a control is 1. */
export function has({ words }: ControlReading, word: ControlWord, mask: number): boolean {
  return (words[word] & mask) !== 0;
}

/** Bits of a bitmap. */
export interface Bitmap {
  bit(n: number): boolean;
  /** The word that bit `n` is in, int32. */
  word(n: number): number;
}

/** A bitmap as it lies in memory now. */
export function bitmapOf({ bus }: Pick<VmxMachine, 'bus'>, reading: ControlReading, key: BitmapKey): Bitmap {
  const at = reading.bitmaps[key];
  const word = (n: number): number => (at + 4 * (n >>> 5) < 2 ** 32 ? bus.peek32(at + 4 * (n >>> 5)) : -1);
  return { word, bit: (n) => ((word(n) >>> (n & 31)) & 1) === 1 };
}

/** The bitmap and the bit in it that decide over a port. */
export function portBit(port: number): readonly [BitmapKey, number] {
  return [port < 0x8000 ? 'ioA' : 'ioB', port & 0x7fff];
}

/** The same for an MSR; null: it is outside both ranges, and exits. */
export function msrBit(msr: number, isWrite: boolean): readonly [BitmapKey, number] | null {
  const range = msr >>> 13;
  if (range === 0) return [isWrite ? 'msrWriteLow' : 'msrReadLow', msr & 0x1fff];
  return range === 0xc0000000 >>> 13 ? [isWrite ? 'msrWriteHigh' : 'msrReadHigh', msr & 0x1fff] : null;
}
