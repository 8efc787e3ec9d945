/** Linear to host: the walk of the guest's two-level tables, each of whose entries lies at a guest-physical address that the EPT translates in turn.
 *  SDM vol. 3, "32-Bit Paging", "Accessed and Dirty Flags", "EPT and Memory-Address Translation".
 *
 *  One algorithm for doing and for explaining: over a quiet TableMemory it marks nothing, and a log sees every entry read. */
import { EPT_RIGHTS, EPT_VIOLATION_FINAL, EPT_VIOLATION_LINEAR_VALID, EPT_VIOLATION_RIGHTS_SHIFT, EPT_W } from '../arch/ept.ts';
import {
  CR0_PG,
  CR0_WP,
  CR3_DIRECTORY,
  CR4_PGE,
  CR4_PSE,
  PDE4M_FRAME,
  PDE4M_RESERVED,
  PDE_PS,
  PF_P,
  PF_RSVD,
  PF_U,
  PF_W,
  PTE_A,
  PTE_D,
  PTE_FRAME,
  PTE_G,
  PTE_P,
  PTE_U,
  PTE_W,
} from '../arch/paging.ts';
import { EptWalker } from './ept-walk.ts';
import {
  type Access,
  OK,
  PAGE_FAULT,
  PROBE,
  READ,
  type TableMemory,
  type TableReading,
  VIOLATION,
  WRITE,
  type WalkStatus,
} from './tables.ts';
import { EPT_D, EPT_SHIFT, GLOBAL, GUEST_D, GUEST_U, GUEST_W, SIZE_SHIFT } from './tlb.ts';

/** All that decides what an address means, as plain data: control registers, and under EPT the EPTP's two words. */
export interface PagingContext {
  readonly cr0: number;
  readonly cr3: number;
  readonly cr4: number;
  readonly isNested: boolean;
  readonly eptpLow: number;
  readonly eptpHigh: number;
  readonly vpid: number;
}

/** A copy of `context` with unsigned words. */
export function unsignedContext(context: PagingContext): PagingContext {
  const { cr0, cr3, cr4, isNested, eptpLow, eptpHigh, vpid } = context;
  return { cr0: cr0 >>> 0, cr3: cr3 >>> 0, cr4: cr4 >>> 0, isNested, eptpLow: eptpLow >>> 0, eptpHigh: eptpHigh >>> 0, vpid };
}

export type AccessKind = 'read' | 'write' | 'fetch';

/** An access to explain. */
export interface WalkRequest {
  readonly linear: number;
  readonly access: AccessKind;
  /** Made at CPL 3. */
  readonly isUser: boolean;
}

/** A walker set to `context`. */
export function walkerIn(memory: TableMemory, context: PagingContext): Walker {
  const walker = new Walker(memory);
  walker.setPaging(context.cr0, context.cr3, context.cr4);
  walker.setNested(context.isNested, context.eptpLow, context.eptpHigh);
  return walker;
}

/** Flags that a TLB entry must have to allow an access; others must walk. */
export function neededFlags(cr0: number, access: Access, isUser: boolean): number {
  const user = isUser ? GUEST_U : 0;
  if (access !== WRITE) return user | (access << EPT_SHIFT);
  return user | (access << EPT_SHIFT) | GUEST_D | EPT_D | (isUser || (cr0 & CR0_WP) !== 0 ? GUEST_W : 0);
}

/** A walker over one context. Results stand in the fields until the next walk. */
export class Walker {
  readonly ept: EptWalker;
  /** Told of every entry read, guest's and EPT's. */
  log: ((reading: TableReading) => void) | null = null;

  // After OK.
  /** Host page number (24 bits) of the page of `linear`. */
  page = 0;
  /** Rights, D, G and size of the translation, in the bits of a TLB entry's first word. */
  flags = 0;
  /** The guest's own tables let the access pass; what failed, if anything, is the translation of the page itself. */
  isFinal = false;
  // After OK, and as far as the walk came.
  /** Guest-physical address; after an EPT violation or misconfiguration the one that could not be translated. */
  physical = 0;
  /** Log2 of the guest's page size (32 with paging off), after a failure of the region that shares it. */
  guestShift = 0;
  /** Log2 of the region that shares the outcome, EPT included: after OK the page's size, 32 at most. */
  shift = 0;
  // After a failure.
  /** Of #PF, or the exit qualification of an EPT violation. */
  code = 0;

  private readonly memory: TableMemory;
  private directory = 0;
  private isPaged = false;
  private isNested = false;
  private usesWP = false;
  private usesPSE = false;
  private usesPGE = false;
  // Where `locate` found the entry: host page number and what EPT rights lead there.
  private entryPage = 0;
  private entryRights = 0;

  constructor(memory: TableMemory) {
    this.memory = memory;
    this.ept = new EptWalker(memory);
  }

  /** Entries read by the last walk, of both dimensions. */
  get references(): number {
    return this.ept.references;
  }

  setPaging(cr0: number, cr3: number, cr4: number): void {
    this.isPaged = (cr0 & CR0_PG) !== 0;
    this.usesWP = (cr0 & CR0_WP) !== 0;
    this.usesPSE = (cr4 & CR4_PSE) !== 0;
    this.usesPGE = (cr4 & CR4_PGE) !== 0;
    this.directory = cr3 & CR3_DIRECTORY;
  }

  setNested(isNested: boolean, eptpLow: number, eptpHigh: number): void {
    this.isNested = isNested;
    this.ept.setRoot(eptpLow, eptpHigh);
  }

  /** Walks for one access. The guest's tables are read first, then its rights are checked, then A and D set (directory first), and at last the guest-physical
   *  address is translated: so an EPT violation of the page itself leaves A and D set, and a #PF sets nothing but the EPT's own flags. */
  walk(linear: number, access: Access, isUser: boolean): WalkStatus {
    this.ept.references = 0;
    this.isFinal = false;
    if (!this.isPaged) {
      this.guestShift = 32;
      return this.finish(linear, access, GUEST_W | GUEST_U | GUEST_D);
    }
    const pdeAddress = this.directory | ((linear >>> 20) & 0xffc);
    this.shift = 32;
    const status = this.locate(pdeAddress);
    if (status !== OK) return status;
    const pdePage = this.entryPage;
    const pdeRights = this.entryRights;
    const pde = this.readEntry(0, pdeAddress);
    this.shift = 22;
    if ((pde & PTE_P) === 0) return this.pageFault(access, isUser, 0);
    if ((pde & PDE_PS) !== 0 && this.usesPSE) return this.walkLarge(linear, access, isUser, pde);
    const pteAddress = (pde & PTE_FRAME) | ((linear >>> 10) & 0xffc);
    const second = this.locate(pteAddress);
    if (second !== OK) return second;
    const pte = this.readEntry(1, pteAddress);
    this.shift = 12;
    if ((pte & PTE_P) === 0) return this.pageFault(access, isUser, 0);
    if (!this.isAllowed(pde & pte, access, isUser)) return this.pageFault(access, isUser, PF_P);
    if (access !== PROBE) {
      const ptePage = this.entryPage;
      const pteRights = this.entryRights;
      this.entryPage = pdePage;
      this.entryRights = pdeRights;
      const first = this.mark(pdeAddress, pde, PTE_A);
      if (first !== OK) return first;
      this.entryPage = ptePage;
      this.entryRights = pteRights;
      const leaf = this.mark(pteAddress, pte, access === WRITE ? PTE_A | PTE_D : PTE_A);
      if (leaf !== OK) return leaf;
    }
    this.guestShift = 12;
    return this.finish((pte & PTE_FRAME) | (linear & 0xfff), access, this.leafFlags(pde & pte, pte, access));
  }

  /** The rest of the walk where the directory entry maps a 4-MiB page. */
  private walkLarge(linear: number, access: Access, isUser: boolean, pde: number): WalkStatus {
    if ((pde & PDE4M_RESERVED) !== 0) return this.pageFault(access, isUser, PF_P | PF_RSVD);
    if (!this.isAllowed(pde, access, isUser)) return this.pageFault(access, isUser, PF_P);
    if (access !== PROBE) {
      const status = this.mark(this.directory | ((linear >>> 20) & 0xffc), pde, access === WRITE ? PTE_A | PTE_D : PTE_A);
      if (status !== OK) return status;
    }
    this.guestShift = 22;
    return this.finish((pde & PDE4M_FRAME) | (linear & ~PDE4M_FRAME), access, this.leafFlags(pde, pde, access));
  }

  /** Finds the host page of the guest's table entry at `physical`. With EPT A/D flags, reading a guest's table counts as writing it
   *  (SDM vol. 3, "Accessed and Dirty Flags for EPT"). */
  private locate(physical: number): WalkStatus {
    this.physical = physical;
    if (!this.isNested) {
      this.entryPage = physical >>> 12;
      this.entryRights = EPT_RIGHTS;
      return OK;
    }
    const access = this.ept.usesAD ? READ | WRITE : READ;
    const status = this.ept.walk(physical, access);
    this.entryPage = this.ept.page;
    this.entryRights = this.ept.rights;
    if (status === VIOLATION) this.code = access | (this.ept.rights << EPT_VIOLATION_RIGHTS_SHIFT) | EPT_VIOLATION_LINEAR_VALID;
    return status;
  }

  private readEntry(level: number, physical: number): number {
    const offset = physical & 0xffc;
    const low = this.memory.read(this.entryPage, offset);
    this.ept.references++;
    if (this.log !== null) this.log({ isEpt: false, level, physical, page: this.entryPage, offset, low, high: 0 });
    return low;
  }

  /** Sets `bits` in the located entry. Where that changes it, the EPT must let the page be written: the update is a data write. */
  private mark(physical: number, entry: number, bits: number): WalkStatus {
    if ((entry & bits) === bits) return OK;
    if ((this.entryRights & EPT_W) === 0) {
      this.physical = physical;
      this.code = WRITE | (this.entryRights << EPT_VIOLATION_RIGHTS_SHIFT) | EPT_VIOLATION_LINEAR_VALID;
      return VIOLATION;
    }
    this.memory.mark(this.entryPage, physical & 0xffc, bits);
    return OK;
  }

  /** SDM vol. 3, "Determination of Access Rights". `rights` is the AND of the entries used. */
  private isAllowed(rights: number, access: Access, isUser: boolean): boolean {
    if (isUser && (rights & PTE_U) === 0) return false;
    return access !== WRITE || (rights & PTE_W) !== 0 || (!isUser && !this.usesWP);
  }

  private pageFault(access: Access, isUser: boolean, cause: number): WalkStatus {
    this.code = cause | (access === WRITE ? PF_W : 0) | (isUser ? PF_U : 0);
    return PAGE_FAULT;
  }

  private leafFlags(rights: number, leaf: number, access: Access): number {
    const isDirty = access === WRITE || (leaf & PTE_D) !== 0;
    const isGlobal = this.usesPGE && (leaf & PTE_G) !== 0;
    return (
      ((rights & PTE_W) !== 0 ? GUEST_W : 0) | ((rights & PTE_U) !== 0 ? GUEST_U : 0) | (isDirty ? GUEST_D : 0) | (isGlobal ? GLOBAL : 0)
    );
  }

  /** The last step: the guest-physical address of the access itself. */
  private finish(physical: number, access: Access, guestFlags: number): WalkStatus {
    this.isFinal = true;
    this.physical = physical;
    this.shift = this.guestShift;
    if (!this.isNested) {
      this.page = physical >>> 12;
      this.flags = guestFlags | (EPT_RIGHTS << EPT_SHIFT) | EPT_D | sizeFlags(this.shift);
      return OK;
    }
    const status = this.ept.walk(physical, access);
    this.shift = Math.min(this.guestShift, this.ept.shift);
    if (status === VIOLATION) {
      this.code = access | (this.ept.rights << EPT_VIOLATION_RIGHTS_SHIFT) | EPT_VIOLATION_LINEAR_VALID | EPT_VIOLATION_FINAL;
    }
    this.page = this.ept.page;
    this.flags = guestFlags | (this.ept.rights << EPT_SHIFT) | (this.ept.isDirty ? EPT_D : 0) | sizeFlags(this.shift);
    return status;
  }
}

/** The size code of a TLB entry for a translation that holds for 2^`shift` bytes: the next smaller size that entries have. */
function sizeFlags(shift: number): number {
  return (shift >= 22 ? 2 : shift >= 21 ? 1 : 0) << SIZE_SHIFT;
}
