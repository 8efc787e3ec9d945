/** Exceptions and interrupts of vectors 0 to 31. SDM vol. 3, "Exception and Interrupt Reference". */

/** A fault restarts its instruction, a trap goes on after it, an abort does neither. */
export type ExceptionKind = 'fault' | 'trap' | 'fault or trap' | 'abort' | 'interrupt';
/** How two exceptions combine. SDM vol. 3, "Interrupt 8—Double Fault Exception (#DF)". */
export type DoubleFaultClass = 'benign' | 'contributory' | 'page fault' | 'double fault';

export interface ExceptionVector {
  readonly vector: number;
  readonly mnemonic: string;
  readonly name: string;
  readonly kind: ExceptionKind;
  readonly hasErrorCode: boolean;
  readonly doubleFaultClass: DoubleFaultClass;
}

export const DE = 0;
export const DB = 1;
export const NMI_VECTOR = 2;
export const BP = 3;
export const OF_VECTOR = 4;
export const BR = 5;
export const UD = 6;
export const NM = 7;
export const DF = 8;
export const TS = 10;
export const NP = 11;
export const SS_VECTOR = 12;
export const GP = 13;
export const PF_VECTOR = 14;
export const MF = 16;
export const AC = 17;
export const MC = 18;

const ROWS = [
  [DE, '#DE', 'divide error', 'fault', false, 'contributory'],
  [DB, '#DB', 'debug', 'fault or trap', false, 'benign'],
  [NMI_VECTOR, 'NMI', 'non-maskable interrupt', 'interrupt', false, 'benign'],
  [BP, '#BP', 'breakpoint (INT3)', 'trap', false, 'benign'],
  [OF_VECTOR, '#OF', 'overflow (INTO)', 'trap', false, 'benign'],
  [BR, '#BR', 'BOUND range exceeded', 'fault', false, 'benign'],
  [UD, '#UD', 'invalid opcode', 'fault', false, 'benign'],
  [NM, '#NM', 'no x87 unit', 'fault', false, 'benign'],
  [DF, '#DF', 'double fault', 'abort', true, 'double fault'],
  [9, '#CSO', 'coprocessor segment overrun (80386)', 'fault', false, 'benign'],
  [TS, '#TS', 'invalid TSS', 'fault', true, 'contributory'],
  [NP, '#NP', 'segment not present', 'fault', true, 'contributory'],
  [SS_VECTOR, '#SS', 'stack fault', 'fault', true, 'contributory'],
  [GP, '#GP', 'general protection', 'fault', true, 'contributory'],
  [PF_VECTOR, '#PF', 'page fault', 'fault', true, 'page fault'],
  [MF, '#MF', 'x87 error', 'fault', false, 'benign'],
  [AC, '#AC', 'alignment check', 'fault', true, 'benign'],
  [MC, '#MC', 'machine check', 'abort', false, 'benign'],
  [19, '#XM', 'SIMD floating point', 'fault', false, 'benign'],
] as const satisfies readonly (readonly [number, string, string, ExceptionKind, boolean, DoubleFaultClass])[];

/** The defined vectors in order. */
export const EXCEPTIONS: readonly ExceptionVector[] = ROWS.map(([vector, mnemonic, name, kind, hasErrorCode, doubleFaultClass]) => ({
  ...{ vector, mnemonic, name, kind, hasErrorCode, doubleFaultClass },
}));

/** Bit n is 1 when vector n pushes an error code. */
export const HAS_ERROR_CODE = EXCEPTIONS.reduce((mask, e) => (e.hasErrorCode ? mask | (1 << e.vector) : mask), 0);

// Error code that names a selector.
/** The fault came while an event from outside the program was being delivered. */
export const ERROR_EXT = 1 << 0;
/** The index is one of the IDT. */
export const ERROR_IDT = 1 << 1;
/** With IDT = 0: the index is one of the LDT. */
export const ERROR_TI = 1 << 2;

/** `#GP`, or `vector 33`. */
export function vectorName(vector: number): string {
  return EXCEPTIONS.find((e) => e.vector === vector)?.mnemonic ?? `vector ${vector}`;
}

/** What a `second` exception makes of it while `first` is being delivered: both one after the other, #DF, or shutdown.
 *  SDM vol. 3, "Conditions for Generating a Double Fault". */
export function combine(first: number, second: number): 'serial' | 'double fault' | 'shutdown' {
  const before = doubleFaultClass(first);
  const after = doubleFaultClass(second);
  const isGrave = after === 'contributory' || after === 'page fault';
  if (before === 'double fault') return isGrave ? 'shutdown' : 'serial';
  if (before === 'contributory') return after === 'contributory' ? 'double fault' : 'serial';
  if (before === 'page fault') return isGrave ? 'double fault' : 'serial';
  return 'serial';
}

function doubleFaultClass(vector: number): DoubleFaultClass {
  return EXCEPTIONS.find((e) => e.vector === vector)?.doubleFaultClass ?? 'benign';
}
