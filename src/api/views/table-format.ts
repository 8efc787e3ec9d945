/** The two kinds of translation tables, as one who only reads them sees them: how large a table is, and what an entry says. */
import { EPT_ADDRESS_HIGH, EPT_LEVELS, EPT_PS, EPT_RIGHTS, EPT_W, type EptMisconfiguration } from '../../arch/ept.ts';
import { CR4_PSE, PDE4M_FRAME, PDE4M_RESERVED, PDE_PS, PTE_FRAME, PTE_P, PTE_W } from '../../arch/paging.ts';
import { misconfigurationOf } from '../../memory/ept-walk.ts';

/** `absent`: not present. `refused`: present, but no walk gets past it, whatever it asks for. */
export type EntryKind = 'absent' | 'table' | 'page' | 'refused';

/** What an entry says. */
export interface EntryMeaning {
  readonly kind: EntryKind;
  /** It maps a page, or would. */
  readonly isLeaf: boolean;
  /** Address of the table or page in it; null unless it has a `kind` of those. */
  readonly to: number | null;
  readonly isWritable: boolean;
  /** The rule that a refused one breaks. */
  readonly misconfiguration: EptMisconfiguration | null;
}

/** One level of a tree of tables. */
export interface TableLevel {
  readonly name: 'PML4' | 'PDPT' | 'PD' | 'PT';
  readonly entry: 'PML4E' | 'PDPTE' | 'PDE' | 'PTE';
  /** Log2 of the bytes that an entry speaks for. */
  readonly shift: number;
}

/** A kind of translation tables. */
export interface TableFormat {
  readonly root: 'guest' | 'ept';
  /** From the root down. */
  readonly levels: readonly TableLevel[];
  /** Entries of a table, and bytes of an entry. */
  readonly count: number;
  readonly entrySize: 4 | 8;
  meaning(level: number, low: number, high: number): EntryMeaning;
}

const ABSENT: EntryMeaning = { kind: 'absent', isLeaf: false, to: null, isWritable: false, misconfiguration: null };

/** SDM vol. 3, "32-Bit Paging". */
export function guestFormat(cr4: number): TableFormat {
  return {
    root: 'guest',
    levels: [
      { name: 'PD', entry: 'PDE', shift: 22 },
      { name: 'PT', entry: 'PTE', shift: 12 },
    ],
    count: 1024,
    entrySize: 4,
    meaning(level, low) {
      const isLarge = level === 0 && (low & PDE_PS) !== 0 && (cr4 & CR4_PSE) !== 0;
      const isLeaf = level === 1 || isLarge;
      if ((low & PTE_P) === 0) return { ...ABSENT, isLeaf };
      const isWritable = (low & PTE_W) !== 0;
      if (isLarge && (low & PDE4M_RESERVED) !== 0)
        return { kind: 'refused', isLeaf, to: null, isWritable, misconfiguration: 'reserved bit' };
      const to = (low & (isLarge ? PDE4M_FRAME : PTE_FRAME)) >>> 0;
      return { kind: isLeaf ? 'page' : 'table', isLeaf, to, isWritable, misconfiguration: null };
    },
  };
}

/** SDM vol. 3, "EPT Translation Mechanism". */
export const EPT_FORMAT: TableFormat = {
  root: 'ept',
  levels: EPT_LEVELS,
  count: 512,
  entrySize: 8,
  meaning(level, low, high) {
    const { name, pageReserved } = EPT_LEVELS[level];
    const isLeaf = pageReserved !== null && (name === 'PT' || (low & EPT_PS) !== 0);
    if ((low & EPT_RIGHTS) === 0) return { ...ABSENT, isLeaf };
    const isWritable = (low & EPT_W) !== 0;
    const misconfiguration = misconfigurationOf(level, low, high);
    if (misconfiguration !== null) return { kind: 'refused', isLeaf, to: null, isWritable, misconfiguration };
    const to = (high & EPT_ADDRESS_HIGH) * 2 ** 32 + ((low & -0x1000) >>> 0);
    return { kind: isLeaf ? 'page' : 'table', isLeaf, to, isWritable, misconfiguration };
  },
};
