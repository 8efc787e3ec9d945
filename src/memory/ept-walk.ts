/** Guest-physical to host: the walk of the extended page tables. SDM vol. 3, "EPT Translation Mechanism", "EPT-Induced VM Exits". */
import {
  EPT_A,
  EPT_ADDRESS_HIGH,
  EPT_D,
  EPT_LEVELS,
  EPT_MEMORY_TYPES,
  EPT_PS,
  EPT_R,
  EPT_RESERVED_HIGH,
  EPT_RIGHTS,
  EPT_W,
  type EptMisconfiguration,
  EPTP_AD,
} from '../arch/ept.ts';
import { MISCONFIGURATION, OK, type TableMemory, type TableReading, VIOLATION, WRITE, type WalkStatus } from './tables.ts';

const PT = 3;

/** Walks from one root. A result stands in the fields until the next walk. */
export class EptWalker {
  /** Host page number (24 bits) of the address walked for. */
  page = 0;
  /** AND of the rights over the entries used; 0 once an entry was not present. Also after a failure. */
  rights = 0;
  /** Log2 of the page's size, or after a failure of the region that the last entry read speaks for. */
  shift = 0;
  /** The leaf's D flag stands at 1 now, or D flags are not in use. */
  isDirty = false;
  /** A and D flags in use (EPTP bit 6). */
  usesAD = false;
  /** Entries read since whoever counts set it to 0. */
  references = 0;
  /** Told of every entry read. */
  log: ((reading: TableReading) => void) | null = null;
  private readonly memory: TableMemory;
  private root = 0;
  private readonly usedPages = new Int32Array(EPT_LEVELS.length);
  private readonly usedOffsets = new Int32Array(EPT_LEVELS.length);
  private readonly usedLows = new Int32Array(EPT_LEVELS.length);

  constructor(memory: TableMemory) {
    this.memory = memory;
  }

  /** Takes the EPTP as two words; VM entry has checked it. */
  setRoot(eptpLow: number, eptpHigh: number): void {
    this.root = pageOf(eptpLow, eptpHigh);
    this.usesAD = (eptpLow & EPTP_AD) !== 0;
  }

  /** Translates `physical` for an access with the rights of `access` (bits of an EPT entry). Sets A and D if the access may go on, in one that may not
   *  marks nothing. */
  walk(physical: number, access: number): WalkStatus {
    let table = this.root;
    let rights = EPT_RIGHTS;
    for (let level = 0; ; level++) {
      const shift = EPT_LEVELS[level].shift;
      // Guest-physical addresses have 32 bits here: PML4 index 0.
      const offset = level === 0 ? 0 : ((physical >>> shift) & 511) << 3;
      const low = this.memory.read(table, offset);
      const high = this.memory.read(table, offset + 4);
      this.references++;
      this.usedPages[level] = table;
      this.usedOffsets[level] = offset;
      this.usedLows[level] = low;
      this.shift = level === 0 ? 32 : shift;
      if (this.log !== null) this.log({ isEpt: true, level, physical, page: table, offset, low, high });
      rights &= low;
      this.rights = rights;
      if ((low & EPT_RIGHTS) === 0) return VIOLATION;
      if (misconfigurationOf(level, low, high) !== null) return MISCONFIGURATION;
      table = pageOf(low, high);
      if (level !== PT && (low & EPT_PS) === 0) continue;
      if ((rights & access) !== access) return VIOLATION;
      const isWrite = (access & WRITE) !== 0;
      this.isDirty = !this.usesAD || isWrite || (low & EPT_D) !== 0;
      if (this.usesAD) this.markUsed(level, isWrite);
      this.page = table | ((physical >>> 12) & ((1 << (shift - 12)) - 1));
      return OK;
    }
  }

  /** Sets A in the entries used, D in the leaf of a write. SDM vol. 3, "Accessed and Dirty Flags for EPT". */
  private markUsed(leaf: number, isWrite: boolean): void {
    for (let level = 0; level <= leaf; level++) {
      const bits = level === leaf && isWrite ? EPT_A | EPT_D : EPT_A;
      if ((this.usedLows[level] & bits) !== bits) this.memory.mark(this.usedPages[level], this.usedOffsets[level], bits);
    }
  }
}

/** The rule of SDM vol. 3, "EPT Misconfigurations", that a present entry breaks, or null. `level` is a place in EPT_LEVELS. */
export function misconfigurationOf(level: number, low: number, high: number): EptMisconfiguration | null {
  const { tableReserved, pageReserved } = EPT_LEVELS[level];
  if ((low & (EPT_R | EPT_W)) === EPT_W) return 'write without read';
  const isPage = pageReserved !== null && (level === PT || (low & EPT_PS) !== 0);
  const reserved = isPage ? pageReserved : tableReserved;
  if ((high & EPT_RESERVED_HIGH) !== 0 || (low & reserved) !== 0) return 'reserved bit';
  return isPage && EPT_MEMORY_TYPES[(low >> 3) & 7] === null ? 'memory type' : null;
}

/** Page number (24 bits) of the 36-bit address in an entry or EPTP. */
function pageOf(low: number, high: number): number {
  return (low >>> 12) | ((high & EPT_ADDRESS_HIGH) << 20);
}
