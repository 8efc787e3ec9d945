/** Segment descriptors, gates and task-state segments. SDM vol. 3, "Segment Descriptors", "System Descriptor Types", "Task-State Segment (TSS)".
 *
 *  Segment descriptor, second word:      31      24 23 22 21 20 19       16 15 14 13 12 11    8 7          0
 *                                       | base     |G |DB|L |AV| limit     |P | DPL |S | type  | base        |
 *                                       | 31:24    |  |  |0 |L | 19:16     |  |     |  |       | 23:16       |
 *                      first word:       31                             16 15                              0
 *                                       | base 15:0                       | limit 15:0                       |
 *
 *  Gate, second word:  31              16 15 14 13 12 11    8 7     5 4       0    first word: 31        16 15        0
 *                     | offset 31:16     |P | DPL | 0| type  | 0 0 0 | params  |              | selector   | offset 15:0|
 *
 *  Access rights, VMCS format (what the RIGHTS words of the CPU hold): the second word shifted right by 8, limit bits cleared:
 *                      31   17 16       15 14 13 12  11    8  7  6 5  4 3    0
 *                     | 0     |unusable|G |DB|L |AVL|  0    |P |DPL |S |type  |
 */

// Access rights, VMCS format.
export const RIGHTS_TYPE = 0xf;
export const RIGHTS_ACCESSED = 1 << 0;
/** Data: writable. Code: readable. */
export const RIGHTS_WRITABLE = 1 << 1;
export const RIGHTS_READABLE = 1 << 1;
/** Data: expand-down. Code: conforming. */
export const RIGHTS_EXPAND_DOWN = 1 << 2;
export const RIGHTS_CONFORMING = 1 << 2;
export const RIGHTS_CODE = 1 << 3;
/** S: 1 for code and data, 0 for a system descriptor. */
export const RIGHTS_S = 1 << 4;
export const RIGHTS_DPL_SHIFT = 5;
export const RIGHTS_DPL = 3 << RIGHTS_DPL_SHIFT;
export const RIGHTS_P = 1 << 7;
export const RIGHTS_AVL = 1 << 12;
export const RIGHTS_L = 1 << 13;
export const RIGHTS_DB = 1 << 14;
export const RIGHTS_G = 1 << 15;
export const RIGHTS_UNUSABLE = 1 << 16;

// Selector: index in 15:3, table indicator, requested privilege level.
export const SELECTOR_RPL = 3;
export const SELECTOR_TI = 1 << 2;
export const SELECTOR_INDEX = 0xfff8;

// Types of system descriptors.
export const TSS16_AVAILABLE = 1;
export const LDT = 2;
export const TSS16_BUSY = 3;
export const CALL_GATE16 = 4;
export const TASK_GATE = 5;
export const INTERRUPT_GATE16 = 6;
export const TRAP_GATE16 = 7;
export const TSS32_AVAILABLE = 9;
export const TSS32_BUSY = 11;
export const CALL_GATE32 = 12;
export const INTERRUPT_GATE32 = 14;
export const TRAP_GATE32 = 15;
/** Set in the type of a TSS while its task runs. */
export const TSS_BUSY = 2;

/** Names by type, reserved ones as such. */
export const SYSTEM_TYPES = [
  ...[
    'reserved',
    '16-bit TSS, available',
    'LDT',
    '16-bit TSS, busy',
    '16-bit call gate',
    'task gate',
    '16-bit interrupt gate',
    '16-bit trap gate',
  ],
  ...[
    'reserved',
    '32-bit TSS, available',
    'reserved',
    '32-bit TSS, busy',
    '32-bit call gate',
    'reserved',
    '32-bit interrupt gate',
    '32-bit trap gate',
  ],
] as const;

/** Names of code and data types without the accessed bit: index is type >> 1. */
export const SEGMENT_TYPES = [
  ...['data, read-only', 'data, read/write', 'data, read-only, expand-down', 'data, read/write, expand-down'],
  ...['code, execute-only', 'code, execute/read', 'code, execute-only, conforming', 'code, execute/read, conforming'],
] as const;

/** Type in words, from access rights. */
export function typeName(rights: number): string {
  const type = rights & RIGHTS_TYPE;
  return rights & RIGHTS_S ? SEGMENT_TYPES[type >> 1] : SYSTEM_TYPES[type];
}

/** Access rights (VMCS format) from a descriptor's second word. */
export function rightsOf(high: number): number {
  return (high >>> 8) & 0xf0ff;
}

/** Base from a descriptor's two words, int32. */
export function baseOf(low: number, high: number): number {
  return (low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000);
}

/** Limit from a descriptor's two words: byte-granular, inclusive, int32 (G applied). */
export function limitOf(low: number, high: number): number {
  const limit = (low & 0xffff) | (high & 0xf0000);
  return high & (1 << 23) ? (limit << 12) | 0xfff : limit;
}

/** A descriptor's two words from base, byte-granular limit and access rights; with G set the limit's low 12 bits are lost (they must be ones). */
export function packDescriptor(base: number, limit: number, rights: number): readonly [low: number, high: number] {
  const field = rights & RIGHTS_G ? limit >>> 12 : limit;
  const low = (field & 0xffff) | (base << 16);
  const high = ((base >>> 16) & 0xff) | ((rights & 0xf0ff) << 8) | (field & 0xf0000) | (base & 0xff000000);
  return [low, high];
}

// Gates.
/** Offset from a gate's two words; a 16-bit gate ignores the upper half. */
export function gateOffset(low: number, high: number, is32: boolean): number {
  return is32 ? (low & 0xffff) | (high & 0xffff0000) : low & 0xffff;
}
export function gateSelector(low: number): number {
  return low >>> 16;
}
/** Parameters that a call gate copies, in words of the gate's size. */
export function gateParameters(high: number): number {
  return high & 0x1f;
}

/** Byte offsets in a 32-bit TSS. ESP and SS of level n are at `ESP0 + 8 * n` and `SS0 + 8 * n`. */
export const TSS32 = {
  backLink: 0,
  ESP0: 4,
  SS0: 8,
  CR3: 28,
  EIP: 32,
  EFLAGS: 36,
  EAX: 40,
  ECX: 44,
  EDX: 48,
  EBX: 52,
  ESP: 56,
  EBP: 60,
  ESI: 64,
  EDI: 68,
  ES: 72,
  CS: 76,
  SS: 80,
  DS: 84,
  FS: 88,
  GS: 92,
  LDT: 96,
  T: 100,
  ioMapBase: 102,
} as const;
/** Bytes, and the least limit that a 32-bit TSS may have. */
export const TSS32_SIZE = 104;
export const TSS32_LEAST_LIMIT = 0x67;

/** Byte offsets in a 16-bit TSS. SP and SS of level n are at `SP0 + 4 * n` and `SS0 + 4 * n`. */
export const TSS16 = {
  backLink: 0,
  SP0: 2,
  SS0: 4,
  IP: 14,
  FLAGS: 16,
  AX: 18,
  CX: 20,
  DX: 22,
  BX: 24,
  SP: 26,
  BP: 28,
  SI: 30,
  DI: 32,
  ES: 34,
  CS: 36,
  SS: 38,
  DS: 40,
  LDT: 42,
} as const;
export const TSS16_SIZE = 44;
export const TSS16_LEAST_LIMIT = 0x2b;
