/** VT-d: registers, tables, descriptors and faults of a DMA-remapping unit in legacy mode. Intel Virtualization Technology for Directed I/O, Architecture
 *  Specification: "Register Descriptions", "Translation Structure Formats", "Invalidation Queue Descriptors", "Fault Reason Encodings".
 *
 *               127        88 87   72 71 70 67 66 64 63           36 35      12 11 10 9 8 7 6  4  3 2  1   0
 *  root entry  |              reserved              | reserved      | contexts | reserved             | P |
 *  context     | reserved   | domain|rs| ign |  AW  | reserved      | table    | reserved      | TT |FPD| P |   TT: 0 translate, 2 pass through
 *  table entry  (64 bits)                           |ign 62:TM rsv  | table    |SNP| ign |PS| ign     | W | R |   SNP and TM are reserved here
 *
 *  AW: 0 to 2 for two to four levels, 30 to 48 bits. PS in the second and third level from below: a page of 2 MiB or 1 GiB. Host addresses have 36 bits.
 *  Of 64- and 128-bit things the tables below count bits through; they lie in memory as dwords, lowest first. */
import type { BitField } from './bit-field.ts';

/** Bits of a thing of up to 128 bits; `bit` counts through. */
export type WideField = BitField;

/** The value of `field` in dwords `words`, lowest first, unsigned. At most 53 bits. */
export function wideField(field: WideField, words: readonly number[]): number {
  const { bit, width = 1 } = field;
  let value = 0;
  for (let done = 0; done < width; ) {
    const at = bit + done;
    const count = Math.min(32 - (at & 31), width - done);
    const part = (words[at >> 5] >>> (at & 31)) % 2 ** count;
    value += part * 2 ** done;
    done += count;
  }
  return value;
}

/** A register of the unit. 64-bit ones are two dwords; the pairs below are their low and high halves. */
export interface VtdRegister {
  readonly name: string;
  readonly offset: number;
  readonly size: 4 | 8;
  readonly meaning: string;
  readonly initial?: readonly [low: number, high: number];
  readonly writable?: readonly [low: number, high: number];
  /** Bits that a written 1 clears. */
  readonly clears?: readonly [low: number, high: number];
  readonly bits?: readonly WideField[];
}

// What this unit can do ------------------------------------------------------------------------------------------------------------------
/** Bytes of the register window, and where firmware finds it. */
export const VTD_BASE = 0xfed9_0000;
export const VTD_SIZE = 0x1000;
/** Host address bits, address bits of DMA requests, fault records, largest mask of a page-selective invalidation. */
export const HOST_WIDTH = 36;
export const MOST_WIDTH = 48;
export const FAULT_RECORDS = 8;
export const MOST_MASK = 18;
/** AW values of context entries that are supported: two to four levels. Two levels are in older revisions only. */
export const WIDTHS = [0, 1, 2] as const;

const FAULT_OFFSET = 0x220;
const IOTLB_OFFSET = 0xf0;

/** Capability register, with this unit's values. CM can be configured away. */
export const CAP_FIELDS = [
  { name: 'ND', bit: 0, width: 3, value: 6, meaning: 'domain IDs have 4 + 2 * ND bits' },
  { name: 'AFL', bit: 3, value: 0, meaning: 'advanced fault logging' },
  { name: 'RWBF', bit: 4, value: 0, meaning: 'write buffers must be flushed' },
  { name: 'PLMR', bit: 5, value: 0, meaning: 'protected low memory' },
  { name: 'PHMR', bit: 6, value: 0, meaning: 'protected high memory' },
  { name: 'CM', bit: 7, value: 1, meaning: 'caching mode: entries that are not present are cached too' },
  { name: 'SAGAW', bit: 8, width: 5, value: 0b111, meaning: 'address widths: 30, 39, 48, 57 bits' },
  { name: 'MGAW', bit: 16, width: 6, value: MOST_WIDTH - 1, meaning: 'address bits of requests, minus 1' },
  { name: 'ZLR', bit: 22, value: 1, meaning: 'zero-length reads of write-only pages' },
  { name: 'FRO', bit: 24, width: 10, value: FAULT_OFFSET / 16, meaning: 'offset of the fault records, in 16 bytes' },
  { name: 'SLLPS', bit: 34, width: 4, value: 0b11, meaning: 'pages of 2 MiB, 1 GiB' },
  { name: 'PSI', bit: 39, value: 1, meaning: 'page-selective invalidation' },
  { name: 'NFR', bit: 40, width: 8, value: FAULT_RECORDS - 1, meaning: 'fault records, minus 1' },
  { name: 'MAMV', bit: 48, width: 6, value: MOST_MASK, meaning: 'largest address mask of an invalidation' },
  { name: 'DWD', bit: 54, value: 1, meaning: 'writes can be drained' },
  { name: 'DRD', bit: 55, value: 1, meaning: 'reads can be drained' },
] as const satisfies readonly (WideField & { readonly value: number })[];
export const CAP_CM = 1 << 7;

export const ECAP_FIELDS = [
  { name: 'C', bit: 0, value: 1, meaning: 'tables are read coherently' },
  { name: 'QI', bit: 1, value: 1, meaning: 'queued invalidation' },
  { name: 'DT', bit: 2, value: 0, meaning: 'device TLBs' },
  { name: 'IR', bit: 3, value: 0, meaning: 'interrupt remapping' },
  { name: 'EIM', bit: 4, value: 0, meaning: 'x2APIC' },
  { name: 'PT', bit: 6, value: 1, meaning: 'pass-through' },
  { name: 'SC', bit: 7, value: 0, meaning: 'snoop control' },
  { name: 'IRO', bit: 8, width: 10, value: IOTLB_OFFSET / 16, meaning: 'offset of the IOTLB registers, in 16 bytes' },
] as const satisfies readonly (WideField & { readonly value: number })[];

function valueOf(fields: readonly (WideField & { readonly value: number })[]): readonly [low: number, high: number] {
  const words = [0, 0];
  for (const { bit, value } of fields) {
    const shifted = BigInt(value) << BigInt(bit);
    words[0] |= Number(shifted & 0xffff_ffffn);
    words[1] |= Number(shifted >> 32n);
  }
  return [words[0] >>> 0, words[1] >>> 0];
}

// Registers ------------------------------------------------------------------------------------------------------------------------------
export const VTD_VER = 0x000;
export const VTD_CAP = 0x008;
export const VTD_ECAP = 0x010;
export const VTD_GCMD = 0x018;
export const VTD_GSTS = 0x01c;
export const VTD_RTADDR = 0x020;
export const VTD_CCMD = 0x028;
export const VTD_FSTS = 0x034;
export const VTD_FECTL = 0x038;
export const VTD_FEDATA = 0x03c;
export const VTD_FEADDR = 0x040;
export const VTD_FEUADDR = 0x044;
export const VTD_IQH = 0x080;
export const VTD_IQT = 0x088;
export const VTD_IQA = 0x090;
export const VTD_ICS = 0x09c;
export const VTD_IECTL = 0x0a0;
export const VTD_IEDATA = 0x0a4;
export const VTD_IEADDR = 0x0a8;
export const VTD_IEUADDR = 0x0ac;
export const VTD_IVA = IOTLB_OFFSET;
export const VTD_IOTLB = IOTLB_OFFSET + 8;
export const VTD_FRCD = FAULT_OFFSET;
/** Bytes of registers that hold anything. */
export const VTD_REGISTER_BYTES = FAULT_OFFSET + 16 * FAULT_RECORDS;

// Global command and status.
export const GCMD_TE = 0x8000_0000;
export const GCMD_SRTP = 1 << 30;
export const GCMD_QIE = 1 << 26;
/** High halves of CCMD and IOTLB: start, granularity asked for, granularity done. */
export const CCMD_START = 0x8000_0000;
export const IOTLB_START = 0x8000_0000;
export const FSTS_PFO = 1 << 0;
export const FSTS_PPF = 1 << 1;
export const FSTS_IQE = 1 << 4;
export const FSTS_FRI_SHIFT = 8;
export const ICS_IWC = 1 << 0;
/** Of FECTL and IECTL. */
export const EVENT_MASK = 0x8000_0000;
export const EVENT_PENDING = 1 << 30;
/** Last dword of a fault record. */
export const FRCD_F = 0x8000_0000;
export const FRCD_READ = 1 << 30;

/** Granularities of invalidation, the same numbers in registers and descriptors. */
export const GLOBAL = 1;
export const DOMAIN = 2;
/** Of the context cache a device, of the IOTLB pages. */
export const SELECTIVE = 3;

const COMMANDS = [
  { name: 'TE', bit: 31, meaning: 'translation' },
  { name: 'SRTP', bit: 30, meaning: 'the root table is where RTADDR says (one-shot)' },
  { name: 'SFL', bit: 29, meaning: 'fault log: none' },
  { name: 'EAFL', bit: 28, meaning: 'advanced fault logging: none' },
  { name: 'WBF', bit: 27, meaning: 'flush write buffers: there is nothing to flush' },
  { name: 'QIE', bit: 26, meaning: 'invalidation queue' },
  { name: 'IRE', bit: 25, meaning: 'interrupt remapping: none' },
] as const satisfies readonly WideField[];

const EVENT_CONTROL = [
  { name: 'IM', bit: 31, meaning: 'masked' },
  { name: 'IP', bit: 30, meaning: 'waits to be sent' },
] as const satisfies readonly WideField[];

export const FAULT_STATUS_FIELDS = [
  { name: 'PFO', bit: 0, meaning: 'a fault was lost: all records were in use' },
  { name: 'PPF', bit: 1, meaning: 'some record holds a fault' },
  { name: 'IQE', bit: 4, meaning: 'the invalidation queue stands: bad descriptor or tail' },
  { name: 'FRI', bit: 8, width: 8, meaning: 'the oldest record that holds a fault' },
] as const satisfies readonly WideField[];

export const FAULT_RECORD_FIELDS = [
  { name: 'FI', bit: 12, width: 52, meaning: 'page of the address' },
  { name: 'SID', bit: 64, width: 16, meaning: 'requester ID' },
  { name: 'FR', bit: 96, width: 8, meaning: 'reason' },
  { name: 'T', bit: 126, meaning: '1 read, 0 write' },
  { name: 'F', bit: 127, meaning: 'holds a fault; 1 clears' },
] as const satisfies readonly WideField[];

const ADDRESS = [{ name: 'address', bit: 2, width: 30, meaning: 'where the message is written' }] as const satisfies readonly WideField[];

/** All registers but the fault records. */
export const VTD_REGISTERS = [
  { name: 'VER', offset: VTD_VER, size: 4, meaning: 'version: major (7:4), minor (3:0)', initial: [0x10, 0] },
  { name: 'CAP', offset: VTD_CAP, size: 8, meaning: 'capabilities', initial: valueOf(CAP_FIELDS), bits: CAP_FIELDS },
  { name: 'ECAP', offset: VTD_ECAP, size: 8, meaning: 'more capabilities', initial: valueOf(ECAP_FIELDS), bits: ECAP_FIELDS },
  { name: 'GCMD', offset: VTD_GCMD, size: 4, meaning: 'commands; every write states all enables anew. Reads 0', bits: COMMANDS },
  { name: 'GSTS', offset: VTD_GSTS, size: 4, meaning: 'what is in force', bits: COMMANDS },
  { name: 'RTADDR', offset: VTD_RTADDR, size: 8, meaning: 'root table, in force after SRTP', writable: [0xffff_f000, 0xffff_ffff] },
  {
    ...{ name: 'CCMD', offset: VTD_CCMD, size: 8, meaning: 'invalidates the context cache', writable: [0xffff_ffff, 0xe000_0003] },
    bits: [
      { name: 'ICC', bit: 63, meaning: 'start' },
      { name: 'CIRG', bit: 61, width: 2, meaning: '1 all, 2 a domain, 3 a device' },
      { name: 'CAIG', bit: 59, width: 2, meaning: 'what was done' },
      { name: 'FM', bit: 32, width: 2, meaning: 'low function bits that do not matter' },
      { name: 'SID', bit: 16, width: 16, meaning: 'device' },
      { name: 'DID', bit: 0, width: 16, meaning: 'domain' },
    ],
  },
  {
    ...{ name: 'FSTS', offset: VTD_FSTS, size: 4, meaning: 'fault status', clears: [FSTS_PFO | FSTS_IQE, 0] },
    bits: FAULT_STATUS_FIELDS,
  },
  {
    ...{ name: 'FECTL', offset: VTD_FECTL, size: 4, meaning: 'fault interrupt', initial: [EVENT_MASK, 0], writable: [EVENT_MASK, 0] },
    bits: EVENT_CONTROL,
  },
  { name: 'FEDATA', offset: VTD_FEDATA, size: 4, meaning: 'its message', writable: [0xffff, 0] },
  { name: 'FEADDR', offset: VTD_FEADDR, size: 4, meaning: 'its address', writable: [0xffff_fffc, 0], bits: ADDRESS },
  { name: 'FEUADDR', offset: VTD_FEUADDR, size: 4, meaning: 'upper half of its address', writable: [0xffff_ffff, 0] },
  { name: 'IQH', offset: VTD_IQH, size: 8, meaning: 'next descriptor to do (18:4)' },
  { name: 'IQT', offset: VTD_IQT, size: 8, meaning: 'first descriptor that software has not written (18:4)', writable: [0x7_fff0, 0] },
  {
    ...{ name: 'IQA', offset: VTD_IQA, size: 8, meaning: 'invalidation queue', writable: [0xffff_f007, 0xffff_ffff] },
    bits: [
      { name: 'base', bit: 12, width: 52, meaning: 'address' },
      { name: 'QS', bit: 0, width: 3, meaning: '2^QS pages' },
    ],
  },
  {
    ...{ name: 'ICS', offset: VTD_ICS, size: 4, meaning: 'invalidation status', clears: [ICS_IWC, 0] },
    bits: [{ name: 'IWC', bit: 0, meaning: 'a wait descriptor that interrupts is done' }],
  },
  {
    ...{
      name: 'IECTL',
      offset: VTD_IECTL,
      size: 4,
      meaning: 'invalidation interrupt',
      initial: [EVENT_MASK, 0],
      writable: [EVENT_MASK, 0],
    },
    bits: EVENT_CONTROL,
  },
  { name: 'IEDATA', offset: VTD_IEDATA, size: 4, meaning: 'its message', writable: [0xffff, 0] },
  { name: 'IEADDR', offset: VTD_IEADDR, size: 4, meaning: 'its address', writable: [0xffff_fffc, 0], bits: ADDRESS },
  { name: 'IEUADDR', offset: VTD_IEUADDR, size: 4, meaning: 'upper half of its address', writable: [0xffff_ffff, 0] },
  {
    ...{ name: 'IVA', offset: VTD_IVA, size: 8, meaning: 'pages to invalidate', writable: [0xffff_f07f, 0xffff_ffff] },
    bits: [
      { name: 'address', bit: 12, width: 52, meaning: 'first page' },
      { name: 'IH', bit: 6, meaning: 'only leaves have changed' },
      { name: 'AM', bit: 0, width: 6, meaning: '2^AM pages' },
    ],
  },
  {
    ...{ name: 'IOTLB', offset: VTD_IOTLB, size: 8, meaning: 'invalidates the IOTLB', writable: [0, 0xb003_ffff] },
    bits: [
      { name: 'IVT', bit: 63, meaning: 'start' },
      { name: 'IIRG', bit: 60, width: 2, meaning: '1 all, 2 a domain, 3 pages of a domain' },
      { name: 'IAIG', bit: 57, width: 2, meaning: 'what was done' },
      { name: 'DR', bit: 49, meaning: 'drain reads' },
      { name: 'DW', bit: 48, meaning: 'drain writes' },
      { name: 'DID', bit: 32, width: 16, meaning: 'domain' },
    ],
  },
] as const satisfies readonly VtdRegister[];

// Translation structures -----------------------------------------------------------------------------------------------------------------
export const ROOT_FIELDS = [
  { name: 'P', bit: 0, meaning: 'present' },
  { name: 'contexts', bit: 12, width: 24, meaning: 'page of the context table' },
] as const satisfies readonly WideField[];

export const CONTEXT_FIELDS = [
  { name: 'P', bit: 0, meaning: 'present' },
  { name: 'FPD', bit: 1, meaning: 'faults of this device are not recorded' },
  { name: 'TT', bit: 2, width: 2, meaning: '0 translate, 2 pass through' },
  { name: 'table', bit: 12, width: 24, meaning: 'page of the second-level table' },
  { name: 'AW', bit: 64, width: 3, meaning: 'levels, minus 2' },
  { name: 'DID', bit: 72, width: 16, meaning: 'domain' },
] as const satisfies readonly WideField[];

export const SECOND_LEVEL_FIELDS = [
  { name: 'R', bit: 0, meaning: 'may be read' },
  { name: 'W', bit: 1, meaning: 'may be written' },
  { name: 'PS', bit: 7, meaning: 'maps a page' },
  { name: 'page', bit: 12, width: 24, meaning: 'page of the next table, or of memory' },
] as const satisfies readonly WideField[];

export const ENTRY_P = 1 << 0;
export const CONTEXT_FPD = 1 << 1;
export const PASS_THROUGH = 2;
export const SL_R = 1 << 0;
export const SL_W = 1 << 1;
export const SL_PS = 1 << 7;

/** Reserved bits, dword by dword. Of a table entry `level` counts from 1, the leaf. */
export const ROOT_RESERVED = [0x0000_0ffe, 0xffff_fff0, 0xffff_ffff, 0xffff_ffff] as const;
export const CONTEXT_RESERVED = [0x0000_0ff0, 0xffff_fff0, 0xff00_0080, 0xffff_ffff] as const;
export const SL_RESERVED_HIGH = 0x400f_fff0;
/** Low dword, of an entry that refers to a table, by level; the leaf's is that of a 4-KiB page. */
export const SL_RESERVED_LOW = [0, 0x800, 0x800, 0x800, 0x880] as const;
/** Low dword, of an entry that maps a page of 2^`shift` bytes. */
export function pageReserved(shift: number): number {
  return 0x800 | (2 ** shift - 0x1000);
}

// Faults ---------------------------------------------------------------------------------------------------------------------------------
export const FAULT = {
  rootNotPresent: 0x01,
  contextNotPresent: 0x02,
  contextInvalid: 0x03,
  addressBeyond: 0x04,
  noWrite: 0x05,
  noRead: 0x06,
  tableAccess: 0x07,
  rootAccess: 0x08,
  contextAccess: 0x09,
  rootReserved: 0x0a,
  contextReserved: 0x0b,
  tableReserved: 0x0c,
  interruptRange: 0x0e,
} as const;
export type FaultName = keyof typeof FAULT;

export const FAULT_MEANINGS: Readonly<Record<number, string>> = {
  0x01: 'the root entry is not present',
  0x02: 'the context entry is not present',
  0x03: 'the context entry is invalid: address width, translation type, or table pointer',
  0x04: 'the address is wider than the context entry allows',
  0x05: 'no write permission',
  0x06: 'no read permission',
  0x07: 'a second-level table lies where no memory is',
  0x08: 'the root table lies where no memory is, or was never set',
  0x09: 'the context table lies where no memory is',
  0x0a: 'reserved bits are set in the root entry',
  0x0b: 'reserved bits are set in the context entry',
  0x0c: 'reserved bits are set in a second-level entry',
  0x0e: 'the interrupt range was read, or an entry maps it',
};

// Invalidation queue ---------------------------------------------------------------------------------------------------------------------
export const DESCRIPTOR_SIZE = 16;
export const DESCRIPTORS_PER_PAGE = 256;

export interface DescriptorType {
  readonly name: string;
  /** Reserved bits, dword by dword. */
  readonly reserved: readonly [number, number, number, number];
  readonly fields: readonly WideField[];
}

/** By type number, bits 3:0 of a descriptor. Types without a row (device TLB, interrupt entry cache) need capabilities that this unit lacks. */
export const DESCRIPTOR_TYPES: Readonly<Record<number, DescriptorType>> = {
  1: {
    name: 'context cache',
    reserved: [0x0000_ffc0, 0xfffc_0000, 0xffff_ffff, 0xffff_ffff],
    fields: [
      { name: 'G', bit: 4, width: 2, meaning: '1 all, 2 a domain, 3 a device' },
      { name: 'DID', bit: 16, width: 16, meaning: 'domain' },
      { name: 'SID', bit: 32, width: 16, meaning: 'device' },
      { name: 'FM', bit: 48, width: 2, meaning: 'low function bits that do not matter' },
    ],
  },
  2: {
    name: 'IOTLB',
    reserved: [0x0000_ff00, 0xffff_ffff, 0x0000_0f80, 0],
    fields: [
      { name: 'G', bit: 4, width: 2, meaning: '1 all, 2 a domain, 3 pages of a domain' },
      { name: 'DW', bit: 6, meaning: 'drain writes' },
      { name: 'DR', bit: 7, meaning: 'drain reads' },
      { name: 'DID', bit: 16, width: 16, meaning: 'domain' },
      { name: 'AM', bit: 64, width: 6, meaning: '2^AM pages' },
      { name: 'IH', bit: 70, meaning: 'only leaves have changed' },
      { name: 'address', bit: 76, width: 52, meaning: 'first page' },
    ],
  },
  5: {
    name: 'wait',
    reserved: [0xffff_ff80, 0, 3, 0],
    fields: [
      { name: 'IF', bit: 4, meaning: 'interrupt when done' },
      { name: 'SW', bit: 5, meaning: 'write the status when done' },
      { name: 'FN', bit: 6, meaning: 'later descriptors wait' },
      { name: 'data', bit: 32, width: 32, meaning: 'status' },
      { name: 'address', bit: 66, width: 51, meaning: 'where the status is written, in dwords' },
    ],
  },
};
