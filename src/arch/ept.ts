/** Extended page tables: four levels of 64-bit entries, 512 to a table. SDM vol. 3, "The Extended Page Table Mechanism (EPT)".
 *
 *             63   52 51    36 35                     12 11 10  9  8   7   6   5 4 3   2   1   0
 *  EPTP      | reserved       | PML4 table              | reserved   |rsv|A/D| length-1|  type    |
 *  table     | ignored|reserved| next table             |ign|ign|ign| A | 0 | reserved  | X | W | R |   PML4E, PDPTE, PDE
 *  1-GiB page| ignored|reserved| 35:30 page   29:12 rsv |ign|ign| D | A | 1 |IPAT| type | X | W | R |   PDPTE
 *  2-MiB page| ignored|reserved| 35:21 page   20:12 rsv |ign|ign| D | A | 1 |IPAT| type | X | W | R |   PDE
 *  4-KiB page| ignored|reserved| 35:12 page             |ign|ign| D | A |ign|IPAT| type | X | W | R |   PTE
 *
 *  A and D count with EPTP bit 6 only. Addresses have MAXPHYADDR = 36 bits. This processor's capability MSR (48CH) claims execute-only translations, 4-level
 *  walks, UC and WB, 2-MiB and 1-GiB pages, and A/D flags; not mode-based execute control, so bit 10 is ignored.
 */
import type { BitField } from './bit-field.ts';

export const EPT_R = 1 << 0;
export const EPT_W = 1 << 1;
export const EPT_X = 1 << 2;
export const EPT_RIGHTS = EPT_R | EPT_W | EPT_X;
/** In a PDPTE or PDE: maps a page. */
export const EPT_PS = 1 << 7;
export const EPT_A = 1 << 8;
export const EPT_D = 1 << 9;
/** Bits of the high word (35:32 of the address) that MAXPHYADDR allows, and those that are reserved (51:36). */
export const EPT_ADDRESS_HIGH = 0x0000000f;
export const EPT_RESERVED_HIGH = 0x000ffff0;
/** EPTP bit 6: A and D flags in use. */
export const EPTP_AD = 1 << 6;

/** Memory types that a leaf may have: UC, WC, WT, WP, WB. The others are misconfigurations. */
export const EPT_MEMORY_TYPES: readonly (string | null)[] = ['UC', 'WC', null, null, 'WT', 'WP', 'WB', null];

/** The rules that a present entry can break (SDM vol. 3, "EPT Misconfigurations"); execute-only is allowed here. */
export const EPT_MISCONFIGURATIONS = ['write without read', 'reserved bit', 'memory type'] as const;
export type EptMisconfiguration = (typeof EPT_MISCONFIGURATIONS)[number];

export interface EptLevel {
  readonly name: 'PML4' | 'PDPT' | 'PD' | 'PT';
  /** An entry of this level, as the manual calls it. */
  readonly entry: 'PML4E' | 'PDPTE' | 'PDE' | 'PTE';
  /** Lowest guest-physical address bit of its 9-bit index. */
  readonly shift: number;
  /** Reserved bits of the low word in an entry that refers to a table; 0 for PTEs, which never do. */
  readonly tableReserved: number;
  /** Reserved bits of the low word in an entry that maps a page; null where none may. */
  readonly pageReserved: number | null;
}

/** From the root down. */
export const EPT_LEVELS = [
  { name: 'PML4', entry: 'PML4E', shift: 39, tableReserved: 0x000000f8, pageReserved: null },
  { name: 'PDPT', entry: 'PDPTE', shift: 30, tableReserved: 0x00000078, pageReserved: 0x3ffff000 },
  { name: 'PD', entry: 'PDE', shift: 21, tableReserved: 0x00000078, pageReserved: 0x001ff000 },
  { name: 'PT', entry: 'PTE', shift: 12, tableReserved: 0, pageReserved: 0 },
] as const satisfies readonly EptLevel[];

/** Low word of the EPTP. */
export const EPTP_BITS = [
  { name: 'type', bit: 0, width: 3, meaning: 'memory type of the EPT tables: 0 UC, 6 WB' },
  { name: 'length', bit: 3, width: 3, meaning: 'levels of the walk, less 1: 3' },
  { name: 'A/D', bit: 6, meaning: 'accessed and dirty flags in use' },
  { name: 'PML4', bit: 12, width: 20, meaning: 'host-physical address of the PML4 table' },
] as const satisfies readonly BitField[];

const RIGHTS = [
  { name: 'R', bit: 0, meaning: 'may be read' },
  { name: 'W', bit: 1, meaning: 'may be written' },
  { name: 'X', bit: 2, meaning: 'may be executed' },
] as const satisfies readonly BitField[];

/** Low word of an entry that refers to a table. */
export const EPT_TABLE_BITS = [
  ...RIGHTS,
  { name: 'PS', bit: 7, meaning: '0: refers to a table' },
  { name: 'A', bit: 8, meaning: 'accessed (with EPTP bit 6)' },
  { name: 'table', bit: 12, width: 20, meaning: 'host-physical address of the next table' },
] as const satisfies readonly BitField[];

/** Low word of an entry that maps a page. */
export const EPT_PAGE_BITS = [
  ...RIGHTS,
  { name: 'type', bit: 3, width: 3, meaning: 'memory type: 0 UC, 1 WC, 4 WT, 5 WP, 6 WB' },
  { name: 'IPAT', bit: 6, meaning: 'the guest’s PAT is ignored' },
  { name: 'PS', bit: 7, meaning: '1: maps a page (ignored in a PTE)' },
  { name: 'A', bit: 8, meaning: 'accessed (with EPTP bit 6)' },
  { name: 'D', bit: 9, meaning: 'written to (with EPTP bit 6)' },
  { name: 'frame', bit: 12, width: 20, meaning: 'host-physical address of the page' },
] as const satisfies readonly BitField[];

// Exit qualification for EPT violations. Bits 5:3 are the AND over the entries used of their bits 2:0.
export const EPT_VIOLATION_READ = 1 << 0;
export const EPT_VIOLATION_WRITE = 1 << 1;
export const EPT_VIOLATION_FETCH = 1 << 2;
export const EPT_VIOLATION_RIGHTS_SHIFT = 3;
export const EPT_VIOLATION_LINEAR_VALID = 1 << 7;
export const EPT_VIOLATION_FINAL = 1 << 8;
export const EPT_VIOLATION_NMI_UNBLOCKED = 1 << 12;

/** SDM vol. 3, "Exit Qualification for EPT Violations". */
export const EPT_VIOLATION_BITS = [
  { name: 'data read', bit: 0, meaning: 'the access was a data read' },
  { name: 'data write', bit: 1, meaning: 'the access was a data write' },
  { name: 'fetch', bit: 2, meaning: 'the access was an instruction fetch' },
  { name: 'readable', bit: 3, meaning: 'every EPT entry used has R = 1' },
  { name: 'writable', bit: 4, meaning: 'every EPT entry used has W = 1' },
  { name: 'executable', bit: 5, meaning: 'every EPT entry used has X = 1' },
  { name: 'linear address valid', bit: 7, meaning: 'the guest-linear address field holds the access’s address' },
  { name: 'final translation', bit: 8, meaning: '1: the address that a linear address translates to; 0: a paging-structure entry' },
  { name: 'NMI unblocking', bit: 12, meaning: 'IRET had unblocked NMIs' },
] as const satisfies readonly BitField[];
