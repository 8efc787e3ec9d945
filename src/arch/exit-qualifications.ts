/** Bit layouts of what a VM exit reports: qualification, interruption information, instruction information; and of the state words of the VMCS.
 *  SDM vol. 3, "Basic VM-Exit Information", "Information for VM Exits Due to Vectored Events", "VM-Exit Instruction Information". */
import { type BitField, extractField } from './bit-field.ts';

/** A run of bits whose values may have names; plain numbers, addresses and single bits have none. */
export interface ReportField extends Omit<BitField, 'meaning'> {
  readonly values?: Readonly<Record<number, string>>;
}

const REGISTERS = { 0: 'EAX', 1: 'ECX', 2: 'EDX', 3: 'EBX', 4: 'ESP', 5: 'EBP', 6: 'ESI', 7: 'EDI' } as const;
const SEGMENTS = { 0: 'ES', 1: 'CS', 2: 'SS', 3: 'DS', 4: 'FS', 5: 'GS' } as const;
const ADDRESS_SIZE = { 0: '16-bit', 1: '32-bit' } as const;
const SCALE = { 0: 'no scaling', 1: 'scale by 2', 2: 'scale by 4', 3: 'scale by 8' } as const;
const TYPES = {
  0: 'external interrupt',
  2: 'NMI',
  3: 'hardware exception',
  4: 'software interrupt',
  5: 'privileged software exception',
  6: 'software exception',
} as const;

/** Layouts of the exit qualification, by kind. An empty list: the field is 0. */
export const QUALIFICATIONS = {
  none: [],
  /** Exception or NMI: which of these it is follows from the interruption information. */
  debugException: [
    { bit: 0, name: 'B0' },
    { bit: 1, name: 'B1' },
    { bit: 2, name: 'B2' },
    { bit: 3, name: 'B3' },
    { bit: 13, name: 'BD (debug register access detected)' },
    { bit: 14, name: 'BS (single step)' },
  ],
  pageFault: [{ bit: 0, width: 32, name: 'faulting linear address' }],
  linearAddress: [{ bit: 0, width: 32, name: 'linear address' }],
  displacement: [{ bit: 0, width: 32, name: 'displacement of the memory operand' }],
  taskSwitch: [
    { bit: 0, width: 16, name: 'selector of the new TSS' },
    { bit: 30, width: 2, name: 'source', values: { 0: 'CALL', 1: 'IRET', 2: 'JMP', 3: 'task gate in the IDT' } },
  ],
  controlRegister: [
    { bit: 0, width: 4, name: 'control register', values: { 0: 'CR0', 3: 'CR3', 4: 'CR4' } },
    { bit: 4, width: 2, name: 'access', values: { 0: 'MOV to CR', 1: 'MOV from CR', 2: 'CLTS', 3: 'LMSW' } },
    { bit: 6, name: 'LMSW operand', values: { 0: 'register', 1: 'memory' } },
    { bit: 8, width: 4, name: 'general register', values: REGISTERS },
    { bit: 16, width: 16, name: 'LMSW source data' },
  ],
  debugRegister: [
    { bit: 0, width: 3, name: 'debug register' },
    { bit: 4, name: 'direction', values: { 0: 'MOV to DR', 1: 'MOV from DR' } },
    { bit: 8, width: 4, name: 'general register', values: REGISTERS },
  ],
  io: [
    { bit: 0, width: 3, name: 'size', values: { 0: '1 byte', 1: '2 bytes', 3: '4 bytes' } },
    { bit: 3, name: 'direction', values: { 0: 'OUT', 1: 'IN' } },
    { bit: 4, name: 'string instruction' },
    { bit: 5, name: 'REP prefix' },
    { bit: 6, name: 'operand', values: { 0: 'DX', 1: 'immediate' } },
    { bit: 16, width: 16, name: 'port' },
  ],
  mwait: [{ bit: 0, name: 'address-range monitoring armed' }],
  guestState: [
    {
      bit: 0,
      width: 32,
      name: 'cause',
      values: { 0: 'guest state', 2: 'PDPTEs', 3: 'NMI injection while STI blocks', 4: 'VMCS link pointer' },
    },
  ],
  msrEntry: [{ bit: 0, width: 32, name: 'number of the failing MSR entry, from 1' }],
  eptViolation: [
    { bit: 0, name: 'data read' },
    { bit: 1, name: 'data write' },
    { bit: 2, name: 'instruction fetch' },
    { bit: 3, name: 'readable (AND of the entries)' },
    { bit: 4, name: 'writable (AND of the entries)' },
    { bit: 5, name: 'executable (AND of the entries)' },
    { bit: 7, name: 'guest-linear address is valid' },
    { bit: 8, name: 'access to', values: { 0: 'a paging-structure entry', 1: 'the translated address' } },
    { bit: 12, name: 'NMI unblocking due to IRET' },
  ],
} as const satisfies Readonly<Record<string, readonly ReportField[]>>;

export type QualificationKind = keyof typeof QUALIFICATIONS;

/** Layouts of the VM-exit instruction information, by kind. */
export const INSTRUCTION_INFORMATION = {
  /** INS and OUTS. */
  string: [
    { bit: 7, width: 3, name: 'address size', values: ADDRESS_SIZE },
    { bit: 15, width: 3, name: 'segment', values: SEGMENTS },
  ],
  /** VMCLEAR, VMPTRLD, VMPTRST, VMXON. */
  memory: [
    { bit: 0, width: 2, name: 'scaling', values: SCALE },
    { bit: 7, width: 3, name: 'address size', values: ADDRESS_SIZE },
    { bit: 15, width: 3, name: 'segment', values: SEGMENTS },
    { bit: 18, width: 4, name: 'index', values: REGISTERS },
    { bit: 22, name: 'no index' },
    { bit: 23, width: 4, name: 'base', values: REGISTERS },
    { bit: 27, name: 'no base' },
  ],
  /** INVEPT, INVVPID. */
  invalidate: [
    { bit: 0, width: 2, name: 'scaling', values: SCALE },
    { bit: 7, width: 3, name: 'address size', values: ADDRESS_SIZE },
    { bit: 15, width: 3, name: 'segment', values: SEGMENTS },
    { bit: 18, width: 4, name: 'index', values: REGISTERS },
    { bit: 22, name: 'no index' },
    { bit: 23, width: 4, name: 'base', values: REGISTERS },
    { bit: 27, name: 'no base' },
    { bit: 28, width: 4, name: 'type operand', values: REGISTERS },
  ],
  /** VMREAD, VMWRITE. */
  field: [
    { bit: 0, width: 2, name: 'scaling', values: SCALE },
    { bit: 3, width: 4, name: 'register operand', values: REGISTERS },
    { bit: 7, width: 3, name: 'address size', values: ADDRESS_SIZE },
    { bit: 10, name: 'operand', values: { 0: 'memory', 1: 'register' } },
    { bit: 15, width: 3, name: 'segment', values: SEGMENTS },
    { bit: 18, width: 4, name: 'index', values: REGISTERS },
    { bit: 22, name: 'no index' },
    { bit: 23, width: 4, name: 'base', values: REGISTERS },
    { bit: 27, name: 'no base' },
    { bit: 28, width: 4, name: 'register with the field encoding', values: REGISTERS },
  ],
  /** LIDT, LGDT, SIDT, SGDT. */
  gdtrIdtr: [
    { bit: 0, width: 2, name: 'scaling', values: SCALE },
    { bit: 7, width: 3, name: 'address size', values: ADDRESS_SIZE },
    { bit: 11, name: 'operand size', values: { 0: '16-bit', 1: '32-bit' } },
    { bit: 15, width: 3, name: 'segment', values: SEGMENTS },
    { bit: 18, width: 4, name: 'index', values: REGISTERS },
    { bit: 22, name: 'no index' },
    { bit: 23, width: 4, name: 'base', values: REGISTERS },
    { bit: 27, name: 'no base' },
    { bit: 28, width: 2, name: 'instruction', values: { 0: 'SGDT', 1: 'SIDT', 2: 'LGDT', 3: 'LIDT' } },
  ],
  /** LLDT, LTR, SLDT, STR. */
  ldtrTr: [
    { bit: 0, width: 2, name: 'scaling', values: SCALE },
    { bit: 3, width: 4, name: 'register operand', values: REGISTERS },
    { bit: 7, width: 3, name: 'address size', values: ADDRESS_SIZE },
    { bit: 10, name: 'operand', values: { 0: 'memory', 1: 'register' } },
    { bit: 15, width: 3, name: 'segment', values: SEGMENTS },
    { bit: 18, width: 4, name: 'index', values: REGISTERS },
    { bit: 22, name: 'no index' },
    { bit: 23, width: 4, name: 'base', values: REGISTERS },
    { bit: 27, name: 'no base' },
    { bit: 28, width: 2, name: 'instruction', values: { 0: 'SLDT', 1: 'STR', 2: 'LLDT', 3: 'LTR' } },
  ],
} as const satisfies Readonly<Record<string, readonly ReportField[]>>;

export type InformationKind = keyof typeof INSTRUCTION_INFORMATION;

/** VM-entry and VM-exit interruption information and IDT-vectoring information: one format. */
export const INTERRUPTION_INFORMATION = [
  { bit: 0, width: 8, name: 'vector' },
  { bit: 8, width: 3, name: 'type', values: { ...TYPES, 7: 'other event' } },
  { bit: 11, name: 'error code' },
  { bit: 12, name: 'NMI unblocking due to IRET' },
  { bit: 31, name: 'valid' },
] as const satisfies readonly ReportField[];

/** The exit-reason field. */
export const EXIT_REASON_FIELD = [
  { bit: 0, width: 16, name: 'basic exit reason' },
  { bit: 31, name: 'VM-entry failure' },
] as const satisfies readonly ReportField[];

/** Access rights of a segment. SDM vol. 3, "Guest Register State". Descriptor bits 55:40, and bit 16. */
export const ACCESS_RIGHTS = [
  { bit: 0, width: 4, name: 'type' },
  { bit: 4, name: 'S', values: { 0: 'system', 1: 'code or data' } },
  { bit: 5, width: 2, name: 'DPL' },
  { bit: 7, name: 'P' },
  { bit: 12, name: 'AVL' },
  { bit: 14, name: 'D/B', values: { 0: '16-bit', 1: '32-bit' } },
  { bit: 15, name: 'G' },
  { bit: 16, name: 'unusable' },
] as const satisfies readonly ReportField[];

export const ACTIVITY_STATES = ['active', 'HLT', 'shutdown', 'wait-for-SIPI'] as const;

export const INTERRUPTIBILITY_STATE = [
  { bit: 0, name: 'blocking by STI' },
  { bit: 1, name: 'blocking by MOV SS' },
  { bit: 2, name: 'blocking by SMI' },
  { bit: 3, name: 'blocking by NMI' },
] as const satisfies readonly ReportField[];

export const PENDING_DEBUG_EXCEPTIONS = [
  { bit: 0, width: 4, name: 'B3..B0' },
  { bit: 12, name: 'enabled breakpoint' },
  { bit: 14, name: 'BS (single step)' },
] as const satisfies readonly ReportField[];

/** One part of a word, read by its layout. `meaning` is empty where the layout names no values. */
export interface DecodedField {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}

/** Reads `value` by `fields`, in their order. */
export function decodeFields(fields: readonly ReportField[], value: number): DecodedField[] {
  return fields.map((field) => {
    const part = extractField({ ...field, meaning: '' }, value) >>> 0;
    return { name: field.name, value: part, meaning: field.values?.[part] ?? '' };
  });
}
