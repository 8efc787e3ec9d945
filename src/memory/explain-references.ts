/** Each table entry that a walk read, spelled out: where it lies, its bits by name, which of them the access needs, which refuse it. */
import { type BitField, extractField } from '../arch/bit-field.ts';
import {
  EPT_A,
  EPT_D,
  EPT_LEVELS,
  EPT_PAGE_BITS,
  EPT_PS,
  EPT_R,
  EPT_RIGHTS,
  EPT_TABLE_BITS,
  EPT_W,
  EPT_X,
  EPTP_AD,
  type EptMisconfiguration,
} from '../arch/ept.ts';
import {
  CR0_PG,
  CR0_WP,
  CR4_PSE,
  PDE4M_BITS,
  PDE4M_FRAME,
  PDE4M_RESERVED,
  PDE_BITS,
  PDE_PS,
  PTE_A,
  PTE_BITS,
  PTE_D,
  PTE_FRAME,
  PTE_P,
  PTE_U,
  PTE_W,
} from '../arch/paging.ts';
import { misconfigurationOf } from './ept-walk.ts';
import type { TableReading } from './tables.ts';
import type { PagingContext, WalkRequest } from './walk.ts';

/** A row of the two-dimensional walk: the guest's two tables, and the page itself. */
export type GuestLevel = 'PD' | 'PT' | 'page';

export interface ExplainedBit {
  /** As in the manual's figure; `reserved` stands for all reserved bits of the entry together. */
  readonly name: string;
  readonly value: number;
  /** The access needs it to be 1. */
  readonly isNeeded: boolean;
  /** It refuses the access. */
  readonly isFailed: boolean;
}

export interface ExplainedReference {
  /** From 1, in the order in which they are made. */
  readonly number: number;
  readonly dimension: 'guest' | 'ept';
  readonly row: GuestLevel;
  /** Table in which the entry lies, and what the entry is called. */
  readonly level: 'PML4' | 'PDPT' | 'PD' | 'PT';
  readonly entry: 'PML4E' | 'PDPTE' | 'PDE' | 'PTE';
  readonly index: number;
  /** Guest: of the entry. EPT: the address under translation. */
  readonly guestPhysical: number;
  /** Host-physical address of the entry, below 2^36. */
  readonly host: number;
  /** The entry's dwords, unsigned; `high` is 0 for the guest's. */
  readonly low: number;
  readonly high: number;
  readonly bits: readonly ExplainedBit[];
  /** It maps a page (or would). */
  readonly isLeaf: boolean;
  /** Address of the next table or page in the entry: guest-physical in the guest's, host-physical in the EPT's; null if it is not present or malformed. */
  readonly frame: number | null;
  /** The rule of the EPT's that it breaks. */
  readonly misconfiguration: EptMisconfiguration | null;
  /** Names of flags (A, D) that the walk sets in it. */
  readonly sets: readonly string[];
  /** Number of the first earlier reference to the same host address. */
  readonly sameAs: number | null;
}

/** What an entry says by itself. */
type Described = Pick<ExplainedReference, 'dimension' | 'level' | 'entry' | 'index' | 'bits' | 'isLeaf' | 'frame' | 'misconfiguration'>;

/** Bits that must be 1 and bits that must be 0 for the access to pass an entry. */
interface Demands {
  readonly ones: number;
  readonly zeros: number;
}

interface Where {
  readonly context: PagingContext;
  readonly request: WalkRequest;
  readonly row: GuestLevel;
}

/** Explains `readings`. `marks` are the flags that the walk set: host address of a dword to bits. */
export function referencesOf(
  readings: readonly TableReading[],
  marks: ReadonlyMap<number, number>,
  asked: Omit<Where, 'row'>,
): readonly ExplainedReference[] {
  const references: ExplainedReference[] = [];
  let row: GuestLevel = (asked.context.cr0 & CR0_PG) !== 0 ? 'PD' : 'page';
  for (const reading of readings) {
    const described: Described = reading.isEpt ? describeEpt(reading, { ...asked, row }) : describeGuest(reading, { ...asked, row });
    const host = reading.page * 4096 + reading.offset;
    const same = references.find((r) => r.host === host);
    const marked = same === undefined ? (marks.get(host) ?? 0) : 0;
    const flags = reading.isEpt ? { A: EPT_A, D: EPT_D } : { A: PTE_A, D: PTE_D };
    references.push({
      ...described,
      number: references.length + 1,
      row,
      guestPhysical: reading.physical >>> 0,
      host,
      low: reading.low >>> 0,
      high: reading.high >>> 0,
      sets: (['A', 'D'] as const).filter((name) => (marked & flags[name]) !== 0),
      sameAs: same?.number ?? null,
    });
    if (!reading.isEpt) row = described.isLeaf ? 'page' : 'PT';
  }
  return references;
}

function describeGuest(reading: TableReading, where: Where): Described {
  const { low, level } = reading;
  const isDirectory = level === 0;
  const isLarge = isDirectory && (low & PDE_PS) !== 0 && (where.context.cr4 & CR4_PSE) !== 0;
  const isPresent = (low & PTE_P) !== 0;
  const zeros = isLarge && isPresent ? PDE4M_RESERVED : 0;
  const isWhole = isPresent && (low & zeros) === 0;
  const demands = { ones: isPresent ? guestRights(where) : PTE_P, zeros };
  const fields = isLarge ? PDE4M_BITS : isDirectory ? PDE_BITS : PTE_BITS;
  return {
    dimension: 'guest',
    level: isDirectory ? 'PD' : 'PT',
    entry: isDirectory ? 'PDE' : 'PTE',
    index: reading.offset >>> 2,
    bits: bitsOf(fields, low, demands),
    isLeaf: isLarge || !isDirectory,
    frame: isWhole ? (low & (isLarge ? PDE4M_FRAME : PTE_FRAME)) >>> 0 : null,
    misconfiguration: null,
  };
}

/** The rights that the guest's entries must give; P is needed anyway. */
function guestRights({ context, request }: Where): number {
  const needsW = request.access === 'write' && (request.isUser || (context.cr0 & CR0_WP) !== 0);
  return PTE_P | (request.isUser ? PTE_U : 0) | (needsW ? PTE_W : 0);
}

function describeEpt(reading: TableReading, where: Where): Described {
  const { low, high, level } = reading;
  const { name, entry, tableReserved, pageReserved, shift } = EPT_LEVELS[level];
  const isLeaf = pageReserved !== null && (name === 'PT' || (low & EPT_PS) !== 0);
  const isPresent = (low & EPT_RIGHTS) !== 0;
  const misconfiguration = isPresent ? misconfigurationOf(level, low, high) : null;
  const ones = eptRights(where) | (misconfiguration === 'write without read' ? EPT_R : 0);
  const zeros = misconfiguration === 'reserved bit' ? (isLeaf ? pageReserved : tableReserved) : 0;
  const bits = bitsOf(isLeaf ? EPT_PAGE_BITS : EPT_TABLE_BITS, low, { ones, zeros });
  const isHighReserved = misconfiguration === 'reserved bit' && (low & zeros) === 0;
  return {
    dimension: 'ept',
    level: name,
    entry,
    index: shift > 31 ? 0 : (reading.physical >>> shift) & 511,
    bits: refuse(bits, misconfiguration === 'memory type' ? 'type' : isHighReserved ? 'reserved' : null),
    isLeaf,
    frame: isPresent && misconfiguration === null ? (high & 0xf) * 0x1_0000_0000 + ((low & -0x1000) >>> 0) : null,
    misconfiguration,
  };
}

/** The rights that EPT entries must give in this row. */
function eptRights({ context, request, row }: Where): number {
  if (row !== 'page') return (context.eptpLow & EPTP_AD) !== 0 ? EPT_R | EPT_W : EPT_R;
  return request.access === 'read' ? EPT_R : request.access === 'write' ? EPT_W : EPT_X;
}

/** The flags of `fields` (and the memory type) with their values, and `reserved` where reserved bits are set. Addresses are left out. */
function bitsOf(fields: readonly BitField[], low: number, { ones, zeros }: Demands): readonly ExplainedBit[] {
  const bits = fields
    .filter((f) => f.bit < 12 && (f.width ?? 1) < 20)
    .map((f) => {
      const isNeeded = ((ones >>> f.bit) & 1) === 1;
      const value = extractField(f, low);
      return { name: f.name, value, isNeeded, isFailed: isNeeded && value === 0 };
    });
  return (low & zeros) === 0 ? bits : refuse(bits, 'reserved');
}

/** Marks bit `name` as failed, adding `reserved` if it is that. */
function refuse(bits: readonly ExplainedBit[], name: string | null): readonly ExplainedBit[] {
  if (name === 'reserved') return [...bits, { name, value: 1, isNeeded: false, isFailed: true }];
  return name === null ? bits : bits.map((b) => (b.name === name ? { ...b, isFailed: true } : b));
}
