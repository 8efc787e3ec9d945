/** Bit layouts of what a VM exit reports: qualification, interruption information, instruction information; and of the state words of the VMCS.
 *  SDM vol. 3, "Basic VM-Exit Information", "Information for VM Exits Due to Vectored Events", "VM-Exit Instruction Information". */
export interface BitField {
  /** Highest and lowest bit. */
  readonly bits: readonly [number, number];
  readonly name: string;
  /** What the values mean; absent for plain numbers, addresses and single bits. */
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
    { bits: [0, 0], name: 'B0' },
    { bits: [1, 1], name: 'B1' },
    { bits: [2, 2], name: 'B2' },
    { bits: [3, 3], name: 'B3' },
    { bits: [13, 13], name: 'BD (debug register access detected)' },
    { bits: [14, 14], name: 'BS (single step)' },
  ],
  pageFault: [{ bits: [31, 0], name: 'faulting linear address' }],
  linearAddress: [{ bits: [31, 0], name: 'linear address' }],
  displacement: [{ bits: [31, 0], name: 'displacement of the memory operand' }],
  taskSwitch: [
    { bits: [15, 0], name: 'selector of the new TSS' },
    { bits: [31, 30], name: 'source', values: { 0: 'CALL', 1: 'IRET', 2: 'JMP', 3: 'task gate in the IDT' } },
  ],
  controlRegister: [
    { bits: [3, 0], name: 'control register', values: { 0: 'CR0', 3: 'CR3', 4: 'CR4' } },
    { bits: [5, 4], name: 'access', values: { 0: 'MOV to CR', 1: 'MOV from CR', 2: 'CLTS', 3: 'LMSW' } },
    { bits: [6, 6], name: 'LMSW operand', values: { 0: 'register', 1: 'memory' } },
    { bits: [11, 8], name: 'general register', values: REGISTERS },
    { bits: [31, 16], name: 'LMSW source data' },
  ],
  debugRegister: [
    { bits: [2, 0], name: 'debug register' },
    { bits: [4, 4], name: 'direction', values: { 0: 'MOV to DR', 1: 'MOV from DR' } },
    { bits: [11, 8], name: 'general register', values: REGISTERS },
  ],
  io: [
    { bits: [2, 0], name: 'size', values: { 0: '1 byte', 1: '2 bytes', 3: '4 bytes' } },
    { bits: [3, 3], name: 'direction', values: { 0: 'OUT', 1: 'IN' } },
    { bits: [4, 4], name: 'string instruction' },
    { bits: [5, 5], name: 'REP prefix' },
    { bits: [6, 6], name: 'operand', values: { 0: 'DX', 1: 'immediate' } },
    { bits: [31, 16], name: 'port' },
  ],
  mwait: [{ bits: [0, 0], name: 'address-range monitoring armed' }],
  guestState: [
    {
      bits: [31, 0],
      name: 'cause',
      values: { 0: 'guest state', 2: 'PDPTEs', 3: 'NMI injection while STI blocks', 4: 'VMCS link pointer' },
    },
  ],
  msrEntry: [{ bits: [31, 0], name: 'number of the failing MSR entry, from 1' }],
  eptViolation: [
    { bits: [0, 0], name: 'data read' },
    { bits: [1, 1], name: 'data write' },
    { bits: [2, 2], name: 'instruction fetch' },
    { bits: [3, 3], name: 'readable (AND of the entries)' },
    { bits: [4, 4], name: 'writable (AND of the entries)' },
    { bits: [5, 5], name: 'executable (AND of the entries)' },
    { bits: [7, 7], name: 'guest-linear address is valid' },
    { bits: [8, 8], name: 'access to', values: { 0: 'a paging-structure entry', 1: 'the translated address' } },
    { bits: [12, 12], name: 'NMI unblocking due to IRET' },
  ],
} as const satisfies Readonly<Record<string, readonly BitField[]>>;

export type QualificationKind = keyof typeof QUALIFICATIONS;

/** Layouts of the VM-exit instruction information, by kind. */
export const INSTRUCTION_INFORMATION = {
  /** INS and OUTS. */
  string: [
    { bits: [9, 7], name: 'address size', values: ADDRESS_SIZE },
    { bits: [17, 15], name: 'segment', values: SEGMENTS },
  ],
  /** VMCLEAR, VMPTRLD, VMPTRST, VMXON. */
  memory: [
    { bits: [1, 0], name: 'scaling', values: SCALE },
    { bits: [9, 7], name: 'address size', values: ADDRESS_SIZE },
    { bits: [17, 15], name: 'segment', values: SEGMENTS },
    { bits: [21, 18], name: 'index', values: REGISTERS },
    { bits: [22, 22], name: 'no index' },
    { bits: [26, 23], name: 'base', values: REGISTERS },
    { bits: [27, 27], name: 'no base' },
  ],
  /** INVEPT, INVVPID. */
  invalidate: [
    { bits: [1, 0], name: 'scaling', values: SCALE },
    { bits: [9, 7], name: 'address size', values: ADDRESS_SIZE },
    { bits: [17, 15], name: 'segment', values: SEGMENTS },
    { bits: [21, 18], name: 'index', values: REGISTERS },
    { bits: [22, 22], name: 'no index' },
    { bits: [26, 23], name: 'base', values: REGISTERS },
    { bits: [27, 27], name: 'no base' },
    { bits: [31, 28], name: 'type operand', values: REGISTERS },
  ],
  /** VMREAD, VMWRITE. */
  field: [
    { bits: [1, 0], name: 'scaling', values: SCALE },
    { bits: [6, 3], name: 'register operand', values: REGISTERS },
    { bits: [9, 7], name: 'address size', values: ADDRESS_SIZE },
    { bits: [10, 10], name: 'operand', values: { 0: 'memory', 1: 'register' } },
    { bits: [17, 15], name: 'segment', values: SEGMENTS },
    { bits: [21, 18], name: 'index', values: REGISTERS },
    { bits: [22, 22], name: 'no index' },
    { bits: [26, 23], name: 'base', values: REGISTERS },
    { bits: [27, 27], name: 'no base' },
    { bits: [31, 28], name: 'register with the field encoding', values: REGISTERS },
  ],
  /** LIDT, LGDT, SIDT, SGDT. */
  gdtrIdtr: [
    { bits: [1, 0], name: 'scaling', values: SCALE },
    { bits: [9, 7], name: 'address size', values: ADDRESS_SIZE },
    { bits: [11, 11], name: 'operand size', values: { 0: '16-bit', 1: '32-bit' } },
    { bits: [17, 15], name: 'segment', values: SEGMENTS },
    { bits: [21, 18], name: 'index', values: REGISTERS },
    { bits: [22, 22], name: 'no index' },
    { bits: [26, 23], name: 'base', values: REGISTERS },
    { bits: [27, 27], name: 'no base' },
    { bits: [29, 28], name: 'instruction', values: { 0: 'SGDT', 1: 'SIDT', 2: 'LGDT', 3: 'LIDT' } },
  ],
  /** LLDT, LTR, SLDT, STR. */
  ldtrTr: [
    { bits: [1, 0], name: 'scaling', values: SCALE },
    { bits: [6, 3], name: 'register operand', values: REGISTERS },
    { bits: [9, 7], name: 'address size', values: ADDRESS_SIZE },
    { bits: [10, 10], name: 'operand', values: { 0: 'memory', 1: 'register' } },
    { bits: [17, 15], name: 'segment', values: SEGMENTS },
    { bits: [21, 18], name: 'index', values: REGISTERS },
    { bits: [22, 22], name: 'no index' },
    { bits: [26, 23], name: 'base', values: REGISTERS },
    { bits: [27, 27], name: 'no base' },
    { bits: [29, 28], name: 'instruction', values: { 0: 'SLDT', 1: 'STR', 2: 'LLDT', 3: 'LTR' } },
  ],
} as const satisfies Readonly<Record<string, readonly BitField[]>>;

export type InformationKind = keyof typeof INSTRUCTION_INFORMATION;

/** VM-entry and VM-exit interruption information and IDT-vectoring information: one format. */
export const INTERRUPTION_INFORMATION = [
  { bits: [7, 0], name: 'vector' },
  { bits: [10, 8], name: 'type', values: { ...TYPES, 7: 'other event' } },
  { bits: [11, 11], name: 'error code' },
  { bits: [12, 12], name: 'NMI unblocking due to IRET' },
  { bits: [31, 31], name: 'valid' },
] as const satisfies readonly BitField[];

/** The exit-reason field. */
export const EXIT_REASON_FIELD = [
  { bits: [15, 0], name: 'basic exit reason' },
  { bits: [31, 31], name: 'VM-entry failure' },
] as const satisfies readonly BitField[];

/** Access rights of a segment. SDM vol. 3, "Guest Register State". Descriptor bits 55:40, and bit 16. */
export const ACCESS_RIGHTS = [
  { bits: [3, 0], name: 'type' },
  { bits: [4, 4], name: 'S', values: { 0: 'system', 1: 'code or data' } },
  { bits: [6, 5], name: 'DPL' },
  { bits: [7, 7], name: 'P' },
  { bits: [12, 12], name: 'AVL' },
  { bits: [14, 14], name: 'D/B', values: { 0: '16-bit', 1: '32-bit' } },
  { bits: [15, 15], name: 'G' },
  { bits: [16, 16], name: 'unusable' },
] as const satisfies readonly BitField[];

export const ACTIVITY_STATES = ['active', 'HLT', 'shutdown', 'wait-for-SIPI'] as const;

export const INTERRUPTIBILITY_STATE = [
  { bits: [0, 0], name: 'blocking by STI' },
  { bits: [1, 1], name: 'blocking by MOV SS' },
  { bits: [2, 2], name: 'blocking by SMI' },
  { bits: [3, 3], name: 'blocking by NMI' },
] as const satisfies readonly BitField[];

export const PENDING_DEBUG_EXCEPTIONS = [
  { bits: [3, 0], name: 'B3..B0' },
  { bits: [12, 12], name: 'enabled breakpoint' },
  { bits: [14, 14], name: 'BS (single step)' },
] as const satisfies readonly BitField[];

/** One part of a word, read by its layout. `meaning` is empty where the layout names no values. */
export interface DecodedField {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}

/** Reads `value` by `fields`, in their order. */
export function decodeFields(fields: readonly BitField[], value: number): DecodedField[] {
  return fields.map((field) => {
    const [high, low] = field.bits;
    const part = high - low === 31 ? value >>> 0 : (value >>> low) & ((2 << (high - low)) - 1);
    return { name: field.name, value: part, meaning: field.values?.[part] ?? '' };
  });
}
