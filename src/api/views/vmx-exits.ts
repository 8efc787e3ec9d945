/** What makes the guest exit under some controls: a row for each cause, made from arch/exit-reasons.ts. What the table says of a reason in one word (`always`, a
 *  control) is a row as it stands; reasons whose operands decide have a function here. */
import { EXCEPTIONS, NMI_VECTOR, PF_VECTOR } from '../../arch/exceptions.ts';
import { EXIT_REASONS, type ExitReason, type ExitReasonKey } from '../../arch/exit-reasons.ts';
import { CR0_PE, CR0_TS } from '../../arch/paging.ts';
import type { VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { type Control, CONTROL_BY_KEY, type ControlKey, type ControlWord } from '../../arch/vmx-controls.ts';
import { bitmapOf, type BitmapKey, type ControlReading, has, type VmxMachine } from './vmx-reading.ts';

/** A bit of a field: of a control word, or of the exception bitmap. */
export interface FieldBit {
  readonly field: VmcsFieldKey;
  readonly bit: number;
}

/** `always`: whatever the controls say. `some`: its operands decide, as `detail` says. */
export type ExitVerdict = 'always' | 'exits' | 'some' | 'never';

/** `instructions`: that a control decides over; `operands`: registers, ports and MSRs, where the operand counts too. */
export type ExitGroup = 'always' | 'instructions' | 'operands' | 'exceptions' | 'events';

/** Runs of numbers, the first ones of them, and how many numbers there are in all. */
export interface NumberRuns {
  readonly runs: readonly (readonly [first: number, last: number])[];
  readonly count: number;
}

/** Which operands exit. */
export type ExitDetail =
  /** A write that differs from the read shadow in one of these bits of the control register. */
  | { readonly kind: 'hostOwned'; readonly register: 0 | 4; readonly mask: number; readonly shadow: number }
  /** Any value but these. */
  | { readonly kind: 'targets'; readonly values: readonly number[] }
  | ({ readonly kind: 'ports' } & NumberRuns)
  /** And every number outside both ranges. */
  | ({ readonly kind: 'msrs' } & NumberRuns)
  /** Those whose error code under the mask matches (`isMatch`), or does not. */
  | { readonly kind: 'errorCodes'; readonly mask: number; readonly match: number; readonly isMatch: boolean };

/** One cause of VM exits. */
export interface ExitRow {
  /** Stable: the key of its exit reason, or a part of that: `movToCr0`, `exception14`. */
  readonly id: string;
  readonly reason: number;
  readonly group: ExitGroup;
  /** What decides, or would; null where no single bit does. */
  readonly control: FieldBit | null;
  readonly verdict: ExitVerdict;
  readonly detail: ExitDetail | null;
}

/** The field of each control word. */
export const WORD_FIELDS: Readonly<Record<ControlWord, VmcsFieldKey>> = {
  pin: 'pinBasedControls',
  primary: 'primaryControls',
  secondary: 'secondaryControls',
  exit: 'exitControls',
  entry: 'entryControls',
};

/** Runs of a bitmap that are told one by one. */
const MOST_RUNS = 12;
const BITS_OF_MSRS = 0x2000;
const PORTS = 0x10000;
/** P, W/R, U/S and RSVD: the bits that a page fault's error code can have here. */
const ERROR_CODES = 16;
/** MP, EM, TS of CR0; LMSW can set PE too. */
const LMSW_BITS = 0xe;

/** Every cause, in the order of the reasons' numbers. */
export function exitRows(machine: Pick<VmxMachine, 'bus'>, reading: ControlReading): readonly ExitRow[] {
  return (EXIT_REASONS as readonly (ExitReason & { key: ExitReasonKey })[]).flatMap((row): readonly ExitRow[] => {
    if (row.cause === 'entry') return [];
    const parts = PARTS[row.key]?.(row.number, reading, machine);
    if (parts !== undefined) return parts;
    const isOne = isInstruction(row);
    const base = { id: row.key, reason: row.number, detail: null };
    if (row.cause === 'always') return [{ ...base, group: isOne ? 'always' : 'events', control: null, verdict: 'always' }];
    const control = CONTROL_BY_KEY[row.cause[0]];
    return [{ ...base, group: isOne ? 'instructions' : 'events', ...byControl(reading, control) }];
  });
}

/** The exit comes of an instruction as such, and not of an event. */
export function isInstruction({ length, vectoring }: ExitReason): boolean {
  return length === true && vectoring === undefined;
}

/** The bit of a control. */
export function bitOf(key: ControlKey): FieldBit {
  const { word, bit } = CONTROL_BY_KEY[key];
  return { field: WORD_FIELDS[word], bit };
}

function byControl(reading: ControlReading, { word, bit }: Control): Pick<ExitRow, 'control' | 'verdict'> {
  return { control: { field: WORD_FIELDS[word], bit }, verdict: verdictOf(has(reading, word, 1 << bit)) };
}

const verdictOf = (isExit: boolean): ExitVerdict => (isExit ? 'exits' : 'never');

type Parts = (reason: number, reading: ControlReading, machine: Pick<VmxMachine, 'bus'>) => readonly ExitRow[];

/** Reasons that are told in parts. */
const PARTS: Partial<Readonly<Record<ExitReasonKey, Parts>>> = {
  exceptionOrNmi: (reason, reading) => [
    ...EXCEPTIONS.filter(({ vector }) => vector !== NMI_VECTOR).map(({ vector }) => exceptionRow(reason, reading, vector)),
    { id: 'nmi', reason, group: 'events', ...byControl(reading, CONTROL_BY_KEY.nmiExiting), detail: null },
  ],
  controlRegisterAccesses: (reason, reading) => [
    writeRow(reason, reading, 0),
    writeRow(reason, reading, 4),
    {
      ...{ id: 'clts', reason, group: 'operands', control: { field: 'cr0Mask', bit: 3 }, detail: null },
      verdict: verdictOf((reading.masks[0] & reading.shadows[0] & CR0_TS) !== 0),
    },
    lmswRow(reason, reading),
    cr3LoadRow(reason, reading),
    { id: 'movFromCr3', reason, group: 'operands', ...byControl(reading, CONTROL_BY_KEY.cr3StoreExiting), detail: null },
  ],
  ioInstruction: (reason, reading, machine) => [ioRow(reason, reading, machine)],
  rdmsr: (reason, reading, machine) => [msrRow(reason, reading, machine, false)],
  wrmsr: (reason, reading, machine) => [msrRow(reason, reading, machine, true)],
};

/** For #PF, bit 14 is the answer where the error code matches under the mask, and the opposite where it does not. SDM vol. 3, "Exception Bitmap". */
function exceptionRow(reason: number, reading: ControlReading, vector: number): ExitRow {
  const isSet = ((reading.exceptionBitmap >>> vector) & 1) === 1;
  const row = { id: `exception${vector}`, reason, group: 'exceptions', control: { field: 'exceptionBitmap', bit: vector } } as const;
  if (vector !== PF_VECTOR) return { ...row, verdict: verdictOf(isSet), detail: null };
  const { pageFaultMask: mask, pageFaultMatch: match } = reading;
  const exits = Array.from({ length: ERROR_CODES }, (_, code) => ((code & mask) === match) === isSet);
  if (exits.every(Boolean)) return { ...row, verdict: 'exits', detail: null };
  if (!exits.some(Boolean)) return { ...row, verdict: 'never', detail: null };
  return { ...row, verdict: 'some', detail: { kind: 'errorCodes', mask: mask >>> 0, match: match >>> 0, isMatch: isSet } };
}

/** MOV to CR0 or CR4. */
function writeRow(reason: number, { masks, shadows }: ControlReading, register: 0 | 4): ExitRow {
  const mask = masks[register];
  const row = { id: `movToCr${register}`, reason, group: 'operands', control: null } as const;
  if (mask === 0) return { ...row, verdict: 'never', detail: null };
  return { ...row, verdict: 'some', detail: { kind: 'hostOwned', register, mask: mask >>> 0, shadow: shadows[register] >>> 0 } };
}

/** LMSW writes four bits, and cannot clear PE: it differs in PE only where the shadow has 0. */
function lmswRow(reason: number, { masks, shadows }: ControlReading): ExitRow {
  const mask = masks[0] & (LMSW_BITS | (CR0_PE & ~shadows[0]));
  const row = { id: 'lmsw', reason, group: 'operands', control: null } as const;
  if (mask === 0) return { ...row, verdict: 'never', detail: null };
  return { ...row, verdict: 'some', detail: { kind: 'hostOwned', register: 0, mask, shadow: shadows[0] >>> 0 } };
}

function cr3LoadRow(reason: number, reading: ControlReading): ExitRow {
  const row = { id: 'movToCr3', reason, group: 'operands', ...byControl(reading, CONTROL_BY_KEY.cr3LoadExiting), detail: null } as const;
  if (row.verdict === 'never' || reading.cr3Targets.length === 0) return row;
  return { ...row, verdict: 'some', detail: { kind: 'targets', values: reading.cr3Targets.map((value) => value >>> 0) } };
}

/** With I/O bitmaps, “unconditional I/O exiting” is ignored. */
function ioRow(reason: number, reading: ControlReading, machine: Pick<VmxMachine, 'bus'>): ExitRow {
  const row = { id: 'ioInstruction', reason, group: 'operands' } as const;
  const { word, bit } = CONTROL_BY_KEY.useIoBitmaps;
  if (!has(reading, word, 1 << bit)) return { ...row, ...byControl(reading, CONTROL_BY_KEY.unconditionalIoExiting), detail: null };
  const found = runsOf(machine, reading, [
    ['ioA', 0, PORTS / 2],
    ['ioB', PORTS / 2, PORTS / 2],
  ]);
  const control = bitOf('useIoBitmaps');
  if (found.count === 0 || found.count === PORTS) return { ...row, control, verdict: verdictOf(found.count > 0), detail: null };
  return { ...row, control, verdict: 'some', detail: { kind: 'ports', ...found } };
}

function msrRow(reason: number, reading: ControlReading, machine: Pick<VmxMachine, 'bus'>, isWrite: boolean): ExitRow {
  const row = { id: isWrite ? 'wrmsr' : 'rdmsr', reason, group: 'operands', control: bitOf('useMsrBitmaps') } as const;
  const { word, bit } = CONTROL_BY_KEY.useMsrBitmaps;
  if (!has(reading, word, 1 << bit)) return { ...row, verdict: 'exits', detail: null };
  const found = runsOf(machine, reading, [
    [isWrite ? 'msrWriteLow' : 'msrReadLow', 0, BITS_OF_MSRS],
    [isWrite ? 'msrWriteHigh' : 'msrReadHigh', 0xc0000000, BITS_OF_MSRS],
  ]);
  return { ...row, verdict: 'some', detail: { kind: 'msrs', ...found } };
}

/** The runs of ones in bitmaps that each begin at some number. */
function runsOf(
  machine: Pick<VmxMachine, 'bus'>,
  reading: ControlReading,
  parts: readonly (readonly [key: BitmapKey, base: number, size: number])[],
): NumberRuns {
  const runs: [number, number][] = [];
  let count = 0;
  for (const [key, base, size] of parts) {
    const bitmap = bitmapOf(machine, reading, key);
    for (let n = 0; n < size; n++) {
      if (n % 32 === 0 && bitmap.word(n) === 0) {
        n += 31;
        continue;
      }
      if (!bitmap.bit(n)) continue;
      count++;
      const last = runs.at(-1);
      if (last !== undefined && last[1] === base + n - 1) last[1]++;
      else runs.push([base + n, base + n]);
    }
  }
  return { runs: runs.slice(0, MOST_RUNS), count };
}
